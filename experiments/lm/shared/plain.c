#include "plain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef double complex number;

/* ------------------------------------------------------------------ numbers */

/* erf of a number whose imaginary part is a small step: its square is below rounding. */
static number error_function(number x) {
    double re = creal(x);
    return erf(re) + _Complex_I * cimag(x) * (M_2_SQRTPI * exp(-re * re));
}

static number activate(enum attndyn_mlp kind, number x) {
    switch (kind) {
    case ATTNDYN_MLP_RELU:
        return creal(x) > 0 ? x : 0;
    case ATTNDYN_MLP_QUADRATIC:
        return x * x;
    case ATTNDYN_MLP_GELU:
        return x * (1 + error_function(x * M_SQRT1_2)) / 2;
    case ATTNDYN_MLP_GELU_TANH:
        return x * (1 + ctanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))) / 2;
    case ATTNDYN_MLP_SILU:
    case ATTNDYN_MLP_SWIGLU:
        return x / (1 + cexp(-x));
    case ATTNDYN_MLP_LINEAR:
    case ATTNDYN_MLP_NONE:
        break;
    }
    return x;
}

/* ------------------------------------------------------------------ rows */

struct walk {
    const struct plain *network;
    const struct attndyn_transformer_config *c;
    const struct plain_pass *pass;
    size_t length;
    number *q, *k, *v, *context;          /* of a layer: (T, H a), (T, G a), (T, G a), (T, H a) */
    number *normed, *summand, *up, *gate; /* of a row */
    double *score, *newest; /* of keys: what they got so far, and from the last query */
    number *weight;         /* of keys */
    size_t *list, *shown;   /* the keys that there are, in their order; those that a query sees */
};

static const number *tensor(const struct walk *w, size_t block, const char *name) {
    char full[64];
    snprintf(full, sizeof full, "layers.%zu.%s", block, name);
    const struct plain_tensor *t = plain_find(w->network, full);
    return t ? t->at : NULL;
}

static const number *ends(const struct walk *w, const char *name) {
    const struct plain_tensor *t = plain_find(w->network, name);
    return t ? t->at : NULL;
}

/* y = W x + b, W (rows, columns); without W a copy. */
static void map(const number *W, const number *b, size_t rows, size_t columns, const number *x,
                number *y) {
    for (size_t i = 0; i < rows; i++) {
        number sum = W ? 0 : x[i];
        for (size_t j = 0; W && j < columns; j++) sum += W[i * columns + j] * x[j];
        y[i] = sum + (b ? b[i] : 0);
    }
}

static void norm(const struct attndyn_transformer_config *c, const number *gain, const number *bias,
                 const number *x, number *y) {
    size_t d = c->width;
    number mean = 0, square = 0;
    if (c->norm == ATTNDYN_NORM_NONE) {
        memmove(y, x, d * sizeof *y);
        return;
    }
    for (size_t j = 0; c->norm == ATTNDYN_NORM_LAYER && j < d; j++) mean += x[j] / (double)d;
    for (size_t j = 0; j < d; j++) square += (x[j] - mean) * (x[j] - mean);
    if (c->norm != ATTNDYN_NORM_L2) square = square / (double)d + c->norm_epsilon;
    for (size_t j = 0; j < d; j++)
        y[j] = (x[j] - mean) / csqrt(square) * (gain ? gain[j] : 1) + (bias ? bias[j] : 0);
}

static void norm_of(const struct walk *w, size_t block, const char *name, const number *x,
                    number *y) {
    char gain[40], bias[40];
    snprintf(gain, sizeof gain, "%s.weight", name);
    snprintf(bias, sizeof bias, "%s.bias", name);
    norm(w->c, tensor(w, block, gain), tensor(w, block, bias), x, y);
}

/* ------------------------------------------------------------------ attention */

/* Su et al. (2021): pair j of the coordinates that turn, by t base^(-2 j / their number). */
static void turn(const struct attndyn_transformer_config *c, double t, const number *x,
                 number *to) {
    size_t pairs = (size_t)((double)c->head_width * c->rope_fraction) / 2;
    bool halves = c->position == ATTNDYN_POSITION_ROPE_HALF;
    memcpy(to, x, c->head_width * sizeof *x);
    if (!halves && c->position != ATTNDYN_POSITION_ROPE_INTERLEAVED) return;
    for (size_t j = 0; j < pairs; j++) {
        size_t one = halves ? j : 2 * j, other = halves ? j + pairs : 2 * j + 1;
        double angle = t * pow(c->rope_base, -2 * (double)j / (double)(2 * pairs));
        to[one] = x[one] * cos(angle) - x[other] * sin(angle);
        to[other] = x[one] * sin(angle) + x[other] * cos(angle);
    }
}

