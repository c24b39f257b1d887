/* JoMA's joint dynamics of one MLP layer and the attention below it, in reduced variables.
 *
 * Tian, Wang, Zhang, Chen and Du, "JoMA: Demystifying Multilayer Transformers via JOint Dynamics of
 * MLP and Attention" (arXiv 2310.00535), section 3. Letters: M tokens, K hidden nodes, N samples, Q
 * queries. Sample i has weight p_i (sum 1), counts x_i in R^M, x_i >= 0, and a query m(i):
 *
 *   b_i = x_i o z/A_i | x_i o exp(z/T)/A_i | x_i o exp(z/T)/sum      (linear | exp | softmax)
 *   f_i = U_C b_i + u_m,  y_ki = w_k.f_i = v_k.b_i + xi_mk,  h_ki = phi(y_ki),  g_ki = -dloss/dh_ki
 *
 * with v_k = U_C^T w_k, xi_mk = u_m^T w_k and [U_C, u] orthonormal, so that U never needs to be
 * formed: the flow closes on (V, xi, z). With q_ki = p_i g_ki phi'(y_ki), s_i = V q_i:
 *
 *   dV/dt = eta_w sum_i b_i q_i^T,  dxi_m/dt = eta_w sum_{i in m} q_i,
 *   dz_m/dt = eta_z sum_{i in m} (db_i/dz)^T s_i                                     (derived here)
 *
 * A state is one array: V (M, K) row-major | xi (Q, K) | z (Q, M). One step of gradient descent
 * with rate lr moves it by lr times the right-hand side.
 */
#ifndef ATTNDYN_MODEL_JOMA_JOINT_H
#define ATTNDYN_MODEL_JOMA_JOINT_H

#include "../../base/context.h"
#include "activation.h"

enum attndyn_joma_attention { ATTNDYN_JOMA_LINEAR, ATTNDYN_JOMA_EXP, ATTNDYN_JOMA_SOFTMAX };
#define ATTNDYN_JOMA_ATTENTIONS "linear|exp|softmax"

/* mse: sum_i p_i |y_i - h_i|^2/2; ce: -sum_i p_i ln softmax(h_i)[label_i]; fixed: -sum_i p_i
 * g_i.h_i with given g. */
enum attndyn_joma_loss { ATTNDYN_JOMA_MSE, ATTNDYN_JOMA_CE, ATTNDYN_JOMA_FIXED };
#define ATTNDYN_JOMA_LOSSES "mse|ce|fixed"
const char *attndyn_joma_attention_name(enum attndyn_joma_attention attention);
const char *attndyn_joma_loss_name(enum attndyn_joma_loss loss);

struct attndyn_joma {
    size_t tokens, hidden, samples, queries; /* M, K, N, Q */
    enum attndyn_joma_attention attention;
    double temperature; /* T > 0; linear attention has none: 1 */
    struct attndyn_activation activation;
    enum attndyn_joma_loss loss;
    double eta_w, eta_z;
    /* Not owned: */
    const double *x;          /* (N, M): the counts of one sample side by side */
    const double *p;          /* (N) */
    const double *target;     /* (N, K): y of mse, g of fixed; NULL for ce */
    const size_t *label;      /* (N): 0..K-1 for ce; NULL otherwise */
    const size_t *query;      /* (N): 0..Q-1; NULL: all 0 */
    const double *normaliser; /* (N): A_i > 0 of linear and exp; NULL: 1 */
};

/* Scratch of one thread; what the last gradient call left in it may be read. */
struct attndyn_joma_work {
    const struct attndyn_joma *model;
    double *b;        /* (N, M): the attention of the samples asked for, in their order */
    double *y, *h;    /* (N, K) */
    double *q;        /* (N, K): weight g phi' */
    double *s;        /* (N, M): V q_i */
    double *power;    /* (N): b_i.s_i, so that d(sum_k |v_k|^2/2)/dt = eta_w sum_i power_i */
    double *gradient; /* (size): of minus the loss, without eta; for steps and Jacobians */
    double *d1, *d2;  /* (N, K): phi', phi'' */
    double *vt;       /* (K, M): V transposed */
    double *e;        /* (Q, M): exp(z/T), softmax: of z less its maximum */
    double *tangent;  /* (6 M + 6 K): of one sample, for Jacobians */
};

/* Checks shapes, weights and labels; ATTNDYN_USAGE names what is wrong. */
enum attndyn_status attndyn_joma_validate(struct attndyn_context *ctx,
                                          const struct attndyn_joma *model);
enum attndyn_status attndyn_joma_work_create(struct attndyn_context *ctx,
                                             const struct attndyn_joma *model,
                                             struct attndyn_joma_work **work);

/* Length of a state, M K + Q K + Q M, and where xi and z begin in it. */
size_t attndyn_joma_size(const struct attndyn_joma *model);
size_t attndyn_joma_xi_offset(const struct attndyn_joma *model);
size_t attndyn_joma_z_offset(const struct attndyn_joma *model);

/* The gradient of minus the loss, without eta, on samples sample[0..count) with weights (NULL,
 * NULL: all with p), samples may repeat; gradient: (size), must not overlap state. */
void attndyn_joma_gradient(struct attndyn_joma_work *work, const size_t *sample,
                           const double *weight, size_t count, const double *state,
                           double *gradient);
/* The loss of all samples; overwrites the scratch. */
double attndyn_joma_loss(struct attndyn_joma_work *work, const double *state);
/* The attention of all samples, left in work->b. */
void attndyn_joma_attend(struct attndyn_joma_work *work, const double *state);
/* One step of gradient descent, in place; the gradient that it used stays in work->gradient. */
void attndyn_joma_step(struct attndyn_joma_work *work, const size_t *sample, const double *weight,
                       size_t count, double rate, double *state);

/* The flow, as callbacks of sim/num/ode.h with user = work. Non-finite values: recoverable. */
int attndyn_joma_rhs(double t, const double *state, double *rate, void *work);
int attndyn_joma_jacobian_times(double t, const double *state, const double *v, double *jv,
                                void *work);
int attndyn_joma_jacobian(double t, const double *state, double *j, void *work);

/* Of the last gradient call on all samples: what stands behind softmax attention's correction,
 *   second_l = sum_i b_il power_i = sum_k E[g_k h'_k b b^T] v_k,  mean_l = sum_i p_i b_il,
 * and the sum of power. (M), (M); either may be NULL. */
double attndyn_joma_second_term(const struct attndyn_joma_work *work, double *second, double *mean);
/* Callback for 2 M quadratures behind the flow: int eta_w mean_l sum(power) dt (the second term of
 * Theorem 1 with a moving mean attention), int eta_w second_l dt (the exact one). */
int attndyn_joma_softmax_quadrature(double t, const double *state, double *rate, void *work);

#endif
