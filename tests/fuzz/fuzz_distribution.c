/* Token distributions as CSV: byte 0 a failing allocation, byte 1 what the columns are, then the
 * text. What is accepted is a distribution. */
#include "fuzz.h"
#include "sim/data/distribution.h"

#include <math.h>
#include <string.h>

int fuzz_distribution(const uint8_t *data, size_t size);

static void is_distribution(const struct attndyn_distribution *d) {
    double all = 0;
    fuzz_expect(d->classes > 0 && d->tokens > 0 && d->last_tokens > 0 && d->start[0] == 0);
    for (size_t n = 0; n < d->classes; n++) {
        double sum = 0;
        fuzz_expect(d->start[n] < d->start[n + 1] && d->last[n] < d->last_tokens);
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            fuzz_expect(d->token[e] < d->tokens && d->probability[e] > 0);
            fuzz_expect(e == d->start[n] || d->token[e - 1] < d->token[e]);
            sum += d->probability[e];
        }
        fuzz_expect(fabs(sum - 1) < 1e-12);
        fuzz_expect(strlen(d->class_name[n]) > 0);
        all += d->class_probability[n];
    }
    fuzz_expect(fabs(all - 1) < 1e-9);
    for (size_t l = 0; l < d->tokens; l++) fuzz_expect(d->token_name[l][0] != '\0');
    for (size_t n = 0; d->next_token && n < d->classes; n++)
        fuzz_expect(d->next_token[n] < d->tokens);
}

int fuzz_distribution(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    enum attndyn_columns columns =
        fuzz_byte(&input) & 1 ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT;
    struct attndyn_distribution *d;
    char *text = fuzz_rest(ctx, &input);
    enum attndyn_status status =
        text ? attndyn_distribution_parse(ctx, text, input.size, "fuzz.csv", columns, &d)
             : ATTNDYN_NO_MEMORY;
    fuzz_outcome(ctx, status);
    if (!status) is_distribution(d);
    attndyn_context_free(ctx);
    return 0;
}
