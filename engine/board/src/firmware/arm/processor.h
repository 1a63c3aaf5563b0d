/* What the firmware has to know of Arm's Cortex-M. */
#ifndef TINYSCOPE_PROCESSOR_H
#define TINYSCOPE_PROCESSOR_H

/* Armv6-M and Armv8-M Baseline have one fault and no status for it, and no cycle counter. */
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#define TINYSCOPE_BASELINE 1
#else
#define TINYSCOPE_BASELINE 0
#endif

#define memory_barrier() __asm__ volatile("dmb" ::: "memory")
#define read_stack_pointer(sp) __asm__ volatile("mov %0, sp" : "=r"(sp))
/* SCB CPUID. */
#define processor_id() REGISTER(0xE000ED00u)
/* What is done while nothing is asked for. */
#define while_idle() ((void)0)
/* Whether the guard, once it stands, cannot be taken off again. */
#define guard_stays() 0

/* Registers at a fault. The check is a CRC-32 of all words before it. */
typedef struct {
    uint32_t exception;
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr; /* 0 where the frame could not be written */
    uint32_t sp;                                /* before the exception took its frame */
    uint32_t exc_return;
    uint32_t cfsr, hfsr, mmfar, bfar;
    uint32_t return_address; /* the youngest address on the stack that lies in the code, where there is no frame */
    uint32_t check;
} tinyscope_fault_words;

/* clock.c: what cycles are counted with. */
extern volatile uint32_t tinyscope_systick_turns;
extern uint32_t tinyscope_uses_systick;
uint32_t clock_systick(void);
#define clock_is_systick() tinyscope_uses_systick
#define DWT_CYCCNT REGISTER(0xE0001004u)
static inline uint32_t clock_now(void)
{
#if TINYSCOPE_BASELINE || defined(TINYSCOPE_SYSTICK)
    return clock_systick();
#else
    return tinyscope_uses_systick ? clock_systick() : DWT_CYCCNT;
#endif
}

#endif
