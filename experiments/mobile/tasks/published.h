/* The published rows of MobileLLM's tables, for the networks whose files tell them: by family,
 * number of weights and depth. */
#ifndef MOBILE_TASKS_PUBLISHED_H
#define MOBILE_TASKS_PUBLISHED_H

#include "sim/model/transformer/foreign/model.h"

enum { PUBLISHED_TASKS = 8 };

struct published_row {
    const char *name, *family;
    size_t weights, layers;
    double accuracy[PUBLISHED_TASKS]; /* per cent */
};
/* NULL: not one of them. */
const struct published_row *published_row_of(const struct attndyn_model *model);
/* A task's share, by the name of its file; NaN where it is none of the eight, or row is NULL. */
double published_share(const struct published_row *row, const char *task);

#endif
