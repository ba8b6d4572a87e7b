#include "vcs/cartridge/supercharger.h"

#include <cstring>
#include <initializer_list>

#include "vcs/cpu/opcodes.h"

namespace fastdqn::vcs {

std::array<uint8_t, 2048> supercharger_bios() {
    std::array<uint8_t, 2048> rom;
    rom.fill(0x02);  // anything else stops the processor
    const auto put = [&rom](size_t at, std::initializer_list<uint8_t> bytes) {
        for (const uint8_t byte : bytes) rom[at++] = byte;
    };
    // 0xF800: a program asks for load number (0xFA). Page 7 of bank 0 is cleared with delayed writes.
    put(0x000, {0xA5, 0xFA,          // LDA $FA
                0x85, 0x80,          // STA $80
                0x4C, 0x18, 0xF8});  // JMP again
    put(0x018, {0xA2, 0x00,          // again: LDX #0
                0xDD, 0x06, 0xF0,    // CMP $F006,X: bank 0 below the ROM, written to
                0xCD, 0xF8, 0xFF,    // CMP $FFF8
                0xA2, 0x00,          // LDX #0
                0xCD, 0x00, 0xF0,    // page: CMP $F000: hold 0
                0xEA,                // NOP
                0xDD, 0x00, 0xF7,    // CMP $F700,X: the fifth address after it
                0xCA,                // DEX
                0xD0, 0xF6,          // BNE page
                0x4C, 0x50, 0xF8});  // JMP load
    // 0xF80A: power on. Clear the zero page; load 0.
    put(0x00A, {0x78, 0xD8,          // SEI, CLD
                0xA0, 0x00,          // LDY #0
                0xA2, 0x00,          // LDX #0
                0x94, 0x00,          // clear: STY 0,X
                0xE8,                // INX
                0xD0, 0xFB,          // BNE clear
                0x4C, 0x50, 0xF8});  // JMP load
    // 0xF850: fetching this very byte copies load (0x80) into RAM and leaves its start address at 0xFE and
    // its bank configuration at 0x80. The switch itself has to run from the console's RAM: CMP $FFF8, JMP
    // start.
    put(0x050, {0xA2, 0x03,          // load: LDX #3
                0xBC, 0x00, 0xF9,    // copy: LDY $F900,X
                0x94, 0xFA,          // STY $FA,X
                0xCA,                // DEX
                0x10, 0xF8,          // BPL copy
                0xA0, 0x00,          // LDY #0
                0xA2, 0x28,          // LDX #$28: the TIA from NUSIZ0 to CXCLR
                0x94, 0x04,          // tia: STY $04,X
                0xCA,                // DEX
                0x10, 0xFB,          // BPL tia
                0xA2, 0x1C,          // LDX #$1C: RAM from 0x81 to 0x9D
                0x94, 0x81,          // ram: STY $81,X
                0xCA,                // DEX
                0x10, 0xFB,          // BPL ram
                0x84, 0x01,          // STY VBLANK
                0xA2, 0x05,          // LDX #5
                0xCA,                // DEX
                0xD0, 0xFD,          // BNE
                0xA9, 0x10,          // LDA #$10
                0x85, 0x21,          // STA HMP1
                0x84, 0x02,          // STY WSYNC
                0xA2, 0x06,          // LDX #6
                0xCA,                // DEX
                0xD0, 0xFD,          // BNE
                0xEA, 0xEA,          // NOP, NOP
                0x84, 0x20,          // STY HMP0
                0x84, 0x10,          // STY RESP0
                0x84, 0x11,          // STY RESP1
                0x84, 0x02,          // STY WSYNC
                0x84, 0x2A,          // STY HMOVE
                0xA9, 0x05,          // LDA #5: reflected, before the players
                0x85, 0x0A,          // STA CTRLPF
                0x4C, 0xA0, 0xF8});  // JMP bars
    // The picture: 21 frames of black bars that open from the middle over a blue ground.
    put(0x0A0, {0xA9, 0xFF,          // bars: LDA #$FF
                0x85, 0x0D,          // STA PF0
                0x85, 0x0E,          // STA PF1
                0x85, 0x0F,          // STA PF2
                0x85, 0x84,          // STA $84: PF1 of the next frame; PF0 is in 0x83, PF2 in 0x85
                0x85, 0x85,          // STA $85
                0xA9, 0xF0,          // LDA #$F0
                0x85, 0x83,          // STA $83
                0xA9, 0x74,          // LDA #$74
                0x85, 0x09,          // STA COLUBK
                0xA9, 0x1F,          // LDA #31
                0x85, 0x82,          // STA $82: frames left, and ten
                0xA0, 0x00,          // frame: LDY #0
                0x85, 0x02,          // line: STA WSYNC, 256 times
                0x88,                // DEY
                0xD0, 0xFB,          // BNE line
                0x85, 0x02,          // STA WSYNC
                0x85, 0x02,          // STA WSYNC
                0xA9, 0x02,          // LDA #2
                0x85, 0x02,          // STA WSYNC
                0x85, 0x00,          // STA VSYNC
                0x85, 0x02,          // STA WSYNC
                0x85, 0x02,          // STA WSYNC
                0x85, 0x02,          // STA WSYNC
                0x84, 0x00,          // STY VSYNC
                0xEA, 0xEA, 0xEA,    // NOP
                0x06, 0x83,          // ASL $83
                0x66, 0x84,          // ROR $84
                0x26, 0x85,          // ROL $85
                0xA5, 0x83,          // LDA $83
                0x85, 0x0D,          // STA PF0
                0xA5, 0x84,          // LDA $84
                0x85, 0x0E,          // STA PF1
                0xA5, 0x85,          // LDA $85
                0x85, 0x0F,          // STA PF2
                0xC6, 0x82,          // DEC $82
                0xA6, 0x82,          // LDX $82
                0xE0, 0x0A,          // CPX #10
                0xD0, 0xCA,          // BNE frame
                0x4C, 0x20, 0xF9});  // JMP done
    put(0x100, {0xCD, 0xF8, 0xFF, 0x4C});
    // Cleared again, the configuration held; the program starts with what the header left in A, so that it
    // differs from game to game.
    put(0x120, {0xA9, 0x02,          // done: LDA #2
                0x85, 0x01,          // STA VBLANK
                0x84, 0x09,          // STY COLUBK
                0xA2, 0x1C,          // LDX #$1C
                0x94, 0x81,          // STY $81,X
                0xCA,                // DEX
                0x10, 0xFB,          // BPL
                0xA6, 0x80,          // LDX $80
                0xDD, 0x00, 0xF0,    // CMP $F000,X
                0xA5, 0x80,          // LDA $80
                0x45, 0xFE,          // EOR $FE
                0x45, 0xFF,          // EOR $FF
                0xA2, 0xFF,          // LDX #$FF
                0x9A,                // TXS
                0x4C, 0xFA, 0x00});  // JMP $FA
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

void access_ar_bus(Core& core, uint32_t pc, const uint8_t* bytes) {
    const uint8_t* ram = core.m().ram;
    const Cpu& r = core.m().cpu;
    const Instruction instruction = kOpcodes[bytes[0]].instruction;
    const auto ram_only = [&core](uint32_t address) {
        if ((address & 0x1280) == 0x0080) count_ar_access(core, address);
    };
    const auto idle = [&core](uint32_t address) {
        count_ar_access(core, address);
        if (address & 0x1000) read_cartridge(core, address);
    };
    const auto pointer = [&](uint32_t at) {  // what it points at, where it lies in RAM
        ram_only(at & 0xFF);
        ram_only((at + 1) & 0xFF);
        return static_cast<uint32_t>(ram[at & 0x7F] | ram[(at + 1) & 0x7F] << 8);
    };
    // What a device answers is counted once more there, which changes nothing: it is the same address.
    const auto operand = [&core](uint32_t address) { count_ar_access(core, address & 0xFFFF); };
    // The index is added to the low byte first; only reads that stay in the page are through with that.
    const auto indexed = [&](uint32_t base, uint32_t index) {
        const uint32_t within = (base & 0xFF00) | ((base + index) & 0xFF);
        if (!is_read(instruction) || within != ((base + index) & 0xFFFF)) idle(within);
        operand(base + index);
    };
    const auto stack = [&](std::initializer_list<int> steps) {  // from 0x100 + sp on
        for (const int step : steps) ram_only(0x100 + ((r.sp + static_cast<uint32_t>(step)) & 0xFF));
    };
    const uint32_t zero = bytes[1], absolute = static_cast<uint32_t>(bytes[1] | bytes[2] << 8);
    switch (kOpcodes[bytes[0]].mode) {
        case Mode::kImmediate:
            return;
        case Mode::kZero:
            return operand(zero);
        case Mode::kZeroX:
        case Mode::kZeroY:
            idle(zero);
            return operand((zero + (kOpcodes[bytes[0]].mode == Mode::kZeroX ? r.x : r.y)) & 0xFF);
        case Mode::kAbsolute:
            if (instruction == Instruction::kJMP) return;
            if (instruction == Instruction::kJSR) return stack({0, -1});
            return operand(absolute);
        case Mode::kAbsoluteX:
            return indexed(absolute, r.x);
        case Mode::kAbsoluteY:
            return indexed(absolute, r.y);
        case Mode::kIndirectX:
            idle(zero);
            return operand(pointer(zero + r.x));
        case Mode::kIndirectY:
            return indexed(pointer(zero), r.y);
        case Mode::kIndirect:
            ram_only(absolute);
            return ram_only((absolute & 0xFF00) | ((absolute + 1) & 0xFF));
        case Mode::kRelative: {
            // By the flag and the value that is branched on: N, V, C, Z.
            const bool flags[] = {(r.n & 0x80) != 0, r.v != 0, r.c != 0, r.z == 0};
            if (flags[bytes[0] >> 6] != ((bytes[0] & 0x20) != 0)) return;
            const uint32_t next = pc + 2,
                           target = next + static_cast<uint32_t>(static_cast<int8_t>(bytes[1]));
            idle(next & 0xFFFF);
            if ((next ^ target) & 0xFF00) idle((next & 0xFF00) | (target & 0xFF));
            return;
        }
        case Mode::kNone:
            break;
    }
    idle((pc + 1) & 0xFFFF);
    switch (instruction) {
        case Instruction::kPHA:
        case Instruction::kPHP:
            return stack({0});
        case Instruction::kPLA:
        case Instruction::kPLP:
            return stack({0, 1});
        case Instruction::kRTS:
            stack({0, 1, 2});
            return ram_only(static_cast<uint32_t>(ram[(r.sp + 1) & 0x7F] | ram[(r.sp + 2) & 0x7F] << 8));
        case Instruction::kRTI:
            return stack({0, 1, 2, 3});
        case Instruction::kBRK:
            return stack({0, -1, -2});
        default:
            return;
    }
}

}  // namespace fastdqn::vcs
