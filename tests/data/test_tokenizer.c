/* sim/data/tokenizer, text_dataset, text_batches: rules by hand, and the counts that the papers'
 * runs had on WikiText-2 (where a copy is at hand). */
#include "sim/base/random.h"
#include "sim/data/lower_case.h"
#include "sim/data/text_batches.h"
#include "sim/data/text_dataset.h"
#include "tests/fixture.h"
#include "tests/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct attndyn_tokenizer tokenizer;
static struct attndyn_tokens tokens;

/* Learns from a text alone. */
static enum attndyn_status learn(enum attndyn_tokenizer_kind kind, size_t top, const char *text) {
    tokens = (struct attndyn_tokens){0};
    ATTNDYN_TRY(attndyn_tokenizer_init(ctx, kind, &tokenizer));
    ATTNDYN_TRY(attndyn_tokenizer_encode(ctx, &tokenizer, text, strlen(text), "text", &tokens));
    return attndyn_tokenizer_close(ctx, &tokenizer, top, &tokens);
}

/* The tokens of a text, with | between them. */
static const char *pieces(enum attndyn_tokenizer_kind kind, const char *text) {
    char *joined = attndyn_strdup(ctx, "");
    assert_ok(ctx, learn(kind, 0, text));
    for (size_t i = 0; i < tokens.length; i++)
        joined = attndyn_format(ctx, "%s%s%s", joined, i ? "|" : "",
                                attndyn_tokenizer_name(&tokenizer, tokens.id[i]));
    return joined;
}

static const struct {
    const char *text, *tokens;
} english[] = {
    {"The Cat's \"own\" house.", "the|cat|'|s|own|house|."},
    {"a,b (c) d! e? f;g:h", "a|,|b|(|c|)|d|!|e|?|f|g|h"},
    {"line<br />break <BR />again<br/>not", "line|break|again<br/>not"},
    {"<br\" />x", "x"}, /* the quote is deleted first, which leaves a line break */
    {"<br '/>x", "<br|'|/>x"},
    {" = Title = \n\n text @-@ <unk> 1 @,@ 000", "=|title|=|text|@-@|<unk>|1|@|,|@|000"},
    {"a\xC2\xA0"
     "b\xE3\x80\x80"
     "c\td\re\r\nf",
     "a|b|c|d|e|f"},                                         /* no-break and ideographic space */
    {"\xC3\x89T\xC3\x89 \xCE\xA3\xCE\xA3 \xC4\xB0 \xD0\x96", /* ÉTÉ ΣΣ İ Ж */
     "\xC3\xA9t\xC3\xA9|\xCF\x83\xCF\x82|i\xCC\x87|\xD0\xB6"},
    {"\xEF\xBB\xBFmark ... n't", "mark|.|.|.|n|'|t"},
};

TEST(basic_english_by_hand) {
    ck_assert_str_eq(pieces(ATTNDYN_TOKENIZER_BASIC_ENGLISH, english[_i].text), english[_i].tokens);
}

TEST(other_kinds_by_hand) {
    ck_assert_str_eq(pieces(ATTNDYN_TOKENIZER_WORD, "The cat's  \"own\"\n\nx."),
                     "The|cat's|\"own\"|x.");
    ck_assert_str_eq(pieces(ATTNDYN_TOKENIZER_WORD_EOS, "a b\n\n c"), "a|b|<eos>|<eos>|c|<eos>");
    ck_assert_str_eq(pieces(ATTNDYN_TOKENIZER_CHARACTER, "a\xC3\xA9\nb"), "a|\xC3\xA9|\n|b");
    ck_assert_str_eq(pieces(ATTNDYN_TOKENIZER_BYTE, "a\xC3\n "), "a|<0xC3>|<0x0A>|<0x20>");
    ck_assert_uint_eq(attndyn_tokenizer_size(&tokenizer), 256);
    ck_assert_uint_eq(tokens.id[1], 0xC3);
}

