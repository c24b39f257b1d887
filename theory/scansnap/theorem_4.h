/* Theorem 4 of Scan&Snap (arXiv 2305.16380v4), section 6 and appendix F, in its own setting: one
 * query for all K classes, one common token, the relations of Eq. 13. Times are x = eta_Y t/K; nu =
 * eta_Y/eta_Z; u = M h with e^u + (M-1) u = M x + 1 (Eq. 45).
 */
#ifndef ATTNDYN_THEORY_SCANSNAP_THEOREM_4_H
#define ATTNDYN_THEORY_SCANSNAP_THEOREM_4_H

/* Gamma = eta_Z int_0^t gamma = K (M-1)^2 h^2/(2 nu) (Eq. 128). */
double attndyn_theorem_4_Gamma(double K, double M, double nu, double x);
/* B as printed, (1/4) ln(C_0 + 4 Gamma) (Eq. 124), and from B(0) = 0, less (1/4) ln C_0. */
double attndyn_theorem_4_printed(double C_0, double Gamma);
double attndyn_theorem_4_from_zero(double C_0, double Gamma);
/* Late forms, as printed: Eq. 131 (h -> ln(M x)/M) and Eq. 132 (its C_0 neglected). */
double attndyn_theorem_4_late(double K, double M, double nu, double C_0, double x);
double attndyn_theorem_4_later(double K, double M, double nu, double x);
/* The u at which B, at fixed t and eta_Z, is largest over eta_Y: e^u (u - 2) = (M-1) u - 2, and the
 * x there (derived here). M > 8. */
double attndyn_theorem_4_best(double M, double *x);

/* dB/d ln Gamma late under Eq. 10 with beta = E' (derived here), D like distinct tokens, G like
 * commons, N classes a query: G D/(4 (N D + G)). Theorem 4 has 1/4. */
double attndyn_theorem_4_prefactor(double D, double G, double N);

#endif
