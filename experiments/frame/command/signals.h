/* Signals that would end the program stop it cleanly: they raise a flag that every context polls.
 * One that the caller has ignored (nohup, a script's `&`) stays ignored; the second of a kind
 * kills. */
#ifndef FRAME_COMMAND_SIGNALS_H
#define FRAME_COMMAND_SIGNALS_H

void signals_install(void);
const volatile int *signals_flag(void);
/* In a child, before it becomes another program: the signals that are ignored here are not there.
 */
void signals_restore(void);

#endif
