#include "games/rules.h"

#include <algorithm>

namespace fastdqn::games::rules {

namespace {

void score_is(GameState& s, int score) {
    s.reward = score - s.score;
    s.score = score;
}

// A digit whose blank reads as 10.
int blank_is_zero(int digit) { return digit == 10 ? 0 : digit; }

int signed_byte(int value) { return value >= 128 ? value - 256 : value; }

}  // namespace

void adventure(const Memory& ram, GameState& s) {
    bool chalice_home = ram[0xB9] == 0x12;
    if (chalice_home) s.reward = 1;
    s.over = ram[0xE0] == 2 || chalice_home;  // eaten by a dragon
}

void atlantis(const Memory& ram, GameState& s) {
    s.lives = ram[0xF1];
    s.over = s.lives == 0xFF;
    if (s.over)
        s.reward = 0;  // and the score stays what it was
    else
        score_is(s, 100 * bcd(ram, 0xA2, 0xA3, 0xA1));
}

void atlantis2(const Memory& ram, GameState& s) {
    s.lives = ram[0xF1];
    s.over = s.lives == 0xFF;
    if (s.over)
        s.reward = 0;
    else
        score_is(s, bcd(ram, 0xA1, 0xA2, 0xA3));
}

// Pieces are counted by point, the computer's positive and the player's negative.
void backgammon(const Memory& ram, GameState& s) {
    auto narrow = [](int value) { return static_cast<int8_t>(value); };
    int8_t player_out = narrow(-signed_byte(ram[0x80]));
    int8_t computer_out = narrow(signed_byte(ram[0x8E]));
    int8_t player_in = 0, computer_in = 0;
    for (int address = 0x81; address <= 0x9B; ++address) {
        if (address == 0x8E) continue;
        int pieces = signed_byte(ram[address]);
        if (pieces > 0) computer_in = narrow(computer_in + pieces);
        if (pieces < 0) player_in = narrow(player_in - pieces);
    }
    if (computer_in + computer_out != 15 || player_in + player_out != 15) return;
    if (player_out == 15) {
        s.over = 1;
        s.reward = 1;
    } else if (computer_out == 15) {
        s.over = 1;
        s.reward = -1;
    }
}

void battle_zone(const Memory& ram, GameState& s) {
    int low = blank_is_zero(ram[0x9D] >> 4);
    int middle = blank_is_zero(ram[0x9E] & 15);
    int high = blank_is_zero(ram[0x9E] >> 4);
    score_is(s, 1000 * (low + 10 * middle + 100 * high));
    s.lives = ram[0xBA] & 15;
    s.over = s.lives == 0;
}

void beam_rider(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0x89, 0x8A, 0x8B));
    int lives = ram[0x85] + 1;
    // The count also falls for an instant between sectors: only with this flag is a life lost.
    if (lives != s.lives - 1 || ram[0x8C] == 0x01) s.lives = lives;
    s.over = ram[0x85] == 0xFF;
}

void blackjack(const Memory& ram, GameState& s) {
    bool bust = ram[0x86] == 0x0B && ram[0x89] == 0xBB;
    score_is(s, bust ? 0 : bcd(ram, 0x89, 0x86));
    s.over = bust || s.score >= 1000;
}

void boxing(const Memory& ram, GameState& s) {
    int mine = ram[0x92] == 0xC0 ? 100 : bcd(ram, 0x92);  // a knock-out
    int theirs = ram[0x93] == 0xC0 ? 100 : bcd(ram, 0x93);
    score_is(s, mine - theirs);
    bool time_up = ram[0x90] >> 4 == 0 && bcd(ram, 0x91) == 0;
    s.over = mine == 100 || theirs == 100 || time_up;
}

void breakout(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xCD) + 100 * (ram[0xCC] & 15));
    int balls = ram[0xB9];
    int& started = s.memory[0];
    if (balls == 5) started = 1;
    s.over = started && balls == 0;
    s.lives = balls;
}

