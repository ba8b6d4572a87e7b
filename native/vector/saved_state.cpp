// A vector's state as bytes.
#include <cstring>
#include <string>

#include "support/firewall.h"
#include "vector/vector.h"

namespace fastdqn::vector {

namespace {

constexpr uint64_t kMagic = 0x3152544356515146ull;  // "FQQVCTR1"

}  // namespace

Vector::Header Vector::header() const {
    Header header = {};
    header.magic = kMagic;
    header.environments = environments();
    // A fixed frame skip is what it always was.
    header.frame_skip = settings_.frame_skip | (draws_skip() ? settings_.frame_skip_min << 16 : 0);
    header.repeat_action_probability = settings_.repeat_action_probability;
    header.noop_max = settings_.noop_max;
    header.fire_reset = settings_.fire_reset;
    header.life_loss = static_cast<int32_t>(settings_.life_loss);
    header.rules = static_cast<int32_t>(settings_.rules);
    header.full_action_set = settings_.full_action_set;
    header.max_frames = settings_.max_frames;
    header.mode = settings_.mode;
    header.difficulty = settings_.difficulty;
    header.backend = static_cast<int32_t>(settings_.backend);
    header.height = height_;
    header.started = started_;
    std::memcpy(header.md5, cartridge_->rom->md5().data(), sizeof header.md5);
    return header;
}

std::vector<uint8_t> Vector::save() {
    std::vector<uint8_t> bytes;
    auto put = [&](const void* data, size_t size) {
        size_t at = bytes.size();
        bytes.resize(at + size);
        if (size > 0) std::memcpy(bytes.data() + at, data, size);
    };
    Header head = header();
    put(&head, sizeof head);
    for (Lane& lane : lanes_) {
        put(&lane.episode, sizeof lane.episode);
        put(lane.emulator->look_at(*lane.older), screen_bytes_);
        put(lane.emulator->look_at(*lane.newer), screen_bytes_);
        std::vector<uint8_t> state = started_ ? lane.emulator->save() : std::vector<uint8_t>{};
        uint64_t size = state.size();
        put(&size, sizeof size);
        put(state.data(), state.size());
    }
    return bytes;
}

void Vector::restore(std::span<const uint8_t> bytes) {
    std::vector<uint8_t> before = save();
    try {
        read_back(bytes);
    } catch (...) {
        read_back(before);
        throw;
    }
}

void Vector::read_back(std::span<const uint8_t> bytes) {
    auto bad = [](const std::string& what) { return Error(FDQ_BAD_DATA, "bad vector state: " + what); };
    auto take = [&](void* to, size_t size) {
        if (bytes.size() < size) throw bad("it ends too early");
        std::memcpy(to, bytes.data(), size);
        bytes = bytes.subspan(size);
    };
    Header expected = header(), head;
    take(&head, sizeof head);
    if (head.started != 0 && head.started != 1) throw bad("a flag is neither 0 nor 1");
    expected.started = head.started;
    if (std::memcmp(&head, &expected, sizeof head) != 0)
        throw bad("it was written for another ROM, number of environments or settings");
    for (size_t i = 0; i < lanes_.size(); ++i) {
        Lane& lane = lanes_[i];
        Episode episode;
        take(&episode, sizeof episode);
        auto flag = [](int32_t value) { return value == 0 || value == 1; };
        if (!episode.random.valid() || episode.elapsed < 0 || episode.elapsed > 1 << 30 ||
            !flag(episode.ended) || !flag(episode.goes_on))
            throw bad("environment " + std::to_string(i) + " is out of range");
        lane.episode = episode;
        for (vcs::KeptFrame* frame : {lane.older.get(), lane.newer.get()}) {
            take(frame->pixels.get(), screen_bytes_);
            frame->drawn = true;
        }
        uint64_t size;
        take(&size, sizeof size);
        if (size > bytes.size()) throw bad("it ends too early");
        if (head.started) lane.emulator->restore(bytes.first(size));
        bytes = bytes.subspan(size);
    }
    if (!bytes.empty()) throw bad("it has more bytes than it should");
    started_ = head.started != 0;
}

}  // namespace fastdqn::vector
