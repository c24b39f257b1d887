/* Text to token ids and back.
 *
 * Four kinds of vocabulary, all learnt from a training text: ids by falling count, ties by code
 * points, and a fifth that needs none. A text is UTF-8 (except for bytes), cut into lines; every
 * line gives its tokens by itself, so texts are streamed.
 *
 *   basic_english  torchtext's: lower case; ' . , ( ) ! ? are tokens of their own; " is deleted;
 *                  <br />, ; and : separate; white space separates. The end of a line gives
 *                  nothing. Id 0 is <unk>. Not reversible.
 *   word           what white space separates. Id 0 is <unk>.
 *   word_eos       the same and <eos> at the end of every line (empty ones, too). An unknown word
 *                  becomes <unk> where the training text has that word, and is an error otherwise.
 *   character      code points, line ends included. Id 0 is <unk>.
 *   byte           bytes, 256 ids; any bytes at all.
 *
 * White space is Unicode's. An encoder of another kind (byte pairs) is one more line function in
 * tokenizer.c: it gets a line and appends ids.
 */
#ifndef ATTNDYN_DATA_TOKENIZER_H
#define ATTNDYN_DATA_TOKENIZER_H

#include "../base/context.h"
#include "vocabulary.h"

enum attndyn_tokenizer_kind {
    ATTNDYN_TOKENIZER_BASIC_ENGLISH,
    ATTNDYN_TOKENIZER_WORD,
    ATTNDYN_TOKENIZER_WORD_EOS,
    ATTNDYN_TOKENIZER_CHARACTER,
    ATTNDYN_TOKENIZER_BYTE
};
#define ATTNDYN_TOKENIZERS "basic_english|word|word_eos|character|byte"
#define ATTNDYN_ID_NONE UINT32_MAX

/* A growing sequence of ids; a zeroed struct is empty. Owned by the context. */
struct attndyn_tokens {
    uint32_t *id; /* (length) */
    size_t length, room;
    uint64_t unknown; /* of them: words that the vocabulary does not have */
};
enum attndyn_status attndyn_tokens_append(struct attndyn_context *ctx,
                                          struct attndyn_tokens *tokens, uint32_t id);

struct attndyn_tokenizer {
    enum attndyn_tokenizer_kind kind;
    struct attndyn_vocabulary vocabulary; /* counts are those of the training text; <unk> has what
                                             the text itself writes as <unk>, and what was cut */
    uint32_t unknown;                     /* id of <unk>, or ATTNDYN_ID_NONE */
    uint32_t eos;                         /* id of <eos>, or ATTNDYN_ID_NONE */
    bool learning;                        /* unknown words are added */
    char *scratch;                        /* of the line function */
    size_t scratch_room;
};

/* An empty vocabulary that learns. */
enum attndyn_status attndyn_tokenizer_init(struct attndyn_context *ctx,
                                           enum attndyn_tokenizer_kind kind,
                                           struct attndyn_tokenizer *tokenizer);
/* Appends the ids of a file or of a text in memory. While the tokenizer learns, ids are
 * provisional. ATTNDYN_NO_INPUT: unreadable, not UTF-8, control characters, an unknown word where
 * there is no <unk>; the message names origin, line and byte. */
enum attndyn_status attndyn_tokenizer_read(struct attndyn_context *ctx,
                                           struct attndyn_tokenizer *tokenizer, const char *path,
                                           struct attndyn_tokens *tokens);
enum attndyn_status attndyn_tokenizer_encode(struct attndyn_context *ctx,
                                             struct attndyn_tokenizer *tokenizer, const char *text,
                                             size_t length, const char *origin,
                                             struct attndyn_tokens *tokens);
/* Ends the learning: ids by frequency, of which the first `top` stay (0: all; <unk> and <eos>
 * count); gives `tokens`, what was encoded meanwhile, its final ids. */
enum attndyn_status attndyn_tokenizer_close(struct attndyn_context *ctx,
                                            struct attndyn_tokenizer *tokenizer, size_t top,
                                            struct attndyn_tokens *tokens);
/* The text of ids[0..count), NUL-terminated, owned by the context: words with blanks between them,
 * <eos> as a line end; characters and bytes as they were (length tells where bytes end). */
enum attndyn_status attndyn_tokenizer_decode(struct attndyn_context *ctx,
                                             const struct attndyn_tokenizer *tokenizer,
                                             const uint32_t *ids, size_t count, char **text,
                                             size_t *length);
/* Number of ids, V. */
size_t attndyn_tokenizer_size(const struct attndyn_tokenizer *tokenizer);
/* A printable name; bytes that are no printable ASCII as <0x0A>. */
const char *attndyn_tokenizer_name(const struct attndyn_tokenizer *tokenizer, uint32_t id);
bool attndyn_tokenizer_find(const struct attndyn_tokenizer *tokenizer, const char *name,
                            uint32_t *id);

#endif
