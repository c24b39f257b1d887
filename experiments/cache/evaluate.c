/* The loss of a trained network on a text whose keys do not all stay. */
#include "sim/model/inference/evaluate.h"
#include "experiments/shared/subject.h"

#define RESTART(C) C(restart_none, "none") C(restart_bos, "bos")
CHOICES(restart, RESTART)

#define CACHED(X)                                                                                  \
    SUBJECT_NETWORK(X)                                                                             \
    SUBJECT_TEXT(X)                                                                                \
    X(ENUM(attndyn_cache_policy, ATTNDYN_CACHE_POLICIES), policy, "streaming",                     \
      "which keys x_t sees, itself included: dense all; window the last `slots`; streaming the "   \
      "first `sinks` and the last ones; recomputation a fresh pass over the last `slots` tokens; " \
      "h2o heavy + recent, the one of least attention so far leaves; random, least: any one, the " \
      "one of most attention leaves; tova: of least attention by the last query; keynorm: the "    \
      "longest; mean: of least attention a query that saw it")                                     \
    X(INT, slots, "0",                                                                             \
      "keys kept, the current token's included; h2o, random, least: any two of slots, heavy, "     \
      "recent; 0: not given (the small network: half its context)",                                \
      IN(0, 100000000), .only = "policy=window|streaming|recomputation|" ATTNDYN_CACHE_BUDGETED)   \
    X(INT, sinks, "4", "how many of the slots keep the stream's first keys", IN(0, 100000000),     \
      .only = "policy=streaming")                                                                  \
    X(INT, heavy, "0", "how many of the slots keep keys by their score; 0: not given",             \
      IN(0, 100000000), .only = "policy=" ATTNDYN_CACHE_BUDGETED)                                  \
    X(INT, recent, "0",                                                                            \
      "how many of the slots keep the newest keys; 0: not given (tova, keynorm: 1)",               \
      IN(0, 100000000), .only = "policy=" ATTNDYN_CACHE_BUDGETED)                                  \
    X(ENUM(attndyn_cache_positions, ATTNDYN_CACHE_POSITIONS), positions, "cache",                  \
      "which position a key has: its rank among those kept (StreamingLLM), or its place "          \
      "in the stream",                                                                             \
      .only = "policy=window|streaming|" ATTNDYN_CACHE_BUDGETED)                                   \
    X(CHOICE, restart, "none",                                                                     \
      "bos: every fresh pass begins with the token of the beginning, within its slots: the "       \
      "tokenizer's, or where none is at hand the one that the network's config names",             \
      .only = "policy=recomputation")                                                              \
    X(INT, skip, "0", "positions at the beginning that the means leave out", IN(0, 1000000000))    \
    X(INT, seed, "1", "seed of the policy random", .only = "policy=random")
PARAMS(cached, CACHED)
#define PARAMETERS cached

#define POSITIONS(X)                                                                               \
    X(INT, position, "t")                                                                          \
    X(INT, token, "x_t")                                                                           \
    X(REAL, nll, "-ln p(x_{t+1} | the keys that x_t sees)", .unit = "nat")
TABLE_AS(position_row, "positions", POSITIONS, "the negative log-likelihood at each position")

#define SUMMARY(X)                                                                                 \
    X(REAL, nll, "mean over the positions from `skip` on", .unit = "nat")                          \
    X(REAL, perplexity, "exp(nll)")                                                                \
    X(REAL, tokens, "of the text, that of the beginning included")                                 \
    X(REAL, kept, "keys that a query sees at most")                                                \
    X(OPTIONAL, masked_gap,                                                                        \
      "largest difference of a position's nll from the masked pass over all positions; empty for " \
      "recomputation, and for texts of more than 1024 tokens",                                     \
      .unit = "nat")
SCALARS(summary, SUMMARY)

enum { MASKED_MOST = 1024 };

static enum attndyn_status settings(const struct trial *run, const struct cached *p,
                                    const struct subject *s, struct attndyn_evaluation *e) {
    size_t slots = (size_t)p->slots, recent = (size_t)p->recent;
    const bool budgeted = p->policy >= ATTNDYN_CACHE_H2O && p->policy != ATTNDYN_CACHE_TOVA &&
                          p->policy != ATTNDYN_CACHE_KEYNORM; /* these two keep the newest alone */
    if (!s->model && !slots && !p->heavy && !recent) {        /* the small network's own budget */
        slots = SUBJECT_CONTEXT / 2;
        recent = budgeted ? slots / 2 : 0;
    }
    *e = (struct attndyn_evaluation){.cache = {.policy = p->policy,
                                               .slots = slots,
                                               .sinks = (size_t)p->sinks,
                                               .heavy = (size_t)p->heavy,
                                               .recent = recent,
                                               .positions = p->positions,
                                               .seed = (uint64_t)p->seed}};
    if (p->policy != ATTNDYN_CACHE_RECOMPUTATION || p->restart == restart_none) return ATTNDYN_OK;
    e->restart = true;
    e->restart_token = s->codec ? attndyn_codec_bos(s->codec) : ATTNDYN_ID_NONE;
    if (!s->codec && s->model && s->model->bos != ATTNDYN_MODEL_NO_TOKEN)
        e->restart_token = s->model->bos;
    if (e->restart_token != ATTNDYN_ID_NONE) return ATTNDYN_OK;
    return attndyn_fail(
        run->ctx, ATTNDYN_USAGE, "restart=bos: there is no token of the beginning: %s",
        s->codec ? "this tokenizer has none" : "name a tokenizer that has one by tokenizer=PATH");
}

