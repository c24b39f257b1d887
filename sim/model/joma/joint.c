#include "joint.h"

#include "../../base/wide.h"
#include "product.h"

#include <math.h>
#include <string.h>

const char *attndyn_joma_attention_name(enum attndyn_joma_attention attention) {
    static const char *const names[] = {"linear", "exp", "softmax"};
    return names[attention];
}

const char *attndyn_joma_loss_name(enum attndyn_joma_loss loss) {
    static const char *const names[] = {"mse", "ce", "fixed"};
    return names[loss];
}

size_t attndyn_joma_size(const struct attndyn_joma *m) {
    return m->tokens * m->hidden + m->queries * (m->hidden + m->tokens);
}

size_t attndyn_joma_xi_offset(const struct attndyn_joma *m) {
    return m->tokens * m->hidden;
}

size_t attndyn_joma_z_offset(const struct attndyn_joma *m) {
    return m->tokens * m->hidden + m->queries * m->hidden;
}

static enum attndyn_status validate_samples(struct attndyn_context *ctx,
                                            const struct attndyn_joma *m) {
    double total = 0;
    for (size_t i = 0; i < m->samples; i++) {
        double count = 0;
        for (size_t l = 0; l < m->tokens; l++) {
            double x = m->x[i * m->tokens + l];
            if (!(x >= 0) || !isfinite(x))
                return attndyn_fail(ctx, ATTNDYN_USAGE, "x[%zu][%zu] = %g: counts are finite, >= 0",
                                    i, l, x);
            count += x;
        }
        if (m->attention == ATTNDYN_JOMA_SOFTMAX && !(count > 0))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "sample %zu has no tokens: softmax attention needs one", i);
        if (!(m->p[i] >= 0))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "p[%zu] = %g: weights are >= 0", i, m->p[i]);
        if (m->loss == ATTNDYN_JOMA_CE && m->label[i] >= m->hidden)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "label %zu of sample %zu: there are %zu classes", m->label[i], i,
                                m->hidden);
        if (m->query && m->query[i] >= m->queries)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "query %zu of sample %zu: there are %zu",
                                m->query[i], i, m->queries);
        if (m->normaliser && !(m->normaliser[i] > 0))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "normaliser %g of sample %zu: must be > 0",
                                m->normaliser[i], i);
        total += m->p[i];
    }
    if (!(fabs(total - 1) <= 1e-9))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "the weights p sum to %.17g instead of 1", total);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_joma_validate(struct attndyn_context *ctx,
                                          const struct attndyn_joma *m) {
    if (m->tokens == 0 || m->hidden == 0 || m->samples == 0 || m->queries == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "M = %zu, K = %zu, N = %zu, queries = %zu: all must be at least 1",
                            m->tokens, m->hidden, m->samples, m->queries);
    if (!(m->temperature > 0) || (m->attention == ATTNDYN_JOMA_LINEAR && m->temperature != 1))
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "temperature %g: must be > 0, and 1 for linear attention, which has none",
            m->temperature);
    if (!(m->eta_w >= 0) || !(m->eta_z >= 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "eta_w = %g, eta_z = %g: rates are >= 0", m->eta_w,
                            m->eta_z);
    return validate_samples(ctx, m);
}

enum attndyn_status attndyn_joma_work_create(struct attndyn_context *ctx,
                                             const struct attndyn_joma *m,
                                             struct attndyn_joma_work **work) {
    struct attndyn_joma_work *w;
    size_t nm = m->samples * m->tokens, nk = m->samples * m->hidden;
    ATTNDYN_ALLOC(ctx, w, 1);
    w->model = m;
    ATTNDYN_ALLOC(ctx, w->b, nm);
    ATTNDYN_ALLOC(ctx, w->y, nk);
    ATTNDYN_ALLOC(ctx, w->h, nk);
    ATTNDYN_ALLOC(ctx, w->q, nk);
    ATTNDYN_ALLOC(ctx, w->s, nm);
    ATTNDYN_ALLOC(ctx, w->power, m->samples);
    ATTNDYN_ALLOC(ctx, w->gradient, attndyn_joma_size(m));
    ATTNDYN_ALLOC(ctx, w->d1, nk);
    ATTNDYN_ALLOC(ctx, w->d2, nk);
    ATTNDYN_ALLOC(ctx, w->vt, m->tokens * m->hidden);
    ATTNDYN_ALLOC(ctx, w->e, m->queries * m->tokens);
    ATTNDYN_ALLOC(ctx, w->tangent, 6 * m->tokens + 6 * m->hidden);
    *work = w;
    return ATTNDYN_OK;
}

