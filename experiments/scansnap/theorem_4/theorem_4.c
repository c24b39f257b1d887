#include "theorem_4.h"

#include "experiments/shared/solve.h"
#include "sim/model/scansnap/equation_10.h"
#include "theory/scansnap/growth.h"
#include "theory/scansnap/theorem_4.h"

enum { OUTPUTS = 121 };

/* --- Eq. 10 and the flow -----------------------------------------------------------------------
 */

struct watch {
    const struct trial *run;
    struct attndyn_equation_10_alike *model;
    double slope; /* at the last output */
};

static enum attndyn_status see(void *user, size_t index, double x, const double *y) {
    struct watch *w = user;
    size_t D = w->model->family->distinct;
    double *rate, own, s = attndyn_equation_10_share(w->model, y, &own);
    (void)index;
    uint64_t mark = attndyn_memory_mark(w->run->ctx);
    ATTNDYN_ALLOC(w->run->ctx, rate, w->model->n);
    if (w->model->problem.rhs(x, y, rate, w->model) != 0)
        return attndyn_fail(w->run->ctx, ATTNDYN_RUN_FAILED,
                            "rates at ln(1 + Gamma) = %g are not finite", x);
    w->slope = rate[D + 1];
    double relation = -rate[D] / rate[D + 1];
    attndyn_memory_release(w->run->ctx, mark);
    return EMIT(w->run, path, .K = (long)w->model->family->classes,
                .N = (long)w->model->family->classes_per_last, .D = (long)D, .ln_Gamma = x,
                .B = y[D + 1], .slope = w->slope, .s = s, .relation = relation);
}

/* K classes, N per query, D distinct tokens of equal weight and one common token of the same
 * weight. */
static enum attndyn_status family_of(const struct trial *run, double K, double N, long D,
                                     struct attndyn_symmetric_family *family) {
    double *ones;
    if (K != floor(K))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "classes=%g: expected whole numbers", K);
    ATTNDYN_ALLOC(run->ctx, ones, (size_t)D);
    for (long j = 0; j < D; j++) ones[j] = 1;
    return attndyn_family_create(run->ctx, (size_t)K, (size_t)N, ones, (size_t)D, ones, 1, family);
}

/* The rates of the family against Eq. 10 for all tokens and classes, at a state like for all
 * classes. NAN where that is large. */
static enum attndyn_status against_whole(const struct trial *run,
                                         struct attndyn_equation_10_alike *alike,
                                         struct attndyn_symmetric_family *family,
                                         double *difference) {
    struct attndyn_distribution *d;
    struct attndyn_equation_10 *all;
    size_t K = family->classes, D = family->distinct;
    double *y, *rate, *z, *whole, largest = 0, off = 0;
    *difference = NAN;
    if (K * D > 100) return ATTNDYN_OK;
    ATTNDYN_TRY(attndyn_distribution_symmetric(run->ctx, family, ATTNDYN_COLUMNS_NEXT, &d));
    ATTNDYN_TRY(attndyn_equation_10_create(run->ctx, d, &all));
    ATTNDYN_ALLOC(run->ctx, y, alike->n);
    ATTNDYN_ALLOC(run->ctx, rate, alike->n);
    ATTNDYN_ALLOC(run->ctx, z, all->n);
    ATTNDYN_ALLOC(run->ctx, whole, all->n);
    for (size_t j = 0; j < D; j++) y[j] = 0.3 + 0.1 * (double)j;
    y[D] = -0.2;
    for (size_t n = 0; n < K; n++) {
        size_t j = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            z[all->layout->entry_z[e]] = y[all->layout->entry_distinct[e] ? j++ : D];
    }
    if (alike->problem.rhs(1, y, rate, alike) != 0 || all->problem.rhs(1, z, whole, all) != 0)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "rates of Eq. 10 are not finite");
    for (size_t i = 0; i <= D + 1; i++) worst(&largest, rate[i]);
    for (size_t n = 0; n < K; n++) {
        size_t j = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            worst(&off,
                  whole[all->layout->entry_z[e]] - rate[all->layout->entry_distinct[e] ? j++ : D]);
        worst(&off, whole[all->at_B + n] - rate[D + 1]);
    }
    *difference = off / largest;
    return ATTNDYN_OK;
}

