/* joma/critical-point: what the critical points of the squared-loss ReLU flow are. The parameters,
 * tables and checks; the computations are in critical_point_run.c. */
#include "critical_point.h"

#include "experiments/frame/contract/check.h"

#include <math.h>

static const struct param params[] = {
    {"centres", PARAM_REALS, "2,0.5,0,0,1.5,1", 0, 0, NULL, NULL,
     "centres of the clusters, C x d row by row"},
    {"targets", PARAM_REALS, "1,0", 0, 0, NULL, NULL, "y_c of each cluster (this sets C)"},
    {"probabilities", PARAM_REALS, "", 0, 1e300, NULL, NULL,
     "P(c), normalised; empty: all the same"},
    {"sigma", PARAM_REAL, "0.3", 1e-12, 1e12, NULL, NULL,
     "standard deviation of the noise in each coordinate"},
    {"v0", PARAM_REALS, "0.1,-0.05,0.05", 0, 0, NULL, NULL, "v(0): d numbers, or one for all"},
    {"xi0", PARAM_REAL, "0", 0, 0, NULL, NULL, "xi(0)"},
    {"t_end", PARAM_REAL, "20", 1e-12, 1e12, NULL, "time", "length of the flow"},
    {"points", PARAM_INT, "101", 2, 1000000, NULL, NULL, "output times of each flow"},
    {"t_settle", PARAM_REAL, "4000", 1e-12, 1e15, NULL, "time",
     "time to stationarity, some 60 times the slowest of the Jacobian's times"},
    {"method", PARAM_CHOICE, "adams", 0, 0, ATTNDYN_ODE_METHODS, NULL, "integrator"},
    {"second_method", PARAM_CHOICE, "bdf-dense", 0, 0, ATTNDYN_ODE_METHODS, NULL,
     "a second integrator, for comparison"},
    {"rtol", PARAM_REAL, "1e-12", 1e-14, 1e-2, NULL, NULL, "relative tolerance"},
    {"step", PARAM_REAL, "0.001", 1e-12, 1e6, NULL, "time", "step of rk4 and euler"},
    {"starts", PARAM_INT, "200", 0, 1000000, NULL, NULL, "random starts of Newton's method"},
    {"start_scale", PARAM_REAL, "0.5", 1e-12, 1e12, NULL, NULL, "their scale: times N(0, 1)"},
    {"samples", PARAM_INT, "200000", 100, 1e12, NULL, NULL,
     "Monte Carlo samples of each cluster, for the field at the start"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "seed of starts and samples"},
    {"a", PARAM_REALS, "0.5,-0.5", 0, 0, NULL, NULL,
     "constant a_c of the flow without a finite attractor; -a and -|a| are run as well; empty: "
     "none"},
    {"t_constant", PARAM_REAL, "300", 1e-12, 1e12, NULL, "time", "length of those flows"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "two clusters, targets 1 and 0"},
    {"signed", "targets=1,-1", "targets 1 and -1"},
    {"three",
     "centres=2,0.5,0,0,0,0,1.5,1,0.3,0,0.2,0,1,1.2,-0.5 targets=1,0,0.4 v0=0.1,-0.05,0.05,0.02,0 "
     "a=0.5,-0.5,0.2 t_settle=20000",
     "three clusters in five dimensions"},
    {0}};

#define TIME_COLUMN                                                                                \
    { "t", COLUMN_REAL, "time", "time", false }

