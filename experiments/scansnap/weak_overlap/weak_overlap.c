#include "weak_overlap.h"

#include "experiments/shared/solve.h"
#include "sim/model/scansnap/equation_10.h"
#include "theory/scansnap/theorem_1.h"

enum { OUTPUTS = 121 };

/* Commons scaled so that their share of f . f is s. */
static enum attndyn_status family_of(const struct trial *run, const struct weak_overlap *p,
                                     size_t commons, double s,
                                     struct attndyn_symmetric_family *family) {
    double own = 0, common = 0, *q;
    for (size_t j = 0; j < p->distinct.count; j++) own += pow(p->distinct.at[j], 2);
    for (size_t g = 0; g < commons; g++) common += pow(p->commons.at[g], 2);
    ATTNDYN_ALLOC(run->ctx, q, commons);
    for (size_t g = 0; g < commons; g++) q[g] = p->commons.at[g] * sqrt(s / (1 - s) * own / common);
    ATTNDYN_TRY(attndyn_family_create(run->ctx, (size_t)p->classes, (size_t)p->classes,
                                      p->distinct.at, p->distinct.count, q, commons, family));
    family->columns = (size_t)p->outputs;
    return ATTNDYN_OK;
}

static double smallest(const double *x, size_t count) {
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) keep_smaller(&least, x[i]);
    return least;
}

static double largest(const double *x, size_t count) {
    double most = -INFINITY;
    for (size_t i = 0; i < count; i++) keep_larger(&most, x[i]);
    return most;
}

/* --- the flow ---------------------------------------------------------------------------------
 */

static enum attndyn_status solve(const struct trial *run, const struct weak_overlap *p,
                                 const struct attndyn_symmetric_family *family, double ratio,
                                 bool events, struct reduced_path *path) {
    const struct reduced_request request = {.family = family,
                                            .options = {.kind = ATTNDYN_REDUCED_COUPLED,
                                                        .clock = ATTNDYN_REDUCED_T,
                                                        .eta_y = 1,
                                                        .eta_z = 1 / ratio},
                                            .method = reduced_method(family, ratio < 1),
                                            .events = events};
    return symmetric_solve(run, request, 1e-3, p->end, OUTPUTS, "flow", path);
}

