/* Closed forms at any rates, starts and constants: their derivative in time is what the equation
 * says it is. And the order of the integrator that goes by rows. */
#include "fields.h"
#include "sim/model/joma/rows.h"
#include "theory/joma/isotropic.h"
#include "theory/joma/rows.h"

enum { M = 4, K = 3 };

static const double at[] = {-2, -1, 1, 2}, by[] = {1, -8, 8, -1};

/* The law of one component, its time, and the law of a row. */
static enum attndyn_status laws(const struct trial *run, const struct fields *p,
                                struct attndyn_random *random) {
    double rho = p->eta_z / p->eta_w, found[M], expected[M], times[M], asked[M], row[M * K],
           rate[M * K];
    for (size_t l = 0; l < M; l++) {
        double d[K], v0[K], v[K], c = 0.3 * attndyn_random_normal(random), slope[K] = {0};
        attndyn_random_normals(random, 1, K, d);
        attndyn_random_normals(random, 0.4, K, v0);
        struct attndyn_joma_erf law = {
            .delta = d[0], .v0 = v0[0], .c = c, .eta_w = p->eta_w, .rho = rho};
        double t = 0.4 * attndyn_joma_erf_blowup(&law), h = p->step * t, v1 = 0;
        found[l] = 0;
        for (int s = 0; s < 4; s++)
            found[l] += by[s] * attndyn_joma_erf_at(&law, t + at[s] * h) / (12 * h);
        v1 = attndyn_joma_erf_at(&law, t);
        expected[l] = p->eta_w * d[0] * exp(c + rho * v1 * v1 / 2);
        times[l] = attndyn_joma_erf_time(&law, v1), asked[l] = t;

        law = attndyn_joma_row_law(K, d, v0, c, p->eta_w, rho);
        t = 0.4 * attndyn_joma_erf_blowup(&law), h = p->step * t;
        for (int s = 0; s < 4; s++) {
            attndyn_joma_row_fill(K, d, v0, &law, attndyn_joma_erf_at(&law, t + at[s] * h), v);
            for (size_t k = 0; k < K; k++) slope[k] += by[s] * v[k] / (12 * h);
        }
        attndyn_joma_row_fill(K, d, v0, &law, attndyn_joma_erf_at(&law, t), v);
        double square = 0;
        for (size_t k = 0; k < K; k++) square += v[k] * v[k];
        for (size_t k = 0; k < K; k++) {
            row[l * K + k] = slope[k];
            rate[l * K + k] = p->eta_w * d[k] * exp(c + rho * square / 2);
        }
    }
    ATTNDYN_TRY(fields_compare(run, "closed form", "law of a component",
                               "its slope against its equation", M, found, expected));
    ATTNDYN_TRY(fields_compare(run, "closed form", "law of a component",
                               "time of its value against the time", M, times, asked));
    return fields_compare(run, "closed form", "law of a row", "its slope against its equation",
                          M * K, row, rate);
}

/* Linear attention; and components under one normaliser. */
static enum attndyn_status together(const struct trial *run, const struct fields *p,
                                    struct attndyn_random *random) {
    double rho = p->eta_z / p->eta_w, found[2 * M] = {0}, expected[2 * M], x[M], v[M], z, A = 0,
           t = 0.5, h = p->step;
    struct attndyn_joma_erf law[M];
    for (size_t l = 0; l < M; l++) {
        law[l] = (struct attndyn_joma_erf){.delta = attndyn_random_normal(random),
                                           .v0 = 0.4 * attndyn_random_normal(random),
                                           .c = 0.3 * attndyn_random_normal(random),
                                           .eta_w = p->eta_w,
                                           .rho = rho};
        x[l] = 0.2 + attndyn_random_uniform(random);
        double z0 = attndyn_random_normal(random);
        for (int s = 0; s < 4; s++) {
            attndyn_joma_linear_at(&law[l], z0, t + at[s] * h, &v[l], &z);
            found[l] += by[s] * v[l] / (12 * h), found[M + l] += by[s] * z / (12 * h);
        }
        attndyn_joma_linear_at(&law[l], z0, t, &v[l], &z);
        expected[l] = p->eta_w * law[l].delta * z, expected[M + l] = p->eta_z * law[l].delta * v[l];
    }
    ATTNDYN_TRY(fields_compare(run, "closed form", "linear attention",
                               "its slope against its equation", 2 * M, found, expected));
    for (size_t l = 0; l < M; l++) found[l] = 0;
    for (int s = 0; s < 4; s++) {
        if (!attndyn_joma_erf_normalised(M, law, x, t + at[s] * h, v, NULL))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "no delta under the normaliser");
        for (size_t l = 0; l < M; l++) found[l] += by[s] * v[l] / (12 * h);
    }
    attndyn_joma_erf_normalised(M, law, x, t, v, NULL);
    for (size_t l = 0; l < M; l++) A += x[l] * exp(law[l].c + rho * v[l] * v[l] / 2);
    for (size_t l = 0; l < M; l++)
        expected[l] = p->eta_w * law[l].delta * exp(law[l].c + rho * v[l] * v[l] / 2) / A;
    return fields_compare(run, "closed form", "components under one normaliser",
                          "their slopes against their equation", M, found, expected);
}