/* <unk> first, then falling count, ties by code points. */
TEST(order_of_ids) {
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_WORD, 0, "z z z \xC3\xA9 b <unk> a b \xC3\xA9 c"));
    static const char *const order[] = {"<unk>", "z", "b", "\xC3\xA9", "a", "c"};
    ck_assert_uint_eq(attndyn_tokenizer_size(&tokenizer), 6);
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t id = 99;
        ck_assert_str_eq(attndyn_tokenizer_name(&tokenizer, i), order[i]);
        ck_assert(attndyn_tokenizer_find(&tokenizer, order[i], &id) && id == i);
    }
    static const uint32_t ids[] = {1, 1, 1, 3, 2, 0, 4, 2, 3, 5};
    ck_assert_uint_eq(tokens.length, 10);
    ck_assert_mem_eq(tokens.id, ids, sizeof ids);
    ck_assert_uint_eq(tokens.unknown, 0);
    /* closed: unknown words become <unk> and are counted */
    struct attndyn_tokens more = {0};
    assert_ok(ctx, attndyn_tokenizer_encode(ctx, &tokenizer, "b new z", 7, "more", &more));
    ck_assert_uint_eq(more.length, 3);
    ck_assert_uint_eq(more.id[1], 0);
    ck_assert_uint_eq(more.unknown, 1);
}

TEST(cut_vocabulary) {
    const char text[] = "a a a b b c d";
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_WORD, 3, text));
    static const uint32_t ids[] = {1, 1, 1, 2, 2, 0, 0};
    ck_assert_uint_eq(attndyn_tokenizer_size(&tokenizer), 3);
    ck_assert_mem_eq(tokens.id, ids, sizeof ids);
    ck_assert_uint_eq(tokens.unknown, 2);
    ck_assert_uint_eq(tokenizer.vocabulary.count[0], 2);
    uint32_t id;
    ck_assert(!attndyn_tokenizer_find(&tokenizer, "c", &id));
    /* <eos> counts as a word; without <unk> in the text there is nothing to cut to */
    ck_assert_int_eq(learn(ATTNDYN_TOKENIZER_WORD_EOS, 3, text), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "has no <unk>"));
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_WORD_EOS, 4, "a a <unk> <unk> <unk> b\nb\n c"));
    ck_assert_str_eq(attndyn_tokenizer_name(&tokenizer, 0), "<eos>");
    ck_assert_uint_eq(tokens.unknown, 1); /* c */
    ck_assert_int_eq(learn(ATTNDYN_TOKENIZER_WORD_EOS, 2, "a a a b b <unk>"), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "no room for <unk>"));
}

TEST(decoding) {
    char *text;
    size_t length;
    const char words[] = "x = y\n\n<unk> z\n";
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_WORD_EOS, 0, words));
    assert_ok(ctx,
              attndyn_tokenizer_decode(ctx, &tokenizer, tokens.id, tokens.length, &text, &length));
    ck_assert_str_eq(text, words);
    const char characters[] = "na\xC3\xAFve\r\n\xF0\x9F\x90\x88 .";
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_CHARACTER, 0, characters));
    assert_ok(ctx,
              attndyn_tokenizer_decode(ctx, &tokenizer, tokens.id, tokens.length, &text, &length));
    ck_assert_str_eq(text, characters);
    const uint32_t beyond = 12345;
    ck_assert_int_eq(attndyn_tokenizer_decode(ctx, &tokenizer, &beyond, 1, &text, &length),
                     ATTNDYN_USAGE);
    /* every byte string comes back */
    char bytes[512];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 37);
    tokens = (struct attndyn_tokens){0};
    assert_ok(ctx, attndyn_tokenizer_init(ctx, ATTNDYN_TOKENIZER_BYTE, &tokenizer));
    assert_ok(ctx, attndyn_tokenizer_encode(ctx, &tokenizer, bytes, sizeof bytes, "b", &tokens));
    assert_ok(ctx, attndyn_tokenizer_close(ctx, &tokenizer, 0, &tokens));
    assert_ok(ctx,
              attndyn_tokenizer_decode(ctx, &tokenizer, tokens.id, tokens.length, &text, &length));
    ck_assert_uint_eq(length, sizeof bytes);
    ck_assert_mem_eq(text, bytes, sizeof bytes);
}

