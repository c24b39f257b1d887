/* Colour on a terminal; none where stdout is no terminal, where NO_COLOR is set (no-color.org) or
 * TERM is dumb. */
#ifndef FRAME_COMMAND_COLOUR_H
#define FRAME_COMMAND_COLOUR_H

enum colour { COLOUR_NONE, COLOUR_STRONG, COLOUR_GOOD, COLOUR_NOTE, COLOUR_BAD };

/* The sequence that begins it (COLOUR_NONE: ends it); "" where there is none. */
const char *colour(enum colour colour);

#endif
