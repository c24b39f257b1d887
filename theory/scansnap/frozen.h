/* The decoder's clock when the attention does not move (eta_Z = 0): closed form and landmarks.
 *
 * The gap u between the right logit and a wrong one obeys du/dt = c/(V - 1 + e^u), so
 *     (V - 1) u + e^u - 1 = c t                                              (derived here)
 * V: the number of decoder outputs, if all wrong logits are equal. They are in two cases:
 *     V = K (decoder over the next tokens): c = eta_Y q, q = sum of f^2 over the distinct tokens;
 *     V > K and no commons (orthogonal f):  c = eta_Y V/K.
 * With V > K and commons the wrong logits differ and no such form holds. */
#ifndef ATTNDYN_THEORY_SCANSNAP_FROZEN_H
#define ATTNDYN_THEORY_SCANSNAP_FROZEN_H

/* c above; NaN where there is no closed form: V > K, with commons. q is 1 - s, s the share of the
 * commons, but passed by itself because 1 - s loses its digits for many commons. q = 1 means that
 * there are none. */
double attndyn_frozen_rate(double K, double V, double eta_y, double q);
/* u(c t), V > 1, ct >= 0 up to the largest double; relative error of a few 1e-16. */
double attndyn_frozen_gap(double V, double ct);
/* u from ln(c t), for times beyond any double. */
double attndyn_frozen_gap_at_ln(double V, double ln_ct);

/* All times are c t: divide by attndyn_frozen_rate. */
struct attndyn_frozen_landmarks {
    double ct_half;         /* alpha_nn = 1/2: u = ln(V - 1) */
    double u_peak, ct_peak; /* gamma = delta u is largest */
    double u_end, ct_end;   /* e^u = (V - 1) u: from here u ~ ln(c t); NaN for V - 1 < e */
};
struct attndyn_frozen_landmarks attndyn_frozen_landmarks(double V);
/* The relative shift of the half point's time by a slow attention, to first order in rho =
 * (eta_Z/eta_Y) K/(K-1), V = K > 2 (derived here): with kappa = K/(K-1), L = ln(K-1),
 *     -2 (q_1/q) rho/(kappa q)^2 [L^3/3 + L^2 - 2 L + 2 - 2/(K-1)]/[L + 1 - 1/(K-1)],
 * q_1 = s^2 sum_j f_j^4 + N q^2 sum_g f_g^4 over a class's distinct tokens j and the commons g. */
double attndyn_frozen_half_shift(double K, double rho, double q, double q_1);

/* The transition time as printed, t0 = 2 K ln(M)/eta_Y (Scan&Snap, theorem 4: "O(2 K ln M/eta_Y)").
 * With M = V it is the leading order of ct_end for orthogonal f (derived here). */
double attndyn_transition_printed(double K, double M, double eta_y);

#endif
