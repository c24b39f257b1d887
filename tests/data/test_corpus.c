/* sim/data/corpus: what is a token, a paragraph, an error. */
#include "sim/base/random.h"
#include "sim/data/corpus.h"
#include "tests/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct attndyn_corpus corpus;

static enum attndyn_status parse(const char *text) {
    return attndyn_corpus_parse(ctx, text, strlen(text), "text", &corpus);
}

static void assert_same_corpus(const struct attndyn_corpus *a, const struct attndyn_corpus *b) {
    ck_assert_uint_eq(a->length, b->length);
    ck_assert_uint_eq(a->paragraphs, b->paragraphs);
    ck_assert_uint_eq(a->vocabulary, b->vocabulary);
    ck_assert_mem_eq(a->token, b->token, a->length * sizeof *a->token);
    ck_assert_mem_eq(a->start, b->start, (a->paragraphs + 1) * sizeof *a->start);
    for (size_t i = 0; i < a->vocabulary; i++) {
        ck_assert_str_eq(a->name[i], b->name[i]);
        ck_assert_uint_eq(a->count[i], b->count[i]);
    }
}

TEST(ids_fall_with_frequency_ties_in_string_order) {
    /* c: 3, then b, d, e-acute (two bytes from 0xC3, after all ASCII): 2 each, then a: 1 */
    assert_ok(ctx, parse("d c \xC3\xA9 b\n\n  \t\nc b d \xC3\xA9 c\na"));
    const char *expected[] = {"c", "b", "d", "\xC3\xA9", "a"};
    const uint64_t counts[] = {3, 2, 2, 2, 1};
    ck_assert_uint_eq(corpus.vocabulary, 5);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t id = 99;
        ck_assert_str_eq(corpus.name[i], expected[i]);
        ck_assert_uint_eq(corpus.count[i], counts[i]);
        ck_assert(attndyn_corpus_find(&corpus, expected[i], &id));
        ck_assert_uint_eq(id, i);
    }
    uint32_t id;
    ck_assert(!attndyn_corpus_find(&corpus, "cc", &id));
    ck_assert(!attndyn_corpus_find(&corpus, "", &id));
    ck_assert_uint_eq(corpus.paragraphs, 3); /* empty lines are no paragraphs */
    const size_t start[] = {0, 4, 9, 10};
    ck_assert_mem_eq(corpus.start, start, sizeof start);
    const uint32_t token[] = {2, 0, 3, 1, 0, 1, 2, 3, 0, 4};
    ck_assert_mem_eq(corpus.token, token, sizeof token);
}

TEST(line_ends_and_mark_do_not_matter) {
    struct attndyn_corpus unix_text;
    assert_ok(ctx, parse("a b c\nb c\n\nc\n"));
    unix_text = corpus;
    assert_ok(ctx, parse("a b c\r\nb c\r\n\r\nc\r\n"));
    assert_same_corpus(&unix_text, &corpus);
    assert_ok(ctx, parse("a b c\rb c\r\rc"));
    assert_same_corpus(&unix_text, &corpus);
    ck_assert_int_eq(parse("a\rb\r\nc\n\r\xFF"), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), ":5: not UTF-8"));
    attndyn_message_clear(ctx);
    assert_ok(ctx, parse("\xEF\xBB\xBF\ta  b\fc \n b c \n \nc"));
    assert_same_corpus(&unix_text, &corpus);
}

/* RFC 3629 and the usual attacks: each must be refused at the byte that is named. */
static const struct {
    const char *bytes;
    size_t valid;
} malformed[] = {{"\x80", 0},             /* a continuation alone */
                 {"a\xC3", 1},            /* cut short */
                 {"a\xC3(", 1},           /* no continuation */
                 {"\xC0\xAF", 0},         /* overlong '/' */
                 {"\xC1\xBF", 0},         /* overlong */
                 {"\xE0\x80\xAF", 0},     /* overlong, three bytes */
                 {"\xE2\x82", 0},         /* cut short, three bytes */
                 {"\xED\xA0\x80", 0},     /* a surrogate */
                 {"\xF0\x80\x80\xAF", 0}, /* overlong, four bytes */
                 {"\xF4\x90\x80\x80", 0}, /* above U+10FFFF */
                 {"\xF5\x80\x80\x80", 0},
                 {"\xFE", 0},
                 {"\xFF", 0},
                 {"ok\xE2\x82\xAC\xE2\x28\xA1", 5}};

