#include "freeze.h"

#include "experiments/shared/kept.h"
#include "sim/model/embed/freeze.h"
#include "sim/model/embed/normed.h"
#include "sim/model/scansnap/reduced.h"
#include "theory/embed/freeze.h"

static enum attndyn_status solve(const struct trial *run, const struct freeze *p, const char *label,
                                 const struct attndyn_ode_problem *problem, const double *y,
                                 const double *times, size_t count, struct kept *kept) {
    const struct attndyn_ode_options options = kept_options(ATTNDYN_ODE_BDF_DENSE, p->rtol);
    return kept_solve(run, label, problem, &options, y, times, count, kept);
}

/* The same data, for the models with whole matrices. */
static enum attndyn_status data(const struct trial *run, const struct freeze *p,
                                struct attndyn_symmetric_family *family) {
    double distinct = 1 - p->common, common = p->common;
    size_t K = (size_t)p->classes;
    return attndyn_family_create(run->ctx, K, K, &distinct, 1, &common, 1, family);
}

/* w and the token law's error from U, B and z at each output. */
static enum attndyn_status matrices(const struct trial *run, const struct freeze *p, double eta_b,
                                    const double *times, size_t count, double *w, double *law) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *distribution;
    struct attndyn_normed *model;
    struct kept kept;
    double *y, *start, *now;
    ATTNDYN_TRY(data(run, p, &family));
    ATTNDYN_TRY(
        attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_NEXT, &distribution));
    const struct attndyn_normed_options options = {.eta_u = p->ratio, .eta_b = eta_b, .eta_z = 1};
    ATTNDYN_TRY(attndyn_normed_create(run->ctx, distribution, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, start, model->M);
    ATTNDYN_ALLOC(run->ctx, now, model->M);
    attndyn_normed_orthonormal(model, y);
    attndyn_normed_law(model, y, start);
    ATTNDYN_TRY(solve(run, p, "matrices", &model->problem, y, times, count, &kept));
    for (size_t i = 0; i < count; i++) {
        const double *at = kept_at(&kept, i);
        w[i] = at[model->at_z]; /* the common token is number 0 */
        attndyn_normed_law(model, at, now);
        law[i] = 0;
        for (size_t l = 0; l < model->M; l++) worst(&law[i], now[l] - start[l]);
    }
    return ATTNDYN_OK;
}

