/* Fuzz targets: each tests/fuzz/fuzz_<name>.c defines
 *
 *     int fuzz_<name>(const uint8_t *data, size_t size);
 *
 * which must return 0 and abort (fuzz_expect) where a property does not hold. `make fuzz` runs them
 * under libFuzzer; the test case fuzz_replay runs them on tests/fuzz/corpus/<name>/. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "sim/base/context.h"

#include <stdint.h>

struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

/* A context whose n-th allocation fails, n the first byte of the input (0: none fails): error paths
 * are fuzzed, too. */
struct attndyn_context *fuzz_begin(struct fuzz_input *input);
/* One byte of the input, 0 past its end. */
unsigned fuzz_byte(struct fuzz_input *input);
/* The rest as text of the context (NUL-terminated, and NULs may be inside); NULL: out of memory. */
char *fuzz_rest(struct attndyn_context *ctx, const struct fuzz_input *input);
/* Status and message agree: a failure has one line, its status is documented. */
void fuzz_outcome(struct attndyn_context *ctx, enum attndyn_status status);

#define fuzz_expect(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) fuzz_failed(__FILE__, __LINE__, #condition);                             \
    } while (0)
_Noreturn void fuzz_failed(const char *file, int line, const char *condition);

#endif
