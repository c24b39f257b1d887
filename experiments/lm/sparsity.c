/* Sparsity and low rank over training: the claims with which the talk opens, at our scale. */

#include "experiments/lm/shared/sparsity.h"
#include "experiments/lm/shared/published.h"
#include "experiments/statements/statements.h"
#include "sim/num/stats.h"

#include <string.h>

#define SPARSITY(X)                                                                                \
    TEXT_INPUT_OR_PUBLISHED(X)                                                                     \
    PUBLISHED(X)                                                                                   \
    NETWORK(X, "200", "200", "0.2")                                                                \
    UPDATES(X, "3000", "1e-3")                                                                     \
    DESCENT_OR_PUBLISHED(X, "of the updates", "adam")                                              \
    X(REALS, at, "0,30,100,300,1000,3000",                                                         \
      "minibatches at which everything is measured, ascending, from 0", IN(0, 100000000))          \
    X(INT, windows, "10", "validation windows over which attention and hidden units are averaged", \
      IN(1, 100000))
PARAMS(sparsity, SPARSITY)
#define PARAMETERS sparsity

#define MATRIX(X)                                                                                  \
    X(INT, minibatch, "updates made")                                                              \
    X(TEXT, matrix, "parameter")                                                                   \
    X(INT, dimension, "min(rows, columns): the largest rank")                                      \
    X(REAL, stable_rank, "||W||_F^2 / ||W||_2^2 of the weights")                                   \
    X(REAL, effective_rank, "exp of the entropy of the singular values")                           \
    X(REAL, gradient_stable_rank, "of the gradient of one minibatch, dropout on (model: none)")    \
    X(REAL, gradient_effective_rank, "the same")                                                   \
    X(REAL, noise, "stable rank of normal noise of that shape (large): mn/(sqrt m + sqrt n)^2")
TABLE(matrix, MATRIX, "ranks of weights and gradients")

#define ATTENTION(X)                                                                               \
    X(INT, minibatch, "updates made")                                                              \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, entropy_share, "entropy over that of uniform attention, mean over queries")            \
    X(REAL, keys90, "share of the keys seen that holds 90 % of the attention")                     \
    X(REAL, first_key,                                                                             \
      "weight of the sequence's first key times the number of keys seen (1: uniform); 0 where a "  \
      "window has left it behind")                                                                 \
    X(REAL, heavy, "share of a sequence's attention that its heaviest tenth of keys gets")
TABLE(attention, ATTENTION, "sparsity of attention")

#define HIDDEN(X)                                                                                  \
    X(INT, minibatch, "updates made")                                                              \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, active,                                                                                \
      "share of units (after activation and gate) that are not 0 for a token: all but of ReLU")    \
    X(REAL, units95, "share of units that holds 95 % of the squared norm")                         \
    X(REAL, overlap, "of the active sets of successive tokens, |A and B|/|A or B|")                \
    X(REAL, overlap_chance, "that of independent sets of the same sizes")
TABLE(hidden, HIDDEN, "contextual sparsity of the MLP")

#define SUMMARY(X)                                                                                 \
    X(REAL, gradient_rank,                                                                         \
      "stable rank of a layer's gradient over its largest rank, median over matrices, at the end") \
    X(REAL, gradient_rank_start, "the same before training")                                       \
    X(REAL, gradient_over_noise,                                                                   \
      "median stable rank of a layer's gradient over that of normal noise of its shape, "          \
      "at the end")                                                                                \
    X(REAL, gradient_over_noise_start, "the same before training")                                 \
    X(REAL, weight_rank_start,                                                                     \
      "stable rank of a layer's weights over the largest, median, at first")                       \
    X(REAL, weight_rank, "the same at the end")                                                    \
    X(REAL, keys90_start,                                                                          \
      "share of the keys seen that hold 90 % of the attention, before training")                   \
    X(REAL, keys90, "the same at the end")                                                         \
    X(REAL, heavy,                                                                                 \
      "attention to a sequence's heaviest tenth of keys, mean over layers, at the end")            \
    X(REAL, heavy_start, "the same before training")                                               \
    X(REAL, heavy_uniform, "the same of attention that is uniform over the keys seen")             \
    X(REAL, active_start, "share of hidden units that are not zero for a token, before training")  \
    X(REAL, active, "the same at the end")                                                         \
    X(REAL, overlap_ratio,                                                                         \
      "overlap of successive tokens' active units over that of independent sets, at the end")
