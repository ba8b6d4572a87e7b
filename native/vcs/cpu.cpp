// The 6507: handlers threaded by computed jumps over pre-decoded instructions.
//
// Time as this model has it: all base cycles of an instruction pass before its operand is accessed, index and
// branch penalties when they arise, and there are no dummy accesses but those that ALE makes (pulls, JSR,
// RTS).
#include "vcs/core.h"
#include "vcs/cpu_access.h"
#include "vcs/cpu_modes.h"
#include "vcs/cpu_operations.h"
#include "vcs/handlers.h"
#include "vcs/jit/translation.h"
#include "vcs/supercharger.h"

namespace fastdqn::vcs {
namespace {

// One instruction more (low 16 bits) and so many cycles (above).
constexpr int64_t cost(int cycles) { return static_cast<int64_t>(cycles) << 16 | 1; }

constexpr uint8_t kJsr = 0x20;

constexpr int zero_page_cycles(Instruction instruction) { return instruction == Instruction::kLAX ? 4 : 3; }

uint32_t fetch(Core& core, uint32_t address, int32_t cycle) {
    address &= 0xFFFF;
    if (core.counts_accesses) [[unlikely]]
        count_ar_access(core, address);
    const uint8_t* page = core.read_page[address >> 6 & 0x7F];
    const uint8_t byte =
        page != nullptr ? page[address & 63] : read_device(core, address, core.m().bus, cycle);
    core.m().bus = byte;
    return byte;
}

#define LOAD_REGISTERS                                        \
    a = m->cpu.a, x = m->cpu.x, y = m->cpu.y, sp = m->cpu.sp; \
    n = m->cpu.n, z = m->cpu.z, c = m->cpu.c, v = m->cpu.v
#define SAVE_REGISTERS                    \
    m->cpu.a = static_cast<uint8_t>(a);   \
    m->cpu.x = static_cast<uint8_t>(x);   \
    m->cpu.y = static_cast<uint8_t>(y);   \
    m->cpu.sp = static_cast<uint8_t>(sp); \
    m->cpu.n = n & 0x80;                  \
    m->cpu.z = (z & 0xFF) != 0;           \
    m->cpu.c = static_cast<uint8_t>(c);   \
    m->cpu.v = static_cast<uint8_t>(v)

const void* const* run(Core* core) {
    static const void* const kHandlers[] = {
#define Q(instruction, mode) &&instruction##_##mode,
#define X(instruction) FDQ_READ_HANDLERS(Q, instruction)
        FDQ_READS(X)
#undef X
#define X(instruction) FDQ_WRITE_HANDLERS(Q, instruction)
                FDQ_WRITES(X)
#undef X
#define X(instruction) FDQ_CHANGE_HANDLERS(Q, instruction)
                    FDQ_CHANGES(X)
#undef X
#define X(instruction) FDQ_BRANCH_HANDLERS(Q, instruction)
                        FDQ_BRANCHES(X)
#undef X
#undef Q
#define X(instruction) &&instruction##_,
                            FDQ_OTHERS(X)
#undef X
            && JSR_SLOW,
        &&JMP_INDIRECT,
        &&LDA_WAIT,
        &&LDX_WAIT,
        &&LDY_WAIT,
        &&BIT_WAIT,
        &&LDA_WAIT_POSITIVE,
        &&LDX_WAIT_POSITIVE,
        &&LDY_WAIT_POSITIVE,
        &&LDA_WAIT_NEGATIVE,
        &&LDX_WAIT_NEGATIVE,
        &&LDY_WAIT_NEGATIVE,
        &&SLOW,
        &&GUARD,
    };
    static_assert(sizeof kHandlers / sizeof kHandlers[0] == static_cast<size_t>(Handler::kCount));
    if (core == nullptr) return kHandlers;

    Machine* const m = &core->state.machine;
    uint8_t* const ram = m->ram;
    const uint8_t* const image = core->rom->image().data();
    const LoneOp* const lone = lone_ops();
    const bool tia_alone = !core->rom->decode_context().owns_low_page;
    Op scratch[4];
    for (Op& op : scratch) op = decode_guard();
    const Op* ip = scratch;
    const Op* base = scratch;
    uint32_t base_pc = 0;
    uint32_t pc = m->cpu.pc;
    uint32_t a, x, y, sp, n, z, c, v;
    LOAD_REGISTERS;
    // Translated code does what it can; single instructions remain, and all above kFreeInstructions.
    static constexpr const Op* kNoWindows[16] = {};
    const jit::Translation* translation = core->translation;
    const jit::CodeTable* const no_table = translation != nullptr ? translation->no_table() : nullptr;
    const Op* const* windows = translation != nullptr ? kNoWindows : core->window;
    int64_t t = static_cast<int64_t>(m->cycle) << 16;
    m->stop = false;
    if (m->cpu.halted) return nullptr;

go_to:
    pc &= 0xFFFF;
    core->attention = false;
    if (UNLIKELY(m->stop) || UNLIKELY((t & 0xFFFF) >= kFrameInstructions)) goto leave;
    if (LIKELY((t & 0xFFFF) < kFreeInstructions)) {
        if (translation != nullptr) {
            if (core->code[pc >> 10 & 15] == no_table) goto fetch_here;
            m->cpu.pc = static_cast<uint16_t>(pc);
            SAVE_REGISTERS;
            core->time = t;
            const auto left = translation->run(*core);
            LOAD_REGISTERS;
            t = core->time;
            pc = m->cpu.pc;
            if (left == jit::Translation::Left::kFull) {
                translation = nullptr;
                windows = core->window;
                goto go_to;
            }
            core->attention = false;
            if (m->stop || (t & 0xFFFF) >= kFrameInstructions) goto leave;
            goto fetch_here;
        }
        const Op* window = windows[pc >> 10 & 15];
        if (LIKELY(window != nullptr)) {
            base = window;
            base_pc = pc & 0xFC00;
            ip = window + (pc & 0x3FF);
            NEXT;
        }
    }

fetch_here : {
    // Fetched now, as the bytes may have been written since. Where they lie side by side in memory, at once.
    const uint8_t* const page = core->read_page[pc >> 6 & 0x7F];
    uint8_t bytes[3] = {};
    const uint8_t* code = bytes;
    if (LIKELY(page != nullptr) && LIKELY((pc & 63) <= 61) && LIKELY(page[pc & 63] != kJsr) &&
        LIKELY(!core->counts_accesses)) {
        code = page + (pc & 63);
        m->bus = code[lone[code[0]].bytes - 1];
    } else {
        bytes[0] = static_cast<uint8_t>(fetch(*core, pc, CYCLE));
        const int32_t cycle = CYCLE + lone[bytes[0]].cycles;
        const int size = bytes[0] == kJsr ? 2 : lone[bytes[0]].bytes;  // its last byte follows its pushes
        for (int i = 1; i < size; ++i)
            bytes[i] = static_cast<uint8_t>(fetch(*core, pc + static_cast<uint32_t>(i), cycle));
        if (core->counts_accesses) [[unlikely]]
            access_ar_bus(*core, pc, bytes, {x, y, sp, n, z, c, v});
    }
    const LoneOp& op = lone[code[0]];
    const uint32_t operand = (code[1] | static_cast<uint32_t>(code[2]) << 8) & op.mask;
    scratch[0].handler = op.handler;
    scratch[0].operand = static_cast<uint16_t>(operand);
    scratch[0].noise = op.bytes > 2 ? code[2] : static_cast<uint8_t>(operand);
    ip = scratch;
    base = scratch;
    base_pc = pc;
    goto* op.handler;
}

SLOW:
    pc = PC_NOW;
    core->attention = false;
    if (UNLIKELY((t & 0xFFFF) >= kFrameInstructions)) goto leave;
    goto fetch_here;

GUARD:
    GO_TO(PC_NOW);

    FDQ_READS(FDQ_READ_BODIES)
    FDQ_WRITES(FDQ_WRITE_BODIES)
    FDQ_CHANGES(FDQ_CHANGE_BODIES)

#define X(I)                                                                                           \
    I##_FW : {                                                                                         \
        t += cost(2);                                                                                  \
        if (IF_##I) {                                                                                  \
            t += ip->branch.taken;                                                                     \
            ip = reinterpret_cast<const Op*>(reinterpret_cast<const char*>(ip) + ip->branch.distance); \
            NEXT;                                                                                      \
        }                                                                                              \
        ip += 2;                                                                                       \
        NEXT;                                                                                          \
    }                                                                                                  \
    I##_BW : {                                                                                         \
        t += cost(2);                                                                                  \
        if (IF_##I) {                                                                                  \
            t += ip->branch.taken;                                                                     \
            ip = reinterpret_cast<const Op*>(reinterpret_cast<const char*>(ip) + ip->branch.distance); \
            if (UNLIKELY((t & 0xFFFF) >= kFreeInstructions)) GO_TO(PC_NOW);                            \
            NEXT;                                                                                      \
        }                                                                                              \
        ip += 2;                                                                                       \
        NEXT;                                                                                          \
    }                                                                                                  \
    I##_FA : {                                                                                         \
        t += cost(2);                                                                                  \
        if (IF_##I) {                                                                                  \
            m->bus = ip->noise;                                                                        \
            const uint32_t from = PC_NOW + 2;                                                          \
            const uint32_t to = from + static_cast<uint32_t>(static_cast<int8_t>(ip->operand));        \
            t += static_cast<int64_t>((from ^ to) & 0xFF00 ? 2 : 1) << 16;                             \
            GO_TO(to);                                                                                 \
        }                                                                                              \
        ip += 2;                                                                                       \
        NEXT;                                                                                          \
    }
    FDQ_BRANCHES(X)
