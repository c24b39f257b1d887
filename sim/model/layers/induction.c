#include "induction_private.h"

#include "../../num/linalg.h"
#include "../rates.h"
#include "segments_private.h"

#include <math.h>
#include <string.h>

static const double complex_step = 1e-30;

double complex attndyn_induction_gradient(struct attndyn_induction *m, const double complex *theta,
                                          double complex *gradient) {
    size_t Q = m->options.Q;
    double weight = 1 / (double)(Q * m->permutations);
    double complex loss = 0;
    memset(gradient, 0, m->n * sizeof *gradient);
    attndyn_segments_forward(m->segments, theta + m->at_z1);
    for (size_t k = 0; k < m->permutations; k++)
        for (size_t q = 0; q < Q; q++) {
            const size_t *partner = m->permutation + k * Q;
            size_t row = m->at_zeta + q * m->M;
            loss += attndyn_segments_example(m->segments, partner, partner[q], weight, theta + row,
                                             theta, gradient + row, gradient, NULL, NULL);
        }
    attndyn_segments_backward(m->segments, gradient + m->at_z1);
    return loss;
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    struct attndyn_induction *m = user;
    for (size_t k = 0; k < m->n; k++) m->theta[k] = y[k];
    attndyn_induction_gradient(m, m->theta, m->gradient);
    return attndyn_segments_rates(m->n, m->rate, m->gradient, dydt);
}

/* All orders of 0 .. Q-1, by the factorial number system. */
static void permute(struct attndyn_induction *m) {
    size_t Q = m->options.Q;
    for (size_t k = 0; k < m->permutations; k++) {
        size_t *to = m->permutation + k * Q, rest = k;
        for (size_t i = 0; i < Q; i++) to[i] = i;
        for (size_t i = Q; i > 1; i--) {
            size_t j = rest % i, other = to[i - 1];
            rest /= i;
            to[i - 1] = to[j], to[j] = other;
        }
    }
}

enum attndyn_status attndyn_induction_create(struct attndyn_context *ctx,
                                             const struct attndyn_induction_options *options,
                                             struct attndyn_induction **model) {
    if (options->Q > 6)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "Q = %zu: all Q! permutations are enumerated, at most 6 of them!",
                            options->Q);
    const struct attndyn_rate rates[] = {
        {"eta_y", options->eta_y}, {"eta_zeta", options->eta_zeta}, {"eta_1", options->eta_1}, {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    struct attndyn_induction *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->options = *options;
    ATTNDYN_TRY(attndyn_segments_create(ctx, options->Q, options->G, options->a, &m->segments));
    size_t Q = options->Q;
    m->M = m->segments->M;
    m->at_zeta = m->M * Q;
    m->at_z1 = m->at_zeta + Q * m->M;
    m->n = m->at_z1 + m->M;
    m->permutations = 1;
    for (size_t i = 2; i <= Q; i++) m->permutations *= i;
    ATTNDYN_ALLOC(ctx, m->permutation, m->permutations * Q);
    permute(m);
    ATTNDYN_ALLOC(ctx, m->rate, m->n);
    for (size_t k = 0; k < m->n; k++)
        m->rate[k] = k < m->at_zeta ? options->eta_y
                     : k < m->at_z1 ? options->eta_zeta
                                    : options->eta_1;
    ATTNDYN_ALLOC(ctx, m->theta, m->n);
    ATTNDYN_ALLOC(ctx, m->gradient, m->n);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_induction_rate(struct attndyn_context *ctx, struct attndyn_induction *m,
                                           double *lambda, double *z1) {
    size_t decoder = m->at_zeta, count = m->n - decoder;
    double *C, *gram, *values, of_zeta = 0, of_z1 = 0;
    ATTNDYN_ALLOC(ctx, C, count * decoder);
    ATTNDYN_ALLOC(ctx, gram, count * count);
    ATTNDYN_ALLOC(ctx, values, count);
    for (size_t k = 0; k < count; k++) {
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        memset(m->theta, 0, m->n * sizeof *m->theta);
        m->theta[decoder + k] = complex_step * _Complex_I;
        attndyn_induction_gradient(m, m->theta, m->gradient);
        for (size_t i = 0; i < decoder; i++) {
            double entry = cimag(m->gradient[i]) / complex_step;
            double *largest = decoder + k < m->at_z1 ? &of_zeta : &of_z1;
            *largest = fmax(*largest, fabs(entry));
            C[k * decoder + i] = entry * sqrt(m->rate[decoder + k] * m->rate[i]);
        }
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < decoder; k++) sum += C[i * decoder + k] * C[j * decoder + k];
            gram[i * count + j] = gram[j * count + i] = sum;
        }
    ATTNDYN_TRY(attndyn_eigen_symmetric(ctx, count, gram, values, NULL));
    *lambda = sqrt(fmax(0, values[count - 1]));
    *z1 = of_zeta > 0 ? of_z1 / of_zeta : 0;
    return ATTNDYN_OK;
}

struct gate {
    double h, slope; /* and dh/dalpha */
};

static struct gate gate(const struct attndyn_induction_reduced *m, double alpha) {
    double key = sqrt(m->c2 / 2), others = m->Q - 1;
    double w = 1 / (1 + others * exp(-key * alpha)), rest = (1 - w) / others;
    double dw = key * w * (1 - w); /* dw/dalpha; that of rest is -dw/others */
    double square = m->c2 * (w * w + others * rest * rest) + 1 - m->c2, root = sqrt(square);
    double h = key * (w - rest) / root;
    double dsquare = 2 * m->c2 * (w - rest) * dw;
    return (struct gate){h, key * dw * (1 + 1 / others) / root - h * dsquare / (2 * square)};
}

static int rhs_reduced(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_induction_reduced *m = user;
    struct gate g = gate(m, y[ATTNDYN_INDUCTION_ALPHA]);
    double u = y[ATTNDYN_INDUCTION_Y] * g.h;
    double share = exp(-u) / (1 + (m->Q - 1) * exp(-u)); /* delta/(Q-1) */
    dy[ATTNDYN_INDUCTION_Y] = m->eta_y * share * g.h;
    dy[ATTNDYN_INDUCTION_ALPHA] = m->eta_zeta * share * y[ATTNDYN_INDUCTION_Y] * g.slope;
    return isfinite(dy[0]) && isfinite(dy[1]) ? 0 : 1;
}

struct attndyn_ode_problem attndyn_induction_reduced_problem(
    const struct attndyn_induction_reduced *model) {
    return (struct attndyn_ode_problem){
        .n = ATTNDYN_INDUCTION_STATES, .rhs = rhs_reduced, .user = (void *)(uintptr_t)model};
}

double attndyn_induction_reduced_loss(const struct attndyn_induction_reduced *m, const double *y) {
    struct gate g = gate(m, y[ATTNDYN_INDUCTION_ALPHA]);
    return log1p((m->Q - 1) * exp(-y[ATTNDYN_INDUCTION_Y] * g.h));
}
