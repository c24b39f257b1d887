#include "sequences.h"

#include "../rates.h"

#include <math.h>
#include <string.h>

struct one { /* scratch of one sample: pieces of model->work */
    double *b, *v, *s, *hid, *logits, *gs, *gh, *norm;
};

static struct one pieces(const struct attndyn_sequences *m) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t D = o->heads * o->width;
    double *w = m->work;
    struct one x = {.b = w};
    x.v = x.b + o->heads * o->context;
    x.s = x.v + D;
    x.hid = x.s + D;
    x.logits = x.hid + o->hidden;
    x.gs = x.logits + o->outputs;
    x.gh = x.gs + D;
    x.norm = x.gh + o->hidden;
    return x;
}

static bool inside(enum attndyn_sequences_norm norm) {
    return norm == ATTNDYN_SEQUENCES_RESIDUAL || norm == ATTNDYN_SEQUENCES_INSIDE;
}
static bool residual(enum attndyn_sequences_norm norm) {
    return inside(norm) || norm == ATTNDYN_SEQUENCES_AFTER;
}

/* v, and what stands in front of the next map. */
static void attend(const struct attndyn_sequences *m, const double *y, size_t i, struct one *x) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t d = o->width, T = o->context;
    const size_t *token = m->token + i * T;
    const double *p = y + m->at_p, *E = y + m->at_E + m->query[i] * d;
    double joint = 0;
    for (size_t h = 0; h < o->heads; h++) {
        const double *z = y + m->at_z + (h * o->queries + m->query[i]) * o->tokens;
        double *b = x->b + h * T, *v = x->v + h * d, largest = o->exponential ? 0 : -INFINITY;
        double sum = 0, square = 0;
        for (size_t t = 0; t < T && !o->exponential; t++)
            largest = fmax(largest, z[token[t]] + p[t]);
        for (size_t t = 0; t < T; t++) sum += b[t] = exp(z[token[t]] + p[t] - largest);
        memset(v, 0, d * sizeof *v);
        for (size_t t = 0; t < T; t++) {
            if (!o->exponential) b[t] /= sum;
            for (size_t k = 0; k < d; k++) v[k] += b[t] * y[token[t] * d + k];
        }
        for (size_t k = 0; k < d; k++) {
            if (inside(o->norm)) v[k] += E[k];
            square += v[k] * v[k];
        }
        x->norm[h] = sqrt(square);
        joint += square;
    }
    for (size_t h = 0; h < o->heads; h++) {
        if (o->norm == ATTNDYN_SEQUENCES_JOINT) x->norm[h] = sqrt(joint);
        double factor = o->norm == ATTNDYN_SEQUENCES_NONE || o->norm == ATTNDYN_SEQUENCES_RESIDUAL
                            ? 1
                            : 1 / x->norm[h];
        if (o->norm == ATTNDYN_SEQUENCES_RMS) factor *= sqrt((double)d);
        for (size_t k = 0; k < d; k++) {
            x->s[h * d + k] = factor * x->v[h * d + k];
            if (o->norm == ATTNDYN_SEQUENCES_AFTER) x->s[h * d + k] += E[k];
        }
    }
}

/* Loss of sample i; logits become the residual e_label - softmax. */
static double forward(const struct attndyn_sequences *m, const double *y, size_t i, struct one *x) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t D = o->heads * o->width;
    attend(m, y, i, x);
    const double *top = x->s;
    for (size_t k = 0; k < o->hidden; k++) {
        double sum = 0;
        for (size_t c = 0; c < D; c++) sum += y[m->at_W1 + k * D + c] * x->s[c];
        x->hid[k] = tanh(sum);
        top = x->hid;
    }
    double largest = -INFINITY, sum = 0;
    for (size_t k = 0; k < o->outputs; k++) {
        x->logits[k] = 0;
        for (size_t c = 0; c < m->inner; c++)
            x->logits[k] += y[m->at_W2 + k * m->inner + c] * top[c];
        largest = fmax(largest, x->logits[k]);
    }
    double right = x->logits[m->label[i]];
    for (size_t k = 0; k < o->outputs; k++) sum += x->logits[k] = exp(x->logits[k] - largest);
    for (size_t k = 0; k < o->outputs; k++) x->logits[k] /= -sum;
    x->logits[m->label[i]] += 1;
    return log(sum) + largest - right;
}