#undef X

// Waiting for the timer: LDA INTIM; BNE back, and BIT INSTAT; BPL back. The reads that cannot end the loop
// have no effect but the time they take, so all of them are taken at once: `last` counts from when the timer
// was set to the first cycle whose read may end it.
#define SKIP_WAIT(last)                                                                    \
    {                                                                                      \
        const Riot& riot = m->riot;                                                        \
        const int64_t left = int64_t{riot.set_cycle} + 1 + ((last) << riot.shift) - CYCLE; \
        const int64_t loop = 6 + static_cast<int64_t>(ip[3].branch.taken >> 16);           \
        const int64_t loops = (left + loop - 1) / loop;                                    \
        if (left > 0 && (t & 0xFFFF) + 2 * loops < kFreeInstructions) {                    \
            t += loops * (loop << 16 | 2);                                                 \
        }                                                                                  \
    }
#define WAIT(name, last, body)                                                \
    name : {                                                                  \
        t += cost(4);                                                         \
        SKIP_WAIT(last)                                                       \
        const uint32_t b = read_device(*core, ip->operand, ip->noise, CYCLE); \
        m->bus = static_cast<uint8_t>(b);                                     \
        body;                                                                 \
        ip += 3;                                                              \
        NEXT;                                                                 \
    }
    WAIT(LDA_WAIT, riot.timer - 1, OP_LDA(b))
    WAIT(LDX_WAIT, riot.timer - 1, OP_LDX(b))
    WAIT(LDY_WAIT, riot.timer - 1, OP_LDY(b))
    WAIT(BIT_WAIT, riot.timer, OP_BIT(b))
