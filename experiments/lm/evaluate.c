/* The loss of a trained network on a text, position by position. */
#include "sim/model/inference/evaluate.h"
#include "experiments/shared/subject.h"

#define EVALUATED(X)                                                                               \
    SUBJECT_NETWORK(X)                                                                             \
    SUBJECT_TEXT(X)                                                                                \
    X(INT, skip, "0", "positions at the beginning that the means leave out", IN(0, 1000000000))    \
    X(INT, window, "0",                                                                            \
      "tokens fed in one pass, which begins anew every `stride` tokens; 0: one pass, which the "   \
      "context bounds",                                                                            \
      IN(0, 1000000000))                                                                           \
    X(INT, stride, "0",                                                                            \
      "from one window's beginning to the next; a position counts in the first window that has "   \
      "it; 0: the window",                                                                         \
      IN(0, 1000000000))
PARAMS(evaluated, EVALUATED)
#define PARAMETERS evaluated

#define POSITIONS(X)                                                                               \
    X(INT, position, "t: the network has read x_0 ... x_t")                                        \
    X(INT, token, "x_t")                                                                           \
    X(REAL, nll, "-ln p(x_{t+1}); the last token has no row", .unit = "nat")
TABLE(positions, POSITIONS, "the negative log-likelihood at each position")

#define SUMMARY(X)                                                                                 \
    X(REAL, nll, "mean over the positions from `skip` on", .unit = "nat")                          \
    X(REAL, perplexity, "exp(nll)")                                                                \
    X(OPTIONAL, bits_per_byte,                                                                     \
      "sum of nll over ln 2 times the bytes of the tokens that it is of; empty where they have "   \
      "none (ids without a tokenizer)")                                                            \
    X(REAL, tokens, "of the text, that of the beginning included")
SCALARS(summary, SUMMARY)

/* How many bytes of text the tokens [from ..) stand for; 0 without a tokenizer. */
static size_t bytes_of(const struct subject *s, const struct attndyn_tokens *tokens, size_t from) {
    struct attndyn_codec_stream stream = {0};
    size_t sum = 0;
    if (!s->codec) return 0;
    for (size_t i = 0; i < tokens->length; i++) {
        size_t length;
        if (tokens->id[i] >= attndyn_codec_size(s->codec)) return 0;
        attndyn_codec_next(s->codec, &stream, tokens->id[i], &length);
        if (i >= from) sum += length;
    }
    return sum;
}

RUN(evaluated) {
    struct subject subject;
    struct attndyn_tokens tokens;
    double *nll, sum = 0;
    ATTNDYN_TRY(subject_open(run, !*p->ids, &subject));
    size_t fit = subject.weights->config.context + 1;
    ATTNDYN_TRY(subject_text(run, &subject, p->window ? 4 * fit : fit, &tokens));
    size_t n = tokens.length, skip = (size_t)p->skip;
    if (n >= 2 && skip >= n - 1)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "skip=%zu leaves none of the text's %zu positions", skip, n - 1);
    const struct attndyn_evaluation evaluation = {
        .window = (size_t)p->window, .stride = (size_t)p->stride, .bounded = true, .offers = true};
    ATTNDYN_ALLOC(run->ctx, nll, n);
    ATTNDYN_TRY(attndyn_evaluate(run->ctx, subject.weights, &evaluation, tokens.id, n, nll, NULL));
    for (size_t t = 0; t + 1 < n; t++)
        ATTNDYN_TRY(
            EMIT(run, positions, .position = (long)t, .token = (long)tokens.id[t], .nll = nll[t]));
    for (size_t t = skip; t + 1 < n; t++) sum += nll[t];
    size_t bytes = bytes_of(&subject, &tokens, skip + 1);
    ATTNDYN_TRY(STATE(run, nll, nll, n - 1));
    ATTNDYN_TRY(subject_note(run, &subject, &(struct attndyn_cache){0}, 1,
                             p->window && (size_t)p->window < n ? (size_t)p->window : n - 1));
    return SET(run, summary, .nll = sum / (double)(n - 1 - skip),
               .perplexity = exp(sum / (double)(n - 1 - skip)),
               .bits_per_byte = bytes ? sum / (log(2) * (double)bytes) : NAN, .tokens = (double)n);
}

CLAIM(mean, "LM.evaluate-mean", CONTRACT,
      "The scalar nll is the mean over the table of positions, and perplexity its exponential.",
      "they differ by more than {bound}, relative", .bound = 1e-12) {
    struct summary s = summary_of(run);
    double sum = 0, off = NOTHING_YET;
    size_t n = 0;
    EACH_ROW (run, positions, r)
        if (r->position >= p->skip) sum += r->nll, n++;
    worst(&off, s.nll / (sum / (double)n) - 1);
    worst(&off, s.perplexity / exp(sum / (double)n) - 1);
    return verdict_at_most(v, off, v->bound, "%zu positions, perplexity %.6g", n, s.perplexity);
}

CLAIM(learnt, "LM.evaluate-learnt", CONTRACT,
      "The small network has learnt its text: it needs far fewer than the 8 bits a byte of a "
      "reader who knows nothing.",
      "it needs more than {bound} bits a byte", .bound = 4) {
    if (*p->model || *p->text || *p->ids) return verdict_skip(v, "of the small network alone");
    return verdict_at_most(v, SCALAR_OF(run, summary, bits_per_byte), v->bound,
                           "bits a byte of a text it has not seen");
}

static const struct check *const evaluated_claims[] = {&mean, &learnt, NULL};

const struct experiment experiment_lm_evaluate = {
    .id = "lm/evaluate",
    .title = "The loss of a trained network on a text, position by position",
    .source = "docs/pretrained.md",
    .doc =
        "At position t the network reads x_t; the negative log-likelihood (nats) of x_{t+1} that "
        "it then gives belongs to position t. One pass, whose tokens fed (all but the last) the "
        "network's context bounds; or windows of `window` tokens that begin every `stride` "
        "tokens, of which each scores the positions that no window before it has. Weights are "
        "used as they are stored.",
    .presets = (const struct preset[]){{"quick", "", "a small network, trained in a second"},
                                       {"windows", "window=64 stride=32",
                                        "the same on a text of four contexts"},
                                       {0}},
    .tables = TABLES(positions, the_state),
    .figures = (const struct figure[]){{"evaluate", "lm/evaluate/evaluate.gp",
                                        "The loss of each position (points) and its mean so far "
                                        "(line): a text tells a network what it is about."},
                                       {0}},
    PARTS_OF(evaluated, summary)};
