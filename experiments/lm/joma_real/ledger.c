#include "ledger.h"

#include <string.h>

/* z - sum v^2/2, or z^2 - sum v^2, of a token now. */
static double ledger_constant(const struct ledger *g, size_t l) {
    double sum = 0, z = g->old_z[l];
    for (size_t k = 0; k < g->w->rows; k++) {
        double v = g->old_w[k * g->w->columns + l];
        sum += v * v;
    }
    return g->linear ? z * z - sum : z - sum / 2;
}

enum attndyn_status ledger_create(struct attndyn_context *ctx, const struct rung *rung,
                                  struct text_model *t, uint32_t query, struct ledger *g) {
    *g = (struct ledger){.linear = rung->attention == ATTNDYN_ATTENTION_LINEAR, .query = query};
    g->w = attndyn_transformer_parameter(t->learner.model,
                                         rung->mlp ? "layers.0.mlp.up.weight" : "decoder.weight");
    g->z = attndyn_transformer_parameter(t->learner.model, "layers.0.attention.key.weight");
    double **by_token[] = {&g->old_z, &g->new_z, &g->start, &g->z_start, &g->predicted};
    for (size_t i = 0; i < 5; i++) ATTNDYN_ALLOC(ctx, *by_token[i], g->w->columns);
    ATTNDYN_ALLOC(ctx, g->old_w, attndyn_parameter_count(g->w));
    ledger_step(g); /* takes the start */
    for (size_t l = 0; l < g->w->columns; l++) {
        g->start[l] = ledger_constant(g, l);
        g->z_start[l] = g->old_z[l];
        g->predicted[l] = 0;
    }
    return ATTNDYN_OK;
}

/* Row `query` of the key map, or the sum of its rows. */
static void read_z(struct ledger *g) {
    size_t V = g->z->columns;
    for (size_t l = 0; l < V; l++) {
        g->new_z[l] = 0;
        for (size_t m = 0; m < g->z->rows; m++)
            if (g->query == UINT32_MAX || m == g->query)
                g->new_z[l] += (double)g->z->value[m * V + l];
    }
}

void ledger_step(struct ledger *g) {
    size_t V = g->w->columns;
    double half = g->linear ? 1 : 0.5;
    read_z(g);
    for (size_t l = 0; l < V; l++) {
        double dz = g->new_z[l] - g->old_z[l];
        if (g->linear) g->predicted[l] += dz * dz;
        g->old_z[l] = g->new_z[l];
    }
    for (size_t i = 0; i < attndyn_parameter_count(g->w); i++) {
        double dw = (double)g->w->value[i] - g->old_w[i];
        g->predicted[i % V] -= half * dw * dw;
        g->old_w[i] = (double)g->w->value[i];
    }
}

void ledger_name_arrays(struct ledger *g, struct attndyn_checkpoint_array *arrays) {
    arrays[0] = (struct attndyn_checkpoint_array){"ledger.start", g->start, g->w->columns};
    arrays[1] = (struct attndyn_checkpoint_array){"ledger.z_start", g->z_start, g->w->columns};
    arrays[2] = (struct attndyn_checkpoint_array){"ledger.predicted", g->predicted, g->w->columns};
}

void ledger_take(struct ledger *g) {
    read_z(g);
    memcpy(g->old_z, g->new_z, g->w->columns * sizeof *g->old_z);
    for (size_t i = 0; i < attndyn_parameter_count(g->w); i++) g->old_w[i] = (double)g->w->value[i];
}

void ledger_close(const struct ledger *g, double *off, double *drift, double *moved) {
    *off = *drift = *moved = 0;
    for (size_t l = 0; l < g->w->columns; l++) {
        if (l == g->query) continue;
        double change = ledger_constant(g, l) - g->start[l], z = g->old_z[l], z0 = g->z_start[l];
        worst(off, change - g->predicted[l]);
        worst(drift, change);
        *moved = fmax(*moved, g->linear ? fabs(z * z - z0 * z0) : fabs(z - z0));
    }
}
