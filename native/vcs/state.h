// The whole machine as plain structs: copying a State is a snapshot. Everything that can be computed from
// it (page tables) lives outside, in the Console.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace fastdqn::vcs {

class Rom;

// Joystick bits of Inputs::joystick.
enum : uint8_t { kUp = 1, kDown = 2, kLeft = 4, kRight = 8, kFire = 16 };

// What the players and the console's switches do. Persistent: set a field and it stays.
struct Inputs {
    uint8_t joystick[2] = {};  // by player; which port it reaches: Properties::swap_ports
    bool paddle_fire[4] = {};  // by paddle (0 and 1 belong to player 0)
    int32_t paddle[4] = {};    // resistance in ohms as ALE counts it; 0 reads as charged at once
    bool select = false;       // held down
    bool reset = false;        // held down
    bool left_difficulty_a = false;
    bool right_difficulty_a = false;
    bool color = true;
};

struct Cpu {
    uint16_t pc;
    uint8_t a, x, y, sp;
    uint8_t n;     // bit 7 is the N flag
    uint8_t z;     // the Z flag is set when this is zero
    uint8_t c, v;  // 0 or 1
    uint8_t d, i;  // 0 or 1
    bool halted;   // an opcode that stops the processor was met
};

struct Riot {
    uint8_t timer;
    uint8_t shift;  // log2 of the interval
    uint8_t ddra;
    bool read_after_interrupt;
    int32_t set_cycle;  // when the timer was set, in cycles of the current frame
    int32_t interrupt_reset_cycle;
};

// 160 pixels, one bit each: pixel x is bit x % 64 of word x / 64.
struct alignas(32) Row {
    uint64_t w[4];  // the last one is zero
};

// Objects, in the order of Tia::row and the bits of Tia::enabled.
enum : uint8_t { kP0, kM0, kP1, kM1, kBL, kPF, kObjects };

// Clocks count color clocks from the start of the scanline in which the frame began; cycles count
// processor cycles from there (clock = 3 * cycle).
struct Tia {
    // Drawing position: everything before `drawn` is on the screen; it lies in (or at the end of) the line
    // that starts at `line_start`. A register write at a clock up to `quiet` needs no drawing before it. In a
    // frame that is not drawn INT32_MAX also says that no collision can come about as things are.
    int32_t drawn;
    int32_t line_start;
    int32_t quiet;
    int32_t touched;      // the latest clock up to which a register access asked for drawing
    int32_t pixel;        // offset on the screen of the line at line_start
    int32_t start_clock;  // first and last clock of the visible rows
    int32_t stop_clock;

    int32_t vsync_finish_clock;
    int32_t last_hmove_clock;
    int32_t dump_disabled_cycle;
    int32_t scanlines_last_frame;
    int32_t current_scanline;

    uint8_t enabled;  // bit per object: it has something to show; the rows of the others are empty
    uint8_t dirty;    // bit per object: row is out of date
    uint8_t vsync, vblank;
    uint8_t nusiz[2];
    uint8_t color[4];  // background, playfield, player 0, player 1
    uint8_t ctrlpf;
    bool reflect_playfield;  // as drawn now: CTRLPF's bit takes effect at the middle or the next line
    bool refp[2];
    uint8_t pf[3];
    uint8_t grp[2], old_grp[2], shown_grp[2];
    bool enam[2], resmp[2];
    bool enabl, old_enabl;
    bool vdelp[2], vdelbl;
    alignas(8) uint8_t hm[8];    // motion of P0, P1, M0, M1, BL: the high nibble; then zeros
    alignas(16) int16_t pos[8];  // position of P0, P1, M0, M1, BL; then zeros
    bool skip_first_copy[2];     // player repositioned on this line: its first copy does not show
    uint8_t m0_shape;            // 0 as NUSIZ says, 1 at least two pixels, 2 hidden (Cosmic Ark)
    bool hmove_blank;
    bool cosmic_ark;
    uint8_t cosmic_ark_counter;
    bool dump_enabled;
    uint16_t collision;
    Row row[kObjects];
};

// Data-fetcher cartridge.
struct Dpc {
    uint8_t tops[8], bottoms[8], flags[8];
    uint16_t counters[8];
    bool music[3];
    uint8_t random;
    int32_t cycles;
    double fraction;
};

struct CartState {
    uint8_t slice[4];  // bank or slices in use; the scheme says how
    uint16_t bank;     // 3E: 256 and above are RAM banks
    // Supercharger
    uint8_t ar_hold;
    bool ar_write_enabled, ar_write_pending, ar_power;
    uint32_t ar_accesses;
    uint16_t ar_offset[2];
    bool mc_locked;
    uint32_t distinct_accesses;  // bus addresses that differed from the one before (Supercharger)
    uint16_t last_address;
    Dpc dpc;
};

inline constexpr size_t kScreenRows = 300;
inline constexpr size_t kScreenBytes = 160 * kScreenRows;
using Screen = std::unique_ptr<uint8_t[]>;  // kScreenBytes palette indices, 160 a row
inline constexpr size_t kMaxCartRam = 32768;

struct Mt19937 {
    uint32_t state[624];
    uint32_t index;
};

// The machine without its generator: what running a frame changes.
struct Machine {
    uint8_t ram[128];
    Cpu cpu;
    Riot riot;
    Tia tia;
    CartState cart;
    Inputs inputs;
    int32_t cycle;           // processor cycles since the scanline in which the frame began
    int32_t phase;           // cycles of that scanline that had passed when the frame began
    int32_t height, ystart;  // of the screen as shown; first line
    int32_t rows;            // that are drawn
    int32_t max_scanlines;
    bool color_loss;
    bool partial_frame;
    bool greyed;
    bool stop;    // the program ended its frame
    uint8_t bus;  // last byte on the data bus; kept up where it can matter: outside ROM
    uint8_t format;
    uint8_t current_screen;  // 0 or 1
};

// The machine before a frame.
struct Point {
    Machine machine;
    std::vector<uint8_t> cart_ram;  // as much as the scheme has
};

// A frame that is to be looked at later: its pixels, or the machine that draws them again.
struct KeptFrame {
    explicit KeptFrame(const Rom& rom);

    Screen pixels = std::make_unique<uint8_t[]>(kScreenBytes);
    Point before;       // where there are no pixels
    bool drawn = true;  // there are pixels
};

struct State {
    Machine machine;
    Mt19937 generator;
    uint8_t cart_ram[kMaxCartRam];  // the part that the scheme uses is saved
};

}  // namespace fastdqn::vcs
