/* The harness on QEMU's MPS2 boards: vectors, start, semihosting output. With `-icount shift=0` an instruction takes a
   nanosecond, and SysTick runs at 25 MHz: 40 instructions a tick. */
#include "platform.h"

extern uint32_t stack_top, data_begin, data_end, data_load, bss_begin, bss_end;
int main(void);
void reset(void);
static int handle;

static int semihost(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void leave(int reason)
{
    semihost(0x18, (const void *)reason);
    for (;;) {
    }
}

static void fault(void) { leave(0x20023); }

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &stack_top, (const void *)reset, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, (const void *)fault};

void reset(void)
{
    const uint32_t *from = &data_load;
    for (uint32_t *to = &data_begin; to < &data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = &bss_begin; to < &bss_end;) {
        *to++ = 0;
    }
    main();
    platform_end();
}

void platform_start(void)
{
    static const char name[] = ":tt";
    const void *const open[3] = {name, (const void *)5, (const void *)3};
    handle = semihost(1, open);
    volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010u;
    systick[1] = 0xFFFFFFu;
    systick[2] = 0;
    systick[0] = 5;
}

void platform_write(const void *bytes, uint32_t count)
{
    const void *const write[3] = {(const void *)handle, bytes, (const void *)count};
    semihost(5, write);
}

uint32_t platform_instructions(void)
{
    return (0xFFFFFFu - ((volatile uint32_t *)0xE000E010u)[2]) * 40u;
}

void platform_end(void) { leave(0x20026); }

/* gcc may call these for copies it recognises. */
void *memcpy(void *to, const void *from, unsigned count)
{
    unsigned char *t = to;
    for (const unsigned char *f = from; count > 0; count--) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, unsigned count)
{
    if ((uintptr_t)to <= (uintptr_t)from) {
        return memcpy(to, from, count);
    }
    for (volatile unsigned char *at = to; count > 0; count--) {
        at[count - 1] = ((const unsigned char *)from)[count - 1];
    }
    return to;
}

void *memset(void *to, int value, unsigned count)
{
    for (unsigned char *t = to; count > 0; count--) {
        *t++ = (unsigned char)value;
    }
    return to;
}
