/* A trained network writes text. */
#include "sim/model/inference/generate.h"
#include "experiments/shared/subject.h"
#include "sim/model/inference/evaluate.h"

#include <string.h>

#define POLICY(C) C(policy_dense, "dense") C(policy_streaming, "streaming")
CHOICES(policy, POLICY)

#define GENERATED(X)                                                                               \
    SUBJECT_NETWORK(X)                                                                             \
    X(TEXT, prompt, "",                                                                            \
      "what it goes on from, behind the token of the beginning where it has one")                  \
    X(INT, tokens, "60", "tokens written; 0, streaming alone: for ever, until Ctrl-C",             \
      IN(0, 1000000000))                                                                           \
    X(REAL, temperature, "0", "of the draw; 0: the most probable token", IN(0, 1000))              \
    X(REAL, top_p, "1", "draws from the fewest most probable tokens whose sum is at least this",   \
      IN(1e-6, 1), .only = "temperature")                                                          \
    X(INT, seed, "1", "of the draws", .only = "temperature")                                       \
    X(CHOICE, policy, "dense",                                                                     \
      "of the cache: dense ends with the context; streaming keeps the first `sinks` keys and the " \
      "last ones, at their ranks, and need not end")                                               \
    X(INT, slots, "0", "keys kept by streaming; 0: as many as the context", IN(0, 100000000),      \
      .only = "policy=streaming")                                                                  \
    X(INT, sinks, "4", "of them, from the beginning of the text", IN(0, 100000000),                \
      .only = "policy=streaming")
PARAMS(generated, GENERATED)
#define PARAMETERS generated

#define TOKENS(X)                                                                                  \
    X(INT, position, "in the stream, from 0; the prompt is before")                                \
    X(INT, token, "its id")                                                                        \
    X(TEXT, piece, "printable UTF-8; other bytes as <0xNN>")
TABLE_AS(token_row, "tokens", TOKENS, "what was written")

#define SUMMARY(X)                                                                                 \
    X(REAL, written, "tokens written")                                                             \
    X(REAL, prompt_tokens, "tokens read before them")                                              \
    X(REAL, nll, "mean of -ln p of what was written, at temperature 1", .unit = "nat")
SCALARS(summary, SUMMARY)

/* Rows that the table keeps of an endless text. */
enum { ROWS_MOST = 1000000 };

struct writer {
    const struct trial *run;
    const struct subject *subject;
    struct attndyn_sampler sampler;
    struct attndyn_codec_stream stream;
    uint32_t next;
    attndyn_real *room;
    double nll;
    char cut[4]; /* bytes of an incomplete character */
    size_t n_cut;
};

static enum attndyn_status draw(void *user, size_t segment, size_t index,
                                const attndyn_real *logits) {
    struct writer *w = user;
    size_t outputs = w->sampler.outputs;
    (void)segment, (void)index;
    w->next = attndyn_sample(&w->sampler, logits);
    double nll;
    ATTNDYN_TRY(attndyn_logits_nll(w->run->ctx, outputs, logits, w->next, w->room, &nll));
    w->nll += nll;
    return ATTNDYN_OK;
}

/* Bytes that a character beginning with this byte has; 1 for what begins none. */
static size_t character_length(unsigned char lead) {
    return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
}

/* Print complete characters only; the bytes of an incomplete one wait for the next token. */
static void say(struct writer *w, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool more = w->n_cut > 0 && ((unsigned char)bytes[i] & 0xC0) == 0x80;
        if (w->n_cut > 0 && !more) {
            results_say(w->run->results, w->cut, w->n_cut);
            w->n_cut = 0;
        }
        w->cut[w->n_cut++] = bytes[i];
        if (w->n_cut < character_length((unsigned char)w->cut[0])) continue;
        results_say(w->run->results, w->cut, w->n_cut);
        w->n_cut = 0;
    }
}

static enum attndyn_status put(struct writer *w, size_t position, uint32_t token) {
    size_t length = 0;
    const char *bytes = "";
    if (token < attndyn_codec_size(w->subject->codec))
        bytes = attndyn_codec_next(w->subject->codec, &w->stream, token, &length);
    say(w, bytes, length);
    if (ROWS(w->run, token_row) >= ROWS_MOST) return ATTNDYN_OK;
    uint64_t mark = attndyn_memory_mark(w->run->ctx);
    char *piece = attndyn_codec_name(w->run->ctx, w->subject->codec, token);
    enum attndyn_status status = piece ? EMIT(w->run, token_row, .position = (long)position,
                                              .token = (long)token, .piece = piece)
                                       : ATTNDYN_NO_MEMORY;
    attndyn_memory_release(w->run->ctx, mark);
    return status;
}

/* The prompt's tokens. */
static enum attndyn_status read_prompt(const struct trial *run, const struct generated *p,
                                       const struct subject *s, struct attndyn_tokens *tokens) {
    const char *prompt = !*p->prompt && !s->model ? "the " : p->prompt;
    *tokens = (struct attndyn_tokens){0};
    ATTNDYN_TRY(
        attndyn_codec_encode(run->ctx, s->codec, prompt, strlen(prompt), ATTNDYN_BOS_AUTO, tokens));
    if (tokens->length > 0) return ATTNDYN_OK;
    /* without a prompt, or a token that begins texts, start with the one that ends them */
    uint32_t first = attndyn_codec_bos(s->codec);
    if (first == ATTNDYN_ID_NONE) first = attndyn_codec_eos(s->codec);
    if (first == ATTNDYN_ID_NONE)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "nothing to go on from: this tokenizer has no token of the beginning; "
                            "give a prompt");
    ATTNDYN_ALLOC(run->ctx, tokens->id, 1);
    tokens->id[0] = first;
    tokens->length = tokens->room = 1;
    return ATTNDYN_OK;
}

