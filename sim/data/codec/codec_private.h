/* What a codec is made of; not installed. Files of this folder alone include it.
 *
 *     open.c            a name, file or folder -> which reader
 *     vocab_json.c      vocab.json + merges.txt        \
 *     tokenizer_json.c  tokenizer.json                  |  readers: fill a struct attndyn_codec
 *     sentencepiece.c   tokenizer.model (protobuf.c)    |
 *     llama2c.c         tokenizer.bin                  /
 *     added_tokens.c -> normalise.c -> words.c -> merge.c: the stages of encoding, led by encode.c
 */
#ifndef ATTNDYN_DATA_CODEC_PRIVATE_H
#define ATTNDYN_DATA_CODEC_PRIVATE_H

#include "codec.h"

/* --------------------------------------------------------------- tables */

/* A string of bytes with a number: a piece and its id. */
struct attndyn_piece {
    const char *bytes; /* (length), not terminated */
    uint32_t length, id;
};
/* Strings to numbers: open addressing, at most half full. A zeroed struct is empty. */
struct attndyn_piece_table {
    struct attndyn_piece *slot; /* (slots): bytes NULL = free */
    size_t slots, size;
    uint32_t longest; /* bytes of the longest string */
};
/* Room for `count` strings in all. */
enum attndyn_status attndyn_piece_table_init(struct attndyn_context *ctx,
                                             struct attndyn_piece_table *table, size_t count);
/* false: the string is there already (its number stays). */
bool attndyn_piece_table_add(struct attndyn_piece_table *table, const char *bytes, size_t length,
                             uint32_t id);
bool attndyn_piece_table_find(const struct attndyn_piece_table *table, const char *bytes,
                              size_t length, uint32_t *id);

/* Pairs of ids to what they merge to. */
struct attndyn_pair {
    uint32_t left, right, rank, id; /* id ATTNDYN_ID_NONE = free */
};
struct attndyn_pair_table {
    struct attndyn_pair *slot;
    size_t slots;
};
enum attndyn_status attndyn_pair_table_init(struct attndyn_context *ctx,
                                            struct attndyn_pair_table *table, size_t count);
/* A pair that is there already gets the new rank, as in the published readers. */
void attndyn_pair_table_set(struct attndyn_pair_table *table, struct attndyn_pair pair);
const struct attndyn_pair *attndyn_pair_table_find(const struct attndyn_pair_table *table,
                                                   uint32_t left, uint32_t right);

/* Growing bytes; a zeroed struct is empty. */
struct attndyn_bytes {
    char *bytes;
    size_t length, room;
};
enum attndyn_status attndyn_bytes_append(struct attndyn_context *ctx, struct attndyn_bytes *to,
                                         const char *bytes, size_t length);

/* One code point at text[0..length), length > 0: the bytes it takes. What is no UTF-8 is one byte,
 * and *c is then attndyn_no_code_point. */
enum { attndyn_no_code_point = 0x110000 };
size_t attndyn_code_point(const char *text, size_t length, uint32_t *c);

/* --------------------------------------------------------------- stages */

/* Part of a word on its way; the parts of a word are a list by their first bytes' order. */
struct attndyn_symbol {
    uint32_t begin, length;  /* bytes of the word; length 0: merged into its left neighbour */
    uint32_t id;             /* or ATTNDYN_ID_NONE */
    uint32_t previous, next; /* or ATTNDYN_ID_NONE */
    bool frozen;             /* merges with nothing */
};
struct attndyn_merge_entry {
    uint32_t order, left, length, id;
};
/* Scratch of merges; a zeroed struct is empty. */
struct attndyn_merger {
    struct attndyn_symbol *symbol;
    size_t n_symbols, symbol_room;
    struct attndyn_merge_entry *heap;
    size_t n_heap, heap_room;
};
/* Do two neighbours merge, into which id, and with which priority? The smallest number merges
 * first; of equal ones the leftmost. */
typedef bool attndyn_join_fn(const void *rules, const char *word, const struct attndyn_symbol *left,
                             const struct attndyn_symbol *right, uint32_t *id, uint32_t *order);
enum attndyn_status attndyn_merger_symbol(struct attndyn_context *ctx, struct attndyn_merger *m,
                                          struct attndyn_symbol symbol);
