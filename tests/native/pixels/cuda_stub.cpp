// A driver of NVIDIA's for the tests of the managed declarations: every call writes down what arrived and
// answers with values that can be told apart. It does nothing else.
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

char log_text[1 << 14];
size_t log_length = 0;

// Writes a line down; the answer is the code for success.
int seen(const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(log_text + log_length, sizeof log_text - log_length, format, values);
    va_end(values);
    if (length > 0 && log_length + static_cast<size_t>(length) < sizeof log_text)
        log_length += static_cast<size_t>(length);
    return 0;
}

}  // namespace

EXPORT const char* stub_log() { return log_text; }

EXPORT int cuInit(unsigned flags) { return seen("cuInit %u\n", flags); }

EXPORT int cuGetErrorName(int error, const char** name) {
    *name = "CUDA_ERROR_STUB";
    return seen("cuGetErrorName %d\n", error);
}

EXPORT int cuDriverGetVersion(int* version) {
    *version = 12080;
    return seen("cuDriverGetVersion\n");
}

EXPORT int cuDeviceGetCount(int* count) {
    *count = 3;
    return seen("cuDeviceGetCount\n");
}

EXPORT int cuDeviceGet(int* device, int ordinal) {
    *device = 40 + ordinal;
    return seen("cuDeviceGet %d\n", ordinal);
}

EXPORT int cuDeviceGetName(char* name, int length, int device) {
    snprintf(name, static_cast<size_t>(length), "Stub %d", device);
    return seen("cuDeviceGetName %d\n", device);
}

EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int device) {
    *bytes = size_t{85} << 30;
    return seen("cuDeviceTotalMem %d\n", device);
}

EXPORT int cuDeviceGetAttribute(int* value, int attribute, int device) {
    *value = attribute == 75 ? 9 : attribute == 76 ? 0 : 100 + attribute;
    return seen("cuDeviceGetAttribute %d %d\n", attribute, device);
}

EXPORT int cuDevicePrimaryCtxRetain(void** context, int device) {
    *context = reinterpret_cast<void*>(0xC0FFEE0000);
    return seen("cuDevicePrimaryCtxRetain %d\n", device);
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device) { return seen("cuDevicePrimaryCtxRelease %d\n", device); }

EXPORT int cuCtxGetCurrent(void** context) {
    *context = reinterpret_cast<void*>(0xABCD0000);
    return 0;
}

EXPORT int cuCtxSetCurrent(void* context) { return seen("cuCtxSetCurrent %p\n", context); }

EXPORT int cuMemGetInfo_v2(size_t* free, size_t* total) {
    *free = size_t{5} << 30;
    *total = size_t{6} << 30;
    return seen("cuMemGetInfo\n");
}

EXPORT int cuMemAlloc_v2(uint64_t* memory, size_t bytes) {
    *memory = 0xD000000000;
    return seen("cuMemAlloc %zu\n", bytes);
}

EXPORT int cuMemFree_v2(uint64_t memory) { return seen("cuMemFree %#lx\n", memory); }

EXPORT int cuMemHostRegister_v2(void* address, size_t bytes, unsigned flags) {
    return seen("cuMemHostRegister %p %zu %u\n", address, bytes, flags);
}

EXPORT int cuMemHostUnregister(void* address) { return seen("cuMemHostUnregister %p\n", address); }

EXPORT int cuMemcpyHtoDAsync_v2(uint64_t memory, const void* host, size_t bytes, void* stream) {
    return seen("cuMemcpyHtoDAsync %#lx %p %zu %p\n", memory, host, bytes, stream);
}

EXPORT int cuMemcpyDtoHAsync_v2(void* host, uint64_t memory, size_t bytes, void* stream) {
    return seen("cuMemcpyDtoHAsync %p %#lx %zu %p\n", host, memory, bytes, stream);
}

EXPORT int cuStreamCreate(void** stream, unsigned flags) {
    *stream = reinterpret_cast<void*>(0x5700000000);
    return seen("cuStreamCreate %u\n", flags);
}

EXPORT int cuStreamDestroy_v2(void* stream) { return seen("cuStreamDestroy %p\n", stream); }

EXPORT int cuStreamSynchronize(void* stream) { return seen("cuStreamSynchronize %p\n", stream); }

EXPORT int cuEventCreate(void** mark, unsigned flags) {
    static uintptr_t next = 0xE000000000;
    *mark = reinterpret_cast<void*>(next++);
    return seen("cuEventCreate %u\n", flags);
}

EXPORT int cuEventDestroy_v2(void* mark) { return seen("cuEventDestroy %p\n", mark); }

EXPORT int cuEventRecord(void* mark, void* stream) { return seen("cuEventRecord %p %p\n", mark, stream); }

EXPORT int cuEventSynchronize(void* mark) { return seen("cuEventSynchronize %p\n", mark); }

EXPORT int cuEventElapsedTime(float* milliseconds, void* start, void* end) {
    *milliseconds = 1.5F;
    return seen("cuEventElapsedTime %p %p\n", start, end);
}

// Refuses code that has the word "refuse" in it, with a message where the caller has room for one.
EXPORT int cuModuleLoadDataEx(void** module, const void* image, unsigned count, const int* options,
                              void** values) {
    const auto* text = static_cast<const char*>(image);
    *module = reinterpret_cast<void*>(0xB000000000);
    seen("cuModuleLoadDataEx %.8s %u\n", text, count);
    if (strstr(text, "refuse") == nullptr) return 0;
    for (unsigned i = 0; i < count; i++)
        if (options[i] == 5) strcpy(static_cast<char*>(values[i]), "stub: refused\nsecond line");
    return 218;
}

EXPORT int cuModuleUnload(void* module) { return seen("cuModuleUnload %p\n", module); }

EXPORT int cuModuleGetFunction(void** function, void* module, const char* name) {
    *function = reinterpret_cast<void*>(0xF000000000);
    return seen("cuModuleGetFunction %p %s\n", module, name);
}

// The kernel is known to take an extent, a view and a number.
EXPORT int cuLaunchKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                          unsigned block_y, unsigned block_z, unsigned shared, void* stream, void** arguments,
                          void** extra) {
    struct {
        uint64_t address;
        int64_t elements;
    } view;
    int extent, number;
    memcpy(&extent, arguments[0], sizeof extent);
    memcpy(&view, arguments[1], sizeof view);
    memcpy(&number, arguments[2], sizeof number);
    return seen("cuLaunchKernel %p %u %u %u %u %u %u %u %p %d %#lx %ld %d %p\n", function, grid_x, grid_y,
                grid_z, block_x, block_y, block_z, shared, stream, extent, view.address, view.elements,
                number, static_cast<void*>(extra));
}
