/* Theorem 4: how the gain B_n grows. Early power law, prefactor and slope of the late law, where
 * it sets in, beside the law as printed: B = ln(C0 + 2 K (eta_Z/eta_Y) ln^2(M eta_Y t/K)). */
#include "growth.h"

#include "sim/num/stats.h"
#include "experiments/scansnap/shared/symmetric.h"
#include "theory/scansnap/growth.h"

static const struct param params[] = {
    {"num_last", PARAM_INT, "20", 1, 100000, .doc = "last tokens L of the curves; K = L N"},
    {"num_next_per_last", PARAM_INT, "1", 1, 1000, .doc = "classes N per last token of the curves"},
    {"ratios", PARAM_REALS, "0.1,1,10,100,1000,10000", 0.01, 1e6,
     .doc = "eta_Y/eta_Z of the curves"},
    {"horizon", PARAM_REAL, "1e8", 1e3, 1e15, .doc = "end of the curves in eta_Y t/K"},
    {"early_time", PARAM_REAL, "0.01", 1e-6, 0.1,
     .doc = "where the early law is judged, eta_Y t/K"},
    {"slope_classes", PARAM_REALS, "20,1000", 2, 1e6, .doc = "K of the runs with D = G = N = 1"},
    {"slope_ratios", PARAM_REALS, "0.1,1,10", 0.01, 1e3, .doc = "their eta_Y/eta_Z"},
    {"slope_from", PARAM_REAL, "100", 1, 1e6, .doc = "exp(4B) is fitted from this eta_Y t/K on"},
    {"sigma_end", PARAM_REAL, "1e4", 100, 1e6,
     .doc = "end of the runs in internal time, rho = 1: beyond any t that a double holds"},
    {"per_decade", PARAM_INT, "10", 4, 1000, .doc = "outputs for each decade of time"},
    PARAM_NUM_COMMON,
    PARAM_NUM_DISTINCT,
    PARAM_ETA_Y,
    PARAM_TOLERANCES("1e-10"),
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the defaults: about a second"},
    {"paper", "per_decade=40 sigma_end=1e6", "finer outputs, a hundred times later"},
    {0}};

static const struct column curve_columns[] = {
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"ln_time", COLUMN_REAL, .doc = "L = ln(eta_Y t)"},
    {"rho_sigma2", COLUMN_REAL, .doc = "rho sigma^2"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"B_slope", COLUMN_REAL, .doc = "dB/d ln t"},
    {"early", COLUMN_REAL, .doc = "the early law"},
    {"linear", COLUMN_REAL, .doc = "s_0 rho sigma^2/2: first order in rho sigma^2"},
    {"printed", COLUMN_REAL,
     .doc = "ln(1 + 2 K (eta_Z/eta_Y) ln^2(M eta_Y t/K)), M = G + D K; from M eta_Y t/K = 1 on",
     .optional = true},
    {"prefactor", COLUMN_REAL, .doc = "dB/d ln L^2; from L = 1 on", .optional = true},
    {0}};

static const struct column early_columns[] = {
    {"K", COLUMN_INT, .doc = "classes"},
    {"V", COLUMN_INT, .doc = "outputs of the decoder"},
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"law", COLUMN_REAL, .doc = "(s_0/2) eta_Y eta_Z t^2 (K-1)/(V K^2)"},
    {"exponent", COLUMN_REAL, .doc = "d ln B/d ln t"},
    {0}};

static const struct column late_columns[] = {
    {"data", COLUMN_TEXT, .doc = "distinct D, commons G, classes per last token N, as D-G-N"},
    {"model", COLUMN_TEXT, .doc = "coupled, or qsd: the quasi-static decoder"},
    {"sigma", COLUMN_REAL, .doc = "internal time, rho = 1"},
    {"ln_time", COLUMN_REAL, .doc = "ln(eta_Y t), K = 2 N"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"local", COLUMN_REAL, .doc = "dB/d ln sigma"},
    {"predicted", COLUMN_REAL, .doc = "G D/(N D + G); qsd with one most probable token: G/(N + G)"},
    {"rate_spread", COLUMN_REAL, .doc = "(max - min)/mean of dz_l/dt over the distinct tokens"},
    {0}};

static const struct column slope_columns[] = {
    {"K", COLUMN_INT, .doc = "classes"},
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"visit_rate", COLUMN_INT, .doc = "1: z moves at eta_Z per visit of its class, P(n) left out"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"ln2", COLUMN_REAL, .doc = "ln^2(eta_Y t)"},
    {"exp4B", COLUMN_REAL, .doc = "exp(4 B)"},
    {0}};