/* Merges until nothing merges. What is left: from symbol[0] by `next`. Time: n log n. */
enum attndyn_status attndyn_merger_run(struct attndyn_context *ctx, struct attndyn_merger *m,
                                       attndyn_join_fn *join, const void *rules, const char *word);
void attndyn_merger_free(struct attndyn_context *ctx, struct attndyn_merger *m);

/* How a text is split into words. Pairs merge only within a word. */
enum attndyn_cut {
    ATTNDYN_CUT_GPT2,
    ATTNDYN_CUT_BLOOM,
    ATTNDYN_CUT_LLAMA3,
    ATTNDYN_CUT_QWEN2,
    ATTNDYN_CUT_DIGITS,     /* each digit by itself */
    ATTNDYN_CUT_DIGIT_RUNS, /* runs of digits */
    ATTNDYN_CUT_META_FIRST, /* Metaspace: blanks become U+2581; one in front of the text's start */
    ATTNDYN_CUT_META_ALWAYS,
    ATTNDYN_CUT_META_NEVER,
    ATTNDYN_CUT_META_WORDS, /* cut before each U+2581 */
    ATTNDYN_CUT_PREFIX      /* a blank in front of what does not begin with one */
};
enum { ATTNDYN_CUTS = 8 };
/* The end of the word that begins at `at` < length; text: any bytes. The kinds from GPT2 to
 * DIGIT_RUNS, and META_WORDS. */
size_t attndyn_word_end(enum attndyn_cut cut, const char *text, size_t length, size_t at);
/* The kind that a published pattern stands for; false: not known. */
bool attndyn_cut_find(const char *pattern, enum attndyn_cut *cut);

/* Steps of a normaliser, in their order. */
enum attndyn_form {
    ATTNDYN_FORM_NFC,
    ATTNDYN_FORM_NFD,
    ATTNDYN_FORM_NFKC,
    ATTNDYN_FORM_NFKD,
    ATTNDYN_FORM_PREPEND,
    ATTNDYN_FORM_REPLACE
};
struct attndyn_form_step {
    enum attndyn_form form;
    const char *from, *to; /* REPLACE: from -> to; PREPEND: to */
};
enum { ATTNDYN_FORM_STEPS = 8 };
struct attndyn_normaliser {
    struct attndyn_form_step step[ATTNDYN_FORM_STEPS];
    size_t steps;
};
/* *out: text[0..length) normalised, in `scratch` or, if nothing changes, text itself. Bytes that
 * are no UTF-8 stay. scratch: two buffers, in turn. */
enum attndyn_status attndyn_normalise(struct attndyn_context *ctx,
                                      const struct attndyn_normaliser *normaliser, const char *text,
                                      size_t length, struct attndyn_bytes scratch[2],
                                      const char **out, size_t *out_length);

/* Tokens that are matched in a text before any other processing. */
struct attndyn_added_token {
    const char *content; /* (length) */
    size_t length;
    uint32_t id;
    bool special, single_word, strip_left, strip_right, normalised;
};
/* Those that are looked for together, sorted by content. */
struct attndyn_added_tokens {
    struct attndyn_added_token *token;
    size_t count;
    bool first[256]; /* bytes that one of them begins with */
};
void attndyn_added_tokens_sort(struct attndyn_added_tokens *tokens);
/* The longest that text[0..length) begins with, or NULL. Needs sorted tokens of distinct contents.
 */
const struct attndyn_added_token *attndyn_added_longest(const struct attndyn_added_tokens *tokens,
                                                        const char *text, size_t length);
/* One after the other: a stretch of text between tokens (id ATTNDYN_ID_NONE), or a token. Starts
 * from {0}; false: the end. */
struct attndyn_added_cursor {
    size_t scan, start; /* where to look on; the end of what was given */
    bool pending;       /* a token was found, its text in front was given first */
    size_t token_begin, token_end;
    uint32_t token_id;
};
bool attndyn_added_next(const struct attndyn_added_tokens *tokens, const char *text, size_t length,
                        struct attndyn_added_cursor *cursor, size_t *begin, size_t *end,
                        uint32_t *id);

/* A SentencePiece normaliser: rules of its own in a trie (Darts-clone's units), longest match. */
struct attndyn_charsmap {
    const unsigned char *unit; /* (4 units), little-endian; NULL: no rules */
    size_t units;
    const char *text; /* (text_length), strings that end with NUL */
    size_t text_length;
};
/* precompiled_charsmap of a tokenizer.model: bytes are kept by the caller. false: damaged. */
bool attndyn_charsmap_parse(const char *bytes, size_t length, struct attndyn_charsmap *map);
/* The longest rule that matches a prefix of text[0..length): the bytes it consumes (0: none) and
 * their replacement. */
