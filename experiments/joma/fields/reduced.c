/* The folded dynamics in its forms and clocks, linear attention, bouncing back, critical points:
 * rates from the formulas as they are printed in the headers. */
#include "fields.h"
#include "sim/model/joma/bounce.h"
#include "sim/model/joma/folded.h"
#include "sim/model/joma/linear.h"
#include "theory/joma/critical.h"

enum { M = 4, K = 3 };

static double square(const double *row) {
    double sum = 0;
    for (size_t k = 0; k < K; k++) sum += row[k] * row[k];
    return sum;
}

/* dV/dt in physical time, and how fast path length goes by. */
static void folded_rates(const struct attndyn_joma_folded *m, const double *v, double *dv,
                         double *path) {
    double whole = 0, A = 1, half = m->rho / 2;
    *path = 0;
    for (size_t l = 0; l < M; l++) whole += square(v + l * K);
    if (m->weight) A = 0;
    for (size_t l = 0; m->weight && l < M; l++)
        A += m->weight[l] *
             exp(half * (square(v + l * K) - (m->baseline ? m->baseline[l] * whole : 0)) + m->c[l]);
    for (size_t l = 0; l < M; l++) {
        double shared = half * (square(v + l * K) - (m->baseline ? m->baseline[l] * whole : 0)),
               printed = 0, row = 0;
        for (size_t k = 0; k < K; k++) printed += exp(half * v[l * K + k] * v[l * K + k]);
        for (size_t k = 0; k < K; k++) {
            double x = v[l * K + k];
            double E = m->form == ATTNDYN_JOMA_SHARED    ? exp(shared)
                       : m->form == ATTNDYN_JOMA_PRINTED ? printed
                                                         : exp(half * x * x);
            dv[l * K + k] = m->eta_w * m->delta[l * K + k] * E * exp(m->c[l]) / A;
            row += dv[l * K + k] * dv[l * K + k];
        }
        if (m->form != ATTNDYN_JOMA_SEPARATE) *path += sqrt(row);
        for (size_t k = 0; m->form == ATTNDYN_JOMA_SEPARATE && k < K; k++)
            *path += fabs(dv[l * K + k]);
    }
}

static enum attndyn_status folded(const struct trial *run, const struct fields *p,
                                  struct attndyn_random *random, enum attndyn_joma_form form,
                                  bool rescaled, bool normalised) {
    static const char *const forms[] = {"shared", "printed", "separate"};
    double delta[M * K], c[M], weight[M], baseline[M], y[M * K + 1], found[M * K + 1],
        expected[M * K + 1], path;
    attndyn_random_normals(random, 1, M * K, delta);
    attndyn_random_normals(random, 0.3, M, c);
    attndyn_random_normals(random, 0.6, M * K + 1, y);
    for (size_t l = 0; l < M; l++) {
        weight[l] = 0.2 + attndyn_random_uniform(random);
        baseline[l] = attndyn_random_uniform(random) / M;
    }
    struct attndyn_joma_folded m = {.tokens = M,
                                    .nodes = K,
                                    .delta = delta,
                                    .c = c,
                                    .weight = normalised ? weight : NULL,
                                    .baseline = normalised ? baseline : NULL,
                                    .eta_w = p->eta_w,
                                    .rho = p->eta_z / p->eta_w,
                                    .form = form,
                                    .rescaled = rescaled,
                                    .stop_at = 10,
                                    .t_end = INFINITY,
                                    .cap = 700};
    ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &m));
    const char *name = attndyn_format(run->ctx, "folded, %s%s%s", forms[form],
                                      normalised ? ", normalised and corrected" : "",
                                      rescaled ? ", path length" : "");
    if (!name) return ATTNDYN_NO_MEMORY;
    const struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&m);
    if (problem.rhs(0, y, found, problem.user) != 0)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "%s: no rate", name);
    folded_rates(&m, y, expected, &path);
    for (size_t i = 0; rescaled && i < M * K; i++) expected[i] /= path;
    if (rescaled) expected[M * K] = 1 / path;
    ATTNDYN_TRY(
        fields_compare(run, "flow", name, "flow against its formula", problem.n, found, expected));
    return fields_jacobians(run, p, name, &problem, y, random);
}

/* A state whose rate no double can hold is refused, never computed with. */
static enum attndyn_status overflowing(const struct trial *run, const struct fields *p) {
    double delta[M * K], v[M * K], velocity[M * K], rho = p->eta_z / p->eta_w;
    for (size_t i = 0; i < M * K; i++) delta[i] = 1, v[i] = sqrt(2 * 705 / rho / K);
    struct attndyn_joma_folded m = {.tokens = M,
                                    .nodes = K,
                                    .delta = delta,
                                    .eta_w = p->eta_w,
                                    .rho = rho,
                                    .stop_at = 100,
                                    .t_end = 1,
                                    .cap = 700};
    ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &m));
    const struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&m);
    ATTNDYN_TRY(EMIT(run, refused, .model = "folded, as a flow", .exponent = 705,
                     .passed = problem.rhs(0, v, velocity, problem.user) == 0));
    return EMIT(run, refused, .model = "folded, as a velocity", .exponent = 705,
                .passed = attndyn_joma_folded_velocity(&m, v, velocity));
}

