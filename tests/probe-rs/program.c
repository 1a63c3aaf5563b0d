/* Runs the generated network on a fixed input and prints what it answers: on the host to standard output, on the chip
   over RTT, where it then ends by the semihosting call that `probe-rs run` waits for. */
#include "model.h"
#include <stdint.h>

static void print(const char *text);

static void print_number(int value)
{
    char text[12], *at = text + sizeof text - 1;
    unsigned rest = value < 0 ? -(unsigned)value : (unsigned)value;
    *at = 0;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        *--at = '-';
    }
    print(at);
}

#define FILL(offset, count) fill(arena + (offset), (count));
#define SHOW(offset, count) show(arena + (offset), (count));

static void fill(uint8_t *codes, uint32_t count)
{
    uint32_t state = 1;
    for (uint32_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        codes[i] = (uint8_t)(state >> 24);
    }
}

static void show(const uint8_t *codes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        print(i ? " " : "output ");
        print_number((int8_t)codes[i]);
    }
    print("\n");
}

static uint8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(32)));

static void run(void)
{
    for (int i = 1; i <= 3; i++) {
        print("run ");
        print_number(i);
        print("\n");
        MODEL_EACH_INPUT(FILL)
        model_run(arena);
        MODEL_EACH_OUTPUT(SHOW)
    }
}

#ifndef __arm__
#include <stdio.h>

static void print(const char *text)
{
    fputs(text, stdout);
}

int main(void)
{
    run();
    return 0;
}
#else
#include "firmware.h"

#define CPACR (*(volatile uint32_t *)0xE000ED88u)

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
void tinyscope_reset(void);
static void stop(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    __stack_top, tinyscope_reset, stop, stop, stop, stop, stop, [11] = stop, stop, [14] = stop, stop,
};

static void print(const char *text)
{
    uint32_t count = 0;
    while (text[count]) {
        count++;
    }
    rtt_write((const uint8_t *)text, count);
}

/* Semihosting SYS_EXIT: ADP_Stopped_ApplicationExit, or in a fault ADP_Stopped_RunTimeError. */
static void leave(uint32_t reason)
{
    register uint32_t operation __asm__("r0") = 0x18;
    register uint32_t argument __asm__("r1") = reason;
    __asm__ volatile("bkpt 0xAB" : : "r"(operation), "r"(argument) : "memory");
    for (;;) {
    }
}

static void stop(void)
{
    leave(0x20023);
}

void tinyscope_reset(void)
{
    CPACR |= 0xFu << 20;
    __asm__ volatile("dsb\n isb" ::: "memory");
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end;) {
        *to++ = *from++;
    }
    for (volatile uint32_t *to = __bss_start; to < (volatile uint32_t *)__bss_end;) {
        *to++ = 0;
    }
    rtt_init();
    run();
    leave(0x20026);
}
#endif
