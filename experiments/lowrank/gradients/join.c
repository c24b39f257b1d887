/* The network to which both parts of the talk apply: JoMA's, one query, exp attention, residual, K
 * linear nodes, which are the outputs, on sentences of the grammar; trained by whole-batch descent,
 * in double precision. Its decoder's gradient beside that of JoMA's flow and that of GaLore's
 * lemma.
 *
 *     logits_k = W_kq + sum_l W_kl n_l e^{z_l},    v_l = W_.l (K nodes),    n_l: how often l occurs
 *     -dL/dW_.l = e^{z_l} Delta_l,  Delta_l = E[(e_y - alpha) n_l]
 *     JoMA, K > 1:   z = |v|^2/2 + c, Delta as at the start:  dv_l = e^{|v_l|^2/2 + c} Delta_l
 * GaLore, 3.3:   A, B, C as at the start:  G_{t+1} = (I - lr S) G_t, S the Hessian in W there */
#define ATTNDYN_DOUBLE
#include "gradients.h"

#include "sim/base/random.h"
#include "sim/data/grammar.h"
#include "sim/data/text_dataset.h"
#include "sim/observe/rank.h"

#include <string.h>

enum { WORDS = 9, SEEN = WORDS + 1, CONTEXT = SEEN + 1 };

struct net {
    struct attndyn_transformer *model;
    struct attndyn_parameter *W, *z; /* decoder (K, V); key map (V, V), of which row q is trained */
    struct attndyn_batch batch;
    size_t K, V, q, count; /* the query is token V - 1 */
    double *logits;
};

static enum attndyn_status sentences(const struct trial *run, const struct gradients *p,
                                     struct net *n) {
    struct attndyn_text_dataset data;
    uint32_t *tokens, *targets, next[ATTNDYN_GRAMMAR_CLASSES];
    n->count = (size_t)p->join_sequences;
    ATTNDYN_TRY(
        attndyn_text_dataset_generate(run->ctx, n->count, WORDS, 0.5, (uint64_t)p->seed, &data));
    const struct attndyn_tokens *text = &data.tokens[ATTNDYN_TRAIN];
    n->V = attndyn_tokenizer_size(&data.tokenizer) + 1, n->q = n->V - 1;
    n->K = ATTNDYN_GRAMMAR_CLASSES;
    for (size_t k = 0; k < n->K; k++)
        if (!attndyn_tokenizer_find(&data.tokenizer, attndyn_grammar_classes[k].next, &next[k]))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "join_sequences: in %zu of them '%s' never comes", n->count,
                                attndyn_grammar_classes[k].next);
    if (text->length < n->count * (WORDS + 3))
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "the grammar's text is too short");
    ATTNDYN_ALLOC(run->ctx, tokens, n->count * CONTEXT);
    ATTNDYN_ALLOC(run->ctx, targets, n->count);
    for (size_t i = 0; i < n->count; i++) {
        const uint32_t *from = text->id + i * (WORDS + 3);
        memcpy(tokens + i * CONTEXT, from, SEEN * sizeof *tokens);
        tokens[i * CONTEXT + SEEN] = (uint32_t)n->q;
        for (uint32_t k = 0; k < n->K; k++)
            if (from[SEEN] == next[k]) targets[i] = k;
    }
    n->batch = (struct attndyn_batch){
        .sequences = n->count, .length = CONTEXT, .tokens = tokens, .targets = targets};
    return ATTNDYN_OK;
}

static enum attndyn_status create(const struct trial *run, const struct gradients *p,
                                  struct net *n) {
    struct attndyn_transformer_config c;
    struct attndyn_random random;
    ATTNDYN_TRY(sentences(run, p, n));
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, "joma", &c));
    c.vocabulary = c.width = n->V, c.outputs = n->K, c.context = CONTEXT, c.layers = c.heads = 1;
    c.attention = ATTNDYN_ATTENTION_EXP;
    ATTNDYN_TRY(attndyn_transformer_create(run->ctx, &c, n->count, CONTEXT, &n->model));
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, n->model, (uint64_t)p->seed));
    n->W = attndyn_transformer_parameter(n->model, "decoder.weight");
    n->z = attndyn_transformer_parameter(n->model, "layers.0.attention.key.weight");
    if (!n->W || !n->z)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "JoMA's network has no such parameters");
    ATTNDYN_ALLOC(run->ctx, n->logits, n->count * n->K);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "join", 0)));
    for (size_t i = 0; i < n->K * n->V; i++)
        n->W->value[i] = p->join_spread * attndyn_random_normal(&random);
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

/* Delta (K, V) from the logits, by the sentences' counts; the query's column is 0. */
static void saliency(struct net *n, double *delta) {
    memset(delta, 0, n->K * n->V * sizeof *delta);
    attndyn_transformer_logits(n->model, &n->batch, n->logits);
    for (size_t i = 0; i < n->count; i++) {
        const double *x = n->logits + i * n->K;
        double sum = 0;
        for (size_t k = 0; k < n->K; k++) sum += exp(x[k]);
        for (size_t k = 0; k < n->K; k++) {
            double g = (k == n->batch.targets[i]) - exp(x[k]) / sum;
            for (size_t t = 0; t < SEEN; t++)
                delta[k * n->V + n->batch.tokens[i * CONTEXT + t]] += g / (double)n->count;
        }
    }
}

