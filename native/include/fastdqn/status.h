/* Status codes and the error slot shared by every export of FastDqn's native library.
 *
 * Every export catches everything, leaves a one-line message in a thread-local slot and returns a
 * status. Nothing here ends the process, prints, or throws across the boundary.
 */
#ifndef FASTDQN_STATUS_H
#define FASTDQN_STATUS_H

#include <stdint.h>

#if defined(__GNUC__)
#define FDQ_API __attribute__((visibility("default")))
#else
#define FDQ_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define FDQ_ABI_VERSION 2

/* The numbers are those of the program's exit codes and of FastDqn.Core.ErrorKind. */
enum fdq_status {
    FDQ_OK = 0,
    FDQ_FAILURE = 1,     /* out of memory, an internal fault */
    FDQ_USAGE = 2,       /* an argument is wrong */
    FDQ_BAD_DATA = 3,    /* a ROM or a saved state is not usable */
    FDQ_UNAVAILABLE = 4, /* this build lacks the part (for example ALE) */
};

/* The ABI the library was built with; callers compare it with FDQ_ABI_VERSION. */
FDQ_API int32_t fdq_abi_version(void);

/* The second half of the handshake: FDQ_UNAVAILABLE where the struct called `name` ("fdq_game") does not have
 * `bytes` bytes here, so that a caller of another build is refused before it passes one. */
FDQ_API int32_t fdq_check_struct(const char* name, int64_t bytes);

/* UTF-8 message of this thread's last failed call; valid until its next failed call. */
FDQ_API const char* fdq_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