static size_t sample_at(const size_t *sample, size_t j) {
    return sample ? sample[j] : j;
}

static size_t query_of(const struct attndyn_joma *m, size_t i) {
    return m->query ? m->query[i] : 0;
}

/* Softmax of one sample from its own maximum, for when the maximum over all tokens makes all its
 * terms underflow. */
static void attend_alone(const struct attndyn_joma *m, const double *x, const double *z,
                         double *b) {
    double top = -INFINITY, sum = 0;
    for (size_t l = 0; l < m->tokens; l++)
        if (x[l] > 0 && z[l] > top) top = z[l];
    for (size_t l = 0; l < m->tokens; l++) {
        b[l] = x[l] > 0 ? x[l] * exp((z[l] - top) / m->temperature) : 0;
        sum += b[l];
    }
    for (size_t l = 0; l < m->tokens; l++) b[l] /= sum;
}

/* b (count, M) of the samples asked for. */
ATTNDYN_WIDE static void attend(struct attndyn_joma_work *w, const size_t *sample, size_t count,
                                const double *state) {
    const struct attndyn_joma *m = w->model;
    size_t M = m->tokens;
    const double *z = state + attndyn_joma_z_offset(m);
    for (size_t q = 0; q < m->queries; q++) {
        double top = 0;
        if (m->attention == ATTNDYN_JOMA_SOFTMAX) {
            top = z[q * M];
            for (size_t l = 1; l < M; l++)
                if (z[q * M + l] > top) top = z[q * M + l];
        }
        for (size_t l = 0; l < M; l++)
            w->e[q * M + l] = m->attention == ATTNDYN_JOMA_LINEAR
                                  ? z[q * M + l]
                                  : exp((z[q * M + l] - top) / m->temperature);
    }
    for (size_t j = 0; j < count; j++) {
        size_t i = sample_at(sample, j), q = query_of(m, i);
        const double *x = m->x + i * M, *e = w->e + q * M;
        double *b = w->b + j * M, scale = 1;
        for (size_t l = 0; l < M; l++) b[l] = x[l] * e[l];
        if (m->attention == ATTNDYN_JOMA_SOFTMAX) {
            double sum = attndyn_product_sum(M, b);
            if (!(sum > 1e-280)) {
                attend_alone(m, x, z + q * M, b);
                continue;
            }
            scale = 1 / sum;
        } else if (m->normaliser) {
            scale = 1 / m->normaliser[i];
        } else {
            continue;
        }
        for (size_t l = 0; l < M; l++) b[l] *= scale;
    }
}

void attndyn_joma_attend(struct attndyn_joma_work *w, const double *state) {
    attend(w, NULL, w->model->samples, state);
}

/* h, d1 (and d2 where wanted) of count samples from their attention. */
static void activate(struct attndyn_joma_work *w, const size_t *sample, size_t count,
                     const double *state, bool second) {
    const struct attndyn_joma *m = w->model;
    size_t M = m->tokens, K = m->hidden;
    const double *xi = state + attndyn_joma_xi_offset(m);
    for (size_t j = 0; j < count; j++)
        memcpy(w->y + j * K, xi + query_of(m, sample_at(sample, j)) * K, K * sizeof *xi);
    attndyn_product_add(count, K, M, w->b, M, 1, state, w->y);
    attndyn_activation_apply(m->activation, count * K, w->y, w->h, w->d1, second ? w->d2 : NULL);
}