static const struct column fit_columns[] = {
    {"K", COLUMN_INT, .doc = "classes"},
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"visit_rate", COLUMN_INT, .doc = "1: z moves at eta_Z per visit of its class, P(n) left out"},
    {"slope", COLUMN_REAL, .doc = "of exp(4B) in ln^2(eta_Y t), times eta_Y/eta_Z"},
    {"predicted", COLUMN_REAL, .doc = "2 e (K-1)/K, with visit_rate times K"},
    {"r_squared", COLUMN_REAL, .doc = "of the fit"},
    {0}};

static const struct table tables[] = {
    {"curves", "the gain in time, authors' data", curve_columns},
    {"early", "the early power law", early_columns},
    {"late", "local prefactor in internal time", late_columns},
    {"slope", "D = G = N = 1: exp(4B) against ln^2(eta_Y t)", slope_columns},
    {"fit", "its slope", fit_columns},
    STATE_TABLE,
    {0}};

static const struct figure figures[] = {
    {"growth_gain", "scansnap/growth/growth_gain.gp",
     "The gain in time for several eta_Y/eta_Z: t^2 at first (dashed: the early law), then ln^2 t "
     "until rho sigma^2 is of order five, ln ln t only after that. Dotted: the law as printed, for "
     "the smallest and the largest ratio."},
    {"growth_prefactor", "scansnap/growth/growth_prefactor.gp",
     "dB/d ln sigma in internal time: the coupled flow settles at G D/(N D + G), the quasi-static "
     "decoder at G/(N + G) (horizontal lines). As printed it would be 2 for all data."},
    {"growth_slope", "scansnap/growth/growth_slope.gp",
     "D = G = N = 1: exp(4B) eta_Y/eta_Z against ln^2(eta_Y t). All K and ratios fall on one line "
     "of "
     "slope 2e; a factor K in the slope, as printed, would set K = 20 and K = 1000 fifty times "
     "apart."},
    {0}};

static size_t outputs(const struct params *p, double first, double last) {
    return (size_t)lround(log10(last / first) * (double)param_int(p, "per_decade")) + 1;
}

static enum attndyn_status solve_in_t(struct attndyn_context *ctx, const struct params *p,
                                      const struct attndyn_symmetric_family *family, double ratio,
                                      bool visit_rate, double first, double last,
                                      struct track *track) {
    double eta_y = param_real(p, "eta_y"), *t;
    struct track_request request = {
        .family = family,
        .options = {.eta_y = eta_y, .eta_z = eta_y / ratio, .visit_rate = visit_rate},
        .method = track_method(family, ratio < (visit_rate ? (double)family->classes : 1)),
        .count = outputs(p, first, last)};
    symmetric_tolerances(p, &request);
    ATTNDYN_TRY(track_times(ctx, family, eta_y, first, last, request.count, &t));
    request.x = t;
    return track_solve(ctx, &request, track);
}

static enum attndyn_status curve(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results, double ratio, bool state) {
    struct attndyn_symmetric_family family;
    double N = (double)param_int(p, "num_next_per_last"), eta_y = param_real(p, "eta_y");
    double K = N * (double)param_int(p, "num_last");
    ATTNDYN_TRY(symmetric_authors(ctx, p, K, N, &family));
    struct track track;
    ATTNDYN_TRY(solve_in_t(ctx, p, &family, ratio, false, 1e-3, param_real(p, "horizon"), &track));
    ATTNDYN_TRY(results_solver(ctx, results, "curve", &track.statistics));
    double s = symmetric_share(&family),
           M = (double)(family.commons + family.distinct * family.classes);
    for (size_t i = 0; i < track.count; i++) {
        const struct attndyn_reduced_seen *seen = &track.seen[i];
        double t = seen->t, L = log(eta_y * t), printed = NAN;
        if (M * seen->scaled_time > 1)
            printed = log1p(attndyn_growth_printed_argument(K, M, eta_y, eta_y / ratio, t));
        ATTNDYN_TRY(EMIT(
            ctx, results, "curves", R(ratio), R(seen->scaled_time), R(L), R(seen->rho_sigma2),
            R(seen->B), R(seen->B_slope), R(attndyn_growth_early(K, K, s, eta_y, eta_y / ratio, t)),
            R(s * seen->rho_sigma2 / 2), R(printed), R(L > 1 ? seen->B_slope * L / 2 : NAN)));
    }
    return state ? track_emit_state(ctx, results, &track, track.count - 1) : ATTNDYN_OK;
}

