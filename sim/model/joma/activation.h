/* Activations phi of the hidden nodes, with first and second derivative.
 *
 *   linear y | relu max(y,0) | leaky-relu max(y,0) + slope min(y,0) | step 1[y>0] | quadratic y^2/2
 *   cubic y^3/3 | erf erf(y) | tanh | gelu y Phi(y), the exact one | silu y/(1+e^-y)
 *
 * At their kink relu, leaky-relu and step take the left value and the left derivative. The
 * derivatives of relu, leaky-relu and step are pointwise: the Dirac masses at 0 are not in them.
 */
#ifndef ATTNDYN_MODEL_JOMA_ACTIVATION_H
#define ATTNDYN_MODEL_JOMA_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

enum attndyn_activation_kind {
    ATTNDYN_ACTIVATION_LINEAR,
    ATTNDYN_ACTIVATION_RELU,
    ATTNDYN_ACTIVATION_LEAKY_RELU,
    ATTNDYN_ACTIVATION_STEP,
    ATTNDYN_ACTIVATION_QUADRATIC,
    ATTNDYN_ACTIVATION_CUBIC,
    ATTNDYN_ACTIVATION_ERF,
    ATTNDYN_ACTIVATION_TANH,
    ATTNDYN_ACTIVATION_GELU,
    ATTNDYN_ACTIVATION_SILU
};
/* The choices of a parameter, in the order of the enum. */
#define ATTNDYN_ACTIVATIONS "linear|relu|leaky-relu|step|quadratic|cubic|erf|tanh|gelu|silu"

struct attndyn_activation {
    enum attndyn_activation_kind kind;
    double slope; /* leaky-relu's slope for y < 0 */
};

double attndyn_activation_value(struct attndyn_activation a, double y);
double attndyn_activation_first(struct attndyn_activation a, double y);  /* phi' */
double attndyn_activation_second(struct attndyn_activation a, double y); /* phi'' */

/* All at once for y (n): h = phi(y), d1 = phi'(y), d2 = phi''(y); d1 and d2 may be NULL. No output
 * may overlap y. */
void attndyn_activation_apply(struct attndyn_activation a, size_t n, const double *restrict y,
                              double *restrict h, double *restrict d1, double *restrict d2);

/* phi'(y) alone, for Monte Carlo: d1 (n), which may not overlap y. Within a few ulp of
 * attndyn_activation_first, except that values below exp(-700) become 0. */
void attndyn_activation_slopes(struct attndyn_activation a, size_t n, const double *restrict y,
                               double *restrict d1);

/* phi' jumps (relu, leaky-relu, step): flows with reactive gradients slide along the kinks. */
bool attndyn_activation_kinked(enum attndyn_activation_kind kind);
/* By name; false if there is none. */
bool attndyn_activation_named(const char *name, enum attndyn_activation_kind *kind);
const char *attndyn_activation_name(enum attndyn_activation_kind kind);

#endif
