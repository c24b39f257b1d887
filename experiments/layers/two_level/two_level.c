#include "two_level.h"

#include "experiments/shared/kept.h"
#include "experiments/shared/parts.h"
#include "experiments/shared/solve.h"
#include "sim/model/layers/two_level.h"
#include "theory/layers/two_level.h"

#include <string.h>

static enum attndyn_status create(const struct trial *run, const struct two_level *p, double local,
                                  struct attndyn_two_level **model) {
    const struct attndyn_two_level_options options = {(size_t)p->Q, (size_t)p->G, p->a, p->eta_y,
                                                      p->eta_zeta,  p->eta_1,     local};
    return attndyn_two_level_create(run->ctx, &options, model);
}

/* --- Courses: the model's flow with its clocks as quadratures and the onset as an event. */

struct course_of {
    const struct trial *run;
    const struct two_level *p;
    struct attndyn_two_level *model;
    double eps, local;
    struct onset onset;
};

static int rhs(double t, const double *y, double *dydt, void *user) {
    const struct attndyn_ode_problem *flow = &((struct course_of *)user)->model->problem;
    return flow->rhs(t, y, dydt, flow->user);
}

static int clocks(double t, const double *y, double *dqdt, void *user) {
    (void)t;
    const struct course_of *c = user;
    struct attndyn_two_level_seen seen;
    attndyn_two_level_see(c->model, y, &seen);
    double Q = (double)c->p->Q, c2 = fmin(1, seen.c2);
    dqdt[0] = attndyn_two_level_lambda(Q, c2, c->p->eta_y, c->p->eta_zeta, c->p->eta_1);
    dqdt[1] = attndyn_two_level_lambda(Q, c2, c->p->eta_y, c->p->eta_zeta, 0);
    c2 = fmin(1, seen.c2_first);
    dqdt[2] = attndyn_two_level_lambda(Q, c2, c->p->eta_y, c->p->eta_zeta, c->p->eta_1);
    dqdt[3] = attndyn_two_level_lambda(Q, c2, c->p->eta_y, c->p->eta_zeta, 0);
    return 0;
}

enum { BEGIN, HALF, EVENTS, CLOCKS = 4 };

static int falls(double t, const double *y, double *g, void *user) {
    (void)t;
    const struct course_of *c = user;
    struct attndyn_two_level_seen seen;
    attndyn_two_level_see(c->model, y, &seen);
    g[BEGIN] = 0.99 * log((double)c->p->Q) - seen.loss;
    g[HALF] = 0.5 * log((double)c->p->Q) - seen.loss;
    return 0;
}

static enum attndyn_status note_onset(void *user, size_t which, int direction, double t,
                                      const double *y, enum attndyn_ode_action *action) {
    (void)action;
    struct course_of *c = user;
    struct attndyn_two_level_seen seen;
    if (direction < 0 || !isnan(which == HALF ? c->onset.t_2 : c->onset.t_begin)) return ATTNDYN_OK;
    attndyn_two_level_see(c->model, y, &seen);
    if (which == BEGIN) {
        c->onset.t_begin = t;
        c->onset.c2 = seen.c2;
        return ATTNDYN_OK;
    }
    c->onset.t_2 = t;
    c->onset.int_lambda = y[c->model->n];
    c->onset.int_lambda_0 = y[c->model->n + 1];
    c->onset.excess = c->onset.int_lambda - log(1 / c->eps);
    c->onset.excess_key = y[c->model->n + 2] - log(1 / c->eps);
    c->onset.excess_key_0 = y[c->model->n + 3] - log(1 / c->eps);
    return ATTNDYN_OK;
}

static enum attndyn_status record(void *user, size_t index, double t, const double *y) {
    (void)index;
    const struct course_of *c = user;
    const struct attndyn_two_level *m = c->model;
    struct attndyn_two_level_seen seen;
    attndyn_two_level_see(c->model, y, &seen);
    double mean = 0;
    for (long i = 0; i < c->p->Q; i++) mean += y[m->at_zeta + (size_t)i] / (double)c->p->Q;
    return EMIT(c->run, course, .eps = c->eps, .local = c->local, .t = t, .loss = seen.loss,
                .loss_local = seen.loss_local, .c2 = seen.c2, .attention = seen.attention,
                .z1_key = y[m->at_z1], .z1_common = c->p->G ? y[m->at_z1 + 2 * (size_t)c->p->Q] : 0,
                .zeta = y[m->at_zeta] - mean, .clock = y[m->n]);
}

