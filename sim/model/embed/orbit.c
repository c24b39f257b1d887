#include "orbit.h"

#include <math.h>
#include <string.h>

struct point {
    double *f, *g;           /* f_d (D), f_g (G) */
    double *force, *force_g; /* dz/dt, dw_g/dt over eta_z delta, as derivatives in z */
    double own;              /* |f_d|^2 */
    double Pi, w2, along;    /* along: w.f_d */
    double stretch;          /* zeta/omega */
};

/* Pi at |w|^2. */
static double amplitude(const struct attndyn_orbit *m, double w2) {
    const struct attndyn_orbit_options *o = &m->options;
    double factors = (double)o->factors;
    switch (o->kind) {
    case ATTNDYN_ORBIT_CHAIN:
        return pow(1 + o->eta_u / o->eta_r * w2, 0.5 * (factors - 1));
    case ATTNDYN_ORBIT_BALANCED:
        return pow(w2, 0.5 * (factors - 1));
    case ATTNDYN_ORBIT_TIED:
        return 1 + o->eta_u / o->eta_r * w2;
    default:
        return 1;
    }
}

static double stretch_of(const struct attndyn_orbit *m, const double *y) {
    double square = 0;
    if (!m->options.through) return 1;
    for (size_t i = 0; i < m->D + m->G; i++) square += y[m->at_z + i] * y[m->at_z + i];
    return 1 + m->options.eta_u / m->options.eta_z * square;
}

void attndyn_orbit_attention(const struct attndyn_orbit *m, const double *y, double *z,
                             double *wg) {
    double stretch = stretch_of(m, y), root = m->options.through ? sqrt((double)m->K) : 1;
    for (size_t j = 0; j < m->D; j++) z[j] = stretch * y[m->at_z + j] / root;
    for (size_t g = 0; g < m->G; g++) wg[g] = stretch * y[m->at_wg + g];
}

void attndyn_orbit_decoder(const struct attndyn_orbit *m, const double *y, double *decoder) {
    double w2 = 0;
    for (size_t j = 0; j < m->D; j++) w2 += y[j] * y[j];
    for (size_t j = 0; j < m->D; j++) decoder[j] = amplitude(m, w2) * y[j];
}

static void point_at(const struct attndyn_orbit *m, const double *y, struct point *o) {
    double *work = m->work, most = -INFINITY, square = 0;
    o->f = work, o->g = o->f + m->D;
    o->force = o->g + m->G, o->force_g = o->force + m->D;
    attndyn_orbit_attention(m, y, o->f, o->g);
    for (size_t i = 0; i < m->D + m->G; i++) most = fmax(most, o->f[i]);
    for (size_t i = 0; i < m->D + m->G; i++) {
        o->f[i] = (i < m->D ? m->p[i] : m->q[i - m->D]) * exp(o->f[i] - most);
        square += o->f[i] * o->f[i];
    }
    o->own = o->w2 = o->along = 0;
    for (size_t i = 0; i < m->D + m->G; i++) o->f[i] /= sqrt(square);
    for (size_t j = 0; j < m->D; j++) {
        o->own += o->f[j] * o->f[j];
        o->w2 += y[j] * y[j];
        o->along += y[j] * o->f[j];
    }
    o->Pi = amplitude(m, o->w2);
    o->stretch = stretch_of(m, y);
    double S = o->Pi * o->along; /* over delta */
    for (size_t j = 0; j < m->D; j++)
        o->force[j] = o->f[j] * (o->Pi * y[j] - o->f[j] * S) / (double)m->K;
    for (size_t g = 0; g < m->G; g++)
        o->force_g[g] = -o->g[g] * o->g[g] * S * (double)m->N / (double)m->K;
}

/* Rates per sigma, ln(1 + t) included: dt/d(sigma) = K - 1 + e^u. */
static void rates(const struct attndyn_orbit *m, const double *y, const struct point *o,
                  double *dy) {
    const struct attndyn_orbit_options *opt = &m->options;
    double others = (double)m->K - 1, pace = opt->eta_z * others, sum = 0;
    for (size_t j = 0; j < m->D; j++) dy[j] = opt->eta_r * o->Pi * o->f[j];
    if (opt->through) {
        double root = sqrt((double)m->K);
        for (size_t j = 0; j < m->D; j++) dy[m->at_z + j] = pace * o->stretch * root * o->force[j];
        for (size_t g = 0; g < m->G; g++) dy[m->at_wg + g] = pace * o->stretch * o->force_g[g];
        /* dzeta = stretch domega + omega dstretch */
        double change = 0;
        for (size_t i = 0; i < m->D + m->G; i++) change += y[m->at_z + i] * dy[m->at_z + i];
        change *= 2 * opt->eta_u / opt->eta_z;
        for (size_t j = 0; j < m->D; j++)
            sum += (o->stretch * dy[m->at_z + j] + y[m->at_z + j] * change) / root;
    } else {
        for (size_t j = 0; j < m->D; j++) sum += dy[m->at_z + j] = pace * o->force[j];
        for (size_t g = 0; g < m->G; g++) dy[m->at_wg + g] = pace * o->force_g[g];
    }
    dy[m->at_B] = sum / o->own;
    dy[m->at_T] = others * exp(-y[m->at_T]) + exp(o->Pi * o->along - y[m->at_T]);
}

