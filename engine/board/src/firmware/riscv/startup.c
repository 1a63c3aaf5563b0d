/* Reset and traps for RV32IMC in machine mode. No interrupt is ever let through. */
#include "firmware.h"

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
/* Traps run on a stack of their own, because the program's may be what overflowed. */
uint64_t tinyscope_fault_stack[32];
/* Registers as the trap found them: ra, sp, a0 to a7, s0, s1. */
uint32_t tinyscope_trap_frame[12];

void tinyscope_reset(void);
void tinyscope_trap(void);
void tinyscope_start(void);
void tinyscope_fault_record(void);

__attribute__((naked, used)) void tinyscope_reset(void)
{
    __asm__ volatile("csrw mie, zero\n"
                     "csrci mstatus, 8\n"
                     "la sp, __stack_top\n"
                     "la t0, tinyscope_trap\n"
                     "csrw mtvec, t0\n"
                     "j tinyscope_start\n");
}

#if TINYSCOPE_ESPRESSIF
/* The watchdogs run from reset on. Registers and keys: ESP32-C3 Technical Reference Manual, chapters 12 and 9; on the
   ESP32-C2 (ESP8684) those of the RTC lie lower and there is one timer group. */
#define TIMER_KEY 0x50D83AA1u
#define SUPER_KEY 0x8F1D312Au

static void unlocked(uint32_t lock, uint32_t key, uint32_t address, uint32_t value)
{
    REGISTER(lock) = key;
    REGISTER(address) = value;
    REGISTER(lock) = 0;
}

static void stop_watchdogs(void)
{
#if defined(TINYSCOPE_ESP32C3)
    const uint32_t rtc = 0x60008090u, rtc_lock = 0x600080A8u, super = 0x600080ACu, super_lock = 0x600080B0u;
    unlocked(0x60020064u, TIMER_KEY, 0x60020048u, 0); /* timer group 1 */
#else
    const uint32_t rtc = 0x60008084u, rtc_lock = 0x6000809Cu, super = 0x600080A0u, super_lock = 0x600080A4u;
#endif
    unlocked(0x6001F064u, TIMER_KEY, 0x6001F048u, 0); /* timer group 0 */
    unlocked(rtc_lock, TIMER_KEY, rtc, 0);
    unlocked(super_lock, SUPER_KEY, super, REGISTER(super) | 1u << 31); /* feeds itself */
}
#endif

__attribute__((noreturn, used)) void tinyscope_start(void)
{
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end;) {
        *to++ = *from++;
        __asm__ volatile("" ::: "memory");
    }
    for (uint32_t *to = __bss_start; to < __bss_end;) {
        *to++ = 0;
        __asm__ volatile("" ::: "memory");
    }
#if TINYSCOPE_ESPRESSIF
    stop_watchdogs();
#endif
    main();
    for (;;) {
    }
}

uint32_t caches_start(void)
{
    return 0; /* the program and its data lie in RAM, which is not cached */
}

void caches_empty(void)
{
}

/* Aligned as a table of vectors is: exceptions go to its first entry, and there are no interrupts. */
__attribute__((naked, used, aligned(256))) void tinyscope_trap(void)
{
    __asm__ volatile("la t0, tinyscope_trap_frame\n"
                     "sw ra, 0(t0)\n"
                     "sw sp, 4(t0)\n"
                     "sw a0, 8(t0)\n"
                     "sw a1, 12(t0)\n"
                     "sw a2, 16(t0)\n"
                     "sw a3, 20(t0)\n"
                     "sw a4, 24(t0)\n"
                     "sw a5, 28(t0)\n"
                     "sw a6, 32(t0)\n"
                     "sw a7, 36(t0)\n"
                     "sw s0, 40(t0)\n"
                     "sw s1, 44(t0)\n"
                     "la sp, tinyscope_fault_stack + 256\n"
                     "j tinyscope_fault_record\n");
}

__attribute__((noreturn, used)) void tinyscope_fault_record(void)
{
    volatile tinyscope_control_block *control = &tinyscope_control;
    tinyscope_fault_words *fault = (tinyscope_fault_words *)&control->fault;
    const uint32_t *frame = tinyscope_trap_frame;
    read_csr("mcause", fault->cause);
    read_csr("mepc", fault->pc);
    read_csr("mtval", fault->value);
    read_csr("mstatus", fault->status);
    fault->ra = frame[0];
    fault->sp = frame[1];
    for (uint32_t i = 0; i < 8; i++) {
        fault->a[i] = frame[2 + i];
    }
    fault->s0 = frame[10];
    fault->s1 = frame[11];
    fault->check = ~crc_update(CRC_START, (const uint8_t *)fault, sizeof *fault - 4u);
    memory_barrier();
    control->state = STATE_FAULTED;
    for (;;) {
    }
}
