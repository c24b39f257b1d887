/* sim/data/codec: the ids of the reference libraries on hard texts, and the way back. */
#include "codec_fixtures.h"

#include "sim/base/file.h"
#include "sim/base/random.h"
#include "sim/data/codec/codec_private.h"
#include "sim/data/lower_case.h"
#include "tests/folder.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TESTS_WITH_A_FOLDER("codec", "");
static struct attndyn_codec *codec;

static void open_variant(const char *name) {
    size_t length;
    char *text = codec_variant(ctx, name, &length);
    file_put(within("tokenizer.json"), text, length);
    enum attndyn_status status = attndyn_codec_open(ctx, folder, &codec);
    unlink(within("tokenizer.json"));
    assert_ok(ctx, status);
}

static const char *const variants[] = {"bytes",
                                       "prefix",
                                       "whole",
                                       "bloom",
                                       "llama3",
                                       "qwen2",
                                       "digits",
                                       "digit-runs",
                                       "nfkd",
                                       "added",
                                       "characters",
                                       "metaspace-first",
                                       "metaspace-always",
                                       "metaspace-never",
                                       "unknown",
                                       "unknown-apart"};
TEST(ids_of_tokenizer_json) {
    open_variant(variants[_i]);
    codec_assert_ids(ctx, codec, variants[_i]);
}

static const char *const models[] = {"sp-plain", "sp-rules", "sp-suffix", "sp-bare"};
TEST(ids_of_sentencepiece) {
    assert_ok(ctx, attndyn_codec_open(
                       ctx, attndyn_format(ctx, CODEC_FIXTURES "%s.model", models[_i]), &codec));
    codec_assert_ids(ctx, codec, models[_i]);
}

TEST(ids_of_llama2c) {
    assert_ok(ctx, attndyn_codec_open(ctx, CODEC_FIXTURES "small.bin", &codec));
    codec_assert_ids(ctx, codec, "small");
    ck_assert_uint_ge(codec_assert_round_trip(ctx, codec, true), 250);
}

/* Published vocabularies, where ATTNDYN_DATA names the folder that they lie in. */
static const struct {
    const char *where, *name;
    uint32_t bos, eos;
    bool bos_default;
} published[] = {{"tokenizers/gpt2", "gpt2", 50256, 50256, false},
                 {"tokenizers/opt", "opt", 2, 2, true},
                 {"tokenizers/gpt-neox", "gpt-neox", 0, 0, false},
                 {"tokenizers/mistral-v1", "mistral-v1", 1, 2, true},
                 {"stories260K", "tok512", 1, 2, true}};
TEST(ids_of_published_vocabularies) {
    const char *data = getenv("ATTNDYN_DATA");
    if (!data) {
        puts("codec: published vocabularies: skipped, ATTNDYN_DATA is not set");
        return;
    }
    const char *where = attndyn_format(ctx, "%s/%s", data, published[_i].where);
    assert_ok(ctx, attndyn_codec_open(ctx, where, &codec));
    ck_assert_uint_eq(attndyn_codec_bos(codec), published[_i].bos);
    ck_assert_uint_eq(attndyn_codec_eos(codec), published[_i].eos);
    ck_assert(attndyn_codec_bos_default(codec) == published[_i].bos_default);
    codec_assert_ids(ctx, codec, published[_i].name);
    if (_i < 2 || _i == 4) ck_assert_uint_ge(codec_assert_round_trip(ctx, codec, true), 250);
}

/* Tokenizers that change nothing: every byte string comes back. */
static const char *const reversible[] = {"bytes",  "whole",  "bloom",
                                         "llama3", "digits", "digit-runs"};