/* V = K and V = M, up to the early time and tenfold of it. */
static enum attndyn_status early(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results, double ratio, bool vocabulary) {
    struct attndyn_symmetric_family family;
    double N = (double)param_int(p, "num_next_per_last"), eta_y = param_real(p, "eta_y");
    double K = N * (double)param_int(p, "num_last"), end = 10 * param_real(p, "early_time");
    ATTNDYN_TRY(symmetric_authors(ctx, p, K, N, &family));
    if (vocabulary) /* the commons, the distinct, the last and the next tokens */
        family.columns = family.commons + family.distinct * family.classes +
                         (size_t)param_int(p, "num_last") + family.classes;
    struct track track;
    ATTNDYN_TRY(solve_in_t(ctx, p, &family, ratio, false, end / 100, end, &track));
    double V = (double)family.columns, s = symmetric_share(&family);
    for (size_t i = 0; i < track.count; i++) {
        const struct attndyn_reduced_seen *seen = &track.seen[i];
        ATTNDYN_TRY(EMIT(ctx, results, "early", I((long)K), I((long)V), R(ratio),
                         R(seen->scaled_time), R(seen->B),
                         R(attndyn_growth_early(K, V, s, eta_y, eta_y / ratio, seen->t)),
                         R(seen->B_slope / seen->B)));
    }
    return ATTNDYN_OK;
}

/* Data of the late law: D weights from `low` to 1 evenly, G commons of weight 1, N per last. */
static const struct {
    size_t D, G, N;
    double low;
} sets[] = {{1, 1, 1, 1},     {5, 1, 1, 0.5},   {10, 1, 1, 1},
            {10, 10, 1, 0.1}, {10, 10, 2, 0.1}, {5, 3, 2, 0.5}};

static enum attndyn_status late(struct attndyn_context *ctx, const struct params *p,
                                struct results *results, size_t which, bool qsd) {
    size_t D = sets[which].D, G = sets[which].G, N = sets[which].N;
    double *weight, *x, end = param_real(p, "sigma_end");
    ATTNDYN_ALLOC(ctx, weight, D + G);
    for (size_t j = 0; j < D; j++)
        weight[j] = D > 1 ? sets[which].low + (1 - sets[which].low) * (double)j / (double)(D - 1)
                          : sets[which].low;
    for (size_t g = 0; g < G; g++) weight[D + g] = 1;
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(attndyn_family_create(ctx, 2 * N, N, weight, D, weight + D, G, &family));
    double K = (double)family.classes;
    struct track_request request = {
        .family = &family,
        .options = {.kind = qsd ? ATTNDYN_REDUCED_QSD : ATTNDYN_REDUCED_COUPLED,
                    .clock = ATTNDYN_REDUCED_SIGMA,
                    .eta_y = 1,
                    .eta_z = (K - 1) / K}, /* rho = 1 */
        .method = track_method(&family, true),
        .count = outputs(p, 0.1, end)};
    symmetric_tolerances(p, &request);
    ATTNDYN_ALLOC(ctx, x, request.count);
    attndyn_grid_logarithmic(0.1, end, request.count, x);
    request.x = x;
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    ATTNDYN_TRY(results_solver(ctx, results, qsd ? "late qsd" : "late coupled", &track.statistics));
    double d = (double)D, g = (double)G, n = (double)N;
    double predicted = qsd && sets[which].low < 1 ? attndyn_growth_prefactor_qsd(g, n)
                                                  : attndyn_growth_prefactor_coupled(d, g, n);
    const char *name = attndyn_format(ctx, "%zu-%zu-%zu", D, G, N);
    if (!name) return ATTNDYN_NO_MEMORY;
    const struct attndyn_reduced *m = track.model;
    double *rates;
    ATTNDYN_ALLOC(ctx, rates, m->n);
    for (size_t i = 0; i < track.count; i++) {
        /* per sigma: per t they underflow */
        if (m->problem.rhs(x[i], track_state(&track, i), rates, m->problem.user) != 0)
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "rates at sigma = %g are not finite",
                                x[i]);
        ATTNDYN_TRY(EMIT(ctx, results, "late", S(name), S(qsd ? "qsd" : "coupled"), R(x[i]),
                         R(track.seen[i].ln_t), R(track.seen[i].B), R(track.seen[i].B_sigma_slope),
                         R(predicted), R(attndyn_reduced_spread(rates + m->at_z, m->D))));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status slope(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results, double K, double ratio, bool visit_rate) {
    if (K != floor(K))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "slope_classes=%g: expected whole numbers", K);
    struct attndyn_symmetric_family family;
    double one = 1, eta_y = param_real(p, "eta_y"), *ln2, *exp4B;
    ATTNDYN_TRY(attndyn_family_create(ctx, (size_t)K, 1, &one, 1, &one, 1, &family));
    struct track track;
    ATTNDYN_TRY(solve_in_t(ctx, p, &family, ratio, visit_rate, param_real(p, "slope_from"),
                           param_real(p, "horizon"), &track));
    ATTNDYN_ALLOC(ctx, ln2, track.count);
    ATTNDYN_ALLOC(ctx, exp4B, track.count);
    for (size_t i = 0; i < track.count; i++) {
        ln2[i] = pow(log(eta_y * track.seen[i].t), 2);
        exp4B[i] = exp(4 * track.seen[i].B);
        ATTNDYN_TRY(EMIT(ctx, results, "slope", I((long)K), R(ratio), I(visit_rate),
                         R(track.seen[i].scaled_time), R(ln2[i]), R(exp4B[i])));
    }
    /* exp(4B) -> 2e rho sigma^2 with sigma -> (K-1)/K ln t, rho = (K/(K-1))/ratio */
    struct attndyn_regression fit = attndyn_regress(track.count, ln2, exp4B);
    return EMIT(ctx, results, "fit", I((long)K), R(ratio), I(visit_rate), R(fit.slope * ratio),
                R(attndyn_growth_late_slope(1) * (K - 1) / K * (visit_rate ? K : 1)),
                R(fit.r_squared));
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    size_t n_ratios, n_classes, n_slopes, n_sets = sizeof sets / sizeof *sets;
    const double *ratios, *classes, *slopes;
    ATTNDYN_TRY(symmetric_list(ctx, p, "ratios", &ratios, &n_ratios));
    ATTNDYN_TRY(symmetric_list(ctx, p, "slope_classes", &classes, &n_classes));
    ATTNDYN_TRY(symmetric_list(ctx, p, "slope_ratios", &slopes, &n_slopes));
    double total = (double)(n_ratios + 2 * n_sets + n_classes * (n_slopes + 1)), done = 0;
    if (param_real(p, "horizon") <= 10 * param_real(p, "slope_from"))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "horizon must be more than ten times slope_from, not %g and %g",
                            param_real(p, "horizon"), param_real(p, "slope_from"));
    uint64_t mark = attndyn_memory_mark(ctx);
