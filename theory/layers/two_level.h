/* The rate at which two layers leave the plateau of tasks that one flat layer cannot learn.
 *
 * Segments of tokens A_i and B_j (probability a/2 each) and G commons ((1-a)/G each), Q values of
 * i and of j. All derived here; [exact]: the top eigenvalue of the linearised flow at the origin.
 */
#ifndef ATTNDYN_THEORY_LAYERS_TWO_LEVEL_H
#define ATTNDYN_THEORY_LAYERS_TWO_LEVEL_H

/* The share of A_i and B_j in a segment's squared norm at the start, q2/(q2 + g2) with q2 = a^2/2,
 * g2 = (1-a)^2/G; 1 for G = 0. */
double attndyn_two_level_share(double G, double a);
/* [exact] Class n is the offset j - i of all its segments:
 * lambda = k sqrt((eta_Y/Q)(eta_zeta + eta_1 c2/2)), k = c2/(2 Q sqrt(c2/Q + 1 - c2)), 2
 * (Q-1)-fold. Two channels: layer 2 attends segments by A_i, layer 1 turns away from that A_i. */
double attndyn_two_level_lambda(double Q, double c2, double eta_y, double eta_zeta, double eta_1);
/* [exact] The induction task (B that stood with the queried A, one row of zeta per query):
 * lambda = sqrt(eta_Y eta_zeta) (c2/2)/(Q^2 sqrt(c2/Q + 1 - c2)). */
double attndyn_induction_lambda(double Q, double c2, double eta_y, double eta_zeta);

#endif
