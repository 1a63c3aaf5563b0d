/* Vector table, reset and faults, for Armv7-M, Armv7E-M and Armv8-M Mainline. */
#include "firmware.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SCB_VTOR REGISTER(0xE000ED08u)
#define SCB_CCR REGISTER(0xE000ED14u)
#define SCB_SHCSR REGISTER(0xE000ED24u)
#define SCB_CFSR REGISTER(0xE000ED28u)
#define SCB_HFSR REGISTER(0xE000ED2Cu)
#define SCB_MMFAR REGISTER(0xE000ED34u)
#define SCB_BFAR REGISTER(0xE000ED38u)
#define SCB_CPACR REGISTER(0xE000ED88u)
/* Stacking errors in CFSR: MSTKERR, MLSPERR, STKERR, LSPERR. */
#define CFSR_NO_FRAME ((1u << 4) | (1u << 5) | (1u << 12) | (1u << 13))

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
/* Faults run on a stack of their own, because the program's may be what overflowed. */
uint64_t tinyscope_fault_stack[32];

void tinyscope_reset(void);
void tinyscope_fault(void);
void tinyscope_fault_record(const uint32_t *frame, uint32_t exc_return);

typedef union {
    void (*handler)(void);
    uint32_t *stack;
    uint32_t reserved;
} vector;

extern const vector tinyscope_vectors[16];
__attribute__((section(".vectors"), used)) const vector tinyscope_vectors[16] = {
    {.stack = __stack_top},       {.handler = tinyscope_reset}, {.handler = tinyscope_fault},
    {.handler = tinyscope_fault}, {.handler = tinyscope_fault}, {.handler = tinyscope_fault},
    {.handler = tinyscope_fault}, {.handler = tinyscope_fault}, {.reserved = 0},
    {.reserved = 0},              {.reserved = 0},              {.handler = tinyscope_fault},
    {.handler = tinyscope_fault}, {.reserved = 0},              {.handler = tinyscope_fault},
    {.handler = tinyscope_fault},
};

void tinyscope_reset(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    SCB_VTOR = (uint32_t)tinyscope_vectors;
    SCB_CPACR |= 0xFu << 20; /* FPU on; ignored where there is none */
    __asm__ volatile("dsb\n isb" ::: "memory");
    SCB_SHCSR |= 7u << 16; /* tell memory, bus and usage faults apart */
    SCB_CCR |= 1u << 4;    /* an integer division by zero is a fault */
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end;) {
        *to++ = *from++;
        __asm__ volatile("" ::: "memory");
    }
    for (uint32_t *to = __bss_start; to < __bss_end;) {
        *to++ = 0;
        __asm__ volatile("" ::: "memory");
    }
    main();
    for (;;) {
    }
}

__attribute__((naked)) void tinyscope_fault(void)
{
    __asm__ volatile("mrs r0, msp\n"
                     "mov r1, lr\n"
                     "ldr r2, =tinyscope_fault_stack + 256\n"
                     "mov sp, r2\n"
                     "b tinyscope_fault_record\n"
                     ".ltorg\n");
}

__attribute__((noreturn, used)) void tinyscope_fault_record(const uint32_t *frame, uint32_t exc_return)
{
    volatile tinyscope_control_block *control = &tinyscope_control;
    uint32_t exception, sp = (uint32_t)frame;
    (void)exc_return;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    control->fault_exception = exception;
    control->fault_cfsr = SCB_CFSR;
    control->fault_hfsr = SCB_HFSR;
    control->fault_mmfar = SCB_MMFAR;
    control->fault_bfar = SCB_BFAR;
    control->fault_sp = sp;
    if ((control->fault_cfsr & CFSR_NO_FRAME) == 0 && (sp & 3u) == 0 && sp >= (uint32_t)__stack_limit &&
        sp + 32u <= (uint32_t)__stack_top) {
        control->fault_lr = frame[5];
        control->fault_pc = frame[6];
    } else {
        control->fault_lr = 0;
        control->fault_pc = 0;
    }
    __asm__ volatile("dmb" ::: "memory");
    control->state = STATE_FAULTED;
    for (;;) {
    }
}
