/* sim/data/codec: which files are tokenizers, how the files beside them decide on a text's first
 * token, and how false files are refused. */
#include "codec_fixtures.h"

#include "sim/base/file.h"
#include "tests/folder.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TESTS_WITH_A_FOLDER("codec-files", "*");
static struct attndyn_codec *codec;

static void put(const char *name, const char *text) {
    file_put(within(name), text, strlen(text));
}
static void copy(const char *fixture, const char *name) {
    char *bytes;
    size_t length;
    assert_ok(ctx, attndyn_file_read(ctx, attndyn_format(ctx, CODEC_FIXTURES "%s", fixture), &bytes,
                                     &length));
    file_put(within(name), bytes, length);
}
static void put_variant(const char *name) {
    size_t length;
    char *text = codec_variant(ctx, name, &length);
    file_put(within("tokenizer.json"), text, length);
}

/* {"a":0,...}: the bytes and the given pieces; from byte `first` on. */
static void put_pair(const char *vocab, const char *merges, const char *const pieces[],
                     const char *merge_lines) {
    char *text = attndyn_strdup(ctx, "{");
    unsigned id = 0;
    for (; *pieces; pieces++) text = attndyn_format(ctx, "%s\"%s\":%u,", text, *pieces, id++);
    for (unsigned c = 0; c < 256 + 68; c++) {
        bool own = (c >= '!' && c <= '~') || (c >= 0xA1 && c <= 0xAC) || c >= 0xAE;
        if (own) text = attndyn_format(ctx, "%s\"\\u%04x\":%u,", text, c, id++);
    }
    text[strlen(text) - 1] = '}';
    put(vocab, text);
    put(merges, merge_lines);
}
static const char *const gpt2_pieces[] = {"th", "the", "\\u0120the", "<|endoftext|>", NULL};
static const char *const opt_pieces[] = {"<s>", "<pad>", "</s>",          "<unk>",
                                         "th",  "the",   "<|endoftext|>", NULL};

/* The ids of a text, with blanks between them. */
static const char *ids(const char *text, enum attndyn_bos bos) {
    struct attndyn_tokens tokens = {0};
    char *joined = attndyn_strdup(ctx, "");
    assert_ok(ctx, attndyn_codec_encode(ctx, codec, text, strlen(text), bos, &tokens));
    for (size_t i = 0; i < tokens.length; i++)
        joined = attndyn_format(ctx, "%s%s%u", joined, i ? " " : "", tokens.id[i]);
    return joined;
}

/* Opening fails, and the message holds this. */
static void refused(const char *where, const char *words) {
    enum attndyn_status status = attndyn_codec_open(ctx, where, &codec);
    ck_assert_msg(status == ATTNDYN_NO_INPUT, "%s: status %d", where, (int)status);
    ck_assert_msg(strstr(attndyn_message(ctx), words) != NULL, "'%s' does not hold '%s'",
                  attndyn_message(ctx), words);
}

TEST(a_plain_pair) {
    put_pair("vocab.json", "merges.txt", gpt2_pieces, "#version: 0.2\nt h\nth e\r\n\xC4\xA0 the\n");
    static const char *const names[] = {"", "/vocab.json", "/merges.txt"};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(ctx,
                  attndyn_codec_open(ctx, attndyn_format(ctx, "%s%s", folder, names[i]), &codec));
        ck_assert_uint_eq(attndyn_codec_size(codec), 260);
        ck_assert_str_eq(ids("the the<|endoftext|>th", ATTNDYN_BOS_AUTO), "1 2 3 0");
        ck_assert_str_eq(ids("th", ATTNDYN_BOS_TRUE), "3 0");
        ck_assert(!attndyn_codec_bos_default(codec));
    }
    /* What the config names is looked for, and nothing else. */
    put("tokenizer_config.json", "{\"bos_token\":{\"content\":\"th\"},\"eos_token\":\"the\","
                                 "\"add_bos_token\":true,\"add_prefix_space\":true}");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_uint_eq(attndyn_codec_bos(codec), 0);
    ck_assert_uint_eq(attndyn_codec_eos(codec), 1);
    ck_assert_str_eq(ids("", ATTNDYN_BOS_AUTO), "0");
    ck_assert_str_eq(ids("the", ATTNDYN_BOS_FALSE), "1");
    char name[16];
    strncpy(name, attndyn_codec_name(ctx, codec, 0), sizeof name - 1);
    ck_assert_ptr_nonnull(strstr(ids(" x", ATTNDYN_BOS_FALSE), " "));
    ck_assert_str_eq(ids("x", ATTNDYN_BOS_FALSE), ids(" x", ATTNDYN_BOS_FALSE));
}

