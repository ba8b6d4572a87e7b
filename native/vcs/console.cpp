#include "vcs/console.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "support/firewall.h"
#include "vcs/core.h"
#include "vcs/state_check.h"
#include "vcs/tia/picture.h"

namespace fastdqn::vcs {
namespace {

constexpr uint32_t kSystemSeed = 4753849;

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
    Missing missing[2];
    std::unique_ptr<Point> start = std::make_unique<Point>();
    std::unique_ptr<Point> now = std::make_unique<Point>();  // while a frame is drawn again
    size_t cart_ram = 0;
    uint32_t draw_anyway = 0;

    explicit Impl(const Rom* rom) : cart_ram(cart_ram_bytes(rom->type())) {
        core.rom = rom;
        for (Point* point : {missing[0].before.get(), missing[1].before.get(), start.get(), now.get()}) {
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

    // The frame that began at `before`, which covers all rows, onto `pixels`; the machine stays where it is.
    void draw_again(const Point& before, uint8_t* pixels) {
        remember(*now);
        go_back_to(before);
        run_onto(pixels);
        go_back_to(*now);
    }

    // Draws what a screen lacks.
    void complete(int screen) {
        if (!missing[screen].pending) return;
        missing[screen].pending = false;
        draw_again(*missing[screen].before, screens[screen].get());
    }

    // Runs a new frame with its pixels elsewhere.
    void run_onto(uint8_t* pixels) {
        const int screen = core.m().current_screen ^ 1;
        core.screens[screen] = pixels;
        run(true);
        core.screens[screen] = screens[screen].get();
    }

    size_t shown_bytes() const { return static_cast<size_t>(core.state.machine.height) * kScreenWidth; }

    // With `apart` the pixels go there, and the screen is one that is not drawn.
    void frame(bool render, uint8_t* apart) {
        const bool drawn_apart = frame_drawn_apart(render, apart);
        if (apart == nullptr) return;
        const Machine& m = core.m();
        const size_t drawn = static_cast<size_t>(m.rows) * kScreenWidth;
        if (!drawn_apart)
            std::memcpy(apart, screens[m.current_screen].get(), shown_bytes());
        else if (drawn < shown_bytes())
            std::memset(apart + drawn, 0, shown_bytes() - drawn);
    }

    bool frame_drawn_apart(bool render, uint8_t* apart) {
        const Machine& m = core.m();
        if (m.partial_frame) {  // goes on with the same screen, which is complete
            run(true);
            return false;
        }
        const int screen = m.current_screen ^ 1;
        bool on_screen = render && apart == nullptr;
        if (!on_screen && draw_anyway != 0) {
            --draw_anyway;
            on_screen = true;
        }
        if (on_screen && !missing[screen].pending) {
            run(true);
            return false;
        }
        remember(*start);
        if (on_screen || apart == nullptr)
            run(on_screen);
        else
            run_onto(apart);
        if (covered()) {
            missing[screen].pending = !on_screen;
            if (!on_screen) std::swap(missing[screen].before, start);
            return !on_screen;
        }
        // Rows of the frame before last show: have them drawn, and then this frame over them.
        if (!on_screen) draw_anyway = kDrawAnyway;
        go_back_to(*start);
        complete(screen);
        run(true);
        return false;
    }
};

KeptFrame::KeptFrame(const Rom& rom) { before.cart_ram.resize(cart_ram_bytes(rom.type())); }

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
        impl_->missing[i].pending = other.impl_->missing[i].pending;
        if (other.impl_->missing[i].pending)
            *impl_->missing[i].before = *other.impl_->missing[i].before;
        else
            std::memcpy(impl_->screens[i].get(), other.impl_->screens[i].get(), kScreenBytes);
    }
    impl_->draw_anyway = other.impl_->draw_anyway;
    impl_->map_memory();
    return *this;
}

void Console::power_on() { impl_->power_on(); }
void Console::reset() { impl_->reset(); }
void Console::frame(bool render) { impl_->frame(render, nullptr); }
void Console::frame_onto(uint8_t* pixels) { impl_->frame(true, pixels); }
void Console::draw() { impl_->complete(state_->machine.current_screen); }
const uint8_t* Console::screen() const { return impl_->screens[state_->machine.current_screen].get(); }

void Console::keep_screen(KeptFrame& frame) const {
    const Missing& missing = impl_->missing[state_->machine.current_screen];
    frame.drawn = !missing.pending;
    if (missing.pending)
        frame.before = *missing.before;
    else
        std::memcpy(frame.pixels.get(), screen(), impl_->shown_bytes());
}

uint8_t* Console::look_at(KeptFrame& frame) {
    if (!frame.drawn) impl_->draw_again(frame.before, frame.pixels.get());
    frame.drawn = true;
    return frame.pixels.get();
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
    for (int i = 0; i < 2; ++i) put(impl_->screens[i].get(), kScreenBytes);
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
    for (int i = 0; i < 2; ++i) take(impl_->screens[i].get(), kScreenBytes);
    impl_->missing[0].pending = impl_->missing[1].pending = false;
    impl_->map_memory();
}

}  // namespace fastdqn::vcs
