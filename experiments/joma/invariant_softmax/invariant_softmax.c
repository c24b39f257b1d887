/* JoMA's Theorem 1 for softmax attention, and the paper's Figures 2 and 3. See `doc` below. */
#include "claims.h"
#include "sim/num/stats.h"
#include "violation.h"
#include "experiments/joma/shared/theorem1.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    {"attention", PARAM_CHOICE, "softmax", .choices = "softmax",
     .doc = "linear and exp attention are in joma/invariant"},
    {"activation", PARAM_CHOICE, "linear",
     .choices = "linear|relu|tanh|quadratic|gelu|leaky-relu|cubic|erf|silu",
     .doc = "of the hidden nodes; the paper's is linear"},
    {"loss", PARAM_CHOICE, "ce", .choices = "ce|mse",
     .doc = "of the training; a fixed gradient, onehot - 1/K, is run beside it"},
    {"M", PARAM_INT, "20", 2, 500, .doc = "contextual tokens"},
    {"distinct", PARAM_INT, "10", 0, 500,
     .doc = "of these, the ones that move with the class in the gaussian case"},
    {"K", PARAM_INT, "20", 2, 500, .doc = "classes: hidden nodes"},
    {"N", PARAM_INT, "20", 2, 500, .doc = "samples, with labels i mod K"},
    {"seed", PARAM_INT, "1", .doc = "first seed"},
    {"seeds", PARAM_INT, "10", 1, 1000, .doc = "runs of each case, seed, seed + 1, ..."},
    {"rng", PARAM_CHOICE, "splitmix", .choices = "splitmix|mt19937",
     .doc = "stream: X = U(M,N)/2, V = scale N(M,K), xi = scale N(K), z = scale N(M), row-major"},
    {"eta_w", PARAM_REAL, "1", 1e-6, 1e6, .doc = "learning rate of w, times lr"},
    {"eta_z", PARAM_REAL, "1", 1e-6, 1e6, .doc = "learning rate of z, times lr"},
    {"temperature", PARAM_REAL, "0.5", 1e-3, 1e3, .doc = "T of the softmax"},
    {"scale", PARAM_REAL, "0.01", 0, 100,
     .doc = "standard deviation of the parameters at the start"},
    {"width", PARAM_REAL, "30", 1e-3, 1e9, .doc = "of exp(-(l - D i/N)^2/width), gaussian case"},
    {"lr", PARAM_REAL, "0.1", 1e-9, 1e3, .doc = "rate of gradient descent"},
    {"steps", PARAM_INT, "2000", 4, 10000000, .doc = "updates"},
    {"every", PARAM_INT, "20", 1, 1000000, .doc = "iterations between rows"},
    {"t_end", PARAM_REAL, "10", 1e-6, 1e6,
     .doc = "controlled violation: horizon of the flow; also seen at a tenth of it"},
    {"delta", PARAM_REALS, "0,1e-4,1e-3,1e-2,0.1,1", 0, 100,
     .doc = "controlled violation: spread of the samples"},
    {"flow_M", PARAM_INT, "8", 2, 500, .doc = "controlled violation: tokens"},
    {"flow_K", PARAM_INT, "3", 1, 500, .doc = "controlled violation: hidden nodes"},
    {"flow_N", PARAM_INT, "6", 1, 500, .doc = "controlled violation: samples"},
    {"widths", PARAM_REALS, "1000,300,100,30,10,3,1", 1e-3, 1e9, .doc = "sweep of the width"},
    {"blends", PARAM_REALS, "0,0.1,0.25,0.5,0.75,1", 0, 1,
     .doc = "sweep from gaussian (0) to random (1)"},
    {"sweep_seeds", PARAM_INT, "5", 1, 1000, .doc = "runs of each point of the sweeps"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the authors' setting, ten seeds: about three seconds"},
    {"paper", "every=1 seeds=20 sweep_seeds=20", "every iteration, more seeds"},
    {"one", "seeds=1 widths= blends= delta=0", "one seed, no sweeps: for sweeps of its own"},
    {0}};

