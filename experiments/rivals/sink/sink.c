#include "sink.h"

#include "experiments/shared/kept.h"
#include "sim/model/embed/sequences.h"
#include "sim/model/rivals/sink.h"
#include "theory/rivals/sink.h"

static enum attndyn_status course(const struct trial *run, const struct sink *p, double v0) {
    const struct attndyn_sink model = {p->eta_z, p->eta_v, p->variance};
    struct attndyn_ode_problem problem = attndyn_sink_problem(&model);
    double y0[ATTNDYN_SINK_STATES] = {0, v0}, *times;
    struct kept kept;
    size_t count;
    ATTNDYN_TRY(attndyn_sink_check(run->ctx, &model));
    ATTNDYN_TRY(kept_grid(run, 1e-2, p->t_end, p->per_decade, &times, &count));
    struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_BDF_DENSE, p->rtol);
    solver.atol = 1e-6 * p->rtol;
    ATTNDYN_TRY(kept_solve(run, "sink", &problem, &solver, y0, times, count, &kept));
    for (size_t i = 0; i < count; i++) {
        const double *y = kept_at(&kept, i);
        double x = p->eta_z * p->variance * times[i], z = y[ATTNDYN_SINK_Z];
        ATTNDYN_TRY(EMIT(run, course, .v0 = v0, .t = times[i], .z = z, .v = y[ATTNDYN_SINK_V],
                         .attention = 1 / (1 + exp(-z)),
                         .closed = v0 == 0 ? attndyn_sink_logit(x) : NAN,
                         .late = v0 == 0 && x >= 1 ? attndyn_sink_late(x) : NAN));
    }
    return ATTNDYN_OK;
}

/* By the token law, what a token gains in attention it gains in length where the head's output is
 * normalised: changes of both, on random sequences. */
static enum attndyn_status tokens(const struct trial *run, bool norm) {
    const struct attndyn_sequences_options options = {.tokens = 6,
                                                      .queries = 2,
                                                      .outputs = 4,
                                                      .width = 6,
                                                      .heads = 1,
                                                      .hidden = 5,
                                                      .context = 9,
                                                      .count = 30,
                                                      .norm = norm ? ATTNDYN_SEQUENCES_AFTER
                                                                   : ATTNDYN_SEQUENCES_RESIDUAL,
                                                      .eta_u = 1,
                                                      .eta_z = 1,
                                                      .eta_w = 1,
                                                      .spread = 0.3,
                                                      .seed = 1};
    struct attndyn_sequences *model;
    struct kept kept;
    double z0[6], u0[6], z[6], u[6], t = 20;
    ATTNDYN_TRY(attndyn_sequences_create(run->ctx, &options, &model));
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, 1e-11);
    attndyn_sequences_tokens(model, model->initial, z0, u0);
    ATTNDYN_TRY(kept_solve(run, "tokens", &model->problem, &solver, model->initial, &t, 1, &kept));
    attndyn_sequences_tokens(model, kept.y, z, u);
    for (size_t l = 0; l < 6; l++)
        ATTNDYN_TRY(EMIT(run, tokens, .norm = norm ? "l2" : "none", .token = (long)l,
                         .logit = z[l] - z0[l], .length = u[l] - u0[l]));
    return ATTNDYN_OK;
}

RUN(sink) {
    ATTNDYN_TRY(kept_needs(run, "values", p->values));
    ATTNDYN_TRY(course(run, p, 0));
    for (size_t i = 0; i < p->values.count; i++)
        if (p->values.at[i] > 0) ATTNDYN_TRY(course(run, p, p->values.at[i]));
    ATTNDYN_TRY(tokens(run, true));
    return tokens(run, false);
}

static const struct figure figures[] = {
    {"sink", "rivals/sink/sink.gp",
     "(a) A sink's logit grows like half a logarithm of time (dashed: ln(2 eta_z s^2 t)/2; dots: closed "
     "form); a value that it has at first delays it. (b) That value drains."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, attention_end, "attention to the sink at the end, last v(0)",                      \
      LAST_OF(course, attention))                                                                  \
    X(OPTIONAL, z_end, "logit z of the sink at the end, last v(0)", LAST_OF(course, z))            \
    X(OPTIONAL, v_end, "value v of the sink at the end, last v(0)", LAST_OF(course, v))
SCALARS(taken, TAKEN)

const struct experiment experiment_rivals_sink = {
    .id = "rivals/sink",
    .title = "Attention sinks: a logit that grows like ln t, and a norm that forbids drained sinks",
    .source = "Guo et al. (arXiv 2410.13835), Xiao et al. (2309.17453); closed form derived here",
    .doc =
        "A dormant head (the logits are right without it) parks its attention on a sink of value 0: dz/dt "
        "= eta_z s^2 c (1-c)^2, c = 1/(1 + e^-z), so that 3 z + 3 e^z + e^(2z)/2 - e^-z grows as eta_z "
        "s^2 t and z -> ln(2 eta_z s^2 t)/2: a sink's logit grows like ln t where Scan&Snap's commons "
        "fall like ln ln t. A trained value of the sink drains. By the token law (embed/token-law) a head "
        "whose output is normalised before the residual cannot have drained sinks: attention and length "
        "rise together.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: a tenth of a second"}, {0}},
    .tables = TABLES(course, tokens),
    .figures = figures,
    PARTS_OF(sink, taken)};
