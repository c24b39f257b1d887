/* sim/data/codec/train: merges against a recount after each (tests/reference/codec.py), and files
 * that other readers and our own accept. */
#include "codec_fixtures.h"

#include "sim/base/file.h"
#include "sim/data/codec/alphabet_private.h"
#include "sim/data/codec/train.h"
#include "tests/folder.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TESTS_WITH_A_FOLDER("train", "*");

static char *text;
static size_t length;

static void read_text(void) {
    assert_ok(ctx, attndyn_file_read(ctx, CODEC_FIXTURES "training.txt", &text, &length));
}

static char *written(const struct attndyn_bpe *bpe, uint32_t id) {
    char *to = ATTNDYN_NEW(ctx, char, 2 * bpe->token[id].length + 1);
    attndyn_alphabet_write(bpe->token[id].bytes, bpe->token[id].length, to);
    return to;
}

TEST(merges_of_a_count_anew) {
    char *want;
    size_t size;
    struct attndyn_bpe bpe;
    const struct attndyn_bpe_options options = {.vocabulary = 540, .least_count = 2};
    assert_ok(ctx, attndyn_file_read(ctx, CODEC_FIXTURES "trained.txt", &want, &size));
    assert_ok(ctx, attndyn_bpe_train(ctx, text, length, &options, &bpe));
    ck_assert_uint_eq(bpe.size, 540);
    for (size_t m = 0; m < bpe.merges; m++) {
        const struct attndyn_bpe_merge *merge = &bpe.merge[m];
        char *line = attndyn_format(ctx, "%s %s %llu\n", written(&bpe, merge->left),
                                    written(&bpe, merge->right), (unsigned long long)merge->count);
        ck_assert_msg(strncmp(want, line, strlen(line)) == 0, "merge %zu: %.40s, not %s", m + 1,
                      want, line);
        want += strlen(line);
    }
    ck_assert_int_eq(*want, '\0');
}

TEST(files_are_read_back) {
    struct attndyn_bpe bpe;
    const struct attndyn_bpe_options options = {400, 2, "<|endoftext|>"};
    struct attndyn_codec *codec[2];
    assert_ok(ctx, attndyn_bpe_train(ctx, text, length, &options, &bpe));
    char *vocab = within("vocab.json");
    assert_ok(ctx, attndyn_bpe_write_pair(ctx, &bpe, vocab, within("merges.txt")));
    char *json = within("tokenizer.json");
    assert_ok(ctx, attndyn_bpe_write_json(ctx, &bpe, json));
    assert_ok(ctx, attndyn_codec_open(ctx, vocab, &codec[0]));
    assert_ok(ctx, attndyn_codec_open(ctx, json, &codec[1]));
    for (size_t i = 0; i < 2; i++) {
        struct attndyn_tokens tokens = {0};
        uint32_t id = 1;
        ck_assert_uint_eq(attndyn_codec_size(codec[i]), 400);
        ck_assert(attndyn_codec_find_special(codec[i], "<|endoftext|>", &id) && id == 0);
        ck_assert_uint_ge(codec_assert_round_trip(ctx, codec[i], true), 250);
        /* The text has as many tokens as the trainer had in the end. */
        assert_ok(ctx,
                  attndyn_codec_encode(ctx, codec[i], text, length, ATTNDYN_BOS_AUTO, &tokens));
        ck_assert_uint_eq(tokens.length, bpe.tokens);
    }
}

TEST(ties_and_ends) {
    struct attndyn_bpe bpe;
    struct attndyn_bpe_options options = {.vocabulary = 300, .least_count = 1};
    /* ab, ba twice each: a < b, so ab first; then abab (pairs within words alone). */
    assert_ok(ctx, attndyn_bpe_train(ctx, "abab baba", 9, &options, &bpe));
    ck_assert_uint_gt(bpe.merges, 2);
    ck_assert_str_eq(written(&bpe, bpe.merge[0].id), "ab");
    ck_assert_uint_eq(bpe.merge[0].count, 3);
    ck_assert_uint_lt(bpe.size, 300); /* nothing is left to merge */
    ck_assert_uint_eq(bpe.tokens, 2);
    /* Overlaps: aaaa has three pairs, and merges from the left. */
    assert_ok(ctx, attndyn_bpe_train(ctx, "aaaaa", 5, &options, &bpe));
    ck_assert_uint_eq(bpe.merge[0].count, 4);
    ck_assert_str_eq(written(&bpe, bpe.merge[1].id), "aaa");
    options.least_count = 5;
    assert_ok(ctx, attndyn_bpe_train(ctx, "aaaaa", 5, &options, &bpe));
    ck_assert_uint_eq(bpe.merges, 0);
    assert_ok(ctx, attndyn_bpe_train(ctx, "", 0, &options, &bpe));
    ck_assert_uint_eq(bpe.size, 256);
    /* No merge makes the special token. */
    options = (struct attndyn_bpe_options){300, 1, "xx"};
    assert_ok(ctx, attndyn_bpe_train(ctx, "xxxx", 4, &options, &bpe));
    ck_assert_uint_eq(bpe.merges, 0);
    /* A piece that no file may have is not made, but told. */
    const size_t much = 1 << 16;
    char *word = ATTNDYN_NEW(ctx, char, much);
    memset(word, 'x', much);
    options = (struct attndyn_bpe_options){300, 2, NULL};
    ck_assert_int_eq(attndyn_bpe_train(ctx, word, much, &options, &bpe), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "its pieces grow to 32768 bytes"));
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "a smaller vocabulary (270)"));
    options.vocabulary = 270;
    assert_ok(ctx, attndyn_bpe_train(ctx, word, much, &options, &bpe));
    ck_assert_uint_eq(bpe.token[269].length, 1 << 14);
    struct attndyn_codec *codec;
    char *vocab = within("long.json");
    assert_ok(ctx, attndyn_bpe_write_json(ctx, &bpe, vocab));
    assert_ok(ctx, attndyn_codec_open(ctx, vocab, &codec));
    options = (struct attndyn_bpe_options){300, 1, "xx"};
    options.vocabulary = 256;
    ck_assert_int_eq(attndyn_bpe_train(ctx, "x", 1, &options, &bpe), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "expected at least 257"));
}

TCASE(codec_train) {
    in_a_folder(tcase, 60);
    tcase_add_checked_fixture(tcase, read_text, NULL);
    tcase_add_tests(tcase, merges_of_a_count_anew, files_are_read_back, ties_and_ends);
}