TEST(every_byte_string_comes_back) {
    uint64_t random = 16;
    open_variant(reversible[_i]);
    ck_assert(attndyn_codec_reversible(codec));
    ck_assert_uint_ge(codec_assert_round_trip(ctx, codec, true), 250);
    uint64_t mark = attndyn_memory_mark(ctx);
    for (unsigned i = 0; i < 65536 + 2000; i++) {
        char bytes[64], *back;
        size_t size = i < 65536 ? 2 : attndyn_splitmix_next(&random) % sizeof bytes, length;
        struct attndyn_tokens tokens = {0};
        bytes[0] = (char)(i >> 8), bytes[1] = (char)i;
        for (size_t b = 0; i >= 65536 && b < size; b++)
            bytes[b] = (char)(attndyn_splitmix_next(&random) >> (i % 8));
        assert_ok(ctx, attndyn_codec_encode(ctx, codec, bytes, size, ATTNDYN_BOS_AUTO, &tokens));
        assert_ok(ctx,
                  attndyn_codec_decode(ctx, codec, tokens.id, tokens.length, true, &back, &length));
        ck_assert_uint_eq(length, size);
        ck_assert_mem_eq(back, bytes, size);
        attndyn_memory_release(ctx, mark);
    }
}

/* What SentencePiece and LLaMA's tokenizer.json give back: valid UTF-8, but for U+2581. */
TEST(text_comes_back_from_pieces) {
    static const char *const texts[] = {"",
                                        "a",
                                        " a",
                                        "  a b  ",
                                        "\n\tx\r\n",
                                        "na\xC3\xAFve \xE6\x97\xA5",
                                        "\xF0\x9F\x98\x80 <s> </s> <0x0A>",
                                        "a  b   c "};
    if (_i == 0)
        assert_ok(ctx, attndyn_codec_open(ctx, CODEC_FIXTURES "sp-plain.model", &codec));
    else
        open_variant("characters");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct attndyn_tokens tokens = {0};
        char *back;
        size_t length;
        assert_ok(ctx, attndyn_codec_encode(ctx, codec, texts[i], strlen(texts[i]),
                                            ATTNDYN_BOS_FALSE, &tokens));
        assert_ok(ctx,
                  attndyn_codec_decode(ctx, codec, tokens.id, tokens.length, true, &back, &length));
        /* LLaMA's file looks for <s> in a text, and puts a blank in front of what follows it. */
        if (_i == 1 && strstr(texts[i], "<s>"))
            ck_assert_str_eq(back, "\xF0\x9F\x98\x80 <s>  </s>  <0x0A>");
        else
            ck_assert_str_eq(back, texts[i]);
    }
}

TEST(bytes_are_a_codec) {
    struct attndyn_tokens tokens = {0};
    assert_ok(ctx, attndyn_codec_open(ctx, "byte", &codec));
    ck_assert_uint_eq(attndyn_codec_size(codec), 256);
    ck_assert_uint_ge(codec_assert_round_trip(ctx, codec, true), 250);
    assert_ok(ctx, attndyn_codec_encode(ctx, codec, "A\xFF", 2, ATTNDYN_BOS_AUTO, &tokens));
    ck_assert_uint_eq(tokens.length, 2);
    ck_assert_uint_eq(tokens.id[0], 'A');
    ck_assert_uint_eq(tokens.id[1], 255);
    ck_assert_int_eq(attndyn_codec_encode(ctx, codec, "A", 1, ATTNDYN_BOS_TRUE, &tokens),
                     ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "bos=true"));
}

