/* A paired difference of two networks' or two caches' losses (or of attentions) over seeds. */
#ifndef CACHE_SHARED_EFFECT_H
#define CACHE_SHARED_EFFECT_H

#include "experiments/frame/contract/typed.h"
#include "experiments/shared/paired.h"

#include <string.h>

/* A paired effect counts from four standard errors on (by chance one in 15,000). */
#define STANDARD_ERRORS 4

/* Seeds weigh alike; their standard errors are independent. */
struct effect {
    double mean, error;
    size_t seeds;
};
static inline void effect_add(struct effect *sum, double mean, double error) {
    sum->mean += mean;
    sum->error += error * error;
    sum->seeds++;
}
/* Of what was added: NaN where that is nothing. */
static inline struct effect effect_mean(const struct effect *sum) {
    const double n = (double)sum->seeds;
    return (struct effect){sum->mean / n, sqrt(sum->error) / n, sum->seeds};
}
/* What is paired within a seed: its mean counts, where there are two at least. */
static inline void effect_add_sample(struct effect *sum, const struct sample *sample) {
    const struct paired x = sample_mean(sample);
    if (sample->n > 1) effect_add(sum, x.mean, x.error);
}

/* Over the rows of a table of that name and that scheme: the mean of its excess, with `error`.
 * EXCESS_OF(run, streams, variant, "no-bos", "window"). */
#define EXCESS_OF(run, type, key, value, scheme_)                                                  \
    effect_of((run), type##_table, COLUMN_OF(type, key), (value), COLUMN_OF(type, scheme),         \
              (scheme_), COLUMN_OF(type, excess), COLUMN_OF(type, error))
static inline struct effect effect_of(const struct trial *run, const char *table, const char *key,
                                      const char *value, const char *key_2, const char *value_2,
                                      const char *mean, const char *error) {
    const struct results *all = run->results;
    struct effect x = {0, 0, 0};
    for (size_t i = 0; i < results_rows(all, table); i++)
        if (strcmp(results_text(all, table, i, key), value) == 0 &&
            strcmp(results_text(all, table, i, key_2), value_2) == 0)
            effect_add(&x, results_real(all, table, i, mean), results_real(all, table, i, error));
    return effect_mean(&x);
}

/* An excess of the loss, in standard errors. */
static inline enum attndyn_status effect_excess(struct verdict *v, struct effect x) {
    return verdict_at_least(v, x.mean / x.error, v->bound,
                            "excess %.4f +- %.4f nat over %zu seed(s)", x.mean, x.error, x.seeds);
}
/* What a window costs is the scale on which a cure or a control is judged: `judged` of x is at most
 * v->bound of it. */
static inline enum attndyn_status effect_share(struct verdict *v, double judged, struct effect x,
                                               const char *what, struct effect window,
                                               const char *of) {
    if (!(window.mean > STANDARD_ERRORS * window.error))
        return verdict_skip(v, "the window does not fail here: there is nothing to cure");
    return verdict_at_most(v, judged / window.mean, v->bound,
                           "%s %.4f +- %.4f nat, %s %.4f +- %.4f; judged two standard errors "
                           "towards 0",
                           what, x.mean, x.error, of, window.mean, window.error);
}

#endif
