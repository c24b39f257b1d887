/* Embeddings that learn below a norm, in the smallest symmetric family: how attention freezes.
 *
 * K classes of one query, each with one distinct token, of probability 1 - P, and one common token
 * of all classes, of probability P. The attention's output is normalised as an embedded vector, as
 * networks do it: v_n = U^T c_n, f_n = v_n/|v_n|, logits B f_n; U, B and z are trained (normed.h
 * is the same for any data). From orthonormal embeddings, B = z = 0, the flow keeps the classes
 * alike, so that (derived here)
 *     u_n = A s_n + ubar (s_n the simplex e_n - mean of e, |s_n|^2 = (K-1)/K = 1/kap),
 *     u_c, ubar in one plane orthogonal to it,  z_c = w,  z_n = -w/K,  B_n = beta s_n.
 * In the clock b = (eta_z/eta_b) beta^2/2 the orbit depends neither on eta_b nor on the loss: with
 * h = c_d ubar + c_c u_c (the class vector's mean; c_d, c_c the attention), V = (c_d A)^2/kap +
 * |h|^2 and ratio = eta_u/eta_z,
 *     dA/db    = ratio |h|^2/(A V)            du_c/db = -ratio (K-1) c_c h/V
 *     dubar/db = -ratio c_d h/(kap V)         dw/db   = -(K-1) c_c h.u_c/V.
 * h dies out like e^(-kappa b); at h = 0 the f_n are a simplex and nothing moves any more. */
#ifndef ATTNDYN_MODEL_EMBED_FREEZE_H
#define ATTNDYN_MODEL_EMBED_FREEZE_H

#include "../../num/ode.h"

/* The state. */
enum {
    ATTNDYN_FREEZE_SPREAD, /* A, 1 at the start */
    ATTNDYN_FREEZE_MEAN_0, /* ubar: K^(-1/2), 0 */
    ATTNDYN_FREEZE_MEAN_1,
    ATTNDYN_FREEZE_COMMON_0, /* u_c: 0, 1 */
    ATTNDYN_FREEZE_COMMON_1,
    ATTNDYN_FREEZE_W, /* logit of the common token, 0 */
    ATTNDYN_FREEZE_B, /* the clock b, 0; in time: beta */
    ATTNDYN_FREEZE_STATES
};

struct attndyn_freeze {
    double classes; /* K >= 2 */
    double common;  /* P(common), in (0, 1) */
    double ratio;   /* eta_u/eta_z > 0 */
};

/* What a state means. */
struct attndyn_freeze_seen {
    double c_d, c_c;   /* attention to the distinct token, to the common one */
    double h[2];       /* the mean class vector */
    double class_sum;  /* |h|/(c_d A): what is left of it beside the simplex, 0 when frozen */
    double v2;         /* |v_n|^2 */
    double cosine;     /* f_n.f_k of two classes; -1/(K-1) when frozen */
    double norm2_d;    /* |u_n|^2 of a distinct token */
    double norm2_c;    /* |u_c|^2 */
    double clock_rate; /* d(tau)/db: the rate by which b is stretched below */
};

/* ATTNDYN_USAGE outside the ranges above. */
enum attndyn_status attndyn_freeze_check(struct attndyn_context *ctx,
                                         const struct attndyn_freeze *model);
/* y: (ATTNDYN_FREEZE_STATES), overwritten with the start. */
void attndyn_freeze_start(const struct attndyn_freeze *model, double *y);
void attndyn_freeze_see(const struct attndyn_freeze *model, const double *y,
                        struct attndyn_freeze_seen *seen);

/* The flow in a clock tau in which the fastest relaxation has a rate of order one, whatever the
 * parameters: d(tau) = [ratio (c_d^2/kap + (K-1) c_c^2) + (K-1) c_c^2 |u_c|^2] db/V. Some tens to a
 * few hundred units of it lead to the limit. One event: ln class_sum falls through ln 1e-13.
 * `model` is kept by the problem. */
struct attndyn_ode_problem attndyn_freeze_problem(const struct attndyn_freeze *model);

/* The same in time: here the last entry of the state is beta, with
 *     dbeta/dt = eta_b (delta/(K-1)) c_d A/|v|,   delta = 1 - alpha_nn = (K-1)/(K-1 + e^gap),
 *     gap = beta c_d A/|v|,                       b = eta_z beta^2/(2 eta_b). */
struct attndyn_freeze_timed {
    struct attndyn_freeze model;
    double eta_b, eta_z; /* > 0 */
};
/* No events. `timed` is kept by the problem. */
struct attndyn_ode_problem attndyn_freeze_timed_problem(const struct attndyn_freeze_timed *timed);
/* The loss, ln(1 + (K-1) e^-gap). */
double attndyn_freeze_timed_loss(const struct attndyn_freeze_timed *timed, const double *y);

/* From the start to the event, y: (ATTNDYN_FREEZE_STATES) out: the limit, but for b, which is the
 * clock at the event. What follows the event moves w far less than the solver's errors do: h acts
 * on w along u_c only, where it decays at more than twice kappa. tau and statistics may be NULL. */
enum attndyn_status attndyn_freeze_limit(struct attndyn_context *ctx,
                                         const struct attndyn_freeze *model,
                                         const struct attndyn_ode_options *options, double *y,
                                         double *tau, struct attndyn_ode_statistics *statistics);
/* The options it is meant for: order 8, rtol 1e-13, and an absolute tolerance below all scales. */
struct attndyn_ode_options attndyn_freeze_defaults(void);

#endif
