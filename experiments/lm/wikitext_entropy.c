/* Attention entropy of a transformer while it is trained on text: JoMA, figures 6 and 8. */
#include "experiments/lm/shared/frequencies.h"
#include "experiments/lm/shared/text_training.h"
#include "experiments/statements/statements.h"

#include <float.h>
#include <string.h>

#define WIKITEXT_ENTROPY(X)                                                                        \
    TEXT_INPUT(X)                                                                                  \
    NETWORK(X, "200", "200", "0.2")                                                                \
    UPDATES(X, "8000", "1e-4")                                                                     \
    DESCENT(X, "adam")                                                                             \
    X(INT, dense_every, "10", "minibatches between two looks at the attention, at first",          \
      IN(1, 1000000))                                                                              \
    X(INT, dense_until, "300", "minibatch where that ends", IN(0, 100000000))                      \
    X(INT, every, "100", "the same from then on", IN(1, 10000000))                                 \
    X(INT, valid_every, "1000", "minibatches between two validation losses", IN(1, 100000000))     \
    X(INT, windows, "1", "every so many of the validation windows count for its entropy",          \
      IN(1, 1000000))                                                                              \
    X(INT, window, "3",                                                                            \
      "validation window whose first sequence is looked at; 100 in the published logs",            \
      IN(0, 100000000))                                                                            \
    X(REAL, settled, "0.03",                                                                       \
      "Adam's rate times minibatches up to which the start-up transient lasts: the entropy falls " \
      "and is back again; minima are taken after it",                                              \
      IN(0, 1000))
PARAMS(wikitext_entropy, WIKITEXT_ENTROPY)
#define PARAMETERS wikitext_entropy

#define ENTROPY(X)                                                                                 \
    X(INT, minibatch, "updates made")                                                              \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, entropy,                                                                               \
      "mean over query rows of -sum a ln(a + 1e-8), all validation windows (every `windows`-th)",  \
      .unit = "nat")                                                                               \
    X(REAL, entropy_one,                                                                           \
      "the same of one sequence, the first of validation window `window`: the published quantity", \
      .unit = "nat")
TABLE(entropy, ENTROPY, "attention entropy of every layer over training")

#define LOSS(X)                                                                                    \
    X(INT, minibatch, "updates made")                                                              \
    X(OPTIONAL, loss, "mean of the minibatches since the last row, with dropout", .unit = "nat")   \
    X(OPTIONAL, gradient_norm, "of the last of them, before clipping")                             \
    X(OPTIONAL, valid_loss, "validation cross-entropy, every `valid_every`", .unit = "nat")
TABLE(loss, LOSS, "training and validation loss")

#define BESIDE(X)                                                                                  \
    X(REAL, time, "rate times minibatches")                                                        \
    X(INT, curves, "published ones that come so far, of rates 5e-6 to 1e-4 and three seeds")       \
    X(REAL, left_least, "published entropy over that at the start, least of them")                 \
    X(REAL, left_most, "largest")                                                                  \
    X(REAL, regained_least, "share of the fall that is regained, least of them")                   \
    X(REAL, regained_most, "largest")                                                              \
    X(REAL, left_one, "the same of this run's single sequence")                                    \
    X(OPTIONAL, regained_one, "share that is regained; empty in the transient")                    \
    X(REAL, left, "the same over all validation text")                                             \
    X(OPTIONAL, regained, "share that is regained")
TABLE(beside, BESIDE, "the lowest layer beside the published curves")

