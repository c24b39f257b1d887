/* tokenizer_config.json and special_tokens_map.json: which tokens begin and end a text, and whether
 * the first is put in front; not installed. */
#ifndef ATTNDYN_DATA_CONFIG_JSON_PRIVATE_H
#define ATTNDYN_DATA_CONFIG_JSON_PRIVATE_H

#include "codec_private.h"

/* Applies what lies in `folder` (either file, both or none) to a codec that was read from there.
 * `plain`: the codec comes from vocab.json + merges.txt, which name no special tokens. */
enum attndyn_status attndyn_codec_configure(struct attndyn_context *ctx, const char *folder,
                                            bool plain, struct attndyn_codec *codec);

#endif
