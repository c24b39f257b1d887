/* Are embedding vectors orthogonal, as JoMA assumes? Cosines between the embeddings of
 * frequent tokens, and between the stream vectors of different tokens after every layer. */
#include "experiments/lm/shared/frequencies.h"
#include "experiments/lm/shared/published.h"
#include "sim/observe/correlation.h"

#include <float.h>

#define EMBEDDING_GEOMETRY(X)                                                                      \
    TEXT_INPUT_OR_PUBLISHED(X)                                                                     \
    PUBLISHED(X)                                                                                   \
    NETWORK(X, "200", "200", "0.2")                                                                \
    UPDATES(X, "3000", "1e-3")                                                                     \
    DESCENT_OR_PUBLISHED(X, "of the updates", "adam")                                              \
    X(REALS, at, "0,100,300,1000,3000",                                                            \
      "minibatches at which the vectors are compared, ascending; the first and the last are "      \
      "drawn",                                                                                     \
      IN(0, 100000000))                                                                            \
    X(INT, tokens, "200", "most frequent tokens that are compared", IN(3, 5000))
PARAMS(embedding_geometry, EMBEDDING_GEOMETRY)
#define PARAMETERS embedding_geometry

#define GEOMETRY(X)                                                                                \
    X(INT, minibatch, "updates made")                                                              \
    X(INT, level,                                                                                  \
      "0: embedding; 1: what enters the first layer, with positions that are added; "              \
      "l + 1: after layer l, counted from 1")                                                      \
    X(INT, vectors, "tokens that were compared")                                                   \
    X(REAL, rms, "root mean square cosine over pairs of different tokens")                         \
    X(REAL, mean, "mean cosine: a direction that all share")                                       \
    X(REAL, largest, "largest |cosine|")                                                           \
    X(REAL, rms_centred, "rms after the vectors' mean is taken off")                               \
    X(REAL, rms_random, "1/sqrt(d): independent random directions")
TABLE(geometry, GEOMETRY, "cosines between the vectors of different tokens")

#define HISTOGRAM(X)                                                                               \
    X(INT, minibatch, "updates made")                                                              \
    X(INT, level, "as in geometry")                                                                \
    X(REAL, cosine, "middle of the bin")                                                           \
    X(REAL, density, "of pairs, as they are")                                                      \
    X(REAL, density_centred, "of pairs, mean taken off")
TABLE(histogram, HISTOGRAM, "their distribution")

#define SUMMARY(X)                                                                                 \
    X(REAL, rms_random, "1/sqrt(d)")                                                               \
    X(REAL, embedding_start, "rms cosine of embeddings before training")                           \
    X(REAL, embedding_end, "rms cosine of the embeddings after training")                          \
    X(REAL, embedding_end_centred, "the same, their mean taken off")                               \
    X(REAL, stream_most,                                                                           \
      "rms cosine after the last layer, largest over the looks after the first")                   \
    X(REAL, stream_end, "rms cosine after the last layer, trained")                                \
    X(REAL, stream_end_centred, "the same, mean taken off")                                        \
    X(OPTIONAL, definition_error,                                                                  \
      "largest difference of a level's vectors from the network's definition; only of "            \
      "networks trained here")
SCALARS(summary, SUMMARY)

enum { BINS = 40 };

/* One vector of each of the frequent tokens: the first place in the validation text where it is
 * met. */
struct sample {
    struct text_model t;
    struct looks at;
    bool ours; /* not published: the encoder of lm/wikitext-entropy */
    size_t wanted, missing, d, levels;
    uint32_t *token, *rank; /* (wanted): tokens, the most frequent first; (V): and back, or NONE */
    size_t *window, *row;   /* (wanted): where each token stands; window SIZE_MAX: nowhere */
    double *vector;         /* (levels, wanted, d): of the tokens found, one after the other */
    double *centred;        /* (wanted, d): of the level at hand */
    double off;             /* definition_error so far */
};

#define NONE UINT32_MAX

/* The tokens to compare. Ids of a tokenizer that learnt from the text count from the most frequent;
 * those of a published one do not. */
