/* What a row of tiles has in the window of a map: the map's row that is first in it, its rows, those of them that are
   loaded from the rows kept above, and those that are stored for the tiles below. */
typedef struct {
    int16_t first, rows, loaded, stored, stored_count;
} ts_window_rows;
