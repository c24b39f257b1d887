#include "normed.h"

#include "../rates.h"

#include <math.h>
#include <string.h>

struct one {                   /* scratch of one class: pieces of model->work */
    double *c, *f, *alpha, *q; /* (M) attention, (d), (V), (d) */
    double norm, loss;
};

static struct one pieces(const struct attndyn_normed *m) {
    double *w = m->work;
    return (struct one){
        .c = w, .f = w + m->M, .alpha = w + m->M + m->d, .q = w + m->M + m->d + m->V};
}

/* Attention, bag, probabilities and loss of class n; c is filled on the class's tokens only. */
static void forward(const struct attndyn_normed *m, const double *y, size_t n, struct one *o) {
    const struct attndyn_distribution *data = m->data;
    const double *z = y + m->at_z + data->last[n] * m->M, *B = y + m->at_B;
    double largest = -INFINITY, sum = 0, square = 0;
    for (size_t e = data->start[n]; e < data->start[n + 1]; e++)
        largest = fmax(largest, z[data->token[e]]);
    memset(o->f, 0, m->d * sizeof *o->f);
    for (size_t e = data->start[n]; e < data->start[n + 1]; e++) {
        size_t l = data->token[e];
        sum += o->c[l] = data->probability[e] * exp(z[l] - largest);
    }
    for (size_t e = data->start[n]; e < data->start[n + 1]; e++) {
        size_t l = data->token[e];
        o->c[l] /= sum;
        for (size_t i = 0; i < m->d; i++) o->f[i] += o->c[l] * y[l * m->d + i];
    }
    for (size_t i = 0; i < m->d; i++) square += o->f[i] * o->f[i];
    o->norm = sqrt(square);
    for (size_t i = 0; i < m->d; i++) o->f[i] /= o->norm;
    double top = -INFINITY, total = 0;
    for (size_t k = 0; k < m->V; k++) {
        o->alpha[k] = 0;
        for (size_t i = 0; i < m->d; i++) o->alpha[k] += B[k * m->d + i] * o->f[i];
        top = fmax(top, o->alpha[k]);
    }
    double others = 0; /* logits relative to the right one: -ln alpha_n = ln(1 + others) */
    for (size_t k = 0; k < m->V; k++)
        if (k != n) others += exp(o->alpha[k] - o->alpha[n]);
    o->loss = log1p(others);
    for (size_t k = 0; k < m->V; k++) total += o->alpha[k] = exp(o->alpha[k] - top);
    double wrong = 0;
    for (size_t k = 0; k < m->V; k++) {
        o->alpha[k] /= total;
        if (k != n) wrong += o->alpha[k];
    }
    o->alpha[n] = -wrong; /* now minus the residual r_n, without a rounding of 1 - alpha_nn */
}

static int rhs(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_normed *m = user;
    const struct attndyn_distribution *data = m->data;
    struct one o = pieces(m);
    const double *B = y + m->at_B;
    double *dB = dy + m->at_B;
    memset(dy, 0, m->n * sizeof *dy);
    for (size_t n = 0; n < data->classes; n++) {
        forward(m, y, n, &o);
        double *dz = dy + m->at_z + data->last[n] * m->M, P = data->class_probability[n];
        double along = 0;
        memset(o.q, 0, m->d * sizeof *o.q);
        for (size_t k = 0; k < m->V; k++)
            for (size_t i = 0; i < m->d; i++) {
                o.q[i] -= B[k * m->d + i] * o.alpha[k];
                dB[k * m->d + i] -= m->options.eta_b * P * o.alpha[k] * o.f[i];
            }
        for (size_t i = 0; i < m->d; i++) along += o.f[i] * o.q[i];
        for (size_t i = 0; i < m->d; i++) o.q[i] = (o.q[i] - o.f[i] * along) / o.norm;
        for (size_t e = data->start[n]; e < data->start[n + 1]; e++) {
            size_t l = data->token[e];
            double pull = 0;
            for (size_t i = 0; i < m->d; i++) {
                dy[l * m->d + i] += m->options.eta_u * P * o.c[l] * o.q[i];
                pull += y[l * m->d + i] * o.q[i];
            }
            dz[l] += m->options.eta_z * P * o.c[l] * pull;
        }
    }
    for (size_t k = 0; k < m->n; k++)
        if (!isfinite(dy[k])) return 1; /* a trial step too far: ask for a smaller one */
    return 0;
}

enum attndyn_status attndyn_normed_create(struct attndyn_context *ctx,
                                          const struct attndyn_distribution *data,
                                          const struct attndyn_normed_options *options,
                                          struct attndyn_normed **model) {
    const struct attndyn_rate rates[] = {
        {"eta_u", options->eta_u}, {"eta_b", options->eta_b}, {"eta_z", options->eta_z}, {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    struct attndyn_normed *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->data = data;
    m->options = *options;
    m->M = data->tokens;
    m->V = data->columns;
    m->L = data->last_tokens;
    m->d = options->width ? options->width : m->M;
    m->at_B = m->M * m->d;
    m->at_z = m->at_B + m->V * m->d;
    m->n = m->at_z + m->L * m->M;
    ATTNDYN_ALLOC(ctx, m->work, m->M + 2 * m->d + m->V);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

void attndyn_normed_orthonormal(const struct attndyn_normed *m, double *y) {
    memset(y, 0, m->n * sizeof *y);
    for (size_t l = 0; l < m->M && l < m->d; l++) y[l * m->d + l] = 1;
}

double attndyn_normed_loss(const struct attndyn_normed *m, const double *y) {
    struct one o = pieces(m);
    double loss = 0;
    for (size_t n = 0; n < m->data->classes; n++) {
        forward(m, y, n, &o);
        loss += m->data->class_probability[n] * o.loss;
    }
    return loss;
}

void attndyn_normed_bags(const struct attndyn_normed *m, const double *y, double *f, double *norm) {
    struct one o = pieces(m);
    for (size_t n = 0; n < m->data->classes; n++) {
        forward(m, y, n, &o);
        memcpy(f + n * m->d, o.f, m->d * sizeof *f);
        norm[n] = o.norm;
    }
}

void attndyn_normed_law(const struct attndyn_normed *m, const double *y, double *law) {
    for (size_t l = 0; l < m->M; l++) {
        double square = 0, sum = 0;
        for (size_t i = 0; i < m->d; i++) square += y[l * m->d + i] * y[l * m->d + i];
        for (size_t r = 0; r < m->L; r++) sum += y[m->at_z + r * m->M + l];
        law[l] = sum / m->options.eta_z - square / (2 * m->options.eta_u);
    }
}