#define SUMMARY(X)                                                                                 \
    X(REAL, entropy_start,                                                                         \
      "entropy of the lowest layer's attention before training, over all validation "              \
      "windows",                                                                                   \
      .unit = "nat")                                                                               \
    X(REAL, entropy_uniform, "entropy of attention that is uniform over the keys seen, ln(T!)/T",  \
      .unit = "nat")                                                                               \
    X(OPTIONAL, entropy_transient, "the lowest value in the start-up transient, lowest layer",     \
      .unit = "nat")                                                                               \
    X(REAL, minibatch_settled, "the first minibatch behind it")                                    \
    X(OPTIONAL, entropy_min, "the lowest value behind it, lowest layer", .unit = "nat")            \
    X(OPTIONAL, minibatch_min, "the minibatch at which it is reached")                             \
    X(REAL, entropy_end, "entropy after the last update", .unit = "nat")                           \
    X(OPTIONAL, dip, "(start - min) / start")                                                      \
    X(OPTIONAL, recovery, "(end - min) / (start - min): 0 none, 1 all the way back")               \
    X(OPTIONAL, dip_top, "dip of the highest layer")                                               \
    X(OPTIONAL, recovery_top, "recovery of the highest layer")                                     \
    X(OPTIONAL, entropy_one_min,                                                                   \
      "of the published sequence, lowest layer; by the script's -a ln(a + 1e-8), a hair below "    \
      "0 at a = 1",                                                                                \
      .unit = "nat")                                                                               \
    X(REAL, entropy_one_end, "of the published sequence, lowest layer", .unit = "nat")             \
    X(REAL, loss_first, "validation loss before training", .unit = "nat")                          \
    X(REAL, valid_loss_min, "the smallest validation loss", .unit = "nat")                         \
    X(REAL, valid_loss, "the last validation loss", .unit = "nat")                                 \
    X(REAL, unigram_loss, "validation loss of the training text's word frequencies",               \
      .unit = "nat")                                                                               \
    X(REAL, pair_loss, "validation loss of the training text's pairs of words (Witten and Bell)",  \
      .unit = "nat")                                                                               \
    X(REAL, vocabulary, "words V of the vocabulary")                                               \
    X(REAL, repeats, "1 if a second training of the same seed began with the same losses")         \
    X(OPTIONAL, anew_off, "largest of |step / rate| - 1 in the first update of a second pass")     \
    X(OPTIONAL, anew_moved, "weights that it is taken over: those whose gradient is above 1e-5")   \
    X(OPTIONAL, anew_share, "of these, in the update before it, those off by more than a tenth")
SCALARS(summary, SUMMARY)

/* Is the network looked at after so many updates? */
static bool looked_at(const struct wikitext_entropy *p, uint64_t step) {
    uint64_t every = (uint64_t)(step < (uint64_t)p->dense_until ? p->dense_every : p->every);
    return step % every == 0 || step == (uint64_t)p->minibatches || step < 3 || step == 5;
}

enum { AGAIN = 5 }; /* minibatches of the second training */

struct looker {
    const struct wikitext_entropy *p;
    struct text_model t;
    double *all, *one;   /* (layers) */
    double first[AGAIN]; /* losses */
};

static enum attndyn_status look(struct training *training) {
    const struct trial *run = training->run;
    struct looker *looker = training->with;
    const struct wikitext_entropy *p = looker->p;
    struct text_model *t = &looker->t;
    struct learner *l = &t->learner;
    long step = (long)l->step;
    if (step > 0 && step <= AGAIN) looker->first[step - 1] = l->loss;
    if (!looked_at(p, l->step)) return ATTNDYN_OK;
    /* Everything that can be interrupted comes before the first row. */
    double valid = NAN;
    if (step % p->valid_every == 0 || step == p->minibatches)
        ATTNDYN_TRY(text_model_valid_loss(run->ctx, t, &valid));
    ATTNDYN_TRY(text_model_valid_entropy(run->ctx, t, (size_t)p->windows, looker->all));
    struct attndyn_batch batch;
    text_model_see(t, (size_t)p->window, &batch);
    for (size_t i = 0; i < t->layers; i++) {
        looker->one[i] = text_model_entropy(t, i, 0, 1, batch.length);
        ATTNDYN_TRY(EMIT(run, entropy, .minibatch = step, .layer = (long)i,
                         .entropy = looker->all[i], .entropy_one = looker->one[i]));
    }
    return EMIT(run, loss, .minibatch = step, .loss = learner_mean_loss(l),
                .gradient_norm = step ? l->norm : NAN, .valid_loss = valid);
}