void casino(const Memory& ram, GameState& s) {
    int score = bcd(ram, 0x95, 0x8C);
    if (ram[0xD4] == 3) {
        bool awarded = ram[0x9E] == 0xAA;
        s.reward = score - s.score;
        s.over = score > 0 && awarded;
    } else {
        bool input_disabled = ram[0xD3] & 0x80;
        if (!input_disabled) s.reward = score - s.score;
        s.over = score == 0 || (bcd(ram, 0x9E) > 0 && input_disabled);
    }
    s.score = score;
}

void chopper_command(const Memory& ram, GameState& s) {
    score_is(s, 100 * bcd(ram, 0xEE, 0xEC));
    s.lives = ram[0xE4] & 15;
    int& started = s.memory[0];
    started |= ram[0xC2] & 1;
    s.over = started && s.lives == 0;
}

void darkchambers(const Memory& ram, GameState& s) {
    int& level = s.memory[0];
    s.reward = 0;
    if (ram[0xD5] < level) {
        s.over = 1;
        return;
    }
    level = ram[0xD5];
    int score = 10 * bcd(ram, 0xCC, 0xCF);
    if (score < s.score)
        s.over = 1;
    else
        score_is(s, score);
    if ((ram[0xCA] & 0x1F) == 0) s.over = 1;  // no health
}

void demon_attack(const Memory& ram, GameState& s) {
    bool title = ram[0x81] == 0xAB && ram[0x83] == 0xCD && ram[0x85] == 0xEA;
    score_is(s, title ? 0 : bcd(ram, 0x85, 0x83, 0x81));
    int& mode_just_set = s.memory[0];
    s.over = ram[0xF2] == 0 && ram[0xF1] == 0xBD && !mode_just_set;
    s.lives = ram[0xF2] + 1;
    mode_just_set = 0;
}

void double_dunk(const Memory& ram, GameState& s) {
    int mine = bcd(ram, 0xF6), theirs = bcd(ram, 0xF7);
    score_is(s, mine - theirs);
    s.over = (mine >= 24 || theirs >= 24) && ram[0xFE] == 0xE7;
}

void earthworld(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xA7));
    s.over = s.score == 10;
}

// The display counts the cars that are left: 200 on the first day, 300 on each later one.
void enduro(const Memory& ram, GameState& s) {
    int day = ram[0xAD], score = 0;
    if (day == 1) score = 200 - bcd(ram, 0xAB, 0xAC);
    if (day >= 2) score = 200 + (day - 2) * 300 + 300 - bcd(ram, 0xAB, 0xAC);
    score_is(s, score);
    s.over = ram[0xAF] == 0xFF;
}

void et(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xE1, 0xE0, 0xDF));
    s.lives = static_cast<int8_t>(ram[0xE5] + 1);
    s.over = s.lives == 0 && ram[0x80] == 8;
}

void fishing_derby(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xBD) - bcd(ram, 0xBE));
    s.over = ram[0xBD] == 0x99 || ram[0xBE] == 0x99;
}

void freeway(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xE7));
    s.reward = std::clamp(s.reward, 0, 1);
    s.over = ram[0x96] == 1;
}

void galaxian(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xAE, 0xAD, 0xAC));
    if (s.reward < 0) s.reward += 1000000;
    s.over = (ram[0xBF] & 0x80) != 0;
    s.lives = s.over ? 0 : ram[0xB9] + 1;
}

void gopher(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xB2, 0xB1, 0xB0));
    static constexpr int lives_of_carrots[] = {0, 1, 1, 2, 1, 2, 2, 3};  // one bit a carrot
    int carrots = ram[0xB4] & 7;
    s.over = carrots == 0;
    s.lives = lives_of_carrots[carrots];
}

void gravitar(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0x89, 0x88, 0x87));
    s.over = ram[0x81] == 1;
    s.lives = ram[0x81] == 0 ? 6 : ram[0x84] + 1;
}

void start_hangman(GameState& s) { s.memory[2] = s.memory[3] = -1; }

