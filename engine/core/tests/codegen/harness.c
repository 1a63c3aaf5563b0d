/* Runs the program once and writes, for every call of a step, a record: step, length, bytes. After the run, a record
   per output of the network with bit 30 of the step set, and a record per step with bit 31 set: the instructions it
   took, where the platform counts them. */
#include "input.h"
#include "model.h"
#include "platform.h"

static uint8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(MODEL_ARENA_ALIGN)));
static uint32_t began, spent[MODEL_STEPS];

static void record(uint32_t step, uint32_t bytes)
{
    const uint32_t head[2] = {step, bytes};
    platform_write(head, sizeof head);
}

void tinyscope_step_begin(uint32_t step)
{
    (void)step;
    began = platform_instructions();
}

void tinyscope_step_end(uint32_t step, const tinyscope_view *out)
{
    spent[step] += platform_instructions() - began;
    record(step, out->rows * out->row_bytes);
    for (uint32_t row = 0; row < out->rows; row++) {
        platform_write(out->data + row * out->row_stride, out->row_bytes);
    }
}

int main(void)
{
    /* Leftovers of an earlier run must not matter. */
    for (uint32_t i = 0; i < MODEL_ARENA_BYTES; i++) {
        arena[i] = (uint8_t)(i * 37u + 11u);
    }
    platform_start();
    const int8_t *codes = test_input;
#define FILL(offset, bytes)                       \
    for (uint32_t i = 0; i < (bytes); i++) {      \
        arena[(offset) + i] = (uint8_t)*codes++; \
    }
    MODEL_EACH_INPUT(FILL)
    model_run(arena);
    uint32_t output = 0x40000000u;
#define GIVE(offset, bytes)      \
    record(output++, (bytes));   \
    platform_write(arena + (offset), (bytes));
    MODEL_EACH_OUTPUT(GIVE)
    for (uint32_t step = 0; step < MODEL_STEPS; step++) {
        record(step | 0x80000000u, 4);
        platform_write(&spent[step], 4);
    }
    platform_end();
    return 0;
}
