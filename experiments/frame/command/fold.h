/* Text in lines that fit a terminal. */
#ifndef FRAME_COMMAND_FOLD_H
#define FRAME_COMMAND_FOLD_H

#include <stdio.h>

/* Columns of the terminal behind standard output, 0 where it is none: then nothing is folded. */
int fold_columns(void);

/* Writes UTF-8 text; lines that are longer than `columns` (0: any length) break at blanks. What
 * follows a break stands below the line's first word, or, where two blanks or more divide the line
 * into a name and its description, below the description. Words are not cut. */
void fold_put(FILE *to, const char *text, int columns);

#endif
