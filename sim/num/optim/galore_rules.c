/* What a rule keeps of a gradient R, and the step that it makes of it. */
#include "galore_private.h"

#include "../../base/wide.h"

#include <math.h>
#include <string.h>

enum { MIN_8BIT = 4096 };

static bool moves_by_sgd(const struct attndyn_galore *g) {
    return g->options.method == ATTNDYN_GALORE_SGD || g->options.rule == ATTNDYN_RULE_SGD ||
           (g->options.method == ATTNDYN_GALORE_GALORE && g->options.no_moments);
}

enum attndyn_status attndyn_galore_make_state(struct attndyn_context *ctx,
                                              struct attndyn_galore *g) {
    const struct attndyn_galore_options *o = &g->options;
    const size_t count = g->rows * g->columns;
    const bool vector = g->rows == 1 || g->columns == 1;
    if (moves_by_sgd(g)) {
        if (o->momentum > 0) ATTNDYN_ALLOC(ctx, g->first, count);
        return ATTNDYN_OK;
    }
    if (o->rule == ATTNDYN_RULE_ADAM8 && count >= (o->min_8bit ? o->min_8bit : MIN_8BIT)) {
        ATTNDYN_TRY(attndyn_quantised_create(ctx, count, true, &g->first8));
        return attndyn_quantised_create(ctx, count, false, &g->second8);
    }
    if (o->rule != ATTNDYN_RULE_ADAFACTOR || o->beta1 > 0) ATTNDYN_ALLOC(ctx, g->first, count);
    if (o->rule != ATTNDYN_RULE_ADAFACTOR || vector) {
        ATTNDYN_ALLOC(ctx, g->second, count);
        return ATTNDYN_OK;
    }
    ATTNDYN_ALLOC(ctx, g->row, g->rows);
    ATTNDYN_ALLOC(ctx, g->column, g->columns);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ Adam */

struct adam {
    attndyn_real beta1, beta2, fresh1, fresh2, epsilon, correction;
};

#define EACH_NUMBER(step)                                                                          \
    for (size_t i = 0; i < count; i++) {                                                           \
        attndyn_real m = a.beta1 * first[i] + a.fresh1 * x[i];                                     \
        attndyn_real v = a.beta2 * second[i] + a.fresh2 * x[i] * x[i];                             \
        first[i] = m;                                                                              \
        second[i] = v;                                                                             \
        x[i] = step;                                                                               \
    }

/* x: R, then N. */
ATTNDYN_WIDE static void adam(struct adam a, enum attndyn_galore_form form, size_t count,
                              attndyn_real *restrict x, attndyn_real *restrict first,
                              attndyn_real *restrict second) {
    if (form == ATTNDYN_FORM_SLIDE)
        EACH_NUMBER(m / GALORE_ROOT(v + a.epsilon))
    else
        EACH_NUMBER(m / (GALORE_ROOT(v) * a.correction + a.epsilon))
}

static void adam_in_8_bits(struct attndyn_galore *g, struct adam a) {
    attndyn_real first[ATTNDYN_QUANTISED_BLOCK], second[ATTNDYN_QUANTISED_BLOCK];
    for (size_t b = 0; b < g->first8->blocks; b++) {
        size_t n = attndyn_quantised_get(g->first8, b, first), from = b * ATTNDYN_QUANTISED_BLOCK;
        attndyn_quantised_get(g->second8, b, second);
        adam(a, g->options.form, n, g->room->reduced + from, first, second);
        attndyn_quantised_set(g->first8, b, first);
        attndyn_quantised_set(g->second8, b, second);
    }
}

static const attndyn_real *by_adam(struct attndyn_galore *g, const attndyn_real *R,
                                   double *factor) {
    const struct attndyn_galore_options *o = &g->options;
    const double t = (double)(g->updates - g->since), bias1 = 1 - pow(o->beta1, t),
                 root = sqrt(1 - pow(o->beta2, t));
    const struct adam a = {(attndyn_real)o->beta1,
                           (attndyn_real)o->beta2,
                           (attndyn_real)(1 - o->beta1),
                           (attndyn_real)(1 - o->beta2),
                           (attndyn_real)o->epsilon,
                           o->form == ATTNDYN_FORM_PYTORCH ? (attndyn_real)(1 / root) : 1};
    *factor =
        o->form == ATTNDYN_FORM_SLIDE ? 1 : (o->form == ATTNDYN_FORM_PYTORCH ? 1 : root) / bias1;
    if (R != g->room->reduced) memcpy(g->room->reduced, R, g->rows * g->columns * sizeof *R);
    if (g->first8)
        adam_in_8_bits(g, a);
    else
        adam(a, o->form, g->rows * g->columns, g->room->reduced, g->first, g->second);
    return g->room->reduced;
}

/* ------------------------------------------------------------------ Adafactor */

static const double least_square = 1e-30;

/* Means of squares over the columns and over the rows into g->row, g->column. */
static void take_means(struct attndyn_galore *g, const attndyn_real *R, double keep) {
    const size_t rows = g->rows, columns = g->columns;
    for (size_t j = 0; j < columns; j++) g->column[j] = (attndyn_real)(keep * (double)g->column[j]);
    for (size_t i = 0; i < rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < columns; j++) {
            double square = (double)R[i * columns + j] * (double)R[i * columns + j] + least_square;
            sum += square;
            g->column[j] += (attndyn_real)((1 - keep) / (double)rows * square);
        }
        g->row[i] = (attndyn_real)(keep * (double)g->row[i] + (1 - keep) / (double)columns * sum);
    }
}