/* Ascent direction in the token columns (K, V - 1), packed. */
static void tokens_only(const struct net *n, const double *from, double sign, double *to) {
    for (size_t k = 0; k < n->K; k++)
        for (size_t l = 0; l < n->q; l++) to[k * n->q + l] = sign * from[k * n->V + l];
}

static double cosine(size_t count, const double *a, const double *b) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < count; i++) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
    return ab / sqrt(aa * bb);
}

static double length2(const struct net *n, const double *V, size_t l) {
    double sum = 0;
    for (size_t k = 0; k < n->K; k++) sum += V[k * n->V + l] * V[k * n->V + l];
    return sum;
}

struct theory {
    double *W0, *z0, *lemma, *product; /* (K, V), (V), (K, V), (K, V) */
    double *V, *G, *delta0;            /* JoMA's flow: (K, V) each */
    bool blown;
    double *c, *squares;                      /* (V): the invariants at the start; what steps add */
    double *ascent, *ascent0, *other, *delta; /* scratch, (K, V) each; ascent0 at the start */
};

/* S lemma, by a central difference of the gradient in W at the start. */
static void hessian(struct net *n, struct theory *t) {
    const size_t count = n->K * n->V;
    double size = 0, *now = t->product + count, *row = now + count;
    for (size_t i = 0; i < count; i++) worst(&size, t->lemma[i]);
    const double h = 1e-4 / size;
    memcpy(now, n->W->value, count * sizeof *now);
    memcpy(row, n->z->value + n->q * n->V, n->V * sizeof *row);
    memcpy(n->z->value + n->q * n->V, t->z0, n->V * sizeof *row);
    for (int side = -1; side <= 1; side += 2) {
        for (size_t i = 0; i < count; i++) n->W->value[i] = t->W0[i] + side * h * t->lemma[i];
        attndyn_transformer_gradient(n->model, &n->batch, 0);
        for (size_t i = 0; i < count; i++)
            t->product[i] = (side < 0 ? 0 : t->product[i]) + side * n->W->gradient[i] / (2 * h);
    }
    memcpy(n->W->value, now, count * sizeof *now);
    memcpy(n->z->value + n->q * n->V, row, n->V * sizeof *row);
}

static void joma_gradient(const struct net *n, struct theory *t) {
    for (size_t l = 0; l < n->q; l++) {
        double gain = exp(t->z0[l] + (length2(n, t->V, l) - length2(n, t->W0, l)) / 2);
        if (!(gain < 1e6)) t->blown = true;
        for (size_t k = 0; k < n->K; k++) t->G[k * n->V + l] = gain * t->delta0[k * n->V + l];
    }
}

static enum attndyn_status moved_rank(struct attndyn_context *ctx, const struct net *n,
                                      const double *V, const double *V0, double *room,
                                      double *rank) {
    bool any = false;
    for (size_t k = 0; k < n->K; k++)
        for (size_t l = 0; l < n->q; l++) {
            room[k * n->q + l] = V[k * n->V + l] - V0[k * n->V + l];
            any = any || room[k * n->q + l] != 0;
        }
    *rank = 0;
    return any ? attndyn_stable_rank(ctx, n->K, n->q, room, rank) : ATTNDYN_OK;
}

static double *logits_of(const struct net *n) {
    return n->z->value + n->q * n->V;
}

static enum attndyn_status theory_create(struct attndyn_context *ctx, const struct net *n,
                                         struct theory *t) {
    const size_t count = n->K * n->V;
    const double *z = logits_of(n);
    double **const fields[] = {&t->W0,     &t->lemma,   &t->V,     &t->G,    &t->delta0,
                               &t->ascent, &t->ascent0, &t->other, &t->delta};
    *t = (struct theory){0};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        ATTNDYN_ALLOC(ctx, *fields[i], count);
    ATTNDYN_ALLOC(ctx, t->product, 3 * count);
    ATTNDYN_ALLOC(ctx, t->z0, n->V);
    ATTNDYN_ALLOC(ctx, t->squares, n->V);
    ATTNDYN_ALLOC(ctx, t->c, n->V);
    memcpy(t->W0, n->W->value, count * sizeof *t->W0);
    memcpy(t->V, n->W->value, count * sizeof *t->V);
    memcpy(t->z0, z, n->V * sizeof *t->z0);
    for (size_t l = 0; l < n->q; l++) t->c[l] = z[l] - length2(n, t->W0, l) / 2;
    return ATTNDYN_OK;
}

/* Theorem 1: the gradient's identity, the invariants and what they are off by after finite steps.
 */