size_t attndyn_charsmap_find(const struct attndyn_charsmap *map, const char *text, size_t length,
                             const char **to, size_t *to_length);

/* --------------------------------------------------------------- the codec */

enum attndyn_codec_kind {
    ATTNDYN_CODEC_BYTE,
    ATTNDYN_CODEC_BYTE_PAIRS,      /* symbols are bytes, pairs merge by rank */
    ATTNDYN_CODEC_CHARACTER_PAIRS, /* symbols are code points, pairs merge by rank */
    ATTNDYN_CODEC_SENTENCEPIECE,   /* symbols are code points, pieces merge by score */
    ATTNDYN_CODEC_LLAMA2C
};

struct attndyn_codec_token {
    const char *piece; /* (piece_length): as the file writes it; NULL: no token has this id */
    const char *bytes; /* (length): what it stands for in a text */
    uint32_t piece_length, length;
    uint32_t order; /* pieces that merge by score: the least first; ATTNDYN_ID_NONE: never */
    bool special;   /* BOS and its like */
    bool added;     /* looked for in a text before anything else */
};

struct attndyn_codec {
    enum attndyn_codec_kind kind;
    size_t size;
    struct attndyn_codec_token *token; /* (size) */
    struct attndyn_piece_table pieces; /* of the pieces that merge or are looked up */
    struct attndyn_piece_table words;  /* of the bytes of tokens; only where whole_words */
    struct attndyn_pair_table pairs;
    uint32_t byte_id[256]; /* of bytes as symbols, or as fallback; ATTNDYN_ID_NONE: none */
    uint32_t unknown;      /* or ATTNDYN_ID_NONE */
    bool byte_fallback, fuse_unknown;
    bool whole_words;   /* a word that is a token is not taken apart */
    bool cuts_at_blank; /* no piece holds U+2581 behind something else: words merge by themselves */
    struct attndyn_added_tokens raw, normalised; /* before and after the normaliser */
    struct attndyn_normaliser normaliser;
    enum attndyn_cut cut[ATTNDYN_CUTS];
    size_t cuts;
    /* SentencePiece's normaliser */
    struct attndyn_charsmap charsmap;
    struct attndyn_added_tokens user; /* symbols that are never taken apart */
    bool blank_in_front, blank_behind, single_blanks, escaped_blanks;
    bool strips_first; /* decoding leaves out the first blank */
    uint32_t bos, eos;
    bool bos_default;
    const char *describe;
};

/* The text as SentencePiece's normaliser leaves it (blanks as U+2581, one in front). */
enum attndyn_status attndyn_codec_normalise_pieces(struct attndyn_context *ctx,
                                                   const struct attndyn_codec *codec,
                                                   const char *text, size_t length,
                                                   struct attndyn_bytes *out);
/* An empty codec, for a reader. */
enum attndyn_status attndyn_codec_create(struct attndyn_context *ctx, struct attndyn_codec **codec);
/* Readers. `origin` names the file in messages; bytes: (length), NUL-terminated, kept by ctx as
 * long as the codec. */
enum attndyn_status attndyn_codec_read_vocab_merges(struct attndyn_context *ctx, const char *vocab,
                                                    const char *merges,
                                                    struct attndyn_codec *codec);
enum attndyn_status attndyn_codec_parse_vocab_merges(struct attndyn_context *ctx, const char *vocab,
                                                     size_t vocab_length, const char *merges,
                                                     size_t merges_length, const char *origin,
                                                     const char *merges_origin,
                                                     struct attndyn_codec *codec);
enum attndyn_status attndyn_codec_parse_json(struct attndyn_context *ctx, const char *text,
                                             size_t length, const char *origin,
                                             struct attndyn_codec *codec);
enum attndyn_status attndyn_codec_parse_sentencepiece(struct attndyn_context *ctx,
                                                      const char *bytes, size_t length,
                                                      const char *origin,
                                                      struct attndyn_codec *codec);
enum attndyn_status attndyn_codec_parse_llama2c(struct attndyn_context *ctx, const char *bytes,
                                                size_t length, const char *origin,
                                                struct attndyn_codec *codec);
#endif
