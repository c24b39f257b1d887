/* Theorem 3 of JoMA: one nonlinear node on isotropic clusters. The parameters, tables and checks;
 * the computations are in isotropic_run.c. */
#include "isotropic.h"

#include "experiments/frame/contract/check.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    {"centres", PARAM_REALS, "", 0, 0, NULL, NULL,
     "centres of the clusters, C x d row by row; empty: drawn, centre_scale N(0, 1)"},
    {"weights", PARAM_REALS, "0.5,-0.3,0.8", 0, 0, NULL, NULL,
     "a_c = P(c) E[g|c]; as many as there are clusters (this sets C)"},
    {"d", PARAM_INT, "6", 1, 100000, NULL, NULL, "coordinates of drawn centres"},
    {"sigma", PARAM_REAL, "0.7", 1e-12, 1e12, NULL, NULL,
     "standard deviation of the noise in each coordinate"},
    {"v0", PARAM_REALS, "", 0, 0, NULL, NULL,
     "v(0): d numbers, or one for all; empty: drawn after the centres, v_scale N(0, 1)"},
    {"xi0", PARAM_REAL, "0.2", 0, 0, NULL, NULL, "xi(0)"},
    {"activation", PARAM_CHOICE, "relu", 0, 0, ATTNDYN_THETA_ACTIVATIONS, NULL, "phi of the flow"},
    {"slope", PARAM_REAL, "0.1", -10, 10, NULL, NULL, "leaky-relu: phi' left of 0"},
    {"t_end", PARAM_REAL, "10", 1e-12, 1e12, NULL, "time", "length of the flow"},
    {"points", PARAM_INT, "101", 2, 1000000, NULL, NULL, "output times of the flow"},
    {"method", PARAM_CHOICE, "adams", 0, 0, ATTNDYN_ODE_METHODS, NULL, "integrator of the flow"},
    {"second_method", PARAM_CHOICE, "bdf-dense", 0, 0, ATTNDYN_ODE_METHODS, NULL,
     "a second integrator, for comparison"},
    {"rtol", PARAM_REAL, "1e-12", 1e-14, 1e-2, NULL, NULL, "relative tolerance"},
    {"step", PARAM_REAL, "0.001", 1e-12, 1e6, NULL, "time", "step of rk4 and euler"},
    {"v_limit", PARAM_REAL, "1e6", 1e-6, 1e100, NULL, NULL,
     "the flow ends where ||v|| reaches it (quadratic and cubic activations grow without bound)"},
    {"seed", PARAM_INT, "11", 0, 0, NULL, NULL, "seed of drawn centres, v(0) and samples"},
    {"rng", PARAM_CHOICE, "splitmix", 0, 0, "splitmix|mt19937", NULL,
     "generator of drawn centres and v(0)"},
    {"centre_scale", PARAM_REAL, "1.5", 0, 1e12, NULL, NULL, "scale of drawn centres"},
    {"v_scale", PARAM_REAL, "0.8", 1e-12, 1e12, NULL, NULL, "scale of a drawn v(0)"},
    {"theta_r", PARAM_REALS, "-6,-3,-1.2,-0.4,0,0.4,1.2,3,6", -1e6, 1e6, NULL, NULL,
     "r of the table of theta"},
    {"theta_n", PARAM_REALS, "0.3,1.3,5", 1e-6, 1e6, NULL, NULL, "||v|| of the table of theta"},
    {"sphere_d", PARAM_REALS, "2,3,10", 2, 1e6, NULL, NULL,
     "dimensions of the noise on the sphere (ReLU)"},
    {"radius", PARAM_REAL, "1", 1e-12, 1e12, NULL, NULL, "radius of that sphere"},
    {"samples", PARAM_INT, "1000000", 100, 1e12, NULL, NULL, "Monte Carlo samples of each cluster"},
    {"targets", PARAM_REALS, "", 0, 0, NULL, NULL,
     "y_c of the reactive gradient g = y_c - h, P(c) = 1/C; empty: 1, 0, 1, 0, ..."},
    {"t_drawn", PARAM_REAL, "2", 0, 1e12, NULL, "time",
     "length of the flow on drawn samples (0: none)"},
    {"drawn_samples", PARAM_INT, "6000", 2, 100000000, NULL, NULL,
     "samples of each cluster in that flow"},
    {"drawn_flows", PARAM_INT, "16", 4, 10000, NULL, NULL, "independent flows on drawn samples"},
    {"drawn_steps", PARAM_INT, "100", 1, 1000000, NULL, NULL, "Runge-Kutta steps of each"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the defaults: the instance of seed 11"},
    {"gelu", "activation=gelu", "the same with GELU"},
    {"grows", "weights=0.5,0.5 centres=2,0.5,0,0,1.5,1 v0=0.1,-0.05,0.05 xi0=0 sigma=0.3 t_end=100",
     "constant a_c: no finite attractor"},
    {0}};

