// The 6507, one instruction after another as the data sheet has them: the reference for the translator
// (jit/), which runs nearly all code. This runs what the translator leaves, and everything where there is
// none.
//
// Time as this model has it: all base cycles of an instruction pass before its operand is fetched and
// accessed, index and branch penalties when they arise, and there are no dummy accesses but those that ALE
// makes (pulls, JSR, RTS).
#pragma once

#include "vcs/core.h"
#include "vcs/cpu/decimal.h"
#include "vcs/cpu/opcodes.h"

namespace fastdqn::vcs {

class Interpreter {
  public:
    explicit Interpreter(Core& core) : core_(core), m_(core.m()), cpu_(core.m().cpu) {}

    void reset();
    void run();

  private:
    // interpreter.cpp
    bool translated();
    void step();
    uint32_t fetch(uint32_t address);
    uint32_t read(uint32_t address);
    void write(uint32_t address, uint32_t value, bool after_write = false);
    uint32_t read_word(uint32_t low_at, uint32_t high_at);
    uint32_t operand_address(const Opcode& opcode, uint32_t operand);
    void push(uint32_t value, bool after_write = false);
    uint32_t pull();

    // instructions.cpp
    void read_instruction(Instruction instruction, uint32_t value);
    uint32_t written(Instruction instruction, uint32_t address);
    uint32_t changed(Instruction instruction, uint32_t value);
    bool taken(Instruction instruction) const;
    void other_instruction(const Opcode& opcode, uint32_t operand);

    uint8_t set_nz(uint32_t value);
    void compare(uint32_t with, uint32_t value);
    void add(uint32_t value);
    void add_binary(uint32_t value);
    void subtract(uint32_t value);
    void take(const Sum& sum);
    void and_rotate(uint32_t value);
    uint32_t shift_left(uint32_t value, uint32_t in);
    uint32_t shift_right(uint32_t value, uint32_t in);
    uint32_t status() const;
    void set_status(uint32_t status);

    Core& core_;
    Machine& m_;
    Cpu& cpu_;
    const jit::Translation* translation_ = nullptr;
    uint32_t instructions_ = 0;  // of this run
};

}  // namespace fastdqn::vcs
