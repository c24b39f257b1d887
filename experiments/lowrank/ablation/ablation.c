#include "ablation.h"

#include "sim/num/linalg.h"

#include <string.h>

#define PARAMETERS ablation

struct arm {
    const char *group, *setting;
    long rank, gap;
    enum attndyn_galore_side side;
    enum attndyn_galore_subspace subspace;
    enum attndyn_galore_moments moments;
    bool staggered;
};

struct state {
    const struct ablation *p;
    struct pupil pupil;
    struct arm *arm;
    uint64_t arms;
    double lost;
    enum attndyn_status failed; /* looking for it */
    struct attndyn_checkpoint_array arrays[1];
};

static enum attndyn_status make_arms(struct attndyn_context *ctx, struct state *s) {
    const struct ablation *p = s->p;
    static const char *const sides[] = {"std", "reverse_std", "left", "right", "full"},
                             *const subspaces[] = {"svd", "randomised", "warm", "random", "frozen"},
                             *const moments[] = {"kept", "reset", "rotated"};
    ATTNDYN_ALLOC(ctx, s->arm, p->ranks.count * p->gaps.count + 5 + 5 + 3 + 2);
    for (size_t r = 0; r < p->ranks.count; r++)
        for (size_t g = 0; g < p->gaps.count; g++) {
            const char *name = attndyn_format(ctx, "r=%g gap=%g", p->ranks.at[r], p->gaps.at[g]);
            if (!name) return ATTNDYN_NO_MEMORY;
            s->arm[s->arms++] = (struct arm){.group = "grid",
                                             .setting = name,
                                             .rank = (long)p->ranks.at[r],
                                             .gap = (long)p->gaps.at[g]};
        }
    const struct arm base = {.rank = p->rank, .gap = p->gap};
    for (int k = 0; k < 15; k++) {
        struct arm a = base;
        if (k < 5)
            a.group = "side", a.setting = sides[k], a.side = (enum attndyn_galore_side)k;
        else if (k < 10)
            a.group = "subspace", a.setting = subspaces[k - 5],
            a.subspace = (enum attndyn_galore_subspace)(k - 5);
        else if (k < 13)
            a.group = "moments", a.setting = moments[k - 10],
            a.moments = (enum attndyn_galore_moments)(k - 10);
        else
            a.group = "renewals", a.setting = k == 13 ? "together" : "staggered",
            a.staggered = k == 14;
        s->arm[s->arms++] = a;
    }
    return ATTNDYN_OK;
}

/* Share of the best energy that the projector of the gradient at hand leaves out, over all maps. */
static enum attndyn_status energy_lost(struct attndyn_context *ctx, const struct pupil *u,
                                       double *lost) {
    size_t count;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(u->network.model, &count);
    double best = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct attndyn_galore *g = attndyn_optimizer_galore(u->learner.optimizer, i);
        if (!g->P == !g->Q) continue; /* not projected, or from both sides */
        const size_t m = g->m, n = g->n, r = g->r, least = m < n ? m : n;
        double *G, *values;
        ATTNDYN_ALLOC(ctx, G, m * n);
        ATTNDYN_ALLOC(ctx, values, least);
        for (size_t j = 0; j < m * n; j++) G[j] = (double)p[i].gradient[j];
        ATTNDYN_TRY(attndyn_svd(ctx, m, n, G, values, NULL, NULL));
        for (size_t k = 0; k < r; k++) best += values[k] * values[k];
        for (size_t k = 0; k < r; k++)
            for (size_t a = 0; a < (g->P ? n : m); a++) {
                double x = 0;
                for (size_t b = 0; b < (g->P ? m : n); b++)
                    x += g->P ? (double)g->P[b * r + k] * G[b * n + a]
                              : (double)g->Q[k * n + b] * G[a * n + b];
                kept += x * x;
            }
    }
    *lost = best > 0 ? 1 - kept / best : NAN;
    return ATTNDYN_OK;
}

/* After the update of the last renewal: the gradient that it was made from is still there. Before
 * the run is saved, for what is taken up has no gradient. */
static void updated(struct training *t) {
    struct state *s = t->with;
    const struct arm *a = &s->arm[t->number % s->arms];
    const uint64_t gap = (uint64_t)a->gap, made = t->learner->step;
    if (made == 0 || a->staggered || (made - 1) % gap != 0 || made - 1 + gap < t->steps) return;
    uint64_t mark = attndyn_memory_mark(t->run->ctx);
    s->failed = energy_lost(t->run->ctx, &s->pupil, &s->lost);
    attndyn_memory_release(t->run->ctx, mark);
}

static enum attndyn_status look(struct training *t) {
    const struct state *s = t->with;
    return s->failed;
}