static const struct table tables[] = {
    {"flow", "the squared-loss flow",
     (const struct column[]){TIME_COLUMN,
                             REAL_COLUMN("norm", "||v||"),
                             REAL_COLUMN("xi", "xi"),
                             REAL_COLUMN("loss", "(1/2) sum P_c E (y_c - h)^2"),
                             {0}}},
    {"trajectory", "its components",
     (const struct column[]){TIME_COLUMN,
                             INT_COLUMN("component", "0 ... d-1: v; d: xi"),
                             REAL_COLUMN("value", "v_j or xi"),
                             {0}}},
    {"field", "d(v, xi)/dt at the start: closed form and drawn samples",
     (const struct column[]){INT_COLUMN("component", "0 ... d-1: v; d: xi"),
                             REAL_COLUMN("theory", "closed form"),
                             REAL_COLUMN("estimate", "mean"),
                             REAL_COLUMN("error", "one standard error"),
                             REAL_COLUMN("z", "(estimate - theory)/error"),
                             {0}}},
    {"cosines", "the direction of the critical v that the flow reaches",
     (const struct column[]){INT_COLUMN("cluster", "c"),
                             OPTIONAL_COLUMN("centre", "cosine with centre_c"),
                             OPTIONAL_COLUMN("difference", "cosine with centre_0 - centre_c"),
                             {0}}},
    {"eigenvalues", "of the Jacobian there",
     (const struct column[]){
         INT_COLUMN("index", "ascending"), REAL_COLUMN("value", "1/time"), {0}}},
    {"points", "critical points from random starts of Newton's method, each once",
     (const struct column[]){
         INT_COLUMN("point", "in the order found"),
         REAL_COLUMN("norm", "||v||"),
         REAL_COLUMN("xi", "xi"),
         REAL_COLUMN("loss", "loss"),
         REAL_COLUMN("residual", "largest component of the field"),
         REAL_COLUMN("outside", "distance of v from the span of differences, over ||v||"),
         REAL_COLUMN("cosine", "largest |cosine| of v with a centre"),
         INT_COLUMN("unstable", "positive eigenvalues: 0 for an attractor"),
         {0}}},
    {"constant", "flows with constant a_c, with -a_c and with -|a_c|",
     (const struct column[]){{"case", COLUMN_TEXT, NULL, "a, -a or -|a|", false},
                             TIME_COLUMN,
                             REAL_COLUMN("norm", "||v||"),
                             REAL_COLUMN("xi", "xi"),
                             REAL_COLUMN("objective", "J = sum a_c E h, which the flow climbs"),
                             OPTIONAL_COLUMN("bound", "||(v, xi)(0)||^2 + 2 J(0) t if J(0) > 0"),
                             {0}}},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"integrators", NULL, "difference of the two integrators at t_end, relative", false},
    {"loss_rise", NULL, "largest rise of the loss between outputs", false},
    {"field_z", NULL, "largest |z| of the sampled field", false},
    {"settled_field", "1/time", "largest component of the field at t_settle", false},
    {"residual", "1/time", "the same at Newton's point", true},
    {"routes", NULL, "flow to stationarity against Newton, relative", true},
    {"outside_span", NULL, "distance of v* from the span of centre differences, over ||v*||", true},
    {"best_cosine", NULL, "largest |cosine| of v* with a centre", true},
    {"centre_outside", NULL, "least distance of a centre from that span, over its length", true},
    {"rate_spread", NULL, "fastest over slowest rate at the critical point", true},
    {"model_spread", NULL, "the same for dv/dt = (mu - v) o exp(v^2/2), mu = v*", true},
    {"jacobian_error", NULL, "Jacobian against differences of the right-hand side", true},
    {"points_found", NULL, "different critical points from random starts", false},
    {"starts_dead", NULL, "starts from which the node died", false},
    {"starts_stuck", NULL, "starts from which Newton's method found none", false},
    {"span_dimension", NULL, "dimension of the span of centre differences", false},
    {"points_outside_span", NULL, "largest distance over all points found", true},
    {"objective0", NULL, "constant a: J at the start", true},
    {"objective0_minus", NULL, "constant -a: J at the start", true},
    {"objective_end", NULL, "constant a: J at the end", true},
    {"objective_end_minus", NULL, "constant -a: J at the end", true},
    {"norm_end", NULL, "constant a: ||v|| at the end", true},
    {"norm_end_minus", NULL, "constant -a: ||v|| at the end", true},
    {"growth_slack", NULL, "constant a: least of growth over 2 J(0) t, minus 1", true},
    {"growth_slack_minus", NULL, "constant -a: the same", true},
    {"objective0_negative", NULL, "constant -|a|: J at the start", true},
    {"objective_end_negative", NULL, "constant -|a|: J at the end", true},
    {"norm_end_negative", NULL, "constant -|a|: ||v|| at the end", true},
    {"growth_negative", NULL, "constant -|a|: growth of ||(v, xi)||^2, relative", true},
    {"euler_identity", NULL, "||w||^2 against its integral 2 J dt, relative", true},
    {0}};

static double scalar(const struct results *results, const char *name) {
    return results_scalar_value(results, name);
}
static const char none_found[] = "no critical point from this start (see the notes of the run)";

CHECK_FUNCTION(check_field) {
    (void)ctx;
    return verdict_at_most(v, scalar(results, "field_z"), 4.5,
                           "largest |z| of %zu numbers, %ld samples of each cluster",
                           results_rows(results, "field"), param_int(p, "samples"));
}

CHECK_FUNCTION(check_integrators) {
    (void)ctx;
    if (param_real(p, "rtol") > 1e-12 || param_is(p, "method", "euler") ||
        param_is(p, "second_method", "euler"))
        return verdict_skip(v, "needs rtol of at most 1e-12 and no Euler steps");
    return verdict_at_most(v, scalar(results, "integrators"), 1e-9, "%s and %s at t = %g",
                           param_text(p, "method"), param_text(p, "second_method"),
                           param_real(p, "t_end"));
}