static enum attndyn_status course(const struct trial *run, const struct two_level *p, double eps,
                                  double local, double lambda) {
    struct course_of c = {.run = run, .p = p, .eps = eps, .local = local};
    c.onset = BLANK(onset);
    c.onset.eps = eps, c.onset.local = local;
    double *y, *times, end = p->horizon * (log(1 / eps) + 3) / lambda;
    size_t count = (size_t)p->points;
    ATTNDYN_TRY(create(run, p, local, &c.model));
    ATTNDYN_ALLOC(run->ctx, y, c.model->n + CLOCKS);
    ATTNDYN_ALLOC(run->ctx, times, count);
    attndyn_grid_linear(0, end, count, times);
    y[c.model->at_zeta] = eps;
    const struct attndyn_ode_problem problem = {.n = c.model->n,
                                                .quadratures = CLOCKS,
                                                .rhs = rhs,
                                                .quadrature = clocks,
                                                .events = EVENTS,
                                                .event = falls,
                                                .user = &c};
    const struct attndyn_ode_options options =
        solve_within(ATTNDYN_ODE_BDF_DENSE, p->rtol, fmin(1e-4 * p->rtol, 1e-6 * eps));
    const struct attndyn_ode_observer observer = {record, note_onset, &c};
    ATTNDYN_TRY(solve_recorded(run, "course", &problem, &options, y, times, count, &observer));
    return EMIT_ROW(run, onset, &c.onset);
}

/* d ln|z1 of a common|/dt over lambda, in the middle of the deepest plateau. */
static double exponent(const struct trial *run, const struct two_level *p, double lambda) {
    double eps = p->eps, t[2] = {0}, z[2] = {0};
    for (size_t i = 0; i < p->deeper.count; i++) eps = fmin(eps, p->deeper.at[i]);
    EACH_ROW (run, course, r) {
        double phase = lambda * r->t / log(1 / eps);
        if (r->eps != eps || r->local > 0) continue;
        for (int i = 0; i < 2; i++)
            if (t[i] == 0 && phase >= (i ? 0.75 : 0.5)) t[i] = r->t, z[i] = r->z1_common;
    }
    return z[0] < 0 && z[1] < 0 && t[1] > t[0] ? log(z[1] / z[0]) / (t[1] - t[0]) / lambda : NAN;
}

static enum attndyn_status courses(const struct trial *run, const struct two_level *p,
                                   double lambda) {
    const double total = (double)(1 + p->deeper.count + p->local.count);
    struct parts parts = parts_of(run, "courses", total);
    for (size_t i = 0; i <= p->deeper.count + p->local.count; i++) {
        double eps = i == 0 || i > p->deeper.count ? p->eps : p->deeper.at[i - 1];
        double local = i > p->deeper.count ? p->local.at[i - 1 - p->deeper.count] : 0;
        ATTNDYN_TRY(part_done(&parts, course(run, p, eps, local, lambda)));
    }
    double value = exponent(run, p, lambda);
    ATTNDYN_TRY(SCALAR(run, two_level_scalars, courses, total));
    return isnan(value) ? ATTNDYN_OK : SCALAR(run, two_level_scalars, exponent, value);
}

/* --- What one flat layer sees: the bag of each class, by counting. */

