/* Scan&Snap's flow on the symmetric family, reduced exactly to one class.
 *
 * With K classes alike (struct attndyn_symmetric_family), Y(0) = Z(0) = 0 and P(n) = 1/K, the full
 * flow of Y and Z (arXiv 2305.16380, section 3) keeps all classes alike. One class is described by
 *     a (D)  its distinct rows of Y in its own column,       z (D)  attention logits of its
 * distinct b (D)  the same rows in another class's column,        w (G)  attention logits of the
 * commons e (G)  the common rows of Y in the K real columns (V = K: b = -a/(K-1), e = 0, neither is
 * carried). The reduction is derived here.
 *
 * Internal time: d sigma = (eta_Y/K) delta dt, delta = 1 - alpha_nn. All rates below are per sigma;
 * in the clock t they are multiplied by (eta_Y/K) delta. So both clocks share one set of equations.
 * In the clock sigma physical time is carried as tau = log1p(eta_Y t/K), which no horizon
 * overflows.
 *
 * Models: COUPLED (eta_z = 0 makes it the frozen attention, "frozen decoder gap"), and QSD, the
 * quasi-static decoder a = sigma f (V = K), which is derived here from the flow as it is. It is not
 * the paper's Eq. 10, whose beta_nn' is E'_nn' ~ s and whose xi then goes as s^2 (equation_10.h):
 * here beta is 1/(K-1) for all pairs and xi goes as s. Theorem 3 takes no notice of beta and is
 * exact in both; Theorem 4's prefactors differ.
 *
 * A model object has scratch space: one per thread.
 */
#ifndef ATTNDYN_MODEL_SCANSNAP_REDUCED_H
#define ATTNDYN_MODEL_SCANSNAP_REDUCED_H

#include "../../data/distribution.h"
#include "../../num/ode.h"

enum attndyn_reduced_kind { ATTNDYN_REDUCED_COUPLED, ATTNDYN_REDUCED_QSD };
enum attndyn_reduced_clock { ATTNDYN_REDUCED_T, ATTNDYN_REDUCED_SIGMA };

struct attndyn_reduced_options {
    enum attndyn_reduced_kind kind;
    enum attndyn_reduced_clock clock;
    double eta_y, eta_z; /* eta_y > 0, eta_z >= 0 (0: the attention is frozen) */
    /* The reading in which z_m moves at rate eta_Z per visit of the class: P(n) left out of dz/dt,
     * eta_Z -> K eta_Z. Default: the gradient flow. */
    bool visit_rate;
};

struct attndyn_reduced {
    struct attndyn_reduced_options options;
    size_t K, N, V, D, G;
    const double *p, *q; /* (D), (G); the family's */
    double lambda;       /* eta_Z/eta_Y, times K with visit_rate */
    double rho;          /* lambda K/(K-1): the only rate of the attention path in sigma */

    /* The state y: n numbers, parts at these offsets. Absent parts (b, e where V = K; a where the
     * decoder is slaved) have length 0. */
    size_t n;
    size_t at_a, length_a; /* D, or 0 for QSD */
    size_t at_b, length_b; /* D, or 0 */
    size_t at_e, length_e; /* G, or 0 */
    size_t at_z, at_w;     /* D, G */
    size_t at_B;           /* 1: dB/dt = eta_Z xi, the gain */
    size_t at_time;        /* 1: sigma in the clock t; tau = log1p(eta_Y t/K) in the clock sigma */

    double *work;                       /* scratch of the right-hand side */
    struct attndyn_ode_problem problem; /* rhs, Jacobian and J v for attndyn_ode_solve; no events */
};

/* The model lives in ctx and keeps pointers to the family's p and q. ATTNDYN_USAGE: K < 2, V < K, D
 * = 0, QSD with V > K, rates that are not finite or negative. */
enum attndyn_status attndyn_reduced_create(struct attndyn_context *ctx,
                                           const struct attndyn_symmetric_family *family,
                                           const struct attndyn_reduced_options *options,
                                           struct attndyn_reduced **model);

/* What can be seen at one instant. x is the clock's time (t or sigma), y: (n). */
struct attndyn_reduced_seen {
    double t, ln_t;         /* t overflows to inf beyond 1e308 in the clock sigma, ln_t does not */
    double sigma;           /* internal time */
    double scaled_time;     /* eta_Y t/K */
    double rho_sigma2;      /* rho sigma^2: what decides how far theorem 3 holds */
    double s;               /* sum_g g_g^2: share of the commons in f */
    double q;               /* sum_j f_j^2 = 1 - s, but with all its digits */
    double h;               /* own logit's distinct part, sum_j a_j f_j */
    double u;               /* own logit minus another real class's logit */
    double gap;             /* own logit minus ln sum of exp of the wrong ones: logit of alpha_nn */
    double delta;           /* 1 - alpha_nn = 1/(1 + e^gap) */
    double loss;            /* -ln alpha_nn */
    double gamma;           /* f . Y (e_n - alpha_n): the force */
    double xi;              /* sum_j dz_j/dt / (eta_Z sum_j f_j^2) over the distinct tokens */
    double xi_min, xi_max;  /* of xi_j = dz_j/dt / (eta_Z f_j^2) over the distinct tokens */
    double B;               /* the gain, dB/dt = eta_Z xi */
    double B_slope;         /* dB/d ln t */
    double B_sigma_slope;   /* dB/d ln sigma */
    double entropy_support; /* of c_n over its whole support, natural logarithm */
    double entropy_distinct; /* of c_n over the class's distinct tokens, renormalised */
    double common_mass;      /* sum of c_n over the commons */
    double chi_max;          /* chi = exp(2 z) of the most probable distinct token */
};
void attndyn_reduced_see(const struct attndyn_reduced *model, double x, const double *y,
                         struct attndyn_reduced_seen *seen);

/* f: (D), g: (G): the normalised attention-weighted context vector, distinct and common part. */
void attndyn_reduced_f(const struct attndyn_reduced *model, const double *y, double *f, double *g);
/* a: (D), for QSD sigma f. */
void attndyn_reduced_a(const struct attndyn_reduced *model, double x, const double *y, double *a);
/* xi_j = dz_j/dt / (eta_Z f_j^2): (D). Theorem 3 assumes that they are all alike. */
void attndyn_reduced_xi(const struct attndyn_reduced *model, double x, const double *y, double *xi);
/* I_j = (1 - exp(-2 z_j))/p_j^2: (D), alike for all j iff xi was (theorem 3 in closed form). */
void attndyn_reduced_I(const struct attndyn_reduced *model, const double *y, double *I);
/* J_g = (exp(-2 w_g) - 1)/q_g^2: (G), alike for all g at every t where V = K (derived here). */
void attndyn_reduced_J(const struct attndyn_reduced *model, const double *y, double *J);
/* (largest - smallest)/mean of positive x: (count); 0 for a single one. */
double attndyn_reduced_spread(const double *x, size_t count);

/* The three events by which a transition can be located: roots, falling at a maximum.
 * g[0]: d gamma/d sigma   (falls at the peak of the force)
 * g[1]: gap               (rises at alpha_nn = 1/2)
 * g[2]: d ln(dB/d ln t)/d sigma   (falls where the gain grows fastest in ln t; needs eta_z > 0) */
enum {
    ATTNDYN_REDUCED_PEAK,
    ATTNDYN_REDUCED_HALF,
    ATTNDYN_REDUCED_FASTEST,
    ATTNDYN_REDUCED_EVENTS
};
/* An event callback for attndyn_ode_problem (user = model). */
int attndyn_reduced_event(double x, const double *y, double *g, void *model);

#endif
