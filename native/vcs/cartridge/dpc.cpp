#include "vcs/cartridge/dpc.h"

namespace fastdqn::vcs {
namespace {

void run_dpc_music(Core& core) {
    Dpc& dpc = core.m().cart.dpc;
    const auto cycles =
        static_cast<int32_t>(static_cast<uint32_t>(core.m().cycle) - static_cast<uint32_t>(dpc.cycles));
    dpc.cycles = core.m().cycle;
    const double clocks = 15750.0 * cycles / 1193191.66666667 + dpc.fraction;
    const int whole = static_cast<int>(clocks);
    dpc.fraction = clocks - whole;
    if (whole <= 0) return;
    for (int x = 5; x <= 7; ++x) {
        if (!dpc.music[x - 5]) continue;
        const int top = dpc.tops[x] + 1;
        int low = dpc.counters[x] & 0xFF;
        if (dpc.tops[x] != 0) {
            low -= whole % top;
            if (low < 0) low += top;
        } else {
            low = 0;
        }
        if (low <= dpc.bottoms[x]) {
            dpc.flags[x] = 0x00;
        } else if (low <= dpc.tops[x]) {
            dpc.flags[x] = 0xFF;
        }
        dpc.counters[x] = static_cast<uint16_t>((dpc.counters[x] & 0x0700) | (low & 0xFF));
    }
}

}  // namespace

void clock_dpc_random(Dpc& dpc) {
    const uint8_t r = dpc.random;
    const int bit = ~(r >> 7 ^ r >> 5 ^ r >> 4 ^ r >> 3) & 1;
    dpc.random = static_cast<uint8_t>(r << 1 | bit);
}

uint8_t read_dpc_register(Core& core, uint32_t address) {
    Dpc& dpc = core.m().cart.dpc;
    const uint8_t* display = core.rom->image().data() + 8192;
    const int index = address & 7;
    const uint8_t low = dpc.counters[index] & 0xFF;
    if (low == dpc.tops[index]) {
        dpc.flags[index] = 0xFF;
    } else if (low == dpc.bottoms[index]) {
        dpc.flags[index] = 0x00;
    }
    uint8_t result = 0;
    switch (address >> 3 & 7) {
        case 0:
            if (index < 4) {
                result = dpc.random;
            } else {
                static constexpr uint8_t kAmplitudes[8] = {0x00, 0x04, 0x05, 0x09, 0x06, 0x0A, 0x0B, 0x0F};
                run_dpc_music(core);
                int voices = 0;
                for (int voice = 0; voice < 3; ++voice) {
                    if (dpc.music[voice] && dpc.flags[5 + voice]) voices |= 1 << voice;
                }
                result = kAmplitudes[voices];
            }
            break;
        case 1:
            result = display[2047 - dpc.counters[index]];
            break;
        case 2:
            result = display[2047 - dpc.counters[index]] & dpc.flags[index];
            break;
        case 7:
            result = dpc.flags[index];
            break;
        default:
            break;
    }
    if (index < 5 || !dpc.music[index - 5]) dpc.counters[index] = (dpc.counters[index] - 1) & 0x07FF;
    return result;
}

void write_dpc_register(Core& core, uint32_t address, uint8_t value) {
    Dpc& dpc = core.m().cart.dpc;
    const int index = address & 7;
    switch (address >> 3 & 7) {
        case 0:
            dpc.tops[index] = value;
            dpc.flags[index] = 0x00;
            break;
        case 1:
            dpc.bottoms[index] = value;
            break;
        case 2: {
            const bool music = index >= 5 && dpc.music[index - 5];
            dpc.counters[index] =
                static_cast<uint16_t>((dpc.counters[index] & 0x0700) | (music ? dpc.tops[index] : value));
            break;
        }
        case 3:
            dpc.counters[index] = static_cast<uint16_t>((value & 7) << 8 | (dpc.counters[index] & 0xFF));
            if (index >= 5) dpc.music[index - 5] = value & 0x10;
            break;
        case 6:
            dpc.random = 1;
            break;
        default:
            break;
    }
}

}  // namespace fastdqn::vcs
