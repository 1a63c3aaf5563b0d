/* The memory protection unit: random regions over the scratch area, then loads, stores, transfers of several words,
 * fetches and exception frames there, privileged and not. Which of them fault, with what status and address. */
#include "common.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define CFSR REG(0xe000ed28u)
#define MMFAR REG(0xe000ed34u)
#define SHCSR REG(0xe000ed24u)
#define ICSR REG(0xe000ed04u)
#define MPU_CTRL REG(0xe000ed94u)
#define MPU_RNR REG(0xe000ed98u)
#define MPU_RBAR REG(0xe000ed9cu)
#define MPU_RASR REG(0xe000eda0u)
#define CACHEABLE (2u << 16)
/* Nothing is there, and no region: reading it is how unprivileged code asks to be privileged again. */
#define ASK 0x60000000u
#define AREA_BITS 12

extern uint8_t scratch[];
static uint32_t good_frame[32] __attribute__((aligned(8)));
static uint32_t resume;

__attribute__((used)) static void memory_fault(uint32_t *frame, uint32_t *process)
{
    uint32_t status = CFSR, address = MMFAR;
    CFSR = status;
    if ((status & 0x80u) && address == ASK) {
        __asm__ volatile("msr control, %0\n\tisb" : : "r"(0) : "memory");
        frame[6] += 4;
        return;
    }
    mix(status);
    if (status & 0x80u) mix(address);
    if (status & 0x18u) {
        /* There is no frame: go on where the program said. */
        mix((uint32_t)process);
        for (int k = 0; k < 8; k++) good_frame[k] = 0;
        good_frame[6] = resume;
        good_frame[7] = 0x01000000u;
        __asm__ volatile("msr psp, %0" : : "r"(good_frame) : "memory");
        return;
    }
    mix(frame[6]);
    if (status & 1u) {
        frame[6] = frame[5] & ~1u;
    } else {
        frame[6] += (*(uint16_t *)frame[6] >> 11) > 0x1c ? 4 : 2;
    }
    frame[7] &= 0xf9ff03ffu;
}

__attribute__((naked)) void handler_memory(void)
{
    __asm__ volatile("mrs r1, psp\n\ttst lr, #4\n\tite eq\n\tmrseq r0, msp\n\tmovne r0, r1\n\t"
                     "push {r4, lr}\n\tbl memory_fault\n\tpop {r4, pc}");
}

static void region(uint32_t number, uint32_t base, uint32_t attributes, uint32_t bits)
{
    MPU_RNR = number;
    MPU_RBAR = base;
    MPU_RASR = attributes | (bits - 1) << 1 | 1;
}

