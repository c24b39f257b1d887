/* Identities that the methods must satisfy, at the network's own start and on its own
 * minibatches. */
#include "train.h"

#include "sim/num/optim/quantised.h"

#include <string.h>

/* The numbers of all matrices, in one row. */
static enum attndyn_status matrices_of(struct attndyn_context *ctx, const struct pupil *u,
                                       double **row, size_t *count) {
    size_t parameters;
    const struct attndyn_parameter *p =
        attndyn_transformer_parameters(u->network.model, &parameters);
    *count = 0;
    for (size_t i = 0; i < parameters; i++)
        if (p[i].dimensions == 2) *count += attndyn_parameter_count(&p[i]);
    ATTNDYN_ALLOC(ctx, *row, *count);
    double *to = *row;
    for (size_t i = 0; i < parameters; i++)
        for (size_t j = 0; p[i].dimensions == 2 && j < attndyn_parameter_count(&p[i]); j++)
            *to++ = (double)p[i].value[j];
    return ATTNDYN_OK;
}

static enum attndyn_status updates_of(const struct trial *run, const struct network_recipe *recipe,
                                      const struct pupil_setting *setting, int updates,
                                      struct pupil *u) {
    ATTNDYN_TRY(pupil_open(run, recipe, setting, u));
    while (updates-- > 0) ATTNDYN_TRY(pupil_update(run->ctx, u));
    return ATTNDYN_OK;
}

static enum attndyn_status after(const struct trial *run, const struct network_recipe *recipe,
                                 const struct pupil_setting *setting, int updates, double **row,
                                 size_t *count) {
    struct pupil u;
    enum attndyn_status status = updates_of(run, recipe, setting, updates, &u);
    if (!status) status = matrices_of(run->ctx, &u, row, count);
    pupil_close(&u);
    return status;
}

static struct pupil_setting plain(const struct trial *run) {
    struct pupil_setting s = train_setting(run);
    s.method.per_layer = false;
    s.constant = true;
    return s;
}

/* GaLore with SGD, r = min(m, n), scale 1, against SGD, over two renewals: of the largest move. */
static enum attndyn_status sgd(const struct trial *run, const struct network_recipe *recipe) {
    struct pupil_setting s = plain(run);
    double *start, *projected, *whole, off = 0, moved = 0;
    size_t count;
    s.optimizer = optimizer_sgd;
    s.scale = 1;
    s.lr = 0.1;
    s.method.method = method_galore;
    s.method.rank = 65536;
    s.method.gap = 3;
    s.method.projection = ATTNDYN_GALORE_STD;
    s.method.subspace = ATTNDYN_SUBSPACE_SVD;
    ATTNDYN_TRY(after(run, recipe, &s, 0, &start, &count));
    ATTNDYN_TRY(after(run, recipe, &s, 5, &projected, &count));
    s.method.method = method_full;
    ATTNDYN_TRY(after(run, recipe, &s, 5, &whole, &count));
    for (size_t i = 0; i < count; i++) {
        worst(&off, projected[i] - whole[i]);
        worst(&moved, whole[i] - start[i]);
    }
    return EMIT(run, exact, .what = "sgd", .off = off / moved, .compared = (long)count);
}

/* Adam's first step is as long as the rate wherever the gradient is well above epsilon: the longest
 * of a map against the longest of the embedding is `scale`. */
static enum attndyn_status groups(const struct trial *run, const struct network_recipe *recipe) {
    struct pupil_setting s = plain(run);
    struct pupil u;
    double *before, map = 0, other = 0;
    size_t count, parameters;
    s.method.method = method_full;
    s.optimizer = optimizer_adamw;
    ATTNDYN_TRY(after(run, recipe, &s, 0, &before, &count));
    ATTNDYN_TRY(updates_of(run, recipe, &s, 1, &u));
    const struct attndyn_parameter *p =
        attndyn_transformer_parameters(u.network.model, &parameters);
    for (size_t i = 0; i < parameters; i++)
        for (size_t j = 0; p[i].dimensions == 2 && j < attndyn_parameter_count(&p[i]); j++)
            worst(pupil_map(&p[i]) ? &map : &other, (double)p[i].value[j] - *before++);
    pupil_close(&u);
    return EMIT(run, exact, .what = "groups", .off = fabs(map / other / s.scale - 1),
                .compared = (long)count);
}

/* All factors by h along their gradient. */
static double moved_loss(struct pupil *u, double h) {
    size_t count, all;
    struct attndyn_parameter *p = attndyn_adapters_parameters(u->learner.adapters, &count);
    attndyn_transformer_parameters(u->network.model, &all);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0;
             attndyn_adapters_factor(u->learner.adapters, i) && j < attndyn_parameter_count(&p[i]);
             j++)
            p[i].value[j] += (attndyn_real)(h * (double)p[i].gradient[j]);
    attndyn_adapters_push(u->learner.adapters, 0, all);
    return attndyn_transformer_loss(u->network.model, &u->feed.batch);
}

