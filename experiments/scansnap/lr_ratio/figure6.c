/* Figure 6 of Scan&Snap: every cell (num_last, lr_z, lr_Y/lr_Z) trained with several seeds. */
#include "lr_ratio.h"

#include "sim/num/stats.h"

/* The flow from zero, up to the time that the steps with momentum add up to; SGD differs from
 * it. */
static enum attndyn_status flow_entropy(const struct trial *run, const struct lr_ratio *p,
                                        const struct attndyn_symmetric_family *family, double lr_z,
                                        double ratio, double *entropy) {
    double t = (double)p->steps / (1 - p->momentum);
    struct reduced_request request = {.family = family,
                                      .options = {.eta_y = lr_z * ratio, .eta_z = lr_z},
                                      .method = reduced_method(family, ratio < 1),
                                      .rtol = 1e-8, /* small beside a standard error of 1e-3 */
                                      .atol = p->atol,
                                      .x = &t,
                                      .count = 1};
    struct reduced_path path;
    ATTNDYN_TRY(reduced_solve(run->ctx, &request, &path));
    *entropy = path.seen[0].entropy_distinct;
    return ATTNDYN_OK;
}

enum attndyn_status lr_ratio_descent(struct attndyn_context *ctx, const struct lr_ratio *p,
                                     const struct figure6 *cell, double finer, double *entropy) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *distribution;
    struct attndyn_sgd_outcome seen;
    const struct attndyn_sgd_options options = {.lr_z = cell->lr_z / finer,
                                                .lr_y = cell->lr_z * cell->lr_ratio / finer,
                                                .momentum = p->momentum,
                                                .init = ATTNDYN_SGD_ZERO};
    ATTNDYN_TRY(attndyn_family_authors(ctx, (size_t)cell->num_last, (size_t)p->num_next_per_last,
                                       (size_t)p->num_common, (size_t)p->num_distinct, &family));
    ATTNDYN_TRY(
        attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &distribution));
    ATTNDYN_TRY(attndyn_sgd_runs(ctx, distribution, &options, 1, (size_t)(finer * (double)p->steps),
                                 &seen));
    *entropy = seen.entropy_distinct;
    return ATTNDYN_OK;
}

bool lr_ratio_of_figure6(const struct lr_ratio *p) {
    return p->steps == 100 && p->batch == 128 && p->seq_len == 128 && p->momentum == 0.9 &&
           p->init == init_uniform && p->num_common == 10 && p->num_distinct == 10 &&
           p->num_next_per_last == 2;
}

static enum attndyn_status emit_cell(const struct trial *run, const struct lr_ratio *p,
                                     long num_last, double lr_z, double ratio,
                                     const struct attndyn_symmetric_family *family,
                                     const struct attndyn_sgd_outcome *outcome) {
    size_t seeds = (size_t)p->seeds;
    double *distinct, *support, *loss, flow;
    ATTNDYN_ALLOC(run->ctx, distinct, seeds);
    ATTNDYN_ALLOC(run->ctx, support, seeds);
    ATTNDYN_ALLOC(run->ctx, loss, seeds);
    for (size_t k = 0; k < seeds; k++) {
        if (!isfinite(outcome[k].entropy_support) || !isfinite(outcome[k].loss_population))
            return attndyn_fail(
                run->ctx, ATTNDYN_RUN_FAILED,
                "SGD with num_last = %ld, lr_z = %g, lr_ratio = %g left the range of a double: "
                "lower the rates or the steps",
                num_last, lr_z, ratio);
        distinct[k] = outcome[k].entropy_distinct;
        support[k] = outcome[k].entropy_support;
        loss[k] = outcome[k].loss_population;
        ATTNDYN_TRY(EMIT(run, runs, .num_last = num_last, .lr_z = lr_z, .lr_ratio = ratio,
                         .seed = p->seed + (long)k, .entropy_distinct = distinct[k],
                         .entropy_support = support[k], .loss = outcome[k].loss));
    }
    ATTNDYN_TRY(flow_entropy(run, p, family, lr_z, ratio, &flow));
    double mean = attndyn_mean(seeds, distinct), sd = attndyn_sd(seeds, distinct);
    struct published theirs = {NAN, NAN};
    if (lr_ratio_of_figure6(p)) lr_ratio_published(num_last, lr_z, ratio, &theirs);
    return EMIT(run, figure6, .num_last = num_last, .lr_z = lr_z, .lr_ratio = ratio, .mean = mean,
                .sd = sd, .published_mean = theirs.mean, .published_sd = theirs.sd,
                .apart = (mean - theirs.mean) /
                         sqrt(pow(sd, 2) / (double)seeds + pow(theirs.sd, 2) / 10),
                .n = (long)seeds, .support_mean = attndyn_mean(seeds, support),
                .support_sd = attndyn_sd(seeds, support), .loss_mean = attndyn_mean(seeds, loss),
                .flow = flow);
}