static enum attndyn_status check(const struct trial *run, const struct generated *p, size_t context,
                                 size_t prompt) {
    if (p->policy == policy_streaming) return ATTNDYN_OK;
    if (p->tokens == 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "tokens=0 writes for ever, which needs policy=streaming");
    size_t fed = prompt + (size_t)p->tokens - 1;
    if (fed <= context) return ATTNDYN_OK;
    return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                        "%zu tokens to be fed (%zu of them the prompt's), the network's context "
                        "has %zu: take tokens=%zu, or policy=streaming, which goes on for ever",
                        fed, prompt, context, context + 1 > prompt ? context + 1 - prompt : 0);
}

/* Ctrl-C ends the text; the run counts as finished. */
static bool stopped(const struct trial *run, enum attndyn_status status) {
    if (status != ATTNDYN_INTERRUPTED) return false;
    attndyn_message_clear(run->ctx);
    return true;
}

static enum attndyn_status write(const struct generated *p, struct writer *w,
                                 struct attndyn_inference *inference,
                                 const struct attndyn_tokens *prompt, size_t *written) {
    const struct trial *run = w->run;
    struct attndyn_segment segment = {0, prompt->id, prompt->length, prompt->length - 1};
    uint32_t token;
    *written = 0;
    for (size_t i = 0; i < prompt->length; i++) { /* printed, but not in the table */
        size_t length;
        const char *bytes =
            attndyn_codec_next(w->subject->codec, &w->stream, prompt->id[i], &length);
        say(w, bytes, length);
    }
    for (;;) {
        enum attndyn_status status =
            attndyn_inference_feed(run->ctx, inference, &segment, 1, draw, w);
        if (stopped(run, status)) break;
        ATTNDYN_TRY(status);
        ATTNDYN_TRY(put(w, prompt->length + *written, w->next));
        ++*written;
        if (p->tokens && *written == (size_t)p->tokens) break;
        token = w->next;
        segment = (struct attndyn_segment){0, &token, 1, 0};
    }
    if (w->n_cut) results_say(run->results, w->cut, w->n_cut);
    results_say(run->results, "\n", 1);
    return ATTNDYN_OK;
}

RUN(generated) {
    struct subject subject;
    struct attndyn_tokens prompt;
    struct attndyn_inference *inference;
    struct writer w = {.run = run, .subject = &subject};
    size_t written;
    ATTNDYN_TRY(subject_open(run, true, &subject));
    ATTNDYN_TRY(read_prompt(run, p, &subject, &prompt));
    const struct attndyn_transformer_config *c = &subject.weights->config;
    if (c->outputs != c->vocabulary)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "a network of %zu outputs and %zu tokens does not write", c->outputs,
                            c->vocabulary);
    ATTNDYN_TRY(check(run, p, c->context, prompt.length));
    struct attndyn_inference_options options = {.capacity = c->context};
    if (p->policy == policy_streaming)
        options.cache = (struct attndyn_cache){.policy = ATTNDYN_CACHE_STREAMING,
                                               .slots = p->slots ? (size_t)p->slots : c->context,
                                               .sinks = (size_t)p->sinks};
    ATTNDYN_TRY(attndyn_inference_create(run->ctx, subject.weights, &options, &inference));
    ATTNDYN_TRY(attndyn_sampler_create(run->ctx, c->outputs, p->temperature, p->top_p,
                                       (uint64_t)p->seed, &w.sampler));
    ATTNDYN_ALLOC(run->ctx, w.room, c->outputs);
    ATTNDYN_TRY(subject_note(run, &subject, &options.cache, 1, options.capacity));
    ATTNDYN_TRY(write(p, &w, inference, &prompt, &written));
    if (written > ROWS_MOST) ATTNDYN_TRY(NOTE(run, "the table has the first %d tokens", ROWS_MOST));
    return SET(run, summary, .written = (double)written, .prompt_tokens = (double)prompt.length,
               .nll = written ? w.nll / (double)written : 0);
}

CLAIM(sure, "LM.generate-likely", CONTRACT,
      "Greedy text is likelier than uniformly drawn text: its mean -ln p is below ln V.",
      "it is not below") {
    if (p->temperature > 0) return verdict_skip(v, "of greedy text alone");
    struct summary s = summary_of(run);
    if (s.written < 1) return verdict_skip(v, "nothing was written");
    long most = 0;
    EACH_ROW (run, token_row, r) most = r->token > most ? r->token : most;
    /* the vocabulary has at least the ids that were seen */
    return verdict_at_most(v, s.nll, log((double)most + 1), "%g tokens", s.written);
}

static const struct check *const generated_claims[] = {&sure, NULL};

const struct experiment experiment_lm_generate = {
    .id = "lm/generate",
    .title = "A trained network writes",
    .source = "docs/pretrained.md; StreamingLLM (arXiv 2309.17453)",
    .doc =
        "Token after token: the most probable one, or a draw from softmax(logits / temperature) "
        "cut to top_p; the draws are a function of the seed. The text goes to the terminal as it "
        "comes. With policy=streaming the cache keeps the first `sinks` keys and the last ones, "
        "and every key's position is its rank among them: the text may go on for ever "
        "(tokens=0), in the memory and at the speed of one context; Ctrl-C ends it, and the "
        "folder is written.",
    .presets = (const struct preset[]){{"quick", "", "a small network, trained in a second"},
                                       {"streaming", "policy=streaming tokens=300 slots=32",
                                        "the same beyond its context, with half of it"},
                                       {0}},
    .tables = TABLES(token_row),
    .figures = (const struct figure[]){{0}},
    PARTS_OF(generated, summary)};
