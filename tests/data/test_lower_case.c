/* sim/data/lower_case: equal to Python's str.lower on every code point and context
 * (tests/reference/lower_case.py). */
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/data/lower_case.h"
#include "sim/data/tokenizer.h"
#include "tests/fixture.h"

#include <string.h>

/* to: (2 length). The bytes written. */
static size_t lower(const char *text, size_t length, char *to) {
    struct attndyn_lower_case at = {0};
    size_t n = 0;
    while (at.offset < length) {
        char bytes[4];
        uint32_t c;
        size_t size = attndyn_lower_case_next(text, length, &at, bytes, &c);
        memcpy(to + n, bytes, size);
        n += size;
    }
    return n;
}

#define SIGMA "\xCE\xA3"
TEST(every_code_point_in_context) {
    static const char *const before[] = {"", "a", "", "a" SIGMA, "a" SIGMA, SIGMA, "'" SIGMA},
                             *const after[] = {"", SIGMA, SIGMA, "", "b", SIGMA, "."};
    uint64_t hash = attndyn_hash_start;
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (c >= 0xD800 && c < 0xE000) continue;
        for (size_t i = 0; i < 7; i++) {
            char text[16], to[32];
            size_t n = strlen(before[i]);
            memcpy(text, before[i], n);
            n += attndyn_utf8_encode(c, text + n);
            memcpy(text + n, after[i], strlen(after[i]));
            n += strlen(after[i]);
            hash = attndyn_hash_bytes(hash, to, lower(text, n, to));
        }
    }
    ck_assert_uint_eq(hash, UINT64_C(0x4D519050A272B97D)); /* printed by lower_case.py */
}

static size_t from_hexadecimal(const char *digits, size_t count, char *to) {
    for (size_t i = 0; i < count; i += 2) {
        unsigned byte;
        ck_assert_int_eq(sscanf(digits + i, "%2x", &byte), 1);
        to[i / 2] = (char)byte;
    }
    return count / 2;
}

TEST(random_lines) {
    char *lines;
    size_t length, count = 0;
    assert_ok(ctx, attndyn_file_read(ctx, "tests/reference/lower_case.txt", &lines, &length));
    for (char *at = lines; *at; count++) {
        char text[256], want[256], got[512];
        size_t first = strcspn(at, " "), second = strcspn(at + first + 1, "\n");
        ck_assert(first < 512 && second < 512);
        size_t size = from_hexadecimal(at, first, text);
        size_t wanted = from_hexadecimal(at + first + 1, second, want);
        ck_assert_uint_eq(lower(text, size, got), wanted);
        ck_assert_mem_eq(got, want, wanted);
        at += first + second + 2;
    }
    ck_assert_uint_eq(count, 300);
}

/* The tokenizer lowers the line as it stands, before it cuts. */
TEST(basic_english_lowers_lines) {
    struct attndyn_tokenizer t;
    struct attndyn_tokens tokens = {0};
    static const char text[] = "A" SIGMA "'B A" SIGMA "' A" SIGMA ".\n";
    static const char *const want[] = {"a\xCF\x83", "'", "b", "a\xCF\x82", "'", "a\xCF\x82", "."};
    assert_ok(ctx, attndyn_tokenizer_init(ctx, ATTNDYN_TOKENIZER_BASIC_ENGLISH, &t));
    assert_ok(ctx, attndyn_tokenizer_encode(ctx, &t, text, strlen(text), "text", &tokens));
    ck_assert_uint_eq(tokens.length, 7);
    for (size_t i = 0; i < 7; i++)
        ck_assert_str_eq(attndyn_tokenizer_name(&t, tokens.id[i]), want[i]);
}

TCASE(lower_case) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 30);
    tcase_add_tests(tcase, every_code_point_in_context, random_lines, basic_english_lowers_lines);
}
