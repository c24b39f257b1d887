/* The gradient form of reversible networks, and the stable rank of their gradients in training. */
#include "reversible.h"

#include "sim/model/lowrank/chain.h"
#include "sim/num/blas.h"
#include "sim/observe/rank.h"

#include <string.h>

#define DEEPEST 12

/* A chain, its data and targets. */
struct network {
    struct attndyn_chain chain;
    enum attndyn_chain_loss loss;
    double *Y; /* (N, widths[depth]) */
};

static size_t widths_of(const struct reversible *p, size_t width[DEEPEST + 1]) {
    for (size_t l = 0; l < p->widths.count; l++) width[l] = (size_t)p->widths.at[l];
    return p->widths.count - 1;
}

/* Draws X (N, width[0]), W_1..W_L; then Y (N, K) normal, or the teacher's W_1..W_L, or (softmax)
 * the class of sample i is i mod K. */
static enum attndyn_status build(const struct trial *run, const struct reversible *p,
                                 enum attndyn_chain_activation activation,
                                 enum attndyn_chain_loss loss, struct network *net) {
    size_t width[DEEPEST + 1];
    const size_t depth = widths_of(p, width), N = (size_t)p->N, K = width[depth];
    const double slope = p->slope, scale = p->scale;
    net->loss = loss;
    ATTNDYN_TRY(attndyn_chain_create(run->ctx, depth, width, N, activation, slope, &net->chain));
    ATTNDYN_ALLOC(run->ctx, net->Y, N * K);
    struct attndyn_chain teacher;
    ATTNDYN_TRY(attndyn_chain_create(run->ctx, depth, width, N, activation, slope, &teacher));
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)p->rng,
                                    (uint64_t)p->seed));
    attndyn_random_normals(&random, 1, N * width[0], net->chain.f[0]);
    attndyn_chain_draw(&net->chain, &random, scale);
    if (loss == ATTNDYN_CHAIN_SOFTMAX) {
        for (size_t i = 0; i < N; i++) net->Y[i * K + i % K] = 1;
    } else if (p->target == target_normal) {
        attndyn_random_normals(&random, 1, N * K, net->Y);
    } else {
        memcpy(teacher.f[0], net->chain.f[0], N * width[0] * sizeof(double));
        attndyn_chain_draw(&teacher, &random, scale);
        attndyn_chain_forward(&teacher);
        memcpy(net->Y, teacher.f[depth], N * K * sizeof(double));
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

static void gradients(struct network *net) {
    attndyn_chain_forward(&net->chain);
    attndyn_chain_backward(&net->chain, net->loss, net->Y);
}

/* Largest |x - y|. */
static double farthest(size_t count, const double *x, const double *y) {
    double largest = 0;
    for (size_t j = 0; j < count; j++) largest = fmax(largest, fabs(x[j] - y[j]));
    return largest;
}

/* Central difference of the loss in entry j of W_l (the descent direction's sign); false where a
 * gate flips between the two sides: the loss has a kink there. gates: as all of c->gate. */
static bool central_difference(struct network *net, size_t l, size_t j, double h, double *gates,
                               double *difference) {
    struct attndyn_chain *c = &net->chain;
    const double W = c->W[l][j];
    double side[2];
    bool smooth = true;
    for (int s = 0; s < 2; s++) {
        c->W[l][j] = W + (s ? h : -h);
        attndyn_chain_forward(c);
        side[s] = attndyn_chain_loss(c, net->loss, net->Y);
        double *copy = gates;
        for (size_t k = 1; k < c->depth; copy += c->N * c->width[k++]) {
            const size_t size = c->N * c->width[k] * sizeof *copy;
            if (s == 0)
                memcpy(copy, c->gate[k], size);
            else
                smooth = smooth && memcmp(copy, c->gate[k], size) == 0;
        }
    }
    c->W[l][j] = W;
    *difference = (side[0] - side[1]) / (2 * h);
    return smooth;
}

static enum attndyn_status compare(const struct trial *run, const struct reversible *p) {
    const size_t entries = (size_t)p->entries;
    for (int a = 0; a < 3; a++) {
        struct network net;
        ATTNDYN_TRY(build(run, p, (enum attndyn_chain_activation)a, ATTNDYN_CHAIN_SQUARED, &net));
        struct attndyn_chain *c = &net.chain;
        size_t all_gates = 0;
        for (size_t l = 1; l < c->depth; l++) all_gates += c->N * c->width[l];
        double *gates;
        ATTNDYN_ALLOC(run->ctx, gates, all_gates);
        for (size_t l = 1; l <= c->depth; l++) {
            const size_t count = c->width[l] * c->width[l - 1];
            const size_t stride = count > entries ? count / entries : 1;
            double *form, off = 0, difference;
            long compared = 0, kinks = 0;
            ATTNDYN_ALLOC(run->ctx, form, count);
            gradients(&net);
            attndyn_chain_gradient_form(c, net.loss, l, net.Y, form);
            for (size_t j = 0; j < count; j += stride) {
                const bool smooth = central_difference(&net, l, j, p->h, gates, &difference);
                if (smooth) worst(&off, difference - c->G[l][j]);
                compared += smooth;
                kinks += !smooth;
            }
            ATTNDYN_TRY(EMIT(run, gradient, .activation = activation_names[a], .layer = (long)l,
                             .norm_G = attndyn_norm(count, c->G[l]),
                             .form_error = farthest(count, form, c->G[l]), .difference_error = off,
                             .compared = compared, .kinks = kinks));
        }
    }
    return ATTNDYN_OK;
}

/* All of the first 50 steps, then four per cent apart. */
static bool shown(long t, long t_end, long *next) {
    if (t < *next && t < t_end) return false;
    *next = t < 50 ? t + 1 : (long)ceil(1.04 * (double)t);
    return true;
}

/* Weights that move with A_i, B_i, C_i frozen at t = 0, layer by layer. */
struct frozen {
    struct network net;
    double *W[DEEPEST + 1], *G[DEEPEST + 1];
    double norm[DEEPEST + 1]; /* ||G_l(0)|| */
};

static enum attndyn_status freeze(const struct trial *run, const struct reversible *p,
                                  struct frozen *f) {
    ATTNDYN_TRY(build(run, p, (enum attndyn_chain_activation)p->activation, ATTNDYN_CHAIN_SQUARED,
                      &f->net));
    struct attndyn_chain *c = &f->net.chain;
    attndyn_chain_forward(c);
    for (size_t l = 1; l <= c->depth; l++) {
        const size_t count = c->width[l] * c->width[l - 1];
        ATTNDYN_ALLOC(run->ctx, f->W[l], count);
        ATTNDYN_ALLOC(run->ctx, f->G[l], count);
        memcpy(f->W[l], c->W[l], count * sizeof(double));
    }
    return ATTNDYN_OK;
}

/* One row of `training` for a layer. */
static enum attndyn_status emit_layer(const struct trial *run, struct network *net,
                                      struct frozen *f, long t, size_t l, double *parted) {
    struct attndyn_chain *c = &net->chain;
    const size_t rows = c->width[l], cols = c->width[l - 1], count = rows * cols;
    double form_error = NAN, frozen_error = NAN, sr_frozen = NAN, sr = NAN;
    const double norm = attndyn_norm(count, c->G[l]);
    if (net->loss == ATTNDYN_CHAIN_SQUARED) {
        const uint64_t mark = attndyn_memory_mark(run->ctx);
        double *form;
        ATTNDYN_ALLOC(run->ctx, form, count);
        attndyn_chain_gradient_form(c, net->loss, l, net->Y, form);
        form_error = norm > 0 ? farthest(count, form, c->G[l]) / norm : NAN;
        memcpy(form, c->G[l], count * sizeof *form);
        attndyn_axpy(count, -1, f->G[l], form);
        if (t == 0) f->norm[l] = norm;
        frozen_error = f->norm[l] > 0 ? attndyn_norm(count, form) / f->norm[l] : NAN;
        if (attndyn_norm(count, f->G[l]) > 0)
            ATTNDYN_TRY(attndyn_stable_rank(run->ctx, rows, cols, f->G[l], &sr_frozen));
        *parted = fmax(*parted, frozen_error);
        attndyn_memory_release(run->ctx, mark);
    }
    if (norm > 0) ATTNDYN_TRY(attndyn_stable_rank(run->ctx, rows, cols, c->G[l], &sr));
    return EMIT(run, training, .t = t, .layer = (long)l,
                .loss = attndyn_chain_loss(c, net->loss, net->Y), .norm_G = norm, .sr_G = sr,
                .form_error = form_error, .sr_frozen = sr_frozen, .frozen_error = frozen_error);
}

static double smallest_gradient(const struct attndyn_chain *c) {
    double least = INFINITY;
    for (size_t l = 1; l <= c->depth; l++)
        least = fmin(least, attndyn_norm(c->width[l] * c->width[l - 1], c->G[l]));
    return least;
}

static enum attndyn_status train(const struct trial *run, const struct reversible *p) {
    struct network net;
    struct frozen f;
    const enum attndyn_chain_loss loss = (enum attndyn_chain_loss)p->loss;
    ATTNDYN_TRY(build(run, p, (enum attndyn_chain_activation)p->activation, loss, &net));
    ATTNDYN_TRY(freeze(run, p, &f));
    struct attndyn_chain *c = &net.chain;
    const double eta = p->eta;
    const long t_end = p->t_end;
    double loss_start = 0, now = 0, parted = 0;
    long t = 0, next = 0;
    for (;; t++) {
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        attndyn_progress(run->ctx, "steps", (double)t, (double)t_end);
        gradients(&net);
        now = attndyn_chain_loss(c, loss, net.Y);
        if (!isfinite(now))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "the loss is %g at step %ld: eta = %g is too large for this "
                                "network; lower it",
                                now, t, eta);
        if (t == 0) loss_start = now;
        /* Below this a gradient is roundoff, and has no stable rank worth telling. */
        const bool last = t == t_end || smallest_gradient(c) < 1e-10;
        for (size_t l = 1; loss == ATTNDYN_CHAIN_SQUARED && l <= c->depth; l++)
            attndyn_chain_gradient_frozen(&f.net.chain, l, f.net.Y, f.W[l], f.G[l]);
        if (shown(t, last ? t : t_end, &next))
            for (size_t l = 1; l <= c->depth; l++)
                ATTNDYN_TRY(emit_layer(run, &net, &f, t, l, &parted));
        if (last) break;
        attndyn_chain_step(c, eta);
        for (size_t l = 1; l <= c->depth; l++)
            attndyn_axpy(c->width[l] * c->width[l - 1], eta, f.G[l], f.W[l]);
    }
    struct training first, end;
    const size_t rows = ROWS(run, training);
    ROW(run, training, 0, &first);
    ROW(run, training, rows - c->depth, &end);
    ATTNDYN_TRY(SET(run, summary, .loss_start = loss_start, .loss_end = now, .t_stop = (double)t,
                    .sr_start = first.sr_G, .sr_end = end.sr_G,
                    .frozen_error = loss == ATTNDYN_CHAIN_SQUARED ? parted : NAN));
    for (size_t l = 1; l <= c->depth; l++) {
        const char *name = attndyn_format(run->ctx, "W_%zu", l);
        if (!name) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(results_emit_state(run->ctx, run->results, name, c->W[l],
                                       c->width[l] * c->width[l - 1]));
        ROW(run, training, rows - c->depth + l - 1, &end);
        if (isfinite(end.sr_G))
            ATTNDYN_TRY(
                EMIT(run, state, .quantity = "sr_G", .index = (long)l - 1, .value = end.sr_G));
    }
    return ATTNDYN_OK;
}

