// Pre-decoded instructions. A Rom decodes every offset of its image once; the processor then jumps from
// handler to handler without fetching or decoding.
#pragma once

#include <cstdint>

namespace fastdqn::vcs {

struct Op {
    const void* handler;  // label in cpu_run()
    union {
        struct {
            uint16_t operand;  // as the handler wants it: an immediate, an address, an index into the RAM or
                               // the image
            uint8_t noise;  // last byte of the instruction: what the data bus holds at the operand's access
        };
        struct {               // branches within a segment
            int32_t distance;  // to the target, in bytes of Ops
            uint32_t taken;    // what taking it costs, as the processor counts it
        } branch;
    };
};
static_assert(sizeof(Op) == 16);

// Number of bytes of an instruction, by opcode.
int instruction_bytes(uint8_t opcode);
int instruction_cycles(uint8_t opcode);  // without page crossings and taken branches

// How a cartridge changes what an instruction means.
struct DecodeContext {
    bool owns_low_page = false;  // the cartridge answers at 0x00..0x3F instead of the TIA
    // Absolute indexed reads of [first, last) of the cartridge's 4 KiB, as far as they stay in there, always
    // find the image at base + address: true of code in 4 KiB banks, which sees its own bank.
    bool sees_image = false;
    uint32_t first = 0, last = 0, base = 0;
    uint32_t mask = 0xFFF;
};

// Decodes the instruction in bytes (instruction_bytes() of them are used), which lies at `offset` of a
// segment of `segment_bytes`; segment_bytes 0 means that it stands alone, and then every branch goes by
// address.
Op decode(const uint8_t* bytes, int offset, int segment_bytes, const DecodeContext& context);
// Of an instruction that stands alone the opcode says all but the operand: a table by opcode.
struct LoneOp {
    const void* handler;
    uint16_t mask;  // of the operand in the two bytes behind the opcode
    uint8_t bytes, cycles;
};
const LoneOp* lone_ops();
// The wait of five bytes at `at`, if that is what they are: a read of the timer and a branch back to it.
bool decode_wait(const uint8_t* bytes, Op& op);
Op decode_slowly();  // fetch byte by byte when reached: fetching has side effects or crosses a segment's end
Op decode_guard();   // behind the last instruction of a segment

}  // namespace fastdqn::vcs
