#include "vcs/supercharger.h"

#include <initializer_list>

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

}  // namespace fastdqn::vcs
