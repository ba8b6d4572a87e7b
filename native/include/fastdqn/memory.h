/* Memory for large buffers outside the managed heap. */
#ifndef FASTDQN_MEMORY_H
#define FASTDQN_MEMORY_H

#include <stdint.h>

#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Page-aligned zeroed memory of `bytes` bytes. With a path it is a new file, mapped and at once unlinked, so
 * that its space is given back however the program ends; FDQ_USAGE when the file exists or cannot be made
 * that large. Without one it is anonymous, on huge pages where `huge` is not 0 and the system allows them. */
FDQ_API int32_t fdq_memory_map(int64_t bytes, const char* path, int32_t huge, void** out);
FDQ_API void fdq_memory_unmap(void* memory, int64_t bytes);

#ifdef __cplusplus
}
#endif

#endif
