#include "cpu_reference.h"

#include <array>
#include <sstream>

namespace reference {
namespace {

enum Flag : uint8_t { C = 1, Z = 2, I = 4, D = 8, B = 16, One = 32, V = 64, N = 128 };

// Mnemonic.mode by opcode. Modes: imp acc imm zp zpx zpy abs abx aby ind izx izy rel.
const char* const kTable =
    "brk.imp ora.izx jam.imp slo.izx nop.zp  ora.zp  asl.zp  slo.zp  php.imp ora.imm asl.acc anc.imm nop.abs "
    "ora.abs asl.abs slo.abs "
    "bpl.rel ora.izy jam.imp slo.izy nop.zpx ora.zpx asl.zpx slo.zpx clc.imp ora.aby nop.imp slo.aby nop.abx "
    "ora.abx asl.abx slo.abx "
    "jsr.abs and.izx jam.imp rla.izx bit.zp  and.zp  rol.zp  rla.zp  plp.imp and.imm rol.acc anc.imm bit.abs "
    "and.abs rol.abs rla.abs "
    "bmi.rel and.izy jam.imp rla.izy nop.zpx and.zpx rol.zpx rla.zpx sec.imp and.aby nop.imp rla.aby nop.abx "
    "and.abx rol.abx rla.abx "
    "rti.imp eor.izx jam.imp sre.izx nop.zp  eor.zp  lsr.zp  sre.zp  pha.imp eor.imm lsr.acc alr.imm jmp.abs "
    "eor.abs lsr.abs sre.abs "
    "bvc.rel eor.izy jam.imp sre.izy nop.zpx eor.zpx lsr.zpx sre.zpx cli.imp eor.aby nop.imp sre.aby nop.abx "
    "eor.abx lsr.abx sre.abx "
    "rts.imp adc.izx jam.imp rra.izx nop.zp  adc.zp  ror.zp  rra.zp  pla.imp adc.imm ror.acc arr.imm jmp.ind "
    "adc.abs ror.abs rra.abs "
    "bvs.rel adc.izy jam.imp rra.izy nop.zpx adc.zpx ror.zpx rra.zpx sei.imp adc.aby nop.imp rra.aby nop.abx "
    "adc.abx ror.abx rra.abx "
    "nop.imm sta.izx nop.imm sax.izx sty.zp  sta.zp  stx.zp  sax.zp  dey.imp nop.imm txa.imp ane.imm sty.abs "
    "sta.abs stx.abs sax.abs "
    "bcc.rel sta.izy jam.imp sha.izy sty.zpx sta.zpx stx.zpy sax.zpy tya.imp sta.aby txs.imp shs.aby shy.abx "
    "sta.abx shx.aby sha.aby "
    "ldy.imm lda.izx ldx.imm lax.izx ldy.zp  lda.zp  ldx.zp  lax.zp  tay.imp lda.imm tax.imp lxa.imm ldy.abs "
    "lda.abs ldx.abs lax.abs "
    "bcs.rel lda.izy jam.imp lax.izy ldy.zpx lda.zpx ldx.zpy lax.zpy clv.imp lda.aby tsx.imp las.aby ldy.abx "
    "lda.abx ldx.aby lax.aby "
    "cpy.imm cmp.izx nop.imm dcp.izx cpy.zp  cmp.zp  dec.zp  dcp.zp  iny.imp cmp.imm dex.imp sbx.imm cpy.abs "
    "cmp.abs dec.abs dcp.abs "
    "bne.rel cmp.izy jam.imp dcp.izy nop.zpx cmp.zpx dec.zpx dcp.zpx cld.imp cmp.aby nop.imp dcp.aby nop.abx "
    "cmp.abx dec.abx dcp.abx "
    "cpx.imm sbc.izx nop.imm isc.izx cpx.zp  sbc.zp  inc.zp  isc.zp  inx.imp sbc.imm nop.imp sbc.imm cpx.abs "
    "sbc.abs inc.abs isc.abs "
    "beq.rel sbc.izy jam.imp isc.izy nop.zpx sbc.zpx inc.zpx isc.zpx sed.imp sbc.aby nop.imp isc.aby nop.abx "
    "sbc.abx inc.abx isc.abx ";

const std::array<std::string, 256>& table() {
    static const std::array<std::string, 256> entries = [] {
        std::array<std::string, 256> result;
        std::istringstream words(kTable);
        for (std::string& entry : result) words >> entry;
        return result;
    }();
    return entries;
}

bool one_of(const std::string& name, const std::string& list) { return list.find(name) != std::string::npos; }

struct Step {
    Registers& r;
    const Bus& bus;
    bool devices = false;

