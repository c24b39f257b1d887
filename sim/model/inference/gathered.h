/* The MLPs of a network, unit by unit, for decoding with a part of each token's hidden units: only
 * what belongs to the chosen ones is read.
 *
 * A unit's rows of the up and gate maps lie as they are; the columns of W_down are copied so that a
 * unit's is one contiguous row. Units whose value is exactly 0 (ReLU) are left out of the second
 * product by themselves. With all units the output is that of a product by rows (few tokens at a
 * time, weights in the network's precision), bit for bit, for finite weights.
 */
#ifndef ATTNDYN_MODEL_INFERENCE_GATHERED_H
#define ATTNDYN_MODEL_INFERENCE_GATHERED_H

#include "../transformer/weights.h"

#define attndyn_gathered ATTNDYN_REAL_NAME(attndyn_gathered)
#define attndyn_gathered_create ATTNDYN_REAL_NAME(attndyn_gathered_create)
#define attndyn_gathered_mlp ATTNDYN_REAL_NAME(attndyn_gathered_mlp)
#define attndyn_gathered_units ATTNDYN_REAL_NAME(attndyn_gathered_units)
#define attndyn_gathered_read ATTNDYN_REAL_NAME(attndyn_gathered_read)

struct attndyn_gathered;

/* The weights must outlive it. ATTNDYN_USAGE: a network without an MLP. */
enum attndyn_status attndyn_gathered_create(struct attndyn_context *ctx,
                                            const struct attndyn_weights *weights,
                                            struct attndyn_gathered **gathered);
/* y (d) = the output of a layer's MLP for x (d), which has passed its norm, with the units
 * units[0] < units[1] < ...; biases stay. x and y may be the same. */
void attndyn_gathered_mlp(struct attndyn_gathered *gathered, size_t layer, const attndyn_real *x,
                          size_t n, const uint32_t *units, attndyn_real *y);
/* (h): room for the units of one token. */
uint32_t *attndyn_gathered_units(struct attndyn_gathered *gathered);
/* Numbers of the maps that were read so far: d for each chosen unit and map of the first product, d
 * for each unit of the second that is not 0. */
uint64_t attndyn_gathered_read(const struct attndyn_gathered *gathered);

#endif
