/* Theorem 3: the gain of a dominant distinct token relative to the others of its class,
 * r(t) = r(0) chi(t), and the bounds on chi; the size of the error in the coupled flow. */
#include "relative_gain.h"

#include "experiments/scansnap/shared/symmetric.h"
#include "theory/scansnap/growth.h"
#include "theory/scansnap/relative_gain.h"

static const struct param params[] = {
    {"classes", PARAM_REALS, "4,20,100", 2, 1e6, .doc = "numbers of classes K"},
    {"num_next_per_last", PARAM_INT, "1", 1, 1000, .doc = "classes N per last token"},
    {"ratios", PARAM_REALS, "1,10,100,1000,10000", 1e-3, 1e6, .doc = "eta_Y/eta_Z"},
    {"horizon", PARAM_REAL, "1e6", 1, 1e12, .doc = "end of these runs in eta_Y t/K"},
    {"bounds_classes", PARAM_REALS, "4,100", 2, 1e6, .doc = "K of the runs that try the bounds"},
    {"bounds_per_last", PARAM_REALS, "1,2", 1, 1000, .doc = "N of the runs that try the bounds"},
    {"bounds_ratios", PARAM_REALS, "0.01,0.1,1,10,100,1000", 1e-3, 1e6,
     .doc = "eta_Y/eta_Z of the runs that try the bounds"},
    {"bounds_horizon", PARAM_REAL, "1e8", 1, 1e12, .doc = "their end in eta_Y t/K"},
    {"lower_end", PARAM_REAL, "1e4", 10, 1e9,
     .doc = "sigma at the end of the runs on the lower bound: ten distinct tokens and one common, "
            "rho = 1"},
    {"per_decade", PARAM_INT, "10", 2, 1000, .doc = "outputs for each decade of time"},
    {"q", PARAM_REALS, "1,0.7,0.4,0.1", 1e-6, 1e6,
     .doc = "unequal weights of the common tokens in the run on their invariant (N = 2)"},
    {"closed_r", PARAM_REALS, "1,0.25,11.1", 1e-6, 100,
     .doc = "R = q^2/p^2 of the closed solution of the quasi-static decoder, D = G = N = 1"},
    {"closed_theta", PARAM_REAL, "1e6", 1, 1e12, .doc = "its end in theta = rho sigma^2/2"},
    PARAM_NUM_COMMON,
    PARAM_NUM_DISTINCT,
    PARAM_ETA_Y,
    PARAM_TOLERANCES("1e-10"),
    {0}};

static const struct preset presets[] = {
    {"quick", "per_decade=5 bounds_horizon=1e8", "all claims, coarser outputs"},
    {"paper", "classes=4,20,100,1000 per_decade=40", "finer outputs, one more K"},
    {0}};

static const struct column gain_columns[] = {
    {"model", COLUMN_TEXT, .doc = "coupled, or qsd: the quasi-static decoder a = sigma f"},
    {"K", COLUMN_INT, .doc = "classes"},
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"sigma", COLUMN_REAL, .doc = "internal time"},
    {"rho_sigma2", COLUMN_REAL, .doc = "rho sigma^2, rho = (eta_Z/eta_Y) K/(K-1)"},
    {"xi_spread", COLUMN_REAL, .doc = "(max - min)/xi_n of xi_nl over the distinct tokens"},
    {"I_spread", COLUMN_REAL, .doc = "(max - min)/mean of (1 - exp(-2 z_l))/p_l^2 over them",
     .optional = true},
    {"r_error", COLUMN_REAL,
     .doc = "largest |ln(r/r0)/(2 z_l) - 1|, l most probable, over its partners", .optional = true},
    {"ln_chi", COLUMN_REAL, .doc = "2 z_l of the most probable token"},
    {"f2", COLUMN_REAL, .doc = "f_nl^2 of it"},
    {"s", COLUMN_REAL, .doc = "share of the commons in f"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"collapse_error", COLUMN_REAL,
     .doc = "largest |z_j - z_j'|/max(1, |z_j|), z' from the run in internal time with rho = 1 at "
            "the same "
            "rho sigma^2",
     .optional = true},
    {0}};

