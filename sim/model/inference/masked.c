/* The other route to the same numbers, for tests: a whole stream at once, layer by layer; attention
 * over all of its positions, of which a mask says what is kept. No list, no slot, no ring; queries
 * and keys do not turn each, but their product, by the difference of their places:
 *     Re(q conj(k) e^(i D w)) over pairs of coordinates, D the query's place less the key's.
 */
#include "../../base/random.h"
#include "inference_private.h"

#include <stdint.h>

struct mask {
    const struct attndyn_cache *cache;
    size_t now, count; /* the query's position, and how many are kept */
    bool *kept;        /* (capacity) */
    double *score;     /* (capacity) */
    uint64_t random;
    const double *future; /* of the present query */
};

/* How many of the kept are newer than position j. */
static size_t newer(const struct mask *m, size_t j) {
    size_t n = 0;
    for (size_t k = j + 1; k < m->now; k++) n += m->kept[k];
    return n;
}

/* Position of the kept key of rank r. */
static size_t at_rank(const struct mask *m, size_t r) {
    size_t j = 0;
    while (!m->kept[j] || r-- > 0) j++;
    return j;
}

static bool may_leave(const struct mask *m, size_t j) {
    return m->kept[j] && newer(m, j) + 1 >= m->cache->recent;
}

/* The key that is worth least leaves. */
static double worth(const struct mask *m, size_t j) {
    if (m->cache->policy == ATTNDYN_CACHE_ORACLE) return m->future[j];
    if (m->cache->policy == ATTNDYN_CACHE_MEAN) return m->score[j] / (double)(m->now - j);
    return m->score[j];
}

/* The position that makes room for `now`. */
static size_t leaves(struct mask *m) {
    const struct attndyn_cache *c = m->cache;
    size_t best = SIZE_MAX;
    const double tie = c->policy == ATTNDYN_CACHE_KEYNORM ? 1 + 1e-5 : 1;
    switch (c->policy) {
    case ATTNDYN_CACHE_DENSE:
    case ATTNDYN_CACHE_RECOMPUTATION:
        break;
    case ATTNDYN_CACHE_WINDOW:
        return m->now - c->slots;
    case ATTNDYN_CACHE_STREAMING:
        return m->now - (c->slots - c->sinks);
    case ATTNDYN_CACHE_RANDOM:
        return at_rank(m, (size_t)(attndyn_splitmix_next(&m->random) % (c->slots - c->recent + 1)));
    case ATTNDYN_CACHE_H2O:
    case ATTNDYN_CACHE_TOVA:
    case ATTNDYN_CACHE_ORACLE:
    case ATTNDYN_CACHE_MEAN:
        for (size_t j = 0; j < m->now; j++)
            if (may_leave(m, j) && (best == SIZE_MAX || worth(m, j) < worth(m, best))) best = j;
        break;
    case ATTNDYN_CACHE_LEAST:
    case ATTNDYN_CACHE_KEYNORM: /* lengths that agree to 1e-5 tie */
        for (size_t j = 0; j < m->now; j++)
            if (may_leave(m, j) && (best == SIZE_MAX || m->score[j] > m->score[best] * tie))
                best = j;
        break;
    }
    return best;
}

/* scale q.k, both turned by their places, without turning them. */
static double product(const struct attndyn_inference *s, const attndyn_real *q,
                      const attndyn_real *k, size_t apart_places) {
    bool interleaved = s->config->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    size_t apart = interleaved ? 1 : s->half, step = interleaved ? 2 : 1;
    double sum = 0;
    if (s->half) {
        const attndyn_real *turns = attndyn_infer_turns_at(s, apart_places, NULL);
        for (size_t j = 0; j < s->half; j++) {
            double qu = (double)q[j * step], qv = (double)q[j * step + apart];
            double ku = (double)k[j * step], kv = (double)k[j * step + apart];
            sum += (qu * ku + qv * kv) * (double)turns[2 * j] -
                   (qv * ku - qu * kv) * (double)turns[2 * j + 1];
        }
    }
    for (size_t x = 2 * s->half; x < s->config->head_width; x++) sum += (double)q[x] * (double)k[x];
    return s->config->attention_scale * sum;
}

