// Bank switching. The page tables answer plain reads of ROM and accesses to cartridge RAM; what remains
// comes here: hot spots, and the schemes that watch the bus.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "vcs/core.h"
#include "vcs/dpc.h"
#include "vcs/jit/translation.h"
#include "vcs/supercharger.h"

namespace fastdqn::vcs {
namespace {

// Schemes of 4 KiB banks that are chosen by touching an address: the first hot spot, their number,
// the bank after a reset, and how much RAM they carry at the bottom (write port first, then read port).
struct Hotspots {
    uint16_t first;
    uint8_t banks;
    uint8_t reset_bank;
    uint16_t ram;
};

const Hotspots* hotspots_of(CartridgeType type) {
    static constexpr Hotspots kF8{0xFF8, 2, 1, 0}, kF8Swapped{0xFF8, 2, 0, 0}, kF8SC{0xFF8, 2, 1, 128},
        kF6{0xFF6, 4, 0, 0}, kF6SC{0xFF6, 4, 0, 128}, kF4{0xFF4, 8, 0, 0}, kF4SC{0xFF4, 8, 0, 128},
        kFASC{0xFF8, 3, 2, 256};
    switch (type) {
        case CartridgeType::kF8:
            return &kF8;
        case CartridgeType::kF8Swapped:
            return &kF8Swapped;
        case CartridgeType::kF8SC:
            return &kF8SC;
        case CartridgeType::kF6:
            return &kF6;
        case CartridgeType::kF6SC:
            return &kF6SC;
        case CartridgeType::kF4:
            return &kF4;
        case CartridgeType::kF4SC:
            return &kF4SC;
        case CartridgeType::kFASC:
            return &kFASC;
        default:
            return nullptr;
    }
}

class Mapper {
  public:
    explicit Mapper(Core& core) : core_(core), image_(core.rom->image()) {}

    // Maps [address, address + bytes) of the cartridge's 4 KiB to an offset of the image, to be read and
    // executed.
    void rom(uint32_t address, uint32_t bytes, uint32_t offset) const {
        for (uint32_t i = 0; i < bytes; i += 64) {
            page(address + i) = image_.data() + offset + i;
            write_page(address + i) = nullptr;
        }
        if (bytes < 1024) return;
        for (uint32_t i = 0; i < bytes; i += 1024) window(address + i, offset + i);
    }
    // Lets the page with hot spots be answered by read_cartridge().
    void device(uint32_t address, uint32_t bytes) const {
        for (uint32_t i = 0; i < bytes; i += 64)
            page(address + i) = nullptr, write_page(address + i) = nullptr;
    }
    void readable_ram(uint32_t address, uint32_t bytes, uint32_t offset) const {
        for (uint32_t i = 0; i < bytes; i += 64) {
            page(address + i) = core_.state.cart_ram + offset + i;
            write_page(address + i) = nullptr;
        }
    }
    void writable_ram(uint32_t address, uint32_t bytes, uint32_t offset) const {
        for (uint32_t i = 0; i < bytes; i += 64) {
            page(address + i) = nullptr;
            write_page(address + i) = core_.state.cart_ram + offset + i;
        }
    }
    void no_code(uint32_t address, uint32_t bytes) const {
        for (uint32_t i = 0; i < bytes; i += 1024) {
            for (uint32_t high = 4; high < 16; high += 8)
                core_.show_no_code(high + ((address + i) >> 10 & 3));
        }
    }
    void window(uint32_t address, uint32_t offset) const {
        for (uint32_t high = 4; high < 16; high += 8) {
            core_.show_code(high + (address >> 10 & 3), offset);
        }
    }

  private:
    const uint8_t*& page(uint32_t address) const { return core_.read_page[64 + (address >> 6 & 63)]; }
    uint8_t*& write_page(uint32_t address) const { return core_.write_page[64 + (address >> 6 & 63)]; }

