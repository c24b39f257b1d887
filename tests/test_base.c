/* sim/base: memory marks, fault injection, messages, random streams, whole-file writes. */
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/base/random.h"
#include "sim/base/text.h"
#include "tests/fixture.h"
#include "tests/folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(memory_is_zeroed_and_released) {
    double *kept = ATTNDYN_NEW(ctx, double, 10);
    uint64_t mark = attndyn_memory_mark(ctx);
    double *grown = ATTNDYN_NEW(ctx, double, 4);
    grown[3] = 1;
    grown = attndyn_resize(ctx, grown, 4, 4000, sizeof *grown);
    ck_assert_ptr_nonnull(grown);
    assert_near(grown[3], 1, 0);
    assert_near(grown[3999], 0, 0);
    attndyn_memory_release(ctx, mark);
    kept[9] = 2;
    attndyn_free(ctx, kept);
}

/* Bytes are counted in and out: made, grown, shrunk, freed, released with a mark. */
TEST(held_memory_is_counted) {
    char *kept = ATTNDYN_NEW(ctx, char, 1000);
    uint64_t mark = attndyn_memory_mark(ctx);
    double *grown = ATTNDYN_NEW(ctx, double, 4);
    ck_assert_uint_eq(attndyn_memory_held(ctx), 1032);
    grown = attndyn_resize(ctx, grown, 4, 400, sizeof *grown);
    ck_assert_uint_eq(attndyn_memory_held(ctx), 4200);
    grown = attndyn_resize(ctx, grown, 400, 10, sizeof *grown);
    ck_assert_uint_eq(attndyn_memory_held(ctx), 1080);
    ck_assert_uint_eq(attndyn_memory_peak(ctx), 4200);
    attndyn_fail_allocation(ctx, 1);
    ck_assert_ptr_null(attndyn_resize(ctx, grown, 10, 20, sizeof *grown));
    ck_assert_uint_eq(attndyn_memory_held(ctx), 1080);
    attndyn_memory_peak_anew(ctx);
    ck_assert_uint_eq(attndyn_memory_peak(ctx), 1080);
    attndyn_memory_release(ctx, mark);
    ck_assert_uint_eq(attndyn_memory_held(ctx), 1000);
    attndyn_free(ctx, kept);
    ck_assert_uint_eq(attndyn_memory_held(ctx), 0);
    ck_assert_uint_eq(attndyn_memory_peak(ctx), 1080);
}

/* A kept block survives releases wherever it stood, grown or not; the rest goes. */
TEST(kept_memory_outlives_marks) {
    for (int round = 0; round < 3; round++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        (void)ATTNDYN_NEW(ctx, char, 100);
        double *kept = ATTNDYN_NEW(ctx, double, 4);
        kept[3] = round;
        attndyn_memory_keep(ctx, kept);
        attndyn_memory_keep(ctx, kept);
        (void)ATTNDYN_NEW(ctx, char, 100);
        kept = attndyn_resize(ctx, kept, 4, 5000, sizeof *kept);
        attndyn_memory_release(ctx, mark);
        assert_near(kept[3], round, 0);
        assert_near(kept[4999], 0, 0);
        if (round == 1) attndyn_free(ctx, kept);
    }
    attndyn_memory_keep(ctx, NULL);
}

TEST(nth_allocation_fails) {
    attndyn_fail_allocation(ctx, 2);
    ck_assert_ptr_nonnull(attndyn_alloc(ctx, 1, 1));
    ck_assert_ptr_null(attndyn_alloc(ctx, 1, 1));
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "out of memory"));
    ck_assert_ptr_null(attndyn_alloc(ctx, SIZE_MAX / 4, 8));
}

TEST(messages_chain) {
    ck_assert_int_eq(attndyn_fail(ctx, ATTNDYN_IO, "no %s", "disk"), ATTNDYN_IO);
    attndyn_fail_while(ctx, ATTNDYN_IO, "writing %d", 7);
    ck_assert_str_eq(attndyn_message(ctx), "writing 7: no disk");
    attndyn_fail(ctx, ATTNDYN_NO_INPUT, "token '%s'", "a\nb\x1b[1m\x7f");
    ck_assert_str_eq(attndyn_message(ctx), "token 'a b [1m '");
    attndyn_fail_while(ctx, ATTNDYN_NO_INPUT, "%s", "x\ny");
    ck_assert_str_eq(attndyn_message(ctx), "x y: token 'a b [1m '");
}

