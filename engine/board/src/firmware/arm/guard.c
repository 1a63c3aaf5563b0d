/* Guards by the memory protection unit: while the program runs it may execute flash and nothing else, write RAM only
   up to the end of its arena, and reach neither the guards around arena and stack nor anything else of the chip.
   A stray access then faults at the instruction that makes it. (Armv7-M Architecture Reference Manual, PMSAv7;
   Armv8-M Architecture Reference Manual, PMSAv8; the cores' own registers are never guarded.) */
#include "firmware.h"

#if TINYSCOPE_BASELINE

uint32_t guard_on(const guarded_memory *memory)
{
    (void)memory;
    return 0;
}

void guard_off(void)
{
}

#else

#define MPU_TYPE REGISTER(0xE000ED90u)
#define MPU_CTRL REGISTER(0xE000ED94u)
#define MPU_RNR REGISTER(0xE000ED98u)
#define MPU_RBAR REGISTER(0xE000ED9Cu)
#define MPU_RASR REGISTER(0xE000EDA0u)
#define MPU_RLAR REGISTER(0xE000EDA0u)
#define MPU_MAIR0 REGISTER(0xE000EDC0u)

static uint32_t regions(void)
{
    return (MPU_TYPE >> 8) & 0xFFu;
}

static void barrier(void)
{
    __asm__ volatile("dsb\n isb" ::: "memory");
}

void guard_off(void)
{
    if (regions()) {
        __asm__ volatile("dmb" ::: "memory");
        MPU_CTRL = 0;
        barrier();
    }
}

#if __ARM_ARCH >= 8

#define MPU_READ_WRITE 0u
#define MPU_READ_ONLY (2u << 1)
#define MPU_NO_EXECUTE 1u

/* Regions must not overlap; what lies in none faults. `limit` is the first byte after it. */
static void set(uint32_t number, uint32_t start, uint32_t limit, uint32_t rights, uint32_t attribute)
{
    MPU_RNR = number;
    if (limit > start) {
        MPU_RBAR = start | rights;
        MPU_RLAR = ((limit - 1u) & ~31u) | attribute << 1 | 1u;
    } else {
        MPU_RLAR = 0;
    }
}

uint32_t guard_on(const guarded_memory *memory)
{
    uint32_t flash = (uint32_t)__flash_start & ~31u, flash_end = (uint32_t)__flash_end;
    if (regions() < 4) {
        return 0;
    }
    /* Attributes as in the default map: flash write-through, RAM write-back, the counter a device. */
    MPU_MAIR0 = 0x0000FFAAu;
    set(0, flash, flash_end, MPU_READ_ONLY, 0);
    set(1, ((uint32_t)__stack_limit + 31u) & ~31u, memory->arena_start - GUARD_BYTES, MPU_READ_WRITE | MPU_NO_EXECUTE, 1);
    set(2, memory->arena_start, memory->arena_end, MPU_READ_WRITE | MPU_NO_EXECUTE, 1);
    set(3, memory->counter & ~31u, memory->counter ? (memory->counter & ~31u) + 32u : 0, MPU_READ_ONLY | MPU_NO_EXECUTE,
        2);
    for (uint32_t i = 4; i < regions(); i++) {
        set(i, 0, 0, 0, 0);
    }
    MPU_CTRL = 1; /* on; no default map; off in fault handlers */
    barrier();
    return 1;
}

#else

#define RASR_NO_EXECUTE (1u << 28)
#define RASR_NO_ACCESS 0u
#define RASR_READ_WRITE (1u << 24)
#define RASR_READ_ONLY (5u << 24)
/* TEX, C, B as in the default map at this address: code is write-through, RAM write-back. */
#define RASR_WRITE_THROUGH (2u << 16)
#define RASR_WRITE_BACK (1u << 19 | 3u << 16)

static uint32_t default_attributes(uint32_t address)
{
    uint32_t eighth = address >> 29;
    return eighth == 1 || eighth == 3 ? RASR_WRITE_BACK : RASR_WRITE_THROUGH;
}

/* log2 of the smallest region, at least 32 bytes, that holds [start, limit); regions are aligned to their size. */
static uint32_t size_holding(uint32_t start, uint32_t limit)
{
    uint32_t size = 5;
    while (size < 32 && (start >> size) != ((limit - 1u) >> size)) {
        size++;
    }
    return size;
}

static void set(uint32_t number, uint32_t start, uint32_t size, uint32_t skipped, uint32_t rights)
{
    MPU_RNR = number;
    MPU_RASR = 0;
    MPU_RBAR = size < 32 ? start & ~((1u << size) - 1u) : 0;
    MPU_RASR = rights | skipped << 8 | (size - 1u) << 1 | 1u;
}

/* Forbids RAM from `start` on, in eighths of a region: those that `start` lies in or that come before it stay. Returns
   where the forbidden part begins. */
static uint32_t forbid_from(uint32_t number, uint32_t start, uint32_t size)
{
    uint32_t eighth = 1u << (size - 3u), base = start & ~((1u << size) - 1u);
    uint32_t kept = (start - base + eighth - 1u) / eighth;
    set(number, base, size, (1u << kept) - 1u, RASR_NO_ACCESS | RASR_NO_EXECUTE);
    return base + kept * eighth;
}

uint32_t guard_on(const guarded_memory *memory)
{
    uint32_t flash = (uint32_t)__flash_start, ram = (uint32_t)__ram_start, ram_end = (uint32_t)__ram_end;
    uint32_t first_free = memory->arena_end + GUARD_BYTES, size;
    if (regions() < 8) {
        return 0;
    }
    MPU_CTRL = 0;
    /* Where regions overlap the one with the highest number counts. */
    set(0, flash, size_holding(flash, (uint32_t)__flash_end), 0, RASR_READ_ONLY | default_attributes(flash));
    set(1, ram, size_holding(ram, ram_end), 0, RASR_READ_WRITE | RASR_NO_EXECUTE | default_attributes(ram));
    set(2, memory->counter, 5, 0, (memory->counter ? RASR_READ_ONLY : RASR_NO_ACCESS) | RASR_NO_EXECUTE | 1u << 16);
    /* The RAM behind the arena: coarsely, then what that left, more finely. */
    size = size_holding(memory->arena_end, ram_end);
    for (uint32_t number = 3; number <= 4; number++) {
        if (first_free < ram_end && size >= 8) {
            uint32_t limit = forbid_from(number, first_free, size);
            size = size_holding(memory->arena_end, limit);
        } else {
            set(number, memory->arena_end, 5, 0, RASR_NO_ACCESS | RASR_NO_EXECUTE);
        }
    }
    set(5, memory->arena_end, 5, 0, RASR_NO_ACCESS | RASR_NO_EXECUTE);
    set(6, memory->arena_start - GUARD_BYTES, 5, 0, RASR_NO_ACCESS | RASR_NO_EXECUTE);
    set(7, (uint32_t)__stack_limit - GUARD_BYTES, 5, 0, RASR_NO_ACCESS | RASR_NO_EXECUTE);
    for (uint32_t i = 8; i < regions(); i++) {
        MPU_RNR = i;
        MPU_RASR = 0;
    }
    MPU_CTRL = 1; /* on; no default map; off in fault handlers */
    barrier();
    return 1;
}

#endif
#endif
