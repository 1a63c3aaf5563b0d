/* Depthwise convolution in planes where every call has the same columns, so that widths, padding and offsets are
   constants. A plane row of each of the four channels lies beside the others'; two pixels are a word. The padding is
   cleared once and never written. Weights of 3x3, four channels together: eight of each channel, then the ninths;
   others by channel. */
#if TS_DSP && defined(__OPTIMIZE__)
#define TS_BLOCKS 1
#else
/* Without optimisation a compiler keeps a register that the blocks need. */
#define TS_BLOCKS 0
#endif

#if TS_DSP
/* Two pixels of four channels into their rows. */
TS_INLINE void ts_fill_pair(uint32_t a, uint32_t b, uint32_t less, ts_half *to, int32_t pitch)
{
    const uint32_t low = ts_low_halves(a, b), high = ts_high_halves(a, b);
    *(ts_word *)(void *)to = ts_sxtab16(less, low);
    *(ts_word *)(void *)(to + pitch) = ts_sxtab16_odd(less, low);
    *(ts_word *)(void *)(to + 2 * pitch) = ts_sxtab16(less, high);
    *(ts_word *)(void *)(to + 3 * pitch) = ts_sxtab16_odd(less, high);
}
#endif

/* `filled` pixels of four channels behind `before` pixels of padding. */
TS_INLINE void ts_fill_quad(const int8_t *in, ts_half *to, int32_t channels, int32_t before, int32_t filled,
                            int32_t zero_point, int32_t pitch)
{
#if TS_DSP
    const uint32_t zero = ((uint32_t)zero_point & 0xffu) * 0x1010101u;
    uint32_t less = ((uint32_t)-zero_point & 0xffffu) * 0x10001u;
    /* Stays in its register: a compiler that knows its value makes it again and again. */
    __asm__("" : "+r"(less));
    const int32_t rest = filled - (before & 1);
    to += before & ~1;
    if ((before & 1) != 0) {
        ts_fill_pair(zero, ts_load(in), less, to, pitch);
        in += channels, to += 2;
    }
    if (rest < 8) {
        for (int32_t n = 1; n <= 3; n++) {
            if (rest >= 2 * n) {
                ts_fill_pair(ts_load(in), ts_load(in + channels), less, to, pitch);
                in += 2 * channels, to += 2;
            }
        }
    } else {
        for (const int8_t *const end = in + (rest & ~1) * channels; in != end; in += 2 * channels, to += 2) {
            ts_fill_pair(ts_load(in), ts_load(in + channels), less, to, pitch);
        }
    }
    if ((rest & 1) != 0) {
        ts_fill_pair(ts_load(in), zero, less, to, pitch);
    }
#else
    to += before;
    for (int32_t x = 0; x < filled; x++, in += channels, to++) {
        for (int32_t lane = 0; lane < 4; lane++) {
            to[lane * pitch] = (ts_half)(in[lane] - zero_point);
        }
    }
#endif
}

/* Whole rows of all four channels towards the beginning of the planes; `halves` is a multiple of eight. */
TS_INLINE void ts_move_rows(ts_half *to, const ts_half *from, int32_t halves)
{
#if TS_DSP
    const ts_half *const end = from + halves;
    /* The rows may overlap, but no four words are read after they are written. */
    while (from != end) {
        __asm__("ldmia %0!, {r3, r4, r5, r6}\n\tstmia %1!, {r3, r4, r5, r6}"
                : "+r"(from), "+r"(to)
                :
                : "r3", "r4", "r5", "r6", "memory");
    }
#else
    for (; halves > 0; halves--) {
        *to++ = *from++;
    }
#endif
}

#if TS_BLOCKS
/* The outputs of a channel that is exact among others that are not. */
static __attribute__((noinline, unused)) void ts_exact_codes(const int32_t *acc, int32_t count, int8_t *to,
                                                             int32_t channels, const ts_channel *channel,
                                                             const ts_range *range)
{
    for (; count > 0; count--, to += channels) {
        *to = ts_requantise_exactly(*acc++, -channel->multiplier, channel->last, range);
    }
}
#endif