CHECK_FUNCTION(check_descent) {
    (void)ctx;
    return verdict_at_most(v, scalar(results, "loss_rise"), 1e-14, "between %ld outputs",
                           param_int(p, "points"));
}

CHECK_FUNCTION(check_routes) {
    (void)ctx;
    double routes = scalar(results, "routes");
    if (isnan(routes)) return verdict_skip(v, "%s", none_found);
    if (scalar(results, "settled_field") > 1e-10)
        return verdict_skip(v, "the flow has not settled at t = %g: field %.1e",
                            param_real(p, "t_settle"), scalar(results, "settled_field"));
    return verdict_at_most(v, routes, 1e-9, "flow to t = %g (field %.1e) against Newton (%.1e)",
                           param_real(p, "t_settle"), scalar(results, "settled_field"),
                           scalar(results, "residual"));
}

CHECK_FUNCTION(check_span) {
    (void)ctx;
    size_t given, clusters;
    param_reals(p, "centres", &given);
    param_reals(p, "targets", &clusters);
    double found = scalar(results, "points_outside_span"), span = scalar(results, "span_dimension");
    if (!(span < (double)(given / clusters)))
        return verdict_skip(v, "the differences of these centres span the whole space");
    if (isnan(found) && isnan(scalar(results, "outside_span")))
        return verdict_skip(v, "no critical point was found");
    return verdict_at_most(v, fmax(found, scalar(results, "outside_span")), 1e-9,
                           "distance over ||v||, %.0f points from random starts and the flow's; "
                           "span of dimension %.0f of %zu",
                           scalar(results, "points_found"), span, given / clusters);
}

CHECK_FUNCTION(check_centre) {
    (void)ctx, (void)p;
    double cosine = scalar(results, "best_cosine");
    if (isnan(cosine)) return verdict_skip(v, "%s", none_found);
    if (scalar(results, "centre_outside") < 1e-6)
        return verdict_skip(v, "a centre lies in the span of the differences: these centres cannot "
                               "tell the two apart");
    return verdict_erratum(v, 1 - cosine, 0.02, scalar(results, "outside_span"), 1e-9,
                           "largest |cosine| of v* with a centre %.9f; v* lies in the span of the "
                           "centres' differences to %.1e",
                           cosine, scalar(results, "outside_span"));
}

CHECK_FUNCTION(check_model) {
    (void)ctx, (void)p;
    double spread = scalar(results, "rate_spread"), model = scalar(results, "model_spread");
    if (isnan(spread)) return verdict_skip(v, "%s", none_found);
    return verdict_erratum(v, spread / model - 1, 1, scalar(results, "jacobian_error"), 1e-6,
                           "fastest over slowest rate at the critical point: %.1f; the model "
                           "(mu - v) o exp(v^2/2) has %.3f there",
                           spread, model);
}

/* What the integrator makes of an identity that holds exactly. */
static double identity_bound(const struct params *p) {
    bool fixed = param_is(p, "method", "rk4") || param_is(p, "method", "euler");
    return fixed ? INFINITY : fmax(1e-9, 1000 * param_real(p, "rtol"));
}

CHECK_FUNCTION(check_euler) {
    (void)ctx;
    double identity = scalar(results, "euler_identity");
    if (isnan(identity)) return verdict_skip(v, "no constant a was given");
    if (isinf(identity_bound(p)))
        return verdict_skip(v, "fixed steps keep the identity to their order only");
    return verdict_at_most(
        v, identity, identity_bound(p),
        "| ||w||^2 - ||w(0)||^2 - 2 int J dt | over ||w||^2, a and -a, to t = %g",
        param_real(p, "t_constant"));
}

CHECK_FUNCTION(check_growth) {
    (void)ctx;
    double slack = fmin(scalar(results, "growth_slack"), scalar(results, "growth_slack_minus"));
    if (isnan(slack)) return verdict_skip(v, "neither a nor -a starts with J > 0");
    return verdict_at_least(v, slack, -1e-9,
                            "growth of ||w||^2 over 2 J(0) t, less 1; J(0) = %.4g for a, %.4g for "
                            "-a; ||v|| at t = %g: %.4g and %.4g",
                            scalar(results, "objective0"), scalar(results, "objective0_minus"),
                            param_real(p, "t_constant"), scalar(results, "norm_end"),
                            scalar(results, "norm_end_minus"));
}