/* fairseq's layout of OPT: </s>, id 2, begins and ends. */
TEST(opt_begins_with_its_end) {
    put_pair("gpt2-vocab.json", "gpt2-merges.txt", opt_pieces, "t h\nth e\n");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_uint_eq(attndyn_codec_bos(codec), 2);
    ck_assert_uint_eq(attndyn_codec_eos(codec), 2);
    ck_assert_str_eq(ids("the</s>", ATTNDYN_BOS_AUTO), "2 5 2");
    ck_assert_str_eq(ids("the", ATTNDYN_BOS_FALSE), "5");
    put("tokenizer_config.json", "{\"add_bos_token\":false,\"tokenizer_class\":\"GPT2Tokenizer\"}");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_str_eq(ids("the", ATTNDYN_BOS_AUTO), "5");
    put("tokenizer_config.json", "{\"bos_token\":\"</s>\",\"tokenizer_class\":\"GPT2Tokenizer\"}");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_str_eq(ids("the", ATTNDYN_BOS_AUTO), "5");
    ck_assert_str_eq(ids("the", ATTNDYN_BOS_TRUE), "2 5");
}

/* bos=auto: tokenizer_config.json, else its class, else tokenizer.json, else the kind. */
static const struct {
    const char *variant, *config;
    bool puts;
} rules[] = {
    {"characters", NULL, true}, /* its TemplateProcessing */
    {"characters", "{\"add_bos_token\":false,\"tokenizer_class\":\"LlamaTokenizer\"}", false},
    {"characters", "{\"tokenizer_class\":\"LlamaTokenizerFast\"}", true},
    {"characters", "{\"tokenizer_class\":\"GPTNeoXTokenizerFast\"}", false},
    {"characters", "{\"tokenizer_class\":\"PreTrainedTokenizerFast\"}", true},
    {"bytes", NULL, false},
    {"bytes", "{\"add_bos_token\":true}", false}, /* no such token */
    {"added", "{\"add_bos_token\":true,\"bos_token\":\"<s>\"}", true},
    {"added", "{\"bos_token\":\"<s>\",\"tokenizer_class\":\"BloomTokenizerFast\"}", false},
    {"added", "{\"bos_token\":\"<s>\"}", false},
};
TEST(beginnings) {
    put_variant(rules[_i].variant);
    if (rules[_i].config) put("tokenizer_config.json", rules[_i].config);
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert(attndyn_codec_bos_default(codec) == rules[_i].puts);
    const char *with = ids("a b", ATTNDYN_BOS_AUTO), *without = ids("a b", ATTNDYN_BOS_FALSE);
    if (rules[_i].puts)
        ck_assert_str_eq(with, attndyn_format(ctx, "%u %s", attndyn_codec_bos(codec), without));
    else
        ck_assert_str_eq(with, without);
}

TEST(special_tokens_map) {
    put_pair("vocab.json", "merges.txt", gpt2_pieces, "t h\nth e\n");
    put("special_tokens_map.json", "{\"eos_token\":{\"content\":\"the\",\"lstrip\":true}}");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_uint_eq(attndyn_codec_eos(codec), 1);
    ck_assert_str_eq(ids("  the", ATTNDYN_BOS_AUTO), "1");
}

/* Tokens that were added to a plain vocabulary, in either file, or in both. */
TEST(added_to_a_pair) {
    put_pair("vocab.json", "merges.txt", gpt2_pieces, "t h\nth e\n");
    put("added_tokens.json", "{\"<|pad|>\":260,\"zz\":261}");
    put("special_tokens_map.json", "{\"pad_token\":\"<|pad|>\",\"bos_token\":\"<|endoftext|>\"}");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_uint_eq(attndyn_codec_size(codec), 262);
    ck_assert_ptr_nonnull(strstr(attndyn_codec_describe(codec), "262 tokens"));
    ck_assert_str_eq(ids("the<|pad|>zzthe<|endoftext|>", ATTNDYN_BOS_AUTO), "1 260 261 1 3");
    uint32_t id;
    ck_assert(attndyn_codec_find_special(codec, "<|pad|>", &id) && id == 260);
    ck_assert(!attndyn_codec_find_special(codec, "zz", &id));
    put("tokenizer_config.json", "{\"added_tokens_decoder\":{\"260\":{\"content\":\"<|pad|>\"},"
                                 "\"265\":{\"content\":\"yy\",\"lstrip\":true,\"special\":true}}}");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_uint_eq(attndyn_codec_size(codec), 266);
    ck_assert_str_eq(ids("the  yyzz<|pad|>", ATTNDYN_BOS_AUTO), "1 265 261 260");
    ck_assert_str_eq(attndyn_codec_name(ctx, codec, 263), ""); /* no token has it */
    static const char *const bad[] = {"{\"a\":260}", "{\"zz\":2000000}", "{\"zz\":\"x\"}",
                                      "{\"zz\":260,\"yy\":262}"};
    for (size_t i = 0; i < 4; i++) {
        put("added_tokens.json", bad[i]);
        refused(folder, "the added token");
    }
}

