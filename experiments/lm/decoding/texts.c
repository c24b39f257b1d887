/* Likelihoods of a text, and draws, against plain passes over what each number may see. */
#include "sim/base/random.h"
#include "sim/model/inference/continuation.h"
#include "sim/model/inference/evaluate.h"
#include "sim/model/inference/generate.h"
#include "subject.h"

#include <string.h>

enum { WINDOW = 10, STRIDE = 4, SLOTS = 7, RESTART = 3 };

/* -log p of `target` by a row of logits, and the most probable token. */
static double nll_of(size_t outputs, const double *logits, uint32_t target, uint32_t *best) {
    double sum = 0;
    *best = 0;
    for (size_t j = 0; j < outputs; j++)
        if (logits[j] > logits[*best]) *best = (uint32_t)j;
    for (size_t j = 0; j < outputs; j++) sum += exp(logits[j] - logits[*best]);
    return log(sum) + logits[*best] - logits[target];
}

/* The pass that position t's number comes from, written into `pass`; its length. */
static size_t pass_of(const struct attndyn_evaluation *e, const uint32_t *tokens, size_t t,
                      uint32_t *pass) {
    size_t from = 0, front = 0, length;
    if (e->window) /* the first of 0, stride, 2 stride, ... whose window reaches t */
        while (from + e->window <= t) from += e->stride;
    if (e->cache.policy == ATTNDYN_CACHE_RECOMPUTATION) {
        front = e->restart;
        if (t + 1 + front > e->cache.slots) from = t + 1 + front - e->cache.slots;
    }
    length = t + 1 - from;
    if (front) pass[0] = e->restart_token;
    memcpy(pass + front, tokens + from, length * sizeof *pass);
    return length + front;
}

static enum attndyn_status evaluate(const struct trial *run, const struct subject *s,
                                    const char *name, const struct attndyn_evaluation *e) {
    struct attndyn_context *ctx = run->ctx;
    size_t n = s->length;
    uint32_t *best, *pass, most;
    double *nll, *logits, off = 0;
    long others = 0;
    ATTNDYN_ALLOC(ctx, nll, n);
    ATTNDYN_ALLOC(ctx, best, n);
    ATTNDYN_ALLOC(ctx, pass, n + 1);
    ATTNDYN_TRY(attndyn_evaluate(ctx, s->weights, e, s->tokens, n, nll, best));
    for (size_t t = 0; t + 1 < n; t++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        size_t length = pass_of(e, s->tokens, t, pass);
        ATTNDYN_TRY(subject_plain(ctx, s, NULL, NULL, pass, length, &logits));
        double exact =
            nll_of(s->outputs, logits + (length - 1) * s->outputs, s->tokens[t + 1], &most);
        worst(&off, nll[t] - exact);
        others += best[t] != most;
        attndyn_memory_release(ctx, mark);
    }
    return EMIT(run, texts, .way = name, .numbers = (long)n - 1, .nll = off, .best = others);
}

/* Two items of three sequences each, whose beginnings agree for a while. */
static enum attndyn_status continuations(const struct trial *run, const struct subject *s) {
    enum { ITEMS = 2, SEQUENCES = 3 };
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_continuation sequence[ITEMS][SEQUENCES];
    struct attndyn_continuations items[ITEMS];
    const struct attndyn_inference_options options = {.streams = ITEMS * SEQUENCES,
                                                      .capacity = 3 * s->length};
    struct attndyn_inference *inference;
    double off = 0, *logits;
    long greedy = 0, numbers = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        for (size_t k = 0; k < SEQUENCES; k++) {
            size_t count = 6 + 2 * i + k, common = 4 + i;
            uint32_t *tokens;
            ATTNDYN_ALLOC(ctx, tokens, count);
            for (size_t j = 0; j < count; j++)
                tokens[j] = j < common ? s->tokens[i + j] : s->others[7 * i + 5 * k + j];
            sequence[i][k] = (struct attndyn_continuation){
                .tokens = tokens, .count = count, .from = k == 2 ? common - 1 : common};
        }
        items[i] = (struct attndyn_continuations){sequence[i], SEQUENCES};
    }
    ATTNDYN_TRY(attndyn_inference_create(ctx, s->weights, &options, &inference));
    ATTNDYN_TRY(attndyn_continuations_score(ctx, inference, items, ITEMS));
    for (size_t i = 0; i < ITEMS; i++)
        for (size_t k = 0; k < SEQUENCES; k++) {
            const struct attndyn_continuation *c = &sequence[i][k];
            double exact = 0;
            bool always = true;
            ATTNDYN_TRY(subject_plain(ctx, s, NULL, NULL, c->tokens, c->count, &logits));
            for (size_t t = c->from; t < c->count; t++, numbers++) {
                uint32_t most;
                exact -= nll_of(s->outputs, logits + (t - 1) * s->outputs, c->tokens[t], &most);
                always = always && most == c->tokens[t];
            }
            worst(&off, c->log_likelihood - exact);
            greedy += always != c->greedy;
        }
    return EMIT(run, texts, .way = "continuations of two items", .numbers = numbers, .nll = off,
                .best = greedy);
}

