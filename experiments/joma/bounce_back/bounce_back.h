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
    X(REALS, mu, "0.5,1,1.5,2", "mu_j: where v_j goes", IN(-30, 30))                               \
    X(REALS, v0, "0", "v_j(0): one for each component, or one for all", IN(-30, 30))               \
    X(REAL, beta, "0.5", "attention exp(beta v^2): 1/2 in the talk, 1/3 in the authors' figure 4", \
      IN(1e-6, 100))                                                                               \
    X(BOOL, normalised, "false",                                                                   \
      "divide by N = sum_j exp(beta v_j^2), as the authors' figure 4 does; the talk has N = 1")    \
    X(REAL, t_end, "20", "end of the run", IN(1e-9, 1e9))                                          \
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
    X(REAL, figure_T, "3", "T of softmax(v^2/T) in figure 4", IN(0.01, 1000))                      \
    X(REAL, figure_step, "0.02", "Euler step of figure 4", IN(1e-6, 1))                            \
    X(INT, figure_steps, "5000", "steps of figure 4", IN(10, 10000000))                            \
    X(INT, figure_every, "10", "steps between two rows of its tables", IN(1, 100000))              \
    X(REAL, figure_long, "5000", "time to which its flow is carried on for the slopes", IN(0, 1e9))
PARAMS(bounce_back, BOUNCE_BACK)

#define FLOW(X)                                                                                    \
    X(REAL, t, "time")                                                                             \
    X(INT, component, "j")                                                                         \
    X(REAL, mu, "mu_j")                                                                            \
    X(REAL, v, "v_j")                                                                              \
    X(OPTIONAL, v_exact, "by quadrature (normalised: at some outputs)")                            \
    X(OPTIONAL, w, "ln((mu - v0)/(mu - v)) (missing: infinite)")                                   \
    X(OPTIONAL, log_ratio, "ln(1/delta_j), delta = 1 - v/mu (missing: no number)")                 \
    X(REAL, p, "exp(beta v_j^2) / sum")
TABLE(flow, FLOW, "every component over time")

#define COURSE(X)                                                                                  \
    X(REAL, t, "time")                                                                             \
    X(REAL, entropy, "of p", .unit = "nat")                                                        \
    X(REAL, clock_error,                                                                           \
      "largest |t(v_j) - t| by quadrature, relative to max(t, 1); normalised: spread of tau "      \
      "over the components, and |sum_j w_j - t|")                                                  \
    X(OPTIONAL, log_ratio_ratio, "ln(1/delta) of the largest |mu| over that of the smallest")      \
    X(REAL, slope_ratio, "the same of d ln(1/delta)/dt")
TABLE(course, COURSE, "summary over time")

#define OFFSETS(X)                                                                                 \
    X(INT, component, "j")                                                                         \
    X(REAL, mu, "mu_j")                                                                            \
    X(REAL, v0, "v_j(0)")                                                                          \
    X(REAL, slope, "exp(beta mu^2)")                                                               \
    X(REAL, offset, "C(mu, v0)")                                                                   \
    X(OPTIONAL, t_99, "tau at v = 0.99 mu (missing: never passed)")                                \
    X(OPTIONAL, residual, "w - (slope t_end - C) at t_end (N = 1)")                                \
    X(OPTIONAL, w, "at t_end")
TABLE(offsets, OFFSETS, "asymptotics of each component")

#define INTEGRATORS(X)                                                                             \
    X(TEXT, variable, "log or v")                                                                  \
    X(TEXT, method, "integrator")                                                                  \
    X(OPTIONAL, rtol, "relative tolerance (missing: fixed step)")                                  \
    X(TEXT, outcome, "how it ended")                                                               \
    X(OPTIONAL, clock_error, "as in course, the largest at 8 times (v: delta > 1e-4)")             \
    X(OPTIONAL, v_error, "largest |v - exact| at those times")                                     \
    X(INT, steps, "steps")                                                                         \
    X(INT, rhs, "right-hand sides")
TABLE(integrators, INTEGRATORS, "integrators against the quadrature")

#define FIGURE4(X)                                                                                 \
    X(INT, iteration, "updates done")                                                              \
    X(REAL, entropy, "-sum p (ln p + 1e-8), Euler, double precision", .unit = "nat")               \
    X(REAL, entropy_single, "the same in single precision, as published", .unit = "nat")           \
    X(REAL, entropy_flow, "of the flow, at t = step times iteration", .unit = "nat")               \
    X(REAL, entropy_squares, "of softmax(v^2), Euler, double precision", .unit = "nat")
TABLE(figure4, FIGURE4, "entropy in the authors' figure 4")

#define FIGURE4_V(X)                                                                               \
    X(INT, iteration, "updates done")                                                              \
    X(INT, component, "j")                                                                         \
    X(REAL, mu, "mu_j")                                                                            \
    X(REAL, v, "Euler, double precision")                                                          \
    X(REAL, v_single, "Euler, single precision")                                                   \
    X(REAL, v_flow, "the flow")
TABLE(figure4_v, FIGURE4_V, "components in the authors' figure 4")

#define OUTCOME(X)                                                                                 \
    X(REAL, entropy, "of p at t_end", .unit = "nat")                                               \
    X(OPTIONAL, entropy_min, "least entropy on the way, where it has a minimum", .unit = "nat")    \
    X(OPTIONAL, t_min, "when")                                                                     \
    X(REAL, clock_error, "largest of the run, see course")                                         \
    X(OPTIONAL, v_error, "largest |v - exact| of the run (unset: tau has no digits for it)")       \
    X(REAL, figure_iteration_min, "figure 4: iteration of the least entropy")                      \
    X(REAL, figure_entropy_start, "figure 4: entropy at the first iteration", .unit = "nat")       \
    X(REAL, figure_entropy_min, "figure 4: least entropy", .unit = "nat")                          \
    X(REAL, figure_entropy_last, "figure 4: entropy at the last iteration", .unit = "nat")         \
    X(REAL, figure_entropy_limit, "figure 4: entropy at v = mu", .unit = "nat")                    \
    X(REAL, figure_single_v, "figure 4: largest difference of v, single - double")                 \
    X(REAL, figure_single_entropy, "figure 4: the same of the entropy", .unit = "nat")             \
    X(REAL, figure_squares_start, "figure 4: entropy of softmax(v^2) at the start", .unit = "nat") \
    X(REAL, figure_squares_min, "its least value", .unit = "nat")                                  \
    X(REAL, figure_squares_last, "its last value", .unit = "nat")                                  \
    X(OPTIONAL, figure_flow_min, "figure 4: least entropy of the flow", .unit = "nat")             \
    X(OPTIONAL, figure_flow_t_min, "figure 4: when")                                               \
    X(REAL, figure_tau_spread, "figure 4: spread of the flow's clocks at its end")                 \
    X(REAL, figure_sum_error, "figure 4: |sum_j w_j - t| / t of the flow")                         \
    X(REAL, figure_slope_ratio, "figure 4: slope of the last component over the first")            \
    X(REAL, figure_long_arrived, "figure 4: least w_j where that was read")                        \
    X(REAL, figure_euler_error, "figure 4: largest |v(Euler) - v(flow)|")                          \
    X(REAL, figure_euler_error_half, "the same with half the step")
SCALARS(outcome, OUTCOME)

/* The authors' figure 4: Euler in double and single precision, and the flow it approximates. */
enum attndyn_status bounce_figure4(const struct trial *run, const struct bounce_back *p);

extern const struct check *const bounce_back_claims[];

#endif