static enum attndyn_status train(const struct trial *run, const struct lr_ratio *p,
                                 double num_last) {
    if (num_last != floor(num_last))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "num_last=%g: expected whole numbers",
                            num_last);
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *distribution;
    double N = (double)p->num_next_per_last;
    ATTNDYN_TRY(symmetric_authors(run, num_last * N, N, &family));
    ATTNDYN_TRY(attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_VOCABULARY,
                                               &distribution));
    struct reals lr_z = p->lr_z, ratios = p->lr_ratio;
    size_t seeds = (size_t)p->seeds, count = lr_z.count * ratios.count * seeds, k = 0;
    struct attndyn_sgd_options *options;
    struct attndyn_sgd_outcome *outcomes;
    ATTNDYN_ALLOC(run->ctx, options, count);
    ATTNDYN_ALLOC(run->ctx, outcomes, count);
    for (size_t i = 0; i < lr_z.count; i++)
        for (size_t j = 0; j < ratios.count; j++) {
            /* each run has its own random stream, independent of the other cells */
            char *cell = attndyn_format(run->ctx, "scansnap/lr-ratio %.17g %.17g %.17g", num_last,
                                        lr_z.at[i], ratios.at[j]);
            if (!cell) return ATTNDYN_NO_MEMORY;
            for (size_t s = 0; s < seeds; s++)
                options[k++] = (struct attndyn_sgd_options){
                    .seq_len = (size_t)p->seq_len,
                    .batch = (size_t)p->batch,
                    .lr_z = lr_z.at[i],
                    .lr_y = lr_z.at[i] * ratios.at[j],
                    .momentum = p->momentum,
                    .init = p->init == init_zero ? ATTNDYN_SGD_ZERO : ATTNDYN_SGD_UNIFORM,
                    .seed = attndyn_random_derive((uint64_t)p->seed + (uint64_t)s, cell, 0)};
        }
    ATTNDYN_TRY(
        attndyn_sgd_runs(run->ctx, distribution, options, count, (size_t)p->steps, outcomes));
    k = 0;
    for (size_t i = 0; i < lr_z.count; i++)
        for (size_t j = 0; j < ratios.count; j++, k += seeds)
            ATTNDYN_TRY(
                emit_cell(run, p, (long)num_last, lr_z.at[i], ratios.at[j], &family, outcomes + k));
    return ATTNDYN_OK;
}

enum attndyn_status lr_ratio_figure6(const struct trial *run, const struct lr_ratio *p) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, num_last));
    ATTNDYN_TRY(NOT_EMPTY(run, p, lr_z));
    ATTNDYN_TRY(NOT_EMPTY(run, p, lr_ratio));
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (size_t i = 0; i < p->num_last.count; i++) {
        ATTNDYN_TRY(train(run, p, p->num_last.at[i]));
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "figure 6", (double)i + 1, (double)p->num_last.count);
    }
    return ATTNDYN_OK;
}
