/* The subject of an evaluation: a network, its tokenizer and a text. */
#ifndef SHARED_SUBJECT_H
#define SHARED_SUBJECT_H

#include "experiments/frame/contract/typed.h"
#include "sim/data/codec/codec.h"
#include "sim/model/inference/cache.h"
#include "sim/model/transformer/foreign/model.h"

#define SUBJECT_NETWORK(X)                                                                         \
    X(FILE, model, "",                                                                             \
      "a trained network: a published folder, a file of llama2.c, a checkpoint of ours "           \
      "(docs/pretrained.md); empty: a small one that is trained first, on the bytes of a "         \
      "generated text")                                                                            \
    X(TEXT, tokenizer, "",                                                                         \
      "byte, a file or a folder; empty: what lies beside the model, and byte for the small one")

#define SUBJECT_TEXT(X)                                                                            \
    X(FILE, text, "",                                                                              \
      "the bytes of a file, line ends included; empty, without `ids`: a generated one, for the "   \
      "small network")                                                                             \
    X(FILE, ids, "",                                                                               \
      "in place of a text its tokens: decimal numbers with white space between them, taken as "    \
      "they are, nothing added")                                                                   \
    X(ENUM(attndyn_bos, ATTNDYN_BOS_CHOICES), bos, "auto",                                         \
      "whether the token of the beginning is put before the text; auto: what "                     \
      "tokenizer_config.json says, else true for SentencePiece, llama2.c and OPT, false for "      \
      "other byte pairs and bytes",                                                                \
      .only = "text")                                                                              \
    X(INT, limit, "0", "tokens taken, that of the beginning included; 0: all", IN(0, 1000000000))

struct subject {
    const struct attndyn_weights *weights;
    const struct attndyn_model *model; /* NULL: the small one */
    const struct attndyn_codec *codec; /* NULL: there is none, and ids are given */
};

/* Opens or trains the network and opens its tokenizer. `codec_needed`: a missing one is an error
 * (else subject->codec is NULL). */
enum attndyn_status subject_open(const struct trial *run, bool codec_needed,
                                 struct subject *subject);
/* The tokens of the parameters text or ids, cut to limit; where neither is given and the network is
 * the small one, `generated` bytes of a text of its kind. ATTNDYN_USAGE: both are given, or neither
 * for a network that was named. */
enum attndyn_status subject_text(const struct trial *run, const struct subject *subject,
                                 size_t generated, struct attndyn_tokens *tokens);
/* Another text of the same kind: a file (of ids where the run's text is one of ids), or `generated`
 * bytes that the small network was not trained on, other ones than subject_text gives. */
enum attndyn_status subject_other_text(const struct trial *run, const struct subject *subject,
                                       const char *path, size_t generated,
                                       struct attndyn_tokens *tokens);
/* Notes on the network, its tokenizer and the memory that so many streams of so many tokens need
 * beside its weights. */
enum attndyn_status subject_note(const struct trial *run, const struct subject *subject,
                                 const struct attndyn_cache *cache, size_t streams, size_t tokens);

/* The context of the small network, and what it is trained on. */
enum { SUBJECT_CONTEXT = 64 };

#endif
