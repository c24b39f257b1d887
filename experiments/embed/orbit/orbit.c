#include "orbit.h"

#include "experiments/shared/kept.h"
#include "sim/model/embed/factors.h"
#include "sim/model/embed/orbit.h"
#include "sim/model/scansnap/original.h"
#include "sim/num/ode_until.h"
#include "theory/embed/orbit.h"

#include <string.h>

static const char *const kind_names[] = {"direct", "chain", "balanced", "tied"};

static size_t factors_of(const struct attndyn_orbit_options *o) {
    return o->kind == ATTNDYN_ORBIT_DIRECT ? 1 : o->kind == ATTNDYN_ORBIT_TIED ? 3 : o->factors;
}

/* Solves from x until |w| = target; x, y: in and out. */
static enum attndyn_status until(const struct trial *run, const struct orbit *p,
                                 struct attndyn_orbit *model, double target, double *x, double *y) {
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_BDF_DENSE);
    double far = *x + 1e12, end;
    const struct attndyn_ode_observer observer = attndyn_ode_until(&end);
    options.rtol = p->rtol, options.atol = 1e-3 * p->rtol;
    model->target = target;
    ATTNDYN_TRY(
        attndyn_ode_solve(run->ctx, &model->problem, &options, *x, y, &far, 1, &observer, NULL));
    if (isnan(end))
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "|w| does not reach %g", target);
    *x = end;
    return ATTNDYN_OK;
}

static enum attndyn_status data(const struct trial *run, const struct orbit *p,
                                struct attndyn_symmetric_family *family) {
    return attndyn_family_authors(run->ctx, (size_t)p->num_last, (size_t)p->num_next_per_last,
                                  (size_t)p->num_common, (size_t)p->num_distinct, family);
}

