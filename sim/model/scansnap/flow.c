/* Layout of the flow's state: which rows, columns and entries are carried, and where. */
#include "flow.h"
#include "flow_private.h"

#include <math.h>
#include <string.h>

/* Rows of Y, one for each token of some support. */
static enum attndyn_status lay_out_rows(struct attndyn_context *ctx, struct attndyn_flow *flow) {
    const struct attndyn_distribution *d = flow->distribution;
    size_t nnz = d->start[d->classes];
    uint32_t *row_of;
    ATTNDYN_ALLOC(ctx, row_of, d->tokens);
    ATTNDYN_ALLOC(ctx, flow->row_token, d->tokens);
    for (size_t l = 0; l < d->tokens; l++) {
        if (d->degree[l] == 0) continue;
        row_of[l] = (uint32_t)flow->rows;
        flow->row_token[flow->rows++] = l;
    }
    ATTNDYN_ALLOC(ctx, flow->entry_row, nnz);
    ATTNDYN_ALLOC(ctx, flow->entry_distinct, nnz);
    ATTNDYN_ALLOC(ctx, flow->row_start, flow->rows + 1);
    ATTNDYN_ALLOC(ctx, flow->row_entry, nnz);
    ATTNDYN_ALLOC(ctx, flow->row_class, nnz);
    for (size_t e = 0; e < nnz; e++) {
        flow->entry_row[e] = row_of[d->token[e]];
        flow->entry_distinct[e] = d->degree[d->token[e]] == 1;
    }
    for (size_t r = 0; r < flow->rows; r++)
        flow->row_start[r + 1] = flow->row_start[r] + d->degree[flow->row_token[r]];
    size_t *next;
    ATTNDYN_ALLOC(ctx, next, flow->rows);
    memcpy(next, flow->row_start, flow->rows * sizeof *next);
    for (size_t n = 0; n < d->classes; n++)
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            size_t at = next[flow->entry_row[e]]++;
            flow->row_entry[at] = e;
            flow->row_class[at] = (uint32_t)n;
        }
    attndyn_free(ctx, next);
    attndyn_free(ctx, row_of);
    return ATTNDYN_OK;
}

/* Entries of z, for each last token one for each token in the support of one of its classes. */
static enum attndyn_status lay_out_z(struct attndyn_context *ctx, struct attndyn_flow *flow) {
    const struct attndyn_distribution *d = flow->distribution;
    struct attndyn_flow_work *w = flow->work;
    size_t nnz = d->start[d->classes], L = d->last_tokens;
    size_t *count; /* entries of (m, l); then, + 1, where its z stands */
    ATTNDYN_ALLOC(ctx, count, d->tokens);
    ATTNDYN_ALLOC(ctx, flow->z_start, L + 1);
    ATTNDYN_ALLOC(ctx, flow->z_token, nnz);
    ATTNDYN_ALLOC(ctx, flow->entry_z, nnz);
    ATTNDYN_ALLOC(ctx, w->z_first, nnz + 1);
    ATTNDYN_ALLOC(ctx, w->z_entry, nnz);
    size_t *member; /* classes ordered by last token */
    size_t *first;  /* (L + 1) */
    ATTNDYN_ALLOC(ctx, member, d->classes);
    ATTNDYN_ALLOC(ctx, first, L + 2);
    for (size_t n = 0; n < d->classes; n++) first[d->last[n] + 2]++;
    for (size_t m = 0; m < L; m++) first[m + 2] += first[m + 1];
    for (size_t n = 0; n < d->classes; n++) member[first[d->last[n] + 1]++] = n;

    size_t z = 0;
    for (size_t m = 0; m < L; m++) {
        memset(count, 0, d->tokens * sizeof *count);
        for (size_t i = first[m]; i < first[m + 1]; i++)
            for (size_t e = d->start[member[i]]; e < d->start[member[i] + 1]; e++)
                count[d->token[e]]++;
        for (size_t l = 0; l < d->tokens; l++) {
            if (count[l] == 0) continue;
            flow->z_token[z] = l;
            w->z_first[z + 1] = w->z_first[z] + count[l];
            count[l] = z++;
        }
        for (size_t i = first[m]; i < first[m + 1]; i++)
            for (size_t e = d->start[member[i]]; e < d->start[member[i] + 1]; e++)
                flow->entry_z[e] = count[d->token[e]];
        flow->z_start[m + 1] = z;
    }
    size_t *next;
    ATTNDYN_ALLOC(ctx, next, z);
    memcpy(next, w->z_first, z * sizeof *next);
    for (size_t e = 0; e < nnz; e++) w->z_entry[next[flow->entry_z[e]]++] = e;
    attndyn_free(ctx, next);
    attndyn_free(ctx, first);
    attndyn_free(ctx, member);
    attndyn_free(ctx, count);
    return ATTNDYN_OK;
}

