/* The equations of one class, each in one place; derived here from the full flow of arXiv
 * 2305.16380, section 3. Letters: f, g normalised context (distinct, common); gd, gg rows of Y (e_n
 * - alpha_n)/delta; S = f . gd + g . gg; all rates per internal time sigma:
 *
 *     da_j = f_j      db_j = -beta_o f_j      de_g = (V - K) beta_v g_g
 *     dz_j = lambda f_j (gd_j - f_j S)        dw_g = N lambda g_g (gg_g - g_g S)
 *     dB   = lambda sum_j f_j (gd_j - f_j S) / sum_j f_j^2
 *
 * V = K: gd_j = a_j K/(K-1), gg = 0. V > K: gd_j = a_j (1 + beta_v) + (K-1) b_j (beta_v - beta_o),
 * gg_g = V beta_v e_g, as a row of Y sums to zero. QSD: a_j = sigma f_j. */
#include "reduced_rates.h"

#include <math.h>

static double kappa(const struct attndyn_reduced *m) {
    return (double)m->K / (double)(m->K - 1);
}

double attndyn_reduced_delta(double gap) {
    return gap > 0 ? exp(-gap) / (1 + exp(-gap)) : 1 / (1 + exp(gap));
}

double attndyn_reduced_ln_delta(double gap) {
    return gap > 0 ? -gap - log1p(exp(-gap)) : -log1p(exp(gap));
}

/* f and g by softmax of ln c~ with the largest subtracted, then l2-normalised. */
static void direction(const struct attndyn_reduced *m, const double *y,
                      struct attndyn_reduced_point *o) {
    const double *z = y + m->at_z, *w = y + m->at_w;
    double top = -INFINITY;
    for (size_t j = 0; j < m->D; j++) top = fmax(top, o->f[j] = log(m->p[j]) + z[j]);
    for (size_t i = 0; i < m->G; i++) top = fmax(top, o->g[i] = log(m->q[i]) + w[i]);
    double square = 0;
    for (size_t j = 0; j < m->D; j++) {
        o->f[j] = exp(o->f[j] - top);
        square += o->f[j] * o->f[j];
    }
    for (size_t i = 0; i < m->G; i++) {
        o->g[i] = exp(o->g[i] - top);
        square += o->g[i] * o->g[i];
    }
    double scale = 1 / sqrt(square);
    o->q = o->s = 0;
    for (size_t j = 0; j < m->D; j++) {
        o->f[j] *= scale;
        o->q += o->f[j] * o->f[j];
    }
    for (size_t i = 0; i < m->G; i++) {
        o->g[i] *= scale;
        o->s += o->g[i] * o->g[i];
    }
}

static void square_point(const struct attndyn_reduced *m, const double *y,
                         struct attndyn_reduced_point *o) {
    double k = kappa(m);
    if (m->options.kind == ATTNDYN_REDUCED_QSD) {
        o->h = o->sigma * o->q;
        /* f (gd - f S) = k sigma f^2 (1 - q), with 1 - q = s free of cancellation */
        for (size_t j = 0; j < m->D; j++) o->force[j] = k * o->sigma * o->f[j] * o->f[j] * o->s;
    } else {
        const double *a = y + m->at_a;
        o->h = 0;
        for (size_t j = 0; j < m->D; j++) o->h += a[j] * o->f[j];
        for (size_t j = 0; j < m->D; j++) o->force[j] = k * o->f[j] * (a[j] - o->f[j] * o->h);
    }
    for (size_t i = 0; i < m->G; i++) o->force_g[i] = -k * o->h * o->g[i] * o->g[i];
    o->S = o->u = k * o->h;
    o->gap = o->u - log((double)(m->K - 1));
    o->beta_o = 1 / (double)(m->K - 1);
    o->beta_v = 0;
}

static void square_tangent(const struct attndyn_reduced *m, const double *y,
                           const struct attndyn_reduced_point *o, double dsigma, const double *v,
                           struct attndyn_reduced_point *d) {
    double k = kappa(m), dh = 0;
    if (m->options.kind == ATTNDYN_REDUCED_QSD) {
        dh = dsigma * o->q + o->sigma * d->q;
        for (size_t j = 0; j < m->D; j++)
            d->force[j] =
                k * o->f[j] *
                (o->f[j] * (dsigma * o->s + o->sigma * d->s) + 2 * o->sigma * o->s * d->f[j]);
    } else {
        const double *a = y + m->at_a, *da = v + m->at_a;
        for (size_t j = 0; j < m->D; j++) dh += da[j] * o->f[j] + a[j] * d->f[j];
        for (size_t j = 0; j < m->D; j++)
            d->force[j] =
                k * (d->f[j] * (a[j] - 2 * o->f[j] * o->h) + o->f[j] * (da[j] - o->f[j] * dh));
    }
    for (size_t i = 0; i < m->G; i++)
        d->force_g[i] = -k * o->g[i] * (dh * o->g[i] + 2 * o->h * d->g[i]);
    d->S = d->gap = k * dh;
    d->beta_o = d->beta_v = 0;
}

