// Device accesses: the RIOT, and the choice between TIA, RIOT and cartridge.
#include "vcs/cartridge/supercharger.h"
#include "vcs/core.h"

namespace fastdqn::vcs {
namespace {

// The player whose stick or paddles a port carries, and what is plugged in there.
int player_at(const Core& core, int port) { return core.rom->properties().swap_ports ? 1 - port : port; }

Controller controller_at(const Core& core, int port) {
    const Properties& p = core.rom->properties();
    return player_at(core, port) == 0 ? p.left : p.right;
}

// The four direction pins of a port (up, down, left, right in bits 0..3), 1 = open.
uint8_t port_pins(const Core& core, int port) {
    const Inputs& in = core.state.machine.inputs;
    const int player = player_at(core, port);
    if (controller_at(core, port) == Controller::kJoystick) {
        return static_cast<uint8_t>(~in.joystick[player] & 0x0F);
    }
    // Paddle fire buttons are on the left and right pins: the player's second and first paddle, unless
    // swapped.
    const int swap = core.rom->properties().swap_paddles ? 1 : 0;
    const bool on_left = in.paddle_fire[2 * player + (1 ^ swap)];
    const bool on_right = in.paddle_fire[2 * player + (0 ^ swap)];
    return static_cast<uint8_t>(0x03 | (on_left ? 0 : 0x04) | (on_right ? 0 : 0x08));
}

uint8_t switches(const Core& core) {
    const Inputs& in = core.state.machine.inputs;
    return static_cast<uint8_t>(0x34 | (in.right_difficulty_a ? 0x80 : 0) |
                                (in.left_difficulty_a ? 0x40 : 0) | (in.color ? 0x08 : 0) |
                                (in.select ? 0 : 0x02) | (in.reset ? 0 : 0x01));
}

int32_t paddle_resistance(const Core& core, int input) {  // of INPT0..3
    const int port = input >> 1;
    if (controller_at(core, port) == Controller::kJoystick) return INT32_MAX;
    const int swap = core.rom->properties().swap_paddles ? 1 : 0;
    return core.state.machine.inputs.paddle[2 * player_at(core, port) + ((input & 1) ^ swap)];
}

bool trigger_open(const Core& core, int port) {
    if (controller_at(core, port) == Controller::kPaddles) return true;
    return !(core.state.machine.inputs.joystick[player_at(core, port)] & kFire);
}

int32_t subtract(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

uint8_t read_riot(Core& core, uint32_t address, int32_t cycle) {
    Riot& riot = core.m().riot;
    switch (address & 7) {
        case 0:
            return core.ports.pins;
        case 1:
            return riot.ddra;
        case 2:
            return core.ports.switches;
        case 3:
            return 0;
        default:
            break;
    }
    const uint32_t delta = static_cast<uint32_t>(subtract(cycle - 1, riot.set_cycle));
    int32_t timer = subtract(riot.timer - 1, static_cast<int32_t>(delta >> riot.shift));
    if (address & 1) {  // interrupt flag
        return timer >= 0 || riot.read_after_interrupt ? 0x00 : 0x80;
    }
    if (timer >= 0) return static_cast<uint8_t>(timer);
    timer = subtract((static_cast<int32_t>(riot.timer) << riot.shift) - 1, static_cast<int32_t>(delta));
    if (timer <= -2 && !riot.read_after_interrupt) {
        riot.read_after_interrupt = true;
        riot.interrupt_reset_cycle = cycle;
    }
    if (riot.read_after_interrupt) {
        const int32_t expiry = static_cast<int32_t>(static_cast<uint32_t>(riot.set_cycle) +
                                                    (static_cast<uint32_t>(riot.timer) << riot.shift));
        const int32_t offset = subtract(riot.interrupt_reset_cycle, expiry);
        timer = subtract(subtract(riot.timer, static_cast<int32_t>(delta >> riot.shift)), offset);
    }
    return static_cast<uint8_t>(timer);
}

void write_riot(Core& core, uint32_t address, uint32_t value, int32_t cycle) {
    Riot& riot = core.m().riot;
    if ((address & 7) == 1) {
        riot.ddra = static_cast<uint8_t>(value);
    } else if ((address & 7) != 0 && (address & 0x14) == 0x14) {
        static constexpr uint8_t kShift[4] = {0, 3, 6, 10};
        riot.timer = static_cast<uint8_t>(value);
        riot.shift = kShift[address & 3];
        riot.set_cycle = cycle;
        riot.read_after_interrupt = false;
    }
}

}  // namespace

bool cartridge_owns(const Rom& rom, uint32_t address) {
    const uint32_t low = address & 0x1FFF;
    switch (rom.type()) {
        case CartridgeType::k3F:
        case CartridgeType::k3E:
        case CartridgeType::kMC:
            return low < 0x40;
        case CartridgeType::kUA:
            return low >= 0x200 && low < 0x280;
        default:
            return false;
    }
}

void charge_paddles(Core& core) {
    const Tia& t = core.m().tia;
    for (int input = 0; input < 4; ++input) {
        const int32_t resistance = paddle_resistance(core, input);
        uint32_t& from = core.ports.charged_from[input];
        from = Core::kNever;
        if (resistance == 0) {
            from = 0;
        } else if (resistance != INT32_MAX && !t.dump_enabled) {
            // The capacitor's charging time in processor cycles.
            const double seconds = 1.6 * resistance * 0.01E-6;
            const auto needed = static_cast<uint32_t>(static_cast<int64_t>(seconds * 1.19E6));
            const uint32_t last = static_cast<uint32_t>(t.dump_disabled_cycle) + needed;
            if (last != Core::kNever) from = last + 1;
        }
    }
}

void read_ports(Core& core) {
    Core::Ports& ports = core.ports;
    ports.pins = static_cast<uint8_t>(port_pins(core, 0) << 4 | port_pins(core, 1));
    ports.switches = switches(core);
    for (int port = 0; port < 2; ++port) ports.trigger[port] = trigger_open(core, port) ? 0x80 : 0;
    charge_paddles(core);
}

uint8_t read_device(Core& core, uint32_t address, uint32_t noise, int32_t cycle) {
    core.m().cycle = cycle;
    if (core.counts_accesses) [[unlikely]]
        count_ar_access(core, address);
    if (address & 0x1000) return read_cartridge(core, address);
    if (cartridge_owns(*core.rom, address)) [[unlikely]] {
        const uint8_t byte = read_cartridge(core, address);
        if (core.rom->type() != CartridgeType::kUA) return byte;
    }
    if (!(address & 0x80)) return tia_read(core, address, noise, cycle);
    return read_riot(core, address, cycle);
}

void write_device(Core& core, uint32_t address, uint32_t value, int32_t cycle, bool after_write) {
    core.m().cycle = cycle;
    if (core.counts_accesses) [[unlikely]]
        count_ar_access(core, address);
    if ((address & 0x1000) || cartridge_owns(*core.rom, address)) [[unlikely]] {
        write_cartridge(core, address, static_cast<uint8_t>(value));
        // These schemes pass every write that reaches them on to the TIA, those to the ROM included.
        const CartridgeType type = core.rom->type();
        const bool passes_on = type == CartridgeType::k3F || type == CartridgeType::k3E ||
                               (type == CartridgeType::kUA && !(address & 0x1000));
        if (!passes_on) return;
    } else if (address & 0x80) {
        write_riot(core, address, value, cycle);
        return;
    }
    if (tia_write(core, address, value, cycle)) core.attention = true;
    if ((address & 0x3F) == 0x02 && !after_write) {
        // WSYNC halts the processor until the line ends; the caller takes the cycle back from the state.
        const uint32_t into_line = static_cast<uint32_t>(cycle) % kCyclesPerLine;
        if (into_line != 0) core.m().cycle += kCyclesPerLine - static_cast<int32_t>(into_line);
    }
}

}  // namespace fastdqn::vcs
