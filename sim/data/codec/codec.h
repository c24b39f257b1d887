/* Text to ids and back, as a published tokenizer does it: the ids are those of the library that
 * the network was trained with.
 *
 *   byte pairs      GPT-2's kind: bytes, merged by rank within the words of a pattern; from
 *                   vocab.json + merges.txt, or tokenizer.json (with its normaliser and its added
 *                   tokens). Any bytes at all, and they come back (unless the file normalises).
 *   sentencepiece   tokenizer.model of type BPE: code points, merged by score; bytes where a code
 *                   point is unknown. Bytes that are no UTF-8 are U+FFFD, as in its own library,
 *                   and U+2581 comes back as a blank.
 *   llama2.c        tokenizer.bin: the same rule on a list of pieces and scores. Any bytes come
 * back. byte            256 ids.
 *
 * Files are not trusted: anything wrong in one, or not supported, is ATTNDYN_NO_INPUT with a
 * message of one line. A codec is not changed by use: several threads may share one, each with a
 * context of its own. */
#ifndef ATTNDYN_DATA_CODEC_H
#define ATTNDYN_DATA_CODEC_H

#include "../../base/context.h"
#include "../tokenizer.h"

struct attndyn_codec;

/* Whether the id of the text's beginning is put in front. */
enum attndyn_bos { ATTNDYN_BOS_AUTO, ATTNDYN_BOS_TRUE, ATTNDYN_BOS_FALSE };
#define ATTNDYN_BOS_CHOICES "auto|true|false"

/* `where`: "byte", a file (tokenizer.json, vocab.json, merges.txt, tokenizer.model or
 * tokenizer.bin, under any name, as the kind is told by the content), or a folder, in which the
 * first of these that exists is taken: tokenizer.json, vocab.json and merges.txt (also with a
 * prefix, as gpt2-vocab.json), tokenizer.model, tokenizer.bin, the only tok*.bin. The folder's
 * tokenizer_config.json is read with it. The codec is owned by ctx. ATTNDYN_USAGE: one of the names
 * of tokenizer.h that learn their vocabulary from a text. ATTNDYN_NO_INPUT: nothing there, or not
 * readable, or not supported. */
enum attndyn_status attndyn_codec_open(struct attndyn_context *ctx, const char *where,
                                       struct attndyn_codec **codec);
/* The tokenizer that lies in a model's folder, or in the folder of its file. */
enum attndyn_status attndyn_codec_open_beside(struct attndyn_context *ctx, const char *model,
                                              struct attndyn_codec **codec);

/* Appends the ids of text[0..length). BOS_AUTO: what tokenizer_config.json or tokenizer.json says,
 * else true for sentencepiece, llama2.c and OPT (its </s>), false for other byte pairs and bytes.
 * BOS_TRUE is ATTNDYN_USAGE where the codec has no such id. `tokens` may be zeroed or hold ids. */
enum attndyn_status attndyn_codec_encode(struct attndyn_context *ctx,
                                         const struct attndyn_codec *codec, const char *text,
                                         size_t length, enum attndyn_bos bos,
                                         struct attndyn_tokens *tokens);
/* The same for the bytes of a file, line ends included. */
enum attndyn_status attndyn_codec_read(struct attndyn_context *ctx,
                                       const struct attndyn_codec *codec, const char *path,
                                       enum attndyn_bos bos, struct attndyn_tokens *tokens);

/* The bytes of ids[0..count), NUL-terminated, owned by ctx. `special`: special tokens (BOS, EOS,
 * ...) as they are written; otherwise they give nothing. ATTNDYN_USAGE: an id that is none. */
enum attndyn_status attndyn_codec_decode(struct attndyn_context *ctx,
                                         const struct attndyn_codec *codec, const uint32_t *ids,
                                         size_t count, bool special, char **text, size_t *length);
/* Decoding as ids come: the bytes that one more id adds (not terminated, may cut a code point;
 * special tokens give none). Starts from a zeroed struct; joined, the pieces are what decode gives.
 * id < attndyn_codec_size. */
struct attndyn_codec_stream {
    bool begun;
};
const char *attndyn_codec_next(const struct attndyn_codec *codec,
                               struct attndyn_codec_stream *stream, uint32_t id, size_t *length);

/* Ids are below it (it can be other than the network's vocabulary, which may be padded). */
size_t attndyn_codec_size(const struct attndyn_codec *codec);
/* ATTNDYN_ID_NONE where there is none. */
uint32_t attndyn_codec_bos(const struct attndyn_codec *codec);
uint32_t attndyn_codec_eos(const struct attndyn_codec *codec);
/* What ATTNDYN_BOS_AUTO means here. */
bool attndyn_codec_bos_default(const struct attndyn_codec *codec);
/* One line for messages and records: kind, size and file. */
const char *attndyn_codec_describe(const struct attndyn_codec *codec);
/* A printable name: printable UTF-8 as it is, all other bytes as <0xNN>; special tokens as they are
 * written. "" for an id that has no token. Owned by ctx; NULL: out of memory. */
char *attndyn_codec_name(struct attndyn_context *ctx, const struct attndyn_codec *codec,
                         uint32_t id);
/* The same of any bytes. */
char *attndyn_printable(struct attndyn_context *ctx, const char *bytes, size_t length);
/* Does every byte string come back from its ids? Not where the text is normalised, where blanks are
 * put in front or taken away with a token, or where a byte has no token. */
bool attndyn_codec_reversible(const struct attndyn_codec *codec);
/* The id of a special token by its written form; false if there is none. */
bool attndyn_codec_find_special(const struct attndyn_codec *codec, const char *content,
                                uint32_t *id);

/* Ids written as decimal numbers with white space between them, taken as they are.
 * ATTNDYN_NO_INPUT names the line and the byte of what is no such number. */
enum attndyn_status attndyn_ids_parse(struct attndyn_context *ctx, const char *text, size_t length,
                                      const char *origin, struct attndyn_tokens *tokens);
enum attndyn_status attndyn_ids_read(struct attndyn_context *ctx, const char *path,
                                     struct attndyn_tokens *tokens);

#endif
