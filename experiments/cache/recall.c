/* Key-value recall: pairs given once at the beginning are queried late. Which keys must stay? */
#include "experiments/cache/shared/effect.h"
#include "experiments/cache/shared/task.h"
#include "sim/model/inference/inference.h"

#include <string.h>

#define RECALL(X)                                                                                  \
    X(INT, keys, "4", "keys that a pair may have", IN(2, 64))                                      \
    X(INT, values, "6", "values that a key may have: a guess is right with probability 1/values",  \
      IN(2, 64))                                                                                   \
    X(INT, pairs, "3", "pairs of key and value at the beginning of a sequence", IN(1, 64))         \
    X(INT, lead, "4",                                                                              \
      "fillers between BOS and the pairs: the sinks are BOS and the first of them", IN(0, 64))     \
    X(INT, fillers, "4", "tokens that say nothing", IN(1, 64))                                     \
    X(REAL, asked, "0.5", "share of queries among what follows the pairs; the rest are fillers",   \
      IN(0.01, 1))                                                                                 \
    X(INT, hot, "1", "how many of a sequence's pairs are asked for often", IN(1, 64))              \
    X(REAL, often, "0.9", "share of the queries that ask for one of these", IN(0, 1))              \
    X(INT, length, "48", "tokens of a sequence", IN(8, 4096))                                      \
    X(INT, slots, "12", "keys kept, the query's own included", IN(4, 4096))                        \
    X(INT, width, "48", "d of the network: one layer, two heads, RoPE", IN(4, 1024))               \
    X(INT, batch, "32", "sequences of an update", IN(1, 100000))                                   \
    X(INT, updates, "400", "updates of the training", IN(1, 100000000))                            \
    X(REAL, lr, "1e-2", "largest learning rate", IN(1e-9, 10))                                     \
    X(REAL, decay, "0.01", "weight decay", IN(0, 10))                                              \
    X(REALS, seeds, "1", "seeds of the networks; verdicts are over all of them", IN(0, 1e15))      \
    X(INT, streams, "80", "sequences that are scored", IN(2, 100000))
PARAMS(recall, RECALL)
#define PARAMETERS recall

#define ACCURACY(X)                                                                                \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, policy,                                                                                \
      "dense; recent: the newest keys; sink: four first and the newest; h2o: half heavy, half "    \
      "recent; random, least: half of them random, of least attention; tova; mean: h2o by "        \
      "attention a query")                                                                         \
    X(INT, slots, "keys kept; 0: all")                                                             \
    X(REAL, hot, "share of right answers to queries that are asked often, second half")            \
    X(REAL, cold, "to the others")                                                                 \
    X(REAL, right, "to all, mean over sequences")                                                  \
    X(REAL, spread, "its standard error")                                                          \
    X(REAL, over_sink, "right less that of sink, paired by sequence")                              \
    X(REAL, error, "its standard error")
TABLE(accuracy, ACCURACY, "right answers")

/* Tokens: pairs (key, value), queries, fillers, BOS. A query's answer is among the pairs' first
 * outputs: 0 .. values - 1. */
struct task {
    size_t keys, values, pairs, lead, fillers, hot;
    double asked, often;
};
static uint32_t query_token(const struct task *k, size_t key) {
    return (uint32_t)(k->keys * k->values + key);
}
static uint32_t filler_token(const struct task *k, size_t i) {
    return (uint32_t)(k->keys * k->values + k->keys + i);
}
static uint32_t first_token(const struct task *k) {
    return filler_token(k, k->fillers);
}
static size_t below(struct attndyn_random *random, size_t n) {
    return (size_t)(attndyn_random_uniform(random) * (double)n);
}

/* targets: the value that a query asks for, none elsewhere. often: (length), is it a hot one; NULL:
 * not wanted. */