/* ------------------------------------------------------------------ draws */

static enum attndyn_status draw(const struct trial *run, const struct decoding *p,
                                const struct subject *s, const double *logits, double temperature,
                                double top_p) {
    struct attndyn_sampler sampler;
    size_t V = s->outputs, nucleus = 0, order[V], seen[V];
    attndyn_real row[V];
    double probability[V], sum = 0, held = 0, shift = 0, n = (double)p->draws;
    long outside = 0;
    for (size_t j = 0; j < V; j++) {
        row[j] = (attndyn_real)logits[j], order[j] = j, seen[j] = 0;
        sum += probability[j] = exp((double)row[j] / temperature);
    }
    for (size_t j = 1; j < V; j++) /* most probable first */
        for (size_t k = j; k > 0 && probability[order[k]] > probability[order[k - 1]]; k--) {
            size_t swap = order[k];
            order[k] = order[k - 1], order[k - 1] = swap;
        }
    while (nucleus < V && held < top_p * sum) held += probability[order[nucleus++]];
    ATTNDYN_TRY(
        attndyn_sampler_create(run->ctx, V, temperature, top_p, (uint64_t)p->seed, &sampler));
    for (long i = 0; i < p->draws; i++) seen[attndyn_sample(&sampler, row)]++;
    for (size_t k = 0; k < V; k++) {
        double q = probability[order[k]] / held, x = (double)seen[order[k]];
        if (k >= nucleus) outside += (long)x;
        if (k < nucleus && nucleus > 1) worst(&shift, (x - n * q) / sqrt(n * q * (1 - q)));
    }
    return EMIT(run, draws, .temperature = temperature, .top_p = top_p, .nucleus = (long)nucleus,
                .outside = outside, .shift = shift);
}

enum attndyn_status decoding_texts(const struct trial *run, const struct decoding *p) {
    const struct attndyn_cache fresh = {.policy = ATTNDYN_CACHE_RECOMPUTATION, .slots = SLOTS};
    struct subject s;
    double *logits;
    ATTNDYN_TRY(subject_create(run, p, &plain_variants[0], &s));
    if (s.tokens[0] == RESTART) s.tokens[0]++; /* else it would stand for the restart */
    const struct attndyn_evaluation dense = {0}, windows = {.window = WINDOW, .stride = STRIDE},
                                    again = {.cache = fresh},
                                    restart = {
                                        .cache = fresh, .restart = true, .restart_token = RESTART};
    ATTNDYN_TRY(evaluate(run, &s, "one pass", &dense));
    ATTNDYN_TRY(evaluate(run, &s, "windows of 10, stride 4", &windows));
    ATTNDYN_TRY(evaluate(run, &s, "a fresh pass over 7 tokens each", &again));
    ATTNDYN_TRY(evaluate(run, &s, "the same behind a token to restart with", &restart));
    ATTNDYN_TRY(continuations(run, &s));
    ATTNDYN_TRY(subject_plain(run->ctx, &s, NULL, NULL, s.tokens, s.length, &logits));
    const double *row = logits + (s.length - 1) * s.outputs;
    ATTNDYN_TRY(draw(run, p, &s, row, 1, 1));
    ATTNDYN_TRY(draw(run, p, &s, row, 1.5, 0.9));
    return draw(run, p, &s, row, 3, 0.6);
}
