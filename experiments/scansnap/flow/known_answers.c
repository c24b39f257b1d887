/* Small cases whose answers are known, by the run's own method and tolerances. */
#include "experiments/scansnap/shared/full_solve.h"
#include "flow.h"
#include "sim/model/scansnap/reduced.h"

static enum attndyn_status record(const struct trial *run, const char *name, const char *quantity,
                                  double t, double value, double reference) {
    return EMIT(run, validation, .which = name, .quantity = quantity, .t = t, .value = value,
                .reference = reference, .error = value - reference);
}

/* From zero to `end` of the options' clock; y: a new array, state and quadratures. */
static enum attndyn_status solve_by(const struct trial *run, const struct attndyn_distribution *d,
                                    const struct attndyn_flow_options *options, double end,
                                    struct attndyn_flow **flow, double **y) {
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, options, flow));
    struct attndyn_ode_options how = scansnap_ode_options(run);
    /* the run's fixed step need not suit these horizons */
    if (how.method == ATTNDYN_ODE_RK4 || how.method == ATTNDYN_ODE_EULER)
        how.method = ATTNDYN_ODE_ADAMS;
    return full_solve(run, *flow, &how, &end, 1, NULL, NULL, y);
}

static enum attndyn_status solve(const struct trial *run, const struct attndyn_distribution *d,
                                 double eta_y, double eta_z, double t, struct attndyn_flow **flow,
                                 double **y) {
    const struct attndyn_flow_options options = {.eta_y = eta_y, .eta_z = eta_z};
    return solve_by(run, d, &options, t, flow, y);
}

/* The authors' set of four classes with V = K, or V = M. */
static enum attndyn_status authors(const struct trial *run, bool whole,
                                   struct attndyn_symmetric_family *family,
                                   struct attndyn_distribution **d) {
    return scansnap_authors(run->ctx, 2, 2, 10, 10,
                            whole ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT, family, d);
}

/* The flow against central differences of the loss at a random state: 200 entries of Y and z. */
static enum attndyn_status differences_on(const struct trial *run,
                                          const struct attndyn_distribution *d, const char *name) {
    struct attndyn_flow *flow;
    struct attndyn_random random;
    double *y, *rate;
    const struct attndyn_flow_options unit = {.eta_y = 1, .eta_z = 1};
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &unit, &flow));
    ATTNDYN_ALLOC(run->ctx, y, flow->n);
    ATTNDYN_ALLOC(run->ctx, rate, flow->n);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 1));
    attndyn_random_normals(&random, 0.5, flow->n, y);
    attndyn_random_done(&random);
    attndyn_flow_rhs(0, y, rate, flow);
    const double h = 1e-6;
    for (size_t k = 0; k < 200; k++) {
        bool of_z = k < 60;
        size_t i = of_z ? flow->z_at + k % (flow->n - flow->z_at) : (7 * k) % flow->z_at;
        double at = y[i];
        y[i] = at + h;
        double up = attndyn_flow_loss(flow, y);
        y[i] = at - h;
        double down = attndyn_flow_loss(flow, y);
        y[i] = at;
        /* this column stands for `never` equal ones, so the loss changes `never` times as much */
        bool never = !of_z && flow->never > 1 && i % flow->width == flow->width - 1;
        ATTNDYN_TRY(record(run, name, of_z ? "dz" : "dY", 0, rate[i],
                           -(up - down) / (2 * h) / (never ? flow->never : 1)));
    }
    return ATTNDYN_OK;
}

/* Authors' data with V = K and V = M, and the asymmetric example with its unequal P(n). */
static enum attndyn_status differences(const struct trial *run) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *next, *vocabulary, *example;
    ATTNDYN_TRY(authors(run, false, &family, &next));
    ATTNDYN_TRY(authors(run, true, &family, &vocabulary));
    ATTNDYN_TRY(scansnap_example(run->ctx, data_example, &example));
    ATTNDYN_TRY(differences_on(run, next, "gradient.next"));
    ATTNDYN_TRY(differences_on(run, vocabulary, "gradient.vocabulary"));
    return differences_on(run, example, "gradient.example");
}