static enum attndyn_status rank_tokens(const struct trial *run, bool published, struct sample *s) {
    const struct text_model *t = &s->t;
    const struct attndyn_tokens *text = &t->data.tokens[ATTNDYN_TRAIN];
    struct frequency *f;
    ATTNDYN_ALLOC(run->ctx, f, t->vocabulary);
    ATTNDYN_ALLOC(run->ctx, s->token, s->wanted);
    ATTNDYN_ALLOC(run->ctx, s->rank, t->vocabulary);
    for (size_t i = 0; i < t->vocabulary; i++) f[i].token = (uint32_t)i;
    for (size_t i = 0; i < text->length; i++) f[text->id[i]].count++;
    if (published) {
        frequencies_sort(f, t->vocabulary);
        while (s->wanted > 0 && f[s->wanted - 1].count == 0) s->wanted--;
    }
    for (size_t i = 0; i < t->vocabulary; i++) s->rank[i] = NONE;
    for (size_t i = 0; i < s->wanted; i++) {
        s->token[i] = f[i].token;
        s->rank[f[i].token] = (uint32_t)i;
    }
    attndyn_free(run->ctx, f);
    return ATTNDYN_OK;
}

static enum attndyn_status find_tokens(const struct trial *run, const struct embedding_geometry *p,
                                       struct sample *s) {
    struct text_model *t = &s->t;
    s->levels = t->layers + 2;
    s->wanted = (size_t)p->tokens;
    if (s->wanted > t->vocabulary) s->wanted = t->vocabulary;
    s->d = attndyn_transformer_config_of(t->learner.model)->width;
    ATTNDYN_TRY(rank_tokens(run, *p->model || t->codec, s));
    ATTNDYN_ALLOC(run->ctx, s->window, s->wanted);
    ATTNDYN_ALLOC(run->ctx, s->row, s->wanted);
    ATTNDYN_ALLOC(run->ctx, s->vector, s->levels * s->wanted * s->d);
    ATTNDYN_ALLOC(run->ctx, s->centred, s->wanted * s->d);
    for (size_t i = 0; i < s->wanted; i++) s->window[i] = SIZE_MAX;
    s->missing = s->wanted;
    for (size_t w = 0; w < t->valid.count && s->missing; w++) {
        struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, w);
        for (size_t r = 0; r < batch.sequences * batch.length; r++) {
            uint32_t rank = s->rank[batch.tokens[r]];
            /* from the second position on: the first sees only itself */
            if (rank == NONE || s->window[rank] != SIZE_MAX || r % batch.length == 0) continue;
            s->window[rank] = w;
            s->row[rank] = r;
            s->missing--;
        }
    }
    if (s->wanted - s->missing < 3)
        return attndyn_fail(run->ctx, ATTNDYN_NO_INPUT,
                            "%s: of the %zu most frequent tokens %zu occur: too few to compare",
                            t->data.origin[ATTNDYN_VALID], s->wanted, s->wanted - s->missing);
    return ATTNDYN_OK;
}

/* Vectors of a level: 0 the embedding's rows, of all tokens; above, of those that were met. */
static size_t found(const struct sample *s, size_t level) {
    return level == 0 ? s->wanted : s->wanted - s->missing;
}
static double *vectors(struct sample *s, size_t level) {
    return s->vector + level * s->wanted * s->d;
}

static void take(size_t d, const attndyn_real *from, double *to) {
    for (size_t j = 0; j < d; j++) to[j] = (double)from[j];
}

/* How far a vector x of a level is from what the network's definition makes it. Level 1 is the
 * embedding times sqrt d with the position's waves; above, LayerNorm left it: without its gain and
 * bias its mean is 0 and its variance 1. e: the embedding's row; t: position. */
