// Translated code against the interpreter: the whole machine must be the same, byte for byte.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "../rom_files.h"
#include "games/cartridges.h"
#include "pair.h"
#include "support/firewall.h"
#include "testbed.h"
#include "vcs/console.h"
#include "vcs/cpu/opcodes.h"
#include "vcs/jit/translation.h"

namespace fastdqn::vcs {
namespace {

bool translates() { return Testbed(program({0xEA})).core().translation != nullptr; }
constexpr const char* kNoTranslator = "no translator for this machine, or FASTDQN_JIT is off";

uint8_t some_high(Random& random) {
    static constexpr uint8_t kHigh[] = {0x00, 0x00, 0x01, 0x02, 0x0D, 0xF0, 0xFE, 0xFF, 0x1E, 0x3F};
    return kHigh[random.below(sizeof kHigh)];
}

// Every opcode with random operands, registers, flags and RAM, in types with and without hot spots. Each is
// followed by one that uses the flags, and then by opcodes that stop.
TEST(Jit, EveryOpcodeLeavesTheSameMachine) {
    if (!translates()) GTEST_SKIP() << kNoTranslator;
    Random random(1);
    struct Kind {
        size_t bytes;
        CartridgeType type;
    };
    static constexpr Kind kKinds[] = {
        {4096, CartridgeType::k4K},   {8192, CartridgeType::kF8},    {2048, CartridgeType::k2K},
        {8192, CartridgeType::kFE},   {16384, CartridgeType::kF6SC}, {8192, CartridgeType::kE0},
        {10240, CartridgeType::kDPC}, {8192, CartridgeType::k3F},    {16384, CartridgeType::kE7},
        {2048, CartridgeType::kCV},   {8192, CartridgeType::kUA},    {8192, CartridgeType::k3E}};
    int compared = 0;
    for (int round = 0; round < 2 * static_cast<int>(std::size(kKinds)); ++round) {
        const Kind& kind = kKinds[static_cast<size_t>(round) % std::size(kKinds)];
        std::vector<uint8_t> image(kind.bytes, 0x02);
        for (uint8_t& byte : image) {
            if (random.below(8) == 0) byte = random.byte();
        }
        // By opcode, in the part of the image that is seen at 0xF800 (E0: 0xFC00) and above after a reset.
        const size_t end = kind.type == CartridgeType::kF6SC ? 4096 : image.size();
        const size_t room = kind.type == CartridgeType::kE0 ? 0x3C0 : 0x7C0;
        const size_t first = end - (kind.type == CartridgeType::kE0 ? 0x400 : 0x800);
        std::array<uint16_t, 256> at;
        for (size_t opcode = 0; opcode < 256; ++opcode) {
            size_t where = random.below(static_cast<uint32_t>(room - 8));
            if (kind.type == CartridgeType::kE7 && where < 512) where += 512;
            at[opcode] = static_cast<uint16_t>(where);
        }
        Properties properties;
        properties.type = kind.type;
        if (random.below(2)) properties.left = Controller::kPaddles;
        for (size_t opcode = 0; opcode < 256; ++opcode) {
            std::vector<uint8_t> with = image;
            uint8_t* code = &with[first + at[opcode]];
            // Sometimes something before it, which leaves flags in the host's.
            static constexpr uint8_t kBefore[] = {0xC9, 0xE0, 0x0A, 0x4A, 0x18, 0x38, 0xE8, 0xF8, 0xD8, 0x2A};
            const uint8_t before = kBefore[random.below(sizeof kBefore)];
            *code++ = before;
            if (before == 0xC9 || before == 0xE0) *code++ = random.byte();
            *code++ = static_cast<uint8_t>(opcode);
            const int bytes = instruction_bytes(static_cast<uint8_t>(opcode));
            if (bytes > 1) *code++ = random.byte();
            if (bytes > 2) *code++ = some_high(random);
            static constexpr uint8_t kAfter[] = {0xD0, 0xF0, 0x10, 0x30, 0x90, 0xB0, 0x50, 0x70};
            *code++ = kAfter[random.below(sizeof kAfter)];
            *code++ = random.below(2) ? 0x01 : random.byte();
            Testbed translated(with, properties), interpreted(with, properties, Execution::kInterpreted);
            for (int repeat = 0; repeat < 4; ++repeat) {
                Machine m = interpreted.m();
                for (uint8_t& byte : m.ram) byte = random.below(3) == 0 ? some_high(random) : random.byte();
                m.cpu = Cpu{};
                const uint32_t base = kind.type == CartridgeType::kE0 ? 0xFC00 : 0xF800;
                m.cpu.pc = static_cast<uint16_t>(base + at[opcode]);
                if (kind.type == CartridgeType::k4K && random.below(2)) m.cpu.pc &= 0x1FFF;
                m.cpu.a = random.byte();
                m.cpu.x = random.byte();
                m.cpu.y = random.byte();
                m.cpu.sp = static_cast<uint8_t>(random.below(3) ? 0x90 + random.below(0x60) : random.byte());
                m.cpu.n = random.byte() & 0x80;
                m.cpu.z = random.below(2);
                m.cpu.c = random.below(2);
                m.cpu.v = random.below(2);
                m.cpu.d = random.below(4) == 0;
                m.cycle = static_cast<int32_t>(random.below(300 * kCyclesPerLine));
                m.partial_frame = true;
                m.tia.collision = static_cast<uint16_t>(random.below(0x8000));
                static constexpr uint8_t kShifts[] = {0, 3, 6, 10};
                m.riot.timer = random.byte();
                m.riot.shift = kShifts[random.below(4)];
                m.riot.set_cycle = m.cycle - static_cast<int32_t>(random.below(256U << m.riot.shift));
                m.riot.read_after_interrupt = random.below(2);
                m.inputs.joystick[0] = random.byte() & 31;
                m.inputs.paddle[0] = random.below(4) ? static_cast<int32_t>(random.below(800000)) : 0;
                m.tia.dump_enabled = random.below(2);
                m.tia.dump_disabled_cycle = m.cycle - static_cast<int32_t>(random.below(20000));
                interpreted.m() = m;
                translated.m() = m;
                for (Testbed* bed : {&translated, &interpreted}) {
                    map_memory(bed->core());
                    bed->run();
                }
                ASSERT_EQ(difference(translated.m(), interpreted.m()), "")
                    << name_of(kind.type) << " opcode " << opcode << " after " << int(before) << ", round "
                    << round;
                ASSERT_EQ(std::memcmp(translated.core().state.cart_ram, interpreted.core().state.cart_ram,
                                      kMaxCartRam),
                          0);
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 20000);
}

// Loops of two instructions that are taken at once: SBC #n, BCS back; DEX or DEY, BNE or BPL back.
TEST(Jit, ShortLoopsLeaveTheSameMachine) {
    if (!translates()) GTEST_SKIP() << kNoTranslator;
    std::vector<std::vector<uint8_t>> loops;
    for (const uint8_t n : {1, 7, 8, 15, 16, 30, 127, 128, 255}) loops.push_back({0xE9, n, 0xB0, 0xFC});
    for (const uint8_t count : {0xCA, 0x88}) {
        for (const uint8_t branch : {0xD0, 0x10}) loops.push_back({count, branch, 0xFD});
    }
    for (const std::vector<uint8_t>& loop : loops) {
        for (const uint16_t at : {0x0010, 0x00FB, 0x00FC}) {  // within a page and across its end
            std::vector<uint8_t> image(4096, 0x02);
            std::vector<uint8_t> code = {0x08, 0x28};  // PHP; PLP
            code.insert(code.end(), loop.begin(), loop.end());
            code.insert(code.end(), {0x08, 0x70, 0x01});  // PHP; BVS
            std::copy(code.begin(), code.end(), image.begin() + at);
            Testbed translated(image), interpreted(image, {}, Execution::kInterpreted);
            for (uint32_t value = 0; value < 256 * 8; ++value) {
                const auto start = static_cast<uint8_t>(value), flags = static_cast<uint8_t>(value >> 8);
                Machine m = interpreted.m();
                m.cpu = Cpu{};
                m.cpu.pc = static_cast<uint16_t>(0xF000 + at);
                m.cpu.sp = 0xFF;
                m.cpu.a = m.cpu.x = m.cpu.y = start;
                m.cpu.c = flags & 1;
                m.cpu.v = flags >> 1 & 1;
                m.cpu.d = flags >> 2;
                m.cycle = 1000;
                m.partial_frame = true;
                for (Testbed* bed : {&translated, &interpreted}) {
                    bed->m() = m;
                    map_memory(bed->core());
                    bed->run();
                }
                ASSERT_EQ(difference(translated.m(), interpreted.m()), "")
                    << int(loop[0]) << " " << int(loop[1]) << " from " << int(start) << ", flags "
                    << int(flags) << ", at " << at;
            }
        }
    }
}

// Loops that go on until the frame's instructions are used up end where they do when interpreted.
TEST(Jit, ShortLoopsEndWithTheFrame) {
    if (!translates()) GTEST_SKIP() << kNoTranslator;
    // start: LDX #n; loop: DEX; BNE loop; LDA #255; SEC; divide: SBC #15; BCS divide; JMP start
    for (int n = 0; n < 256; ++n) {
        const std::vector<uint8_t> image = program({0xA2, static_cast<uint8_t>(n), 0xCA, 0xD0, 0xFD, 0xA9,
                                                    0xFF, 0x38, 0xE9, 0x0F, 0xB0, 0xFC, 0x4C, 0x00, 0xF0});
        Testbed translated(image), interpreted(image, {}, Execution::kInterpreted);
        translated.run();
        interpreted.run();
        ASSERT_EQ(difference(translated.m(), interpreted.m()), "") << n;
    }
}

TEST(Jit, RandomCartridgesRunTheSame) {
    if (!translates()) GTEST_SKIP() << kNoTranslator;
    static constexpr size_t kSizes[] = {4096, 4096, 2048, 8192, 8192, 16384, 32768, 12288, 10240, 65536};
    static constexpr CartridgeType kTypes[] = {CartridgeType::kF8, CartridgeType::kF8SC, CartridgeType::kE0,
                                               CartridgeType::k3F, CartridgeType::k3E,   CartridgeType::kFE,
                                               CartridgeType::kUA, CartridgeType::kAuto};
    int played = 0;
    for (uint32_t seed = 0; seed < 600; ++seed) {
        Random random(seed);
        const size_t bytes = kSizes[random.below(static_cast<uint32_t>(std::size(kSizes)))];
        const std::vector<uint8_t> image = running_image(random, bytes);
        Properties properties;
        properties.format = Format::kNtsc;
        if (random.below(3) == 0) properties.left = Controller::kPaddles;
        if (bytes == 8192) properties.type = kTypes[random.below(static_cast<uint32_t>(std::size(kTypes)))];
        if (bytes == 16384 && random.below(2)) properties.type = CartridgeType::kE7;
        if (bytes == 2048 && random.below(2)) properties.type = CartridgeType::kCV;
        Pair pair(image, properties);
        ASSERT_EQ(pair.play(random, 8), "") << "seed " << seed << ", " << bytes << " bytes";
        ++played;
    }
    EXPECT_EQ(played, 600);
}

TEST(Jit, TheBundledGamePlaysTheSame) {
    if (!translates()) GTEST_SKIP() << kNoTranslator;
    const auto image = rom_files::read(FASTDQN_BUNDLED_ROM);
    Random random(5);
    EXPECT_EQ(Pair(image).play(random, 3000), "");
}

TEST(Jit, EveryGameAtHandPlaysTheSame) {
    if (!translates()) GTEST_SKIP() << kNoTranslator;
    int played = 0;
    for (const auto& file : rom_files::all()) {
        const auto image = rom_files::read(file);
        Random random(7);
        try {
            Pair pair(image, games::properties_of(md5_hex(image)));
            EXPECT_EQ(pair.play(random, 1200), "") << file;
        } catch (const Error&) {
            continue;  // no cartridge
        }
        ++played;
    }
    if (played == 0) GTEST_SKIP() << "no ROMs: set FASTDQN_ROMS to a folder with some";
}

TEST(Jit, ThreadsShareOneColdTranslation) {
    if (!translates()) GTEST_SKIP() << kNoTranslator;
    const auto image = rom_files::read(FASTDQN_BUNDLED_ROM);
    for (int round = 0; round < 6; ++round) {
        const auto rom = Rom::load(image);
        std::vector<Machine> ends(4);
        std::vector<std::thread> threads;
        for (Machine& end : ends) {
            threads.emplace_back([&rom, &end] {
                Console console(rom);
                for (int i = 0; i < 60; ++i) {
                    console.inputs().reset = i < 4;
                    console.inputs().joystick[0] = static_cast<uint8_t>(i / 5 & 31);
                    console.frame(i % 2);
                }
                end = machine_of(console);
            });
        }
        for (std::thread& thread : threads) thread.join();
        for (const Machine& end : ends) EXPECT_EQ(difference(end, ends[0]), "");
        EXPECT_GT(rom->translation()->bytes_used(), 8192U);
    }
}

TEST(Jit, WithoutExecutableMemoryGamesAreInterpreted) {
    const std::vector<uint8_t> image = program({0xA9, 0x2A, 0x85, 0x90});  // LDA #42; STA $90
    rlimit limit;
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlimit none{0, limit.rlim_max};
    // UBSan needs a file when it first sees a type.
    Testbed translated(image);
    translated.run();
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);  // no file in memory can be made
    Testbed refused(image);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(refused.core().translation, nullptr);
    refused.run();
    EXPECT_EQ(refused.m().ram[0x10], 42);
}

TEST(Jit, TheEnvironmentVariableTurnsItOff) {
    const std::vector<uint8_t> image = program({0xEA});
    const char* was = std::getenv("FASTDQN_JIT");
    const std::string kept = was != nullptr ? was : "";
    setenv("FASTDQN_JIT", "off", 1);
    EXPECT_EQ(Testbed(image).core().translation, nullptr);
    if (was != nullptr) {
        setenv("FASTDQN_JIT", kept.c_str(), 1);
    } else {
        unsetenv("FASTDQN_JIT");
    }
}

}  // namespace
}  // namespace fastdqn::vcs
