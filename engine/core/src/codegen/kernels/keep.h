/* Buffers that keep the last places of a map: as long as there is room they are filled from the start; when they are
   full, what is kept moves to the start. So what a pass reads lies as in the map, without a seam. */

/* The first place that is there when `there` places were written into a buffer of `places`. */
TS_INLINE int32_t ts_first(int32_t there, int32_t places) { return ts_max(there - places, 0); }

/* `count` bytes that begin `by` bytes behind `at`, to `at`. */
static void ts_move_down(int8_t *at, int32_t by, int32_t count)
{
    const int8_t *from = at + by;
#if TS_DSP
    /* What a round stores lies before what the next one loads, however near. */
    for (; count >= 16; count -= 16, at += 16, from += 16) {
        const uint32_t a = ts_load(from), b = ts_load(from + 4), c = ts_load(from + 8), d = ts_load(from + 12);
        __builtin_memcpy(at, &a, 4);
        __builtin_memcpy(at + 4, &b, 4);
        __builtin_memcpy(at + 8, &c, 4);
        __builtin_memcpy(at + 12, &d, 4);
    }
    for (; count >= 4; count -= 4, at += 4, from += 4) {
        const uint32_t a = ts_load(from);
        __builtin_memcpy(at, &a, 4);
    }
#endif
    for (; count > 0; count--) {
        *at++ = *from++;
    }
}

/* Room for `fresh` pixels of `bytes` bytes behind the `there` that were written, in a buffer of `places`. */
TS_INLINE int8_t *ts_room(int8_t *buffer, int32_t there, int32_t fresh, int32_t places, int32_t bytes)
{
    const int32_t next = ts_first(there + fresh, places), by = next - ts_first(there, places);
    if (by > 0 && there > next) {
        ts_move_down(buffer, by * bytes, (there - next) * bytes);
    }
    return buffer + (there - next) * bytes;
}

/* Room for column `x` in a buffer of `rows` rows that keeps the last `places` columns. */
TS_INLINE int8_t *ts_room_column(int8_t *buffer, int32_t rows, int32_t x, int32_t places, int32_t bytes)
{
    const int32_t next = ts_first(x + 1, places);
    if (next > 0 && places > 1) {
        ts_move_down(buffer, bytes, (rows * places - 1) * bytes);
    }
    return buffer + (x - next) * bytes;
}
