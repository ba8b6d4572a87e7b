; Bricks: FastDqn's own game for the Atari 2600 (4K, NTSC, joystick in the left port).
;
; A wall of 6 x 18 bricks, a ball and a paddle. Left and right move the paddle, fire serves (a ball that is
; not served within two seconds serves itself, so a game always ends). The RESET switch starts a game at any
; time. Five balls. A brick gives, by its row from the bottom, 1 1 4 4 7 7 points: 432 a wall; a cleared wall
; is built again. The ball gets faster after 8 and after 20 returns, and when it first reaches the two upper
; rows. Where the ball meets the paddle decides its angle. Left difficulty A halves the paddle from 32 to 16
; colour clocks. Nothing flickers: every object is drawn on every frame.
;
; For programs that watch the game, the state in RAM:
;   $80 ScoreHi    score in BCD, thousands and hundreds
;   $81 ScoreLo    score in BCD, tens and ones; the score stops at 9999
;   $82 Lives      balls left, the one in play included: 5..1, and 0 when the game is over
;   $83 GameOver   1 while no game is on (after power-up and after the last ball), else 0
;   $84 Phase      0 the ball waits to be served, 1 it is in play
;   $85 PaddleX    left edge of the paddle, 8..120 (8..136 when it is narrow)
;   $86 BallX      left edge of the ball, 8..148 ($87: its fraction in 1/256)
;   $88 BallY      upper edge of the ball in lines of the picture, 26..184 ($89: its fraction)
;   $8A BallDX     signed 8.8 speed to the right a frame, high byte first
;   $8C BallDY     signed 8.8 speed downwards a frame, high byte first
;   $8E Level      speed level 0..2
;   $8F Returns    returns of this ball by the paddle, stops at 255
;   $90 BricksLeft bricks left in the wall, 108..0
;
; The picture (262 lines: 3 VSYNC, 37 VBLANK, 192 visible, 30 overscan), in visible lines:
;   4-11 score and balls left, 18-25 upper border, 42-89 wall (six rows of 8), 168-171 paddle, 184 end of the court
; The side walls are missiles 0 and 1 (the playfield on the paddle's lines), the paddle is player 0, the ball player 1.
;
; Assemble with: dasm bricks.asm -f3 -obricks.bin

        processor 6502

; TIA, write
VSYNC   = $00
VBLANK  = $01
WSYNC   = $02
NUSIZ0  = $04
NUSIZ1  = $05
COLUP0  = $06
COLUP1  = $07
COLUPF  = $08
COLUBK  = $09
CTRLPF  = $0A
PF0     = $0D
PF1     = $0E
PF2     = $0F
RESP0   = $10
AUDC0   = $15
AUDF0   = $17
AUDV0   = $19
GRP0    = $1B
GRP1    = $1C
ENAM0   = $1D
ENAM1   = $1E
HMP0    = $20
VDELP0  = $25
VDELP1  = $26
HMOVE   = $2A
HMCLR   = $2B
; TIA, read
INPT4   = $3C
; RIOT
SWCHA   = $280
SWCHB   = $282
INTIM   = $284
TIM64T  = $296

; The court, in colour clocks and visible lines
LEFT    = 8             ; first clock inside the side walls
RIGHT   = 152           ; first clock of the right wall
TOP     = 26            ; first line under the upper border
WALLTOP = 42
ROWS    = 6
ROWH    = 8             ; one dark line, then seven of bricks
WALLEND = WALLTOP + ROWS * ROWH
PADTOP  = 168
PADH    = 4
COURTEND = 184
BALLW   = 4
BALLH   = 4
SERVEY  = 100
LOSTY   = 180           ; a ball whose upper edge is here is lost
HIDDEN  = 250           ; BallY that never meets a line

PADSPEED = 3
WIDE    = 32
NARROW  = 16
WAITFRAMES = 120
LIVES   = 5

WALLCOL = $0A
PADCOL  = $4A
TEXTCOL = $0C

        SEG.U ram
        ORG $80
ScoreHi     ds 1
ScoreLo     ds 1
Lives       ds 1
GameOver    ds 1
Phase       ds 1
PaddleX     ds 1
BallX       ds 2        ; integer, fraction
BallY       ds 2
BallDX      ds 2        ; high, low
BallDY      ds 2
Level       ds 1
Returns     ds 1
BricksLeft  ds 1
Seed        ds 1        ; 8-bit shift register, never 0
ServeTimer  ds 1
SoundTimer  ds 1
PaddleW     ds 1
PaddleGfx   ds 1
TestX       ds 1
TestY       ds 1
Row         ds 1
RowLines    ds 1
Count       ds 1
Temp        ds 1
Wall        ds 36       ; six playfield registers of the left and right half, six rows each
Digits      ds 12       ; pointers to the glyphs of the score line

        SEG code
        ORG $F000

Start
        sei
        cld
        ldx #0
        txa
.clear  dex
        txs
        pha             ; writes through $FF..$00: RAM and TIA
        bne .clear
        lda INTIM       ; power-up leaves the timer anywhere: serves differ
        ora #1
        sta Seed
        lda #1
        sta GameOver
        lda #HIDDEN
        sta BallY
        lda #64
        sta PaddleX
        jsr BuildWall

; One frame
Frame
        lda #2
        sta VBLANK
        sta WSYNC
        sta VSYNC
        sta WSYNC
        sta WSYNC
        lda #44         ; runs out in the 37th line
        sta WSYNC
        sta TIM64T
        lda #0
        sta VSYNC
        jsr Prepare
.vblank lda INTIM
        bne .vblank
        sta WSYNC
        sta VBLANK      ; A is 0
        jsr Picture
        lda #2
        sta VBLANK
        lda #34         ; runs out in the 29th line
        sta TIM64T
        jsr Play
        jsr Sound
.overscan
        lda INTIM
        bne .overscan
        sta WSYNC
        jmp Frame

; ---------------------------------------------------------------------------------------------------------
; VBLANK: pointers of the score line, positions of what the score line and the walls need

Prepare
        lda ScoreHi
        ldx #0
        jsr TwoDigits
        lda ScoreLo
        ldx #4
        jsr TwoDigits
        lda #<Blank
        sta Digits+8
        lda Lives
        asl
        asl
        asl
        clc
        adc #<Font
        sta Digits+10
        lda #>Font
        ldx #10
.high   sta Digits+1,x
        dex
        dex
        bpl .high

        lda #$FF        ; paddle: player 0 drawn four wide, eight bits
        ldx #WIDE
        bit SWCHB       ; left difficulty A: four bits
        bvc .wide
        lda #$F0
        ldx #NARROW
.wide   sta PaddleGfx
        stx PaddleW

        lda #63
        ldx #0
        jsr SetX
        lda #71
        ldx #1
        jsr SetX
        lda #LEFT-8+1   ; missiles lie one clock left of players
        ldx #2
        jsr SetX
        lda #RIGHT+1
        ldx #3
        jsr SetX
        sta WSYNC
        sta HMOVE
        lda #TEXTCOL
        sta COLUP0
        sta COLUP1
        lda #3          ; three copies, close
        sta NUSIZ0
        sta NUSIZ1
        sta VDELP0
        sta VDELP1
        lda #0
        sta COLUBK
        sta CTRLPF
        sta HMCLR
        rts

; Glyph pointers of the two BCD digits in A at Digits+X and Digits+X+2
TwoDigits
        pha
        and #$F0
        lsr             ; high digit x 8
        clc
        adc #<Font
        sta Digits,x
        pla
        and #$0F
        asl
        asl
        asl
        adc #<Font      ; carry is clear
        sta Digits+2,x
        rts

; Puts object X (0, 1 players, 2, 3 missiles) at colour clock A; takes the rest of this line and all of the next
SetX
        sec
        sta WSYNC
.divide sbc #15
        bcs .divide
        eor #7
        asl
        asl
        asl
        asl
        sta.wx HMP0,x
        sta RESP0,x
        sta WSYNC
        rts

; ---------------------------------------------------------------------------------------------------------
; The 192 visible lines; called at the start of line 0

Picture
        ldx #3
.space0 sta WSYNC
        dex
        bne .space0

        ldy #7
.score  sty Count
        lda (Digits),y
        sta WSYNC
        sta GRP0        ; 3
        lda (Digits+2),y
        sta GRP1        ; 11
        lda (Digits+4),y
        sta GRP0        ; 19
        lda (Digits+6),y
        sta Temp        ; 27
        lda (Digits+8),y
        tax             ; 34
        lda (Digits+10),y
        tay             ; 41
        lda Temp
        sta GRP1        ; 47
        stx GRP0        ; 50
        sty GRP1        ; 53
        sta GRP0        ; 56
        ldy Count
        dey
        bpl .score
        lda #0
        sta WSYNC
        sta GRP0
        sta GRP1
        sta GRP0
        sta VDELP0
        sta VDELP1
        ldx PaddleX     ; a player four times as wide starts a clock later
        dex
        txa
        ldx #0
        jsr SetX
        lda BallX
        ldx #1
        jsr SetX
        sta WSYNC
        sta HMOVE
        lda #$37        ; player 0 four times as wide, missile 8 wide
        sta NUSIZ0
        lda #$30
        sta NUSIZ1
        lda #WALLCOL
        sta COLUP0
        sta COLUP1
        sta COLUPF
        sta WSYNC
        sta HMCLR

        lda #$FF        ; lines 18-25: upper border
        sta PF0
        sta PF1
        sta PF2
        lda #2          ; side walls
        sta ENAM0
        sta ENAM1
        ldx #8
.border sta WSYNC
        dex
        bne .border

        lda #0          ; line 26
        sta PF0
        sta PF1
        sta PF2
        lda #TOP+1
        sec
        sbc BallY       ; Y: line of the picture seen from the ball's upper edge
        tay
        ldx #WALLTOP-TOP-1
.under  lda BallRow,y
        sta WSYNC
        sta GRP1
        iny
        dex
        bne .under
        lda BallRow,y
        jmp .row

        ALIGN 256       ; branches below must not cross a page
.row                    ; X is 0 here: the first row
        sta WSYNC
        sta GRP1        ; 3
        lda #0
        sta PF0         ; 8
        sta PF1         ; 11
        sta PF2         ; 14
        lda RowColour,x
        sta COLUPF      ; 21
        lda #ROWH-1
        sta RowLines
        iny
        lda BallRow,y
.brick  sta WSYNC
        sta GRP1        ; 3
        lda Wall,x
        sta PF0         ; 10
        lda Wall+6,x
        sta PF1         ; 17
        lda Wall+12,x
        sta PF2         ; 24
        lda Wall+18,x
        sta PF0         ; 31: the left half of PF0 is drawn until 28
        iny
        nop
        nop
        lda Wall+24,x
        sta PF1         ; 44: left half drawn until 39
        lda Wall+30,x
        sta PF2         ; 51: left half drawn until 49
        lda BallRow,y
        dec RowLines
        bne .brick
        inx
        cpx #ROWS
        bne .row

        sta WSYNC       ; first line under the wall
        sta GRP1
        lda #0
        sta PF0
        sta PF1
        sta PF2
        lda #WALLCOL
        sta COLUPF
        lda #5          ; reflected, playfield over players
        sta CTRLPF
        iny
        ldx #PADTOP-WALLEND-1
.court  lda BallRow,y
        sta WSYNC
        sta GRP1
        iny
        dex
        bne .court

        lda BallRow,y   ; first line of the paddle
        sta WSYNC
        sta GRP1        ; 3
        lda PaddleGfx
        sta GRP0        ; 9
        lda #PADCOL
        sta COLUP0      ; 14
        lda #$30        ; the side walls, since missile 0 has the paddle's colour here
        sta PF0         ; 19
        iny
        ldx #PADH-1
.paddle lda BallRow,y
        sta WSYNC
        sta GRP1
        iny
        dex
        bne .paddle

        lda BallRow,y
        sta WSYNC
        sta GRP1        ; 3
        lda #0
        sta GRP0        ; 8
        sta PF0         ; 11
        lda #WALLCOL
        sta COLUP0      ; 16
        iny
        ldx #COURTEND-PADTOP-PADH-1
.below  lda BallRow,y
        sta WSYNC
        sta GRP1
        iny
        dex
        bne .below

        lda #0
        sta WSYNC       ; line 184
        sta GRP1
        sta ENAM0
        sta ENAM1
        ldx #8
.space1 sta WSYNC
        dex
        bne .space1
        rts

; ---------------------------------------------------------------------------------------------------------
; Overscan: one step of the game

Play
        lda Seed
        asl
        bcc .seeded
        eor #$1D
.seeded sta Seed
        lda SWCHB
        lsr
        bcs .noReset
        jmp NewGame
.noReset
        lda GameOver
        bne .stay       ; between games only the switch for its width moves the paddle

        lda SWCHA       ; joystick: a bit is 0 while it is pushed
        bmi .noRight
        lda PaddleX
        clc
        adc #PADSPEED
        sta PaddleX
.noRight
        bit SWCHA
        bvs .noLeft
        lda PaddleX
        sec
        sbc #PADSPEED
        sta PaddleX
.noLeft
.stay   lda PaddleX
        cmp #LEFT
        bcs .notFarLeft
        lda #LEFT
        sta PaddleX
.notFarLeft
        lda #RIGHT
        sec
        sbc PaddleW
        cmp PaddleX
        bcs .notFarRight
        sta PaddleX
.notFarRight
        lda GameOver
        beq .on
        rts
.on     lda Phase
        bne .move
        bit INPT4
        bpl .serve
        dec ServeTimer
        beq .serve
        rts
.serve  lda #1
        sta Phase
        rts

; Sideways: side walls, then the side of a brick
.move   lda BallX+1
        clc
        adc BallDX+1
        sta BallX+1
        lda BallX
        adc BallDX
        sta BallX
        cmp #LEFT
        bcs .notLeftWall
        lda #LEFT
        bne .sideWall
.notLeftWall
        cmp #RIGHT-BALLW+1
        bcc .sideBrick
        lda #RIGHT-BALLW
.sideWall
        sta BallX
        jsr TurnX
        lda #20
        jsr Beep
        jmp .vertical
.sideBrick
        bit BallDX      ; N: moves left
        bmi .leading
        clc
        adc #BALLW-1
.leading
        sta TestX
        lda BallY
        clc
        adc #BALLH/2
        sta TestY
        jsr HitBrick
        bcc .vertical
        jsr TurnX

; Up and down: upper border, a brick, the paddle, the end of the court
.vertical
        lda BallY+1
        clc
        adc BallDY+1
        sta BallY+1
        lda BallY
        adc BallDY
        sta BallY
        cmp #TOP
        bcs .notTop
        lda #TOP
        sta BallY
        jsr TurnY
        lda #20
        jsr Beep
        jmp .rebuild
.notTop bit BallDY      ; N: moves up
        bmi .upper
        clc
        adc #BALLH-1
.upper  sta TestY
        lda BallX
        clc
        adc #BALLW/2
        sta TestX
        jsr HitBrick
        bcc .noBrick
        jsr TurnY
        jmp .rebuild
.noBrick
        bit BallDY
        bmi .rebuild
        lda BallY
        cmp #LOSTY
        bcs .lost
        cmp #PADTOP-BALLH+1
        bcc .rebuild
        cmp #PADTOP+2
        bcs .rebuild
        lda BallX       ; 0..W+2 where the ball touches the paddle
        clc
        adc #BALLW-1
        sec
        sbc PaddleX
        bcc .rebuild
        ldx PaddleW
        cpx #WIDE
        beq .angle
        asl             ; the narrow paddle has the angles of the wide one
        bcs .rebuild
.angle  cmp #WIDE+BALLW-1
        bcs .rebuild
        tay
        ldx AngleOf,y
        cpx #3          ; the middle keeps the angle
        beq .bounce
        lda AngleHi,x
        sta BallDX
        lda AngleLo,x
        sta BallDX+1
.bounce lda #PADTOP-BALLH
        sta BallY
        inc Returns
        bne .counted
        dec Returns
.counted
        ldx #0
        lda Returns
        cmp #8
        bcc .level
        inx
        cmp #20
        bcc .level
        inx
.level  cpx Level
        bcc .slower
        stx Level
.slower ldx Level
        lda #0          ; upwards
        sec
        sbc SpeedLo,x
        sta BallDY+1
        lda #0
        sbc SpeedHi,x
        sta BallDY
        lda #12
        jsr Beep
.rebuild
        lda BricksLeft
        bne .done
        lda BallY
        cmp #WALLEND+2
        bcc .done
        jsr BuildWall
.done   rts

.lost   lda #28
        jsr Beep
        dec Lives
        bne Ready
        lda #1
        sta GameOver
        lda #0
        sta Phase
        lda #HIDDEN
        sta BallY
        rts

NewGame
        lda #0
        sta ScoreHi
        sta ScoreLo
        sta GameOver
        lda #LIVES
        sta Lives
        lda #64
        sta PaddleX
        jsr BuildWall
; Puts a ball under the wall, waiting for the serve
Ready
        lda #0
        sta Phase
        sta Level
        sta Returns
        sta BallX+1
        sta BallY+1
        lda #WAITFRAMES
        sta ServeTimer
        lda #SERVEY
        sta BallY
        lda Seed
        and #$7F
        clc
        adc #16
        sta BallX
        lda SpeedHi
        sta BallDY
        lda SpeedLo
        sta BallDY+1
        ldx #2
        bit Seed
        bmi .toLeft
        ldx #4
.toLeft lda AngleHi,x
        sta BallDX
        lda AngleLo,x
        sta BallDX+1
        rts

TurnX
        lda #0
        sec
        sbc BallDX+1
        sta BallDX+1
        lda #0
        sbc BallDX
        sta BallDX
        rts

TurnY
        lda #0
        sec
        sbc BallDY+1
        sta BallDY+1
        lda #0
        sbc BallDY
        sta BallDY
        rts

BuildWall
        ldx #ROWS-1
.build  lda #$C0        ; the two outer clocks of the playfield are the side walls'
        sta Wall,x
        lda #$FF
        sta Wall+6,x
        sta Wall+12,x
        sta Wall+24,x
        lda #$F0
        sta Wall+18,x
        lda #$3F
        sta Wall+30,x
        dex
        bpl .build
        lda #ROWS*18
        sta BricksLeft
        rts

; Takes the brick at TestX, TestY out of the wall: carry set if there was one
HitBrick
        lda TestY
        sec
        sbc #WALLTOP
        bcc .none
        cmp #ROWS*ROWH
        bcs .none
        lsr
        lsr
        lsr
        sta Row
        lda TestX
        sec
        sbc #LEFT
        bcc .none
        cmp #RIGHT-LEFT
        bcs .none
        lsr
        lsr
        lsr
        tay
        lda BrickByte,y
        clc
        adc Row
        tax
        lda Wall,x
        and BrickMask,y
        beq .none
        eor Wall,x
        sta Wall,x
        dec BricksLeft
        ldx Row
        cpx #2
        bcs .lower
        lda Level       ; the upper rows: at least level 1
        bne .lower
        inc Level
.lower  sed
        lda ScoreLo
        clc
        adc Points,x
        sta ScoreLo
        lda ScoreHi
        adc #0
        sta ScoreHi
        cld
        bcc .scored
        lda #$99
        sta ScoreHi
        sta ScoreLo
.scored lda BrickTone,x
        jsr Beep
        sec
        rts
.none   clc
        rts

Beep
        sta AUDF0
        lda #4
        sta AUDC0
        lda #5
        sta SoundTimer
        rts

Sound
        ldx SoundTimer
        beq .quiet
        dec SoundTimer
        ldx #6
.quiet  stx AUDV0
        rts

; ---------------------------------------------------------------------------------------------------------
; Tables

RowColour   dc.b $48, $38, $28, $1A, $C8, $88
Points      dc.b $07, $07, $04, $04, $01, $01
BrickTone   dc.b 6, 7, 8, 9, 10, 11
SpeedHi     dc.b $01, $02, $02
SpeedLo     dc.b $80, $00, $80
; Where the ball touches the paddle (0..34) -> angle
AngleOf     dc.b 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6
AngleHi     dc.b $FE, $FE, $FF, $00, $00, $01, $01
AngleLo     dc.b $80, $F0, $60, $00, $A0, $10, $80

; Brick column -> playfield register (x 6 rows) and the two bits that draw it
BrickByte   dc.b 0, 6, 6, 6, 6, 12, 12, 12, 12, 18, 18, 24, 24, 24, 24, 30, 30, 30
BrickMask   dc.b $C0, $C0, $30, $0C, $03, $03, $0C, $30, $C0, $30, $C0, $C0, $30, $0C, $03, $03, $0C, $30

        ALIGN 256
BallRow                 ; graphics of the ball by line from its upper edge
        dc.b $F0, $F0, $F0, $F0
        ds 252, 0

        ALIGN 256
Font                    ; upside down
        dc.b %00111100, %01100110, %01100110, %01100110, %01100110, %01100110, %01100110, %00111100
        dc.b %01111110, %00011000, %00011000, %00011000, %00011000, %00011000, %00111000, %00011000
        dc.b %01111110, %01100000, %01100000, %00111100, %00000110, %00000110, %01000110, %00111100
        dc.b %00111100, %01000110, %00000110, %00000110, %00011100, %00000110, %01000110, %00111100
        dc.b %00001100, %00001100, %00001100, %01111110, %01001100, %01001100, %00101100, %00011100
        dc.b %01111100, %01000110, %00000110, %00000110, %01111100, %01100000, %01100000, %01111110
        dc.b %00111100, %01100110, %01100110, %01100110, %01111100, %01100000, %01100010, %00111100
        dc.b %00011000, %00011000, %00011000, %00011000, %00001100, %00000110, %01000010, %01111110
        dc.b %00111100, %01100110, %01100110, %00111100, %00111100, %01100110, %01100110, %00111100
        dc.b %00111100, %01000110, %00000110, %00111110, %01100110, %01100110, %01100110, %00111100
Blank   ds 8, 0

        ORG $FFFA
        .word Start, Start, Start