TEST(malformed_utf8_is_refused) {
    const char *bytes = malformed[_i].bytes;
    ck_assert_uint_eq(attndyn_utf8_valid_prefix(bytes, strlen(bytes)), malformed[_i].valid);
    char *text = attndyn_format(ctx, "good\nline %s here\n", bytes);
    ck_assert_int_eq(parse(text), ATTNDYN_NO_INPUT);
    char *where = attndyn_format(ctx, "text:2: not UTF-8 at byte %zu", 10 + malformed[_i].valid);
    ck_assert_msg(strstr(attndyn_message(ctx), where) != NULL, "%s", attndyn_message(ctx));
}

TEST(well_formed_utf8_is_taken) {
    const char *good = "\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBD"
                       "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
    ck_assert_uint_eq(attndyn_utf8_valid_prefix(good, strlen(good)), strlen(good));
    assert_ok(ctx, parse(good));
}

TEST(no_text_is_an_error) {
    static const char *const empty[] = {"", " ", "\n\n\r\n", "\xEF\xBB\xBF", "\t\f\v "};
    ck_assert_int_eq(parse(empty[_i]), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "text: no token in it"));
}

TEST(binary_is_an_error) {
    const char bytes[] = "some text\nwith a \0 in it";
    ck_assert_int_eq(attndyn_corpus_parse(ctx, bytes, sizeof bytes - 1, "text", &corpus),
                     ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "text:2: control character 0x00"));
    ck_assert_int_eq(parse("bell \a"), ATTNDYN_NO_INPUT);
    ck_assert_int_eq(parse("\x7F"), ATTNDYN_NO_INPUT);
}

/* A token that begins like a known one but goes on behind a NUL must not match it. */
TEST(nul_hides_nothing) {
    const char bytes[] = "ab ab\0cd";
    ck_assert_int_eq(attndyn_corpus_parse(ctx, bytes, sizeof bytes - 1, "text", &corpus),
                     ATTNDYN_NO_INPUT);
}

static char *file_of(const char *bytes, size_t length) {
    char *path = attndyn_strdup(ctx, "/tmp/attndyn-corpus-XXXXXX");
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    FILE *stream = fdopen(descriptor, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, length, stream), length);
    fclose(stream);
    return path;
}

TEST(missing_file_and_folder) {
    ck_assert_int_eq(attndyn_corpus_read(ctx, "/no/such/file", &corpus), ATTNDYN_NO_INPUT);
    ck_assert_str_eq(attndyn_message(ctx), "cannot read /no/such/file: No such file or directory");
    ck_assert_int_eq(attndyn_corpus_read(ctx, "/tmp", &corpus), ATTNDYN_NO_INPUT);
    char *path = file_of("", 0);
    ck_assert_int_eq(attndyn_corpus_read(ctx, path, &corpus), ATTNDYN_NO_INPUT);
    unlink(path);
}

/* Lines far longer than any buffer, multi-byte tokens across its edges: file = memory. */
TEST(file_and_memory_agree) {
    static const char *const words[] = {"\xE2\x82\xAC", "a", "bc",
                                        ("\xF0\x9F\x90\x88"
                                         "def"),
                                        "x"};
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 5));
    size_t room = 1500000, used = 3;
    char *text = ATTNDYN_NEW(ctx, char, room);
    strcpy(text, "\xEF\xBB\xBF");
    while (used < room - 64) {
        uint64_t bits = attndyn_random_bits(&random);
        used += (size_t)sprintf(text + used, "%s%u%c", words[bits % 5],
                                (unsigned)(bits >> 8) % 3000, bits >> 40 & 0x3FFFF ? ' ' : '\n');
    }
    struct attndyn_corpus from_memory;
    assert_ok(ctx, attndyn_corpus_parse(ctx, text, used, "memory", &from_memory));
    char *path = file_of(text, used);
    assert_ok(ctx, attndyn_corpus_read(ctx, path, &corpus));
    unlink(path);
    assert_same_corpus(&from_memory, &corpus);
    ck_assert_uint_eq(corpus.vocabulary, 15000);
    uint64_t sum = 0;
    for (size_t i = 0; i < corpus.vocabulary; i++) {
        uint32_t id;
        sum += corpus.count[i];
        ck_assert(attndyn_corpus_find(&corpus, corpus.name[i], &id) && id == i);
    }
    ck_assert_uint_eq(sum, corpus.length);
    attndyn_random_done(&random);
}

