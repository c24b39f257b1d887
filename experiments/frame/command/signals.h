/* Signals that would end the program set a flag that every context polls, so that it stops cleanly.
 * A signal that the caller ignores (nohup, a script's `&`) stays ignored. A second signal of the
 * same kind kills the program. */
#ifndef FRAME_COMMAND_SIGNALS_H
#define FRAME_COMMAND_SIGNALS_H

void signals_install(void);
const volatile int *signals_flag(void);
/* Restores the default signal handling in a child before exec. */
void signals_restore(void);

#endif