SCALARS(summary, SUMMARY)

struct looker {
    const struct sparsity *p;
    struct text_model t;
    struct looks at;
    struct layer_sparsity *layers; /* (layers) */
};

/* Its largest singular value is sqrt m + sqrt n, the sum of squares mn. */
static double noise_rank(double m, double n) {
    return m * n / pow(sqrt(m) + sqrt(n), 2);
}

/* Ranks of every matrix and of its gradient of the minibatch at hand. */
static enum attndyn_status look_at_matrices(const struct trial *run, struct text_model *t) {
    const struct learner *l = &t->learner;
    size_t count;
    struct attndyn_batch batch =
        attndyn_text_batches_column(&t->train, (size_t)(l->step % t->train.count));
    attndyn_transformer_gradient(l->model, &batch, l->step);
    struct attndyn_parameter *p = attndyn_transformer_parameters(l->model, &count);
    for (size_t i = 0; i < count; i++) {
        if (p[i].dimensions != 2) continue;
        struct ranks w, g;
        ATTNDYN_TRY(sparsity_ranks(run->ctx, p[i].rows, p[i].columns, p[i].value, &w));
        ATTNDYN_TRY(sparsity_gradient_ranks(run->ctx, &p[i], &g));
        ATTNDYN_TRY(EMIT(run, matrix, .minibatch = (long)l->step, .matrix = p[i].name,
                         .dimension = (long)(p[i].rows < p[i].columns ? p[i].rows : p[i].columns),
                         .stable_rank = w.stable, .effective_rank = w.effective,
                         .gradient_stable_rank = g.stable, .gradient_effective_rank = g.effective,
                         .noise = noise_rank((double)p[i].rows, (double)p[i].columns)));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status look(struct training *training) {
    const struct trial *run = training->run;
    struct looker *looker = training->with;
    struct text_model *t = &looker->t;
    long step = (long)t->learner.step;
    if (!looks_due(&looker->at, t->learner.step)) return ATTNDYN_OK;
    ATTNDYN_TRY(look_at_matrices(run, t));
    ATTNDYN_TRY(sparsity_of_layers(run->ctx, t, (size_t)looker->p->windows, looker->layers));
    for (size_t l = 0; l < t->layers; l++) {
        const struct attention_sparsity *a = &looker->layers[l].attention;
        const struct hidden_sparsity *h = &looker->layers[l].hidden;
        ATTNDYN_TRY(EMIT(run, attention, .minibatch = step, .layer = (long)l,
                         .entropy_share = a->entropy, .keys90 = a->keys90, .first_key = a->first,
                         .heavy = a->heavy));
        ATTNDYN_TRY(EMIT(run, hidden, .minibatch = step, .layer = (long)l, .active = h->active,
                         .units95 = h->units95, .overlap = h->overlap,
                         .overlap_chance = h->overlap_chance));
    }
    return ATTNDYN_OK;
}

/* What one look says: means over layers, medians over the layers' matrices. */
struct seen {
    double gradient_rank, gradient_over_noise, weight_rank, keys90, heavy, active, overlap_ratio;
};
static enum attndyn_status sum_up(const struct trial *run, long minibatch, double layers,
                                  struct seen *s) {
    double *gradient, *over_noise, *weight;
    size_t n = 0;
    ATTNDYN_ALLOC(run->ctx, gradient, ROWS(run, matrix));
    ATTNDYN_ALLOC(run->ctx, over_noise, ROWS(run, matrix));
    ATTNDYN_ALLOC(run->ctx, weight, ROWS(run, matrix));
    *s = (struct seen){0};
    EACH_ROW (run, matrix, r) {
        if (r->minibatch != minibatch || strncmp(r->matrix, "layers.", 7) != 0) continue;
        gradient[n] = r->gradient_stable_rank / (double)r->dimension;
        over_noise[n] = r->gradient_stable_rank / r->noise;
        weight[n++] = r->stable_rank / (double)r->dimension;
    }
    EACH_ROW (run, attention, r)
        if (r->minibatch == minibatch) s->keys90 += r->keys90, s->heavy += r->heavy;
    EACH_ROW (run, hidden, r) {
        if (r->minibatch != minibatch) continue;
        s->active += r->active;
        s->overlap_ratio += r->overlap / r->overlap_chance / layers;
    }
    s->keys90 /= layers, s->heavy /= layers, s->active /= layers;
    ATTNDYN_TRY(attndyn_median(run->ctx, n, gradient, &s->gradient_rank));
    ATTNDYN_TRY(attndyn_median(run->ctx, n, over_noise, &s->gradient_over_noise));
    return attndyn_median(run->ctx, n, weight, &s->weight_rank);
}

/* A training of ours, or the published networks that are named. */
static enum attndyn_status look_at_all(const struct trial *run, const struct sparsity *p,
                                       struct looker *looker, bool *skipped) {
    struct training training = {.with = looker, .look = look};
    struct published set;
    const struct published_or ours = {"at", p->at, p->minibatches, .whole = true};
    ATTNDYN_TRY(published_or_training(run, &ours, &set, &looker->at, &looker->t, skipped));
    if (*skipped) return ATTNDYN_OK;
    ATTNDYN_ALLOC(run->ctx, looker->layers, looker->t.layers);
    return published_or_trained(run, &set, &looker->t, &training);
}

RUN(sparsity) {
    struct looker looker = {.p = p};
    struct seen start, end;
    bool skipped;
    ATTNDYN_TRY(look_at_all(run, p, &looker, &skipped));
    if (skipped) return ATTNDYN_OK;
    const struct looks *at = &looker.at;
    const struct attndyn_transformer_config *config =
        attndyn_transformer_config_of(looker.t.learner.model);
    double layers = (double)looker.t.layers, heavy_uniform = 0;
    for (size_t l = 0; l < looker.t.layers; l++)
        heavy_uniform +=
            sparsity_heavy_uniform(looker.t.valid.length, attndyn_transformer_window(config, l));
    ATTNDYN_TRY(sum_up(run, (long)at->at[0], layers, &start));
    ATTNDYN_TRY(sum_up(run, (long)at->at[at->count - 1], layers, &end));
    return SET(
        run, summary, .gradient_rank = end.gradient_rank,
        .gradient_rank_start = start.gradient_rank, .gradient_over_noise = end.gradient_over_noise,
        .gradient_over_noise_start = start.gradient_over_noise,
        .weight_rank_start = start.weight_rank, .weight_rank = end.weight_rank,
        .keys90_start = start.keys90, .keys90 = end.keys90, .heavy = end.heavy,
        .heavy_start = start.heavy, .heavy_uniform = heavy_uniform / layers,
        .active_start = start.active, .active = end.active, .overlap_ratio = end.overlap_ratio);
}

CLAIM(gradient_low, "LM.gradients-low-rank",
      DERIVED_AS("derived here, GaLore's section 3.2 read for a network on text"),
      "Gradients have low rank: the median stable rank of a layer's gradients is at most {percent} "
      "of that of normal noise of the same shape.",
      "it exceeds {percent}", .bound = 0.5) {
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.gradient_over_noise, v->bound,
                           "median over the layers' matrices; before training %.4f. Over the "
                           "largest rank there is: %.4f, before training %.4f; weights %.4f",
                           s.gradient_over_noise_start, s.gradient_rank, s.gradient_rank_start,
                           s.weight_rank);
}

CLAIM(weights, "LM.weights-lose-rank",
      DERIVED_AS("derived here, JoMA's Theorem 2 read for a network on text"),
      "Training lowers the rank of the weights: the median stable rank falls to {percent} at most.",
      "it ends higher", .bound = 0.9) {
    if (!published_start(run, v)) return ATTNDYN_OK;
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.weight_rank / s.weight_rank_start, v->bound,
                           "median stable rank over the largest possible: %.4f before training, "
                           "%.4f at the end",
                           s.weight_rank_start, s.weight_rank);
}

