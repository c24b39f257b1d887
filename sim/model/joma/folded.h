/* JoMA's dynamics folded by its invariant z = (rho/2) sum_k v_k^2 + c: linear activation, constant
 * Delta (M, K), exponential attention. V: (M, K) row-major, rho = eta_z / eta_w.
 *
 *     dV_lk/dt = eta_w Delta_lk E_lk / A
 *   ATTNDYN_JOMA_SHARED    E_lk = exp(rho/2 sum_k V_lk^2 + c_l)       one attention shared by the
 *                          nodes: what the joint flow folds into (JoMA, Theorem 1; derived here)
 *   ATTNDYN_JOMA_PRINTED   E_lk = sum_k exp(rho/2 V_lk^2 + c_l)       GaLore (2403.03507) Eqn 43
 *   ATTNDYN_JOMA_SEPARATE  E_lk = exp(rho/2 V_lk^2 + c_l)             GaLore appendix, Eqn 44
 * A = 1, or A(t) = sum_l x_l exp(z_l) (shared form only), where the softmax correction of
 * Theorem 1 may be subtracted: z_l = rho/2 (sum_k V_lk^2 - bbar_l ||V||_F^2) + c_l.
 *
 * Without a normaliser V blows up in finite time t*. Two clocks:
 *   original   the state is V, the variable t. Exponents beyond `cap` are a recoverable error:
 *              the solver shortens its step, and fails rather than step over t*.
 *   rescaled   ds = sum_l ||Delta_l|| eta_w E_l / A dt, the summed path length of the rows: a
 * smooth maximum (log-sum-exp of the log rates), so the right-hand side is smooth and bounded by 1;
 * the state is (V, t) with dt/ds = exp(-log-sum-exp). Nothing can overflow.
 */
#ifndef ATTNDYN_SIM_MODEL_JOMA_FOLDED_H
#define ATTNDYN_SIM_MODEL_JOMA_FOLDED_H

#include "../../num/ode.h"

enum attndyn_joma_form { ATTNDYN_JOMA_SHARED, ATTNDYN_JOMA_PRINTED, ATTNDYN_JOMA_SEPARATE };
#define ATTNDYN_JOMA_FORMS "shared|printed|separate"

struct attndyn_joma_folded {
    size_t tokens, nodes;   /* M, K */
    const double *delta;    /* (M, K) row-major */
    const double *c;        /* (M) or NULL: 0 */
    const double *weight;   /* x: (M), > 0, or NULL: no normaliser */
    const double *baseline; /* bbar: (M) or NULL: no correction */
    double eta_w, rho;      /* > 0 */
    enum attndyn_joma_form form;
    bool rescaled;
    double stop_at; /* event 0: max_l sqrt(rho) ||V_l|| reaches it */
    double t_end;   /* event 1 (rescaled clock): t reaches it; infinity: never */
    double cap;     /* largest exponent in the original clock; at most 700 */
    double *work;   /* owned by the context */
    double *log_weight;
};

/* Fills the scratch; call it after the fields above are set. Refuses shapes of 0, non-positive
 * rates and weights, Delta without a non-zero entry, and a normaliser with another form. */
enum attndyn_status attndyn_joma_folded_prepare(struct attndyn_context *ctx,
                                                struct attndyn_joma_folded *model);

/* M K, and one more for t in the rescaled clock. */
size_t attndyn_joma_folded_unknowns(const struct attndyn_joma_folded *model);
/* The initial value problem, its Jacobian (dense, and times a vector) and its events; model must
 * outlive it. The events number 1 (original) or 2 (rescaled). */
struct attndyn_ode_problem attndyn_joma_folded_problem(struct attndyn_joma_folded *model);

/* dV/dt in physical time at V: (M, K), row-major out. False where an exponent passes 700. */
bool attndyn_joma_folded_velocity(struct attndyn_joma_folded *model, const double *v,
                                  double *velocity);
/* p_l proportional to exp(z_l), sum 1: the attention, without x. p: (M) out. */
void attndyn_joma_folded_attention(const struct attndyn_joma_folded *model, const double *v,
                                   double *p);
/* max_l sqrt(rho) ||V_l||. */
double attndyn_joma_folded_radius(const struct attndyn_joma_folded *model, const double *v);

#endif