static const struct table tables[] = {
    {"theta", "closed forms beside quadrature; noise gauss (sigma) or sphere (radius, ReLU)",
     (const struct column[]){
         TEXT_COLUMN("noise", "gauss or sphere"),
         TEXT_COLUMN("activation", "phi"),
         INT_COLUMN("d", "dimension of the sphere, 0 for gauss"),
         REAL_COLUMN("r", "pre-activation at the centre"),
         REAL_COLUMN("n", "||v||"),
         REAL_COLUMN("theta1", "closed form"),
         REAL_COLUMN("theta2", "closed form"),
         OPTIONAL_COLUMN("quadrature1", "n E phi' by quadrature"),
         OPTIONAL_COLUMN("quadrature2", "n^2 E[phi' s] by quadrature"),
         OPTIONAL_COLUMN("weak1", "by quadrature of phi"),
         OPTIONAL_COLUMN("weak2", "by quadrature of phi"),
         OPTIONAL_COLUMN("deviation", "largest difference to the quadrature, over its scale"),
         OPTIONAL_COLUMN("weak_deviation", "the same for the quadrature of phi"),
         {0}}},
    {"curves", "theta_1, theta_2 against r at the run's sigma and n = ||v(0)||",
     (const struct column[]){TEXT_COLUMN("activation", "phi"),
                             REAL_COLUMN("r", "pre-activation at the centre"),
                             REAL_COLUMN("theta1", "closed form"),
                             REAL_COLUMN("theta2", "closed form"),
                             {0}}},
    {"montecarlo", "E[g h' (x, 1)] at (v(0), xi(0)): theory and drawn samples",
     (const struct column[]){
         TEXT_COLUMN("noise", "gauss or sphere"),
         TEXT_COLUMN("activation", "phi"),
         INT_COLUMN("component", "0 ... d-1: of x; d: E[g h'] itself"),
         REAL_COLUMN("theory", "Theorem 3"),
         REAL_COLUMN("estimate", "mean"),
         REAL_COLUMN("error", "one standard error, at least one sample's worth"),
         REAL_COLUMN("z", "(estimate - theory)/error"),
         {0}}},
    {"reactive", "E[g h' (x, 1)] with g = y_c - h at (v(0), xi(0))",
     (const struct column[]){
         INT_COLUMN("component", "0 ... d-1: of x; d: E[g h'] itself"),
         REAL_COLUMN("factorised", "a_c = P_c E[g|c] times E phi': Theorem 3 as it stands"),
         REAL_COLUMN("exact", "averages of g phi' along v"),
         REAL_COLUMN("estimate", "mean"),
         REAL_COLUMN("error", "one standard error, at least one sample's worth"),
         REAL_COLUMN("z", "of exact"),
         REAL_COLUMN("z_factorised", "of factorised"),
         {0}}},
    {"flow", "the flow of (v, xi)",
     (const struct column[]){{"t", COLUMN_REAL, "time", "time", false},
                             REAL_COLUMN("norm", "||v||"),
                             REAL_COLUMN("xi", "xi"),
                             {0}}},
    {"trajectory", "its components",
     (const struct column[]){{"t", COLUMN_REAL, "time", "time", false},
                             INT_COLUMN("component", "0 ... d-1: v; d: xi"),
                             REAL_COLUMN("value", "v_j or xi"),
                             OPTIONAL_COLUMN("frozen", "the same flow with xi kept at xi(0)"),
                             {0}}},
    {"drawn", "the flow to t_drawn beside flows on drawn samples",
     (const struct column[]){INT_COLUMN("component", "0 ... d-1: v; d: xi"),
                             REAL_COLUMN("flow", "xi as a state"),
                             REAL_COLUMN("frozen", "xi kept at xi(0)"),
                             REAL_COLUMN("drawn", "mean over the drawn flows"),
                             REAL_COLUMN("error", "its standard error, and the time step's"),
                             REAL_COLUMN("z", "(drawn - flow)/error"),
                             REAL_COLUMN("z_frozen", "(drawn - frozen)/error"),
                             {0}}},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"theta_deviation", NULL, "closed forms against quadrature of phi'", false},
    {"weak_deviation", NULL, "closed forms against quadrature of phi", false},
    {"sphere_deviation", NULL, "sphere: closed form against quadrature", true},
    {"largest_z", NULL, "Monte Carlo, Gaussian noise", false},
    {"largest_z_sphere", NULL, "Monte Carlo, sphere", true},
    {"numbers", NULL, "how many numbers the Monte Carlo compares", false},
    {"relative_error", NULL, "root mean square of standard error over |theory|_2", true},
    {"reactive_z", NULL, "reactive g, averages of g phi': largest |z|", true},
    {"factorised_z", NULL, "reactive g, factorised form: largest |z|", true},
    {"factorised_power", NULL, "what factorising should cost, in standard errors", true},
    {"factorised_error", NULL, "relative error of the factorised form", true},
    {"integrators", NULL, "largest difference of the two integrators, over ||(v, xi)||", true},
    {"quadratic_flow", NULL, "flow with y^2/2 against its closed form, relative", true},
    {"linear_flow", NULL, "flow with phi = y against its closed form, relative", false},
    {"v0_norm", NULL, "||v(0)||, the n of the curves", false},
    {"t_reached", "time", "end of the flow", false},
    {"drawn_z", NULL, "flows on drawn samples: largest |z| of the flow", true},
    {"drawn_z_frozen", NULL, "the same for v with xi frozen", true},
    {"frozen_power", NULL, "what freezing xi should do to v, in those standard errors", true},
    {0}};

