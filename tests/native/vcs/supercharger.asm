; A program for the Supercharger, one part of two. It shows what it was started with, draws, and after 40 frames asks for
; the other part. With `writes` set it writes to the cartridge's RAM in many ways: an access to $F0nn holds nn, and what is
; accessed as the fifth different address after it takes the byte - whichever access of the real processor that is.
; supercharger_game.h holds it assembled (dasm supercharger.asm -f3 -osupercharger.bin).

        processor 6502
VSYNC   = $00
VBLANK  = $01
WSYNC   = $02
COLUP0  = $06
COLUPF  = $08
COLUBK  = $09
PF1     = $0e
PF2     = $0f
RESP0   = $10
GRP0    = $1b
INTIM   = $0284
TIM64T  = $0296
RAM     = $b0

        org $f100
start   sei
        cld
        sta $90                 ; what the loader leaves
        stx $91
        sty $92
        tsx
        stx $93
        php
        pla
        sta $94
        ldx #$ff
        txs
        lda #0
        sta $95                 ; frames
frame   lda #2
        sta VSYNC
        sta VBLANK
        sta WSYNC
        sta WSYNC
        sta WSYNC
        lda #0
        sta VSYNC
        lda #43
        sta TIM64T
        inc $95
        lda params+3
        beq show
        jsr write
show    lda params+2
        sta COLUBK
        lda $95
        sta COLUPF
        sta PF1
        asl
        sta PF2
        lda #$84
        sta COLUP0
wait    lda INTIM
        bne wait
        sta WSYNC
        sta VBLANK
        sta RESP0
        ldx #192
line    sta WSYNC
        lda table,x
        sta COLUBK
        txa
        sta GRP0
        dex
        bne line
        lda #2
        sta VBLANK
        lda #35
        sta TIM64T
over    lda INTIM
        bne over
        lda $95
        cmp #40
        beq ask
        jmp frame
ask     lda params+1
        sta $fa
        cmp $f000               ; configuration 0: bank 2 below the loader
        cmp $fff8
        jmp $f800

write   lda $95
        eor #$5a
        tax
        lda $95
        and #31
        tay
        cmp $f000,x
        nop
        cmp table,y             ; read
        lda table,y
        sta $98
        lda #<table
        sta $9a
        lda #>table
        sta $9b
        inx
        cmp $f000,x
        cmp ($9a),y             ; through a pointer
        lda table,y
        sta $99
        inx
        cmp $f000,x
        nop
        sta table+40            ; written
        lda table+40
        sta $9c
        ldy #$40
        inx
        cmp $f000,x
        cmp table-16,y          ; fourth: not
        inx
        cmp $f000,x
        cmp table-$20,y         ; into the next page: the fourth comes to nothing, this is the fifth
        lda table+32
        sta $9d
        inx
        cmp $f000,x
        sta $e7
        lda #$11                ; its own operand is the fifth
        sta $9e
        ldx #second-first-1
copy1   lda first,x
        sta RAM,x
        dex
        bpl copy1
        ldx $95
        jsr RAM
        ldy #end-second-1
copy2   lda second,y
        sta RAM,y
        dey
        bpl copy2
        ldy #$30
        jmp RAM

; These run in the console's RAM: fetches are counted and not written.
first   ldy #$30
        inx
        cmp $f000,x
        cmp ($9a,x)
        inx
        cmp $f000,x
        pha
        pla
        cmp table+50
        inx
        cmp $f000,x
        lda $80,x
        cmp table+51
        inx
        cmp $f000,x
        bne *+2
        cmp table+52
        rts
second  inx
        cmp $f000,x
        sta table-$20+4,y
        lda table+20
        sta $9f
        inx
        cmp $f000,x
        inc table+60
        cmp table+61
        lda table+61
        sta $a0
        inx
        cmp $f000,x
        inc table-$20+6,x
        lda #<(third-second+RAM)
        sta $a2
        lda #0
        sta $a3
        inx
        cmp $f000,x
        jmp ($a2)
third   nop
        cmp $f060               ; hold RTS
        jmp patch               ; the fetch of patch is the fourth, the byte behind it the fifth
end

        org $f2fc
params  ds 4, 0                 ; number of this part, of the next, colour, whether it writes
table   ds 256, 0

        org $f480
patch   nop
        lda #$77                ; its opcode becomes RTS
        sta $a1
        rts