TEST(endless_token_is_an_error) {
    size_t length = 1 << 20;
    char *text = ATTNDYN_NEW(ctx, char, length);
    memset(text, 'x', length);
    char *path = file_of(text, length);
    ck_assert_int_eq(attndyn_corpus_read(ctx, path, &corpus), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "a token of more than 4096 bytes"));
    unlink(path);
    text[ATTNDYN_TOKEN_BYTES_MAX] = ' ';
    text[ATTNDYN_TOKEN_BYTES_MAX + 3] = '\0';
    assert_ok(ctx, parse(text)); /* 4096 bytes are allowed */
}

/* Damaged copies of good text: none may crash the reader or get past the validator, and what is
 * accepted must be consistent. */
TEST(damaged_text_never_crashes) {
    static const char seed[] = "The caf\xC3\xA9 , \xE2\x80\x93 in \xF0\x9F\x90\x88 =\r\n\n<unk> 's "
                               "@-@ end . the the\n\xEF\xBB\xBF nil";
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 11));
    size_t accepted = 0, refused = 0;
    for (int trial = 0; trial < 4000; trial++) {
        char bytes[sizeof seed];
        uint64_t mark = attndyn_memory_mark(ctx);
        memcpy(bytes, seed, sizeof seed);
        size_t length = sizeof seed - 1;
        if (attndyn_random_uniform(&random) < 0.3)
            length = (size_t)(attndyn_random_uniform(&random) * (double)length);
        for (int hits = trial % 3; hits > 0 && length > 0; hits--) {
            uint64_t bits = attndyn_random_bits(&random);
            bytes[bits % length] = (char)(bits >> 32);
        }
        enum attndyn_status status = attndyn_corpus_parse(ctx, bytes, length, "text", &corpus);
        if (status == ATTNDYN_OK) {
            accepted++;
            ck_assert_uint_eq(attndyn_utf8_valid_prefix(bytes, length), length);
            ck_assert_ptr_null(memchr(bytes, 0, length));
            ck_assert_uint_eq(corpus.start[corpus.paragraphs], corpus.length);
            for (size_t i = 0; i < corpus.length; i++)
                ck_assert_uint_lt(corpus.token[i], corpus.vocabulary);
        } else {
            refused++;
            ck_assert_int_eq(status, ATTNDYN_NO_INPUT);
            ck_assert_ptr_null(strchr(attndyn_message(ctx), '\n'));
        }
        attndyn_memory_release(ctx, mark);
    }
    ck_assert_uint_gt(accepted, 500);
    ck_assert_uint_gt(refused, 500);
    attndyn_random_done(&random);
}

TEST(every_failed_allocation_is_reported) {
    uint64_t before = attndyn_allocations(ctx);
    assert_ok(ctx, parse("a b c\nd e f\n"));
    uint64_t calls = attndyn_allocations(ctx) - before;
    for (uint64_t n = 1; n <= calls; n++) {
        attndyn_fail_allocation(ctx, n);
        ck_assert_int_eq(parse("a b c\nd e f\n"), ATTNDYN_NO_MEMORY);
    }
}

TCASE(corpus) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, ids_fall_with_frequency_ties_in_string_order,
                    line_ends_and_mark_do_not_matter);
    tcase_add_each(tcase, malformed_utf8_is_refused, malformed);
    tcase_add_test(tcase, well_formed_utf8_is_taken);
    tcase_add_loop_test(tcase, no_text_is_an_error, 0, 5);
    tcase_add_tests(tcase, binary_is_an_error, nul_hides_nothing, missing_file_and_folder,
                    file_and_memory_agree, endless_token_is_an_error, damaged_text_never_crashes,
                    every_failed_allocation_is_reported);
}
