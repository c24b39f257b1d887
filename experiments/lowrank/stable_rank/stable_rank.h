/* What the files of lowrank/stable-rank share. */
#ifndef LOWRANK_STABLE_RANK_STABLE_RANK_H
#define LOWRANK_STABLE_RANK_STABLE_RANK_H

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/lowrank/spectrum.h"
#include "theory/lowrank/bounds.h"

/* An excess over a bound below this is roundoff of the stable ranks (1e-13 at the worst). */
#define STABLE_RANK_ROUNDOFF 1e-9

/* Lemma 3.3's quantities of one instance; matrices owned by ctx. */
struct stable_rank_analysis {
    const struct attndyn_parametric *g;
    struct attndyn_spectrum spectrum;
    struct attndyn_stable_rank_split split;
    double eta;
    double sr_par;       /* NaN where G_par vanishes */
    double par_fraction; /* ||G_par||_F / ||G_0||_F */
    double *G0, *G_par;  /* (m, n) */
    double *work;        /* 4 mn */
};

/* eta = 0: 1/lambda_max. */
enum attndyn_status stable_rank_analyse(struct attndyn_context *ctx,
                                        const struct attndyn_parametric *g, double tolerance,
                                        bool skip_null, double eta,
                                        struct stable_rank_analysis *analysis);
/* sr(G_t) by the spectral closed form. */
enum attndyn_status stable_rank_of_path(struct attndyn_context *ctx,
                                        struct stable_rank_analysis *analysis, double t,
                                        double *sr);

/* Many small instances: the table `survey`. */
enum attndyn_status stable_rank_survey(struct attndyn_context *ctx, const struct params *params,
                                       struct results *results);

extern const struct check *const stable_rank_checks[];

#endif