/* Central difference of the loss along that gradient. */
static double slope(struct pupil *u, double h) {
    double up = moved_loss(u, h), down = moved_loss(u, -2 * h);
    moved_loss(u, h);
    return (up - down) / (2 * h);
}

/* The slope of the loss along the gradient of all factors is its square; against differences of
 * losses, extrapolated to fourth order. */
static enum attndyn_status factors(const struct trial *run, const struct network_recipe *recipe,
                                   enum method method) {
    struct pupil_setting s = plain(run);
    struct pupil u;
    double square = 0, size = 0;
    size_t count, all, compared = 0;
    s.method.method = method;
    ATTNDYN_TRY(updates_of(run, recipe, &s, 0, &u));
    network_feed_next(&u.feed);
    attndyn_transformer_gradient(u.network.model, &u.feed.batch, 0);
    attndyn_transformer_parameters(u.network.model, &all);
    attndyn_adapters_pull(u.learner.adapters, 0, all);
    const struct attndyn_parameter *p = attndyn_adapters_parameters(u.learner.adapters, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0;
             attndyn_adapters_factor(u.learner.adapters, i) && j < attndyn_parameter_count(&p[i]);
             j++, compared++) {
            square += (double)p[i].gradient[j] * (double)p[i].gradient[j];
            size += (double)p[i].value[j] * (double)p[i].value[j];
        }
    /* the loss moves by some hundredths, the factors by no more than a hundredth */
    const double h = fmin(0.005 / square, 0.01 * sqrt(size / square));
    const double found = (4 * slope(&u, h / 2) - slope(&u, h)) / 3;
    pupil_close(&u);
    return EMIT(run, exact, .what = method == method_lora ? "adapted" : "factors",
                .off = fabs(found / square - 1), .compared = (long)compared);
}

/* LoRA's start is the network's own; and a merge leaves the logits, after some updates. */
static enum attndyn_status adapters(const struct trial *run, const struct network_recipe *recipe) {
    struct pupil_setting s = plain(run);
    struct pupil u;
    double *own, *adapted, off = 0, size = 0;
    attndyn_real *before, *behind;
    size_t count;
    s.method.method = method_full;
    ATTNDYN_TRY(after(run, recipe, &s, 0, &own, &count));
    s.method.method = method_lora;
    ATTNDYN_TRY(after(run, recipe, &s, 0, &adapted, &count));
    for (size_t i = 0; i < count; i++) worst(&off, adapted[i] - own[i]);
    ATTNDYN_TRY(EMIT(run, exact, .what = "adapters", .off = off, .compared = (long)count));
    ATTNDYN_TRY(updates_of(run, recipe, &s, 3, &u));
    const size_t logits = u.feed.batch.sequences * u.feed.batch.length *
                          attndyn_transformer_config_of(u.network.model)->outputs;
    ATTNDYN_ALLOC(run->ctx, before, logits);
    ATTNDYN_ALLOC(run->ctx, behind, logits);
    attndyn_transformer_logits(u.network.model, &u.feed.batch, before);
    ATTNDYN_TRY(attndyn_adapters_merge(run->ctx, u.learner.adapters, 0));
    attndyn_transformer_logits(u.network.model, &u.feed.batch, behind);
    pupil_close(&u);
    off = 0;
    for (size_t i = 0; i < logits; i++) {
        worst(&off, (double)(behind[i] - before[i]));
        worst(&size, (double)before[i]);
    }
    return EMIT(run, exact, .what = "merge", .off = off / size, .compared = (long)logits);
}

/* The run's own method: layer by layer and with layers computed again, against the ordinary step,
 * neither clipped, over three updates. */
static enum attndyn_status layers(const struct trial *run, const struct network_recipe *recipe) {
    struct pupil_setting s = plain(run);
    struct network_recipe ordinary = *recipe, thrifty = *recipe;
    double *whole, *parts, off = 0;
    size_t count;
    ordinary.thrift.activations = false;
    thrifty.thrift.activations = true;
    ATTNDYN_TRY(after(run, &ordinary, &s, 3, &whole, &count));
    s.method.per_layer = true;
    ATTNDYN_TRY(after(run, &thrifty, &s, 3, &parts, &count));
    for (size_t i = 0; i < count; i++) worst(&off, parts[i] - whole[i]);
    return EMIT(run, exact, .what = "layers", .off = off, .compared = (long)count);
}

