/* The nearest valid name, for messages about a mistyped one. */
#ifndef FRAME_NAMES_H
#define FRAME_NAMES_H

#include <stddef.h>

/* Levenshtein distance; long inputs are cut at 64 characters. */
size_t names_distance(const char *a, const char *b);
/* Keeps in *best whichever of *best and candidate is nearer to `given` (*distance starts at
 * SIZE_MAX). */
void names_nearer(const char *given, const char *candidate, const char **best, size_t *distance);

#endif
