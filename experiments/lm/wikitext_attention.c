/* Attention maps of the lowest layer while a transformer is trained by SGD on text: Scan&Snap,
 * figure 7. */
#include "experiments/lm/shared/published.h"
#include "experiments/statements/statements.h"

#include <string.h>

#define WIKITEXT_ATTENTION(X)                                                                      \
    TEXT_INPUT_OR_PUBLISHED(X)                                                                     \
    PUBLISHED(X)                                                                                   \
    NETWORK(X, "200", "200", "0.3")                                                                \
    UPDATES(X, "1500", "5")                                                                        \
    DESCENT_OR_PUBLISHED(X, "of the updates", "sgd")                                               \
    X(REAL, lr_mlp, "10", "learning rate of the MLP's weights and biases", IN(1e-12, 1e6))         \
    X(REALS, maps, "0,500,1000,1500",                                                              \
      "minibatches before which the attention map is shown, ascending", IN(0, 100000000))          \
    X(INT, every, "25", "minibatches between two rows of the course", IN(1, 10000000))             \
    X(TEXT, phrase,                                                                                \
      "its consequences . while making the anime , the production team were told by sega",         \
      "the sequence shown begins with these words of the training text (as tokens); where it "     \
      "does not have them, the sequence is that of `window`")                                      \
    X(INT, window, "3", "training window whose first column is shown otherwise; 100 as published", \
      IN(0, 100000000))
PARAMS(wikitext_attention, WIKITEXT_ATTENTION)
#define PARAMETERS wikitext_attention

#define MAP(X)                                                                                     \
    X(INT, minibatch, "updates made before")                                                       \
    X(INT, query, "position of the query")                                                         \
    X(INT, key, "position of the key")                                                             \
    X(REAL, weight, "attention, first head, dropout off")
TABLE(map, MAP, "attention of the lowest layer for one training sequence")

#define COURSE(X)                                                                                  \
    X(INT, minibatch, "updates made before")                                                       \
    X(REAL, entropy, "of the sequence's attention, mean over queries and heads", .unit = "nat")    \
    X(REAL, top, "largest weight of a row, mean over queries but the first, first head")           \
    X(REAL, two_keys,                                                                              \
      "share of attention on the two keys that get most, over queries after both, first head")     \
    X(OPTIONAL, loss, "mean of the minibatches since the last row, with dropout", .unit = "nat")
TABLE(course, COURSE, "how sparse that attention is over training")

#define TOKEN(X)                                                                                   \
    X(INT, position, "in the sequence")                                                            \
    X(TEXT, token, "word")
TABLE(token, TOKEN, "the sequence")

#define SUMMARY(X)                                                                                 \
    X(REAL, entropy_start, "entropy of the sequence's attention before training, mean over heads", \
      .unit = "nat")                                                                               \
    X(REAL, entropy_end, "the same at the last map", .unit = "nat")                                \
    X(REAL, entropy_uniform,                                                                       \
      "entropy of attention that is uniform over the keys seen: ln(T!)/T without a window",        \
      .unit = "nat")                                                                               \
    X(REAL, top_end, "mean largest weight of a row at the last map")                               \
    X(REAL, two_keys_end, "share of the two most attended keys at the last map")                   \
    X(REAL, row_error, "largest deviation of a row's sum from 1, or weight above the diagonal")    \
    X(REAL, phrase_found, "1 if the text has the phrase")
SCALARS(summary, SUMMARY)

struct sequence {
    const uint32_t *token; /* (length) */
    size_t length;
    bool found;
};