// LDA INTIM; BPL back goes on until the timer has expired, once it reads less than 128.
#define WAIT_POSITIVE(name, body)                                                                            \
    name : {                                                                                                 \
        t += cost(4);                                                                                        \
        const auto passed = static_cast<int32_t>(                                                            \
            (static_cast<uint32_t>(CYCLE) - 1 - static_cast<uint32_t>(m->riot.set_cycle)) >> m->riot.shift); \
        if (int64_t{m->riot.timer} - passed <= 128) SKIP_WAIT(riot.timer)                                    \
        const uint32_t b = read_device(*core, ip->operand, ip->noise, CYCLE);                                \
        m->bus = static_cast<uint8_t>(b);                                                                    \
        body;                                                                                                \
        ip += 3;                                                                                             \
        NEXT;                                                                                                \
    }
    WAIT_POSITIVE(LDA_WAIT_POSITIVE, OP_LDA(b))
    WAIT_POSITIVE(LDX_WAIT_POSITIVE, OP_LDX(b))
    WAIT_POSITIVE(LDY_WAIT_POSITIVE, OP_LDY(b))
    // LDA INTIM; BMI back goes on until it reads less than 128.
    WAIT(LDA_WAIT_NEGATIVE, riot.timer - 128, OP_LDA(b))
    WAIT(LDX_WAIT_NEGATIVE, riot.timer - 128, OP_LDX(b))
    WAIT(LDY_WAIT_NEGATIVE, riot.timer - 128, OP_LDY(b))

