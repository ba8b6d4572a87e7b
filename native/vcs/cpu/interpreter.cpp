#include "vcs/cpu/interpreter.h"

#include "vcs/cartridge/supercharger.h"
#include "vcs/jit/translation.h"

namespace fastdqn::vcs {

void Interpreter::reset() {
    cpu_ = Cpu{};
    cpu_.sp = 0xFF;
    cpu_.z = 1;
    const uint32_t low = fetch(0xFFFC), high = fetch(0xFFFD);
    cpu_.pc = static_cast<uint16_t>(low | high << 8);
}

void Interpreter::run() {
    m_.stop = false;
    if (cpu_.halted) return;
    translation_ = core_.translation;
    cpu_.n &= 0x80;
    cpu_.z = cpu_.z != 0;
    while (!m_.stop && !cpu_.halted && instructions_ < kFrameInstructions)
        if (!translated()) step();
    core_.attention = false;
    // Only fetches outside of the cartridge can show what is on the bus.
    if (cpu_.pc & 0x1000) m_.bus = 0;
}

// Runs translated code as far as there is some; false: the next instruction is to be interpreted.
bool Interpreter::translated() {
    core_.attention = false;
    if (translation_ == nullptr || instructions_ >= kFreeInstructions ||
        core_.code[cpu_.pc >> 10 & 15] == translation_->no_table())
        return false;
    core_.time = static_cast<int64_t>(m_.cycle) << 16 | instructions_;
    const auto left = translation_->run(core_);
    m_.cycle = static_cast<int32_t>(core_.time >> 16);
    instructions_ = static_cast<uint32_t>(core_.time & 0xFFFF);
    core_.attention = false;
    if (left == jit::Translation::Left::kFull) translation_ = nullptr;
    return m_.stop || instructions_ >= kFrameInstructions;
}

void Interpreter::step() {
    const uint32_t at = cpu_.pc;
    uint8_t bytes[3] = {static_cast<uint8_t>(fetch(at))};
    const Opcode& opcode = kOpcodes[bytes[0]];
    const Instruction instruction = opcode.instruction;
    m_.cycle += opcode.cycles;
    ++instructions_;
    // JSR fetches its last byte when it has pushed.
    const int size = instruction == Instruction::kJSR ? 2 : instruction_bytes(bytes[0]);
    for (int i = 1; i < size; ++i) bytes[i] = static_cast<uint8_t>(fetch(at + static_cast<uint32_t>(i)));
    if (core_.counts_accesses) [[unlikely]]
        access_ar_bus(core_, at, bytes);
    cpu_.pc = static_cast<uint16_t>(at + static_cast<uint32_t>(size));
    const auto operand = static_cast<uint32_t>(bytes[1] | bytes[2] << 8);

    if (is_read(instruction)) {
        const bool immediate = opcode.mode == Mode::kImmediate;
        read_instruction(instruction, immediate ? operand : read(operand_address(opcode, operand)));
    } else if (is_write(instruction)) {
        const uint32_t address = operand_address(opcode, operand);
        write(address, written(instruction, address));
    } else if (is_change(instruction)) {
        const uint32_t address = operand_address(opcode, operand);
        write(address, changed(instruction, read(address)));
    } else if (is_branch(instruction)) {
        if (!taken(instruction)) return;
        const auto to = static_cast<uint16_t>(cpu_.pc + static_cast<int8_t>(bytes[1]));
        m_.cycle += (cpu_.pc ^ to) & 0xFF00 ? 2 : 1;
        cpu_.pc = to;
    } else {
        other_instruction(opcode, operand);
    }
}

uint32_t Interpreter::fetch(uint32_t address) {
    if (core_.counts_accesses) [[unlikely]]
        count_ar_access(core_, address & 0xFFFF);
    return read(address);
}

uint32_t Interpreter::read(uint32_t address) {
    address &= 0xFFFF;
    const uint8_t* page = core_.read_page[address >> 6 & 0x7F];
    const uint8_t byte = page != nullptr ? page[address & 63] : read_device(core_, address, m_.bus, m_.cycle);
    m_.bus = byte;
    return byte;
}

void Interpreter::write(uint32_t address, uint32_t value, bool after_write) {
    address &= 0xFFFF;
    value &= 0xFF;
    if (uint8_t* page = core_.write_page[address >> 6 & 0x7F]; page != nullptr)
        page[address & 63] = static_cast<uint8_t>(value);
    else
        write_device(core_, address, value, m_.cycle, after_write);
    m_.bus = static_cast<uint8_t>(value);
}

uint32_t Interpreter::read_word(uint32_t low_at, uint32_t high_at) {
    const uint32_t low = read(low_at);
    return low | read(high_at) << 8;
}

uint32_t Interpreter::operand_address(const Opcode& opcode, uint32_t operand) {
    const auto indexed = [&](uint32_t base, uint32_t index) {
        // Only reads are faster within a page; the others count the cycle always.
        if (is_read(opcode.instruction)) m_.cycle += static_cast<int32_t>(((base & 0xFF) + index) >> 8);
        return (base + index) & 0xFFFF;
    };
    switch (opcode.mode) {
        case Mode::kZeroX:
            return (operand + cpu_.x) & 0xFF;
        case Mode::kZeroY:
            return (operand + cpu_.y) & 0xFF;
        case Mode::kAbsoluteX:
            return indexed(operand, cpu_.x);
        case Mode::kAbsoluteY:
            return indexed(operand, cpu_.y);
        case Mode::kIndirectX: {
            const uint32_t pointer = (operand + cpu_.x) & 0xFF;
            return read_word(pointer, pointer + 1);  // not wrapped: ALE's model
        }
        case Mode::kIndirectY:
            return indexed(read_word(operand, operand + 1), cpu_.y);
        default:
            return operand;
    }
}

void Interpreter::push(uint32_t value, bool after_write) {
    write(0x100U + cpu_.sp, value, after_write);
    --cpu_.sp;
}

uint32_t Interpreter::pull() {
    read(0x100U + cpu_.sp);
    ++cpu_.sp;
    return read(0x100U + cpu_.sp);
}

void cpu_reset(Core& core) {
    Interpreter(core).reset();
    core.attention = false;
}

void cpu_run(Core& core) {
    read_ports(core);
    Interpreter(core).run();
}

}  // namespace fastdqn::vcs
