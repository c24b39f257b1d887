/* Attention maps of the lowest layer while a transformer is trained by SGD on text: Scan&Snap,
 * figure 7. */
#include "experiments/frame/contract/check.h"

#include "experiments/lm/shared/text_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct param params[] = {
    TEXT_PARAMS,
    NETWORK_PARAMS("200", "200", "0.3"),
    TRAINING_PARAMS("1500", "5"),
    {"lr_mlp", PARAM_REAL, "10", 1e-12, 1e6,
     .doc = "learning rate of the MLP's weights and biases"},
    {"maps", PARAM_REALS, "0,500,1000,1500", 0, 100000000,
     .doc = "minibatches before which the attention map is shown, ascending"},
    {"every", PARAM_INT, "25", 1, 10000000, .doc = "minibatches between two rows of the course"},
    {"phrase", PARAM_TEXT,
     "its consequences . while making the anime , the production team were told by sega",
     .doc = "the sequence shown begins with these words of the training text (as tokens); where it "
            "does not have them, the sequence is that of `window`"},
    {"window", PARAM_INT, "100", 0, 100000000,
     .doc = "training window whose first column is shown otherwise"},
    {0}};

static const struct preset presets[] = {
    {"quick",
     "paragraphs=1000 width=32 hidden=32 minibatches=300 lr=1 lr_mlp=2 maps=0,60,120,300 every=10 "
     "window=3",
     "a generated text, a small network: seconds"},
    {"paper", "need_data=true", "the authors' one layer on WikiText-2; data=DIR"},
    {"paper-3-layers", "need_data=true layers=3", "three layers, the lowest shown; data=DIR"},
    {"wikitext-small", "need_data=true", "the same as paper: ten minutes; data=DIR"},
    {0}};

static const struct column map_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made before"},
    {"query", COLUMN_INT, .doc = "position of the query"},
    {"key", COLUMN_INT, .doc = "position of the key"},
    {"weight", COLUMN_REAL, .doc = "attention, first head, dropout off"},
    {0}};
static const struct column course_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made before"},
    {"entropy", COLUMN_REAL, "nat", "of the sequence's attention, mean over queries", false},
    {"top", COLUMN_REAL, .doc = "largest weight of a row, mean over queries but the first"},
    {"two_keys", COLUMN_REAL,
     .doc = "share of all attention on the two keys that get most, over queries that see both"},
    {"loss", COLUMN_REAL, "nat", "mean of the minibatches since the last row, with dropout", true},
    {0}};
static const struct column token_columns[] = {
    {"position", COLUMN_INT, .doc = "in the sequence"}, {"token", COLUMN_TEXT, .doc = "word"}, {0}};
static const struct table tables[] = {
    {"map", "attention of the lowest layer for one training sequence", map_columns},
    {"course", "how sparse that attention is over training", course_columns},
    {"token", "the sequence", token_columns},
    {0}};

static const struct scalar scalars[] = {
    {"entropy_start", "nat", "of the sequence's attention before training", false},
    {"entropy_end", "nat", "at the last map", false},
    {"entropy_uniform", "nat", "of attention uniform over the keys seen: ln(T!)/T", false},
    {"top_end", NULL, "mean largest weight of a row at the last map", false},
    {"two_keys_end", NULL, "share of the two most attended keys at the last map", false},
    {"row_error", NULL, "largest deviation of a row's sum from 1, or weight above the diagonal",
     false},
    {"phrase_found", NULL, "1 if the text has the phrase", false},
    {0}};

static const struct figure figures[] = {
    {"attention", "lm/wikitext_attention/wikitext_attention.gp",
     "Attention of the lowest layer for one training sequence (rows: queries, columns: keys; "
     "logarithmic colours), from nearly uniform over the past to a few keys (Scan&Snap, figure "
     "7)."},
    {"attention_course", "lm/wikitext_attention/wikitext_attention_course.gp",
     "The same attention in numbers: its entropy, the mean largest weight of a row, the share of "
     "the two keys that get most, against the minibatch."},
    {0}};

struct sequence {
    const uint32_t *token; /* (length) */
    size_t length;
    bool found;
};

