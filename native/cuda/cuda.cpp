// libfastdqn_cuda.so, a thin layer over libtorch's C++ interface; fastdqn/cuda.h says what each call does.
#include "fastdqn/cuda.h"

#include <ATen/core/Tensor.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <torch/version.h>

#include <climits>
#include <memory>
#include <string>
#include <vector>

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
    bool recorded = false;
    int64_t kernels = -1;
    int64_t copies = -1;
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

// The graph that the current stream records; null where CUDA does not say.
cudaGraph_t recorded_graph() {
    const auto stream = c10::cuda::getCurrentCUDAStream().stream();
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    cudaGraph_t graph = nullptr;
    const auto code = cudaStreamGetCaptureInfo(stream, &status, nullptr, &graph);
    return code == cudaSuccess && status == cudaStreamCaptureStatusActive ? graph : nullptr;
}

// For profiles alone: a recording is none the worse where its launches cannot be counted.
bool count_nodes(fdq_cuda_graph& of) {
    const cudaGraph_t graph = recorded_graph();
    size_t count = 0;
    if (graph == nullptr || cudaGraphGetNodes(graph, nullptr, &count) != cudaSuccess) return false;
    std::vector<cudaGraphNode_t> nodes(count);
    if (cudaGraphGetNodes(graph, nodes.data(), &count) != cudaSuccess) return false;
    int64_t kernels = 0, copies = 0;
    for (const cudaGraphNode_t node : nodes) {
        cudaGraphNodeType type{};
        if (cudaGraphNodeGetType(node, &type) != cudaSuccess) return false;
        if (type == cudaGraphNodeTypeKernel)
            ++kernels;
        else if (type == cudaGraphNodeTypeMemcpy || type == cudaGraphNodeTypeMemset)
            ++copies;
    }
    of.kernels = kernels;
    of.copies = copies;
    return true;
}

// A tensor that a copy of so many bytes fits.
const at::Tensor& checked(const void* tensor, int64_t offset, int64_t bytes) {
    const auto& found = *static_cast<const at::Tensor*>(tensor);
    const auto size = static_cast<int64_t>(found.nbytes());
    if (!found.is_contiguous() || offset < 0 || bytes < 0 || offset > size - bytes)
        throw Error(FDQ_USAGE, "a copy needs a contiguous tensor that holds its bytes");
    return found;
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
        // It stays where the recording fails: libtorch's allocator goes on to ask it about streams.
        auto* const made = new fdq_cuda_graph;
        // Another thread may allocate and wait meanwhile: the actor's.
        made->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
        made->recording = true;
        *graph = made;
    });
}

int32_t fdq_cuda_graph_end(fdq_cuda_graph* graph) {
    return guarded([=] {
        graph->recording = false;
        // An error that nobody asks for would be libtorch's next one.
        if (!count_nodes(*graph)) (void)cudaGetLastError();
        graph->graph.capture_end();
        graph->recorded = true;
    });
}

int32_t fdq_cuda_graph_count(const fdq_cuda_graph* graph, int64_t* kernels, int64_t* copies) {
    *kernels = graph->kernels;
    *copies = graph->copies;
    return FDQ_OK;
}

int32_t fdq_cuda_graph_replay(fdq_cuda_graph* graph) {
    return guarded([=] { graph->graph.replay(); });
}

int32_t fdq_cuda_graph_destroy(fdq_cuda_graph* graph) {
    if (graph->recording) fdq_cuda_graph_end(graph);  // a stream that records refuses everything else
    return guarded([=] {
        if (graph->recorded) delete graph;
    });
}

int32_t fdq_cuda_event_create(int32_t timed, fdq_cuda_event** event) {
    return guarded([=] {
        auto made = std::make_unique<fdq_cuda_event>();
        const auto flags = timed != 0 ? cudaEventDefault : cudaEventDisableTiming;
        check("cudaEventCreate", cudaEventCreateWithFlags(&made->event, flags));
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

int32_t fdq_cuda_event_elapsed(const fdq_cuda_event* start, const fdq_cuda_event* end, float* milliseconds) {
    return guarded([=] {
        check("cudaEventSynchronize", cudaEventSynchronize(end->event));
        check("cudaEventElapsedTime", cudaEventElapsedTime(milliseconds, start->event, end->event));
    });
}

int32_t fdq_cuda_host_allocate(int64_t bytes, void** memory) {
    return guarded([=] {
        check("cudaHostAlloc", cudaHostAlloc(memory, static_cast<size_t>(bytes), cudaHostAllocDefault));
    });
}

int32_t fdq_cuda_host_free(void* memory) {
    return guarded([=] { check("cudaFreeHost", cudaFreeHost(memory)); });
}

int32_t fdq_cuda_upload(const void* tensor, int64_t offset, const void* host, int64_t bytes) {
    return guarded([=] {
        auto* const to = static_cast<char*>(checked(tensor, offset, bytes).mutable_data_ptr()) + offset;
        const auto stream = c10::cuda::getCurrentCUDAStream().stream();
        const auto size = static_cast<size_t>(bytes);
        check("cudaMemcpyAsync", cudaMemcpyAsync(to, host, size, cudaMemcpyHostToDevice, stream));
    });
}

int32_t fdq_cuda_view(const void* tensor, int64_t offset, int64_t bytes, int32_t type, void** view) {
    return guarded([=] {
        const auto part = checked(tensor, offset, bytes).narrow(0, offset, bytes);
        *view = new at::Tensor(part.view(static_cast<at::ScalarType>(type)));
    });
}

int32_t fdq_cuda_download(const void* tensor, int64_t offset, void* host, int64_t bytes, int64_t rows,
                          int64_t pitch) {
    return guarded([=] {
        const auto& source = checked(tensor, offset, bytes * rows);
        const auto* const from = static_cast<const char*>(source.const_data_ptr()) + offset;
        const auto stream = c10::cuda::getCurrentCUDAStream().stream();
        const auto size = static_cast<size_t>(bytes);
        if (rows == 1 || pitch == bytes) {
            const auto all = size * static_cast<size_t>(rows);
            check("cudaMemcpyAsync", cudaMemcpyAsync(host, from, all, cudaMemcpyDeviceToHost, stream));
            return;
        }
        // A pitch is limited to 31 bits.
        if (pitch <= INT_MAX) {
            const auto code = cudaMemcpy2DAsync(host, static_cast<size_t>(pitch), from, size, size,
                                                static_cast<size_t>(rows), cudaMemcpyDeviceToHost, stream);
            check("cudaMemcpy2DAsync", code);
            return;
        }
        for (int64_t row = 0; row < rows; ++row) {
            auto* const to = static_cast<char*>(host) + row * pitch;
            const auto code = cudaMemcpyAsync(to, from + row * bytes, size, cudaMemcpyDeviceToHost, stream);
            check("cudaMemcpyAsync", code);
        }
    });
}
}
