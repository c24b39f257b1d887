/* Theorem 4 of Scan&Snap (arXiv 2305.16380v4): how the gain B_n grows in the population flow.
 *
 * None of the forms below is the paper's own model, Eq. 10 with beta = E', for which theorem_4.h
 * has D/(4 (N D + 1)): they are of the flow, and of a decoder that follows it at once (reduced.h).
 * Symmetric family, zero start. rho = (eta_Z/eta_Y) K/(K-1); sigma: internal time, ~ ln t late. */
#ifndef ATTNDYN_THEORY_SCANSNAP_GROWTH_H
#define ATTNDYN_THEORY_SCANSNAP_GROWTH_H

/* Exact early law B = (s0/2) eta_Y eta_Z t^2 (K-1)/(V K^2) (1 + O(eta_Y t/K)) (derived here). */
double attndyn_growth_early(double K, double V, double s0, double eta_y, double eta_z, double t);

/* dB/d ln sigma late (derived here). Coupled flow, whose decoder remembers the direction of f:
 * G D/(N D + G). Quasi-static decoder with one most probable token: G/(N + G) (with D equal ones
 * the coupled value). B ~ (prefactor/2) ln(const + const rho ln^2 t). */
double attndyn_growth_prefactor_coupled(double D, double G, double N);
double attndyn_growth_prefactor_qsd(double G, double N);

/* Eq. 131 has B = (1/4) ln(C_0 + 2 K (eta_Z/eta_Y) ln^2(M eta_Y t/K)), C_0 = rho_0^4/K; this
 * function is the argument of the logarithm without C_0. (The talk's slide has 1 for the 1/4.) */
double attndyn_growth_printed_argument(double K, double M, double eta_y, double eta_z, double t);

/* Quasi-static decoder with D = G = N = 1 in closed form (derived here): R = q^2/p^2, z = z_1 =
 * -w_1, theta = rho sigma^2/2. */
double attndyn_growth_theta(double z, double R);
double attndyn_growth_B(double z, double R);
/* z(theta) by root finding, theta >= 0. */
double attndyn_growth_z(double theta, double R);
/* Late: exp(4 B) -> slope * rho sigma^2 with slope 2 R e^R; R = 1: 2 e. */
double attndyn_growth_late_slope(double R);

#endif
