static void ts_take_start(void *totals, int32_t count)
{
    ts_total *const to = (ts_total *)totals;
    for (int32_t i = 0; i < count; i++) {
        to[i] = 0;
    }
}