    Core& core_;
    std::span<const uint8_t> image_;
};

void map_ar(Core& core) {
    // Every access counts, so nothing is mapped.
    const Mapper map(core);
    map.device(0, 4096);
    map.no_code(0, 4096);
}

// Switches a 4 KiB bank where nothing else of the mapping changes.
void map_bank(Core& core, uint32_t bank) {
    const Hotspots* spots = hotspots_of(core.rom->type());
    const uint8_t* base = core.rom->image().data() + bank * 4096;
    for (uint32_t page = static_cast<uint32_t>(spots->ram) * 2 / 64; page < 63; ++page)
        core.read_page[64 + page] = base + page * 64;
    for (uint32_t i = 0; i < 4; ++i) {
        core.show_code(4 + i, bank * 4096 + i * 1024);
        core.show_code(12 + i, bank * 4096 + i * 1024);
    }
    core.attention = true;
}

// Touches the hot spots of an address, whether read or written. Returns true when the mapping changed.
bool touch(Core& core, uint32_t address) {
    CartState& cart = core.m().cart;
    const CartridgeType type = core.rom->type();
    const uint32_t low = address & 0x0FFF;
    if (const Hotspots* spots = hotspots_of(type)) {
        if (low < spots->first || low >= static_cast<uint32_t>(spots->first) + spots->banks) return false;
        const auto bank = static_cast<uint8_t>(low - spots->first);
        if (bank == cart.slice[0]) return false;
        cart.slice[0] = bank;
        map_bank(core, bank);
        return false;
    }
    switch (type) {
        case CartridgeType::kDPC:
            if (low != 0xFF8 && low != 0xFF9) return false;
            cart.slice[0] = low & 1;
            return true;
        case CartridgeType::kE0:
            if (low < 0xFE0 || low > 0xFF7) return false;
            cart.slice[(low - 0xFE0) >> 3] = low & 7;
            return true;
        case CartridgeType::kE7:
            if (low >= 0xFE0 && low <= 0xFE7) {
                cart.slice[0] = low & 7;
            } else if (low >= 0xFE8 && low <= 0xFEB) {
                cart.slice[2] = low & 3;
            } else {
                return false;
            }
            return true;
        case CartridgeType::kMB:
            if (low != 0xFF0) return false;
            cart.slice[0] = (cart.slice[0] + 1) & 0x0F;
            return true;
        case CartridgeType::kUA:
            if ((address & 0x1FFF) != 0x0220 && (address & 0x1FFF) != 0x0240) return false;
            cart.slice[0] = (address & 0x1FFF) == 0x0240;
            return true;
        default:
            return false;
    }
}

void choose_3f(Core& core, uint32_t bank) {
    CartState& cart = core.m().cart;
    const auto size = static_cast<uint32_t>(core.rom->image().size());
    if (bank < 256) {
        cart.bank = static_cast<uint16_t>(bank * 2048 < size ? bank : bank % (size / 2048));
    } else {
        cart.bank = static_cast<uint16_t>(256 + (bank - 256) % 32);
    }
    map_cartridge(core);
}

void touch_mc(Core& core, uint32_t address) {
    CartState& cart = core.m().cart;
    if (address == 0x1FFC || address == 0x1FFD) {
        cart.mc_locked = true;
    } else if (cart.mc_locked && address >= 0x1000 && address <= 0x1BFF) {
        cart.mc_locked = false;
    }
}

uint8_t mc_block(const Core& core, uint32_t address) {
    const CartState& cart = core.state.machine.cart;
    return cart.mc_locked && (address & 0x0C00) == 0x0C00 ? 0xFF : cart.slice[address >> 10 & 3];
}

}  // namespace

void Core::show_code(uint32_t window_index, uint32_t image_offset) {
    window[window_index] = rom->ops_at(image_offset);
    if (translation != nullptr) code[window_index] = translation->table_at(image_offset);
}

void Core::show_no_code(uint32_t window_index) {
    window[window_index] = nullptr;
    if (translation != nullptr) code[window_index] = translation->no_table();
}

size_t cart_ram_bytes(CartridgeType type) {
    if (const Hotspots* spots = hotspots_of(type)) return spots->ram;
    switch (type) {
        case CartridgeType::kCV:
            return 1024;
        case CartridgeType::kE7:
            return 2048;
        case CartridgeType::kAR:
            return 6144;
        case CartridgeType::k3E:
        case CartridgeType::kMC:
            return 32768;
        default:
            return 0;
    }
}

bool cartridge_fits(const Core& core, const CartState& cart) {
    const CartridgeType type = core.rom->type();
    const size_t size = core.rom->image().size();
    if (const Hotspots* spots = hotspots_of(type)) return cart.slice[0] < spots->banks;
    switch (type) {
        case CartridgeType::kUA:
            return cart.slice[0] < 2;
        case CartridgeType::kE0:
            return cart.slice[0] < 8 && cart.slice[1] < 8 && cart.slice[2] < 8;
        case CartridgeType::kE7:
            return cart.slice[0] < 8 && cart.slice[2] < 4;
        case CartridgeType::kMB:
            return cart.slice[0] < 16;
        case CartridgeType::k3F:
            return cart.bank < size / 2048;
        case CartridgeType::k3E:
            return cart.bank < 256 ? cart.bank < size / 2048 : cart.bank < 256 + 32;
        case CartridgeType::kDPC:
            return cart.slice[0] < 2 && std::abs(cart.dpc.fraction) < 1 &&
                   std::all_of(std::begin(cart.dpc.counters), std::end(cart.dpc.counters),
                               [](uint16_t counter) { return counter < 2048; });
        case CartridgeType::kAR:
            return cart.ar_offset[0] % 2048 == 0 && cart.ar_offset[0] <= 2 * 2048 &&
                   cart.ar_offset[1] % 2048 == 0 && cart.ar_offset[1] <= 3 * 2048;
        default:
            return true;
    }
}

void install_cartridge(Core& core) {
    core.m().cart = CartState{};
    core.m().cart.dpc.random = 1;
    const CartridgeType type = core.rom->type();
    if (type == CartridgeType::kDPC) core.m().cart.slice[0] = 1;
    if (type == CartridgeType::kAR) configure_ar(core, 0);
    map_cartridge(core);
}

void reset_cartridge(Core& core) {
    CartState& cart = core.m().cart;
    const CartridgeType type = core.rom->type();
    const std::span<const uint8_t> image = core.rom->image();
    const size_t ram = cart_ram_bytes(type);
    if (type == CartridgeType::kCV && image.size() == 4096) {
        std::memcpy(core.state.cart_ram, image.data(), 1024);  // the image brings the RAM's contents
    } else {
        for (size_t i = 0; i < ram; ++i)
            core.state.cart_ram[i] = static_cast<uint8_t>(next(core.state.generator));
    }
    if (const Hotspots* spots = hotspots_of(type)) cart.slice[0] = spots->reset_bank;
    switch (type) {
        case CartridgeType::kE0:
            cart.slice[0] = 4, cart.slice[1] = 5, cart.slice[2] = 6;
            break;
        case CartridgeType::kE7:
            cart.slice[0] = 0, cart.slice[2] = 0;
            break;
        case CartridgeType::k3F:
        case CartridgeType::k3E:
            cart.bank = 0;
            break;
        case CartridgeType::kUA:
            cart.slice[0] = 0;
            break;
        case CartridgeType::kMB:
            cart.slice[0] = 1;
            break;
        case CartridgeType::kDPC:
            cart.slice[0] = 1;
            cart.dpc.cycles = core.m().cycle;
            cart.dpc.fraction = 0.0;
            break;
        case CartridgeType::kAR:
            cart.ar_hold = 0;
            cart.ar_accesses = 0;
            cart.ar_write_pending = false;
            configure_ar(core, 0);
            break;
        default:
            break;
    }
    map_cartridge(core);
}

void map_memory(Core& core) {
    Machine& m = core.m();
    for (int page = 0; page < 64; ++page) {
        const int address = page << 6;
        const bool is_ram = (address & 0x280) == 0x080;
        core.read_page[page] = is_ram ? m.ram + (address & 0x7F) : nullptr;
        core.write_page[page] = is_ram ? m.ram + (address & 0x7F) : nullptr;
    }
    core.translation = core.rom->translation();
    for (uint32_t i = 0; i < 16; ++i) core.show_no_code(i);
    core.limit_cycle = (m.max_scanlines + 1) * kCyclesPerLine;
    tia_forget(core);
    core.counts_accesses = core.rom->type() == CartridgeType::kAR;
    core.hmove_blanks = core.rom->properties().hmove_blanks;
    map_cartridge(core);
    core.attention = false;
}

void map_cartridge(Core& core) {
    const CartState& cart = core.m().cart;
    const CartridgeType type = core.rom->type();
    const auto size = static_cast<uint32_t>(core.rom->image().size());
    const Mapper map(core);
    core.attention = true;
    if (const Hotspots* spots = hotspots_of(type)) {
        map.rom(0, 4096, cart.slice[0] * 4096U);
        map.device(0xFC0, 64);
        if (spots->ram != 0) {
            map.writable_ram(0, spots->ram, 0);
            map.readable_ram(spots->ram, spots->ram, 0);
        }
        return;
    }
    switch (type) {
        case CartridgeType::k2K:
            map.rom(0, 2048, 0);
            map.rom(2048, 2048, 0);
            break;
        case CartridgeType::kCV:
            map.rom(2048, 2048, size == 4096 ? 2048 : 0);
            map.readable_ram(0, 1024, 0);
            map.writable_ram(1024, 1024, 0);
            map.no_code(0, 2048);
            break;
        case CartridgeType::kFE:
            // Which half answers depends on address bit 13, so data reads go to read_cartridge().
            map.rom(0, 4096, 4096);
            for (uint32_t i = 0; i < 4; ++i) core.show_code(12 + i, i * 1024);
            map.device(0, 4096);
            break;
        case CartridgeType::kE0:
            for (uint32_t i = 0; i < 3; ++i) map.rom(i * 1024, 1024, cart.slice[i] * 1024U);
            map.rom(3072, 1024, 7 * 1024);
            map.device(0xFC0, 64);
            break;
        case CartridgeType::kE7:
            if (cart.slice[0] != 7) {
                map.rom(0, 2048, cart.slice[0] * 2048U);
            } else {
                map.writable_ram(0, 1024, 0);
                map.readable_ram(1024, 1024, 0);
                map.no_code(0, 2048);
            }
            map.rom(2048, 2048, 7 * 2048);
            map.writable_ram(0x800, 256, 1024U + cart.slice[2] * 256U);
            map.readable_ram(0x900, 256, 1024U + cart.slice[2] * 256U);
            map.device(0xFC0, 64);
            break;
        case CartridgeType::k3F:
        case CartridgeType::k3E:
            map.rom(2048, 2048, size - 2048);
            if (cart.bank < 256) {
                map.rom(0, 2048, cart.bank * 2048U);
            } else {
                map.readable_ram(0, 1024, (cart.bank - 256U) * 1024);
                map.writable_ram(1024, 1024, (cart.bank - 256U) * 1024);
                map.no_code(0, 2048);
            }
            break;
        case CartridgeType::kUA:
            map.rom(0, 4096, cart.slice[0] * 4096U);
            break;
        case CartridgeType::kMB:
            map.rom(0, 4096, cart.slice[0] * 4096U);
            map.device(0xFC0, 64);
            break;
        case CartridgeType::kDPC:
            map.rom(0, 4096, cart.slice[0] * 4096U);
            map.device(0, 128);
            map.device(0xFC0, 64);
            break;
        case CartridgeType::kAR:
        case CartridgeType::kMC:
            map_ar(core);
            break;
        default:
            map.rom(0, 4096, 0);
            break;
    }
}

uint8_t read_cartridge(Core& core, uint32_t address) {
    const CartridgeType type = core.rom->type();
    CartState& cart = core.m().cart;
    const uint8_t* image = core.rom->image().data();
    const uint32_t low = address & 0x0FFF;
    switch (type) {
        case CartridgeType::kFE:
            return image[low + (address & 0x2000 ? 0 : 4096)];
        case CartridgeType::kAR: {
            if ((address & 0x1FFF) == 0x1850 && cart.ar_offset[1] == 3 * 2048) {
                load_ar(core, core.m().ram[0]);  // the loader asks for the load whose number is at 0x80
            } else {
                access_ar(core, address);
            }
            const uint16_t offset = cart.ar_offset[address >> 11 & 1];
            if (offset == 3 * 2048) return core.rom->ar_bios()[address & 0x7FF];
            return core.state.cart_ram[(address & 0x7FF) + offset];
        }
        case CartridgeType::kMC: {
            touch_mc(core, address & 0x1FFF);
            if (!(address & 0x1000)) return 0;
            const uint8_t block = mc_block(core, address);
            if (block & 0x80) return image[(block & 0x7FU) * 1024 + (address & 0x3FF)];
            uint8_t& byte = core.state.cart_ram[(block & 0x3FU) * 512 + (address & 0x1FF)];
            if (!(address & 0x0200)) byte = 0;
            return byte;
        }
        case CartridgeType::k3F:
        case CartridgeType::k3E:
            if (low >= 0x800) return image[(low & 0x7FF) + core.rom->image().size() - 2048];
            if (cart.bank >= 256) return core.state.cart_ram[(low & 0x3FF) + (cart.bank - 256U) * 1024];
            return image[(low & 0x7FF) + cart.bank * 2048U];
        case CartridgeType::kDPC:
            clock_dpc_random(cart.dpc);
            if (low < 0x40) return read_dpc_register(core, low);
            break;
        case CartridgeType::kCV:
            return image[(low & 0x7FF) + (core.rom->image().size() == 4096 ? 2048 : 0)];
        default:
            break;
    }
    if (touch(core, address)) map_cartridge(core);
    switch (type) {
        case CartridgeType::kUA:
            return 0;
        case CartridgeType::kE0: {
            const uint32_t slice = low >> 10 == 3 ? 7 : cart.slice[low >> 10];
            return image[(slice << 10) + (low & 0x3FF)];
        }
        case CartridgeType::kE7: {
            const uint32_t slice = low >> 11 == 1 ? 7 : cart.slice[0];
            return image[(slice << 11) + (low & 0x7FF)];
        }
        default:
            return image[cart.slice[0] * 4096U + low];
    }
}

void write_cartridge(Core& core, uint32_t address, uint8_t value) {
    const CartridgeType type = core.rom->type();
    CartState& cart = core.m().cart;
    const uint32_t low = address & 0x0FFF;
    switch (type) {
        case CartridgeType::kFE:
        case CartridgeType::kCV:
        case CartridgeType::kF4SC:  // writing does not switch its banks here
            return;
        case CartridgeType::kAR:
            access_ar(core, address);
            return;
        case CartridgeType::kMC: {
            const uint32_t at = address & 0x1FFF;
            touch_mc(core, at);
            if (at >= 0x3C && at <= 0x3F) {
                cart.slice[at - 0x3C] = value;
                return;
            }
            const uint8_t block = mc_block(core, at);
            if (!(block & 0x80) && !(at & 0x0200))
                core.state.cart_ram[(block & 0x3FU) * 512 + (at & 0x1FF)] = value;
            return;
        }
        case CartridgeType::k3F:
            if (low <= 0x3F) choose_3f(core, value);
            return;
        case CartridgeType::k3E:
            if (low == 0x3F) choose_3f(core, value);
            if (low == 0x3E) choose_3f(core, 256U + value);
            return;
        case CartridgeType::kDPC:
            clock_dpc_random(cart.dpc);
            if (low >= 0x40 && low < 0x80) {
                write_dpc_register(core, low, value);
                return;
            }
            break;
        default:
            break;
    }
    if (touch(core, address)) map_cartridge(core);
}

}  // namespace fastdqn::vcs
