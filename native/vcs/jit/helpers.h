// What translated code calls: accesses that are not plain memory, and rare arithmetic.
#pragma once

#include <cstdint>

#include "vcs/core.h"
#include "vcs/jit/region.h"

namespace fastdqn::vcs::jit {

uint32_t read_bus(Core* core, uint32_t address, uint32_t noise, int32_t cycle);
// Returns the cycles for which the processor halts.
uint32_t write_bus(Core* core, uint32_t address, uint32_t value, int32_t cycle);
// The same of an address in the TIA, where no cartridge answers.
uint32_t write_tia_bus(Core* core, uint32_t address, uint32_t value, int32_t cycle);
uint32_t push(Core* core, uint32_t value, int32_t cycle);
uint32_t push_status(Core* core, uint32_t nz, int32_t cycle);
// BRK and RTI with the whole stack frame in the RAM; the PC at which the program goes on. RTI also returns N
// and Z, in the upper half.
uint32_t interrupt(Core* core, uint32_t nz, uint32_t from, int32_t cycle);
uint64_t return_from_interrupt(Core* core);
uint32_t pull(Core* core, uint32_t opcode, int32_t cycle);
uint32_t pull_status(Core* core, int32_t cycle);  // returns N and Z as translated code has them
// Decimal mode: carry and overflow go to the state.
uint32_t add_decimal(Core* core, uint32_t a, uint32_t operand);
uint32_t subtract_decimal(Core* core, uint32_t a, uint32_t operand);

// Passes the turns of a loop that waits for the timer which cannot end it. `loop` is what a turn takes in
// cycles; t counts as translated code does, the read's own cycles included.
int64_t pass_wait(Core* core, int64_t t, uint32_t loop, WaitFor what);

}  // namespace fastdqn::vcs::jit