/* The first file that exists counts. */
TEST(folders) {
    refused(folder, "no tokenizer there");
    copy("small.bin", "tok1.bin");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_ptr_nonnull(strstr(attndyn_codec_describe(codec), "llama2.c"));
    copy("small.bin", "tok2.bin"); /* two candidates */
    refused(folder, "a single tok*.bin");
    copy("small.bin", "tokenizer.bin");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    copy("sp-plain.model", "tokenizer.model");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_ptr_nonnull(strstr(attndyn_codec_describe(codec), "SentencePiece"));
    put_pair("my-vocab.json", "my-merges.txt", gpt2_pieces, "t h\nth e\n");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_ptr_nonnull(strstr(attndyn_codec_describe(codec), "my-vocab.json"));
    put_variant("bytes");
    assert_ok(ctx, attndyn_codec_open(ctx, folder, &codec));
    ck_assert_ptr_nonnull(strstr(attndyn_codec_describe(codec), "tokenizer.json"));
    /* Beside a model: in its folder. */
    put("model.bin", "x");
    assert_ok(ctx, attndyn_codec_open_beside(ctx, within("model.bin"), &codec));
    ck_assert_ptr_nonnull(strstr(attndyn_codec_describe(codec), "tokenizer.json"));
    assert_ok(ctx, attndyn_codec_open_beside(ctx, folder, &codec));
    ck_assert_int_eq(attndyn_codec_open_beside(ctx, within("none"), &codec), ATTNDYN_NO_INPUT);
    /* Names. */
    ck_assert_int_eq(attndyn_codec_open(ctx, "basic_english", &codec), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "learns its vocabulary"));
    refused("no/such/file", "no such file or folder");
}

