#include "critical_point.h"

#include "experiments/statements/statements.h"

#define PARAMETERS critical_point

static const char none_found[] = "no critical point from this start (see the notes of the run)";

CLAIM(reactive_field, "J4.reactive-field", DERIVED,
      "under squared loss, g = y_c - h, with ReLU and Gaussian clusters d(v, xi)/dt has a closed "
      "form",
      "at the start a component of it is more than {bound} standard errors from the mean over "
      "drawn samples",
      .bound = 4.5) {
    return verdict_at_most(v, SCALAR_OF(run, outcome, field_z), v->bound,
                           "largest |z| of %zu numbers, %ld samples of each cluster",
                           ROWS(run, field), p->samples);
}

CLAIM(reactive_integrators, "J4.reactive-integrators", DERIVED,
      "two integrators agree on the flow of (v, xi) under squared loss",
      "their end states differ by more than {bound}, relatively", .bound = 1e-9) {
    if (p->rtol > 1e-12 || p->method == ATTNDYN_ODE_EULER || p->second_method == ATTNDYN_ODE_EULER)
        return verdict_skip(v, "needs rtol of at most 1e-12 and no Euler steps");
    return verdict_at_most(v, SCALAR_OF(run, outcome, integrators), v->bound, "%s and %s at t = %g",
                           attndyn_ode_method_name(p->method),
                           attndyn_ode_method_name(p->second_method), p->t_end);
}

CLAIM(reactive_descent, "J4.reactive-descent", DERIVED,
      "the flow descends the loss (1/2) sum_c P_c E (y_c - h)^2, taken in closed form",
      "the loss rises by more than {bound} between two outputs", .bound = 1e-14) {
    return verdict_at_most(v, SCALAR_OF(run, outcome, loss_rise), v->bound, "between %ld outputs",
                           p->points);
}

CLAIM(critical_routes, "J4.critical-routes", DERIVED,
      "the flow settles on a root of the field that Newton's method finds",
      "the two points differ by more than {bound}, relatively", .bound = 1e-9) {
    double routes = SCALAR_OF(run, outcome, routes), field = SCALAR_OF(run, outcome, settled_field);
    if (isnan(routes)) return verdict_skip(v, "%s", none_found);
    if (field > 1e-10)
        return verdict_skip(v, "the flow has not settled at t = %g: field %.1e", p->t_settle,
                            field);
    return verdict_at_most(v, routes, v->bound, "flow to t = %g (field %.1e) against Newton (%.1e)",
                           p->t_settle, field, SCALAR_OF(run, outcome, residual));
}

CLAIM(critical_span, "J4.critical-span", DERIVED,
      "at every critical point of (v, xi), v lies in the span of the differences of centres",
      "v of some point found is outside of it by more than {bound} of ||v||", .bound = 1e-9) {
    size_t dimension = p->centres.count / p->targets.count;
    double found = SCALAR_OF(run, outcome, points_outside_span),
           of_flow = SCALAR_OF(run, outcome, outside_span), most = NOTHING_YET,
           span = SCALAR_OF(run, outcome, span_dimension);
    if (!(span < (double)dimension))
        return verdict_skip(v, "the differences of these centres span the whole space");
    if (!isnan(found)) worst(&most, found);
    if (!isnan(of_flow)) worst(&most, of_flow);
    if (most == NOTHING_YET) return verdict_skip(v, "no critical point was found");
    return verdict_at_most(v, most, v->bound,
                           "distance over ||v||, %.0f point(s) from random starts and the flow's; "
                           "span of dimension %.0f of %zu",
                           SCALAR_OF(run, outcome, points_found), span, dimension);
}

CLAIM(mu_is_a_centre, "J4.mu-is-a-centre", OF(J_S_mu),
      "the critical point mu of v is about the centre of a cluster: mu ~ xbar_c (judged under "
      "squared loss with ReLU)",
      "the largest |cosine| of the critical v with a centre is below 1 by more than {percent}",
      .bound = 0.02, .unjudged = "quick") {
    double cosine = SCALAR_OF(run, outcome, best_cosine);
    if (isnan(cosine)) return verdict_skip(v, "%s", none_found);
    return verdict_at_most(v, 1 - cosine, v->bound,
                           "largest |cosine| of v* with a centre %.9f, squared loss and ReLU; v* "
                           "lies in the span of the centres' differences to %.1e",
                           cosine, SCALAR_OF(run, outcome, outside_span));
}

