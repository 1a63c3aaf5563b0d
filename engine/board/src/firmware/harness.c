/* Runs the generated program when the host says so, and measures it step by step. */
#include "firmware.h"
#include "model.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define DEMCR REGISTER(0xE000EDFCu)
#define DWT_CTRL REGISTER(0xE0001000u)
#define DWT_CYCCNT REGISTER(0xE0001004u)
#define DWT_LAR REGISTER(0xE0001FB0u)
#define SCB_CPUID REGISTER(0xE000ED00u)
#define SCB_CCR REGISTER(0xE000ED14u)
#define SCB_CCSIDR REGISTER(0xE000ED80u)
#define SCB_CSSELR REGISTER(0xE000ED84u)
#define SCB_ICIALLU REGISTER(0xE000EF50u)
#define SCB_DCISW REGISTER(0xE000EF60u)

enum { REPORT_HELLO = 1, REPORT_RUN = 2 };

/* Of all outputs together; they come back one after the other. */
#define ADD_BYTES(offset, count) +(count)
#define OUTPUT_BYTES ((uint32_t)(0 MODEL_EACH_OUTPUT(ADD_BYTES)))

#define GUARD_BYTES 32u
#define STACK_PAINT 0xC5ACCE5Cu

typedef struct {
    uint64_t cycles;
    uint64_t instructions;
    uint32_t digest; /* FNV-1a of the output, passes one after the other */
    uint32_t passes; /* 1; in a patch stage the number of patches */
} step_record;

/* The arena, with a guard at either end. Cache-line aligned, which is more than any buffer asks for. */
typedef struct {
    uint8_t before[GUARD_BYTES];
    uint8_t bytes[MODEL_ARENA_BYTES];
    uint8_t after[GUARD_BYTES];
} guarded_arena;

volatile tinyscope_control_block tinyscope_control;
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
    uint32_t cycles = DWT_CYCCNT - mark_cycles;
    uint32_t instructions = *counter - mark_instructions;
    gap_cycles += above(cycles, gap_cost_cycles);
    gap_instructions += above(instructions, gap_cost_instructions);
    tinyscope_control.step = step;
    tinyscope_control.pass = step < MODEL_STEPS ? records[step].passes : 0;
    mark_instructions = *counter;
    mark_cycles = DWT_CYCCNT;
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
    control->view_data = (uint32_t)view->data;
    control->view_rows = view->rows;
    control->view_row_bytes = view->row_bytes;
    control->view_row_stride = view->row_stride;
    __asm__ volatile("dmb" ::: "memory");
    control->state = STATE_STOPPED;
    while (control->command != COMMAND_CONTINUE) {
    }
    control->state = STATE_RUNNING;
    control->command = COMMAND_NONE; /* last: the host waits for it */
}

void tinyscope_step_end(uint32_t step, const tinyscope_view *out)
{
    uint32_t cycles = DWT_CYCCNT - mark_cycles;
    uint32_t instructions = *counter - mark_instructions;
    step_record *record = &records[step < MODEL_STEPS ? step : MODEL_STEPS];
    record->cycles += above(cycles, step_cost_cycles);
    record->instructions += above(instructions, step_cost_instructions);
    if (out) {
        record->digest = digest_rows(record->digest, out);
        if (tinyscope_control.stop_step == step && tinyscope_control.stop_pass == record->passes) {
            stop_here(out);
        }
    }
    record->passes++;
    tinyscope_control.step = TINYSCOPE_NO_STEP;
    mark_instructions = *counter;
    mark_cycles = DWT_CYCCNT;
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

static uint32_t guards_intact(void)
{
    uint32_t intact = 3;
    for (uint32_t i = 0; i < GUARD_BYTES; i++) {
        if (tinyscope_arena.before[i] != guard_byte(i)) {
            intact &= ~1u;
        }
        if (tinyscope_arena.after[i] != guard_byte(i)) {
            intact &= ~2u;
        }
    }
    return intact;
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

static __attribute__((noinline)) void run(void)
{
    uint32_t *sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    volatile tinyscope_control_block *control = &tinyscope_control;
    counter = control->counter ? (const volatile uint32_t *)control->counter : &no_counter;
    calibrate();
    clear_records();
    for (uint32_t i = 0; i < GUARD_BYTES; i++) {
        tinyscope_arena.before[i] = tinyscope_arena.after[i] = guard_byte(i);
    }
    paint_stack(sp);
    control->step = TINYSCOPE_NO_STEP;
    mark_instructions = *counter;
    mark_cycles = DWT_CYCCNT;
    model_run(tinyscope_arena.bytes);
    tinyscope_step_begin(TINYSCOPE_NO_STEP); /* closes the last gap */
    uint32_t *deepest = __stack_limit;
    while (deepest < sp && *deepest == STACK_PAINT) {
        deepest++;
    }

    uint64_t cycles = gap_cycles, instructions = gap_instructions;
    for (uint32_t i = 0; i < MODEL_STEPS; i++) {
        cycles += records[i].cycles;
        instructions += records[i].instructions;
    }
    report_begin(REPORT_RUN, control->sequence, 28u + 24u * MODEL_STEPS + 4u + OUTPUT_BYTES);
    report_long(cycles);
    report_long(instructions);
    report_word((uint32_t)((sp - deepest) * 4));
    report_word(guards_intact());
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
    report_end();
}

static void start_cycle_counter(void)
{
    DEMCR |= 1u << 24;
    DWT_LAR = 0xC5ACCE55u; /* Cortex-M7 keeps the unit locked */
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1u;
}

/* Turns both caches on where the processor has them; returns the bits of CCR that stuck. */
static uint32_t start_caches(void)
{
#if TINYSCOPE_CACHES
    __asm__ volatile("dsb\n isb" ::: "memory");
    SCB_ICIALLU = 0;
    SCB_CSSELR = 0;
    __asm__ volatile("dsb\n isb" ::: "memory");
    uint32_t size = SCB_CCSIDR, sets = (size >> 13) & 0x7FFFu, ways = (size >> 3) & 0x3FFu;
    for (uint32_t set = 0; set <= sets; set++) {
        for (uint32_t way = 0; way <= ways; way++) {
            SCB_DCISW = (way << 30) | (set << 5); /* four ways of 32-byte lines, as on every Cortex-M7 */
        }
    }
    __asm__ volatile("dsb" ::: "memory");
    SCB_CCR |= 3u << 16;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    return (SCB_CCR >> 16) & 3u;
}

int main(void)
{
    volatile tinyscope_control_block *control = &tinyscope_control;
    uint32_t caches = start_caches();
    start_cycle_counter();
    rtt_init();
    control->stop_step = TINYSCOPE_NO_STEP;
    control->step = TINYSCOPE_NO_STEP;
    report_begin(REPORT_HELLO, 0, 20);
    report_word(SCB_CPUID);
    report_word(caches);
    report_word((DWT_CTRL >> 25) & 1u); /* NOCYCCNT: there is no cycle counter */
    report_word(MODEL_ARENA_BYTES);
    report_word(MODEL_STEPS);
    report_end();
    for (;;) {
        control->state = STATE_IDLE;
        while (control->command != COMMAND_RUN) {
        }
        control->command = COMMAND_NONE;
        control->state = STATE_RUNNING;
        __asm__ volatile("dmb" ::: "memory");
        run();
    }
}
