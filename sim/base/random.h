/* Random streams.
 *
 * The default generator is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): one 64-bit word of
 * state, reproducible in a few lines of any language, and the stream in which the reference
 * instances of the checks are defined. `mt19937` is GSL's. Both drive GSL's distributions. */
#ifndef ATTNDYN_BASE_RANDOM_H
#define ATTNDYN_BASE_RANDOM_H

#include "context.h"

#include <stdint.h>

enum attndyn_random_kind { ATTNDYN_RANDOM_SPLITMIX, ATTNDYN_RANDOM_MT19937 };
/* The choices of a parameter, in the order of the enum. */
#define ATTNDYN_RANDOM_KINDS "splitmix|mt19937"

struct attndyn_random {
    enum attndyn_random_kind kind;
    uint64_t state; /* SplitMix64 */
    void *gsl;      /* gsl_rng, owned; draws from `state` where kind is splitmix */
};

/* Seeds a stream; splitmix: the state starts at the seed itself. attndyn_random_done frees it.
 * The struct must not be copied or moved while in use: GSL's side points into it. */
enum attndyn_status attndyn_random_init(struct attndyn_context *ctx, struct attndyn_random *random,
                                        enum attndyn_random_kind kind, uint64_t seed);
void attndyn_random_done(struct attndyn_random *random);
/* Another 64-bit seed from (seed, name, index): streams of an experiment's parts. */
uint64_t attndyn_random_derive(uint64_t seed, const char *name, uint64_t index);

/* One step of SplitMix64, in the header because token sampling depends on its speed. */
static inline uint64_t attndyn_splitmix_next(uint64_t *state) {
    uint64_t x = (*state += UINT64_C(0x9E3779B97F4A7C15));
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* 64 random bits. */
uint64_t attndyn_random_bits(struct attndyn_random *random);
/* Uniform in [0, 1): 53 bits. */
double attndyn_random_uniform(struct attndyn_random *random);
/* Standard normal by Box-Muller, cosine branch only, from two consecutive uniforms
 * (u1 -> 1 - u1): the convention of the reference instances. */
double attndyn_random_normal(struct attndyn_random *random);
/* Row-major fills, count numbers, times scale. */
void attndyn_random_uniforms(struct attndyn_random *random, double scale, size_t count, double *x);
void attndyn_random_normals(struct attndyn_random *random, double scale, size_t count, double *x);
/* Standard normals for Monte Carlo in bulk: GSL's ziggurat (Marsaglia and Tsang 2000), one 64-bit
 * word for most of the numbers, about four times as fast as attndyn_random_normals. Between the
 * layers' edges the numbers lie on a grid of 2^-24 relative: fine for averages, not for far
 * tails. */
void attndyn_random_ziggurat(struct attndyn_random *random, size_t count, double *x);
/* Counts (categories) of `trials` draws from probabilities (categories), sum 1: GSL's
 * multinomial. */
void attndyn_random_multinomial(struct attndyn_random *random, size_t categories, unsigned trials,
                                const double *probability, unsigned *counts);
/* The same from a bare SplitMix64 stream, which it moves on. */
void attndyn_splitmix_multinomial(uint64_t *state, size_t categories, unsigned trials,
                                  const double *probability, unsigned *counts);

#endif
