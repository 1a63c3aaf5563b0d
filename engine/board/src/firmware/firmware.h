/* What the files of the measuring firmware share. */
#ifndef TINYSCOPE_FIRMWARE_H
#define TINYSCOPE_FIRMWARE_H

#include <stdint.h>

#define TINYSCOPE_NO_STEP 0xFFFFFFFFu

/* Values of control.command (written by the host) and control.state (written by the firmware). */
enum { COMMAND_NONE = 0, COMMAND_RUN = 1, COMMAND_CONTINUE = 2 };
enum { STATE_STARTING = 0, STATE_IDLE = 1, STATE_RUNNING = 2, STATE_STOPPED = 3, STATE_FAULTED = 4 };

/* Plain words in RAM through which host and firmware talk; the host knows the order. */
typedef struct {
    uint32_t state;
    uint32_t command;      /* 0 again once it is taken */
    uint32_t sequence;     /* the host's number for a run; comes back in the report */
    uint32_t counter;      /* address of a word that counts instructions, or 0 */
    uint32_t stop_step;    /* stop after this step ... */
    uint32_t stop_pass;    /* ... has ended this many times before (0: the first time) */
    uint32_t step;         /* where the program is */
    uint32_t pass;
    uint32_t view_data;    /* while stopped: the output of the step */
    uint32_t view_rows;
    uint32_t view_row_bytes;
    uint32_t view_row_stride;
    uint32_t fault_exception; /* from here on: valid in STATE_FAULTED */
    uint32_t fault_pc;     /* 0 when the stack frame could not be written */
    uint32_t fault_lr;
    uint32_t fault_sp;
    uint32_t fault_cfsr;
    uint32_t fault_hfsr;
    uint32_t fault_mmfar;
    uint32_t fault_bfar;
} tinyscope_control_block;

extern volatile tinyscope_control_block tinyscope_control;

/* rtt.c */
void rtt_init(void);
void rtt_write(const uint8_t *bytes, uint32_t count);

/* report.c */
void report_begin(uint32_t kind, uint32_t sequence, uint32_t payload_bytes);
void report_word(uint32_t value);
void report_long(uint64_t value);
void report_bytes(const uint8_t *bytes, uint32_t count);
void report_end(void);

/* From the linker script. */
extern uint32_t __stack_limit[], __stack_top[];

int main(void);

#endif