/* The first minibatch behind the start-up transient, in which attention narrows and is wide again:
 * least at rate times minibatches = 0.006 to 0.01, back at 0.024 to 0.03, in the published curves
 * (rates 1e-6 to 1e-5) as in ours (1e-3). Adam, whose every update moves a weight by the rate. */
static long settled(const struct wikitext_entropy *p) {
    return p->optimizer == optimizer_sgd ? 0 : (long)ceil(p->settled / p->lr - 1e-9);
}

/* First, least and last entropy of a layer up to minibatch `to`, the least from `from` on (NaN: it
 * does not come so far): of all validation text, or of the one published sequence. */
struct course {
    double start, min, end;
    long at;
};
static struct course course_of(const struct trial *run, bool one, long layer, long from, long to) {
    struct course c = {NAN, NAN, NAN, 0};
    EACH_ROW (run, entropy, r) {
        if (r->layer != layer || r->minibatch > to) continue;
        double h = one ? r->entropy_one : r->entropy;
        if (isnan(c.start)) c.start = h;
        if (r->minibatch >= from && !(h >= c.min)) c.min = h, c.at = r->minibatch;
        c.end = h;
    }
    return c;
}

static double recovery_of(struct course c) {
    if (isnan(c.min)) return NAN;
    return c.start > c.min ? (c.end - c.min) / (c.start - c.min) : 0;
}

/* The lowest layer beside the authors' logs of one layer (facebookresearch/luckmatters, the curves
 * of figures 6 and 8): rates 5e-6, 1e-5, 5e-5, 1e-4 and three seeds, of one sequence. Plotted over
 * rate times minibatches they coincide. (1e-6 ends within the transient, 1e-3 recovers later, at
 * 1e-2 the entropy stays 0.) */
static const struct {
    double time;
    long curves;
    double left_least, left_most, regained_least, regained_most;
} published[] = {{0.05, 9, 0.873, 0.929, 0.000, 0.000}, {0.1, 12, 0.737, 0.837, 0.000, 0.000},
                 {0.2, 12, 0.585, 0.727, 0.000, 0.000}, {0.3, 9, 0.605, 0.691, 0.000, 0.092},
                 {0.4, 9, 0.639, 0.692, 0.023, 0.128},  {0.5, 9, 0.661, 0.694, 0.028, 0.213},
                 {0.6, 6, 0.681, 0.700, 0.113, 0.277},  {0.8, 6, 0.709, 0.734, 0.223, 0.341},
                 {1, 6, 0.738, 0.754, 0.288, 0.380},    {1.5, 6, 0.784, 0.795, 0.408, 0.478},
                 {2, 6, 0.808, 0.836, 0.494, 0.556},    {2.5, 6, 0.829, 0.854, 0.557, 0.622},
                 {3, 3, 0.861, 0.867, 0.630, 0.671},    {4, 3, 0.871, 0.889, 0.682, 0.698},
                 {5, 3, 0.882, 0.897, 0.686, 0.728}};

static enum attndyn_status put_beside(const struct trial *run, const struct wikitext_entropy *p) {
    const long from = settled(p);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const long at = lround(published[i].time / p->lr);
        if (at > p->minibatches) break;
        struct course one = course_of(run, true, 0, from, at);
        struct course all = course_of(run, false, 0, from, at);
        ATTNDYN_TRY(EMIT(run, beside, .time = published[i].time, .curves = published[i].curves,
                         .left_least = published[i].left_least, .left_most = published[i].left_most,
                         .regained_least = published[i].regained_least,
                         .regained_most = published[i].regained_most,
                         .left_one = one.end / one.start, .regained_one = recovery_of(one),
                         .left = all.end / all.start, .regained = recovery_of(all)));
    }
    return ATTNDYN_OK;
}

/* What an update does to the weights, in units of its rate: Adam's first moves each by g/(|g| +
 * eps), so by the rate itself where the gradient is well above eps, whatever came before. */