/* Press et al. (2022): a geometric sequence for a power of two; for another number of heads that of
 * the next lower power, then every other one of that of twice the power. */
static double slope(size_t heads, size_t head) {
    size_t power = (size_t)1 << (size_t)floor(log2((double)heads));
    if (head < power) return pow(2, -8 * ((double)head + 1) / (double)power);
    return pow(2, -8 * (2 * (double)(head - power) + 1) / (2 * (double)power));
}

static bool sees(const struct attndyn_transformer_config *c, size_t layer, size_t query,
                 size_t key) {
    size_t window = c->layer_windows ? c->layer_windows[layer] : c->window;
    size_t distance = query > key ? query - key : key - query;
    if (c->causal && key > query) return false;
    if (!c->self && key == query) return false;
    return window == 0 || distance < window;
}

static number score(const struct walk *w, size_t head, size_t query, size_t key, double at_query,
                    double at_key) {
    const struct attndyn_transformer_config *c = w->c;
    size_t a = c->head_width, group = head / (c->heads / c->kv_heads);
    number sum = 0, q[a], k[a];
    turn(c, at_query, w->q + (query * c->heads + head) * a, q);
    turn(c, at_key, w->k + (key * c->kv_heads + group) * a, k);
    for (size_t j = 0; j < a; j++) sum += q[j] * k[j];
    sum *= c->attention_scale;
    if (c->position == ATTNDYN_POSITION_ALIBI)
        sum -= slope(c->heads, head) * fabs(at_query - at_key);
    return sum;
}

/* Scores of n keys become weights; a key that counts several times is as many keys. */
static void weigh(const struct walk *w, size_t n, number *s) {
    enum attndyn_attention kind = w->c->attention;
    const double *counts = w->pass->counts;
    bool divided = kind == ATTNDYN_ATTENTION_SOFTMAX || kind == ATTNDYN_ATTENTION_OFF_BY_ONE;
    double most = kind == ATTNDYN_ATTENTION_OFF_BY_ONE ? 0 : -INFINITY;
    for (size_t i = 0; divided && i < n; i++) most = fmax(most, creal(s[i]));
    number sum = kind == ATTNDYN_ATTENTION_OFF_BY_ONE ? exp(-most) : 0;
    for (size_t i = 0; i < n; i++) {
        if (divided) s[i] = cexp(s[i] - most);
        if (kind == ATTNDYN_ATTENTION_EXP) s[i] = cexp(s[i]);
        if (kind == ATTNDYN_ATTENTION_RELU && creal(s[i]) <= 0) s[i] = 0;
        if (kind == ATTNDYN_ATTENTION_SIGMOID) s[i] = 1 / (1 + cexp(-s[i]));
        if (counts) s[i] *= counts[w->shown[i]];
        sum += s[i];
    }
    for (size_t i = 0; divided && i < n; i++) s[i] /= sum;
}

/* Which of n keys leaves before another comes: cache.h's words. */
static size_t leaves(const struct walk *w, size_t group, size_t n) {
    const struct attndyn_cache *cache = &w->pass->cache;
    size_t a = w->c->head_width, stay = cache->recent ? cache->recent - 1 : 0, worst = 0;
    double most = -INFINITY;
    if (cache->policy == ATTNDYN_CACHE_WINDOW) return 0;
    if (cache->policy == ATTNDYN_CACHE_STREAMING) return cache->sinks;
    for (size_t i = 0; i < n - stay; i++) {
        size_t j = w->list[i];
        double bad = 0;
        if (cache->policy == ATTNDYN_CACHE_H2O) bad = -w->score[j];
        if (cache->policy == ATTNDYN_CACHE_LEAST) bad = w->score[j];
        if (cache->policy == ATTNDYN_CACHE_TOVA) bad = -w->newest[j];
        const number *k = w->k + (j * w->c->kv_heads + group) * a;
        for (size_t x = 0; cache->policy == ATTNDYN_CACHE_KEYNORM && x < a; x++)
            bad += creal(k[x]) * creal(k[x]);
        /* squares of norms that agree to 1e-5 tie, and the first wins */
        if (bad > most * (cache->policy == ATTNDYN_CACHE_KEYNORM ? 1 + 1e-5 : 1))
            most = bad, worst = i;
    }
    return worst;
}

static bool by_rank(const struct walk *w) {
    const struct attndyn_cache *cache = &w->pass->cache;
    return cache->policy != ATTNDYN_CACHE_DENSE && cache->positions == ATTNDYN_CACHE_RANKS;
}

/* The list with the query's own key: all keys, or those that the cache still has. Returns their
 * number. */