static enum attndyn_status bounce(const struct trial *run, const struct fields *p,
                                  struct attndyn_random *random, bool normalised,
                                  bool logarithmic) {
    double mu[M], v0[M], y[M], v[M], found[M], expected[M], A = 0;
    for (size_t j = 0; j < M; j++) {
        mu[j] = 0.5 + attndyn_random_uniform(random), v0[j] = 0.3 * attndyn_random_uniform(random);
        y[j] = 0.4 * attndyn_random_uniform(random);
    }
    struct attndyn_joma_bounce m = {.components = M,
                                    .mu = mu,
                                    .v0 = v0,
                                    .beta = p->temperature,
                                    .normalised = normalised,
                                    .logarithmic = logarithmic};
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(run->ctx, &m));
    const struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&m);
    const char *name = attndyn_format(run->ctx, "bounce-back%s%s", normalised ? ", normalised" : "",
                                      logarithmic ? ", logarithms" : "");
    if (!name) return ATTNDYN_NO_MEMORY;
    for (size_t j = 0; j < M; j++) {
        v[j] = logarithmic ? mu[j] - (mu[j] - v0[j]) * exp(-y[j]) : y[j];
        A += exp(m.beta * v[j] * v[j]);
    }
    for (size_t j = 0; j < M; j++)
        expected[j] =
            (logarithmic ? 1 : mu[j] - v[j]) * exp(m.beta * v[j] * v[j]) / (normalised ? A : 1);
    if (problem.rhs(0, y, found, problem.user) != 0)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "%s: no rate", name);
    ATTNDYN_TRY(fields_compare(run, "flow", name, "flow against its formula", M, found, expected));
    return fields_jacobians(run, p, name, &problem, y, random);
}

static enum attndyn_status linear(const struct trial *run, const struct fields *p,
                                  struct attndyn_random *random) {
    double delta[M], y[2 * M], found[2 * M], expected[2 * M];
    attndyn_random_normals(random, 1, M, delta);
    attndyn_random_normals(random, 1, 2 * M, y);
    struct attndyn_joma_linear m = {
        .tokens = M, .delta = delta, .eta_w = p->eta_w, .eta_z = p->eta_z};
    const struct attndyn_ode_problem problem = attndyn_joma_linear_problem(&m);
    for (size_t l = 0; l < M; l++) {
        expected[l] = p->eta_w * delta[l] * y[M + l];
        expected[M + l] = p->eta_z * delta[l] * y[l];
    }
    problem.rhs(0, y, found, problem.user);
    ATTNDYN_TRY(fields_compare(run, "flow", "linear attention, one node",
                               "flow against its formula", 2 * M, found, expected));
    return fields_jacobians(run, p, "linear attention, one node", &problem, y, random);
}

/* Squared loss on Gaussian clusters: field and Jacobian by differences of loss and field. */
static int critical_field(double t, const double *w, double *field, void *user) {
    (void)t;
    attndyn_critical_field(user, w, field);
    return 0;
}

static enum attndyn_status critical(const struct trial *run, const struct fields *p,
                                    struct attndyn_random *random) {
    enum { D = 3, C = 2 };
    static const double probability[] = {0.3, 0.7}, at[] = {-2, -1, 1, 2}, by[] = {1, -8, 8, -1};
    double centres[C * D], target[C], w[D + 1], moved[D + 1], field[D + 1], expected[D + 1],
        u[D + 1], along[D + 1], jacobian[(D + 1) * (D + 1)], h = p->step;
    attndyn_random_normals(random, 1, C * D, centres);
    attndyn_random_normals(random, 1, D + 1, w);
    attndyn_random_normals(random, 1, D + 1, u);
    for (size_t c = 0; c < C; c++) target[c] = 0.5 + attndyn_random_uniform(random);
    struct attndyn_critical m = {.dimension = D,
                                 .clusters = C,
                                 .centres = centres,
                                 .probability = probability,
                                 .target = target,
                                 .sigma = 0.6};
    attndyn_critical_field(&m, w, field);
    for (size_t i = 0; i <= D; i++) {
        double sum = 0;
        for (size_t j = 0; j <= D; j++) moved[j] = w[j];
        for (int s = 0; s < 4; s++) {
            moved[i] = w[i] + at[s] * h;
            sum += by[s] * attndyn_critical_loss(&m, moved);
        }
        expected[i] = -sum / (12 * h);
    }
    ATTNDYN_TRY(fields_compare(run, "flow", "critical points", "field against the loss", D + 1,
                               field, expected));
    const struct attndyn_ode_problem problem = {.n = D + 1, .rhs = critical_field, .user = &m};
    ATTNDYN_TRY(fields_difference(run->ctx, p, &problem, w, u, expected));
    attndyn_critical_jacobian(&m, w, jacobian);
    for (size_t i = 0; i <= D; i++) {
        along[i] = 0;
        for (size_t j = 0; j <= D; j++) along[i] += jacobian[i * (D + 1) + j] * u[j];
    }
    return fields_compare(run, "jacobian", "critical points", "Jacobian against differences", D + 1,
                          along, expected);
}

enum attndyn_status fields_reduced(const struct trial *run, const struct fields *p,
                                   struct attndyn_random *random) {
    for (int rescaled = 0; rescaled < 2; rescaled++) {
        for (int form = ATTNDYN_JOMA_SHARED; form <= ATTNDYN_JOMA_SEPARATE; form++)
            ATTNDYN_TRY(folded(run, p, random, (enum attndyn_joma_form)form, rescaled, false));
        ATTNDYN_TRY(folded(run, p, random, ATTNDYN_JOMA_SHARED, rescaled, true));
    }
    ATTNDYN_TRY(overflowing(run, p));
    for (int k = 0; k < 4; k++) ATTNDYN_TRY(bounce(run, p, random, k & 1, k >> 1));
    ATTNDYN_TRY(linear(run, p, random));
    return critical(run, p, random);
}
