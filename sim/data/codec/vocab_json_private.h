/* A vocabulary of byte pairs in JSON, and its merges: what vocab.json + merges.txt and
 * tokenizer.json share; not installed, and for files that include jansson. */
#ifndef ATTNDYN_DATA_VOCAB_JSON_PRIVATE_H
#define ATTNDYN_DATA_VOCAB_JSON_PRIVATE_H

#include "codec_private.h"

#include "../../base/json_private.h"

/* The tokens of an object of pieces and ids: token, size, pieces; what the pieces stand for, where
 * `byte_level` says that each of their code points is a byte. `more`: an id that there must be room
 * for, or ATTNDYN_ID_NONE. */
enum attndyn_status attndyn_codec_take_vocab(struct attndyn_context *ctx, const json_t *vocab,
                                             bool byte_level, uint32_t more, const char *origin,
                                             struct attndyn_codec *codec);
/* The ids of single bytes: of pieces that stand for one (byte_level), or <0x00> .. <0xFF>. */
void attndyn_codec_take_bytes(struct attndyn_codec *codec, bool byte_level);
/* One merge; `where` names it in messages. Needs pairs with room. */
enum attndyn_status attndyn_codec_take_merge(struct attndyn_context *ctx, const char *left,
                                             size_t left_length, const char *right,
                                             size_t right_length, uint32_t rank, const char *origin,
                                             struct attndyn_codec *codec);
/* An added token: its place in codec->token, and in the list of those looked for. The arrays have
 * room. ATTNDYN_NO_INPUT: the id is another's. */
enum attndyn_status attndyn_codec_take_added(struct attndyn_context *ctx,
                                             const struct attndyn_added_token *token,
                                             const char *origin, struct attndyn_codec *codec);
/* A whole number 0 .. 2^31; false: it is none. */
bool attndyn_json_id(const json_t *number, uint32_t *id);
/* Bytes of ctx. */
char *attndyn_codec_copy(struct attndyn_context *ctx, const char *bytes, size_t length);

#endif