/* The output of a head for the newest token, m->now, of the piece whose rows are qkv; g: the head's
 * keys and values. */
static void attend_head(struct attndyn_inference *s, struct mask *m, const attndyn_real *qkv,
                        size_t layer, size_t head, size_t g, attndyn_real *weights,
                        attndyn_real *to) {
    const struct attndyn_transformer_config *c = s->config;
    size_t G = c->kv_heads, a = c->head_width, ld = infer_qkv_width(c), t = m->now, seen = 0;
    size_t window = attndyn_transformer_window(c, layer);
    for (size_t x = 0; x < a; x++) to[x] = 0;
    for (int pass = 0; pass < 2; pass++) { /* scores, then sums of values */
        size_t at = 0, rank = 0;
        for (size_t j = 0; j <= t; j++) {
            if (!m->kept[j]) continue;
            size_t off = infer_by_rank(s) ? m->count - 1 - rank : t - j;
            rank++;
            if ((window && off >= window) || (!c->self && j == t)) continue;
            if (pass == 0) {
                double score =
                    product(s, qkv + t * ld + head * a, qkv + j * ld + (c->heads + g) * a, off);
                if (c->position == ATTNDYN_POSITION_ALIBI)
                    score -= attndyn_alibi_slope(c->heads, head) * (double)off;
                weights[seen++] = (attndyn_real)score;
                continue;
            }
            attndyn_real w = weights[at++];
            const attndyn_real *v = qkv + j * ld + (c->heads + G + g) * a;
            for (size_t x = 0; x < a; x++) to[x] += w * v[x];
            if (s->policy->look) m->score[j] += (double)w;
        }
        if (pass == 1) continue;
        attndyn_real factor =
            attndyn_infer_weigh(c, seen, weights, seen, attndyn_infer_top(c, seen, weights, seen));
        for (size_t j = 0; j < seen; j++) weights[j] *= factor;
    }
}

static void attend(struct attndyn_inference *s, const void *user, size_t i, size_t thread) {
    const struct attndyn_transformer_config *c = s->config;
    size_t layer = *(const size_t *)user, G = c->kv_heads, g = i % G, a = c->head_width;
    size_t ld = infer_qkv_width(c), each = c->heads / G;
    const struct infer_piece *piece = &s->piece[i / G];
    const attndyn_real *qkv = s->qkv + piece->row * ld;
    struct mask m = {.cache = &s->cache,
                     .kept = s->mask_kept + thread * s->capacity,
                     .score = s->mask_score + thread * s->capacity,
                     .random = attndyn_random_derive(s->cache.seed, "cache",
                                                     (piece->stream * c->layers + layer) * G + g)};
    for (size_t j = 0; j < piece->count; j++) m.kept[j] = false;
    for (size_t t = 0; t < piece->count; t++) {
        const attndyn_real *own = qkv + t * ld + (c->heads + g) * a;
        m.now = t;
        m.future = infer_future(s, layer, g, t);
        if (s->policy->evicts && m.count == s->cache.slots) {
            m.kept[leaves(&m)] = false;
            m.count--;
        }
        m.kept[t] = true;
        m.count++;
        m.score[t] = 0;
        for (size_t x = 0; s->cache.policy == ATTNDYN_CACHE_KEYNORM && x < a; x++)
            m.score[t] += (double)own[x] * (double)own[x];
        for (size_t j = 0; s->cache.policy == ATTNDYN_CACHE_TOVA && j <= t; j++) m.score[j] = 0;
        for (size_t head = g * each; head < (g + 1) * each; head++)
            attend_head(s, &m, qkv, layer, head, g, s->attention + thread * s->weights_each,
                        s->context + ((piece->row + t) * c->heads + head) * a);
    }
}

void attndyn_infer_attend_masked(struct attndyn_inference *s, size_t layer) {
    attndyn_infer_share(s, true, s->pieces * s->config->kv_heads, attend, &layer);
}
