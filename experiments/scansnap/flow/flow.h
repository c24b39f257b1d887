/* The flow of Y and Z itself, on any distribution, by any of its models. What a user sets and what
 * a run emits; integrate.c solves, known_answers.c solves small cases whose answers are known,
 * claims.c judges. */
#ifndef SCANSNAP_FLOW_FLOW_H
#define SCANSNAP_FLOW_FLOW_H

#include "experiments/scansnap/shared/data.h"
#include "sim/model/scansnap/flow.h"

#define MODELS(C)                                                                                  \
    C(model_coupled, "coupled")                                                                    \
    C(model_qsd, "qsd")                                                                            \
    C(model_frozen, "frozen")                                                                      \
    C(model_reduced, "reduced")
CHOICES(model, MODELS)
#define CLOCKS(C) C(clock_time, "t") C(clock_sigma, "sigma")
CHOICES(clock, CLOCKS)

#define FLOW(X)                                                                                    \
    SCANSNAP_DATA(X, "2", "2", "next")                                                             \
    X(REAL, eta_y, "10", "rate of the decoder Y", IN(1e-12, 1e12))                                 \
    X(REAL, eta_z, "1", "rate of the attention Z", IN(0, 1e12))                                    \
    X(REAL, rho, "0",                                                                              \
      "above 0 it replaces eta_z: eta_z = rho eta_y (K-1)/K; rho is the attention's rate in "      \
      "internal time (derived here); 0: eta_z counts",                                             \
      IN(0, 1e12))                                                                                 \
    X(BOOL, visit_rate, "false", "leave the weight P(n) out of dz/dt: eta_z per visit of a class") \
    X(CHOICE, model, "coupled",                                                                    \
      "coupled: the full flow; frozen: the same with eta_z = 0; reduced: the exact reduction "     \
      "of the symmetric family; qsd: its quasi-static decoder, Eq. 10 with a uniform beta")        \
    X(CHOICE, clock, "t", "integrate in time, to t_end, or in internal time, to sigma_end")        \
    X(REAL, t_end, "1e6", "horizon of clock=t", IN(1e-9, 1e290))                                   \
    X(REAL, sigma_end, "50", "horizon of clock=sigma", IN(1e-9, 1e12))                             \
    X(INT, points, "121", "output times, logarithmic over the horizon", IN(2, 100000))             \
    X(REAL, first, "0", "first output time; 0: eta_y t/K = 1e-3, or sigma = 1e-3", IN(0, 1e290))   \
    SCANSNAP_SOLVER(X, "1e-10")                                                                    \
    X(INT, classes_shown, "2", "classes in the tables classes and tokens, from the first",         \
      IN(0, 100000))                                                                               \
    X(INT, state_limit, "1000000",                                                                 \
      "largest M V for which the state lists the whole matrix Y; beyond it, the quantity "         \
      "Y_rows: rows of tokens in some support, K columns and one for those that never are the "    \
      "answer")                                                                                    \
    X(BOOL, validate, "true",                                                                      \
      "solve the small cases with known answers, too, at these "                                   \
      "tolerances")
PARAMS(flow, FLOW)

#define COURSE(X)                                                                                  \
    X(OPTIONAL, t, "time t; empty beyond 1e308, see ln_t")                                         \
    X(OPTIONAL, ln_t, "ln t; empty at t = 0")                                                      \
    X(REAL, sigma, "internal time sigma_n, mean over classes")                                     \
    X(REAL, loss, "-sum_n P(n) ln alpha_nn", .unit = "nat")                                        \
    X(REAL, delta,                                                                                 \
      "1 - alpha_nn, alpha_nn the probability of the right next token, mean over "                 \
      "classes")                                                                                   \
    X(REAL, gamma, "force f_n . g_n, mean over classes")                                           \
    X(REAL, B, "gain B_n, mean over classes with distinct tokens")                                 \
    X(OPTIONAL, xi, "xi_n = (dB_n/dt)/eta_Z, mean over classes with distinct tokens")              \
    X(REAL, entropy_support, "entropy of the attention c_n over its support, mean over classes",   \
      .unit = "nat")                                                                               \
    X(OPTIONAL, entropy_distinct,                                                                  \
      "entropy of c_n on the class's distinct tokens, renormalised, mean over classes that have "  \
      "any",                                                                                       \
      .unit = "nat")                                                                               \
    X(REAL, common_mass, "share of c_n on the common tokens, mean over classes")                   \
    X(REAL, z_min, "smallest attention logit z")                                                   \
    X(REAL, z_max, "largest attention logit z")