static int rhs(double x, const double *y, double *dy, void *user) {
    (void)x;
    const struct attndyn_orbit *m = user;
    struct point o;
    point_at(m, y, &o);
    rates(m, y, &o, dy);
    double u = o.Pi * o.along, others = (double)m->K - 1, pace = 1;
    bool finite = true;
    if (m->options.clock == ATTNDYN_ORBIT_T) pace = exp(-u) / (1 + others * exp(-u));
    if (m->options.clock == ATTNDYN_ORBIT_PATH) pace = 1 / o.Pi;
    for (size_t i = 0; i < m->at_T; i++) finite = isfinite(dy[i] *= pace) && finite;
    if (m->options.clock == ATTNDYN_ORBIT_T) dy[m->at_T] = exp(-y[m->at_T]);
    if (m->options.clock == ATTNDYN_ORBIT_PATH) dy[m->at_T] = 0;
    finite = finite && isfinite(dy[m->at_T]);
    return finite ? 0 : 1;
}

static int event(double x, const double *y, double *g, void *user) {
    (void)x;
    const struct attndyn_orbit *m = user;
    double w2 = 0;
    for (size_t j = 0; j < m->D; j++) w2 += y[j] * y[j];
    g[0] = sqrt(w2) - m->target;
    return 0;
}

enum attndyn_status attndyn_orbit_create(struct attndyn_context *ctx,
                                         const struct attndyn_symmetric_family *family,
                                         const struct attndyn_orbit_options *options,
                                         struct attndyn_orbit **model) {
    if (family->columns != family->classes || family->classes < 2 || family->distinct < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the orbit needs at least two classes, a distinct token and V = K "
                            "columns, not K = %zu, D = %zu, V = %zu",
                            family->classes, family->distinct, family->columns);
    if (!(options->eta_r > 0) || !(options->eta_u >= 0) || !(options->eta_z >= 0) ||
        !isfinite(options->eta_r + options->eta_u + options->eta_z))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "learning rates must be finite with eta_r > 0, eta_u >= 0 and eta_z >= "
                            "0, not %g, %g, %g",
                            options->eta_r, options->eta_u, options->eta_z);
    if ((options->kind == ATTNDYN_ORBIT_CHAIN || options->kind == ATTNDYN_ORBIT_BALANCED) &&
        options->factors < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "a chain needs at least one factor");
    if (options->through && (options->kind != ATTNDYN_ORBIT_TIED || !(options->eta_z > 0) ||
                             family->classes_per_last != family->classes))
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "attention through the embeddings closes for tied embeddings, one query "
            "(N = K) and eta_z > 0");
    struct attndyn_orbit *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->options = *options;
    m->K = family->classes, m->N = family->classes_per_last;
    m->D = family->distinct, m->G = family->commons;
    m->p = family->p, m->q = family->q;
    m->at_z = m->D;
    m->at_wg = m->at_z + m->D;
    m->at_B = m->at_wg + m->G;
    m->at_T = m->at_B + 1;
    m->n = m->at_T + 1;
    m->target = INFINITY;
    ATTNDYN_ALLOC(ctx, m->work, 2 * (m->D + m->G) + m->n);
    m->problem =
        (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .events = 1, .event = event, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

void attndyn_orbit_start(const struct attndyn_orbit *m, double start, double *y) {
    struct point o;
    memset(y, 0, m->n * sizeof *y);
    point_at(m, y, &o);
    for (size_t j = 0; j < m->D; j++) y[j] = start * o.f[j];
}

void attndyn_orbit_see(const struct attndyn_orbit *m, const double *y,
                       struct attndyn_orbit_seen *seen) {
    struct point o;
    double others = (double)m->K - 1, *dy = m->work + 2 * (m->D + m->G), radial = 0;
    point_at(m, y, &o);
    rates(m, y, &o, dy);
    seen->w = sqrt(o.w2);
    seen->Pi = o.Pi;
    seen->y = o.Pi * seen->w;
    seen->gap = o.Pi * o.along;
    seen->stretch = o.stretch;
    seen->ln_delta = log(others) - seen->gap - log1p(others * exp(-seen->gap));
    double T = y[m->at_T];
    seen->ln_t = m->options.clock == ATTNDYN_ORBIT_PATH ? NAN : T > 40 ? T : log(expm1(T));
    for (size_t j = 0; j < m->D; j++) radial += y[j] * dy[j];
    radial /= o.w2; /* d ln |w| */
    double bend;    /* d ln |y| / d ln |w| = 1 + d ln Pi/d ln |w| */
    double r = m->options.eta_u / m->options.eta_r * o.w2, n = (double)m->options.factors;
    switch (m->options.kind) {
    case ATTNDYN_ORBIT_CHAIN:
        bend = 1 + (n - 1) * r / (1 + r);
        break;
    case ATTNDYN_ORBIT_BALANCED:
        bend = n;
        break;
    case ATTNDYN_ORBIT_TIED:
        bend = 1 + 2 * r / (1 + r);
        break;
    default:
        bend = 1;
    }
    seen->B_slope = dy[m->at_B] / (radial * bend);
}
