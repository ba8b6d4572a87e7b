#include "vector/atari.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "games/cartridges.h"
#include "support/firewall.h"

namespace fastdqn::vector {

namespace {

constexpr int kPaddleMin = 27450;
constexpr int kPaddleMax = 790196;
constexpr int kPaddleStep = 23000;
constexpr int kResetFrames = 4;
constexpr int kBootFrames = 60;
// Selecting a mode takes a few hundred frames; a ROM that is not the game it is taken for may never arrive.
constexpr int kModeFrames = 20000;

// Joystick bits of each action.
constexpr uint8_t kStick[games::kActions] = {
    0,
    vcs::kFire,
    vcs::kUp,
    vcs::kRight,
    vcs::kLeft,
    vcs::kDown,
    vcs::kUp | vcs::kRight,
    vcs::kUp | vcs::kLeft,
    vcs::kDown | vcs::kRight,
    vcs::kDown | vcs::kLeft,
    vcs::kUp | vcs::kFire,
    vcs::kRight | vcs::kFire,
    vcs::kLeft | vcs::kFire,
    vcs::kDown | vcs::kFire,
    vcs::kUp | vcs::kRight | vcs::kFire,
    vcs::kUp | vcs::kLeft | vcs::kFire,
    vcs::kDown | vcs::kRight | vcs::kFire,
    vcs::kDown | vcs::kLeft | vcs::kFire,
};

constexpr uint64_t kMagic = 0x3153495241515146ull;  // "FQQARIS1"

// u / 2^32 >= p is u >= this; ALE passes p through a string of six digits.
uint64_t threshold_of(float probability) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", static_cast<double>(probability));
    double exact = static_cast<double>(static_cast<float>(std::atof(text))) * 4294967296.0;
    auto whole = static_cast<uint64_t>(exact);
    return static_cast<double>(whole) < exact ? whole + 1 : whole;
}

// FNV-1a over words of 64 bits: a damaged state must not reach the console, which takes its bytes as they
// are.
uint64_t checksum_of(std::span<const uint8_t> bytes) {
    uint64_t hash = 0xCBF29CE484222325ull;
    for (size_t at = 0; at < bytes.size(); at += 8) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, std::min<size_t>(8, bytes.size() - at));
        hash = (hash ^ word) * 0x100000001B3ull;
        hash ^= hash >> 29;
    }
    return hash;
}

pixels::Palette palette_of(vcs::Format format) {
    pixels::Palette palette;
    auto rgb = vcs::palette(format);
    auto gray = vcs::gray(format);
    for (int i = 0; i < 256; ++i) {
        palette.rgb[i][0] = static_cast<uint8_t>(rgb[i] >> 16);
        palette.rgb[i][1] = static_cast<uint8_t>(rgb[i] >> 8);
        palette.rgb[i][2] = static_cast<uint8_t>(rgb[i]);
        palette.luminance[i] = gray[i];
    }
    return palette;
}

}  // namespace

void EmulatorSettings::check() const {
    auto fail = [](const std::string& what) { throw Error(FDQ_USAGE, what); };
    if (frame_skip < 1 || frame_skip > 1000)
        fail("frame skip is " + std::to_string(frame_skip) + ": use 1 to 1000");
    if (!(repeat_action_probability >= 0 && repeat_action_probability <= 1))
        fail("repeat action probability is " + std::to_string(repeat_action_probability) + ": use 0 to 1");
    if (max_num_frames_per_episode < 0)
        fail("max frames is " + std::to_string(max_num_frames_per_episode) + ": use 0 (no limit) or more");
    if (reward_min > reward_max) fail("the smallest reward is above the largest");
}

