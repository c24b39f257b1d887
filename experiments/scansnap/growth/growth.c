#include "growth.h"

#include "experiments/shared/parts.h"
#include "sim/num/stats.h"
#include "theory/scansnap/growth.h"

static enum attndyn_status solve_in_t(const struct trial *run, const struct growth *p,
                                      const struct attndyn_symmetric_family *family, double ratio,
                                      bool visit_rate, double first, double last, const char *label,
                                      struct reduced_path *path) {
    const struct reduced_request request = {
        .family = family,
        .options = {.eta_y = p->eta_y, .eta_z = p->eta_y / ratio, .visit_rate = visit_rate},
        .method = reduced_method(family, ratio < (visit_rate ? (double)family->classes : 1))};
    return symmetric_solve(run, request, first, last, symmetric_outputs(first, last, p->per_decade),
                           label, path);
}

static enum attndyn_status curve(const struct trial *run, const struct growth *p, double ratio,
                                 bool state) {
    struct attndyn_symmetric_family family;
    struct reduced_path path;
    double N = (double)p->num_next_per_last, K = N * (double)p->num_last;
    ATTNDYN_TRY(symmetric_authors(run, K, N, &family));
    ATTNDYN_TRY(solve_in_t(run, p, &family, ratio, false, 1e-3, p->horizon, "curve", &path));
    double s = symmetric_share(&family), eta_z = p->eta_y / ratio;
    double M = (double)(family.commons + family.distinct * family.classes);
    for (size_t i = 0; i < path.count; i++) {
        const struct attndyn_reduced_seen *at = &path.seen[i];
        double L = log(p->eta_y * at->t), printed = NAN;
        if (M * at->scaled_time > 1)
            printed =
                log1p(K * s * s * attndyn_growth_printed_argument(K, M, p->eta_y, eta_z, at->t)) /
                4;
        ATTNDYN_TRY(EMIT(run, curves, .ratio = ratio, .scaled_time = at->scaled_time, .ln_time = L,
                         .rho_sigma2 = at->rho_sigma2, .B = at->B, .B_slope = at->B_slope,
                         .early = attndyn_growth_early(K, K, s, p->eta_y, eta_z, at->t),
                         .linear = s * at->rho_sigma2 / 2, .printed = printed,
                         .prefactor = L > 1 ? at->B_slope * L / 2 : NAN));
    }
    return state ? reduced_emit_state(run, &path, path.count - 1) : ATTNDYN_OK;
}

/* V = K and V = M, up to the early time and up to ten times as late. */
static enum attndyn_status early(const struct trial *run, const struct growth *p, double ratio,
                                 bool vocabulary) {
    struct attndyn_symmetric_family family;
    struct reduced_path path;
    double N = (double)p->num_next_per_last, K = N * (double)p->num_last, end = 10 * p->early_time;
    ATTNDYN_TRY(symmetric_authors(run, K, N, &family));
    if (vocabulary) /* the commons, the distinct, the last and the next tokens */
        family.columns = family.commons + family.distinct * family.classes + (size_t)p->num_last +
                         family.classes;
    ATTNDYN_TRY(solve_in_t(run, p, &family, ratio, false, end / 100, end, NULL, &path));
    double V = (double)family.columns, s = symmetric_share(&family);
    for (size_t i = 0; i < path.count; i++) {
        const struct attndyn_reduced_seen *at = &path.seen[i];
        ATTNDYN_TRY(EMIT(run, early, .K = (long)K, .V = (long)V, .ratio = ratio,
                         .scaled_time = at->scaled_time, .B = at->B,
                         .law = attndyn_growth_early(K, V, s, p->eta_y, p->eta_y / ratio, at->t),
                         .exponent = at->B_slope / at->B));
    }
    return ATTNDYN_OK;
}

/* Data of the late law: D weights from `low` to 1 evenly, G commons of weight 1, N per last. */
static const struct {
    size_t D, G, N;
    double low;
} sets[] = {{1, 1, 1, 1},     {5, 1, 1, 0.5},   {10, 1, 1, 1},
            {10, 10, 1, 0.1}, {10, 10, 2, 0.1}, {5, 3, 2, 0.5}};