TEST(bad_text_is_named) {
    ck_assert_int_eq(learn(ATTNDYN_TOKENIZER_WORD, 0, "good\nb\xC3(\n"), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "text:2: not UTF-8 at byte 6 (0xC3)"));
    ck_assert_int_eq(learn(ATTNDYN_TOKENIZER_CHARACTER, 0, "bell \a"), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "text:1: control character 0x07 at byte 5"));
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_BYTE, 0, "bell \a\xFF"));
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_WORD_EOS, 0, "a b\n"));
    ck_assert_int_eq(attndyn_tokenizer_encode(ctx, &tokenizer, "a\nc\n", 4, "valid", &tokens),
                     ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "valid:2: 'c' is not in the vocabulary"));
}

TEST(case_and_space_of_code_points) {
    static const uint32_t pairs[][2] = {{'A', 'a'},         {'[', '['},          {0xC0, 0xE0},
                                        {0xD7, 0xD7},       {0x100, 0x101},      {0x101, 0x101},
                                        {0x178, 0xFF},      {0x410, 0x430},      {0x1E9E, 0xDF},
                                        {0x2126, 0x3C9},    {0xFF21, 0xFF41},    {0x10400, 0x10428},
                                        {0x1E921, 0x1E943}, {0x10FFFF, 0x10FFFF}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        ck_assert_uint_eq(attndyn_lower_case(pairs[i][0]), pairs[i][1]);
    /* sums over all code points, of unicodedata 14.0 */
    uint64_t moved = 0, sum = 0, spaces = 0;
    for (uint32_t c = 0; c < 0x110000; c++) {
        moved += attndyn_lower_case(c) != c;
        sum += attndyn_lower_case(c) * (uint64_t)(c % 1009);
        spaces += attndyn_is_white_space(c);
        if (c >= 0xD800 && c < 0xE000) continue;
        char bytes[4];
        uint32_t back;
        size_t length = attndyn_utf8_encode(c, bytes);
        ck_assert_uint_eq(attndyn_utf8_decode(bytes, &back), length);
        ck_assert_uint_eq(back, c);
    }
    ck_assert_uint_eq(moved, 1432);
    ck_assert_uint_eq(spaces, 29);
    ck_assert_uint_eq(sum, UINT64_C(312807066285368));
}

static char folder[64];
static void put(const char *name, const char *text) {
    file_put(within(name), text, strlen(text));
}

/* Forty lines of five bytes: those that begin in the first 180 bytes are train, two each are
 * left. */
TEST(splits_of_a_file) {
    struct attndyn_text_dataset d;
    char text[201] = "";
    folder_make(folder, "text");
    for (unsigned i = 0; i < 40; i++)
        snprintf(text + 5 * i, 6, "%c %02u\n", (char)('a' + i % 3), i % 100);
    put("one.txt", text);
    assert_ok(ctx,
              attndyn_text_dataset_read(ctx, within("one.txt"), ATTNDYN_TOKENIZER_WORD, 0, &d));
    ck_assert_uint_eq(d.tokens[ATTNDYN_TRAIN].length, 72);
    ck_assert_uint_eq(d.tokens[ATTNDYN_VALID].length, 4);
    ck_assert_uint_eq(d.tokens[ATTNDYN_TEST].length, 4);
    ck_assert_str_eq(attndyn_tokenizer_name(&d.tokenizer, d.tokens[ATTNDYN_VALID].id[0]), "a");
    ck_assert_str_eq(attndyn_tokenizer_name(&d.tokenizer, d.tokens[ATTNDYN_TEST].id[0]), "c");
    text[199] = 'x',
    text[178] = 'y'; /* the last line has no end; a cut within a line moves to its end */
    put("one.txt", text + 2);
    assert_ok(ctx,
              attndyn_text_dataset_read(ctx, within("one.txt"), ATTNDYN_TOKENIZER_WORD, 0, &d));
    ck_assert_uint_eq(d.tokens[ATTNDYN_TRAIN].length + d.tokens[ATTNDYN_VALID].length +
                          d.tokens[ATTNDYN_TEST].length,
                      79);
    folder_remove(folder, "one.txt");
}

TEST(splits_of_a_folder) {
    struct attndyn_text_dataset d;
    folder_make(folder, "text");
    const enum attndyn_tokenizer_kind kind = ATTNDYN_TOKENIZER_WORD;
    ck_assert_int_eq(attndyn_text_dataset_read(ctx, "/no/such/folder", kind, 0, &d),
                     ATTNDYN_NO_INPUT);
    ck_assert_str_eq(attndyn_message(ctx),
                     "cannot read /no/such/folder: No such file or directory");
    put("train.txt", "a b a\nc");
    ck_assert_int_eq(attndyn_text_dataset_read(ctx, within("train.txt"), kind, 0, &d),
                     ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "train.txt, its lines for valid: no token"));
    ck_assert_int_eq(attndyn_text_dataset_read(ctx, folder, kind, 0, &d), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "no split 'valid'"));
    put("wiki.valid.tokens", "c z\n");
    put("test.tokens", " \n\n");
    ck_assert_int_eq(attndyn_text_dataset_read(ctx, folder, kind, 0, &d), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "test.tokens: no token in it"));
    put("test.tokens", "b");
    assert_ok(ctx, attndyn_text_dataset_read(ctx, folder, kind, 0, &d));
    ck_assert_uint_eq(d.tokens[ATTNDYN_TRAIN].length, 4);
    ck_assert_uint_eq(d.tokens[ATTNDYN_VALID].length, 2);
    ck_assert_uint_eq(d.tokens[ATTNDYN_VALID].unknown, 1);
    ck_assert_uint_eq(d.tokens[ATTNDYN_TEST].id[0], 2);
    folder_remove(folder, "train.txt wiki.valid.tokens test.tokens");
}

