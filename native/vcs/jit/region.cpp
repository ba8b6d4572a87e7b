#include "vcs/jit/region.h"

#include "vcs/core.h"

namespace fastdqn::vcs::jit {
namespace {

constexpr size_t kMaxGuests = 3000;

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

bool quiet(const View& view, uint32_t at, uint32_t bytes) {
    for (uint32_t i = 0; i < bytes; ++i)
        if (!view.rom->fetches_quietly(view.offset + at + i)) return false;
    return true;
}

// The last instruction is fetched byte by byte where what follows may be no ROM.
bool fetched_quietly(const View& view, uint32_t at, uint32_t bytes) {
    const uint32_t end = view.bytes + (view.rom->runs_on(view.offset) ? 1 : 0);
    return at + bytes < end && quiet(view, at, bytes);
}

WaitFor wait_at(const View& view, uint32_t at) {
    constexpr uint8_t kBit = 0x2C, kLdy = 0xAC, kLdx = 0xAE, kBne = 0xD0, kBpl = 0x10, kBmi = 0x30;
    constexpr uint8_t kBack = 0xFB;  // to the read
    if (at + 5 > view.bytes || !quiet(view, at, 5)) return WaitFor::kNothing;
    const uint8_t* code = view.rom->image().data() + view.offset + at;
    const int address = code[1] | code[2] << 8;
    if ((address & 0x1280) != 0x0280 || code[4] != kBack) return WaitFor::kNothing;
    const bool timer = (address & 5) == 4, flag = (address & 5) == 5;
    if (code[0] == kBit && flag && code[3] == kBpl) return WaitFor::kFlag;
    if (!timer || code[0] < kLdy || code[0] > kLdx) return WaitFor::kNothing;
    switch (code[3]) {
        case kBne:
            return WaitFor::kZero;
        case kBpl:
            return WaitFor::kNegative;
        case kBmi:
            return WaitFor::kPositive;
        default:
            return WaitFor::kNothing;
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
            g.interpreted = !fetched_quietly(view, at, g.size);
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
                    g.wait = wait_at(view, at);
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
