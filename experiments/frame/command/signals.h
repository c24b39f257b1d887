/* Ctrl-C and SIGTERM stop cleanly: they raise a flag that every context polls. */
#ifndef FRAME_COMMAND_SIGNALS_H
#define FRAME_COMMAND_SIGNALS_H

void signals_install(void);
const volatile int *signals_flag(void);

#endif