struct stride {
    double off, moved, share; /* as in the summary's anew_* */
};
static enum attndyn_status stride_of(struct attndyn_context *ctx, struct text_model *t,
                                     struct stride *s) {
    size_t count;
    struct attndyn_parameter *w = attndyn_transformer_parameters(t->learner.model, &count);
    attndyn_real **before;
    double off = 0, moved = 0, wide = 0;
    ATTNDYN_ALLOC(ctx, before, count);
    for (size_t i = 0; i < count; i++) {
        size_t n = attndyn_parameter_count(&w[i]);
        ATTNDYN_ALLOC(ctx, before[i], n);
        memcpy(before[i], w[i].value, n * sizeof **before);
    }
    struct attndyn_batch batch = text_model_batch(t);
    ATTNDYN_TRY(learner_update(ctx, &t->learner, &batch));
    const double most = t->p.clip, norm = t->learner.norm,
                 clip = most > 0 && norm > most ? most / norm : 1;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; !w[i].sparse && j < attndyn_parameter_count(&w[i]); j++) {
            if (!(fabs((double)w[i].gradient[j]) * clip > 1e-5)) continue;
            double step = fabs((double)(w[i].value[j] - before[i][j])) / t->learner.lr;
            worst(&off, step - 1);
            wide += fabs(step - 1) > 0.1;
            moved++;
        }
    *s = (struct stride){moved > 0 ? off : NAN, moved, wide / moved};
    return ATTNDYN_OK;
}

/* Do the first losses of another training with the same seed repeat? And is its Adam a new one when
 * the text begins again? */
static enum attndyn_status train_again(const struct trial *run, const struct looker *looker,
                                       bool *same, struct stride *anew) {
    struct text_model again = looker->t;
    struct attndyn_transformer_config config =
        *attndyn_transformer_config_of(looker->t.learner.model);
    *same = true;
    ATTNDYN_TRY(text_model_network(run->ctx, &again, &config));
    ATTNDYN_TRY(text_training_optimise(run, NULL, &again));
    for (long i = 0; i < AGAIN && i < looker->p->minibatches; i++) {
        struct attndyn_batch batch = text_model_batch(&again);
        ATTNDYN_TRY(learner_update(run->ctx, &again.learner, &batch));
        *same = *same && again.learner.loss == looker->first[i];
    }
    *anew = (struct stride){NAN, NAN, NAN};
    if (looker->p->optimizer != optimizer_adam || looker->p->method != method_full ||
        looker->p->weight_decay > 0)
        return ATTNDYN_OK;
    struct stride within;
    again.learner.step = again.train.count - 1; /* the last minibatch of the text, then its first */
    ATTNDYN_TRY(stride_of(run->ctx, &again, &within));
    ATTNDYN_TRY(stride_of(run->ctx, &again, anew));
    anew->share = within.share;
    return ATTNDYN_OK;
}

static enum attndyn_status sum_up(const struct trial *run, const struct wikitext_entropy *p,
                                  const struct text_model *t, bool same,
                                  const struct stride *anew) {
    const long from = settled(p), end = p->minibatches;
    struct course low = course_of(run, false, 0, from, end),
                  one = course_of(run, true, 0, from, end);
    struct course top = course_of(run, false, (long)t->layers - 1, from, end);
    double transient = NAN;
    EACH_ROW (run, entropy, r)
        if (r->layer == 0 && r->minibatch < from && !(r->entropy >= transient))
            transient = r->entropy;
    double first = NAN, best = INFINITY, last = NAN, T = (double)t->valid.length;
    EACH_ROW (run, loss, r) {
        if (isnan(r->valid_loss)) continue;
        if (isnan(first)) first = r->valid_loss;
        best = fmin(best, r->valid_loss);
        last = r->valid_loss;
    }
    struct frequencies counted;
    ATTNDYN_TRY(frequencies_loss(run->ctx, t->vocabulary, &t->data.tokens[ATTNDYN_TRAIN],
                                 &t->data.tokens[ATTNDYN_VALID], &counted));
    return SET(run, summary, .entropy_start = low.start, .entropy_uniform = lgamma(T + 1) / T,
               .entropy_transient = transient, .minibatch_settled = (double)from,
               .entropy_min = low.min, .minibatch_min = isnan(low.min) ? NAN : (double)low.at,
               .entropy_end = low.end, .dip = (low.start - low.min) / low.start,
               .recovery = recovery_of(low), .dip_top = (top.start - top.min) / top.start,
               .recovery_top = recovery_of(top), .entropy_one_min = one.min,
               .entropy_one_end = one.end, .loss_first = first, .valid_loss_min = best,
               .valid_loss = last, .unigram_loss = counted.words, .pair_loss = counted.pairs,
               .vocabulary = (double)t->vocabulary, .repeats = same, .anew_off = anew->off,
               .anew_moved = anew->moved, .anew_share = anew->share);
}