/* q = weight g phi' of the samples asked for. */
ATTNDYN_WIDE static void pull(struct attndyn_joma_work *w, const size_t *sample,
                              const double *weight, size_t count) {
    const struct attndyn_joma *m = w->model;
    size_t K = m->hidden;
    if (m->loss == ATTNDYN_JOMA_CE) attndyn_product_softmax(count, K, w->h, w->q);
    for (size_t j = 0; j < count; j++) {
        size_t i = sample_at(sample, j);
        const double *h = w->h + j * K, *d1 = w->d1 + j * K;
        const double *target = m->loss == ATTNDYN_JOMA_CE ? NULL : m->target + i * K;
        double *q = w->q + j * K;
        double p = weight[j];
        switch (m->loss) {
        case ATTNDYN_JOMA_CE:
            for (size_t k = 0; k < K; k++) q[k] *= -p * d1[k];
            q[m->label[i]] += p * d1[m->label[i]];
            break;
        case ATTNDYN_JOMA_MSE:
            for (size_t k = 0; k < K; k++) q[k] = p * (target[k] - h[k]) * d1[k];
            break;
        case ATTNDYN_JOMA_FIXED:
            for (size_t k = 0; k < K; k++) q[k] = p * target[k] * d1[k];
            break;
        }
    }
}

/* dz += (db/dz)^T s of one sample; power = b.s. */
static inline double turn(const struct attndyn_joma *m, size_t i, const double *b, const double *s,
                          double *dz) {
    size_t M = m->tokens;
    double power = attndyn_product_dot(M, b, s), scale = 1 / m->temperature;
    switch (m->attention) {
    case ATTNDYN_JOMA_LINEAR: {
        const double *x = m->x + i * M;
        double a = m->normaliser ? m->normaliser[i] : 1;
        for (size_t l = 0; l < M; l++) dz[l] += x[l] * s[l] / a;
        break;
    }
    case ATTNDYN_JOMA_EXP:
        for (size_t l = 0; l < M; l++) dz[l] += scale * (b[l] * s[l]);
        break;
    case ATTNDYN_JOMA_SOFTMAX:
        for (size_t l = 0; l < M; l++) dz[l] += scale * (b[l] * (s[l] - power));
        break;
    }
    return power;
}

/* Adds the gradient of at most N samples. */
ATTNDYN_WIDE static void add_gradient(struct attndyn_joma_work *w, const size_t *sample,
                                      const double *weight, size_t count, const double *state,
                                      double *gradient) {
    const struct attndyn_joma *m = w->model;
    size_t M = m->tokens, K = m->hidden;
    attend(w, sample, count, state);
    activate(w, sample, count, state, false);
    pull(w, sample, weight, count);
    attndyn_product_add(M, K, count, w->b, 1, M, w->q, gradient);
    memset(w->s, 0, count * M * sizeof *w->s);
    attndyn_product_add(count, M, K, w->q, K, 1, w->vt, w->s);
    double *dxi = gradient + attndyn_joma_xi_offset(m), *dz = gradient + attndyn_joma_z_offset(m);
    for (size_t j = 0; j < count; j++) {
        size_t i = sample_at(sample, j), query = query_of(m, i);
        const double *q = w->q + j * K;
        for (size_t k = 0; k < K; k++) dxi[query * K + k] += q[k];
        w->power[j] = turn(m, i, w->b + j * M, w->s + j * M, dz + query * M);
    }
}

void attndyn_joma_gradient(struct attndyn_joma_work *w, const size_t *sample, const double *weight,
                           size_t count, const double *state, double *gradient) {
    const struct attndyn_joma *m = w->model;
    if (!weight) weight = m->p, sample = NULL, count = m->samples;
    memset(gradient, 0, attndyn_joma_size(m) * sizeof *gradient);
    attndyn_product_transpose(m->tokens, m->hidden, state, w->vt);
    /* the scratch holds N samples: larger batches pass through it in parts */
    for (size_t done = 0; done < count; done += m->samples) {
        size_t part = count - done < m->samples ? count - done : m->samples;
        add_gradient(w, sample ? sample + done : NULL, weight + done, part, state, gradient);
    }
}

double attndyn_joma_loss(struct attndyn_joma_work *w, const double *state) {
    const struct attndyn_joma *m = w->model;
    size_t K = m->hidden;
    double loss = 0;
    attend(w, NULL, m->samples, state);
    activate(w, NULL, m->samples, state, false);
    for (size_t i = 0; i < m->samples; i++) {
        const double *h = w->h + i * K;
        double one = 0;
        if (m->loss == ATTNDYN_JOMA_CE) {
            double top = h[0], sum = 0;
            for (size_t k = 1; k < K; k++)
                if (h[k] > top) top = h[k];
            for (size_t k = 0; k < K; k++) sum += exp(h[k] - top);
            one = log(sum) + top - h[m->label[i]];
        } else {
            const double *target = m->target + i * K;
            for (size_t k = 0; k < K; k++)
                one += m->loss == ATTNDYN_JOMA_MSE ? 0.5 * (target[k] - h[k]) * (target[k] - h[k])
                                                   : -target[k] * h[k];
        }
        loss += m->p[i] * one;
    }
    return loss;
}

