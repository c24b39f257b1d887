/* Training byte pairs on a text: the pair of neighbours that is met most often in the words of
 * GPT-2's pattern becomes a token, again and again (Gage 1994; Sennrich, Haddow and Birch 2016).
 *
 * Ties: of pairs met equally often, the one of least ids (first left, then right) goes first. Ids:
 * the special token, then the 256 bytes in the order of their code points in GPT-2's alphabet, then
 * the merges as they come. So the result depends on nothing but the text and the settings, and is
 * that of the `tokenizers` library's trainer with the same alphabet.
 */
#ifndef ATTNDYN_DATA_BPE_TRAIN_H
#define ATTNDYN_DATA_BPE_TRAIN_H

#include "codec.h"

struct attndyn_bpe_options {
    size_t vocabulary;    /* ids in all; fewer where no pair is left that is met often enough */
    uint64_t least_count; /* a pair that is met less often is not merged; at least 1 */
    const char
        *special; /* one token with id 0 that no merge makes, such as <|endoftext|>; or NULL */
};

struct attndyn_bpe {
    size_t size; /* ids */
    struct attndyn_bpe_token {
        const char *bytes; /* (length); of the special token, its written form */
        uint32_t length;
    } * token; /* (size) */
    size_t merges;
    struct attndyn_bpe_merge {
        uint32_t left, right, id;
        uint64_t count;  /* how often the pair was met when it was merged */
    } * merge;           /* (merges) */
    const char *special; /* or NULL */
    uint64_t words;      /* distinct words of the text */
    uint64_t tokens;     /* tokens that the training text has in the end */
};

/* ATTNDYN_USAGE: a vocabulary without room for the bytes. All is owned by ctx. */
enum attndyn_status attndyn_bpe_train(struct attndyn_context *ctx, const char *text, size_t length,
                                      const struct attndyn_bpe_options *options,
                                      struct attndyn_bpe *bpe);
/* Files that this library and others read: a pair vocab.json + merges.txt, or one tokenizer.json
 * (byte level, GPT-2's pattern, the special token added). Each is written whole. */
enum attndyn_status attndyn_bpe_write_pair(struct attndyn_context *ctx,
                                           const struct attndyn_bpe *bpe, const char *vocab,
                                           const char *merges);
enum attndyn_status attndyn_bpe_write_json(struct attndyn_context *ctx,
                                           const struct attndyn_bpe *bpe, const char *path);

#endif
