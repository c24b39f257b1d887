/* JoMA's vector fields against their formulas, their Jacobians against differences, closed forms
 * against their equations: what a user sets and what a run emits. joint.c looks at the joint
 * dynamics, reduced.c at the folded, linear and bouncing ones and at critical points, closed.c at
 * closed forms and at the integrator by rows, differences.c compares, fields.c puts it together,
 * claims.c judges. */
#ifndef JOMA_FIELDS_FIELDS_H
#define JOMA_FIELDS_FIELDS_H

#include "experiments/frame/contract/typed.h"
#include "sim/base/random.h"
#include "sim/num/ode.h"

#define FIELDS(X)                                                                                  \
    X(REAL, eta_w, "0.6", "learning rate of the weights", IN(0.01, 100))                           \
    X(REAL, eta_z, "1.7", "learning rate of the attention logits", IN(0.01, 100))                  \
    X(REAL, temperature, "0.7", "temperature of exp and softmax attention", IN(0.1, 100))          \
    X(REAL, step, "1e-3", "step of the five-point differences", IN(1e-5, 1e-2))                    \
    X(INT, seed, "1", "seed of weights, inputs and directions")
PARAMS(fields, FIELDS)

#define COMPARED(X)                                                                                \
    X(TEXT, part, "flow, jacobian, descent or closed form")                                        \
    X(TEXT, model, "which dynamics, with which attention and loss")                                \
    X(TEXT, what, "what is compared with what")                                                    \
    X(REAL, error, "largest difference, over the largest of the numbers compared")
TABLE(compared, COMPARED, "what was compared")

#define ORDER(X)                                                                                   \
    X(REAL, h, "step in path length")                                                              \
    X(INT, steps, "steps taken")                                                                   \
    X(REAL, error, "relative error of the time at which the radius is reached")
TABLE(order, ORDER, "the large study's integrator, by its step")

#define REFUSED(X)                                                                                 \
    X(TEXT, model, "which dynamics")                                                               \
    X(REAL, exponent, "largest exponent in that state")                                            \
    X(INT, passed, "1: the dynamics gave a rate; 0: it refused, as it should")
TABLE(refused, REFUSED, "states in which exp overflows, which the dynamics should refuse")

#define SUMMARY(X)                                                                                 \
    X(REAL, worst, "largest error of all comparisons", LARGEST_OF(compared, error))                \
    X(OPTIONAL, order, "order of that integrator, from its last two steps")
SCALARS(summary, SUMMARY)

/* One row of `compared`: |found - expected| over |expected|, largest entries. */
enum attndyn_status fields_compare(const struct trial *run, const char *part, const char *model,
                                   const char *what, size_t n, const double *found,
                                   const double *expected);
/* df/dy u by the five-point formula, u made as long as a state of size 1; out: (n). */
enum attndyn_status fields_difference(struct attndyn_context *ctx, const struct fields *p,
                                      const struct attndyn_ode_problem *problem, const double *y,
                                      const double *u, double *out);
/* Rows of both Jacobians of a problem at y. */
enum attndyn_status fields_jacobians(const struct trial *run, const struct fields *p,
                                     const char *model, const struct attndyn_ode_problem *problem,
                                     const double *y, struct attndyn_random *random);

enum attndyn_status fields_joint(const struct trial *run, const struct fields *p,
                                 struct attndyn_random *random);
enum attndyn_status fields_reduced(const struct trial *run, const struct fields *p,
                                   struct attndyn_random *random);
enum attndyn_status fields_closed(const struct trial *run, const struct fields *p,
                                  struct attndyn_random *random);

extern const struct check *const fields_claims[];

#endif
