/* The fixtures of tests/reference/codec.py: hard texts, and their ids by the reference
 * libraries. */
#ifndef TESTS_DATA_CODEC_FIXTURES_H
#define TESTS_DATA_CODEC_FIXTURES_H

#include "sim/data/codec/codec.h"

#define CODEC_FIXTURES "tests/reference/codec/"

/* Every text of the fixture NAME.ids must give its ids; the first that does not is named. Texts
 * marked `refused` must have none; those marked `unknown` are not tested. */
void codec_assert_ids(struct attndyn_context *ctx, const struct attndyn_codec *codec,
                      const char *name);
/* Every text comes back from its ids, at once and piece by piece; the number of those that had ids.
 * all: texts that are no UTF-8, too. */
size_t codec_assert_round_trip(struct attndyn_context *ctx, const struct attndyn_codec *codec,
                               bool all);
/* codec.py's variants.json: the tokenizer of this name, as the text of a tokenizer.json. */
char *codec_variant(struct attndyn_context *ctx, const char *name, size_t *length);

#endif
