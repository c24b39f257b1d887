/* One row by its cells, for tables that no typed list declares. */
#ifndef TESTS_FRAME_CELLS_H
#define TESTS_FRAME_CELLS_H

#include "experiments/frame/contract/results.h"

#define EMIT_CELLS(ctx, results, table, ...)                                                       \
    results_emit((ctx), (results), (table), (const struct cell[]){__VA_ARGS__},                    \
                 sizeof((const struct cell[]){__VA_ARGS__}) / sizeof(struct cell))

#endif
