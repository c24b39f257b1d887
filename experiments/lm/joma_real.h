/* lm/joma-real: one rung of the ladder, on the little task or on text. */
#ifndef LM_JOMA_REAL_H
#define LM_JOMA_REAL_H

#include "experiments/frame/params.h"
#include "experiments/frame/results.h"

struct rung {
    const char *name, *what;
};
enum { RUNG_EXP, RUNG_SOFTMAX, RUNG_NORM, RUNG_ADAM, RUNG_EMBEDDING, RUNG_MAPS, RUNGS };
extern const struct rung joma_real_rungs[RUNGS];

/* Trains on the little task at rate lr for so many steps; emits the course where results is not
 * NULL; *error is the relative error of zhat at the end. */
enum attndyn_status joma_real_rung(struct attndyn_context *ctx, const struct params *p, int rung,
                                   double lr, size_t steps, struct results *results, double *error);
/* The encoder on text, every layer; emits the course as rungs RUNGS + layer. */
enum attndyn_status joma_real_text(struct attndyn_context *ctx, const struct params *p,
                                   struct results *results, bool *skipped);

#endif
