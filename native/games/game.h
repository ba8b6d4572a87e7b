// What is known of each game: how to recognise its ROM, its actions, modes and difficulties, and how score,
// lives and end are read from the console's 128 bytes of RAM. The facts are those of the Arcade Learning
// Environment 0.12.1, so that scores compare. To add a game: docs/adding-a-game.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fastdqn::games {

// Joystick actions in ALE's order: 0 NOOP, 1 FIRE, 2 UP, 3 RIGHT, 4 LEFT, 5 DOWN, 6..9 diagonals, 10..17 with
// FIRE.
inline constexpr int kActions = 18;
inline constexpr int kNoop = 0;
inline constexpr int kFire = 1;
inline constexpr int kPressReset = 40;  // the console's RESET switch, among starting actions

const char* action_name(int action);

// The console's memory as rules read it. Addresses are those of the programs: RAM is 0x80..0xFF.
struct Memory {
    const uint8_t* ram;  // 128 bytes
    void* machine = nullptr;
    uint8_t (*peek)(void* machine, uint16_t address) = nullptr;  // cartridge RAM; null reads as 0

    int operator[](int address) const { return ram[address & 0x7F]; }
    int mapped(uint16_t address) const { return peek ? peek(machine, address) : 0; }
};

// What a game's rules remember from frame to frame; plain data, part of every snapshot.
struct GameState {
    int32_t reward;  // of the newest frame
    int32_t score;
    int32_t lives;
    int32_t memory[6];  // the game's own use
    int32_t over;
};

enum class Is : uint8_t { Equal, NotEqual, Greater };

// (ram[address] & mask) compared with value.
struct Test {
    uint8_t address = 0;  // 0: no test
    Is is = Is::Equal;
    uint8_t value = 0;
    uint8_t mask = 0xFF;
};

// How one byte of a score reads.
enum class Digits : uint8_t {
    Bcd,      // two decimal digits
    Nibble,   // one digit in the low nibble, 10 for a blank
    Byte,     // one digit
    Eighths,  // eight times one digit, 0x80 for a blank
};

// What a negative change of the score means.
enum class Loss : uint8_t { Counts, Ignored, Wraps };

enum class LivesRule : uint8_t {
    Counted,     // the count; 0 once the game is over
    Raw,         // the count as it stands
    AliveOrNot,  // 1, and 0 once the game is over: the game has no lives
    Zero,        // always 0: the game has no lives
    One,         // always 1
};

// The count is ((ram[address] >> shift) & mask) + plus.
struct LivesByte {
    uint8_t address = 0;
    uint8_t mask = 0xFF;
    int8_t plus = 0;
    uint8_t shift = 0;
};

struct Rules {
    uint8_t score[6] = {};  // addresses, least significant first
    Digits digits = Digits::Bcd;
    int32_t scale = 1;
    Loss loss = Loss::Counts;
    int32_t wrap = 0;         // Loss::Wraps: the score returns to 0 here
    int32_t first_score = 0;  // of a new game
    LivesByte lives = {};
    LivesRule lives_rule = LivesRule::Counted;
    int32_t first_lives = 0;
    Test over[4] = {};                                  // the game is over when all hold
    void (*step)(const Memory&, GameState&) = nullptr;  // instead of the fields above
    void (*start)(GameState&) = nullptr;                // after the fields above
};

// What selecting a mode may do to the console: bounded, so that a wrong ROM cannot loop for ever.
class ModeConsole {
  public:
    virtual Memory memory() = 0;
    virtual GameState& state() = 0;
    virtual void press_select(int frames) = 0;  // held for `frames` frames, then released for one
    virtual void soft_reset() = 0;              // RESET held for four frames
    virtual void act(int action) = 0;           // one agent step
    virtual uint32_t random() = 0;              // of the environment's generator

  protected:
    ~ModeConsole() = default;
};

// SELECT is pressed until the byte reads mode * times + plus (or that + also).
struct ModeSwitch {
    uint8_t address = 0;  // 0: the game has one mode and nothing is pressed
    uint8_t hold = 1;     // frames of one press
    uint8_t times = 1;
    uint8_t plus = 0;
    uint8_t also = 0;
    uint8_t first_hold = 0;                                 // frames of one unconditional press before
    void (*select)(ModeConsole&, uint32_t mode) = nullptr;  // instead of the fields above
};

// first, first + step .. last; the whole `repeat` more times, `stride` higher each time.
struct ModeRange {
    uint16_t first = 0, last = 0;
    uint8_t step = 0;  // 0: no range
    uint8_t repeat = 0;
    uint16_t stride = 0;
};

struct ActionRun {
    uint16_t count = 0;  // 0: none
    uint8_t action = 0;
};

struct Game {
    const char* name;  // snake case; also the ROM's file name without its ending
    const char* md5;
    uint32_t minimal = 0;              // bit a: action a is part of the minimal set
    uint32_t illegal = 0;              // bit a: action a is taken as NOOP
    ModeRange modes[2] = {{0, 0, 1}};  // the first mode listed is the default
    uint8_t difficulties = 1;          // bit d: difficulty d can be chosen
    ModeSwitch mode_switch = {};
    ActionRun starting[3] = {};
    int32_t paddle_max = 0;  // 0: the usual limit
    Rules rules = {};

    std::vector<int> minimal_actions() const;
    std::vector<int> legal_actions() const;
    std::vector<uint32_t> available_modes() const;
    std::vector<uint32_t> available_difficulties() const;
    bool has_mode(uint32_t mode) const;
    bool has_difficulty(uint32_t difficulty) const;
    uint32_t default_mode() const { return modes[0].first; }
    bool is_legal(int action) const { return action < 0 || action >= kActions || !(illegal >> action & 1); }

    void start(GameState& state) const;  // a new game
    void step(const Memory& memory, GameState& state) const;
    int lives(const GameState& state) const;
    void select_mode(ModeConsole& console, uint32_t mode) const;
};

// All games: ALE's 104 in ALE's order, then FastDqn's own.
std::span<const Game> all();

// The game of the MD5, whatever the file is called; else the one of the name (the file's without folder and
// ending, in lower case). Null: unknown.
const Game* find(std::string_view md5, std::string_view stem);
const Game* find_by_name(std::string_view name);

// An unknown cartridge: all actions, one mode, no reward, never over.
const Game& unknown_game();

}  // namespace fastdqn::games
