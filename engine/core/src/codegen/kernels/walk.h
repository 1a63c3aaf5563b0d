/* A way through a tensor of up to six axes: `runs` runs of `count` elements, `step` apart. Of the outer five axes,
   `extent` is the number of places and `jump` leads from the start of one run to that of the next, when this axis
   moves on and those inside it begin anew. */
typedef struct {
    int32_t runs, count, step;
    int32_t extent[5], jump[5];
} ts_walk;

/* Moves on to the next run; the axis that moved. */
TS_INLINE int32_t ts_next_run(int32_t *at, const int32_t *extent)
{
    int32_t axis = 4;
    while (axis > 0 && at[axis] + 1 >= extent[axis]) {
        at[axis--] = 0;
    }
    at[axis]++;
    return axis;
}