RUN(wikitext_entropy) {
    struct looker looker = {.p = p};
    const struct attndyn_checkpoint_array sums[] = {{"first_losses", looker.first, AGAIN}};
    struct training training = {.with = &looker, .look = look, .arrays = sums, .n_arrays = 1};
    struct text_model *t = &looker.t;
    bool skipped, same;
    struct stride anew;
    ATTNDYN_TRY(text_training_prepare(run, NULL, t, &skipped));
    if (skipped) return ATTNDYN_OK;
    ATTNDYN_TRY(text_model_window(run->ctx, t, "validation", p->window, t->valid.count));
    ATTNDYN_ALLOC(run->ctx, looker.all, t->layers);
    ATTNDYN_ALLOC(run->ctx, looker.one, t->layers);
    ATTNDYN_TRY(text_training_run(run, t, &training));
    ATTNDYN_TRY(train_again(run, &looker, &same, &anew));
    ATTNDYN_TRY(put_beside(run, p));
    return sum_up(run, p, t, same, &anew);
}

CLAIM(repeats, "LM.entropy-repeats", CONTRACT, "The same seed gives the same bits.",
      "a second training's losses differ") {
    return verdict_at_least(v, SCALAR_OF(run, summary, repeats), 1,
                            "the first %d losses of seed %ld", AGAIN, p->seed);
}

/* The authors' script makes a new Adam for every pass. Its first step is the rate times g/(|g| +
 * eps), eps = 1e-8 and |g| > 1e-5 here: off the rate by 1e-3 of it at most, and by the rounding of
 * a weight of up to 4. */
CLAIM(
    anew, "LM.adam-starts-anew", CONTRACT,
    "At every pass over the text Adam starts anew, as in the authors' script: the first update of "
    "a pass moves every weight by the rate.",
    "a weight of which the gradient is above 1e-5 moves by another amount") {
    struct summary s = summary_of(run);
    if (isnan(s.anew_off))
        return verdict_skip(v, "needs optimizer=adam, method=full and weight_decay=0");
    return verdict_at_most(v, s.anew_off, 1e-3 + 4 * FLT_EPSILON / p->lr,
                           "over %.0f weights; one update earlier %.1f %% of them are off by more "
                           "than a tenth",
                           s.anew_moved, 100 * s.anew_share);
}

CLAIM(uniform, "LM.starts-uniform", OF(J_F6),
      "Before training attention is nearly uniform over the keys seen (within {percent}).",
      "the entropy at the start is off that of uniform attention, ln(T!)/T, by more",
      .bound = 0.1) {
    struct summary s = summary_of(run);
    return verdict_near(v, s.entropy_start, s.entropy_uniform, v->bound,
                        "entropy at the start %.4f, ln(T!)/T = %.4f", s.entropy_start,
                        s.entropy_uniform);
}

/* With LayerNorm in front the decoder sees vectors of squared length d, its weights are uniform in
 * +-0.1: logits have variance d 0.01 / 3, and E log sum exp is ln V + variance / 2. */
