/* Are embedding vectors orthogonal, as both theories assume? Cosines between the embeddings of
 * frequent tokens, and between the stream vectors of different tokens after every layer. */
#include "experiments/frame/contract/check.h"

#include "experiments/lm/shared/text_training.h"

#include "sim/observe/correlation.h"

#include <math.h>
#include <stdio.h>

static const struct param params[] = {
    TEXT_PARAMS,
    NETWORK_PARAMS("200", "200", "0.2"),
    TRAINING_PARAMS("3000", "1e-3"),
    {"at", PARAM_REALS, "0,100,300,1000,3000", 0, 100000000,
     .doc = "minibatches at which the vectors are compared, ascending; the first and the last are "
            "drawn"},
    {"tokens", PARAM_INT, "200", 3, 5000, .doc = "most frequent tokens that are compared"},
    {0}};

static const struct preset presets[] = {
    {"quick",
     "paragraphs=1000 layers=2 width=32 hidden=32 minibatches=300 lr=3e-3 at=0,30,100,300 "
     "tokens=60",
     "a generated text, a small network of two layers: seconds"},
    {"paper", "need_data=true layers=3", "three layers of the authors' network; data=DIR"},
    {"wikitext-small", "need_data=true layers=2 minibatches=600 at=0,100,300,600",
     "a few minutes; data=DIR"},
    {0}};

static const struct column geometry_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"level", COLUMN_INT, .doc = "0: embedding; 1: with position; l + 1: after layer l"},
    {"vectors", COLUMN_INT, .doc = "tokens that were compared"},
    {"rms", COLUMN_REAL, .doc = "root mean square cosine over pairs of different tokens"},
    {"mean", COLUMN_REAL, .doc = "mean cosine: a direction that all share"},
    {"largest", COLUMN_REAL, .doc = "largest |cosine|"},
    {"rms_centred", COLUMN_REAL, .doc = "rms after the vectors' mean is taken off"},
    {"rms_random", COLUMN_REAL, .doc = "1/sqrt(d): independent random directions"},
    {0}};
enum { BINS = 40 };
static const struct column histogram_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"level", COLUMN_INT, .doc = "as in geometry"},
    {"cosine", COLUMN_REAL, .doc = "middle of the bin"},
    {"density", COLUMN_REAL, .doc = "of pairs, as they are"},
    {"density_centred", COLUMN_REAL, .doc = "of pairs, mean taken off"},
    {0}};
static const struct table tables[] = {
    {"geometry", "cosines between the vectors of different tokens", geometry_columns},
    {"histogram", "their distribution", histogram_columns},
    {0}};

static const struct scalar scalars[] = {
    {"rms_random", NULL, "1/sqrt(d)", false},
    {"embedding_start", NULL, "rms cosine of embeddings before training", false},
    {"embedding_end", NULL, "after it", false},
    {"embedding_end_centred", NULL, "after it, mean taken off", false},
    {"stream_most", NULL, "rms cosine after the last layer, largest over the looks after the first",
     false},
    {"stream_end", NULL, "rms cosine after the last layer, trained", false},
    {"stream_end_centred", NULL, "the same, mean taken off", false},
    {0}};

static const struct figure figures[] = {
    {"embedding_geometry", "lm/embedding_geometry/embedding_geometry.gp",
     "(a) Root mean square cosine between the vectors of different frequent tokens, over training: "
     "the embedding and the stream after every layer; dotted: random directions, 1/sqrt(d). (b) "
     "The same with the vectors' mean taken off. (c), (d) The cosines' distribution at the first "
     "and the last look."},
    {0}};

/* One vector of each of the frequent tokens: the first place in the validation text where it is
 * met. */
struct sample {
    size_t wanted, found, d;
    size_t *window, *row; /* (wanted): where each token stands; window SIZE_MAX: nowhere */
    double *vector;       /* (wanted, d): of the tokens found, one after the other */
    double *centred;
    struct looks at;
};

static enum attndyn_status find_tokens(struct attndyn_context *ctx, const struct params *p,
                                       struct text_model *t, struct sample *s) {
    s->wanted = (size_t)param_int(p, "tokens");
    if (s->wanted > t->vocabulary) s->wanted = t->vocabulary;
    s->d = (size_t)param_int(p, "width");
    ATTNDYN_ALLOC(ctx, s->window, s->wanted);
    ATTNDYN_ALLOC(ctx, s->row, s->wanted);
    ATTNDYN_ALLOC(ctx, s->vector, s->wanted * s->d);
    ATTNDYN_ALLOC(ctx, s->centred, s->wanted * s->d);
    for (size_t i = 0; i < s->wanted; i++) s->window[i] = SIZE_MAX;
    size_t missing = s->wanted;
    for (size_t w = 0; w < t->valid.count && missing; w++) {
        struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, w);
        for (size_t r = 0; r < batch.sequences * batch.length; r++) {
            uint32_t token = batch.tokens[r]; /* ids count from the most frequent */
            /* from the second position on: the first sees only itself */
            if (token >= s->wanted || s->window[token] != SIZE_MAX || r % batch.length == 0)
                continue;
            s->window[token] = w;
            s->row[token] = r;
            missing--;
        }
    }
    if (s->wanted - missing < 3)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: of the %zu most frequent tokens %zu occur: too few to compare",
                            t->data.origin[ATTNDYN_VALID], s->wanted, s->wanted - missing);
    return ATTNDYN_OK;
}

