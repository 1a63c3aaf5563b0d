/* Runs the generated program when the host says so, and measures it step by step. */
#include "firmware.h"
#include "model.h"

enum { REPORT_HELLO = 1, REPORT_RUN = 2 };

/* Of all outputs together; they come back one after the other. */
#define ADD_BYTES(offset, count) +(count)
#define OUTPUT_BYTES ((uint32_t)(0 MODEL_EACH_OUTPUT(ADD_BYTES)))

#define STACK_PAINT 0xC5ACCE5Cu
/* Up to the next multiple of 32 bytes, where the processor can guard, and as much again. */
#define GUARD_BYTES_AFTER (2u * GUARD_BYTES - MODEL_ARENA_BYTES % GUARD_BYTES)

typedef struct {
    uint64_t cycles;
    uint64_t instructions;
    uint32_t digest; /* FNV-1a of the output, passes one after the other */
    uint32_t passes; /* 1; in a patch stage the number of patches */
} step_record;

/* The arena, with a guard at either end. Aligned to cache lines and to what the processor can guard. */
typedef struct {
    uint8_t before[GUARD_BYTES];
    uint8_t bytes[MODEL_ARENA_BYTES];
    uint8_t after[GUARD_BYTES_AFTER];
} guarded_arena;

__attribute__((section(".noinit"))) volatile tinyscope_control_block tinyscope_control;
__attribute__((section(".arena"), aligned(32))) guarded_arena tinyscope_arena;

static step_record records[MODEL_STEPS + 1]; /* the last one serves calibration */
static uint64_t gap_cycles, gap_instructions;
static uint32_t mark_cycles, mark_instructions;
/* What an empty step and an empty gap show: the cost of reading the counters, taken off every sample. */
static uint32_t step_cost_cycles, step_cost_instructions, gap_cost_cycles, gap_cost_instructions;
static const volatile uint32_t no_counter;
static const volatile uint32_t *counter = &no_counter;

static uint32_t above(uint32_t sample, uint32_t cost)
{
    return sample > cost ? sample - cost : 0;
}

void tinyscope_step_begin(uint32_t step)
{
    uint32_t cycles = clock_now() - mark_cycles;
    uint32_t instructions = *counter - mark_instructions;
    gap_cycles += above(cycles, gap_cost_cycles);
    gap_instructions += above(instructions, gap_cost_instructions);
    tinyscope_control.step = step;
    tinyscope_control.pass = step < MODEL_STEPS ? records[step].passes : 0;
    mark_instructions = *counter;
    mark_cycles = clock_now();
}

static uint32_t digest_rows(uint32_t digest, const tinyscope_view *view)
{
    for (uint32_t row = 0; row < view->rows; row++) {
        const uint8_t *bytes = (const uint8_t *)view->data + row * view->row_stride;
        for (uint32_t i = 0; i < view->row_bytes; i++) {
            digest = (digest ^ bytes[i]) * 16777619u;
        }
    }
    return digest;
}

static void stop_here(const tinyscope_view *view)
{
    volatile tinyscope_control_block *control = &tinyscope_control;
    uint32_t crc = CRC_START;
    control->view_data = (uint32_t)view->data;
    control->view_rows = view->rows;
    control->view_row_bytes = view->row_bytes;
    control->view_row_stride = view->row_stride;
    control->view_pass = control->pass;
    crc = crc_update(crc, (const uint8_t *)&control->view_data, 20);
    for (uint32_t row = 0; row < view->rows; row++) {
        crc = crc_update(crc, (const uint8_t *)view->data + row * view->row_stride, view->row_bytes);
    }
    control->view_check = ~crc;
    memory_barrier();
    control->state = STATE_STOPPED;
    while (control->command != COMMAND_CONTINUE) {
    }
    control->state = STATE_RUNNING;
    control->command = COMMAND_NONE; /* last: the host waits for it */
}

void tinyscope_step_end(uint32_t step, const tinyscope_view *out)
{
    uint32_t cycles = clock_now() - mark_cycles;
    uint32_t instructions = *counter - mark_instructions;
    step_record *record = &records[step < MODEL_STEPS ? step : MODEL_STEPS];
    record->cycles += above(cycles, step_cost_cycles);
    record->instructions += above(instructions, step_cost_instructions);
    if (out) {
        record->digest = digest_rows(record->digest, out);
        if (tinyscope_control.launch.stop_step == step && tinyscope_control.launch.stop_pass == record->passes) {
            stop_here(out);
        }
    }
    record->passes++;
    tinyscope_control.step = TINYSCOPE_NO_STEP;
    mark_instructions = *counter;
    mark_cycles = clock_now();
}

static void clear_records(void)
{
    for (uint32_t i = 0; i <= MODEL_STEPS; i++) {
        records[i] = (step_record){.cycles = 0, .instructions = 0, .digest = 2166136261u, .passes = 0};
    }
    gap_cycles = 0;
    gap_instructions = 0;
}

