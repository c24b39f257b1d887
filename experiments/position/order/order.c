#include "order.h"

#include "experiments/shared/kept.h"
#include "sim/model/position/flow.h"
#include "sim/model/position/order.h"
#include "theory/position/order.h"

static enum attndyn_status half(const struct trial *run, const char *label, double eta_y,
                                double eta_p, double X0, double *t, double *y) {
    const struct attndyn_order model = {eta_y, eta_p, X0};
    const struct attndyn_ode_options options = attndyn_order_defaults(&model);
    struct attndyn_ode_statistics counters;
    ATTNDYN_TRY(attndyn_order_half(run->ctx, &model, &options, t, y, &counters));
    return X0 == 0 ? ATTNDYN_OK : results_solver(run->ctx, run->results, label, &counters);
}

static double finite_or_empty(double x) {
    return isfinite(x) ? x : NAN;
}

static enum attndyn_status course(const struct trial *run, const struct order *p, double eps,
                                  double pi_far, const double *times, size_t count) {
    const struct attndyn_order model = {p->eta_y, p->eta_p, attndyn_order_X(eps, pi_far)};
    struct attndyn_ode_problem problem = attndyn_order_problem(&model);
    problem.events = 0, problem.event = NULL;
    const double y0[ATTNDYN_ORDER_STATES] = {0, model.X0};
    struct attndyn_ode_options options = kept_options(ATTNDYN_ODE_BDF_DENSE, p->rtol);
    options.atol = attndyn_order_defaults(&model).atol;
    struct kept kept;
    double start = NAN;
    ATTNDYN_TRY(attndyn_order_check(run->ctx, &model));
    ATTNDYN_TRY(kept_solve(run, "course", &problem, &options, y0, times, count, &kept));
    if (p->eta_p > 0) start = attndyn_order_invariant(p->eta_y, p->eta_p, 0, model.X0);
    for (size_t i = 0; i < count; i++) {
        const double *at = kept_at(&kept, i), y = at[ATTNDYN_ORDER_Y], X = at[ATTNDYN_ORDER_X];
        struct attndyn_order_seen seen;
        attndyn_order_see(at, &seen);
        double invariant = 0, scale = 1, late = 0;
        if (p->eta_p > 0) {
            double square = y * y / (2 * p->eta_y);
            invariant = attndyn_order_invariant(p->eta_y, p->eta_p, y, X) - start;
            scale = square + fabs(start);
            late = square > 0 ? cosh(X) / (p->eta_p * square) : 0;
        }
        ATTNDYN_TRY(EMIT(run, course, .eps = eps, .pi_far = pi_far, .t = times[i],
                         .loss = seen.loss, .y = y, .gate = X, .invariant = invariant,
                         .scale = scale, .late = late));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status plateau(const struct trial *run, const struct order *p, double eps) {
    double t, lambda = attndyn_order_lambda(p->eta_y, p->eta_p), predicted = NAN;
    ATTNDYN_TRY(half(run, "plateau", p->eta_y, p->eta_p, eps, &t, NULL));
    if (p->eta_p > 0 && eps > 0)
        predicted = (attndyn_order_constant(p->eta_p / p->eta_y) - log(eps)) / lambda;
    return EMIT(run, plateau, .eps = eps, .t_half = finite_or_empty(t),
                .quadrature = finite_or_empty(attndyn_order_t_half(p->eta_y, p->eta_p, eps)),
                .predicted = finite_or_empty(predicted));
}

static enum attndyn_status references(const struct trial *run) {
    static const double constants[][2] = {{.1, .917521277}, {1, 2.057005270}, {10, 4.675689309}};
    static const double shares[][2] = {{.45, 5.813472}, {.3, 2.956890}};
    for (size_t i = 0; i < 3; i++) {
        /* From the flow itself, started so near the saddle that the next order is below 1e-10. */
        double t, ratio = constants[i][0], eps = 1e-7;
        ATTNDYN_TRY(half(run, "reference", 1, ratio, eps, &t, NULL));
        ATTNDYN_TRY(EMIT(run, reference, .what = "C", .at = ratio,
                         .value = attndyn_order_lambda(1, ratio) * t + log(eps),
                         .prototype = constants[i][1]));
    }
    for (size_t i = 0; i < 2; i++) {
        double t;
        ATTNDYN_TRY(half(run, "reference", 2, 0.5, attndyn_order_X(0, shares[i][0]), &t, NULL));
        ATTNDYN_TRY(EMIT(run, reference, .what = "t_half", .at = shares[i][0], .value = t,
                         .prototype = shares[i][1]));
    }
    return ATTNDYN_OK;
}

/* A near and B far in class 1, swapped in class 2, each of weight .5; a common token of weight .4
 * (.5 without) and a distinct one of weight .1. Tokens A, B, common, distinct of 1, of 2. */
static enum attndyn_status pairs_of(const struct trial *run, double pi_near, bool distinct,
                                    double eta_p, struct attndyn_positions **model) {
    struct attndyn_placed *data;
    ATTNDYN_TRY(attndyn_placed_create(run->ctx, 2, 5, 2, &data));
    data->share[0] = pi_near, data->share[1] = 1 - pi_near;
    for (size_t n = 0; n < 2; n++)
        for (size_t r = 0; r < 2; r++) {
            double *law = attndyn_placed_law(data, r, n);
            law[(n + r) % 2] = .5, law[2] = distinct ? .4 : .5, law[3 + n] = distinct ? .1 : 0;
        }
    ATTNDYN_TRY(attndyn_placed_complete(run->ctx, data));
    const struct attndyn_positions_options options = {.eta_y = 5, .eta_z = 1, .eta_p = eta_p};
    return attndyn_positions_create(run->ctx, data, &options, model);
}

static enum attndyn_status pair(const struct trial *run, const struct order *p, double eta_p) {
    struct attndyn_positions *model;
    struct kept kept;
    double *y, t = 1e4;
    ATTNDYN_TRY(pairs_of(run, .55, true, eta_p, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_BDF_DENSE, p->rtol);
    ATTNDYN_TRY(kept_solve(run, "pairs", &model->problem, &solver, y, &t, 1, &kept));
    const double *z = kept.y + model->at_z;
    return EMIT(run, pairs, .eta_p = eta_p, .z_pair = z[0], .z_common = z[2], .z_distinct = z[3]);
}

static enum attndyn_status starve(const struct trial *run, const struct order *p, bool distinct) {
    struct attndyn_positions *model;
    struct kept kept;
    double *y, *times;
    size_t count;
    ATTNDYN_TRY(pairs_of(run, .5, distinct, 1, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    y[model->at_p] = p->starved_eps / 2, y[model->at_p + 1] = -p->starved_eps / 2;
    struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_BDF_DENSE, p->rtol);
    solver.atol = 1e-8 * p->starved_eps;
    ATTNDYN_TRY(kept_grid(run, 1, 1e8, 6, &times, &count));
    ATTNDYN_TRY(kept_solve(run, "starved", &model->problem, &solver, y, times, count, &kept));
    for (size_t i = 0; i < count; i++) {
        const double *at = kept_at(&kept, i), *logits = at + model->at_p;
        ATTNDYN_TRY(EMIT(run, starved, .shortcut = distinct, .t = times[i],
                         .gain = (logits[0] - logits[1]) / p->starved_eps,
                         .loss = attndyn_positions_loss(model, at)));
    }
    return ATTNDYN_OK;
}

RUN(order) {
    double t, X0 = attndyn_order_X(p->eps, p->pi_far), y[ATTNDYN_ORDER_STATES];
    double lambda = attndyn_order_lambda(p->eta_y, p->eta_p);
    struct attndyn_order_seen seen;
    ATTNDYN_TRY(kept_needs(run, "plateau", p->plateau));
    ATTNDYN_TRY(half(run, "t_half", p->eta_y, p->eta_p, X0, &t, y));
    attndyn_order_see(y, &seen);
    ATTNDYN_TRY(SCALAR(run, order_scalars, lambda, lambda));
    if (isfinite(t)) {
        ATTNDYN_TRY(SCALAR(run, order_scalars, t_half, t));
    } else {
        ATTNDYN_TRY(results_note(run->ctx, run->results,
                                 "no t_half: both bags look the same (eps = 0 and equal shares), "
                                 "and the loss stays at ln 2"));
    }
    ATTNDYN_TRY(
        KEEP(run, ends, .t_half = isfinite(t) ? t : NAN,
             .t_half_quadrature = isfinite(t) ? attndyn_order_t_half(p->eta_y, p->eta_p, X0) : NAN,
             .X0 = X0, .lambda = lambda, .y = y[ATTNDYN_ORDER_Y], .X = y[ATTNDYN_ORDER_X],
             .loss = seen.loss));
    ATTNDYN_TRY(references(run));
    ATTNDYN_TRY(kept_needs(run, "pair_rates", p->pair_rates));
    for (size_t i = 0; i < p->pair_rates.count; i++) ATTNDYN_TRY(pair(run, p, p->pair_rates.at[i]));
    ATTNDYN_TRY(starve(run, p, false));
    ATTNDYN_TRY(starve(run, p, true));
    for (size_t i = 0; i < p->plateau.count; i++) ATTNDYN_TRY(plateau(run, p, p->plateau.at[i]));
    /* The pictures: plateaus, a bag that cannot know the order, and the late law. */
    bool pictures = p->eta_p / p->eta_y >= 1e-6 && p->eta_p / p->eta_y <= 1e6;
    if (!pictures)
        return results_note(run->ctx, run->results,
                            "no courses: they need 1e-6 <= eta_p/eta_y <= 1e6");
    /* Evenly in time until the longest plateau is over, logarithmically into the late law. */
    enum { EVEN = 240 };
    double slow = fmin(p->eta_y, lambda), even[EVEN], end = 0, *times;
    size_t count;
    for (size_t i = 0; i < p->plateau.count; i++)
        if (p->plateau.at[i] > 0)
            end = fmax(end, attndyn_order_t_half(p->eta_y, p->eta_p, p->plateau.at[i]));
    attndyn_grid_linear(0, end > 0 ? 1.6 * end : 40 / slow, EVEN, even);
    for (size_t i = 0; i < p->plateau.count; i++)
        ATTNDYN_TRY(course(run, p, p->plateau.at[i], 0.5, even, EVEN));
    ATTNDYN_TRY(course(run, p, 0, 0.5, even, EVEN));
    ATTNDYN_TRY(kept_grid(run, 1e-2 / slow, p->late / slow, p->per_decade, &times, &count));
    return course(run, p, 0, 0.4, times, count);
}

static const struct figure figures[] = {
    {"order", "position/order/order.gp",
     "(a) The loss of the order task from p_1 - p_2 = eps at the start: without a trace of order "
     "(grey) it stays at ln 2, otherwise it leaves a plateau whose length is ln(1/eps)/lambda. (b) "
     "Shifted by that, all runs are one. (c) The first integral: every run (dots) stays on its "
     "level line in the plane of the decoder's gain and the position logits."},
    {"starved", "position/order/starved.gp",
     "(a) The starved saddle: a distinct token that gives the class away shuts the order channel, whose "
     "gain stays at some hundreds for ever; without it the gain runs until the order is learned. (b) "
     "Common pairs: A occurs in both classes, at other positions; with trained positions its logit is "
     "not suppressed, that of the true common token is."},
    {0}};

const struct experiment experiment_position_order = {
    .id = "position/order",
    .title = "Positions: a task that no bag of words can do, and its plateau",
    .source = "derived here; the talk leaves positional encoding open",
    .doc =
        "Class 1 has token A near and B far, class 2 the other way round: the bags are the same, so "
        "that Scan&Snap's model stays at ln 2 for ever. With trained logits p_r for the buckets of "
        "relative position, X = p_1 - p_2 + ln(pi_near/pi_far) and the decoder's gain y open one "
        "bilinear gate, dy/dt = eta_y delta h(X), dX/dt = 2 eta_p delta y h'(X), with the first "
        "integral y^2/(2 eta_y) - [cosh X - ln(1 + cosh X)]/eta_p. At equal shares the origin is a "
        "saddle of rate sqrt(eta_y eta_p)/2.\n"
        "Table `state`: t_half, the first time at which the loss is ln(2)/2 (absent where it never "
        "is), by integration, and t_half_quadrature over the orbit; X0, lambda, and y, X, loss at "
        "t_half.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: a tenth of a second"}, {0}},
    .tables = TABLES(course, plateau, reference, pairs, starved, the_state),
    .figures = figures,
    PARTS_OF(order, order_scalars)};