static enum attndyn_status one(const struct trial *run, const struct theorem_4 *p, double K,
                               double N, long D, bool state) {
    struct attndyn_symmetric_family family;
    struct watch w = {.run = run};
    double x[OUTPUTS], *y;
    ATTNDYN_TRY(family_of(run, K, N, D, &family));
    ATTNDYN_TRY(attndyn_equation_10_alike_create(run->ctx, &family, &w.model));
    attndyn_grid_linear(p->end / OUTPUTS, p->end, OUTPUTS, x);
    const struct attndyn_ode_options how = solve_within(ATTNDYN_ODE_DOP853, p->rtol, p->atol);
    const struct attndyn_ode_observer observer = {.output = see, .user = &w};
    ATTNDYN_ALLOC(run->ctx, y, w.model->n);
    ATTNDYN_TRY(solve_recorded(run, "Eq. 10", &w.model->problem, &how, y, x, OUTPUTS, &observer));
    double whole;
    ATTNDYN_TRY(against_whole(run, w.model, &family, &whole));
    ATTNDYN_TRY(EMIT(run, late, .model = "eq10", .whole = whole, .K = (long)K, .N = (long)N, .D = D,
                     .prefactor = w.slope,
                     .predicted = attndyn_theorem_4_prefactor((double)D, 1, N)));
    if (state) {
        ATTNDYN_TRY(STATE(run, z, y, (size_t)D));
        ATTNDYN_TRY(STATE(run, w, y + D, 1));
        ATTNDYN_TRY(STATE(run, B, y + D + 1, 1));
    }
    struct reduced_path path;
    ATTNDYN_TRY(symmetric_solve(run, symmetric_in_sigma(&family, false), 0.1, p->sigma_end, 20,
                                "coupled", &path));
    return EMIT(run, late, .model = "coupled", .whole = NAN, .K = (long)K, .N = (long)N, .D = D,
                .prefactor = path.seen[path.count - 1].B_sigma_slope / 2,
                .predicted = attndyn_growth_prefactor_coupled((double)D, 1, N) / 2);
}

/* --- the relations of Eq. 13 as they stand ------------------------------------------------------
 */

static int relations_rhs(double x, const double *y, double *dy, void *user) {
    double C_0 = *(const double *)user, rate = exp(x + 4 * y[0]) / C_0;
    dy[0] = -rate;
    dy[1] = rate;
    return isfinite(rate) ? 0 : 1;
}

struct closed {
    const struct trial *run;
    double C_0;
};

static enum attndyn_status see_relations(void *user, size_t index, double x, const double *y) {
    const struct closed *c = user;
    double Gamma = expm1(x);
    (void)index;
    return EMIT(c->run, relations, .ln_Gamma = x, .B = y[1],
                .from_zero = attndyn_theorem_4_from_zero(c->C_0, Gamma),
                .printed = attndyn_theorem_4_printed(c->C_0, Gamma));
}

static enum attndyn_status relations(const struct trial *run, const struct theorem_4 *p) {
    struct closed c = {run, p->C_0};
    double y[2] = {0, 0}, x[41];
    attndyn_grid_logarithmic(1e-6, p->end, 41, x);
    const struct attndyn_ode_problem problem = {.n = 2, .rhs = relations_rhs, .user = &c.C_0};
    const struct attndyn_ode_observer observer = {.output = see_relations, .user = &c};
    const struct attndyn_ode_options how = solve_within(ATTNDYN_ODE_BDF_DENSE, p->rtol, p->atol);
    return solve_recorded(run, "relations of Eq. 13", &problem, &how, y, x, 41, &observer);
}

/* --- closed forms in time -----------------------------------------------------------------------
 */

static enum attndyn_status forms(const struct trial *run, const struct theorem_4 *p) {
    double K = p->closed_classes, M = p->outputs;
    for (size_t r = 0; r < p->ratios.count; r++)
        for (int i = 0; i <= 100; i++) {
            double nu = p->ratios.at[r], L = 1.5 * pow(400, i / 100.0), x = exp(L) / M;
            ATTNDYN_TRY(EMIT(
                run, forms, .ratio = nu, .ln_time = L,
                .B = attndyn_theorem_4_printed(1, attndyn_theorem_4_Gamma(K, M, nu, x)),
                .late = attndyn_theorem_4_late(K, M, nu, 1, x),
                .later = attndyn_theorem_4_later(K, M, nu, x), .needed = L / sqrt(nu / (2 * K)),
                .printed_condition = L + log(K) - 1 / sqrt(2 * nu)));
        }
    return ATTNDYN_OK;
}