static void take(struct sample *s, const attndyn_real *from) {
    for (size_t j = 0; j < s->d; j++) s->vector[s->found * s->d + j] = (double)from[j];
    s->found++;
}

/* level 0: the embedding's rows; above: the stream that enters layer level - 1. */
static void collect(struct text_model *t, struct sample *s, size_t level) {
    const struct attndyn_parameter *e = attndyn_transformer_parameter(t->model, "embedding.weight");
    s->found = 0;
    for (size_t w = 0; level > 0 && w < t->valid.count; w++) {
        bool here = false;
        for (size_t i = 0; i < s->wanted; i++) here = here || s->window[i] == w;
        if (!here) continue;
        struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, w);
        size_t stride;
        batch.targets = NULL;
        attndyn_transformer_loss(t->model, &batch);
        const attndyn_real *x =
            attndyn_transformer_view(t->model, ATTNDYN_VIEW_STREAM, level - 1, &stride);
        for (size_t i = 0; i < s->wanted; i++)
            if (s->window[i] == w) take(s, x + s->row[i] * stride);
    }
    for (size_t i = 0; level == 0 && i < s->wanted; i++) take(s, e->value + i * e->columns);
}

struct cosines {
    double rms, mean, largest;
};
static struct cosines compare(const struct sample *s, const double *x, double *bins) {
    struct cosines c = {0};
    double pairs = (double)s->found * (double)(s->found - 1) / 2;
    for (size_t b = 0; b < BINS; b++) bins[b] = 0;
    for (size_t i = 0; i < s->found; i++)
        for (size_t j = 0; j < i; j++) {
            double cosine = attndyn_cosine(s->d, x + i * s->d, x + j * s->d, 0);
            size_t bin = (size_t)((cosine + 1) / 2 * BINS);
            bins[bin < BINS ? bin : BINS - 1] += BINS / 2.0 / pairs;
            c.rms += cosine * cosine / pairs;
            c.mean += cosine / pairs;
            if (fabs(cosine) > c.largest) c.largest = fabs(cosine);
        }
    c.rms = sqrt(c.rms);
    return c;
}

static void take_off_mean(struct sample *s) {
    for (size_t j = 0; j < s->d; j++) {
        double mean = 0;
        for (size_t i = 0; i < s->found; i++) mean += s->vector[i * s->d + j] / (double)s->found;
        for (size_t i = 0; i < s->found; i++)
            s->centred[i * s->d + j] = s->vector[i * s->d + j] - mean;
    }
}