static enum attndyn_status flat(const struct trial *run, const struct two_level *p) {
    size_t Q = (size_t)p->Q, M = 2 * Q + (size_t)p->G;
    double *bag, common = p->G ? (1 - p->a) / (double)p->G : 0;
    ATTNDYN_ALLOC(run->ctx, bag, M);
    for (size_t l = 0; l < M; l++) {
        struct flat row = BLANK(flat);
        row.token = (long)l, row.lowest = INFINITY, row.highest = -INFINITY;
        double least = INFINITY, most = -INFINITY;
        for (size_t n = 0; n < Q; n++) {
            double pair = 0;
            memset(bag, 0, M * sizeof *bag);
            for (size_t i = 0; i < Q; i++) {
                size_t j = (i + n) % Q;
                bag[i] += p->a / 2 / (double)Q;
                bag[Q + j] += p->a / 2 / (double)Q;
                for (size_t g = 2 * Q; g < M; g++) bag[g] += common / (double)Q;
                if (j == 0 && (l == i || l == Q + j || l >= 2 * Q)) pair += 1 / (double)Q;
            }
            row.lowest = fmin(row.lowest, bag[l]), row.highest = fmax(row.highest, bag[l]);
            least = fmin(least, pair), most = fmax(most, pair);
        }
        row.pair = most - least;
        ATTNDYN_TRY(EMIT_ROW(run, flat, &row));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status references(const struct trial *run) {
    static const struct {
        long Q, G;
        double a, lambda;
    } at[] = {{2, 0, 1, .4107919181289},
              {2, 2, .5, .1461306493063},
              {3, 2, .5, .0843685697138},
              {5, 1, .7, .0778492004064}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        struct attndyn_two_level *model;
        struct attndyn_two_level_rates rates;
        const struct attndyn_two_level_options options = {
            (size_t)at[i].Q, (size_t)at[i].G, at[i].a, 2, .7, 1.3, 0};
        ATTNDYN_TRY(attndyn_two_level_create(run->ctx, &options, &model));
        ATTNDYN_TRY(attndyn_two_level_linearise(run->ctx, model, &rates));
        double c2 = attndyn_two_level_share((double)at[i].G, at[i].a);
        ATTNDYN_TRY(EMIT(run, reference, .Q = at[i].Q, .G = at[i].G, .a = at[i].a,
                         .lambda = rates.lambda,
                         .lambda_closed = attndyn_two_level_lambda((double)at[i].Q, c2, 2, .7, 1.3),
                         .prototype = at[i].lambda, .multiplicity = (long)rates.multiplicity));
    }
    return ATTNDYN_OK;
}

/* The whole Hessian where it is small. */
static enum attndyn_status spectrum(const struct trial *run, struct attndyn_two_level *model) {
    enum { DENSE = 700, SHOWN = 24 };
    double *y, *rates;
    if (model->n > DENSE) return ATTNDYN_OK;
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, rates, model->n);
    ATTNDYN_TRY(attndyn_two_level_spectrum(run->ctx, model, y, rates));
    for (size_t i = 0; i < model->n && i < SHOWN; i++)
        ATTNDYN_TRY(EMIT(run, spectrum, .index = (long)i, .rate = rates[model->n - 1 - i]));
    return ATTNDYN_OK;
}

RUN(two_level) {
    struct attndyn_two_level *model;
    struct attndyn_two_level_rates rates;
    struct attndyn_two_level_seen seen;
    double *start, c2 = attndyn_two_level_share((double)p->G, p->a);
    double closed = attndyn_two_level_lambda((double)p->Q, c2, p->eta_y, p->eta_zeta, p->eta_1);
    ATTNDYN_TRY(kept_needs(run, "deeper", p->deeper));
    ATTNDYN_TRY(kept_needs(run, "local", p->local));
    ATTNDYN_TRY(create(run, p, 0, &model));
    ATTNDYN_TRY(attndyn_two_level_linearise(run->ctx, model, &rates));
    ATTNDYN_ALLOC(run->ctx, start, model->n);
    attndyn_two_level_see(model, start, &seen);
    ATTNDYN_TRY(KEEP(run, at_origin, .lambda = rates.lambda, .lambda_closed = closed,
                     .multiplicity = (double)rates.multiplicity, .c2 = seen.c2, .loss = seen.loss,
                     .within = rates.within, .along = rates.along));
    ATTNDYN_TRY(SCALAR(run, two_level_scalars, lambda, rates.lambda));
    ATTNDYN_TRY(SCALAR(run, two_level_scalars, lambda_closed, closed));
    ATTNDYN_TRY(SCALAR(run, two_level_scalars, multiplicity, (double)rates.multiplicity));
    ATTNDYN_TRY(spectrum(run, model));
    ATTNDYN_TRY(flat(run, p));
    ATTNDYN_TRY(references(run));
    bool steady = rates.lambda > 1e-3 * fmax(p->eta_y, fmax(p->eta_zeta, p->eta_1));
    if (p->Q <= p->course_classes && steady) return courses(run, p, rates.lambda);
    ATTNDYN_TRY(SCALAR(run, two_level_scalars, courses, 0));
    return results_note(run->ctx, run->results,
                        "no courses: they need Q <= course_classes and a plateau of less than a "
                        "thousand times the fastest rate");
}

static const struct figure figures[] = {
    {"two_level", "layers/two_level/two_level.gp",
     "(a) Loss of level 2 in time, from three starts (solid), and with a local task for layer 1 "
     "(dashed), which ends the plateau sooner. (b) The same against its clock, lambda(c_2) summed up over time, less "
     "ln(1/eps): the plateau is left when the clock reads ln(1/eps) and a little more. (c) The "
     "share c2 of A and B in the segments: with a local task layer 1 drops the commons first, "
     "without one only when level 2 has been found: top-down."},
    {0}};

const struct experiment experiment_layers_two_level = {
    .id = "layers/two-level",
    .title = "Two layers on a two-level tree: the plateau and the rate at which it is left",
    .source = "derived here; the talk leaves multi-layer dynamics open",
    .doc =
        "A segment holds the tokens A_i and B_j and G commons; class n has the segments (i, i + n "
        "mod Q). All classes have the same bag of tokens: one flat layer stays at ln Q. Layer 1 "
        "attends within the segments (z1, shared), layer 2 over them (zeta), and a linear decoder "
        "reads the result. The population is enumerated exactly.\n"
        "The origin is a saddle. Its top rate, 2(Q-1)-fold, is lambda = k sqrt((eta_Y/Q)(eta_zeta + "
        "eta_1 c2/2)), k = c2/(2 Q sqrt(c2/Q + 1 - c2)): layer 2 attends segments by their A_i, and "
        "layer 1 turns away from that A_i, which is spent as a key. Here it is measured from second "
        "derivatives of the enumerated loss by complex steps.\n"
        "Table `state`: lambda (from the Hessian), lambda_closed, multiplicity, c2 and loss at the "
        "origin; within and along: how well the linearised flow splits into the block that lambda "
        "is taken from (0 in exact arithmetic).",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"}, {0}},
    .tables = TABLES(course, onset, spectrum, flat, reference, the_state),
    .figures = figures,
    PARTS_OF(two_level, two_level_scalars)};