/* Without overlap between classes the attention never moves. */
static enum attndyn_status no_overlap(const struct trial *run) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    double *y, most = 0;
    ATTNDYN_TRY(scansnap_authors(run->ctx, 5, 1, 0, 5, ATTNDYN_COLUMNS_NEXT, &family, &d));
    ATTNDYN_TRY(solve(run, d, 1, 1, 1e8, &flow, &y));
    for (size_t z = flow->z_at; z < flow->n; z++) worst(&most, y[z]);
    return record(run, "no-overlap", "max |z|", 1e8, most, 0);
}

/* (eta_Y, eta_Z, t) and (3 eta_Y, 3 eta_Z, t/3) are the same state. */
static enum attndyn_status scaling(const struct trial *run) {
    struct attndyn_distribution *d;
    struct attndyn_flow *one, *three;
    double *y, *y3, most = 0;
    ATTNDYN_TRY(scansnap_example(run->ctx, data_example, &d));
    ATTNDYN_TRY(solve(run, d, 5, 1, 3000, &one, &y));
    ATTNDYN_TRY(solve(run, d, 15, 3, 1000, &three, &y3));
    for (size_t i = 0; i < one->n + one->quadratures; i++) worst(&most, y[i] - y3[i]);
    return record(run, "scaling", "max difference of the states", 3000, most, 0);
}

/* Reference values of the asymmetric example at t = 100 (three integrators agree to 8e-12). */
static enum attndyn_status reference_example(const struct trial *run) {
    static const double z[] = {-0.645169059150, -0.597326499817, 0.532941295467,
                               0.068699766838,  0.320427248331,  0.320427248331,
                               -0.420999956064, -0.409266478845, 0.830266434909};
    static const double B[] = {1.082319682198, 1.361686222131, 1.174284943799};
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    double *y;
    ATTNDYN_TRY(scansnap_example(run->ctx, data_example, &d));
    ATTNDYN_TRY(solve(run, d, 5, 1, 100, &flow, &y));
    for (size_t i = 0; i < 9; i++)
        ATTNDYN_TRY(record(run, "reference.example", "z", 100, y[flow->z_at + i], z[i]));
    for (size_t n = 0; n < 3; n++)
        ATTNDYN_TRY(record(run, "reference.example", "B", 100, y[flow->n + n], B[n]));
    ATTNDYN_TRY(record(run, "reference.example", "Y00", 100, y[0], 1.628454006518));
    ATTNDYN_TRY(record(run, "reference.example", "Y62", 100, y[6 * 3 + 2], 4.216354345376));
    /* what E1 and E2 conserve, on data without any symmetry: sums of z_m, row sums of Y */
    for (size_t m = 0; m < d->last_tokens; m++) {
        double sum = 0;
        for (size_t i = flow->z_start[m]; i < flow->z_start[m + 1]; i++) sum += y[flow->z_at + i];
        ATTNDYN_TRY(record(run, "drift.z", "sum of z_m", 100, sum, 0));
    }
    for (size_t r = 0; r < flow->rows; r++) {
        double sum = 0;
        for (size_t j = 0; j < flow->width; j++) sum += y[r * flow->width + j];
        ATTNDYN_TRY(record(run, "drift.row", "sum of a row of Y", 100, sum, 0));
    }
    return ATTNDYN_OK;
}

/* Has no other class the token of this entry? */
static bool alone(const struct attndyn_distribution *d, size_t entry) {
    size_t classes = 0;
    for (size_t e = 0; e < d->start[d->classes]; e++) classes += d->token[e] == d->token[entry];
    return classes == 1;
}

/* Attention that never moves (eta_Z = 0): a distinct token l of class n has Y_ln = f_nl sigma_n,
 * and the clock sigma is the classes' mean of sigma_n, whatever their probabilities. */