static enum attndyn_status late(const struct trial *run, const struct growth *p, size_t which,
                                bool qsd) {
    size_t D = sets[which].D, G = sets[which].G, N = sets[which].N;
    double *weight, *rates;
    ATTNDYN_ALLOC(run->ctx, weight, D + G);
    for (size_t j = 0; j < D; j++)
        weight[j] = D > 1 ? sets[which].low + (1 - sets[which].low) * (double)j / (double)(D - 1)
                          : sets[which].low;
    for (size_t g = 0; g < G; g++) weight[D + g] = 1;
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(attndyn_family_create(run->ctx, 2 * N, N, weight, D, weight + D, G, &family));
    double d = (double)D, g = (double)G, n = (double)N;
    struct reduced_path path;
    ATTNDYN_TRY(symmetric_solve(run, symmetric_in_sigma(&family, qsd), 0.1, p->sigma_end,
                                symmetric_outputs(0.1, p->sigma_end, p->per_decade),
                                qsd ? "late qsd" : "late coupled", &path));
    double predicted = qsd && sets[which].low < 1 ? attndyn_growth_prefactor_qsd(g, n)
                                                  : attndyn_growth_prefactor_coupled(d, g, n);
    const char *name = attndyn_format(run->ctx, "%zu-%zu-%zu", D, G, N);
    if (!name) return ATTNDYN_NO_MEMORY;
    const struct attndyn_reduced *m = path.model;
    ATTNDYN_ALLOC(run->ctx, rates, m->n);
    for (size_t i = 0; i < path.count; i++) {
        /* How much z gained since the previous output. The right-hand side would be no use late:
         * the stiff direction magnifies the solver's last error there. */
        size_t from = i > 0 ? i - 1 : 0, to = i > 0 || path.count == 1 ? i : 1;
        for (size_t l = 0; l < m->D; l++)
            rates[l] =
                reduced_state(&path, to)[m->at_z + l] - reduced_state(&path, from)[m->at_z + l];
        ATTNDYN_TRY(EMIT(run, late, .data = name, .model = qsd ? "qsd" : "coupled",
                         .sigma = path.x[i], .ln_time = path.seen[i].ln_t, .B = path.seen[i].B,
                         .local = path.seen[i].B_sigma_slope, .predicted = predicted,
                         .rate_spread = attndyn_reduced_spread(rates, m->D)));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status slope(const struct trial *run, const struct growth *p, double K,
                                 double ratio, bool visit_rate) {
    if (K != floor(K))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "slope_classes=%g: expected whole numbers", K);
    struct attndyn_symmetric_family family;
    struct reduced_path path;
    double one = 1, *ln2, *exp4B;
    ATTNDYN_TRY(attndyn_family_create(run->ctx, (size_t)K, 1, &one, 1, &one, 1, &family));
    ATTNDYN_TRY(
        solve_in_t(run, p, &family, ratio, visit_rate, p->slope_from, p->horizon, NULL, &path));
    ATTNDYN_ALLOC(run->ctx, ln2, path.count);
    ATTNDYN_ALLOC(run->ctx, exp4B, path.count);
    for (size_t i = 0; i < path.count; i++) {
        ln2[i] = pow(log(p->eta_y * path.seen[i].t), 2);
        exp4B[i] = exp(4 * path.seen[i].B);
        ATTNDYN_TRY(EMIT(run, slope, .K = (long)K, .ratio = ratio, .visit_rate = visit_rate,
                         .scaled_time = path.seen[i].scaled_time, .ln2 = ln2[i],
                         .exp4B = exp4B[i]));
    }
    /* exp(4B) -> 2e rho sigma^2 with sigma -> (K-1)/K ln t, rho = (K/(K-1))/ratio */
    struct attndyn_regression fit = attndyn_regress(path.count, ln2, exp4B);
    return EMIT(run, fit, .K = (long)K, .ratio = ratio, .visit_rate = visit_rate,
                .slope = fit.slope * ratio,
                .predicted = attndyn_growth_late_slope(1) * (K - 1) / K * (visit_rate ? K : 1),
                .r_squared = fit.r_squared);
}

static enum attndyn_status run_all(const struct trial *run, const struct growth *p) {
    size_t n_sets = sizeof sets / sizeof *sets;
    double total = (double)(p->ratios.count + 2 * n_sets +
                            p->slope_classes.count * (p->slope_ratios.count + 1));
    struct parts parts = parts_of(run, "runs", total);
    if (p->horizon <= 10 * p->slope_from)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "horizon must be more than ten times slope_from, not %g and %g",
                            p->horizon, p->slope_from);
    for (size_t r = 0; r < p->ratios.count; r++)
        ATTNDYN_TRY(part_done(&parts, curve(run, p, p->ratios.at[r], r == 0)));
    ATTNDYN_TRY(part_done(&parts, early(run, p, p->ratios.at[0], false)));
    ATTNDYN_TRY(part_done(&parts, early(run, p, p->ratios.at[p->ratios.count - 1], true)));
    for (size_t i = 0; i < n_sets; i++) {
        ATTNDYN_TRY(part_done(&parts, late(run, p, i, false)));
        ATTNDYN_TRY(part_done(&parts, late(run, p, i, true)));
    }
    for (size_t k = 0; k < p->slope_classes.count; k++) {
        double K = p->slope_classes.at[k];
        for (size_t r = 0; r < p->slope_ratios.count; r++)
            ATTNDYN_TRY(part_done(&parts, slope(run, p, K, p->slope_ratios.at[r], false)));
        ATTNDYN_TRY(part_done(&parts, slope(run, p, K, K, true)));
    }
    return ATTNDYN_OK;
}

