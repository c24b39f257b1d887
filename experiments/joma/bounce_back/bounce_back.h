/* The nonlinear dynamics of JoMA: attention first narrows, then comes back. bounce_back.c runs the
 * flow of the parameters, figure4.c the authors' figure, claims.c judges. */
#ifndef JOMA_BOUNCE_BACK_BOUNCE_BACK_H
#define JOMA_BOUNCE_BACK_BOUNCE_BACK_H

#include "experiments/frame/contract/typed.h"

#define FIGURE_MU                                                                                  \
    "1.265432357788086,1.3960914611816406,1.9222683906555176,2.3668839931488037,"                  \
    "2.470280170440674,2.488769769668579,2.896918773651123,2.902235984802246,3.3046653270721436,"  \
    "3.6893341541290283"

#define VARIABLE(C) C(variable_log, "log") C(variable_v, "v")
CHOICES(variable, VARIABLE)
#define BOUNCE_BACK(X)                                                                             \
    X(REALS, mu, "0.5,1,1.5,2", "mu_j, the value to which v_j goes", IN(-30, 30))                  \
    X(REALS, v0, "0", "v_j(0), one for each component j, or one for all", IN(-30, 30))             \
    X(REAL, beta, "0.5", "attention exp(beta v^2): 1/2 in the talk, 1/3 in the authors' figure 4", \
      IN(1e-6, 100))                                                                               \
    X(BOOL, normalised, "false",                                                                   \
      "divide the attention by N = sum_j exp(beta v_j^2), as the authors' figure 4 does; the "     \
      "talk has N = 1")                                                                            \
    X(REAL, t_end, "20", "horizon, time t", IN(1e-9, 1e9))                                         \
    X(CHOICE, variable, "log",                                                                     \
      "state of the run: w = ln((mu - v0)/(mu - v)), which is not stiff, or v")                    \
    X(METHOD, method, "adams", "integrator of the run")                                            \
    X(REAL, rtol, "1e-12", "relative tolerance; absolute: 1/100", IN(1e-14, 1e-2))                 \
    X(REAL, step, "0.002", "step of rk4 and euler", IN(1e-7, 1), .only = "method=rk4|euler")       \
    X(INT, outputs, "401", "output times, equally spaced", IN(2, 1000000))                         \
    X(REALS, rtols, "1e-8,1e-10,1e-12", "tolerances of the comparison of integrators",             \
      IN(1e-14, 1e-2))                                                                             \
    X(REALS, figure_mu, FIGURE_MU,                                                                 \
      "mu of figure 4: the authors' 3 u + 1, sorted (PyTorch's generator, seed 0)", IN(-30, 30))   \
    X(REAL, figure_v0, "0.05", "v_j(0) of figure 4", IN(-30, 30))                                  \
    X(REAL, figure_T, "3", "temperature T of softmax(v^2/T) in figure 4", IN(0.01, 1000))          \
    X(REAL, figure_step, "0.02", "Euler step of figure 4", IN(1e-6, 1))                            \
    X(INT, figure_steps, "5000", "steps of figure 4", IN(10, 10000000))                            \
    X(INT, figure_every, "10", "steps between two rows of its tables", IN(1, 100000))              \
    X(REAL, figure_long, "5000",                                                                   \
      "time t to which the flow of figure 4 is carried on for the slopes", IN(0, 1e9))
PARAMS(bounce_back, BOUNCE_BACK)

#define FLOW(X)                                                                                    \
    X(REAL, t, "time t")                                                                           \
    X(INT, component, "component j")                                                               \
    X(REAL, mu, "mu_j")                                                                            \
    X(REAL, v, "v_j")                                                                              \
    X(OPTIONAL, v_exact, "v_j by quadrature (normalised=true: at some outputs)")                   \
    X(OPTIONAL, w, "w_j = ln((mu_j - v_j(0))/(mu_j - v_j)); empty: infinite")                      \
    X(OPTIONAL, log_ratio,                                                                         \
      "ln(1/delta_j), delta_j = 1 - v_j/mu_j the distance left; empty: no number")                 \
    X(REAL, p, "attention p_j = exp(beta v_j^2) / sum_i exp(beta v_i^2)")
TABLE(flow, FLOW, "every component over time")

#define COURSE(X)                                                                                  \
    X(REAL, t, "time t")                                                                           \
    X(REAL, entropy, "entropy of the attention p", .unit = "nat")                                  \
    X(REAL, clock_error,                                                                           \
      "largest |t(v_j) - t| over max(t, 1), t(v_j) by quadrature; normalised=true: spread of "     \
      "the clock tau over the components, and |sum_j w_j - t|")                                    \
    X(OPTIONAL, log_ratio_ratio, "ln(1/delta_j) of the largest |mu_j| over that of the smallest")  \
    X(REAL, slope_ratio, "d ln(1/delta_j)/dt of the largest |mu_j| over that of the smallest")
TABLE(course, COURSE, "entropy and errors of the run over time")

