#include "vcs/jit/translation.h"

#include <unistd.h>

#include <algorithm>
#include <new>

#include "vcs/jit/assembler.h"
#include "vcs/jit/translator.h"

namespace fastdqn::vcs::jit {
namespace {

// Enough for the whole image, translated at one place of the address space.
constexpr size_t kBytesPerByte = 96, kLeastBytes = 256 * 1024, kMostBytes = 8 * 1024 * 1024;

}  // namespace

static_assert(sizeof(std::atomic<const void*>) == sizeof(void*));

std::unique_ptr<Translation> Translation::create(const Rom& rom) {
    if (rom.segment_bytes() == 0) return nullptr;
    auto memory = CodeMemory::create(std::clamp(rom.image().size() * kBytesPerByte, kLeastBytes, kMostBytes));
    if (memory == nullptr) return nullptr;
    return std::unique_ptr<Translation>(new Translation(rom, std::move(memory)));
}

Translation::Translation(const Rom& rom, std::unique_ptr<CodeMemory> memory)
    : rom_(rom),
      memory_(std::move(memory)),
      owner_(getpid()),
      tables_(rom.image().size() / 1024 + 1),
      missing_(1024) {
    make_stubs();
    for (auto& entry : missing_) entry.store(missing_stub_, std::memory_order_relaxed);
    for (CodeTable& table : tables_) {
        for (auto& entries : table.entries) {
            entries.store(reinterpret_cast<const void* const*>(missing_.data()), std::memory_order_relaxed);
        }
    }
}

void Translation::make_stubs() {
    Assembler a(memory_->writable(), memory_->bytes(), memory_->executable());
    const auto field = [](size_t offset) { return Mem{kRegCore, static_cast<int32_t>(offset)}; };
    static constexpr Reg kSaved[] = {rbx, rbp, r12, r13, r14, r15};

    // enter(core, entry, pc)
    enter_ = reinterpret_cast<Enter>(a.address_of(a.size()));
    for (const Reg reg : kSaved) a.push(reg);
    a.alu64(kSub, rsp, 8);  // calls want it aligned
    a.mov64(kRegCore, rdi);
    a.mov32(rax, rdx);
    a.load8(kRegA, field(kOfA));
    a.load8(kRegX, field(kOfX));
    a.load8(kRegY, field(kOfY));
    a.load8(kRegNZ, field(kOfN));
    a.shift32(kShl, kRegNZ, 8);
    a.alu8(kCmp, field(kOfZ), uint8_t{1});  // whatever is not zero becomes 1
    a.alu32(kSbb, rcx, rcx);
    a.alu32(kAdd, rcx, 1);
    a.alu32(kOr, kRegNZ, rcx);
    a.load64(kRegTime, field(offsetof(Core, time)));
    a.jmp(rsi);

    // Leaving with the PC in eax and the reason in ecx.
    Label leave;
    a.bind(leave);
    a.store16(field(kOfPc), rax);
    a.store8(field(kOfA), kRegA);
    a.store8(field(kOfX), kRegX);
    a.store8(field(kOfY), kRegY);
    a.test8(kRegNZ, kRegNZ);
    a.setcc(kIfNE, field(kOfZ));
    a.mov32(rax, kRegNZ);
    a.shift32(kShr, rax, 8);
    a.alu32(kOr, rax, kRegNZ);
    a.alu32(kAnd, rax, 0x80);
    a.store8(field(kOfN), rax);
    a.store64(field(offsetof(Core, time)), kRegTime);
    a.mov32(rax, rcx);
    a.alu64(kAdd, rsp, 8);
    for (size_t i = std::size(kSaved); i-- > 0;) a.pop(kSaved[i]);
    a.ret();

    interpret_ = a.address_of(a.size());
    a.mov32(rcx, static_cast<uint32_t>(Left::kInterpret));
    a.jmp(leave);

    missing_stub_ = a.address_of(a.size());
    a.mov32(rcx, static_cast<uint32_t>(Left::kMissing));
    a.jmp(leave);

    Label look;
    a.bind(look);
    a.mov32(rcx, static_cast<uint32_t>(Left::kLook));
    a.jmp(leave);

    dispatch_ = a.address_of(a.size());
    a.store8(field(offsetof(Core, attention)), uint8_t{0});
    a.alu8(kCmp, field(offsetof(Machine, stop)), uint8_t{0});
    a.jcc(kIfNE, look);
    a.cmp16(kRegTime, kFreeInstructions);
    a.jcc(kIfAE, look);
    a.mov32(rcx, rax);
    a.shift32(kShr, rcx, 10);
    a.mov32(rdx, rcx);
    a.alu32(kAnd, rdx, 15);
    a.load64(rdx, {kRegCore, static_cast<int32_t>(offsetof(Core, code)), rdx, 3});
    a.load64(rdx, {rdx, 0, rcx, 3});
    a.mov32(rcx, rax);
    a.alu32(kAnd, rcx, 0x3FF);
    a.jmp(Mem{rdx, 0, rcx, 3});
    used_ = a.size();
}

Translation::Left Translation::run(Core& core) const {
    Cpu& cpu = core.m().cpu;
    while (true) {
        const uint32_t pc = cpu.pc;
        const void* const* entries =
            core.code[pc >> 10 & 15]->entries[pc >> 10].load(std::memory_order_acquire);
        const void* entry = reinterpret_cast<const std::atomic<const void*>*>(entries)[pc & 0x3FF].load(
            std::memory_order_acquire);
        Left left = static_cast<Left>(enter_(&core, entry, pc));
        if (left == Left::kMissing) {
            try {
                left = translate(core, cpu.pc);
            } catch (const std::bad_alloc&) {  // a frame does not fail for want of speed
                left = Left::kFull;
            }
        }
        if (left != Left::kMissing) return left;
    }
}

Translation::ViewCode& Translation::view_of(uint32_t offset, uint32_t base_pc) const {
    for (const auto& code : views_) {
        if (code->view.offset == offset && code->view.base_pc == base_pc) return *code;
    }
    const uint32_t bytes = rom_.segment_bytes();
    auto code = std::make_unique<ViewCode>();
    code->view = make_view(rom_, offset, bytes, base_pc);
    code->entries = std::make_unique<std::atomic<const void*>[]>(bytes);
    for (uint32_t i = 0; i < bytes; ++i) code->entries[i].store(missing_stub_, std::memory_order_relaxed);
    for (uint32_t i = 0; i < bytes; i += 1024) {
        tables_[(offset + i) >> 10].entries[(base_pc + i) >> 10].store(
            reinterpret_cast<const void* const*>(&code->entries[i]), std::memory_order_release);
    }
    views_.push_back(std::move(code));
    return *views_.back();
}

// Kinds of outcome: kMissing, try again; kInterpret, there is no code here; kFull.
Translation::Left Translation::translate(const Core& core, uint32_t pc) const {
    const CodeTable* table = core.code[pc >> 10 & 15];
    if (table == no_table()) return Left::kInterpret;
    const std::lock_guard lock(mutex_);
    if (getpid() != owner_) return Left::kFull;
    const uint32_t bytes = rom_.segment_bytes();
    const auto block = static_cast<uint32_t>(table - tables_.data()) * 1024;
    const uint32_t at = (block & (bytes - 1)) + (pc & 0x3FF);
    ViewCode& code = view_of(block & ~(bytes - 1), pc - at);
    if (code.entries[at].load(std::memory_order_relaxed) != missing_stub_)
        return Left::kMissing;  // by another thread

    const auto translated = [&](uint32_t to) -> const uint8_t* {
        const void* entry = code.entries[to].load(std::memory_order_relaxed);
        return entry == missing_stub_ ? nullptr : static_cast<const uint8_t*>(entry);
    };
    Region region = find_region(code.view, at, [&](uint32_t to) { return translated(to) != nullptr; });
    Assembler a(memory_->writable() + used_, memory_->bytes() - used_, memory_->executable() + used_);
    const Links links{dispatch_, interpret_, reinterpret_cast<const void* const*>(code.entries.get()),
                      translated};
    Translator translator(a, code.view, region, links);
    translator.translate();
    if (a.full()) return Left::kFull;
    used_ += (a.size() + 15) & ~size_t{15};
    for (size_t i = 0; i < region.guests.size(); ++i) {
        const Guest& g = region.guests[i];
        if (g.leader && translated(g.at) == nullptr) {
            code.entries[g.at].store(a.address_of(translator.code_of(i)), std::memory_order_release);
        }
    }
    return Left::kMissing;
}

}  // namespace fastdqn::vcs::jit