CLAIM(componentwise_attraction, "J4.componentwise-attraction", OF(J_E),
      "near the critical point mu of v the dynamics is dv/dt = (mu - v) o exp(v^2/2) (judged by "
      "the spread of the rates of approach, under squared loss with ReLU)",
      "fastest over slowest rate at the critical point is off that of this model by more than "
      "{percent}",
      .bound = 0.1, .unjudged = "quick") {
    double spread = SCALAR_OF(run, outcome, rate_spread),
           model = SCALAR_OF(run, outcome, model_spread);
    if (isnan(spread)) return verdict_skip(v, "%s", none_found);
    return verdict_near(v, spread, model, v->bound,
                        "fastest over slowest rate at the critical point, squared loss and ReLU: "
                        "%.1f; the model (mu - v) o exp(v^2/2) has %.3f there",
                        spread, model);
}

CLAIM(jacobian, "J4.critical-jacobian", DERIVED,
      "the Jacobian in closed form is that of the right-hand side, at the critical point",
      "central differences of the right-hand side are off it by more than {bound} of its largest "
      "entry",
      .bound = 1e-6) {
    double error = SCALAR_OF(run, outcome, jacobian_error);
    if (isnan(error)) return verdict_skip(v, "%s", none_found);
    return verdict_at_most(v, error, v->bound, "relative to its largest entry");
}

/* How far the integrator may be off in an identity that holds exactly. */
static double identity_bound(const struct critical_point *p) {
    bool fixed = p->method == ATTNDYN_ODE_RK4 || p->method == ATTNDYN_ODE_EULER;
    return fixed ? INFINITY : larger_of(1e-9, 1000 * p->rtol);
}

/* Was a constant a given, and does the integrator keep an identity? Otherwise v is skipped. */
static bool of_constant(const struct critical_point *p, double measured, struct verdict *v) {
    if (isnan(measured))
        verdict_skip(v, "no constant a was given");
    else if (isinf(identity_bound(p)))
        verdict_skip(v, "fixed steps keep the identity to their order only");
    else
        return true;
    return false;
}

CLAIM(constant_identity, "J4.constant-identity", DERIVED,
      "with a constant a_c in place of P_c (y_c - h), (d/dt) ||(v, xi)||^2/2 = J = sum_c a_c E h "
      "(Euler's identity)",
      "||(v, xi)||^2 and its integral 2 int J dt part by more than 1e-9, relatively (1000 rtol, "
      "if that is more)") {
    double identity = SCALAR_OF(run, outcome, euler_identity);
    if (!of_constant(p, identity, v)) return ATTNDYN_OK;
    return verdict_at_most(
        v, identity, identity_bound(p),
        "largest | ||w||^2 - ||w(0)||^2 - 2 int J dt | over ||w||^2, w = (v, xi), of a, -a and "
        "-|a|, to t = %g",
        p->t_constant);
}

CLAIM(constant_growth, "J4.constant-growth", DERIVED,
      "with a constant a_c and J(0) = sum_c a_c E h > 0 there is no finite attractor: ||(v, "
      "xi)||^2 grows by 2 J(0) t at least",
      "it grows by less up to some output") {
    /* of a, of -a: none where J(0) <= 0 */
    double slack = SCALAR_OF(run, outcome, growth_slack),
           minus = SCALAR_OF(run, outcome, growth_slack_minus);
    if (isnan(slack) && isnan(minus)) return verdict_skip(v, "neither a nor -a starts with J > 0");
    if (isnan(slack) || minus < slack) slack = minus;
    return verdict_at_least(
        v, slack, -1e-9,
        "growth of ||(v, xi)||^2 over 2 J(0) t, less 1; J(0) = %.4g for a, %.4g for -a; ||v|| at "
        "t = %g: %.4g and %.4g",
        SCALAR_OF(run, outcome, objective0), SCALAR_OF(run, outcome, objective0_minus),
        p->t_constant, SCALAR_OF(run, outcome, norm_end), SCALAR_OF(run, outcome, norm_end_minus));
}

CLAIM(constant_negative, "J4.constant-negative", DERIVED,
      "with a constant a_c, negative for all clusters, ||(v, xi)|| falls: the node dies",
      "||(v, xi)||^2 at the end has not fallen by {bound} of itself at least", .bound = 1e-6) {
    double growth = SCALAR_OF(run, outcome, growth_negative);
    if (!of_constant(p, growth, v)) return ATTNDYN_OK;
    return verdict_at_least(v, -growth, v->bound,
                            "a_c = -|a_c|: J(0) = %.3g, at the end J = %.2e, ||v|| = %.4g",
                            SCALAR_OF(run, outcome, objective0_negative),
                            SCALAR_OF(run, outcome, objective_end_negative),
                            SCALAR_OF(run, outcome, norm_end_negative));
}

const struct check *const critical_point_claims[] = {
    &reactive_field,    &reactive_integrators, &reactive_descent,         &critical_routes,
    &critical_span,     &mu_is_a_centre,       &componentwise_attraction, &jacobian,
    &constant_identity, &constant_growth,      &constant_negative,        NULL};
