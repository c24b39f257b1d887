#include "hierarchy.h"
#include "sim/num/stats.h"
#include "sim/observe/best_unit.h"

#include <math.h>

static const char *const measures[HIERARCHY_MEASURES] = {"centred", "centred_used", "plain",
                                                         "plain_used"};

static double measure_of(const struct level_score *s, size_t k) {
    return k == 0 ? s->centred : k == 1 ? s->centred_used : k == 2 ? s->plain : s->plain_used;
}

enum attndyn_status hierarchy_emit_units(struct attndyn_context *ctx, struct hierarchy_study *h,
                                         const char *state, struct results *results) {
    const size_t classes = h->data.classes;
    struct level_score scores[ATTNDYN_HIERARCHY_LEVELS];
    (void)hierarchy_measure(h, scores);
    for (size_t level = 0; level < h->data.levels; level++) {
        hierarchy_activity(h, level);
        for (size_t of = 0, column = 0; of < h->data.latents[level]; of++) {
            if (!hierarchy_used(h, level, of)) continue;
            hierarchy_latent(h, level, of);
            size_t unit = attndyn_best_unit(classes, h->latent, h->hidden, h->activity, true).unit;
            for (size_t j = 0, row = 0; j < h->data.latents[level]; j++) {
                if (!hierarchy_used(h, level, j)) continue;
                hierarchy_latent(h, level, j);
                double c = attndyn_unit_correlation(classes, h->latent, h->hidden, h->activity,
                                                    unit, true);
                ATTNDYN_TRY(EMIT(ctx, results, "units", S(state), I((long)level), I((long)row),
                                 I((long)column), I((long)unit), R(c)));
                row++;
            }
            column++;
        }
    }
    return ATTNDYN_OK;
}

/* After hierarchy_measure. */
enum attndyn_status hierarchy_emit_blocks(struct attndyn_context *ctx, struct hierarchy_study *h,
                                          uint64_t seed, const char *state,
                                          struct results *results) {
    for (size_t level = 0; level < h->data.levels; level++)
        for (size_t block = 0; block < h->data.levels; block++) {
            struct level_score x = hierarchy_score(h, level, block);
            ATTNDYN_TRY(EMIT(ctx, results, "blocks", I((long)seed), S(state), I((long)level),
                             I((long)block), R(x.centred), R(x.plain)));
        }
    return ATTNDYN_OK;
}

enum attndyn_status hierarchy_emit_courses(struct attndyn_context *ctx, const struct params *p,
                                           const struct hierarchy_survey *s,
                                           struct results *results) {
    double *centred, *plain, *loss;
    ATTNDYN_ALLOC(ctx, centred, s->seeds);
    ATTNDYN_ALLOC(ctx, plain, s->seeds);
    ATTNDYN_ALLOC(ctx, loss, s->seeds);
    long first = param_int(p, "seed");
    for (size_t level = 0; level < s->levels; level++)
        for (size_t r = 0; r < s->records; r++) {
            for (size_t i = 0; i < s->seeds; i++) {
                const struct level_score *x = &s->score[(i * s->records + r) * s->levels + level];
                centred[i] = x->centred, plain[i] = x->plain;
                loss[i] = s->loss[i * s->records + r];
                ATTNDYN_TRY(EMIT(ctx, results, "course", I(first + (long)i), I(s->step[r]),
                                 I((long)level), R(x->centred), R(x->centred_used), R(x->plain),
                                 R(x->plain_used), R(loss[i])));
            }
            ATTNDYN_TRY(EMIT(ctx, results, "average", I(s->step[r]), I((long)level),
                             R(attndyn_mean(s->seeds, centred)), R(attndyn_sd(s->seeds, centred)),
                             R(attndyn_mean(s->seeds, plain)), R(attndyn_sd(s->seeds, plain)),
                             R(attndyn_mean(s->seeds, loss))));
            if (level == 0 && (r == 0 || r + 1 == s->records))
                ATTNDYN_TRY(results_scalar(ctx, results, r == 0 ? "loss_start" : "loss_end",
                                           attndyn_mean(s->seeds, loss)));
        }
    for (size_t i = 0; i < s->seeds; i++)
        for (size_t c = 0; c < s->controls; c++)
            for (size_t level = 0; level < s->levels; level++) {
                const struct level_score *x =
                    &s->control[(i * s->controls + c) * s->levels + level];
                ATTNDYN_TRY(EMIT(ctx, results, "control", I(first + (long)i), I((long)c),
                                 I((long)level), R(x->centred), R(x->centred_used), R(x->plain),
                                 R(x->plain_used)));
            }
    return ATTNDYN_OK;
}

enum attndyn_status hierarchy_emit_table(struct attndyn_context *ctx,
                                         const struct hierarchy_survey *s,
                                         struct results *results) {
    const size_t n = s->seeds, networks = n * s->controls;
    double *start, *end, *gain, *control;
    ATTNDYN_ALLOC(ctx, start, n);
    ATTNDYN_ALLOC(ctx, end, n);
    ATTNDYN_ALLOC(ctx, gain, n);
    ATTNDYN_ALLOC(ctx, control, networks);
    for (size_t level = 0; level < s->levels; level++)
        for (size_t k = 0; k < HIERARCHY_MEASURES; k++) {
            for (size_t i = 0; i < n; i++) {
                const struct level_score *x = s->score + i * s->records * s->levels + level;
                start[i] = measure_of(x, k);
                end[i] = measure_of(x + (s->records - 1) * s->levels, k);
                gain[i] = end[i] - start[i];
            }
            double peak = -INFINITY;
            size_t at = 0;
            for (size_t r = 0; r < s->records; r++) {
                double mean = 0;
                for (size_t i = 0; i < n; i++)
                    mean += measure_of(&s->score[(i * s->records + r) * s->levels + level], k);
                if (mean / (double)n > peak) peak = mean / (double)n, at = r;
            }
            for (size_t i = 0; i < networks; i++)
                control[i] = measure_of(&s->control[i * s->levels + level], k);
            ATTNDYN_TRY(EMIT(
                ctx, results, "table1", I((long)level), S(measures[k]), R(attndyn_mean(n, start)),
                R(attndyn_sd(n, start)), R(attndyn_mean(n, end)), R(attndyn_sd(n, end)),
                R(attndyn_mean(networks, control)), R(attndyn_sd(networks, control)), R(peak),
                I(s->step[at]), R(attndyn_mean(n, gain)), R(attndyn_standard_error(n, gain))));
            static const char *const names[] = {"gain_0", "gain_1", "gain_2"};
            if (k == 0 && level < 3)
                ATTNDYN_TRY(results_scalar(ctx, results, names[level], attndyn_mean(n, gain)));
        }
    return ATTNDYN_OK;
}