/* V > K: the logits of the own, another real and a never column. */
struct logits {
    double own, other, never;
};

static struct logits wide_logits(const struct attndyn_reduced *m, const double *a, const double *b,
                                 const double *e, const double *f, const double *g) {
    double K1 = (double)(m->K - 1), V0 = (double)(m->V - m->K), E = 0;
    struct logits l = {0, 0, 0};
    for (size_t i = 0; i < m->G; i++) E += e[i] * g[i];
    for (size_t j = 0; j < m->D; j++) {
        l.own += a[j] * f[j];
        l.other += b[j] * f[j];
    }
    l.never = -(l.own + K1 * l.other + (double)m->K * E) / V0;
    l.own += E;
    l.other += E;
    return l;
}

static void wide_point(const struct attndyn_reduced *m, const double *y,
                       struct attndyn_reduced_point *o) {
    const double *a = y + m->at_a, *b = y + m->at_b, *e = y + m->at_e;
    double K1 = (double)(m->K - 1), V0 = (double)(m->V - m->K), V = (double)m->V;
    struct logits l = wide_logits(m, a, b, e, o->f, o->g);
    double top = fmax(l.other, l.never);
    double wrong = top + log(K1 * exp(l.other - top) + V0 * exp(l.never - top));
    o->beta_o = exp(l.other - wrong);
    o->beta_v = exp(l.never - wrong);
    o->gap = l.own - wrong;
    o->u = l.own - l.other;
    o->h = 0;
    for (size_t j = 0; j < m->D; j++) o->h += a[j] * o->f[j];
    o->S = 0;
    for (size_t j = 0; j < m->D; j++) {
        o->force[j] = a[j] * (1 + o->beta_v) + K1 * b[j] * (o->beta_v - o->beta_o);
        o->S += o->f[j] * o->force[j];
    }
    for (size_t i = 0; i < m->G; i++) {
        o->force_g[i] = V * e[i] * o->beta_v;
        o->S += o->g[i] * o->force_g[i];
    }
    for (size_t j = 0; j < m->D; j++) o->force[j] = o->f[j] * (o->force[j] - o->f[j] * o->S);
    for (size_t i = 0; i < m->G; i++) o->force_g[i] = o->g[i] * (o->force_g[i] - o->g[i] * o->S);
}

static void wide_tangent(const struct attndyn_reduced *m, const double *y,
                         const struct attndyn_reduced_point *o, const double *v,
                         struct attndyn_reduced_point *d) {
    const double *a = y + m->at_a, *b = y + m->at_b, *e = y + m->at_e;
    const double *da = v + m->at_a, *db = v + m->at_b, *de = v + m->at_e;
    double K1 = (double)(m->K - 1), V0 = (double)(m->V - m->K), V = (double)m->V;
    /* the logits are bilinear in (rows of Y) x (f, g) */
    struct logits by_rows = wide_logits(m, da, db, de, o->f, o->g);
    struct logits by_f = wide_logits(m, a, b, e, d->f, d->g);
    double other = by_rows.other + by_f.other, never = by_rows.never + by_f.never;
    double wrong = K1 * o->beta_o * other + V0 * o->beta_v * never;
    d->beta_o = o->beta_o * (other - wrong);
    d->beta_v = o->beta_v * (never - wrong);
    d->gap = by_rows.own + by_f.own - wrong;
    d->S = 0;
    for (size_t j = 0; j < m->D; j++) {
        double gd = a[j] * (1 + o->beta_v) + K1 * b[j] * (o->beta_v - o->beta_o);
        d->force[j] = da[j] * (1 + o->beta_v) + a[j] * d->beta_v +
                      K1 * (db[j] * (o->beta_v - o->beta_o) + b[j] * (d->beta_v - d->beta_o));
        d->S += d->f[j] * gd + o->f[j] * d->force[j];
    }
    for (size_t i = 0; i < m->G; i++) {
        d->force_g[i] = V * (de[i] * o->beta_v + e[i] * d->beta_v);
        d->S += d->g[i] * V * e[i] * o->beta_v + o->g[i] * d->force_g[i];
    }
    for (size_t j = 0; j < m->D; j++) {
        double gd = a[j] * (1 + o->beta_v) + K1 * b[j] * (o->beta_v - o->beta_o);
        d->force[j] =
            d->f[j] * (gd - 2 * o->f[j] * o->S) + o->f[j] * (d->force[j] - o->f[j] * d->S);
    }
    for (size_t i = 0; i < m->G; i++) {
        double gg = V * e[i] * o->beta_v;
        d->force_g[i] =
            d->g[i] * (gg - 2 * o->g[i] * o->S) + o->g[i] * (d->force_g[i] - o->g[i] * d->S);
    }
}

