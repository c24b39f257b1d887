/* Theorem 1's invariant, followed step by step where it is exact. */
#ifndef LM_JOMA_REAL_LEDGER_H
#define LM_JOMA_REAL_LEDGER_H

#include "rungs.h"
#include "sim/model/transformer/checkpoint.h"

/* The discrete form of the invariant, followed step by step on the exact rungs:
 *     exp:    sum_m z - (1/2) sum_k v^2  changes by  -(1/2) sum_k (step of v)^2
 *     linear: z^2 - sum_k v^2            changes by  (step of z)^2 - sum_k (step of v)^2       */
struct ledger {
    struct attndyn_parameter *w, *z;
    bool linear;
    uint32_t query; /* row of z; UINT32_MAX: all rows, summed */
    double *old_w;  /* (rows, V) */
    double *old_z, *new_z, *start, *z_start, *predicted; /* (V) */
};
enum attndyn_status ledger_create(struct attndyn_context *ctx, const struct rung *rung,
                                  struct text_model *t, uint32_t query, struct ledger *ledger);
/* What it keeps of the steps made: (LEDGER_ARRAYS). */
enum { LEDGER_ARRAYS = 3 };
void ledger_name_arrays(struct ledger *ledger, struct attndyn_checkpoint_array *arrays);
/* The weights were taken up from a checkpoint: no step is counted for it. */
void ledger_take(struct ledger *ledger);
/* After a step. */
void ledger_step(struct ledger *ledger);
/* Over tokens but `query`: the largest |drift - predicted|, |drift| and |change of z or z^2|. */
void ledger_close(const struct ledger *ledger, double *off, double *drift, double *moved);

#endif