/* The training text from the phrase on. */
static enum attndyn_status find_sequence(struct attndyn_context *ctx, const struct params *p,
                                         struct text_model *t, struct sequence *s) {
    const struct attndyn_tokens *train = &t->data.tokens[ATTNDYN_TRAIN];
    const char *phrase = param_text(p, "phrase");
    struct attndyn_tokens words = {0};
    s->length = t->train.length;
    s->found = false;
    if (*phrase && t->real_text)
        ATTNDYN_TRY(attndyn_tokenizer_encode(ctx, &t->data.tokenizer, phrase, strlen(phrase),
                                             "phrase", &words));
    for (size_t i = 0; words.length && i + s->length <= train->length; i++)
        if (memcmp(train->id + i, words.id, words.length * sizeof *words.id) == 0) {
            s->token = train->id + i;
            s->found = true;
            return ATTNDYN_OK;
        }
    size_t window;
    ATTNDYN_TRY(text_model_window(ctx, p, t, "training", t->train.rows / s->length, &window));
    s->token = train->id + window * s->length;
    return ATTNDYN_OK;
}

/* What one map a (T, T) says; column: room for T. */
struct sparsity {
    double entropy, top, two_keys, error;
};
static struct sparsity measure(struct text_model *t, size_t T, const attndyn_real *a,
                               double *column) {
    struct sparsity s = {.entropy = text_model_entropy(t, 0, 0, 1, T)};
    for (size_t j = 0; j < T; j++) column[j] = 0;
    for (size_t i = 0; i < T; i++) {
        double sum = 0, top = 0;
        for (size_t j = 0; j < T; j++) {
            double w = (double)a[i * T + j];
            if (j > i) s.error = fmax(s.error, fabs(w));
            sum += w;
            top = fmax(top, w);
            column[j] += w;
        }
        s.error = fmax(s.error, fabs(sum - 1));
        if (i > 0) s.top += top / (double)(T - 1);
    }
    size_t first = 0, second = T > 1;
    for (size_t j = 0; j < T; j++) {
        if (column[j] > column[first])
            second = first, first = j;
        else if (j != first && (second == first || column[j] > column[second]))
            second = j;
    }
    size_t from = first > second ? first : second;
    for (size_t i = from; i < T; i++)
        s.two_keys +=
            ((double)a[i * T + first] + (second == first ? 0 : (double)a[i * T + second])) /
            (double)(T - from);
    return s;
}

struct shown {
    struct looks at;
    struct sequence sequence;
    double *column; /* (length of the sequence) */
    double error;
    struct sparsity last;
};

static enum attndyn_status look(struct attndyn_context *ctx, const struct params *p,
                                struct text_model *t, struct results *results, void *with) {
    struct shown *maps = with;
    const struct sequence *s = &maps->sequence;
    bool map = looks_due(&maps->at, t->step);
    if (!map && t->step % (uint64_t)param_int(p, "every") != 0) return ATTNDYN_OK;
    struct attndyn_batch batch = {1, s->length, s->token, NULL, NULL};
    size_t stride, T = s->length;
    attndyn_transformer_loss(t->model, &batch);
    const attndyn_real *a = attndyn_transformer_view(t->model, ATTNDYN_VIEW_ATTENTION, 0, &stride);
    struct sparsity now = measure(t, T, a, maps->column);
    maps->error = fmax(maps->error, now.error);
    maps->last = now;
    if (t->step == 0) ATTNDYN_TRY(results_scalar(ctx, results, "entropy_start", now.entropy));
    ATTNDYN_TRY(EMIT(ctx, results, "course", I((long)t->step), R(now.entropy), R(now.top),
                     R(now.two_keys), R(text_model_mean_loss(t))));
    if (!map) return ATTNDYN_OK;
    for (size_t i = 0; i < T; i++)
        for (size_t j = 0; j < T; j++)
            ATTNDYN_TRY(EMIT(ctx, results, "map", I((long)t->step), I((long)i), I((long)j),
                             R((double)a[i * T + j])));
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct text_model t;
    const struct attndyn_optimizer_group mlp = {"layers.*.mlp.*",
                                                param_real(p, "lr_mlp") / param_real(p, "lr"), -1};
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_SGD,
                                                      .clip = param_real(p, "clip"),
                                                      .groups = &mlp,
                                                      .n_groups = 1};
    struct shown maps = {0};
    struct sequence *s = &maps.sequence;
    bool skipped;
    ATTNDYN_TRY(looks_create(ctx, p, "maps", &maps.at));
    ATTNDYN_TRY(text_training_prepare(ctx, p, results, &options, &t, &skipped));
    if (skipped) return ATTNDYN_OK;
    ATTNDYN_TRY(find_sequence(ctx, p, &t, s));
    ATTNDYN_ALLOC(ctx, maps.column, s->length);
    if (t.real_text && !s->found)
        ATTNDYN_TRY(results_note(ctx, results,
                                 "the text does not have the phrase: the sequence is window %ld, "
                                 "column 0",
                                 param_int(p, "window")));
    for (size_t i = 0; i < s->length; i++)
        ATTNDYN_TRY(EMIT(ctx, results, "token", I((long)i),
                         S(attndyn_tokenizer_name(&t.data.tokenizer, s->token[i]))));
    const struct attndyn_checkpoint_array sums[] = {{"row_error", &maps.error, 1},
                                                    {"entropy", &maps.last.entropy, 1},
                                                    {"top", &maps.last.top, 1},
                                                    {"two_keys", &maps.last.two_keys, 1}};
    const struct text_training training = {
        .t = &t, .results = results, .arrays = sums, .n_arrays = 4, .look = look, .with = &maps};
    ATTNDYN_TRY(text_training_run(ctx, p, &training));
    double T = (double)s->length;
    ATTNDYN_TRY(results_scalar(ctx, results, "entropy_uniform", lgamma(T + 1) / T));
    ATTNDYN_TRY(results_scalar(ctx, results, "entropy_end", maps.last.entropy));
    ATTNDYN_TRY(results_scalar(ctx, results, "top_end", maps.last.top));
    ATTNDYN_TRY(results_scalar(ctx, results, "two_keys_end", maps.last.two_keys));
    ATTNDYN_TRY(results_scalar(ctx, results, "row_error", maps.error));
    return results_scalar(ctx, results, "phrase_found", s->found);
}

