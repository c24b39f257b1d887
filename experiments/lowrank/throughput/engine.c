/* Trainings of a small network by the same methods: what the engine holds, and on request how long
 * it takes. */
#include "throughput.h"

#include "sim/num/optim/quantised.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Bytes by Adam's moments for `count` numbers each. */
static size_t moments(const struct throughput *p, bool small, size_t count) {
    const size_t blocks = (count + ATTNDYN_QUANTISED_BLOCK - 1) / ATTNDYN_QUANTISED_BLOCK;
    if (!small || count < (size_t)p->min_8bit) return 2 * count * sizeof(attndyn_real);
    return 2 * ((count + 3) / 4 * 4 + blocks * sizeof(attndyn_real));
}

/* By the shapes alone: states; and gradients, of all or of one block and what is no block's. */
static void expect(const struct throughput *p, const struct pupil *u, bool galore, bool small,
                   bool retain, struct engine *row) {
    size_t count, states = 0, blocks = 0, rest = 0;
    const struct attndyn_parameter *q = attndyn_transformer_parameters(u->network.model, &count);
    for (size_t i = 0; i < count; i++) {
        const size_t numbers = q[i].rows * q[i].columns, r = (size_t)p->rank;
        const size_t least = q[i].rows < q[i].columns ? q[i].rows : q[i].columns,
                     most = numbers / least, rank = r < least ? r : least;
        *(strncmp(q[i].name, "layers.", 7) ? &rest : &blocks) += numbers * sizeof(attndyn_real);
        if (galore && pupil_map(&q[i]))
            states += least * rank * sizeof(attndyn_real) + moments(p, small, rank * most);
        else
            states += moments(p, small, numbers);
    }
    row->states_expected = (long)states;
    row->gradients_expected = (long)(rest + (retain ? blocks : blocks / (size_t)p->layers));
}

static enum attndyn_status now(struct attndyn_context *ctx, double *seconds) {
    struct timespec t;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "there is no clock of CPU time");
    *seconds = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
    return ATTNDYN_OK;
}

/* A line of /proc/self/status in bytes; NaN where the system has none. */
static double status_line(const char *name) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[200];
    double kilobytes = NAN;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0 &&
            sscanf(line + strlen(name), ": %lf", &kilobytes) != 1)
            kilobytes = NAN;
    if (file) fclose(file);
    return 1024 * kilobytes;
}

/* From here on the peak is counted anew; false where the system does not do that. */
static bool peak_anew(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) return false;
    const bool put = fputs("5", file) >= 0;
    return fclose(file) == 0 && put;
}

static enum attndyn_status train(const struct trial *run, const struct throughput *p,
                                 struct pupil *u, struct engine *row) {
    double ordinary = 0, renewing = 0, all = 0, ordinaries = 0, renewals = 0;
    for (long step = 0; step < p->updates; step++) {
        double from = 0, to = 0;
        ATTNDYN_TRY(now(run->ctx, &from));
        ATTNDYN_TRY(pupil_update(run->ctx, u));
        ATTNDYN_TRY(now(run->ctx, &to));
        if (step > 0) all += to - from; /* the first one warms caches */
        if (step > 0 && step % p->gap == 0)
            renewing += to - from, renewals++;
        else if (step > 0)
            ordinary += to - from, ordinaries++;
    }
    row->loss = u->learner.loss;
    if (!p->clock || p->updates < 2) return ATTNDYN_OK;
    row->tokens = (double)((p->updates - 1) * p->batch * p->length) / all;
    if (u->setting.method.method == method_galore && renewals > 0 && ordinaries > 0) {
        const double step = ordinary / ordinaries, more = renewing / renewals - step;
        row->svd = more / (more + (double)p->gap * step);
        row->svd_200 = more / (more + 200 * step);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status one(const struct trial *run, const struct throughput *p, int kind,
                               bool retain) {
    const bool galore = kind >= 2, small = kind % 2 == 1;
    const struct network_recipe recipe = network_recipe_of(run);
    const struct pupil_setting setting = {
        .method = {.method = galore ? method_galore : method_full,
                   .rank = p->rank,
                   .gap = p->gap,
                   .scale = 0.25,
                   .projection = ATTNDYN_GALORE_STD,
                   .subspace = ATTNDYN_SUBSPACE_SVD,
                   .moments = ATTNDYN_MOMENTS_KEPT,
                   .min_8bit = p->min_8bit,
                   .per_layer = !retain},
        .optimizer = small ? optimizer_adam8bit : optimizer_adamw,
        .scale = 0.25,
        .lr = p->lr,
        .constant = true}; /* not clipped: weights that move layer by layer cannot be */
    struct engine row = {.method = throughput_kinds[kind],
                         .retain = retain,
                         .tokens = NAN,
                         .svd = NAN,
                         .svd_200 = NAN,
                         .peak = NAN};
    struct pupil u;
    const double before = p->clock && peak_anew() ? status_line("VmRSS") : NAN;
    ATTNDYN_TRY(pupil_open(run, &recipe, &setting, &u));
    enum attndyn_status status = train(run, p, &u, &row);
    if (!status) {
        const struct pupil_bytes held = pupil_bytes(&u);
        row.weights = (long)held.weights, row.gradients = (long)held.gradients;
        row.states = (long)held.states, row.activations = (long)held.activations;
        if (p->clock) row.peak = status_line("VmHWM") - before;
        expect(p, &u, galore, small, retain, &row);
    }
    pupil_close(&u);
    return status ? status : engine_emit(run, &row);
}

enum attndyn_status throughput_engine(const struct trial *run, const struct throughput *p) {
    /* times are for one thread; bytes do not depend on threads */
    attndyn_threads_allow(run->ctx, 1);
    for (int kind = 0; kind < KINDS; kind++)
        for (int retain = 1; retain >= 0; retain--) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(one(run, p, kind, retain));
            attndyn_memory_release(run->ctx, mark);
            attndyn_progress(run->ctx, "trainings", 2. * kind + 2 - retain, 2 * KINDS);
        }
    return ATTNDYN_OK;
}
