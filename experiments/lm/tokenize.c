/* A text in the ids of any tokenizer: a published one, a file of one's own, or one of those that
 * learn their vocabulary from the text itself. */
#include "experiments/frame/contract/typed.h"
#include "experiments/lm/shared/sample_text.h"
#include "sim/base/file.h"
#include "sim/data/codec/codec.h"

#include <string.h>

#define TOKENIZE(X)                                                                                 \
    X(FILE, tokenizer, "byte",                                                                      \
      "byte, a file (tokenizer.json, vocab.json, merges.txt, tokenizer.model, tokenizer.bin), the " \
      "folder where one lies; or basic_english, word, word_eos, character, learnt from the text")   \
    X(FILE, text, "", "its bytes are taken as they are, line ends included; empty: a sample")       \
    X(ENUM(attndyn_bos, ATTNDYN_BOS_CHOICES), bos, "auto",                                          \
      "put the id of a text's beginning in front; auto: what tokenizer_config.json says, else "     \
      "true for SentencePiece, llama2.c and OPT, false for GPT-2, NeoX and BLOOM")
PARAMS(tokenize, TOKENIZE)
#define PARAMETERS tokenize

#define TOKENS(X)                                                                                  \
    X(INT, position, "from 0")                                                                     \
    X(INT, id, "in the tokenizer's vocabulary")                                                    \
    X(TEXT, piece, "what it stands for: printable UTF-8, any other byte as <0xNN>")
TABLE(tokens, TOKENS, "the text, token by token")

#define SUMMARY(X)                                                                                 \
    X(REAL, vocabulary, "ids that the tokenizer has")                                              \
    X(REAL, bytes, "bytes of the text")                                                            \
    X(REAL, tokens, "tokens of the text, that of the beginning included")                          \
    X(OPTIONAL, bytes_per_token, "the beginning left out; empty for an empty text")                \
    X(REAL, distinct, "different ids among them")                                                  \
    X(REAL, unknown, "tokens that stand for pieces which the vocabulary does not have")            \
    X(REAL, back, "bytes of the text that come back from the ids, up to the first that does not")  \
    X(REAL, reversible, "1: this tokenizer gives every byte string back")
SCALARS(summary, SUMMARY)

/* A text and its ids, whoever made them. */
struct encoded {
    const char *text;
    size_t length, vocabulary, added; /* added: ids that the text did not ask for */
    struct attndyn_tokens tokens;
    const struct attndyn_codec *codec; /* or */
    struct attndyn_tokenizer learnt;
    bool reversible;
};

/* One of the kinds that learn; false: it is a codec's. */
static bool learns(const char *name, enum attndyn_tokenizer_kind *kind) {
    static const char *const names[] = {[ATTNDYN_TOKENIZER_BASIC_ENGLISH] = "basic_english",
                                        [ATTNDYN_TOKENIZER_WORD] = "word",
                                        [ATTNDYN_TOKENIZER_WORD_EOS] = "word_eos",
                                        [ATTNDYN_TOKENIZER_CHARACTER] = "character"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (names[k] && strcmp(name, names[k]) == 0) {
            *kind = (enum attndyn_tokenizer_kind)k;
            return true;
        }
    return false;
}

static enum attndyn_status encode(const struct trial *run, const struct tokenize *p,
                                  struct encoded *e) {
    struct attndyn_codec *codec;
    enum attndyn_tokenizer_kind kind;
    const char *origin = *p->text ? p->text : "sample";
    if (learns(p->tokenizer, &kind)) {
        if (p->bos == ATTNDYN_BOS_TRUE)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "bos=true: the tokenizer %s has no id for the beginning of a text",
                                p->tokenizer);
        ATTNDYN_TRY(attndyn_tokenizer_init(run->ctx, kind, &e->learnt));
        ATTNDYN_TRY(
            attndyn_tokenizer_encode(run->ctx, &e->learnt, e->text, e->length, origin, &e->tokens));
        ATTNDYN_TRY(attndyn_tokenizer_close(run->ctx, &e->learnt, 0, &e->tokens));
        e->vocabulary = attndyn_tokenizer_size(&e->learnt);
        return ATTNDYN_OK;
    }
    ATTNDYN_TRY(attndyn_codec_open(run->ctx, p->tokenizer, &codec));
    e->codec = codec;
    e->vocabulary = attndyn_codec_size(codec);
    e->reversible = attndyn_codec_reversible(codec);
    e->added = p->bos == ATTNDYN_BOS_TRUE ||
               (p->bos == ATTNDYN_BOS_AUTO && attndyn_codec_bos_default(codec));
    return attndyn_codec_encode(run->ctx, codec, e->text, e->length, p->bos, &e->tokens);
}

