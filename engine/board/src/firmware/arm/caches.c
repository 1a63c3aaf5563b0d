/* The caches between processor and memory: on, as a product has them, and emptied before each run, so that its cycles
   do not depend on what ran before. Which there are: TINYSCOPE_CACHES, level 1 of the Cortex-M7 (Armv7-M Architecture
   Reference Manual, B2.2 and B3.2); TINYSCOPE_FLASH_ACR, the accelerator in ST's flash interface, by the address of
   FLASH_ACR; TINYSCOPE_ICACHE, ST's ICACHE, by the address of its ICACHE_CR; TINYSCOPE_ICACHECNF, Nordic's, by the
   address of that register. */
#include "firmware.h"

#define SCB_CCR REGISTER(0xE000ED14u)
#define SCB_CCSIDR REGISTER(0xE000ED80u)
#define SCB_CSSELR REGISTER(0xE000ED84u)
#define SCB_ICIALLU REGISTER(0xE000EF50u)
#define SCB_DCISW REGISTER(0xE000EF60u)
#define SCB_DCCISW REGISTER(0xE000EF74u)
#define SCB_BPIALL REGISTER(0xE000EF78u)

static void barrier(void)
{
    __asm__ volatile("dsb\n isb" ::: "memory");
}

#if TINYSCOPE_CACHES
/* Writes every set and way of the data cache to a register: four ways of 32-byte lines, as on every Cortex-M7. */
static void each_line(volatile uint32_t *operation)
{
    SCB_CSSELR = 0;
    barrier();
    uint32_t size = SCB_CCSIDR, sets = (size >> 13) & 0x7FFFu, ways = (size >> 3) & 0x3FFu;
    for (uint32_t set = 0; set <= sets; set++) {
        for (uint32_t way = 0; way <= ways; way++) {
            *operation = (way << 30) | (set << 5);
        }
    }
    barrier();
}
#endif

#ifdef TINYSCOPE_ICACHE
#define ICACHE_CR REGISTER(TINYSCOPE_ICACHE)
#define ICACHE_SR REGISTER(TINYSCOPE_ICACHE + 4u)

/* Turning it off empties it; it is busy meanwhile. */
static void restart_icache(void)
{
    ICACHE_CR &= ~1u;
    while (ICACHE_SR & 1u) {
    }
    ICACHE_CR |= 1u;
}
#endif

uint32_t caches_start(void)
{
    uint32_t on = 0;
#if TINYSCOPE_CACHES
    barrier();
    SCB_ICIALLU = 0;
    each_line(&SCB_DCISW);
    SCB_CCR |= 3u << 16;
    barrier();
#endif
#if !TINYSCOPE_BASELINE
    on |= (SCB_CCR >> 16) & (CACHE_OF_DATA | CACHE_OF_CODE);
#endif
#ifdef TINYSCOPE_FLASH_ACR
    REGISTER(TINYSCOPE_FLASH_ACR) |= TINYSCOPE_FLASH_ACR_ON;
    on |= (REGISTER(TINYSCOPE_FLASH_ACR) & TINYSCOPE_FLASH_ACR_ON) >> 8 << CACHE_ACR_SHIFT;
#endif
#ifdef TINYSCOPE_ICACHE
    restart_icache();
    on |= ICACHE_CR & 1u ? CACHE_OF_CHIP : 0;
#endif
#ifdef TINYSCOPE_ICACHECNF
    REGISTER(TINYSCOPE_ICACHECNF) |= 1u;
    on |= REGISTER(TINYSCOPE_ICACHECNF) & 1u ? CACHE_OF_CHIP : 0;
#endif
    return on;
}

void caches_empty(void)
{
#if TINYSCOPE_CACHES
    barrier();
    each_line(&SCB_DCCISW);
    SCB_ICIALLU = 0;
    SCB_BPIALL = 0;
#endif
#ifdef TINYSCOPE_FLASH_ACR
    /* Lines can be let go while the accelerator is off. */
    uint32_t acr = REGISTER(TINYSCOPE_FLASH_ACR), off = acr & ~TINYSCOPE_FLASH_ACR_ON;
    REGISTER(TINYSCOPE_FLASH_ACR) = off;
    REGISTER(TINYSCOPE_FLASH_ACR) = off | TINYSCOPE_FLASH_ACR_RESET;
    REGISTER(TINYSCOPE_FLASH_ACR) = off;
    REGISTER(TINYSCOPE_FLASH_ACR) = acr;
#endif
#ifdef TINYSCOPE_ICACHE
    restart_icache();
#endif
#ifdef TINYSCOPE_ICACHECNF
    /* Turning it off empties it. */
    REGISTER(TINYSCOPE_ICACHECNF) &= ~1u;
    REGISTER(TINYSCOPE_ICACHECNF) |= 1u;
#endif
    barrier();
}
