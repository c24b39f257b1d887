/* Networks trained by others, measured like a training of ours: a single one, or several
 * checkpoints of one training, each in place of an update. */
#ifndef LM_SHARED_PUBLISHED_H
#define LM_SHARED_PUBLISHED_H

#include "text_training.h"

#define PUBLISHED(X)                                                                               \
    X(TEXT, model, "",                                                                             \
      "published networks in place of a training: a folder, a file of llama2.c or a checkpoint; "  \
      "or several of one training, A,B,C; with text= or ids=")                                     \
    X(REALS, steps, "",                                                                            \
      "updates that were made before each of `model`, ascending, 0 before training; empty: 1, 2, " \
      "...",                                                                                       \
      IN(0, 1e15))                                                                                 \
    X(FILE, ids, "", "the text of `model` as token ids: decimal numbers between white space")      \
    X(ENUM(attndyn_bos, ATTNDYN_BOS_CHOICES), bos, "auto",                                         \
      "whether the id of a text's beginning is put before the text of `model`; auto: what its "    \
      "tokenizer says")

#define PUBLISHED_SETTINGS(X) PUBLISHED(X)
PARAMS(published_settings, PUBLISHED_SETTINGS)

struct published {
    struct published_settings p;
    const char **path; /* (count), in the order of their steps */
    uint64_t *step;    /* (count) */
    size_t count;      /* 0: the run is a training of ours */
    const char *about; /* the first of them, in a line */
};

/* The list of networks; count 0 where model= names none. ATTNDYN_USAGE: steps of another number,
 * or not ascending. */
enum attndyn_status published_list(const struct trial *run, struct published *set);
/* The text by the tokenizer that lies beside the first network (or that of tokenizer=), cut as
 * NETWORK and TEXT_INPUT say, and room for the networks in t; what they have in common is that of
 * the first one. */
enum attndyn_status published_prepare(const struct trial *run, struct published *set,
                                      struct text_model *t);
/* What a run looks at: the networks of model=, or else a training of ours on the text, with no
 * network yet where *skipped. `name` is the parameter of the minibatches, which must end with the
 * last one if `whole`; `group` as in text_training_prepare. */
struct published_or {
    const char *name;
    struct reals minibatches;
    long last;
    bool whole;
    const struct attndyn_optimizer_group *group;
};
enum attndyn_status published_or_training(const struct trial *run, const struct published_or *other,
                                          struct published *set, struct looks *at,
                                          struct text_model *t, bool *skipped);
/* published_run, or text_training_run. */
enum attndyn_status published_or_trained(const struct trial *run, struct published *set,
                                         struct text_model *t, struct training *training);
/* training->look for each of them, t->learner.step being its step. Set before: look, with. */
enum attndyn_status published_run(const struct trial *run, struct published *set,
                                  struct text_model *t, struct training *training);
/* Is there a start to compare with? Otherwise the verdict says so, and the claim is skipped:
 * if (!published_start(run, v)) return ATTNDYN_OK; */
bool published_start(const struct trial *run, struct verdict *v);

#endif
