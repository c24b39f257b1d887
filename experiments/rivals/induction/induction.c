#include "induction.h"

#include "experiments/shared/kept.h"
#include "sim/model/layers/induction_private.h"
#include "sim/num/ode_until.h"
#include "theory/layers/two_level.h"

static enum attndyn_status rate(const struct trial *run, const struct induction *p, size_t Q) {
    struct attndyn_induction *model;
    const struct attndyn_induction_options options = {Q,        (size_t)p->G, p->a,
                                                      p->eta_y, p->eta_zeta,  p->eta_1};
    double lambda, z1, c2 = attndyn_two_level_share((double)p->G, p->a);
    ATTNDYN_TRY(attndyn_induction_create(run->ctx, &options, &model));
    ATTNDYN_TRY(attndyn_induction_rate(run->ctx, model, &lambda, &z1));
    double closed = attndyn_induction_lambda((double)Q, c2, p->eta_y, p->eta_zeta);
    if ((long)Q == p->Q) {
        ATTNDYN_TRY(kept_state(run, "lambda", lambda));
        ATTNDYN_TRY(kept_state(run, "lambda_closed", closed));
    }
    return EMIT(run, rates, .Q = (long)Q, .c2 = c2, .lambda = lambda, .closed = closed, .z1 = z1);
}

static struct attndyn_induction_reduced reduced_of(const struct induction *p) {
    return (struct attndyn_induction_reduced){
        (double)p->Q, attndyn_two_level_share((double)p->G, p->a), p->eta_y, p->eta_zeta};
}

static enum attndyn_status course(const struct trial *run, const struct induction *p) {
    enum { COUNT = 120 };
    const struct attndyn_induction_reduced small = reduced_of(p);
    struct attndyn_ode_problem problem = attndyn_induction_reduced_problem(&small);
    struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    double times[COUNT], y0[ATTNDYN_INDUCTION_STATES] = {0, p->eps};
    struct kept kept, whole = {0};
    size_t Q = (size_t)p->Q, M = 2 * Q + (size_t)p->G;
    solver.atol = 1e-4 * p->rtol * p->eps;
    attndyn_grid_linear(0, p->t_end, COUNT, times);
    ATTNDYN_TRY(kept_solve(run, "reduced", &problem, &solver, y0, times, COUNT, &kept));
    if (Q <= 4) {
        const struct attndyn_induction_options options = {Q,        (size_t)p->G, p->a,
                                                          p->eta_y, p->eta_zeta,  0};
        struct attndyn_induction *model;
        double *start;
        ATTNDYN_TRY(attndyn_induction_create(run->ctx, &options, &model));
        ATTNDYN_ALLOC(run->ctx, start, model->n);
        for (size_t q = 0; q < Q; q++)
            for (size_t i = 0; i < Q; i++)
                start[model->at_zeta + q * M + i] = p->eps * ((q == i) - 1 / (double)Q);
        ATTNDYN_TRY(
            kept_solve(run, "whole", &model->problem, &solver, start, times, COUNT, &whole));
    }
    for (size_t i = 0; i < COUNT; i++) {
        const double *y = kept_at(&kept, i);
        double apart = NAN;
        if (whole.y) {
            const double *x = kept_at(&whole, i), *zeta = x + M * Q;
            apart = fmax(fabs(zeta[0] - zeta[1] - y[ATTNDYN_INDUCTION_ALPHA]),
                         fabs(x[Q * Q] - x[Q * Q + 1] - y[ATTNDYN_INDUCTION_Y]));
        }
        ATTNDYN_TRY(EMIT(run, reduced, .t = times[i], .y = y[ATTNDYN_INDUCTION_Y],
                         .alpha = y[ATTNDYN_INDUCTION_ALPHA],
                         .loss = attndyn_induction_reduced_loss(&small, y), .apart = apart));
    }
    return ATTNDYN_OK;
}

static int three(double t, const double *y, double *g, void *user) {
    (void)t, (void)user;
    g[0] = y[ATTNDYN_INDUCTION_ALPHA] - 3;
    return 0;
}

