#include "train.h"

/* Largest entry of |P^T P - 1| and |Q Q^T - 1|; NaN: neither is there. */
static double skew(const struct attndyn_galore *g) {
    double off = g->P || g->Q ? 0 : NAN;
    for (size_t i = 0; i < g->r; i++)
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

static enum attndyn_status count(const struct trial *run, const struct trainer *t,
                                 struct summary *s) {
    for (size_t i = 0; i < t->parts; i++) {
        const struct part *part = &t->part[i];
        const struct held held = trainer_held(part);
        s->weight_bytes += (double)(held.weights * sizeof(attndyn_real));
        s->gradient_bytes += (double)(held.gradients * sizeof(attndyn_real));
        s->state_bytes += (double)(held.states * sizeof(attndyn_real));
        s->adam_bytes += (double)(2 * attndyn_parameter_count(part->of) * sizeof(attndyn_real));
        if (part->map)
            ATTNDYN_TRY(EMIT(run, maps, .name = part->of->name, .rows = (long)part->of->rows,
                             .columns = (long)part->of->columns, .weights = (long)held.weights,
                             .gradients = (long)held.gradients, .states = (long)held.states,
                             .skew = skew(part->piece[0].rule)));
    }
    return ATTNDYN_OK;
}

struct progress {
    double done, total;
};

static enum attndyn_status learn(const struct trial *run, const struct train *p, struct trainer *t,
                                 struct progress *progress) {
    const uint64_t updates = t->network->recipe.updates,
                   looks = (uint64_t)p->looks < updates ? (uint64_t)p->looks : updates;
    double sum = 0;
    uint64_t since = 0, look = 1;
    while (t->updates < updates) {
        sum += trainer_gradient(t);
        since++;
        ATTNDYN_TRY(trainer_move(run->ctx, t));
        if (t->updates >= updates * look / looks) {
            ATTNDYN_TRY(network_validate(run->ctx, t->network));
            ATTNDYN_TRY(EMIT(run, course, .method = method_names[t->setting.method],
                             .step = (long)t->updates, .loss = sum / (double)since,
                             .valid = t->network->valid_loss));
            sum = 0, since = 0, look++;
        }
        attndyn_progress(run->ctx, "updates", ++progress->done, progress->total);
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status training(const struct trial *run, const struct train *p,
                                    const struct setting *setting, struct network *network,
                                    struct progress *progress, struct summary *s) {
    struct trainer t;
    uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(trainer_open(run->ctx, network, setting, &t));
    enum attndyn_status status = learn(run, p, &t, progress);
    if (!status && s) status = count(run, &t, s);
    trainer_close(&t);
    attndyn_memory_release(run->ctx, mark);
    return status;
}

/* Cross-entropy of the validation text under the training text's byte frequencies (add-one). */
static double byte_loss(const struct network *n) {
    double occurs[256], sum = 0;
    for (size_t i = 0; i < 256; i++) occurs[i] = 1;
    for (size_t i = 0; i < n->train_bytes; i++) occurs[(unsigned char)n->text[i]]++;
    for (size_t i = n->train_bytes; i < n->bytes; i++)
        sum -= log(occurs[(unsigned char)n->text[i]] / ((double)n->train_bytes + 256));
    return sum / (double)(n->bytes - n->train_bytes);
}

RUN(train) {
    const struct network_recipe recipe = network_recipe_of(run);
    const struct setting setting = {.method = p->method,
                                    .side = p->side,
                                    .rank = (size_t)p->rank,
                                    .gap = (size_t)p->gap,
                                    .scale = p->scale,
                                    .lr = p->lr};
    struct setting full = setting, control = setting;
    full.method = method_full;
    control.method = method_lowrank;
    if (p->lr_full > 0) full.lr = p->lr_full;
    if (p->lr_control > 0) control.lr = p->lr_control;
    struct progress progress = {0, (double)p->updates * (p->beside ? 3 : 1)};
    struct network network;
    struct summary s = {.full_loss = NAN, .control_loss = NAN};
    ATTNDYN_TRY(network_start(run, &recipe, &network));
    ATTNDYN_TRY(methods_exact(run, &setting, &network));
    ATTNDYN_TRY(training(run, p, &setting, &network, &progress, &s));
    s.valid_loss = network.valid_loss;
    if (p->beside && p->method != method_full) {
        ATTNDYN_TRY(training(run, p, &full, &network, &progress, NULL));
        s.full_loss = network.valid_loss;
    }
    if (p->beside && p->method != method_lowrank) {
        ATTNDYN_TRY(training(run, p, &control, &network, &progress, NULL));
        s.control_loss = network.valid_loss;
    }
    return SET(run, summary, .valid_loss = s.valid_loss, .byte_loss = byte_loss(&network),
               .full_loss = s.full_loss, .control_loss = s.control_loss,
               .weight_bytes = s.weight_bytes, .gradient_bytes = s.gradient_bytes,
               .state_bytes = s.state_bytes, .adam_bytes = s.adam_bytes);
}

const struct experiment experiment_lowrank_train = {
    .id = "lowrank/train",
    .title = "One training by full Adam, GaLore, LoRA or W = B A",
    .source = "GaLore (arXiv 2403.03507v2), Algorithm 1, Table 2",
    .doc =
        "A small network of LLaMA's kind is trained on bytes. The maps of its layers move by full "
        "Adam, by GaLore, through LoRA's adapters, or are products B A; embedding and norms by Adam. "
        "Given are the loss on the last tenth of the text along the way, and the bytes of weights, "
        "gradients and optimiser states, projectors counted. All methods have the two groups of rates "
        "that GaLore has (maps at scale x lr, all else at lr): full Adam and W = B A at one rate "
        "for all look worse than they are. "
        "Beside it, on the same minibatches, full Adam and, as the control, W = B A. Exact: GaLore "
        "with SGD at full rank is SGD; the gradient of the factors; LoRA leaves the network as it "
        "was; the two groups. One training at one rate says nothing of which method is better: sweep "
        "lr and scale for each (attndyn sweep), over seeds.",
    .params = PARAM_LIST(TRAIN),
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
    .tables = (const struct table[]){TABLE_ENTRY(course, COURSE, "losses along the trainings"),
                                     TABLE_ENTRY(maps, MAPS, "what the method holds for each map"),
                                     TABLE_ENTRY(exact, EXACT, "what the methods are equal to"),
                                     {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures =
        (const struct figure[]){
            {"course", "lowrank/train/train.gp",
             "Left: the loss on the validation text along the training, beside full Adam with the "
             "same two groups of rates and the control W = B A. Right: bytes held."},
            {0}},
    .checks = methods_claims,
    .run = RUN_OF(train)};