/* Moments and projectors by the sides, and Adam's moments of all else. */
static double expected_states(const struct pupil *u, const struct arm *a) {
    size_t count;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(u->network.model, &count);
    double numbers = 0;
    for (size_t i = 0; i < count; i++) {
        const double m = (double)p[i].rows, n = (double)p[i].columns, low = fmin(m, n),
                     high = fmax(m, n), r = fmin((double)a->rank, low);
        if (!pupil_map(&p[i])) {
            numbers += 2 * m * n;
            continue;
        }
        switch (a->side) {
        case ATTNDYN_GALORE_STD:
            numbers += low * r + 2 * high * r;
            break;
        case ATTNDYN_GALORE_REVERSE_STD:
            /* the sides of a square matrix are equal */
            numbers += high * r + 2 * low * r;
            break;
        case ATTNDYN_GALORE_LEFT:
            numbers += m * r + 2 * n * r;
            break;
        case ATTNDYN_GALORE_RIGHT:
            numbers += n * r + 2 * m * r;
            break;
        case ATTNDYN_GALORE_FULL:
            numbers += m * r + n * r + 2 * r * r;
            break;
        }
    }
    return numbers * sizeof(attndyn_real);
}

static enum attndyn_status one(struct training *t) {
    struct state *s = t->with;
    const struct arm *a = &s->arm[t->number % s->arms];
    struct network_recipe recipe = network_recipe_of(t->run);
    recipe.seed += t->number / s->arms;
    const struct pupil_setting setting = {.method = {.method = method_galore,
                                                     .rank = a->rank,
                                                     .gap = a->gap,
                                                     .projection = a->side,
                                                     .subspace = a->subspace,
                                                     .moments = a->moments,
                                                     .staggered = a->staggered,
                                                     .min_8bit = 1},
                                          .optimizer = optimizer_adamw,
                                          .scale = s->p->scale,
                                          .lr = s->p->lr};
    if (!training_held(t)) s->lost = NAN;
    ATTNDYN_TRY(pupil_open(t->run, &recipe, &setting, &s->pupil));
    pupil_train(&s->pupil, t);
    enum attndyn_status status = training_go(t);
    if (!status) status = network_validate(t->run->ctx, &s->pupil.network);
    if (!status)
        status =
            EMIT(t->run, arms, .group = a->group, .setting = a->setting, .rank = a->rank,
                 .gap = a->gap, .seed = (long)recipe.seed, .valid = s->pupil.network.valid_loss,
                 .lost = s->lost, .states = (long)pupil_bytes(&s->pupil).states,
                 .expected = (long)expected_states(&s->pupil, a));
    pupil_close(&s->pupil);
    return status;
}

RUN(ablation) {
    struct state s = {.p = p};
    ATTNDYN_TRY(make_arms(run->ctx, &s));
    s.arrays[0] = (struct attndyn_checkpoint_array){"lost", &s.lost, 1};
    struct training training = {.run = run,
                                .last = s.arms * (uint64_t)p->seeds - 1,
                                .with = &s,
                                .look = look,
                                .updated = updated,
                                .arrays = s.arrays,
                                .n_arrays = 1};
    return training_run(&training, one);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, valid, "validation loss of the last training", LAST_OF(arms, valid))               \
    X(OPTIONAL, valid_mean, "validation loss, mean over all trainings", MEAN_OF(arms, valid))      \
    X(OPTIONAL, lost_most, "largest share of the best subspaces' energy that is left out",         \
      LARGEST_OF(arms, lost))
SCALARS(taken, TAKEN)

const struct experiment experiment_lowrank_ablation = {
    .id = "lowrank/ablation",
    .title = "GaLore's rank, gap, sides, subspaces and moments, one by one",
    .source = "GaLore (arXiv 2403.03507v2), section 5.5, figure 5",
    .doc =
        "A small network of LLaMA's kind is trained on bytes by GaLore, every setting at the same "
        "learning rate, start and minibatches: ranks x gaps (updates between two renewals of the "
        "subspaces); the sides that are projected; subspaces by singular vectors of the gradient, "
        "by a randomised or a warm-started method (with the energy that they lose), random ones, "
        "and the first for ever; moments that are kept, reset or rotated at a renewal; renewals "
        "of all maps in one update or spread over the gap. At one rate a difference says what the "
        "setting does there, not which setting is best when tuned.",
    .presets =
        (const struct preset[]){
            {"quick",
             "ranks=2,8 gaps=10,30 rank=8 gap=20 width=32 layers=1 lines=2000 batch=16 updates=60 "
             "seeds=1",
             "d = 32, one layer, nineteen trainings of 60 updates: seconds"},
            {"short", "lines=20000 batch=16", "d = 64, two layers, two seeds: some minutes"},
            {"paper",
             "width=256 layers=4 heads=8 length=128 updates=5000 seeds=3 ranks=16,32,64,128 rank=64 "
             "gaps=10,50,200,1000 gap=200 lines=200000 lr=1e-2",
             "d = 256, four layers, 93 trainings of 20 million bytes: some 90 hours of one core; "
             "--resume goes on; text=PATH"},
            {0}},
    .tables = TABLES(arms),
    .figures = (const struct figure[]){{"arms", "lowrank/ablation/arms.gp",
                                        "The validation loss at the end of each training, by "
                                        "group and setting, a point for each seed; all at one "
                                        "learning rate. The spread of a setting's points says how "
                                        "far seeds alone move it."},
                                       {0}},
    PARTS_OF(ablation, taken)};