#define STEP(call)                                                                                 \
    do {                                                                                           \
        ATTNDYN_TRY(call);                                                                         \
        attndyn_memory_release(ctx, mark);                                                         \
        attndyn_progress(ctx, "runs", ++done, total);                                              \
    } while (0)
    for (size_t r = 0; r < n_ratios; r++) STEP(curve(ctx, p, results, ratios[r], r == 0));
    STEP(early(ctx, p, results, ratios[0], false));
    STEP(early(ctx, p, results, ratios[n_ratios - 1], true));
    for (size_t i = 0; i < n_sets; i++) {
        STEP(late(ctx, p, results, i, false));
        STEP(late(ctx, p, results, i, true));
    }
    for (size_t k = 0; k < n_classes; k++) {
        for (size_t r = 0; r < n_slopes; r++)
            STEP(slope(ctx, p, results, classes[k], slopes[r], false));
        STEP(slope(ctx, p, results, classes[k], classes[k], true));
    }
#undef STEP
    return ATTNDYN_OK;
}

const struct experiment experiment_scansnap_growth = {
    .id = "scansnap/growth",
    .title = "Theorem 4: the growth of the gain B_n, as printed and as it holds",
    .source = "Scan&Snap (arXiv 2305.16380), theorem 4",
    .doc =
        "As printed, B_n ~ ln(C0 + 2 K (eta_Z/eta_Y) ln^2(M eta_Y t/K)): ln t while scanning, "
        "ln ln t after snapping. In the population flow B starts as t^2 with a known factor; then "
        "it is proportional to rho sigma^2, that is to ln^2 t; it becomes (pi/2) ln(const + const "
        "rho ln^2 t) only once rho sigma^2 >> 1, with a prefactor that depends on the numbers of "
        "distinct and common tokens and with no factor K, unless z is updated at rate eta_Z per "
        "visit of its class.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .figures = figures,
    .checks = growth_checks,
    .run = run};
