#include "vcs/console.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "support/firewall.h"
#include "vcs/core.h"
#include "vcs/picture.h"
#include "vcs/state_check.h"

namespace fastdqn::vcs {
namespace {

constexpr uint32_t kSystemSeed = 4753849;

// The machine before a frame.
struct Point {
    Machine machine;
    std::vector<uint8_t> cart_ram;
};

// A screen may lack a frame that was not drawn. Such a frame covers all rows of the screen, so running it
// again from `before` gives the pixels, whatever the screen holds.
struct Missing {
    bool pending = false;
    std::unique_ptr<Point> before = std::make_unique<Point>();
};

// After a short frame that was to be skipped, so many more are drawn without trying: games that have one have
// many.
constexpr uint32_t kDrawAnyway = 64;

}  // namespace

struct Console::Impl {
    Core core;
    Screen screens[2] = {std::make_unique<uint8_t[]>(kScreenBytes),
                         std::make_unique<uint8_t[]>(kScreenBytes)};
    // The picture of a screen whose memory was exchanged when it was taken; null: it is where it belongs. The
    // next frame on the screen needs it only when it leaves rows as they were.
    const uint8_t* taken[2] = {};
    Missing missing[2];
    std::unique_ptr<Point> start = std::make_unique<Point>();
    size_t cart_ram = 0;
    uint32_t draw_anyway = 0;

    explicit Impl(const Rom* rom) : cart_ram(cart_ram_bytes(rom->type())) {
        core.rom = rom;
        for (Point* point : {missing[0].before.get(), missing[1].before.get(), start.get()}) {
            point->cart_ram.resize(cart_ram);
        }
    }

    void map_memory() {
        for (int i = 0; i < 2; ++i) core.screens[i] = screens[i].get();
        vcs::map_memory(core);
    }

    void set_format(Format format) {
        Machine& m = core.m();
        m.format = static_cast<uint8_t>(format);
        m.color_loss = format == Format::kPal || format == Format::kPal60;
    }

    void power_on() {
        core.state = State{};
        Machine& m = core.m();
        const Properties& p = core.rom->properties();
        seed(core.state.generator, kSystemSeed);
        for (uint8_t& byte : m.ram) byte = static_cast<uint8_t>(next(core.state.generator));
        next(core.state.generator);  // the RIOT is reset once before it is part of a system
        m.inputs.left_difficulty_a = p.left_difficulty_a;
        m.inputs.right_difficulty_a = p.right_difficulty_a;
        m.inputs.color = p.color;
        m.ystart = p.ystart;
        m.rows = p.height;
        m.height = std::max(p.height, 200);
        map_memory();
        install_cartridge(core);
        set_format(p.format);
        if (p.format == Format::kAuto) {
            reset();
            int tall = 0;
            for (int i = 0; i < 60; ++i) {
                run(true);
                if (i >= 30 && m.cycle / kCyclesPerLine > 285) ++tall;
            }
            set_format(tall >= 15 ? Format::kPal : Format::kNtsc);
        }
        if (static_cast<Format>(m.format) == Format::kPal && p.height == 210) {
            m.rows = 250;
            m.height = 250;
        }
        reset();
    }

    void reset() {
        Machine& m = core.m();
        m.cycle = 0;
        m.riot = Riot{};
        m.riot.timer = static_cast<uint8_t>(25 + next(core.state.generator) % 75);
        m.riot.shift = 6;
        tia_reset(core);
        reset_cartridge(core);
        cpu_reset(core);
        missing[0].pending = missing[1].pending = false;
        taken[0] = taken[1] = nullptr;
    }

    // One update of the frame: runs the program until its frame or the instruction limit ends.
    void run(bool render) {
        Machine& m = core.m();
        Tia& t = m.tia;
        core.render = render;
        if (!m.partial_frame) {
            tia_start_frame(core);
        } else {
            await_pixels(t);  // the last part may have been drawn otherwise
        }
        tia_bound_time(core);
        m.partial_frame = true;
        cpu_run(core);
        t.current_scanline = static_cast<int32_t>(static_cast<uint32_t>(m.cycle) / kCyclesPerLine);
        if (m.partial_frame) {
            tia_catch_up(core, t.touched);
            if (!m.greyed && render) gray_out();
            m.greyed = true;
        } else {
            t.scanlines_last_frame = t.current_scanline;
            m.greyed = false;
        }
    }

