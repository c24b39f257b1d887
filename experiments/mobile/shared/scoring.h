/* Multiple choice, scored item by item by a network's log-likelihoods: what mobile/zero-shot and
 * mobile/tasks share. */
#ifndef MOBILE_SHARED_SCORING_H
#define MOBILE_SHARED_SCORING_H

#include "experiments/frame/contract/typed.h"
#include "sim/data/codec/codec.h"
#include "sim/data/tasks.h"
#include "sim/model/inference/continuation.h"

struct scoring;
/* Every choice's score, as it comes. */
typedef enum attndyn_status scoring_each(const struct scoring *s, const struct attndyn_task *task,
                                         size_t item, size_t choice,
                                         const struct attndyn_continuation *scored);
struct scoring {
    const struct trial *run;
    const struct attndyn_weights *weights;
    const struct attndyn_codec *codec;
    scoring_each *each; /* or NULL */
    /* set by scoring_prepare */
    const char *suffix;
    struct attndyn_inference *inference;
    size_t streams, capacity;
};
struct scoring_tally {
    double right, right_norm; /* items */
    double acc, acc_norm;     /* shares */
    double chance;            /* mean of 1 over the choices; NaN without choices */
    size_t cut;               /* items of which a sequence lost its beginning to the context */
};

/* prompt_suffix: as a user writes it, with \\n for a line end. */
enum attndyn_status scoring_prepare(struct scoring *s, const char *prompt_suffix,
                                    const struct attndyn_task *tasks, size_t count);
/* `before` of `all` items have been scored: for the progress. */
enum attndyn_status scoring_task(struct scoring *s, const struct attndyn_task *task, size_t before,
                                 size_t all, struct scoring_tally *tally);

/* Items about the generated text that the small network has learnt: what follows a class's last
 * word. */
enum attndyn_status scoring_generate(struct attndyn_context *ctx, struct attndyn_task **tasks,
                                     size_t *count);

#endif
