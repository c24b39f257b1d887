/* The gradient form of reversible networks, and the stable rank of their gradients in training. */
#include "reversible.h"

#include "sim/model/lowrank/chain.h"
#include "sim/num/blas.h"
#include "sim/observe/rank.h"

#include <string.h>

/* Largest |x - y|. */
static double farthest(size_t count, const double *x, const double *y) {
    double largest = 0;
    for (size_t j = 0; j < count; j++) worst(&largest, x[j] - y[j]);
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
        ATTNDYN_TRY(
            network_draw(run, p, (enum attndyn_chain_activation)a, ATTNDYN_CHAIN_SQUARED, &net));
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
            network_gradients(&net);
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

/* One row of `training` for a layer. */
static enum attndyn_status emit_layer(const struct trial *run, struct network *net,
                                      const struct frozen *f, long t, size_t l, double *parted) {
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
        frozen_error = frozen_parted(f, net, l);
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

static enum attndyn_status train(const struct trial *run, const struct reversible *p) {
    struct network net;
    struct frozen f;
    const enum attndyn_chain_loss loss = (enum attndyn_chain_loss)p->loss;
    const bool squared = loss == ATTNDYN_CHAIN_SQUARED;
    ATTNDYN_TRY(network_draw(run, p, (enum attndyn_chain_activation)p->activation, loss, &net));
    ATTNDYN_TRY(freeze(run, p, &net, &f));
    struct attndyn_chain *c = &net.chain;
    double loss_start = 0, now = 0, parted = 0;
    long t = 0, next = 0;
    for (;; t++) {
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        attndyn_progress(run->ctx, "steps", (double)t, (double)p->t_end);
        network_gradients(&net);
        now = attndyn_chain_loss(c, loss, net.Y);
        if (!isfinite(now))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "the loss is %g at step %ld: eta = %g is too large for this "
                                "network; lower it",
                                now, t, p->eta);
        if (t == 0) loss_start = now;
        const bool last = t == p->t_end || network_smallest_gradient(&net) < VANISHED;
        if (squared) frozen_gradients(&f);
        if (shown(t, last ? t : p->t_end, &next))
            for (size_t l = 1; l <= c->depth; l++)
                ATTNDYN_TRY(emit_layer(run, &net, &f, t, l, &parted));
        if (last) break;
        attndyn_chain_step(c, p->eta);
        if (squared) frozen_step(&f, p->eta);
    }
    double single = 0;
    ATTNDYN_TRY(one_layer(run, p, &single));
    struct training first, end;
    const size_t rows = ROWS(run, training);
    ROW(run, training, 0, &first);
    ROW(run, training, rows - c->depth, &end);
    ATTNDYN_TRY(SET(run, summary, .loss_start = loss_start, .loss_end = now, .t_stop = (double)t,
                    .sr_start = first.sr_G, .sr_end = end.sr_G,
                    .frozen_error = squared ? parted : NAN, .one_layer = single));
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

RUN(reversible) {
    const struct reals scale = p->logit_scale;
    ATTNDYN_TRY(NOT_EMPTY(run, p, freeze));
    ATTNDYN_TRY(NOT_EMPTY(run, p, classes));
    ATTNDYN_TRY(NOT_EMPTY(run, p, smallness));
    ATTNDYN_TRY(whole_numbers(run, "classes", p->classes, INFINITY, ""));
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
    ATTNDYN_TRY(constancy(run, p));
    ATTNDYN_TRY(softmax_scales(run, p));
    return softmax_classes(run, p);
}

const struct experiment experiment_lowrank_reversible = {
    .id = "lowrank/reversible",
    .title = "The gradient form of reversible networks, and sr(G_t) in training",
    .source = "GaLore (arXiv 2403.03507), Definition 3.1, Theorem 3.2 and Lemma B.2",
    .doc =
        "A chain f_l = D_l W_l f_{l-1} has the gates D_l of a linear, ReLU or leaky ReLU "
        "activation (none on the last layer) and targets y. With J_l the product of all that "
        "stands above W_l, its own gates included, the descent direction of the squared loss over "
        "N samples is\n    "
        "G_l = (1/N) sum_i (J_l^T y - J_l^T J_l W_l f_{l-1}) f_{l-1}^T,\n"
        "an identity at each instant: here it is held against backpropagation, and that against "
        "central differences. The coefficients A_i = J_l^T y f_{l-1}^T, B_i = J_l^T J_l and C_i = "
        "f_{l-1} f_{l-1}^T move with the weights, where Lemma 3.3 takes them as constant. So "
        "beside the training run stands the path of the gradient with coefficients frozen at t = "
        "0, and the table `constancy` tells after how many steps a gradient has parted from the "
        "frozen one by 1 % and by 10 %, frozen at t = 0 and later.\n"
        "For the softmax of K classes y - softmax(f) is P y - P f/K, P = I - 11^T/K, only for "
        "small logits f: the error, relative to P f/K, is of first order in them. How small they "
        "must be is a matter of their mean square, not of ||P f||_inf/sqrt K (Theorem 3.2(b)): "
        "the table `smallness`.\n"
        "The numbers are drawn in the order X (N, width_0), W_1..W_L, then Y (N, K) normal, or "
        "the teacher's weights; for the softmax loss sample i has class i mod K.",
    .presets =
        (const struct preset[]){
            {"quick", "",
             "widths 5-6-4-3: the form for all three activations, and a ReLU chain trained"},
            {"paper", "widths=16,32,32,8 N=100 eta=0.05 t_end=1000",
             "widths 16-32-32-8, 100 samples"},
            {0}},
    .tables = TABLES(gradient, training, constancy, softmax, smallness, the_state),
    .figures =
        (const struct figure[]){
            {"reversible", "lowrank/reversible/reversible.gp",
             "Left: stable rank of each layer's gradient in training, and what constant "
             "coefficients, frozen at the start, would give (dashed): the two part. Right: "
             "relative error of the linear part P f/K of the softmax gradient over the standard "
             "deviation of the logits; it rises in proportion to it while that is small."},
            {0}},
    PARTS_OF(reversible, summary)};
