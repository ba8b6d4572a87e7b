// The Atari 2600 core: a 6507, a TIA, a RIOT and a cartridge, exact to the model that the Arcade Learning
// Environment 0.12.1 uses (docs/atari.md, "The model").
//
// How to use it
//
//     auto rom = vcs::Rom::load(bytes, properties);     // once; shared by all consoles of the game
//     vcs::Console console(rom);                        // powered on: RAM filled, format detected, reset
//     console.inputs().joystick[0] = vcs::kUp | vcs::kFire;
//     console.frame(/*render=*/true);                   // until the program ends its frame
//     console.ram()[0x12]; console.screen();            // 128 bytes; 160 x height() palette indices
//
// * Creating one does what ALE does when it loads a ROM: seeds the system generator (4753849), fills the
//   RAM, draws the timer, runs 60 frames to detect the format when it is not known, and resets. No RESET
//   or SELECT press happens: the game's start sequence is the caller's.
// * reset() is ALE's system reset: it draws the RIOT's timer from the system generator, refills cartridge
//   RAM where there is some, clears both screens, and leaves the RAM as it was.
// * frame() is one call of ALE's update: it ends where the program ends its frame, or after 25000
//   instructions. In the latter case (partial_frame()) the next call goes on with the same frame.
// * Inputs stay as set until changed; they are read once at the start of frame().
// * frame(false) computes every byte of the machine (collisions too) but skips the pixels. Which frames were
//   drawn never shows in a later drawn frame: a frame that covers fewer rows than the screen has shows the
//   rows of two frames before, and these are drawn after all when they are needed. After frame(false)
//   itself, screen() is unspecified; draw() makes it what frame(true) would have left.
//
// Ownership and threads: a Console owns its state (about 120 KiB with two screens) and holds a reference to
// its Rom. One thread at a time may use a Console; different consoles are independent. No call allocates
// except the constructor and frames that reach code of the cartridge for the first time, which is then
// translated. Nothing throws after construction but restore(), and nothing prints.
//
// Snapshots: save() writes saved_bytes() bytes, restore() reads them back, into the same console or another
// one of the same Rom (checked; FDQ_BAD_DATA otherwise). A restored console continues byte for byte,
// screens and generator included. The bytes are a plain copy of structs: they are for the same build on the
// same kind of machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "vcs/cartridge/rom.h"
#include "vcs/state.h"

namespace fastdqn::vcs {

inline constexpr int kScreenWidth = 160;
inline constexpr int kRamBytes = 128;

class Console {
  public:
    explicit Console(std::shared_ptr<const Rom> rom);
    ~Console();
    Console(const Console& other);  // a full copy
    Console& operator=(const Console& other);

    // Puts the console into the state that a new one has.
    void power_on();

    void reset();
    void frame(bool render);

    // As frame(true), but the height() rows of pixels go to `pixels` (room for kScreenBytes); for the
    // console's own screen it is frame(false). Consoles that take turns can so draw on the same memory, which
    // stays in the cache.
    void frame_onto(uint8_t* pixels);

    // Draws the pixels of the last frame if frame(false) or frame_onto() left them out.
    void draw();

    Inputs& inputs() { return state_->machine.inputs; }
    const Inputs& inputs() const { return state_->machine.inputs; }

    uint8_t* ram() { return state_->machine.ram; }
    const uint8_t* ram() const { return state_->machine.ram; }
    // The cartridge's own RAM, as many bytes of it as its scheme has.
    const uint8_t* cart_ram() const { return state_->cart_ram; }

    // The byte that the processor would read at an address, where reading has no effect: RAM, cartridge RAM
    // and plain ROM. 0 for device registers and hot spots.
    uint8_t peek(uint16_t address) const;

    // The current screen, height() rows of 160 palette indices.
    const uint8_t* screen() const;
    // What screen() shows, or would show after draw(), for later: cheap after frame(false) and frame_onto(),
    // which draw it when it is looked at, else a copy.
    void keep_screen(KeptFrame& frame) const;
    // Its height() rows, drawn if they must be; the console stays as it is. Any console of the same Rom can.
    uint8_t* look_at(KeptFrame& frame);
    int height() const { return state_->machine.height; }
    Format format() const { return static_cast<Format>(state_->machine.format); }

    // Scanlines since the current frame began (of the whole frame, after one that ended).
    int scanlines() const;
    // The last frame() ended at the instruction limit and not at the end of a frame.
    bool partial_frame() const { return state_->machine.partial_frame; }
    // An instruction stopped the processor; only reset() helps.
    bool halted() const { return state_->machine.cpu.halted; }

    // The system generator (MT19937). ALE draws from it at power on and at resets only.
    uint32_t next_random();

    const Rom& rom() const { return *rom_; }

    size_t saved_bytes() const;
    void save(std::span<uint8_t> bytes);
    void restore(std::span<const uint8_t> bytes);

  private:
    struct Impl;

    std::shared_ptr<const Rom> rom_;
    std::unique_ptr<Impl> impl_;
    State* state_;  // the part of impl_ that is looked at from outside
};

// 0xRRGGBB of each palette index, as ALE's getScreenRGB has it.
std::span<const uint32_t, 256> palette(Format format);
// Luminance of each palette index, as ALE's getScreenGrayscale has it.
std::span<const uint8_t, 256> gray(Format format);

}  // namespace fastdqn::vcs
