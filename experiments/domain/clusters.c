/* One point of the map of Theorem 3 of JoMA: clusters that are not isotropic, a gradient that
 * reacts to the sample. The exact averages beside the theorem's. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/base/random.h"
#include "theory/joma/critical.h"
#include "theory/joma/isotropic.h"

#include <math.h>

static const struct param params[] = {
    {"stretch", PARAM_REAL, "1", 1e-3, 1e3,
     .doc = "standard deviation of the noise along one direction over that across it, at the same "
            "mean variance"},
    {"reaction", PARAM_REAL, "0", 0, 1,
     .doc = "lambda in g = y_c - lambda h(x): 0 is the theorem's setting, 1 the squared loss"},
    {"sigma", PARAM_REAL, "0.7", 1e-6, 1e3, .doc = "root mean variance of a coordinate"},
    {"activation", PARAM_CHOICE, "relu", .choices = "relu|gelu|tanh|erf|quadratic",
     .doc = "of the node; reaction > 0 takes relu"},
    {"xi", PARAM_REAL, "0.2", -1e6, 1e6, .doc = "component of w along the query"},
    {"d", PARAM_INT, "6", 2, 1000, .doc = "dimension"},
    {"clusters", PARAM_INT, "3", 1, 1000, .doc = "C"},
    {"seed", PARAM_INT, "11",
     .doc = "of centres = 1.5 N(C, d), v = 0.8 N(d), the stretched direction N(d), y = N(C)"},
    {"rng", PARAM_CHOICE, "splitmix", .choices = "splitmix|mt19937", .doc = "its stream"},
    {0}};

static const struct preset presets[] = {{"quick", "", "one point"}, {0}};
static const struct table tables[] = {STATE_TABLE, {0}};
static const struct scalar scalars[] = {
    {"error", NULL, "|theorem - exact| / max(|theorem|, |exact|) of dv/dt: at most 2", false}, {0}};

struct setting {
    size_t d, clusters;
    double *centre, *v, *direction, *y; /* (C, d), (d), (d) of length 1, (C) */
    double sigma, across, along;        /* deviations: mean, across and along the direction */
    double n, xi;
};

static enum attndyn_status draw(struct attndyn_context *ctx, const struct params *p,
                                struct setting *s) {
    s->d = (size_t)param_int(p, "d");
    s->clusters = (size_t)param_int(p, "clusters");
    s->xi = param_real(p, "xi");
    s->sigma = param_real(p, "sigma");
    ATTNDYN_ALLOC(ctx, s->centre, s->clusters * s->d);
    ATTNDYN_ALLOC(ctx, s->v, s->d);
    ATTNDYN_ALLOC(ctx, s->direction, s->d);
    ATTNDYN_ALLOC(ctx, s->y, s->clusters);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random,
                                    param_is(p, "rng", "splitmix") ? ATTNDYN_RANDOM_SPLITMIX
                                                                   : ATTNDYN_RANDOM_MT19937,
                                    (uint64_t)param_int(p, "seed")));
    attndyn_random_normals(&random, 1.5, s->clusters * s->d, s->centre);
    attndyn_random_normals(&random, 0.8, s->d, s->v);
    attndyn_random_normals(&random, 1, s->d, s->direction);
    attndyn_random_normals(&random, 1, s->clusters, s->y);
    attndyn_random_done(&random);
    double length = 0, n = 0, stretch = param_real(p, "stretch");
    for (size_t i = 0; i < s->d; i++) {
        length += s->direction[i] * s->direction[i];
        n += s->v[i] * s->v[i];
    }
    for (size_t i = 0; i < s->d; i++) s->direction[i] /= sqrt(length);
    s->n = sqrt(n);
    /* d sigma^2 = (d - 1) across^2 + (stretch across)^2 */
    s->across = s->sigma * sqrt((double)s->d / ((double)s->d - 1 + stretch * stretch));
    s->along = stretch * s->across;
    return ATTNDYN_OK;
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static struct attndyn_theta theta_of(const struct params *p, double sigma) {
    static const enum attndyn_theta_activation kinds[] = {ATTNDYN_THETA_RELU, ATTNDYN_THETA_GELU,
                                                          ATTNDYN_THETA_TANH, ATTNDYN_THETA_ERF,
                                                          ATTNDYN_THETA_QUADRATIC};
    return (struct attndyn_theta){.activation = kinds[param_choice(p, "activation")],
                                  .sigma = sigma};
}

/* With covariance S, h = v.x + xi is N(r, v.Sv), and Stein's lemma gives E[phi' x] = E[phi'] centre
 * + E[phi''] S v (derived here). Theorem 3 takes S = sigma^2 I. */