static const attndyn_real *by_adafactor(struct attndyn_galore *g, const attndyn_real *R) {
    const size_t rows = g->rows, columns = g->columns, count = rows * columns;
    const double keep = 1 - pow((double)(g->updates - g->since), -0.8);
    double mean = 0, square = 0;
    if (g->row) {
        take_means(g, R, keep);
        for (size_t i = 0; i < rows; i++) mean += (double)g->row[i] / (double)rows;
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            const size_t at = i * columns + j;
            double x = (double)R[at], v;
            if (g->row) {
                v = (double)g->row[i] * (double)g->column[j] / mean;
            } else {
                v = keep * (double)g->second[at] + (1 - keep) * (x * x + least_square);
                g->second[at] = (attndyn_real)v;
            }
            x /= sqrt(v);
            square += x * x;
            g->room->reduced[at] = (attndyn_real)x;
        }
    const double rms = sqrt(square / (double)count);
    const attndyn_real shrink = (attndyn_real)(rms > 1 ? 1 / rms : 1),
                       b1 = (attndyn_real)g->options.beta1;
    for (size_t i = 0; i < count; i++) {
        attndyn_real x = g->room->reduced[i] * shrink;
        if (g->first) x = g->first[i] = b1 * g->first[i] + (1 - b1) * x;
        g->room->reduced[i] = x;
    }
    return g->room->reduced;
}

const attndyn_real *attndyn_galore_rule(struct attndyn_galore *g, const attndyn_real *R,
                                        double *factor) {
    *factor = 1;
    if (moves_by_sgd(g)) {
        const attndyn_real keep = (attndyn_real)g->options.momentum;
        if (!g->first) return R;
        for (size_t i = 0; i < g->rows * g->columns; i++) g->first[i] = keep * g->first[i] + R[i];
        return g->first;
    }
    return g->options.rule == ATTNDYN_RULE_ADAFACTOR ? by_adafactor(g, R) : by_adam(g, R, factor);
}

/* ------------------------------------------------------------------ renewals */

/* Each of `lines` lines of X, n numbers `step` apart, <- by (n, n) times it; to: (n) scratch;
 * squared: by the squares of `by`. */
static void turn_lines(size_t n, size_t lines, const double *by, bool squared, attndyn_real *X,
                       size_t step, size_t next, double *to) {
    for (size_t l = 0; l < lines; l++) {
        attndyn_real *line = X + l * next;
        for (size_t i = 0; i < n; i++) {
            to[i] = 0;
            for (size_t k = 0; k < n; k++) {
                double c = by[i * n + k];
                to[i] += (squared ? c * c : c) * (double)line[k * step];
            }
        }
        for (size_t i = 0; i < n; i++) line[i * step] = (attndyn_real)to[i];
    }
}

/* X (rows, columns) <- left X right^T, NULL: the identity; squared: by their numbers' squares. */
static enum attndyn_status turn(struct attndyn_context *ctx, size_t rows, size_t columns,
                                const double *left, const double *right, bool squared,
                                attndyn_real *X) {
    double *to;
    ATTNDYN_ALLOC(ctx, to, rows > columns ? rows : columns);
    if (left) turn_lines(rows, columns, left, squared, X, columns, 1, to);
    if (right) turn_lines(columns, rows, right, squared, X, 1, columns, to);
    attndyn_free(ctx, to);
    return ATTNDYN_OK;
}

static enum attndyn_status turn_in_8_bits(struct attndyn_context *ctx,
                                          const struct attndyn_galore *g, const double *left,
                                          const double *right, bool squared,
                                          struct attndyn_quantised *q) {
    attndyn_real *X;
    ATTNDYN_ALLOC(ctx, X, q->count);
    for (size_t b = 0; b < q->blocks; b++)
        attndyn_quantised_get(q, b, X + b * ATTNDYN_QUANTISED_BLOCK);
    ATTNDYN_TRY(turn(ctx, g->rows, g->columns, left, right, squared, X));
    for (size_t b = 0; b < q->blocks; b++)
        attndyn_quantised_set(q, b, X + b * ATTNDYN_QUANTISED_BLOCK);
    attndyn_free(ctx, X);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_galore_rotate(struct attndyn_context *ctx, struct attndyn_galore *g,
                                          const double *left, const double *right) {
    const size_t rows = g->rows, columns = g->columns;
    if (g->first) ATTNDYN_TRY(turn(ctx, rows, columns, left, right, false, g->first));
    if (g->second) ATTNDYN_TRY(turn(ctx, rows, columns, left, right, true, g->second));
    if (g->first8) ATTNDYN_TRY(turn_in_8_bits(ctx, g, left, right, false, g->first8));
    if (g->second8) ATTNDYN_TRY(turn_in_8_bits(ctx, g, left, right, true, g->second8));
    if (g->row && left) ATTNDYN_TRY(turn(ctx, rows, 1, left, NULL, true, g->row));
    if (g->column && right) ATTNDYN_TRY(turn(ctx, 1, columns, NULL, right, true, g->column));
    return ATTNDYN_OK;
}