CHECK_FUNCTION(check_constant_negative) {
    (void)ctx, (void)p;
    double growth = scalar(results, "growth_negative");
    if (isnan(growth)) return verdict_skip(v, "no constant a was given");
    if (isinf(identity_bound(p)))
        return verdict_skip(v, "fixed steps keep the identity to their order only");
    return verdict_at_least(
        v, -growth, 1e-6, "a_c = -|a_c|: J(0) = %.3g, at the end J = %.2e, ||v|| = %.4g",
        scalar(results, "objective0_negative"), scalar(results, "objective_end_negative"),
        scalar(results, "norm_end_negative"));
}

static const struct check *const checks[] = {
    &(const struct check){"J4.reactive-field", CHECK_CLAIM,
     "squared loss, ReLU, Gaussian clusters: the closed form of d(v, xi)/dt", "derived here",
     "a component is more than 4.5 standard errors off the samples", check_field},
    &(const struct check){"J4.reactive-integrators", CHECK_CLAIM, "two integrators agree on the flow", "derived here",
     "their ends differ by more than 1e-9", check_integrators},
    &(const struct check){"J4.reactive-descent", CHECK_CLAIM, "the flow descends the closed-form loss", "derived here",
     "the loss rises between two outputs", check_descent},
    &(const struct check){"J4.critical-routes", CHECK_CLAIM,
     "the flow settles on a root of the field that Newton's method finds", "derived here",
     "the two points differ by more than 1e-9", check_routes},
    &(const struct check){"J4.critical-span", CHECK_CLAIM,
     "at every critical point v lies in the span of differences of centres", "derived here",
     "a point lies outside", check_span},
    &(const struct check){"E.mu-is-a-centre", CHECK_ERRATUM,
     "the critical point mu is (nearly) the centre of a cluster: mu ~ xbar_c", "JoMA (mu ~ xbar_c)",
     "v* is parallel to a centre to within 2 %", check_centre},
    &(const struct check){"E.componentwise-attraction", CHECK_ERRATUM,
     "near it dv/dt = (mu - v) o exp(v^2/2), as a consequence of Theorem 3",
     "JoMA, (mu - v) o exp(v^2/2); talk",
     "the rates at the critical point are as equal as the model's", check_model},
    &(const struct check){"J4.constant-identity", CHECK_CLAIM,
     "constant a_c: d/dt ||(v, xi)||^2/2 = J = sum_c a_c E h (Euler's identity)", "derived here",
     "the identity drifts", check_euler},
    &(const struct check){"J4.constant-growth", CHECK_CLAIM,
     "constant a_c, J(0) > 0: ||(v, xi)||^2 >= ||.(0)||^2 + 2 J(0) t: no finite attractor",
     "derived here", "||(v, xi)|| falls below the bound", check_growth},
    &(const struct check){"J4.constant-negative", CHECK_CLAIM,
     "constant a_c, all negative: ||(v, xi)|| falls, the node dies", "derived here",
     "||(v, xi)|| grows although every a_c is negative", check_constant_negative},
    NULL};

static const struct figure figures[] = {
    {"critical_flow", "joma/critical_point/critical_flow.gp",
     "Left: components of v and xi under squared loss (lines) and the critical point v* (dots), "
     "which slow components reach long after the right edge. "
     "Right: the cosines of v* with each centre and with the differences of centres."},
    {"constant_growth", "joma/critical_point/constant_growth.gp",
     "Constant a_c. Left: ||(v, xi)||^2, and its lower bound where J(0) > 0. Right: |J|. From "
     "J(0) > 0 it grows at once; -a_c starts with J < 0, almost dies, revives and grows; with all "
     "a_c negative the node dies."},
    {0}};

const struct experiment experiment_joma_critical_point = {
    .id = "joma/critical-point",
    .title = "Critical points of one ReLU node on Gaussian clusters under squared loss",
    .source = "JoMA (arXiv 2310.00535): mu ~ xbar_c and (mu - v) o exp(v^2/2)",
    .doc =
        "With g = y_c - h the field of (v, xi) has a closed form (F = Phi(k), f = nu(k), k = "
        "r/(n sigma)):\n\n"
        "    dv/dt  = sum_c P_c { y_c (F centre_c + (sigma f/n) v) - (E_r centre_c + sigma^2 F v) "
        "}\n"
        "    dxi/dt = sum_c P_c { y_c F - E_r },   E_r = r F + n sigma f\n\n"
        "dxi/dt = 0 makes the coefficients of the centres sum to zero, so that v* lies in the span "
        "of differences of centres and not along a centre. The run integrates the flow, finds the "
        "critical point by the flow and by Newton's method, more of them from random starts, and "
        "the rates there, which are far from those of dv/dt = (mu - v) o exp(v^2/2). With constant "
        "a_c instead of y_c - h there is no finite attractor once J = sum a_c E h > 0; while J < 0 "
        "||(v, xi)|| shrinks, and where all a_c are negative the node dies.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = critical_point_run,
};
