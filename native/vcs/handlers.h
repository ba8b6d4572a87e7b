// Names of the processor's handlers: an instruction with an addressing mode, resolved as far as the bytes
// tell.
//   IM immediate   ZR zero page, RAM   ZG zero page, anything else   ZX ZY zero page indexed   AB absolute
//   AX AY absolute indexed   IX (zp,X)   IR (zp),Y with the pointer in RAM   IY (zp),Y otherwise
//   XI YI absolute indexed, in the cartridge's image   ZT a TIA register   WS WSYNC   FW BW branches forward
//   and backward within a segment   FA any other branch
#pragma once

#include "vcs/opcodes.h"

#define FDQ_READ_HANDLERS(Q, I) \
    Q(I, IM)                    \
    Q(I, ZR)                    \
    Q(I, ZG) Q(I, ZX) Q(I, ZY) Q(I, AB) Q(I, AX) Q(I, AY) Q(I, IX) Q(I, IR) Q(I, IY) Q(I, XI) Q(I, YI)
#define FDQ_WRITE_HANDLERS(Q, I) \
    Q(I, ZR)                     \
    Q(I, ZG) Q(I, ZT) Q(I, WS) Q(I, ZX) Q(I, ZY) Q(I, AB) Q(I, AX) Q(I, AY) Q(I, IX) Q(I, IR) Q(I, IY)
#define FDQ_CHANGE_HANDLERS(Q, I) Q(I, ZR) Q(I, ZG) Q(I, ZX) Q(I, AB) Q(I, AX) Q(I, AY) Q(I, IX) Q(I, IY)
#define FDQ_BRANCH_HANDLERS(Q, I) Q(I, FW) Q(I, BW) Q(I, FA)

namespace fastdqn::vcs {

enum class Handler : uint16_t {
#define Q(instruction, mode) k##instruction##_##mode,
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
#define X(instruction) k##instruction,
                    FDQ_OTHERS(X)
#undef X
                        kJSR_SLOW,
    kJMP_INDIRECT,
    kLDA_WAIT,  // of a loop that waits for the timer
    kLDX_WAIT,
    kLDY_WAIT,
    kBIT_WAIT,
    kLDA_WAIT_POSITIVE,
    kLDX_WAIT_POSITIVE,
    kLDY_WAIT_POSITIVE,
    kLDA_WAIT_NEGATIVE,
    kLDX_WAIT_NEGATIVE,
    kLDY_WAIT_NEGATIVE,
    kSLOW,
    kGUARD,
    kCount,
};

// First handlers of an instruction; its modes follow in the order of the lists above.
enum : uint16_t { kReadModes = 13, kWriteModes = 12, kChangeModes = 8, kBranchModes = 3 };

const void* handler_address(Handler handler);

}  // namespace fastdqn::vcs