/* Smallest cost of an empty step and an empty gap over a few tries; the first ones fill caches. */
static void calibrate(void)
{
    uint32_t least[4] = {~0u, ~0u, ~0u, ~0u};
    step_cost_cycles = step_cost_instructions = gap_cost_cycles = gap_cost_instructions = 0;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t seen[4];
        clear_records();
        tinyscope_step_end(MODEL_STEPS, 0);
        tinyscope_step_begin(MODEL_STEPS);
        seen[2] = (uint32_t)gap_cycles;
        seen[3] = (uint32_t)gap_instructions;
        clear_records();
        tinyscope_step_begin(MODEL_STEPS);
        tinyscope_step_end(MODEL_STEPS, 0);
        seen[0] = (uint32_t)records[MODEL_STEPS].cycles;
        seen[1] = (uint32_t)records[MODEL_STEPS].instructions;
        for (uint32_t k = 0; k < 4; k++) {
            least[k] = seen[k] < least[k] ? seen[k] : least[k];
        }
    }
    step_cost_cycles = least[0];
    step_cost_instructions = least[1];
    gap_cost_cycles = least[2];
    gap_cost_instructions = least[3];
}

static uint8_t guard_byte(uint32_t i)
{
    return (uint8_t)(0xA6u + 29u * i);
}

static void paint_guards(void)
{
    if (guard_stays()) {
        return;
    }
    for (uint32_t i = 0; i < GUARD_BYTES; i++) {
        tinyscope_arena.before[i] = guard_byte(i);
    }
    for (uint32_t i = 0; i < GUARD_BYTES_AFTER; i++) {
        tinyscope_arena.after[i] = guard_byte(i);
    }
}

static uint32_t guards_intact(void)
{
    uint32_t intact = 3;
    if (guard_stays()) {
        return intact; /* nothing can have reached them, nor can this */
    }
    for (uint32_t i = 0; i < GUARD_BYTES; i++) {
        if (tinyscope_arena.before[i] != guard_byte(i)) {
            intact &= ~1u;
        }
    }
    for (uint32_t i = 0; i < GUARD_BYTES_AFTER; i++) {
        if (tinyscope_arena.after[i] != guard_byte(i)) {
            intact &= ~2u;
        }
    }
    return intact;
}

/* What untouched words of the arena hold; the host knows it too. */
static uint32_t arena_paint(uint32_t word)
{
    return 0x9E3779B1u * (word + 1u);
}

/* A word of the arena; the last one may be cut short by its end. */
static uint32_t arena_bytes_of(uint32_t word)
{
    uint32_t left = MODEL_ARENA_BYTES - 4u * word;
    return left < 4u ? left : 4u;
}

#define ARENA_WORDS ((MODEL_ARENA_BYTES + 3u) / 4u)

static void paint_arena(void)
{
    for (uint32_t word = 0; word < ARENA_WORDS; word++) {
        uint32_t paint = arena_paint(word);
        __builtin_memcpy(tinyscope_arena.bytes + 4u * word, &paint, arena_bytes_of(word));
    }
}

/* Bytes of the arena in words that no longer hold their paint, and the end of the last such byte. */
static uint32_t arena_touched(uint32_t *high_water)
{
    uint32_t touched = 0;
    *high_water = 0;
    for (uint32_t word = 0; word < ARENA_WORDS; word++) {
        uint32_t paint = arena_paint(word), bytes = arena_bytes_of(word), end = 0;
        const uint8_t *now = tinyscope_arena.bytes + 4u * word, *then = (const uint8_t *)&paint;
        for (uint32_t i = 0; i < bytes; i++) {
            if (now[i] != then[i]) {
                end = i + 1u;
            }
        }
        if (end) {
            touched += bytes;
            *high_water = 4u * word + end;
        }
    }
    return touched;
}

/* Paints the stack below the caller's frame; returns where the paint ends. */
static uint32_t *paint_stack(uint32_t *sp)
{
    uint32_t *end = sp - 16; /* this function's own frame, should it have one */
    for (uint32_t *word = __stack_limit; word < end; word++) {
        *word = STACK_PAINT;
        __asm__ volatile("" ::: "memory");
    }
    return sp;
}

/* Whether the launch words and the input that they name came over as they were sent. */
static uint32_t launch_intact(void)
{
    const tinyscope_launch *launch = (const tinyscope_launch *)&tinyscope_control.launch;
    uint32_t crc = crc_update(CRC_START, (const uint8_t *)launch, sizeof *launch - 4u);
    if (launch->check_offset > MODEL_ARENA_BYTES || launch->check_bytes > MODEL_ARENA_BYTES - launch->check_offset) {
        return 0;
    }
    crc = crc_update(crc, tinyscope_arena.bytes + launch->check_offset, launch->check_bytes);
    return ~crc == launch->check;
}

