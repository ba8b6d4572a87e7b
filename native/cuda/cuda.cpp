// libfastdqn_cuda.so, a thin layer over libtorch's C++ interface; fastdqn/cuda.h says what each call does.
#include "fastdqn/cuda.h"

#include <ATen/core/Tensor.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <torch/version.h>

#include <memory>
#include <string>

#include "support/firewall.h"

using c10::cuda::CUDAStream;
using fastdqn::Error;
using fastdqn::guarded;

struct fdq_cuda_stream {
    CUDAStream stream;
};

struct fdq_cuda_graph {
    at::cuda::CUDAGraph graph;
    bool recording = false;
};

struct fdq_cuda_event {
    cudaEvent_t event = nullptr;
};

namespace {

void check(const char* call, cudaError_t code) {
    if (code != cudaSuccess) throw Error(FDQ_FAILURE, std::string(call) + ": " + cudaGetErrorString(code));
}

CUDAStream stream_of(const fdq_cuda_place& place) {
    const c10::Device device(c10::kCUDA, static_cast<c10::DeviceIndex>(place.stream_device));
    return CUDAStream(CUDAStream::UNCHECKED, c10::Stream(c10::Stream::UNSAFE, device, place.stream));
}

}  // namespace

extern "C" {

int32_t fdq_cuda_abi_version(void) { return FDQ_CUDA_ABI_VERSION; }

const char* fdq_cuda_torch_version(void) { return TORCH_VERSION; }

const char* fdq_cuda_last_error(void) { return fdq_last_error(); }

int32_t fdq_cuda_stream_create(int32_t device, fdq_cuda_stream** stream) {
    return guarded([=] {
        const auto index = static_cast<c10::DeviceIndex>(device);
        *stream = new fdq_cuda_stream{c10::cuda::getStreamFromPool(/*isHighPriority=*/false, index)};
    });
}

int32_t fdq_cuda_stream_destroy(fdq_cuda_stream* stream) {
    delete stream;  // the stream itself goes back to libtorch's pool
    return FDQ_OK;
}

int32_t fdq_cuda_stream_enter(const fdq_cuda_stream* stream, fdq_cuda_place* before) {
    return guarded([=] {
        const auto device = stream->stream.device_index();
        const auto current = c10::cuda::getCurrentCUDAStream(device);
        *before = {current.id(), current.device_index(), c10::cuda::current_device()};
        if (before->device != device) c10::cuda::set_device(device);
        c10::cuda::setCurrentCUDAStream(stream->stream);
    });
}

int32_t fdq_cuda_stream_leave(const fdq_cuda_place* before) {
    return guarded([=] {
        c10::cuda::setCurrentCUDAStream(stream_of(*before));
        if (c10::cuda::current_device() != before->device)
            c10::cuda::set_device(static_cast<c10::DeviceIndex>(before->device));
    });
}

int32_t fdq_cuda_stream_follow(const fdq_cuda_stream* stream, const fdq_cuda_stream* other) {
    return guarded([=] {
        cudaEvent_t event = nullptr;
        check("cudaEventCreate", cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
        auto code = cudaEventRecord(event, other->stream.stream());
        if (code == cudaSuccess) code = cudaStreamWaitEvent(stream->stream.stream(), event, 0);
        cudaEventDestroy(event);  // takes effect once it was reached
        check("cudaStreamWaitEvent", code);
    });
}

int32_t fdq_cuda_stream_synchronize(const fdq_cuda_stream* stream) {
    return guarded([=] { stream->stream.synchronize(); });
}

void* fdq_cuda_stream_handle(const fdq_cuda_stream* stream) { return stream->stream.stream(); }

int32_t fdq_cuda_graph_begin(fdq_cuda_graph** graph) {
    return guarded([=] {
        auto made = std::make_unique<fdq_cuda_graph>();
        // Another thread may allocate and wait meanwhile: the actor's.
        made->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
        made->recording = true;
        *graph = made.release();
    });
}

int32_t fdq_cuda_graph_end(fdq_cuda_graph* graph) {
    return guarded([=] {
        graph->recording = false;
        graph->graph.capture_end();
    });
}

int32_t fdq_cuda_graph_replay(fdq_cuda_graph* graph) {
    return guarded([=] { graph->graph.replay(); });
}

int32_t fdq_cuda_graph_destroy(fdq_cuda_graph* graph) {
    if (graph->recording) fdq_cuda_graph_end(graph);  // a stream that records refuses everything else
    return guarded([=] { delete graph; });
}

int32_t fdq_cuda_event_create(fdq_cuda_event** event) {
    return guarded([=] {
        auto made = std::make_unique<fdq_cuda_event>();
        check("cudaEventCreate", cudaEventCreateWithFlags(&made->event, cudaEventDisableTiming));
        *event = made.release();
    });
}

int32_t fdq_cuda_event_destroy(fdq_cuda_event* event) {
    return guarded([=] {
        const std::unique_ptr<fdq_cuda_event> owned(event);
        check("cudaEventDestroy", cudaEventDestroy(owned->event));
    });
}

int32_t fdq_cuda_event_record(fdq_cuda_event* event) {
    return guarded([=] {
        check("cudaEventRecord", cudaEventRecord(event->event, c10::cuda::getCurrentCUDAStream().stream()));
    });
}

int32_t fdq_cuda_event_synchronize(fdq_cuda_event* event) {
    return guarded([=] { check("cudaEventSynchronize", cudaEventSynchronize(event->event)); });
}

int32_t fdq_cuda_host_allocate(int64_t bytes, void** memory) {
    return guarded([=] {
        check("cudaHostAlloc", cudaHostAlloc(memory, static_cast<size_t>(bytes), cudaHostAllocDefault));
    });
}

int32_t fdq_cuda_host_free(void* memory) {
    return guarded([=] { check("cudaFreeHost", cudaFreeHost(memory)); });
}

int32_t fdq_cuda_download(const void* tensor, void* host, int64_t bytes) {
    return guarded([=] {
        const auto& source = *static_cast<const at::Tensor*>(tensor);
        if (!source.is_contiguous() || static_cast<int64_t>(source.nbytes()) != bytes)
            throw Error(FDQ_USAGE, "a download needs a contiguous tensor of the host memory's size");
        const auto stream = c10::cuda::getCurrentCUDAStream().stream();
        const auto size = static_cast<size_t>(bytes);
        check("cudaMemcpyAsync",
              cudaMemcpyAsync(host, source.const_data_ptr(), size, cudaMemcpyDeviceToHost, stream));
    });
}
}