/* A line longer than any buffer, multi-byte characters across its edges: file = memory. */
TEST(file_and_memory_agree) {
    size_t room = 900000, used = 0;
    char *text = ATTNDYN_NEW(ctx, char, room);
    for (unsigned i = 0; used < room - 32; i++)
        used += (size_t)sprintf(text + used, "%s%u%s", i % 3 ? "\xE2\x82\xAC" : "W", i * i % 4001,
                                i % 90000 ? " " : "\n");
    tokens = (struct attndyn_tokens){0};
    struct attndyn_tokens from_file = {0};
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_WORD_EOS, 0, text));
    char *path = attndyn_strdup(ctx, "/tmp/attndyn-tokens-XXXXXX");
    int descriptor = mkstemp(path);
    ck_assert_int_eq((int)write(descriptor, text, used), (int)used);
    close(descriptor);
    assert_ok(ctx, attndyn_tokenizer_read(ctx, &tokenizer, path, &from_file));
    unlink(path);
    ck_assert_uint_eq(from_file.length, tokens.length);
    ck_assert_mem_eq(from_file.id, tokens.id, tokens.length * sizeof *tokens.id);
}

TEST(column_batches) {
    struct attndyn_text_batches b;
    uint32_t ids[50];
    for (uint32_t i = 0; i < 50; i++) ids[i] = i;
    tokens = (struct attndyn_tokens){.id = ids, .length = 50};
    assert_ok(ctx, attndyn_text_batches_create(ctx, &tokens, 50, 4, 5, "text", &b));
    ck_assert_uint_eq(b.rows, 12); /* 48 tokens, the last two are cut off */
    ck_assert_uint_eq(b.count, 3);
    for (size_t i = 0; i < b.count; i++) {
        struct attndyn_batch batch = attndyn_text_batches_column(&b, i);
        ck_assert_uint_eq(batch.sequences, 4);
        ck_assert_uint_eq(batch.length, i < 2 ? 5 : 1);
        for (size_t s = 0; s < 4; s++)
            for (size_t t = 0; t < batch.length; t++) {
                ck_assert_uint_eq(batch.tokens[s * batch.length + t], 12 * s + 5 * i + t);
                ck_assert_uint_eq(batch.targets[s * batch.length + t], 12 * s + 5 * i + t + 1);
            }
    }
    /* R - 1 a multiple of T: no empty minibatch behind the last full one */
    tokens.length = 44;
    assert_ok(ctx, attndyn_text_batches_create(ctx, &tokens, 50, 4, 5, "text", &b));
    ck_assert_uint_eq(b.count, 2);
    ck_assert_int_eq(attndyn_text_batches_create(ctx, &tokens, 50, 23, 5, "text", &b),
                     ATTNDYN_NO_INPUT);
    ck_assert_str_eq(
        attndyn_message(ctx),
        "text: 44 tokens are too few for 23 sequences of 5: expected at least 46; take "
        "smaller batches or a longer text");
    ck_assert_int_eq(attndyn_text_batches_create(ctx, &tokens, 43, 4, 5, "text", &b),
                     ATTNDYN_USAGE);
}

