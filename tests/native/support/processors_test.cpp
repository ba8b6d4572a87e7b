#include "support/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <thread>

using fastdqn::quota_in_processors;
using fastdqn::usable_processors;
namespace fs = std::filesystem;

namespace {

// A made-up /proc and /sys.
class Quota : public testing::Test {
  protected:
    Quota() {
        std::string name = (fs::temp_directory_path() / "fastdqn-quota-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        root_ = name;
    }
    ~Quota() override { fs::remove_all(root_); }

    void file(const std::string& path, const std::string& text) {
        fs::create_directories(fs::path(root_ + path).parent_path());
        std::ofstream(root_ + path) << text << "\n";
    }
    void second(const std::string& group, const std::string& top = "/") {
        file("/proc/self/cgroup", "0::" + group);
        file("/proc/self/mountinfo",
             "22 1 0:20 / /proc rw - proc proc rw\n"
             "30 22 0:26 " +
                 top + " /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate");
    }
    void first(const std::string& group, const std::string& top = "/") {
        file("/proc/self/cgroup",
             "12:memory:/elsewhere\n4:cpu,cpuacct:" + group + "\n1:name=systemd:/elsewhere");
        file("/proc/self/mountinfo",
             "31 22 0:27 /elsewhere /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
             "32 22 0:28 " +
                 top + " /sys/fs/cgroup/cpu,cpuacct rw shared:5 master:2 - cgroup cgroup rw,cpu,cpuacct");
    }
    double quota() const { return quota_in_processors(root_); }

  private:
    std::string root_;
};

TEST_F(Quota, IsNoneWithoutFiles) { EXPECT_EQ(quota(), 0); }

TEST_F(Quota, OfTheSecondVersion) {
    second("/");
    file("/sys/fs/cgroup/cpu.max", "150000 100000");
    EXPECT_DOUBLE_EQ(quota(), 1.5);
    file("/sys/fs/cgroup/cpu.max", "max 100000");
    EXPECT_EQ(quota(), 0);
}

TEST_F(Quota, IsTheLeastOfTheGroupsAbove) {
    second("/slice/job/task");
    file("/sys/fs/cgroup/slice/cpu.max", "300000 100000");
    file("/sys/fs/cgroup/slice/job/cpu.max", "50000 20000");
    file("/sys/fs/cgroup/slice/job/task/cpu.max", "max 100000");
    EXPECT_DOUBLE_EQ(quota(), 2.5);
}

TEST_F(Quota, OfAContainerThatSeesItsOwnGroupAsTheTop) {
    second("/docker/abc/inner", "/docker/abc");
    file("/sys/fs/cgroup/cpu.max", "400000 100000");
    file("/sys/fs/cgroup/inner/cpu.max", "200000 100000");
    EXPECT_DOUBLE_EQ(quota(), 2);
    for (const char* stranger : {"/../other", "/docker/abcd"}) {
        second(stranger, "/docker/abc");
        EXPECT_DOUBLE_EQ(quota(), 4);
    }
}

TEST_F(Quota, OfTheFirstVersion) {
    first("/docker/abc", "/docker/abc");
    file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000");
    file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
    EXPECT_DOUBLE_EQ(quota(), 2.5);
    file("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1");
    EXPECT_EQ(quota(), 0);
}

TEST_F(Quota, IsNoneWhereTheFilesMakeNoSense) {
    file("/proc/self/cgroup", "nonsense\n:\n0::");
    file("/proc/self/mountinfo",
         "nonsense\n - \n - cgroup2\n30 22 0:26 / /sys/fs/cgroup\\040x rw - cgroup2 a b");
    file("/sys/fs/cgroup x/cpu.max", "many few");
    EXPECT_EQ(quota(), 0);
    file("/sys/fs/cgroup x/cpu.max", "100000 100000");
    EXPECT_EQ(quota(), 1);
}

TEST(Processors, FollowTheAffinityOfTheThread) {
    EXPECT_GE(usable_processors(), 1);
    int alone = 0;
    std::thread([&] {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        if (sched_setaffinity(0, sizeof one, &one) == 0) alone = usable_processors();
    }).join();
    EXPECT_EQ(alone, 1);
}

}  // namespace