/* From gs, the ascent direction in s, to that in v (in place); adds what E gets to dE. */
static void through_norm(const struct attndyn_sequences *m, struct one *x, double *dE) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t d = o->width;
    double joint = 0;
    for (size_t c = 0; c < o->heads * d; c++) joint += x->gs[c] * x->v[c];
    for (size_t h = 0; h < o->heads; h++) {
        double *g = x->gs + h * d, *v = x->v + h * d, along = 0, n = x->norm[h];
        if (o->norm == ATTNDYN_SEQUENCES_AFTER)
            for (size_t k = 0; k < d; k++) dE[k] += g[k];
        for (size_t k = 0; k < d; k++) along += g[k] * v[k];
        if (o->norm == ATTNDYN_SEQUENCES_JOINT) along = joint;
        double factor = o->norm == ATTNDYN_SEQUENCES_RMS ? sqrt((double)d) : 1;
        if (o->norm != ATTNDYN_SEQUENCES_NONE && o->norm != ATTNDYN_SEQUENCES_RESIDUAL)
            for (size_t k = 0; k < d; k++) g[k] = factor / n * (g[k] - v[k] * along / (n * n));
        if (inside(o->norm))
            for (size_t k = 0; k < d; k++) dE[k] += g[k];
    }
}

static void backward(const struct attndyn_sequences *m, const double *y, size_t i, struct one *x,
                     double weight, double *dy) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t d = o->width, D = o->heads * d, T = o->context;
    const double *top = o->hidden ? x->hid : x->s;
    double *gtop = o->hidden ? x->gh : x->gs;
    memset(x->gs, 0, D * sizeof *x->gs);
    for (size_t c = 0; c < m->inner; c++) {
        gtop[c] = 0;
        for (size_t k = 0; k < o->outputs; k++) {
            double r = weight * x->logits[k];
            gtop[c] += y[m->at_W2 + k * m->inner + c] * r;
            dy[m->at_W2 + k * m->inner + c] += r * top[c];
        }
    }
    for (size_t k = 0; k < o->hidden; k++) {
        double g = x->gh[k] * (1 - x->hid[k] * x->hid[k]);
        for (size_t c = 0; c < D; c++) {
            x->gs[c] += g * y[m->at_W1 + k * D + c];
            dy[m->at_W1 + k * D + c] += g * x->s[c];
        }
    }
    through_norm(m, x, dy + m->at_E + m->query[i] * d);
    const size_t *token = m->token + i * T;
    for (size_t h = 0; h < o->heads; h++) {
        const double *g = x->gs + h * d, *b = x->b + h * T;
        double *dz = dy + m->at_z + (h * o->queries + m->query[i]) * o->tokens, mean = 0;
        for (size_t t = 0; t < T && !o->exponential; t++)
            for (size_t k = 0; k < d; k++) mean += b[t] * g[k] * y[token[t] * d + k];
        for (size_t t = 0; t < T; t++) {
            double pull = 0;
            for (size_t k = 0; k < d; k++) {
                pull += g[k] * y[token[t] * d + k];
                dy[token[t] * d + k] += b[t] * g[k];
            }
            dz[token[t]] += b[t] * (pull - mean);
            dy[m->at_p + t] += b[t] * (pull - mean);
        }
    }
}

double attndyn_sequences_gradient(struct attndyn_sequences *m, const double *y,
                                  const size_t *subset, size_t count, double *ascent) {
    struct one x = pieces(m);
    double loss = 0;
    if (!subset) count = m->options.count;
    memset(ascent, 0, m->n * sizeof *ascent);
    for (size_t i = 0; i < count; i++) {
        size_t sample = subset ? subset[i] : i;
        loss += forward(m, y, sample, &x) / (double)count;
        backward(m, y, sample, &x, 1 / (double)count, ascent);
    }
    return loss;
}

double attndyn_sequences_rate(const struct attndyn_sequences *m, size_t k) {
    if (k < m->at_z || (k >= m->at_E && k < m->at_W1)) return m->options.eta_u;
    return k < m->at_E ? m->options.eta_z : m->options.eta_w;
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    struct attndyn_sequences *m = user;
    bool finite = true;
    attndyn_sequences_gradient(m, y, NULL, 0, dydt);
    for (size_t k = 0; k < m->n; k++)
        finite = isfinite(dydt[k] *= attndyn_sequences_rate(m, k)) && finite;
    return finite ? 0 : 1;
}

double attndyn_sequences_bag(const struct attndyn_sequences *m, const double *y) {
    struct one x = pieces(m);
    double least = INFINITY;
    if (m->options.norm == ATTNDYN_SEQUENCES_NONE || m->options.norm == ATTNDYN_SEQUENCES_RESIDUAL)
        return least;
    for (size_t i = 0; i < m->options.count; i++) {
        attend(m, y, i, &x);
        for (size_t h = 0; h < m->options.heads; h++) least = fmin(least, x.norm[h]);
    }
    return least;
}

static int bag_is_empty(double t, const double *y, double *g, void *user) {
    (void)t;
    g[0] = fmin(1, attndyn_sequences_bag(user, y)) - ATTNDYN_SEQUENCES_EMPTY;
    return 0;
}

double attndyn_sequences_step(struct attndyn_sequences *m, double *y, double lr,
                              const size_t *subset, size_t count, double *squares) {
    double loss = attndyn_sequences_gradient(m, y, subset, count, m->step);
    for (size_t k = 0; k < m->n; k++) {
        double step = lr * attndyn_sequences_rate(m, k) * m->step[k];
        y[k] += step;
        if (k < m->at_z) squares[k / m->options.width] += step * step;
    }
    return loss;
}

