#include "frequencies.h"

#include <math.h>

/* R_c = 2 (w1 * w2)_c less its mean. */
static void response(const struct attndyn_frequencies *m, const double *w, double *R) {
    size_t p = m->p;
    double mean = 0;
    for (size_t c = 0; c < p; c++) R[c] = 0;
    for (size_t x = 0; x < p; x++)
        for (size_t y = 0; y < p; y++) R[(x + y) % p] += 2 * w[x] * w[p + y];
    for (size_t c = 0; c < p; c++) mean += R[c] / (double)p;
    for (size_t c = 0; c < p; c++) R[c] -= mean;
}

double attndyn_frequencies_energy(const struct attndyn_frequencies *m, const double *w) {
    double sum = 0, *R = m->work;
    response(m, w, R);
    for (size_t c = 0; c < m->p; c++) sum += R[c] * R[c] / 2;
    return sum;
}

void attndyn_frequencies_gradient(const struct attndyn_frequencies *m, const double *w,
                                  double *gradient) {
    size_t p = m->p;
    double *R = m->work;
    response(m, w, R);
    for (size_t i = 0; i < 2 * p; i++) gradient[i] = 0;
    for (size_t x = 0; x < p; x++)
        for (size_t y = 0; y < p; y++) {
            double r = 2 * R[(x + y) % p];
            gradient[x] += r * w[p + y];
            gradient[p + y] += r * w[x];
        }
}

static int rhs(double s, const double *w, double *dw, void *user) {
    (void)s;
    const struct attndyn_frequencies *m = user;
    double square = 0;
    attndyn_frequencies_gradient(m, w, dw);
    for (size_t i = 0; i < 2 * m->p; i++) square += dw[i] * dw[i];
    double length = sqrt(square);
    for (size_t i = 0; i < 2 * m->p; i++) dw[i] /= length;
    dw[2 * m->p] = 1 / length;
    return isfinite(1 / length) ? 0 : 1;
}

enum attndyn_status attndyn_frequencies_create(struct attndyn_context *ctx, size_t p,
                                               struct attndyn_frequencies **model) {
    if (p < 3)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "modular addition needs p >= 3 to have a frequency, not %zu", p);
    struct attndyn_frequencies *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->p = p;
    ATTNDYN_ALLOC(ctx, m->work, p);
    m->problem = (struct attndyn_ode_problem){.n = 2 * p + 1, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

void attndyn_frequencies_power(size_t p, const double *w, double *power) {
    const double turn = 6.28318530717958647693;
    for (size_t k = 1; k <= (p - 1) / 2; k++) {
        double re = 0, im = 0;
        for (size_t x = 0; x < p; x++) {
            double phase = turn * (double)(k * x % p) / (double)p;
            re += w[x] * cos(phase), im -= w[x] * sin(phase);
        }
        power[k - 1] = re * re + im * im;
    }
}