static const struct column bounds_columns[] = {
    {"K", COLUMN_INT, .doc = "classes"},
    {"N", COLUMN_INT, .doc = "classes per last token"},
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"ln_chi", COLUMN_REAL, .doc = "2 z_l of the most probable token"},
    {"ln_lower", COLUMN_REAL, .doc = "2 f_l(0)^2 B"},
    {"ln_upper", COLUMN_REAL, .doc = "2 B"},
    {"f2", COLUMN_REAL, .doc = "f_nl^2 of it"},
    {0}};

static const struct column lower_columns[] = {
    {"model", COLUMN_TEXT, .doc = "coupled or qsd"},
    {"sigma", COLUMN_REAL, .doc = "internal time"},
    {"D", COLUMN_INT, .doc = "distinct tokens"},
    {"f2_0", COLUMN_REAL, .doc = "f_l(0)^2 of the most probable one"},
    {"f2", COLUMN_REAL, .doc = "f_l^2 of it"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"ln_chi", COLUMN_REAL, .doc = "2 z_l of it"},
    {"ln_lower", COLUMN_REAL, .doc = "2 f_l(0)^2 B"},
    {0}};

static const struct column common_columns[] = {
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"w_lowest", COLUMN_REAL, .doc = "attention logit of the most suppressed common token"},
    {"J_spread", COLUMN_REAL, .doc = "(max - min)/mean of (exp(-2 w_g) - 1)/q_g^2"},
    {"sum", COLUMN_REAL, .doc = "N sum_j z_j + sum_g w_g, which stays 0"},
    {0}};

static const struct column closed_columns[] = {{"R", COLUMN_REAL, .doc = "q^2/p^2"},
                                               {"theta", COLUMN_REAL, .doc = "rho sigma^2/2"},
                                               {"z", COLUMN_REAL, .doc = "by CVODE"},
                                               {"z_closed", COLUMN_REAL, .doc = "closed form"},
                                               {"B", COLUMN_REAL, .doc = "by CVODE"},
                                               {"B_closed", COLUMN_REAL, .doc = "closed form"},
                                               {0}};

static const struct column expansion_columns[] = {
    {"f2_0", COLUMN_REAL, .doc = "f_nl(0)^2 of the most probable token"},
    {"s_0", COLUMN_REAL, .doc = "share of the commons in f at the start"},
    {"xi_spread", COLUMN_REAL, .doc = "predicted spread of xi per rho sigma^2"},
    {"I_spread", COLUMN_REAL, .doc = "predicted spread of I per rho sigma^2"},
    {"ln_r", COLUMN_REAL, .doc = "predicted ln(r/r0)/(2 z_l) - 1 per rho sigma^2"},
    {"ln_chi", COLUMN_REAL, .doc = "predicted ln chi per rho sigma^2"},
    {0}};

static const struct table tables[] = {
    {"gain", "theorem 3's quantities in time", gain_columns},
    {"bounds", "chi and its bounds", bounds_columns},
    {"lower", "the lower bound where D f_l(0)^2 > 1: ten distinct tokens, one common",
     lower_columns},
    {"common", "the invariant of the common tokens, unequal q, N = 2, K = 20", common_columns},
    {"closed", "quasi-static decoder with D = G = N = 1", closed_columns},
    {"expansion", "first-order coefficients for the data of table gain", expansion_columns},
    STATE_TABLE,
    {0}};

static const struct figure figures[] = {
    {"relative_gain", "scansnap/relative_gain/relative_gain.gp",
     "How unequal xi_nl is over the distinct tokens of a class: against rho sigma^2 all "
     "learning-rate "
     "ratios and all K fall on one curve, which starts as predicted to first order (dashed)."},
    {"relative_gain_time", "scansnap/relative_gain/relative_gain_time.gp",
     "The same against time (lines): each ratio has its own curve, lower for larger eta_Y/eta_Z. "
     "In "
     "the quasi-static decoder theorem 3 holds to the solver's tolerance (points)."},
    {"relative_gain_error", "scansnap/relative_gain/relative_gain_error.gp",
     "The error of r(t) = r(0) chi(t) against the gain ln chi itself: it does not fall with "
     "eta_Y/eta_Z. A larger ratio only makes the gain smaller at the same time."},
    {"relative_gain_bounds", "scansnap/relative_gain/relative_gain_bounds.gp",
     "ln chi of the most probable token against B, with the bounds of theorem 3: here, where D "
     "f_l(0)^2 < 1, both hold, the upper one by far."},
    {0}};

