// What is translated at once: the instructions of a segment that control reaches from an entry without
// leaving it, where blocks begin, and which flags matter behind each instruction.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "vcs/cartridge/rom.h"
#include "vcs/cpu/opcodes.h"

namespace fastdqn::vcs::jit {

// A segment of the image as it is executed at one place of the address space.
struct View {
    const Rom* rom;
    uint32_t offset;   // of the segment in the image
    uint32_t bytes;    // power of two
    uint32_t base_pc;  // multiple of bytes
    // [first, last) of the segment: reading there has no effect and finds the image.
    uint32_t first, last;

    uint32_t pc_of(uint32_t at) const { return base_pc + at; }
    bool holds(uint32_t pc) const { return (pc & ~(bytes - 1)) == base_pc; }
    // Where in the image the byte lies that is read at an address, if that is known and reading has no
    // effect.
    std::optional<uint32_t> image_offset(uint32_t address) const;
    // The same of [address, address + 255].
    std::optional<uint32_t> image_page(uint32_t address) const;
    // All banks of the cartridge are 4 KiB: code sees its own bank at every mirror.
    bool whole_bank() const;
    bool reads_switch() const;  // reading cartridge addresses can change the mapping
};

View make_view(const Rom& rom, uint32_t offset, uint32_t bytes, uint32_t base_pc);

enum Flags : uint8_t { kNoFlags = 0, kNZ = 1, kC = 2, kV = 4, kAllFlags = 7 };

// Where a known operand lies: kTia is written, kPort is read, of the TIA or the RIOT where no cartridge
// answers as well; kDevice is any other place.
enum class Place : uint8_t { kNone, kRam, kImage, kTia, kPort, kDevice };

// Loops of two instructions whose turns can be counted: SBC #n, BCS back; DEX (DEY), BNE or BPL back. What
// follows one is a leader.
enum class ShortLoop : uint8_t { kNone, kDivide, kCountToZero, kCountToMinus };

// What a read of the timer waits for that a branch back to it repeats: LDA (LDX, LDY) INTIM and BNE, BPL or
// BMI; BIT INSTAT and BPL.
enum class WaitFor : uint32_t { kNothing, kZero, kFlag, kNegative, kPositive };

struct Guest {
    uint16_t at;  // in the segment
    uint8_t opcode, size;
    Instruction instruction;
    Mode mode;
    uint8_t noise;                      // the last byte: what the data bus holds at the operand's access
    uint16_t operand;                   // as in the code
    bool leader = false;                // control comes here from elsewhere
    bool interpreted = false;           // not translated: left to the interpreter
    WaitFor wait = WaitFor::kNothing;   // that begins here
    ShortLoop loop = ShortLoop::kNone;  // that begins here
    Place place = Place::kNone;         // of operands at a fixed address
    uint32_t where = 0;                 // index into RAM, offset in the image, or the address
    int next = -1, taken = -1;          // indices into the region; -1: elsewhere
    int32_t target = -1;                // offset in the segment where a branch, JMP or JSR goes; -1: outside
    bool exits = false;  // the frame may end here, the mapping change or the interpreter take over
    uint8_t live_in = kAllFlags, live_out = kAllFlags;
};

struct Region {
    std::vector<Guest> guests;  // the first is the entry
    std::vector<int> index;     // by offset in the segment; -1: not in the region
};

// liveness.cpp
uint8_t flags_read(Instruction instruction);
void find_liveness(const View& view, Region& region);

// `translated` says whether an offset has been translated before: the region ends there.
Region find_region(const View& view, uint32_t entry, const std::function<bool(uint32_t)>& translated);

}  // namespace fastdqn::vcs::jit
