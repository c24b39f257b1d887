/* The named tensors of an optimiser's state. */
#include "optimizer_private.h"

#include <stdio.h>

enum attndyn_status attndyn_optimizer_name(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                           size_t i, const char *prefix, size_t rows,
                                           size_t columns, attndyn_real *value) {
    ATTNDYN_RESIZE(ctx, o->state, o->n_state, o->n_state + 1);
    struct attndyn_parameter *s = &o->state[o->n_state++];
    *s = (struct attndyn_parameter){
        .dimensions = rows > 1 ? 2 : 1, .rows = rows, .columns = columns, .value = value};
    if (rows == o->parameters[i].rows) s->dimensions = o->parameters[i].dimensions;
    snprintf(s->name, sizeof s->name, "%.12s.%.50s", prefix, o->parameters[i].name);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_optimizer_keep(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                           size_t i, const char *prefix, size_t rows,
                                           size_t columns, attndyn_real **value) {
    ATTNDYN_ALLOC(ctx, *value, rows * columns);
    return attndyn_optimizer_name(ctx, o, i, prefix, rows, columns, *value);
}