/* Theorem 3's averages, c1 = E phi'(r + n s) and c2 = E[phi'(r + n s) s]/n, by the trapezoidal rule
 * over +-39 deviations, whose error for analytic phi' is far below rounding; each relative to the
 * sum of its absolute terms, far into both tails. */
static enum attndyn_status averages(const struct trial *run) {
    static const enum attndyn_theta_activation smooth[] = {
        ATTNDYN_THETA_LINEAR, ATTNDYN_THETA_QUADRATIC, ATTNDYN_THETA_CUBIC, ATTNDYN_THETA_ERF,
        ATTNDYN_THETA_TANH,   ATTNDYN_THETA_GELU,      ATTNDYN_THETA_SILU};
    enum { RS = 9, SIZES = 3, MOST = RS * SIZES };
    static const double rs[RS] = {-60, -25, -8, -1.5, 0.4, 2, 9, 25, 60}, sizes[] = {0.3, 1, 4};
    for (size_t a = 0; a < sizeof smooth / sizeof *smooth; a++) {
        const struct attndyn_theta theta = {.activation = smooth[a], .sigma = 0.8};
        double first[MOST], second[MOST], one[MOST];
        size_t count = 0;
        for (size_t i = 0; i < MOST; i++) {
            double r = rs[i % RS], n = sizes[i / RS], c1, c2, sum1 = 0, sum2 = 0, size1 = 0,
                   size2 = 0;
            const double h = 0.01 / fmax(1, n);
            attndyn_theta_gauss(&theta, r, n, &c1, &c2);
            for (double z = -39; z <= 39; z += h) {
                double weight = h * exp(-z * z / 2) / sqrt(2 * M_PI);
                double slope = attndyn_theta_phi_prime(&theta, r + n * theta.sigma * z);
                double along = slope * theta.sigma * z / n;
                sum1 += weight * slope, size1 += weight * fabs(slope);
                sum2 += weight * along, size2 += weight * fabs(along);
            }
            if (size1 < 1e-250) continue; /* below what the sum can hold */
            first[count] = 1 + (c1 - sum1) / size1, second[count] = 1 + (c2 - sum2) / size2;
            one[count++] = 1;
        }
        const char *name = attndyn_format(run->ctx, "averages of %s over Gaussian noise",
                                          attndyn_theta_activation_name(smooth[a]));
        if (!name) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(fields_compare(run, "closed form", name, "c1 against the sum, relative", count,
                                   first, one));
        ATTNDYN_TRY(fields_compare(run, "closed form", name, "c2 against the sum, relative", count,
                                   second, one));
    }
    return ATTNDYN_OK;
}

/* Rows by Runge-Kutta: the error of the time at which a row has a radius, step by step. */
static enum attndyn_status order(const struct trial *run, const struct fields *p,
                                 struct attndyn_random *random) {
    double rho = p->eta_z / p->eta_w, delta[K], start[K], stop = 3, error[3], length = 0;
    attndyn_random_normals(random, 1, K, delta);
    attndyn_random_normals(random, 0.2, K, start);
    struct attndyn_joma_erf law = attndyn_joma_row_law(K, delta, start, 0, p->eta_w, rho);
    for (size_t k = 0; k < K; k++) length += delta[k] * delta[k];
    length = sqrt(length);
    for (int i = 0; i < 3; i++) {
        double v[K], q = 0, h = 0.1 / (double)(1 << i);
        for (size_t k = 0; k < K; k++) v[k] = start[k];
        struct attndyn_joma_rows rows = {
            .tokens = 1, .nodes = K, .delta = delta, .v = v, .eta_w = p->eta_w, .rho = rho};
        ATTNDYN_TRY(attndyn_joma_rows_prepare(run->ctx, &rows));
        ATTNDYN_TRY(attndyn_joma_rows_advance(run->ctx, &rows, h, stop));
        for (size_t k = 0; k < K; k++) q += v[k] * delta[k] / length;
        double exact = attndyn_joma_erf_time(&law, q);
        error[i] = fabs(rows.t / exact - 1);
        ATTNDYN_TRY(EMIT(run, order, .h = h, .steps = rows.steps, .error = error[i]));
    }
    return SCALAR(run, summary, order, log2(error[1] / error[2]));
}

enum attndyn_status fields_closed(const struct trial *run, const struct fields *p,
                                  struct attndyn_random *random) {
    ATTNDYN_TRY(laws(run, p, random));
    ATTNDYN_TRY(together(run, p, random));
    ATTNDYN_TRY(averages(run));
    return order(run, p, random);
}