#define SIMPLE(name, body) \
    name##_ : {            \
        t += cost(2);      \
        body;              \
        ip += 1;           \
        NEXT;              \
    }
    SIMPLE(NOP, )
    SIMPLE(CLC, c = 0)
    SIMPLE(SEC, c = 1)
    SIMPLE(CLV, v = 0)
    SIMPLE(CLD, m->cpu.d = 0)
    SIMPLE(SED, m->cpu.d = 1)
    SIMPLE(CLI, m->cpu.i = 0)
    SIMPLE(SEI, m->cpu.i = 1)
    SIMPLE(DEX, NZ(x = (x - 1) & 0xFF))
    SIMPLE(DEY, NZ(y = (y - 1) & 0xFF))
    SIMPLE(INX, NZ(x = (x + 1) & 0xFF))
    SIMPLE(INY, NZ(y = (y + 1) & 0xFF))
    SIMPLE(TAX, NZ(x = a))
    SIMPLE(TAY, NZ(y = a))
    SIMPLE(TSX, NZ(x = sp))
    SIMPLE(TXA, NZ(a = x))
    SIMPLE(TXS, sp = x)
    SIMPLE(TYA, NZ(a = y))
#define ON_A(body)      \
    {                   \
        uint32_t b = a; \
        body;           \
        a = b;          \
    }
    SIMPLE(ASLA, ON_A(CHANGE_ASL))
    SIMPLE(LSRA, ON_A(CHANGE_LSR))
    SIMPLE(ROLA, ON_A(CHANGE_ROL))
    SIMPLE(RORA, ON_A(CHANGE_ROR))

PHA_:
    t += cost(3);
    PUSH(a, false);
    ip += 1;
    NEXT;

PHP_:
    t += cost(3);
    PUSH(STATUS, false);
    ip += 1;
    NEXT;

PLA_ : {
    t += cost(4);
    uint32_t b;
    PULL(b, 0x68);
    NZ(a = b);
    ip += 1;
    NEXT;
}

PLP_ : {
    t += cost(4);
    uint32_t b;
    PULL(b, 0x28);
    SET_STATUS(b);
    ip += 1;
    NEXT;
}

JSR_ : {
    t += cost(6);
    const uint32_t target = ip->operand, from = PC_NOW + 2;
    m->bus = static_cast<uint8_t>(target >> 8);
    if (LIKELY(sp >= 0x81)) {
        ram[sp & 0x7F] = static_cast<uint8_t>(from >> 8);
        ram[(sp - 1) & 0x7F] = static_cast<uint8_t>(from);
        sp -= 2;
        JUMP(target);
    }
    {
        uint32_t below;
        READ(below, 0x100 + sp, target & 0xFF);
        static_cast<void>(below);
        PUSH(from >> 8 & 0xFF, false);
        PUSH(from & 0xFF, true);
        m->bus = static_cast<uint8_t>(target >> 8);  // fetched last
    }
    GO_TO(target);
}