static const struct {
    const char *change, *to, *words; /* in base.json */
} lies[] = {
    {"\"type\":\"BPE\"", "\"type\":\"Unigram\"", "Unigram is not supported: expected BPE"},
    {"\"type\":\"BPE\"", "\"type\":\"WordPiece\"", "WordPiece"},
    {"\"dropout\":null", "\"dropout\":0.1", "dropout"},
    {"\"end_of_word_suffix\":\"\"", "\"end_of_word_suffix\":\"</w>\"", "end_of_word_suffix"},
    {"\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}", "the normaliser Lowercase"},
    {"\"normalizer\":null", "\"normalizer\":{}", "without a type"},
    {"\"pre_tokenizer\":{\"type\":\"ByteLevel\"", "\"pre_tokenizer\":{\"type\":\"Whitespace\"",
     "the pre-tokenizer Whitespace"},
    {"\"pre_tokenizer\":{\"type\":\"ByteLevel\"",
     "\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":{\"Regex\":\"x+\"}",
     "the expression x+ is not supported"},
    {"\"post_processor\":{\"type\":\"ByteLevel\"",
     "\"post_processor\":{\"type\":\"BertProcessing\"", "BertProcessing"},
    {"\"added_tokens\":[]", "\"added_tokens\":[{\"id\":3,\"content\":\"a\"}]",
     "and 64 in the vocabulary"},
    {"\"added_tokens\":[]", "\"added_tokens\":[{\"id\":3,\"content\":\"zzz\"}]",
     "which is that of '$'"},
    {"\"added_tokens\":[]", "\"added_tokens\":[{\"id\":2000000000,\"content\":\"zzz\"}]",
     "damaged?"},
    {"\"added_tokens\":[]", "\"added_tokens\":[{\"content\":\"zzz\"}]",
     "added_tokens[0] has no id"},
    {"\"added_tokens\":[]", "\"added_tokens\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "nested deeper"},
    {"\"merges\":[\"", "\"merges\":[\"x\",\"", "merge 1: expected two pieces"},
    {"\"merges\":[\"", "\"merges\":[\"x zzz\",\"", "merge 1, 'x' and 'zzz'"},
    {"\"merges\":", "\"merge\":", "no array of merges"},
    {"\"vocab\":{\"!\":0,", "\"vocab\":{\"!\":1,", "id 1 is that of '!' and of '\"'"},
    {"\"vocab\":{\"!\":0,", "\"vocab\":{\"!\":-1,", "has no id"},
    {"\"vocab\":{\"!\":0,", "\"vocab\":{\"!\":0,\"!\":0,", "no JSON"},
    {"\"vocab\":{", "\"vocab\":[{", "no JSON"},
};
TEST(json_that_lies) {
    char *text;
    size_t length;
    assert_ok(ctx, attndyn_file_read(ctx, CODEC_FIXTURES "base.json", &text, &length));
    char *at = strstr(text, lies[_i].change);
    ck_assert_msg(at != NULL, "base.json has no %s", lies[_i].change);
    put("tokenizer.json", attndyn_format(ctx, "%.*s%s%s", (int)(at - text), text, lies[_i].to,
                                         at + strlen(lies[_i].change)));
    refused(folder, lies[_i].words);
}

TEST(pairs_that_lie) {
    static const struct {
        const char *merges, *words;
    } bad[] = {{"t h\nt\n", "merges.txt:2: expected two pieces"},
               {"t h e\n", "merges.txt:1: expected two pieces"},
               {"t x\n", "merge 1, 't' and 'x'"},
               {"h t\n", "merge 1, 'h' and 't'"},
               {" h\n", "merges.txt:1"},
               {"t \n", "merges.txt:1"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_pair("vocab.json", "merges.txt", gpt2_pieces, bad[i].merges);
        refused(folder, bad[i].words);
    }
    ck_assert_int_eq(unlink(within("merges.txt")), 0);
    refused(folder, "expected");
    refused(within("vocab.json"), "merges.txt beside it");
    put("x.txt", "#version: 0.2\n");
    refused(within("x.txt"), "whose vocabulary cannot be found");
    put("x.json", "{\"a\":0}");
    refused(within("x.json"), "not named as a vocabulary");
}

/* A model or a tokenizer.bin cut at every byte, and with every byte changed: no crash, one line. */
static const char *const binaries[] = {"sp-plain.model", "sp-rules.model", "small.bin"};
TEST(binaries_that_lie) {
    char *bytes;
    size_t length, accepted = 0;
    assert_ok(ctx, attndyn_file_read(ctx, attndyn_format(ctx, CODEC_FIXTURES "%s", binaries[_i]),
                                     &bytes, &length));
    const char *path = within("tokenizer.model");
    uint64_t mark = attndyn_memory_mark(ctx);
    for (size_t i = 0; i < 2 * length; i += 1 + (i > 64 ? i % 7 : 0)) {
        size_t at = i / 2;
        char was = bytes[at];
        if (i % 2) bytes[at] = (char)(was ^ (1 << at % 8));
        file_put(path, bytes, i % 2 ? length : at);
        bytes[at] = was;
        enum attndyn_status status = attndyn_codec_open(ctx, path, &codec);
        if (status == ATTNDYN_OK) {
            struct attndyn_tokens tokens = {0};
            accepted++;
            ck_assert_int_eq(
                attndyn_codec_encode(ctx, codec, "a \xC3\xA9 zz", 7, ATTNDYN_BOS_AUTO, &tokens),
                ATTNDYN_OK);
            for (size_t k = 0; k < tokens.length; k++)
                ck_assert_uint_lt(tokens.id[k], attndyn_codec_size(codec));
        } else {
            ck_assert_int_eq(status, ATTNDYN_NO_INPUT);
            ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), path));
        }
        attndyn_memory_release(ctx, mark);
    }
    ck_assert_uint_gt(accepted, 100); /* changed scores and pieces */
}

