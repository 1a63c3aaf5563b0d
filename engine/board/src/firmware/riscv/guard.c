/* Guards by physical memory protection: the program may execute its code and nothing else, read its constants, write
   RAM only up to the end of its arena, and reach neither the guards around arena and stack nor anything else of the
   chip. A stray access then traps at the instruction that makes it. (The RISC-V Instruction Set Manual, Volume II, 3.7.)

   Only locked entries bind machine mode, so that the guard stays until the next reset. Its entries cover the whole
   address space from bottom to top and do not overlap, which is what Espressif's processors can do. */
#include "firmware.h"

enum { READ = 1, WRITE = 2, EXECUTE = 4, TO_TOP = 1 << 3, LOCKED = 1 << 7, ENTRIES = 16 };

extern uint8_t __code_start[], __code_end[];

static uint32_t stands;

/* What the entries will be: rights and first byte after each. */
typedef struct {
    uint32_t count;
    uint8_t config[ENTRIES];
    uint32_t top[ENTRIES];
} entries;

static void up_to(entries *list, uint32_t top, uint32_t rights)
{
    list->config[list->count] = (uint8_t)(rights | TO_TOP | LOCKED);
    list->top[list->count] = top;
    list->count++;
}

static uint32_t rounded_up(uint32_t address)
{
    return (address + 31u) & ~31u;
}

static uint32_t configs(const entries *list, uint32_t from)
{
    uint32_t word = 0;
    for (uint32_t i = 0; i < 4; i++) {
        word |= (uint32_t)list->config[from + i] << (8u * i);
    }
    return word;
}

#define SET_TOP(number) write_csr("pmpaddr" #number, list.top[number] >> 2)

uint32_t guard_on(const guarded_memory *memory)
{
    entries list = {0};
    uint32_t code = (uint32_t)__code_start, code_end = rounded_up((uint32_t)__code_end);
    uint32_t image = (uint32_t)__image_start, image_end = rounded_up((uint32_t)__image_end), set, wanted;
    if (stands) {
        return 1;
    }
    up_to(&list, image, 0);
    if (code == image) {
        up_to(&list, code_end, READ | EXECUTE);
    }
    up_to(&list, image_end, READ);
    up_to(&list, (uint32_t)__stack_limit, 0);
    up_to(&list, memory->arena_start - GUARD_BYTES, READ | WRITE);
    up_to(&list, memory->arena_start, 0);
    up_to(&list, memory->arena_end, READ | WRITE);
    if (code > image) { /* the same RAM has an address for instructions above the one for data */
        up_to(&list, code, 0);
        up_to(&list, code_end, READ | EXECUTE);
    }
    if (memory->counter) {
        up_to(&list, memory->counter, 0);
        up_to(&list, memory->counter + 4u, READ);
    }
    up_to(&list, 0xFFFFFFFCu, 0);
    SET_TOP(0);
    SET_TOP(1);
    SET_TOP(2);
    SET_TOP(3);
    SET_TOP(4);
    SET_TOP(5);
    SET_TOP(6);
    SET_TOP(7);
    SET_TOP(8);
    SET_TOP(9);
    SET_TOP(10);
    SET_TOP(11);
    /* From the top: the code's own entry binds before those that forbid what is around it. */
    write_csr("pmpcfg2", configs(&list, 8));
    write_csr("pmpcfg1", configs(&list, 4));
    wanted = configs(&list, 0);
    write_csr("pmpcfg0", wanted);
    read_csr("pmpcfg0", set);
    stands = set == wanted;
    return stands;
}

void guard_off(void)
{
}

uint32_t guard_stays(void)
{
    return stands;
}