static void draw(const struct task *k, struct attndyn_random *random, size_t length,
                 uint32_t *tokens, uint32_t *targets, bool *often) {
    size_t key[64], value[64];
    for (size_t i = 0; i < k->keys; i++) key[i] = i;
    for (size_t i = 0; i < k->pairs; i++) { /* the first of a shuffle */
        const size_t j = i + below(random, k->keys - i), swap = key[i];
        key[i] = key[j], key[j] = swap;
        value[i] = below(random, k->values);
    }
    for (size_t t = 0; t < length; t++) {
        targets[t] = ATTNDYN_TARGET_NONE;
        if (often) often[t] = false;
        if (t == 0) {
            tokens[t] = first_token(k);
        } else if (t > k->lead && t <= k->lead + k->pairs) {
            const size_t i = t - 1 - k->lead;
            tokens[t] = (uint32_t)(key[i] * k->values + value[i]);
        } else if (t > k->lead && attndyn_random_uniform(random) < k->asked) {
            const bool is = k->hot == k->pairs || attndyn_random_uniform(random) < k->often;
            const size_t i = is ? below(random, k->hot) : k->hot + below(random, k->pairs - k->hot);
            tokens[t] = query_token(k, key[i]);
            targets[t] = (uint32_t)value[i];
            if (often) often[t] = is;
        } else {
            tokens[t] = filler_token(k, below(random, k->fillers));
        }
    }
}
static void draw_batch(const void *task, struct attndyn_random *random, size_t length,
                       uint32_t *tokens, uint32_t *targets) {
    draw(task, random, length, tokens, targets, NULL);
}

/* ------------------------------------------------------------------ scoring */

static const struct {
    const char *name;
    enum attndyn_cache_policy policy;
    bool half;
} policies[] = {{"sink", ATTNDYN_CACHE_STREAMING, false}, {"dense", ATTNDYN_CACHE_DENSE, false},
                {"recent", ATTNDYN_CACHE_WINDOW, false},  {"h2o", ATTNDYN_CACHE_H2O, true},
                {"random", ATTNDYN_CACHE_RANDOM, true},   {"least", ATTNDYN_CACHE_LEAST, true},
                {"tova", ATTNDYN_CACHE_TOVA, false},      {"mean", ATTNDYN_CACHE_MEAN, true}};
enum { POLICIES = sizeof policies / sizeof *policies };

struct answers {
    size_t values, half;
    const uint32_t *targets;
    const bool *often;
    double right[2], asked[2]; /* cold, hot */
    double all, all_asked;     /* of the sequence */
};

static enum attndyn_status take(void *user, size_t segment, size_t t, const attndyn_real *logits) {
    struct answers *a = user;
    uint32_t best = 0;
    (void)segment;
    if (t < a->half || a->targets[t] == ATTNDYN_TARGET_NONE) return ATTNDYN_OK;
    for (uint32_t v = 1; v < a->values; v++)
        if (logits[v] > logits[best]) best = v;
    const double is = best == a->targets[t];
    a->right[a->often[t]] += is, a->asked[a->often[t]]++;
    a->all += is, a->all_asked++;
    return ATTNDYN_OK;
}

static enum attndyn_status score(const struct trial *run, const struct recall *p,
                                 const struct task *task, const struct attndyn_weights *weights,
                                 long seed) {
    const size_t T = (size_t)p->length, n = (size_t)p->streams, slots = (size_t)p->slots;
    struct attndyn_random random;
    uint32_t *tokens, *targets;
    double *right;
    bool *often;
    ATTNDYN_ALLOC(run->ctx, tokens, n * T);
    ATTNDYN_ALLOC(run->ctx, targets, n * T);
    ATTNDYN_ALLOC(run->ctx, often, n * T);
    ATTNDYN_ALLOC(run->ctx, right, POLICIES * n);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)seed, "recall", 0)));
    for (size_t i = 0; i < n; i++) {
        do draw(task, &random, T, tokens + i * T, targets + i * T, often + i * T);
        while (targets[i * T + T - 1] == ATTNDYN_TARGET_NONE); /* at least one answer is scored */
    }
    attndyn_random_done(&random);
    for (size_t k = 0; k < POLICIES; k++) {
        const uint64_t mark = attndyn_memory_mark(run->ctx);
        const struct attndyn_inference_options options = {
            .capacity = T,
            .cache = {.policy = policies[k].policy,
                      .slots = slots,
                      .sinks = slots > 4 ? 4 : 1,
                      .recent = policies[k].half ? slots - slots / 2 : 0,
                      .positions = ATTNDYN_CACHE_ORIGINAL,
                      .seed = (uint64_t)seed}};
        struct attndyn_inference *inference;
        struct answers a = {.values = task->values, .half = T / 2};
        ATTNDYN_TRY(attndyn_inference_create(run->ctx, weights, &options, &inference));
        for (size_t i = 0; i < n; i++) {
            const struct attndyn_segment all = {0, tokens + i * T, T, 0};
            a.targets = targets + i * T, a.often = often + i * T;
            a.all = a.all_asked = 0;
            attndyn_inference_reset(inference, 0);
            ATTNDYN_TRY(attndyn_inference_feed(run->ctx, inference, &all, 1, take, &a));
            right[k * n + i] = a.all / a.all_asked;
        }
        attndyn_memory_release(run->ctx, mark);
        const struct paired mean = paired_of(n, right + k * n, NULL),
                            over = paired_of(n, right + k * n, right);
        ATTNDYN_TRY(EMIT(run, accuracy, .seed = seed, .policy = policies[k].name,
                         .slots = policies[k].policy == ATTNDYN_CACHE_DENSE ? 0 : p->slots,
                         .hot = a.asked[1] > 0 ? a.right[1] / a.asked[1] : 0,
                         .cold = a.asked[0] > 0 ? a.right[0] / a.asked[0] : 0, .right = mean.mean,
                         .spread = mean.error, .over_sink = over.mean, .error = over.error));
    }
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the run */