typedef struct {
    uint64_t cycles, instructions;
    uint32_t stack_bytes, guards, arena_touched_bytes, arena_high_water;
} run_result;

static void report_run(const run_result *result)
{
    report_open(REPORT_RUN, tinyscope_control.launch.sequence, 36u + 24u * MODEL_STEPS + 4u + OUTPUT_BYTES);
    report_long(result->cycles);
    report_long(result->instructions);
    report_word(result->stack_bytes);
    report_word(result->guards);
    report_word(result->arena_touched_bytes);
    report_word(result->arena_high_water);
    report_word(MODEL_STEPS);
    for (uint32_t i = 0; i < MODEL_STEPS; i++) {
        report_long(records[i].cycles);
        report_long(records[i].instructions);
        report_word(records[i].digest);
        report_word(records[i].passes);
    }
    report_word(OUTPUT_BYTES);
#define REPORT_OUTPUT(offset, count) report_bytes(tinyscope_arena.bytes + (offset), (count));
    MODEL_EACH_OUTPUT(REPORT_OUTPUT)
}

static uint32_t guarded; /* by the processor, in the last run */

static __attribute__((noinline)) void run(void)
{
    uint32_t *sp;
    read_stack_pointer(sp);
    volatile tinyscope_control_block *control = &tinyscope_control;
    run_result result = {0};
    guarded_memory memory = {
        .arena_start = (uint32_t)tinyscope_arena.bytes,
        .arena_end = (uint32_t)tinyscope_arena.after + GUARD_BYTES_AFTER - GUARD_BYTES,
        .counter = control->launch.counter,
    };
    counter = control->launch.counter ? (const volatile uint32_t *)(uintptr_t)control->launch.counter : &no_counter;
    caches_empty();
    calibrate();
    clear_records();
    paint_stack(sp);
    control->step = TINYSCOPE_NO_STEP;
    guarded = guard_on(&memory);
    mark_instructions = *counter;
    mark_cycles = clock_now();
    model_run(tinyscope_arena.bytes);
    tinyscope_step_begin(TINYSCOPE_NO_STEP); /* closes the last gap */
    guard_off();
    uint32_t *deepest = __stack_limit;
    while (deepest < sp && *deepest == STACK_PAINT) {
        deepest++;
    }
    result.cycles = gap_cycles;
    result.instructions = gap_instructions;
    for (uint32_t i = 0; i < MODEL_STEPS; i++) {
        result.cycles += records[i].cycles;
        result.instructions += records[i].instructions;
    }
    result.stack_bytes = (uint32_t)((sp - deepest) * 4);
    result.guards = guards_intact() | (guarded ? 4u : 0u);
    result.arena_touched_bytes = arena_touched(&result.arena_high_water);
    report_run(&result);
    report_send();
    memory_barrier();
    control->state = STATE_REPORTING;
    report_run(&result);
    report_close();
}

static void greet(uint32_t caches, uint32_t image_crc)
{
    report_open(REPORT_HELLO, 0, 24);
    report_word(processor_id());
    report_word(caches);
    report_word(clock_is_systick());
    report_word(MODEL_ARENA_BYTES);
    report_word(MODEL_STEPS);
    report_word(image_crc);
}

/* What the last start left in the control block, which no start clears: the host does, or power-up did not. */
static void take_stock(void)
{
    volatile tinyscope_control_block *control = &tinyscope_control;
    control->state = STATE_STARTING;
    control->boots++;
    control->reset_step = control->step;
    control->step = TINYSCOPE_NO_STEP;
    control->command = COMMAND_NONE;
}

int main(void)
{
    volatile tinyscope_control_block *control = &tinyscope_control;
    take_stock();
    uint32_t caches = caches_start();
    clock_start();
    uint32_t image_crc = ~crc_update(CRC_START, __image_start, (uint32_t)(__image_end - __image_start));
    greet(caches, image_crc);
    report_send();
    rtt_init();
    greet(caches, image_crc);
    report_close();
    control->state = STATE_IDLE;
    for (;;) {
        while_idle();
        uint32_t command = control->command; /* cleared last: the host waits for it */
        if (command == COMMAND_PREPARE) {
            paint_guards();
            paint_arena();
            control->state = STATE_READY;
            memory_barrier();
            control->command = COMMAND_NONE;
        } else if (command == COMMAND_RUN) {
            uint32_t intact = control->state == STATE_READY && launch_intact();
            control->state = intact ? STATE_RUNNING : STATE_REFUSED;
            memory_barrier();
            control->command = COMMAND_NONE;
            if (intact) {
                run();
                control->state = STATE_IDLE;
            }
        }
    }
}
