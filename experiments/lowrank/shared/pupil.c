#include "pupil.h"

#include <string.h>

bool pupil_map(const struct attndyn_parameter *p) {
    return p->dimensions == 2 && strncmp(p->name, "layers.", 7) == 0;
}

static enum attndyn_status optimise(struct attndyn_context *ctx, struct pupil *u) {
    const struct pupil_setting *s = &u->setting;
    const double factor = s->method.method == method_galore ? 1 : s->scale; /* galore: by itself */
    struct attndyn_optimizer_group groups[] = {{"layers.*.attention.*", factor, -1},
                                               {"layers.*.mlp.*", factor, -1}};
    struct attndyn_optimizer_options options = {.kind = (enum attndyn_optimizer_kind)s->optimizer,
                                                .beta1 = 0.9,
                                                .beta2 = 0.999,
                                                .epsilon = s->epsilon > 0 ? s->epsilon : 1e-6,
                                                .decay = u->network.recipe.decay,
                                                .clip = s->constant || s->method.per_layer ? 0 : 1,
                                                .groups = groups,
                                                .n_groups = sizeof groups / sizeof *groups,
                                                .tensorwise = true};
    struct method_settings method = s->method;
    method.scale = s->scale;
    method_options(&method, u->network.recipe.seed, &options);
    options.galore.form = s->form;
    ATTNDYN_TRY(method_adapt(ctx, &method, u->network.recipe.seed, &u->learner));
    return learner_optimise(ctx, &u->learner, &options);
}

enum attndyn_status pupil_open(const struct trial *run, const struct network_recipe *recipe,
                               const struct pupil_setting *setting, struct pupil *u) {
    struct network_recipe own = *recipe;
    *u = (struct pupil){.setting = *setting};
    own.thrift.gradients = setting->method.per_layer;
    ATTNDYN_TRY(network_start(run, &own, &u->network));
    u->learner = (struct learner){.model = u->network.model, .lr = setting->lr, .rate = "lr"};
    ATTNDYN_TRY(optimise(run->ctx, u));
    return network_feed_open(run->ctx, &u->network, &u->feed);
}

void pupil_close(struct pupil *u) {
    network_feed_close(&u->feed);
}

/* The minibatch of the update at hand, and its rate. */
static struct attndyn_batch next(struct pupil *u) {
    const struct network_recipe *r = &u->network.recipe;
    const struct attndyn_schedule schedule = learner_cosine(r->updates, r->updates / 10);
    while (u->seen <= u->learner.step) { /* taken up: those before are passed over */
        network_feed_next(&u->feed);
        u->seen++;
    }
    u->learner.lr = u->setting.lr;
    if (!u->setting.constant) u->learner.lr *= attndyn_schedule_factor(&schedule, u->learner.step);
    return u->feed.batch;
}

enum attndyn_status pupil_update(struct attndyn_context *ctx, struct pupil *u) {
    const struct attndyn_batch batch = next(u);
    return learner_update(ctx, &u->learner, &batch);
}

static struct attndyn_batch next_of(struct training *t) {
    return next(t->source);
}

void pupil_train(struct pupil *u, struct training *t) {
    t->steps = u->network.recipe.updates;
    t->what = "updates";
    t->each = 1;
    t->data = u->network.bytes;
    t->source = u;
    t->batch = next_of;
    t->learner = &u->learner;
}

struct pupil_bytes pupil_bytes_of(const struct pupil *u, size_t i) {
    size_t count, from = i, n = 1, n_state = 0;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(u->network.model, &count);
    const struct attndyn_parameter *own = p, *state = NULL;
    const double number = sizeof(attndyn_real);
    struct pupil_bytes held = {0};
    if (u->learner.adapters) {
        attndyn_adapters_range(u->learner.adapters, i, 1, &from, &n);
        own = attndyn_adapters_parameters(u->learner.adapters, &count);
        state = attndyn_adapters_state(u->learner.adapters, &n_state);
    }
    for (size_t k = from; k < from + n; k++) {
        const double numbers = (double)attndyn_parameter_count(&own[k]);
        held.weights += numbers * number;
        if (!own[k].frozen) held.gradients += numbers * number;
        held.states += (double)attndyn_optimizer_bytes(u->learner.optimizer, k);
    }
    char start[80];
    snprintf(start, sizeof start, "%.52s.start", p[i].name);
    for (size_t k = 0; k < n_state; k++)
        if (strcmp(state[k].name, start) == 0)
            held.weights += (double)attndyn_parameter_count(&state[k]) * number;
    return held;
}

struct pupil_bytes pupil_bytes(const struct pupil *u) {
    size_t count, weights, gradients, activations;
    struct pupil_bytes all = {0};
    attndyn_transformer_parameters(u->network.model, &count);
    attndyn_transformer_memory(u->network.model, &weights, &gradients, &activations);
    for (size_t i = 0; i < count; i++) {
        const struct pupil_bytes one = pupil_bytes_of(u, i);
        all.weights += one.weights;
        all.gradients += one.gradients;
        all.states += one.states;
    }
    if (u->setting.method.per_layer && !u->learner.adapters) all.gradients = (double)gradients;
    all.activations = (double)activations;
    return all;
}