TEST(other_models_of_sentencepiece) {
    /* ModelProto{pieces{"<unk>", UNKNOWN}, trainer{model_type}} */
    static const char unigram[] = "\n\x09\n\x05<unk>\x18\x02\x12\x02\x18\x01",
                      word[] = "\n\x09\n\x05<unk>\x18\x02\x12\x02\x18\x03",
                      bare[] = "\n\x09\n\x05<unk>\x18\x02",
                      unused[] = "\n\x09\n\x05<unk>\x18\x02\n\x05\n\x01x\x18\x05\x12\x02\x18\x02",
                      twice[] =
                          "\n\x09\n\x05<unk>\x18\x02\n\x03\n\x01x\n\x03\n\x01x\x12\x02\x18\x02",
                      none[] = "\n\x03\n\x01x\x12\x02\x18\x02",
                      good[] = "\n\x09\n\x05<unk>\x18\x02\n\x03\n\x01x\x12\x02\x18\x02";
    const char *path = within("m");
    file_put(path, unigram, sizeof unigram - 1);
    refused(path, "of type unigram is not supported: expected bpe");
    file_put(path, word, sizeof word - 1);
    refused(path, "of type word");
    file_put(path, bare, sizeof bare - 1);
    refused(path, "of type unigram");
    file_put(path, unused, sizeof unused - 1);
    refused(path, "piece 1 is of type 5 (unused)");
    file_put(path, twice, sizeof twice - 1);
    refused(path, "piece 2, 'x', is there twice");
    file_put(path, none, sizeof none - 1);
    refused(path, "no piece for what is unknown");
    file_put(path, good, sizeof good - 1);
    assert_ok(ctx, attndyn_codec_open(ctx, path, &codec));
    /* U+2581 is unknown, y is; two unknown ones that follow each other are one. */
    ck_assert_str_eq(ids("xyyx", ATTNDYN_BOS_AUTO), "0 1 0 1");
    /* A symbol of the model's own, x, merges with nothing, though xy is a piece. */
    static const char own[] = "\n\x09\n\x05<unk>\x18\x02\n\x05\n\x01x\x18\x04\n\x03\n\x01y\n\x04"
                              "\n\x02xy\n\x04\n\x02yy\x12\x02\x18\x02";
    file_put(path, own, sizeof own - 1);
    assert_ok(ctx, attndyn_codec_open(ctx, path, &codec));
    ck_assert_str_eq(ids("xyyxy", ATTNDYN_BOS_AUTO), "0 1 4 1 2");
    ck_assert_int_eq(
        attndyn_codec_encode(ctx, codec, "x", 1, ATTNDYN_BOS_TRUE, &(struct attndyn_tokens){0}),
        ATTNDYN_USAGE);
}

TEST(ids_in_a_file) {
    struct attndyn_tokens tokens = {0};
    static const char good[] = " 1 22\t333\r\n4294967294\n\f007 ";
    assert_ok(ctx, attndyn_ids_parse(ctx, good, strlen(good), "ids", &tokens));
    static const uint32_t want[] = {1, 22, 333, 4294967294, 7};
    ck_assert_uint_eq(tokens.length, 5);
    ck_assert_mem_eq(tokens.id, want, sizeof want);
    static const struct {
        const char *text, *words;
    } bad[] = {{"1\n2 x", "ids:2: byte 4"},
               {"-1", "ids:1: byte 0"},
               {"1,2", "ids:1"},
               {"4294967295", "ids:1"},
               {"99999999999999999999999", "ids:1"},
               {"1.5", "ids:1"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(attndyn_ids_parse(ctx, bad[i].text, strlen(bad[i].text), "ids", &tokens),
                         ATTNDYN_NO_INPUT);
        ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), bad[i].words));
    }
    put("ids", "5 6\n");
    tokens = (struct attndyn_tokens){0};
    assert_ok(ctx, attndyn_ids_read(ctx, within("ids"), &tokens));
    ck_assert_uint_eq(tokens.length, 2);
    ck_assert_int_eq(attndyn_ids_read(ctx, within("none"), &tokens), ATTNDYN_NO_INPUT);
}

TEST(text_of_a_file) {
    struct attndyn_tokens tokens = {0};
    file_put(within("text"), "a\r\n\0\xFF\n", 6);
    assert_ok(ctx, attndyn_codec_open(ctx, "byte", &codec));
    assert_ok(ctx, attndyn_codec_read(ctx, codec, within("text"), ATTNDYN_BOS_AUTO, &tokens));
    static const uint32_t want[] = {'a', '\r', '\n', 0, 0xFF, '\n'};
    ck_assert_uint_eq(tokens.length, 6);
    ck_assert_mem_eq(tokens.id, want, sizeof want);
    uint32_t beyond = 256;
    char *text;
    size_t length;
    ck_assert_int_eq(attndyn_codec_decode(ctx, codec, &beyond, 1, true, &text, &length),
                     ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "id 256"));
}

TCASE(codec_files) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, a_plain_pair, opt_begins_with_its_end);
    tcase_add_each(tcase, beginnings, rules);
    tcase_add_tests(tcase, special_tokens_map, added_to_a_pair, folders);
    tcase_add_each(tcase, json_that_lies, lies);
    tcase_add_test(tcase, pairs_that_lie);
    tcase_add_loop_test(tcase, binaries_that_lie, 0, 3);
    tcase_add_tests(tcase, other_models_of_sentencepiece, ids_in_a_file, text_of_a_file);
}