/* What is measured at an iteration, by name. */
#define QUANTITIES                                                                                 \
    QUANTITY(nc, holds.correlation, "NC of z^ with constant xbar and z")                           \
    QUANTITY(slope, holds.slope, "slope of z^ - z^(0) on z - z(0)")                                \
    QUANTITY(error, holds.error, "|z^ - z|/|z|")                                                   \
    QUANTITY(nc_w, whole.correlation,                                                              \
             "NC with |W|^2 in place of |V|^2, as in the authors' script")                         \
    QUANTITY(nc_printed, printed.correlation, "NC of the printed form, without the factor 1/2")    \
    QUANTITY(slope_printed, printed.slope, "slope of the printed form")                            \
    QUANTITY(error_printed, printed.error, "relative error of the printed form")                   \
    QUANTITY(nc_moving, moving.correlation, "NC with int bbar d|V|^2/2")                           \
    QUANTITY(slope_moving, moving.slope, "slope with int bbar d|V|^2/2")                           \
    QUANTITY(error_moving, moving.error, "relative error with int bbar d|V|^2/2")                  \
    QUANTITY(nc_exact, exact.correlation, "NC with the exact second term")                         \
    QUANTITY(slope_exact, exact.slope, "slope with the exact second term")                         \
    QUANTITY(error_exact, exact.error, "relative error with the exact second term")                \
    QUANTITY(nc_z1, nc_z1, "NC of z1^ = sum v^2/(2T) alone and z")                                 \
    QUANTITY(nc_z2, nc_z2, "NC of z2^ = -|V|^2 xbar/(2T) alone and z")                             \
    QUANTITY(variation, variation, "total variation of the mean attention and xbar")               \
    QUANTITY(residual, residual, "residual of the theorem's condition, relative")                  \
    QUANTITY(summed, summed, "sum_k g_k h'_k over its terms: 0 makes the printed condition hold")  \
    QUANTITY(loss, loss, "loss")                                                                   \
    QUANTITY(entropy, entropy, "mean entropy of the attention")

enum quantity {
#define QUANTITY(name, field, about) Q_##name,
    QUANTITIES
#undef QUANTITY
        Q_COUNT
};

static const struct column iteration_columns[] = {
    {"case", COLUMN_TEXT, .doc = "gaussian or random"},
    {"gradient", COLUMN_TEXT, .doc = "the loss, or fixed"},
    {"seed", COLUMN_INT, .doc = "of the run"},
    {"iteration", COLUMN_INT, .doc = "updates done"},
#define QUANTITY(name, field, about) {#name, COLUMN_REAL, .doc = about, .optional = true},
    QUANTITIES
#undef QUANTITY
    {0}};
static const struct column mean_columns[] = {{"case", COLUMN_TEXT, .doc = "gaussian or random"},
                                             {"gradient", COLUMN_TEXT, .doc = "the loss, or fixed"},
                                             {"seeds", COLUMN_INT, .doc = "runs"},
                                             {"iteration", COLUMN_INT, .doc = "updates done"},
#define QUANTITY(name, field, about) {#name, COLUMN_REAL, .doc = "mean: " about, .optional = true},
                                             QUANTITIES
#undef QUANTITY
#define QUANTITY(name, field, about)                                                               \
    {#name "_sd", COLUMN_REAL, .doc = "standard deviation over the seeds: " about,                 \
     .optional = true},
                                                 QUANTITIES
#undef QUANTITY
                                             {0}};
static const struct column distribution_columns[] = {
    {"case", COLUMN_TEXT, .doc = "gaussian or random"},
    {"sample", COLUMN_INT, .doc = "i"},
    {"token", COLUMN_INT, .doc = "l"},
    {"x", COLUMN_REAL, .doc = "P(l | sample), first seed"},
    {0}};
static const struct column weight_columns[] = {
    {"stage", COLUMN_TEXT, .doc = "start or end"},
    {"class", COLUMN_INT, .doc = "k"},
    {"token", COLUMN_INT, .doc = "l"},
    {"v", COLUMN_REAL, .doc = "v_lk; gaussian case, first seed"},
    {0}};
static const struct column component_columns[] = {
    {"iteration", COLUMN_INT, .doc = "updates done"},
    {"token", COLUMN_INT, .doc = "l"},
    {"v", COLUMN_REAL, .doc = "v_l0; gaussian case, first seed"},
    {0}};