static const char no_theta[] = "theta_r or theta_n is empty: theta was computed nowhere";

CHECK_FUNCTION(check_closed_forms) {
    (void)ctx, (void)p;
    if (results_rows(results, "theta") == 0) return verdict_skip(v, "%s", no_theta);
    return verdict_at_most(v, results_scalar_value(results, "theta_deviation"), 1e-12,
                           "9 activations (the step's derivative is no function), %zu rows; "
                           "difference over max(|theta|, 1e-3 of phi's scale), and over the "
                           "condition 1 + r^2/(n sigma)^2",
                           results_rows(results, "theta"));
}

CHECK_FUNCTION(check_weak) {
    (void)ctx, (void)p;
    if (results_rows(results, "theta") == 0) return verdict_skip(v, "%s", no_theta);
    return verdict_at_most(v, results_scalar_value(results, "weak_deviation"), 1e-12,
                           "all ten activations, the derivative moved to the density; over the "
                           "scale phi/(n sigma)");
}

CHECK_FUNCTION(check_sphere) {
    (void)ctx, (void)p;
    double deviation = results_scalar_value(results, "sphere_deviation");
    if (isnan(deviation)) return verdict_skip(v, "no dimensions were asked for (sphere_d)");
    if (results_rows(results, "theta") == 0) return verdict_skip(v, "%s", no_theta);
    return verdict_at_most(v, deviation, 1e-13,
                           "ReLU, regularised incomplete beta against quadrature in the angle");
}

CHECK_FUNCTION(check_monte_carlo) {
    (void)ctx;
    return verdict_at_most(v, results_scalar_value(results, "largest_z"), 4.5,
                           "largest |z| of %.0f numbers, %ld samples of each cluster, relative "
                           "standard error %.1e",
                           results_scalar_value(results, "numbers"), param_int(p, "samples"),
                           results_scalar_value(results, "relative_error"));
}

CHECK_FUNCTION(check_monte_carlo_sphere) {
    (void)ctx, (void)p;
    double z = results_scalar_value(results, "largest_z_sphere");
    if (isnan(z)) return verdict_skip(v, "one coordinate: there is no sphere");
    return verdict_at_most(v, z, 4.5, "ReLU, noise uniform on the sphere of radius %g",
                           param_real(p, "radius"));
}

CHECK_FUNCTION(check_reactive) {
    (void)ctx, (void)p;
    double exact = results_scalar_value(results, "reactive_z");
    if (isnan(exact)) return verdict_skip(v, "the step's derivative is a delta: nothing to sample");
    double power = results_scalar_value(results, "factorised_power");
    if (power < 15)
        return verdict_skip(v, "here the factorised form should be %.1f standard errors off only",
                            power);
    return verdict_erratum(v, results_scalar_value(results, "factorised_z"), 10, exact, 4.5,
                           "g = y_c - h: the factorised form is %.0f standard errors off (%.1f %% "
                           "of the norm), averages of g phi' along v are within %.2f",
                           results_scalar_value(results, "factorised_z"),
                           100 * results_scalar_value(results, "factorised_error"), exact);
}