CLAIM(fewer_keys, "LM.attention-sparser", OF(S_I),
      "Training makes attention sparser: {percent} of the keys that it took at first, or fewer, "
      "hold nine tenths of it.",
      "more keys are needed", .bound = 0.95) {
    if (!published_start(run, v)) return ATTNDYN_OK;
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.keys90 / s.keys90_start, v->bound,
                           "90 %% of the attention on %.3f of the keys, before training on %.3f",
                           s.keys90, s.keys90_start);
}

CLAIM(fewer_units, "LM.contextual-sparsity", TALK("JoMA, talk: contextual sparsity of the MLP"),
      "Training makes the MLP sparser for each token: fewer of its units are active.",
      "as many are active as before training") {
    if (!published_start(run, v)) return ATTNDYN_OK;
    struct summary s = summary_of(run);
    if (s.active_start == 1)
        return verdict_skip(v, "every unit is active: the activation has no zeros");
    /* fewer: an untrained network has no such decrease */
    return verdict_at_most(v, s.active / s.active_start, 1 - 1e-6,
                           "%.3f of the hidden units active for a token, before training %.3f; "
                           "successive tokens share %.2f times what chance gives",
                           s.active, s.active_start, s.overlap_ratio);
}

static const struct check *const sparsity_claims[] = {&gradient_low, &weights, &fewer_keys,
                                                      &fewer_units, NULL};

