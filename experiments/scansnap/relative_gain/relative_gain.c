#include "relative_gain.h"

#include "experiments/shared/parts.h"
#include "theory/scansnap/growth.h"
#include "theory/scansnap/relative_gain.h"

static const struct preset presets[] = {
    {"quick", "per_decade=5 bounds_horizon=1e8", "all checks, coarser outputs"},
    {"short", "classes=4,20,100,1000 per_decade=10", "one more K, finer outputs"},
    {"paper", "classes=4,20,100,1000 per_decade=40", "finer outputs, one more K"},
    {0}};

static const struct figure figures[] = {
    {"relative_gain", "scansnap/relative_gain/relative_gain.gp",
     "How unequal xi_nl is over the distinct tokens of a class, (max - min)/xi_n: against rho "
     "sigma^2 all ratios eta_Y/eta_Z and all K fall on one curve, which starts as predicted to "
     "first order (dashed)."},
    {"relative_gain_time", "scansnap/relative_gain/relative_gain_time.gp",
     "The same against time eta_Y t/K (lines): each ratio has its own curve, lower for larger "
     "eta_Y/eta_Z. With the quasi-static decoder Theorem 3 holds to the solver's tolerance "
     "(points)."},
    {"relative_gain_error", "scansnap/relative_gain/relative_gain_error.gp",
     "The relative error of ln(r/r(0)) = ln chi against ln chi of the most probable token: it is "
     "the same for all eta_Y/eta_Z. A larger ratio only makes ln chi smaller at the same time."},
    {"relative_gain_bounds", "scansnap/relative_gain/relative_gain_bounds.gp",
     "ln chi of the most probable token against B, with the bounds of theorem 3: here, where D "
     "f_nl(0)^2 < 1 (D distinct tokens of a class), both hold, the upper one by far."},
    {0}};

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
    double *reference; /* (count): largest difference of z over max(1, |z|), or NULL */
    double *scratch;   /* (D + G) */
};

static enum attndyn_status emit_gain(const struct trial *run, const struct reduced_path *path,
                                     const struct made *made) {
    const struct attndyn_reduced *m = path->model;
    size_t top = most_probable(m);
    bool qsd = m->options.kind == ATTNDYN_REDUCED_QSD;
    for (size_t i = 0; i < path->count; i++) {
        const struct attndyn_reduced_seen *seen = &path->seen[i];
        const double *y = reduced_state(path, i), *z = y + m->at_z;
        double *x = made->scratch;
        double xi_spread = (seen->xi_max - seen->xi_min) / seen->xi, I_spread = NAN;
        attndyn_reduced_I(m, y, x);
        if (z[top] > 1e-6) I_spread = attndyn_reduced_spread(x, m->D);
        attndyn_reduced_f(m, y, x, x + m->D);
        ATTNDYN_TRY(EMIT(run, gain, .model = qsd ? "qsd" : "coupled", .K = (long)m->K,
                         .ratio = made->ratio, .scaled_time = seen->scaled_time,
                         .sigma = seen->sigma, .rho_sigma2 = seen->rho_sigma2,
                         .xi_spread = xi_spread, .I_spread = I_spread, .r_error = r_error(m, z),
                         .ln_chi = 2 * z[top], .f2 = x[top] * x[top], .s = seen->s, .B = seen->B,
                         .collapse_error = made->reference ? made->reference[i] : NAN));
    }
    return ATTNDYN_OK;
}

/* In (rho^(1/2) sigma, rho^(1/2) a) the flow contains neither rate nor K (derived here): the same
 * outputs from one run in internal time with rho = 1 and two classes. */