/* w of the flow with fixed embeddings at each output. */
static enum attndyn_status fixed(const struct trial *run, const struct freeze *p, double eta_b,
                                 const double *times, size_t count, double *w) {
    struct attndyn_symmetric_family family;
    struct attndyn_reduced *model;
    struct kept kept;
    double *y;
    ATTNDYN_TRY(data(run, p, &family));
    const struct attndyn_reduced_options options = {
        .kind = ATTNDYN_REDUCED_COUPLED, .clock = ATTNDYN_REDUCED_T, .eta_y = eta_b, .eta_z = 1};
    ATTNDYN_TRY(attndyn_reduced_create(run->ctx, &family, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_TRY(solve(run, p, "fixed embeddings", &model->problem, y, times, count, &kept));
    for (size_t i = 0; i < count; i++) w[i] = kept_at(&kept, i)[model->at_w];
    return ATTNDYN_OK;
}

static enum attndyn_status course(const struct trial *run, const struct freeze *p, double eta_b) {
    const struct attndyn_freeze_timed timed = {{(double)p->classes, p->common, p->ratio}, eta_b, 1};
    struct attndyn_ode_problem problem = attndyn_freeze_timed_problem(&timed);
    double y[ATTNDYN_FREEZE_STATES], *times, *w_fixed, *w_full, *law;
    size_t count;
    struct kept kept;
    ATTNDYN_TRY(kept_grid(run, 0.01, p->t_end, p->per_decade, &times, &count));
    ATTNDYN_ALLOC(run->ctx, w_fixed, count);
    ATTNDYN_ALLOC(run->ctx, w_full, count);
    ATTNDYN_ALLOC(run->ctx, law, count);
    attndyn_freeze_start(&timed.model, y);
    ATTNDYN_TRY(solve(run, p, "reduced", &problem, y, times, count, &kept));
    ATTNDYN_TRY(fixed(run, p, eta_b, times, count, w_fixed));
    for (size_t i = 0; i < count; i++) w_full[i] = law[i] = NAN;
    /* For larger eta_u, rounding in h (a difference of entries of the matrices) times eta_u exceeds
     * any tolerance. */
    if (p->classes <= p->full_classes && p->ratio <= 1e4)
        ATTNDYN_TRY(matrices(run, p, eta_b, times, count, w_full, law));
    for (size_t i = 0; i < count; i++) {
        const double *at = kept_at(&kept, i);
        struct attndyn_freeze_seen seen;
        attndyn_freeze_see(&timed.model, at, &seen);
        double beta = at[ATTNDYN_FREEZE_B], w = at[ATTNDYN_FREEZE_W];
        ATTNDYN_TRY(EMIT(run, course, .eta_b = eta_b, .t = times[i],
                         .loss = attndyn_freeze_timed_loss(&timed, at),
                         .b = beta * beta / (2 * eta_b), .class_sum = seen.class_sum, .w = w,
                         .z = -w / (double)p->classes, .norm2_common = seen.norm2_c,
                         .norm2_distinct = seen.norm2_d, .cosine = seen.cosine,
                         .w_fixed = w_fixed[i], .w_full = w_full[i], .law = law[i]));
    }
    return ATTNDYN_OK;
}

/* y: (ATTNDYN_FREEZE_STATES) out. */
static enum attndyn_status freeze_at(const struct trial *run, const struct attndyn_freeze *model,
                                     const char *label, double *y, double *tau) {
    struct attndyn_ode_statistics counters;
    const struct attndyn_ode_options options = attndyn_freeze_defaults();
    ATTNDYN_TRY(attndyn_freeze_limit(run->ctx, model, &options, y, tau, &counters));
    return results_solver(run->ctx, run->results, label, &counters);
}

static enum attndyn_status limit(const struct trial *run, const struct freeze *p, double ratio) {
    const struct attndyn_freeze model = {(double)p->classes, p->common, ratio};
    double y[ATTNDYN_FREEZE_STATES];
    struct attndyn_freeze_seen seen;
    ATTNDYN_TRY(freeze_at(run, &model, "limit", y, NULL));
    attndyn_freeze_see(&model, y, &seen);
    return EMIT(run, limit, .ratio = ratio, .w_inf = y[ATTNDYN_FREEZE_W],
                .fast = attndyn_freeze_fast(model.classes, model.common, ratio),
                .slow = attndyn_freeze_slow(model.classes, model.common, ratio),
                .floor = attndyn_freeze_floor(ratio),
                .law = attndyn_freeze_law(ratio, seen.norm2_c));
}

/* Along the orbit, in its own clock. */
static enum attndyn_status orbit(const struct trial *run, const struct attndyn_freeze *model,
                                 double tau) {
    enum { COUNT = 200 };
    double times[COUNT], y[ATTNDYN_FREEZE_STATES];
    struct kept kept;
    struct attndyn_ode_problem problem = attndyn_freeze_problem(model);
    const struct attndyn_ode_options options = attndyn_freeze_defaults();
    problem.events = 0, problem.event = NULL;
    attndyn_grid_linear(0, tau * 0.95, COUNT, times);
    attndyn_freeze_start(model, y);
    ATTNDYN_TRY(kept_solve(run, "orbit", &problem, &options, y, times, COUNT, &kept));
    for (size_t i = 0; i < COUNT; i++) {
        const double *at = kept_at(&kept, i);
        struct attndyn_freeze_seen seen;
        attndyn_freeze_see(model, at, &seen);
        ATTNDYN_TRY(
            EMIT(run, orbit, .b = at[ATTNDYN_FREEZE_B], .w = at[ATTNDYN_FREEZE_W],
                 .h = hypot(seen.h[0], seen.h[1]),
                 .kappa = attndyn_freeze_kappa(model->classes, model->ratio,
                                               at[ATTNDYN_FREEZE_SPREAD], seen.c_d, seen.c_c)));
    }
    return ATTNDYN_OK;
}

/* Numbers of an independent prototype. */
static const double prototypes[][3] = {{1, -0.321962341163, 1e-12},
                                       {.01, -2.064498259, 1e-9},
                                       {.1, -1.137794080, 1e-9},
                                       {10, -.039193997, 1e-9},
                                       {100, -.003991993, 1e-9}};

RUN(freeze) {
    const struct attndyn_freeze model = {(double)p->classes, p->common, p->ratio};
    double y[ATTNDYN_FREEZE_STATES], tau;
    struct attndyn_freeze_seen seen;
    ATTNDYN_TRY(kept_needs(run, "ratios", p->ratios));
    ATTNDYN_TRY(kept_needs(run, "eta_bs", p->eta_bs));
    ATTNDYN_TRY(freeze_at(run, &model, "w_inf", y, &tau));
    attndyn_freeze_see(&model, y, &seen);
    double w = y[ATTNDYN_FREEZE_W], A = y[ATTNDYN_FREEZE_SPREAD];
    ATTNDYN_TRY(
        KEEP(run, fixed_point, .w_inf = w, .z_inf = -w / model.classes,
             .attention_common = seen.c_c, .attention_distinct = seen.c_d,
             .norm2_common = seen.norm2_c, .norm2_distinct = seen.norm2_d, .spread = A,
             .kappa = attndyn_freeze_kappa(model.classes, model.ratio, A, seen.c_d, seen.c_c)));
    ATTNDYN_TRY(SCALAR(run, freeze_scalars, w_inf, w));
    ATTNDYN_TRY(orbit(run, &model, tau));
    for (size_t i = 0; i < p->ratios.count; i++) ATTNDYN_TRY(limit(run, p, p->ratios.at[i]));
    for (size_t i = 0; i < sizeof prototypes / sizeof *prototypes; i++) {
        const struct attndyn_freeze small = {4, 0.5, prototypes[i][0]};
        ATTNDYN_TRY(freeze_at(run, &small, "reference", y, NULL));
        ATTNDYN_TRY(EMIT(run, reference, .ratio = small.ratio, .w_inf = y[ATTNDYN_FREEZE_W],
                         .prototype = prototypes[i][1], .digits = prototypes[i][2]));
    }
    /* Beyond that, the scales of the courses in time differ by more than a double can resolve. */
    bool in_time = p->common >= 1e-4 && p->common <= 0.999 && p->ratio >= 1e-9 && p->ratio <= 1e9;
    if (!in_time)
        ATTNDYN_TRY(results_note(run->ctx, run->results,
                                 "no courses in time: they need 1e-4 <= common <= 0.999 and 1e-9 "
                                 "<= ratio <= 1e9"));
    size_t courses = in_time ? p->eta_bs.count : 0;
    ATTNDYN_TRY(SCALAR(run, freeze_scalars, courses, (double)courses));
    for (size_t i = 0; i < courses; i++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(course(run, p, p->eta_bs.at[i]));
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "courses", (double)(i + 1), (double)courses);
    }
    return ATTNDYN_OK;
}

static const struct figure figures[] = {
    {"freeze", "embed/freeze/freeze.gp",
     "(a) The common token's attention logit in time: with fixed embeddings (dashed) it goes on "
     "falling, with trained ones below a norm it stops, at a limit that does not know the "
     "decoder's rate. (b) What stops it: the class vectors' mean dies out exponentially in the "
     "decoder's clock b, with the slope -kappa of the closed form (dotted). (c) The limit over "
     "eta_u/eta_z, with its two closed limits and the floor that no common token can cross."},
    {0}};

const struct experiment experiment_embed_freeze = {
    .id = "embed/freeze",
    .title = "Trained embeddings below a norm: attention freezes at a finite limit",
    .source = "derived here; the talk leaves embeddings that learn open",
    .doc =
        "Scan&Snap fixes the embeddings; its norm acts on the bag of words. Here embeddings learn "
        "too, and the norm acts where networks have it, on the attended embedding: v_n = U^T c_n, "
        "f_n = v_n/|v_n|, logits B f_n. K classes of one query share one common token (probability "
        "P) and have one distinct token each.\n"
        "Along the orbit the class vectors' mean h dies out like e^(-kappa b), b = eta_z "
        "beta^2/(2 eta_b) with the decoder's amplitude beta ~ ln t: faster than any power of time. "
        "At h = 0 the f_n are a simplex (neural collapse), the gradient is orthogonal to every "
        "embedding, and attention stands still. The limit depends on the data and on eta_u/eta_z "
        "alone.\n"
        "Table `state`: w_inf (attention logit of the common token), z_inf = -w_inf/K (of a "
        "distinct one), attention, squared norms, A (spread) and kappa at the limit.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: a third of a second"},
                                       {"rare", "common=0.01 classes=100", "a rare common token"},
                                       {0}},
    .tables = TABLES(course, orbit, limit, reference, the_state),
    .figures = figures,
    PARTS_OF(freeze, freeze_scalars)};
