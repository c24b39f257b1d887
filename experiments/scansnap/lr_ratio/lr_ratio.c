/* What the learning rates do: gain and entropies of the flow against eta_Y, eta_Z and their ratio,
 * and the paper's figure 6, which is SGD. */
#include "lr_ratio.h"

#include "experiments/scansnap/shared/symmetric.h"

static const struct param params[] = {
    /* the flow */
    {"flow_classes", PARAM_INT, "20", 2, 100000,
     .doc = "classes K of the sweeps of eta_Y and eta_Z"},
    {"flow_per_last", PARAM_INT, "2", 1, 1000, .doc = "their classes N per last token"},
    {"t_end", PARAM_REAL, "1000", 1e-3, 1e12, .doc = "time of these sweeps"},
    {"eta_y", PARAM_REAL, "10", 1e-9, 1e9, .doc = "eta_Y while eta_Z is swept"},
    {"eta_z", PARAM_REAL, "1", 1e-9, 1e9, .doc = "eta_Z while eta_Y is swept"},
    {"sweep_eta_z", PARAM_REALS, "0.01,0.03,0.1,0.3,1,3,10,30,100", 1e-9, 1e9,
     .doc = "values of eta_Z"},
    {"sweep_eta_y", PARAM_REALS, "0.01,0.03,0.1,0.3,1,3,10,30,100,300,1000", 1e-9, 1e9,
     .doc = "values of eta_Y"},
    {"sweep_both", PARAM_REALS, "0.1,1,10", 1e-6, 1e6, .doc = "common factors of both rates"},
    {"entropy_classes", PARAM_REALS, "2,20", 2, 1e5,
     .doc = "K of the sweeps of the ratio; N = 2 (1 where K is odd)"},
    {"entropy_times", PARAM_REALS, "1000,100", 1e-3, 1e12, .doc = "their times"},
    {"entropy_eta_z", PARAM_REALS, "0.5,1", 1e-9, 1e9, .doc = "their eta_Z"},
    {"entropy_ratios", PARAM_REALS, "0.1,0.2,0.5,1,2,5,10,30,100,300", 1e-3, 1e6,
     .doc = "eta_Y/eta_Z of these sweeps and of the curves in time"},
    PARAM_TOLERANCES("1e-10"),
    /* SGD: figure 6 */
    {"num_last", PARAM_REALS, "1,3,5,10", 1, 1e4, .doc = "last tokens L of figure 6"},
    {"num_next_per_last", PARAM_INT, "2", 1, 1000, .doc = "classes N per last token"},
    PARAM_NUM_COMMON,
    PARAM_NUM_DISTINCT,
    {"seq_len", PARAM_INT, "128", 0, 100000,
     .doc = "tokens of a sample, the last one included; 0: infinitely many"},
    {"batch", PARAM_INT, "128", 0, 1000000, .doc = "samples of a step; 0: the population"},
    {"steps", PARAM_INT, "100", 1, 10000000, .doc = "updates"},
    {"lr_z", PARAM_REALS, "0.5,1,2,3", 1e-9, 1e6, .doc = "learning rates of Z"},
    {"lr_ratio", PARAM_REALS, "1,2,5,10", 1e-6, 1e6, .doc = "learning rates of Y over those of Z"},
    {"momentum", PARAM_REAL, "0.9", 0, 0.9999, .doc = "of both optimisers"},
    {"init", PARAM_CHOICE, "uniform", .choices = "zero|uniform",
     .doc = "start of Y and Z: 0, or uniform within 1/sqrt(M)"},
    {"seeds", PARAM_INT, "10", 2, 1000, .doc = "runs of each cell"},
    {"seed", PARAM_INT, "1", .doc = "seed of the first; the others follow"},
    {0}};

static const struct preset presets[] = {
    {"quick", "num_last=3 lr_z=0.5,3 lr_ratio=1,2,10 seeds=5",
     "all of the flow, a part of figure 6: a few seconds"},
    {"paper", "", "the defaults: all 64 cells of figure 6 with 10 seeds, under 20 s on two cores"},
    {0}};

static const struct column flow_columns[] = {
    {"sweep", COLUMN_TEXT, .doc = "eta_z, eta_y, both, or both_time: the time is scaled instead"},
    {"factor", COLUMN_REAL, .doc = "the value swept; both: the common factor"},
    {"eta_y", COLUMN_REAL, .doc = "rate of Y"},
    {"eta_z", COLUMN_REAL, .doc = "rate of Z"},
    {"t", COLUMN_REAL, .doc = "time"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"rho_sigma2", COLUMN_REAL, .doc = "rho sigma^2"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"entropy_distinct", COLUMN_REAL,
     .doc = "entropy of c_n over the distinct tokens, renormalised"},
    {"entropy_support", COLUMN_REAL, .doc = "entropy of c_n over its support"},
    {"common_mass", COLUMN_REAL, .doc = "share of c_n on the common tokens"},
    {0}};

