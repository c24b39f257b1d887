#include "flow.h"

#include "../rates.h"

#include <math.h>
#include <string.h>

struct one {        /* scratch of one class: pieces of model->work */
    double *W;      /* (R, M) */
    double *f;      /* (M) */
    double *r;      /* (V) residual */
    double *e;      /* (M) */
    double *p, *dp; /* (R) */
    double norm, loss;
};

static struct one pieces(const struct attndyn_positions *m) {
    struct one o = {.W = m->work};
    o.f = o.W + m->R * m->M;
    o.r = o.f + m->M;
    o.e = o.r + m->V;
    o.p = o.e + m->M;
    o.dp = o.p + m->R;
    return o;
}

static const double *theta(const struct attndyn_positions *m, const double *y, size_t query) {
    return y + m->at_p + (m->options.apart ? query * m->P : 0);
}

void attndyn_positions_logits(const struct attndyn_positions *m, const double *y, size_t query,
                              double *p) {
    const double *t = theta(m, y, query);
    for (size_t r = 0; r < m->R; r++) {
        p[r] = 0;
        for (size_t k = 0; k < m->P; k++) p[r] += m->Phi[r * m->P + k] * t[k];
    }
}

/* W, f, residual and loss of class n. The largest exponent is taken out: a common factor of W,
 * which norm and gradient do not see. */
static void forward(const struct attndyn_positions *m, const double *y, size_t n, struct one *o) {
    const struct attndyn_placed *data = m->data;
    size_t query = data->query[n];
    const double *z = y + m->at_z + query * m->M;
    double largest = -INFINITY, square = 0;
    attndyn_positions_logits(m, y, query, o->p);
    for (size_t r = 0; r < m->R; r++) {
        const double *law = attndyn_placed_law(data, r, n);
        for (size_t l = 0; l < m->M; l++)
            if (law[l] > 0) largest = fmax(largest, o->p[r] + z[l]);
    }
    memset(o->f, 0, m->M * sizeof *o->f);
    for (size_t r = 0; r < m->R; r++) {
        const double *law = attndyn_placed_law(data, r, n);
        for (size_t l = 0; l < m->M; l++) {
            double w = law[l] > 0 ? data->share[r] * law[l] * exp(o->p[r] + z[l] - largest) : 0;
            o->W[r * m->M + l] = w;
            o->f[l] += w;
        }
    }
    for (size_t l = 0; l < m->M; l++) square += o->f[l] * o->f[l];
    o->norm = sqrt(square);
    for (size_t l = 0; l < m->M; l++) o->f[l] /= o->norm;
    memset(o->r, 0, m->V * sizeof *o->r);
    for (size_t l = 0; l < m->M; l++)
        for (size_t k = 0; k < m->V; k++) o->r[k] += y[l * m->V + k] * o->f[l];
    size_t own = data->answer[n];
    double right = o->r[own], others = 0, top = -INFINITY, sum = 0, wrong = 0;
    for (size_t k = 0; k < m->V; k++) {
        top = fmax(top, o->r[k]);
        if (k != own) others += exp(o->r[k] - right);
    }
    o->loss = log1p(others);
    for (size_t k = 0; k < m->V; k++) sum += o->r[k] = exp(o->r[k] - top);
    for (size_t k = 0; k < m->V; k++) {
        o->r[k] /= -sum;
        if (k != own) wrong -= o->r[k];
    }
    o->r[own] = wrong; /* 1 - alpha_nn without a rounding */
}

static int rhs(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_positions *m = user;
    const struct attndyn_positions_options *opt = &m->options;
    struct one o = pieces(m);
    memset(dy, 0, m->n * sizeof *dy);
    for (size_t n = 0; n < m->K; n++) {
        double P = m->data->class_probability[n], along = 0;
        size_t query = m->data->query[n];
        double *dz = dy + m->at_z + query * m->M;
        double *dtheta = dy + m->at_p + (opt->apart ? query * m->P : 0);
        forward(m, y, n, &o);
        for (size_t l = 0; l < m->M; l++) {
            o.e[l] = 0;
            for (size_t k = 0; k < m->V; k++) {
                o.e[l] += y[l * m->V + k] * o.r[k];
                dy[l * m->V + k] += opt->eta_y * P * o.f[l] * o.r[k];
            }
            along += o.f[l] * o.e[l];
        }
        for (size_t l = 0; l < m->M; l++) {
            o.e[l] = P * (o.e[l] - o.f[l] * along) / o.norm;
            dz[l] += opt->eta_z * o.f[l] * o.norm * o.e[l];
        }
        for (size_t r = 0; r < m->R; r++) {
            double dp = 0;
            for (size_t l = 0; l < m->M; l++) dp += o.W[r * m->M + l] * o.e[l];
            for (size_t k = 0; k < m->P; k++) dtheta[k] += opt->eta_p * m->Phi[r * m->P + k] * dp;
        }
    }
    for (size_t k = 0; k < m->n; k++)
        if (!isfinite(dy[k])) return 1; /* a trial step too far: ask for a smaller one */
    return 0;
}