static size_t list_of(const struct walk *w, size_t group, size_t query, size_t n) {
    if (w->pass->cache.policy == ATTNDYN_CACHE_DENSE) {
        for (size_t j = 0; j < w->length; j++) w->list[j] = j;
        return w->length;
    }
    if (n == w->pass->cache.slots) {
        size_t out = leaves(w, group, n);
        for (size_t i = out; i + 1 < n; i++) w->list[i] = w->list[i + 1];
        n--;
    }
    w->list[n] = query;
    return n + 1;
}

/* One head's sum of values for one query, over those of n keys that it sees. */
static void attend(const struct walk *w, size_t layer, size_t head, size_t query, size_t n) {
    const struct attndyn_transformer_config *c = w->c;
    size_t a = c->head_width, G = c->kv_heads, group = head / (c->heads / G), seen = 0;
    size_t own = by_rank(w) ? n - 1 : query;
    number *out = w->context + (query * c->heads + head) * a;
    for (size_t i = 0; i < n; i++) {
        size_t place = by_rank(w) ? i : w->list[i];
        if (!sees(c, layer, own, place)) continue;
        w->shown[seen] = w->list[i];
        w->weight[seen++] = score(w, head, query, w->list[i], (double)own, (double)place);
    }
    weigh(w, seen, w->weight);
    for (size_t x = 0; x < a; x++) out[x] = 0;
    for (size_t i = 0; i < seen; i++) {
        for (size_t x = 0; x < a; x++)
            out[x] += w->weight[i] * w->v[(w->shown[i] * G + group) * a + x];
        w->newest[w->shown[i]] += creal(w->weight[i]);
    }
}

static void attend_group(const struct walk *w, size_t layer, size_t group) {
    size_t T = w->length, each = w->c->heads / w->c->kv_heads, n = 0;
    for (size_t j = 0; j < T; j++) w->score[j] = 0;
    for (size_t t = 0; t < T; t++) {
        n = list_of(w, group, t, n);
        for (size_t j = 0; j < T; j++) w->newest[j] = 0;
        for (size_t h = group * each; h < (group + 1) * each; h++) attend(w, layer, h, t, n);
        for (size_t j = 0; j < T; j++) w->score[j] += w->newest[j];
    }
    for (size_t i = 0; w->pass->kept && i < n; i++)
        w->pass->kept[(layer * w->c->kv_heads + group) * T + w->list[i]] = true;
}

/* ------------------------------------------------------------------ layers */

/* The heads' sums for all rows of normed input, through the output map: (T, d). */
static void attention(const struct walk *w, size_t layer, size_t block, const number *in,
                      number *out) {
    const struct attndyn_transformer_config *c = w->c;
    size_t d = c->width, q = c->heads * c->head_width, kv = c->kv_heads * c->head_width;
    for (size_t t = 0; t < w->length; t++) {
        map(tensor(w, block, "attention.query.weight"), tensor(w, block, "attention.query.bias"), q,
            d, in + t * d, w->q + t * q);
        map(tensor(w, block, "attention.key.weight"), tensor(w, block, "attention.key.bias"), kv, d,
            in + t * d, w->k + t * kv);
        map(tensor(w, block, "attention.value.weight"), tensor(w, block, "attention.value.bias"),
            kv, d, in + t * d, w->v + t * kv);
    }
    for (size_t g = 0; g < c->kv_heads; g++) attend_group(w, layer, g);
    for (size_t t = 0; t < w->length; t++)
        map(tensor(w, block, "attention.output.weight"), tensor(w, block, "attention.output.bias"),
            d, q, w->context + t * q, out + t * d);
}

static void mlp(const struct walk *w, size_t block, const number *in, number *out) {
    const struct attndyn_transformer_config *c = w->c;
    map(tensor(w, block, "mlp.up.weight"), tensor(w, block, "mlp.up.bias"), c->hidden, c->width, in,
        w->up);
    if (c->mlp == ATTNDYN_MLP_SWIGLU)
        map(tensor(w, block, "mlp.gate.weight"), tensor(w, block, "mlp.gate.bias"), c->hidden,
            c->width, in, w->gate);
    for (size_t i = 0; i < c->hidden; i++)
        w->up[i] = c->mlp == ATTNDYN_MLP_SWIGLU ? activate(c->mlp, w->gate[i]) * w->up[i]
                                                : activate(c->mlp, w->up[i]);
    map(tensor(w, block, "mlp.down.weight"), tensor(w, block, "mlp.down.bias"), c->width, c->hidden,
        w->up, out);
}