static enum attndyn_status look(struct attndyn_context *ctx, const struct params *p,
                                struct text_model *t, struct results *results, void *with) {
    struct sample *s = with;
    (void)p;
    if (!looks_due(&s->at, t->step)) return ATTNDYN_OK;
    for (size_t level = 0; level <= t->layers + 1; level++) {
        double bins[BINS], bins_centred[BINS];
        collect(t, s, level);
        take_off_mean(s);
        struct cosines plain = compare(s, s->vector, bins);
        struct cosines centred = compare(s, s->centred, bins_centred);
        ATTNDYN_TRY(EMIT(ctx, results, "geometry", I((long)t->step), I((long)level),
                         I((long)s->found), R(plain.rms), R(plain.mean), R(plain.largest),
                         R(centred.rms), R(1 / sqrt((double)s->d))));
        for (size_t b = 0; b < BINS; b++)
            ATTNDYN_TRY(EMIT(ctx, results, "histogram", I((long)t->step), I((long)level),
                             R(((double)b + 0.5) / BINS * 2 - 1), R(bins[b]), R(bins_centred[b])));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status sum_up(struct attndyn_context *ctx, const struct text_model *t,
                                  struct results *r) {
    size_t levels = t->layers + 2, end = results_rows(r, "geometry") - levels;
    size_t top = end + levels - 1;
    const struct {
        const char *name, *column;
        size_t row;
    } picks[] = {{"rms_random", "rms_random", 0}, {"embedding_start", "rms", 0},
                 {"embedding_end", "rms", end},   {"embedding_end_centred", "rms_centred", end},
                 {"stream_end", "rms", top},      {"stream_end_centred", "rms_centred", top}};
    for (size_t i = 0; i < sizeof picks / sizeof *picks; i++)
        ATTNDYN_TRY(results_scalar(ctx, r, picks[i].name,
                                   results_real(r, "geometry", picks[i].row, picks[i].column)));
    double most = 0;
    for (size_t i = 2 * levels - 1; i <= top; i += levels)
        most = fmax(most, results_real(r, "geometry", i, "rms"));
    return results_scalar(ctx, r, "stream_most", most);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct text_model t;
    struct sample sample = {0};
    bool skipped;
    ATTNDYN_TRY(looks_create_from_start(ctx, p, "at", &sample.at));
    ATTNDYN_TRY(text_training_prepare(ctx, p, results, NULL, &t, &skipped));
    if (skipped) return ATTNDYN_OK;
    ATTNDYN_TRY(find_tokens(ctx, p, &t, &sample));
    const struct text_training training = {
        .t = &t, .results = results, .look = look, .with = &sample};
    ATTNDYN_TRY(text_training_run(ctx, p, &training));
    return sum_up(ctx, &t, results);
}

static double scalar(const struct results *r, const char *name) {
    return results_scalar_value(r, name);
}

static enum attndyn_status check_start(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_near(v, scalar(r, "embedding_start"), scalar(r, "rms_random"), 0.1,
                        "rms cosine %.4f, 1/sqrt(d) = %.4f", scalar(r, "embedding_start"),
                        scalar(r, "rms_random"));
}

static enum attndyn_status check_embedding(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, scalar(r, "embedding_end") / scalar(r, "rms_random"), 2,
                           "rms cosine %.4f, random directions %.4f; with the mean taken off %.4f",
                           scalar(r, "embedding_end"), scalar(r, "rms_random"),
                           scalar(r, "embedding_end_centred"));
}

static enum attndyn_status check_stream(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_erratum(v, scalar(r, "stream_most") / scalar(r, "rms_random"), 2, NAN, NAN,
                           "rms cosine %.4f at its largest, %.4f at the end (%.4f with the mean "
                           "taken off); random directions %.4f",
                           scalar(r, "stream_most"), scalar(r, "stream_end"),
                           scalar(r, "stream_end_centred"), scalar(r, "rms_random"));
}

/* Vectors of equal length that sum to zero have a mean cosine of -1/(n - 1). */
static enum attndyn_status check_centred(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0, most = 0;
    for (size_t i = 0; i < results_rows(r, "geometry"); i++) {
        double mean = 0;
        for (size_t b = i * BINS; b < (i + 1) * BINS; b++)
            mean += results_real(r, "histogram", b, "cosine") * 2.0 / BINS *
                    results_real(r, "histogram", b, "density_centred");
        worst = fmax(worst, fabs(mean + 1 / (results_real(r, "geometry", i, "vectors") - 1)));
        most = fmax(most, results_real(r, "geometry", i, "mean"));
    }
    return verdict_at_most(v, worst, 0.1, "largest mean cosine before the mean is taken off: %.4f",
                           most);
}

static enum attndyn_status check_levels(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double least = INFINITY;
    for (size_t i = 1; i < results_rows(r, "geometry"); i++)
        if (results_real(r, "geometry", i, "level") > 0)
            least = fmin(least, fabs(results_real(r, "geometry", i, "rms") -
                                     results_real(r, "geometry", i - 1, "rms")));
    return verdict_at_least(v, least, 1e-9,
                            "least difference in rms cosine of a level and the one below");
}

static const struct check *const checks[] = {
    &(const struct check){"LM.embeddings-start-orthogonal", CHECK_CLAIM,
     "Before training embeddings are as orthogonal as random directions: rms cosine 1/sqrt(d), "
     "within 10 %.",
     "derived here", "the rms cosine is another", check_start},
    &(const struct check){"LM.embeddings-stay-orthogonal", CHECK_CLAIM,
     "Trained embeddings of frequent tokens stay nearly orthogonal: their rms cosine is at most "
     "twice that of random directions.",
     "Scan&Snap and JoMA, the assumption U^T U = I", "it exceeds 2/sqrt(d)", check_embedding},
    &(const struct check){"E.stream-orthogonal", CHECK_ERRATUM,
     "U^T U = I for a deeper layer, too: what the last layer writes for different tokens is, at "
     "some time of the training, not that orthogonal.",
     "JoMA, section 2, read for the stream of a deeper layer",
     "its rms cosine stays below 2/sqrt(d) at every look", check_stream},
    &(const struct check){"LM.geometry-centred", CHECK_CLAIM,
     "With their mean taken off n vectors have a mean cosine near -1/(n - 1), at every level and "
     "look: exact for equal lengths, within 0.1 for those here.",
     "derived here", "the vectors still share a direction", check_centred},
    &(const struct check){"LM.geometry-levels", CHECK_CLAIM,
     "Every layer changes the stream: no level has the cosines of the one below.",
     "the program's contract", "two levels agree in nine digits", check_levels},
    NULL};

const struct experiment experiment_lm_embedding_geometry = {
    .id = "lm/embedding-geometry",
    .title = "Are embedding vectors orthogonal?",
    .source = "the assumption U^T U = I of Scan&Snap (section 2) and JoMA (section 2)",
    .doc =
        "Both theories let the embedding vectors of different tokens be orthonormal, so that "
        "attention acts on each token apart. Here the encoder of lm/wikitext-entropy is trained "
        "on text, and the cosine of every pair of its most frequent tokens is taken: of the "
        "embedding's rows (level 0), of what enters the first layer, with its position (1), and of "
        "the stream after every layer (2, 3, ...), each token at the first place of the validation "
        "text where it is met. Independent random directions in d dimensions have rms cosine "
        "1/sqrt(d). A direction that all vectors share (a mean cosine above 0) is taken off in "
        "rms_centred.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
