/* How many nodes it takes to find C latents: coupon collecting. Derived here. */
#ifndef ATTNDYN_THEORY_NODES_COUPON_H
#define ATTNDYN_THEORY_NODES_COUPON_H

#include <stddef.h>

/* [exact for small starts] An independent node finds argmax_c S_c v_c(0), at the time 1/(3 max S_c
 * v_c(0)), or dies where all are negative. Equal strengths and symmetric starts: each latent alike.
 * P(all C found by K nodes), where a node lives with probability alive: sum_j (-1)^j binom(C, j)
 * (1 - alive j/C)^K. */
double attndyn_coupon_all(size_t C, size_t K, double alive);
/* 1 - 2^-C: some component of a symmetric start is positive. */
double attndyn_coupon_alive(size_t C);
/* Mean number of living nodes until all are found, C H_C. */
double attndyn_coupon_mean(size_t C);
/* The winner of one start v (C): its index, or C where the node dies. */
size_t attndyn_coupon_winner(size_t C, const double *S, const double *v);
/* Its time: 1/(3 max S_c v_c), INFINITY where it dies. */
double attndyn_coupon_time(size_t C, const double *S, const double *v);

#endif
