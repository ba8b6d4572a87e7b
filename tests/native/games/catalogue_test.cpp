#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "games/cartridges.h"
#include "games/game.h"

using namespace fastdqn;
using games::Game;

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

template <typename T>
std::string joined(const std::vector<T>& values) {
    std::ostringstream text;
    for (size_t i = 0; i < values.size(); ++i) text << (i ? "," : "") << values[i];
    return text.str();
}

// "0x60,1x2": action x count; a count of one is left out.
std::string starting_text(const Game& game) {
    std::ostringstream text;
    for (const games::ActionRun& run : game.starting) {
        if (run.count == 0) continue;
        text << (text.tellp() > 0 ? "," : "") << int{run.action};
        if (run.count > 1) text << "x" << run.count;
    }
    return text.tellp() > 0 ? text.str() : "-";
}

std::string illegal_text(const Game& game) {
    std::vector<int> actions;
    for (int a = 0; a < games::kActions; ++a)
        if (!game.is_legal(a)) actions.push_back(a);
    return actions.empty() ? "-" : joined(actions);
}

}  // namespace

TEST(Catalogue, HoldsAlesGamesAndTheBundledOne) {
    EXPECT_EQ(games::all().size(), 105u);
    EXPECT_STREQ(games::all().front().name, "adventure");
    EXPECT_STREQ(games::all().back().name, "bricks");
}

TEST(Catalogue, EveryEntryIsConsistent) {
    std::set<std::string> names, md5s;
    for (const Game& game : games::all()) {
        SCOPED_TRACE(game.name);
        EXPECT_TRUE(names.insert(game.name).second);
        EXPECT_TRUE(md5s.insert(game.md5).second);
        EXPECT_EQ(std::string(game.md5).find_first_not_of("0123456789abcdef"), std::string::npos);
        EXPECT_EQ(std::string(game.md5).size(), 32u);
        EXPECT_FALSE(game.minimal_actions().empty());
        EXPECT_TRUE(game.is_legal(games::kNoop));
        EXPECT_TRUE(game.has_mode(game.default_mode()));
        EXPECT_TRUE(game.has_difficulty(game.available_difficulties().front()));
        auto legal = game.legal_actions();
        for (int action : game.minimal_actions())
            EXPECT_NE(std::find(legal.begin(), legal.end(), action), legal.end());
        bool has_rule = game.rules.step || game.rules.score[0];
        EXPECT_TRUE(has_rule);
        EXPECT_TRUE(game.rules.step || game.rules.over[0].address);
        // A game with several modes knows how to select one.
        bool selects = game.mode_switch.select || game.mode_switch.address;
        EXPECT_TRUE(selects || game.available_modes().size() == 1);
    }
}

TEST(Catalogue, AgreesWithTheSharedTableOfAlesGames) {
    const char* shared = std::getenv("FASTDQN_SHARED");
    std::string path = std::string(shared ? shared : FASTDQN_REPOSITORY "/../shared") + "/data/ale-games.tsv";
    std::ifstream file(path);
    if (!file) GTEST_SKIP() << path << " is not there (set FASTDQN_SHARED)";
    std::string line;
    std::getline(file, line);
    auto header = split(line, '\t');
    size_t games_seen = 0;
    while (std::getline(file, line)) {
        std::map<std::string, std::string> row;
        auto cells = split(line, '\t');
        for (size_t i = 0; i < header.size(); ++i) row[header[i]] = cells.at(i);
        SCOPED_TRACE(row["rom"]);
        const Game* game = games::find_by_name(row["rom"]);
        ASSERT_NE(game, nullptr);
        ++games_seen;
        EXPECT_EQ(game->md5, row["md5"]);
        EXPECT_EQ(joined(game->minimal_actions()), row["minimal_actions"]);
        EXPECT_EQ(illegal_text(*game), row["illegal"]);
        EXPECT_EQ(joined(game->available_modes()), row["modes"]);
        EXPECT_EQ(std::to_string(game->default_mode()), row["default_mode"]);
        EXPECT_EQ(joined(game->available_difficulties()), row["difficulties"]);
        EXPECT_EQ(starting_text(*game), row["starting_actions"]);
        games::GameState state = {};
        game->start(state);
        EXPECT_EQ(std::to_string(game->lives(state)), row["lives0"]);
        vcs::Properties properties = games::properties_of(row["md5"]);
        EXPECT_EQ(std::to_string(properties.ystart), row["ystart"]);
        EXPECT_EQ(std::to_string(properties.height), row["height"]);
        EXPECT_EQ(properties.hmove_blanks, row["hmove"] == "YES");
        EXPECT_EQ(properties.left == vcs::Controller::kPaddles, row["left"] == "PADDLES");
        EXPECT_EQ(properties.right == vcs::Controller::kPaddles, row["right"] == "PADDLES");
        EXPECT_EQ(properties.swap_ports, row["swapports"] == "YES");
        EXPECT_EQ(properties.swap_paddles, row["swappaddles"] == "YES");
        EXPECT_EQ(properties.type == vcs::CartridgeType::kAuto, row["type"] == "AUTO-DETECT");
        EXPECT_EQ(properties.format == vcs::Format::kAuto, row["format"] == "AUTO-DETECT");
    }
    EXPECT_EQ(games_seen, games::all().size() - 1) << "all but the bundled one";
}

TEST(Catalogue, FindsByMd5AndElseByLowerCaseName) {
    EXPECT_STREQ(games::find("60e0ea3cbe0913d39803477945e9e5ec", "whatever")->name, "pong");
    EXPECT_STREQ(games::find("00000000000000000000000000000000", "Space_Invaders")->name, "space_invaders");
    // Whatever the file is called, and wherever that name stands in the list.
    EXPECT_STREQ(games::find("60e0ea3cbe0913d39803477945e9e5ec", "breakout")->name, "pong");
    EXPECT_STREQ(games::find("60e0ea3cbe0913d39803477945e9e5ec", "zaxxon")->name, "pong");
    EXPECT_EQ(games::find("00000000000000000000000000000000", "nothing"), nullptr);
    EXPECT_EQ(games::find("", "pong.bin"), nullptr);
}

TEST(Catalogue, ListsModesWithStepsAndRepeats) {
    EXPECT_EQ(games::find_by_name("breakout")->available_modes(),
              (std::vector<uint32_t>{0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44}));
    auto cube = games::find_by_name("video_cube")->available_modes();
    EXPECT_EQ(cube.size(), 153u);
    EXPECT_EQ(cube[3], 100u);
    EXPECT_EQ(cube.back(), 5002u);
}

TEST(Catalogue, UnknownCartridgesHaveDefaultPropertiesAndNoReward) {
    vcs::Properties properties = games::properties_of("00000000000000000000000000000000");
    EXPECT_EQ(properties.ystart, 34);
    EXPECT_EQ(properties.height, 210);
    const Game& game = games::unknown_game();
    uint8_t ram[128];
    for (int i = 0; i < 128; ++i) ram[i] = static_cast<uint8_t>(3 * i);
    games::GameState state = {};
    game.start(state);
    game.step({ram}, state);
    EXPECT_EQ(state.reward, 0);
    EXPECT_EQ(state.over, 0);
    EXPECT_EQ(game.lives(state), 0);
    EXPECT_EQ(game.minimal_actions().size(), 18u);
}
