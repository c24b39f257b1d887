/* Modular addition by one quadratic node, in Fourier space. All exact, derived here; a_k =
 * |w1^_k|^2, b_k = |w2^_k|^2, frequencies k = 1 .. (p-1)/2, p odd. */
#ifndef ATTNDYN_THEORY_RIVALS_FREQUENCIES_H
#define ATTNDYN_THEORY_RIVALS_FREQUENCIES_H

#include <stddef.h>

/* E = (2/p) sum over all k != 0 of a_k b_k = (4/p) sum_k a_k b_k. */
double attndyn_frequency_energy(size_t p, const double *a, const double *b);
/* The logarithmic mean (a - b)/ln(a/b); a for a = b, 0 where one is 0. */
double attndyn_frequency_mean(double a, double b);
/* Frequencies decouple: da/dt = db/dt = 8 a b, a - b constant, and k alone blows up at the time
 * 1/(8 L_k), L_k its logarithmic mean at the start. The winner is argmax_k L_k. */
double attndyn_frequency_time(double a, double b);
/* argmax_k L_k of count frequencies. */
size_t attndyn_frequency_winner(size_t count, const double *a, const double *b);

#endif
