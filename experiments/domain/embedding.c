/* One point of the map of the embedding: a transformer whose embeddings are not orthonormal. */
#include "experiments/domain/shared/point.h"
#include "sim/model/scansnap/original.h"
#include "sim/observe/correlation.h"

#define EMBEDDING(X)                                                                               \
    X(INT, width, "64", "width d; an orthonormal U needs d >= M, the number of tokens",            \
      IN(2, 4096))                                                                                 \
    X(BOOL, gaussian, "true",                                                                      \
      "U of N(0, 1/d) entries, whose Gram matrix is off the identity by 1/sqrt(d) an entry; "      \
      "false: orthonormal rows")                                                                   \
    X(REAL, t_end, "5", "horizon, time t", IN(1e-6, 1e6))                                          \
    X(REAL, eta_y, "1", "rate of the values W_V", IN(1e-9, 1e9))                                   \
    X(REAL, eta_z, "1", "rate of W = W_Q W_K^T", IN(1e-9, 1e9))                                    \
    X(INT, num_last, "2", "last tokens L", IN(1, 100))                                             \
    X(INT, num_next_per_last, "2", "classes per last token N", IN(1, 100))                         \
    X(INT, num_common, "10", "common tokens G", IN(1, 1000))                                       \
    X(INT, num_distinct, "10", "distinct tokens D of each class", IN(1, 1000))                     \
    X(REAL, rtol, "1e-9", "relative tolerance", IN(1e-13, 1e-3))                                   \
    X(INT, seed, "1", "seed of U")
PARAMS(embedding, EMBEDDING)

#define OUTCOME(X)                                                                                 \
    X(REAL, z_error, "|Z - Z_flow| / |Z_flow| at t_end")                                           \
    X(REAL, gram_error, "largest off-diagonal entry of U U^T, in magnitude")
SCALARS(outcome, OUTCOME)

static double gram_error(const struct attndyn_original *model) {
    size_t d = model->options.width;
    double most = 0;
    for (size_t i = 0; i < model->tokens; i++)
        for (size_t j = 0; j < i; j++) {
            double sum = 0;
            for (size_t k = 0; k < d; k++) sum += model->U[i * d + k] * model->U[j * d + k];
            worst(&most, sum);
        }
    return most;
}

RUN(embedding) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, (size_t)p->num_last, (size_t)p->num_next_per_last,
                                       (size_t)p->num_common, (size_t)p->num_distinct, &family));
    ATTNDYN_TRY(attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &d));
    const struct attndyn_flow_options rates = {.eta_y = p->eta_y, .eta_z = p->eta_z};
    const struct attndyn_original_options options = {.width = (size_t)p->width,
                                                     .gaussian = p->gaussian,
                                                     .eta_y = rates.eta_y,
                                                     .eta_z = rates.eta_z,
                                                     .seed = (uint64_t)p->seed};
    struct attndyn_flow *flow;
    struct attndyn_original *model;
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &rates, &flow));
    ATTNDYN_TRY(attndyn_original_create(run->ctx, d, &options, &model));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    ATTNDYN_TRY(
        point_solve(run, "flow", &problem, ATTNDYN_ODE_ADAMS, p->rtol, p->t_end, flow->initial));
    ATTNDYN_TRY(point_solve(run, "original", &model->problem, ATTNDYN_ODE_ADAMS, p->rtol, p->t_end,
                            model->initial));
    size_t n = d->last_tokens * d->tokens;
    double *Y, *Z, *flow_z;
    ATTNDYN_ALLOC(run->ctx, Y, d->tokens * d->tokens);
    ATTNDYN_ALLOC(run->ctx, Z, n);
    ATTNDYN_ALLOC(run->ctx, flow_z, n);
    attndyn_original_matrices(model, model->initial, Y, Z);
    attndyn_flow_expand_z(flow, flow->initial, flow_z);
    ATTNDYN_TRY(SCALAR(run, outcome, z_error, attndyn_relative_distance(n, Z, flow_z)));
    ATTNDYN_TRY(SCALAR(run, outcome, gram_error, gram_error(model)));
    return STATE(run, Z, Z, n);
}

#define PARAMETERS embedding

CLAIM(orthonormal, "D5.orthonormal", DERIVED,
      "With orthonormal embeddings U the transformer trained in its own parameters, W_V and W = "
      "W_Q W_K^T, has the attention Z = U W U^T that the flow of Y and Z has.",
      "at t_end its Z is off the flow's by more than {bound} of it", .bound = 1e-6) {
    if (p->gaussian) return verdict_skip(v, "the theory takes orthonormal embeddings");
    const double atol = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS).atol;
    double square = 0, z;
    for (long i = 0; !isnan(z = STATE_OF(run, Z, i)); i++) square += z * z;
    if (sqrt(square) < 1e7 * atol)
        return verdict_skip(v, "|Z| = %.2g: less than the solver resolves (1e7 atol)",
                            sqrt(square));
    return verdict_at_most(v, SCALAR_OF(run, outcome, z_error), v->bound,
                           "relative distance of Z at rtol %g", p->rtol);
}

static const struct check *const embedding_claims[] = {&orthonormal, NULL};

const struct experiment experiment_domain_embedding = {
    .id = "domain/embedding",
    .title = "One point of the map of the embedding: rows of U that are not orthogonal",
    .source = "Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "The theory changes variables to Y = U W_V^T U^T and Z = U W_Q W_K^T U^T, which is exact "
        "for U U^T = I. Here U has N(0, 1/d) entries, as an initialised embedding does, and the "
        "distance of Z from the flow's is measured. Made for sweeps: `attndyn sweep --preset "
        "scansnap-embedding`.",
    .presets = (const struct preset[]){{"quick", "gaussian=false", "the theory's assumption"}, {0}},
    .tables = TABLES(the_state),
    PARTS_OF(embedding, outcome)};
