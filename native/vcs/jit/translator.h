// Turns a region of 6507 code into x86-64 code.
//
// A, X and Y live in host registers, zero-extended; so does the time (cycles << 16 | instructions). The
// flags N and Z are one register: Z is set when its low byte is 0, N when bit 7 or bit 15 is 1. Carry,
// overflow, decimal mode and the stack pointer are in the machine's state. This holds where blocks begin, so
// blocks jump to each other directly. Within a block the translator knows more: costs not yet added, the
// register that N and Z can be had from, the carry as a constant or in the host's flags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "vcs/core.h"
#include "vcs/jit/assembler.h"
#include "vcs/jit/region.h"

namespace fastdqn::vcs::jit {

inline constexpr Reg kRegCore = rbx, kRegA = rbp, kRegX = r12, kRegY = r13, kRegNZ = r14, kRegTime = r15;

// Where other code is.
struct Links {
    const uint8_t* dispatch;     // goes on at the PC in eax, or leaves
    const uint8_t* interpret;    // leaves, for the interpreter to do the instruction at the PC in eax
    const void* const* entries;  // of the view, by offset; jumped to with the PC in eax
    std::function<const uint8_t*(uint32_t)> translated;  // code at an offset, null: none yet
};

class Translator {
  public:
    Translator(Assembler& out, const View& view, Region& region, const Links& links);
    void translate();
    // Offset in the assembler's buffer of the code of a leader.
    uint32_t code_of(size_t guest) const { return labels_[guest].at; }

  private:
    enum class Carry : uint8_t { kNone, kIs, kIsNot };  // what the host's carry flag says of the guest's
    struct Flow {
        int64_t pending = 0;   // cost not yet added to the time
        Reg nz = kRegNZ;       // the register from which N and Z follow
        bool host_nz = false;  // the host's Z and S are the guest's
        Carry host_carry = Carry::kNone;
        int8_t known_carry = -1;
        bool carry_stored = true;
        int8_t decimal = -1;
    };
    struct Operand {
        enum Kind : uint8_t { kValue, kMemory, kRegister } kind;
        uint8_t value = 0;
        Mem mem{rbx};
        Reg reg = rax;  // zero-extended
    };

    // translator.cpp: flow
    void trace(int index);
    bool emit(const Guest& g);
    bool branch(const Guest& g);
    void jump_within(uint32_t to, bool backward);
    void jump_outside(uint32_t pc);
    void jump_to_subroutine(const Guest& g);
    void return_from_subroutine(const Guest& g);
    void jump_indirect(const Guest& g);
    void interrupt_or_return(const Guest& g);
    void loop_at_once(const Guest& g);
    void jump_in_view(int32_t more);
    void add_pending();
    void settle(uint8_t live);
    void clobber();
    void exit_if(Cond cond, uint32_t pc);
    void bail_if(Cond cond, const Flow& before, uint32_t pc);
    void leave_code(uint32_t pc, const uint8_t* stub);
    uint8_t live_at(int index, bool backward) const;
    bool only_branch_sees_nz(const Guest& g) const;
    const Guest& guest(int index) const { return region_.guests[static_cast<size_t>(index)]; }
    void later(std::function<void()> code);
    void cost(int cycles) { flow_.pending += static_cast<int64_t>(cycles) << 16 | 1; }

    // access.cpp: operands
    bool emit_read(const Guest& g);
    bool emit_write(const Guest& g);
    bool emit_change(const Guest& g);
    void add_crossing(uint8_t low, Reg index);
    void cycle_to(Reg reg);
    void call(const void* function);
    void finish_write(const Guest& g);
    void image_pointer(Reg to, uint32_t offset);
    void indirect_x_address(const Guest& g, Reg to);
    Operand zero_indexed_read(const Guest& g, Reg index);
    void dynamic_read(const Guest& g, const std::function<void()>& noise);
    void consume_dynamic(const Guest& g, const Operand& operand);

    // devices.cpp: the TIA and the RIOT
    void call_read(uint32_t address, uint32_t noise);
    void read_port(uint32_t address, uint32_t noise);
    void read_tia(uint32_t address, uint32_t noise);
    void read_timer(uint32_t address, uint32_t noise);
    void emit_wait(const Guest& g);
    bool touches_again(const Guest& g) const;
    void write_tia(const Guest& g, uint32_t reg, Reg value);
    void write_tia_at(const Guest& g, Reg value, Label& back);
    void wait_for_line(const Guest& g);

    // arithmetic.cpp
    void calculate(const Guest& g, Operand operand);
    void change(const Guest& g, const Mem& mem);
    void change_device(const Guest& g);
    void compare(const Guest& g, Reg reg, const Operand& operand);
    void add(const Guest& g, Operand operand, bool subtract);
    void alu(Alu op, Reg reg, const Operand& operand);
    void load(Reg reg, const Operand& operand);
    void carry_to_host(bool inverted);
    void define_carry(Carry how);
    void store_carry();
    void divide(const Guest& g, Label& plain);
    void define_nz(Reg reg, bool host);
    bool simple(const Guest& g);

    static Mem field(size_t offset) { return {kRegCore, static_cast<int32_t>(offset)}; }

    Assembler& a_;
    const View& view_;
    Region& region_;
    const Links& links_;
    std::vector<Label> labels_;
    std::vector<bool> emitted_;
    std::vector<std::function<void()>> later_;
    Flow flow_;
    uint8_t live_ = kAllFlags;  // flags that must survive what is emitted next
    bool keep_nz_ = false;      // N and Z are needed beyond the host's flags
};

// Fields of the core, which begins with the machine, which begins with the RAM.
inline constexpr size_t kOfA = offsetof(Machine, cpu) + offsetof(Cpu, a);
inline constexpr size_t kOfX = offsetof(Machine, cpu) + offsetof(Cpu, x);
inline constexpr size_t kOfY = offsetof(Machine, cpu) + offsetof(Cpu, y);
inline constexpr size_t kOfSp = offsetof(Machine, cpu) + offsetof(Cpu, sp);
inline constexpr size_t kOfN = offsetof(Machine, cpu) + offsetof(Cpu, n);
inline constexpr size_t kOfZ = offsetof(Machine, cpu) + offsetof(Cpu, z);
inline constexpr size_t kOfC = offsetof(Machine, cpu) + offsetof(Cpu, c);
inline constexpr size_t kOfV = offsetof(Machine, cpu) + offsetof(Cpu, v);
inline constexpr size_t kOfD = offsetof(Machine, cpu) + offsetof(Cpu, d);
inline constexpr size_t kOfI = offsetof(Machine, cpu) + offsetof(Cpu, i);
inline constexpr size_t kOfPc = offsetof(Machine, cpu) + offsetof(Cpu, pc);
static_assert(offsetof(Core, state) == 0 && offsetof(State, machine) == 0 && offsetof(Machine, ram) == 0);

}  // namespace fastdqn::vcs::jit