#define OFFSETS(X)                                                                                 \
    X(INT, component, "component j")                                                               \
    X(REAL, mu, "mu_j")                                                                            \
    X(REAL, v0, "v_j(0)")                                                                          \
    X(REAL, slope, "late slope of w_j: exp(beta mu_j^2)")                                          \
    X(REAL, offset, "offset C of w_j = slope t - C")                                               \
    X(OPTIONAL, t_99, "clock tau at v_j = 0.99 mu_j; empty: never passed")                         \
    X(OPTIONAL, residual, "w_j - (slope t_end - C) at t_end (N = 1)")                              \
    X(OPTIONAL, w, "w_j at t_end")
TABLE(offsets, OFFSETS, "asymptotics of each component")

#define INTEGRATORS(X)                                                                             \
    X(TEXT, variable, "log or v")                                                                  \
    X(TEXT, method, "integrator")                                                                  \
    X(OPTIONAL, rtol, "relative tolerance; empty: fixed step")                                     \
    X(TEXT, outcome, "how it ended")                                                               \
    X(OPTIONAL, clock_error,                                                                       \
      "clock_error as in the table course, the largest at 8 times (variable=v: while delta > "     \
      "1e-4)")                                                                                     \
    X(OPTIONAL, v_error, "largest |v_j - exact| at those times")                                   \
    X(INT, steps, "steps taken")                                                                   \
    X(INT, rhs, "evaluations of the right-hand side")
TABLE(integrators, INTEGRATORS, "integrators against the quadrature")

#define FIGURE4(X)                                                                                 \
    X(INT, iteration, "updates made")                                                              \
    X(REAL, entropy, "-sum_j p_j (ln p_j + 1e-8) by Euler steps in double precision",              \
      .unit = "nat")                                                                               \
    X(REAL, entropy_single, "the same in single precision, as published", .unit = "nat")           \
    X(REAL, entropy_flow, "entropy of the flow, at t = figure_step times iteration",               \
      .unit = "nat")                                                                               \
    X(REAL, entropy_squares, "entropy of softmax(v^2) by Euler steps in double precision",         \
      .unit = "nat")
TABLE(figure4, FIGURE4, "entropy in the authors' figure 4")

#define FIGURE4_V(X)                                                                               \
    X(INT, iteration, "updates made")                                                              \
    X(INT, component, "component j")                                                               \
    X(REAL, mu, "mu_j")                                                                            \
    X(REAL, v, "v_j by Euler steps in double precision")                                           \
    X(REAL, v_single, "v_j by Euler steps in single precision")                                    \
    X(REAL, v_flow, "v_j of the flow")
TABLE(figure4_v, FIGURE4_V, "components in the authors' figure 4")

#define OUTCOME(X)                                                                                 \
    X(REAL, entropy, "entropy of the attention p at t_end", .unit = "nat")                         \
    X(OPTIONAL, entropy_min, "least entropy along the run; empty where it has no minimum",         \
      .unit = "nat")                                                                               \
    X(OPTIONAL, t_min, "time t of that minimum")                                                   \
    X(REAL, clock_error, "largest clock_error of the run, see the table course")                   \
    X(OPTIONAL, v_error, "largest |v_j - exact| of the run; empty: tau has no digits for it")      \
    X(REAL, figure_iteration_min, "figure 4: iteration of the least entropy")                      \
    X(REAL, figure_entropy_start, "figure 4: entropy at the first iteration", .unit = "nat")       \
    X(REAL, figure_entropy_min, "figure 4: least entropy", .unit = "nat")                          \
    X(REAL, figure_entropy_last, "figure 4: entropy at the last iteration", .unit = "nat")         \
    X(REAL, figure_entropy_limit, "figure 4: entropy at v = mu", .unit = "nat")                    \
    X(REAL, figure_single_v,                                                                       \
      "figure 4: largest difference of v_j between single and double precision")                   \
    X(REAL, figure_single_entropy,                                                                 \
      "figure 4: largest difference of the entropy between single and double precision",           \
      .unit = "nat")                                                                               \
    X(REAL, figure_squares_start, "figure 4: entropy of softmax(v^2) at the start", .unit = "nat") \
    X(REAL, figure_squares_min, "figure 4: its least value", .unit = "nat")                        \
    X(REAL, figure_squares_last, "figure 4: its last value", .unit = "nat")                        \
    X(OPTIONAL, figure_flow_min, "figure 4: least entropy of the flow", .unit = "nat")             \
    X(OPTIONAL, figure_flow_t_min, "figure 4: time t of that least entropy")                       \
    X(REAL, figure_tau_spread,                                                                     \
      "figure 4: spread of the clock tau over the components at the end of the flow")              \
    X(REAL, figure_sum_error, "figure 4: |sum_j w_j - t| / t of the flow")                         \
    X(REAL, figure_slope_ratio,                                                                    \
      "figure 4: slope of w of the last component over that of the first")                         \
    X(REAL, figure_long_arrived, "figure 4: least w_j at the time at which that ratio is read")    \
    X(REAL, figure_euler_error, "figure 4: largest |v(Euler) - v(flow)|")                          \
    X(REAL, figure_euler_error_half, "figure 4: the same with half the step")
SCALARS(outcome, OUTCOME)

/* The authors' figure 4: Euler in double and single precision, and the flow it approximates. */
enum attndyn_status bounce_figure4(const struct trial *run, const struct bounce_back *p);

extern const struct check *const bounce_back_claims[];

#endif