static enum attndyn_status internal_time(const struct trial *run) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(scansnap_example(run->ctx, data_example, &d));
    for (int clock = 0; clock < 2; clock++) {
        const struct attndyn_flow_options options = {
            .eta_y = 5, .clock = clock ? ATTNDYN_FLOW_SIGMA : ATTNDYN_FLOW_T};
        struct attndyn_flow *flow;
        double *y, mean = 0, end = clock ? 3 : 100;
        ATTNDYN_TRY(solve_by(run, d, &options, end, &flow, &y));
        for (size_t n = 0; n < d->classes; n++) {
            const double sigma = y[flow->n + d->classes + n];
            double square = 0;
            mean += sigma / (double)d->classes;
            for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
                square += d->probability[e] * d->probability[e];
            for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
                const double f = d->probability[e] / sqrt(square);
                if (!alone(d, e)) continue;
                ATTNDYN_TRY(record(run, "reference.clock", "sigma_n", end, sigma,
                                   y[flow->entry_row[e] * flow->width + n] / f));
            }
        }
        if (clock) ATTNDYN_TRY(record(run, "reference.clock", "mean of sigma_n", end, mean, end));
    }
    return ATTNDYN_OK;
}

/* The full flow of the authors' data beside the reduced model, V = K and V = M. */
static enum attndyn_status full_against_reduced(const struct trial *run) {
    for (int whole = 0; whole < 2; whole++) {
        struct attndyn_symmetric_family family;
        struct attndyn_distribution *d;
        struct attndyn_flow *flow;
        struct attndyn_reduced *model;
        double *y, *reduced, t = 1e4;
        ATTNDYN_TRY(authors(run, whole, &family, &d));
        ATTNDYN_TRY(solve(run, d, 10, 1, t, &flow, &y));
        const struct attndyn_reduced_options options = {.eta_y = 10, .eta_z = 1};
        ATTNDYN_TRY(attndyn_reduced_create(run->ctx, &family, &options, &model));
        ATTNDYN_ALLOC(run->ctx, reduced, model->n);
        struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
        ATTNDYN_TRY(
            attndyn_ode_solve(run->ctx, &model->problem, &how, 0, reduced, &t, 1, NULL, NULL));
        const char *name = whole ? "reduced.vocabulary" : "reduced.next";
        for (size_t e = 0; e < d->start[d->classes]; e++) {
            size_t l = d->token[e];
            double other = l < 10 ? reduced[model->at_w + l] : reduced[model->at_z + (l - 10) % 10];
            ATTNDYN_TRY(record(run, name, "z", t, y[flow->z_at + flow->entry_z[e]], other));
        }
        for (size_t n = 0; n < d->classes; n++)
            ATTNDYN_TRY(record(run, name, "B", t, y[flow->n + n], reduced[model->at_B]));
    }
    return ATTNDYN_OK;
}

/* Authors' data, L = N = 2, eta_Y = 10, eta_Z = 1 at t = 1e6, V = K and V = M. */
static enum attndyn_status reference_authors(const struct trial *run) {
    static const double reference[2][5] = {
        {0.9083524753, 0.0087628931, -0.7250500847, 7.6511954920, 6.7983341657},
        {0.6789321236, 0.0091160632, -0.6086167186, 9.2934916432, 6.1328504054}};
    static const char *const quantity[] = {"z_last", "z_first", "w", "a_last", "B"};
    for (int whole = 0; whole < 2; whole++) {
        struct attndyn_symmetric_family family;
        struct attndyn_distribution *d;
        struct attndyn_flow *flow;
        double *y;
        ATTNDYN_TRY(authors(run, whole, &family, &d));
        ATTNDYN_TRY(solve(run, d, 10, 1, 1e6, &flow, &y));
        const double *z = y + flow->z_at;
        const double value[] = {z[flow->entry_z[19]], z[flow->entry_z[10]], z[flow->entry_z[0]],
                                y[flow->entry_row[19] * flow->width], y[flow->n]};
        for (size_t i = 0; i < 5; i++)
            ATTNDYN_TRY(record(run, whole ? "reference.vocabulary" : "reference.next", quantity[i],
                               1e6, value[i], reference[whole][i]));
    }
    return ATTNDYN_OK;
}

enum attndyn_status flow_known_answers(const struct trial *run) {
    ATTNDYN_TRY(differences(run));
    ATTNDYN_TRY(no_overlap(run));
    ATTNDYN_TRY(scaling(run));
    ATTNDYN_TRY(reference_example(run));
    ATTNDYN_TRY(internal_time(run));
    ATTNDYN_TRY(full_against_reduced(run));
    return reference_authors(run);
}