/* The test vectors of draft-eastlake-fnv. */
TEST(hash_is_fnv_1a) {
    ck_assert(attndyn_hash_bytes(attndyn_hash_start, NULL, 0) == UINT64_C(0xcbf29ce484222325));
    ck_assert(attndyn_hash_bytes(attndyn_hash_start, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    uint64_t half = attndyn_hash_bytes(attndyn_hash_start, "foo", 3);
    ck_assert(attndyn_hash_bytes(half, "bar", 3) == UINT64_C(0x85944171f73967e8));
}

/* The first numbers of seed 1, as published with the reference instances. */
TEST(splitmix_stream) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 1));
    assert_near(attndyn_random_uniform(&random), 0.5665615751722809, 0);
    assert_near(attndyn_random_uniform(&random), 0.7457817572627011, 0);
    assert_near(attndyn_random_uniform(&random), 0.9710027535867962, 0);
    random.state = 1;
    assert_near(attndyn_random_normal(&random), -0.034267321791851144, 1e-16);
    assert_near(attndyn_random_normal(&random), -2.5000674933698677, 1e-15);
    assert_near(attndyn_random_normal(&random), 0.08772246831488635, 1e-16);
    attndyn_random_done(&random);
}

TEST(multinomial_draws_from_our_stream) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 3));
    const double p[3] = {0.2, 0.3, 0.5};
    double mean[3] = {0};
    for (int i = 0; i < 10000; i++) {
        unsigned n[3];
        attndyn_random_multinomial(&random, 3, 10, p, n);
        ck_assert_uint_eq(n[0] + n[1] + n[2], 10);
        for (int k = 0; k < 3; k++) mean[k] += n[k] / 1e4;
    }
    /* standard error of a mean: sqrt(10 p (1 - p) / 1e4) <= 0.016 */
    for (int k = 0; k < 3; k++) assert_near(mean[k], 10 * p[k], 5 * 0.016);
    ck_assert(random.state != 3);
    attndyn_random_done(&random);
}

TEST(files_are_written_whole) {
    char folder[64];
    folder_make(folder, "test");
    char *path = attndyn_format(ctx, "%s/a/b/x.txt", folder);
    char *parent = attndyn_format(ctx, "%s/a/b", folder);
    struct attndyn_file file;
    ck_assert_int_eq(attndyn_file_begin(ctx, &file, path), ATTNDYN_IO);
    assert_ok(ctx, attndyn_folder_make(ctx, parent));
    assert_ok(ctx, attndyn_file_begin(ctx, &file, path));
    fputs("hello", file.stream);
    ck_assert_int_ne(access(path, F_OK), 0);
    assert_ok(ctx, attndyn_file_commit(ctx, &file));
    char *text;
    size_t length;
    assert_ok(ctx, attndyn_file_read(ctx, path, &text, &length));
    ck_assert_str_eq(text, "hello");
    ck_assert_int_eq(attndyn_file_read(ctx, parent, &text, &length), ATTNDYN_NO_INPUT);
    unlink(path);
}

TEST(a_folder_needs_a_name) {
    ck_assert_int_eq(attndyn_folder_make(ctx, ""), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "empty"));
    assert_ok(ctx, attndyn_folder_make(ctx, "."));
    assert_ok(ctx, attndyn_folder_make(ctx, "/"));
}