/* What is frozen has not moved after three updates. */
static enum attndyn_status frozen(const struct trial *run, const struct network_recipe *recipe) {
    struct pupil_setting s = plain(run);
    struct pupil u;
    double *before, off = 0;
    size_t count, parameters, compared = 0;
    s.method.method = method_freeze;
    ATTNDYN_TRY(after(run, recipe, &s, 0, &before, &count));
    ATTNDYN_TRY(updates_of(run, recipe, &s, 3, &u));
    const struct attndyn_parameter *p =
        attndyn_transformer_parameters(u.network.model, &parameters);
    char last[32];
    snprintf(last, sizeof last, "layers.%zu.", recipe->layers - 1);
    for (size_t i = 0; i < parameters; i++)
        for (size_t j = 0; p[i].dimensions == 2 && j < attndyn_parameter_count(&p[i]); j++) {
            double was = *before++;
            if (strncmp(p[i].name, last, strlen(last)) == 0) continue;
            worst(&off, (double)p[i].value[j] - was);
            compared++;
        }
    pupil_close(&u);
    return EMIT(run, exact, .what = "frozen", .off = off, .compared = (long)compared);
}

/* The largest error of n numbers in 8 bits, of what the code allows (quantised.h). */
static enum attndyn_status quantise(struct attndyn_context *ctx, const attndyn_real *x, size_t n,
                                    bool negative, double *off) {
    struct attndyn_quantised *q;
    attndyn_real back[ATTNDYN_QUANTISED_BLOCK];
    ATTNDYN_TRY(attndyn_quantised_create(ctx, n, negative, &q));
    for (size_t b = 0; b < q->blocks; b++) {
        const attndyn_real *from = x + b * ATTNDYN_QUANTISED_BLOCK;
        attndyn_quantised_set(q, b, from);
        const size_t count = attndyn_quantised_get(q, b, back);
        const double s = (double)q->scale[b];
        for (size_t i = 0; i < count && s > 0; i++) {
            const double y = fabs((double)from[i]) / s;
            const int d = y > 0 ? (int)fmin(0, floor(log10(y)) + 1) : -7;
            const double bound = d < -6 ? 1e-7 : 0.45 * pow(10, d) / pow(2, d + (negative ? 6 : 7));
            /* and the rounding of single precision */
            worst(off, fabs((double)(back[i] - from[i])) / s / (bound + 1e-7 * y));
        }
    }
    return ATTNDYN_OK;
}

/* Adam's moments after three updates in 8 bits: the error, of the quantiser's bound. */
static enum attndyn_status eight(const struct trial *run, const struct network_recipe *recipe) {
    struct pupil_setting s = plain(run);
    struct pupil u;
    double off = 0;
    size_t count, compared = 0;
    s.method.method = method_full;
    s.optimizer = optimizer_adamw;
    ATTNDYN_TRY(updates_of(run, recipe, &s, 3, &u));
    attndyn_transformer_parameters(u.network.model, &count);
    for (size_t i = 0; i < count; i++) {
        const struct attndyn_galore *g = attndyn_optimizer_galore(u.learner.optimizer, i);
        ATTNDYN_TRY(quantise(run->ctx, g->first, g->m * g->n, true, &off));
        ATTNDYN_TRY(quantise(run->ctx, g->second, g->m * g->n, false, &off));
        compared += 2 * g->m * g->n;
    }
    pupil_close(&u);
    return EMIT(run, exact, .what = "eight", .off = off, .compared = (long)compared);
}

/* The first step of Adam as the slide prints it, of that with its bias corrected: epsilon next to
 * nothing, every number that moves. */
static enum attndyn_status slide(const struct trial *run, const struct network_recipe *recipe) {
    struct pupil_setting s = plain(run);
    double *start, *corrected, *printed, off = 0;
    size_t count, compared = 0;
    s.method.method = method_full;
    s.optimizer = optimizer_adamw;
    s.epsilon = 1e-30;
    ATTNDYN_TRY(after(run, recipe, &s, 0, &start, &count));
    ATTNDYN_TRY(after(run, recipe, &s, 1, &corrected, &count));
    s.form = ATTNDYN_FORM_SLIDE;
    ATTNDYN_TRY(after(run, recipe, &s, 1, &printed, &count));
    const double expected = (1 - 0.9) / sqrt(1 - 0.999);
    for (size_t i = 0; i < count; i++) {
        const double move = corrected[i] - start[i];
        if (move == 0) continue;
        worst(&off, (printed[i] - start[i]) / move / expected - 1);
        compared++;
    }
    return EMIT(run, exact, .what = "slide", .off = off, .compared = (long)compared);
}

enum attndyn_status methods_exact(const struct trial *run, const struct network_recipe *recipe) {
    typedef enum attndyn_status held(const struct trial *, const struct network_recipe *);
    static held *const each[] = {sgd, groups, adapters, layers, frozen, eight, slide};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(each[i](run, recipe));
        attndyn_memory_release(run->ctx, mark);
    }
    ATTNDYN_TRY(factors(run, recipe, method_lowrank));
    return factors(run, recipe, method_lora);
}