/* One layer, in place: x (T, d); `in` and `sum` are room of the same size. */
static void layer(const struct walk *w, size_t l, number *x, number *in, number *sum) {
    const struct attndyn_transformer_config *c = w->c;
    size_t d = c->width, T = w->length, block = c->layer_map ? c->layer_map[l] : l;
    bool pre = c->placement == ATTNDYN_PLACEMENT_PRE, both = c->parallel;
    for (size_t t = 0; t < T; t++)
        if (pre) norm_of(w, block, "norm1", x + t * d, in + t * d);
    attention(w, l, block, pre ? in : x, sum);
    for (size_t t = 0; t < T; t++) {
        number *row = x + t * d, *add = sum + t * d;
        for (size_t j = 0; j < d; j++) add[j] += c->residual ? row[j] : 0;
        if (!pre) norm_of(w, block, "norm1", add, add);
        if (c->mlp == ATTNDYN_MLP_NONE) {
            memcpy(row, add, d * sizeof *row);
            continue;
        }
        const number *from = both ? row : add;
        if (pre) norm_of(w, block, "norm2", from, w->normed);
        mlp(w, block, pre ? w->normed : from, w->summand);
        for (size_t j = 0; j < d; j++) row[j] = w->summand[j] + (c->residual || both ? add[j] : 0);
        if (!pre) norm_of(w, block, "norm2", row, row);
    }
}

/* Token and position, (d). A vector that enters with the token has the place of its key among those
 * that there are when it is read. */
static void enter(const struct walk *w, uint32_t token, size_t t, number *x) {
    const struct attndyn_transformer_config *c = w->c;
    size_t d = c->width, e = c->embedding_width;
    const number *learned = ends(w, "position.weight");
    number scaled[e];
    for (size_t j = 0; j < e; j++)
        scaled[j] = c->embedding_scale * ends(w, "embedding.weight")[token * e + j];
    map(ends(w, "project_in.weight"), NULL, d, e, scaled, x);
    if (by_rank(w) && t >= w->pass->cache.slots) t = w->pass->cache.slots - 1;
    for (size_t j = 0; j < d; j++) {
        double angle = (double)t / pow(10000, 2 * floor((double)j / 2) / (double)d);
        if (learned) x[j] += learned[(t + c->position_offset) * d + j];
        if (c->position == ATTNDYN_POSITION_SINUSOIDAL)
            x[j] += j % 2 == 0 ? sin(angle) : cos(angle);
    }
    if (c->embedding_norm)
        norm(c, ends(w, "embedding_norm.weight"), ends(w, "embedding_norm.bias"), x, x);
}

static void leave(const struct walk *w, const number *x, number *logits) {
    const struct attndyn_transformer_config *c = w->c;
    size_t d = c->width, e = c->embedding_width;
    number last[d], narrow[e];
    memcpy(last, x, sizeof last);
    if (c->final_norm) norm(c, ends(w, "norm.weight"), ends(w, "norm.bias"), x, last);
    map(ends(w, "project_out.weight"), NULL, e, d, last, narrow);
    map(ends(w, c->tied ? "embedding.weight" : "decoder.weight"), ends(w, "decoder.bias"),
        c->outputs, e, narrow, logits);
}

enum attndyn_status plain_logits(struct attndyn_context *ctx, const struct plain *network,
                                 const struct plain_pass *pass, const uint32_t *tokens,
                                 size_t length, double complex *logits) {
    const struct attndyn_transformer_config *c = &network->config;
    size_t T = length, d = c->width, a = c->head_width;
    struct walk w = {.network = network, .c = c, .pass = pass, .length = T};
    number *x, *in, *sum;
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_ALLOC(ctx, x, T * d);
    ATTNDYN_ALLOC(ctx, in, T * d);
    ATTNDYN_ALLOC(ctx, sum, T * d);
    ATTNDYN_ALLOC(ctx, w.q, T * c->heads * a);
    ATTNDYN_ALLOC(ctx, w.k, T * c->kv_heads * a);
    ATTNDYN_ALLOC(ctx, w.v, T * c->kv_heads * a);
    ATTNDYN_ALLOC(ctx, w.context, T * c->heads * a);
    ATTNDYN_ALLOC(ctx, w.normed, d);
    ATTNDYN_ALLOC(ctx, w.summand, d);
    ATTNDYN_ALLOC(ctx, w.up, c->hidden + 1);
    ATTNDYN_ALLOC(ctx, w.gate, c->hidden + 1);
    ATTNDYN_ALLOC(ctx, w.score, T);
    ATTNDYN_ALLOC(ctx, w.newest, T);
    ATTNDYN_ALLOC(ctx, w.weight, T);
    ATTNDYN_ALLOC(ctx, w.list, T + 1);
    ATTNDYN_ALLOC(ctx, w.shown, T + 1);
    for (size_t t = 0; t < T; t++) enter(&w, tokens[t], t, x + t * d);
    for (size_t l = 0; l < c->layers; l++) layer(&w, l, x, in, sum);
    for (size_t t = 0; t < T; t++) leave(&w, x + t * d, logits + t * c->outputs);
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}