/* Words of weights, by rows of the kernel: with stride 1 (w0 w1) (w1 w2) ..., with stride 2 (w0 w1) (w2 w3) ... (wk -).
   Without blocks they are halfwords, one to a tap. */
#if !TS_BLOCKS
TS_INLINE void ts_weights_placed(const int8_t *from, const uint8_t *places, int32_t count, int32_t rows, ts_word *to)
{
    ts_half *halves = (ts_half *)(void *)to;
    for (; rows > 0; rows--, from += count) {
        for (int32_t k = 0; k < count; k++) {
            *halves++ = from[places[k]];
        }
    }
}
#endif

/* One channel of 3x3. Eight weights lie as a0 b0 a1 b1 c0 c1 a2 b2 for the rows a, b, c. */
TS_INLINE void ts_weights_nine(const int8_t *eight, int32_t ninth, int32_t stride_w, ts_word *to)
{
#if TS_BLOCKS
    const uint32_t u = ts_load(eight), v = ts_load(eight + 4);
    const uint32_t a01 = ts_sxtb16(u), b01 = ts_sxtb16_odd(u), c0_a2 = ts_sxtb16(v), c1_b2 = ts_sxtb16_odd(v);
    to[0] = a01;
    to[1] = stride_w == 1 ? ts_high_halves(a01, c0_a2) : c0_a2 >> 16;
    to[2] = b01;
    to[3] = stride_w == 1 ? ts_high_halves(b01, c1_b2) : c1_b2 >> 16;
    to[4] = ts_low_halves(c0_a2, c1_b2);
    to[5] = stride_w == 1 ? ts_low_halves(c1_b2, (uint32_t)ninth) : (uint32_t)ninth;
#else
    static const uint8_t places[8] = {0, 2, 6, 1, 3, 7, 4, 5};
    ts_weights_placed(eight, places, 8, 1, to);
    ((ts_half *)(void *)to)[8] = (ts_half)ninth;
    (void)stride_w;
#endif
}

#if TS_BLOCKS
/* The first four weights of a row, which lie as 0 3 1 2: (w0 w1), (w3 w2). Returns the latter. */
TS_INLINE uint32_t ts_weights_four(const int8_t *from, int32_t stride_w, ts_word **to)
{
    const uint32_t u = ts_load(from), even = ts_sxtb16(u), odd = ts_sxtb16_odd(u);
    *(*to)++ = even;
    if (stride_w == 1) {
        *(*to)++ = ts_high_halves(even, odd);
    }
    *(*to)++ = odd >> 16 | odd << 16;
    return odd;
}
#endif

/* One channel of 5x5; a row lies as 0 3 1 2 4. */
TS_INLINE void ts_weights_fives(const int8_t *from, int32_t stride_w, ts_word *to)
{
#if TS_BLOCKS
    for (const int8_t *const end = from + 25; from != end; from += 5) {
        const uint32_t odd = ts_weights_four(from, stride_w, &to), last = (uint32_t)(int32_t)from[4];
        *to++ = stride_w == 1 ? ts_low_halves(odd, last) : last;
    }
#else
    static const uint8_t places[5] = {0, 2, 3, 1, 4};
    ts_weights_placed(from, places, 5, 5, to);
    (void)stride_w;
#endif
}

/* One channel of 7x7; a row lies as 0 3 1 2 4 6 5. */
TS_INLINE void ts_weights_sevens(const int8_t *from, int32_t stride_w, ts_word *to)
{
#if TS_BLOCKS
    for (const int8_t *const end = from + 49; from != end; from += 7) {
        const uint32_t odd = ts_weights_four(from, stride_w, &to);
        /* 2 4 6 5 */
        const uint32_t v = ts_load(from + 3), w26 = ts_sxtb16(v), w45 = ts_sxtb16_odd(v);
        if (stride_w == 1) {
            *to++ = ts_low_halves(odd, w45);
        }
        *to++ = w45;
        *to++ = stride_w == 1 ? ts_high_halves(w45, w26) : w26 >> 16;
    }
#else
    static const uint8_t places[7] = {0, 2, 3, 1, 4, 6, 5};
    ts_weights_placed(from, places, 7, 7, to);
    (void)stride_w;
#endif
}
