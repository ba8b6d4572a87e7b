#include "support/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace fastdqn {

namespace {

// A hierarchy of control groups: where it is mounted, which of its groups is mounted there, and ours.
struct Hierarchy {
    std::string mount, top, group;
    bool second;  // version 2
};

bool lists(const std::string& names, const std::string& name) {
    return ("," + names + ",").find("," + name + ",") != std::string::npos;
}

// mountinfo writes spaces and such as \040.
std::string unescaped(const std::string& text) {
    std::string result;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto digit = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
        if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
            result +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

// The group of this process in the hierarchy of version 2, or in that of version 1 which has the processors.
std::string group_of(const std::string& root, bool second) {
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const size_t names = line.find(':'), path = line.find(':', names + 1);
        if (names == std::string::npos || path == std::string::npos) continue;
        const std::string controllers = line.substr(names + 1, path - names - 1);
        if (second ? controllers.empty() : lists(controllers, "cpu")) return line.substr(path + 1);
    }
    return "";
}

std::vector<Hierarchy> hierarchies(const std::string& root) {
    std::vector<Hierarchy> result;
    std::ifstream file(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);) {
        // id, parent, device, root, mount point, options and optional fields, "-", type, source, options
        const size_t dash = line.find(" - ");
        if (dash == std::string::npos) continue;
        std::istringstream head(line.substr(0, dash)), tail(line.substr(dash + 3));
        std::string skipped, top, mount, type, options;
        head >> skipped >> skipped >> skipped >> top >> mount;
        tail >> type >> skipped >> options;
        const bool second = type == "cgroup2";
        if (!second && !(type == "cgroup" && lists(options, "cpu"))) continue;
        result.push_back({unescaped(mount), unescaped(top), group_of(root, second), second});
    }
    return result;
}

// 0: none, or not readable.
double quota_of(const std::string& folder, bool second) {
    std::string quota, period;
    if (second) {
        std::ifstream(folder + "/cpu.max") >> quota >> period;
    } else {
        std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
        std::ifstream(folder + "/cpu.cfs_period_us") >> period;
    }
    const double time = std::strtod(quota.c_str(), nullptr), of = std::strtod(period.c_str(), nullptr);
    return time > 0 && of > 0 ? time / of : 0;
}

int affinity() {
    for (int most = CPU_SETSIZE; most <= 1 << 20; most *= 2) {
        cpu_set_t* const set = CPU_ALLOC(most);
        if (set == nullptr) break;
        const size_t size = CPU_ALLOC_SIZE(most);
        const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
    }
    return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

double quota_in_processors(const std::string& root) {
    double least = 0;
    for (const Hierarchy& h : hierarchies(root)) {
        // A container may see only its own group, mounted as the top.
        std::string group = h.group;
        if (h.top != "/") group = (group + "/").rfind(h.top + "/", 0) == 0 ? group.substr(h.top.size()) : "";
        for (;;) {
            const double quota = quota_of(root + h.mount + group, h.second);
            if (quota > 0 && (least == 0 || quota < least)) least = quota;
            const size_t slash = group.rfind('/');
            if (slash == std::string::npos) break;
            group.resize(slash);
        }
    }
    return least;
}

int usable_processors() {
    const int processors = std::max(1, affinity());
    const double quota = quota_in_processors("");
    return quota > 0 ? std::clamp(static_cast<int>(std::ceil(quota)), 1, processors) : processors;
}

}  // namespace fastdqn
