#include "spectrum.h"

#include "../../num/blas.h"
#include "../../num/linalg.h"

#include <math.h>
#include <string.h>

enum attndyn_status attndyn_spectrum_create(struct attndyn_context *ctx,
                                            const struct attndyn_parametric *g, double tolerance,
                                            bool skip_null, struct attndyn_spectrum *s) {
    const size_t mn = g->m * g->n;
    *s = (struct attndyn_spectrum){.m = g->m, .n = g->n};
    ATTNDYN_ALLOC(ctx, s->lambda, mn);
    ATTNDYN_ALLOC(ctx, s->V, mn * mn);
    double *S;
    ATTNDYN_ALLOC(ctx, S, mn * mn);
    attndyn_parametric_operator(g, S);
    ATTNDYN_TRY(attndyn_eigen_symmetric(ctx, mn, S, s->lambda, s->V));
    attndyn_free(ctx, S);
    s->lambda_max = s->lambda[mn - 1];
    const double near = tolerance * s->lambda_max;
    while (skip_null && s->first + 1 < mn && s->lambda[s->first] <= near) s->first++;
    s->lambda1 = s->lambda[s->first];
    size_t end = s->first + 1;
    while (end < mn && s->lambda[end] - s->lambda1 <= near) end++;
    s->multiplicity = end - s->first;
    s->lambda2 = end < mn ? s->lambda[end] : NAN;
    return ATTNDYN_OK;
}

void attndyn_spectrum_analyse(const struct attndyn_spectrum *s, const double *G, double *work,
                              double *coefficient) {
    const size_t mn = s->m * s->n;
    attndyn_parametric_vec(s->m, s->n, G, work);
    attndyn_gemv(ATTNDYN_PLAIN, mn, mn, 1, s->V, work, 0, coefficient);
}

void attndyn_spectrum_synthesise(const struct attndyn_spectrum *s, const double *coefficient,
                                 double *work, double *G) {
    const size_t mn = s->m * s->n;
    attndyn_gemv(ATTNDYN_TRANSPOSED, mn, mn, 1, s->V, coefficient, 0, work);
    attndyn_parametric_unvec(s->m, s->n, work, G);
}

double attndyn_spectrum_split(const struct attndyn_spectrum *s, const double *G, double *work,
                              double *G_par) {
    const size_t mn = s->m * s->n, end = s->first + s->multiplicity;
    double *coefficient = work + mn, *par = work + 2 * mn;
    attndyn_spectrum_analyse(s, G, work, coefficient);
    memset(par, 0, mn * sizeof *par);
    memcpy(par + s->first, coefficient + s->first, s->multiplicity * sizeof *par);
    attndyn_spectrum_synthesise(s, par, work, G_par);
    return attndyn_norm(mn - end, coefficient + end);
}

void attndyn_spectrum_path(const struct attndyn_spectrum *s, const double *G0, double eta, double t,
                           double *work, double *G) {
    const size_t mn = s->m * s->n;
    double *coefficient = work + mn, *scaled = work + 2 * mn;
    attndyn_spectrum_analyse(s, G0, work, coefficient);
    memset(scaled, 0, mn * sizeof *scaled);
    for (size_t k = s->first; k < mn; k++)
        scaled[k] = coefficient[k] * pow((1 - eta * s->lambda[k]) / (1 - eta * s->lambda1), t);
    attndyn_spectrum_synthesise(s, scaled, work, G);
}
