/* Sums of a channel or of an output, kept in the arena while a step takes its input as it comes. */
typedef int32_t TS_ALIASES ts_total;
