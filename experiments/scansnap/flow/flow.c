/* The flow of Y and Z itself, on any distribution, by any of its models. */
#include "flow.h"

#include "experiments/scansnap/shared/data_params.h"

static const struct param params[] = {
    DATA_PARAMS("2", "2", "next"),
    RATE_PARAMS("10", "1"),
    {"model", PARAM_CHOICE, "coupled", .choices = "coupled|qsd|frozen|reduced",
     .doc = "coupled: the full flow; frozen: the same with eta_z = 0; reduced: the exact reduction "
            "of the symmetric family; qsd: its quasi-static decoder, the paper's effective model"},
    {"clock", PARAM_CHOICE, "t", .choices = "t|sigma",
     .doc = "integrate in time, to t_end, or in internal time, to sigma_end"},
    {"t_end", PARAM_REAL, "1e6", 1e-9, 1e290, .doc = "horizon of the clock t"},
    {"sigma_end", PARAM_REAL, "50", 1e-9, 1e12, .doc = "horizon of the clock sigma"},
    {"points", PARAM_INT, "121", 2, 100000, .doc = "outputs, logarithmic over the horizon"},
    {"first", PARAM_REAL, "0", 0, 1e290,
     .doc = "first output; 0: eta_y t/K = 1e-3, or sigma = 1e-3"},
    SOLVER_PARAMS("1e-10"),
    {"classes_shown", PARAM_INT, "2", 0, 100000,
     .doc = "classes in the tables classes and tokens, from the first"},
    {"state_limit", PARAM_INT, "1000000", 0, 0,
     .doc = "largest M V for which the state lists the whole matrix Y; beyond it, the quantity "
            "Y_rows: rows of tokens in some support, K columns and one for those that never are "
            "the answer"},
    {"validate", PARAM_BOOL, "true",
     .doc = "solve the small cases with known answers, too, at these tolerances"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the authors' set with K = 4, eta_Y = 10, eta_Z = 1, to t = 1e6"},
    {"vocabulary", "columns=vocabulary", "the same with all M tokens as outputs"},
    {"example", "data=example eta_y=5", "the asymmetric example"},
    {"paper", "num_last=10 columns=vocabulary t_end=1e6", "K = 20, V = M = 240"},
    {"sigma", "model=reduced clock=sigma sigma_end=1000",
     "astronomically late times of the reduced model"},
    {"random", "data=random num_last=5 common_sd=1 class_sd=0.5",
     "commons that depend on the class"},
    {0}};

static const struct column course_columns[] = {
    {"t", COLUMN_REAL, .doc = "time (beyond 1e308: see ln_t)", .optional = true},
    {"ln_t", COLUMN_REAL, .doc = "its logarithm; empty at t = 0", .optional = true},
    {"sigma", COLUMN_REAL, .doc = "internal time, mean over classes"},
    {"loss", COLUMN_REAL, "nat", "-sum_n P(n) ln alpha_nn", false},
    {"delta", COLUMN_REAL, .doc = "1 - alpha_nn, mean over classes"},
    {"gamma", COLUMN_REAL, .doc = "force f_n . g_n, mean over classes"},
    {"B", COLUMN_REAL, .doc = "gain B_n, mean over classes with distinct tokens"},
    {"xi", COLUMN_REAL, .doc = "xi_n, mean over the same", .optional = true},
    {"entropy_support", COLUMN_REAL, "nat", "of c_n, mean over classes", false},
    {"entropy_distinct", COLUMN_REAL, "nat",
     "of c_n on the distinct tokens, renormalised, mean over classes that have any", true},
    {"common_mass", COLUMN_REAL, .doc = "of c_n, mean over classes"},
    {"z_min", COLUMN_REAL, .doc = "smallest z"},
    {"z_max", COLUMN_REAL, .doc = "largest z"},
    {0}};
static const struct column class_columns[] = {
    {"t", COLUMN_REAL, .doc = "time"},
    {"class", COLUMN_INT, .doc = "n"},
    {"name", COLUMN_TEXT, .doc = "its next token"},
    {"sigma", COLUMN_REAL, .doc = "sigma_n"},
    {"B", COLUMN_REAL, .doc = "B_n"},
    {"xi", COLUMN_REAL, .doc = "xi_n; empty without distinct tokens", .optional = true},
    {"gamma", COLUMN_REAL, .doc = "f_n . g_n"},
    {"alpha", COLUMN_REAL, .doc = "alpha_nn"},
    {"delta", COLUMN_REAL, .doc = "1 - alpha_nn"},
    {"entropy_support", COLUMN_REAL, "nat", "of c_n", false},
    {"entropy_distinct", COLUMN_REAL, "nat", "of c_n on DT(n), renormalised", true},
    {"common_mass", COLUMN_REAL, .doc = "of c_n"},
    {0}};
static const struct column token_columns[] = {
    {"t", COLUMN_REAL, .doc = "time"},
    {"class", COLUMN_INT, .doc = "n"},
    {"token", COLUMN_INT, .doc = "l"},
    {"name", COLUMN_TEXT, .doc = "the token's name"},
    {"kind", COLUMN_TEXT, .doc = "distinct or common"},
    {"p", COLUMN_REAL, .doc = "P(l|n)"},
    {"c", COLUMN_REAL, .doc = "c_nl: share of the attention"},
    {"f", COLUMN_REAL, .doc = "f_nl"},
    {"z", COLUMN_REAL, .doc = "z_ml, m = psi(n)"},
    {"dz", COLUMN_REAL, .doc = "dz_ml/dt"},
    {"log_chi", COLUMN_REAL, .doc = "2 (z_ml(t) - z_ml(0))"},
    {0}};
static const struct column validation_columns[] = {
    {"case", COLUMN_TEXT, .doc = "which known answer"},
    {"quantity", COLUMN_TEXT, .doc = "what was compared"},
    {"t", COLUMN_REAL, .doc = "time"},
    {"value", COLUMN_REAL, .doc = "measured"},
    {"reference", COLUMN_REAL, .doc = "known"},
    {"error", COLUMN_REAL, .doc = "their difference"},
    {0}};
static const struct table tables[] = {
    {"course", "the run over time, means over classes", course_columns},
    {"classes", "the first classes one by one (full flow)", class_columns},
    {"tokens", "the tokens of the first classes (full flow)", token_columns},
    {"validation", "cases with known answers, solved at the run's tolerances", validation_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"t", NULL, "last time", true},
    {"sigma", NULL, "internal time there, mean over classes", false},
    {"loss", "nat", "there", false},
    {"B", NULL, "gain there, mean over classes with distinct tokens", false},
    {"delta", NULL, "1 - alpha_nn there, mean over classes", false},
    {"entropy_support", "nat", "entropy of c_n there, mean over classes", false},
    {"entropy_distinct", "nat", "the same on distinct tokens, renormalised", true},
    {"common_mass", NULL, "of c_n there, mean over classes", false},
    {"z_min", NULL, "smallest z there", false},
    {"z_max", NULL, "largest z there", false},
    {"z_drift", NULL, "largest change of sum_l z_ml over the run (full flow)", true},
    {"row_drift", NULL, "largest change of a row sum of Y over the run (full flow)", true},
    {"reduced_error", NULL,
     "largest difference of z and B between the full flow and the reduced one", true},
    {0}};

static const struct figure figures[] = {
    {"flow", "scansnap/flow/flow.gp",
     "The flow on the chosen data. (a) Attention logits z of class 0: distinct tokens rise, common "
     "ones fall. (b) What attention makes of it: c_n over the tokens. (c) Gain B_n and loss. (d) "
     "Entropy of c_n, over the support and over the distinct tokens alone."},
    {0}};

enum attndyn_status flow_times(struct attndyn_context *ctx, const struct params *p,
                               const struct attndyn_distribution *d, double **times,
                               size_t *count) {
    bool in_sigma = param_is(p, "clock", "sigma");
    double end = param_real(p, in_sigma ? "sigma_end" : "t_end"), first = param_real(p, "first");
    if (first == 0) first = in_sigma ? 1e-3 : 1e-3 * (double)d->classes / param_real(p, "eta_y");
    if (!(first < end)) {
        if (param_real(p, "first") > 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "first = %g is not before the horizon %g",
                                first, end);
        first = 1e-3 * end;
    }
    *count = (size_t)param_int(p, "points");
    ATTNDYN_ALLOC(ctx, *times, *count);
    attndyn_grid_logarithmic(first, end, *count, *times);
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(data_from_params(ctx, p, &d));
    bool reduced = param_is(p, "model", "reduced") || param_is(p, "model", "qsd");
    if (reduced)
        ATTNDYN_TRY(flow_run_reduced(ctx, p, d, results));
    else
        ATTNDYN_TRY(flow_run_full(ctx, p, d, results));
    return param_bool(p, "validate") ? flow_validate(ctx, p, results) : ATTNDYN_OK;
}

const struct experiment experiment_scansnap_flow = {
    .id = "scansnap/flow",
    .title = "The flow of Y and Z on any token distribution",
    .source = "Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "One layer, one head, no positional code: a context of class n, the distribution P(l|n), "
        "is "
        "weighted by exp(z_ml) (m its last token), normalised to length one, f_n, and decoded by "
        "Y: "
        "logits Y^T f_n. In the limit of long contexts and small steps training is\n"
        "    dY/dt   = eta_Y sum_n P(n) f_n (e_n - alpha_n)^T\n"
        "    dz_m/dt = eta_Z sum_{n: psi(n)=m} P(n) f_n o (g_n - f_n (f_n . g_n)),  g_n = Y (e_n - "
        "alpha_n)\n"
        "This experiment integrates it from zero and shows the attention c_n, the gain B_n "
        "(dB_n/dt "
        "= eta_Z xi_n, xi_n the f^2-weighted mean rate of the distinct tokens), the internal time "
        "sigma_n, the loss and the entropies. A table of small cases with known answers, solved "
        "with the same tolerances, says how far to trust the numbers.\n"
        "The state depends on eta_Y t and eta_Z/eta_Y only. In the clock sigma the full flow uses "
        "the classes' mean internal time; the reduced models reach times beyond any double.\n"
        "State: Y (M x V, row-major; columns 0..K-1 are the classes), z (L x M), B, sigma, loss, "
        "t; "
        "of the reduced models a, z over a class's distinct tokens, w over the commons.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = flow_checks,
    .run = run,
};