static const struct column violation_columns[] = {
    {"delta", COLUMN_REAL, .doc = "spread of the samples; 0: all share one attention"},
    {"t", COLUMN_REAL, .doc = "time"},
    {"moving", COLUMN_REAL, .doc = "|z^ - z|/|z| with int bbar d|V|^2/2"},
    {"constant", COLUMN_REAL, .doc = "the same with constant bbar(0)"},
    {"printed", COLUMN_REAL, .doc = "with constant bbar(0), and without the factor 1/2"},
    {0}};
static const struct column sweep_columns[] = {
    {"kind", COLUMN_TEXT, .doc = "width or blend"},
    {"value", COLUMN_REAL, .doc = "of it"},
    {"seeds", COLUMN_INT, .doc = "runs"},
    {"nc", COLUMN_REAL, .doc = "final NC, mean"},
    {"nc_sd", COLUMN_REAL, .doc = "its standard deviation over the seeds", .optional = true},
    {"error", COLUMN_REAL, .doc = "final |z^ - z|/|z|, mean"},
    {"error_sd", COLUMN_REAL, .doc = "its standard deviation over the seeds", .optional = true},
    {"slope", COLUMN_REAL, .doc = "final slope, mean"},
    {"variation", COLUMN_REAL, .doc = "final total variation of bbar and xbar, mean"},
    {"residual", COLUMN_REAL, .doc = "final residual of the condition, mean"},
    {0}};
static const struct column order_columns[] = {
    {"lr", COLUMN_REAL, .doc = "rate of descent"},
    {"iteration", COLUMN_INT, .doc = "updates done: lr x iteration is the same"},
    {"exact", COLUMN_REAL, .doc = "relative error with the exact second term"},
    {"moving", COLUMN_REAL, .doc = "with int bbar d|V|^2/2"},
    {"constant", COLUMN_REAL, .doc = "with constant xbar"},
    {0}};

static const struct table tables[] = {
    {"iterations", "Figure 2: the first seed's runs", iteration_columns},
    {"means", "Figure 2: over the seeds", mean_columns},
    {"distribution", "Figure 2: X", distribution_columns},
    {"weights", "Figure 3: V at the start and at the end", weight_columns},
    {"components", "Figure 3: the first column of V in training", component_columns},
    {"violation", "flows with controlled violation of the condition", violation_columns},
    {"sweep", "violation by width and by blend, in Figure 2's setting", sweep_columns},
    {"orders", "error against the rate of descent", order_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"nc", .doc = "final NC of the first gaussian run"},
    {"slope", .doc = "its slope"},
    {"error", .doc = "its relative error"},
    {"nc_random", .doc = "final NC of the first random run"},
    {"sum_z",
     .doc = "largest change of sum_l z_l in any run, over the largest |z_l| where that is above 1"},
    {0}};

static const struct figure figures[] = {
    {"figure_2", "joma/invariant_softmax/figure_2.gp",
     "The paper's Figure 2 (top row: token distributions, and the correlation of z with its "
     "estimate from the weights and with the estimate's two parts) and what it does not show "
     "(below): the estimate's amplitude and relative error, by form of the second term. With "
     "constant mean attention the correlation is high while the amplitude is wrong by an order of "
     "magnitude; with the exact second term both are right."},
    {"figure_3", "joma/invariant_softmax/figure_3.gp",
     "The paper's Figure 3: V at the start and at the end, and the components of its first column "
     "in training: some grow on, most saturate."},
    {"violation", "joma/invariant_softmax/violation.gp",
     "What a violated condition costs. Left: controlled spread of the samples; the form with "
     "moving "
     "mean attention is exact without spread and errs in proportion to it. Middle and right: "
     "Figure "
     "2's setting by width and by blend; the relative error follows the violation, NC does not."},
    {0}};

/* All runs of a case. */
struct gallery {
    struct results *results;
    const struct params *params;
    const char *name, *gradient;
    bool first, draw; /* first seed; the case drawn in Figure 3 */
    uint64_t seed;
    size_t rows, room; /* iterations seen */
    double *values;    /* (seeds, room, Q_COUNT) */
    size_t *iteration; /* (room) */
    size_t run;
    double sum_z;
    struct softmax_seen last;
};

