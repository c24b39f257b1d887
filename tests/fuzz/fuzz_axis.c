/* Axes alone: byte 0 a failing allocation, byte 1 the experiment, byte 2 the number of samples,
 * then words separated by line breaks; a word that begins with '&' moves axes together. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/sweep/design.h"
#include "fuzz.h"

#include <string.h>

enum { MOST_WORDS = 64 };

int fuzz_axis(const uint8_t *data, size_t size);

static void has_values(const struct design *d) {
    fuzz_expect(d->runs > 0 && d->identity != NULL);
    for (size_t a = 0; a < d->n_axes; a++) {
        fuzz_expect(d->axes[a].count > 0);
        fuzz_expect(d->axes[a].group <= a);
        for (size_t run = 0; run < d->runs; run += 1 + d->runs / 7) {
            const char *value = design_value(d, run, a);
            bool known = false;
            for (size_t v = 0; v < d->axes[a].count; v++) known |= d->axes[a].values[v] == value;
            fuzz_expect(known);
        }
    }
}

int fuzz_axis(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    char *words[MOST_WORDS], *zips[MOST_WORDS], *rest = NULL;
    struct design_request request = {.words = words, .zips = zips};
    request.experiment = registry_at(fuzz_byte(&input) % registry_count());
    request.samples = fuzz_byte(&input);
    request.sample_seed = (uint64_t)request.samples;
    request.sampler = !request.samples      ? SAMPLER_NONE
                      : request.samples & 1 ? SAMPLER_SOBOL
                                            : SAMPLER_RANDOM;
    char *text = fuzz_rest(ctx, &input);
    for (char *word = text ? strtok_r(text, "\n", &rest) : NULL; word;
         word = strtok_r(NULL, "\n", &rest)) {
        if (*word == '&' && request.n_zips < MOST_WORDS) zips[request.n_zips++] = word + 1;
        if (*word != '&' && request.n_words < MOST_WORDS) words[request.n_words++] = word;
    }
    struct design *design;
    enum attndyn_status status = text ? design_create(ctx, &request, &design) : ATTNDYN_NO_MEMORY;
    fuzz_outcome(ctx, status);
    if (!status) has_values(design);
    attndyn_context_free(ctx);
    return 0;
}
