#include "optimizer_private.h"

#include "../../base/wide.h"
#include "ranges_private.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Work is cut into pieces of whole rows, about so many numbers each, whatever the threads. */
enum { PIECE = 1 << 15, LANES = 8 };

static const struct optimizer_method *const methods[] = {
    [ATTNDYN_OPTIMIZER_SGD] = &attndyn_optimizer_sgd,
    [ATTNDYN_OPTIMIZER_ADAM] = &attndyn_optimizer_adam,
    [ATTNDYN_OPTIMIZER_ADAMW] = &attndyn_optimizer_adamw,
    [ATTNDYN_OPTIMIZER_ADAFACTOR] = &attndyn_optimizer_tensorwise,
    [ATTNDYN_OPTIMIZER_ADAM8BIT] = &attndyn_optimizer_tensorwise};

static enum attndyn_status check_options(struct attndyn_context *ctx,
                                         const struct attndyn_optimizer_options *o) {
    const struct optim_range ranges[] = {{"momentum", o->momentum, 1},
                                         {"beta1", o->beta1, 1},
                                         {"beta2", o->beta2, 1},
                                         {"epsilon", o->epsilon, HUGE_VAL},
                                         {"weight decay", o->decay, HUGE_VAL},
                                         {"clip", o->clip, HUGE_VAL},
                                         {0}};
    return optim_ranges_check(ctx, "optimiser", ranges);
}

