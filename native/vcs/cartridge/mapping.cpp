// What a cartridge shows where: the page tables, which answer plain reads of ROM and accesses to cartridge
// RAM.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "vcs/cartridge/schemes.h"
#include "vcs/cartridge/supercharger.h"
#include "vcs/jit/translation.h"

namespace fastdqn::vcs {
namespace {

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

}  // namespace

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

void Core::show_code(uint32_t window_index, uint32_t image_offset) {
    if (translation != nullptr) code[window_index] = translation->table_at(image_offset);
}

void Core::show_no_code(uint32_t window_index) {
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

}  // namespace fastdqn::vcs