static void stretched(const struct params *p, const struct setting *s, double *exact,
                      double *claimed) {
    double along_v = dot(s->direction, s->v, s->d);
    double variance = s->across * s->across * s->n * s->n +
                      (s->along * s->along - s->across * s->across) * along_v * along_v;
    double effective = sqrt(variance) / s->n; /* of h, per unit of ||v|| */
    struct attndyn_theta real = theta_of(p, effective), isotropic = theta_of(p, s->sigma);
    for (size_t c = 0; c < s->clusters; c++) {
        const double *centre = &s->centre[c * s->d];
        double r = dot(s->v, centre, s->d) + s->xi, c1, c2, k1, k2;
        double a = s->y[c] / (double)s->clusters;
        attndyn_theta_gauss(&real, r, s->n, &c1, &c2);
        attndyn_theta_gauss(&isotropic, r, s->n, &k1, &k2);
        double second = c2 / (effective * effective); /* E phi'' */
        for (size_t i = 0; i < s->d; i++) {
            double Sv = s->across * s->across * s->v[i] +
                        (s->along * s->along - s->across * s->across) * along_v * s->direction[i];
            exact[i] += a * (c1 * centre[i] + second * Sv);
            claimed[i] += a * (k1 * centre[i] + k2 * s->v[i]);
        }
    }
}

/* g = y - lambda h. The squared-loss field is linear in the target: at target 0 it is that of -h.
 * Theorem 3 takes a_c = P(c) E[g|c] as if g did not vary within the cluster. */
static void reacting(const struct params *p, const struct setting *s, double *exact,
                     double *claimed) {
    double lambda = param_real(p, "reaction");
    for (size_t c = 0; c < s->clusters; c++) {
        const double *centre = &s->centre[c * s->d];
        double r = dot(s->v, centre, s->d) + s->xi, h1, h2, y1, y2;
        attndyn_critical_coefficients(0, s->sigma, r, s->n, &h1, &h2);
        attndyn_critical_coefficients(1, s->sigma, r, s->n, &y1, &y2);
        double P = 1 / (double)s->clusters, a = P * (s->y[c] + lambda * h1); /* E[h|c] = -h1 */
        for (size_t i = 0; i < s->d; i++) {
            exact[i] += P * ((s->y[c] * (y1 - h1) + lambda * h1) * centre[i] +
                             (s->y[c] * (y2 - h2) + lambda * h2) * s->v[i]);
            claimed[i] += a * ((y1 - h1) * centre[i] + (y2 - h2) * s->v[i]);
        }
    }
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    bool reacts = param_real(p, "reaction") > 0;
    if (reacts && param_real(p, "stretch") != 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "stretch and reaction are two maps: leave one at "
                            "its default (stretch=1, reaction=0)");
    if (reacts && !param_is(p, "activation", "relu"))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "reaction > 0: expected activation=relu, whose "
                            "averages have a closed form");
    struct setting s;
    ATTNDYN_TRY(draw(ctx, p, &s));
    double *exact, *claimed;
    ATTNDYN_ALLOC(ctx, exact, s.d);
    ATTNDYN_ALLOC(ctx, claimed, s.d);
    if (reacts)
        reacting(p, &s, exact, claimed);
    else
        stretched(p, &s, exact, claimed);
    double above = 0;
    for (size_t i = 0; i < s.d; i++) above += (claimed[i] - exact[i]) * (claimed[i] - exact[i]);
    /* Where the node is off on every cluster both are tiny, and either may be the smaller. */
    double scale = fmax(dot(exact, exact, s.d), dot(claimed, claimed, s.d));
    if (scale == 0)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "dv/dt vanishes: the node is off on every cluster (seed=%ld sigma=%g)",
                            param_int(p, "seed"), s.sigma);
    ATTNDYN_TRY(results_scalar(ctx, results, "error", sqrt(above / scale)));
    ATTNDYN_TRY(results_emit_state(ctx, results, "exact", exact, s.d));
    return results_emit_state(ctx, results, "claimed", claimed, s.d);
}

static enum attndyn_status check_inside(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *results, struct verdict *v) {
    (void)ctx;
    if (param_real(p, "stretch") != 1 || param_real(p, "reaction") != 0)
        return verdict_skip(v, "outside the theorem's assumptions");
    return verdict_at_most(v, results_scalar_value(results, "error"), 1e-12,
                           "relative difference of dv/dt");
}

static const struct check *const checks[] = {
    &(const struct check){"DJ3.inside", CHECK_CLAIM,
     "with isotropic noise and a gradient constant within clusters Theorem 3 is exact",
     "JoMA, Theorem 3", "the general averages do not reduce to the theorem's", check_inside},
    NULL};

const struct experiment experiment_domain_clusters = {
    .id = "domain/clusters",
    .title = "One point of the map of Theorem 3: anisotropic clusters, reacting gradients",
    .source = "JoMA (arXiv 2310.00535), Theorem 3",
    .doc = "The right-hand side dv/dt that Theorem 3 gives, beside the exact one where its "
           "assumptions fail: Gaussian clusters stretched along one direction (Stein's lemma), or "
           "g = y_c - lambda h(x), which varies within a cluster (ReLU, closed form). Made for "
           "sweeps: `attndyn sweep --preset joma-anisotropy`, `joma-reaction`.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .checks = checks,
    .run = run};