TEST(window_batches) {
    enum { N = 12, T = 4, DRAWS = 9000 };
    struct attndyn_text_batches b;
    uint32_t ids[N];
    size_t starts[N] = {0};
    uint64_t state = 3;
    for (uint32_t i = 0; i < N; i++) ids[i] = i;
    tokens = (struct attndyn_tokens){.id = ids, .length = N};
    assert_ok(ctx, attndyn_text_batches_create(ctx, &tokens, N, 3, T, "text", &b));
    for (size_t i = 0; i < DRAWS / 3; i++) {
        struct attndyn_batch batch = attndyn_text_batches_window(&b, &state);
        for (size_t s = 0; s < 3; s++) {
            starts[batch.tokens[s * T]]++;
            for (size_t t = 0; t < T; t++) {
                ck_assert_uint_eq(batch.tokens[s * T + t], batch.tokens[s * T] + t);
                ck_assert_uint_eq(batch.targets[s * T + t], batch.tokens[s * T] + t + 1);
            }
        }
    }
    /* the last window ends with the stream's last token as its last target */
    double chi2 = 0, expected = (double)DRAWS / (N - T);
    for (size_t i = 0; i < N; i++)
        if (i < N - T)
            chi2 += ((double)starts[i] - expected) * ((double)starts[i] - expected) / expected;
        else
            ck_assert_uint_eq(starts[i], 0);
    assert_at_most(chi2, 24.3); /* 7 degrees of freedom, 0.1 % */
}

TEST(generated_text) {
    struct attndyn_text_dataset a, b;
    assert_ok(ctx, attndyn_text_dataset_generate(ctx, 200, 12, 0.5, 7, &a));
    assert_ok(ctx, attndyn_text_dataset_generate(ctx, 200, 12, 0.5, 7, &b));
    ck_assert_uint_eq(a.tokens[ATTNDYN_TRAIN].length, 200 * 15);
    ck_assert_uint_eq(a.tokens[ATTNDYN_VALID].length, 20 * 15);
    for (size_t s = 0; s < ATTNDYN_SPLITS; s++) {
        ck_assert_uint_eq(a.tokens[s].length, b.tokens[s].length);
        ck_assert_mem_eq(a.tokens[s].id, b.tokens[s].id,
                         a.tokens[s].length * sizeof *a.tokens[s].id);
    }
    ck_assert(memcmp(a.tokens[ATTNDYN_TRAIN].id, a.tokens[ATTNDYN_VALID].id, 60) != 0);
    assert_ok(ctx, attndyn_text_dataset_generate(ctx, 200, 12, 0.5, 8, &b));
    ck_assert(memcmp(a.tokens[ATTNDYN_TRAIN].id, b.tokens[ATTNDYN_TRAIN].id, 60) != 0);
}

/* A polynomial hash of an id stream, as the reference script computed it. */
static uint64_t stream_hash(const struct attndyn_tokens *t) {
    const uint64_t modulus = UINT64_C(1) << 61;
    uint64_t h = 0;
    for (size_t i = 0; i < t->length; i++) h = (h * 1000003 + t->id[i] + 1) % modulus;
    return h;
}

static const char *wikitext(void) {
    const char *named = getenv("ATTNDYN_WIKITEXT");
    const char *path = named ? named : "../shared/data/wikitext-2";
    if (access(path, R_OK) == 0) return path;
    printf("WikiText-2: skipped, no %s (ATTNDYN_WIKITEXT names a copy)\n", path);
    return NULL;
}

