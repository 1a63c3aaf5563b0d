/* Averages, rounded half away from zero. */
static void ts_finish_pool(const void *totals, int8_t *out, int32_t channels, int32_t count, int32_t min, int32_t max)
{
    const ts_total *const from = (const ts_total *)totals;
    for (int32_t c = 0; c < channels; c++) {
        const int32_t sum = from[c];
        const int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
        out[c] = (int8_t)ts_clamp(mean, min, max);
    }
}
