/* The inside of galore.h: subspaces (galore_subspace.c) and rules (galore_rules.c). */
#ifndef ATTNDYN_NUM_OPTIM_GALORE_PRIVATE_H
#define ATTNDYN_NUM_OPTIM_GALORE_PRIVATE_H

#include "galore.h"

#define attndyn_galore_renew ATTNDYN_REAL_NAME(attndyn_galore_renew)
#define attndyn_galore_make_state ATTNDYN_REAL_NAME(attndyn_galore_make_state)
#define attndyn_galore_rule ATTNDYN_REAL_NAME(attndyn_galore_rule)
#define attndyn_galore_rotate ATTNDYN_REAL_NAME(attndyn_galore_rotate)

#ifdef ATTNDYN_DOUBLE
#define GALORE_GEMM attndyn_gemm_strided
#define GALORE_ROOT(x) sqrt(x)
#else
#define GALORE_GEMM attndyn_gemm_single
#define GALORE_ROOT(x) sqrtf(x)
#endif

/* The projectors anew from the gradient G, and what becomes of the moments. */
enum attndyn_status attndyn_galore_renew(struct attndyn_context *ctx, struct attndyn_galore *g,
                                         const attndyn_real *G);
/* Room for what the rule keeps of R (rows, columns). */
enum attndyn_status attndyn_galore_make_state(struct attndyn_context *ctx,
                                              struct attndyn_galore *g);
/* The rule's step N for R; it stands in g->room->reduced, or is R itself. *factor: c. */
const attndyn_real *attndyn_galore_rule(struct attndyn_galore *g, const attndyn_real *R,
                                        double *factor);
/* Moments by left (r, r) and right (r, r), each NULL where that side is not projected. */
enum attndyn_status attndyn_galore_rotate(struct attndyn_context *ctx, struct attndyn_galore *g,
                                          const double *left, const double *right);

#endif
