// What the parts of the machine share while they run: the state, and around it what follows from the state
// and from the cartridge (page tables, translated code, screens). Private to native/vcs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "vcs/cartridge/rom.h"
#include "vcs/state.h"

namespace fastdqn::vcs {

namespace jit {
class Translation;
struct CodeTable;
}  // namespace jit

inline constexpr int kPages = 128;  // of 64 bytes: the 13 address lines of a 6507
inline constexpr int kCyclesPerLine = 76;
inline constexpr int kClocksPerLine = 228;
inline constexpr int kBlankClocks = 68;  // horizontal blank
inline constexpr int kFrameInstructions = 25000;
// Up to here translated code runs freely; beyond, each instruction is interpreted, so that a frame ends after
// exactly kFrameInstructions. Between two checks lie at most as many instructions as a segment has bytes.
inline constexpr uint32_t kFreeInstructions = kFrameInstructions - 4200;

struct Core {
    State state;

    // Follows from the state: rebuilt by map_cartridge() after a restore.
    const Rom* rom = nullptr;
    const uint8_t* read_page[kPages];  // null: a device answers
    uint8_t* write_page[kPages];
    const jit::CodeTable* code[16];  // translated code by address bits 10..13 of the PC
    const jit::Translation* translation = nullptr;
    int64_t time = 0;        // cycles << 16 | instructions, while control passes to translated code and back
    bool attention = false;  // the mapping changed or the frame ended: look before the next instruction
    bool counts_accesses = false;  // the cartridge wants every address that was on the bus (Supercharger)
    bool hmove_blanks = true;      // the console shows them with this cartridge
    bool render = true;
    int32_t next_line = 0;    // a guess of translated code: the cycle at which the next line begins
    int32_t limit_cycle = 0;  // a TIA write from here on ends the frame
    uint8_t* screens[2] = {};
    // By TIA register: writing this value now changes nothing but Tia::touched.
    static constexpr uint32_t kNever = ~0U;
    uint32_t same[64];
    // What the inputs make of the ports: by read_ports() when the processor starts.
    struct Ports {
        uint8_t pins, switches;    // SWCHA, SWCHB
        uint8_t trigger[2];        // INPT4 and INPT5: bit 7
        uint32_t charged_from[4];  // INPT0..3: cycle of the frame from which on bit 7 is set; kNever
    } ports = {};

    Machine& m() { return state.machine; }
    // Where the PC finds code in the 1 KiB of the address space by its bits 10..13.
    void show_code(uint32_t window_index, uint32_t image_offset);
    void show_no_code(uint32_t window_index);
    uint8_t* screen() { return screens[state.machine.current_screen]; }
};

// cartridge/mapping.cpp
size_t cart_ram_bytes(CartridgeType type);
bool cartridge_fits(const Core& core, const CartState& cart);  // banks that the cartridge has
void install_cartridge(Core& core);                            // state of a freshly plugged-in cartridge
void reset_cartridge(Core& core);
void map_memory(Core& core);     // everything that follows from the state
void map_cartridge(Core& core);  // page tables from the state
// cartridge/access.cpp
uint8_t read_cartridge(Core& core, uint32_t address);
void write_cartridge(Core& core, uint32_t address, uint8_t value);

// bus.cpp: what the page tables do not answer
// Whether the cartridge answers an address in the TIA's or the RIOT's part of the address space.
bool cartridge_owns(const Rom& rom, uint32_t address);
uint8_t read_device(Core& core, uint32_t address, uint32_t noise, int32_t cycle);
void write_device(Core& core, uint32_t address, uint32_t value, int32_t cycle, bool after_write);

void read_ports(Core& core);      // Core::ports, from the inputs
void charge_paddles(Core& core);  // its paddles, whenever VBLANK grounds them or lets them charge

// tia/tia.cpp. Cycles count from the scanline in which the frame began.
void tia_reset(Core& core);
void tia_start_frame(Core& core);
void tia_bound_time(Core& core);               // keeps a frame that never ends from counting too far
void tia_catch_up(Core& core, int32_t clock);  // brings the screen and the collisions up to the clock
uint8_t tia_read(Core& core, uint32_t address, uint32_t noise, int32_t cycle);
// Writes take effect some clocks later, by register; the playfield's by where in its four pixels the clock
// is.
constexpr int tia_write_delay(int reg, int32_t cycle) {
    switch (reg) {
        case 0x01:  // VBLANK
        case 0x0B:  // REFP0, REFP1
        case 0x0C:
        case 0x1B:  // GRP0, GRP1
        case 0x1C:
            return 1;
        case 0x04:  // NUSIZ0, NUSIZ1
        case 0x05:
        case 0x12:  // RESM0, RESM1
        case 0x13:
            return 8;
        case 0x0D:  // PF0, PF1, PF2
        case 0x0E:
        case 0x0F: {
            constexpr int kDelay[4] = {4, 5, 2, 3};
            return kDelay[cycle & 3];
        }
        default:
            return 0;
    }
}

// By register: everything but the halting of WSYNC. Returns true when the write ended the frame.
using TiaWriter = bool (*)(Core& core, uint32_t value, int32_t cycle);
extern const std::array<TiaWriter, 64> kTiaWriters;
void tia_forget(Core& core);  // Core::same, after the state was replaced

// When writing a register has an effect: with every write, when the value is not Core::same, or never.
enum class TiaEffect : uint8_t { kAlways, kByValue, kNone };
constexpr TiaEffect tia_effect(uint32_t reg) {
    if (reg == 0x00 || (reg >= 0x10 && reg <= 0x14) || (reg >= 0x2A && reg <= 0x2C))
        return TiaEffect::kAlways;
    // RSYNC, sound, nothing. (WSYNC halts the processor.)
    if (reg == 0x02 || reg == 0x03 || (reg >= 0x15 && reg <= 0x1A) || reg >= 0x2D) return TiaEffect::kNone;
    return TiaEffect::kByValue;
}

// By register and the low bits of the cycle.
constexpr std::array<std::array<uint8_t, 4>, 64> make_tia_write_delays() {
    std::array<std::array<uint8_t, 4>, 64> table{};
    for (int reg = 0; reg < 64; ++reg) {
        for (int cycle = 0; cycle < 4; ++cycle) {
            table[reg][cycle] = static_cast<uint8_t>(tia_write_delay(reg, cycle));
        }
    }
    return table;
}
inline constexpr auto kTiaWriteDelays = make_tia_write_delays();

inline bool tia_write(Core& core, uint32_t address, uint32_t value, int32_t cycle) {
    const uint32_t reg = address & 0x3F;
    if (core.same[reg] == value && cycle < core.limit_cycle) {
        core.m().tia.touched = cycle * 3 + kTiaWriteDelays[reg][cycle & 3];
        return false;
    }
    return kTiaWriters[reg](core, value, cycle);
}

// cpu/interpreter.cpp
void cpu_reset(Core& core);
void cpu_run(Core& core);  // until the frame or the instruction limit ends

// generator.cpp
void seed(Mt19937& generator, uint32_t value);
uint32_t next(Mt19937& generator);

}  // namespace fastdqn::vcs
