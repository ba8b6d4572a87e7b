// Translated code of one Rom: made when it is first reached, shared by all consoles of the Rom on all
// threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "vcs/core.h"
#include "vcs/jit/code_memory.h"
#include "vcs/jit/region.h"

namespace fastdqn::vcs::jit {

// Where the code of 1 KiB of the image is, by bits 10..15 of the PC at which it is seen: 1024 addresses,
// by the PC's lower bits.
struct CodeTable {
    std::atomic<const void* const*> entries[64];
};

class Translation {
  public:
    // Null where this processor or system cannot have it; the interpreter does the work then.
    static std::unique_ptr<Translation> create(const Rom& rom);

    // Of the 1 KiB at an offset of the image, and of places where no code is.
    const CodeTable* table_at(uint32_t offset) const { return &tables_[offset >> 10]; }
    const CodeTable* no_table() const { return &tables_[tables_.size() - 1]; }

    enum class Left : uint32_t {
        kLook,       // the frame ended or gets long, or an instruction is to be interpreted
        kInterpret,  // the instruction at the PC is not translated
        kMissing,
        kFull,  // there is no room for more code
    };
    // Runs translated code from the PC of the state, which holds the registers, with core.time as the time.
    Left run(Core& core) const;

    size_t bytes_used() const { return used_; }

  private:
    struct ViewCode {
        View view;
        std::unique_ptr<std::atomic<const void*>[]> entries;
    };

    Translation(const Rom& rom, std::unique_ptr<CodeMemory> memory);
    void make_stubs();
    Left translate(const Core& core, uint32_t pc) const;
    ViewCode& view_of(uint32_t offset, uint32_t base_pc) const;

    const Rom& rom_;
    std::unique_ptr<CodeMemory> memory_;
    int owner_;  // process; children do not write to the shared memory
    mutable std::vector<CodeTable> tables_;
    std::vector<std::atomic<const void*>> missing_;  // for 1 KiB without code
    using Enter = uint32_t (*)(Core* core, const void* entry, uint32_t pc);
    Enter enter_ = nullptr;
    const uint8_t* dispatch_ = nullptr;
    const uint8_t* interpret_ = nullptr;
    const uint8_t* missing_stub_ = nullptr;

    mutable std::mutex mutex_;  // guards what follows
    mutable std::vector<std::unique_ptr<ViewCode>> views_;
    mutable size_t used_ = 0;
};

}  // namespace fastdqn::vcs::jit
