#include "vcs/jit/region.h"

#include "vcs/core.h"
#include "vcs/handlers.h"
#include "vcs/op.h"

namespace fastdqn::vcs::jit {
namespace {

constexpr size_t kMaxGuests = 3000;

bool in(Instruction instruction, Instruction first, Instruction last) {
    return instruction >= first && instruction <= last;
}

bool is_read(Instruction i) { return in(i, Instruction::kADC, Instruction::kSBX); }
bool is_write(Instruction i) { return in(i, Instruction::kSTA, Instruction::kSHS); }
bool is_change(Instruction i) { return in(i, Instruction::kASL, Instruction::kISB); }

// After these the next instruction is elsewhere.
bool is_jump(Instruction i) {
    return i == Instruction::kJMP || i == Instruction::kJSR || i == Instruction::kRTS ||
           i == Instruction::kRTI || i == Instruction::kBRK;
}

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

// Whether the translator knows the instruction; whatever it does not is interpreted.
bool known(const Guest& g) {
    using enum Instruction;
    switch (g.instruction) {
        case kLAS:
        case kARR:
        case kANE:
        case kLXA:
        case kSHA:
        case kSHX:
        case kSHY:
        case kSHS:
        case kRRA:
        case kISB:
        case kJAM:
            return false;
        case kJMP:
            if (g.mode == Mode::kAbsolute) return g.operand & 0x1000;
            // Through a pointer in the RAM that is not split by a page's end into RAM and something else.
            return (g.operand & 0x1280) == 0x0080 && (g.operand & 0xFF) != 0xFF;
        case kJSR:
            return g.operand & 0x1000;
        default:
            break;
    }
    if (g.mode == Mode::kIndirectX) return is_read(g.instruction) || is_write(g.instruction);
    if (g.mode == Mode::kIndirectY) {
        return (is_read(g.instruction) || is_write(g.instruction)) && g.operand >= 0x80 && g.operand < 0xFF;
    }
    if (is_change(g.instruction)) {
        const bool plain =
            g.instruction == kINC || g.instruction == kDEC || g.instruction == kASL || g.instruction == kLSR;
        return g.place == Place::kRam || g.mode == Mode::kZeroX || (g.place == Place::kTia && plain);
    }
    return true;
}

void find_place(const View& view, Guest& g) {
    if (g.mode != Mode::kZero && g.mode != Mode::kAbsolute) return;
    if (!is_read(g.instruction) && !is_write(g.instruction) && !is_change(g.instruction)) return;
    const uint32_t address = g.operand;
    if ((address & 0x1280) == 0x0080) {
        g.place = Place::kRam;
        g.where = address & 0x7F;
        return;
    }
    g.place = Place::kDevice;
    g.where = address;
    if (is_read(g.instruction)) {
        if (const auto offset = view.image_offset(address)) {
            g.place = Place::kImage;
            g.where = *offset;
        } else if (!(address & 0x1000) && !cartridge_owns(*view.rom, address)) {
            g.place = Place::kPort;
        }
    } else if (!(address & 0x1080) && !cartridge_owns(*view.rom, address) &&
               (g.mode == Mode::kZero || is_write(g.instruction))) {
        g.place = Place::kTia;
        g.where = address & 0x3F;
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

ShortLoop short_loop(const uint8_t* bytes, uint32_t room) {
    if (room <= 4) return ShortLoop::kNone;
    // n is so large that the turns are few, and the last difference does not overflow.
    if (bytes[0] == 0xE9 && bytes[1] >= 8 && bytes[1] < 0x80 && bytes[2] == 0xB0 && bytes[3] == 0xFC) {
        return ShortLoop::kDivide;
    }
    if ((bytes[0] == 0xCA || bytes[0] == 0x88) && bytes[2] == 0xFD) {
        if (bytes[1] == 0xD0) return ShortLoop::kCountToZero;
        if (bytes[1] == 0x10) return ShortLoop::kCountToMinus;
    }
    return ShortLoop::kNone;
}

}  // namespace

bool is_branch(Instruction instruction) { return in(instruction, Instruction::kBCC, Instruction::kBVS); }

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

bool View::reads_switch() const {
    switch (rom->type()) {
        case CartridgeType::k2K:
        case CartridgeType::k4K:
        case CartridgeType::kCV:
        case CartridgeType::kFE:
        case CartridgeType::k3F:
        case CartridgeType::k3E:
            return false;
        default:
            return true;
    }
}

std::optional<uint32_t> View::image_offset(uint32_t address) const {
    address &= 0xFFFF;
    if (!(address & 0x1000)) return std::nullopt;
    const bool own = holds(address) || whole_bank() || rom->type() == CartridgeType::k2K;
    uint32_t at = offset + (address & (bytes - 1));
    if (rom->type() == CartridgeType::kFE) {
        at = (address & 0x0FFF) + (address & 0x2000 ? 0 : 4096);
    } else if (!own) {
        return std::nullopt;
    }
    if (!rom->fetches_quietly(at)) return std::nullopt;
    return at;
}

std::optional<uint32_t> View::image_page(uint32_t address) const {
    const auto from = image_offset(address);
    if (!from || address + 255 > 0xFFFF) return std::nullopt;
    for (uint32_t i = 1; i < 256; ++i) {
        const auto at = image_offset(address + i);
        if (!at || *at != *from + i) return std::nullopt;
    }
    return from;
}

View make_view(const Rom& rom, uint32_t offset, uint32_t bytes, uint32_t base_pc) {
    View view{&rom, offset, bytes, base_pc, 0, 0};
    // The longest run of pages that are quiet throughout.
    uint32_t run = 0;
    for (uint32_t page = 0; page < bytes; page += 64) {
        bool quiet = true;
        for (uint32_t i = 0; quiet && i < 64; ++i) quiet = rom.fetches_quietly(offset + page + i);
        // These schemes answer the rest of such a page themselves.
        run = quiet ? run + 64 : 0;
        if (run > view.last - view.first) {
            view.last = page + 64;
            view.first = view.last - run;
        }
    }
    return view;
}

Region find_region(const View& view, uint32_t entry, const std::function<bool(uint32_t)>& translated) {
    Region region;
    std::vector<int>& index = region.index;
    index.assign(view.bytes, -1);
    std::vector<uint32_t> leaders{entry};
    const uint8_t* bytes = view.rom->image().data() + view.offset;
    const Op* ops = view.rom->ops_at(view.offset);
    const Op slow = decode_slowly();
    const auto found = [&](uint32_t at) { return index[at] >= 0; };
    const auto mark = [&](uint32_t at) {
        if (found(at)) {
            region.guests[static_cast<size_t>(index[at])].leader = true;
        } else {
            leaders.push_back(at);
        }
    };
    while (!leaders.empty()) {
        uint32_t at = leaders.back();
        leaders.pop_back();
        if (translated(at)) continue;
        bool first = true;
        while (true) {
            if (found(at)) {  // streams of instructions meet
                region.guests[static_cast<size_t>(index[at])].leader = true;
                break;
            }
            if (!first && translated(at)) break;
            if (region.guests.size() >= kMaxGuests) break;
            Guest g{};
            g.at = static_cast<uint16_t>(at);
            g.opcode = bytes[at];
            g.size = static_cast<uint8_t>(instruction_bytes(g.opcode));
            g.instruction = kOpcodes[g.opcode].instruction;
            g.mode = kOpcodes[g.opcode].mode;
            g.leader = first;
            g.interpreted = ops[at].handler == slow.handler || at + g.size > view.bytes;
            first = false;
            if (!g.interpreted) {
                const uint8_t low = g.size > 1 ? bytes[at + 1] : 0;
                g.noise = g.size > 2 ? bytes[at + 2] : low;
                g.operand = static_cast<uint16_t>(g.size > 2 ? low | bytes[at + 2] << 8 : low);
                find_place(view, g);
                if (is_branch(g.instruction)) {
                    const int32_t to = static_cast<int32_t>(at) + 2 + static_cast<int8_t>(low);
                    if (to >= 0 && to < static_cast<int32_t>(view.bytes)) g.target = to;
                    const uint32_t pc = view.base_pc + static_cast<uint32_t>(to);
                    if (g.target < 0 && (pc > 0xFFFF || !(pc & 0x1000))) g.interpreted = true;
                } else if ((g.instruction == Instruction::kJMP || g.instruction == Instruction::kJSR) &&
                           g.mode == Mode::kAbsolute) {
                    if (view.holds(g.operand)) g.target = g.operand & static_cast<int32_t>(view.bytes - 1);
                }
                if (!known(g)) g.interpreted = true;
                if (!g.interpreted && is_read(g.instruction) && g.mode == Mode::kAbsolute &&
                    g.place == Place::kPort) {
                    const Handler waits[] = {Handler::kLDA_WAIT,          Handler::kLDX_WAIT,
                                             Handler::kLDY_WAIT,          Handler::kBIT_WAIT,
                                             Handler::kLDA_WAIT_POSITIVE, Handler::kLDX_WAIT_POSITIVE,
                                             Handler::kLDY_WAIT_POSITIVE, Handler::kLDA_WAIT_NEGATIVE,
                                             Handler::kLDX_WAIT_NEGATIVE, Handler::kLDY_WAIT_NEGATIVE};
                    for (const Handler wait : waits) {
                        if (ops[at].handler == handler_address(wait)) g.wait = ops[at].handler;
                    }
                }
            }
            if (!g.interpreted) g.loop = short_loop(bytes + at, view.bytes - at);
            if (g.loop != ShortLoop::kNone) mark(at + g.size + 2);
            const uint32_t after = at + g.size;
            const bool ends = g.interpreted || is_jump(g.instruction);
            index[at] = static_cast<int>(region.guests.size());
            region.guests.push_back(g);
            if (g.target >= 0 && !g.interpreted) mark(static_cast<uint32_t>(g.target));
            if (ends) {
                const bool returns = g.instruction == Instruction::kJSR ||
                                     g.instruction == Instruction::kBRK ||
                                     (!is_jump(g.instruction) && g.instruction != Instruction::kJAM);
                if (returns && after < view.bytes) mark(after);
                break;
            }
            if (after >= view.bytes) break;
            at = after;
        }
    }
    for (Guest& g : region.guests) {
        const uint32_t after = g.at + static_cast<uint32_t>(g.size);
        if (after < view.bytes) g.next = index[after];
        if (g.target >= 0) g.taken = index[static_cast<size_t>(g.target)];
    }
    find_liveness(view, region);
    return region;
}

}  // namespace fastdqn::vcs::jit
