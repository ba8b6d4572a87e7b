// A bare machine for tests: a core with a cartridge, without the console around it.
#pragma once

#include <cstring>
#include <initializer_list>
#include <memory>
#include <vector>

#include "vcs/core.h"

namespace fastdqn::vcs {

class Testbed {
  public:
    explicit Testbed(const std::vector<uint8_t>& image, const Properties& properties = {},
                     Execution execution = Execution::kDefault)
        : rom_(Rom::load(image, properties, execution)),
          core_(std::make_unique<Core>()),
          screens_(2 * kScreenBytes) {
        Machine& m = core_->m();
        core_->rom = rom_.get();
        core_->screens[0] = screens_.data();
        core_->screens[1] = screens_.data() + kScreenBytes;
        m.ystart = rom_->properties().ystart;
        m.rows = m.height = rom_->properties().height;
        seed(core_->state.generator, 1);
        tia_reset(*core_);
        map_memory(*core_);
        install_cartridge(*core_);
        reset_cartridge(*core_);
        cpu_reset(*core_);
    }

    Core& core() { return *core_; }
    Machine& m() { return core_->m(); }
    Tia& tia() { return core_->m().tia; }

    uint8_t read(uint16_t address) {
        const uint8_t* page = core_->read_page[address >> 6 & 0x7F];
        if (page != nullptr) return page[address & 63];
        read_ports(*core_);
        return read_device(*core_, address, 0, m().cycle);
    }
    void write(uint16_t address, uint8_t value) {
        uint8_t* page = core_->write_page[address >> 6 & 0x7F];
        if (page != nullptr) {
            page[address & 63] = value;
        } else {
            write_device(*core_, address, value, m().cycle, false);
        }
    }
    // Runs until an opcode that stops the processor, or the frame's end.
    void run() { cpu_run(*core_); }

  private:
    std::shared_ptr<const Rom> rom_;
    std::unique_ptr<Core> core_;
    std::vector<uint8_t> screens_;
};

// A 4 KiB image of opcodes that stop the processor, with the program at 0xF000, where it starts.
inline std::vector<uint8_t> program(std::initializer_list<uint8_t> bytes) {
    std::vector<uint8_t> image(4096, 0x02);
    std::copy(bytes.begin(), bytes.end(), image.begin());
    image[0xFFC] = 0x00;
    image[0xFFD] = 0xF0;
    return image;
}

}  // namespace fastdqn::vcs