static size_t outputs(double first, double last, long per_decade) {
    return (size_t)lround(log10(last / first) * (double)per_decade) + 1;
}

static size_t most_probable(const struct attndyn_reduced *m) {
    size_t top = 0;
    for (size_t j = 1; j < m->D; j++)
        if (m->p[j] > m->p[top]) top = j;
    return top;
}

/* max over partners of |ln(r/r0)/(2 z_l) - 1|; NaN while z_l is too small to divide by. */
static double r_error(const struct attndyn_reduced *m, const double *z) {
    size_t top = most_probable(m);
    double error = NAN;
    for (size_t j = 0; j < m->D && z[top] > 1e-6; j++) {
        double ln = attndyn_gain_ln_growth(m->p[top], z[top], m->p[j], z[j]);
        if (!isnan(ln)) error = fmax(error, fabs(ln / (2 * z[top]) - 1));
    }
    return error;
}

struct made {
    struct attndyn_symmetric_family family;
    double ratio;
    double *reference; /* (count): largest difference of z against max(1, |z|), or NULL */
    double *scratch;   /* (D + G) */
};

static enum attndyn_status emit_gain(struct attndyn_context *ctx, struct results *results,
                                     const struct track *track, const struct made *made) {
    const struct attndyn_reduced *m = track->model;
    size_t top = most_probable(m);
    bool qsd = m->options.kind == ATTNDYN_REDUCED_QSD;
    for (size_t i = 0; i < track->count; i++) {
        const struct attndyn_reduced_seen *seen = &track->seen[i];
        const double *y = track_state(track, i), *z = y + m->at_z;
        double *x = made->scratch;
        double xi_spread = (seen->xi_max - seen->xi_min) / seen->xi, I_spread = NAN;
        attndyn_reduced_I(m, y, x);
        if (z[top] > 1e-6) I_spread = attndyn_reduced_spread(x, m->D);
        attndyn_reduced_f(m, y, x, x + m->D);
        ATTNDYN_TRY(EMIT(ctx, results, "gain", S(qsd ? "qsd" : "coupled"), I((long)m->K),
                         R(made->ratio), R(seen->scaled_time), R(seen->sigma), R(seen->rho_sigma2),
                         R(xi_spread), R(I_spread), R(r_error(m, z)), R(2 * z[top]),
                         R(x[top] * x[top]), R(seen->s), R(seen->B),
                         R(made->reference ? made->reference[i] : NAN)));
    }
    return ATTNDYN_OK;
}

/* In (rho^(1/2) sigma, rho^(1/2) a) the flow contains neither rate nor K (derived here): the same
 * outputs from one run in internal time with rho = 1 and two classes. */