void attndyn_sequences_tokens(const struct attndyn_sequences *m, const double *y, double *sum_z,
                              double *norm2) {
    size_t M = m->options.tokens, rows = m->options.heads * m->options.queries;
    for (size_t l = 0; l < M; l++) {
        sum_z[l] = norm2[l] = 0;
        for (size_t r = 0; r < rows; r++) sum_z[l] += y[m->at_z + r * M + l];
        for (size_t k = 0; k < m->options.width; k++)
            norm2[l] += y[l * m->options.width + k] * y[l * m->options.width + k];
    }
}

static enum attndyn_status validate(struct attndyn_context *ctx,
                                    const struct attndyn_sequences_options *o) {
    if (!o->tokens || !o->queries || o->outputs < 2 || !o->width || !o->heads || !o->context ||
        !o->count)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "sequences need at least one token, query, head, position and sample, a "
            "width, and two outputs");
    if (o->orthonormal && o->tokens + o->queries > o->width)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%zu orthonormal embeddings of tokens and queries need that width, not "
                            "%zu",
                            o->tokens + o->queries, o->width);
    const struct attndyn_rate rates[] = {
        {"eta_u", o->eta_u}, {"eta_z", o->eta_z}, {"eta_w", o->eta_w}, {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    return ATTNDYN_OK;
}

static void layout(struct attndyn_sequences *m) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t D = o->heads * o->width;
    m->at_z = o->tokens * o->width;
    m->at_p = m->at_z + o->heads * o->queries * o->tokens;
    m->at_E = m->at_p + o->context;
    m->at_W1 = m->at_E + o->queries * o->width;
    m->at_W2 = m->at_W1 + o->hidden * D;
    m->inner = o->hidden ? o->hidden : D;
    m->n = m->at_W2 + o->outputs * m->inner;
}

static void orthonormalise(struct attndyn_sequences *m) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t d = o->width, M = o->tokens, rows = M + o->queries;
    for (size_t pass = 0; pass < 2; pass++) /* Gram-Schmidt, twice */
        for (size_t i = 0; i < rows; i++) {
            double *a = m->initial + (i < M ? i * d : m->at_E + (i - M) * d), square = 0;
            for (size_t j = 0; j < i; j++) {
                const double *b = m->initial + (j < M ? j * d : m->at_E + (j - M) * d);
                double along = 0;
                for (size_t k = 0; k < d; k++) along += a[k] * b[k];
                for (size_t k = 0; k < d; k++) a[k] -= along * b[k];
            }
            for (size_t k = 0; k < d; k++) square += a[k] * a[k];
            for (size_t k = 0; k < d; k++) a[k] /= sqrt(square);
        }
}

enum attndyn_status attndyn_sequences_create(struct attndyn_context *ctx,
                                             const struct attndyn_sequences_options *options,
                                             struct attndyn_sequences **result) {
    ATTNDYN_TRY(validate(ctx, options));
    struct attndyn_sequences *m;
    struct attndyn_random random;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->options = *options;
    const struct attndyn_sequences_options *o = &m->options;
    layout(m);
    ATTNDYN_ALLOC(ctx, m->token, o->count * o->context);
    ATTNDYN_ALLOC(ctx, m->query, o->count);
    ATTNDYN_ALLOC(ctx, m->label, o->count);
    ATTNDYN_ALLOC(ctx, m->initial, m->n);
    ATTNDYN_ALLOC(ctx, m->step, m->n);
    ATTNDYN_ALLOC(ctx, m->work,
                  o->heads * (o->context + 3 * o->width + 1) + 2 * o->hidden + o->outputs);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(o->seed, "embed/sequences", 0)));
    for (size_t i = 0; i < o->count; i++) {
        for (size_t t = 0; t < o->context; t++)
            m->token[i * o->context + t] =
                (size_t)(attndyn_random_uniform(&random) * (double)o->tokens);
        m->query[i] = (size_t)(attndyn_random_uniform(&random) * (double)o->queries);
        m->label[i] = (size_t)(attndyn_random_uniform(&random) * (double)o->outputs);
    }
    double one = 1 / sqrt((double)o->width);
    attndyn_random_normals(&random, o->spread, m->n, m->initial);
    attndyn_random_normals(&random, one, m->at_z, m->initial);
    attndyn_random_normals(&random, one, o->queries * o->width, m->initial + m->at_E);
    attndyn_random_done(&random);
    if (o->orthonormal) orthonormalise(m);
    if (!residual(o->norm)) /* not there */
        memset(m->initial + m->at_E, 0, o->queries * o->width * sizeof *m->initial);
    m->problem = (struct attndyn_ode_problem){
        .n = m->n, .rhs = rhs, .events = 1, .event = bag_is_empty, .user = m};
    *result = m;
    return ATTNDYN_OK;
}