static double off_level(const struct sample *s, size_t level, const double *x, const double *e,
                        size_t t) {
    struct attndyn_transformer *model = s->t.learner.model;
    const double d = (double)s->d;
    double off = 0, size = 0, mean = 0, squares = 0;
    if (level == 1) {
        for (size_t j = 0; j < s->d; j++) {
            const double angle = (double)t * pow(10000, -(double)(j - j % 2) / d);
            const double y = sqrt(d) * e[j] + (j % 2 ? cos(angle) : sin(angle));
            off += (x[j] - y) * (x[j] - y);
            size += y * y;
        }
        return sqrt(off / size);
    }
    char gain[64], bias[64];
    snprintf(gain, sizeof gain, "layers.%zu.norm2.weight", level - 2);
    snprintf(bias, sizeof bias, "layers.%zu.norm2.bias", level - 2);
    const attndyn_real *g = attndyn_transformer_parameter(model, gain)->value;
    const attndyn_real *b = attndyn_transformer_parameter(model, bias)->value;
    for (size_t j = 0; j < s->d; j++) {
        const double y = (x[j] - (double)b[j]) / (double)g[j];
        mean += y / d;
        squares += y * y / d;
    }
    return fmax(fabs(mean), fabs(squares - mean * mean - 1));
}

/* Level l > 0 is the stream that enters layer l - 1. Each window is run once for all levels. */
static void collect(struct sample *s) {
    struct attndyn_transformer *model = s->t.learner.model;
    const struct attndyn_parameter *e = attndyn_transformer_parameter(model, "embedding.weight");
    for (size_t i = 0; i < s->wanted; i++)
        take(s->d, e->value + s->token[i] * e->columns, vectors(s, 0) + i * s->d);
    for (size_t w = 0, taken = 0; w < s->t.valid.count; w++) {
        size_t here = 0;
        for (size_t i = 0; i < s->wanted; i++) here += s->window[i] == w;
        if (!here) continue;
        struct attndyn_batch batch;
        text_model_see(&s->t, w, &batch);
        for (size_t level = 1; level < s->levels; level++) {
            size_t stride, n = taken;
            const attndyn_real *x =
                attndyn_transformer_view(model, ATTNDYN_VIEW_STREAM, level - 1, &stride);
            for (size_t i = 0; i < s->wanted; i++) {
                if (s->window[i] != w) continue;
                double *to = vectors(s, level) + n++ * s->d;
                take(s->d, x + s->row[i] * stride, to);
                if (s->ours)
                    worst(&s->off, off_level(s, level, to, vectors(s, 0) + i * s->d,
                                             s->row[i] % batch.length));
            }
        }
        taken += here;
    }
}

struct cosines {
    double rms, mean, largest;
};
static struct cosines compare(size_t n, size_t d, const double *x, double *bins) {
    struct cosines c = {0};
    double pairs = (double)n * (double)(n - 1) / 2;
    for (size_t b = 0; b < BINS; b++) bins[b] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double cosine = attndyn_cosine(d, x + i * d, x + j * d, 0);
            size_t bin = (size_t)((cosine + 1) / 2 * BINS);
            bins[bin < BINS ? bin : BINS - 1] += BINS / 2.0 / pairs;
            c.rms += cosine * cosine / pairs;
            c.mean += cosine / pairs;
            if (fabs(cosine) > c.largest) c.largest = fabs(cosine);
        }
    c.rms = sqrt(c.rms);
    return c;
}

static void take_off_mean(size_t n, size_t d, const double *x, double *centred) {
    for (size_t j = 0; j < d; j++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++) mean += x[i * d + j] / (double)n;
        for (size_t i = 0; i < n; i++) centred[i * d + j] = x[i * d + j] - mean;
    }
}