TEST(wikitext_basic_english) {
    const char *path = wikitext();
    struct attndyn_text_dataset d;
    if (!path) return;
    assert_ok(ctx, attndyn_text_dataset_read(ctx, path, ATTNDYN_TOKENIZER_BASIC_ENGLISH, 0, &d));
    const struct attndyn_tokenizer *t = &d.tokenizer;
    ck_assert_uint_eq(attndyn_tokenizer_size(t), 28782);
    static const char *const first[] = {"<unk>", "the", ",", ".", "of",  "and",
                                        "in",    "to",  "a", "=", "was", "'"};
    for (uint32_t i = 0; i < 12; i++) ck_assert_str_eq(attndyn_tokenizer_name(t, i), first[i]);
    ck_assert_uint_eq(d.tokens[ATTNDYN_TRAIN].length, 2049990);
    ck_assert_uint_eq(t->vocabulary.count[0], 54625);
    ck_assert_uint_eq(d.tokens[ATTNDYN_VALID].length, 214417);
    ck_assert_uint_eq(d.tokens[ATTNDYN_TEST].length, 241859);
    for (size_t s = 0; s < ATTNDYN_SPLITS; s++) ck_assert_uint_eq(d.tokens[s].unknown, 0);
    ck_assert_uint_eq(stream_hash(&d.tokens[ATTNDYN_VALID]), UINT64_C(677790445901427301));
    ck_assert_uint_eq(stream_hash(&d.tokens[ATTNDYN_TEST]), UINT64_C(1274001242492525943));
    /* the papers' layouts */
    struct attndyn_text_batches b;
    assert_ok(ctx, attndyn_text_batches_create(ctx, &d.tokens[ATTNDYN_TRAIN], 28782, 20, 35,
                                               "train", &b));
    ck_assert_uint_eq(b.rows, 102499);
    ck_assert_uint_eq(b.count, 2929);
    ck_assert_uint_eq(attndyn_text_batches_column(&b, 2928).length, 18);
    assert_ok(ctx, attndyn_text_batches_create(ctx, &d.tokens[ATTNDYN_VALID], 28782, 10, 35,
                                               "valid", &b));
    ck_assert_uint_eq(b.rows, 21441);
    ck_assert_uint_eq(b.count, 613);
    ck_assert_uint_eq(attndyn_text_batches_column(&b, 612).length, 20);
}

TEST(wikitext_words) {
    const char *path = wikitext();
    struct attndyn_text_dataset d;
    if (!path) return;
    assert_ok(ctx, attndyn_text_dataset_read(ctx, path, ATTNDYN_TOKENIZER_WORD_EOS, 0, &d));
    ck_assert_uint_eq(attndyn_tokenizer_size(&d.tokenizer), 33278);
    ck_assert_uint_eq(d.tokens[ATTNDYN_TRAIN].length, 2088628);
    ck_assert_uint_eq(d.tokens[ATTNDYN_VALID].length, 217646);
    ck_assert_uint_eq(d.tokens[ATTNDYN_TEST].length, 245569);
}

TEST(every_failed_allocation_is_reported) {
    const char text[] = "a 'b' c.\n";
    uint64_t before = attndyn_allocations(ctx);
    assert_ok(ctx, learn(ATTNDYN_TOKENIZER_BASIC_ENGLISH, 0, text));
    uint64_t calls = attndyn_allocations(ctx) - before;
    ck_assert_uint_gt(calls, 5);
    for (uint64_t n = 1; n <= calls; n++) {
        attndyn_fail_allocation(ctx, n);
        ck_assert_int_eq(learn(ATTNDYN_TOKENIZER_BASIC_ENGLISH, 0, text), ATTNDYN_NO_MEMORY);
    }
}

TCASE(tokenizer) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_each(tcase, basic_english_by_hand, english);
    tcase_add_tests(tcase, other_kinds_by_hand, order_of_ids, cut_vocabulary, decoding,
                    bad_text_is_named, case_and_space_of_code_points, splits_of_a_file,
                    splits_of_a_folder, file_and_memory_agree, column_batches, window_batches,
                    generated_text, wikitext_basic_english, wikitext_words,
                    every_failed_allocation_is_reported);
}
