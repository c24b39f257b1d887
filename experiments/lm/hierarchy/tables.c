#include "tables.h"

#include "sim/num/stats.h"
#include "sim/observe/best_unit.h"

static const char *const measures[HIERARCHY_MEASURES] = {"centred", "centred_used", "plain",
                                                         "plain_used"};

static double measure_of(const struct level_score *s, size_t k) {
    return k == 0 ? s->centred : k == 1 ? s->centred_used : k == 2 ? s->plain : s->plain_used;
}

enum attndyn_status hierarchy_emit_units(const struct trial *run, struct hierarchy_study *h,
                                         const char *state) {
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
                ATTNDYN_TRY(EMIT(run, units, .state = state, .level = (long)level,
                                 .latent = (long)row, .of = (long)column, .unit = (long)unit,
                                 .correlation = c));
                row++;
            }
            column++;
        }
    }
    return ATTNDYN_OK;
}

/* After hierarchy_measure. */
enum attndyn_status hierarchy_emit_blocks(const struct trial *run, struct hierarchy_study *h,
                                          uint64_t seed, const char *state) {
    for (size_t level = 0; level < h->data.levels; level++)
        for (size_t block = 0; block < h->data.levels; block++) {
            struct level_score x = hierarchy_score(h, level, block);
            ATTNDYN_TRY(EMIT(run, blocks, .seed = (long)seed, .state = state, .level = (long)level,
                             .block = (long)block, .centred = x.centred, .plain = x.plain));
        }
    return ATTNDYN_OK;
}

enum attndyn_status hierarchy_emit_courses(const struct trial *run, long first,
                                           const struct hierarchy_survey *s) {
    double *centred, *plain, *loss;
    ATTNDYN_ALLOC(run->ctx, centred, s->seeds);
    ATTNDYN_ALLOC(run->ctx, plain, s->seeds);
    ATTNDYN_ALLOC(run->ctx, loss, s->seeds);
    for (size_t level = 0; level < s->levels; level++)
        for (size_t r = 0; r < s->looks.count; r++) {
            for (size_t i = 0; i < s->seeds; i++) {
                const struct level_score *x =
                    &s->score[(i * s->looks.count + r) * s->levels + level];
                centred[i] = x->centred, plain[i] = x->plain;
                loss[i] = s->loss[i * s->looks.count + r];
                ATTNDYN_TRY(EMIT(run, course, .seed = first + (long)i, .step = (long)s->looks.at[r],
                                 .level = (long)level, .centred = x->centred,
                                 .centred_used = x->centred_used, .plain = x->plain,
                                 .plain_used = x->plain_used, .loss = loss[i]));
            }
            ATTNDYN_TRY(EMIT(
                run, average, .step = (long)s->looks.at[r], .level = (long)level,
                .centred = attndyn_mean(s->seeds, centred),
                .centred_sd = attndyn_sd(s->seeds, centred), .plain = attndyn_mean(s->seeds, plain),
                .plain_sd = attndyn_sd(s->seeds, plain), .loss = attndyn_mean(s->seeds, loss)));
            double mean = attndyn_mean(s->seeds, loss);
            if (level == 0 && r == 0) ATTNDYN_TRY(SCALAR(run, summary, loss_start, mean));
            if (level == 0 && r + 1 == s->looks.count)
                ATTNDYN_TRY(SCALAR(run, summary, loss_end, mean));
        }
    for (size_t i = 0; i < s->seeds; i++)
        for (size_t c = 0; c < s->controls; c++)
            for (size_t level = 0; level < s->levels; level++) {
                const struct level_score *x =
                    &s->control[(i * s->controls + c) * s->levels + level];
                ATTNDYN_TRY(EMIT(run, control, .seed = first + (long)i, .control = (long)c,
                                 .level = (long)level, .centred = x->centred,
                                 .centred_used = x->centred_used, .plain = x->plain,
                                 .plain_used = x->plain_used));
            }
    return ATTNDYN_OK;
}

enum attndyn_status hierarchy_emit_table(const struct trial *run,
                                         const struct hierarchy_survey *s) {
    const size_t n = s->seeds, networks = n * s->controls;
    double *start, *end, *gain, *control, gains[3] = {NAN, NAN, NAN};
    ATTNDYN_ALLOC(run->ctx, start, n);
    ATTNDYN_ALLOC(run->ctx, end, n);
    ATTNDYN_ALLOC(run->ctx, gain, n);
    ATTNDYN_ALLOC(run->ctx, control, networks);
    for (size_t level = 0; level < s->levels; level++)
        for (size_t k = 0; k < HIERARCHY_MEASURES; k++) {
            for (size_t i = 0; i < n; i++) {
                const struct level_score *x = s->score + i * s->looks.count * s->levels + level;
                start[i] = measure_of(x, k);
                end[i] = measure_of(x + (s->looks.count - 1) * s->levels, k);
                gain[i] = end[i] - start[i];
            }
            double peak = -INFINITY;
            size_t at = 0;
            for (size_t r = 0; r < s->looks.count; r++) {
                double mean = 0;
                for (size_t i = 0; i < n; i++)
                    mean += measure_of(&s->score[(i * s->looks.count + r) * s->levels + level], k);
                if (mean / (double)n > peak) peak = mean / (double)n, at = r;
            }
            for (size_t i = 0; i < networks; i++)
                control[i] = measure_of(&s->control[i * s->levels + level], k);
            ATTNDYN_TRY(EMIT(run, table1, .level = (long)level, .measure = measures[k],
                             .start = attndyn_mean(n, start), .start_sd = attndyn_sd(n, start),
                             .end = attndyn_mean(n, end), .end_sd = attndyn_sd(n, end),
                             .control = attndyn_mean(networks, control),
                             .control_sd = attndyn_sd(networks, control), .peak = peak,
                             .peak_step = (long)s->looks.at[at], .gain = attndyn_mean(n, gain),
                             .gain_error = attndyn_standard_error(n, gain)));
            if (k == 0 && level < 3) gains[level] = attndyn_mean(n, gain);
        }
    ATTNDYN_TRY(SCALAR(run, summary, gain_0, gains[0]));
    ATTNDYN_TRY(SCALAR(run, summary, gain_1, gains[1]));
    return SCALAR(run, summary, gain_2, gains[2]);
}
