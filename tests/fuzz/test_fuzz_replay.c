/* The fuzzers' corpora, replayed without a fuzzer: every input of tests/fuzz/corpus/<name>/, and
 * each of them cut short, with its bits flipped and with its allocations failing. */
#include "fuzz.h"
#include "tests/support.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_TARGET(name) int fuzz_##name(const uint8_t *data, size_t size);
#include "fuzz_targets.h"
#undef FUZZ_TARGET

static const struct {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define FUZZ_TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.h"
#undef FUZZ_TARGET
};
enum { TARGETS = sizeof targets / sizeof *targets };

static uint8_t *contents(const char *path, size_t *size) {
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "cannot read %s", path);
    uint8_t *data = malloc(1 << 20);
    ck_assert_ptr_nonnull(data);
    *size = fread(data, 1, 1 << 20, stream);
    fclose(stream);
    return data;
}

/* A block of its very size, so that a sanitizer sees a read past its end. */
static void run_exact(int target, const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, data, size);
    ck_assert_int_eq(targets[target].run(exact, size), 0);
    free(exact);
}

static void vary(int target, uint8_t *data, size_t size) {
    run_exact(target, data, size);
    if (size == 0) return;
    uint8_t fault = data[0];
    for (unsigned n = 1; n < 64; n++) {
        data[0] = (uint8_t)n;
        run_exact(target, data, size);
    }
    data[0] = fault;
    for (size_t cut = 0; cut < size; cut += 1 + size / 64) run_exact(target, data, cut);
    for (size_t at = 1; at < size; at += 1 + size / 64) {
        data[at] ^= (uint8_t)(1u << at % 8);
        run_exact(target, data, size);
        data[at] ^= (uint8_t)(1u << at % 8);
    }
}

TEST(corpus_is_survived) {
    char pattern[200];
    glob_t found;
    snprintf(pattern, sizeof pattern, "tests/fuzz/corpus/%s/*", targets[_i].name);
    ck_assert_msg(glob(pattern, 0, NULL, &found) == 0, "no input in %s", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t size;
        uint8_t *data = contents(found.gl_pathv[i], &size);
        vary(_i, data, size);
        free(data);
    }
    globfree(&found);
}

TCASE(fuzz_replay) {
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, corpus_is_survived, 0, TARGETS);
}
