/* What the family shares: the random stream, drawn instances of the parametric gradient, where
 * ascent through a projection ends, and the table `state`. */
#ifndef LOWRANK_SHARED_INSTANCE_H
#define LOWRANK_SHARED_INSTANCE_H

#include "experiments/frame/contract/typed.h"
#include "experiments/statements/statements.h"
#include "sim/model/lowrank/projection.h"

/* In the order of enum attndyn_random_kind. */
#define RNG(C) C(rng_splitmix, "splitmix") C(rng_mt19937, "mt19937")
CHOICES(rng, RNG)
#define RANDOM_STREAM(X) X(CHOICE, rng, "splitmix", "generator of the random numbers")

/* A row of the table the_state, for a quantity that is emitted number by number. */
#define STATE_CELLS(X) X(TEXT, quantity, "name") X(INT, index, "place") X(REAL, value, "number")
TABLE(state, STATE_CELLS, "the final state")

/* The whole of a list of whole numbers; ATTNDYN_USAGE where there is none, or one is no whole
 * number or above `most` ("r = 2.5: expected a whole number up to min(m, n)"). */
enum attndyn_status whole_numbers(const struct trial *run, const char *name, struct reals list,
                                  double most, const char *bound);

/* An instance from a stream of its own. Owned by the run's context. */
enum attndyn_status instance_draw(const struct trial *run, enum rng rng, uint64_t seed,
                                  enum attndyn_parametric_kind kind, size_t m, size_t n, size_t N,
                                  size_t span, struct attndyn_parametric *g);

/* ||G||_F where ascent through the fixed projection ends: R_0 = P^T G_0 Q, S^ vec Y = vec R_0, and
 * G at W_0 + P Y Q^T. restricted: what attndyn_projection_restrict makes of g. */
enum attndyn_status instance_stall(struct attndyn_context *ctx, const struct attndyn_parametric *g,
                                   struct attndyn_projection *projection,
                                   const struct attndyn_parametric *restricted, double *norm);

#endif
