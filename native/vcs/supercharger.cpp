#include "vcs/supercharger.h"

#include <cstring>
#include <initializer_list>

#include "vcs/opcodes.h"

namespace fastdqn::vcs {

std::array<uint8_t, 2048> supercharger_bios() {
    std::array<uint8_t, 2048> rom;
    rom.fill(0x02);  // anything else stops the processor
    const auto put = [&rom](size_t at, std::initializer_list<uint8_t> bytes) {
        for (const uint8_t byte : bytes) rom[at++] = byte;
    };
    // 0xF800: a program asks for load number (0xFA).
    put(0x000, {0xA5, 0xFA,          // LDA $FA
                0x85, 0x80,          // STA $80
                0x4C, 0x20, 0xF8});  // JMP load
    // 0xF80A: power on. Clear the zero page, ask for load 0.
    put(0x00A, {0x78, 0xD8,          // SEI, CLD
                0xA0, 0x00,          // LDY #0
                0xA2, 0x00,          // LDX #0
                0x94, 0x00,          // clear: STY 0,X
                0xE8,                // INX
                0xD0, 0xFB,          // BNE clear
                0x4C, 0x20, 0xF8});  // JMP load
    // 0xF820: the access to 0xF850 copies the load into RAM and leaves its start address at 0xFE and its bank
    // configuration at 0x80. The switch itself has to run from the console's RAM: hold the configuration,
    // strike the hot spot, jump.
    put(0x020, {0xAD, 0x50, 0xF8,    // LDA $F850
                0xA2, 0x08,          // LDX #8
                0xBD, 0x60, 0xF8,    // copy: LDA $F860,X
                0x95, 0xF4,          // STA $F4,X
                0xCA,                // DEX
                0x10, 0xF8,          // BPL copy
                0xA5, 0xFE,          // LDA $FE
                0x85, 0xFB,          // STA $FB
                0xA5, 0xFF,          // LDA $FF
                0x85, 0xFC,          // STA $FC
                0xA6, 0x80,          // LDX $80
                0x4C, 0xF4, 0x00});  // JMP $F4
    put(0x060, {0xDD, 0x00, 0xF0,    // CMP $F000,X
                0xAD, 0xF8, 0xFF,    // LDA $FFF8
                0x4C, 0x00, 0x00});  // JMP start
    rom[2044] = 0x0A, rom[2045] = 0xF8;
    rom[2046] = 0x0A, rom[2047] = 0xF8;
    return rom;
}

void configure_ar(Core& core, uint8_t configuration) {
    CartState& cart = core.m().cart;
    static constexpr uint8_t kBanks[8][2] = {{2, 3}, {0, 3}, {2, 0}, {0, 2}, {2, 3}, {1, 3}, {2, 1}, {1, 2}};
    cart.ar_power = !(configuration & 0x01);
    cart.ar_write_enabled = configuration & 0x02;
    const auto& banks = kBanks[configuration >> 2 & 7];
    cart.ar_offset[0] = static_cast<uint16_t>(banks[0] * 2048);
    cart.ar_offset[1] = static_cast<uint16_t>(banks[1] * 2048);
}

void load_ar(Core& core, uint8_t load) {
    const std::span<const uint8_t> image = core.rom->image();
    constexpr size_t kLoad = kSuperchargerLoad;
    for (size_t start = 0; start + kLoad <= image.size(); start += kLoad) {
        const uint8_t* header = image.data() + start + 8192;
        if (header[5] != load) continue;
        for (size_t j = 0; j < header[3] && j < 32; ++j) {
            const size_t bank = header[16 + j] & 3, page = header[16 + j] >> 2 & 7;
            if (bank < 3)
                std::memcpy(core.state.cart_ram + bank * 2048 + page * 256, image.data() + start + j * 256,
                            256);
        }
        core.m().ram[0x7E] = header[0];
        core.m().ram[0x7F] = header[1];
        core.m().ram[0x00] = header[2];
        return;
    }
}

// Bytes are written by an access to 0x1000..0x10FF,
// which holds the low address byte, and an access to the target five distinct bus addresses later.
void access_ar(Core& core, uint32_t address) {
    CartState& cart = core.m().cart;
    if (cart.ar_write_pending && cart.distinct_accesses > cart.ar_accesses + 5) cart.ar_write_pending = false;
    if (!(address & 0x0F00) && (!cart.ar_write_enabled || !cart.ar_write_pending)) {
        cart.ar_hold = static_cast<uint8_t>(address);
        cart.ar_accesses = cart.distinct_accesses;
        cart.ar_write_pending = true;
    } else if ((address & 0x1FFF) == 0x1FF8) {
        cart.ar_write_pending = false;
        configure_ar(core, cart.ar_hold);
    } else if (cart.ar_write_enabled && cart.ar_write_pending &&
               cart.distinct_accesses == cart.ar_accesses + 5) {
        const uint16_t offset = cart.ar_offset[address >> 11 & 1];
        if (offset != 3 * 2048) core.state.cart_ram[(address & 0x7FF) + offset] = cart.ar_hold;
        cart.ar_write_pending = false;
    }
}

void count_ar_access(Core& core, uint32_t address) {
    CartState& cart = core.m().cart;
    if (cart.last_address == (address & 0xFFFF)) return;
    cart.last_address = static_cast<uint16_t>(address);
    ++cart.distinct_accesses;
}

void count_ar_operands(Core& core, const uint8_t* bytes, uint32_t x, uint32_t y, uint32_t sp) {
    const uint8_t* ram = core.m().ram;
    const auto ram_only = [&core](uint32_t address) {
        if ((address & 0x1280) == 0x0080) count_ar_access(core, address);
    };
    const auto pointer = [&](uint32_t at) {  // what it points at, where it lies in RAM
        ram_only(at & 0xFF);
        ram_only((at + 1) & 0xFF);
        return static_cast<uint32_t>(ram[at & 0x7F] | ram[(at + 1) & 0x7F] << 8);
    };
    // From 0x100 + sp on.
    const auto stack = [&core, sp](std::initializer_list<int> steps) {
        for (const int step : steps)
            count_ar_access(core, 0x100 + ((sp + static_cast<uint32_t>(step)) & 0xFF));
    };
    const uint32_t zero = bytes[1], absolute = static_cast<uint32_t>(bytes[1] | bytes[2] << 8);
    switch (kOpcodes[bytes[0]].mode) {
        case Mode::kZero:
            return ram_only(zero);
        case Mode::kZeroX:
            return ram_only((zero + x) & 0xFF);
        case Mode::kZeroY:
            return ram_only((zero + y) & 0xFF);
        case Mode::kAbsolute:
            if (kOpcodes[bytes[0]].instruction == Instruction::kJMP) return;
            if (kOpcodes[bytes[0]].instruction == Instruction::kJSR) return stack({0, -1});
            return ram_only(absolute);
        case Mode::kAbsoluteX:
            return ram_only(absolute + x);
        case Mode::kAbsoluteY:
            return ram_only(absolute + y);
        case Mode::kIndirectX:
            return ram_only(pointer(zero + x));
        case Mode::kIndirectY:
            return ram_only(pointer(zero) + y);
        case Mode::kIndirect:
            ram_only(absolute);
            return ram_only(absolute + 1);
        default:
            break;
    }
    switch (kOpcodes[bytes[0]].instruction) {
        case Instruction::kPHA:
        case Instruction::kPHP:
            return stack({0});
        case Instruction::kPLA:
        case Instruction::kPLP:
            return stack({0, 1});
        case Instruction::kJSR:
            return stack({0, -1});
        case Instruction::kRTS:
            return stack({0, 1, 2});
        case Instruction::kRTI:
            return stack({0, 1, 2, 3});
        case Instruction::kBRK:
            return stack({0, -1, -2});
        default:
            return;
    }
}

}  // namespace fastdqn::vcs