double attndyn_positions_loss(const struct attndyn_positions *m, const double *y) {
    struct one o = pieces(m);
    double loss = 0;
    for (size_t n = 0; n < m->K; n++) {
        forward(m, y, n, &o);
        loss += m->data->class_probability[n] * o.loss;
    }
    return loss;
}

void attndyn_positions_attention(const struct attndyn_positions *m, const double *y, size_t n,
                                 double *buckets, double *tokens) {
    struct one o = pieces(m);
    double sum = 0;
    forward(m, y, n, &o);
    memset(tokens, 0, m->M * sizeof *tokens);
    for (size_t r = 0; r < m->R; r++) {
        buckets[r] = 0;
        for (size_t l = 0; l < m->M; l++) {
            buckets[r] += o.W[r * m->M + l];
            tokens[l] += o.W[r * m->M + l];
        }
        sum += buckets[r];
    }
    for (size_t r = 0; r < m->R; r++) buckets[r] /= sum;
    for (size_t l = 0; l < m->M; l++) tokens[l] /= sum;
}

size_t attndyn_position_parameters(const struct attndyn_positions_options *o, size_t R) {
    return o->code == ATTNDYN_POSITION_FREE    ? R
           : o->code == ATTNDYN_POSITION_SLOPE ? 1
                                               : 2 * o->frequencies;
}

void attndyn_position_code(const struct attndyn_positions_options *o, size_t R, double *Phi) {
    size_t P = attndyn_position_parameters(o, R);
    const double pi = 3.14159265358979323846;
    for (size_t r = 0; r < R; r++)
        for (size_t k = 0; k < P; k++) {
            double *to = &Phi[r * P + k], F = (double)o->frequencies, i = (double)(k / 2);
            if (o->code == ATTNDYN_POSITION_FREE) *to = r == k;
            if (o->code == ATTNDYN_POSITION_SLOPE) *to = -(double)r;
            if (o->code != ATTNDYN_POSITION_SINUSOIDS) continue;
            double omega = o->base > 0 ? pow(o->base, -i / F) : pi * (i + 0.5) / F;
            *to = k % 2 ? sin(omega * (double)(r + 1)) : cos(omega * (double)(r + 1));
        }
}

enum attndyn_status attndyn_positions_check(struct attndyn_context *ctx,
                                            const struct attndyn_positions_options *options) {
    const struct attndyn_rate rates[] = {
        {"eta_y", options->eta_y}, {"eta_z", options->eta_z}, {"eta_p", options->eta_p}, {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    if (options->code == ATTNDYN_POSITION_SINUSOIDS &&
        (options->frequencies < 1 || !(options->base == 0 || options->base > 1)))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "sinusoids need at least one frequency and a base above 1 (or 0: "
                            "equidistant), not %zu and %g",
                            options->frequencies, options->base);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_positions_create(struct attndyn_context *ctx,
                                             const struct attndyn_placed *data,
                                             const struct attndyn_positions_options *options,
                                             struct attndyn_positions **model) {
    ATTNDYN_TRY(attndyn_positions_check(ctx, options));
    struct attndyn_positions *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->data = data;
    m->options = *options;
    m->K = data->classes, m->V = data->answers, m->M = data->tokens, m->R = data->positions,
    m->L = data->queries;
    m->P = attndyn_position_parameters(options, m->R);
    m->at_z = m->M * m->V;
    m->at_p = m->at_z + m->L * m->M;
    m->n = m->at_p + (options->apart ? m->L : 1) * m->P;
    ATTNDYN_ALLOC(ctx, m->Phi, m->R * m->P);
    attndyn_position_code(options, m->R, m->Phi);
    ATTNDYN_ALLOC(ctx, m->work, m->R * m->M + 2 * m->M + m->V + 2 * m->R);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}