/* The training text from the phrase on. */
static enum attndyn_status find_sequence(const struct trial *run,
                                         const struct wikitext_attention *p, struct text_model *t,
                                         struct sequence *s) {
    const struct attndyn_tokens *train = &t->data.tokens[ATTNDYN_TRAIN];
    struct attndyn_tokens words = {0};
    s->length = t->train.length;
    s->found = false;
    if (*p->phrase && t->real_text)
        ATTNDYN_TRY(text_model_encode(run->ctx, t, p->phrase, "phrase", &words));
    for (size_t i = 0; words.length && i + s->length <= train->length; i++)
        if (memcmp(train->id + i, words.id, words.length * sizeof *words.id) == 0) {
            s->token = train->id + i;
            s->found = true;
            return ATTNDYN_OK;
        }
    ATTNDYN_TRY(text_model_window(run->ctx, t, "training", p->window, t->train.rows / s->length));
    s->token = train->id + (size_t)p->window * s->length;
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
            if (j > i) worst(&s.error, w);
            sum += w;
            top = fmax(top, w);
            column[j] += w;
        }
        worst(&s.error, sum - 1);
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
    const struct wikitext_attention *p;
    struct text_model t;
    struct looks at;
    uint64_t start; /* the step of the first look */
    struct sequence sequence;
    double *column; /* (length of the sequence) */
    double error;
    struct sparsity last;
};

static enum attndyn_status look(struct training *training) {
    const struct trial *run = training->run;
    struct shown *maps = training->with;
    struct learner *l = &maps->t.learner;
    const struct sequence *s = &maps->sequence;
    bool map = looks_due(&maps->at, l->step);
    if (!map && l->step % (uint64_t)maps->p->every != 0) return ATTNDYN_OK;
    struct attndyn_batch batch = {1, s->length, s->token, NULL, NULL};
    size_t stride, T = s->length;
    long step = (long)l->step;
    attndyn_transformer_loss(l->model, &batch);
    const attndyn_real *a = attndyn_transformer_view(l->model, ATTNDYN_VIEW_ATTENTION, 0, &stride);
    struct sparsity now = measure(&maps->t, T, a, maps->column);
    maps->error = fmax(maps->error, now.error);
    maps->last = now;
    if (l->step == maps->start) ATTNDYN_TRY(SCALAR(run, summary, entropy_start, now.entropy));
    ATTNDYN_TRY(EMIT(run, course, .minibatch = step, .entropy = now.entropy, .top = now.top,
                     .two_keys = now.two_keys, .loss = learner_mean_loss(l)));
    for (size_t i = 0; map && i < T; i++)
        for (size_t j = 0; j < T; j++)
            ATTNDYN_TRY(EMIT(run, map, .minibatch = step, .query = (long)i, .key = (long)j,
                             .weight = (double)a[i * T + j]));
    return ATTNDYN_OK;
}

RUN(wikitext_attention) {
    const struct attndyn_optimizer_group mlp = {"layers.*.mlp.*", p->lr_mlp / p->lr, -1};
    struct shown maps = {.p = p};
    struct sequence *s = &maps.sequence;
    struct published set;
    bool skipped;
    const struct published_or ours = {"maps", p->maps, p->minibatches, .group = &mlp};
    ATTNDYN_TRY(published_or_training(run, &ours, &set, &maps.at, &maps.t, &skipped));
    if (set.count > 0) maps.start = set.step[0];
    if (skipped) return ATTNDYN_OK;
    ATTNDYN_TRY(find_sequence(run, p, &maps.t, s));
    ATTNDYN_ALLOC(run->ctx, maps.column, s->length);
    if (maps.t.real_text && !s->found && set.count == 0)
        ATTNDYN_TRY(NOTE(run,
                         "the text does not have the phrase: the sequence is window %ld, column 0",
                         p->window));
    for (size_t i = 0; i < s->length; i++)
        ATTNDYN_TRY(EMIT(run, token, .position = (long)i,
                         .token = text_model_token(run->ctx, &maps.t, s->token[i])));
    const struct attndyn_checkpoint_array sums[] = {{"row_error", &maps.error, 1},
                                                    {"entropy", &maps.last.entropy, 1},
                                                    {"top", &maps.last.top, 1},
                                                    {"two_keys", &maps.last.two_keys, 1}};
    struct training training = {.with = &maps, .look = look, .arrays = sums, .n_arrays = 4};
    ATTNDYN_TRY(published_or_trained(run, &set, &maps.t, &training));
    double uniform = 0, start = SCALAR_OF(run, summary, entropy_start);
    size_t window =
        attndyn_transformer_window(attndyn_transformer_config_of(maps.t.learner.model), 0);
    for (size_t i = 0; i < s->length; i++)
        uniform += log((double)(window > 0 && window <= i ? window : i + 1)) / (double)s->length;
    return SET(run, summary, .entropy_start = start, .entropy_end = maps.last.entropy,
               .entropy_uniform = uniform, .top_end = maps.last.top,
               .two_keys_end = maps.last.two_keys, .row_error = maps.error,
               .phrase_found = s->found);
}

