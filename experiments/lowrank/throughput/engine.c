/* Trainings of a small network by the same methods: what the engine holds, and on request how long
 * it takes. */
#include "throughput.h"

#include "sim/num/optim/quantised.h"

#include <string.h>
#include <time.h>

/* Of the training at hand; what it measures is kept in a checkpoint. */
struct bench {
    const struct throughput *p;
    struct pupil pupil;
    struct attndyn_batch (*batch)(struct training *training); /* the pupil's */
    struct attndyn_checkpoint_array arrays[1];
    struct measured {
        double ordinary, renewing, all, ordinaries, renewals; /* CPU seconds, updates */
        double own, workspace;                                /* bytes */
        double peak;
    } sum;
    double from; /* when the update at hand began */
    struct peak gauge;
};

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

static double now(void) {
    struct timespec t;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0
               ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec
               : NAN;
}

static struct attndyn_batch next(struct training *t) {
    struct bench *b = t->with;
    if (b->p->clock) b->from = now();
    attndyn_memory_peak_anew(t->run->ctx);
    return b->batch(t);
}

static void updated(struct training *t) {
    struct bench *b = t->with;
    struct measured *m = &b->sum;
    struct attndyn_context *ctx = t->run->ctx;
    const uint64_t step = b->pupil.learner.step - 1; /* of the update just made, from 0 */
    const double took = b->p->clock ? now() - b->from : 0;
    m->workspace =
        fmax(m->workspace, (double)(attndyn_memory_peak(ctx) - attndyn_memory_held(ctx)));
    if (b->p->clock) m->peak = fmax(m->peak, peak_so_far(&b->gauge));
    if (step == 0) return; /* the first one warms caches */
    m->all += took;
    if (step % (uint64_t)b->p->gap == 0)
        m->renewing += took, m->renewals++;
    else
        m->ordinary += took, m->ordinaries++;
}

static enum attndyn_status look(struct training *t) {
    (void)t;
    return ATTNDYN_OK;
}

static void timed(const struct bench *b, struct engine *row) {
    const struct throughput *p = b->p;
    const struct measured *m = &b->sum;
    if (!p->clock || p->updates < 2) return;
    row->tokens = (double)((p->updates - 1) * p->batch * p->length) / m->all;
    if (b->pupil.setting.method.method == method_galore && m->renewals > 0 && m->ordinaries > 0) {
        const double step = m->ordinary / m->ordinaries, more = m->renewing / m->renewals - step;
        row->svd = more / (more + (double)p->gap * step);
        row->svd_200 = more / (more + 200 * step);
    }
}

static struct pupil_setting setting_of(const struct throughput *p, int kind, bool retain) {
    return (struct pupil_setting){
        .method = {.method = kind >= 2 ? method_galore : method_full,
                   .rank = p->rank,
                   .gap = p->gap,
                   .scale = 0.25,
                   .projection = ATTNDYN_GALORE_STD,
                   .subspace = ATTNDYN_SUBSPACE_SVD,
                   .moments = ATTNDYN_MOMENTS_KEPT,
                   .min_8bit = p->min_8bit,
                   .per_layer = !retain},
        .optimizer = kind % 2 == 1 ? optimizer_adam8bit : optimizer_adamw,
        .scale = 0.25,
        .lr = p->lr,
        .constant = true}; /* not clipped: weights that move layer by layer cannot be */
}

static enum attndyn_status one(struct training *t) {
    struct bench *b = t->with;
    const struct throughput *p = b->p;
    struct attndyn_context *ctx = t->run->ctx;
    const int kind = (int)t->number / 2;
    const bool retain = t->number % 2 == 0, fresh = !training_held(t);
    const struct network_recipe recipe = network_recipe_of(t->run);
    const struct pupil_setting setting = setting_of(p, kind, retain);
    struct engine row = BLANK(engine);
    row.method = throughput_kinds[kind], row.retain = retain;
    if (p->clock) b->gauge = peak_begin();
    const size_t before = attndyn_memory_held(ctx);
    ATTNDYN_TRY(pupil_open(t->run, &recipe, &setting, &b->pupil));
    if (fresh) b->sum = (struct measured){.peak = p->clock ? 0 : NAN};
    b->sum.own = (double)(attndyn_memory_held(ctx) - before);
    pupil_train(&b->pupil, t);
    b->batch = t->batch;
    t->batch = next;
    enum attndyn_status status = training_go(t);
    if (!status) {
        const struct pupil_bytes held = pupil_bytes(&b->pupil);
        row.weights = (long)held.weights, row.gradients = (long)held.gradients;
        row.states = (long)held.states, row.activations = (long)held.activations;
        row.text = (long)b->pupil.network.bytes;
        row.held = (long)(b->sum.own + b->sum.workspace), row.workspace = (long)b->sum.workspace;
        row.loss = b->pupil.learner.loss;
        row.peak = b->sum.peak;
        timed(b, &row);
        expect(p, &b->pupil, kind >= 2, kind % 2 == 1, retain, &row);
        status = EMIT_ROW(t->run, engine, &row);
    }
    pupil_close(&b->pupil);
    return status;
}

enum attndyn_status throughput_engine(const struct trial *run, const struct throughput *p) {
    struct bench b = {.p = p};
    struct training training = {.run = run,
                                .last = 2 * KINDS - 1,
                                .with = &b,
                                .look = look,
                                .updated = updated,
                                .arrays = b.arrays,
                                .n_arrays = 1};
    b.arrays[0] = (struct attndyn_checkpoint_array){"measured", &b.sum.ordinary,
                                                    sizeof b.sum / sizeof(double)};
    attndyn_threads_allow(run->ctx,
                          1); /* times are for one thread; bytes do not depend on threads */
    return training_run(&training, one);
}