CLAIM(initial, "LM.initial-loss", DERIVED,
      "The loss before training is ln V + d 0.01/6: logits of unit-variance vectors under weights "
      "uniform in +-0.1.",
      "the loss is off by more than {bound} nat", .bound = 0.1) {
    struct summary s = summary_of(run);
    double first = s.loss_first;
    double expected = log(s.vocabulary) + (double)p->width * 0.01 / 6;
    return verdict_at_most(v, fabs(first - expected), v->bound,
                           "loss before training %.4f, ln V + d 0.01/6 = %.4f", first, expected);
}

/* A decoder's bias alone learns the frequencies; half of what pairs save needs the word at hand. */
CLAIM(learns, "LM.beats-frequencies", CONTRACT,
      "The network learns more than word frequencies: at least {percent} of what counting pairs of "
      "words saves.",
      "its validation loss stays nearer to that of frequencies", .bound = 0.5) {
    struct summary s = summary_of(run);
    if (s.minibatch_settled >= (double)p->minibatches)
        return verdict_skip(v, "the run ends in the start-up transient, at minibatch %.0f",
                            s.minibatch_settled);
    if (!(s.pair_loss < s.unigram_loss))
        return verdict_skip(v, "pairs tell no more than words here: loss %.4f, words %.4f",
                            s.pair_loss, s.unigram_loss);
    return verdict_at_least(v, (s.unigram_loss - s.valid_loss_min) / (s.unigram_loss - s.pair_loss),
                            v->bound,
                            "smallest validation loss %.4f; word frequencies %.4f, pairs %.4f",
                            s.valid_loss_min, s.unigram_loss, s.pair_loss);
}

/* What the published curves show is stated for one layer, Adam, rates up to 1e-4; 3e-4 is near
 * enough. The last row of `beside` is the time that this run comes to. */
static bool beside_of(const struct trial *run, const struct wikitext_entropy *p, double least,
                      struct beside *last, struct verdict *v) {
    const size_t rows = ROWS(run, beside);
    if (rows > 0) ROW(run, beside, rows - 1, last);
    if (!*p->text)
        verdict_skip(v, "stated for real text: text=PATH");
    else if (p->layers != 1 || p->optimizer != optimizer_adam || p->lr > 3e-4)
        verdict_skip(v, "the published curves at hand are of one layer and Adam, and fall together "
                        "up to a rate of 1e-4 (at 1e-2 the entropy stays 0)");
    else if (rows == 0 || last->time < least)
        verdict_skip(v, "rate times minibatches is %.3g: the published curves take %g",
                     p->lr * (double)p->minibatches, least);
    else
        return true;
    return false;
}

CLAIM(falls, "LM.entropy-falls", OF(J_F6),
      "Attention becomes sparse early in training, behind the start-up transient: by rate times "
      "minibatches = 0.3 the lowest layer's entropy has fallen by at least half as much as in any "
      "published curve.",
      "it has fallen by less", .unjudged = "quick") {
    struct beside last;
    if (!beside_of(run, p, 0.3, &last, v)) return ATTNDYN_OK;
    struct summary s = summary_of(run);
    double fall = 0;
    EACH_ROW (run, beside, r)
        if (r->time < 0.3 + 1e-9) fall = larger_of(fall, 1 - r->left_most);
    return verdict_at_least(v, s.dip, fall / 2,
                            "share of the start's entropy %.4f: least %.4f at minibatch %.0f; in "
                            "the transient, up to minibatch %.0f, least %.4f",
                            s.entropy_start, s.entropy_min, s.minibatch_min, s.minibatch_settled,
                            s.entropy_transient);
}

CLAIM(bounces, "LM.entropy-bounces-back", OF(J_F6),
      "The entropy bounces back: it regains of its fall at least half as much as any published "
      "curve has by the same rate times minibatches.",
      "it has regained less", .unjudged = "quick") {
    struct beside last;
    if (!beside_of(run, p, 0.6, &last, v)) return ATTNDYN_OK;
    struct summary s = summary_of(run);
    return verdict_at_least(v, last.regained, last.regained_least / 2,
                            "at rate times minibatches = %g; published %.3f to %.3f, this run's "
                            "single sequence %.3f; at the end %.3f, highest layer %.3f",
                            last.time, last.regained_least, last.regained_most, last.regained_one,
                            s.recovery, s.recovery_top);
}