CLAIM(rows, "LM.map-rows", CONTRACT,
      "Attention is a distribution over the past: rows sum to 1, nothing above the diagonal.",
      "a row is off by more than {bound}", .bound = 1e-5) {
    return verdict_at_most(v, SCALAR_OF(run, summary, row_error), v->bound,
                           "over all maps and rows of the course, single precision");
}

CLAIM(uniform, "LM.map-starts-uniform", OF(S_F7),
      "The map starts near uniform over the past: at least {percent} of its entropy.",
      "the entropy at the start is less", .bound = 0.75) {
    if (!published_start(run, v)) return ATTNDYN_OK;
    struct summary s = summary_of(run);
    return verdict_at_least(v, s.entropy_start / s.entropy_uniform, v->bound,
                            "entropy %.4f, uniform %.4f", s.entropy_start, s.entropy_uniform);
}

CLAIM(sparse, "LM.map-becomes-sparse", OF(S_F7),
      "Under SGD the lowest layer's attention becomes sparse: its entropy falls to {percent} "
      "of its start or less.",
      "the last map keeps more than {percent} of the entropy", .bound = 0.5, .unjudged = "quick") {
    if (*p->model) return verdict_skip(v, "stated for a training by SGD");
    if (!*p->text) return verdict_skip(v, "stated for real text: text=PATH");
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.entropy_end / s.entropy_start, v->bound,
                           "entropy %.4f to %.4f; mean largest weight of a row %.3f, share of the "
                           "two most attended keys %.3f",
                           s.entropy_start, s.entropy_end, s.top_end, s.two_keys_end);
}

static const struct check *const wikitext_attention_claims[] = {&rows, &uniform, &sparse, NULL};

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
        "most attended keys get (the figure's vertical runs).\n"
        "With model= the maps are those of published networks, one or several of one training: "
        "docs/pretrained.md.",
    .presets =
        (const struct preset[]){
            {"quick",
             "paragraphs=1000 width=32 hidden=32 minibatches=300 lr=1 lr_mlp=2 maps=0,60,120,300 "
             "every=10",
             "a generated text, a small network: seconds"},
            {"paper", "need_text=true window=100",
             "the authors' one layer on WikiText-2; text=PATH"},
            {"paper-3-layers", "need_text=true window=100 layers=3",
             "three layers, the lowest shown; text=PATH"},
            {"wikitext-small", "need_text=true window=100",
             "the same as paper: ten minutes; text=PATH"},
            {0}},
    .tables = TABLES(map, course, token),
    .figures =
        (const struct figure[]){
            {"attention", "lm/wikitext_attention/wikitext_attention.gp",
             "Attention of the lowest layer for one training sequence (rows: queries, columns: "
             "keys; "
             "logarithmic colours), from nearly uniform over the past to a few keys (Scan&Snap, "
             "figure "
             "7)."},
            {"attention_course", "lm/wikitext_attention/wikitext_attention_course.gp",
             "The same attention in numbers: its entropy, the mean largest weight of a row, the "
             "share of "
             "the two keys that get most, against the minibatch."},
            {0}},
    PARTS_OF(wikitext_attention, summary)};