TABLE(course, COURSE, "the run over time, means over classes")

#define CLASSES(X)                                                                                 \
    X(REAL, t, "time t")                                                                           \
    X(INT, class, "class n")                                                                       \
    X(TEXT, name, "name of its next token")                                                        \
    X(REAL, sigma, "internal time sigma_n")                                                        \
    X(REAL, B, "gain B_n")                                                                         \
    X(OPTIONAL, xi, "xi_n = (dB_n/dt)/eta_Z; empty without distinct tokens")                       \
    X(REAL, gamma, "force f_n . g_n")                                                              \
    X(REAL, alpha, "alpha_nn, probability of the right next token")                                \
    X(REAL, delta, "1 - alpha_nn")                                                                 \
    X(REAL, entropy_support, "entropy of the attention c_n over its support", .unit = "nat")       \
    X(OPTIONAL, entropy_distinct, "entropy of c_n on the class's distinct tokens, renormalised",   \
      .unit = "nat")                                                                               \
    X(REAL, common_mass, "share of c_n on the common tokens")
TABLE(classes, CLASSES, "the first classes one by one (full flow)")

#define TOKENS(X)                                                                                  \
    X(REAL, t, "time t")                                                                           \
    X(INT, class, "class n")                                                                       \
    X(INT, token, "token l")                                                                       \
    X(TEXT, name, "the token's name")                                                              \
    X(TEXT, kind, "distinct or common")                                                            \
    X(REAL, p, "P(l|n), its share of the contexts of class n")                                     \
    X(REAL, c, "c_nl, its share of the attention")                                                 \
    X(REAL, f, "f_nl = c_nl/|c_n|")                                                                \
    X(REAL, z, "attention logit z_ml, m = psi(n) the class's last token")                          \
    X(REAL, dz, "dz_ml/dt")                                                                        \
    X(REAL, log_chi, "ln chi: 2 (z_ml(t) - z_ml(0))")
TABLE(tokens, TOKENS, "the tokens of the first classes (full flow)")

#define VALIDATION(X)                                                                              \
    X(TEXT_AS("case"), which, "which known answer")                                                \
    X(TEXT, quantity, "what was compared")                                                         \
    X(REAL, t, "time t")                                                                           \
    X(REAL, value, "value that was measured")                                                      \
    X(REAL, reference, "value that is known")                                                      \
    X(REAL, error, "difference of the two")
TABLE(validation, VALIDATION, "cases with known answers, solved at the run's tolerances")

#define FOUND(X)                                                                                   \
    X(OPTIONAL, t, "last time")                                                                    \
    X(REAL, sigma, "internal time at the end, mean over classes")                                  \
    X(REAL, loss, "loss at the end", .unit = "nat")                                                \
    X(REAL, B, "gain at the end, mean over classes with distinct tokens")                          \
    X(REAL, delta, "1 - alpha_nn at the end, mean over classes")                                   \
    X(REAL, entropy_support, "entropy of c_n at the end, mean over classes", .unit = "nat")        \
    X(OPTIONAL, entropy_distinct, "the same on the class's distinct tokens, renormalised",         \
      .unit = "nat")                                                                               \
    X(REAL, common_mass, "share of c_n on the common tokens at the end, mean over classes")        \
    X(REAL, z_min, "smallest z at the end")                                                        \
    X(REAL, z_max, "largest z at the end")                                                         \
    X(OPTIONAL, z_drift, "largest change of sum_l z_ml over the run (full flow)")                  \
    X(OPTIONAL, row_drift, "largest change of a row sum of Y over the run (full flow)")            \
    X(OPTIONAL, reduced_error,                                                                     \
      "largest difference of z and B between the full flow and the reduced one")
SCALARS(found, FOUND)

/* Is the model one of the reduced ones? */
static inline bool flow_is_reduced(const struct flow *p) {
    return p->model == model_reduced || p->model == model_qsd;
}
/* The run itself, by the full flow (models coupled, frozen) or by the reduced one. */
enum attndyn_status flow_integrate(const struct trial *run, const struct flow *p,
                                   const struct attndyn_distribution *distribution);
/* Small cases with known answers, solved with the run's method and tolerances: table `validation`.
 */
enum attndyn_status flow_known_answers(const struct trial *run);

extern const struct check *const flow_claims[];

#endif
