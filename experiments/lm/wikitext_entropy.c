/* Attention entropy of a transformer while it is trained on text: JoMA, figures 6 and 8. */
#include "experiments/frame/contract/check.h"

#include "experiments/lm/shared/text_training.h"

#include <math.h>

static const struct param params[] = {
    TEXT_PARAMS,
    NETWORK_PARAMS("200", "200", "0.2"),
    TRAINING_PARAMS("8000", "1e-4"),
    {"dense_every", PARAM_INT, "10", 1, 1000000,
     .doc = "minibatches between two looks at the attention, at first"},
    {"dense_until", PARAM_INT, "300", 0, 100000000, .doc = "minibatch where that ends"},
    {"every", PARAM_INT, "100", 1, 10000000, .doc = "the same from then on"},
    {"valid_every", PARAM_INT, "1000", 1, 100000000,
     .doc = "minibatches between two validation losses"},
    {"windows", PARAM_INT, "1", 1, 1000000,
     .doc = "every so many of the validation windows count for its entropy"},
    {"window", PARAM_INT, "100", 0, 100000000,
     .doc = "validation window whose first sequence is that of the published logs"},
    {0}};

static const struct preset presets[] = {
    {"quick",
     "paragraphs=1000 width=32 hidden=32 minibatches=300 lr=3e-3 dense_every=10 dense_until=100 "
     "every=20 valid_every=100 window=3",
     "a generated text, a small network: seconds"},
    {"paper", "need_data=true minibatches=58580",
     "the authors': one layer, Adam at 1e-4, 20 passes over WikiText-2 (hours); data=DIR"},
    {"wikitext", "need_data=true minibatches=8000",
     "the authors' network, the first 8,000 minibatches; data=DIR"},
    {"wikitext-small",
     "need_data=true minibatches=3200 lr=3e-4 every=50 valid_every=1000 windows=10",
     "the same at lr 3e-4 until dip and recovery are seen: 25 minutes on one core; data=DIR"},
    {"figure-8", "need_data=true minibatches=58580 lr=1e-5",
     "figure 8's middle rate; sweep lr over 1e-6, 5e-6, 1e-5, 5e-5; data=DIR"},
    {0}};

static const struct column entropy_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"layer", COLUMN_INT, .doc = "from the lowest, 0"},
    {"entropy", COLUMN_REAL, "nat",
     "mean over query rows of -sum a ln(a + 1e-8), all validation windows (every `windows`-th)",
     false},
    {"entropy_one", COLUMN_REAL, "nat",
     "the same of one sequence, the first of validation window `window`: the published quantity",
     false},
    {0}};
static const struct column loss_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"loss", COLUMN_REAL, "nat", "mean of the minibatches since the last row, with dropout", true},
    {"gradient_norm", COLUMN_REAL, .doc = "of the last of them, before clipping", .optional = true},
    {"valid_loss", COLUMN_REAL, "nat", "validation cross-entropy, every `valid_every`", true},
    {0}};
static const struct table tables[] = {
    {"entropy", "attention entropy of every layer over training", entropy_columns},
    {"loss", "training and validation loss", loss_columns},
    {0}};

static const struct scalar scalars[] = {
    {"entropy_start", "nat", "of the lowest layer before training, all validation windows", false},
    {"entropy_uniform", "nat", "of attention that is uniform over the keys seen: ln(T!)/T", false},
    {"entropy_min", "nat", "the lowest value, lowest layer", false},
    {"minibatch_min", NULL, "where", false},
    {"entropy_end", "nat", "after the last update", false},
    {"dip", NULL, "(start - min) / start", false},
    {"recovery", NULL, "(end - min) / (start - min): 0 none, 1 all the way back", false},
    {"dip_top", NULL, "dip of the highest layer", false},
    {"recovery_top", NULL, "its recovery", false},
    {"entropy_one_min", "nat",
     "of the published sequence, lowest layer; by the script's -a ln(a + 1e-8), a hair below 0 at "
     "a = 1",
     false},
    {"entropy_one_end", "nat", "of the published sequence, lowest layer", false},
    {"loss_first", "nat", "validation loss before training", false},
    {"valid_loss_min", "nat", "the smallest validation loss", false},
    {"valid_loss", "nat", "the last validation loss", false},
    {"unigram_loss", "nat", "validation loss of the training text's word frequencies", false},
    {"vocabulary", NULL, "V", false},
    {"repeats", NULL, "1 if a second training of the same seed began with the same losses", false},
    {0}};

static const struct figure figures[] = {
    {"entropy", "lm/wikitext_entropy/wikitext_entropy.gp",
     "(a) Attention entropy of every layer, over all validation text, against the minibatch "
     "(JoMA, figures 6 and 8): it falls as attention becomes sparse, then bounces back. The dotted "
     "line is attention that is uniform over the keys seen. (b) The same at the start of "
     "training, on a logarithmic axis. (c) The published quantity, of a single sequence: noisier. "
     "(d) Training and validation loss; dotted: word frequencies alone."},
    {0}};

