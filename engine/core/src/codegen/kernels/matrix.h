/* Matrix products: 1x1 convolutions, gathered convolutions and fully connected layers.

   `words` holds two output channels A, B at a time: their biases, the weights of pairs of taps (0, 2), (1, 3), (4, 6),
   ..., then what requantises them. Taps are padded with zeros to a multiple of four, eight at least; an odd last channel
   has a partner of zeros. The input's zero point is inside the biases.

   A weight word has the halfwords 256 * B + A of its two taps, so that a multiplication by the word as it is gives
   256 * sum(B) + sum(A), and one by its low bytes sum(A): one extension for two channels. B comes out, times 256, as the
   difference, exactly as long as its sum is below 2^23, which the generator proved. TS_EXACT has the two channels side by
   side in bytes instead. */
typedef struct {
    const uint32_t *words;
    int32_t taps, outputs;
    ts_range range;
    int8_t input_zero_point;
} ts_matrix;

/* The blocks that multiply; only cores with packed multiplications have them. */
typedef struct ts_blocks ts_blocks;

TS_INLINE int32_t ts_padded_taps(const ts_matrix *m) { return ts_max((m->taps + 3) / 4 * 4, 8); }

/* Words between a pair of channels and the next. */
TS_INLINE int32_t ts_pair_words(const ts_matrix *m) { return ts_padded_taps(m) / 2 + 6; }

/* Accumulator to code, of channel A (odd = 0) or B; `w` are the words behind the weights.
   Affine: M_A, c_A, M_B, c_B; the generator proved by all thresholds that the one rounding down gives the reference's
   codes. Rounded: M_A, the exponents less one of A and B in bytes, M_B, nothing. Exact: multiplier, shift, multiplier, shift. */
TS_INLINE int8_t ts_matrix_code(int32_t acc, const uint32_t *w, const ts_range *range, int form, int odd)
{
    if (form == TS_EXACT) {
        const int32_t v = ts_multiply(acc, (int32_t)w[2 * odd], (int32_t)w[2 * odd + 1]);
        return (int8_t)ts_clamp(ts_add(v, range->zero_point), range->min, range->max);
    } else if (form == TS_ROUNDED) {
        const int32_t less = (int32_t)(w[1] >> 8 * odd & 255u);
        const int32_t centre = (int32_t)((uint32_t)(2 * range->zero_point + 1) << less);
        const int32_t v = ts_smmlar((int32_t)((uint32_t)acc * 2u), (int32_t)w[2 * odd], centre) + (acc >> 31);
        return (int8_t)ts_saturate(v >> less >> 1);
    } else {
        const int64_t scaled = (int64_t)acc * (odd ? 256 : 1) * (int32_t)w[2 * odd];
        const int32_t v = (int32_t)(scaled >> 32) + (int32_t)w[2 * odd + 1];
        return (int8_t)ts_saturate(v >> (odd ? form + 8 : form));
    }
}

/* One output of one pixel whose taps are bytes: what runs without packed multiplications. */
TS_INLINE int8_t ts_matrix_output(const int8_t *in, const ts_matrix *m, int32_t n, int form)
{
    const int odd = (int)(n & 1);
    const uint32_t *const pair = m->words + (n >> 1) * ts_pair_words(m);
    int32_t acc = (int32_t)pair[odd];
    if (odd && form != TS_EXACT) {
        acc = (int32_t)((uint32_t)acc - pair[0]) / 256;
    }
    for (int32_t k = 0; k < m->taps; k++) {
        const uint32_t halves = pair[2 + (k >> 2) * 2 + (k & 1)] >> 8 * (k & 2);
        const int32_t low = (int8_t)(halves & 255u), high = (int8_t)(halves >> 8 & 255u);
        /* The byte of B is one less where A is negative. */
        acc = ts_add(acc, in[k] * (odd ? high + (form != TS_EXACT && low < 0) : low));
    }
    return ts_matrix_code(acc, pair + 2 + ts_padded_taps(m) / 2, &m->range, form, odd);
}