    bool is_device(uint16_t address) const {
        const bool cartridge = address & 0x1000;
        const bool ram = !cartridge && (address & 0x80) && !(address & 0x200);
        return !cartridge && !ram;
    }
    uint8_t read(uint16_t address) {
        if (is_device(address)) devices = true;
        return bus.read(address);
    }
    void write(uint16_t address, uint8_t value) {
        if (is_device(address)) devices = true;
        bus.write(address, value);
    }
    uint8_t next() { return read(r.pc++); }
    void push(uint8_t value) { write(static_cast<uint16_t>(0x100 | r.sp--), value); }
    uint8_t pull() { return read(static_cast<uint16_t>(0x100 | ++r.sp)); }
    void set(uint8_t flag, bool on) { r.p = static_cast<uint8_t>(on ? r.p | flag : r.p & ~flag); }
    bool has(uint8_t flag) const { return r.p & flag; }
    uint8_t nz(uint8_t value) {
        set(Z, value == 0);
        set(N, value & 0x80);
        return value;
    }

    void compare(uint8_t left, uint8_t right) {
        set(C, left >= right);
        nz(static_cast<uint8_t>(left - right));
    }
    static int from_bcd(uint8_t value) { return (value >> 4) * 10 + (value & 15); }
    static uint8_t to_bcd(int value) { return static_cast<uint8_t>((value / 10 % 10) * 16 + value % 10); }
    void adc(uint8_t value) {
        const uint8_t before = r.a;
        if (has(D)) {
            const int sum = from_bcd(r.a) + from_bcd(value) + (has(C) ? 1 : 0);
            set(C, sum > 99);
            r.a = nz(to_bcd(sum % 256));
            set(V, ((before ^ r.a) & 0x80) && ((r.a ^ value) & 0x80));
            return;
        }
        const int sum = r.a + value + (has(C) ? 1 : 0);
        const int as_signed = static_cast<int8_t>(r.a) + static_cast<int8_t>(value) + (has(C) ? 1 : 0);
        set(C, sum > 255);
        set(V, as_signed < -128 || as_signed > 127);
        r.a = nz(static_cast<uint8_t>(sum));
    }
    void sbc(uint8_t value) {
        if (!has(D)) {
            adc(static_cast<uint8_t>(~value));
            return;
        }
        const uint8_t before = r.a;
        const int borrow = has(C) ? 0 : 1;
        int difference = from_bcd(r.a) - from_bcd(value) - borrow;
        if (difference < 0) difference += 100;
        if (difference < 0) devices = true;  // invalid digits beyond all definition
        r.a = nz(to_bcd(difference < 0 ? 0 : difference));
        set(C, before >= value + borrow);
        set(V, ((before ^ r.a) & 0x80) && ((r.a ^ value) & 0x80));
    }
    void arr(uint8_t value) {
        const uint8_t both = r.a & value;
        r.a = static_cast<uint8_t>(both >> 1 | (has(C) ? 0x80 : 0));
        if (!has(D)) {
            nz(r.a);
            set(C, r.a & 0x40);
            set(V, ((r.a >> 6) ^ (r.a >> 5)) & 1);
            return;
        }
        set(N, has(C));
        set(Z, r.a == 0);
        set(V, (both ^ r.a) & 0x40);
        if ((both & 15) + (both & 1) > 5) r.a = static_cast<uint8_t>((r.a & 0xF0) | ((r.a + 6) & 15));
        const bool high = (both & 0xF0) + (both & 0x10) > 0x50;
        set(C, high);
        if (high) r.a = static_cast<uint8_t>(r.a + 0x60);
    }
    uint8_t shifted(const std::string& name, uint8_t value) {
        const bool carry = has(C);
        if (name == "asl" || name == "rol") {
            set(C, value & 0x80);
            value = static_cast<uint8_t>(value << 1 | (name == "rol" && carry ? 1 : 0));
        } else {
            set(C, value & 1);
            value = static_cast<uint8_t>(value >> 1 | (name == "ror" && carry ? 0x80 : 0));
        }
        return nz(value);
    }
};

}  // namespace

Outcome step(Registers& r, const Bus& bus) {
    Step s{r, bus};
    const uint8_t opcode = s.next();
    const std::string& entry = table()[opcode];
    const std::string name = entry.substr(0, 3), mode = entry.substr(4);
    const bool stores = one_of(name, "sta stx sty sax sha shx shy shs");
    const bool changes = one_of(name, "asl lsr rol ror inc dec slo rla sre rra dcp isc") && mode != "acc";
    int cycles = 2;
    uint16_t address = 0;
    bool crossed = false;
    if (mode == "imm") {
        address = r.pc++;
    } else if (mode == "zp" || mode == "zpx" || mode == "zpy") {
        const uint8_t index = mode == "zpx" ? r.x : mode == "zpy" ? r.y : 0;
        address = static_cast<uint8_t>(s.next() + index);
        cycles = mode == "zp" ? 3 : 4;
        if (name == "lax" && mode == "zp") cycles = 4;
    } else if (mode == "abs" || mode == "abx" || mode == "aby") {
        if (name != "jsr") {
            const uint8_t low = s.next(), high = s.next();
            const uint8_t index = mode == "abx" ? r.x : mode == "aby" ? r.y : 0;
            address = static_cast<uint16_t>((low | high << 8) + index);
            crossed = low + index > 255;
            cycles = 4 + (mode != "abs" && (stores || changes || crossed) ? 1 : 0);
        }
    } else if (mode == "izx") {
        const uint8_t pointer = static_cast<uint8_t>(s.next() + r.x);
        const uint8_t low = s.read(pointer);
        address = static_cast<uint16_t>(low | s.read(static_cast<uint16_t>(pointer + 1)) << 8);
        cycles = 6;
    } else if (mode == "izy") {
        const uint8_t pointer = s.next();
        const uint8_t low = s.read(pointer);
        address = static_cast<uint16_t>((low | s.read(static_cast<uint16_t>(pointer + 1)) << 8) + r.y);
        crossed = low + r.y > 255;
        cycles = 5 + (stores || changes || crossed ? 1 : 0);
    }
    if (changes) cycles += 2;
    const auto operand = [&] { return s.read(address); };

    if (name == "jam") return {2, true, s.devices, name};
    if (name == "lda") {
        r.a = s.nz(operand());
    } else if (name == "ldx") {
        r.x = s.nz(operand());
    } else if (name == "ldy") {
        r.y = s.nz(operand());
    } else if (name == "lax") {
        r.a = r.x = s.nz(operand());
    } else if (name == "las") {
        r.a = r.x = r.sp = s.nz(r.sp & operand());
    } else if (name == "sta") {
        s.write(address, r.a);
    } else if (name == "stx") {
        s.write(address, r.x);
    } else if (name == "sty") {
        s.write(address, r.y);
    } else if (name == "sax") {
        s.write(address, r.a & r.x);
    } else if (name == "sha" || name == "shx" || name == "shy" || name == "shs") {
        const auto mask = static_cast<uint8_t>((address >> 8) + 1);
        if (name == "shs") r.sp = r.a & r.x;
        const uint8_t value = name == "shx" ? r.x : name == "shy" ? r.y : r.a & r.x;
        s.write(address, value & mask);
    } else if (name == "and") {
        r.a = s.nz(r.a & operand());
    } else if (name == "ora") {
        r.a = s.nz(r.a | operand());
    } else if (name == "eor") {
        r.a = s.nz(r.a ^ operand());
    } else if (name == "bit") {
        const uint8_t value = operand();
        s.set(Z, (r.a & value) == 0);
        s.set(N, value & 0x80);
        s.set(V, value & 0x40);
    } else if (name == "adc") {
        s.adc(operand());
    } else if (name == "sbc") {
        s.sbc(operand());
    } else if (name == "cmp") {
        s.compare(r.a, operand());
    } else if (name == "cpx") {
        s.compare(r.x, operand());
    } else if (name == "cpy") {
        s.compare(r.y, operand());
    } else if (name == "anc") {
        r.a = s.nz(r.a & operand());
        s.set(C, r.a & 0x80);
    } else if (name == "alr") {
        r.a = s.shifted("lsr", r.a & operand());
    } else if (name == "arr") {
        s.arr(operand());
    } else if (name == "ane") {
        r.a = s.nz((r.a | 0xEE) & r.x & operand());
    } else if (name == "lxa") {
        r.a = r.x = s.nz((r.a | 0xEE) & operand());
    } else if (name == "sbx") {
        const uint8_t both = r.a & r.x, value = operand();
        s.set(C, both >= value);
        r.x = s.nz(static_cast<uint8_t>(both - value));
    } else if (changes) {
        const uint8_t value = operand();
        if (name == "inc" || name == "isc" || name == "dec" || name == "dcp") {
            const auto result = static_cast<uint8_t>(name[0] == 'i' ? value + 1 : value - 1);
            s.write(address, result);
            if (name == "isc") {
                s.sbc(result);
            } else if (name == "dcp") {
                s.compare(r.a, result);
            } else {
                s.nz(result);
            }
        } else {
            const std::string shift = name == "slo"   ? "asl"
                                      : name == "rla" ? "rol"
                                      : name == "sre" ? "lsr"
                                      : name == "rra" ? "ror"
                                                      : name;
            const uint8_t result = s.shifted(shift, value);
            s.write(address, result);
            if (name == "slo") r.a = s.nz(r.a | result);
            if (name == "rla") r.a = s.nz(r.a & result);
            if (name == "sre") r.a = s.nz(r.a ^ result);
            if (name == "rra") s.adc(result);
        }
    } else if (mode == "acc") {
        r.a = s.shifted(name, r.a);
    } else if (mode == "rel") {
        const auto distance = static_cast<int8_t>(s.next());
        const uint8_t flag = name == "bpl" || name == "bmi"   ? N
                             : name == "bvc" || name == "bvs" ? V
                             : name == "bcc" || name == "bcs" ? C
                                                              : Z;
        const bool wanted = one_of(name, "bmi bvs bcs beq");
        if (s.has(flag) == wanted) {
            const auto target = static_cast<uint16_t>(r.pc + distance);
            cycles += (target ^ r.pc) & 0xFF00 ? 2 : 1;
            r.pc = target;
        }
    } else if (name == "jmp") {
        if (mode == "ind") {
            const uint8_t low = s.next(), high = s.next();
            const auto pointer = static_cast<uint16_t>(low | high << 8);
            const auto second = static_cast<uint16_t>((pointer & 0xFF00) | ((pointer + 1) & 0xFF));
            const uint8_t to_low = s.read(pointer);
            r.pc = static_cast<uint16_t>(to_low | s.read(second) << 8);
            cycles = 5;
        } else {
            r.pc = address;
            cycles = 3;
        }
    } else if (name == "jsr") {
        const uint8_t low = s.next();
        s.push(static_cast<uint8_t>(r.pc >> 8));
        s.push(static_cast<uint8_t>(r.pc));
        r.pc = static_cast<uint16_t>(low | s.read(r.pc) << 8);
        cycles = 6;
    } else if (name == "rts") {
        const uint8_t low = s.pull();
        r.pc = static_cast<uint16_t>((low | s.pull() << 8) + 1);
        cycles = 6;
    } else if (name == "rti") {
        r.p = static_cast<uint8_t>(s.pull() | B | One);
        const uint8_t low = s.pull();
        r.pc = static_cast<uint16_t>(low | s.pull() << 8);
        cycles = 6;
    } else if (name == "brk") {
        ++r.pc;
        s.push(static_cast<uint8_t>(r.pc >> 8));
        s.push(static_cast<uint8_t>(r.pc));
        s.push(r.p | B | One);
        s.set(I, true);
        const uint8_t low = s.read(0xFFFE);
        r.pc = static_cast<uint16_t>(low | s.read(0xFFFF) << 8);
        cycles = 7;
    } else if (name == "pha" || name == "php") {
        s.push(name == "pha" ? r.a : static_cast<uint8_t>(r.p | B | One));
        cycles = 3;
    } else if (name == "pla") {
        r.a = s.nz(s.pull());
        cycles = 4;
    } else if (name == "plp") {
        r.p = static_cast<uint8_t>(s.pull() | B | One);
        cycles = 4;
    } else if (name == "nop") {
        if (mode != "imp") operand();
    } else if (name == "tax" || name == "tay" || name == "tsx") {
        uint8_t& to = name == "tay" ? r.y : r.x;
        to = s.nz(name == "tsx" ? r.sp : r.a);
    } else if (name == "txa" || name == "tya") {
        r.a = s.nz(name == "txa" ? r.x : r.y);
    } else if (name == "txs") {
        r.sp = r.x;
    } else if (name == "inx" || name == "dex") {
        r.x = s.nz(static_cast<uint8_t>(r.x + (name == "inx" ? 1 : -1)));
    } else if (name == "iny" || name == "dey") {
        r.y = s.nz(static_cast<uint8_t>(r.y + (name == "iny" ? 1 : -1)));
    } else {
        const uint8_t flag = name[2] == 'c' ? C : name[2] == 'd' ? D : name[2] == 'i' ? I : V;
        s.set(flag, name[0] == 's');
    }
    return {cycles, false, s.devices, name};
}

}  // namespace reference
