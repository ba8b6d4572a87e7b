#include "vcs/cartridge/rom.h"

#include <cstdlib>
#include <cstring>

#include "support/firewall.h"
#include "vcs/cartridge/supercharger.h"
#include "vcs/jit/translation.h"

namespace fastdqn::vcs {
namespace {

constexpr size_t kMaxImage = 512 * 1024;

// Whether a byte pattern occurs at least `wanted` times, not counting overlaps; the pattern's very last
// possible place is not looked at, as in ALE.
bool occurs(std::span<const uint8_t> image, std::initializer_list<uint8_t> pattern, int wanted) {
    if (pattern.size() > image.size()) return false;
    int found = 0;
    for (size_t i = 0; i + pattern.size() < image.size(); ++i) {
        if (std::memcmp(image.data() + i, pattern.begin(), pattern.size()) == 0) {
            if (++found >= wanted) return true;
            i += pattern.size();
        }
    }
    return false;
}

// RAM at the bottom of each bank leaves its 256 bytes there constant in the image.
bool looks_like_ram_at_bottom(std::span<const uint8_t> image) {
    for (size_t bank = 0; bank + 4096 <= image.size(); bank += 4096) {
        for (size_t i = 1; i < 256; ++i) {
            if (image[bank + i] != image[bank]) return false;
        }
    }
    return true;
}

bool looks_like_3e(std::span<const uint8_t> image) { return occurs(image, {0x85, 0x3E, 0xA9, 0x00}, 1); }
bool looks_like_3f(std::span<const uint8_t> image) { return occurs(image, {0x85, 0x3F}, 2); }
bool looks_like_ua(std::span<const uint8_t> image) { return occurs(image, {0x8D, 0x40, 0x02}, 1); }

bool looks_like_e0(std::span<const uint8_t> image) {
    return occurs(image, {0x8D, 0xE0, 0x1F}, 1) || occurs(image, {0x8D, 0xE0, 0x5F}, 1) ||
           occurs(image, {0x8D, 0xE9, 0xFF}, 1) || occurs(image, {0xAD, 0xE9, 0xFF}, 1) ||
           occurs(image, {0xAD, 0xED, 0xFF}, 1) || occurs(image, {0xAD, 0xF3, 0xBF}, 1);
}

bool looks_like_fe(std::span<const uint8_t> image) {
    return occurs(image, {0x20, 0x00, 0xD0, 0xC6, 0xC5}, 1) ||
           occurs(image, {0x20, 0xC3, 0xF8, 0xA5, 0x82}, 1) ||
           occurs(image, {0xD0, 0xFB, 0x20, 0x73, 0xFE}, 1) ||
           occurs(image, {0x20, 0x00, 0xF0, 0x84, 0xD6}, 1);
}

bool looks_like_cv(std::span<const uint8_t> image) {
    return occurs(image, {0x9D, 0xFF, 0xF3}, 1) || occurs(image, {0x99, 0x00, 0xF4}, 1);
}

// 512 constant bytes where E7's RAM lies, with something else next to them.
bool looks_like_e7(std::span<const uint8_t> image) {
    constexpr size_t kFrom = 0x3800, kTo = 0x3A00;
    const uint8_t first = image[kFrom];
    for (size_t i = kFrom; i < kTo; ++i) {
        if (image[i] != first) return false;
    }
    for (size_t i = 1; i <= 32; ++i) {
        if (image[kFrom - i] != first || image[kTo - 1 + i] != first) return true;
    }
    return false;
}

CartridgeType one_of_3(std::span<const uint8_t> image, CartridgeType otherwise) {
    if (looks_like_3e(image)) return CartridgeType::k3E;
    if (looks_like_3f(image)) return CartridgeType::k3F;
    return otherwise;
}

// The bytes that a scheme needs, or takes multiples of.
size_t needed_bytes(CartridgeType type) {
    switch (type) {
        case CartridgeType::k2K:
        case CartridgeType::kCV:
        case CartridgeType::k3F:
        case CartridgeType::k3E:
            return 2048;
        case CartridgeType::k4K:
            return 4096;
        case CartridgeType::kF8:
        case CartridgeType::kF8Swapped:
        case CartridgeType::kF8SC:
        case CartridgeType::kFE:
        case CartridgeType::kE0:
        case CartridgeType::kUA:
            return 8192;
        case CartridgeType::kDPC:
            return 10240;
        case CartridgeType::kFASC:
            return 12288;
        case CartridgeType::kF6:
        case CartridgeType::kF6SC:
        case CartridgeType::kE7:
            return 16384;
        case CartridgeType::kF4:
        case CartridgeType::kF4SC:
            return 32768;
        case CartridgeType::kMB:
            return 65536;
        case CartridgeType::kMC:
            return 1;
        case CartridgeType::kAR:
            return kSuperchargerLoad;
        case CartridgeType::kAuto:
            break;
    }
    return 0;
}

[[noreturn]] void bad(const std::string& message) { throw Error(FDQ_BAD_DATA, "ROM image: " + message); }

}  // namespace

const char* name_of(CartridgeType type) {
    static constexpr const char* kNames[] = {"auto", "2K", "4K",   "CV",   "F8",  "F8 swapped", "F8SC", "F6",
                                             "F6SC", "F4", "F4SC", "FASC", "FE",  "E0",         "E7",   "3F",
                                             "3E",   "UA", "MB",   "MC",   "DPC", "AR"};
    return kNames[static_cast<size_t>(type)];
}

CartridgeType detect_type(std::span<const uint8_t> image) {
    using enum CartridgeType;
    const size_t size = image.size();
    if (size == 0) return kAuto;
    if (size % kSuperchargerLoad == 0) return kAR;
    switch (size) {
        case 2048:
            return looks_like_cv(image) ? kCV : k2K;
        case 4096:
            if (looks_like_cv(image)) return kCV;
            return std::memcmp(image.data(), image.data() + 2048, 2048) == 0 ? k2K : k4K;
        case 8192:
            if (looks_like_ram_at_bottom(image)) return kF8SC;
            if (std::memcmp(image.data(), image.data() + 4096, 4096) == 0) return k4K;
            if (looks_like_e0(image)) return kE0;
            if (looks_like_3e(image)) return k3E;
            if (looks_like_3f(image)) return k3F;
            if (looks_like_ua(image)) return kUA;
            return looks_like_fe(image) ? kFE : kF8;
        case 10240:
        case 10495:
        case 10496:
            return kDPC;
        case 12288:
            return kFASC;
        case 16384:
            if (looks_like_ram_at_bottom(image)) return kF6SC;
            return looks_like_e7(image) ? kE7 : one_of_3(image, kF6);
        case 32768:
            return looks_like_ram_at_bottom(image) ? kF4SC : one_of_3(image, kF4);
        case 65536:
            return one_of_3(image, kMB);
        case 131072:
            return one_of_3(image, kMC);
        default:
            return one_of_3(image, kAuto);
    }
}

Rom::Rom() = default;
Rom::~Rom() = default;

std::shared_ptr<const Rom> Rom::load(std::span<const uint8_t> image, const Properties& properties,
                                     Execution execution) {
    if (image.empty()) bad("empty file; give a cartridge dump");
    if (image.size() > kMaxImage) {
        bad(std::to_string(image.size()) + " bytes, at most " + std::to_string(kMaxImage) +
            " can be a cartridge");
    }
    std::shared_ptr<Rom> rom(new Rom);
    rom->properties_ = properties;
    rom->md5_ = md5_hex(image);
    Properties& p = rom->properties_;
    if (rom->md5_ == "bc24440b59092559a1ec26055fd1270e" || rom->md5_ == "75ee371ccfc4f43e7d9b8f24e1266b55") {
        p.type = CartridgeType::kF8Swapped;  // dumped with the banks in the other order
    }
    if (p.type == CartridgeType::kAuto) p.type = detect_type(image);
    if (p.type == CartridgeType::kAuto) {
        bad(std::to_string(image.size()) +
            " bytes fit no cartridge type; give an untruncated dump (2, 4, 8, 16, 32 KiB ...)");
    }
    const size_t needed = needed_bytes(p.type);
    const bool multiple =
        p.type == CartridgeType::k3F || p.type == CartridgeType::k3E || p.type == CartridgeType::kAR;
    if (image.size() < needed || (multiple && image.size() % needed != 0) ||
        (p.type == CartridgeType::kMC && image.size() > 131072)) {
        bad(std::to_string(image.size()) + " bytes do not fit cartridge type " + name_of(p.type) +
            ", which needs " + std::to_string(needed) + (multiple ? " or a multiple" : ""));
    }
    // 210 rows become 250 when the format turns out to be PAL.
    const int rows = p.height == 210 && p.format != Format::kNtsc ? 250 : p.height;
    if (p.ystart < 0 || p.height < 1 || rows > 300 || p.ystart + rows > 300) {
        bad("properties: first line " + std::to_string(p.ystart) + " and height " + std::to_string(p.height) +
            " must lie within 300 scanlines");
    }
    rom->image_.assign(image.begin(), image.end());
    if (p.type == CartridgeType::kMC) {  // shorter images lie at the end
        rom->image_.insert(rom->image_.begin(), 131072 - image.size(), 0);
    }
    if (p.type == CartridgeType::kAR) {
        const auto bios = supercharger_bios();
        rom->bios_.assign(bios.begin(), bios.end());
    }
    const char* jit = std::getenv("FASTDQN_JIT");
    if (execution == Execution::kDefault && (jit == nullptr || std::strcmp(jit, "off") != 0)) {
        rom->translation_ = jit::Translation::create(*rom);
    }
    return rom;
}

uint32_t Rom::segment_bytes() const {
    switch (properties_.type) {
        case CartridgeType::k2K:
        case CartridgeType::kCV:
        case CartridgeType::k3F:
        case CartridgeType::k3E:
        case CartridgeType::kE7:
            return 2048;
        case CartridgeType::kE0:
            return 1024;
        case CartridgeType::kAR:
        case CartridgeType::kMC:
            return 0;
        default:
            return 4096;
    }
}

bool Rom::fetches_quietly(uint32_t offset) const {
    const uint32_t in_bank = offset & 0xFFF;
    const auto outside = [](uint32_t value, uint32_t first, uint32_t count) {
        return value < first || value >= first + count;
    };
    switch (properties_.type) {
        case CartridgeType::kF8:
        case CartridgeType::kF8Swapped:
            return outside(in_bank, 0xFF8, 2);
        case CartridgeType::kF8SC:
            return in_bank >= 256 && outside(in_bank, 0xFF8, 2);
        case CartridgeType::kF6:
            return outside(in_bank, 0xFF6, 4);
        case CartridgeType::kF6SC:
            return in_bank >= 256 && outside(in_bank, 0xFF6, 4);
        case CartridgeType::kF4:
            return outside(in_bank, 0xFF4, 8);
        case CartridgeType::kF4SC:
            return in_bank >= 256 && outside(in_bank, 0xFF4, 8);
        case CartridgeType::kFASC:
            return in_bank >= 512 && outside(in_bank, 0xFF8, 3);
        case CartridgeType::kMB:
            return in_bank != 0xFF0;
        case CartridgeType::kDPC:
            return in_bank >= 0x80 && in_bank < 0xFC0;
        case CartridgeType::kE0:
            return outside(offset, 7 * 1024 + 0x3E0, 24);
        case CartridgeType::kE7:
            return outside(offset, 7 * 2048, 512) && outside(offset, 7 * 2048 + 0x7E0, 12);
        default:
            return true;
    }
}

bool Rom::runs_on(uint32_t offset) const {
    switch (properties_.type) {
        case CartridgeType::kE0:
        case CartridgeType::kE7:
            return offset / segment_bytes() != 7;
        case CartridgeType::k3F:
        case CartridgeType::k3E:
            return offset + segment_bytes() < image_.size();
        default:
            return false;
    }
}

}  // namespace fastdqn::vcs
