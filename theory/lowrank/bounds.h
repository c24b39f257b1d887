/* The bounds of GaLore's Lemma 3.3 and Theorem 3.8 (arXiv 2403.03507), as printed and as they
 * hold. All norms are numbers that the caller has measured; nothing here knows a matrix.
 *
 * Lemma 3.3. G_t = (1/N) sum_i (A_i - B_i W_t C_i), constant A, B, C with B, C positive
 * semidefinite, W_{t+1} = W_t + eta G_t, so that vec G_{t+1} = (I - eta S) vec G_t with
 * S = (1/N) sum_i C_i kron B_i. lambda1 < lambda2 are the two smallest distinct eigenvalues of S,
 * G_par the projection of G_0 on the eigenspace of lambda1, G_perp the rest, and
 * q = (1 - eta lambda2) / (1 - eta lambda1).
 *
 * Theorem 3.8. R = P^T G Q with fixed orthonormal P, Q and W <- W + eta P R Q^T;
 * kappa = (1/N) sum_i lambda_min(P^T B_i P) lambda_min(Q^T C_i Q).
 */
#ifndef ATTNDYN_THEORY_LOWRANK_BOUNDS_H
#define ATTNDYN_THEORY_LOWRANK_BOUNDS_H

/* What both forms of Lemma 3.3 need to know of the split of G_0. */
struct attndyn_stable_rank_split {
    double par_frobenius;  /* ||G_par||_F */
    double par_spectral;   /* ||G_par||_2 > 0 */
    double perp_frobenius; /* ||G_perp||_F */
    double q;              /* in [0, 1) */
};

/* q; eta <= 2 / (lambda2 + lambda_max) is needed for it to bound every other mode (derived
 * here; the lemma does not say so). */
double attndyn_stable_rank_decay(double eta, double lambda1, double lambda2);
double attndyn_stable_rank_step_limit(double lambda2, double lambda_max);

/* As printed: sr(G_par) + q^{2s} ||G_perp||_F^2 / ||G_par||_2^2. */
double attndyn_stable_rank_bound_printed(const struct attndyn_stable_rank_split *split, double s);
/* As it holds (derived here): (||G_par||_F^2 + q^{2s} ||G_perp||_F^2) / (||G_par||_2 - q^s
 * ||G_perp||_F)^2 while the bracket is positive, infinity before. */
double attndyn_stable_rank_bound(const struct attndyn_stable_rank_split *split, double s);
/* From below (derived here): ||G_par||_F^2 / (||G_par||_2 + q^s ||G_perp||_F)^2. */
double attndyn_stable_rank_bound_below(const struct attndyn_stable_rank_split *split, double s);

/* A 2 x 2 instance in which the printed bound fails (derived here). With P+- = [[1, +-1],
 * [+-1, 1]]/2 and E0 = diag(1,0), E1 = diag(0,1), N = 6:
 * (C_i, B_i)/6 = (0.2 P+, P-), (0.2 P-, P+), (0.85 E0, E0), (1.3 E0, E1), (1.3 E1, E0),
 * (1.0 E1, E1), A_i = diag(1.8, 1.4), W_0 = 0. On diagonal matrices S acts as
 * [[0.95, -0.1], [-0.1, 1.1]]: lambda1 = 0.9 along diag(2, 1), lambda2 = 1.15 along diag(1, -2).
 * The closed form: G_t proportional to diag(2 - 0.2 x, 1 + 0.4 x), x = q^t. */
double attndyn_stable_rank_counterexample(double eta, double t);
/* Its split, for the two bounds. */
struct attndyn_stable_rank_split attndyn_stable_rank_counterexample_split(double eta);

/* 1 - eta kappa, the factor of Theorem 3.8 for constant A, B, C; and the largest eta for which it
 * holds, 2 / (kappa + lambda_max(Shat)) (derived here; the theorem does not say so). */
double attndyn_projection_rate(double eta, double kappa);
double attndyn_projection_step_limit(double kappa, double lambda_max);

/* A, B, C that move with W: Lipschitz constants (averages over i), ||W||_F <= D. */
struct attndyn_projection_variation {
    double lipschitz_a, lipschitz_b, lipschitz_c;
    double d;     /* D: bound of ||W||_F along the path */
    double b_max; /* sup ||B_i||_2 */
    double c_max; /* sup ||C_i||_2 */
};
/* As printed: 1 - eta (kappa - L_A - L_B L_C D^2). */
double attndyn_projection_rate_printed(double eta, double kappa,
                                       const struct attndyn_projection_variation *v);
/* As it holds (derived here): 1 - eta (kappa - L_A - D (L_B c_max + L_C b_max)). */
double attndyn_projection_rate_varying(double eta, double kappa,
                                       const struct attndyn_projection_variation *v);

#endif