JSR_SLOW : {
    t += cost(6);
    const uint32_t low = ip->operand, from = PC_NOW + 2;
    uint32_t below;
    READ(below, 0x100 + sp, low);
    static_cast<void>(below);
    PUSH(from >> 8 & 0xFF, false);
    PUSH(from & 0xFF, true);
    const uint32_t high = fetch(*core, from, CYCLE);
    GO_TO(low | high << 8);
}

RTS_ : {
    t += cost(6);
    uint32_t below, low, high;
    if (LIKELY(sp - 0x7FU <= 0xFDU - 0x7FU)) {
        low = ram[(sp + 1) & 0x7F];
        high = ram[(sp + 2) & 0x7F];
        sp += 2;
        const uint32_t from = low | high << 8;
        m->bus = static_cast<uint8_t>(high);
        if (LIKELY(core->read_page[from >> 6 & 0x7F] != nullptr)) JUMP((from + 1) & 0xFFFF);
        READ(below, from, high);
        GO_TO(from + 1);
    }
    READ(below, 0x100 + sp, 0x60);
    sp = (sp + 1) & 0xFF;
    READ(low, 0x100 + sp, below);
    sp = (sp + 1) & 0xFF;
    READ(high, 0x100 + sp, low);
    const uint32_t from = low | high << 8;
    READ(below, from, high);
    GO_TO(from + 1);
}

RTI_ : {
    t += cost(6);
    uint32_t below, status, low, high;
    READ(below, 0x100 + sp, 0x40);
    sp = (sp + 1) & 0xFF;
    READ(status, 0x100 + sp, below);
    SET_STATUS(status);
    sp = (sp + 1) & 0xFF;
    READ(low, 0x100 + sp, status);
    sp = (sp + 1) & 0xFF;
    READ(high, 0x100 + sp, low);
    GO_TO(low | high << 8);
}

BRK_ : {
    t += cost(7);
    const uint32_t from = PC_NOW + 2;
    PUSH(from >> 8 & 0xFF, false);
    PUSH(from & 0xFF, true);
    PUSH(STATUS, true);
    m->cpu.i = 1;
    uint32_t low, high;
    READ(low, 0xFFFE, 0);
    READ(high, 0xFFFF, low);
    GO_TO(low | high << 8);
}

JMP_:
    t += cost(3);
    m->bus = ip->noise;
    JUMP(ip->operand);

JMP_INDIRECT : {
    t += cost(5);
    const uint32_t pointer = ip->operand;
    uint32_t low, high;
    READ(low, pointer, ip->noise);
    READ(high, (pointer & 0xFF00) | ((pointer + 1) & 0xFF), low);  // the carry is lost
    GO_TO(low | high << 8);
}

JAM_:
    t += cost(2);
    m->cpu.halted = true;
    pc = PC_NOW + 1;

leave:
    core->attention = false;
    m->cycle = CYCLE;
    m->cpu.pc = static_cast<uint16_t>(pc);
    SAVE_REGISTERS;
    // Only fetches outside of the cartridge can show what is on the bus.
    if (pc & 0x1000) m->bus = 0;
    return nullptr;
}

}  // namespace

const void* handler_address(Handler handler) {
    static const void* const* const table = run(nullptr);
    return table[static_cast<size_t>(handler)];
}

void cpu_reset(Core& core) {
    Cpu& cpu = core.m().cpu;
    cpu = Cpu{};
    cpu.sp = 0xFF;
    cpu.z = 1;
    const uint32_t low = fetch(core, 0xFFFC, core.m().cycle);
    const uint32_t high = fetch(core, 0xFFFD, core.m().cycle);
    cpu.pc = static_cast<uint16_t>(low | high << 8);
    core.attention = false;
}

void cpu_run(Core& core) {
    read_ports(core);
    run(&core);
}

}  // namespace fastdqn::vcs
