/* The spectrum of S and the split of a gradient that Lemma 3.3 of GaLore (arXiv 2403.03507) makes:
 * G = G_par + G_perp, G_par in the eigenspace of the smallest eigenvalue lambda1. Here also the
 * exact path of gradient ascent, vec G_t = sum_k (1 - eta lambda_k)^t v_k (v_k . vec G_0).
 */
#ifndef ATTNDYN_MODEL_LOWRANK_SPECTRUM_H
#define ATTNDYN_MODEL_LOWRANK_SPECTRUM_H

#include "parametric.h"

struct attndyn_spectrum {
    size_t m, n;
    double *lambda; /* (mn), ascending */
    double *V;      /* (mn, mn): row k is the eigenvector of lambda[k], in vec() order */
    size_t first;   /* the eigenspace of lambda1 is rows first .. first + multiplicity - 1 */
    size_t multiplicity;
    double lambda1, lambda2, lambda_max; /* lambda2: NaN if there is none above lambda1 */
};

/* Decomposes S of g (matrices owned by ctx). Eigenvalues within tolerance * lambda_max of lambda1
 * count as equal to it. With `skip_null` lambda1 is the smallest eigenvalue above tolerance *
 * lambda_max: the null space of S, in which no gradient lies, is left out. */
enum attndyn_status attndyn_spectrum_create(struct attndyn_context *ctx,
                                            const struct attndyn_parametric *g, double tolerance,
                                            bool skip_null, struct attndyn_spectrum *spectrum);

/* coefficient (mn) = V vec(G). work: mn. */
void attndyn_spectrum_analyse(const struct attndyn_spectrum *spectrum, const double *G,
                              double *work, double *coefficient);
/* G (m, n) from coefficients. work: mn. */
void attndyn_spectrum_synthesise(const struct attndyn_spectrum *spectrum, const double *coefficient,
                                 double *work, double *G);
/* G_par (m, n) of G; returns ||G_perp||_F, null space left out. work: 3 mn. */
double attndyn_spectrum_split(const struct attndyn_spectrum *spectrum, const double *G,
                              double *work, double *G_par);
/* G_t / (1 - eta lambda1)^t (m, n) after t steps of size eta from G_0 by the closed form. The
 * rescaling keeps it from underflow; it needs eta lambda1 < 1. work: 3 mn. */
void attndyn_spectrum_path(const struct attndyn_spectrum *spectrum, const double *G0, double eta,
                           double t, double *work, double *G);

#endif
