#ifndef ATTNDYN_MODEL_FOREIGN_NAMES_H
#define ATTNDYN_MODEL_FOREIGN_NAMES_H

#include "family.h"

enum { ATTNDYN_FOREIGN_NAME = 160 };

/* What the family calls the engine's parameter `ours`, with its prefix or without, and how it is
 * stored; NULL where the family has no such thing. `family` NULL: its own name, plain. */
const struct attndyn_family_tensor *attndyn_foreign_name(const struct attndyn_family *family,
                                                         const char *ours, bool prefixed,
                                                         char name[ATTNDYN_FOREIGN_NAME]);

#endif
