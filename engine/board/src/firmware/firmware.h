/* What the files of the measuring firmware share. */
#ifndef TINYSCOPE_FIRMWARE_H
#define TINYSCOPE_FIRMWARE_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define TINYSCOPE_NO_STEP 0xFFFFFFFFu
#define GUARD_BYTES 32u

#include "processor.h"

/* Words that host and firmware tell each other are far apart, so that no flipped bit makes one of another. */
enum {
    COMMAND_NONE = 0,
    COMMAND_PREPARE = 0x50455250,  /* "PREP": lay out guards and paint, then be ready for an input */
    COMMAND_RUN = 0x214E5552,      /* "RUN!" */
    COMMAND_CONTINUE = 0x544E4F43, /* "CONT" */
    STATE_STARTING = 0,
    STATE_IDLE = 0x454C4449,      /* "IDLE" */
    STATE_READY = 0x59444552,     /* "REDY" */
    STATE_RUNNING = 0x474E5552,   /* "RUNG" */
    STATE_STOPPED = 0x504F5453,   /* "STOP" */
    STATE_REPORTING = 0x54525052, /* "RPRT" */
    STATE_REFUSED = 0x53554652,   /* "RFUS": what came over is not what was sent */
    STATE_FAULTED = 0x544C4146    /* "FALT" */
};

/* What the host says of a run. Its check covers these words and the bytes of the arena that it names. */
typedef struct {
    uint32_t sequence;     /* the host's number for the run; comes back in the report */
    uint32_t counter;      /* address of a word that counts instructions, or 0 */
    uint32_t stop_step;    /* stop after this step ... */
    uint32_t stop_pass;    /* ... has ended this many times before (0: the first time) */
    uint32_t check_offset; /* first byte of the arena that the check covers */
    uint32_t check_bytes;  /* how many of them */
    uint32_t check;        /* CRC-32 of the words above and those bytes */
} tinyscope_launch;

/* Plain words in RAM through which host and firmware talk; the host knows the order. A reset leaves them alone. */
typedef struct {
    uint32_t state;
    uint32_t boots;      /* starts since the host last cleared this */
    uint32_t step;       /* where the program is */
    uint32_t pass;
    uint32_t reset_step; /* where it was when the chip started again */
    uint32_t command;    /* 0 again once it is taken */
    tinyscope_launch launch;
    uint32_t view_data; /* while stopped: the output of the step */
    uint32_t view_rows;
    uint32_t view_row_bytes;
    uint32_t view_row_stride;
    uint32_t view_pass;  /* how many times the step had ended before */
    uint32_t view_check; /* CRC-32 of the words above and of the rows */
    tinyscope_fault_words fault; /* valid in STATE_FAULTED */
} tinyscope_control_block;

extern volatile tinyscope_control_block tinyscope_control;

/* rtt.c */
void rtt_init(void);
void rtt_write(const uint8_t *bytes, uint32_t count);

/* report.c */
#define CRC_START 0xFFFFFFFFu
uint32_t crc_update(uint32_t crc, const uint8_t *bytes, uint32_t count);
void report_open(uint32_t kind, uint32_t sequence, uint32_t payload_bytes);
void report_word(uint32_t value);
void report_long(uint64_t value);
void report_bytes(const uint8_t *bytes, uint32_t count);
/* After the first pass over a payload: from here on it is sent. */
void report_send(void);
void report_close(void);

/* Turns on the caches that there are; returns which of these are on. */
enum {
    CACHE_OF_DATA = 1,
    CACHE_OF_CODE = 2,
    CACHE_ACR_SHIFT = 2, /* three bits of ST's FLASH_ACR: prefetch, lines of code, lines of data */
    CACHE_OF_CHIP = 32
};
uint32_t caches_start(void);
/* Nothing that ran before helps what runs now; on the Cortex-M7 no branch is predicted from what was. */
void caches_empty(void);

/* clock.c */
void clock_start(void);

/* guard.c: the processor's memory protection, on while the program runs. */
typedef struct {
    uint32_t arena_start, arena_end; /* what the program may use; the guards lie around it */
    uint32_t counter;                /* a word outside all memories that it may read, or 0 */
} guarded_memory;
/* Returns whether the processor guards. */
uint32_t guard_on(const guarded_memory *memory);
void guard_off(void);

/* From the linker script. */
extern uint32_t __stack_limit[], __stack_top[];
extern uint8_t __image_start[], __image_end[], __ram_start[], __ram_end[], __flash_start[], __flash_end[];

int main(void);

#endif
