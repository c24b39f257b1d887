/* Byte pairs trained on a text, in files that this program and others read. */
#include "experiments/lm/shared/sample_text.h"
#include "experiments/lm/shared/written.h"
#include "sim/base/file.h"
#include "sim/data/codec/train.h"

#define FORM(C) C(form_pair, "pair") C(form_json, "json") C(form_both, "both")
CHOICES(form, FORM)

#define TOKENIZER(X)                                                                               \
    X(FILE, text, "", "what it is trained on; empty: a sample")                                    \
    X(INT, vocabulary, "400", "ids in all, with the 256 bytes and the special token",              \
      IN(256, 10000000))                                                                           \
    X(INT, least, "2", "a pair that is met less often is not merged", IN(1, 1000000000))           \
    X(TEXT, special, "<|endoftext|>", "the special token, id 0; empty: none")                      \
    X(CHOICE, form, "both", "vocab.json with merges.txt, tokenizer.json, or both")                 \
    X(TEXT, to, "", "the folder to write; empty: `tokenizer` in the folder of the run")
PARAMS(tokenizer, TOKENIZER)
#define PARAMETERS tokenizer

#define MERGES(X)                                                                                  \
    X(INT, rank, "from 0")                                                                         \
    X(INT, left, "id of the left half")                                                            \
    X(INT, right, "id of the right half")                                                          \
    X(INT, id, "of what they make")                                                                \
    X(INT, count, "how often the pair was met when it was merged")                                 \
    X(TEXT, piece, "printable UTF-8, any other byte as <0xNN>")
TABLE(merges, MERGES, "what was merged, in its order")

#define SUMMARY(X)                                                                                 \
    X(REAL, vocabulary, "ids in all")                                                              \
    X(REAL, merges, "merges that were made")                                                       \
    X(REAL, bytes, "bytes of the text")                                                            \
    X(REAL, words, "different ones, of GPT-2's pattern")                                           \
    X(REAL, tokens, "tokens of the text in the end, by the trainer's own count")                   \
    X(REAL, encoded, "the same number, by encoding the text with the files that were written")     \
    X(REAL, back, "bytes that come back from these ids")                                           \
    X(OPTIONAL, bytes_per_token, "empty for an empty text")
SCALARS(summary, SUMMARY)

/* The files by name; *first: one that opens the tokenizer. */
static enum attndyn_status write_files(const struct trial *run, const struct tokenizer *p,
                                       const struct attndyn_bpe *bpe, const char *folder,
                                       char **first) {
    char *vocab = attndyn_format(run->ctx, "%s/vocab.json", folder);
    char *merges = attndyn_format(run->ctx, "%s/merges.txt", folder);
    char *json = attndyn_format(run->ctx, "%s/tokenizer.json", folder);
    if (!vocab || !merges || !json) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_folder_make(run->ctx, folder));
    if (p->form != form_json) ATTNDYN_TRY(attndyn_bpe_write_pair(run->ctx, bpe, vocab, merges));
    if (p->form != form_pair) ATTNDYN_TRY(attndyn_bpe_write_json(run->ctx, bpe, json));
    *first = p->form == form_json ? json : vocab;
    return ATTNDYN_OK;
}

static enum attndyn_status write_and_read(const struct trial *run, const struct tokenizer *p,
                                          const struct attndyn_bpe *bpe, const char *folder,
                                          const char *text, size_t length) {
    struct attndyn_codec *codec;
    struct attndyn_tokens tokens = {0};
    char *path, *again;
    size_t back, size;
    ATTNDYN_TRY(write_files(run, p, bpe, folder, &path));
    ATTNDYN_TRY(attndyn_codec_open(run->ctx, path, &codec));
    ATTNDYN_TRY(attndyn_codec_encode(run->ctx, codec, text, length, ATTNDYN_BOS_FALSE, &tokens));
    ATTNDYN_TRY(
        attndyn_codec_decode(run->ctx, codec, tokens.id, tokens.length, true, &again, &size));
    for (back = 0; back < length && back < size && again[back] == text[back];) back++;
    return SET(run, summary, .vocabulary = (double)bpe->size, .merges = (double)bpe->merges,
               .bytes = (double)length, .words = (double)bpe->words, .tokens = (double)bpe->tokens,
               .encoded = (double)tokens.length, .back = (double)back,
               .bytes_per_token = bpe->tokens ? (double)length / (double)bpe->tokens : NAN);
}

