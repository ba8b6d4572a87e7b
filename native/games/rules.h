// Rules that no table expresses: named after their game.
#pragma once

#include "games/game.h"

namespace fastdqn::games::rules {

// Binary-coded decimal of the bytes at the addresses, least significant first; hexadecimal digits count as
// they are.
template <typename... Address>
int bcd(const Memory& ram, Address... addresses) {
    int value = 0, unit = 1;
    ((value += unit * (10 * (ram[addresses] >> 4) + (ram[addresses] & 15)), unit *= 100), ...);
    return value;
}

#define FASTDQN_GAME_RULE(name) void name(const Memory& ram, GameState& s)
FASTDQN_GAME_RULE(adventure);
FASTDQN_GAME_RULE(atlantis);
FASTDQN_GAME_RULE(atlantis2);
FASTDQN_GAME_RULE(backgammon);
FASTDQN_GAME_RULE(battle_zone);
FASTDQN_GAME_RULE(beam_rider);
FASTDQN_GAME_RULE(blackjack);
FASTDQN_GAME_RULE(boxing);
FASTDQN_GAME_RULE(breakout);
FASTDQN_GAME_RULE(casino);
FASTDQN_GAME_RULE(chopper_command);
FASTDQN_GAME_RULE(darkchambers);
FASTDQN_GAME_RULE(demon_attack);
FASTDQN_GAME_RULE(double_dunk);
FASTDQN_GAME_RULE(earthworld);
FASTDQN_GAME_RULE(enduro);
FASTDQN_GAME_RULE(et);
FASTDQN_GAME_RULE(fishing_derby);
FASTDQN_GAME_RULE(freeway);
FASTDQN_GAME_RULE(galaxian);
FASTDQN_GAME_RULE(gopher);
FASTDQN_GAME_RULE(gravitar);
FASTDQN_GAME_RULE(hangman);
FASTDQN_GAME_RULE(haunted_house);
FASTDQN_GAME_RULE(human_cannonball);
FASTDQN_GAME_RULE(ice_hockey);
FASTDQN_GAME_RULE(journey_escape);
FASTDQN_GAME_RULE(kaboom);
FASTDQN_GAME_RULE(klax);
FASTDQN_GAME_RULE(miniature_golf);
FASTDQN_GAME_RULE(othello);
FASTDQN_GAME_RULE(phoenix);
FASTDQN_GAME_RULE(pitfall);
FASTDQN_GAME_RULE(pitfall2);
FASTDQN_GAME_RULE(pong);
FASTDQN_GAME_RULE(qbert);
FASTDQN_GAME_RULE(riverraid);
FASTDQN_GAME_RULE(road_runner);
FASTDQN_GAME_RULE(robotank);
FASTDQN_GAME_RULE(skiing);
FASTDQN_GAME_RULE(space_invaders);
FASTDQN_GAME_RULE(space_war);
FASTDQN_GAME_RULE(star_gunner);
FASTDQN_GAME_RULE(superman);
FASTDQN_GAME_RULE(surround);
FASTDQN_GAME_RULE(tennis);
FASTDQN_GAME_RULE(tetris);
FASTDQN_GAME_RULE(tic_tac_toe_3d);
FASTDQN_GAME_RULE(time_pilot);
FASTDQN_GAME_RULE(trondead);
FASTDQN_GAME_RULE(turmoil);
FASTDQN_GAME_RULE(video_checkers);
FASTDQN_GAME_RULE(video_chess);
FASTDQN_GAME_RULE(video_cube);
FASTDQN_GAME_RULE(video_pinball);
FASTDQN_GAME_RULE(wizard_of_wor);
FASTDQN_GAME_RULE(word_zapper);
#undef FASTDQN_GAME_RULE

// What a new game remembers, where that is not zero.
void start_hangman(GameState& s);
void start_qbert(GameState& s);
void start_riverraid(GameState& s);

}  // namespace fastdqn::games::rules

// Mode selections that differ from "press SELECT until the byte reads the mode".
namespace fastdqn::games::modes {

void adventure(ModeConsole& console, uint32_t mode);
void alien(ModeConsole& console, uint32_t mode);
void backgammon(ModeConsole& console, uint32_t mode);
void berzerk(ModeConsole& console, uint32_t mode);
void demon_attack(ModeConsole& console, uint32_t mode);
void double_dunk(ModeConsole& console, uint32_t mode);
void et(ModeConsole& console, uint32_t mode);
void gopher(ModeConsole& console, uint32_t mode);
void gravitar(ModeConsole& console, uint32_t mode);
void human_cannonball(ModeConsole& console, uint32_t mode);
void klax(ModeConsole& console, uint32_t mode);
void ms_pacman(ModeConsole& console, uint32_t mode);
void pacman(ModeConsole& console, uint32_t mode);
void space_war(ModeConsole& console, uint32_t mode);
void video_checkers(ModeConsole& console, uint32_t mode);
void video_cube(ModeConsole& console, uint32_t mode);

}  // namespace fastdqn::games::modes
