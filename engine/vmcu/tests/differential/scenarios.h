/* What the random scenarios of exceptions share. */
#ifndef SCENARIOS_H
#define SCENARIOS_H
#include "common.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define ISER REG(0xe000e100u)
#define ICER REG(0xe000e180u)
#define ISPR REG(0xe000e200u)
#define ICPR REG(0xe000e280u)
#define IPR(n) (*(volatile uint8_t *)(0xe000e400u + (n)))
#define ICSR REG(0xe000ed04u)
#define VTOR REG(0xe000ed08u)
#define AIRCR REG(0xe000ed0cu)
#define CCR REG(0xe000ed14u)
#define SHPR(n) (*(volatile uint8_t *)(0xe000ed14u + (n)))
#define SHCSR REG(0xe000ed24u)
#define CFSR REG(0xe000ed28u)
#define HFSR REG(0xe000ed2cu)
#define BFAR REG(0xe000ed38u)
#define CPACR REG(0xe000ed88u)
#define FPCCR REG(0xe000ef34u)
#define FPCAR REG(0xe000ef38u)
#define FPDSCR REG(0xe000ef3cu)
#define SYNC() __asm__ volatile("dsb\n\tisb" : : : "memory")

/* After a change of FPCCR. QEMU goes on in blocks made for the old value until CONTROL is written. */
#define SYNC_FLOAT() __asm__ volatile("dsb\n\tmrs r3, control\n\tmsr control, r3\n\tisb\n\tmovs r3, #0" : : : "r3", "cc", "memory")

#define READ_SPECIAL(name)                                                                             \
    ({                                                                                                 \
        uint32_t value_;                                                                               \
        __asm__ volatile("mrs %0, " name : "=r"(value_) : : "memory");                                 \
        value_;                                                                                        \
    })
#define WRITE_SPECIAL(name, value) __asm__ volatile("msr " name ", %0\n\tisb" : : "r"(value) : "memory")

/* EXC_RETURN without S and ES, by which a Secure state differs from a core without the security extension. */
#define CODE_MASK 0xffffffbeu
/* FPCCR as both architectures have it; on Armv8-M more bits, some of them for Secure state only. */
#define FPCCR_MASK 0xc000017bu
/* Nothing is at this address, and code may be fetched from there as far as the memory map goes. */
#define NOWHERE 0x70000000u
/* Nothing is to be fetched from here. */
#define NO_CODE 0x50000000u
#define MPU_CTRL REG(0xe000ed94u)
#define MPU_RNR REG(0xe000ed98u)
#define MPU_RBAR REG(0xe000ed9cu)
#define MPU_RASR REG(0xe000eda0u)
#define MPU_RLAR REG(0xe000eda0u)
#define STACKING_FAULTS 0x00103838u

#if __ARM_ARCH >= 8
#define V8 1
#else
#define V8 0
#endif

/* Where a program goes on after a fault that left no way back: set before the fault. */
extern volatile uint32_t resume;
/* What handlers may still do in this scenario, and how many levels deep they are. */
extern volatile uint32_t budget, depth;
/* A fault is about to be provoked: its length is to be skipped (1) or `resume` to be taken (2). */
extern volatile uint32_t provoked;
/* Handlers running at negative priority. */
extern volatile uint32_t negative;
/* EXC_RETURN that the next handler is to use, and the one that mends it; 0 for none. */
extern volatile uint32_t wrong_code, right_code;
/* What the next SVC handler is to do: see `on_exception`. */
extern volatile uint32_t special;
/* Top of a process stack, and a frame that can be returned to. */
extern uint32_t process_stack[512];
extern uint32_t rescue[64];

void provoke_kind(uint32_t kind);
#define KINDS 12
/* Random priorities, groups, enables; and back to rest. */
void configure(void);
void settle(void);
/* Call with the process stack in use, its pointer `offset` bytes below the top. */
void on_process_stack(void (*function)(void), uint32_t offset);
/* Where it goes on afterwards; all registers are restored there. */
extern const uint8_t after_process_stack[];
void use_float(uint32_t value);
/* The state of the FPU, its place on the stack included. */
void note_float(void);
/* Where floating-point state is to go that cannot go there. */
extern uint32_t refused_at;

void scenario_nesting(void);
void scenario_faults(void);
void scenario_returns(void);
void scenario_stacking(void);
void scenario_lazy(void);
void scenario_refused(void);
void scenario_registers(void);

#endif