static enum attndyn_status set_groups(struct attndyn_context *ctx, struct attndyn_optimizer *o) {
    const struct attndyn_optimizer_options *options = &o->options;
    for (size_t i = 0; i < o->count; i++) o->lr_factor[i] = 1, o->decay[i] = options->decay;
    for (size_t g = 0; g < options->n_groups; g++) {
        const struct attndyn_optimizer_group *group = &options->groups[g];
        bool any = false;
        for (size_t i = 0; i < o->count; i++) {
            if (fnmatch(group->pattern, o->parameters[i].name, 0) != 0) continue;
            any = true;
            o->lr_factor[i] = group->lr_factor;
            o->decay[i] = group->decay < 0 ? options->decay : group->decay;
        }
        if (!any)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "optimiser: no parameter matches '%s'",
                                group->pattern);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status make_state(struct attndyn_context *ctx, struct attndyn_optimizer *o) {
    ATTNDYN_ALLOC(ctx, o->first, o->count);
    ATTNDYN_ALLOC(ctx, o->second, o->count);
    ATTNDYN_ALLOC(ctx, o->live, o->count);
    for (size_t i = 0; i < o->count; i++) {
        if (o->parameters[i].frozen) continue;
        if (o->parameters[i].sparse && !o->method->whole)
            ATTNDYN_ALLOC(ctx, o->live[i], o->parameters[i].rows);
        ATTNDYN_TRY(o->method->make(ctx, o, i));
    }
    return ATTNDYN_OK;
}

/* A vector counts as rows of one number. */
static size_t row_length(const struct attndyn_parameter *p) {
    return p->rows == 1 && !p->sparse ? 1 : p->columns;
}

static enum attndyn_status cut_pieces(struct attndyn_context *ctx, struct attndyn_optimizer *o) {
    ATTNDYN_ALLOC(ctx, o->first_piece, o->count + 1);
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (size_t i = 0; i < o->count; i++) {
            o->first_piece[i] = n;
            size_t length = row_length(&o->parameters[i]);
            size_t rows = attndyn_parameter_count(&o->parameters[i]) / length;
            size_t each = PIECE / length ? PIECE / length : 1;
            for (size_t from = 0; from < rows; from += each, n++)
                if (pass)
                    o->pieces[n] =
                        (struct optimizer_piece){i, from, from + each < rows ? from + each : rows};
        }
        if (!pass) ATTNDYN_ALLOC(ctx, o->pieces, n);
        o->first_piece[o->count] = o->n_pieces = n;
    }
    ATTNDYN_ALLOC(ctx, o->squares, o->n_pieces);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_optimizer_create(struct attndyn_context *ctx,
                                             const struct attndyn_optimizer_options *options,
                                             struct attndyn_parameter *parameters, size_t count,
                                             struct attndyn_optimizer **optimizer) {
    struct attndyn_optimizer *o;
    ATTNDYN_ALLOC(ctx, o, 1);
    o->options = *options;
    if (options->beta1 == 0 && options->beta2 == 0 && options->epsilon == 0)
        o->options.beta1 = 0.9, o->options.beta2 = 0.999, o->options.epsilon = 1e-8;
    o->method = methods[options->kind];
    if (options->galore.rank > 0 || options->tensorwise) o->method = &attndyn_optimizer_tensorwise;
    o->ctx = ctx;
    o->parameters = parameters;
    o->count = count;
    o->threads = attndyn_threads(ctx);
    ATTNDYN_TRY(check_options(ctx, &o->options));
    ATTNDYN_ALLOC(ctx, o->lr_factor, count);
    ATTNDYN_ALLOC(ctx, o->decay, count);
    ATTNDYN_TRY(set_groups(ctx, o));
    o->options.groups = NULL;
    ATTNDYN_TRY(make_state(ctx, o));
    ATTNDYN_TRY(cut_pieces(ctx, o));
    *optimizer = o;
    return ATTNDYN_OK;
}

/* Squares summed in double, in interleaved partial sums. */
ATTNDYN_WIDE static double sum_of_squares(size_t n, const attndyn_real *g) {
    double lane[LANES] = {0}, sum = 0;
    size_t j = 0;
    for (; j + LANES <= n; j += LANES)
        for (size_t k = 0; k < LANES; k++) lane[k] += (double)g[j + k] * (double)g[j + k];
    for (size_t k = 0; j < n; j++, k++) lane[k] += (double)g[j] * (double)g[j];
    for (size_t k = 0; k < LANES; k++) sum += lane[k];
    return sum;
}

/* The first of the touched rows that is not below `row`. */
static size_t first_touched(const struct attndyn_parameter *p, size_t row) {
    size_t low = 0, high = p->n_touched;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->touched[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Updates rows [from, to) of a sparse parameter, none of which has a gradient. */
static void update_rest(const struct attndyn_optimizer *o, const struct optimizer_rule *rule,
                        size_t i, size_t from, size_t to) {
    size_t length = o->parameters[i].columns;
    const unsigned char *live = o->live[i];
    bool all = rule->decay != 0 || rule->shrink != 1;
    while (from < to) {
        while (from < to && !all && !live[from]) from++;
        size_t end = from;
        while (end < to && (all || live[end])) end++;
        if (end > from) o->method->update(o, rule, i, from * length, (end - from) * length, NULL);
        from = end;
    }
}

static void update_piece(const struct attndyn_optimizer *o, const struct optimizer_rule *shared,
                         const struct optimizer_piece *piece, double lr) {
    size_t i = piece->parameter;
    const struct attndyn_parameter *p = &o->parameters[i];
    struct optimizer_rule rule = *shared;
    double rate = lr * o->lr_factor[i];
    if (o->method->adaptive) rate /= 1 - pow(o->options.beta1, (double)(o->steps));
    rule.lr = (attndyn_real)rate;
    bool apart = o->method->decay_apart;
    rule.decay = apart ? 0 : (attndyn_real)o->decay[i];
    rule.shrink = apart ? (attndyn_real)(1 - lr * o->lr_factor[i] * o->decay[i]) : 1;
    size_t length = row_length(p);
    if (!p->sparse) {
        o->method->update(o, &rule, i, piece->from * length, (piece->to - piece->from) * length,
                          p->gradient + piece->from * length);
        return;
    }
    size_t row = piece->from;
    for (size_t t = first_touched(p, row); row < piece->to; t++) {
        size_t next = t < p->n_touched && p->touched[t] < piece->to ? p->touched[t] : piece->to;
        update_rest(o, &rule, i, row, next);
        if (next < piece->to) {
            o->method->update(o, &rule, i, next * length, length, p->gradient + t * length);
            o->live[i][next] = 1;
        }
        row = next + 1;
    }
}

/* Sum of squares of the gradients of parameters [first, first + count). */
static double squares_of(struct attndyn_optimizer *o, size_t first, size_t count) {
    const size_t from_piece = o->first_piece[first], to_piece = o->first_piece[first + count];
    double sum = 0;
#pragma omp parallel for num_threads(o->threads) schedule(static) if (o->threads > 1)
    for (size_t k = from_piece; k < to_piece; k++) {
        const struct optimizer_piece *piece = &o->pieces[k];
        const struct attndyn_parameter *p = &o->parameters[piece->parameter];
        size_t length = row_length(p), from = piece->from, to = piece->to;
        if (p->sparse) from = first_touched(p, from), to = first_touched(p, to);
        o->squares[k] =
            p->frozen ? 0 : sum_of_squares((to - from) * length, p->gradient + from * length);
    }
    for (size_t k = from_piece; k < to_piece; k++) sum += o->squares[k];
    return sum;
}

static void begin(struct attndyn_optimizer *o, double lr, double clip) {
    const struct attndyn_optimizer_options *options = &o->options;
    o->steps++;
    o->lr = lr;
    o->clip = clip;
    o->sum = 0;
    o->failed = false;
    o->rule = (struct optimizer_rule){
        .clip = (attndyn_real)clip,
        .momentum = (attndyn_real)options->momentum,
        .beta1 = (attndyn_real)options->beta1,
        .beta2 = (attndyn_real)options->beta2,
        .fresh1 = (attndyn_real)(1 - options->beta1),
        .fresh2 = (attndyn_real)(1 - options->beta2),
        .epsilon = (attndyn_real)options->epsilon,
        .root_correction = (attndyn_real)(1 / sqrt(1 - pow(options->beta2, (double)o->steps)))};
}

static void update_parameters(struct attndyn_optimizer *o, size_t first, size_t count) {
    if (o->method->whole) {
        for (size_t i = first; i < first + count; i++)
            if (!o->parameters[i].frozen &&
                o->method->whole(o, o->lr * o->lr_factor[i], o->clip, i) != ATTNDYN_OK)
                o->failed = true;
        return;
    }
#pragma omp parallel for num_threads(o->threads) schedule(static) if (o->threads > 1)
    for (size_t k = o->first_piece[first]; k < o->first_piece[first + count]; k++)
        if (!o->parameters[o->pieces[k].parameter].frozen)
            update_piece(o, &o->rule, &o->pieces[k], o->lr);
}

double attndyn_optimizer_step(struct attndyn_optimizer *o, double lr) {
    const double most = o->options.clip, norm = sqrt(squares_of(o, 0, o->count));
    double clip = 1;
    if (most > 0 && !(most / (norm + 1e-6) >= 1)) clip = most / (norm + 1e-6); /* NaN stays NaN */
    begin(o, lr, clip);
    update_parameters(o, 0, o->count);
    return o->failed ? NAN : norm;
}

void attndyn_optimizer_begin(struct attndyn_optimizer *o, double lr) {
    begin(o, lr, 1);
}

void attndyn_optimizer_part(struct attndyn_optimizer *o, size_t first, size_t count) {
    o->sum += squares_of(o, first, count);
    update_parameters(o, first, count);
}

double attndyn_optimizer_end(struct attndyn_optimizer *o) {
    return o->failed ? NAN : sqrt(o->sum);
}

const struct attndyn_galore *attndyn_optimizer_galore(const struct attndyn_optimizer *o, size_t i) {
    return o->galore ? o->galore[i] : NULL;
}

size_t attndyn_optimizer_bytes(const struct attndyn_optimizer *o, size_t i) {
    if (o->galore) return o->galore[i] ? attndyn_galore_bytes(o->galore[i]) : 0;
    return ((o->first[i] ? 1u : 0u) + (o->second[i] ? 1u : 0u)) *
           attndyn_parameter_count(&o->parameters[i]) * sizeof(attndyn_real);
}

void attndyn_optimizer_restart(struct attndyn_optimizer *o, size_t i) {
    if (o->galore && o->galore[i]) attndyn_galore_reset(o->galore[i]);
}

void attndyn_optimizer_recount(struct attndyn_optimizer *o, size_t i, uint64_t updates) {
    if (o->galore && o->galore[i]) attndyn_galore_resume(o->galore[i], updates);
}

void attndyn_optimizer_reset(struct attndyn_optimizer *o) {
    o->steps = 0;
    for (size_t i = 0; o->galore && i < o->count; i++)
        if (o->galore[i]) attndyn_galore_reset(o->galore[i]);
    for (size_t i = 0; i < o->count; i++)
        if (o->live[i]) memset(o->live[i], 0, o->parameters[i].rows);
    for (size_t i = 0; i < o->n_state; i++)
        memset(o->state[i].value, 0,
               attndyn_parameter_count(&o->state[i]) * sizeof *o->state[i].value);
}

struct attndyn_parameter *attndyn_optimizer_state(struct attndyn_optimizer *o, size_t *count) {
    *count = o->n_state;
    return o->state;
}

uint64_t attndyn_optimizer_steps(const struct attndyn_optimizer *o) {
    return o->steps;
}

void attndyn_optimizer_resume(struct attndyn_optimizer *o, uint64_t steps) {
    o->steps = steps;
    for (size_t i = 0; o->galore && i < o->count; i++)
        if (o->galore[i]) attndyn_galore_resume(o->galore[i], steps);
    for (size_t i = 0; i < o->count; i++) {
        size_t columns = o->parameters[i].columns;
        for (size_t r = 0; o->live[i] && r < o->parameters[i].rows; r++) {
            bool moved = false;
            for (size_t j = r * columns; j < (r + 1) * columns; j++)
                moved = moved || (o->first[i] && o->first[i][j] != 0) ||
                        (o->second[i] && o->second[i][j] != 0);
            o->live[i][r] = moved;
        }
    }
}