static enum attndyn_status collapse(const struct trial *run, const struct relative_gain *p,
                                    const struct reduced_path *path, struct made *made) {
    struct attndyn_symmetric_family pair = made->family;
    pair.classes = pair.columns = 2 * pair.classes_per_last;
    double *x;
    ATTNDYN_ALLOC(run->ctx, x, path->count);
    ATTNDYN_ALLOC(run->ctx, made->reference, path->count);
    for (size_t i = 0; i < path->count; i++) x[i] = sqrt(path->seen[i].rho_sigma2);
    struct reduced_request request = symmetric_in_sigma(&pair, false);
    request.x = x, request.count = path->count;
    request.rtol = p->rtol, request.atol = p->atol;
    struct reduced_path other;
    ATTNDYN_TRY(reduced_solve(run->ctx, &request, &other));
    for (size_t i = 0; i < path->count; i++) {
        const double *z = reduced_state(path, i) + path->model->at_z;
        const double *again = reduced_state(&other, i) + other.model->at_z;
        for (size_t j = 0; j < other.model->D; j++)
            made->reference[i] =
                fmax(made->reference[i], fabs(z[j] - again[j]) / fmax(1, fabs(z[j])));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status in_t(const struct trial *run, const struct relative_gain *p,
                                const struct attndyn_symmetric_family *family, double ratio,
                                bool qsd, double end, long per_decade, const char *label,
                                struct reduced_path *path) {
    const struct reduced_request request = {
        .family = family,
        .options = {.kind = qsd ? ATTNDYN_REDUCED_QSD : ATTNDYN_REDUCED_COUPLED,
                    .eta_y = p->eta_y,
                    .eta_z = p->eta_y / ratio},
        .method = reduced_method(family, ratio < 1)};
    return symmetric_solve(run, request, 1e-2, end, symmetric_outputs(1e-2, end, per_decade), label,
                           path);
}

static enum attndyn_status gain_run(const struct trial *run, const struct relative_gain *p,
                                    double K, double ratio, bool qsd, bool state) {
    struct made made = {.ratio = ratio};
    ATTNDYN_TRY(symmetric_authors(run, K, (double)p->num_next_per_last, &made.family));
    struct reduced_path path;
    ATTNDYN_TRY(in_t(run, p, &made.family, ratio, qsd, p->horizon, p->per_decade,
                     qsd ? "quasi-static decoder" : "coupled", &path));
    ATTNDYN_ALLOC(run->ctx, made.scratch, path.model->D + path.model->G);
    if (!qsd) ATTNDYN_TRY(collapse(run, p, &path, &made));
    ATTNDYN_TRY(emit_gain(run, &path, &made));
    if (!state) return ATTNDYN_OK;

    const struct attndyn_symmetric_family *family = &made.family;
    double *f2 = made.scratch, square = symmetric_square(family), s = symmetric_share(family);
    double largest = 0;
    for (size_t j = 0; j < family->distinct; j++) {
        f2[j] = family->p[j] * family->p[j] / square;
        largest = fmax(largest, f2[j]);
    }
    struct attndyn_gain_expansion e = attndyn_gain_expansion(f2, family->distinct, s);
    ATTNDYN_TRY(EMIT(run, expansion, .f2_0 = largest, .s_0 = s, .xi_spread = e.xi_spread,
                     .I_spread = e.I_spread, .ln_r = e.ln_r, .ln_chi = e.ln_chi));
    return reduced_emit_state(run, &path, path.count - 1);
}

static enum attndyn_status bounds_run(const struct trial *run, const struct relative_gain *p,
                                      double K, double N, double ratio) {
    struct attndyn_symmetric_family family;
    double *f;
    ATTNDYN_TRY(symmetric_authors(run, K, N, &family));
    struct reduced_path path;
    ATTNDYN_TRY(in_t(run, p, &family, ratio, false, p->bounds_horizon, 4, NULL, &path));
    const struct attndyn_reduced *m = path.model;
    ATTNDYN_ALLOC(run->ctx, f, m->D + m->G);
    size_t top = most_probable(m);
    double square = symmetric_square(&family);
    for (size_t i = 0; i < path.count; i++) {
        const double *y = reduced_state(&path, i);
        double B = path.seen[i].B;
        attndyn_reduced_f(m, y, f, f + m->D);
        struct attndyn_gain_bounds bounds = attndyn_gain_bounds(m->p[top] * m->p[top] / square, B);
        ATTNDYN_TRY(EMIT(run, bounds, .K = (long)K, .N = (long)N, .ratio = ratio,
                         .scaled_time = path.seen[i].scaled_time, .B = B,
                         .ln_chi = 2 * y[m->at_z + top], .ln_lower = bounds.ln_lower,
                         .ln_upper = bounds.ln_upper, .f2 = f[top] * f[top]));
    }
    return ATTNDYN_OK;
}

/* The authors' data with ten distinct tokens and one common one: D f_l(0)^2 = 2. */
static enum attndyn_status lower_run(const struct trial *run, const struct relative_gain *p,
                                     bool qsd) {
    struct attndyn_symmetric_family family;
    double *f;
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, 2, 1, 1, 10, &family));
    struct reduced_path path;
    ATTNDYN_TRY(symmetric_solve(run, symmetric_in_sigma(&family, qsd), 0.1, p->lower_end,
                                symmetric_outputs(0.1, p->lower_end, 5), NULL, &path));
    const struct attndyn_reduced *m = path.model;
    ATTNDYN_ALLOC(run->ctx, f, m->D + m->G);
    size_t top = most_probable(m);
    double f2 = m->p[top] * m->p[top] / symmetric_square(&family);
    for (size_t i = 0; i < path.count; i++) {
        const double *y = reduced_state(&path, i);
        double B = path.seen[i].B;
        attndyn_reduced_f(m, y, f, f + m->D);
        ATTNDYN_TRY(EMIT(run, lower, .model = qsd ? "qsd" : "coupled", .sigma = path.seen[i].sigma,
                         .D = (long)m->D, .f2_0 = f2, .f2 = f[top] * f[top], .B = B,
                         .ln_chi = 2 * y[m->at_z + top],
                         .ln_lower = attndyn_gain_bounds(f2, B).ln_lower));
    }
    return ATTNDYN_OK;
}

