/* The chain: what it draws, and the statistics of what it draws.
 *
 * After a symbol that is not a trigger the next one is drawn from P(n | m); after a trigger the
 * symbol before it is repeated. A trigger never follows a trigger, so what is repeated is never
 * one. A state is the last symbol and, where that is a trigger, the one before it. */
#include "backcopy.h"

#include <string.h>

enum attndyn_status chain_create(const struct trial *run, const struct backcopy *p,
                                 struct chain *chain) {
    const size_t V = (size_t)p->symbols, S = (size_t)p->successors;
    struct attndyn_random random;
    double *key;
    *chain = (struct chain){.symbols = V, .triggers = (size_t)p->triggers, .bos = true};
    ATTNDYN_ALLOC(run->ctx, chain->next, V * V);
    ATTNDYN_ALLOC(run->ctx, chain->start, V);
    ATTNDYN_ALLOC(run->ctx, key, V);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->chain_seed, "chain", 0)));
    double sum = 0;
    for (size_t m = 0; m < V; m++) {
        /* successors without replacement, by popularity 1/(n + 1): the largest Gumbel keys */
        for (size_t n = 0; n < V; n++)
            key[n] = -log((double)(n + 1)) - log(-log(1 - attndyn_random_uniform(&random)));
        sum = 0;
        for (size_t k = 0; k < S; k++) {
            size_t best = 0;
            for (size_t n = 1; n < V; n++)
                if (key[n] > key[best]) best = n;
            key[best] = -INFINITY;
            chain->next[m * V + best] = 1 / (double)(k + 1);
            sum += 1 / (double)(k + 1);
        }
        for (size_t n = 0; n < V; n++) chain->next[m * V + n] /= sum;
    }
    attndyn_random_done(&random);
    sum = 0;
    for (size_t n = chain->triggers; n < V; n++) sum += chain->start[n] = 1 / (double)(n + 1);
    for (size_t n = 0; n < V; n++) chain->start[n] /= sum;
    attndyn_free(run->ctx, key);
    return ATTNDYN_OK;
}

static uint32_t one_of(struct attndyn_random *random, size_t n, const double *p) {
    double u = attndyn_random_uniform(random);
    size_t last = 0;
    for (size_t j = 0; j < n; j++) {
        if (p[j] <= 0) continue;
        last = j;
        if (u < p[j]) return (uint32_t)j;
        u -= p[j];
    }
    return (uint32_t)last; /* rounding */
}

void chain_draw(const void *task, struct attndyn_random *random, size_t length, uint32_t *tokens,
                uint32_t *targets) {
    const struct chain *c = task;
    const size_t V = c->symbols,
                 late = c->bos ? 0 : 1 + (size_t)(attndyn_random_uniform(random) * 8);
    uint32_t before = (uint32_t)V, at = (uint32_t)V; /* BOS */
    for (size_t t = 0; t < late + length; t++) {
        const uint32_t next = at == V            ? one_of(random, V, c->start)
                              : at < c->triggers ? before
                                                 : one_of(random, V, c->next + at * V);
        if (t >= late) tokens[t - late] = at, targets[t - late] = next;
        before = at;
        at = next;
    }
}

/* States: symbol m that is no trigger: m; trigger m behind a: V + m V + a. */
static size_t state_of(size_t V, size_t triggers, size_t before, size_t at) {
    return at < triggers ? V + at * V + before : at;
}

struct sums {
    size_t V, states;
    double *p; /* (states): the present token's state */
    double
        *seen; /* (V + 1, states): expected number of l among the tokens before, with the state */
    double *p_next, *seen_next;
};

static void move(struct sums *s, size_t from, size_t to, double by) {
    if (by == 0) return;
    s->p_next[to] += by * s->p[from];
    for (size_t l = 0; l <= s->V; l++)
        s->seen_next[l * s->states + to] += by * s->seen[l * s->states + from];
}

static void advance(const struct chain *c, struct sums *s) {
    const size_t V = s->V;
    /* from now on the present token counts as an earlier one */
    for (size_t m = 0; m < V; m++) {
        for (size_t a = 0; m < c->triggers && a < V; a++) {
            const size_t at = V + m * V + a;
            s->seen[m * s->states + at] += s->p[at];
        }
        if (m >= c->triggers) s->seen[m * s->states + m] += s->p[m];
    }
    memset(s->p_next, 0, s->states * sizeof *s->p_next);
    memset(s->seen_next, 0, (V + 1) * s->states * sizeof *s->seen_next);
    for (size_t m = 0; m < V; m++)
        for (size_t x = 0; x < V; x++) {
            if (m < c->triggers)
                move(s, V + m * V + x, x, 1); /* x stood before the trigger, and again */
            else
                move(s, m, state_of(V, c->triggers, m, x), c->next[m * V + x]);
        }
    double *p = s->p, *seen = s->seen;
    s->p = s->p_next, s->p_next = p;
    s->seen = s->seen_next, s->seen_next = seen;
}

/* Probability of (last m, next n), and the expected numbers of tokens before into seen (V + 1). */
static double pair(const struct chain *c, const struct sums *s, size_t m, size_t n, double *seen) {
    const size_t V = s->V, at = m < c->triggers ? V + m * V + n : m;
    const double by = m < c->triggers ? 1 : c->next[m * V + n];
    for (size_t l = 0; l <= V; l++) seen[l] = by * s->seen[l * s->states + at];
    return by * s->p[at];
}

enum attndyn_status chain_distribution(const struct trial *run, const struct chain *c,
                                       size_t length, struct attndyn_distribution **distribution,
                                       size_t **next, double *entropy) {
    struct attndyn_context *ctx = run->ctx;
    const size_t V = c->symbols, M = V + 1;
    struct sums s = {.V = V, .states = V + c->triggers * V};
    double *seen, *p, *weight, mass = 0;
    size_t K = 0, *last;
    ATTNDYN_ALLOC(ctx, s.p, s.states);
    ATTNDYN_ALLOC(ctx, s.p_next, s.states);
    ATTNDYN_ALLOC(ctx, s.seen, M * s.states);
    ATTNDYN_ALLOC(ctx, s.seen_next, M * s.states);
    ATTNDYN_ALLOC(ctx, seen, M);
    for (size_t n = 0; n < V; n++) {
        s.p[n] = c->start[n];
        s.seen[V * s.states + n] = c->start[n]; /* BOS */
    }
    for (size_t t = 1; t + 1 < length; t++) advance(c, &s);
    for (size_t m = 0; m < V; m++)
        for (size_t n = 0; n < V; n++) K += pair(c, &s, m, n, seen) > 0;
    ATTNDYN_ALLOC(ctx, p, K * M);
    ATTNDYN_ALLOC(ctx, weight, K);
    ATTNDYN_ALLOC(ctx, last, K);
    ATTNDYN_ALLOC(ctx, *next, K);
    *entropy = 0;
    size_t k = 0;
    for (size_t m = 0; m < V; m++) {
        if (m >= c->triggers) mass += s.p[m];
        for (size_t n = 0; n < V; n++) {
            const double of = pair(c, &s, m, n, seen);
            if (!(of > 0)) continue;
            if (m >= c->triggers) *entropy -= of * log(c->next[m * V + n]);
            for (size_t l = 0; l < M; l++) p[k * M + l] = seen[l] / of / (double)(length - 1);
            weight[k] = of;
            last[k] = m;
            (*next)[k++] = n;
        }
    }
    *entropy /= mass;
    return attndyn_distribution_dense(ctx, K, M, p, last, weight, distribution);
}
