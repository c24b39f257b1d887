/* The order task: two classes that differ in the order of the same two tokens and in nothing else.
 *
 * Class 1 has token A near and B far, class 2 has B near and A far; the near bucket of positions
 * holds the share pi_near of the context, the far one pi_far = 1 - pi_near (exact also for contexts
 * of two tokens, pi = 1/2). Attention logits p_1, p_2 of the buckets are trained, and the decoder;
 * content logits z stay 0 by symmetry. With X = p_1 - p_2 + ln(pi_near/pi_far) and y the gain of
 * the decoder (both from the flow of position/flow.h, derived here)
 *     logit gap u = y h(X),  h = (e^X - 1)/sqrt(1 + e^(2X)),  delta = 1/(1 + e^u),
 *     dy/dt = eta_y delta h,  dX/dt = 2 eta_p delta y h'(X),  loss = ln(1 + e^(-u)).
 * At X = 0 both bags look the same: the loss is ln 2 and stays there. */
#ifndef ATTNDYN_MODEL_POSITION_ORDER_H
#define ATTNDYN_MODEL_POSITION_ORDER_H

#include "../../num/ode.h"

enum { ATTNDYN_ORDER_Y, ATTNDYN_ORDER_X, ATTNDYN_ORDER_STATES };

struct attndyn_order {
    double eta_y; /* > 0 */
    double eta_p; /* >= 0 */
    double X0;    /* X at the start, where y = 0; |X0| <= 500 */
};

struct attndyn_order_seen {
    double h, slope; /* h(X), h'(X) */
    double gap;      /* u */
    double delta;    /* 1 - alpha_nn */
    double loss;     /* nat */
};

/* X at the start from p_1 - p_2 = eps and the far share pi_far in (0, 1). */
double attndyn_order_X(double eps, double pi_far);
/* ATTNDYN_USAGE outside the ranges above. */
enum attndyn_status attndyn_order_check(struct attndyn_context *ctx,
                                        const struct attndyn_order *model);
void attndyn_order_see(const double *y, struct attndyn_order_seen *seen);
/* In time; one event: the loss falls through ln(2)/2 (g rises, g = |u| - ln(1 + sqrt 2)). */
struct attndyn_ode_problem attndyn_order_problem(const struct attndyn_order *model);
/* Order 8, rtol 1e-13, and an absolute tolerance below the smallest start. */
struct attndyn_ode_options attndyn_order_defaults(const struct attndyn_order *model);
/* The first time at which the loss is ln(2)/2: INFINITY for X0 = 0, which is a saddle.
 * y: (ATTNDYN_ORDER_STATES) or NULL, out: the state there. statistics may be NULL. */
enum attndyn_status attndyn_order_half(struct attndyn_context *ctx,
                                       const struct attndyn_order *model,
                                       const struct attndyn_ode_options *options, double *t_half,
                                       double *y, struct attndyn_ode_statistics *statistics);

#endif