struct study {
    const struct recall *p;
    struct task task;
};

static enum attndyn_status one(struct training *t) {
    const struct study *study = t->with;
    const struct trial *run = t->run;
    const struct recall *p = study->p;
    const long seed = (long)p->seeds.at[t->number];
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, "llama", &c));
    c.vocabulary = first_token(&study->task) + 1;
    c.context = (size_t)p->length;
    c.layers = 1;
    c.heads = c.kv_heads = 2;
    c.width = (size_t)p->width;
    c.hidden = (size_t)p->width * 2;
    c.tied = false;
    c.init = ATTNDYN_INIT_TORCH_DEFAULT;
    const struct task_training task = {.task = &study->task,
                                       .draw = draw_batch,
                                       .batch = (size_t)p->batch,
                                       .length = (size_t)p->length,
                                       .seed = (uint64_t)seed,
                                       .lr = p->lr,
                                       .decay = p->decay};
    ATTNDYN_TRY(task_train(t, &c, &task, &model));
    return score(run, p, &study->task, attndyn_transformer_weights(model), seed);
}

RUN(recall) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, seeds));
    if (p->pairs > p->keys || p->hot > p->pairs)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "hot=%ld of pairs=%ld of keys=%ld: expected no more of each than of "
                            "the next",
                            p->hot, p->pairs, p->keys);
    const long before = p->lead + p->pairs + p->slots + 1;
    if (before > p->length / 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "length=%ld: expected at least %ld, so that the pairs have left a "
                            "window of slots=%ld when the second half begins",
                            p->length, 2 * before, p->slots);
    struct study study = {.p = p,
                          .task = {.keys = (size_t)p->keys,
                                   .values = (size_t)p->values,
                                   .pairs = (size_t)p->pairs,
                                   .lead = (size_t)p->lead,
                                   .fillers = (size_t)p->fillers,
                                   .hot = (size_t)p->hot,
                                   .asked = p->asked,
                                   .often = p->often}};
    struct training training = {.run = run,
                                .last = p->seeds.count - 1,
                                .steps = (uint64_t)p->updates,
                                .what = "updates",
                                .each = 1,
                                .with = &study};
    return training_run(&training, one);
}

/* ------------------------------------------------------------------ claims */

/* The least over seeds of one column. */
static double least_of(const struct trial *run, const char *policy,
                       double (*column)(const struct accuracy *)) {
    double least = INFINITY;
    EACH_ROW (run, accuracy, r)
        if (strcmp(r->policy, policy) == 0) keep_smaller(&least, column(r));
    return least;
}
static double right_of(const struct accuracy *r) {
    return r->right;
}
static double hot_of(const struct accuracy *r) {
    return r->hot;
}

/* A network that did not learn recall says nothing of caches: all of them guess. */
#define LEARNT 0.9
#define UNLEARNT "recall was not learnt: more updates, or a smaller task"

CLAIM(learnt, "CACHE.recall-learnt", CONTRACT,
      "With all keys the network answers: recall is learnt, and what fails below is the cache.",
      "it answers less than {percent} of the queries", .bound = LEARNT) {
    return verdict_at_least(v, least_of(run, "dense", right_of), v->bound,
                            "least of %zu seed(s); a guess: %.3f", p->seeds.count,
                            1 / (double)p->values);
}

