#include "sink.h"

#include "sim/model/rivals/sink.h"
#include "theory/rivals/sink.h"

#include <string.h>

#define PARAMETERS sink

CLAIM(closed_, "SK.closed", DERIVED,
      "[exact] A dormant head's logit z to a sink of value 0 obeys 3 z + 3 e^z + e^(2z)/2 - e^-z = "
      "eta_z s^2 t + const., eta_z its rate and s^2 the variance of the other tokens' values.",
      "at some time z differs from this closed form by more than {bound}", .bound = 1e-8) {
    double most = NOTHING_YET, control = NOTHING_YET;
    EACH_ROW (run, course, r) {
        if (isnan(r->closed)) continue;
        worst(&most, r->z - r->closed);
        if (!isnan(r->late)) worst(&control, r->late - r->closed);
    }
    return verdict_at_most(v, most, v->bound, "up to t = %g; control, the late form: %.3f",
                           p->t_end, control);
}

/* d/dt of the integral along the flow is eta_z s^2, at any logit: the integral's slope by the
 * five-point formula, whose own error is h^4 e^(2z)/30. */
CLAIM(integral, "SK.integral", DERIVED,
      "[exact] Along the flow with a sink of value 0 the integral 3 z + 3 e^z + e^(2z)/2 - e^-z "
      "grows at the rate eta_z s^2, whatever the logit z.",
      "for some z from -2.5 to 5 the rate is off by more than {bound} of it", .bound = 1e-9) {
    const struct attndyn_sink model = {p->eta_z, p->eta_v, p->variance};
    const struct attndyn_ode_problem problem = attndyn_sink_problem(&model);
    const double h = 1e-3;
    double most = NOTHING_YET;
    for (int i = -10; i <= 20; i++) {
        double z = 0.25 * i, y[ATTNDYN_SINK_STATES] = {z, 0}, rate[ATTNDYN_SINK_STATES];
        double slope = (attndyn_sink_integral(z - 2 * h) - attndyn_sink_integral(z + 2 * h) +
                        8 * (attndyn_sink_integral(z + h) - attndyn_sink_integral(z - h))) /
                       (12 * h);
        if (problem.rhs(0, y, rate, problem.user) != 0)
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "no rate at z = %g", z);
        worst(&most, slope * rate[ATTNDYN_SINK_Z] / (p->eta_z * p->variance) - 1);
    }
    return verdict_at_most(v, most, v->bound, "31 logits from -2.5 to 5");
}

CLAIM(half_log, "SK.half-log", DERIVED,
      "[leading] Late the sink's logit grows as z = ln(2 eta_z s^2 t)/2, like ln t (the common "
      "tokens of Scan&Snap fall like ln ln t).",
      "the slope of z in ln t over the last two decades is more than {percent} off 1/2",
      .bound = 0.02) {
    double end = p->t_end, z1 = NAN, z2 = NAN, t1 = NAN, t2 = NAN;
    EACH_ROW (run, course, r) {
        if (r->v0 != 0) continue;
        if (isnan(t1) && r->t >= end / 100) t1 = r->t, z1 = r->z;
        t2 = r->t, z2 = r->z;
    }
    if (p->eta_z * p->variance * end < 1e6) return verdict_skip(v, "late: eta_z s^2 t_end of 1e6");
    double slope = (z2 - z1) / log(t2 / t1), control = log(log(t2) / log(t1)) / log(t2 / t1);
    return verdict_near(v, slope, 0.5, v->bound, "slope %.5f; control, a ln ln t: %.4f", slope,
                        control);
}

CLAIM(drain, "SK.drain", DERIVED,
      "[numeric] A trained value of the sink drains to 0, from every start that was tried.",
      "at t_end one value is above {bound} of its start", .bound = 1e-6) {
    double most = NOTHING_YET, lowest = 0, largest = 0;
    for (size_t i = 0; i < p->values.count; i++) {
        double end = NAN;
        if (!(p->values.at[i] > 0)) continue;
        EACH_ROW (run, course, r) {
            if (r->v0 != p->values.at[i]) continue;
            end = r->v;
            if (r->z < lowest) lowest = r->z, largest = r->v0;
        }
        worst(&most, end / p->values.at[i]);
    }
    if (p->eta_v * p->t_end < 1e4 || most == 0)
        return verdict_skip(v, "needs a value above 0 and eta_v t_end of 1e4");
    return verdict_at_most(v, most, v->bound, "control, it delays: z dips to %.3f from v = %g",
                           lowest, largest);
}

/* While the sink's value outweighs the others, c v^2 > (1 - c) s^2, the logit falls, until the
 * value has drained. The dip is deeper the less the others weigh and the slower the value is
 * trained. */
CLAIM(dips, "SK.dip", DERIVED,
      "[numeric] From a sink's value v = 3, at equal rates and s^2 = 1, its logit z first dips to "
      "-1.1029: a value delays the sink. (A prototype's -1.52, printed without s^2, is that of "
      "s^2 = 1/2.)",
      "the least z of the course, refined by a parabola, is off by more than {bound}",
      .bound = 1e-2) {
    struct course at[3] = {{0}};
    double dip = NAN;
    if (p->eta_z != 1 || p->eta_v != 1 || (p->variance != 1 && p->variance != 0.5))
        return verdict_skip(v, "of equal rates, and s^2 = 1 or 1/2");
    EACH_ROW (run, course, r) {
        if (r->v0 != 3) continue;
        at[0] = at[1], at[1] = at[2], at[2] = *r;
        if (!(at[0].t > 0) || at[1].z > at[0].z || at[1].z > at[2].z || !isnan(dip)) continue;
        /* even in ln t */
        double second = at[0].z - 2 * at[1].z + at[2].z, first = (at[2].z - at[0].z) / 2;
        dip = at[1].z - first * first / (2 * second);
    }
    if (isnan(dip)) return verdict_skip(v, "needs 3 among values, and 8 outputs a decade");
    return verdict_at_most(v, fabs(dip - (p->variance == 1 ? -1.1029 : -1.5175)), v->bound,
                           "s^2 = %g: %.4f; control, without a value z never falls", p->variance,
                           dip);
}

CLAIM(forbids, "SK.norm-forbids", DERIVED,
      "[exact] Where the head's output is normalised before the residual, a token's attention "
      "logits, summed over the queries, and the squared length of its value rise or fall "
      "together: a token that gains attention cannot drain.",
      "along a flow of random sequences one of six tokens gains attention and loses length, or "
      "the reverse") {
    double least = INFINITY, control = INFINITY;
    EACH_ROW (run, tokens, r) {
        double *to = strcmp(r->norm, "l2") == 0 ? &least : &control;
        *to = smaller_of(*to, r->logit * r->length / (fabs(r->logit * r->length) + 1e-300));
    }
    return verdict_at_least(
        v, least, 1,
        "sign of the product of the two changes, the least of 6 tokens; control, no norm: %g",
        control);
}

const struct check *const sink_claims[] = {&closed_, &integral, &half_log, &drain,
                                           &dips,    &forbids,  NULL};