/* Only what the program itself leaves is removed, and only where its process was on this host. */
TEST(only_our_leavings_are_removed) {
    char folder[64];
    folder_make(folder, "test");
    char *own = attndyn_file_temporary(ctx, "x.csv"), *stem = attndyn_file_temporary(ctx, "x.csv");
    strrchr(stem, '.')[1] = '\0'; /* x.csv.attndyn-tmp.HOST. */
    const char *stays[] = {"notes.tmp.999999999",
                           "x.csv.attndyn-tmp.another-host.999999999",
                           "x.csv.attndyn-tmp.999999999",
                           "attndyn-tmp.999999999",
                           own,
                           attndyn_format(ctx, "%s999999999.bak", stem),
                           attndyn_format(ctx, "%s0999999999", stem),
                           attndyn_format(ctx, "%s99999999999999999999", stem),
                           attndyn_format(ctx, "%s-5", stem),
                           stem};
    enum { COUNT = sizeof stays / sizeof *stays };
    char *goes = attndyn_format(ctx, "%s/%s999999999", folder, stem), *paths[COUNT];
    fclose(fopen(goes, "w"));
    for (size_t i = 0; i < COUNT; i++) {
        paths[i] = attndyn_format(ctx, "%s/%s", folder, stays[i]);
        fclose(fopen(paths[i], "w"));
    }
    assert_ok(ctx, attndyn_folder_tidy(ctx, folder));
    ck_assert_int_ne(access(goes, F_OK), 0);
    for (size_t i = 0; i < COUNT; i++) ck_assert_msg(unlink(paths[i]) == 0, "%s is gone", stays[i]);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* A target's name may fill what the file system allows: the temporary one must not be longer. */
TEST(longest_names_are_written) {
    char folder[64], name[256] = "", *paths[2];
    folder_make(folder, "test");
    struct attndyn_file files[2];
    memset(name, 'x', sizeof name - 1);
    for (int i = 0; i < 2; i++) { /* both at once, and they differ in the last byte alone */
        name[254] = (char)('a' + i);
        paths[i] = attndyn_format(ctx, "%s/%s", folder, name);
        assert_ok(ctx, attndyn_file_begin(ctx, &files[i], paths[i]));
        ck_assert_int_eq(strncmp(files[i].temporary, paths[i], strlen(folder) + 1), 0);
        fputc('a' + i, files[i].stream);
    }
    for (int i = 0; i < 2; i++) {
        assert_ok(ctx, attndyn_file_commit(ctx, &files[i]));
        FILE *written = fopen(paths[i], "r");
        ck_assert_ptr_nonnull(written);
        ck_assert_int_eq(fgetc(written), 'a' + i);
        fclose(written);
        ck_assert_int_eq(unlink(paths[i]), 0);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

static void put_zeros(FILE *stream, size_t count) {
    static char zeros[1 << 16];
    memset(zeros, '0', sizeof zeros);
    for (size_t left = count, n; left > 0 && !ferror(stream); left -= n) {
        n = left < sizeof zeros ? left : sizeof zeros;
        fwrite(zeros, 1, n, stream);
    }
}

TEST(texts_are_whole) {
    char *text;
    struct attndyn_text to;
    for (size_t count = 0; count < 1000000; count = 7 * count + 1) {
        assert_ok(ctx, attndyn_text_begin(ctx, &to));
        put_zeros(to.stream, count);
        assert_ok(ctx, attndyn_text_end(&to, &text));
        ck_assert_uint_eq(strspn(text, "0"), count);
        ck_assert_uint_eq(strlen(text), count);
    }
    /* out of memory once, at the start or later, and enough of it in the end */
    int failures = 0;
    enum attndyn_status status = ATTNDYN_NO_MEMORY;
    for (uint64_t n = 1;; n++) {
        attndyn_fail_allocation(ctx, n);
        status = attndyn_text_begin(ctx, &to);
        if (!status) {
            for (int i = 0; i < 10; i++) put_zeros(to.stream, 3000);
            status = attndyn_text_end(&to, &text);
        }
        attndyn_fail_allocation(ctx, 0);
        if (!status) break;
        ck_assert_int_eq(status, ATTNDYN_NO_MEMORY);
        failures++;
    }
    ck_assert_int_ge(failures, 3);
    ck_assert_uint_eq(strspn(text, "0"), 30000);
}

/* Streams of an experiment's parts: seed, name and index each give another one. */
TEST(derived_streams_differ) {
    uint64_t one = attndyn_random_derive(1, "a", 0);
    ck_assert(one == attndyn_random_derive(1, "a", 0));
    ck_assert(one != attndyn_random_derive(1, "a", 1));
    ck_assert(one != attndyn_random_derive(1, "b", 0));
    ck_assert(one != attndyn_random_derive(2, "a", 0));
    /* independent streams differ in half of their bits */
    int differ = 0;
    for (uint64_t k = 0; k < 1000; k++) {
        uint64_t x = attndyn_random_derive(7, "bits", k) ^ attndyn_random_derive(7, "bits", k + 1);
        for (; x; x &= x - 1) differ++;
    }
    ck_assert_int_gt(differ, 32000 - 5 * 127);
    ck_assert_int_lt(differ, 32000 + 5 * 127); /* sqrt(64000)/2 = 126.5 */
}

TCASE(base) {
    with_a_context(tcase);
    tcase_add_tests(tcase, memory_is_zeroed_and_released, held_memory_is_counted,
                    kept_memory_outlives_marks, nth_allocation_fails, messages_chain,
                    hash_is_fnv_1a, splitmix_stream, derived_streams_differ,
                    multinomial_draws_from_our_stream, files_are_written_whole,
                    only_our_leavings_are_removed, longest_names_are_written, a_folder_needs_a_name,
                    texts_are_whole);
}
