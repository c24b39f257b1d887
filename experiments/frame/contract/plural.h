/* "3 seed(s)" in what a run says: one is singular, any other number plural. */
#ifndef FRAME_CONTRACT_PLURAL_H
#define FRAME_CONTRACT_PLURAL_H

/* Every "(s)" behind a noun: nothing where the number before the noun is 1, else "s". In place. */
void plural_set(char *text);
/* "" for 1, else "s": where a format has the number at hand. */
#define PLURAL(n) ((n) == 1 ? "" : "s")

#endif