/* Is the network looked at after so many updates? */
static bool looked_at(const struct params *p, uint64_t step, uint64_t last) {
    uint64_t every = (uint64_t)param_int(
        p, step < (uint64_t)param_int(p, "dense_until") ? "dense_every" : "every");
    return step % every == 0 || step == last || step < 3 || step == 5;
}

enum { AGAIN = 5 }; /* minibatches of the second training */

struct looker {
    double *all, *one;   /* (layers) */
    double first[AGAIN]; /* losses */
};

static enum attndyn_status look(struct attndyn_context *ctx, const struct params *p,
                                struct text_model *t, struct results *results, void *with) {
    struct looker *looker = with;
    double *all = looker->all, *one = looker->one;
    if (t->step > 0 && t->step <= AGAIN) looker->first[t->step - 1] = t->loss;
    if (!looked_at(p, t->step, t->minibatches)) return ATTNDYN_OK;
    size_t window;
    ATTNDYN_TRY(text_model_window(ctx, p, t, "validation", t->valid.count, &window));
    /* All that an interrupt can stop comes before the first row. */
    double valid = NAN, norm = t->step ? t->norm : NAN;
    if (t->step % (uint64_t)param_int(p, "valid_every") == 0 || t->step == t->minibatches)
        ATTNDYN_TRY(text_model_valid_loss(ctx, t, &valid));
    ATTNDYN_TRY(text_model_valid_entropy(ctx, t, (size_t)param_int(p, "windows"), all));
    struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, window);
    batch.targets = NULL;
    attndyn_transformer_loss(t->model, &batch);
    for (size_t l = 0; l < t->layers; l++) {
        one[l] = text_model_entropy(t, l, 0, 1, batch.length);
        ATTNDYN_TRY(
            EMIT(ctx, results, "entropy", I((long)t->step), I((long)l), R(all[l]), R(one[l])));
    }
    return EMIT(ctx, results, "loss", I((long)t->step), R(text_model_mean_loss(t)), R(norm),
                R(valid));
}

/* First, least and last of a column of the table entropy for one layer. */
struct course {
    double start, min, end;
    long at;
};
static struct course course_of(const struct results *r, const char *column, long layer) {
    struct course c = {NAN, INFINITY, NAN, 0};
    for (size_t i = 0; i < results_rows(r, "entropy"); i++) {
        if ((long)results_real(r, "entropy", i, "layer") != layer) continue;
        double h = results_real(r, "entropy", i, column);
        if (isnan(c.start)) c.start = h;
        if (h < c.min) c.min = h, c.at = (long)results_real(r, "entropy", i, "minibatch");
        c.end = h;
    }
    return c;
}

static double recovery_of(struct course c) {
    return c.start > c.min ? (c.end - c.min) / (c.start - c.min) : 0;
}

static enum attndyn_status sum_up(struct attndyn_context *ctx, struct text_model *t,
                                  struct results *results) {
    struct course low = course_of(results, "entropy", 0);
    struct course top = course_of(results, "entropy", (long)t->layers - 1);
    struct course one = course_of(results, "entropy_one", 0);
    double first = NAN, best = INFINITY, last = NAN, unigram;
    for (size_t i = 0; i < results_rows(results, "loss"); i++) {
        double v = results_real(results, "loss", i, "valid_loss");
        if (isnan(v)) continue;
        if (isnan(first)) first = v;
        if (v < best) best = v;
        last = v;
    }
    ATTNDYN_TRY(text_model_unigram_loss(ctx, t, &unigram));
    double T = (double)t->valid.length;
    const struct {
        const char *name;
        double value;
    } values[] = {
        {"entropy_start", low.start},       {"entropy_uniform", lgamma(T + 1) / T},
        {"entropy_min", low.min},           {"minibatch_min", (double)low.at},
        {"entropy_end", low.end},           {"dip", (low.start - low.min) / low.start},
        {"recovery", recovery_of(low)},     {"dip_top", (top.start - top.min) / top.start},
        {"recovery_top", recovery_of(top)}, {"entropy_one_min", one.min},
        {"entropy_one_end", one.end},       {"loss_first", first},
        {"valid_loss_min", best},           {"valid_loss", last},
        {"unigram_loss", unigram},          {"vocabulary", (double)t->vocabulary}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        ATTNDYN_TRY(results_scalar(ctx, results, values[i].name, values[i].value));
    return ATTNDYN_OK;
}

/* The first losses of another training with the same seed. */
static enum attndyn_status train_again(struct attndyn_context *ctx, const struct params *p,
                                       const struct text_model *t,
                                       const struct attndyn_optimizer_options *options,
                                       const double *losses, struct results *results) {
    struct text_model again = *t;
    struct attndyn_transformer_config config = *attndyn_transformer_config_of(t->model);
    bool same = true;
    again.step = 0;
    ATTNDYN_TRY(text_model_network(ctx, p, &again, &config));
    ATTNDYN_TRY(text_model_optimizer(ctx, &again, options));
    for (size_t i = 0; i < AGAIN && i < t->minibatches; i++) {
        ATTNDYN_TRY(text_model_step(ctx, &again));
        same = same && again.loss == losses[i];
    }
    return results_scalar(ctx, results, "repeats", same);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct text_model t;
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAM,
                                                      .clip = param_real(p, "clip")};
    bool skipped;
    struct looker looker = {0};
    ATTNDYN_TRY(text_training_prepare(ctx, p, results, &options, &t, &skipped));
    if (skipped) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, looker.all, t.layers);
    ATTNDYN_ALLOC(ctx, looker.one, t.layers);
    const struct attndyn_checkpoint_array sums[] = {{"first_losses", looker.first, AGAIN}};
    const struct text_training training = {
        .t = &t, .results = results, .arrays = sums, .n_arrays = 1, .look = look, .with = &looker};
    ATTNDYN_TRY(text_training_run(ctx, p, &training));
    ATTNDYN_TRY(sum_up(ctx, &t, results));
    return train_again(ctx, p, &t, &options, looker.first, results);
}