    // What an interrupted frame has not reached yet turns dark: half the old picture's luminance.
    void gray_out() {
        const Machine& m = core.m();
        uint8_t* screen = core.screen();
        const int64_t first = std::max(m.tia.current_scanline, m.ystart) - m.ystart;
        for (int64_t i = first * 160; i < static_cast<int64_t>(m.rows) * 160; ++i) {
            screen[i] = static_cast<uint8_t>((screen[i] & 0x0F) >> 1);
        }
    }

    // The frame ended, and after its last visible row: nothing of what was on the screen is left.
    bool covered() const {
        const Machine& m = core.state.machine;
        return !m.partial_frame && m.tia.drawn >= m.tia.stop_clock;
    }

    void remember(Point& point) const {
        point.machine = core.state.machine;
        if (cart_ram != 0) std::memcpy(point.cart_ram.data(), core.state.cart_ram, cart_ram);
    }

    void go_back_to(const Point& point) {
        core.m() = point.machine;
        if (cart_ram != 0) std::memcpy(core.state.cart_ram, point.cart_ram.data(), cart_ram);
        map_memory();
    }

    const uint8_t* shown(int screen) const {
        return taken[screen] != nullptr ? taken[screen] : screens[screen].get();
    }

    void put_back(int screen) {
        if (taken[screen] != nullptr) std::memcpy(screens[screen].get(), taken[screen], kScreenBytes);
        taken[screen] = nullptr;
    }

    void take_screen(Screen& frame) {
        const int screen = core.m().current_screen;
        for (int i = 0; i < 2; ++i) {
            if (taken[i] == frame.get()) put_back(i);
        }
        if (core.m().partial_frame || draw_anyway != 0 || taken[screen] != nullptr) {
            std::memcpy(frame.get(), shown(screen), kScreenBytes);
            return;
        }
        std::swap(screens[screen], frame);
        core.screens[screen] = screens[screen].get();
        taken[screen] = frame.get();
    }

    // Draws what a screen lacks; the machine stays where it is.
    void complete(int screen) {
        if (!missing[screen].pending) return;
        missing[screen].pending = false;
        Point now;
        now.cart_ram.resize(cart_ram);
        remember(now);
        go_back_to(*missing[screen].before);
        run(true);
        go_back_to(now);
    }

