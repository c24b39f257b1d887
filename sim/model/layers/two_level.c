#include "two_level.h"

#include "../../num/linalg.h"
#include "../rates.h"

#include <math.h>
#include <string.h>

static const double complex_step = 1e-30;

static void classes(struct attndyn_two_level *m, const double complex *theta,
                    double complex *gradient, double complex *loss, double *attention) {
    size_t Q = m->options.Q;
    double complex *weights = m->gradient + m->n;
    *loss = 0;
    for (size_t n = 0; n < Q; n++) {
        for (size_t i = 0; i < Q; i++) m->partner[i] = (i + n) % Q;
        *loss += attndyn_segments_example(m->segments, m->partner, n, 1 / (double)Q,
                                          theta + m->at_zeta, theta + m->at_Y,
                                          gradient + m->at_zeta, gradient + m->at_Y, weights, NULL);
        double most = 0;
        for (size_t i = 0; i < Q; i++) most = fmax(most, creal(weights[i]));
        if (attention) *attention += most / (double)Q;
    }
}

double complex attndyn_two_level_gradient(struct attndyn_two_level *m, const double complex *theta,
                                          double complex *gradient) {
    double complex loss;
    memset(gradient, 0, m->n * sizeof *gradient);
    attndyn_segments_forward(m->segments, theta + m->at_z1);
    classes(m, theta, gradient, &loss, NULL);
    if (m->options.local_weight > 0)
        loss += attndyn_segments_local(m->segments, m->options.local_weight, theta + m->at_A,
                                       theta + m->at_B, gradient + m->at_A, gradient + m->at_B);
    attndyn_segments_backward(m->segments, gradient + m->at_z1);
    return loss;
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    struct attndyn_two_level *m = user;
    for (size_t k = 0; k < m->n; k++) m->theta[k] = y[k];
    attndyn_two_level_gradient(m, m->theta, m->gradient);
    return attndyn_segments_rates(m->n, m->rate, m->gradient, dydt);
}

