#include "vector/ale_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

#include "fastdqn/ale.h"
#include "support/firewall.h"
#include "vector/atari.h"

namespace fastdqn::vector {

namespace {

constexpr const char* kLibrary = "libfastdqn_ale.so";
constexpr const char* kRemedy =
    "a build from source makes it where CMake finds ALE, the Arcade Learning Environment's C++ library, by "
    "ale_DIR "
    "or CMAKE_PREFIX_PATH";

struct Library {
    const fdq_ale_api* api = nullptr;
    std::string why;
};

Library open_library() {
    std::vector<std::string> candidates;
    if (const char* given = std::getenv("FASTDQN_ALE_LIBRARY")) candidates.push_back(given);
    Dl_info self;
    if (dladdr(reinterpret_cast<const void*>(&fdq_last_error), &self) && self.dli_fname)
        candidates.push_back((std::filesystem::path(self.dli_fname).parent_path() / kLibrary).string());
    candidates.push_back(kLibrary);
    for (const std::string& path : candidates) {
        void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!handle) continue;
        auto get = reinterpret_cast<decltype(&fdq_ale_get_api)>(dlsym(handle, "fdq_ale_get_api"));
        const fdq_ale_api* api = get ? get() : nullptr;
        if (!api || api->version != FDQ_ALE_API_VERSION)
            return {nullptr, path + " is of another version of FastDqn: build both from one source"};
        return {api, ""};
    }
    return {nullptr, std::string("the ALE backend is not built (no ") + kLibrary + "): " + kRemedy};
}

const Library& library() {
    static const Library opened = open_library();
    return opened;
}

// ALE reads a ROM from a file only.
class RomFile {
  public:
    RomFile(const Cartridge& cartridge) {
        auto pattern = (std::filesystem::temp_directory_path() / "fastdqn-XXXXXX").string();
        if (!mkdtemp(pattern.data())) throw Error(FDQ_FAILURE, "cannot make a folder in " + pattern);
        folder_ = pattern;
        path_ = folder_ / (std::string(cartridge.game->name) + ".bin");
        auto image = cartridge.rom->image();
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path_.c_str(), "wb"), std::fclose);
        if (!file || std::fwrite(image.data(), 1, image.size(), file.get()) != image.size())
            throw Error(FDQ_FAILURE, "cannot write " + path_.string());
    }
    ~RomFile() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    const char* path() const { return path_.c_str(); }

  private:
    std::filesystem::path folder_, path_;
};

class AleEmulator final : public Emulator {
  public:
    AleEmulator(std::shared_ptr<const Cartridge> cartridge, const EmulatorSettings& settings)
        : cartridge_(std::move(cartridge)), settings_(settings), api_(library().api), file_(*cartridge_) {
        fdq_ale_settings s = {settings.frame_skip,
                              settings.repeat_action_probability,
                              settings.max_num_frames_per_episode,
                              settings.truncate_on_loss_of_life,
                              settings.reward_min,
                              settings.reward_max};
        check(api_->create(file_.path(), &s, &ale_));
    }
    ~AleEmulator() override { api_->destroy(ale_); }

    const games::Game& game() const override { return *cartridge_->game; }
    void load(uint32_t seed) override {
        seed_ = seed;
        mode_ = cartridge_->game->default_mode();
        difficulty_ = 0;
        rehearse();
        check(api_->load(ale_, static_cast<int32_t>(seed)));
        loaded_ = true;
        check(api_->palette(ale_, palette_.rgb[0], palette_.luminance));
        refresh();
    }
    void set_mode(uint32_t mode) override {
        check(api_->set_mode(ale_, mode));
        mode_ = mode;
    }
    void set_difficulty(uint32_t difficulty) override {
        check(api_->set_difficulty(ale_, difficulty));
        difficulty_ = difficulty;
    }
    void reset_game() override {
        rehearse();
        check(api_->reset_game(ale_));
        refresh();
    }
    int32_t act(int action, bool) override {
        int32_t reward = 0;
        check(api_->act(ale_, action, &reward));
        refresh();
        return reward;
    }
    bool terminal() const override { return status_.terminal; }
    bool truncated() const override { return status_.truncated; }
    int lives() const override { return status_.lives; }
    int frame_number() const override { return status_.frame_number; }
    int episode_frame_number() const override { return status_.episode_frame_number; }
    const uint8_t* ram() const override { return api_->ram(ale_); }
    void set_ram(int index, uint8_t value) override { check(api_->set_ram(ale_, index & 0x7F, value)); }
    int height() const override { return status_.height; }
    const uint8_t* screen() override { return api_->screen(ale_); }
    const pixels::Palette& palette() const override { return palette_; }
    bool pal() const override { return status_.height == 250; }

    std::vector<uint8_t> save() override {
        int64_t size = 0;
        check(api_->save(ale_, nullptr, 0, &size));
        std::vector<uint8_t> bytes(static_cast<size_t>(size));
        check(api_->save(ale_, bytes.data(), size, &size));
        return bytes;
    }
    void restore(std::span<const uint8_t> bytes) override {
        if (!loaded_) load(0);
        if (api_->restore(ale_, bytes.data(), static_cast<int64_t>(bytes.size())) != FDQ_OK)
            throw Error(FDQ_BAD_DATA, std::string("bad emulator state: ") + api_->last_error());
        refresh();
    }
    // Loading is what ALE offers.
    bool start_from(const Emulator&, uint32_t) override { return false; }

  private:
    void check(int32_t status) const {
        if (status != FDQ_OK) throw Error(static_cast<fdq_status>(status), api_->last_error());
    }
    void refresh() { check(api_->status(ale_, &status_)); }

    // ALE loops for ever on a mode that it cannot select. Our console does the same frames, and stops. Later
    // games in a mode that was reached once draw other numbers for sticky actions, but of the same kind.
    void rehearse() {
        Start start = {seed_, mode_, difficulty_};
        if (rehearsed_ == start) return;
        rehearse_start(cartridge_, settings_, seed_, mode_, difficulty_);
        rehearsed_ = start;
    }

    struct Start {
        uint32_t seed, mode, difficulty;
        bool operator==(const Start&) const = default;
    };

    std::shared_ptr<const Cartridge> cartridge_;
    EmulatorSettings settings_;
    uint32_t seed_ = 0, mode_ = 0, difficulty_ = 0;
    std::optional<Start> rehearsed_;
    const fdq_ale_api* api_;
    RomFile file_;
    fdq_ale* ale_ = nullptr;
    fdq_ale_status status_ = {};
    pixels::Palette palette_ = {};
    bool loaded_ = false;
};

}  // namespace

std::string ale_version(std::string& why) {
    why = library().why;
    return library().api ? library().api->ale_version() : "";
}

std::unique_ptr<Emulator> make_ale_emulator(std::shared_ptr<const Cartridge> cartridge,
                                            const EmulatorSettings& settings) {
    if (!library().api) throw Error(FDQ_UNAVAILABLE, library().why);
    settings.check();
    if (cartridge->match == Cartridge::Match::Unknown || std::string(cartridge->game->name) == "bricks")
        throw Error(FDQ_BAD_DATA, "ALE does not know the ROM '" + cartridge->name + "' (MD5 " +
                                      cartridge->rom->md5() + "): use --backend vcs");
    rehearse_start(cartridge, settings, 0, cartridge->game->default_mode(), 0);
    return std::make_unique<AleEmulator>(std::move(cartridge), settings);
}

}  // namespace fastdqn::vector