/* Unequal commons, two classes per last token: the invariant J_g of each common. */
static enum attndyn_status common_run(const struct trial *run, const struct relative_gain *p) {
    struct attndyn_symmetric_family authors, family;
    size_t count = p->q.count;
    double *J;
    ATTNDYN_TRY(NOT_EMPTY(run, p, q));
    ATTNDYN_TRY(symmetric_authors(run, 20, 2, &authors));
    ATTNDYN_TRY(attndyn_family_create(run->ctx, 20, 2, authors.p, authors.distinct, p->q.at, count,
                                      &family));
    struct reduced_path path;
    ATTNDYN_TRY(in_t(run, p, &family, 10, false, p->horizon, 4, NULL, &path));
    ATTNDYN_ALLOC(run->ctx, J, count);
    for (size_t i = 0; i < path.count; i++) {
        const struct attndyn_reduced *m = path.model;
        const double *y = reduced_state(&path, i), *w = y + m->at_w, *z = y + m->at_z;
        double lowest = 0, sum = 0;
        for (size_t g = 0; g < count; g++) {
            lowest = fmin(lowest, w[g]);
            sum += w[g];
        }
        for (size_t j = 0; j < m->D; j++) sum += (double)m->N * z[j];
        attndyn_reduced_J(m, y, J);
        ATTNDYN_TRY(EMIT(run, common, .scaled_time = path.seen[i].scaled_time, .w_lowest = lowest,
                         .J_spread = attndyn_reduced_spread(J, count), .sum = sum));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status closed_run(const struct trial *run, const struct relative_gain *p,
                                      double ratio_squared) {
    struct attndyn_symmetric_family family;
    double one = 1, q = sqrt(ratio_squared);
    size_t count = 60;
    struct reduced_path path;
    ATTNDYN_TRY(attndyn_family_create(run->ctx, 2, 1, &one, 1, &q, 1, &family));
    ATTNDYN_TRY(symmetric_solve(run, symmetric_in_sigma(&family, true), 0.1,
                                sqrt(2 * p->closed_theta), count, NULL, &path));
    for (size_t i = 0; i < count; i++) {
        double theta = path.seen[i].rho_sigma2 / 2, z = attndyn_growth_z(theta, ratio_squared);
        ATTNDYN_TRY(EMIT(run, closed, .R = ratio_squared, .theta = theta,
                         .z = reduced_state(&path, i)[path.model->at_z], .z_closed = z,
                         .B = path.seen[i].B, .B_closed = attndyn_growth_B(z, ratio_squared)));
    }
    return ATTNDYN_OK;
}

RUN(relative_gain) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, classes));
    ATTNDYN_TRY(NOT_EMPTY(run, p, ratios));
    ATTNDYN_TRY(NOT_EMPTY(run, p, bounds_classes));
    ATTNDYN_TRY(NOT_EMPTY(run, p, bounds_per_last));
    ATTNDYN_TRY(NOT_EMPTY(run, p, bounds_ratios));
    ATTNDYN_TRY(NOT_EMPTY(run, p, closed_r));
    size_t classes = p->classes.count, ratios = p->ratios.count;
    struct parts parts = parts_of(
        run, "runs",
        (double)((classes + 1) * ratios +
                 p->bounds_classes.count * p->bounds_per_last.count * p->bounds_ratios.count));
    for (size_t k = 0; k <= classes; k++) /* the last round runs the quasi-static decoder */
        for (size_t r = 0; r < ratios; r++) {
            bool qsd = k == classes;
            ATTNDYN_TRY(part_done(&parts, gain_run(run, p, p->classes.at[qsd ? classes / 2 : k],
                                                   p->ratios.at[r], qsd,
                                                   k == classes / 2 && r == ratios / 2 && !qsd)));
        }
    for (size_t k = 0; k < p->bounds_classes.count; k++)
        for (size_t n = 0; n < p->bounds_per_last.count; n++)
            for (size_t r = 0; r < p->bounds_ratios.count; r++)
                ATTNDYN_TRY(part_done(&parts, bounds_run(run, p, p->bounds_classes.at[k],
                                                         p->bounds_per_last.at[n],
                                                         p->bounds_ratios.at[r])));
    ATTNDYN_TRY(lower_run(run, p, false));
    ATTNDYN_TRY(lower_run(run, p, true));
    ATTNDYN_TRY(common_run(run, p));
    for (size_t i = 0; i < p->closed_r.count; i++)
        ATTNDYN_TRY(closed_run(run, p, p->closed_r.at[i]));
    return ATTNDYN_OK;
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, B_end, "gain of the last run at its end", LAST_OF(gain, B))                        \
    X(OPTIONAL, ln_chi_end, "ln chi at the end of the last run", LAST_OF(gain, ln_chi))            \
    X(OPTIONAL, r_error, "largest relative error of Theorem 3's relative gains",                   \
      LARGEST_OF(gain, r_error))                                                                   \
    X(OPTIONAL, collapse_error, "largest departure of a run from the one curve in rho sigma^2",    \
      LARGEST_OF(gain, collapse_error))                                                            \
    X(OPTIONAL, J_spread, "largest spread of the common tokens' invariant",                        \
      LARGEST_OF(common, J_spread))
