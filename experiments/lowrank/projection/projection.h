/* GaLore's Theorem 3.8: convergence under fixed projections, its step size, its correction term.
 * What a user sets and what a run emits; projection.c computes, claims.c judges. */
#ifndef LOWRANK_PROJECTION_PROJECTION_H
#define LOWRANK_PROJECTION_PROJECTION_H

#include "experiments/lowrank/shared/instance.h"

#define PROJECTION(X)                                                                              \
    X(INT, m, "8", "rows of W", IN(1, 500))                                                        \
    X(INT, n, "10", "columns of W", IN(1, 500))                                                    \
    X(INT, N, "6", "samples N", IN(1, 100000))                                                     \
    X(INT, r, "3", "rank r of the projections", IN(1, 40))                                         \
    X(INT, seed, "1", "seed of the first instance")                                                \
    X(INT, seeds, "5", "instances: seed, seed + 1, ...", IN(1, 10000))                             \
    RANDOM_STREAM(X)                                                                               \
    X(INT, t_end, "3000", "steps of projected ascent", IN(1, 10000000), .unit = "steps")           \
    X(INT, decay_steps, "60", "length of the table decay", IN(1, 1000000), .unit = "steps")        \
    X(REAL, alpha, "0.02", "alpha, how far A(W) moves", IN(0, 10))                                 \
    X(REAL, beta, "2e-4", "beta, how far B(W) moves", IN(0, 0.9))                                  \
    X(REAL, gamma, "2e-4", "gamma, how far C(W) moves", IN(0, 0.9))                                \
    X(INT, varying_steps, "200", "steps with A, B, C moving", IN(1, 1000000), .unit = "steps")     \
    X(REAL, scalar_A, "0.75", "scalar example: A", IN(-100, 100))                                  \
    X(REAL, scalar_beta, "-0.25", "scalar example: B = 1 + beta W", IN(-10, 10))                   \
    X(REAL, scalar_W0, "0.5", "scalar example: W_0", IN(-100, 100))                                \
    X(REAL, scalar_eta, "0.01", "scalar example: step size", IN(1e-9, 1))                          \
    X(INT, scalar_steps, "400", "scalar example: steps", IN(1, 1000000), .unit = "steps")
PARAMS(projection, PROJECTION)

#define INSTANCES(X)                                                                               \
    X(INT, seed, "seed of the instance")                                                           \
    X(REAL, norm_G, "||G_0||_F")                                                                   \
    X(REAL, norm_R, "||R_0||_F")                                                                   \
    X(REAL, kappa, "kappa = (1/N) sum_i lambda_min(P^T B_i P) lambda_min(Q^T C_i Q)")              \
    X(REAL, lambda_min, "smallest eigenvalue of S^")                                               \
    X(REAL, lambda_max, "largest eigenvalue of S^")                                                \
    X(REAL, norm_stall, "||G||_F at t_end, after ascent with eta = 1/lambda_max")                  \
    X(REAL, norm_solved, "||G||_F where R = 0, by solving S^ vec Y = vec R_0")                     \
    X(REAL, norm_R_end, "||R||_F at t_end, over ||R_0||_F")                                        \
    X(REAL, recursion, "largest ||R_t - (I - eta S^) R_{t-1}|| / ||R_0||")
TABLE(instances, INSTANCES, "constant A, B, C: the instances")

#define RATES(X)                                                                                   \
    X(INT, seed, "seed of the instance")                                                           \
    X(TEXT, step, "which step size")                                                               \
    X(REAL, eta, "step size eta")                                                                  \
    X(REAL, rate, "the theorem's rate, 1 - eta kappa")                                             \
    X(REAL, worst_ratio, "largest ||R_t|| / ||R_{t-1}||")                                          \
    X(REAL, excess, "worst_ratio less rate: above 0 the rate is passed")                           \
    X(REAL, settling, "change of ||R_t|| / ||R_{t-1}|| in the last step")
TABLE(rates, RATES, "the rate at three step sizes")

#define DECAY(X)                                                                                   \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(OPTIONAL, at_1, "log10 ||R_t||/||R_0||, eta = 1/lambda_max")                                 \
    X(REAL, bound_1, "the theorem's bound of at_1, t log10(1 - eta kappa)")                        \
    X(OPTIONAL, at_2, "log10 ||R_t||/||R_0||, eta = 2/(kappa + lambda_max)")                       \
    X(REAL, bound_2, "the theorem's bound of at_2, t log10(1 - eta kappa)")                        \
    X(OPTIONAL, at_3, "log10 ||R_t||/||R_0||, eta = 1.99/lambda_max")                              \
    X(REAL, bound_3, "the theorem's bound of at_3, t log10(1 - eta kappa)")
TABLE(decay, DECAY, "||R_t|| of the first instance and its bounds")

#define EXAMPLE(X)                                                                                 \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(REAL, W, "W_t")                                                                              \
    X(REAL, ratio, "|R_t| / |R_{t-1}|")                                                            \
    X(REAL, printed, "printed rate, 1 - eta (kappa - L_A - L_B L_C D^2)")                          \
    X(REAL, holds, "rate that holds, 1 - eta (kappa - L_A - D (L_B c_max + L_C b_max))")
TABLE_AS(example, "scalar", EXAMPLE, "G = A - (1 + beta W) W: the printed correction fails")

#define VARYING(X)                                                                                 \
    X(INT, seed, "seed of the instance")                                                           \
    X(REAL, eta, "step size eta")                                                                  \
    X(REAL, D, "D, the largest ||W_t||_F")                                                         \
    X(REAL, worst_ratio, "largest ||R_t|| / ||R_{t-1}||")                                          \
    X(REAL, excess_printed, "largest ||R_t|| / ||R_{t-1}|| less the printed rate")                 \
    X(REAL, excess, "largest ||R_t|| / ||R_{t-1}|| less the rate that holds")
TABLE(varying, VARYING, "instances whose A(W), B(W), C(W) move")

#define SUMMARY(X)                                                                                 \
    X(REAL, kappa, "kappa of the first instance")                                                  \
    X(REAL, lambda_min, "smallest eigenvalue of S^, first instance")                               \
    X(REAL, lambda_max, "largest eigenvalue of S^, first instance")                                \
    X(REAL, norm_stall, "||G||_F where R = 0, first instance")                                     \
    X(REAL, scalar_excess, "scalar example: largest |R_t| / |R_{t-1}| less the printed rate")
SCALARS(summary, SUMMARY)

/* The step sizes of `rates`: 1/lambda_max, the largest that keeps the rate, one above it. */
enum step { STEP_PLAIN, STEP_LIMIT, STEP_ABOVE, STEPS };
static const char *const step_names[STEPS] UNUSED = {"1/lambda_max", "2/(kappa+lambda_max)",
                                                     "1.99/lambda_max"};

extern const struct check *const projection_claims[];

#endif
