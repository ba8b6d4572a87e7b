/* libfastdqn_cuda.so: what TorchSharp lacks of libtorch on NVIDIA GPUs: streams, graphs, events, page-locked
 * memory.
 *
 * It is compiled against the headers of the very libtorch that it will meet, so it is a library of its own,
 * and optional: fdq_cuda_torch_version says which one that was. Streams, graphs and events belong to one
 * device. Calls return an fdq_status; the message of a failed one is in fdq_cuda_last_error.
 */
#ifndef FASTDQN_CUDA_H
#define FASTDQN_CUDA_H

#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FDQ_CUDA_ABI_VERSION 4

typedef struct fdq_cuda_stream fdq_cuda_stream;
typedef struct fdq_cuda_graph fdq_cuda_graph;
typedef struct fdq_cuda_event fdq_cuda_event;

/* A thread's device and its current stream there. */
typedef struct fdq_cuda_place {
    int64_t stream;
    int32_t stream_device;
    int32_t device;
} fdq_cuda_place;

FDQ_API int32_t fdq_cuda_abi_version(void);

/* The libtorch that this was compiled against, "2.11.0". */
FDQ_API const char* fdq_cuda_torch_version(void);

/* UTF-8 message of this thread's last failed call; valid until its next failed call. */
FDQ_API const char* fdq_cuda_last_error(void);

/* A stream that does not wait for the default one. */
FDQ_API int32_t fdq_cuda_stream_create(int32_t device, fdq_cuda_stream** stream);
FDQ_API int32_t fdq_cuda_stream_destroy(fdq_cuda_stream* stream);

/* Makes the stream this thread's current one, on which libtorch works, and tells what was before. */
FDQ_API int32_t fdq_cuda_stream_enter(const fdq_cuda_stream* stream, fdq_cuda_place* before);
FDQ_API int32_t fdq_cuda_stream_leave(const fdq_cuda_place* before);

/* What is queued on `stream` from now on waits for what `other` holds now; the host does not wait. */
FDQ_API int32_t fdq_cuda_stream_follow(const fdq_cuda_stream* stream, const fdq_cuda_stream* other);

/* The host waits for everything queued. */
FDQ_API int32_t fdq_cuda_stream_synchronize(const fdq_cuda_stream* stream);

/* CUDA's own handle of the stream, for launches by the driver. */
FDQ_API void* fdq_cuda_stream_handle(const fdq_cuda_stream* stream);

/* From begin to end what this thread and libtorch's own queue on the current stream is recorded and not run.
 * Memory that libtorch hands out in between belongs to the graph. Destroy a graph whose recording failed. */
FDQ_API int32_t fdq_cuda_graph_begin(fdq_cuda_graph** graph);
FDQ_API int32_t fdq_cuda_graph_end(fdq_cuda_graph* graph);
FDQ_API int32_t fdq_cuda_graph_replay(fdq_cuda_graph* graph); /* on the current stream */
/* What a recorded graph launches: kernels, and copies and fills; -1 where CUDA did not tell. */
FDQ_API int32_t fdq_cuda_graph_count(const fdq_cuda_graph* graph, int64_t* kernels, int64_t* copies);
FDQ_API int32_t fdq_cuda_graph_destroy(fdq_cuda_graph* graph);

/* timed: fdq_cuda_event_elapsed may be asked of it. */
FDQ_API int32_t fdq_cuda_event_create(int32_t timed, fdq_cuda_event** event);
FDQ_API int32_t fdq_cuda_event_destroy(fdq_cuda_event* event);
FDQ_API int32_t fdq_cuda_event_record(fdq_cuda_event* event); /* on the current stream */
FDQ_API int32_t fdq_cuda_event_synchronize(fdq_cuda_event* event);
/* Waits for the later of two recorded events of one stream; milliseconds of the device between them. */
FDQ_API int32_t fdq_cuda_event_elapsed(const fdq_cuda_event* start, const fdq_cuda_event* end,
                                       float* milliseconds);

/* Page-locked host memory. */
FDQ_API int32_t fdq_cuda_host_allocate(int64_t bytes, void** memory);
FDQ_API int32_t fdq_cuda_host_free(void* memory);

/* Queues a copy of page-locked host memory into a contiguous tensor (TorchSharp's handle), from its byte
 * `offset` on. */
FDQ_API int32_t fdq_cuda_upload(const void* tensor, int64_t offset, const void* host, int64_t bytes);

/* A tensor over `bytes` bytes of a contiguous one-dimensional tensor of bytes, from `offset` on, as numbers
 * of another type (c10::ScalarType): a new handle, as TorchSharp's. */
FDQ_API int32_t fdq_cuda_view(const void* tensor, int64_t offset, int64_t bytes, int32_t type, void** view);

/* Queues a copy of `rows` pieces of `bytes` bytes, which lie one after another in a contiguous tensor from
 * its byte `offset` on, to page-locked host memory, where they lie `pitch` bytes apart. */
FDQ_API int32_t fdq_cuda_download(const void* tensor, int64_t offset, void* host, int64_t bytes, int64_t rows,
                                  int64_t pitch);

#ifdef __cplusplus
}
#endif

#endif
