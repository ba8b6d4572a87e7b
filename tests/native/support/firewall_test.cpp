#include <gtest/gtest.h>

#include "fastdqn/status.h"

TEST(Status, ReportsTheAbiItWasBuiltWith) { EXPECT_EQ(fdq_abi_version(), FDQ_ABI_VERSION); }

TEST(Status, HasAnEmptyMessageBeforeAnyFailure) { EXPECT_STREQ(fdq_last_error(), ""); }