/* Are the columns K..V-1 of y0 equal on the rows that move? */
static bool never_columns_equal(const struct attndyn_flow *flow) {
    const double *y0 = flow->options.y0;
    if (!y0) return true;
    for (size_t r = 0; r < flow->rows; r++) {
        const double *row = y0 + flow->row_token[r] * flow->columns;
        for (size_t j = flow->classes + 1; j < flow->columns; j++)
            if (row[j] != row[flow->classes]) return false;
    }
    return true;
}

static enum attndyn_status allocate_work(struct attndyn_context *ctx, struct attndyn_flow *flow) {
    struct attndyn_flow_work *w = flow->work;
    size_t nnz = flow->distribution->start[flow->classes], K = flow->classes;
    double **per_entry[] = {&w->log_p, &w->f,     &w->force,    &w->push,
                            &w->df,    &w->dpush, &w->weighted, &w->dweighted};
    for (size_t i = 0; i < sizeof per_entry / sizeof *per_entry; i++)
        ATTNDYN_ALLOC(ctx, *per_entry[i], nnz);
    ATTNDYN_ALLOC(ctx, w->residual, K * flow->width);
    ATTNDYN_ALLOC(ctx, w->dresidual, K * flow->width);
    ATTNDYN_ALLOC(ctx, w->alpha, K);
    ATTNDYN_ALLOC(ctx, w->delta, K);
    ATTNDYN_ALLOC(ctx, w->gamma, K);
    for (size_t e = 0; e < nnz; e++) w->log_p[e] = log(flow->distribution->probability[e]);
    /* Threads pay from about a tenth of a millisecond of work. */
    w->threads = 6 * nnz * flow->width > 400000 ? attndyn_threads(ctx) : 1;
    return attndyn_flow_dense_create(ctx, flow);
}

static void fill_initial(struct attndyn_flow *flow) {
    const struct attndyn_flow_options *o = &flow->options;
    if (o->y0)
        for (size_t r = 0; r < flow->rows; r++)
            memcpy(flow->initial + r * flow->width, o->y0 + flow->row_token[r] * flow->columns,
                   flow->width * sizeof(double));
    if (o->z0)
        for (size_t m = 0; m < flow->distribution->last_tokens; m++)
            for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
                flow->initial[flow->z_at + z] =
                    o->z0[m * flow->distribution->tokens + flow->z_token[z]];
}

enum attndyn_status attndyn_flow_create(struct attndyn_context *ctx,
                                        const struct attndyn_distribution *d,
                                        const struct attndyn_flow_options *options,
                                        struct attndyn_flow **result) {
    if (!(options->eta_y >= 0 && options->eta_z >= 0 && isfinite(options->eta_y) &&
          isfinite(options->eta_z)))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "rates eta_y = %g, eta_z = %g: expected >= 0",
                            options->eta_y, options->eta_z);
    if (options->clock == ATTNDYN_FLOW_SIGMA && options->eta_y == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "the clock sigma stands still at eta_y = 0");
    struct attndyn_flow *flow;
    ATTNDYN_ALLOC(ctx, flow, 1);
    ATTNDYN_ALLOC(ctx, flow->work, 1);
    flow->distribution = d;
    flow->options = *options;
    flow->classes = d->classes;
    flow->columns = d->columns;
    ATTNDYN_TRY(lay_out_rows(ctx, flow));
    ATTNDYN_TRY(lay_out_z(ctx, flow));
    bool one_for_all =
        !options->all_columns && d->columns > d->classes + 1 && never_columns_equal(flow);
    flow->width = one_for_all ? d->classes + 1 : d->columns;
    flow->never = one_for_all ? (double)(d->columns - d->classes) : 1;
    flow->z_at = flow->rows * flow->width;
    flow->n = flow->z_at + flow->z_start[d->last_tokens];
    flow->quadratures = 2 * d->classes + (options->clock == ATTNDYN_FLOW_SIGMA);
    ATTNDYN_ALLOC(ctx, flow->initial, flow->n + flow->quadratures);
    fill_initial(flow);
    ATTNDYN_TRY(allocate_work(ctx, flow));
    *result = flow;
    return ATTNDYN_OK;
}

void attndyn_flow_expand_y(const struct attndyn_flow *flow, const double *y, double *Y) {
    size_t M = flow->distribution->tokens, V = flow->columns;
    if (flow->options.y0)
        memcpy(Y, flow->options.y0, M * V * sizeof *Y);
    else
        memset(Y, 0, M * V * sizeof *Y);
    for (size_t r = 0; r < flow->rows; r++)
        for (size_t j = 0; j < V; j++)
            Y[flow->row_token[r] * V + j] =
                y[r * flow->width + (j < flow->width ? j : flow->width - 1)];
}

void attndyn_flow_expand_z(const struct attndyn_flow *flow, const double *y, double *Z) {
    size_t M = flow->distribution->tokens, L = flow->distribution->last_tokens;
    if (flow->options.z0)
        memcpy(Z, flow->options.z0, L * M * sizeof *Z);
    else
        memset(Z, 0, L * M * sizeof *Z);
    for (size_t m = 0; m < L; m++)
        for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
            Z[m * M + flow->z_token[z]] = y[flow->z_at + z];
}
