// Which inner loops are used: the widest that the processor has and the environment allows.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "kernels/table.h"
#include "support/instructions.h"

namespace fastdqn::kernels {
namespace {

TEST(Select, TakesTheWidestTableThatIsAllowed) {
    const Table* widest = nullptr;
    for (const Variant variant : {Variant::kBaseline, Variant::kAvx2, Variant::kAvx512}) {
        const Table* const found = table_of(variant);
        if (found != nullptr && static_cast<int>(variant) <= static_cast<int>(allowed_instructions()))
            widest = found;
    }
    EXPECT_EQ(&table(), widest);
}

TEST(Select, TheEnvironmentSaysWhatIsAllowed) {
    static constexpr const char* kNames[] = {"scalar", "avx2", "avx512"};
    const char* const text = std::getenv("FASTDQN_INSTRUCTIONS");
    const std::string set = text != nullptr ? text : "avx512";
    EXPECT_EQ(set, kNames[static_cast<int>(allowed_instructions())]);
}

}  // namespace
}  // namespace fastdqn::kernels
