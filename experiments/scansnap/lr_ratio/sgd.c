/* Figure 6 of Scan&Snap: every cell (num_last, lr_z, lr_Y/lr_Z) trained with several seeds. */
#include "lr_ratio.h"

#include "sim/model/scansnap/sgd.h"
#include "sim/num/stats.h"
#include "experiments/scansnap/shared/symmetric.h"

#include <string.h>

struct cells {
    const double *lr_z, *lr_ratio;
    size_t n_z, n_ratio, seeds;
};

/* The flow from zero at the time that steps with momentum amount to: what SGD is not. */
static enum attndyn_status flow_entropy(struct attndyn_context *ctx, const struct params *p,
                                        const struct attndyn_symmetric_family *family, double lr_z,
                                        double ratio, double *entropy) {
    double t = (double)param_int(p, "steps") / (1 - param_real(p, "momentum"));
    struct track_request request = {.family = family,
                                    .options = {.eta_y = lr_z * ratio, .eta_z = lr_z},
                                    .method = track_method(family, ratio < 1),
                                    .rtol = 1e-8, /* beside a standard error of 1e-3 */
                                    .atol = param_real(p, "atol"),
                                    .x = &t,
                                    .count = 1};
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    *entropy = track.seen[0].entropy_distinct;
    return ATTNDYN_OK;
}

static enum attndyn_status emit_cell(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results, long num_last, double lr_z,
                                     double ratio, size_t seeds,
                                     const struct attndyn_symmetric_family *family,
                                     const struct attndyn_sgd_outcome *outcome) {
    double *distinct, *support, *loss, flow;
    ATTNDYN_ALLOC(ctx, distinct, seeds);
    ATTNDYN_ALLOC(ctx, support, seeds);
    ATTNDYN_ALLOC(ctx, loss, seeds);
    for (size_t k = 0; k < seeds; k++) {
        if (!isfinite(outcome[k].entropy_support) || !isfinite(outcome[k].loss_population))
            return attndyn_fail(
                ctx, ATTNDYN_RUN_FAILED,
                "SGD with num_last = %ld, lr_z = %g, lr_ratio = %g left the range of "
                "a double: lower the rates or the steps",
                num_last, lr_z, ratio);
        distinct[k] = outcome[k].entropy_distinct;
        support[k] = outcome[k].entropy_support;
        loss[k] = outcome[k].loss_population;
        ATTNDYN_TRY(EMIT(ctx, results, "runs", I(num_last), R(lr_z), R(ratio),
                         I(param_int(p, "seed") + (long)k), R(distinct[k]), R(support[k]),
                         R(outcome[k].loss)));
    }
    ATTNDYN_TRY(flow_entropy(ctx, p, family, lr_z, ratio, &flow));
    return EMIT(ctx, results, "figure6", I(num_last), R(lr_z), R(ratio),
                R(attndyn_mean(seeds, distinct)), R(attndyn_sd(seeds, distinct)), I((long)seeds),
                R(attndyn_mean(seeds, support)), R(attndyn_sd(seeds, support)),
                R(attndyn_mean(seeds, loss)), R(flow));
}

static enum attndyn_status train(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results, double num_last,
                                 const struct cells *cells) {
    if (num_last != floor(num_last))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "num_last=%g: expected whole numbers", num_last);
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *distribution;
    double N = (double)param_int(p, "num_next_per_last");
    ATTNDYN_TRY(symmetric_authors(ctx, p, num_last * N, N, &family));
    ATTNDYN_TRY(
        attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &distribution));
    size_t count = cells->n_z * cells->n_ratio * cells->seeds, k = 0;
    struct attndyn_sgd_options *options;
    struct attndyn_sgd_outcome *outcomes;
    ATTNDYN_ALLOC(ctx, options, count);
    ATTNDYN_ALLOC(ctx, outcomes, count);
    for (size_t i = 0; i < cells->n_z; i++)
        for (size_t j = 0; j < cells->n_ratio; j++) {
            /* a stream of its own for each run, whatever other cells there are */
            char *cell = attndyn_format(ctx, "scansnap/lr-ratio %.17g %.17g %.17g", num_last,
                                        cells->lr_z[i], cells->lr_ratio[j]);
            if (!cell) return ATTNDYN_NO_MEMORY;
            for (size_t s = 0; s < cells->seeds; s++)
                options[k++] = (struct attndyn_sgd_options){
                    .seq_len = (size_t)param_int(p, "seq_len"),
                    .batch = (size_t)param_int(p, "batch"),
                    .lr_z = cells->lr_z[i],
                    .lr_y = cells->lr_z[i] * cells->lr_ratio[j],
                    .momentum = param_real(p, "momentum"),
                    .init = param_is(p, "init", "zero") ? ATTNDYN_SGD_ZERO : ATTNDYN_SGD_UNIFORM,
                    .seed = attndyn_random_derive((uint64_t)param_int(p, "seed") + (uint64_t)s,
                                                  cell, 0)};
        }
    ATTNDYN_TRY(attndyn_sgd_runs(ctx, distribution, options, count, (size_t)param_int(p, "steps"),
                                 outcomes));
    k = 0;
    for (size_t i = 0; i < cells->n_z; i++)
        for (size_t j = 0; j < cells->n_ratio; j++, k += cells->seeds)
            ATTNDYN_TRY(emit_cell(ctx, p, results, (long)num_last, cells->lr_z[i],
                                  cells->lr_ratio[j], cells->seeds, &family, outcomes + k));
    return ATTNDYN_OK;
}

enum attndyn_status lr_ratio_figure6(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results) {
    size_t n;
    const double *num_last;
    ATTNDYN_TRY(symmetric_list(ctx, p, "num_last", &num_last, &n));
    struct cells cells = {.seeds = (size_t)param_int(p, "seeds")};
    ATTNDYN_TRY(symmetric_list(ctx, p, "lr_z", &cells.lr_z, &cells.n_z));
    ATTNDYN_TRY(symmetric_list(ctx, p, "lr_ratio", &cells.lr_ratio, &cells.n_ratio));
    for (size_t i = 0; i < n; i++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        ATTNDYN_TRY(train(ctx, p, results, num_last[i], &cells));
        attndyn_memory_release(ctx, mark);
        attndyn_progress(ctx, "figure 6", (double)i + 1, (double)n);
    }
    return ATTNDYN_OK;
}