std::shared_ptr<const Cartridge> Cartridge::load(std::span<const uint8_t> image, const std::string& name) {
    auto cartridge = std::make_shared<Cartridge>();
    std::string md5 = vcs::md5_hex(image);
    cartridge->rom = vcs::Rom::load(image, games::properties_of(md5));
    cartridge->name = name;
    const games::Game* game = games::find(md5, name);
    cartridge->game = game ? game : &games::unknown_game();
    cartridge->match = !game ? Match::Unknown : md5 == game->md5 ? Match::Exact : Match::ByName;
    return cartridge;
}

Atari::Atari(std::shared_ptr<const Cartridge> cartridge, const EmulatorSettings& settings)
    : cartridge_(std::move(cartridge)),
      settings_(settings),
      repeat_threshold_(threshold_of(settings.repeat_action_probability)),
      console_(cartridge_->rom) {
    settings_.check();
    const vcs::Properties& properties = cartridge_->rom->properties();
    paddles_ = properties.left == vcs::Controller::kPaddles || properties.right == vcs::Controller::kPaddles;
    paddle_max_ = game().paddle_max ? game().paddle_max : kPaddleMax;
    games::GameState fresh = {};
    game().start(fresh);
    max_lives_ = game().lives(fresh);
}

void Atari::load(uint32_t seed) {
    console_.power_on();
    core_ = {};
    core_.random.seed(seed);
    core_.mode = game().default_mode();
    game().start(core_.game);
    reset_game();
}

void Atari::reset_game() {
    core_.episode_frame_number = 0;
    core_.paddle[0] = core_.paddle[1] = (kPaddleMin + paddle_max_) / 2;
    console_.inputs().paddle[0] = core_.paddle[0];
    console_.inputs().paddle[1] = core_.paddle[1];
    console_.reset();
    emulate(games::kNoop, kBootFrames, false);
    soft_reset();
    game().start(core_.game);
    budget_ = kModeFrames;
    game().select_mode(*this, core_.mode);
    budget_ = 0;
    soft_reset();
    for (const games::ActionRun& run : game().starting)
        for (int i = 0; i < run.count; ++i) emulate(run.action, 1, false);
}

// Whether the action of the frame before sticks (a sticky action, Machado et al. 2018), which it does with
// the repeat action probability.
bool Atari::draw_sticky_action() {
    ++core_.draws;
    return core_.random.next() < repeat_threshold_;
}

int32_t Atari::act(int action, bool draw, uint8_t* pixels) {
    int64_t reward = 0;
    bool drawn = false;
    for (int i = 0; i < settings_.frame_skip; ++i) {
        if (repeat_threshold_ > 0 && action != core_.previous_action) core_.seed_matters = 1;
        // ALE draws once for each of two players, in every frame, even when nothing can stick or the game is
        // over. Only player A plays; the draw for player B is made so that the next one is ALE's.
        const bool sticks = draw_sticky_action();
        draw_sticky_action();
        if (!sticks) core_.previous_action = action;
        if (over()) continue;
        int applied = game().is_legal(core_.previous_action) ? core_.previous_action : games::kNoop;
        drawn = draw && i + 1 == settings_.frame_skip;
        emulate(applied, 1, drawn, drawn ? pixels : nullptr);
        ++core_.frame_number;
        ++core_.episode_frame_number;
        reward += core_.game.reward;
    }
    if (pixels && !drawn)  // the game was over before
        std::memcpy(pixels, screen(), static_cast<size_t>(height()) * pixels::kFrameWidth);
    return static_cast<int32_t>(std::clamp<int64_t>(reward, settings_.reward_min, settings_.reward_max));
}

bool Atari::truncated() const {
    if (settings_.max_num_frames_per_episode > 0 &&
        core_.episode_frame_number >= settings_.max_num_frames_per_episode)
        return true;
    return settings_.truncate_on_loss_of_life && lives() < max_lives_;
}

const uint8_t* Atari::screen() {
    if (!core_.drawn) {
        console_.draw();
        core_.drawn = 1;
    }
    return console_.screen();
}

const pixels::Palette& Atari::palette() const {
    static const pixels::Palette ntsc = palette_of(vcs::Format::kNtsc);
    static const pixels::Palette pal = palette_of(vcs::Format::kPal);
    return Atari::pal() ? pal : ntsc;
}

