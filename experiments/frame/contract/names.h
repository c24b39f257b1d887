/* Names: the nearest valid one, for messages about a mistyped one; lists of them. */
#ifndef FRAME_CONTRACT_NAMES_H
#define FRAME_CONTRACT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Levenshtein distance; long inputs are cut at 64 characters. */
size_t names_distance(const char *a, const char *b);
/* Keeps in *best whichever of *best and candidate is nearer to `given` (*distance starts at
 * SIZE_MAX). */
void names_nearer(const char *given, const char *candidate, const char **best, size_t *distance);

/* "; did you mean 'x'?" in *room, or "" where *best is too unlike what was given to be meant. */
struct hint {
    char text[120];
};
const char *names_hint(struct hint *room, const char *given, const char *best, size_t distance);

/* The next name of a comma-separated list, cut to `size`, and *at moved behind it; false at the
 * end. */
bool names_next(const char **at, char *name, size_t size);

/* Is the name in the comma-separated list? */
bool names_listed(const char *list, const char *name);

#endif