static enum attndyn_status keep(struct attndyn_context *ctx, void *user, const double *state,
                                const struct softmax_seen *s) {
    struct gallery *g = user;
    double *v = g->values + (g->run * g->room + g->rows) * Q_COUNT;
#define QUANTITY(name, field, about) v[Q_##name] = s->field;
    QUANTITIES
#undef QUANTITY
    g->iteration[g->rows++] = s->iteration;
    g->sum_z = theorem1_worse(g->sum_z, fabs(s->sum_z));
    g->last = *s;
    if (!g->first) return ATTNDYN_OK;
    struct cell row[4 + Q_COUNT] = {S(g->name), S(g->gradient), I((long)g->seed),
                                    I((long)s->iteration)};
    for (size_t q = 0; q < Q_COUNT; q++) row[4 + q] = R(v[q]);
    ATTNDYN_TRY(results_emit(ctx, g->results, "iterations", row, 4 + Q_COUNT));
    if (!g->draw) return ATTNDYN_OK;
    size_t M = (size_t)param_int(g->params, "M"), K = (size_t)param_int(g->params, "K");
    for (size_t l = 0; l < M; l++)
        ATTNDYN_TRY(EMIT(ctx, g->results, "components", I((long)s->iteration), I((long)l),
                         R(state[l * K])));
    return ATTNDYN_OK;
}

static enum attndyn_status emit_weights(struct attndyn_context *ctx, struct results *results,
                                        const char *stage, const struct attndyn_joma *m,
                                        const double *state) {
    for (size_t k = 0; k < m->hidden; k++)
        for (size_t l = 0; l < m->tokens; l++)
            ATTNDYN_TRY(EMIT(ctx, results, "weights", S(stage), I((long)k), I((long)l),
                             R(state[l * m->hidden + k])));
    return ATTNDYN_OK;
}