/* lr eta_w and lr eta_z times a gradient. */
ATTNDYN_WIDE static void move(const struct attndyn_joma *m, double rate, const double *gradient,
                              double *state) {
    size_t z = attndyn_joma_z_offset(m), n = attndyn_joma_size(m);
    double w_rate = rate * m->eta_w, z_rate = rate * m->eta_z;
    for (size_t a = 0; a < z; a++) state[a] += w_rate * gradient[a];
    for (size_t a = z; a < n; a++) state[a] += z_rate * gradient[a];
}

void attndyn_joma_step(struct attndyn_joma_work *w, const size_t *sample, const double *weight,
                       size_t count, double rate, double *state) {
    attndyn_joma_gradient(w, sample, weight, count, state, w->gradient);
    move(w->model, rate, w->gradient, state);
}

/* Turns a gradient into a rate, in place; 1 (CVODE: recoverable) unless all is finite. */
static int with_rates(const struct attndyn_joma *m, double *rate) {
    size_t z = attndyn_joma_z_offset(m), n = attndyn_joma_size(m);
    double sum = 0;
    for (size_t a = 0; a < z; a++) rate[a] *= m->eta_w;
    for (size_t a = z; a < n; a++) rate[a] *= m->eta_z;
    for (size_t a = 0; a < n; a++) sum += 0 * rate[a];
    return sum == 0 ? 0 : 1;
}

int attndyn_joma_rhs(double t, const double *state, double *rate, void *work) {
    struct attndyn_joma_work *w = work;
    (void)t;
    attndyn_joma_gradient(w, NULL, NULL, 0, state, rate);
    return with_rates(w->model, rate);
}

double attndyn_joma_second_term(const struct attndyn_joma_work *w, double *second, double *mean) {
    const struct attndyn_joma *m = w->model;
    double total = 0;
    if (second) memset(second, 0, m->tokens * sizeof *second);
    if (mean) memset(mean, 0, m->tokens * sizeof *mean);
    for (size_t i = 0; i < m->samples; i++) {
        const double *b = w->b + i * m->tokens;
        for (size_t l = 0; second && l < m->tokens; l++) second[l] += b[l] * w->power[i];
        for (size_t l = 0; mean && l < m->tokens; l++) mean[l] += m->p[i] * b[l];
        total += w->power[i];
    }
    return total;
}

int attndyn_joma_softmax_quadrature(double t, const double *state, double *rate, void *work) {
    const struct attndyn_joma_work *w = work;
    const struct attndyn_joma *m = w->model;
    size_t M = m->tokens;
    (void)t, (void)state; /* called right after the right-hand side at the same state */
    double total = attndyn_joma_second_term(w, rate + M, rate);
    for (size_t l = 0; l < M; l++) {
        rate[l] *= m->eta_w * total;
        rate[M + l] *= m->eta_w;
    }
    return 0;
}

/* The tangent of one sample: with dotted quantities along (V', xi', z'), adds to jv (without eta)
 *   b' q^T + b q'^T | q' | the derivative of (db/dz)^T s. */