/* Every position's distance from the other route. */
static enum attndyn_status compare(const struct trial *run, const struct subject *s,
                                   const struct attndyn_evaluation *evaluation,
                                   const struct attndyn_tokens *tokens, const double *nll,
                                   double *gap) {
    struct attndyn_evaluation e = *evaluation;
    double *other;
    *gap = NAN;
    if (e.cache.policy == ATTNDYN_CACHE_RECOMPUTATION || tokens->length > MASKED_MOST)
        return ATTNDYN_OK;
    ATTNDYN_ALLOC(run->ctx, other, tokens->length);
    e.masked = true;
    ATTNDYN_TRY(
        attndyn_evaluate(run->ctx, s->weights, &e, tokens->id, tokens->length, other, NULL));
    *gap = 0;
    for (size_t t = 0; t + 1 < tokens->length; t++) worst(gap, other[t] - nll[t]);
    return ATTNDYN_OK;
}

RUN(cached) {
    struct subject subject;
    struct attndyn_tokens tokens;
    struct attndyn_evaluation e;
    double *nll, sum = 0, gap;
    ATTNDYN_TRY(subject_open(run, !*p->ids, &subject));
    ATTNDYN_TRY(subject_text(run, &subject, 4 * SUBJECT_CONTEXT + 1, &tokens));
    ATTNDYN_TRY(settings(run, p, &subject, &e));
    ATTNDYN_TRY(attndyn_cache_resolve(run->ctx, &e.cache));
    size_t n = tokens.length, skip = (size_t)p->skip;
    if (n >= 2 && skip >= n - 1)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "skip=%zu leaves none of the text's %zu positions", skip, n - 1);
    ATTNDYN_ALLOC(run->ctx, nll, n);
    ATTNDYN_TRY(attndyn_evaluate(run->ctx, subject.weights, &e, tokens.id, n, nll, NULL));
    for (size_t t = 0; t + 1 < n; t++)
        ATTNDYN_TRY(EMIT(run, position_row, .position = (long)t, .token = (long)tokens.id[t],
                         .nll = nll[t]));
    for (size_t t = skip; t + 1 < n; t++) sum += nll[t];
    ATTNDYN_TRY(STATE(run, nll, nll, n - 1));
    ATTNDYN_TRY(subject_note(run, &subject, &e.cache, 1, n - 1));
    ATTNDYN_TRY(compare(run, &subject, &e, &tokens, nll, &gap));
    sum /= (double)(n - 1 - skip);
    return SET(run, summary, .nll = sum, .perplexity = exp(sum), .tokens = (double)n,
               .kept = (double)(e.cache.slots && e.cache.slots < n - 1 ? e.cache.slots : n - 1),
               .masked_gap = gap);
}

CLAIM(masked, "CACHE.evaluate-masked", DERIVED,
      "A cache from which keys leave gives what a pass over all positions gives that masks them.",
      "a position's loss differs by more than {bound}", .bound = 1e-4) {
    double gap = SCALAR_OF(run, summary, masked_gap);
    if (isnan(gap)) return verdict_skip(v, "no masked pass was made");
    return verdict_at_most(v, gap, v->bound, "%g tokens, %g keys", SCALAR_OF(run, summary, tokens),
                           SCALAR_OF(run, summary, kept));
}

static const struct check *const cached_claims[] = {&masked, NULL};

const struct experiment experiment_cache_evaluate = {
    .id = "cache/evaluate",
    .title = "The loss of a trained network on a text whose keys do not all stay",
    .source = "StreamingLLM (arXiv 2309.17453), H2O (arXiv 2306.14048), TOVA (arXiv 2401.06104), "
              "key norms (arXiv 2406.11430)",
    .doc =
        "Every layer and key-value head has a list of kept keys. Before x_t is appended to a full list one key leaves, "
        "for ever; then x_t sees the list, itself included: `slots` keys. Where a key's position is its rank among those "
        "kept, keys are cached before they turn; of sinks and a window they turn once, as they come, and sinks have a "
        "query of their own: rotary positions are relative. Which keys leave a window or streaming does not depend on "
        "what is read: these go in blocks, a book in minutes, as dense attention does; h2o and the others keep their "
        "lists token by token. For texts of up to 1024 tokens the run is held against a second route, a pass over all "
        "positions under masks. Beyond the training length `dense` needs positions that go on (rotary, ALiBi, "
        "sinusoidal); learned ones end.",
    .presets =
        (const struct preset[]){
            {"quick", "",
             "a small network, four of its contexts, half a one "
             "kept: a second"},
            {"h2o", "policy=h2o", "the same with H2O, half of it recent"},
            {"dense", "policy=dense", "the same with all keys"},
            {"window", "policy=window", "the same with the last keys"},
            {"recomputation", "policy=recomputation", "the same, anew each time"},
            {0}},
    .tables = TABLES(position_row, the_state),
    .figures = (const struct figure[]){{"evaluate", "cache/evaluate/evaluate.gp",
                                        "The loss, averaged over neighbouring positions, and "
                                        "where keys begin to leave (dotted)."},
                                       {0}},
    PARTS_OF(cached, summary)};