CHECK_FUNCTION(check_integrators) {
    (void)ctx;
    double difference = results_scalar_value(results, "integrators");
    if (isnan(difference)) return verdict_skip(v, "the flow ended at v_limit");
    if (param_real(p, "rtol") > 1e-12 || param_is(p, "method", "euler") ||
        param_is(p, "second_method", "euler"))
        return verdict_skip(v, "needs rtol of at most 1e-12 and no Euler steps");
    return verdict_at_most(v, difference, 1e-9, "%s and %s at t = %g, relative to ||(v, xi)||",
                           param_text(p, "method"), param_text(p, "second_method"),
                           results_scalar_value(results, "t_reached"));
}

CHECK_FUNCTION(check_quadratic_flow) {
    (void)ctx;
    if (param_is(p, "method", "euler") || param_is(p, "second_method", "euler"))
        return verdict_skip(v, "Euler's method is of first order");
    if (isnan(results_scalar_value(results, "quadratic_flow")))
        return verdict_skip(v, "more than 400 coordinates: no eigenvectors taken");
    return verdict_at_most(v, results_scalar_value(results, "quadratic_flow"),
                           1000 * param_real(p, "rtol"),
                           "%s and %s, the same instance with y^2/2: d(v, xi)/dt is linear, "
                           "solved by eigenvectors; bound 1000 rtol",
                           param_text(p, "method"), param_text(p, "second_method"));
}

CHECK_FUNCTION(check_linear_flow) {
    (void)ctx;
    return verdict_at_most(v, results_scalar_value(results, "linear_flow"), 1e-12,
                           "%s and %s, the same instance with phi = y: (v, xi) moves on a straight "
                           "line",
                           param_text(p, "method"), param_text(p, "second_method"));
}

CHECK_FUNCTION(check_drawn) {
    (void)ctx;
    double z = results_scalar_value(results, "drawn_z");
    if (isnan(z))
        return verdict_skip(v, param_is(p, "activation", "step")
                                   ? "the step's derivative is a delta: nothing to sample"
                                   : "no flow on drawn samples (t_drawn = 0, or v_limit reached)");
    return verdict_at_most(v, z, 4.5,
                           "%ld flows on %ld samples of each cluster to t = %g; with xi frozen the "
                           "largest |z| of v is %.1f",
                           param_int(p, "drawn_flows"), param_int(p, "drawn_samples"),
                           param_real(p, "t_drawn"),
                           results_scalar_value(results, "drawn_z_frozen"));
}

CHECK_FUNCTION(check_xi) {
    (void)ctx, (void)p;
    double z = results_scalar_value(results, "drawn_z");
    if (isnan(z)) return verdict_skip(v, "no flow on drawn samples");
    double power = results_scalar_value(results, "frozen_power");
    if (power < 15)
        return verdict_skip(v, "here freezing xi should move v by %.1f standard errors only",
                            power);
    return verdict_at_least(v, results_scalar_value(results, "drawn_z_frozen"), 10,
                            "largest |z| of v in the flow with xi(t) = xi(0)");
}