void Atari::release_keys() {
    vcs::Inputs& inputs = console_.inputs();
    inputs.joystick[0] = inputs.joystick[1] = 0;
    inputs.paddle_fire[0] = inputs.paddle_fire[1] = false;
    inputs.select = inputs.reset = false;
    inputs.left_difficulty_a = core_.difficulty & 1;
    inputs.right_difficulty_a = core_.difficulty >> 1 & 1;
}

void Atari::apply(int action) {
    release_keys();
    vcs::Inputs& inputs = console_.inputs();
    inputs.reset = action == games::kPressReset;
    uint8_t stick = action < games::kActions ? kStick[action] : 0;
    if (!paddles_) {
        inputs.joystick[0] = stick;
        return;
    }
    // Turning right lowers the resistance.
    if (stick & vcs::kRight) core_.paddle[0] -= kPaddleStep;
    if (stick & vcs::kLeft) core_.paddle[0] += kPaddleStep;
    for (int i = 0; i < 2; ++i) {
        core_.paddle[i] = std::clamp(core_.paddle[i], kPaddleMin, paddle_max_);
        inputs.paddle[i] = core_.paddle[i];
    }
    inputs.paddle_fire[0] = (stick & vcs::kFire) != 0;
}

void Atari::frame(bool draw, uint8_t* pixels) {
    if (pixels)
        console_.frame_onto(pixels);
    else
        console_.frame(draw);
    core_.drawn = draw && !pixels;
}

void Atari::emulate(int action, int frames, bool draw, uint8_t* pixels) {
    if (!paddles_) apply(action);
    for (int i = 0; i < frames; ++i) {
        if (paddles_) apply(action);
        frame(draw && i + 1 == frames, pixels);
        game().step(memory(), core_.game);
    }
}

games::Memory Atari::memory() {
    // One game keeps its score in a Superchip: 128 bytes, read at 0x1080.
    return {console_.ram(), &console_, [](void* machine, uint16_t address) -> uint8_t {
                auto& console = *static_cast<vcs::Console*>(machine);
                switch (console.rom().type()) {
                    case vcs::CartridgeType::kF8SC:
                    case vcs::CartridgeType::kF6SC:
                    case vcs::CartridgeType::kF4SC:
                        return (address & 0x0F80) == 0x0080 ? console.cart_ram()[address & 0x7F] : 0;
                    default:
                        return 0;
                }
            }};
}

void Atari::spend(int frames) {
    budget_ -= frames;
    if (budget_ >= 0) return;
    std::string what = "the ROM '" + cartridge_->name + "' does not reach mode " +
                       std::to_string(core_.mode) + " of " + game().name;
    if (repeat_threshold_ > 0 && reaches_mode_without_stickiness()) {
        char probability[32];
        std::snprintf(probability, sizeof probability, "%g",
                      static_cast<double>(settings_.repeat_action_probability));
        throw Error(FDQ_USAGE, what + " with sticky actions of " + probability +
                                   ": it is chosen by actions, which are repeated too often; take fewer");
    }
    if (cartridge_->match != Cartridge::Match::Exact) what += ": it is another dump or another game";
    throw Error(FDQ_BAD_DATA, what);
}

bool Atari::reaches_mode_without_stickiness() const {
    EmulatorSettings plain = settings_;
    plain.repeat_action_probability = 0;
    try {
        rehearse_start(cartridge_, plain, 0, core_.mode, core_.difficulty);
        return true;
    } catch (const Error&) {
        return false;
    }
}

void rehearse_start(const std::shared_ptr<const Cartridge>& cartridge, const EmulatorSettings& settings,
                    uint32_t seed, uint32_t mode, uint32_t difficulty) {
    Atari console(cartridge, settings);
    console.load(seed);
    if (mode == cartridge->game->default_mode() && difficulty == 0) return;
    console.set_mode(mode);
    console.set_difficulty(difficulty);
    console.reset_game();
}

