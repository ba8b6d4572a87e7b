#include "games/rules.h"

namespace fastdqn::games::modes {

namespace {

// Presses SELECT until the console shows what is wanted, then starts the game.
template <typename Chosen>
void select_until(ModeConsole& console, int hold, Chosen chosen) {
    while (!chosen(console.memory())) console.press_select(hold);
    console.soft_reset();
}

}  // namespace

// The game's own start depends on how long SELECT was held: ALE draws that.
void adventure(ModeConsole& console, uint32_t mode) {
    while (static_cast<uint32_t>(console.memory()[0xDD] >> 1 & 3) != mode) {
        console.press_select(static_cast<int>(2 + console.random() % 256));
        console.act(kNoop);
    }
    console.soft_reset();
}

void alien(ModeConsole& console, uint32_t mode) {
    while (static_cast<uint32_t>(console.memory()[0x81]) != mode) console.press_select(1);
    console.state().lives = console.memory()[0xC0] & 15;
    console.soft_reset();
}

void backgammon(ModeConsole& console, uint32_t) {
    select_until(console, 1, [](Memory ram) { return ram[0xDC] == 3; });
}

void berzerk(ModeConsole& console, uint32_t mode) {
    for (int i = 0; i < 20; ++i) console.act(kNoop);
    select_until(console, 2, [=](Memory ram) { return static_cast<uint32_t>(ram[0x80]) == mode; });
}

void demon_attack(ModeConsole& console, uint32_t mode) {
    while (static_cast<uint32_t>(console.memory()[0xEA]) != mode) console.press_select(1);
    console.state().memory[0] = 1;  // the next frame is not the end of the game
    console.soft_reset();
}

// A menu: DOWN goes to the next line, RIGHT and LEFT set and clear an option.
void double_dunk(ModeConsole& console, uint32_t mode) {
    constexpr int up_fire = 10, right = 3, left = 4, down = 5;
    auto tap = [&](int action) {
        console.act(action);
        console.act(kNoop);
    };
    auto go_down = [&] {
        int line = console.memory()[0xB0];
        while (console.memory()[0xB0] == line) tap(down);
    };
    console.press_select(1);
    go_down();
    constexpr int options[] = {0x08, 0x10, 0x04, 0x20};
    for (int i = 0; i < 4; ++i) {
        go_down();
        bool wanted = mode >> i & 1;
        while (((console.memory()[0x80] & options[i]) != 0) != wanted) tap(wanted ? right : left);
    }
    console.soft_reset();
    tap(up_fire);
}

void et(ModeConsole& console, uint32_t mode) {
    select_until(console, 25, [=](Memory ram) { return static_cast<uint32_t>(ram[0xEA]) == mode + 1; });
}

void gopher(ModeConsole& console, uint32_t mode) {
    console.soft_reset();
    select_until(console, 5, [=](Memory ram) { return static_cast<uint32_t>(ram[0xD3]) == mode; });
}

void gravitar(ModeConsole& console, uint32_t mode) {
    while (static_cast<uint32_t>(console.memory()[0x80]) != mode) console.press_select(10);
    constexpr int lives[] = {6, 15, 6, 100, 25};
    if (mode < 5) console.state().lives = lives[mode];
    console.soft_reset();
}

void human_cannonball(ModeConsole& console, uint32_t mode) {
    select_until(console, 2, [=](Memory ram) {
        return static_cast<uint32_t>(ram[0xB6]) == mode + 1 && ram[0xB7] == 1;  // one player
    });
}

void klax(ModeConsole& console, uint32_t mode) {
    select_until(console, 2, [=](Memory ram) { return static_cast<uint32_t>(ram.mapped(0xF0EA)) == mode; });
}

void ms_pacman(ModeConsole& console, uint32_t mode) {
    int maze = mode == 0 ? 1 : static_cast<int>(mode), variation = mode == 0;
    select_until(console, 10, [=](Memory ram) { return ram[0x99] == maze && ram[0xA1] == variation; });
}

void pacman(ModeConsole& console, uint32_t mode) {
    select_until(console, 2, [=](Memory ram) {
        return static_cast<uint32_t>(ram[0xCC]) == mode + 1 && ram[0xE6] == 0;  // one player
    });
}

void space_war(ModeConsole& console, uint32_t mode) {
    select_until(console, 2, [=](Memory ram) { return rules::bcd(ram, 0xA7) == static_cast<int>(mode); });
}

void video_checkers(ModeConsole& console, uint32_t mode) {
    bool reverse = mode >= 11;
    console.state().memory[4] = reverse;
    uint32_t wanted = reverse ? mode + 6 : mode;
    select_until(console, 1, [=](Memory ram) { return static_cast<uint32_t>(ram[0xF6]) == wanted; });
}

// Hundreds say which cube, turned to with RIGHT; units the variation.
void video_cube(ModeConsole& console, uint32_t mode) {
    constexpr int right = 3;
    constexpr int shown[] = {0, 2, 8};
    int cube = mode >= 100 ? static_cast<int>(mode / 100) : 1;
    int wanted = shown[mode % 100 % 3];
    select_until(console, 2, [=](Memory ram) { return (ram[0xFB] & 0x1F) == wanted; });
    while (rules::bcd(console.memory(), 0x9F) != cube) console.act(right);
}

}  // namespace fastdqn::games::modes