static enum attndyn_status look(struct training *training) {
    const struct trial *run = training->run;
    struct sample *s = training->with;
    long step = (long)s->t.learner.step;
    if (!looks_due(&s->at, s->t.learner.step)) return ATTNDYN_OK;
    collect(s);
    for (size_t level = 0; level < s->levels; level++) {
        double bins[BINS], bins_centred[BINS];
        size_t n = found(s, level);
        take_off_mean(n, s->d, vectors(s, level), s->centred);
        struct cosines plain = compare(n, s->d, vectors(s, level), bins);
        struct cosines centred = compare(n, s->d, s->centred, bins_centred);
        ATTNDYN_TRY(EMIT(run, geometry, .minibatch = step, .level = (long)level, .vectors = (long)n,
                         .rms = plain.rms, .mean = plain.mean, .largest = plain.largest,
                         .rms_centred = centred.rms, .rms_random = 1 / sqrt((double)s->d)));
        for (size_t b = 0; b < BINS; b++)
            ATTNDYN_TRY(EMIT(run, histogram, .minibatch = step, .level = (long)level,
                             .cosine = ((double)b + 0.5) / BINS * 2 - 1, .density = bins[b],
                             .density_centred = bins_centred[b]));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status sum_up(const struct trial *run, const struct sample *s) {
    struct geometry start, end, top;
    double most = 0;
    size_t last = ROWS(run, geometry) - s->levels;
    ROW(run, geometry, 0, &start);
    ROW(run, geometry, last, &end);
    ROW(run, geometry, last + s->levels - 1, &top);
    EACH_ROW (run, geometry, r)
        if (r->level == top.level && r->minibatch > 0) most = fmax(most, r->rms);
    return SET(run, summary, .rms_random = start.rms_random, .embedding_start = start.rms,
               .embedding_end = end.rms, .embedding_end_centred = end.rms_centred,
               .stream_most = most, .stream_end = top.rms, .stream_end_centred = top.rms_centred,
               .definition_error = s->ours ? s->off : NAN);
}

RUN(embedding_geometry) {
    struct sample sample = {0};
    /* kept in the checkpoint, so that the largest error survives a restart */
    const struct attndyn_checkpoint_array kept = {"definition_error", &sample.off, 1};
    struct training training = {.with = &sample, .look = look, .arrays = &kept, .n_arrays = 1};
    struct published set;
    bool skipped;
    const struct published_or ours = {"at", p->at, p->minibatches, .whole = true};
    ATTNDYN_TRY(published_or_training(run, &ours, &set, &sample.at, &sample.t, &skipped));
    if (skipped) return ATTNDYN_OK;
    const struct attndyn_transformer_config *c =
        attndyn_transformer_config_of(sample.t.learner.model);
    if (c->embedding_width != c->width)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "model=%s: its embeddings have %zu dimensions, its stream %zu: they "
                            "are not compared here",
                            p->model, c->embedding_width, c->width);
    sample.ours = set.count == 0;
    ATTNDYN_TRY(find_tokens(run, p, &sample));
    ATTNDYN_TRY(published_or_trained(run, &set, &sample.t, &training));
    return sum_up(run, &sample);
}

CLAIM(start, "LM.embeddings-start-orthogonal", DERIVED,
      "Before training embeddings are as orthogonal as random directions: rms cosine 1/sqrt(d), "
      "within {percent}.",
      "the rms cosine is another", .bound = 0.1) {
    if (!published_start(run, v)) return ATTNDYN_OK;
    struct summary s = summary_of(run);
    return verdict_near(v, s.embedding_start, s.rms_random, v->bound,
                        "rms cosine %.4f, 1/sqrt(d) = %.4f", s.embedding_start, s.rms_random);
}

CLAIM(embedding, "LM.embeddings-stay-orthogonal",
      PAPER("JoMA", "Theorem 1's assumption that embedding vectors are orthonormal"),
      "Trained embeddings of frequent tokens stay nearly orthogonal: their rms cosine is at most "
      "{bound} times that of random directions.",
      "it exceeds {bound}/sqrt(d)", .bound = 2) {
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.embedding_end / s.rms_random, v->bound,
                           "rms cosine %.4f, random directions %.4f; with the mean taken off %.4f",
                           s.embedding_end, s.rms_random, s.embedding_end_centred);
}