/* logits: (points, D + G), the direct flow's: written by it, compared by the others. */
static enum attndyn_status path(const struct trial *run, const struct orbit *p,
                                struct attndyn_orbit_options options, double start,
                                double *logits) {
    struct attndyn_symmetric_family family;
    struct attndyn_orbit *model;
    double *y, *now, x = 0;
    bool direct = options.kind == ATTNDYN_ORBIT_DIRECT;
    ATTNDYN_TRY(data(run, p, &family));
    options.clock = direct ? ATTNDYN_ORBIT_PATH : ATTNDYN_ORBIT_SIGMA;
    ATTNDYN_TRY(attndyn_orbit_create(run->ctx, &family, &options, &model));
    size_t tokens = model->D + model->G;
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, now, tokens);
    attndyn_orbit_start(model, start, y);
    for (size_t i = 0; i < (size_t)p->points; i++) {
        double w = p->w_end * (double)(i + 1) / (double)p->points, apart = 0;
        struct attndyn_orbit_seen seen;
        ATTNDYN_TRY(until(run, p, model, w, &x, y));
        attndyn_orbit_see(model, y, &seen);
        attndyn_orbit_attention(model, y, now, now + model->D);
        for (size_t k = 0; k < tokens; k++) {
            if (direct) logits[i * tokens + k] = now[k];
            worst(&apart, now[k] - logits[i * tokens + k]);
        }
        ATTNDYN_TRY(EMIT(run, paths, .kind = kind_names[options.kind],
                         .factors = (long)factors_of(&options), .eta_u = options.eta_u, .w = seen.w,
                         .y = seen.y, .z = now[model->D - 1], .w_common = now[model->D],
                         .apart = apart));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status course(const struct trial *run, const struct orbit *p,
                                  struct attndyn_orbit_options options, size_t G, size_t D) {
    struct attndyn_symmetric_family family;
    struct attndyn_orbit *model;
    struct kept kept;
    double *y, *times, *z;
    size_t count;
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, 2, 2, G, D, &family));
    options.clock = ATTNDYN_ORBIT_T;
    ATTNDYN_TRY(attndyn_orbit_create(run->ctx, &family, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, z, D + G);
    attndyn_orbit_start(model, 0, y);
    ATTNDYN_TRY(kept_grid(run, 1e-2, p->t_end, p->per_decade, &times, &count));
    struct attndyn_ode_problem problem = model->problem;
    problem.events = 0, problem.event = NULL;
    const struct attndyn_ode_options solver =
        kept_options(ATTNDYN_ODE_BDF_DENSE, fmax(p->rtol, 1e-11));
    ATTNDYN_TRY(kept_solve(run, "course", &problem, &solver, y, times, count, &kept));
    for (size_t i = 0; i < count; i++) {
        struct attndyn_orbit_seen seen;
        attndyn_orbit_see(model, kept_at(&kept, i), &seen);
        attndyn_orbit_attention(model, kept_at(&kept, i), z, z + D);
        ATTNDYN_TRY(EMIT(run, courses, .kind = kind_names[options.kind],
                         .factors = (long)factors_of(&options), .eta_u = options.eta_u,
                         .t = times[i], .w = seen.w, .z = z[D - 1], .w_common = z[D],
                         .B = kept_at(&kept, i)[model->at_B]));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status late(const struct trial *run, const struct orbit *p) {
    static const size_t sets[][3] = {{1, 1, 2}, {3, 2, 2}, {1, 2, 1}};
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++)
        for (size_t n = 1; n <= 4; n++) {
            size_t D = sets[s][0], G = sets[s][1], N = sets[s][2];
            struct attndyn_symmetric_family family;
            struct attndyn_orbit *model;
            struct attndyn_orbit_seen seen;
            double *y, x = 0;
            ATTNDYN_TRY(attndyn_family_authors(run->ctx, 2, N, G, D, &family));
            const struct attndyn_orbit_options options = {ATTNDYN_ORBIT_CHAIN, n, 1, 1, 1, false,
                                                          ATTNDYN_ORBIT_PATH};
            ATTNDYN_TRY(attndyn_orbit_create(run->ctx, &family, &options, &model));
            ATTNDYN_ALLOC(run->ctx, y, model->n);
            attndyn_orbit_start(model, 0, y);
            ATTNDYN_TRY(until(run, p, model, p->w_late, &x, y));
            attndyn_orbit_see(model, y, &seen);
            ATTNDYN_TRY(
                EMIT(run, late, .D = (long)D, .G = (long)G, .N = (long)N, .factors = (long)n,
                     .w = seen.w, .slope = seen.B_slope,
                     .predicted = attndyn_orbit_late((double)D, (double)G, (double)N, (double)n)));
        }
    return ATTNDYN_OK;
}

/* The decoder X_1 R in real matrices: when z_max is reached, how alike Theorem 3's constants
 * are. */
struct reach {
    const struct attndyn_factors *model;
    size_t offset, D; /* of the first class's z */
    double target;
};

static int rises(double t, const double *y, double *g, void *user) {
    (void)t;
    const struct reach *r = user;
    double most = -INFINITY;
    for (size_t j = 0; j < r->D; j++) most = fmax(most, y[r->offset + j]);
    g[0] = most - r->target;
    return 0;
}
static int passed_on(double t, const double *y, double *dydt, void *user) {
    const struct attndyn_ode_problem *flow = &((const struct reach *)user)->model->problem;
    return flow->rhs(t, y, dydt, flow->user);
}

static enum attndyn_status theorem3(const struct trial *run, const struct orbit *p, double eta_u) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *distribution;
    struct attndyn_factors *model;
    double *y, t = 0;
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, 2, 2, 2, 3, &family));
    ATTNDYN_TRY(
        attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_NEXT, &distribution));
    /* the rates do not change the path, and fast attention reaches z_max soon */
    const struct attndyn_factors_options options = {1, 0, eta_u, 1, 10};
    ATTNDYN_TRY(attndyn_factors_create(run->ctx, distribution, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    attndyn_factors_start(model, y);
    /* commons first, then the tokens of class 0 */
    struct reach reach = {.model = model, .offset = model->at[model->count] + 2, .D = 3};
    const struct attndyn_ode_problem problem = {
        .n = model->n, .rhs = passed_on, .events = 1, .event = rises, .user = &reach};
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    for (size_t i = 0; i < p->z_max.count; i++) {
        double far = t + 1e6, low = INFINITY, high = -INFINITY, sum = 0, end;
        const struct attndyn_ode_observer observer = attndyn_ode_until(&end);
        reach.target = p->z_max.at[i];
        ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &problem, &solver, t, y, &far, 1, &observer, NULL));
        if (isnan(end))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "z does not reach %g: z_max must rise, and not too far",
                                p->z_max.at[i]);
        t = end;
        for (size_t j = 0; j < 3; j++) {
            double I = -expm1(-2 * y[reach.offset + j]) / (family.p[j] * family.p[j]);
            low = fmin(low, I), high = fmax(high, I), sum += I;
        }
        ATTNDYN_TRY(EMIT(run, theorem3, .eta_u = eta_u, .z_max = p->z_max.at[i], .t = t,
                         .spread = 3 * (high - low) / sum));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status number(const struct trial *run, const char *what, double value,
                                  double expected) {
    return EMIT(run, numbers, .what = what, .value = value, .expected = expected);
}

