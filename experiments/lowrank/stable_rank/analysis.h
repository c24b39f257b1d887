/* Lemma 3.3's quantities of one instance. */
#ifndef LOWRANK_STABLE_RANK_ANALYSIS_H
#define LOWRANK_STABLE_RANK_ANALYSIS_H

#include "sim/model/lowrank/spectrum.h"
#include "theory/lowrank/bounds.h"

/* Matrices owned by ctx. */
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
/* The largest excesses of sr(G_t) over the bound as printed and as it holds, at the given times. */
enum attndyn_status stable_rank_excess(struct attndyn_context *ctx,
                                       struct stable_rank_analysis *analysis, size_t count,
                                       const double *times, double *printed, double *holds);

#endif