static enum attndyn_status emit_means(struct attndyn_context *ctx, struct gallery *g,
                                      size_t seeds) {
    double *one, mean[Q_COUNT], sd[Q_COUNT];
    ATTNDYN_ALLOC(ctx, one, seeds);
    for (size_t r = 0; r < g->rows; r++) {
        for (size_t q = 0; q < Q_COUNT; q++) {
            for (size_t s = 0; s < seeds; s++) one[s] = g->values[(s * g->room + r) * Q_COUNT + q];
            mean[q] = attndyn_mean(seeds, one);
            sd[q] = attndyn_sd(seeds, one);
        }
        struct cell row[4 + 2 * Q_COUNT] = {S(g->name), S(g->gradient), I((long)seeds),
                                            I((long)g->iteration[r])};
        for (size_t q = 0; q < Q_COUNT; q++) {
            row[4 + q] = R(mean[q]);
            row[4 + Q_COUNT + q] = R(sd[q]);
        }
        ATTNDYN_TRY(results_emit(ctx, g->results, "means", row, 4 + 2 * Q_COUNT));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status run_case(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results, bool random, bool fixed,
                                    struct gallery *g) {
    size_t seeds = (size_t)param_int(p, "seeds"), steps = (size_t)param_int(p, "steps");
    size_t every = (size_t)param_int(p, "every");
    *g = (struct gallery){.results = results,
                          .params = p,
                          .name = random ? "random" : "gaussian",
                          .gradient = fixed ? "fixed" : param_text(p, "loss"),
                          .draw = !random && !fixed,
                          .room = steps / every + 2};
    ATTNDYN_ALLOC(ctx, g->values, seeds * g->room * Q_COUNT);
    ATTNDYN_ALLOC(ctx, g->iteration, g->room);
    for (size_t s = 0; s < seeds; s++) {
        struct attndyn_joma_classes_spec spec = softmax_spec(p);
        struct attndyn_joma m;
        spec.blend = random ? 1 : 0;
        spec.loss = fixed                       ? ATTNDYN_JOMA_FIXED
                    : param_is(p, "loss", "ce") ? ATTNDYN_JOMA_CE
                                                : ATTNDYN_JOMA_MSE;
        spec.seed = g->seed = (uint64_t)param_int(p, "seed") + s;
        g->run = s;
        g->rows = 0;
        g->first = s == 0;
        struct softmax_track track = {.model = &m,
                                      .lr = param_real(p, "lr"),
                                      .steps = steps,
                                      .every = every,
                                      .seen = keep,
                                      .user = g};
        ATTNDYN_TRY(attndyn_joma_classes_create(ctx, &spec, &m, &track.state));
        if (g->first && !fixed)
            for (size_t i = 0; i < m.samples; i++)
                for (size_t l = 0; l < m.tokens; l++)
                    ATTNDYN_TRY(EMIT(ctx, results, "distribution", S(g->name), I((long)i),
                                     I((long)l), R(m.x[i * m.tokens + l])));
        if (g->first && g->draw) ATTNDYN_TRY(emit_weights(ctx, results, "start", &m, track.state));
        ATTNDYN_TRY(softmax_train(ctx, &track));
        if (g->first && g->draw) {
            size_t xo = attndyn_joma_xi_offset(&m), zo = attndyn_joma_z_offset(&m);
            ATTNDYN_TRY(emit_weights(ctx, results, "end", &m, track.state));
            ATTNDYN_TRY(results_emit_state(ctx, results, "z", track.state + zo, m.tokens));
            ATTNDYN_TRY(results_emit_state(ctx, results, "V", track.state, xo));
            ATTNDYN_TRY(results_emit_state(ctx, results, "xi", track.state + xo, m.hidden));
        }
        if (g->first && !fixed && !random) {
            ATTNDYN_TRY(results_scalar(ctx, results, "nc", g->last.holds.correlation));
            ATTNDYN_TRY(results_scalar(ctx, results, "slope", g->last.holds.slope));
            ATTNDYN_TRY(results_scalar(ctx, results, "error", g->last.holds.error));
        }
        if (g->first && !fixed && random)
            ATTNDYN_TRY(results_scalar(ctx, results, "nc_random", g->last.holds.correlation));
    }
    return emit_means(ctx, g, seeds);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    if (param_int(p, "distinct") > param_int(p, "M"))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "distinct = %ld of M = %ld tokens: lower distinct",
                            param_int(p, "distinct"), param_int(p, "M"));
    double sum_z = 0;
    for (int c = 0; c < 4; c++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        struct gallery g;
        ATTNDYN_TRY(run_case(ctx, p, results, c & 1, c & 2, &g));
        sum_z = theorem1_worse(sum_z, g.sum_z);
        attndyn_memory_release(ctx, mark);
        attndyn_progress(ctx, "cases", c + 1, 4);
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "sum_z", sum_z));
    ATTNDYN_TRY(violation_flows(ctx, p, results));
    ATTNDYN_TRY(violation_sweeps(ctx, p, results));
    return violation_orders(ctx, p, results);
}

const struct experiment experiment_joma_invariant_softmax = {
    .id = "joma/invariant-softmax",
    .title = "Theorem 1 for softmax attention, and Figures 2 and 3: correlation and amplitude",
    .source = "JoMA (arXiv 2310.00535), Theorem 1, Figures 2 and 3",
    .doc =
        "For softmax attention dz/dt = (r/T) { d/dt sum_k v_k^2/2 - eta_w sum_k E[g_k h'_k b b^T] "
        "v_k } always. If sum_k E[g_k h'_k b b^T] v_k = bbar sum_k E[g_k h'_k b]^T v_k the second "
        "term "
        "becomes int bbar d(sum_k |v_k|^2)/2, and with constant bbar the paper's closed form, "
        "whose "
        "second term misses a factor 1/2 as printed. Four forms of the estimate z^ are held "
        "against z: "
        "as printed; with the 1/2 and constant bbar = xbar, as the authors' script has it; with "
        "the "
        "moving mean attention; with the exact second term.\n"
        "Figures 2 and 3: 20 classes over 10 distinct and 10 common tokens, linear activation, "
        "cross-entropy, T = 1/2, 2000 steps of descent at 0.1, distributions that move smoothly "
        "from "
        "class to class (gaussian) or not (random). NC, the centred correlation of the paper, is "
        "blind "
        "to amplitude, so slope and relative error stand beside it, with the total variation of "
        "bbar "
        "and xbar and the residual of the condition. Then the condition is violated on purpose: "
        "samples X_li = base_l exp(delta noise) under the flow, and sweeps of width and blend.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = joma_invariant_softmax_checks,
    .run = run,
};
