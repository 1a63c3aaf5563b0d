/* Copies `count` rows from row `y` of the map on, `bytes` of each, between a window and the ring of `places` rows. */
static void ts_carry(int8_t *window, int32_t stride, int8_t *ring, int32_t ring_stride, int32_t places, int32_t y,
                     int32_t count, int32_t bytes, int load)
{
    for (; count > 0; count--, y++, window += stride) {
        int8_t *const kept = ring + y % places * ring_stride;
        if (load) {
            ts_copy(window, kept, bytes);
        } else {
            ts_copy(kept, window, bytes);
        }
    }
}
