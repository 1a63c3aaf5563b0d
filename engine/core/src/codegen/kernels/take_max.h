/* The largest codes so far. */
static void ts_take_max(const int8_t *in, int8_t *largest, int32_t channels, int32_t pixels)
{
    for (; pixels > 0; pixels--, in += channels) {
        for (int32_t c = 0; c < channels; c++) {
            largest[c] = (int8_t)ts_max(largest[c], in[c]);
        }
    }
}

static void ts_take_max_start(int8_t *largest, int32_t channels)
{
    for (int32_t c = 0; c < channels; c++) {
        largest[c] = -128;
    }
}

static void ts_finish_max(const int8_t *largest, int8_t *out, int32_t channels, int32_t min, int32_t max)
{
    for (int32_t c = 0; c < channels; c++) {
        out[c] = (int8_t)ts_clamp(largest[c], min, max);
    }
}
