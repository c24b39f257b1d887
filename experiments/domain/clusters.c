/* One point of the map of Theorem 3 of JoMA: clusters that are not isotropic, a gradient that
 * reacts to the sample. The exact averages beside the theorem's. */
#include "experiments/domain/shared/point.h"
#include "experiments/statements/statements.h"
#include "sim/base/random.h"
#include "theory/joma/critical.h"
#include "theory/joma/isotropic.h"

#define ACTIVATION(C)                                                                              \
    C(activation_relu, "relu")                                                                     \
    C(activation_gelu, "gelu")                                                                     \
    C(activation_tanh, "tanh") C(activation_erf, "erf") C(activation_quadratic, "quadratic")
CHOICES(activation, ACTIVATION)

#define CLUSTERS(X)                                                                                \
    X(REAL, stretch, "1",                                                                          \
      "standard deviation of the noise along one direction over that across it, at the same "      \
      "mean variance; 1: isotropic",                                                               \
      IN(1e-3, 1e3))                                                                               \
    X(REAL, reaction, "0",                                                                         \
      "lambda in g = y_c - lambda h(x): 0 is the theorem's setting, 1 the squared loss", IN(0, 1)) \
    X(REAL, sigma, "0.7", "standard deviation of a coordinate, root mean square over directions",  \
      IN(1e-6, 1e3))                                                                               \
    X(CHOICE, activation, "relu", "the node's activation; reaction > 0 takes relu")                \
    X(REAL, xi, "0.2", "xi, component of the weights w along the query", IN(-1e6, 1e6))            \
    X(INT, d, "6", "dimensions d", IN(2, 1000))                                                    \
    X(INT, clusters, "3", "clusters C", IN(1, 1000))                                               \
    X(INT, seed, "11",                                                                             \
      "seed of the centres = 1.5 N(C, d), v = 0.8 N(d), the stretched direction N(d), y "          \
      "= N(C)")                                                                                    \
    X(ENUM(attndyn_random_kind, ATTNDYN_RANDOM_KINDS), rng, "splitmix",                            \
      "generator of these numbers")
PARAMS(clusters, CLUSTERS)

#define OUTCOME(X) X(REAL, error, "|theorem - exact| / max(|theorem|, |exact|) of dv/dt: at most 2")
SCALARS(outcome, OUTCOME)

struct setting {
    size_t d, clusters;
    double *centre, *v, *direction, *y; /* (C, d), (d), (d) of length 1, (C) */
    double sigma, across, along;        /* deviations: mean, across and along the direction */
    double n, xi;
};

static enum attndyn_status draw(struct attndyn_context *ctx, const struct clusters *p,
                                struct setting *s) {
    s->d = (size_t)p->d;
    s->clusters = (size_t)p->clusters;
    s->xi = p->xi;
    s->sigma = p->sigma;
    ATTNDYN_ALLOC(ctx, s->centre, s->clusters * s->d);
    ATTNDYN_ALLOC(ctx, s->v, s->d);
    ATTNDYN_ALLOC(ctx, s->direction, s->d);
    ATTNDYN_ALLOC(ctx, s->y, s->clusters);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, p->rng, (uint64_t)p->seed));
    attndyn_random_normals(&random, 1.5, s->clusters * s->d, s->centre);
    attndyn_random_normals(&random, 0.8, s->d, s->v);
    attndyn_random_normals(&random, 1, s->d, s->direction);
    attndyn_random_normals(&random, 1, s->clusters, s->y);
    attndyn_random_done(&random);
    double length = 0, n = 0, stretch = p->stretch;
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

static struct attndyn_theta theta_of(const struct clusters *p, double sigma) {
    static const enum attndyn_theta_activation kinds[] = {[activation_relu] = ATTNDYN_THETA_RELU,
                                                          [activation_gelu] = ATTNDYN_THETA_GELU,
                                                          [activation_tanh] = ATTNDYN_THETA_TANH,
                                                          [activation_erf] = ATTNDYN_THETA_ERF,
                                                          [activation_quadratic] =
                                                              ATTNDYN_THETA_QUADRATIC};
    return (struct attndyn_theta){.activation = kinds[p->activation], .sigma = sigma};
}

/* With covariance S, h = v.x + xi is N(r, v.Sv), and Stein's lemma gives E[phi' x] = E[phi'] centre
 * + E[phi''] S v (derived here). Theorem 3 takes S = sigma^2 I. */
static void stretched(const struct clusters *p, const struct setting *s, double *exact,
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
static void reacting(const struct clusters *p, const struct setting *s, double *exact,
                     double *claimed) {
    double lambda = p->reaction;
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

RUN(clusters) {
    bool reacts = p->reaction > 0;
    if (reacts && p->stretch != 1)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "stretch and reaction are two maps: leave one at its "
                            "default (stretch=1, reaction=0)");
    if (reacts && p->activation != activation_relu)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "reaction > 0: expected activation=relu, whose "
                            "averages have a closed form");
    struct setting s;
    ATTNDYN_TRY(draw(run->ctx, p, &s));
    double *exact, *claimed;
    ATTNDYN_ALLOC(run->ctx, exact, s.d);
    ATTNDYN_ALLOC(run->ctx, claimed, s.d);
    if (reacts)
        reacting(p, &s, exact, claimed);
    else
        stretched(p, &s, exact, claimed);
    double above = 0;
    for (size_t i = 0; i < s.d; i++) above += (claimed[i] - exact[i]) * (claimed[i] - exact[i]);
    /* If the node is off on every cluster, both are tiny and either may be the smaller one. */
    double scale = fmax(dot(exact, exact, s.d), dot(claimed, claimed, s.d));
    if (scale == 0)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                            "dv/dt vanishes: the node is off on every cluster (seed=%ld sigma=%g)",
                            p->seed, s.sigma);
    ATTNDYN_TRY(SCALAR(run, outcome, error, sqrt(above / scale)));
    ATTNDYN_TRY(STATE(run, exact, exact, s.d));
    return STATE(run, claimed, claimed, s.d);
}

#define PARAMETERS clusters

KNOWN(noise_and_gradient, clusters) {
    f->clusters_isotropic = p->stretch == 1;
    f->gradient_by_cluster = p->reaction == 0;
}

CLAIM(inside, "DJ3.inside", OF(J_T3),
      "With isotropic Gaussian noise and a back-propagated gradient g that is constant within "
      "each cluster the dv/dt of JoMA's Theorem 3 is the exact one.",
      "the two dv/dt differ by more than {bound} of the larger", .bound = 1e-12,
      .facts = KNOWN_OF(noise_and_gradient)) {
    return verdict_at_most(v, SCALAR_OF(run, outcome, error), v->bound,
                           "relative difference of dv/dt");
}

static const struct check *const clusters_claims[] = {&inside, NULL};

const struct experiment experiment_domain_clusters = {
    .id = "domain/clusters",
    .title = "One point of the map of Theorem 3: anisotropic clusters, reacting gradients",
    .source = "JoMA (arXiv 2310.00535), Theorem 3",
    .doc = "The right-hand side dv/dt that Theorem 3 gives, beside the exact one where its "
           "assumptions fail: Gaussian clusters stretched along one direction (Stein's lemma), or "
           "g = y_c - lambda h(x), which varies within a cluster (ReLU, closed form). Made for "
           "sweeps: `attndyn sweep --preset joma-anisotropy`, `joma-reaction`.",
    .presets = (const struct preset[]){{"quick", "", "one point of a sweep: an instant"}, {0}},
    .tables = TABLES(the_state),
    PARTS_OF(clusters, outcome)};