/* Vectors of equal length that sum to zero have a mean cosine of -1/(n - 1). */
CLAIM(centred, "LM.geometry-centred", DERIVED,
      "With their mean taken off n vectors have a mean cosine near -1/(n - 1), at every level and "
      "look: exact for equal lengths, within {bound} for those here.",
      "the vectors still share a direction", .bound = 0.1) {
    double off = NOTHING_YET, most = 0;
    struct histogram bin = {.row_ =
                                0}; /* the bins of a level follow each other, as the levels do */
    EACH_ROW (run, geometry, r) {
        double mean = 0, all = 0;
        for (size_t b = 0; b < BINS && histogram_next(run, &bin); b++) {
            all += 2.0 / BINS * bin.density_centred;
            mean += bin.cosine * 2.0 / BINS * bin.density_centred;
        }
        if (fabs(all - 1) > 1e-9) return verdict_skip(v, "a look has no whole histogram");
        worst(&off, mean + 1 / (double)(r->vectors - 1));
        most = larger_of(most, r->mean);
    }
    return verdict_at_most(v, off, v->bound,
                           "largest mean cosine before the mean is taken off: %.4f", most);
}

/* A variance v in front of the norm is 1 - eps/v behind it, eps = 1e-5; what the norm is taken of
 * is the stream, of variance 1, and a sublayer, which may take three quarters of that away. Sums
 * over d numbers of single precision round by d/2^23. */
CLAIM(levels, "LM.geometry-levels", CONTRACT,
      "Every level is what the network's definition makes it: sqrt(d) times the embedding with the "
      "position's waves; above, vectors of mean 0 and variance 1 but for their norm's gain and "
      "bias.",
      "a vector is off by more than 4 eps, eps = 1e-5 that of the norm, and d/2^23 of rounding") {
    if (*p->model) return verdict_skip(v, "stated for our networks: positions and norms differ");
    return verdict_at_most(v, SCALAR_OF(run, summary, definition_error),
                           4e-5 + (double)p->width * FLT_EPSILON,
                           "largest over tokens, levels and looks; the norm's epsilon is 1e-5");
}

static const struct check *const embedding_geometry_claims[] = {&start, &embedding, &centred,
                                                                &levels, NULL};

const struct experiment experiment_lm_embedding_geometry = {
    .id = "lm/embedding-geometry",
    .title = "Are embedding vectors orthogonal?",
    .source = "JoMA (arXiv 2310.00535), the assumption of orthonormal embedding vectors",
    .doc =
        "JoMA lets the embedding vectors of different tokens be orthonormal, so that attention acts "
        "on each token apart (Scan&Snap does not: near orthogonality helps it with the layer "
        "norm). Here the encoder of lm/wikitext-entropy is trained "
        "on text, and the cosine of every pair of its most frequent tokens is taken: of the "
        "embedding's rows (level 0), of what enters the first layer, with its position (1), and of "
        "the stream after every layer (2, 3, ...), each token at the first place of the validation "
        "text where it is met. Independent random directions in d dimensions have rms cosine "
        "1/sqrt(d). A direction that all vectors share (a mean cosine above 0) is taken off in "
        "rms_centred.\n"
        "With model= the vectors are those of published networks, one or several of one training: "
        "docs/pretrained.md.",
    .presets =
        (const struct preset[]){
            {"quick",
             "paragraphs=1000 layers=2 width=32 hidden=32 minibatches=300 lr=3e-3 at=0,30,100,300 "
             "tokens=60",
             "a generated text, a small network of two layers: seconds"},
            {"paper", "need_text=true layers=3", "three layers of the authors' network; text=PATH"},
            {"wikitext-small", "need_text=true layers=2 minibatches=600 at=0,100,300,600",
             "a few minutes; text=PATH"},
            {0}},
    .tables = TABLES(geometry, histogram),
    .figures =
        (const struct figure[]){
            {"embedding_geometry", "lm/embedding_geometry/embedding_geometry.gp",
             "(a) Root mean square cosine between the vectors of different frequent tokens, over "
             "training: "
             "the embedding and the stream after every layer; dotted: random directions, "
             "1/sqrt(d). (b) "
             "The same with the vectors' mean taken off. (c), (d) The cosines' distribution at "
             "the first "
             "and the last look."},
            {0}},
    PARTS_OF(embedding_geometry, summary)};