/* How much of the text the ids give back. */
static enum attndyn_status decode(const struct trial *run, const struct encoded *e, size_t *back) {
    char *text;
    size_t length;
    const uint32_t *ids = e->tokens.id + e->added;
    size_t count = e->tokens.length - e->added;
    if (e->codec)
        ATTNDYN_TRY(attndyn_codec_decode(run->ctx, e->codec, ids, count, true, &text, &length));
    else
        ATTNDYN_TRY(attndyn_tokenizer_decode(run->ctx, &e->learnt, ids, count, &text, &length));
    for (*back = 0; *back < e->length && *back < length && text[*back] == e->text[*back];) ++*back;
    /* the decoded text is longer than the original */
    if (*back == e->length && length > e->length) --*back;
    return ATTNDYN_OK;
}

static enum attndyn_status emit(const struct trial *run, const struct encoded *e,
                                size_t *distinct) {
    char **name; /* made once for each id */
    ATTNDYN_ALLOC(run->ctx, name, e->vocabulary);
    for (size_t i = 0; i < e->tokens.length; i++) {
        uint32_t id = e->tokens.id[i];
        if (!name[id]) {
            const char *learnt = e->codec ? "" : attndyn_tokenizer_name(&e->learnt, id);
            name[id] = e->codec ? attndyn_codec_name(run->ctx, e->codec, id)
                                : attndyn_printable(run->ctx, learnt, strlen(learnt));
            if (!name[id]) return ATTNDYN_NO_MEMORY;
            ++*distinct;
        }
        ATTNDYN_TRY(EMIT(run, tokens, .position = (long)i, .id = (long)id, .piece = name[id]));
    }
    return ATTNDYN_OK;
}

RUN(tokenize) {
    static const char sample[] = SAMPLE_TEXT;
    struct encoded e = {.text = sample, .length = sizeof sample - 1};
    size_t distinct = 0, back;
    enum attndyn_tokenizer_kind kind;
    char *text;
    if (*p->text) {
        ATTNDYN_TRY(attndyn_file_read(run->ctx, p->text, &text, &e.length));
        e.text = text;
    } else if (learns(p->tokenizer, &kind)) {
        e.length -= 3; /* those want UTF-8: without the byte that is none */
    }
    enum attndyn_status status = encode(run, p, &e);
    if (status == ATTNDYN_NO_INPUT && e.codec && *p->text)
        return attndyn_fail_while(run->ctx, status, "%s", p->text);
    ATTNDYN_TRY(status);
    ATTNDYN_TRY(emit(run, &e, &distinct));
    ATTNDYN_TRY(decode(run, &e, &back));
    if (e.codec) ATTNDYN_TRY(NOTE(run, "%s", attndyn_codec_describe(e.codec)));
    size_t count = e.tokens.length - e.added;
    return SET(run, summary, .vocabulary = (double)e.vocabulary, .bytes = (double)e.length,
               .tokens = (double)e.tokens.length,
               .bytes_per_token = count ? (double)e.length / (double)count : NAN,
               .distinct = (double)distinct, .unknown = (double)e.tokens.unknown,
               .back = (double)back, .reversible = e.reversible);
}

CLAIM(returns, "LM.tokenize-returns", CONTRACT,
      "A tokenizer that changes nothing gives every byte of a text back.",
      "a byte that comes back is another, or missing") {
    struct summary s = summary_of(run);
    if (!(s.reversible > 0))
        return verdict_skip(v,
                            "this tokenizer normalises a text, or has no token for every byte: %g "
                            "of %g bytes came back",
                            s.back, s.bytes);
    return verdict_at_least(v, s.back, s.bytes, "%g bytes in %g tokens", s.bytes, s.tokens);
}

static const struct check *const tokenize_claims[] = {&returns, NULL};

const struct experiment experiment_lm_tokenize = {
    .id = "lm/tokenize",
    .title = "A text in the ids of a tokenizer",
    .source = "docs/tokenizers.md",
    .doc = "Encodes a text as the network's own library does, and shows each token: byte pairs "
           "(GPT-2, OPT, GPT-NeoX, BLOOM, LLaMA 3; vocab.json with merges.txt, or tokenizer.json "
           "with its normaliser and added tokens), SentencePiece BPE (tokenizer.model), llama2.c's "
           "tokenizer.bin, bytes. The ids are decoded again, and what comes back is held against "
           "the text.",
    .presets = (const struct preset[]){{"quick", "", "a sample, in bytes: an instant"},
                                       {"words", "tokenizer=basic_english", "in words"},
                                       {0}},
    .tables = TABLES(tokens),
    .figures = (const struct figure[]){{0}},
    PARTS_OF(tokenize, summary)};