CLAIM(guesses, "CACHE.recall-sink-guesses", DERIVED,
      "The first keys and the newest do not hold what stood between them: their answers are "
      "guesses.",
      "right answers exceed 1/values by more than {bound} standard errors",
      .bound = STANDARD_ERRORS) {
    double most = NOTHING_YET, right = 0;
    if (least_of(run, "dense", right_of) < LEARNT) return verdict_skip(v, UNLEARNT);
    EACH_ROW (run, accuracy, r)
        if (strcmp(r->policy, "sink") == 0) {
            keep_larger(&most, (r->right - 1 / (double)p->values) / r->spread);
            right += r->right / (double)p->seeds.count;
        }
    return verdict_at_most(v, most, v->bound, "right: %.3f, a guess: %.3f", right,
                           1 / (double)p->values);
}

CLAIM(heavy, "CACHE.recall-h2o", PAPER("H2O (arXiv 2306.14048)", "section 4"),
      "H2O keeps what is asked for often: it answers where the first and the newest keys guess.",
      "its right answers exceed theirs by less than {bound} standard errors, paired",
      .bound = STANDARD_ERRORS) {
    double least = INFINITY, over = 0;
    if (least_of(run, "dense", right_of) < LEARNT) return verdict_skip(v, UNLEARNT);
    EACH_ROW (run, accuracy, r)
        if (strcmp(r->policy, "h2o") == 0) {
            keep_smaller(&least, r->over_sink / r->error);
            over += r->over_sink / (double)p->seeds.count;
        }
    return verdict_at_least(v, least, v->bound, "%.3f of the answers more, least of %zu seed(s)",
                            over, p->seeds.count);
}

CLAIM(hot, "CACHE.recall-hot", DERIVED,
      "Of what is asked for often H2O recalls more than half of what all keys recall beyond "
      "guessing.",
      "it recalls less than {percent} of that", .bound = 0.5) {
    if (least_of(run, "dense", right_of) < LEARNT) return verdict_skip(v, UNLEARNT);
    const double guess = 1 / (double)p->values, h2o = least_of(run, "h2o", hot_of),
                 dense = least_of(run, "dense", hot_of);
    return verdict_at_least(v, (h2o - guess) / (dense - guess), v->bound,
                            "hot: h2o %.3f, dense %.3f, a guess %.3f", h2o, dense, guess);
}

static const struct check *const recall_claims[] = {&learnt, &guesses, &heavy, &hot, NULL};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, right, "share of right answers, mean over policies", MEAN_OF(accuracy, right))     \
    X(OPTIONAL, over_sink, "largest gain over sinks", LARGEST_OF(accuracy, over_sink))
SCALARS(taken, TAKEN)

const struct experiment experiment_cache_recall = {
    .id = "cache/recall",
    .title = "Key-value recall: what was said early and is asked for late",
    .source = "H2O (arXiv 2306.14048); StreamingLLM (arXiv 2309.17453)",
    .doc =
        "A sequence begins with BOS and some fillers, then pairs, each one token for a key and a value; queries for "
        "a key and fillers follow. Answers are no tokens of the sequence, so nothing but the pair can tell them. A "
        "network of one layer learns it; then it reads with a cache of a few keys, positions as in the stream, and "
        "answers of the second half count, when the pairs have long left every window. The first keys and the newest "
        "(StreamingLLM) must guess: they are kept for what they are, and not for what they hold. H2O keeps a pair for "
        "as long as it is looked at: what is asked for often stays, the rest may leave before it is asked for.",
    .presets =
        (const struct preset[]){
            {"quick", "", "one small network: a second or two"},
            {"short", "seeds=1,2,3 updates=800 streams=200",
             "three networks, trained longer: half a minute"},
            {"paper",
             "length=128 slots=24 width=64 batch=64 updates=10000 seeds=1,2,3,4,5 streams=1000",
             "five networks, sequences of 128 tokens: two thirds of an hour, resumable"},
            {0}},
    .tables = TABLES(accuracy),
    .figures =
        (const struct figure[]){
            {"recall", "cache/recall/recall.gp",
             "Right answers to queries that are asked often, to the others and to all, "
             "under each policy; the line is guessing."},
            {0}},
    PARTS_OF(recall, taken)};