/* ||softmax(f) - 1/K - P f/K|| / ||P f/K||: y cancels. The same draws at every scale. */
static double softmax_error(size_t K, const double *normal, double scale) {
    double mean = 0, sum = 0, error = 0, size = 0;
    for (size_t k = 0; k < K; k++) mean += scale * normal[k] / (double)K;
    for (size_t k = 0; k < K; k++) sum += exp(scale * normal[k] - mean);
    for (size_t k = 0; k < K; k++) {
        const double linear = (scale * normal[k] - mean) / (double)K;
        const double exact = (exp(scale * normal[k] - mean) - sum / (double)K) / sum;
        error += (exact - linear) * (exact - linear);
        size += linear * linear;
    }
    return sqrt(error / size);
}

static enum attndyn_status softmax(const struct trial *run, const struct reversible *p) {
    const size_t K = (size_t)p->K, draws = (size_t)p->draws;
    double *normals;
    ATTNDYN_ALLOC(run->ctx, normals, draws * K);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)p->rng,
                                    (uint64_t)p->seed));
    attndyn_random_normals(&random, 1, draws * K, normals);
    attndyn_random_done(&random);
    for (size_t s = 0; s < p->logit_scale.count; s++) {
        double mean = 0, least = INFINITY, most = 0;
        for (size_t d = 0; d < draws; d++) {
            const double error = softmax_error(K, normals + d * K, p->logit_scale.at[s]);
            mean += error / (double)draws;
            least = fmin(least, error);
            most = fmax(most, error);
        }
        ATTNDYN_TRY(EMIT(run, softmax, .scale = p->logit_scale.at[s], .error = mean,
                         .smallest = least, .largest = most));
    }
    return ATTNDYN_OK;
}

