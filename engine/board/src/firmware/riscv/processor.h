/* What the firmware has to know of RISC-V: RV32IMC with machine mode (The RISC-V Instruction Set Manual, Volume II),
   and of Espressif's counter in place of the standard ones (ESP32-C3 Technical Reference Manual, 1.4.1). */
#ifndef TINYSCOPE_PROCESSOR_H
#define TINYSCOPE_PROCESSOR_H

#if defined(TINYSCOPE_ESP32C3) || defined(TINYSCOPE_ESP32C2)
#define TINYSCOPE_ESPRESSIF 1
#else
#define TINYSCOPE_ESPRESSIF 0
#endif

#define read_csr(csr, value) __asm__ volatile("csrr %0, " csr : "=r"(value))
#define write_csr(csr, value) __asm__ volatile("csrw " csr ", %0" ::"r"((uint32_t)(value)))

#define memory_barrier() __asm__ volatile("fence" ::: "memory")
#define read_stack_pointer(sp) __asm__ volatile("mv %0, sp" : "=r"(sp))

/* marchid. */
static inline uint32_t processor_id(void)
{
    uint32_t id;
    read_csr("marchid", id);
    return id;
}

/* Registers at a trap. The check is a CRC-32 of all words before it. */
typedef struct {
    uint32_t cause, pc, value, status; /* mcause, mepc, mtval, mstatus */
    uint32_t ra, sp;
    uint32_t a[8];
    uint32_t s0, s1;
    uint32_t check;
} tinyscope_fault_words;

/* clock.c: what cycles are counted with. */
#define clock_is_systick() 0u
static inline uint32_t clock_now(void)
{
    uint32_t cycles;
#if TINYSCOPE_ESPRESSIF
    read_csr("0x7e2", cycles); /* mpccr */
#else
    read_csr("mcycle", cycles);
#endif
    return cycles;
}

/* The counter where a debugger can read it without stopping the processor. */
extern volatile uint32_t tinyscope_cycles;
static inline void while_idle(void)
{
    tinyscope_cycles = clock_now();
}

/* guard.c: whether the guard stands; it then stays until the next reset. */
uint32_t guard_stays(void);

#endif