RUN(growth) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, ratios));
    ATTNDYN_TRY(NOT_EMPTY(run, p, slope_classes));
    ATTNDYN_TRY(NOT_EMPTY(run, p, slope_ratios));
    return run_all(run, p);
}

static const struct figure figures[] = {
    {"growth_gain", "scansnap/growth/growth_gain.gp",
     "The gain B_n against time for several eta_Y/eta_Z: it grows as t^2 at first (dashed: the "
     "early law), then as ln^2 t until rho sigma^2 is about five, as ln ln t only after that. "
     "Dotted: the law as printed, Eq. 131, for the smallest and the largest ratio."},
    {"growth_prefactor", "scansnap/growth/growth_prefactor.gp",
     "dB_n/d ln sigma against the internal time sigma, for several data: the coupled flow settles "
     "at G D/(N D + G), the quasi-static decoder at G/(N + G) (horizontal lines; D distinct "
     "tokens of a class, G commons, N classes per last token). Theorem 4's factor 1/4 of ln(ln^2 "
     "t) would put all of them at 1/2."},
    {"growth_slope", "scansnap/growth/growth_slope.gp",
     "One distinct and one common token of equal weight, one class per last token: exp(4 B_n) "
     "eta_Y/eta_Z against ln^2(eta_Y t). All K and ratios fall on one line of slope 2e; a factor "
     "K in the slope, as printed, would set K = 20 and K = 1000 fifty times apart."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, B_end, "gain at the end of the last curve", LAST_OF(curves, B))                    \
    X(OPTIONAL, B_slope_end, "dB/d ln t at the end of the last curve", LAST_OF(curves, B_slope))   \
    X(OPTIONAL, prefactor_end, "dB/d ln L^2, L = ln(eta_Y t), at the end of the last curve",       \
      LAST_OF(curves, prefactor))                                                                  \
    X(OPTIONAL, early_exponent, "d ln B/d ln t of the early law, last case",                       \
      LAST_OF(early, exponent))                                                                    \
    X(OPTIONAL, late_prefactor, "dB/d ln sigma at the end of the last late run",                   \
      LAST_OF(late, local))                                                                        \
    X(OPTIONAL, fit_slope, "slope of the last fit of exp(4B)", LAST_OF(fit, slope))
SCALARS(taken, TAKEN)

const struct experiment experiment_scansnap_growth = {
    .id = "scansnap/growth",
    .title = "Theorem 4: the growth of the gain B_n in the population flow",
    .source = "Scan&Snap (arXiv 2305.16380), theorem 4",
    .doc =
        "For the gain B_n, dB_n/dt = eta_Z xi_n, Theorem 4 has (1/4) ln(C_0 + 2 K (eta_Z/eta_Y) "
        "ln^2(M eta_Y t/K)) late, under the relations of Eq. 13 and for a modified gradient "
        "(scansnap/theorem-1). In the population flow B_n starts as t^2 with a known factor; then "
        "it is proportional to rho sigma^2, that is to ln^2 t (sigma: internal time, rho = "
        "(eta_Z/eta_Y) K/(K-1)); it becomes (pi_0/2) ln(const + const rho ln^2 t) only once rho "
        "sigma^2 >> 1, with a prefactor pi_0 = dB_n/d ln sigma that depends on the numbers of "
        "distinct and common tokens, and with no factor K, unless z is updated at rate eta_Z per "
        "visit of its class.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"},
                                       {"paper", "per_decade=40 sigma_end=1e6",
                                        "finer outputs, a hundred times later"},
                                       {0}},
    .tables = TABLES(curves, early, late, slope, fit, the_state),
    .figures = figures,
    PARTS_OF(growth, taken)};
