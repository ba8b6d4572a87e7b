// Pre-decoded instructions. A Rom decodes every offset of its image once; the processor then jumps from
// handler to handler without fetching or decoding.
#pragma once

#include <cstdint>

namespace fastdqn::vcs {

struct Op {
    const void* handler;  // label in cpu_run()
    uint16_t operand;     // as the handler wants it: an immediate, an address, an index into the RAM
    uint8_t noise;        // last byte of the instruction: what the data bus holds at the operand's access
    uint8_t taken;        // branches: cycles when taken
    int16_t jump;         // branches within a segment: distance in instructions slots
    uint16_t spare;
};
static_assert(sizeof(Op) == 16);

// Number of bytes of an instruction, by opcode.
int instruction_bytes(uint8_t opcode);
int instruction_cycles(uint8_t opcode);  // without page crossings and taken branches

// How a cartridge changes what an instruction means.
struct DecodeContext {
    bool owns_low_page;  // the cartridge answers at 0x00..0x3F instead of the TIA
};

// Decodes the instruction in bytes (instruction_bytes() of them are used), which lies at `offset` of a
// segment of `segment_bytes`; segment_bytes 0 means that it stands alone, and then every branch goes by
// address.
Op decode(const uint8_t* bytes, int offset, int segment_bytes, const DecodeContext& context);
// The wait of five bytes at `at`, if that is what they are: a read of the timer and a branch back to it.
bool decode_wait(const uint8_t* bytes, Op& op);
Op decode_slowly();  // fetch byte by byte when reached: fetching has side effects or crosses a segment's end
Op decode_guard();   // behind the last instruction of a segment

}  // namespace fastdqn::vcs