/* Attention through tied embeddings: the prototype's numbers, and the matrices. */
static enum attndyn_status references(const struct trial *run) {
    static const double p[] = {1, .6, .3}, q[] = {.8, .5};
    static const double expected[] = {8.126371184281,  4.513549789286, 2.170518441486,
                                      0.311890376640,  0.154121361884, 0.043066011926,
                                      -1.240461833929, -0.795849167874};
    struct attndyn_symmetric_family family;
    struct attndyn_orbit *model;
    struct kept kept;
    double y[16], found[8], early[8], times[] = {20, 200};
    ATTNDYN_TRY(attndyn_family_create(run->ctx, 4, 4, p, 3, q, 2, &family));
    const struct attndyn_orbit_options options = {ATTNDYN_ORBIT_TIED, 0, 3, .7, 2, true,
                                                  ATTNDYN_ORBIT_T};
    ATTNDYN_TRY(attndyn_orbit_create(run->ctx, &family, &options, &model));
    attndyn_orbit_start(model, 0, y);
    struct attndyn_ode_problem problem = model->problem;
    problem.events = 0, problem.event = NULL;
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, 1e-12);
    ATTNDYN_TRY(kept_solve(run, "reference", &problem, &solver, y, times, 2, &kept));
    for (int end = 0; end < 2; end++) {
        double *to = end ? found : early;
        attndyn_orbit_decoder(model, kept_at(&kept, (size_t)end), to);
        attndyn_orbit_attention(model, kept_at(&kept, (size_t)end), to + 3, to + 6);
    }
    for (size_t i = 0; i < 8; i++) ATTNDYN_TRY(number(run, "reference", found[i], expected[i]));

    struct attndyn_distribution *distribution;
    struct attndyn_original *full;
    struct kept whole;
    double *Y, *Z;
    ATTNDYN_TRY(attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_VOCABULARY,
                                               &distribution));
    size_t M = distribution->tokens;
    const struct attndyn_original_options original = {.width = M,
                                                      .train_u = true,
                                                      .classes_only = true,
                                                      .eta_u = .7,
                                                      .eta_y = 3,
                                                      .eta_z = 2,
                                                      .seed = 1};
    ATTNDYN_TRY(attndyn_original_create(run->ctx, distribution, &original, &full));
    ATTNDYN_ALLOC(run->ctx, Y, M * M);
    ATTNDYN_ALLOC(run->ctx, Z, M);
    ATTNDYN_TRY(
        kept_solve(run, "matrices", &full->problem, &solver, full->initial, times, 1, &whole));
    attndyn_original_matrices(full, kept_at(&whole, 0), Y, Z);
    size_t own = distribution->next_token[0], other = distribution->next_token[1];
    for (size_t j = 0; j < 3; j++) {
        ATTNDYN_TRY(
            number(run, "matrices", early[j], Y[(2 + j) * M + own] - Y[(2 + j) * M + other]));
        ATTNDYN_TRY(number(run, "matrices", early[3 + j], Z[2 + j]));
    }
    for (size_t g = 0; g < 2; g++) ATTNDYN_TRY(number(run, "matrices", early[6 + g], Z[g]));
    return ATTNDYN_OK;
}

/* Frozen attention, whose |y| has a pole. */
static enum attndyn_status pole(const struct trial *run, const struct orbit *p) {
    struct attndyn_symmetric_family family;
    struct attndyn_orbit *model;
    double *y, own = 0, commons = 0;
    ATTNDYN_TRY(data(run, p, &family));
    for (size_t j = 0; j < family.distinct; j++) own += family.p[j] * family.p[j];
    for (size_t g = 0; g < family.commons; g++) commons += family.q[g] * family.q[g];
    own = sqrt(own / (own + commons));
    const struct attndyn_orbit_options options = {ATTNDYN_ORBIT_TIED, 0, 3, .7, 0, false,
                                                  ATTNDYN_ORBIT_SIGMA};
    ATTNDYN_TRY(attndyn_orbit_create(run->ctx, &family, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    attndyn_orbit_start(model, 0, y);
    double at = 0, end = M_PI_2 / (sqrt(3 * .7) * own);
    struct attndyn_ode_problem problem = model->problem;
    problem.events = 0, problem.event = NULL;
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_BDF_DENSE, 1e-13);
    for (int i = 1; i <= 4; i++) {
        double sigma = end * (1 - pow(10, -0.35 * i));
        struct attndyn_orbit_seen seen;
        ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &problem, &solver, at, y, &sigma, 1, NULL, NULL));
        at = sigma;
        attndyn_orbit_see(model, y, &seen);
        ATTNDYN_TRY(number(run, "pole", seen.y, attndyn_orbit_frozen(3, .7, own, sigma)));
    }
    return ATTNDYN_OK;
}