static enum attndyn_status collapse(struct attndyn_context *ctx, const struct params *p,
                                    const struct track *track, struct made *made) {
    struct attndyn_symmetric_family pair = made->family;
    pair.classes = pair.columns = 2 * pair.classes_per_last;
    double K = (double)pair.classes, *x;
    ATTNDYN_ALLOC(ctx, x, track->count);
    ATTNDYN_ALLOC(ctx, made->reference, track->count);
    for (size_t i = 0; i < track->count; i++) x[i] = sqrt(track->seen[i].rho_sigma2);
    struct track_request request = {
        .family = &pair,
        .options = {.clock = ATTNDYN_REDUCED_SIGMA, .eta_y = 1, .eta_z = (K - 1) / K},
        .method = track_method(&pair, true),
        .x = x,
        .count = track->count};
    symmetric_tolerances(p, &request);
    struct track other;
    ATTNDYN_TRY(track_solve(ctx, &request, &other));
    for (size_t i = 0; i < track->count; i++) {
        const double *z = track_state(track, i) + track->model->at_z;
        const double *again = track_state(&other, i) + other.model->at_z;
        for (size_t j = 0; j < other.model->D; j++)
            made->reference[i] =
                fmax(made->reference[i], fabs(z[j] - again[j]) / fmax(1, fabs(z[j])));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status gain_run(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results, double K, double ratio, bool qsd,
                                    bool state) {
    struct made made = {.ratio = ratio};
    double eta_y = param_real(p, "eta_y"), horizon = param_real(p, "horizon"), *t;
    ATTNDYN_TRY(
        symmetric_authors(ctx, p, K, (double)param_int(p, "num_next_per_last"), &made.family));
    struct track_request request = {
        .family = &made.family,
        .options = {.kind = qsd ? ATTNDYN_REDUCED_QSD : ATTNDYN_REDUCED_COUPLED,
                    .eta_y = eta_y,
                    .eta_z = eta_y / ratio},
        .method = track_method(&made.family, ratio < 1),
        .count = outputs(1e-2, horizon, param_int(p, "per_decade"))};
    symmetric_tolerances(p, &request);
    ATTNDYN_TRY(track_times(ctx, &made.family, eta_y, 1e-2, horizon, request.count, &t));
    request.x = t;
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    ATTNDYN_TRY(
        results_solver(ctx, results, qsd ? "quasi-static decoder" : "coupled", &track.statistics));
    ATTNDYN_ALLOC(ctx, made.scratch, track.model->D + track.model->G);
    if (!qsd) ATTNDYN_TRY(collapse(ctx, p, &track, &made));
    ATTNDYN_TRY(emit_gain(ctx, results, &track, &made));
    if (!state) return ATTNDYN_OK;

    const struct attndyn_symmetric_family *family = &made.family;
    double *f2 = made.scratch, square = symmetric_square(family), s = symmetric_share(family);
    double largest = 0;
    for (size_t j = 0; j < family->distinct; j++) {
        f2[j] = family->p[j] * family->p[j] / square;
        largest = fmax(largest, f2[j]);
    }
    struct attndyn_gain_expansion e = attndyn_gain_expansion(f2, family->distinct, s);
    ATTNDYN_TRY(EMIT(ctx, results, "expansion", R(largest), R(s), R(e.xi_spread), R(e.I_spread),
                     R(e.ln_r), R(e.ln_chi)));
    return track_emit_state(ctx, results, &track, track.count - 1);
}

static enum attndyn_status bounds_run(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results, double K, double N, double ratio) {
    struct attndyn_symmetric_family family;
    double eta_y = param_real(p, "eta_y"), horizon = param_real(p, "bounds_horizon"), *t, *f;
    ATTNDYN_TRY(symmetric_authors(ctx, p, K, N, &family));
    struct track_request request = {.family = &family,
                                    .options = {.eta_y = eta_y, .eta_z = eta_y / ratio},
                                    .method = track_method(&family, ratio < 1),
                                    .count = outputs(1e-2, horizon, 4)};
    symmetric_tolerances(p, &request);
    ATTNDYN_TRY(track_times(ctx, &family, eta_y, 1e-2, horizon, request.count, &t));
    request.x = t;
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    const struct attndyn_reduced *m = track.model;
    ATTNDYN_ALLOC(ctx, f, m->D + m->G);
    size_t top = most_probable(m);
    double square = symmetric_square(&family);
    for (size_t i = 0; i < track.count; i++) {
        const double *y = track_state(&track, i);
        double B = track.seen[i].B;
        attndyn_reduced_f(m, y, f, f + m->D);
        struct attndyn_gain_bounds bounds = attndyn_gain_bounds(m->p[top] * m->p[top] / square, B);
        ATTNDYN_TRY(EMIT(ctx, results, "bounds", I((long)K), I((long)N), R(ratio),
                         R(track.seen[i].scaled_time), R(B), R(2 * y[m->at_z + top]),
                         R(bounds.ln_lower), R(bounds.ln_upper), R(f[top] * f[top])));
    }
    return ATTNDYN_OK;
}

/* Ten distinct tokens of the authors' and one common: D f_l(0)^2 = 2. */
static enum attndyn_status lower_run(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results, bool qsd) {
    struct attndyn_symmetric_family family;
    double end = param_real(p, "lower_end"), *x, *f;
    ATTNDYN_TRY(attndyn_family_authors(ctx, 2, 1, 1, 10, &family));
    struct track_request request = {
        .family = &family,
        .options = {.kind = qsd ? ATTNDYN_REDUCED_QSD : ATTNDYN_REDUCED_COUPLED,
                    .clock = ATTNDYN_REDUCED_SIGMA,
                    .eta_y = 1,
                    .eta_z = 0.5}, /* rho = 1 at K = 2 */
        .method = track_method(&family, true),
        .count = outputs(0.1, end, 5)};
    symmetric_tolerances(p, &request);
    ATTNDYN_ALLOC(ctx, x, request.count);
    attndyn_grid_logarithmic(0.1, end, request.count, x);
    request.x = x;
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    const struct attndyn_reduced *m = track.model;
    ATTNDYN_ALLOC(ctx, f, m->D + m->G);
    size_t top = most_probable(m);
    double f2 = m->p[top] * m->p[top] / symmetric_square(&family);
    for (size_t i = 0; i < track.count; i++) {
        const double *y = track_state(&track, i);
        double B = track.seen[i].B;
        attndyn_reduced_f(m, y, f, f + m->D);
        ATTNDYN_TRY(EMIT(ctx, results, "lower", S(qsd ? "qsd" : "coupled"), R(track.seen[i].sigma),
                         I((long)m->D), R(f2), R(f[top] * f[top]), R(B), R(2 * y[m->at_z + top]),
                         R(attndyn_gain_bounds(f2, B).ln_lower)));
    }
    return ATTNDYN_OK;
}

/* Unequal commons shared by two classes per last token: their invariant J_g. */
static enum attndyn_status common_run(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results) {
    struct attndyn_symmetric_family authors, family;
    size_t count;
    const double *q;
    ATTNDYN_TRY(symmetric_list(ctx, p, "q", &q, &count));
    ATTNDYN_TRY(symmetric_authors(ctx, p, 20, 2, &authors));
    ATTNDYN_TRY(attndyn_family_create(ctx, 20, 2, authors.p, authors.distinct, q, count, &family));
    double eta_y = param_real(p, "eta_y"), horizon = param_real(p, "horizon"), *t, *J;
    struct track_request request = {.family = &family,
                                    .options = {.eta_y = eta_y, .eta_z = eta_y / 10},
                                    .method = ATTNDYN_ODE_ADAMS,
                                    .count = outputs(1e-2, horizon, 4)};
    symmetric_tolerances(p, &request);
    ATTNDYN_TRY(track_times(ctx, &family, eta_y, 1e-2, horizon, request.count, &t));
    request.x = t;
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    ATTNDYN_ALLOC(ctx, J, count);
    for (size_t i = 0; i < track.count; i++) {
        const struct attndyn_reduced *m = track.model;
        const double *y = track_state(&track, i), *w = y + m->at_w, *z = y + m->at_z;
        double lowest = 0, sum = 0;
        for (size_t g = 0; g < count; g++) {
            lowest = fmin(lowest, w[g]);
            sum += w[g];
        }
        for (size_t j = 0; j < m->D; j++) sum += (double)m->N * z[j];
        attndyn_reduced_J(m, y, J);
        ATTNDYN_TRY(EMIT(ctx, results, "common", R(track.seen[i].scaled_time), R(lowest),
                         R(attndyn_reduced_spread(J, count)), R(sum)));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status closed_run(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results, double ratio_squared) {
    struct attndyn_symmetric_family family;
    double one = 1, q = sqrt(ratio_squared), *x;
    size_t count = 60;
    ATTNDYN_TRY(attndyn_family_create(ctx, 2, 1, &one, 1, &q, 1, &family));
    ATTNDYN_ALLOC(ctx, x, count);
    attndyn_grid_logarithmic(0.1, sqrt(2 * param_real(p, "closed_theta")), count, x);
    struct track_request request = {.family = &family,
                                    .options = {.kind = ATTNDYN_REDUCED_QSD,
                                                .clock = ATTNDYN_REDUCED_SIGMA,
                                                .eta_y = 1,
                                                .eta_z = 0.5}, /* rho = 1 at K = 2 */
                                    .method = track_method(&family, true),
                                    .x = x,
                                    .count = count};
    symmetric_tolerances(p, &request);
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    for (size_t i = 0; i < count; i++) {
        double theta = track.seen[i].rho_sigma2 / 2, z = attndyn_growth_z(theta, ratio_squared);
        ATTNDYN_TRY(EMIT(ctx, results, "closed", R(ratio_squared), R(theta),
                         R(track_state(&track, i)[track.model->at_z]), R(z), R(track.seen[i].B),
                         R(attndyn_growth_B(z, ratio_squared))));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    size_t n_classes, n_ratios, n_bounds_classes, n_per_last, n_bounds_ratios, n_closed;
    const double *classes, *ratios, *bounds_classes, *per_last, *bounds_ratios, *closed;
    ATTNDYN_TRY(symmetric_list(ctx, p, "classes", &classes, &n_classes));
    ATTNDYN_TRY(symmetric_list(ctx, p, "ratios", &ratios, &n_ratios));
    ATTNDYN_TRY(symmetric_list(ctx, p, "bounds_classes", &bounds_classes, &n_bounds_classes));
    ATTNDYN_TRY(symmetric_list(ctx, p, "bounds_per_last", &per_last, &n_per_last));
    ATTNDYN_TRY(symmetric_list(ctx, p, "bounds_ratios", &bounds_ratios, &n_bounds_ratios));
    ATTNDYN_TRY(symmetric_list(ctx, p, "closed_r", &closed, &n_closed));
    size_t total = (n_classes + 1) * n_ratios + n_bounds_classes * n_per_last * n_bounds_ratios;
    double done = 0;
    for (size_t k = 0; k <= n_classes; k++) /* the last round: the quasi-static decoder */
        for (size_t r = 0; r < n_ratios; r++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            bool qsd = k == n_classes;
            ATTNDYN_TRY(gain_run(ctx, p, results, classes[qsd ? n_classes / 2 : k], ratios[r], qsd,
                                 k == n_classes / 2 && r == n_ratios / 2 && !qsd));
            attndyn_memory_release(ctx, mark);
            attndyn_progress(ctx, "runs", ++done, (double)total);
        }
    for (size_t k = 0; k < n_bounds_classes; k++)
        for (size_t n = 0; n < n_per_last; n++)
            for (size_t r = 0; r < n_bounds_ratios; r++) {
                uint64_t mark = attndyn_memory_mark(ctx);
                ATTNDYN_TRY(
                    bounds_run(ctx, p, results, bounds_classes[k], per_last[n], bounds_ratios[r]));
                attndyn_memory_release(ctx, mark);
                attndyn_progress(ctx, "runs", ++done, (double)total);
            }
    ATTNDYN_TRY(lower_run(ctx, p, results, false));
    ATTNDYN_TRY(lower_run(ctx, p, results, true));
    ATTNDYN_TRY(common_run(ctx, p, results));
    for (size_t i = 0; i < n_closed; i++) ATTNDYN_TRY(closed_run(ctx, p, results, closed[i]));
    return ATTNDYN_OK;
}

const struct experiment experiment_scansnap_relative_gain = {
    .id = "scansnap/relative-gain",
    .title = "Theorem 3: the relative gain chi of distinct tokens, its bounds and its error",
    .source = "Scan&Snap (arXiv 2305.16380), theorem 3",
    .doc = "Theorem 3 says that c~_l^2/c~_l'^2 - 1 grows by the factor chi_l = exp(2 z_l), the "
           "same against every partner l' of the class, and bounds chi by B_n. It rests on xi_nl "
           "being alike over the distinct tokens of a class. Here that spread is measured in the "
           "coupled flow, for several K and learning-rate ratios, and in the quasi-static decoder "
           "(the paper's effective model), where it is nil. In the coupled flow the attention path "
           "depends on the rates, on K and on M through rho sigma^2 alone, and so does the error.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .figures = figures,
    .checks = relative_gain_checks,
    .run = run};