static void configure(void)
{
    static const uint8_t permissions[] = {0, 1, 2, 3, 3, 5, 6, 7};
    /* QEMU 7.2 keeps the rule of a whole KiB when a subregion that is off lets a lower region or the default map
     * through; so only region 0 has such, and then there is no default map. */
    uint32_t divided = random32() & 1;
    for (uint32_t number = 0; number < 6; number++) {
        uint32_t random = random32(), bits = 5 + random % (AREA_BITS - 4);
        uint32_t base = (random >> 8 & ((1u << AREA_BITS) - 1)) & ~((1u << bits) - 1);
        uint32_t holes = divided && number == 0 ? (random32() & 0xff) << 8 : 0;
        uint32_t access = (uint32_t)permissions[random >> 21 & 7] << 24 | (random >> 24 & 1) << 28;
        region(number, (uint32_t)scratch + base, access | holes | CACHEABLE, bits);
        if ((random >> 26 & 3) == 0) MPU_RASR = 0;
    }
    /* Program and data, and the stacks, with the highest numbers. */
    region(7, 0, 3u << 24 | CACHEABLE, 20);
    region(6, (uint32_t)scratch + 0x30000, 3u << 24 | CACHEABLE, 16);
    MPU_CTRL = 1 | (divided ? 0 : random32() & 4);
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

#define TRY(text)                                                                                      \
    __asm__ volatile(text : "+r"(r0), "+r"(r1) : : "r2", "r3", "r12", "lr", "memory", "cc")

static void attempt(uint32_t kind, uint32_t value, uint32_t address)
{
    register uint32_t r0 __asm__("r0") = value;
    register uint32_t r1 __asm__("r1") = address;
    switch (kind) {
    case 0: TRY("ldr r0, [r1]\n\tnop"); break;
    case 1: TRY("str r0, [r1]\n\tnop"); break;
    case 2: TRY("ldrb r0, [r1, #1]\n\tnop"); break;
    case 3: TRY("strb r0, [r1, #3]\n\tnop"); break;
    case 4: TRY("ldrsh.w r0, [r1], #2\n\tnop"); break;
    case 5: TRY("strh.w r0, [r1, #2]!\n\tnop"); break;
    case 6: TRY("ldmia r1!, {r2, r3, r12, lr}\n\tnop"); break;
    case 7: TRY("mov r2, r0\n\tmvn r3, r0\n\tstmia r1!, {r0, r2, r3}\n\tnop"); break;
    case 8: TRY("mvn r2, r0\n\tstmdb r1!, {r0, r2}\n\tnop"); break;
    case 9: TRY("ldrd r2, r3, [r1, #-4]\n\tnop"); break;
    case 10: TRY("ldrt r0, [r1]\n\tnop"); break;
    case 11: TRY("strt r0, [r1]\n\tnop"); break;
    case 12: TRY("ldrsbt r0, [r1, #2]\n\tnop"); break;
    case 13: TRY("strht r0, [r1]\n\tnop"); break;
    case 14: TRY("ldrex r0, [r1]\n\tnop"); break;
    default: TRY("add r1, #1\n\tblx r1\n\tnop"); break;
    }
    mix(r1);
    if (kind < 6 || kind == 10 || kind == 12) mix(r0);
}

static void go_unprivileged(void)
{
    __asm__ volatile("msr control, %0\n\tisb" : : "r"(1) : "memory");
}

static void go_privileged(void)
{
    register uint32_t where __asm__("r1") = ASK;
    __asm__ volatile("ldr.w r0, [r1]\n\tisb" : : "r"(where) : "r0", "memory");
}

/* An exception whose frame goes to the process stack in the scratch area. */
static void stack_there(uint32_t top)
{
    uint32_t where = (uint32_t)&resume;
    __asm__ volatile("adr r2, 1f\n\tstr r2, [%[where]]\n\tmsr psp, %[top]\n\tmov r2, #2\n\tmsr control, r2\n\tisb\n\t"
                     "mov r2, #0x10000000\n\tldr r3, =0xe000ed04\n\tmov r0, #1\n\tmov r1, #2\n\tmov r12, #3\n\tstr r2, [r3]\n\tdsb\n\tisb\n\tnop\n\t.balign 4\n"
                     "1:\tmov r2, #0\n\tmsr control, r2\n\tisb\n\tb 2f\n\t.ltorg\n2:"
                     : : [where] "r"(where), [top] "r"(top) : "r0", "r1", "r2", "r3", "r12", "lr", "memory", "cc");
}

void test_mpu(uint32_t rounds)
{
    uint32_t enabled = SHCSR;
    SHCSR = enabled | 7u << 16;
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t at = (random32() & ((1u << AREA_BITS) - 1) & ~3u) | 32;
        uint32_t address = (uint32_t)scratch + at, value = random32();
        uint32_t kind = random32() % 17, user = random32() & 1;
        /* QEMU looks only at the first instruction of those it translates together. */
        if (kind == 15) address &= ~12u;
        /* nop.w, nop.w or nop, nop; then bx lr: what a fetch finds. */
        uint32_t narrow = random32() & 1;
        *(uint32_t *)address = narrow ? 0xbf00bf00u : 0x8000f3afu;
        *(uint32_t *)(address + 4) = 0x47704770u;
        __asm__ volatile("dsb\n\tisb" : : : "memory");
        if (kind == 15) address += random32() & 2 & (narrow ? ~0u : 0u);
        configure();
        if (kind == 16) {
            stack_there(address & ~7u);
        } else if (user) {
            go_unprivileged();
            attempt(kind, value, address);
            go_privileged();
        } else {
            uint32_t hidden = kind != 15 && (random32() & 7) == 0;
            if (hidden) __asm__ volatile("cpsid f" : : : "memory");
            attempt(kind, value, address);
            if (hidden) __asm__ volatile("cpsie f" : : : "memory");
        }
        MPU_CTRL = 0;
        __asm__ volatile("dsb\n\tisb" : : : "memory");
        for (uint32_t k = 0; k < 16; k++) mix(*(uint32_t *)((uint32_t)scratch + ((at & ~31u) - 16 + 4 * k)));
        if ((round & 1023) == 0) report("mpu", round);
    }
    SHCSR = enabled;
    report("mpu", rounds);
}
