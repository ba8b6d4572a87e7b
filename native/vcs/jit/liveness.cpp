// Which flags matter behind each instruction of a region.
#include "vcs/core.h"
#include "vcs/jit/region.h"

namespace fastdqn::vcs::jit {
namespace {

uint8_t flags_written(Instruction instruction) {
    using enum Instruction;
    switch (instruction) {
        case kADC:
        case kSBC:
            return kNZ | kC | kV;
        case kBIT:
            return kNZ | kV;
        case kCMP:
        case kCPX:
        case kCPY:
        case kDCP:
        case kSBX:
        case kANC:
        case kASR:
        case kSLO:
        case kRLA:
        case kSRE:
        case kASL:
        case kLSR:
        case kROL:
        case kROR:
        case kASLA:
        case kLSRA:
        case kROLA:
        case kRORA:
            return kNZ | kC;
        case kCLC:
        case kSEC:
            return kC;
        case kCLV:
            return kV;
        case kAND:
        case kEOR:
        case kORA:
        case kLDA:
        case kLDX:
        case kLDY:
        case kLAX:
        case kINC:
        case kDEC:
        case kDEX:
        case kDEY:
        case kINX:
        case kINY:
        case kTAX:
        case kTAY:
        case kTSX:
        case kTXA:
        case kTYA:
        case kPLA:
            return kNZ;
        case kPLP:
            return kAllFlags;
        default:
            return kNoFlags;
    }
}

// Whether the frame may end or the mapping change behind the instruction, or the interpreter take it over:
// everything must be in its place then.
bool may_exit(const View& view, const Guest& g) {
    using enum Instruction;
    if (g.interpreted) return true;
    switch (g.instruction) {
        case kPHA:
        case kPHP:
        case kPLA:
        case kPLP:
        case kJSR:
        case kRTS:
        case kRTI:
        case kBRK:
            return true;
        default:
            break;
    }
    if (is_write(g.instruction)) return g.place != Place::kRam;
    if (is_change(g.instruction)) return g.place != Place::kRam;
    if (!is_read(g.instruction)) return false;
    switch (g.mode) {
        case Mode::kAbsolute:
            return g.place == Place::kDevice;
        case Mode::kAbsoluteX:
        case Mode::kAbsoluteY:
            return !view.image_page(g.operand).has_value() && view.reads_switch();
        case Mode::kIndirectX:
            return true;
        case Mode::kIndirectY:
            return view.reads_switch();
        default:
            return false;
    }
}

}  // namespace

void find_liveness(const View& view, Region& region) {
    std::vector<Guest>& guests = region.guests;
    for (Guest& g : guests) {
        g.live_in = g.live_out = kNoFlags;
        g.exits = may_exit(view, g);
    }
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = guests.size(); i-- > 0;) {
            Guest& g = guests[i];
            uint8_t out = kNoFlags;
            const auto follow = [&](int index, bool backward) {
                out |=
                    index < 0 || backward ? uint8_t{kAllFlags} : guests[static_cast<size_t>(index)].live_in;
            };
            const bool jumps = g.instruction == Instruction::kJMP || g.instruction == Instruction::kJSR;
            if (g.interpreted || (is_jump(g.instruction) && g.target < 0)) {
                out = kAllFlags;
            } else if (jumps) {
                follow(g.taken, g.target <= g.at);
            } else {
                follow(g.next, false);
                if (is_branch(g.instruction)) follow(g.taken, g.target <= g.at);
            }
            if (g.exits) out = kAllFlags;
            auto live =
                static_cast<uint8_t>((out & ~flags_written(g.instruction)) | flags_read(g.instruction));
            if (g.exits) live = kAllFlags;
            if (out != g.live_out || live != g.live_in) changed = true;
            g.live_out = out;
            g.live_in = live;
        }
    }
}

uint8_t flags_read(Instruction instruction) {
    using enum Instruction;
    switch (instruction) {
        case kADC:
        case kSBC:
        case kROL:
        case kROR:
        case kROLA:
        case kRORA:
        case kRLA:
        case kBCC:
        case kBCS:
            return kC;
        case kBEQ:
        case kBNE:
        case kBMI:
        case kBPL:
            return kNZ;
        case kBVC:
        case kBVS:
            return kV;
        case kPHP:
            return kAllFlags;
        default:
            return kNoFlags;
    }
}

bool View::whole_bank() const { return bytes == 4096 && rom->type() != CartridgeType::kFE; }

}  // namespace fastdqn::vcs::jit