const struct experiment experiment_lm_sparsity = {
    .id = "lm/sparsity",
    .title = "Sparse attention, sparse hidden units, gradients of low rank over training",
    .source = "Scan&Snap, section 1; JoMA's talk; GaLore (arXiv 2403.03507), section 3.2",
    .doc =
        "The encoder of lm/wikitext-entropy is trained on text, and looked at now and then. Of "
        "each matrix and of its gradient in one minibatch: stable rank ||W||_F^2/||W||_2^2 and "
        "effective rank exp(-sum p ln p), p the singular values over their sum. Of attention: "
        "entropy over that of uniform attention, the share of the keys seen that holds 90 % of a "
        "query's weight, the first key's weight, and the share of a sequence's attention that "
        "its heaviest tenth of keys gets. Of the MLP (ReLU): the share of units that are active "
        "for a token, that which holds 95 % of the squared norm, and how far the active sets of "
        "successive tokens overlap, beside independent sets of the same sizes. Before training is "
        "the control of each; of a gradient's rank that of normal noise of its shape, and of the "
        "heaviest tenth of keys what attention that is uniform over the keys seen gives them.\n"
        "A hidden unit is what the MLP's last map reads: after the activation and, with SwiGLU, "
        "times the gate. GELU and SiLU have no zeros, so of such networks all units are active and "
        "units95 alone tells sparsity. Keys seen are those of a layer's window, if it has one; "
        "shared layers have rows for each use, their matrices one. Gradients of published networks "
        "are without dropout.\n"
        "With model= the same looks are taken at published networks, one or several of one "
        "training (Pythia's steps), in place of a training: docs/pretrained.md.",
    .presets =
        (const struct preset[]){
            {"quick",
             "paragraphs=1000 layers=2 width=32 hidden=64 minibatches=300 lr=3e-3 at=0,30,100,300",
             "a generated text, a small network of two layers: seconds"},
            {"paper", "need_text=true layers=3", "three layers of the authors' network; text=PATH"},
            {"wikitext-small", "need_text=true layers=2 minibatches=600 at=0,100,300,600",
             "a few minutes; text=PATH"},
            {0}},
    .tables = TABLES(matrix, attention, hidden),
    .figures =
        (const struct figure[]){
            {"sparsity", "lm/sparsity/sparsity.gp",
             "Over training: (a) stable rank of the lowest layer's gradients, (b) of its weights, each "
             "over the largest possible, beside that of noise of the same shape (dotted); (c) share of "
             "the keys that holds 90 % of the attention, and how much of a sequence's attention its "
             "heaviest tenth of keys gets (dashed); (d) share of hidden units that are active for a "
             "token, and share that holds 95 % of their squared norm (dashed)."},
            {0}},
    PARTS_OF(sparsity, summary)};