static void sample_tangent(struct attndyn_joma_work *w, size_t i, const double *state,
                           const double *v, double *jv) {
    const struct attndyn_joma *m = w->model;
    size_t M = m->tokens, K = m->hidden, query = query_of(m, i);
    const double *vxi = v + attndyn_joma_xi_offset(m) + query * K;
    const double *vz = v + attndyn_joma_z_offset(m) + query * M;
    double *jxi = jv + attndyn_joma_xi_offset(m) + query * K;
    double *jz = jv + attndyn_joma_z_offset(m) + query * M;
    const double *b = w->b + i * M, *h = w->h + i * K, *d1 = w->d1 + i * K, *d2 = w->d2 + i * K;
    const double *q = w->q + i * K, *s = w->s + i * M;
    double *tb = w->tangent, *ts = tb + M, *ty = ts + M, *tg = ty + K, *tq = tg + K, *g = tq + K;
    double scale = 1 / m->temperature, along = 0, a = m->normaliser ? m->normaliser[i] : 1;

    for (size_t l = 0; l < M; l++) along += b[l] * vz[l];
    for (size_t l = 0; l < M; l++)
        tb[l] = m->attention == ATTNDYN_JOMA_LINEAR ? m->x[i * M + l] * vz[l] / a
                : m->attention == ATTNDYN_JOMA_EXP  ? scale * b[l] * vz[l]
                                                    : scale * b[l] * (vz[l] - along);
    memcpy(ty, vxi, K * sizeof *ty);
    for (size_t l = 0; l < M; l++)
        for (size_t k = 0; k < K; k++) ty[k] += v[l * K + k] * b[l] + state[l * K + k] * tb[l];

    /* g and its tangent: ce has g = onehot - softmax(h), mse g = target - h. */
    if (m->loss == ATTNDYN_JOMA_CE) {
        double top = h[0], sum = 0, mean = 0;
        for (size_t k = 1; k < K; k++)
            if (h[k] > top) top = h[k];
        for (size_t k = 0; k < K; k++) sum += g[k] = exp(h[k] - top);
        for (size_t k = 0; k < K; k++) mean += g[k] / sum * d1[k] * ty[k];
        for (size_t k = 0; k < K; k++) {
            g[k] = -g[k] / sum;
            tg[k] = g[k] * (d1[k] * ty[k] - mean);
        }
        g[m->label[i]] += 1;
    } else {
        for (size_t k = 0; k < K; k++) {
            g[k] = m->target[i * K + k] - (m->loss == ATTNDYN_JOMA_MSE ? h[k] : 0);
            tg[k] = m->loss == ATTNDYN_JOMA_MSE ? -d1[k] * ty[k] : 0;
        }
    }
    for (size_t k = 0; k < K; k++) {
        tq[k] = m->p[i] * (tg[k] * d1[k] + g[k] * d2[k] * ty[k]);
        jxi[k] += tq[k];
    }
    double cross = 0, power = 0;
    for (size_t l = 0; l < M; l++) {
        ts[l] = 0;
        for (size_t k = 0; k < K; k++) {
            ts[l] += v[l * K + k] * q[k] + state[l * K + k] * tq[k];
            jv[l * K + k] += tb[l] * q[k] + b[l] * tq[k];
        }
        power += b[l] * s[l];
        cross += tb[l] * s[l] + b[l] * ts[l];
    }
    for (size_t l = 0; l < M; l++)
        jz[l] += m->attention == ATTNDYN_JOMA_LINEAR ? m->x[i * M + l] * ts[l] / a
                 : m->attention == ATTNDYN_JOMA_EXP
                     ? scale * (tb[l] * s[l] + b[l] * ts[l])
                     : scale * (tb[l] * (s[l] - power) + b[l] * (ts[l] - cross));
}

/* Leaves in the scratch what the tangents at this state need. */
static void prepare_tangents(struct attndyn_joma_work *w, const double *state) {
    attndyn_joma_gradient(w, NULL, NULL, 0, state, w->gradient);
    activate(w, NULL, w->model->samples, state, true);
}

static int tangent(struct attndyn_joma_work *w, const double *state, const double *v, double *jv) {
    memset(jv, 0, attndyn_joma_size(w->model) * sizeof *jv);
    for (size_t i = 0; i < w->model->samples; i++) sample_tangent(w, i, state, v, jv);
    return with_rates(w->model, jv);
}

int attndyn_joma_jacobian_times(double t, const double *state, const double *v, double *jv,
                                void *work) {
    (void)t;
    prepare_tangents(work, state);
    return tangent(work, state, v, jv);
}

int attndyn_joma_jacobian(double t, const double *state, double *j, void *work) {
    struct attndyn_joma_work *w = work;
    size_t n = attndyn_joma_size(w->model);
    double *unit = w->gradient; /* free once the scratch is prepared */
    (void)t;
    prepare_tangents(w, state);
    memset(unit, 0, n * sizeof *unit);
    for (size_t c = 0; c < n; c++) {
        unit[c] = 1;
        int failed = tangent(w, state, unit, j + c * n);
        if (failed) return failed;
        unit[c] = 0;
    }
    return 0;
}
