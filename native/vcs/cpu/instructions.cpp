// What the instructions do with their operands, the registers and the flags.
#include "vcs/cpu/interpreter.h"

namespace fastdqn::vcs {

using enum Instruction;

void Interpreter::read_instruction(Instruction instruction, uint32_t value) {
    switch (instruction) {
        case kADC:
            return add(value);
        case kSBC:
            return subtract(value);
        case kLDA:
            cpu_.a = set_nz(value);
            return;
        case kLDX:
            cpu_.x = set_nz(value);
            return;
        case kLDY:
            cpu_.y = set_nz(value);
            return;
        case kLAX:
            cpu_.a = cpu_.x = set_nz(value);
            return;
        case kLAS:
            cpu_.a = cpu_.x = cpu_.sp = set_nz(cpu_.sp & value);
            return;
        case kAND:
            cpu_.a = set_nz(cpu_.a & value);
            return;
        case kORA:
            cpu_.a = set_nz(cpu_.a | value);
            return;
        case kEOR:
            cpu_.a = set_nz(cpu_.a ^ value);
            return;
        case kBIT:
            cpu_.z = (cpu_.a & value) != 0;
            cpu_.n = value & 0x80;
            cpu_.v = value >> 6 & 1;
            return;
        case kCMP:
            return compare(cpu_.a, value);
        case kCPX:
            return compare(cpu_.x, value);
        case kCPY:
            return compare(cpu_.y, value);
        case kANC:
            cpu_.a = set_nz(cpu_.a & value);
            cpu_.c = cpu_.a >> 7;
            return;
        case kASR:
            cpu_.a = static_cast<uint8_t>(shift_right(cpu_.a & value, 0));
            return;
        case kARR:
            return and_rotate(value);
        case kANE:
            cpu_.a = set_nz((cpu_.a | 0xEE) & cpu_.x & value);
            return;
        case kLXA:
            cpu_.a = cpu_.x = set_nz((cpu_.a | 0xEE) & value);
            return;
        case kSBX:
            compare(cpu_.a & cpu_.x, value);
            cpu_.x = static_cast<uint8_t>((cpu_.a & cpu_.x) - value);
            return;
        default:  // NOP with an operand: it is only read
            return;
    }
}

// What an instruction writes to an address.
uint32_t Interpreter::written(Instruction instruction, uint32_t address) {
    const uint32_t next_page = (address >> 8) + 1;
    switch (instruction) {
        case kSTX:
            return cpu_.x;
        case kSTY:
            return cpu_.y;
        case kSAX:
            return cpu_.a & cpu_.x;
        case kSHA:
            return cpu_.a & cpu_.x & next_page;
        case kSHX:
            return cpu_.x & next_page;
        case kSHY:
            return cpu_.y & next_page;
        case kSHS:
            cpu_.sp = cpu_.a & cpu_.x;
            return cpu_.sp & next_page;
        default:
            return cpu_.a;
    }
}

// What an instruction makes of a byte in memory.
uint32_t Interpreter::changed(Instruction instruction, uint32_t value) {
    switch (instruction) {
        case kASL:
            return shift_left(value, 0);
        case kLSR:
            return shift_right(value, 0);
        case kROL:
            return shift_left(value, cpu_.c);
        case kROR:
            return shift_right(value, cpu_.c);
        case kINC:
            return set_nz(value + 1);
        case kDEC:
            return set_nz(value - 1);
        case kSLO:
            value = shift_left(value, 0);
            cpu_.a = set_nz(cpu_.a | value);
            return value;
        case kRLA:
            value = shift_left(value, cpu_.c);
            cpu_.a = set_nz(cpu_.a & value);
            return value;
        case kSRE:
            value = shift_right(value, 0);
            cpu_.a = set_nz(cpu_.a ^ value);
            return value;
        case kRRA:
            value = shift_right(value, cpu_.c);
            add(value);
            return value;
        case kDCP:
            value = (value - 1) & 0xFF;
            compare(cpu_.a, value);
            return value;
        default:  // ISB
            value = (value + 1) & 0xFF;
            subtract(value);
            return value;
    }
}

bool Interpreter::taken(Instruction instruction) const {
    switch (instruction) {
        case kBCC:
            return cpu_.c == 0;
        case kBCS:
            return cpu_.c != 0;
        case kBEQ:
            return cpu_.z == 0;
        case kBNE:
            return cpu_.z != 0;
        case kBMI:
            return cpu_.n != 0;
        case kBPL:
            return cpu_.n == 0;
        case kBVC:
            return cpu_.v == 0;
        default:
            return cpu_.v != 0;
    }
}

void Interpreter::other_instruction(const Opcode& opcode, uint32_t operand) {
    switch (opcode.instruction) {
        case kCLC:
            cpu_.c = 0;
            return;
        case kSEC:
            cpu_.c = 1;
            return;
        case kCLV:
            cpu_.v = 0;
            return;
        case kCLD:
            cpu_.d = 0;
            return;
        case kSED:
            cpu_.d = 1;
            return;
        case kCLI:
            cpu_.i = 0;
            return;
        case kSEI:
            cpu_.i = 1;
            return;
        case kDEX:
            cpu_.x = set_nz(cpu_.x - 1U);
            return;
        case kDEY:
            cpu_.y = set_nz(cpu_.y - 1U);
            return;
        case kINX:
            cpu_.x = set_nz(cpu_.x + 1U);
            return;
        case kINY:
            cpu_.y = set_nz(cpu_.y + 1U);
            return;
        case kTAX:
            cpu_.x = set_nz(cpu_.a);
            return;
        case kTAY:
            cpu_.y = set_nz(cpu_.a);
            return;
        case kTSX:
            cpu_.x = set_nz(cpu_.sp);
            return;
        case kTXA:
            cpu_.a = set_nz(cpu_.x);
            return;
        case kTXS:
            cpu_.sp = cpu_.x;
            return;
        case kTYA:
            cpu_.a = set_nz(cpu_.y);
            return;
        case kASLA:
            cpu_.a = static_cast<uint8_t>(shift_left(cpu_.a, 0));
            return;
        case kLSRA:
            cpu_.a = static_cast<uint8_t>(shift_right(cpu_.a, 0));
            return;
        case kROLA:
            cpu_.a = static_cast<uint8_t>(shift_left(cpu_.a, cpu_.c));
            return;
        case kRORA:
            cpu_.a = static_cast<uint8_t>(shift_right(cpu_.a, cpu_.c));
            return;
        case kPHA:
            return push(cpu_.a);
        case kPHP:
            return push(status());
        case kPLA:
            cpu_.a = set_nz(pull());
            return;
        case kPLP:
            return set_status(pull());
        case kJSR: {
            read(0x100U + cpu_.sp);
            push(cpu_.pc >> 8);
            push(cpu_.pc & 0xFF, true);
            const uint32_t high = fetch(cpu_.pc);
            cpu_.pc = static_cast<uint16_t>(operand | high << 8);
            return;
        }
        case kRTS: {
            const uint32_t low = pull();
            ++cpu_.sp;
            const uint32_t from = low | read(0x100U + cpu_.sp) << 8;
            read(from);
            cpu_.pc = static_cast<uint16_t>(from + 1);
            return;
        }
        case kRTI: {
            set_status(pull());
            ++cpu_.sp;
            const uint32_t low = read(0x100U + cpu_.sp);
            ++cpu_.sp;
            cpu_.pc = static_cast<uint16_t>(low | read(0x100U + cpu_.sp) << 8);
            return;
        }
        case kJMP:
            // Through a pointer, the carry to the high byte of its address is lost.
            if (opcode.mode == Mode::kIndirect)
                operand = read_word(operand, (operand & 0xFF00) | ((operand + 1) & 0xFF));
            cpu_.pc = static_cast<uint16_t>(operand);
            return;
        case kBRK:
            push(cpu_.pc >> 8);
            push(cpu_.pc & 0xFF, true);
            push(status(), true);
            cpu_.i = 1;
            cpu_.pc = static_cast<uint16_t>(read_word(0xFFFE, 0xFFFF));
            return;
        case kJAM:
            cpu_.halted = true;
            return;
        default:  // NOP
            return;
    }
}

uint8_t Interpreter::set_nz(uint32_t value) {
    const auto byte = static_cast<uint8_t>(value);
    cpu_.n = byte & 0x80;
    cpu_.z = byte != 0;
    return byte;
}

void Interpreter::compare(uint32_t with, uint32_t value) {
    cpu_.c = with >= value;
    set_nz(with - value);
}

void Interpreter::add(uint32_t value) {
    if (cpu_.d)
        take(decimal_sum(cpu_.a, value, cpu_.c));
    else
        add_binary(value);
}

void Interpreter::subtract(uint32_t value) {
    if (cpu_.d)
        take(decimal_difference(cpu_.a, value, cpu_.c));
    else
        add_binary(value ^ 0xFF);
}

void Interpreter::add_binary(uint32_t value) {
    const uint32_t sum = cpu_.a + value + cpu_.c;
    take({sum & 0xFF, sum >> 8, (~(cpu_.a ^ value) & (cpu_.a ^ sum)) >> 7 & 1});
}

void Interpreter::take(const Sum& sum) {
    cpu_.a = set_nz(sum.a);
    cpu_.c = static_cast<uint8_t>(sum.c);
    cpu_.v = static_cast<uint8_t>(sum.v);
}

// ARR: AND, then a rotation whose flags come from an adder that is at work besides.
void Interpreter::and_rotate(uint32_t value) {
    const uint32_t both = cpu_.a & value;
    uint32_t a = both >> 1 | static_cast<uint32_t>(cpu_.c) << 7;
    set_nz(a);  // N is the carry that came in
    cpu_.v = (both ^ a) >> 6 & 1;
    if (!cpu_.d) {
        cpu_.c = a >> 6 & 1;
    } else {
        if ((both & 0x0F) + (both & 0x01) > 0x05) a = (a & 0xF0) | ((a + 0x06) & 0x0F);
        cpu_.c = (both & 0xF0) + (both & 0x10) > 0x50;
        if (cpu_.c) a += 0x60;
    }
    cpu_.a = static_cast<uint8_t>(a);
}

uint32_t Interpreter::shift_left(uint32_t value, uint32_t in) {
    cpu_.c = static_cast<uint8_t>(value >> 7);
    return set_nz(value << 1 | in);
}

uint32_t Interpreter::shift_right(uint32_t value, uint32_t in) {
    cpu_.c = value & 1;
    return set_nz(value >> 1 | in << 7);
}

uint32_t Interpreter::status() const {
    return cpu_.n | static_cast<uint32_t>(cpu_.v) << 6 | 0x30U | static_cast<uint32_t>(cpu_.d) << 3 |
           static_cast<uint32_t>(cpu_.i) << 2 | (cpu_.z ? 0U : 2U) | cpu_.c;
}

void Interpreter::set_status(uint32_t status) {
    cpu_.n = status & 0x80;
    cpu_.v = status >> 6 & 1;
    cpu_.d = status >> 3 & 1;
    cpu_.i = status >> 2 & 1;
    cpu_.z = !(status & 2);
    cpu_.c = status & 1;
}

}  // namespace fastdqn::vcs
