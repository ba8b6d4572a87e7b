#include <gtest/gtest.h>

#include <string>

#include "fastdqn/atari.h"
#include "fastdqn/status.h"

TEST(Status, ReportsTheAbiItWasBuiltWith) { EXPECT_EQ(fdq_abi_version(), FDQ_ABI_VERSION); }

TEST(Status, HasAnEmptyMessageBeforeAnyFailure) { EXPECT_STREQ(fdq_last_error(), ""); }

TEST(Status, AStructOfAnotherSizeOrNameIsRefusedInOneLine) {
    EXPECT_EQ(fdq_check_struct("fdq_game", sizeof(fdq_game)), FDQ_OK);
    EXPECT_EQ(fdq_check_struct("fdq_game", sizeof(fdq_game) + 4), FDQ_UNAVAILABLE);
    EXPECT_EQ(std::string(fdq_last_error()), "libfastdqn.so has " + std::to_string(sizeof(fdq_game)) +
                                                 " bytes for fdq_game, this program " +
                                                 std::to_string(sizeof(fdq_game) + 4));
    EXPECT_EQ(fdq_check_struct("fdq_nothing", 4), FDQ_UNAVAILABLE);
    EXPECT_STREQ(fdq_last_error(), "libfastdqn.so has no struct fdq_nothing");
    EXPECT_EQ(fdq_check_struct(nullptr, 4), FDQ_UNAVAILABLE);
}
