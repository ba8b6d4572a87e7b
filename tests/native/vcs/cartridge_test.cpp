// Bank switching of every scheme, detection, and what is refused.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/firewall.h"
#include "testbed.h"

namespace fastdqn::vcs {
namespace {

// Every byte tells its place: its 256-byte page of the image, so banks can be told apart.
std::vector<uint8_t> paged(size_t bytes) {
    std::vector<uint8_t> image(bytes);
    for (size_t i = 0; i < bytes; ++i) image[i] = static_cast<uint8_t>(i >> 8);
    return image;
}

Properties typed(CartridgeType type) {
    Properties properties;
    properties.type = type;
    return properties;
}

TEST(Cartridge, BanksOfFourKilobytesSwitchOnReadsAndWrites) {
    const struct {
        CartridgeType type;
        size_t bytes;
        uint16_t first;
        int banks, at_reset, ram;
        bool writes_switch;
    } schemes[] = {
        {CartridgeType::kF8, 8192, 0x1FF8, 2, 1, 0, true},
        {CartridgeType::kF8Swapped, 8192, 0x1FF8, 2, 0, 0, true},
        {CartridgeType::kF8SC, 8192, 0x1FF8, 2, 1, 128, true},
        {CartridgeType::kF6, 16384, 0x1FF6, 4, 0, 0, true},
        {CartridgeType::kF6SC, 16384, 0x1FF6, 4, 0, 128, true},
        {CartridgeType::kF4, 32768, 0x1FF4, 8, 0, 0, true},
        {CartridgeType::kF4SC, 32768, 0x1FF4, 8, 0, 128, false},
        {CartridgeType::kFASC, 12288, 0x1FF8, 3, 2, 256, true},
    };
    for (const auto& scheme : schemes) {
        Testbed bed(paged(scheme.bytes), typed(scheme.type));
        const auto bank_now = [&] { return bed.read(0x1800) / 16; };
        EXPECT_EQ(bank_now(), scheme.at_reset) << name_of(scheme.type);
        for (int bank = scheme.banks - 1; bank >= 0; --bank) {
            bed.read(static_cast<uint16_t>(0xF000 | (scheme.first + bank)));
            EXPECT_EQ(bank_now(), bank) << name_of(scheme.type);
        }
        const int before = bank_now();
        bed.write(static_cast<uint16_t>(scheme.first + scheme.banks - 1), 0);
        EXPECT_EQ(bank_now(), scheme.writes_switch ? scheme.banks - 1 : before) << name_of(scheme.type);
        if (scheme.ram != 0) {
            bed.write(0x1005, 0x5A);
            EXPECT_EQ(bed.read(static_cast<uint16_t>(0x1005 + scheme.ram)), 0x5A) << name_of(scheme.type);
            bed.write(static_cast<uint16_t>(0x1005 + scheme.ram), 0x11);  // the read port does not write
            EXPECT_EQ(bed.read(static_cast<uint16_t>(0x1005 + scheme.ram)), 0x5A) << name_of(scheme.type);
        }
    }
}

TEST(Cartridge, PlainImagesAreMirrored) {
    Testbed two(paged(2048), typed(CartridgeType::k2K));
    EXPECT_EQ(two.read(0x1300), 3);
    EXPECT_EQ(two.read(0xFB00), 3);
    Testbed four(paged(4096), typed(CartridgeType::k4K));
    EXPECT_EQ(four.read(0x1300), 3);
    EXPECT_EQ(four.read(0x5B00), 11);
}

TEST(Cartridge, E0HasFourSlicesOfWhichTheLastIsFixed) {
    Testbed bed(paged(8192), typed(CartridgeType::kE0));
    const auto slice = [&](int i) { return bed.read(static_cast<uint16_t>(0x1000 + i * 0x400)) / 4; };
    EXPECT_EQ(slice(0), 4);
    EXPECT_EQ(slice(1), 5);
    EXPECT_EQ(slice(2), 6);
    EXPECT_EQ(slice(3), 7);
    bed.read(0x1FE2), bed.read(0x1FE9), bed.write(0x1FF3, 0);
    EXPECT_EQ(slice(0), 2);
    EXPECT_EQ(slice(1), 1);
    EXPECT_EQ(slice(2), 3);
    EXPECT_EQ(slice(3), 7);
}

TEST(Cartridge, E7SwapsRomAndRam) {
    Testbed bed(paged(16384), typed(CartridgeType::kE7));
    bed.read(0x1FE3);
    EXPECT_EQ(bed.read(0x1000) / 8, 3);
    EXPECT_EQ(bed.read(0x1B00) / 8, 7);
    bed.read(0x1FE7);  // 1 KiB of RAM
    bed.write(0x1010, 0x77);
    EXPECT_EQ(bed.read(0x1410), 0x77);
    bed.read(0x1FE9);  // the second of the 256-byte blocks
    bed.write(0x1820, 0x33);
    EXPECT_EQ(bed.read(0x1920), 0x33);
    bed.read(0x1FE8);
    bed.write(0x1820, 0x44);
    bed.read(0x1FE9);
    EXPECT_EQ(bed.read(0x1920), 0x33);
}

TEST(Cartridge, TigervisionSchemesSwitchByWritesToTheLowPage) {
    Testbed bed(paged(8192), typed(CartridgeType::k3F));
    bed.write(0x3F, 2);
    EXPECT_EQ(bed.read(0x1000) / 8, 2);
    EXPECT_EQ(bed.read(0x1800) / 8, 3);
    bed.write(0x3F, 5);  // wraps around
    EXPECT_EQ(bed.read(0x1000) / 8, 1);
    bed.write(0x09, 0x42);  // any register there switches, and the TIA sees it too
    EXPECT_EQ(bed.tia().color[0], 0x42);
    EXPECT_EQ(bed.read(0x1000) / 8, 0x42 % 4);

    Testbed ram(paged(8192), typed(CartridgeType::k3E));
    ram.write(0x3F, 1);
    EXPECT_EQ(ram.read(0x1000) / 8, 1);
    ram.write(0x3E, 4);
    ram.write(0x1412, 0x99);
    EXPECT_EQ(ram.read(0x1012), 0x99);
    ram.write(0x3E, 5);
    ram.write(0x3E, 4);
    EXPECT_EQ(ram.read(0x1012), 0x99);
}

TEST(Cartridge, FeUaMbCvAndMc) {
    Testbed fe(paged(8192), typed(CartridgeType::kFE));
    EXPECT_EQ(fe.read(0xD300), 16 + 3);  // bit 13 clear: the upper half
    EXPECT_EQ(fe.read(0xF300), 3);

    Testbed ua(paged(8192), typed(CartridgeType::kUA));
    EXPECT_EQ(ua.read(0x1300), 3);
    ua.read(0x0240);
    EXPECT_EQ(ua.read(0x1300), 16 + 3);
    ua.write(0x0220, 0);
    EXPECT_EQ(ua.read(0x1300), 3);

    Testbed mb(paged(65536), typed(CartridgeType::kMB));
    EXPECT_EQ(mb.read(0x1000) / 16, 1);
    for (int bank = 2; bank < 18; ++bank) {
        mb.read(0x1FF0);
        EXPECT_EQ(mb.read(0x1000) / 16, bank % 16);
    }

    Testbed cv(paged(2048), typed(CartridgeType::kCV));
    cv.write(0x1405, 0x21);
    EXPECT_EQ(cv.read(0x1005), 0x21);
    EXPECT_EQ(cv.read(0x1B00), 3);

    Testbed mc(paged(131072), typed(CartridgeType::kMC));
    mc.write(0x3C, 0x80 | 5);
    mc.read(0x1000);
    EXPECT_EQ(mc.read(0x1000), 5 * 4);
    mc.write(0x3D, 0x03);  // RAM block 3: write port below, read port above
    mc.write(0x1412, 0x66);
    EXPECT_EQ(mc.read(0x1612), 0x66);
}

TEST(Cartridge, DpcFetchesGraphicsDownwards) {
    std::vector<uint8_t> image(10240, 0xEA);
    for (size_t i = 0; i < 2048; ++i) image[8192 + i] = static_cast<uint8_t>(i * 7);
    Testbed bed(image, typed(CartridgeType::kDPC));
    bed.write(0x1050, 0x34);  // counter 0, low
    bed.write(0x1058, 0x02);  // high
    EXPECT_EQ(bed.read(0x1008), static_cast<uint8_t>((2047 - 0x234) * 7));
    EXPECT_EQ(bed.read(0x1008), static_cast<uint8_t>((2047 - 0x233) * 7));
    bed.write(0x1040, 0x32);  // top: from there on the flag is set
    EXPECT_EQ(bed.read(0x1038), 0xFF);
    bed.write(0x1070, 0);  // the random number starts again; each access clocks it
    EXPECT_EQ(bed.read(0x1000), 0x03);
    EXPECT_EQ(bed.read(0x1000), 0x07);
}

// Code that switches its own bank away goes on in the new bank at the next address.
TEST(Cartridge, ExecutionContinuesInTheNewBank) {
    std::vector<uint8_t> image(8192, 0x02);
    const std::vector<uint8_t> one = {0xAD, 0xF8, 0x1F};               // bank 1: LDA $1FF8 -> bank 0
    const std::vector<uint8_t> zero = {0xEA, 0xEA, 0xEA, 0xE6, 0x80};  // bank 0: INC $80 behind it
    std::copy(one.begin(), one.end(), image.begin() + 4096);
    std::copy(zero.begin(), zero.end(), image.begin());
    for (const size_t bank : {size_t{0}, size_t{4096}})
        image[bank + 0xFFC] = 0x00, image[bank + 0xFFD] = 0xF0;
    Testbed bed(image, typed(CartridgeType::kF8));
    bed.m().ram[0] = 7;
    bed.m().partial_frame = true;
    bed.run();
    EXPECT_EQ(bed.m().ram[0], 8);
    EXPECT_EQ(bed.m().cycle, 4 + 5 + 2);
}

// Fetching across a hot spot switches in the middle of an instruction.
TEST(Cartridge, FetchingFromAHotSpotSwitches) {
    std::vector<uint8_t> image(8192, 0x02);
    image[4096 + 0xFF7] = 0xA9;  // LDA #, whose operand lies at the hot spot of bank 0
    image[0xFF8] = 0x42;
    image[0xFF9] = 0xEA;  // its fetch switches back to bank 1
    image[4096 + 0xFF9] = 0x02;
    for (const size_t bank : {size_t{0}, size_t{4096}})
        image[bank + 0xFFC] = 0xF7, image[bank + 0xFFD] = 0xFF;
    Testbed bed(image, typed(CartridgeType::kF8));
    bed.m().partial_frame = true;
    bed.run();
    EXPECT_EQ(bed.m().cpu.a, 0x42);
    EXPECT_EQ(bed.m().cart.slice[0], 1);
}

TEST(Cartridge, DetectionBySizeAndContents) {
    const auto detect = [](std::vector<uint8_t> image, std::initializer_list<uint8_t> signature = {},
                           size_t at = 0x500) {
        std::copy(signature.begin(), signature.end(), image.begin() + static_cast<std::ptrdiff_t>(at));
        return detect_type(image);
    };
    const auto varied = [](size_t bytes) {
        std::vector<uint8_t> image(bytes);
        std::mt19937 random(1);
        for (uint8_t& byte : image) byte = static_cast<uint8_t>(random() | 0x80) & 0xEF;
        return image;
    };
    const auto constant_start = [&](size_t bytes) {
        std::vector<uint8_t> image = varied(bytes);
        for (size_t bank = 0; bank < bytes; bank += 4096)
            std::fill_n(image.begin() + static_cast<std::ptrdiff_t>(bank), 256, uint8_t{0xFF});
        return image;
    };
    EXPECT_EQ(detect(varied(2048)), CartridgeType::k2K);
    EXPECT_EQ(detect(varied(2048), {0x9D, 0xFF, 0xF3}), CartridgeType::kCV);
    EXPECT_EQ(detect(varied(4096)), CartridgeType::k4K);
    EXPECT_EQ(detect(std::vector<uint8_t>(4096, 0xEA)), CartridgeType::k2K);
    EXPECT_EQ(detect(varied(8192)), CartridgeType::kF8);
    EXPECT_EQ(detect(constant_start(8192)), CartridgeType::kF8SC);
    EXPECT_EQ(detect(varied(8192), {0xAD, 0xED, 0xFF}), CartridgeType::kE0);
    EXPECT_EQ(detect(varied(8192), {0x85, 0x3E, 0xA9, 0x00}), CartridgeType::k3E);
    EXPECT_EQ(detect(varied(8192), {0x85, 0x3F, 0xFF, 0x85, 0x3F}), CartridgeType::k3F);
    EXPECT_EQ(detect(varied(8192), {0x8D, 0x40, 0x02}), CartridgeType::kUA);
    EXPECT_EQ(detect(varied(8192), {0x20, 0x00, 0xD0, 0xC6, 0xC5}), CartridgeType::kFE);
    EXPECT_EQ(detect(varied(10240)), CartridgeType::kDPC);
    EXPECT_EQ(detect(varied(12288)), CartridgeType::kFASC);
    EXPECT_EQ(detect(varied(16384)), CartridgeType::kF6);
    EXPECT_EQ(detect(constant_start(16384)), CartridgeType::kF6SC);
    EXPECT_EQ(detect(varied(32768)), CartridgeType::kF4);
    EXPECT_EQ(detect(constant_start(32768)), CartridgeType::kF4SC);
    EXPECT_EQ(detect(varied(65536)), CartridgeType::kMB);
    EXPECT_EQ(detect(varied(8448)), CartridgeType::kAR);
    EXPECT_EQ(detect(varied(5000)), CartridgeType::kAuto);
}

TEST(Cartridge, UnusableImagesAreRefusedWithTheReason) {
    const auto message = [](size_t bytes, const Properties& properties = {}) -> std::string {
        try {
            Rom::load(std::vector<uint8_t>(bytes, 1), properties);
        } catch (const Error& error) {
            EXPECT_EQ(error.status(), FDQ_BAD_DATA);
            return error.what();
        }
        return "";
    };
    EXPECT_NE(message(0).find("empty"), std::string::npos);
    EXPECT_NE(message(3).find("3 bytes fit no cartridge type"), std::string::npos);
    EXPECT_NE(message(4095).find("4095"), std::string::npos);
    EXPECT_NE(message(600000).find("at most"), std::string::npos);
    EXPECT_NE(message(4096, typed(CartridgeType::kF8)).find("do not fit cartridge type F8"),
              std::string::npos);
    Properties tall;
    tall.height = 280;
    EXPECT_NE(message(4096, tall).find("300 scanlines"), std::string::npos);
    EXPECT_EQ(message(4096), "");
}

TEST(Md5, OfTheStandardsExamples) {
    const auto md5 = [](const std::string& text) {
        return md5_hex({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    };
    EXPECT_EQ(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
              "57edf4a22be3c955ac49da2e2107b67a");
}

}  // namespace
}  // namespace fastdqn::vcs