SCALARS(taken, TAKEN)

const struct experiment experiment_scansnap_relative_gain = {
    .id = "scansnap/relative-gain",
    .title = "Theorem 3: the relative gain chi of distinct tokens, its bounds and its error",
    .source = "Scan&Snap (arXiv 2305.16380), theorem 3",
    .doc =
        "Theorem 3 says that the relative gain r = c~_l^2/c~_l'^2 - 1 of two distinct tokens l, "
        "l' of a class, c~_l = P(l|n) exp(z_l), grows by the factor chi_l = exp(2 z_l), the same "
        "against every partner l', and bounds chi of the dominant token by the gain B_n. It is "
        "stated for Eq. 10, in which the decoder follows the attention at once and xi_nl is alike "
        "over the distinct tokens of a class. The quasi-static decoder, a = sigma f_n over the "
        "distinct tokens of a class's own column of Y, is of that kind (its beta is uniform, "
        "1/(K-1), where the paper's is E'_nn'; Theorem 3 does not depend on it). Here the spread "
        "of xi_nl is measured in the coupled flow, for several K and ratios eta_Y/eta_Z: how far "
        "the assumption eta_Y >> eta_Z carries. The path of the attention depends on the rates, "
        "on K and on M through rho sigma^2 alone, and so does the error: sigma is the internal "
        "time, rho = (eta_Z/eta_Y) K/(K-1).",
    .presets = presets,
    .tables = TABLES(gain, bounds, lower, common, closed, expansion, the_state),
    .figures = figures,
    PARTS_OF(relative_gain, taken)};
