#include "train.h"

#include "experiments/shared/clock.h"

#include <string.h>

/* The run's own training, full Adam's, and the control's. */
enum { OWN, FULL, CONTROL, TRAININGS, BYTES = 5 };

/* Of the run's trainings: valid losses, and bytes. */
struct sums {
    const struct train *p;
    size_t
        which[TRAININGS]; /* of them the run has, in their order: a method is not trained twice */
    uint64_t count;
    struct pupil pupil;
    double valid[TRAININGS], bytes[BYTES], byte_loss;
    struct attndyn_checkpoint_array arrays[3];
    uint64_t begun; /* updates that its own had made when this process took it up */
    double speed;   /* of it, tokens a second; not saved: it is no result */
};

/* Largest entry of |P^T P - 1| and |Q Q^T - 1|; NaN: neither is there. */
static double skew(const struct attndyn_galore *g) {
    double off = g && (g->P || g->Q) ? 0 : NAN;
    for (size_t i = 0; g && i < g->r; i++)
        for (size_t j = 0; j < g->r; j++) {
            double p = 0, q = 0;
            for (size_t k = 0; g->P && k < g->m; k++)
                p += (double)g->P[k * g->r + i] * (double)g->P[k * g->r + j];
            for (size_t k = 0; g->Q && k < g->n; k++)
                q += (double)g->Q[i * g->n + k] * (double)g->Q[j * g->n + k];
            if (g->P) worst(&off, p - (i == j));
            if (g->Q) worst(&off, q - (i == j));
        }
    return off;
}

static enum attndyn_status count(const struct trial *run, struct sums *s) {
    const struct pupil *u = &s->pupil;
    const struct pupil_bytes all = pupil_bytes(u);
    size_t parameters, numbers = 0;
    const struct attndyn_parameter *p =
        attndyn_transformer_parameters(u->network.model, &parameters);
    for (size_t i = 0; i < parameters; i++) {
        const struct pupil_bytes held = pupil_bytes_of(u, i);
        numbers += attndyn_parameter_count(&p[i]);
        if (!pupil_map(&p[i])) continue;
        const struct attndyn_galore *g =
            u->learner.adapters ? NULL : attndyn_optimizer_galore(u->learner.optimizer, i);
        ATTNDYN_TRY(EMIT(run, maps, .name = p[i].name, .rows = (long)p[i].rows,
                         .columns = (long)p[i].columns, .weights = (long)held.weights,
                         .gradients = (long)held.gradients, .states = (long)held.states,
                         .skew = skew(g)));
    }
    const double bytes[BYTES] = {all.weights, all.gradients, all.states, all.activations,
                                 2 * (double)(numbers * sizeof(attndyn_real))};
    memcpy(s->bytes, bytes, sizeof bytes);
    return ATTNDYN_OK;
}

static enum method method_of(const struct sums *s, size_t which) {
    return which == OWN ? s->p->method : which == FULL ? method_full : method_lowrank;
}

static void list_trainings(struct sums *s) {
    for (size_t which = OWN; which < TRAININGS; which++)
        if (which == OWN || (s->p->beside && method_of(s, which) != s->p->method))
            s->which[s->count++] = which;
}

static enum attndyn_status look(struct training *t) {
    struct sums *s = t->with;
    struct learner *l = t->learner;
    if (s->begun == UINT64_MAX) s->begun = l->step;
    const uint64_t looks = (uint64_t)s->p->looks < t->steps ? (uint64_t)s->p->looks : t->steps,
                   before = l->step ? (l->step - 1) * looks / t->steps : 0;
    if (l->step == 0 || l->step * looks / t->steps == before) return ATTNDYN_OK;
    ATTNDYN_TRY(network_validate(t->run->ctx, &s->pupil.network));
    const size_t which = s->which[t->number];
    s->valid[which] = s->pupil.network.valid_loss;
    return EMIT(t->run, course, .method = method_names[method_of(s, which)], .step = (long)l->step,
                .loss = learner_mean_loss(l), .valid = s->pupil.network.valid_loss);
}