static const struct column entropy_columns[] = {
    {"K", COLUMN_INT, .doc = "classes"},
    {"t", COLUMN_REAL, .doc = "time"},
    {"eta_z", COLUMN_REAL, .doc = "rate of Z"},
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"entropy_distinct", COLUMN_REAL,
     .doc = "entropy of c_n over the distinct tokens, renormalised"},
    {"entropy_support", COLUMN_REAL, .doc = "entropy of c_n over its support"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {0}};

static const struct column time_columns[] = {
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"entropy_distinct", COLUMN_REAL,
     .doc = "entropy of c_n over the distinct tokens, renormalised"},
    {"entropy_support", COLUMN_REAL, .doc = "entropy of c_n over its support"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {0}};

static const struct column figure6_columns[] = {
    {"num_last", COLUMN_INT, .doc = "last tokens L"},
    {"lr_z", COLUMN_REAL, .doc = "learning rate of Z"},
    {"lr_ratio", COLUMN_REAL, .doc = "learning rate of Y over that of Z"},
    {"mean", COLUMN_REAL,
     .doc = "entropy of c_n over the distinct tokens, renormalised, mean over "
            "classes and seeds"},
    {"sd", COLUMN_REAL, .doc = "its sample standard deviation over the seeds"},
    {"n", COLUMN_INT, .doc = "seeds"},
    {"support_mean", COLUMN_REAL, .doc = "the same of the entropy over the whole support"},
    {"support_sd", COLUMN_REAL, .doc = "its sample standard deviation"},
    {"loss_mean", COLUMN_REAL, .doc = "population loss after the last update, mean over seeds"},
    {"flow", COLUMN_REAL,
     .doc = "entropy over the distinct tokens by the flow from zero at t = "
            "steps/(1 - momentum)"},
    {0}};

static const struct column runs_columns[] = {
    {"num_last", COLUMN_INT, .doc = "last tokens L"},
    {"lr_z", COLUMN_REAL, .doc = "learning rate of Z"},
    {"lr_ratio", COLUMN_REAL, .doc = "learning rate of Y over that of Z"},
    {"seed", COLUMN_INT, .doc = "seed of the run"},
    {"entropy_distinct", COLUMN_REAL, .doc = "mean over the classes"},
    {"entropy_support", COLUMN_REAL, .doc = "mean over the classes"},
    {"loss", COLUMN_REAL, .doc = "of the last batch, before its update"},
    {0}};

static const struct table tables[] = {
    {"flow", "gain and entropies at a fixed time against the rates", flow_columns},
    {"entropy", "entropies at fixed t and eta_Z against the ratio", entropy_columns},
    {"time", "entropies in time for each ratio", time_columns},
    {"figure6", "average entropy of c_n after SGD: the paper's figure 6", figure6_columns},
    {"runs", "the runs behind figure6", runs_columns},
    STATE_TABLE,
    {0}};

static const struct figure figures[] = {
    {"lr_figure6", "scansnap/lr_ratio/lr_figure6.gp",
     "The paper's figure 6: average entropy of c_n over the distinct tokens after SGD, mean and "
     "standard deviation over the seeds, against the ratio of the learning rates."},
    {"lr_gain", "scansnap/lr_ratio/lr_gain.gp",
     "Gain of the flow at a fixed time: it rises with eta_Z; with eta_Y it rises first and falls "
     "only beyond eta_Y t/K of about ten."},
    {"lr_entropy", "scansnap/lr_ratio/lr_entropy.gp",
     "Entropy of c_n in time for several ratios, over the whole support (solid) and over the "
     "distinct tokens, renormalised (dashed). Over the support it rises first, as the commons "
     "are pushed down: it is no measure of sparsity by itself."},
    {0}};

struct at {
    double K, N, eta_y, eta_z;
};

static enum attndyn_status solve(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results, const struct at *at, const double *t,
                                 size_t count, struct track *track) {
    struct attndyn_symmetric_family *family;
    ATTNDYN_ALLOC(ctx, family, 1);
    ATTNDYN_TRY(symmetric_authors(ctx, p, at->K, at->N, family));
    struct track_request request = {.family = family,
                                    .options = {.eta_y = at->eta_y, .eta_z = at->eta_z},
                                    .method = track_method(family, at->eta_y < at->eta_z),
                                    .x = t,
                                    .count = count};
    symmetric_tolerances(p, &request);
    ATTNDYN_TRY(track_solve(ctx, &request, track));
    return results_solver(ctx, results, "flow", &track->statistics);
}

static enum attndyn_status emit_flow(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results, const char *sweep, double factor,
                                     double eta_y, double eta_z, double t) {
    struct track track;
    struct at at = {(double)param_int(p, "flow_classes"), (double)param_int(p, "flow_per_last"),
                    eta_y, eta_z};
    ATTNDYN_TRY(solve(ctx, p, results, &at, &t, 1, &track));
    const struct attndyn_reduced_seen *seen = &track.seen[0];
    return EMIT(ctx, results, "flow", S(sweep), R(factor), R(eta_y), R(eta_z), R(t),
                R(seen->scaled_time), R(seen->rho_sigma2), R(seen->B), R(seen->entropy_distinct),
                R(seen->entropy_support), R(seen->common_mass));
}