RUN(reversible) {
    const struct reals scale = p->logit_scale;
    if (p->widths.count < 2 || p->widths.count > DEEPEST + 1)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "widths has %zu numbers: expected 2 to %d",
                            p->widths.count, DEEPEST + 1);
    ATTNDYN_TRY(whole_numbers(run, "widths", p->widths, INFINITY, ""));
    if (scale.count < 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "logit_scale: give two at least");
    for (size_t s = 1; s < scale.count; s++)
        if (!(scale.at[s] > scale.at[s - 1]))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "logit_scale must rise: %g after %g",
                                scale.at[s], scale.at[s - 1]);
    ATTNDYN_TRY(compare(run, p));
    ATTNDYN_TRY(train(run, p));
    return softmax(run, p);
}

const struct experiment experiment_lowrank_reversible = {
    .id = "lowrank/reversible",
    .title = "The gradient form of reversible networks, and sr(G_t) in training",
    .source = "GaLore (arXiv 2403.03507), Definition 3.1, Theorem 3.2 and Lemma B.3",
    .doc =
        "A chain f_l = D_l W_l f_{l-1} with the gates D_l of a linear, ReLU or leaky ReLU\n"
        "activation (none on the last layer). With J_l the product of all that stands above W_l,\n"
        "its own gates included, the descent direction of the squared loss is\n"
        "    G_l = (1/N) sum_i (J^T y - J^T J W_l f_{l-1}) f_{l-1}^T,\n"
        "an identity at each instant: here against backpropagation, and that against central\n"
        "differences. The coefficients move with the weights: beside the training run stands\n"
        "the path that A_i, B_i, C_i frozen at t = 0 would take (Lemma 3.3 supposes them "
        "constant).\n"
        "For the softmax y - softmax(f) is P y - P f/K, P = I - 11^T/K, only for small logits: "
        "the\n"
        "error is of first order in them.\n"
        "Stream: X (N, width_0), W_1..W_L, then Y (N, K) normal, or the teacher's weights;\n"
        "softmax: sample i has class i mod K.",
    .params = PARAM_LIST(REVERSIBLE),
    .presets =
        (const struct preset[]){
            {"quick", "", "5-6-4-3, all three activations; ReLU trained"},
            {"paper", "widths=16,32,32,8 N=100 eta=0.05 t_end=1000", "a larger network"},
            {0}},
    .tables =
        (const struct table[]){
            TABLE_ENTRY(gradient, GRADIENT, "the gradient form at the start, every activation"),
            TABLE_ENTRY(training, TRAINING, "stable ranks in training"),
            TABLE_ENTRY(softmax, SOFTMAX, "the linear part of the softmax gradient"),
            STATE_TABLE,
            {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures =
        (const struct figure[]){
            {"reversible", "lowrank/reversible/reversible.gp",
             "Left: stable rank of each layer's gradient in training, and what constant "
             "coefficients, "
             "frozen "
             "at the start, would give (dashed). Right: error of the linear part of the softmax "
             "gradient."},
            {0}},
    .checks = reversible_claims,
    .run = RUN_OF(reversible),
};