void hangman(const Memory& ram, GameState& s) {
    int computer = bcd(ram, 0xEC), player = bcd(ram, 0xEB);
    s.reward = (player - s.memory[0]) - (computer - s.memory[1]);
    s.memory[0] = player;
    s.memory[1] = computer;
    s.memory[3] = s.memory[2];
    s.memory[2] = ram[0xF1];
    bool timed_out = s.memory[2] == 0 && s.memory[3] == 255;
    s.over = s.reward != 0 || timed_out;
}

void haunted_house(const Memory& ram, GameState& s) {
    int& matches = s.memory[0];
    s.reward = 0;
    if (bcd(ram, 0x82) != matches) {  // a match costs a point
        --s.reward;
        matches = bcd(ram, 0x82);
    }
    s.lives = ram[0x96];
    bool escaped = ram[0x99] == 0x44;
    if (escaped) s.reward += 100;
    s.over = s.lives == 0 || escaped;
}

void human_cannonball(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xB6));
    s.over = s.score == 7 || bcd(ram, 0xB7) == 7;
}

void ice_hockey(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0x8A) - bcd(ram, 0x8B));
    s.reward = std::min(s.reward, 1);
    s.over = ram[0x87] == 0 && ram[0x86] == 0;
}

void journey_escape(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0x92, 0x91, 0x90));
    if (s.reward == 50000) s.reward = 0;  // the score's start value
    s.over = ram[0x95] == 0 && ram[0x96] == 0;
}

void kaboom(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xA5, 0xA4, 0xA3));
    s.over = ram[0xA1] == 0 || s.score == 999999;
}

void klax(const Memory& ram, GameState& s) {
    int score = 0, unit = 1;
    for (uint16_t address : {0xF0B4, 0xF0B5, 0xF0B6}) {
        int byte = ram.mapped(address);
        score += unit * (10 * (byte >> 4) + (byte & 15));
        unit *= 100;
    }
    score_is(s, score);
    int misses = ram.mapped(0xF0EE), most_misses = ram.mapped(0xF0E9);
    int blocks = 0;
    for (int i = 0; i < 25; ++i) {
        int block = ram[0xB3 + i];
        blocks += block != 0 && block != 2 && block != 6 && block != 10 && block != 14;
    }
    bool playing = ram[0xA8] == 4;
    s.over =
        (most_misses > 0 && misses == most_misses) || (playing && blocks == 25) || ram.mapped(0xF09D) == 0x99;
}

// One score counts the strokes of the hole, or shows its par; the reward of a hole is par less strokes.
void miniature_golf(const Memory& ram, GameState& s) {
    int &hole = s.memory[0], &par = s.memory[1], &strokes = s.memory[2], &shown = s.memory[3];
    int& at_start = s.score;
    s.reward = 0;
    int left = bcd(ram, 0x87), right = bcd(ram, 0x88), now = bcd(ram, 0xAF);
    if (now != hole) {
        int taken = shown + strokes - at_start;
        if (taken > 0) s.reward = par - taken;
        if (now == 0) s.over = 1;
        hole = now;
        strokes = 0;
        at_start = shown;
    }
    if (right != 0) {
        par = right;
    } else {
        if (left < shown) strokes += shown;
        shown = left;
    }
}

void othello(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xCE) - bcd(ram, 0xD0));
    int& idle = s.memory[0];
    idle = ram[0xC0] == 0 ? idle + 1 : 0;
    s.over = idle > 50;
}

void phoenix(const Memory& ram, GameState& s) {
    score_is(s, 10 * (10 * bcd(ram, 0xC8, 0xC9) + (ram[0xC7] >> 4)));
    s.over = ram[0xCC] == 0x80;
    s.lives = ram[0xCB] & 7;
}

void pitfall(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xD7, 0xD6, 0xD5));
    int marks = ram[0x80] >> 4;
    s.over = marks == 0 && ram[0x9E] != 0;
    s.lives = marks == 0xA ? 3 : marks == 0x8 ? 2 : 1;
}

void pitfall2(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xC9, 0xC8, 0xC7));
    s.lives = 1;
    s.over = s.score == 199000;
}

void pong(const Memory& ram, GameState& s) {
    int theirs = ram[0x8D], mine = ram[0x8E];
    score_is(s, mine - theirs);
    s.over = theirs == 21 || mine == 21;
}