static enum attndyn_status rates(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results) {
    size_t n_z, n_y, n_both;
    const double *z;
    ATTNDYN_TRY(symmetric_list(ctx, p, "sweep_eta_z", &z, &n_z));
    const double *y;
    ATTNDYN_TRY(symmetric_list(ctx, p, "sweep_eta_y", &y, &n_y));
    const double *both;
    ATTNDYN_TRY(symmetric_list(ctx, p, "sweep_both", &both, &n_both));
    double t = param_real(p, "t_end"), eta_y = param_real(p, "eta_y"),
           eta_z = param_real(p, "eta_z");
    for (size_t i = 0; i < n_z; i++)
        ATTNDYN_TRY(emit_flow(ctx, p, results, "eta_z", z[i], eta_y, z[i], t));
    for (size_t i = 0; i < n_y; i++)
        ATTNDYN_TRY(emit_flow(ctx, p, results, "eta_y", y[i], y[i], eta_z, t));
    for (size_t i = 0; i < n_both; i++) {
        ATTNDYN_TRY(
            emit_flow(ctx, p, results, "both", both[i], both[i] * eta_y, both[i] * eta_z, t));
        ATTNDYN_TRY(emit_flow(ctx, p, results, "both_time", both[i], eta_y, eta_z, both[i] * t));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status entropies(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results) {
    size_t n_classes, n_times, n_rates, n_ratios;
    const double *classes;
    ATTNDYN_TRY(symmetric_list(ctx, p, "entropy_classes", &classes, &n_classes));
    const double *times;
    ATTNDYN_TRY(symmetric_list(ctx, p, "entropy_times", &times, &n_times));
    const double *eta_z;
    ATTNDYN_TRY(symmetric_list(ctx, p, "entropy_eta_z", &eta_z, &n_rates));
    const double *ratios;
    ATTNDYN_TRY(symmetric_list(ctx, p, "entropy_ratios", &ratios, &n_ratios));
    if (n_classes != n_times || n_classes != n_rates)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "entropy_classes, entropy_times and entropy_eta_z go together: %zu, %zu "
            "and %zu values",
            n_classes, n_times, n_rates);
    struct track track;
    for (size_t k = 0; k < n_classes; k++)
        for (size_t r = 0; r < n_ratios; r++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            struct at at = {classes[k], fmod(classes[k], 2) == 0 ? 2 : 1, ratios[r] * eta_z[k],
                            eta_z[k]};
            ATTNDYN_TRY(solve(ctx, p, results, &at, &times[k], 1, &track));
            const struct attndyn_reduced_seen *seen = &track.seen[0];
            ATTNDYN_TRY(EMIT(ctx, results, "entropy", I((long)classes[k]), R(times[k]), R(eta_z[k]),
                             R(ratios[r]), R(seen->scaled_time), R(seen->entropy_distinct),
                             R(seen->entropy_support), R(seen->B)));
            attndyn_memory_release(ctx, mark);
        }
    /* in time, at the sweep's K; the last ratio's state is the run's */
    double K = (double)param_int(p, "flow_classes"), *t;
    size_t count = 81;
    for (size_t r = 0; r < n_ratios; r++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        struct at at = {K, (double)param_int(p, "flow_per_last"), 1, 1 / ratios[r]};
        ATTNDYN_ALLOC(ctx, t, count);
        attndyn_grid_logarithmic(1e-2 * K, 1e6 * K, count, t);
        ATTNDYN_TRY(solve(ctx, p, results, &at, t, count, &track));
        for (size_t i = 0; i < count; i++)
            ATTNDYN_TRY(EMIT(ctx, results, "time", R(ratios[r]), R(track.seen[i].scaled_time),
                             R(track.seen[i].entropy_distinct), R(track.seen[i].entropy_support),
                             R(track.seen[i].B)));
        if (r + 1 == n_ratios) ATTNDYN_TRY(track_emit_state(ctx, results, &track, count - 1));
        attndyn_memory_release(ctx, mark);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    ATTNDYN_TRY(rates(ctx, p, results));
    ATTNDYN_TRY(entropies(ctx, p, results));
    return lr_ratio_figure6(ctx, p, results);
}

const struct experiment experiment_scansnap_lr_ratio = {
    .id = "scansnap/lr-ratio",
    .title = "Learning rates: gain and entropies against eta_Y, eta_Z and their ratio; figure 6",
    .source = "Scan&Snap (arXiv 2305.16380), section 6 and figure 6",
    .doc =
        "The reduced flow of the authors' data, swept over eta_Z, eta_Y, both together and their "
        "ratio; and the paper's figure 6 by SGD: V = M, 127 context tokens and the last one, batch "
        "128, 100 steps, momentum 0.9, uniform start. Its 'average entropy of c_n' is taken over "
        "a class's distinct tokens, renormalised, natural logarithm, mean over the classes; the "
        "entropy over the whole support stands beside it.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .figures = figures,
    .checks = lr_ratio_checks,
    .run = run};