static enum attndyn_status one(struct training *t) {
    struct sums *s = t->with;
    struct network_recipe recipe = network_recipe_of(t->run);
    struct pupil_setting setting = train_setting(t->run);
    const size_t which = s->which[t->number];
    recipe.thrift.activations = s->p->recompute;
    setting.method.method = method_of(s, which);
    if (which == FULL && s->p->lr_full > 0) setting.lr = s->p->lr_full;
    if (which == CONTROL && s->p->lr_control > 0) setting.lr = s->p->lr_control;
    ATTNDYN_TRY(pupil_open(t->run, &recipe, &setting, &s->pupil));
    pupil_train(&s->pupil, t);
    s->byte_loss = network_byte_loss(&s->pupil.network);
    const double start = clock_wall_seconds();
    s->begun = UINT64_MAX;
    enum attndyn_status status = training_go(t);
    if (!status && which == OWN) {
        s->speed = (double)((t->steps - s->begun) * recipe.batch * recipe.length) /
                   (clock_wall_seconds() - start);
        status = count(t->run, s);
    }
    pupil_close(&s->pupil);
    return status;
}

RUN(train) {
    const struct network_recipe recipe = network_recipe_of(run);
    struct sums s = {.p = p, .valid = {NAN, NAN, NAN}};
    s.arrays[0] = (struct attndyn_checkpoint_array){"valid", s.valid, TRAININGS};
    s.arrays[1] = (struct attndyn_checkpoint_array){"bytes", s.bytes, BYTES};
    s.arrays[2] = (struct attndyn_checkpoint_array){"byte_loss", &s.byte_loss, 1};
    list_trainings(&s);
    struct training training = {.run = run,
                                .last = s.count - 1,
                                .with = &s,
                                .look = look,
                                .arrays = s.arrays,
                                .n_arrays = 3};
    ATTNDYN_TRY(methods_exact(run, &recipe));
    ATTNDYN_TRY(training_run(&training, one));
    if (s.speed > 0) {
        char text[160];
        int length = snprintf(text, sizeof text,
                              "%.0f tokens a second by %s, looks included (wall time, not kept: it "
                              "is no result)\n",
                              s.speed, method_names[p->method]);
        results_say(run->results, text, (size_t)length);
    }
    return SET(run, summary, .valid_loss = s.valid[OWN], .byte_loss = s.byte_loss,
               .full_loss = s.valid[FULL], .control_loss = s.valid[CONTROL],
               .weight_bytes = s.bytes[0], .gradient_bytes = s.bytes[1], .state_bytes = s.bytes[2],
               .activation_bytes = s.bytes[3], .adam_bytes = s.bytes[4]);
}

const struct experiment experiment_lowrank_train = {
    .id = "lowrank/train",
    .title = "One training by full Adam, GaLore, adapters or W = B A",
    .source = "GaLore (arXiv 2403.03507v2), Algorithm 1, Table 2",
    .doc =
        "A small network of LLaMA's kind is trained on bytes. The maps of its layers move by full "
        "Adam (or SGD, Adafactor, Adam in 8 bits), by GaLore around any of these, or through "
        "adapters (LoRA, ReLoRA, DoRA); or they are products B A; or they stay as they are, but "
        "for the last layer's. Embedding and norms move in full; with method=freeze only the "
        "norms of the last layer and behind it. The run gives the loss on the last tenth of the "
        "text along the training, and the bytes of weights, gradients, optimiser states "
        "(projectors counted) and activations. All methods have the two groups of learning rates "
        "that GaLore has (maps at scale x lr, all else at lr): full Adam and W = B A at one rate "
        "for all look worse than they are. Beside it full Adam and, as the control, W = B A are "
        "trained on the same minibatches.\n"
        "The table `exact` has what must hold exactly, or to rounding: GaLore around SGD at full "
        "rank is SGD; the gradients of the factors; LoRA leaves the network as it was, and so "
        "does a merge; weights that move layer by layer, and layers computed again, give the same "
        "bits; 8-bit moments are within the quantiser's error. One training at one rate does not "
        "say which method is better: lowrank/pretraining tunes the rate of each.",
    .presets =
        (const struct preset[]){
            {"quick", "lines=2000 batch=16 updates=150",
             "a generated text, two layers of width 32, three trainings: seconds"},
            {"short", "width=64 layers=3 rank=16 gap=100 lines=20000 updates=400",
             "d = 64, three layers, r = d/4, three trainings: a minute"},
            {"paper",
             "width=256 layers=6 heads=8 rank=64 gap=200 length=128 updates=20000 lines=200000",
             "d = 256, six layers, r = d/4; text=PATH: hours"},
            {0}},
    .tables = TABLES(course, maps, exact),
    .figures =
        (const struct figure[]){
            {"course", "lowrank/train/train.gp",
             "Left: the loss on the validation text along the training, beside full Adam with the "
             "same two groups of rates and the control W = B A. Right: bytes of weights, "
             "gradients, optimiser states and activations that the method holds."},
            {0}},
    PARTS_OF(train, summary)};
