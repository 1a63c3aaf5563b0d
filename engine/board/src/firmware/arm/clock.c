/* The cycle counter: DWT where the core has one, else SysTick, whose 24 bits are extended by counting its turns.

   SysTick's is then the only interrupt that is let through. One in 2^24 cycles, it takes about 40 cycles. */
#include "firmware.h"

#define DEMCR REGISTER(0xE000EDFCu)
#define DWT_CTRL REGISTER(0xE0001000u)
#define DWT_LAR REGISTER(0xE0001FB0u)
#define SYST_CSR REGISTER(0xE000E010u)
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define TURN 0x01000000u

volatile uint32_t tinyscope_systick_turns;
uint32_t tinyscope_uses_systick;
void tinyscope_systick(void);

void tinyscope_systick(void)
{
    tinyscope_systick_turns += TURN;
}

uint32_t clock_systick(void)
{
    uint32_t turns, left;
    do {
        turns = tinyscope_systick_turns;
        left = SYST_CVR;
    } while (turns != tinyscope_systick_turns);
    return turns + (TURN - 1u - left);
}

static void start_systick(void)
{
    tinyscope_uses_systick = 1;
    tinyscope_systick_turns = 0;
    SYST_RVR = TURN - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7; /* the core's clock, exception, on */
    while (SYST_CVR == 0) {
        /* reloaded with the next tick: from here on a zero is the end of a turn */
    }
    __asm__ volatile("cpsie i" ::: "memory");
}

void clock_start(void)
{
#if TINYSCOPE_BASELINE || defined(TINYSCOPE_SYSTICK)
    start_systick();
#else
    DEMCR |= 1u << 24;
    DWT_LAR = 0xC5ACCE55u; /* Cortex-M7 keeps the unit locked */
    if (DWT_CTRL & (1u << 25)) { /* NOCYCCNT */
        start_systick();
        return;
    }
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1u;
    uint32_t before = DWT_CYCCNT;
    __asm__ volatile("nop\n nop\n nop\n nop" ::: "memory");
    if (DWT_CYCCNT == before) { /* it says that it is there and stands still */
        start_systick();
    }
#endif
}