static const struct check *const wikitext_entropy_claims[] = {&falls,  &bounces, &uniform, &initial,
                                                              &learns, &repeats, &anew,    NULL};

const struct experiment experiment_lm_wikitext_entropy = {
    .id = "lm/wikitext-entropy",
    .title = "Attention entropy of a transformer over training on text",
    .source = "JoMA (arXiv 2310.00535), figures 6 and 8",
    .doc =
        "A post-norm encoder with a causal mask (PyTorch's word_language_model: embedding times "
        "sqrt(d) plus sinusoidal positions, one attention head, ReLU, dropout 0.2, decoder not "
        "tied) is trained with Adam at a constant rate on minibatches of 20 sequences of 35 "
        "words, the gradient's norm clipped to 0.5. As in the authors' script all layers start as "
        "copies of one and Adam starts anew at every pass over the text. Entropy is the mean over "
        "the query rows of -sum_j a_j ln(a_j + 1e-8); masked entries count 0, so attention that "
        "is uniform over the keys seen has ln(T!)/T = 2.6325 at T = 35.\n"
        "The published curves are the entropy of a single validation sequence (entropy_one); the "
        "mean over all validation text is far less noisy and is what the checks judge. Over the "
        "rate times the minibatches the published curves of rates 5e-6 to 1e-4 fall together "
        "(`beside`): a start-up transient, least at 0.006 and back at 0.03, which is left out of "
        "minima; the fall, by 31 to 41 % at 0.2 to 0.3; then the way back, a third at 1, two "
        "thirds at 3. A run that ends before 0.5 has no way back to show. The axis "
        "counts updates; the authors' counter advances 2,928 for every 2,929 of them.\n"
        "text= names a folder of WikiText-2's form (train, valid and test, with or without wiki. "
        "before and .txt, .tokens or .raw behind); WikiText-103 has the same form: its 267,735 "
        "words make the decoder the whole cost, vocabulary=N keeps the N most frequent.",
    .presets =
        (const struct preset[]){
            {"quick",
             "paragraphs=1000 width=32 hidden=32 minibatches=300 lr=3e-3 dense_every=10 "
             "dense_until=100 "
             "every=20 valid_every=100",
             "a generated text, a small network: seconds"},
            {"paper", "need_text=true window=100 minibatches=58580",
             "the authors': one layer, Adam at 1e-4, 20 passes over WikiText-2 (hours); text=PATH"},
            {"wikitext", "need_text=true window=100 minibatches=8000",
             "the authors' network, the first 8,000 minibatches; text=PATH"},
            {"wikitext-small",
             "need_text=true window=100 minibatches=3200 lr=3e-4 every=50 valid_every=1000 windows=10",
             "the same at lr 3e-4 until dip and recovery are seen: 25 minutes on one core; "
             "text=PATH"},
            {"figure-8", "need_text=true window=100 minibatches=58580 lr=1e-5",
             "figure 8's middle rate; sweep lr over 1e-6, 5e-6, 1e-5, 5e-5; text=PATH"},
            {0}},
    .tables = TABLES(entropy, loss, beside),
    .figures =
        (const struct figure[]){
            {"entropy", "lm/wikitext_entropy/wikitext_entropy.gp",
             "(a) Attention entropy of every layer, over all validation text, against the "
             "minibatch "
             "(JoMA, figures 6 and 8): it falls as attention becomes sparse, then bounces back. "
             "The dotted "
             "line is attention that is uniform over the keys seen. (b) The same at the start of "
             "training, on a logarithmic axis. (c) The published quantity, of a single sequence: "
             "noisier; bars: the published curves at equal rate times minibatches. "
             "(d) Training and validation loss; dotted: word frequencies alone."},
            {0}},
    PARTS_OF(wikitext_entropy, summary)};