/* A decoder that copies already, with gain y0. */
static enum attndyn_status copied(const struct trial *run, const struct induction *p, double y0) {
    enum { COUNT = 100 };
    const struct attndyn_induction_reduced small = reduced_of(p);
    struct attndyn_ode_problem problem = attndyn_induction_reduced_problem(&small);
    struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    double start[ATTNDYN_INDUCTION_STATES] = {y0, 1e-6}, y[] = {y0, 1e-6}, times[COUNT];
    double horizon = 1e4 / attndyn_induction_lambda((double)p->Q, small.c2, p->eta_y, p->eta_zeta);
    double t;
    struct kept kept;
    problem.events = 1, problem.event = three;
    solver.atol = 1e-16;
    const struct attndyn_ode_observer observer = attndyn_ode_until(&t);
    ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &problem, &solver, 0, y, &horizon, 1, &observer, NULL));
    if (isnan(t))
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "alpha does not reach 3 from y0 = %g",
                            y0);
    ATTNDYN_TRY(EMIT(run, onset, .y0 = y0, .t = t));
    problem.events = 0, problem.event = NULL;
    attndyn_grid_linear(0, 1.5 * t, COUNT, times);
    ATTNDYN_TRY(kept_solve(run, "copy", &problem, &solver, start, times, COUNT, &kept));
    for (size_t i = 0; i < COUNT; i++) {
        const double *at = kept_at(&kept, i);
        ATTNDYN_TRY(EMIT(run, copy, .y0 = y0, .t = times[i], .alpha = at[ATTNDYN_INDUCTION_ALPHA],
                         .loss = attndyn_induction_reduced_loss(&small, at)));
    }
    return ATTNDYN_OK;
}

RUN(induction) {
    ATTNDYN_TRY(kept_needs(run, "copies", p->copies));
    for (long Q = 2; Q <= p->largest; Q++) ATTNDYN_TRY(rate(run, p, (size_t)Q));
    if (p->Q > p->largest) ATTNDYN_TRY(rate(run, p, (size_t)p->Q));
    ATTNDYN_TRY(course(run, p));
    for (size_t i = 0; i < p->copies.count; i++) ATTNDYN_TRY(copied(run, p, p->copies.at[i]));
    for (double Q = 2; Q <= 1024; Q *= 2)
        ATTNDYN_TRY(EMIT(run, scaling, .Q = Q,
                         .diluted = 1 / attndyn_induction_lambda(Q, 0.2, p->eta_y, p->eta_zeta),
                         .pure = 1 / attndyn_induction_lambda(Q, 1, p->eta_y, p->eta_zeta)));
    return ATTNDYN_OK;
}

static const struct figure figures[] = {
    {"induction", "rivals/induction/induction.gp",
     "(a) 1/lambda over the number of pairs Q: closed form (lines, with commons c2 = 0.2 and without) and "
     "top rates of the enumerated Hessian (dots, this run's data). (b) The loss in time for copy strengths "
     "y(0) learned before: a decoder that copies ends the plateau."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, top_rate, "top rate lambda at the origin, last Q", LAST_OF(rates, lambda))         \
    X(OPTIONAL, t_onset, "time t at which alpha = 3, last y(0)", LAST_OF(onset, t))                \
    X(OPTIONAL, alpha_end, "layer 2's gap alpha at the end of the reduced flow",                   \
      LAST_OF(reduced, alpha))                                                                     \
    X(OPTIONAL, loss_end, "loss at the end of the reduced flow", LAST_OF(reduced, loss))
SCALARS(taken, TAKEN)

const struct experiment experiment_rivals_induction = {
    .id = "rivals/induction",
    .title = "Induction heads on the same machinery: a plateau of Q^2, and copy first",
    .source =
        "Bietti et al. (arXiv 2306.00802), 2402.11004, 2402.14735, 2511.01033; rates derived here",
    .doc =
        "A context holds the segments (A_i, B_pi(i)) of a random permutation; the query A_q wants B_pi(q). "
        "Layer 1 attends inside the segments, layer 2 over them with a row per query. All permutations "
        "are enumerated. Every bag is alike: Scan&Snap's layer stays at ln Q for ever. The origin is a "
        "saddle of rate sqrt(eta_Y eta_zeta) (c2/2)/(Q^2 sqrt(c2/Q + 1 - c2)): a head emerges after a "
        "time ~ Q^2 with diluting commons, ~ Q^(3/2) without. A decoder that copies what it sees, learned "
        "before, ends the plateau sooner, as Bietti et al. find.\n"
        "Table `state`: lambda and lambda_closed for this Q.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"}, {0}},
    .tables = TABLES(rates, reduced, copy, onset, scaling, the_state),
    .figures = figures,
    PARTS_OF(induction, taken)};
