/* Vector table, reset and faults, for Armv6-M, Armv7-M, Armv7E-M and Armv8-M. */
#include "firmware.h"

#define SCB_ICSR REGISTER(0xE000ED04u)
#define SCB_VTOR REGISTER(0xE000ED08u)
#define SCB_CCR REGISTER(0xE000ED14u)
#define SCB_SHCSR REGISTER(0xE000ED24u)
#define SCB_CFSR REGISTER(0xE000ED28u)
#define SCB_HFSR REGISTER(0xE000ED2Cu)
#define SCB_MMFAR REGISTER(0xE000ED34u)
#define SCB_BFAR REGISTER(0xE000ED38u)
#define SCB_CPACR REGISTER(0xE000ED88u)
/* Errors in CFSR after which there is no frame: MSTKERR, MLSPERR, STKERR, LSPERR. After STKOF of Armv8-M there is one
   if an instruction met the limit, and none if the frame itself did; the stack pointer is then the limit. */
#define CFSR_NO_FRAME ((1u << 4) | (1u << 5) | (1u << 12) | (1u << 13))
#define CFSR_STKOF (1u << 20)

extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
/* Faults run on a stack of their own, because the program's may be what overflowed. */
uint64_t tinyscope_fault_stack[32];

void tinyscope_reset(void);
void tinyscope_fault(void);
void tinyscope_systick(void);
void tinyscope_fault_record(uint32_t *frame, uint32_t exc_return);

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
    {.handler = tinyscope_systick},
};

void tinyscope_reset(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    SCB_VTOR = (uint32_t)tinyscope_vectors; /* ignored where it is fixed */
#if !TINYSCOPE_BASELINE
    SCB_CPACR |= 0xFu << 20; /* FPU on; ignored where there is none */
    __asm__ volatile("dsb\n isb" ::: "memory");
    SCB_SHCSR |= 7u << 16; /* tell memory, bus and usage faults apart */
    SCB_CCR |= 1u << 4;    /* an integer division by zero is a fault */
#endif
#if __ARM_ARCH >= 8 && !TINYSCOPE_BASELINE
    __asm__ volatile("msr msplim, %0" ::"r"(__stack_limit));
#endif
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
#if __ARM_ARCH >= 8 && !TINYSCOPE_BASELINE
                     "movs r2, #0\n"
                     "msr msplim, r2\n"
#endif
                     "ldr r2, =tinyscope_fault_stack + 256\n"
                     "mov sp, r2\n"
                     "ldr r2, =tinyscope_fault_record\n"
                     "bx r2\n"
                     ".ltorg\n");
}

/* The youngest word on the stack that is an address to return to in the code: where a program was whose frame is lost. */
static uint32_t return_address(const uint32_t *sp)
{
    if (sp < __stack_limit || sp >= __stack_top) {
        sp = __stack_limit;
    }
    for (; sp < __stack_top; sp++) {
        if ((*sp & 1u) && *sp > (uint32_t)__image_start && *sp < (uint32_t)__image_end) {
            return *sp;
        }
    }
    return 0;
}

__attribute__((noreturn, used)) void tinyscope_fault_record(uint32_t *frame, uint32_t exc_return)
{
    volatile tinyscope_control_block *control = &tinyscope_control;
    tinyscope_fault_words *fault = (tinyscope_fault_words *)&control->fault;
    uint32_t sp = (uint32_t)frame, frame_bytes = 32;
    for (uint32_t *word = (uint32_t *)fault; word < (uint32_t *)(fault + 1); word++) {
        *(volatile uint32_t *)word = 0;
    }
    fault->exception = SCB_ICSR & 0x1FFu;
    fault->exc_return = exc_return;
#if !TINYSCOPE_BASELINE
    fault->cfsr = SCB_CFSR;
    fault->hfsr = SCB_HFSR;
    fault->mmfar = SCB_MMFAR;
    fault->bfar = SCB_BFAR;
    if ((exc_return & (1u << 4)) == 0) {
        frame_bytes = 104; /* with floating-point state */
    }
#endif
    if ((fault->cfsr & CFSR_NO_FRAME) == 0 && (sp & 3u) == 0 && sp >= (uint32_t)__stack_limit &&
        ((fault->cfsr & CFSR_STKOF) == 0 || sp > (uint32_t)__stack_limit) && sp + frame_bytes <= (uint32_t)__stack_top) {
        fault->r0 = frame[0];
        fault->r1 = frame[1];
        fault->r2 = frame[2];
        fault->r3 = frame[3];
        fault->r12 = frame[4];
        fault->lr = frame[5];
        fault->pc = frame[6];
        fault->xpsr = frame[7];
        fault->sp = sp + frame_bytes + ((frame[7] >> 9) & 1u) * 4u;
    } else {
        /* Where the limit was met the frame was not taken. */
        fault->sp = (fault->cfsr & CFSR_STKOF) ? sp : sp + frame_bytes;
        fault->return_address = return_address((const uint32_t *)sp);
    }
    fault->check = ~crc_update(CRC_START, (const uint8_t *)fault, sizeof *fault - 4u);
    memory_barrier();
    control->state = STATE_FAULTED;
    for (;;) {
    }
}