void start_qbert(GameState& s) { s.memory[0] = 2; }

void qbert(const Memory& ram, GameState& s) {
    int byte = ram[0x88], now = signed_byte(byte);
    int& last = s.memory[0];
    s.over = byte == 0xFE || (byte == 0x02 && last == -1);
    if (last - 1 == now) --s.lives;
    last = now;
    if (s.over)
        s.reward = 0;
    else
        score_is(s, bcd(ram, 0xDB, 0xDA, 0xD9));
}

void start_riverraid(GameState& s) {
    s.memory[0] = 0x58;
    s.lives = 4;
}

void riverraid(const Memory& ram, GameState& s) {
    int score = 0, unit = 1;
    for (int address = 0xD7; address >= 0xCD; address -= 2, unit *= 10) {
        int byte = ram[address];  // eight times the digit; anything else is a blank
        if (byte % 8 == 0 && byte <= 72) score += unit * (byte / 8);
    }
    score_is(s, score);
    int now = ram[0xC0];
    int& last = s.memory[0];
    s.over = now == 0x58 && last == 0x59;
    last = now;
    s.lives = now == 0x58 ? 4 : now == 0x59 ? 1 : now / 8 + 1;
}

void road_runner(const Memory& ram, GameState& s) {
    int score = 0, unit = 100;
    for (int digit = 0; digit < 4; ++digit, unit *= 10) score += unit * blank_is_zero(ram[0xC9 + digit] & 15);
    score_is(s, score);
    int left = ram[0xC4] & 7;
    s.over = left == 0 && (ram[0xB9] != 0 || ram[0xBD] != 0);
    s.lives = left + 1;
}

void robotank(const Memory& ram, GameState& s) {
    score_is(s, 12 * ram[0xB6] + ram[0xB5]);  // squadrons and tanks
    s.over = ram[0xA8] == 0 && ram[0xB4] == 0xFF;
    s.lives = (ram[0xA8] & 15) + 1;
}

void skiing(const Memory& ram, GameState& s) {
    int time = 6000 * ram[0xE8] + bcd(ram, 0xEA, 0xE9);  // hundredths of a second
    s.reward = s.score - time;
    s.score = time;
    s.over = ram[0x91] == 0xFF;
}

void space_invaders(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xE8, 0xE6));
    if (s.reward < 0) s.reward += 10000;
    s.lives = ram[0xC9];
    s.over = (ram[0x98] & 0x80) || s.lives == 0;
}

void space_war(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xA7));
    s.over = s.score == 10 || ram[0x80] == 0;
}

void star_gunner(const Memory& ram, GameState& s) {
    int score = 0, unit = 100;
    for (int address = 0x83; address <= 0x86; ++address, unit *= 10)
        score += unit * blank_is_zero(ram[address] & 15);
    score_is(s, score);
    int left = ram[0x87];
    int& started = s.memory[0];
    s.over = left == 0;
    started |= left == 5;
    s.lives = started ? left & 15 : 5;
}

void superman(const Memory& ram, GameState& s) {
    int seconds = 60 * bcd(ram, 0xE3) + bcd(ram, 0xE2);
    int room = ram[0x80] + (ram[0x81] << 8);
    s.over = ram[0x9F] & 0x40 && room == 0xF2AC;  // Clark Kent is back at the newspaper
    s.reward = s.over ? 99 * 60 + 59 - seconds : 0;
}

void surround(const Memory& ram, GameState& s) {
    int theirs = bcd(ram, 0xF6), mine = bcd(ram, 0xF7);
    score_is(s, mine - theirs);
    s.over = theirs == 10 || mine == 10;
}

void tennis(const Memory& ram, GameState& s) {
    int &last_games = s.memory[0], &last_points = s.memory[1];
    int points = ram[0xC5] - ram[0xC6];
    int my_games = ram[0xC7], their_games = ram[0xC8], games = my_games - their_games;
    s.reward = games != last_games ? games - last_games : points - last_points;
    last_games = games;
    last_points = points;
    s.over = (my_games >= 6 && games >= 2) || (their_games >= 6 && games <= -2) || my_games == 7 ||
             their_games == 7;
}