enum attndyn_status attndyn_two_level_create(struct attndyn_context *ctx,
                                             const struct attndyn_two_level_options *options,
                                             struct attndyn_two_level **model) {
    const struct attndyn_rate rates[] = {{"eta_y", options->eta_y},
                                         {"eta_zeta", options->eta_zeta},
                                         {"eta_1", options->eta_1},
                                         {"local_weight", options->local_weight},
                                         {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    struct attndyn_two_level *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->options = *options;
    ATTNDYN_TRY(attndyn_segments_create(ctx, options->Q, options->G, options->a, &m->segments));
    m->M = m->segments->M;
    size_t decoder = m->M * options->Q;
    bool local = options->local_weight > 0;
    m->at_zeta = decoder;
    m->at_z1 = m->at_zeta + m->M;
    m->at_A = m->at_z1 + m->M;
    m->at_B = m->at_A + (local ? decoder : 0);
    m->n = m->at_B + (local ? decoder : 0);
    ATTNDYN_ALLOC(ctx, m->rate, m->n);
    for (size_t k = 0; k < m->n; k++)
        m->rate[k] = k >= m->at_zeta && k < m->at_z1 ? options->eta_zeta
                     : k >= m->at_z1 && k < m->at_A  ? options->eta_1
                                                     : options->eta_y;
    ATTNDYN_ALLOC(ctx, m->theta, m->n);
    /* also layer 2's attention weights in one class */
    ATTNDYN_ALLOC(ctx, m->gradient, m->n + options->Q);
    ATTNDYN_ALLOC(ctx, m->partner, options->Q);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

void attndyn_two_level_hessian_column(struct attndyn_two_level *m, const double *y, size_t entry,
                                      double *column) {
    for (size_t k = 0; k < m->n; k++) m->theta[k] = y[k];
    m->theta[entry] += complex_step * _Complex_I;
    attndyn_two_level_gradient(m, m->theta, m->gradient);
    for (size_t k = 0; k < m->n; k++) column[k] = cimag(m->gradient[k]) / complex_step;
}

void attndyn_two_level_see(struct attndyn_two_level *m, const double *y,
                           struct attndyn_two_level_seen *seen) {
    size_t Q = m->options.Q, n = 2 + m->options.G;
    double complex loss;
    *seen = (struct attndyn_two_level_seen){0};
    for (size_t k = 0; k < m->n; k++) m->theta[k] = y[k];
    memset(m->gradient, 0, m->n * sizeof *m->gradient);
    attndyn_segments_forward(m->segments, m->theta + m->at_z1);
    for (size_t s = 0; s < Q * Q; s++)
        for (size_t k = 0; k < 2; k++) {
            double x = creal(m->segments->x[s * n + k]);
            seen->c2 += x * x / (double)(Q * Q);
            if (s == 0) seen->c2_first += x * x;
        }
    classes(m, m->theta, m->gradient, &loss, &seen->attention);
    seen->loss = creal(loss);
    if (m->options.local_weight > 0)
        seen->loss_local =
            creal(attndyn_segments_local(m->segments, 1, m->theta + m->at_A, m->theta + m->at_B,
                                         m->gradient + m->at_A, m->gradient + m->at_B));
}

static enum attndyn_status linearise(struct attndyn_context *ctx, struct attndyn_two_level *m,
                                     struct attndyn_two_level_rates *rates) {
    size_t decoder = m->M * m->options.Q, count = 2 * m->M;
    double *y, *column, *C, *gram, *values, *f, largest = 0;
    ATTNDYN_ALLOC(ctx, y, m->n);
    ATTNDYN_ALLOC(ctx, column, m->n);
    ATTNDYN_ALLOC(ctx, C, count * decoder); /* row k: the column of one entry of (zeta, z1) */
    ATTNDYN_ALLOC(ctx, gram, count * count);
    ATTNDYN_ALLOC(ctx, values, count);
    ATTNDYN_ALLOC(ctx, f, m->M);
    *rates = (struct attndyn_two_level_rates){0};
    for (size_t k = 0; k < count; k++) {
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        attndyn_two_level_hessian_column(m, y, m->at_zeta + k, column);
        for (size_t i = 0; i < decoder; i++) largest = fmax(largest, fabs(column[i]));
        for (size_t i = 0; i < count; i++)
            rates->within = fmax(rates->within, fabs(column[m->at_zeta + i]));
        memcpy(C + k * decoder, column, decoder * sizeof *C);
    }
    /* f is the same for all classes at the origin, so any class gives it. */
    double complex *zero = m->theta, *scrap = m->gradient, *shared;
    ATTNDYN_ALLOC(ctx, shared, m->M);
    memset(zero, 0, m->n * sizeof *zero);
    attndyn_segments_forward(m->segments, zero + m->at_z1);
    for (size_t i = 0; i < m->options.Q; i++) m->partner[i] = i;
    attndyn_segments_example(m->segments, m->partner, 0, 1, zero + m->at_zeta, zero + m->at_Y,
                             scrap + m->at_zeta, scrap + m->at_Y, NULL, shared);
    for (size_t l = 0; l < m->M; l++) f[l] = creal(shared[l]);
    for (size_t k = 0; k < count; k++)
        for (size_t v = 0; v < m->options.Q; v++) {
            double along = 0;
            for (size_t l = 0; l < m->M; l++) along += f[l] * C[k * decoder + l * m->options.Q + v];
            rates->along = fmax(rates->along, fabs(along));
        }
    if (largest > 0) rates->within /= largest, rates->along /= largest;
    for (size_t k = 0; k < count; k++) {
        double scale = sqrt(m->rate[m->at_zeta + k] * m->options.eta_y);
        for (size_t i = 0; i < decoder; i++) C[k * decoder + i] *= scale;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < decoder; k++) sum += C[i * decoder + k] * C[j * decoder + k];
            gram[i * count + j] = gram[j * count + i] = sum;
        }
    ATTNDYN_TRY(attndyn_eigen_symmetric(ctx, count, gram, values, NULL));
    double top = values[count - 1];
    rates->lambda = sqrt(fmax(0, top));
    for (size_t k = count; k-- > 0;) {
        if (values[k] > top * (1 - 2e-9)) {
            rates->multiplicity++;
        } else {
            rates->other = sqrt(fmax(0, values[k] / top));
            break;
        }
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_two_level_linearise(struct attndyn_context *ctx,
                                                struct attndyn_two_level *model,
                                                struct attndyn_two_level_rates *rates) {
    uint64_t mark = attndyn_memory_mark(ctx);
    enum attndyn_status status = linearise(ctx, model, rates);
    attndyn_memory_release(ctx, mark);
    return status;
}

enum attndyn_status attndyn_two_level_spectrum(struct attndyn_context *ctx,
                                               struct attndyn_two_level *m, const double *y,
                                               double *rates) {
    uint64_t mark = attndyn_memory_mark(ctx);
    double *h;
    ATTNDYN_ALLOC(ctx, h, m->n * m->n);
    for (size_t k = 0; k < m->n; k++) {
        attndyn_two_level_hessian_column(m, y, k, h + k * m->n);
        for (size_t i = 0; i < m->n; i++) h[k * m->n + i] *= sqrt(m->rate[k] * m->rate[i]);
    }
    enum attndyn_status status = attndyn_eigen_symmetric(ctx, m->n, h, rates, NULL);
    attndyn_memory_release(ctx, mark);
    return status;
}
