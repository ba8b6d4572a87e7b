// Stands in front of libOpenCL.so.1 for the tests. ILGPU wants OpenCL drivers with a generic address space,
// and pocl 3.1 has none. The pixel kernels point at nothing but global memory: this library says that there
// is one and spells it
// __global. Every other symbol is the real library's, found because this one is linked to it.
#include <dlfcn.h>

#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace {

constexpr unsigned GenericAddressSpaceSupport = 0x1069;
constexpr int OutOfHostMemory = -6;

template <typename Call>
Call real(const char* name) {
    return reinterpret_cast<Call>(dlsym(dlopen("libOpenCL.so.1", RTLD_NOW), name));
}

std::string with_global(std::string source) {
    static const std::string from = "__generic", to = "__global";
    for (auto at = source.find(from); at != std::string::npos; at = source.find(from, at))
        source.replace(at, from.size(), to);
    return source;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int clGetDeviceInfo(void* device, unsigned name, size_t size,
                                                           void* value, size_t* needed) {
    const auto call = real<decltype(&clGetDeviceInfo)>("clGetDeviceInfo");
    const int error = call(device, name, size, value, needed);
    const unsigned yes = 1;
    if (name == GenericAddressSpaceSupport && error == 0 && value != nullptr && size >= sizeof yes)
        std::memcpy(value, &yes, sizeof yes);
    return error;
}

__attribute__((visibility("default"))) void* clCreateProgramWithSource(void* context, unsigned count,
                                                                       const char** sources,
                                                                       const size_t* lengths, int* error) {
    try {
        std::vector<std::string> texts;
        std::vector<const char*> pointers;
        for (unsigned i = 0; i < count; i++) {
            const bool told = lengths != nullptr && lengths[i] != 0;
            texts.push_back(with_global({sources[i], told ? lengths[i] : std::strlen(sources[i])}));
        }
        for (const auto& text : texts) pointers.push_back(text.c_str());
        const auto call = real<decltype(&clCreateProgramWithSource)>("clCreateProgramWithSource");
        return call(context, count, pointers.data(), nullptr, error);
    } catch (const std::bad_alloc&) {
        if (error != nullptr) *error = OutOfHostMemory;
        return nullptr;
    }
}
}
