#include "policy_private.h"

#include "../../base/random.h"

#include <math.h>

static double add(double score, double weight) {
    return score + weight;
}
static double replace(double score, double weight) {
    (void)score;
    return weight;
}
static double as_it_is(double norm2) {
    return norm2;
}

static size_t first(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    (void)cache, (void)kept;
    return 0;
}
static size_t behind_sinks(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    (void)kept;
    return cache->sinks;
}

/* How many keys, from the oldest on, may leave. */
static size_t candidates(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    return kept->count - (cache->recent - 1);
}
static size_t smallest(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    size_t best = 0;
    for (size_t i = 1; i < candidates(cache, kept); i++)
        if (kept->score[i] < kept->score[best]) best = i;
    return best;
}
static size_t largest(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    size_t best = 0;
    for (size_t i = 1; i < candidates(cache, kept); i++)
        if (kept->score[i] > kept->score[best]) best = i;
    return best;
}
/* Equal tokens have equal keys in the first layer, up to rounding: norms that agree to 1e-5 tie. */
static size_t longest(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    size_t best = 0;
    for (size_t i = 1; i < candidates(cache, kept); i++)
        if (kept->score[i] > kept->score[best] * (1 + 1e-5)) best = i;
    return best;
}
static size_t needed_least(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    size_t best = 0;
    for (size_t i = 1; i < candidates(cache, kept); i++)
        if (kept->future[kept->position[i]] < kept->future[kept->position[best]]) best = i;
    return best;
}
static size_t any(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    return (size_t)(attndyn_splitmix_next(kept->random) % candidates(cache, kept));
}

/* By the queries that have seen it: older keys have been summed up for longer. */
static size_t smallest_mean(const struct attndyn_cache *cache, const struct infer_kept *kept) {
    const uint64_t now = kept->position[kept->count - 1] + 1;
    double least = INFINITY;
    size_t best = 0;
    for (size_t i = 0; i < candidates(cache, kept); i++) {
        const double mean = kept->score[i] / (double)(now - kept->position[i]);
        if (mean < least) least = mean, best = i;
    }
    return best;
}

/* In the order of the enumeration. */
#define SCORED(id, name, alone, start, look, leave)                                                \
    {name, true, true, alone, false, start, look, leave},
static const struct infer_policy policies[] = {
    {"dense", false, false, false, true, NULL, NULL, NULL},
    {"window", true, false, false, true, NULL, NULL, first},
    {"streaming", true, false, false, true, NULL, NULL, behind_sinks},
    {"recomputation", false, false, false, true, NULL, NULL, NULL},
    {"h2o", true, true, false, false, NULL, add, smallest},
    ATTNDYN_CACHE_SCORED(SCORED){"oracle", true, true, true, false, NULL, NULL, needed_least}};
enum { POLICIES = sizeof policies / sizeof *policies };

const struct infer_policy *attndyn_infer_policy(enum attndyn_cache_policy policy) {
    return &policies[policy];
}

const char *attndyn_cache_policy_name(enum attndyn_cache_policy policy) {
    return (size_t)policy < POLICIES ? policies[policy].name : NULL;
}

/* slots = heavy + recent from any two of them. */
static enum attndyn_status resolve_budget(struct attndyn_context *ctx, struct attndyn_cache *c) {
    const char *name = policies[c->policy].name;
    const bool alone = policies[c->policy].alone;
    if (alone && c->recent == 0 && c->heavy == 0) c->recent = 1;
    int given = (c->slots > 0) + (c->heavy > 0) + (c->recent > 0);
    if (given < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "cache %s: %s", name,
                            alone ? "slots, the number of keys kept, must be at least 1"
                                  : "give two of slots, heavy and recent (slots = heavy + recent)");
    if (c->slots == 0) c->slots = c->heavy + c->recent;
    if (c->heavy == 0 && c->slots > c->recent) c->heavy = c->slots - c->recent;
    if (c->recent == 0 && c->slots > c->heavy) c->recent = c->slots - c->heavy;
    if (c->recent < 1 || c->heavy + c->recent != c->slots)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "cache %s: heavy (%zu) + recent (%zu, at least 1) must be slots (%zu)",
                            name, c->heavy, c->recent, c->slots);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_cache_resolve(struct attndyn_context *ctx, struct attndyn_cache *c) {
    if ((size_t)c->policy >= POLICIES)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "cache: no policy %d", (int)c->policy);
    const struct infer_policy *policy = &policies[c->policy];
    if (c->policy == ATTNDYN_CACHE_DENSE) {
        c->slots = c->sinks = c->heavy = c->recent = 0;
        c->positions = ATTNDYN_CACHE_ORIGINAL;
        return ATTNDYN_OK;
    }
    if (c->policy == ATTNDYN_CACHE_ORACLE && (!c->future || c->length == 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "cache oracle: the attention to come is not given: take a policy that "
                            "does not know it");
    if (policy->budgeted) return resolve_budget(ctx, c);
    if (c->slots < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "cache %s: slots, the number of keys kept, must be at least 1",
                            policy->name);
    if (c->policy != ATTNDYN_CACHE_STREAMING) c->sinks = 0;
    if (c->sinks >= c->slots)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "cache streaming: %zu sinks leave no room for the newest token in %zu "
                            "slots: expected fewer sinks than slots",
                            c->sinks, c->slots);
    return ATTNDYN_OK;
}
