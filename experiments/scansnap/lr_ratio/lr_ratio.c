#include "lr_ratio.h"

static const struct preset presets[] = {
    {"quick", "num_last=3 lr_z=0.5,3 lr_ratio=1,2,10 seeds=5",
     "all of the flow, a part of figure 6: a few seconds"},
    {"short", "", "all 64 cells of figure 6 with 10 seeds, beside the authors'"},
    {"paper", "", "the defaults: all 64 cells of figure 6 with 10 seeds, under 20 s on two cores"},
    {"published", "", "the same, under another name"},
    {0}};

static const struct figure figures[] = {
    {"lr_figure6", "scansnap/lr_ratio/lr_figure6.gp",
     "The paper's figure 6: average entropy of c_n over the distinct tokens after SGD, mean and "
     "standard deviation over the seeds, against the ratio of the learning rates. Dotted: "
     "the authors' own results."},
    {"lr_gain", "scansnap/lr_ratio/lr_gain.gp",
     "Gain B_n of the flow at a fixed time against the rates: it rises with eta_Z; with eta_Y it "
     "rises first and falls only beyond eta_Y t/K of about ten."},
    {"lr_entropy", "scansnap/lr_ratio/lr_entropy.gp",
     "Entropy of c_n against time for several eta_Y/eta_Z, over the whole support (solid) and "
     "over the distinct tokens, renormalised (dashed). Over the support it rises first, as the "
     "common tokens are pushed down: it is no measure of sparsity by itself."},
    {0}};

/* The family with K classes, N per last token, to the times t. */
static enum attndyn_status solve(const struct trial *run, const struct lr_ratio *p, double K,
                                 double N, double eta_y, double eta_z, const double *t,
                                 size_t count, struct reduced_path *path) {
    struct attndyn_symmetric_family *family;
    ATTNDYN_ALLOC(run->ctx, family, 1);
    ATTNDYN_TRY(symmetric_authors(run, K, N, family));
    const struct reduced_request request = {.family = family,
                                            .options = {.eta_y = eta_y, .eta_z = eta_z},
                                            .method = reduced_method(family, eta_y < eta_z),
                                            .rtol = p->rtol,
                                            .atol = p->atol,
                                            .x = t,
                                            .count = count};
    ATTNDYN_TRY(reduced_solve(run->ctx, &request, path));
    return SOLVER(run, "flow", &path->statistics);
}

static enum attndyn_status emit_flow(const struct trial *run, const struct lr_ratio *p,
                                     const char *sweep, double factor, double eta_y, double eta_z,
                                     double t) {
    struct reduced_path path;
    ATTNDYN_TRY(solve(run, p, (double)p->flow_classes, (double)p->flow_per_last, eta_y, eta_z, &t,
                      1, &path));
    const struct attndyn_reduced_seen *seen = &path.seen[0];
    return EMIT(run, flow, .sweep = sweep, .factor = factor, .eta_y = eta_y, .eta_z = eta_z, .t = t,
                .scaled_time = seen->scaled_time, .rho_sigma2 = seen->rho_sigma2, .B = seen->B,
                .entropy_distinct = seen->entropy_distinct,
                .entropy_support = seen->entropy_support, .common_mass = seen->common_mass);
}

static enum attndyn_status rates(const struct trial *run, const struct lr_ratio *p) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, sweep_eta_z));
    ATTNDYN_TRY(NOT_EMPTY(run, p, sweep_eta_y));
    ATTNDYN_TRY(NOT_EMPTY(run, p, sweep_both));
    double t = p->t_end, eta_y = p->eta_y, eta_z = p->eta_z;
    for (size_t i = 0; i < p->sweep_eta_z.count; i++) {
        double z = p->sweep_eta_z.at[i];
        ATTNDYN_TRY(emit_flow(run, p, "eta_z", z, eta_y, z, t));
    }
    for (size_t i = 0; i < p->sweep_eta_y.count; i++) {
        double y = p->sweep_eta_y.at[i];
        ATTNDYN_TRY(emit_flow(run, p, "eta_y", y, y, eta_z, t));
    }
    for (size_t i = 0; i < p->sweep_both.count; i++) {
        double k = p->sweep_both.at[i];
        ATTNDYN_TRY(emit_flow(run, p, "both", k, k * eta_y, k * eta_z, t));
        ATTNDYN_TRY(emit_flow(run, p, "both_time", k, eta_y, eta_z, k * t));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status entropies(const struct trial *run, const struct lr_ratio *p) {
    size_t n = p->entropy_classes.count;
    struct reals ratios = p->entropy_ratios;
    ATTNDYN_TRY(NOT_EMPTY(run, p, entropy_classes));
    ATTNDYN_TRY(NOT_EMPTY(run, p, entropy_times));
    ATTNDYN_TRY(NOT_EMPTY(run, p, entropy_eta_z));
    ATTNDYN_TRY(NOT_EMPTY(run, p, entropy_ratios));
    if (n != p->entropy_times.count || n != p->entropy_eta_z.count)
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "entropy_classes, entropy_times and entropy_eta_z go together: %zu, %zu and %zu values",
            n, p->entropy_times.count, p->entropy_eta_z.count);
    struct reduced_path path;
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (size_t k = 0; k < n; k++)
        for (size_t r = 0; r < ratios.count; r++) {
            double K = p->entropy_classes.at[k], eta_z = p->entropy_eta_z.at[k];
            ATTNDYN_TRY(solve(run, p, K, fmod(K, 2) == 0 ? 2 : 1, ratios.at[r] * eta_z, eta_z,
                              &p->entropy_times.at[k], 1, &path));
            const struct attndyn_reduced_seen *seen = &path.seen[0];
            ATTNDYN_TRY(EMIT(run, entropy, .K = (long)K, .t = p->entropy_times.at[k],
                             .eta_z = eta_z, .ratio = ratios.at[r],
                             .scaled_time = seen->scaled_time,
                             .entropy_distinct = seen->entropy_distinct,
                             .entropy_support = seen->entropy_support, .B = seen->B));
            attndyn_memory_release(run->ctx, mark);
        }
    return ATTNDYN_OK;
}