void Atari::press_select(int frames) {
    spend(frames + 1);
    release_keys();
    console_.inputs().select = true;
    for (int i = 0; i < frames; ++i) frame(false);
    emulate(games::kNoop, 1, false);
    ++core_.frame_number;
    ++core_.episode_frame_number;
}

void Atari::soft_reset() {
    emulate(games::kPressReset, kResetFrames, false);
    core_.previous_action = games::kNoop;
}

void Atari::act(int action) {
    spend(settings_.frame_skip);
    act(action, false);
}

uint32_t Atari::random() {
    core_.seed_matters = 1;
    ++core_.draws;
    return core_.random.next();
}

Atari::Header Atari::header(std::span<const uint8_t> body) const {
    Header header = {
        kMagic, sizeof core_, static_cast<uint32_t>(console_.saved_bytes()), {}, checksum_of(body)};
    std::memcpy(header.md5, cartridge_->rom->md5().data(), sizeof header.md5);
    return header;
}

std::vector<uint8_t> Atari::save() {
    screen();  // a saved state holds the pixels
    std::vector<uint8_t> bytes(sizeof(Header) + sizeof core_ + console_.saved_bytes());
    auto body = std::span(bytes).subspan(sizeof(Header));
    std::memcpy(body.data(), &core_, sizeof core_);
    console_.save(body.subspan(sizeof core_));
    Header head = header(body);
    std::memcpy(bytes.data(), &head, sizeof head);
    return bytes;
}

void Atari::restore(std::span<const uint8_t> bytes) {
    auto require = [](bool holds, const char* what) {
        if (!holds) throw Error(FDQ_BAD_DATA, std::string("bad emulator state: ") + what);
    };
    require(bytes.size() == sizeof(Header) + sizeof core_ + console_.saved_bytes(),
            "it has another size: torn, or of another game or build");
    Header head = header(bytes.subspan(sizeof(Header))), found;
    std::memcpy(&found, bytes.data(), sizeof found);
    bool intact = found.checksum == head.checksum;
    found.checksum = head.checksum;
    require(std::memcmp(&found, &head, sizeof head) == 0, "it is of another ROM or of another build");
    require(intact, "its checksum does not fit: it is damaged");
    Core core;
    std::memcpy(&core, bytes.data() + sizeof head, sizeof core);
    auto within = [](int32_t value, int32_t low, int32_t high) { return low <= value && value <= high; };
    constexpr int32_t most = 1 << 30;
    require(core.random.valid(), "the generator's position is out of range");
    require(within(core.previous_action, 0, games::kActions - 1), "the previous action is unknown");
    for (int32_t paddle : core.paddle) require(within(paddle, 0, paddle_max_), "a paddle is out of range");
    require(within(core.frame_number, 0, most) && within(core.episode_frame_number, 0, most),
            "a frame number is out of range");
    require(game().has_mode(core.mode), "it has a mode that the game lacks");
    require(core.difficulty < 4, "the difficulty is out of range");
    require(within(core.drawn, 0, 1) && within(core.seed_matters, 0, 1) && within(core.game.over, 0, 1),
            "a flag is neither 0 nor 1");
    for (int32_t value : {core.game.reward, core.game.score, core.game.lives})
        require(within(value, -most, most), "the score is out of range");
    for (int32_t value : core.game.memory) require(within(value, -most, most), "the score is out of range");
    console_.restore(bytes.subspan(sizeof head + sizeof core_));
    core_ = core;
}

bool Atari::start_from(const Emulator& boot, uint32_t seed) {
    auto& other = static_cast<const Atari&>(boot);
    if (other.core_.seed_matters) return false;
    console_ = other.console_;
    core_ = other.core_;
    core_.random.seed(seed);
    core_.random.discard(core_.draws);
    return true;
}

}  // namespace fastdqn::vector