static enum attndyn_status check_rows(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, results_scalar_value(r, "row_error"), 1e-5,
                           "over all maps and rows of the course, single precision");
}

static enum attndyn_status check_uniform(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double uniform = results_scalar_value(r, "entropy_uniform");
    double start = results_scalar_value(r, "entropy_start");
    return verdict_at_least(v, start / uniform, 0.75, "entropy %.4f, uniform %.4f", start, uniform);
}

static enum attndyn_status check_sparse(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx;
    if (*param_text(p, "data") == '\0') return verdict_skip(v, "stated for real text: data=DIR");
    double start = results_scalar_value(r, "entropy_start");
    double end = results_scalar_value(r, "entropy_end");
    return verdict_at_most(v, end / start, 0.5,
                           "entropy %.4f to %.4f; mean largest weight of a row %.3f, share of the "
                           "two most attended keys %.3f",
                           start, end, results_scalar_value(r, "top_end"),
                           results_scalar_value(r, "two_keys_end"));
}

static const struct check *const checks[] = {
    &(const struct check){"LM.map-rows", CHECK_CLAIM,
     "Attention is a distribution over the past: rows sum to 1, nothing above the diagonal.",
     "the program's contract", "a row is off by more than 1e-5", check_rows},
    &(const struct check){"LM.map-starts-uniform", CHECK_CLAIM,
     "The map starts near uniform over the past: at least three quarters of its entropy.",
     "Scan&Snap, figure 7 (iter-0)", "the entropy at the start is less", check_uniform},
    &(const struct check){"LM.map-becomes-sparse", CHECK_CLAIM,
     "Under SGD the lowest layer's attention becomes sparse: its entropy at least halves.",
     "Scan&Snap, figure 7", "the last map keeps more than half the entropy", check_sparse},
    NULL};

const struct experiment experiment_lm_wikitext_attention = {
    .id = "lm/wikitext-attention",
    .title = "Attention maps of the lowest layer over training on text",
    .source = "Scan&Snap (arXiv 2305.16380), figure 7",
    .doc =
        "The encoder of lm/wikitext-entropy with dropout 0.3, trained by plain SGD: rate 5, and 10 "
        "for the MLP, the gradient's norm clipped to 0.5. The attention of the lowest layer for "
        "one training sequence, dropout off, before the updates 0, 500, 1000 and 1500: from "
        "nearly uniform over the past to rows that put most of their weight on a few keys. The "
        "sequence is the published one, found by its words; in another order of the articles it "
        "is met at another time of the training.\n"
        "Course: entropy of the rows, their largest weight, and how much of all attention the two "
        "most attended keys get (the figure's vertical runs).",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
