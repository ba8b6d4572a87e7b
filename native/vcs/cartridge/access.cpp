// Accesses that the page tables do not answer: hot spots, and the schemes that watch the bus.
#include "vcs/cartridge/dpc.h"
#include "vcs/cartridge/schemes.h"
#include "vcs/cartridge/supercharger.h"

namespace fastdqn::vcs {
namespace {

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