RUN(orbit) {
    double *logits, rate = p->eta_y;
    size_t tokens = (size_t)(p->num_distinct + p->num_common);
    ATTNDYN_TRY(kept_needs(run, "eta_us", p->eta_us));
    ATTNDYN_TRY(kept_needs(run, "z_max", p->z_max));
    if (p->num_last * p->num_next_per_last < 2)
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "num_last num_next_per_last must be at least 2: with one class there is "
            "nothing to learn");
    ATTNDYN_ALLOC(run->ctx, logits, (size_t)p->points * tokens);
    struct attndyn_orbit_options o = {ATTNDYN_ORBIT_DIRECT, 1, rate, 0, p->eta_z, false,
                                      ATTNDYN_ORBIT_T};
    ATTNDYN_TRY(path(run, p, o, 0, logits));
    ATTNDYN_TRY(course(run, p, o, 10, 10));
    for (size_t i = 0; i < p->eta_us.count; i++) {
        o.eta_u = p->eta_us.at[i];
        for (size_t n = 2; n <= 4; n++) {
            o.kind = ATTNDYN_ORBIT_CHAIN, o.factors = n;
            ATTNDYN_TRY(path(run, p, o, 0, logits));
            if (n == 2 && i == 0) ATTNDYN_TRY(course(run, p, o, 10, 10));
        }
        o.kind = ATTNDYN_ORBIT_TIED;
        ATTNDYN_TRY(path(run, p, o, 0, logits));
    }
    o.kind = ATTNDYN_ORBIT_TIED, o.eta_u = rate;
    ATTNDYN_TRY(course(run, p, o, 10, 10));
    o.kind = ATTNDYN_ORBIT_DIRECT, o.eta_u = 0;
    /* balanced factors start off zero: the direct flow from there */
    ATTNDYN_TRY(path(run, p, o, 1e-2, logits));
    o.kind = ATTNDYN_ORBIT_BALANCED;
    for (o.factors = 2; o.factors <= 4; o.factors++) ATTNDYN_TRY(path(run, p, o, 1e-2, logits));
    ATTNDYN_TRY(late(run, p));
    ATTNDYN_TRY(theorem3(run, p, 0));
    for (size_t i = 0; i < p->eta_us.count; i++)
        if (p->eta_us.at[i] > 0) ATTNDYN_TRY(theorem3(run, p, p->eta_us.at[i]));
    ATTNDYN_TRY(references(run));
    ATTNDYN_TRY(pole(run, p));
    const double most = WORST(run, paths, apart);
    return kept_state(run, "apart", most);
}

static const struct figure figures[] = {
    {"orbit", "embed/orbit/orbit.gp",
     "(a) The logit of the most probable distinct token against the amplitude |w| of the factor that "
     "starts from zero: one curve, whatever the decoder is made of. (b) The same logits in time: many "
     "clocks; the more factors, the flatter. (c) Late slopes dB/d ln |y| (dots) over the number of "
     "factors in the decoder: those of Scan&Snap divided by n (lines)."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, path_apart, "largest distance of a path from the orbit", LARGEST_OF(paths, apart)) \
    X(OPTIONAL, z_end, "attention at the end of the last course", LAST_OF(courses, z))             \
    X(OPTIONAL, B_end, "its gain there", LAST_OF(courses, B))                                      \
    X(OPTIONAL, late_slope, "the last late slope", LAST_OF(late, slope))                           \
    X(OPTIONAL, spread, "largest spread of Theorem 3's constant", LARGEST_OF(theorem3, spread))
SCALARS(taken, TAKEN)

const struct experiment experiment_embed_orbit = {
    .id = "embed/orbit",
    .title = "Trained embeddings in the symmetric family: the same path on a slower clock",
    .source = "derived here; the talk leaves embeddings that learn open",
    .doc =
        "Let the decoder be a product of trained matrices, or tied to the embeddings, Y = U W_V^T "
        "U^T. In the symmetric family all that remains is a factor Pi(|w|) in front of the amplitude w "
        "of the factor that starts from zero, y = Pi w, and both w and the attention move by it: they "
        "run through exactly the points of Scan&Snap's direct flow. Every statement about the path "
        "(signs, Theorem 3 at equal gain) is unchanged by training the embedding; only the clock is. "
        "Late, |w| ~ (ln t)^(1/n) with n factors, and the prefactor of the growth is divided by n.\n"
        "Table `state`: apart, the largest difference of a logit from the direct flow at equal |w|.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"}, {0}},
    .tables = TABLES(paths, courses, late, theorem3, numbers, the_state),
    .figures = figures,
    PARTS_OF(orbit, taken)};