/* Where z first passes the level, linear between two outputs in logarithms. */
static enum attndyn_status at_level(const struct trial *run, const struct weak_overlap *p,
                                    double ratio, const struct reduced_path *path,
                                    const double *unequal) {
    for (size_t i = 1; i < path->count; i++) {
        double z0 = reduced_state(path, i - 1)[path->model->at_z];
        double z1 = reduced_state(path, i)[path->model->at_z];
        if (!(z0 > 0 && z0 < p->z && z1 >= p->z)) continue;
        double part = log(p->z / z0) / log(z1 / z0);
        return EMIT(run, same_z, .ratio = ratio,
                    .scaled_time =
                        path->seen[i - 1].scaled_time *
                        pow(path->seen[i].scaled_time / path->seen[i - 1].scaled_time, part),
                    .unequal = unequal[i - 1] * pow(unequal[i] / unequal[i - 1], part));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status flow(const struct trial *run, const struct weak_overlap *p,
                                const struct attndyn_symmetric_family *family, double ratio) {
    struct reduced_path path;
    double *rate, unequal[OUTPUTS], K = (double)p->classes, M = p->outputs;
    ATTNDYN_TRY(solve(run, p, family, ratio, false, &path));
    const struct attndyn_reduced *model = path.model;
    ATTNDYN_ALLOC(run->ctx, rate, model->n);
    for (size_t i = 0; i < path.count; i++) {
        const struct attndyn_reduced_seen *seen = &path.seen[i];
        if (model->problem.rhs(path.x[i], reduced_state(&path, i), rate, path.model) != 0)
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "rates at eta_Y t/K = %g",
                                seen->scaled_time);
        /* gamma = g (1 - (K-1) s b), K xi = g (K-1) s b (the flow has the weight P(n) = 1/K),
         * g = gamma iota, b = beta/iota */
        double xi = K * seen->xi, b = xi / ((seen->gamma + xi) * (K - 1) * seen->s);
        unequal[i] = seen->xi_max / seen->xi_min - 1;
        ATTNDYN_TRY(EMIT(
            run, flow, .ratio = ratio, .scaled_time = seen->scaled_time,
            .alpha_nn = 1 - seen->delta, .z = reduced_state(&path, i)[model->at_z],
            .rate_distinct = ratio * smallest(rate + model->at_z, model->D),
            .rate_common = ratio * largest(rate + model->at_w, model->G), .unequal = unequal[i],
            .beta_over_iota = b, .theorem = attndyn_theorem_1_ratio(K, M, seen->s, false),
            .early = attndyn_theorem_1_ratio_original(M, p->overlap, seen->scaled_time)));
    }
    return at_level(run, p, ratio, &path, unequal);
}

static enum attndyn_status peak(const struct trial *run, const struct weak_overlap *p, double s,
                                double ratio) {
    struct attndyn_symmetric_family family;
    struct reduced_path path;
    ATTNDYN_TRY(family_of(run, p, p->commons.count, s, &family));
    ATTNDYN_TRY(solve(run, p, &family, ratio, true, &path));
    return EMIT(run, peaks, .overlap = s, .ratio = ratio,
                .peak = exp(path.ln_event[ATTNDYN_REDUCED_PEAK]),
                .closed = attndyn_theorem_1_peak(p->outputs));
}

/* --- Eq. 10 -----------------------------------------------------------------------------------
 */

struct watch {
    const struct trial *run;
    struct attndyn_equation_10_alike *model;
    double *rate, *I; /* scratch */
};

static enum attndyn_status see(void *user, size_t index, double x, const double *y) {
    struct watch *w = user;
    const struct attndyn_symmetric_family *family = w->model->family;
    size_t D = family->distinct, G = family->commons;
    (void)index;
    if (w->model->problem.rhs(x, y, w->rate, w->model) != 0)
        return attndyn_fail(w->run->ctx, ATTNDYN_RUN_FAILED,
                            "rates at ln(1 + Gamma) = %g are not finite", x);
    for (size_t j = 0; j < D; j++) w->I[j] = -expm1(-2 * y[j]) / pow(family->p[j], 2);
    return EMIT(w->run, equation_10, .commons = (long)G, .ln_Gamma = x, .B = y[D + G], .z = y[0],
                .rate_distinct = smallest(w->rate, D), .rate_common = largest(w->rate + D, G),
                .I_spread = attndyn_reduced_spread(w->I, D));
}

static enum attndyn_status equation_10(const struct trial *run, const struct weak_overlap *p,
                                       size_t commons) {
    struct attndyn_symmetric_family family;
    struct watch w = {.run = run};
    double x[OUTPUTS], *y;
    ATTNDYN_TRY(family_of(run, p, commons, p->overlap, &family));
    ATTNDYN_TRY(attndyn_equation_10_alike_create(run->ctx, &family, &w.model));
    ATTNDYN_ALLOC(run->ctx, w.rate, w.model->n);
    ATTNDYN_ALLOC(run->ctx, w.I, family.distinct);
    ATTNDYN_ALLOC(run->ctx, y, w.model->n);
    attndyn_grid_linear(p->gamma_end / OUTPUTS, p->gamma_end, OUTPUTS, x);
    const struct attndyn_ode_options how = solve_within(ATTNDYN_ODE_DOP853, p->rtol, p->atol);
    const struct attndyn_ode_observer observer = {.output = see, .user = &w};
    return solve_recorded(run, "Eq. 10", &w.model->problem, &how, y, x, OUTPUTS, &observer);
}

/* Eq. 10 with one common token, until the gain has grown far beyond the start's scale. */
static const double far_apart[] = {200, 300};

static enum attndyn_status see_fates(void *user, size_t index, double x, const double *y) {
    struct watch *w = user;
    const struct attndyn_symmetric_family *family = w->model->family;
    size_t D = family->distinct;
    (void)index;
    for (size_t j = 1; j < D; j++) {
        double weight = family->p[j] / family->p[0];
        ATTNDYN_TRY(EMIT(w->run, fates, .ln_Gamma = x, .B = y[D + family->commons], .z = y[0],
                         .token = (long)j, .weight = weight, .z_other = y[j],
                         .limit = -log1p(-weight * weight) / 2,
                         .share = weight * exp(y[j] - y[0])));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status fates(const struct trial *run, const struct weak_overlap *p) {
    struct attndyn_symmetric_family family;
    struct watch w = {.run = run};
    double *y;
    ATTNDYN_TRY(family_of(run, p, 1, p->overlap, &family));
    ATTNDYN_TRY(attndyn_equation_10_alike_create(run->ctx, &family, &w.model));
    ATTNDYN_ALLOC(run->ctx, y, w.model->n);
    const struct attndyn_ode_options how = solve_within(ATTNDYN_ODE_DOP853, p->rtol, p->atol);
    const struct attndyn_ode_observer observer = {.output = see_fates, .user = &w};
    return solve_recorded(run, "Eq. 10, late", &w.model->problem, &how, y, far_apart, 2, &observer);
}

RUN(weak_overlap) {
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(NOT_EMPTY(run, p, distinct));
    ATTNDYN_TRY(NOT_EMPTY(run, p, commons));
    ATTNDYN_TRY(NOT_EMPTY(run, p, ratios));
    const double *weights = p->distinct.at;
    if (!(largest(weights, p->distinct.count) > smallest(weights, p->distinct.count)))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "distinct: expected two weights that differ: what is measured is how "
                            "xi differs between such tokens");
    if (p->outputs != floor(p->outputs) || p->outputs < (double)p->classes)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "outputs=%g: expected a whole number, classes=%ld at least", p->outputs,
                            p->classes);
    ATTNDYN_TRY(family_of(run, p, p->commons.count, p->overlap, &family));
    for (size_t r = 0; r < p->ratios.count; r++) {
        ATTNDYN_TRY(flow(run, p, &family, p->ratios.at[r]));
        ATTNDYN_TRY(peak(run, p, p->overlap, p->ratios.at[r]));
        for (size_t s = 0; s < p->overlaps.count; s++)
            ATTNDYN_TRY(peak(run, p, p->overlaps.at[s], p->ratios.at[r]));
    }
    ATTNDYN_TRY(fates(run, p));
    ATTNDYN_TRY(equation_10(run, p, p->commons.count));
    return p->commons.count == 1 ? ATTNDYN_OK : equation_10(run, p, 1);
}

static const struct figure figures[] = {
    {"weak_overlap", "scansnap/weak_overlap/weak_overlap.gp",
     "Left: beta/iota of the coupled flow (lines) against time is of order 1/M, far below Theorem "
     "1's (dashed, top), which section 6 of the paper builds on. Right: how unequal the xi_nl of "
     "two distinct tokens of a class are, which Theorem 3 takes as one: they part when z has "
     "grown to a certain size, not at a certain ratio eta_Y/eta_Z."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, alpha_end, "alpha_nn at the end of the last flow", LAST_OF(flow, alpha_nn))        \
    X(OPTIONAL, beta_over_iota, "beta/iota of the force at the end of the last flow",              \
      LAST_OF(flow, beta_over_iota))                                                               \
    X(OPTIONAL, peak, "eta_Y t/K at which the force is largest, last case", LAST_OF(peaks, peak))  \
    X(OPTIONAL, I_spread, "largest spread of Eq. 10's invariant", LARGEST_OF(equation_10, I_spread))
SCALARS(taken, TAKEN)

const struct experiment experiment_scansnap_weak_overlap = {
    .id = "scansnap/weak-overlap",
    .title = "Inside the paper's assumptions: weak overlap, the decoder over the vocabulary",
    .source = "Scan&Snap (arXiv 2305.16380v4), sections 4 and 5, Lemma 4, Theorem 2 and 3, "
              "Corollary 2",
    .doc = "The paper's theorems ask for V = M >> K^2 and weak overlaps of the features, "
           "sqrt(6/M) <= s = f_n . f_n' < 1/(K(K-1)); its own experiments, and most runs here, "
           "are outside. This one is inside: K classes on one query, commons of unequal weight "
           "shared by all of them, as Corollary 2 has it. The coupled flow, from zero to eta_Y "
           "t/K = end for each ratio of the rates, stands beside Eq. 10, the paper's attention "
           "over an adiabatic decoder.\n"
           "Measured are the signs of all rates, the coefficient beta/iota by which the other "
           "classes push the attention (Theorem 1, Lemma 4), how unequal the xi of two distinct "
           "tokens are that Theorem 3 takes as one, and the time at which the force peaks.",
    .presets = (const struct preset[]){{"quick", "", "K = 3, M = 1200"},
                                       {"twenty", "classes=20 outputs=1e6 overlap=0.00245 z=1e-8",
                                        "K = 20 takes a million tokens to be inside"},
                                       {"strong", "overlap=0.722",
                                        "the overlap of the authors' weights: outside"},
                                       {0}},
    .tables = TABLES(flow, equation_10, fates, peaks, same_z),
    .figures = figures,
    PARTS_OF(weak_overlap, taken)};