RUN(tokenizer) {
    static const char sample[] = SAMPLE_TEXT;
    const struct attndyn_bpe_options options = {.vocabulary = (size_t)p->vocabulary,
                                                .least_count = (uint64_t)p->least,
                                                .special = *p->special ? p->special : NULL};
    struct attndyn_bpe bpe;
    const char *text = sample;
    size_t length = sizeof sample - 1;
    static const char *const files[] = {"vocab.json", "merges.txt", "tokenizer.json", NULL};
    struct written to = {.files = files};
    char *read;
    if (*p->text) {
        ATTNDYN_TRY(attndyn_file_read(run->ctx, p->text, &read, &length));
        text = read;
    }
    ATTNDYN_TRY(attndyn_bpe_train(run->ctx, text, length, &options, &bpe));
    for (size_t m = 0; m < bpe.merges; m++) {
        const struct attndyn_bpe_merge *merge = &bpe.merge[m];
        const struct attndyn_bpe_token *t = &bpe.token[merge->id];
        char *piece = attndyn_printable(run->ctx, t->bytes, t->length);
        if (!piece) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(EMIT(run, merges, .rank = (long)m, .left = (long)merge->left,
                         .right = (long)merge->right, .id = (long)merge->id,
                         .count = (long)merge->count, .piece = piece));
    }
    ATTNDYN_TRY(written_folder(run, p->to, "tokenizer", &to));
    return written_done(run, &to, write_and_read(run, p, &bpe, to.folder, text, length));
}

CLAIM(read_back, "LM.tokenizer-read-back", CONTRACT,
      "The files that are written encode the training text in the trainer's own number of tokens, "
      "and give every byte of it back.",
      "the files give more or fewer tokens, or a byte that comes back is another") {
    struct summary s = summary_of(run);
    if (*p->special && s.encoded < s.tokens)
        return verdict_skip(v, "the text holds %s, which is one token there", p->special);
    return verdict_at_most(v, fabs(s.encoded - s.tokens) + fabs(s.back - s.bytes), 0,
                           "%g tokens, %g encoded; %g bytes, %g back", s.tokens, s.encoded, s.bytes,
                           s.back);
}

CLAIM(falls, "LM.tokenizer-counts-fall", DERIVED,
      "A pair is met no more often than the pair that was merged before it: a merge makes pairs, "
      "none of which is met more often than what it is made of (unless two merges make one token).",
      "a later pair was met more often") {
    double most = INFINITY, rise = 0;
    EACH_ROW (run, merges, r) {
        rise = larger_of(rise, (double)r->count - most);
        most = (double)r->count;
    }
    double made = SCALAR_OF(run, summary, vocabulary) - 256 - (*p->special != 0);
    if ((double)ROWS(run, merges) > made) return verdict_skip(v, "two merges make one token");
    if (ROWS(run, merges) < 2) return verdict_skip(v, "fewer than two merges");
    return verdict_at_most(v, rise, 0, "%zu merges", ROWS(run, merges));
}

static const struct check *const tokenizer_claims[] = {&read_back, &falls, NULL};

const struct experiment experiment_lm_tokenizer = {
    .id = "lm/tokenizer",
    .title = "Byte pairs trained on a text",
    .source = "Sennrich, Haddow and Birch, ACL 2016 (arXiv 1508.07909); GPT-2's bytes and pattern",
    .doc = "The pair of neighbours that is met most often in the words of a text becomes a token, "
           "again and again; of pairs met equally often the one of least ids goes first, so that "
           "the same text gives the same tokenizer. It is written as vocab.json with merges.txt, "
           "as tokenizer.json, or both, which lm/tokenize and the networks' own libraries read.",
    .presets = (const struct preset[]){{"quick", "", "a sample: an instant"},
                                       {"text", "vocabulary=8192", "name text=FILE beside it"},
                                       {0}},
    .tables = TABLES(merges),
    .figures = (const struct figure[]){{"tokenizer", "lm/tokenizer/tokenizer.gp",
                                        "How often a pair was met when it was merged, by rank: "
                                        "nearly a power law on real text."},
                                       {0}},
    PARTS_OF(tokenizer, summary)};