/* Over time, at the sweep's K, a curve for each ratio; the state of the last is the state of the
 * run. */
static enum attndyn_status in_time(const struct trial *run, const struct lr_ratio *p) {
    enum { COUNT = 81 };
    double K = (double)p->flow_classes, t[COUNT];
    struct reals ratios = p->entropy_ratios;
    attndyn_grid_logarithmic(1e-2 * K, 1e6 * K, COUNT, t);
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (size_t r = 0; r < ratios.count; r++) {
        struct reduced_path path;
        ATTNDYN_TRY(
            solve(run, p, K, (double)p->flow_per_last, 1, 1 / ratios.at[r], t, COUNT, &path));
        for (size_t i = 0; i < COUNT; i++)
            ATTNDYN_TRY(EMIT(run, time, .ratio = ratios.at[r],
                             .scaled_time = path.seen[i].scaled_time,
                             .entropy_distinct = path.seen[i].entropy_distinct,
                             .entropy_support = path.seen[i].entropy_support, .B = path.seen[i].B));
        if (r + 1 == ratios.count) ATTNDYN_TRY(reduced_emit_state(run, &path, COUNT - 1));
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}

RUN(lr_ratio) {
    ATTNDYN_TRY(rates(run, p));
    ATTNDYN_TRY(entropies(run, p));
    ATTNDYN_TRY(in_time(run, p));
    return lr_ratio_figure6(run, p);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, B_end, "gain at the end, at the last of the ratios", LAST_OF(time, B))             \
    X(OPTIONAL, entropy_end, "entropy of c_n on the distinct tokens at that end", .unit = "nat",   \
      LAST_OF(time, entropy_distinct))                                                             \
    X(OPTIONAL, support_end, "entropy of c_n on its support at that end", .unit = "nat",           \
      LAST_OF(time, entropy_support))                                                              \
    X(OPTIONAL, entropy_at_t, "entropy on the distinct tokens at the fixed time, last ratio",      \
      LAST_OF(entropy, entropy_distinct))                                                          \
    X(OPTIONAL, figure6_mean, "mean over figure 6's cells of the entropy on the distinct tokens",  \
      MEAN_OF(figure6, mean))
SCALARS(taken, TAKEN)

const struct experiment experiment_scansnap_lr_ratio = {
    .id = "scansnap/lr-ratio",
    .title = "Learning rates: gain and entropies against eta_Y, eta_Z and their ratio; figure 6",
    .source = "Scan&Snap (arXiv 2305.16380), section 8 and figure 6",
    .doc =
        "The reduced flow of the authors' data (V = K), swept over eta_Z, eta_Y, both together "
        "and their ratio; and the paper's figure 6 by SGD: V = M (the 10 + 10 K tokens of the "
        "contexts, and the last and next ones, as in the authors' script), 127 context tokens and "
        "the last one, batch 128, 100 steps, momentum 0.9, uniform start. Its 'average entropy of "
        "c_n' is taken over a class's distinct tokens, renormalised, natural logarithm, mean over "
        "the classes; the entropy over the whole support stands beside it.",
    .presets = presets,
    .tables = TABLES(flow, entropy, time, figure6, runs, the_state),
    .figures = figures,
    PARTS_OF(lr_ratio, taken)};