/* Golden section in ln x for the largest Gamma at fixed t and eta_Z: nu is proportional to x. */
static double search(double M) {
    const double golden = (sqrt(5) - 1) / 2;
    double a = log(0.1), b = log(1e3 * log(M));
    for (int i = 0; i < 200; i++) {
        double c = b - golden * (b - a), d = a + golden * (b - a);
        if (attndyn_theorem_4_Gamma(1, M, exp(c), exp(c)) >
            attndyn_theorem_4_Gamma(1, M, exp(d), exp(d)))
            b = d;
        else
            a = c;
    }
    return exp((a + b) / 2);
}

static enum attndyn_status best(const struct trial *run) {
    for (double M = 100; M < 2e12; M *= 100) {
        double closed;
        attndyn_theorem_4_best(M, &closed);
        ATTNDYN_TRY(EMIT(run, best, .outputs = M, .found = search(M), .closed = closed,
                         .over_t0 = closed / log(M)));
    }
    return ATTNDYN_OK;
}

RUN(theorem_4) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, classes));
    ATTNDYN_TRY(NOT_EMPTY(run, p, ratios));
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (size_t k = 0; k < p->classes.count; k++) {
        double K = p->classes.at[k];
        ATTNDYN_TRY(one(run, p, K, K, p->distinct, k == 0));
        attndyn_memory_release(run->ctx, mark);
    }
    ATTNDYN_TRY(one(run, p, 2, 1, p->many, false));
    ATTNDYN_TRY(relations(run, p));
    ATTNDYN_TRY(forms(run, p));
    return best(run);
}

static const struct figure figures[] = {
    {"theorem_4", "scansnap/theorem_4/theorem_4.gp",
     "Left: dB_n/d ln Gamma by the paper's own right-hand side, one query for all K classes: it "
     "settles at D/(4(K D + 1)) (dotted; D distinct tokens of a class), not at 1/4 (dashed). "
     "Right: the printed late forms of B_n; Eq. 132 joins the others only where ln(M eta_Y t/K) "
     ">> sqrt(nu/(2K))."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, B_end, "gain at the end of the last path", LAST_OF(path, B))                       \
    X(OPTIONAL, slope_end, "dB/d ln(1 + Gamma) at the end of the last path", LAST_OF(path, slope)) \
    X(OPTIONAL, relation_end,                                                                      \
      "-z_l'/(eta_Z xi_n) of the common token at the end of the last path",                        \
      LAST_OF(path, relation))                                                                     \
    X(OPTIONAL, prefactor, "the last late prefactor of ln(ln^2 t)", LAST_OF(late, prefactor))      \
    X(OPTIONAL, best_eta_y, "best eta_Y t/K at a fixed time, last case", LAST_OF(best, found))
SCALARS(taken, TAKEN)

const struct experiment experiment_scansnap_theorem_4 = {
    .id = "scansnap/theorem-4",
    .title = "Theorem 4 in its own setting: one query, one common token, Eq. 10",
    .source = "Scan&Snap (arXiv 2305.16380v4), section 6 and appendix F",
    .doc =
        "Theorem 4 has B_n = (1/4) ln(C_0 + 4 Gamma), Gamma = eta_Z int gamma dt, for one query "
        "that serves all K classes and one common token l. It takes two relations (Eq. 13): z_l' "
        "= -eta_Z gamma e^{4 z_l}/C_0 and xi_n = gamma e^{4 z_l}/C_0. Here the paper's own "
        "dynamics, Eq. 10 with beta_nn' = E'_nn', is integrated in that setting: z_l' sums over "
        "the K classes of the query, xi_n does not, so that the two relations are a factor K (1 - "
        "f_l^2) apart and the prefactor is D/(4(K D + 1)) for D like distinct tokens. The coupled "
        "flow that is trained has D/(2(K D + 1)): its beta does not fall with the overlap "
        "(scansnap/theorem-1).\n"
        "The relations themselves give (1/4) ln(1 + 4 Gamma/C_0), with B(0) = 0. The table forms "
        "holds the printed late forms against one another, best the learning rate eta_Y that "
        "makes the gain largest at a fixed time and eta_Z.\n"
        "State: z (D), w and B of Eq. 10 at the end, for the first of the classes.",
    .presets =
        (const struct preset[]){
            {"quick", "", "K = 2, 5, 20 classes on one query, and one class per query"},
            {"large", "classes=2,5,20,100 distinct=10 end=200",
             "more classes, ten distinct tokens, later"},
            {0}},
    .tables = TABLES(path, late, relations, forms, best, the_state),
    .figures = figures,
    PARTS_OF(theorem_4, taken)};
