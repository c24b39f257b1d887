/* A text in splits: train, valid, test. */
#ifndef ATTNDYN_DATA_TEXT_DATASET_H
#define ATTNDYN_DATA_TEXT_DATASET_H

#include "tokenizer.h"

enum attndyn_split { ATTNDYN_TRAIN, ATTNDYN_VALID, ATTNDYN_TEST, ATTNDYN_SPLITS };
extern const char *const attndyn_split_names[ATTNDYN_SPLITS]; /* "train", "valid", "test" */

struct attndyn_text_dataset {
    struct attndyn_tokenizer tokenizer; /* learnt from the training split */
    struct attndyn_tokens tokens[ATTNDYN_SPLITS];
    const char *origin[ATTNDYN_SPLITS]; /* the files' paths, for messages */
};

/* The file of a split in a folder; ATTNDYN_NO_INPUT: there is none. */
enum attndyn_status attndyn_text_dataset_find(struct attndyn_context *ctx, const char *folder,
                                              enum attndyn_split split, char **path);

/* Reads the splits of a folder; for each of them (valid: also validation, val) the names train.txt,
 * train.tokens, train.raw, and the same after wiki. are tried. A single file is split: lines that
 * begin in its first nine tenths are train, and the rest is cut in two at a line. ATTNDYN_NO_INPUT:
 * no such file or folder, a split is missing or has no token, a text that is none. The vocabulary,
 * learnt from train, has `top` tokens at most (0: all). */
enum attndyn_status attndyn_text_dataset_read(struct attndyn_context *ctx, const char *path,
                                              enum attndyn_tokenizer_kind kind, size_t top,
                                              struct attndyn_text_dataset *dataset);
/* The same from texts in memory (NUL-terminated). */
enum attndyn_status attndyn_text_dataset_parse(struct attndyn_context *ctx,
                                               const char *const text[ATTNDYN_SPLITS],
                                               enum attndyn_tokenizer_kind kind, size_t top,
                                               struct attndyn_text_dataset *dataset);
/* A generated text (grammar.h) of words + 3 tokens a paragraph, in words; a tenth of `paragraphs`
 * each for valid and test beside those for train. Same seed, same text. */
enum attndyn_status attndyn_text_dataset_generate(struct attndyn_context *ctx, size_t paragraphs,
                                                  size_t words, double common_share, uint64_t seed,
                                                  struct attndyn_text_dataset *dataset);

#endif
