/* Multiple choice, scored by a network's log-likelihoods: what mobile/zero-shot and mobile/tasks
 * share. Items are scored in their order, several at a time; which go together depends on the items
 * and the network alone, so that a run that was killed and resumed writes the same bytes. */
#ifndef MOBILE_SHARED_SCORING_H
#define MOBILE_SHARED_SCORING_H

#include "experiments/frame/contract/typed.h"
#include "sim/data/codec/codec.h"
#include "sim/data/tasks.h"
#include "sim/model/inference/continuation.h"

struct scoring;
/* Every choice's score, as it comes; bare: that of the choice behind the bare context, NaN where
 * there is none. */
typedef enum attndyn_status scoring_each(const struct scoring *s, const struct attndyn_task *task,
                                         size_t item, size_t choice,
                                         const struct attndyn_continuation *scored, double bare);

/* What a user sets: \\n and \\\\ in it are a line end and a backslash. */
struct scoring_prompts {
    const char *suffix; /* behind every context */
    const char *bare;   /* a context that says nothing of the item; "": none is scored */
};

struct scoring_tally {
    double right, right_norm; /* items */
    double right_bare;        /* by likelihood over that behind the bare context */
    double chance;            /* sum of 1 over the choices; NaN without choices */
    double cut;               /* items of which a sequence lost its beginning to the context */
};
struct scoring_result {
    double acc, acc_norm, acc_bare, chance; /* shares; acc_bare NaN without a bare context */
    size_t cut;                             /* items */
};

/* How far a run has come: tasks of all networks whose rows were emitted, items of the next one. */
struct scoring_place {
    size_t task, item;
    struct scoring_tally tally; /* of that one's items */
    uint64_t data;              /* hash of the items and of how they are put */
};

struct scoring {
    const struct trial *run;
    const struct attndyn_weights *weights;
    const struct attndyn_codec *codec;
    scoring_each *each; /* or NULL */
    struct scoring_place *place;
    size_t done, all; /* items before those of this network, and in all: for the progress */
    /* set by scoring_prepare */
    struct scoring_prompts prompts;
    struct attndyn_continuation_rows **rows; /* by task and item */
    size_t choices;                          /* the most of an item */
    double tokens, operations;               /* of all items */
    /* the streams at hand, and the most memory that streams will take */
    struct attndyn_inference *inference;
    uint64_t mark;
    size_t streams, capacity, most_streams, most_capacity;
};

/* Where the run was when it was saved, or at its beginning. data: of scoring_data. */
enum attndyn_status scoring_find(const struct trial *run, uint64_t data,
                                 struct scoring_place *place);
enum attndyn_status scoring_save(const struct trial *run, const struct scoring_place *place);
uint64_t scoring_data(const struct attndyn_task *tasks, size_t count,
                      const struct scoring_prompts *prompts);

/* Encodes all items once, to see what they cost. */
enum attndyn_status scoring_prepare(struct scoring *s, const struct scoring_prompts *prompts,
                                    const struct attndyn_task *tasks, size_t count);
/* Task `index` of those that were prepared; the caller emits its row, and then moves the place on.
 * Interrupted, what is complete is saved. */
enum attndyn_status scoring_task(struct scoring *s, const struct attndyn_task *tasks, size_t index,
                                 struct scoring_result *result);
void scoring_next(struct scoring_place *place);

/* How far a share of n right answers lies above that of chance, in standard errors of chance. */
static inline double scoring_above_chance(double share, double chance, long n) {
    return (share - chance) / sqrt(chance * (1 - chance) / (double)n);
}

/* Items about the generated text that the small network has learnt: what follows a class's last
 * word. */
enum attndyn_status scoring_generate(struct attndyn_context *ctx, struct attndyn_task **tasks,
                                     size_t *count);

#endif
