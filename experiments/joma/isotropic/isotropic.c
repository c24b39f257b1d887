#include "isotropic.h"

RUN(isotropic) {
    struct isotropic_instance in;
    ATTNDYN_TRY(isotropic_create(run, p, &in));
    ATTNDYN_TRY(isotropic_flows(&in));
    ATTNDYN_TRY(isotropic_closed_flows(&in));
    return isotropic_averages(&in);
}

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

KNOWN(theorem_3, isotropic) {
    f->clusters_isotropic = 1;
    f->gradient_by_cluster = 1; /* of all flows and averages but those of table reactive */
}

const struct experiment experiment_joma_isotropic = {
    .id = "joma/isotropic",
    .title = "Theorem 3: a nonlinear node on isotropic clusters",
    .source = "JoMA (arXiv 2310.00535), Theorem 3",
    .doc =
        "One node h = phi(v.x + xi) under fixed attention; x = centre_c + isotropic noise of "
        "standard deviation sigma in cluster c; the gradient g that comes back does not depend on "
        "x within a cluster, a_c = P(c) E[g|c]. With r_c = v.centre_c + xi and n = ||v||,\n"
        "\n    "
        "dv/dt  = (1/n) sum_c a_c theta1(r_c) centre_c + (1/n^3) sum_c a_c theta2(r_c) v\n    "
        "dxi/dt = (1/n) sum_c a_c theta1(r_c)\n"
        "\n"
        "theta1 and theta2 are given in closed form for eight activations and as exponentially "
        "convergent sums for tanh and SiLU, for Gaussian noise; for ReLU also on the sphere. The "
        "run holds them against quadrature of phi' and of phi, and E[g h' x] against Monte Carlo; "
        "integrates the flow with two integrators, against closed forms (phi = y, y^2/2) and "
        "against gradient flow on drawn samples; and measures what the factorised form misses "
        "where g = y - h. xi = u_q.w, the query's part of the pre-activation, is a state: the "
        "integral of E[g h'] that stands inside the paper's theta.\n"
        "\n"
        "Centres: `centres` row by row with one weight for each; d = length/C. Without `centres` "
        "the instance is drawn from `seed`: centre_scale N(C, d), then v_scale N(d). `state` "
        "holds v, xi, and at the end r, theta1, theta2, c1 = theta1/n, c2 = theta2/n^3 of each "
        "cluster, dv and dxi; with the suffix 0 the same at the start.",
    .presets =
        (const struct preset[]){
            {"quick", "", "the defaults: the instance of seed 11"},
            {"short", "samples=10000000 drawn_flows=64", "ten times the samples"},
            {"gelu", "activation=gelu", "the same with GELU"},
            {"grows",
             "weights=0.5,0.5 centres=2,0.5,0,0,1.5,1 v0=0.1,-0.05,0.05 xi0=0 sigma=0.3 t_end=100",
             "two clusters with constant a_c: no finite attractor"},
            {0}},
    .tables = TABLES(theta, curves, montecarlo, reactive, flow, trajectory, drawn, the_state),
    .figures = figures,
    .facts = KNOWN_OF(theorem_3),
    PARTS_OF(isotropic, outcome)};
