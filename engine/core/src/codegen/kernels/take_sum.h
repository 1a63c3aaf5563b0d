static void ts_take_sum(const int8_t *in, void *totals, int32_t channels, int32_t pixels)
{
    ts_total *const to = (ts_total *)totals;
    for (; pixels > 0; pixels--, in += channels) {
        for (int32_t c = 0; c < channels; c++) {
            to[c] = ts_add(to[c], in[c]);
        }
    }
}