void attndyn_reduced_point_at(const struct attndyn_reduced *m, double x, const double *y,
                              struct attndyn_reduced_point *o) {
    size_t part = m->D + m->G;
    o->f = m->work;
    o->g = m->work + m->D;
    o->force = m->work + part;
    o->force_g = o->force + m->D;
    o->sigma = m->options.clock == ATTNDYN_REDUCED_SIGMA ? x : y[m->at_time];
    direction(m, y, o);
    if (m->V > m->K)
        wide_point(m, y, o);
    else
        square_point(m, y, o);
    o->gain = 0;
    for (size_t j = 0; j < m->D; j++) o->gain += o->force[j];
    o->gain /= o->q;
}

void attndyn_reduced_tangent(const struct attndyn_reduced *m, const double *y,
                             const struct attndyn_reduced_point *o, double dsigma, const double *v,
                             struct attndyn_reduced_point *d) {
    size_t part = m->D + m->G;
    d->f = m->work + 2 * part;
    d->g = d->f + m->D;
    d->force = m->work + 3 * part;
    d->force_g = d->force + m->D;
    const double *dz = v + m->at_z, *dw = v + m->at_w;
    double mean = 0; /* what the normalisation takes away */
    for (size_t j = 0; j < m->D; j++) mean += o->f[j] * o->f[j] * dz[j];
    for (size_t i = 0; i < m->G; i++) mean += o->g[i] * o->g[i] * dw[i];
    d->q = d->s = 0;
    for (size_t j = 0; j < m->D; j++) {
        d->f[j] = o->f[j] * (dz[j] - mean);
        d->q += 2 * o->f[j] * d->f[j];
    }
    for (size_t i = 0; i < m->G; i++) {
        d->g[i] = o->g[i] * (dw[i] - mean);
        d->s += 2 * o->g[i] * d->g[i];
    }
    if (m->V > m->K)
        wide_tangent(m, y, o, v, d);
    else
        square_tangent(m, y, o, dsigma, v, d);
    d->gain = -o->gain * d->q;
    for (size_t j = 0; j < m->D; j++) d->gain += d->force[j];
    d->gain /= o->q;
}

void attndyn_reduced_rates(const struct attndyn_reduced *m, const double *y,
                           const struct attndyn_reduced_point *o, double *r) {
    double N = (double)m->N, V0 = (double)(m->V - m->K);
    for (size_t j = 0; j < m->length_a; j++) r[m->at_a + j] = o->f[j];
    for (size_t j = 0; j < m->length_b; j++) r[m->at_b + j] = -o->beta_o * o->f[j];
    for (size_t i = 0; i < m->length_e; i++) r[m->at_e + i] = V0 * o->beta_v * o->g[i];
    for (size_t j = 0; j < m->D; j++) r[m->at_z + j] = m->lambda * o->force[j];
    for (size_t i = 0; i < m->G; i++) r[m->at_w + i] = N * m->lambda * o->force_g[i];
    r[m->at_B] = m->lambda * o->gain;
    if (m->options.clock == ATTNDYN_REDUCED_SIGMA) {
        /* d tau = (1 + e^gap) e^-tau: from dt/dsigma = K/(eta_Y delta) */
        double tau = y[m->at_time];
        r[m->at_time] = exp(-tau) + exp(o->gap - tau);
    } else {
        r[m->at_time] = 1;
    }
}

void attndyn_reduced_rates_tangent(const struct attndyn_reduced *m, const double *y,
                                   const struct attndyn_reduced_point *o, const double *v,
                                   const struct attndyn_reduced_point *d, double *r) {
    double N = (double)m->N, V0 = (double)(m->V - m->K);
    for (size_t j = 0; j < m->length_a; j++) r[m->at_a + j] = d->f[j];
    for (size_t j = 0; j < m->length_b; j++)
        r[m->at_b + j] = -d->beta_o * o->f[j] - o->beta_o * d->f[j];
    for (size_t i = 0; i < m->length_e; i++)
        r[m->at_e + i] = V0 * (d->beta_v * o->g[i] + o->beta_v * d->g[i]);
    for (size_t j = 0; j < m->D; j++) r[m->at_z + j] = m->lambda * d->force[j];
    for (size_t i = 0; i < m->G; i++) r[m->at_w + i] = N * m->lambda * d->force_g[i];
    r[m->at_B] = m->lambda * d->gain;
    if (m->options.clock == ATTNDYN_REDUCED_SIGMA) {
        double tau = y[m->at_time], dtau = v[m->at_time];
        r[m->at_time] = -exp(-tau) * dtau + exp(o->gap - tau) * (d->gap - dtau);
    } else {
        r[m->at_time] = 0;
    }
}
