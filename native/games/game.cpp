#include "games/game.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace fastdqn::games {

namespace {

constexpr const char* kActionNames[kActions] = {
    "NOOP",     "FIRE",     "UP",          "RIGHT",      "LEFT",          "DOWN",
    "UPRIGHT",  "UPLEFT",   "DOWNRIGHT",   "DOWNLEFT",   "UPFIRE",        "RIGHTFIRE",
    "LEFTFIRE", "DOWNFIRE", "UPRIGHTFIRE", "UPLEFTFIRE", "DOWNRIGHTFIRE", "DOWNLEFTFIRE",
};

std::vector<int> actions_of(uint32_t mask) {
    std::vector<int> actions;
    for (int a = 0; a < kActions; ++a)
        if (mask >> a & 1) actions.push_back(a);
    return actions;
}

bool holds(const Test& test, const Memory& ram) {
    int value = ram[test.address] & test.mask;
    switch (test.is) {
        case Is::Equal:
            return value == test.value;
        case Is::NotEqual:
            return value != test.value;
        case Is::Greater:
            return value > test.value;
    }
    return false;
}

int score_of(const Rules& rules, const Memory& ram) {
    int score = 0, unit = rules.scale;
    for (uint8_t address : rules.score) {
        if (address == 0) break;
        int byte = ram[address];
        switch (rules.digits) {
            case Digits::Bcd:
                score += unit * (10 * (byte >> 4) + (byte & 15));
                unit *= 100;
                continue;
            case Digits::Nibble:
                score += unit * ((byte & 15) == 10 ? 0 : byte & 15);
                break;
            case Digits::Byte:
                score += unit * byte;
                break;
            case Digits::Eighths:
                score += unit * (byte == 0x80 ? 0 : byte >> 3);
                break;
        }
        unit *= 10;
    }
    return score;
}

}  // namespace

const char* action_name(int action) { return action >= 0 && action < kActions ? kActionNames[action] : "?"; }

std::vector<int> Game::minimal_actions() const { return actions_of(minimal & ~illegal); }

std::vector<int> Game::legal_actions() const { return actions_of(((1u << kActions) - 1) & ~illegal); }

std::vector<uint32_t> Game::available_modes() const {
    std::vector<uint32_t> list;
    for (const ModeRange& range : modes) {
        if (range.step == 0) continue;
        for (uint32_t turn = 0; turn <= range.repeat; ++turn)
            for (uint32_t mode = range.first; mode <= range.last; mode += range.step)
                list.push_back(mode + turn * range.stride);
    }
    return list;
}

std::vector<uint32_t> Game::available_difficulties() const {
    std::vector<uint32_t> list;
    for (uint32_t d = 0; d < 4; ++d)
        if (difficulties >> d & 1) list.push_back(d);
    return list;
}

bool Game::has_mode(uint32_t mode) const {
    auto list = available_modes();
    return std::find(list.begin(), list.end(), mode) != list.end();
}

bool Game::has_difficulty(uint32_t difficulty) const {
    return difficulty < 4 && difficulties >> difficulty & 1;
}

void Game::start(GameState& state) const {
    state.reward = 0;
    state.score = rules.first_score;
    state.lives = rules.first_lives;
    state.over = 0;
    std::fill_n(state.memory, 4, 0);  // 4 and 5 outlast a game
    if (rules.start) rules.start(state);
}

void Game::step(const Memory& memory, GameState& state) const {
    if (rules.step) return rules.step(memory, state);
    int score = score_of(rules, memory);
    state.reward = score - state.score;
    state.score = score;
    if (state.reward < 0 && rules.loss == Loss::Ignored) state.reward = 0;
    if (state.reward < 0 && rules.loss == Loss::Wraps) state.reward += rules.wrap;
    if (rules.lives.address != 0)
        state.lives =
            ((memory[rules.lives.address] >> rules.lives.shift) & rules.lives.mask) + rules.lives.plus;
    bool over = rules.over[0].address != 0;
    for (const Test& test : rules.over)
        if (test.address != 0) over = over && holds(test, memory);
    state.over = over;
}

int Game::lives(const GameState& state) const {
    switch (rules.lives_rule) {
        case LivesRule::Counted:
            return state.over ? 0 : state.lives;
        case LivesRule::Raw:
            return state.lives;
        case LivesRule::AliveOrNot:
            return state.over ? 0 : 1;
        case LivesRule::Zero:
            return 0;
        case LivesRule::One:
            return 1;
    }
    return 0;
}

void Game::select_mode(ModeConsole& console, uint32_t mode) const {
    if (mode_switch.select) return mode_switch.select(console, mode);
    if (mode_switch.address == 0) return;
    if (mode_switch.first_hold) console.press_select(mode_switch.first_hold);
    uint32_t wanted = mode * mode_switch.times + mode_switch.plus;
    auto chosen = [&] {
        auto byte = static_cast<uint32_t>(console.memory()[mode_switch.address]);
        return byte == wanted || (mode_switch.also && byte == wanted + mode_switch.also);
    };
    while (!chosen()) console.press_select(mode_switch.hold);
    console.soft_reset();
}

const Game* find_by_name(std::string_view name) {
    for (const Game& game : all())
        if (name == game.name) return &game;
    return nullptr;
}

const Game* find(std::string_view md5, std::string_view stem) {
    for (const Game& game : all())
        if (md5 == game.md5) return &game;
    std::string lower(stem);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    return find_by_name(lower);
}

const Game& unknown_game() {
    static const Game game = {.name = "unknown",
                              .md5 = "",
                              .minimal = (1u << kActions) - 1,
                              .rules = {.lives_rule = LivesRule::Zero}};
    return game;
}

}  // namespace fastdqn::games