static const struct check *const checks[] = {
    &(const struct check){"J4.closed-forms", CHECK_CLAIM,
     "theta_1, theta_2 in closed form are the integrals of Theorem 3, Gaussian noise",
     "JoMA, Theorem 3; closed forms derived here", "quadrature of phi' differs",
     check_closed_forms},
    &(const struct check){"J4.weak-forms", CHECK_CLAIM,
     "the same with the derivative on the density, which the step activation needs",
     "JoMA, Theorem 3; derived here", "quadrature of phi differs", check_weak},
    &(const struct check){"J4.sphere", CHECK_CLAIM, "theta_1, theta_2 of ReLU for noise uniform on a sphere",
     "JoMA, Theorem 3; closed forms derived here", "quadrature differs", check_sphere},
    &(const struct check){"J4.monte-carlo", CHECK_CLAIM,
     "E[g h' x] = sum_c a_c (c1 centre_c + c2 v) when g does not depend on x inside a cluster",
     "JoMA, Theorem 3", "a component is more than 4.5 standard errors off", check_monte_carlo},
    &(const struct check){"J4.monte-carlo-sphere", CHECK_CLAIM, "the same for noise on a sphere", "JoMA, Theorem 3",
     "a component is more than 4.5 standard errors off", check_monte_carlo_sphere},
    &(const struct check){"J4.integrators", CHECK_CLAIM, "two integrators agree on the flow of (v, xi)", "derived here",
     "their end states differ by more than 1e-9", check_integrators},
    &(const struct check){"J4.quadratic-flow", CHECK_CLAIM,
     "two integrators meet the closed form of the flow with y^2/2", "derived here",
     "the error exceeds 1000 rtol", check_quadratic_flow},
    &(const struct check){"J4.linear-flow", CHECK_CLAIM, "two integrators meet the closed form of the flow with phi = y",
     "derived here", "the end is off the straight line", check_linear_flow},
    &(const struct check){"J4.flow-on-samples", CHECK_CLAIM,
     "gradient flow on drawn samples follows the flow of (v, xi)", "JoMA, Theorem 3",
     "a component is more than 4.5 standard errors off", check_drawn},
    &(const struct check){"J4.xi-is-a-state", CHECK_CLAIM,
     "xi = u_q.w moves with E[g h'] and must be integrated: with xi frozen the flow is refuted",
     "JoMA, Theorem 3 (the integral inside theta); derived here",
     "the flow with frozen xi is within 10 standard errors", check_xi},
    &(const struct check){"E.factorised-gradient", CHECK_ERRATUM,
     "E[g h' x] factorises into a_c = P(c) E[g|c] and theta; not where g = y - h reacts to x",
     "JoMA, Theorem 3 (its assumption)", "the factorised form is within 10 standard errors",
     check_reactive},
    NULL};

static const struct figure figures[] = {
    {"theta", "joma/isotropic/theta.gp",
     "theta_1 (left) and theta_2 (right) against the pre-activation r of the cluster's centre, "
     "Gaussian noise, at the run's sigma and ||v(0)||. theta_2 vanishes for linear phi and changes "
     "sign where phi'' does."},
    {"isotropic_flow", "joma/isotropic/isotropic_flow.gp",
     "The flow of Theorem 3: components of v and xi (left; dotted: xi frozen at xi(0)), ||v|| and "
     "xi (right). With constant a_c the growth is linear in time once the gates have settled."},
    {"isotropic_montecarlo", "joma/isotropic/isotropic_montecarlo.gp",
     "Monte Carlo of E[g h' x] against Theorem 3 in standard errors. Left: g constant within a "
     "cluster. Right: g = y - h, where the factorised form misses by many standard errors "
     "(logarithmic scale)."},
    {0}};

const struct experiment experiment_joma_isotropic = {
    .id = "joma/isotropic",
    .title = "Theorem 3: a nonlinear node on isotropic clusters",
    .source = "JoMA (arXiv 2310.00535), Theorem 3",
    .doc =
        "The attention is fixed and x = centre_c + noise; g does not depend on x within a cluster, "
        "a_c = P(c) E[g|c]. With r_c = v.centre_c + xi and n = ||v||,\n\n"
        "    dv/dt  = (1/n) sum_c a_c theta1(r_c) centre_c + (1/n^3) sum_c a_c theta2(r_c) v\n"
        "    dxi/dt = (1/n) sum_c a_c theta1(r_c)\n\n"
        "theta1 and theta2 are given in closed form for eight activations and as exponentially "
        "convergent sums for tanh and SiLU, for Gaussian noise; for ReLU also on the sphere. The "
        "run holds them against quadrature of phi' and of phi, and E[g h' x] against Monte Carlo; "
        "integrates the flow with two integrators, against closed forms (phi = y, y^2/2) and "
        "against gradient flow on drawn samples; and measures what the factorised form misses "
        "where g = y - h. xi is a state: the integral of E[g h'] that stands inside the paper's "
        "theta.\n\n"
        "Centres: `centres` row by row with one weight for each; d = length/C. Without `centres` "
        "the instance is drawn from `seed`: centre_scale N(C, d), then v_scale N(d). `state` holds "
        "v, xi, and at the end r, theta1, theta2, c1 = theta1/n, c2 = theta2/n^3 of each cluster, "
        "dv and dxi; with the suffix 0 the same at the start.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = isotropic_run,
};