static enum attndyn_status check_repeats(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx;
    return verdict_at_least(v, results_scalar_value(r, "repeats"), 1,
                            "the first %d losses of seed %ld", AGAIN, param_int(p, "seed"));
}

static enum attndyn_status check_uniform(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double uniform = results_scalar_value(r, "entropy_uniform");
    double start = results_scalar_value(r, "entropy_start");
    return verdict_near(v, start, uniform, 0.1, "entropy at the start %.4f, ln(T!)/T = %.4f", start,
                        uniform);
}

/* With LayerNorm in front the decoder sees vectors of squared length d, its weights are uniform in
 * +-0.1: logits have variance d 0.01 / 3, and E log sum exp is ln V + variance / 2. */
static enum attndyn_status check_initial(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx;
    double first = results_scalar_value(r, "loss_first");
    double expected =
        log(results_scalar_value(r, "vocabulary")) + (double)param_int(p, "width") * 0.01 / 6;
    return verdict_at_most(v, fabs(first - expected), 0.1,
                           "loss before training %.4f, ln V + d 0.01/6 = %.4f", first, expected);
}

static enum attndyn_status check_learns(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double unigram = results_scalar_value(r, "unigram_loss");
    return verdict_at_most(v, results_scalar_value(r, "valid_loss_min") / unigram, 1,
                           "smallest validation loss over that of word frequencies, %.4f", unigram);
}

static enum attndyn_status check_falls(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx;
    if (*param_text(p, "data") == '\0') return verdict_skip(v, "stated for real text: data=DIR");
    return verdict_at_least(v, results_scalar_value(r, "dip"), 0.1,
                            "lowest layer: %.4f at the start, least %.4f at minibatch %.0f",
                            results_scalar_value(r, "entropy_start"),
                            results_scalar_value(r, "entropy_min"),
                            results_scalar_value(r, "minibatch_min"));
}

static enum attndyn_status check_bounces(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx;
    if (*param_text(p, "data") == '\0') return verdict_skip(v, "stated for real text: data=DIR");
    return verdict_at_least(
        v, results_scalar_value(r, "recovery"), 0.1,
        "lowest layer: least %.4f, end %.4f; dip %.3f of the start, highest layer's recovery %.3f",
        results_scalar_value(r, "entropy_min"), results_scalar_value(r, "entropy_end"),
        results_scalar_value(r, "dip"), results_scalar_value(r, "recovery_top"));
}

static const struct check *const checks[] = {
    &(const struct check){"LM.entropy-falls", CHECK_CLAIM,
     "Attention becomes sparse early in training: the lowest layer's entropy falls by at least a "
     "tenth.",
     "JoMA, figures 6 and 8", "the entropy never goes a tenth below its start", check_falls},
    &(const struct check){"LM.entropy-bounces-back", CHECK_CLAIM,
     "The entropy bounces back: by the end it has regained at least a tenth of what it lost.",
     "JoMA, figures 6 and 8", "it ends within a tenth of the way up from its minimum",
     check_bounces},
    &(const struct check){"LM.starts-uniform", CHECK_CLAIM,
     "Before training attention is nearly uniform over the keys seen (within 10 %).",
     "JoMA, figure 6", "the entropy at the start is another", check_uniform},
    &(const struct check){"LM.initial-loss", CHECK_CLAIM,
     "The loss before training is ln V + d 0.01/6: logits of unit-variance vectors under weights "
     "uniform in +-0.1.",
     "derived here", "it is off by more than 0.1 nat", check_initial},
    &(const struct check){"LM.beats-frequencies", CHECK_CLAIM,
     "The network learns more than word frequencies: its validation loss falls below theirs.",
     "the program's contract", "it stays above", check_learns},
    &(const struct check){"LM.entropy-repeats", CHECK_CLAIM, "The same seed gives the same bits.",
     "the program's contract", "a second training's losses differ", check_repeats},
    NULL};

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
        "mean over all validation text is far less noisy and is what the checks judge. The axis "
        "counts updates; the authors' counter advances 2,928 for every 2,929 of them.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