void tetris(const Memory& ram, GameState& s) {
    int score = bcd(ram, 0xF1, 0xF2);
    s.reward = std::max(score - s.score, 0);
    s.score = score;
    s.over = (ram[0xF3] & 0x80) != 0;
    if (s.over) s.score = 0;
}

void tic_tac_toe_3d(const Memory& ram, GameState& s) {
    s.reward = 0;
    if (ram[0xFF] == 0xF3 && ram[0xFE] == 0x10) {  // someone has won
        s.reward = ram[0xE1] == 0x08 ? 1 : -1;
        s.over = 1;
    }
    for (int cell = 0x9A; cell <= 0xD9; ++cell)
        if (ram[cell] == 0) return;
    s.over = 1;
}

void time_pilot(const Memory& ram, GameState& s) {
    score_is(s, 100 * bcd(ram, 0x8D, 0x8F));
    s.over = ram[0xA0] != 0;
    if ((ram[0x80] & 15) == 2) s.lives = (ram[0x8B] & 7) + 1;
}

void trondead(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xBF, 0xBE, 0xBD));
    s.over = ram[0xC8] == 5;  // hits taken
    s.lives = 5 - ram[0xC8];
}

void turmoil(const Memory& ram, GameState& s) {
    score_is(s, 10 * (bcd(ram, 0x89, 0x8A) + ram[0xD3]));
    s.lives = ram[0xB9];
    s.over = s.lives == 0 && ram[0xC5] == 1;
}

void video_checkers(const Memory& ram, GameState& s) {
    int black = 0, white = 0;
    for (int address = 0x80; address <= 0xA2; ++address) {
        if (address == 0x88 || address == 0x91 || address == 0x9A) continue;
        int piece = ram[address];
        black += piece == 0x10 || piece == 0x20;
        white += piece == 0x90 || piece == 0xA0;
    }
    int win = s.memory[4] ? -1 : 1;  // in reverse checkers one wins by losing all pieces
    if (black == 0) {
        s.reward = -win;
        s.over = 1;
    } else if (white == 0) {
        s.reward = win;
        s.over = 1;
    }
}

void video_chess(const Memory& ram, GameState& s) {
    s.reward = 0;
    if (ram[0xE1] != 0x82 || ram[0xEE] > 1) return;  // not the player's turn, or no mate
    s.reward = ram[0xEE] == 0 ? 1 : -1;
    s.over = 1;
}

void video_cube(const Memory& ram, GameState& s) {
    int faces = 0;
    for (int face = 0; face < 6; ++face) {
        bool same = true;
        for (int block = 1; block < 9; ++block) same &= ram[0xA0 + 9 * face + block] == ram[0xA0 + 9 * face];
        faces += same;
    }
    int &now = s.memory[4], &before = s.memory[5];
    before = now;
    now = ram[0xDB];
    bool timed_out = now == 0 && before == 255;
    s.reward = timed_out ? -1 : faces - s.score;
    s.score = faces;
    s.over = timed_out || faces == 6;
}

void video_pinball(const Memory& ram, GameState& s) {
    score_is(s, bcd(ram, 0xB0, 0xB2, 0xB4));
    s.over = ram[0xAF] & 1;
    s.lives = 4 + (ram[0xA8] & 1) - (ram[0x99] & 7);
}

void wizard_of_wor(const Memory& ram, GameState& s) {
    int score = bcd(ram, 0x86, 0x88);
    score_is(s, 100 * (score >= 8000 ? score - 8000 : score));
    int lives = ram[0x8D] & 15;
    s.over = lives == 0 && ram[0xF4] == 0xF8;
    if ((ram[0xD7] & 1) == 0) s.lives = lives;  // waiting to enter
}

void word_zapper(const Memory& ram, GameState& s) {
    if (bcd(ram, 0xCF) == 0) return;  // the clock has not started
    score_is(s, 2 - signed_byte(ram[0xDC]));
    s.over = s.score == 3 || bcd(ram, 0xDE) == 0;
}

}  // namespace fastdqn::games::rules