static void look_at_theorem(const struct net *n, const struct theory *t, struct join *row) {
    const double *z = logits_of(n);
    double largest = 0;
    for (size_t k = 0; k < n->K; k++)
        for (size_t l = 0; l < n->q; l++) {
            double g = n->W->gradient[k * n->V + l];
            worst(&largest, g);
            worst(&row->identity, g + exp(z[l]) * t->delta[k * n->V + l]);
        }
    row->identity /= largest;
    for (size_t l = 0; l < n->q; l++) {
        double drift = z[l] - length2(n, n->W->value, l) / 2 - t->c[l];
        worst(&row->drift, drift);
        worst(&row->ledger, drift + t->squares[l] / 2);
    }
}

/* The network's direction of ascent beside that of each theory, their ranks, and a control: the
 * same numbers in another order. */
static enum attndyn_status look(struct attndyn_context *ctx, struct net *n, struct theory *t,
                                struct attndyn_random *random, struct join *row) {
    const size_t count = n->K * n->V, packed = n->K * n->q;
    double *G = t->ascent, *other = t->other;
    look_at_theorem(n, t, row);
    row->stationary = cosine(count, t->delta, t->delta0);
    tokens_only(n, n->W->gradient, -1, G);
    if (row->step == 0) memcpy(t->ascent0, G, packed * sizeof *G);
    row->still_cosine = cosine(packed, G, t->ascent0);
    ATTNDYN_TRY(attndyn_stable_rank(ctx, n->K, n->q, G, &row->stable_rank));
    tokens_only(n, t->lemma, 1, other);
    row->lemma_cosine = cosine(packed, G, other);
    ATTNDYN_TRY(attndyn_stable_rank(ctx, n->K, n->q, other, &row->lemma_rank));
    ATTNDYN_TRY(moved_rank(ctx, n, n->W->value, t->W0, other, &row->moved_rank));
    if (!t->blown) joma_gradient(n, t);
    if (!t->blown) {
        tokens_only(n, t->G, 1, other);
        row->joma_cosine = cosine(packed, G, other);
        ATTNDYN_TRY(attndyn_stable_rank(ctx, n->K, n->q, other, &row->joma_rank));
        ATTNDYN_TRY(moved_rank(ctx, n, t->V, t->W0, other, &row->joma_moved));
    }
    for (size_t i = packed; i > 1; i--) {
        size_t j = (size_t)(attndyn_random_uniform(random) * (double)i);
        double kept = G[i - 1];
        G[i - 1] = G[j], G[j] = kept;
    }
    return attndyn_stable_rank(ctx, n->K, n->q, G, &row->shuffled_rank);
}

/* One step of the network, then of each theory by itself. */
static void advance(struct net *n, struct theory *t, double lr) {
    const size_t count = n->K * n->V;
    double *z = logits_of(n);
    for (size_t l = 0; l < n->q; l++)
        for (size_t k = 0; k < n->K; k++)
            t->squares[l] += pow(lr * n->W->gradient[k * n->V + l], 2);
    for (size_t i = 0; i < count; i++) n->W->value[i] -= lr * n->W->gradient[i];
    for (size_t l = 0; l < n->V; l++) z[l] -= lr * n->z->gradient[n->q * n->V + l];
    for (size_t i = 0; i < count && !t->blown; i++) t->V[i] += lr * t->G[i];
    hessian(n, t);
    for (size_t i = 0; i < count; i++) t->lemma[i] -= lr * t->product[i];
}

static enum attndyn_status course(const struct trial *run, const struct gradients *p, struct net *n,
                                  struct attndyn_random *random) {
    const size_t count = n->K * n->V;
    struct theory t;
    double loss, first = NAN, half = NAN, blow = NAN;
    ATTNDYN_TRY(theory_create(run->ctx, n, &t));
    for (long step = 0; step <= p->join_steps; step++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        struct join row = BLANK(join);
        row.step = step;
        row.identity = row.drift = row.ledger = 0;
        saliency(n, t.delta);
        row.loss = loss = attndyn_transformer_gradient(n->model, &n->batch, (uint64_t)step);
        if (!isfinite(loss))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "the loss is not finite at step %ld of the join: lower join_lr",
                                step);
        if (step == 0) {
            first = loss;
            memcpy(t.delta0, t.delta, count * sizeof *t.delta);
            for (size_t i = 0; i < count; i++) t.lemma[i] = -n->W->gradient[i];
        }
        if (isnan(half) && loss <= first / 2) half = (double)step;
        ATTNDYN_TRY(look(run->ctx, n, &t, random, &row));
        if (t.blown && isnan(blow)) blow = (double)step;
        ATTNDYN_TRY(EMIT_ROW(run, join, &row));
        attndyn_memory_release(run->ctx, mark);
        if (step == p->join_steps) break;
        advance(n, &t, p->join_lr);
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
    }
    ATTNDYN_TRY(SCALAR(run, summary, joma_time, blow));
    return SCALAR(run, summary, half_time, half);
}

enum attndyn_status gradients_join(const struct trial *run, const struct gradients *p) {
    struct net n;
    struct attndyn_random random;
    attndyn_threads_allow(run->ctx, 1); /* the maps are too small to share */
    ATTNDYN_TRY(create(run, p, &n));
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "shuffled", 1)));
    enum attndyn_status status = course(run, p, &n, &random);
    attndyn_random_done(&random);
    return status;
}