TEST(names_are_printable) {
    static const struct {
        const char *name, *text;
    } named[] = {
        {"the", "the"}, {"\xC3\xA9", "\xC3\xA9"},     {"<0x0A>", "\n"},  {"<0xFF>", "\xFF"},
        {" ", " "},     {"<0xC2><0xA0>", "\xC2\xA0"}, {"<0x7F>", "\x7F"}};
    open_variant("bytes");
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        struct attndyn_tokens tokens = {0};
        char *joined = attndyn_strdup(ctx, "");
        assert_ok(ctx, attndyn_codec_encode(ctx, codec, named[i].text, strlen(named[i].text),
                                            ATTNDYN_BOS_AUTO, &tokens));
        for (size_t k = 0; k < tokens.length; k++)
            joined =
                attndyn_format(ctx, "%s%s", joined, attndyn_codec_name(ctx, codec, tokens.id[k]));
        ck_assert_str_eq(joined, named[i].name);
    }
    open_variant("added");
    uint32_t id;
    ck_assert(attndyn_codec_find_special(codec, "<pad>", &id));
    ck_assert_str_eq(attndyn_codec_name(ctx, codec, id), "<pad>");
    ck_assert(!attndyn_codec_find_special(codec, "worl", &id)); /* added, but not special */
    static const char *const not_reversible[] = {"added", "prefix", "nfkd", "characters"};
    for (size_t i = 0; i < 4; i++) {
        open_variant(not_reversible[i]);
        ck_assert(!attndyn_codec_reversible(codec));
    }
}

/* A long text in one call: the same ids as word by word, with words kept and not kept. */
TEST(kept_words_change_nothing) {
    char *text;
    size_t length, at = 0;
    struct attndyn_tokens whole = {0}, parts = {0};
    assert_ok(ctx, attndyn_file_read(ctx, CODEC_FIXTURES "training.txt", &text, &length));
    char *longer = ATTNDYN_NEW(ctx, char, 8 * length + 1);
    for (size_t i = 0; i < 8; i++) memcpy(longer + i * length, text, length);
    open_variant("bytes");
    assert_ok(ctx, attndyn_codec_encode(ctx, codec, longer, 8 * length, ATTNDYN_BOS_FALSE, &whole));
    while (at < 8 * length) {
        size_t end = attndyn_word_end(ATTNDYN_CUT_GPT2, longer, 8 * length, at);
        assert_ok(ctx, attndyn_codec_encode(ctx, codec, longer + at, end - at, ATTNDYN_BOS_FALSE,
                                            &parts));
        at = end;
    }
    ck_assert_uint_eq(whole.length, parts.length);
    ck_assert_mem_eq(whole.id, parts.id, whole.length * sizeof *whole.id);
}

/* A word of half a megabyte: the merges must not take quadratic time (the test's limit is seconds).
 */
TEST(a_word_without_end) {
    enum { LENGTH = 1 << 19 };
    char *word = ATTNDYN_NEW(ctx, char, LENGTH + 1), *back;
    struct attndyn_tokens tokens = {0};
    size_t length;
    for (size_t i = 0; i < LENGTH; i++) word[i] = "theand"[i % 6];
    if (_i == 0)
        open_variant("bytes");
    else
        assert_ok(ctx, attndyn_codec_open(ctx, CODEC_FIXTURES "sp-plain.model", &codec));
    assert_ok(ctx, attndyn_codec_encode(ctx, codec, word, LENGTH, ATTNDYN_BOS_FALSE, &tokens));
    assert_ok(ctx,
              attndyn_codec_decode(ctx, codec, tokens.id, tokens.length, true, &back, &length));
    ck_assert_uint_eq(length, LENGTH);
    ck_assert_mem_eq(back, word, LENGTH);
}

TCASE(codec) {
    in_a_folder(tcase, 30);
    tcase_add_each(tcase, ids_of_tokenizer_json, variants);
    tcase_add_loop_test(tcase, ids_of_sentencepiece, 0, 4);
    tcase_add_test(tcase, ids_of_llama2c);
    tcase_add_loop_test(tcase, ids_of_published_vocabularies, 0, 5);
    tcase_add_loop_test(tcase, every_byte_string_comes_back, 0, 6);
    tcase_add_loop_test(tcase, text_comes_back_from_pieces, 0, 2);
    tcase_add_tests(tcase, bytes_are_a_codec, names_are_printable, kept_words_change_nothing);
    tcase_add_loop_test(tcase, a_word_without_end, 0, 2);
}
