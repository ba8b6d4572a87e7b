// A cartridge image and everything about it that never changes: its bank-switching scheme, the console
// properties that came with it and its translated code. Immutable once loaded, so any number of
// consoles on any number of threads share one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fastdqn::vcs {

// Bank-switching schemes, by their customary names. kAuto: by size, contents and two known MD5s.
enum class CartridgeType : uint8_t {
    kAuto,
    k2K,
    k4K,
    kCV,
    kF8,
    kF8Swapped,
    kF8SC,
    kF6,
    kF6SC,
    kF4,
    kF4SC,
    kFASC,
    kFE,
    kE0,
    kE7,
    k3F,
    k3E,
    kUA,
    kMB,
    kMC,
    kDPC,
    kAR,
};

// Television standard. kAuto runs 60 frames and takes PAL when 15 of the last 30 have over 285 scanlines.
// kPal60 has the PAL palette and PAL rules.
enum class Format : uint8_t { kAuto, kNtsc, kPal, kPal60 };

enum class Controller : uint8_t { kJoystick, kPaddles };

// What is known of a cartridge beyond its bytes. The defaults are those of an unknown cartridge.
struct Properties {
    CartridgeType type = CartridgeType::kAuto;
    Format format = Format::kAuto;
    int ystart = 34;   // first scanline of the screen
    int height = 210;  // rows of the screen; 210 becomes 250 when the format turns out to be PAL
    bool hmove_blanks = true;
    Controller left = Controller::kJoystick;
    Controller right = Controller::kJoystick;
    bool swap_ports = false;
    bool swap_paddles = false;
    bool left_difficulty_a = false;  // switch positions until Inputs says otherwise
    bool right_difficulty_a = false;
    bool color = true;  // the television-type switch
};

// Lower-case hexadecimal MD5 of a ROM image, by which games are known.
std::string md5_hex(std::span<const uint8_t> bytes);

// The scheme that size and contents suggest; kAuto when nothing fits.
CartridgeType detect_type(std::span<const uint8_t> image);
const char* name_of(CartridgeType type);

namespace jit {
class Translation;
}

// How a cartridge's code runs.
enum class Execution : uint8_t {
    kDefault,      // translated where possible, unless FASTDQN_JIT is "off"
    kInterpreted,  // for comparison
};

class Rom {
  public:
    // Checks the image. Throws fastdqn::Error (FDQ_BAD_DATA) naming what is wrong: empty,
    // too large, a size that no scheme has, properties out of range. Largest image: 512 KiB.
    static std::shared_ptr<const Rom> load(std::span<const uint8_t> image, const Properties& properties = {},
                                           Execution execution = Execution::kDefault);
    ~Rom();

    const Properties& properties() const { return properties_; }  // type is resolved, format may be kAuto
    CartridgeType type() const { return properties_.type; }
    std::span<const uint8_t> image() const { return image_; }
    const std::string& md5() const { return md5_; }

    // For the translator. Code lies in segments of the image that are mapped whole; 0: its bytes change.
    uint32_t segment_bytes() const;
    // Whether fetching the byte at an offset of the image does nothing else and comes from the image.
    bool fetches_quietly(uint32_t offset) const;
    // Whether the code of a segment can run on behind its end: it is never the last of the address space.
    bool runs_on(uint32_t offset) const;
    const jit::Translation* translation() const { return translation_.get(); }  // null: interpreted
    std::span<const uint8_t> ar_bios() const { return bios_; }                  // the Supercharger's loader

    Rom(const Rom&) = delete;
    Rom& operator=(const Rom&) = delete;

  private:
    Rom();

    Properties properties_;
    std::vector<uint8_t> image_;  // as loaded, or laid out as the scheme wants it (AR, MC)
    std::string md5_;
    std::vector<uint8_t> bios_;
    std::unique_ptr<jit::Translation> translation_;
};

}  // namespace fastdqn::vcs
