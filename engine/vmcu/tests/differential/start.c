/* Start-up, output and the order of the classes. The same image runs on QEMU and on the simulator. */
#include "common.h"

uint32_t hash = 0x811c9dc5u;
uint32_t state = 20240229u;

extern uint32_t stack_top[];
void handler_hard(void);
void handler_usage(void);
void handler_memory(void);
void handler_bus(void);
void handler_svc(void);
void handler_pendsv(void);
void handler_systick(void);
int main(void);

static void semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory", "cc", "r2", "r3", "lr");
}

static void finish(void)
{
    semihost(0x18, (const void *)0x20026);
    for (;;) {
    }
}

static void unexpected(void)
{
    print("unexpected exception\n");
    finish();
}

static void reset(void)
{
    *(volatile uint32_t *)0xe000ed88u |= 0xfu << 20;
    __asm__ volatile("dsb\n\tisb");
    main();
    finish();
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, reset, unexpected, handler_hard, handler_memory, handler_bus, handler_usage, 0, 0, 0, 0,
    handler_svc, unexpected, 0, handler_pendsv, handler_systick,
};

void print(const char *text)
{
    semihost(4, text);
}

void print_hex(uint32_t value)
{
    char text[9];
    for (int k = 0; k < 8; k++) {
        uint32_t digit = value >> (28 - 4 * k) & 15;
        text[k] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
    }
    text[8] = 0;
    print(text);
}

void report(const char *class_name, uint32_t round)
{
    print(class_name);
    print(" ");
    print_hex(round);
    print(" ");
    print_hex(hash);
    print("\n");
}

uint32_t operand(void)
{
    static const uint32_t edges[] = {
        0, 1, 2, 31, 32, 33, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000u,
        0x80000001u, 0xffffffffu, 0x80008000u, 0x7fff7fff, 0xffff0000u, 0x00ff00ff, 0x80808080u,
    };
    uint32_t value = random32();
    switch (random32() & 7) {
    case 0: return edges[value % (sizeof edges / sizeof edges[0])];
    case 1: return value & 0xff;
    case 2: return (uint32_t)(int8_t)value;
    case 3: return value & 0x3f;
    default: return value;
    }
}

uint32_t float_operand(void)
{
    static const uint32_t edges[] = {
        0, 0x80000000u, 0x3f800000, 0xbf800000u, 0x7f800000, 0xff800000u, 0x7fc00000, 0xffc12345u,
        0x7f800001, 0xffa00000u, 0x00000001, 0x807fffffu, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000u,
        0x4f800000, 0x3f000000, 0x3fc00000, 0x40200000, 0x477fe000, 0x33800000, 0x387fc000, 0x4effffff,
    };
    uint32_t value = random32();
    switch (random32() & 7) {
    case 0: return edges[value % (sizeof edges / sizeof edges[0])];
    case 1: return value;
    /* Subnormal. */
    case 2: return value & 0x807fffffu;
    /* Close to 1, so that sums cancel. */
    case 3: return (value & 0x80ffffffu) | 0x3f000000u;
    /* A small multiple of a quarter, so that results are exact or tie. */
    case 4: return (value & 0x80000000u) | (0x3e800000u + ((value & 15) << 21));
    default: return (value & 0x807fffffu) | (0x70 + (value >> 23 & 31)) << 23;
    }
}

int main(void)
{
    test_arithmetic(ROUNDS);
    test_dsp(ROUNDS);
    test_narrow(ROUNDS);
    test_memory(ROUNDS);
    test_float(ROUNDS);
    test_double(ROUNDS);
    test_compiled(100);
    test_exceptions();
    test_scenarios(ROUNDS / 5);
#if __ARM_ARCH == 7
    test_mpu(ROUNDS);
#endif
    print("end\n");
    return 0;
}