    void frame(bool render) {
        Machine& m = core.m();
        if (m.partial_frame) {  // goes on with the same screen, which is complete
            put_back(m.current_screen);
            run(true);
            return;
        }
        const int screen = m.current_screen ^ 1;
        if (!render && draw_anyway != 0) {
            --draw_anyway;
            render = true;
        }
        if (render && !missing[screen].pending && taken[screen] == nullptr) {
            run(true);
            return;
        }
        remember(*start);
        run(render);
        if (covered()) {
            missing[screen].pending = !render;
            taken[screen] = nullptr;
            if (!render) std::swap(missing[screen].before, start);
            return;
        }
        // Rows of the frame before last show: have them drawn, and then this frame over them.
        if (!render || taken[screen] != nullptr) draw_anyway = kDrawAnyway;
        go_back_to(*start);
        put_back(screen);
        complete(screen);
        run(true);
    }
};

Console::Console(std::shared_ptr<const Rom> rom)
    : rom_(std::move(rom)), impl_(std::make_unique<Impl>(rom_.get())) {
    state_ = &impl_->core.state;
    power_on();
}

Console::~Console() = default;

Console::Console(const Console& other) : rom_(other.rom_), impl_(std::make_unique<Impl>(rom_.get())) {
    state_ = &impl_->core.state;
    *this = other;
}

Console& Console::operator=(const Console& other) {
    if (this == &other) return *this;
    if (rom_ != other.rom_) {
        rom_ = other.rom_;
        impl_ = std::make_unique<Impl>(rom_.get());
        state_ = &impl_->core.state;
    }
    impl_->core.state = other.impl_->core.state;
    for (int i = 0; i < 2; ++i) {
        std::memcpy(impl_->screens[i].get(), other.impl_->shown(i), kScreenBytes);
        impl_->taken[i] = nullptr;
        impl_->missing[i].pending = other.impl_->missing[i].pending;
        *impl_->missing[i].before = *other.impl_->missing[i].before;
    }
    impl_->draw_anyway = other.impl_->draw_anyway;
    impl_->map_memory();
    return *this;
}

void Console::power_on() { impl_->power_on(); }
void Console::reset() { impl_->reset(); }
void Console::frame(bool render) { impl_->frame(render); }
void Console::draw() { impl_->complete(state_->machine.current_screen); }
const uint8_t* Console::screen() const { return impl_->shown(state_->machine.current_screen); }
void Console::take_screen(Screen& frame) { impl_->take_screen(frame); }
void Console::return_screens() {
    impl_->put_back(0);
    impl_->put_back(1);
}
int Console::scanlines() const { return state_->machine.cycle / kCyclesPerLine; }
uint8_t Console::peek(uint16_t address) const {
    const uint8_t* page = impl_->core.read_page[address >> 6 & 0x7F];
    return page != nullptr ? page[address & 63] : 0;
}

uint32_t Console::next_random() { return next(state_->generator); }

namespace {

// What a saved state begins with.
struct Header {
    uint32_t magic = 0x53434356;  // "VCCS"
    uint32_t layout = sizeof(State) ^ sizeof(Machine) << 16;
    char md5[32] = {};
    uint32_t rows = 0;
    uint32_t cart_ram = 0;
};

constexpr size_t kFixedBytes = sizeof(Header) + sizeof(Machine) + sizeof(Mt19937);

}  // namespace

size_t Console::saved_bytes() const { return kFixedBytes + impl_->cart_ram + 2 * kScreenBytes; }

void Console::save(std::span<uint8_t> bytes) {
    if (bytes.size() < saved_bytes()) {
        throw Error(FDQ_USAGE, "saved state: " + std::to_string(bytes.size()) + " bytes of room, " +
                                   std::to_string(saved_bytes()) + " needed");
    }
    impl_->complete(0);
    impl_->complete(1);
    Header header;
    std::memcpy(header.md5, rom_->md5().data(), sizeof header.md5);
    header.cart_ram = static_cast<uint32_t>(impl_->cart_ram);
    Machine machine = state_->machine;
    drop_derived(machine);
    uint8_t* to = bytes.data();
    const auto put = [&to](const void* from, size_t size) {
        if (size != 0) std::memcpy(to, from, size);
        to += size;
    };
    put(&header, sizeof header);
    put(&machine, sizeof(Machine));
    put(&state_->generator, sizeof(Mt19937));
    put(state_->cart_ram, impl_->cart_ram);
    for (int i = 0; i < 2; ++i) put(impl_->shown(i), kScreenBytes);
}

void Console::restore(std::span<const uint8_t> bytes) {
    Header expected, header;
    std::memcpy(expected.md5, rom_->md5().data(), sizeof expected.md5);
    expected.cart_ram = static_cast<uint32_t>(impl_->cart_ram);
    if (bytes.size() != saved_bytes()) {
        throw Error(FDQ_BAD_DATA, "saved state: " + std::to_string(bytes.size()) +
                                      " bytes, a state of this game has " + std::to_string(saved_bytes()));
    }
    std::memcpy(&header, bytes.data(), sizeof header);
    if (std::memcmp(&header, &expected, sizeof header) != 0) {
        throw Error(FDQ_BAD_DATA, "saved state: of another game or another build; save it anew");
    }
    const uint8_t* from = bytes.data() + sizeof header;
    const auto take = [&from](void* to, size_t size) {
        if (size != 0) std::memcpy(to, from, size);
        from += size;
    };
    Machine machine;
    Mt19937 generator;
    take(&machine, sizeof machine);
    take(&generator, sizeof generator);
    if (const char* fault = fault_of(impl_->core, machine, generator)) {
        throw Error(FDQ_BAD_DATA, std::string("saved state: ") + fault);
    }
    drop_derived(machine);
    state_->machine = machine;
    state_->generator = generator;
    take(state_->cart_ram, impl_->cart_ram);
    for (int i = 0; i < 2; ++i) {
        take(impl_->screens[i].get(), kScreenBytes);
        impl_->taken[i] = nullptr;
    }
    impl_->missing[0].pending = impl_->missing[1].pending = false;
    impl_->map_memory();
}

}  // namespace fastdqn::vcs
