#include "random.h"

#include "hash.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

/* SplitMix64 as a GSL generator type, so that GSL's distributions draw from our streams. The
 * generator's own state is a pointer to ours: there is one stream, whoever draws from it. */
static unsigned long splitmix_get(void *state) {
    return attndyn_splitmix_next(*(uint64_t **)state);
}
static double splitmix_get_double(void *state) {
    return (double)(attndyn_splitmix_next(*(uint64_t **)state) >> 11) * 0x1p-53;
}
static void splitmix_set(void *state, unsigned long seed) {
    (void)state, (void)seed; /* bound and seeded by attndyn_random_init */
}
static const gsl_rng_type splitmix_type = {
    .name = "splitmix64",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(uint64_t *),
    .set = splitmix_set,
    .get = splitmix_get,
    .get_double = splitmix_get_double,
};

enum attndyn_status attndyn_random_init(struct attndyn_context *ctx, struct attndyn_random *random,
                                        enum attndyn_random_kind kind, uint64_t seed) {
    random->kind = kind;
    random->state = seed;
    gsl_rng *rng =
        gsl_rng_alloc(kind == ATTNDYN_RANDOM_SPLITMIX ? &splitmix_type : gsl_rng_mt19937);
    random->gsl = rng;
    if (!rng) return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory: random stream");
    if (kind == ATTNDYN_RANDOM_SPLITMIX)
        *(uint64_t **)rng->state = &random->state;
    else
        gsl_rng_set(rng, seed);
    return ATTNDYN_OK;
}

void attndyn_random_done(struct attndyn_random *random) {
    if (random->gsl) gsl_rng_free(random->gsl);
    random->gsl = NULL;
}

uint64_t attndyn_random_derive(uint64_t seed, const char *name, uint64_t index) {
    uint64_t hash = attndyn_hash_bytes(attndyn_hash_start, name, strlen(name));
    uint64_t state = seed;
    state = attndyn_splitmix_next(&state) ^ hash;
    state = attndyn_splitmix_next(&state) ^ index;
    return attndyn_splitmix_next(&state);
}

uint64_t attndyn_random_bits(struct attndyn_random *random) {
    if (random->kind == ATTNDYN_RANDOM_SPLITMIX) return attndyn_splitmix_next(&random->state);
    uint64_t high = gsl_rng_get(random->gsl);
    return high << 32 | gsl_rng_get(random->gsl);
}

double attndyn_random_uniform(struct attndyn_random *random) {
    return (double)(attndyn_random_bits(random) >> 11) * 0x1p-53;
}

double attndyn_random_normal(struct attndyn_random *random) {
    double u1 = 1.0 - attndyn_random_uniform(random);
    double u2 = attndyn_random_uniform(random);
    return sqrt(-2.0 * log(u1)) * cos(2.0 * M_PI * u2);
}

void attndyn_random_uniforms(struct attndyn_random *random, double scale, size_t count, double *x) {
    for (size_t i = 0; i < count; i++) x[i] = scale * attndyn_random_uniform(random);
}

void attndyn_random_normals(struct attndyn_random *random, double scale, size_t count, double *x) {
    for (size_t i = 0; i < count; i++) x[i] = scale * attndyn_random_normal(random);
}

void attndyn_random_ziggurat(struct attndyn_random *random, size_t count, double *x) {
    for (size_t i = 0; i < count; i++) x[i] = gsl_ran_gaussian_ziggurat(random->gsl, 1.0);
}

void attndyn_random_multinomial(struct attndyn_random *random, size_t categories, unsigned trials,
                                const double *probability, unsigned *counts) {
    gsl_ran_multinomial(random->gsl, categories, trials, probability, counts);
}

void attndyn_splitmix_multinomial(uint64_t *state, size_t categories, unsigned trials,
                                  const double *probability, unsigned *counts) {
    gsl_rng rng = {.type = &splitmix_type, .state = &state};
    gsl_ran_multinomial(&rng, categories, trials, probability, counts);
}
