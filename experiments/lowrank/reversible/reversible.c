/* The gradient form of reversible networks, and the stable rank of their gradients in training. */
#include "reversible.h"

#include "sim/model/lowrank/chain.h"
#include "sim/num/blas.h"
#include "sim/observe/rank.h"

#include <math.h>
#include <string.h>

#define DEEPEST 12

static const struct param params[] = {
    {"widths", PARAM_REALS, "5,6,4,3", 1, 200, NULL, NULL,
     "input, hidden and output widths; two at least"},
    {"activation", PARAM_CHOICE, "relu", 0, 0, "linear|relu|leaky_relu", NULL,
     "gates of the hidden layers, for the training run"},
    {"slope", PARAM_REAL, "0.1", 0, 1, NULL, NULL, "leaky ReLU: gate of negative inputs"},
    {"N", PARAM_INT, "30", 1, 10000, NULL, NULL, "samples"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "seed"},
    {"rng", PARAM_CHOICE, "splitmix", 0, 0, "splitmix|mt19937", NULL, "random stream"},
    {"scale", PARAM_REAL, "1", 1e-6, 10, NULL, NULL, "W_l = scale * normal / sqrt(width below)"},
    {"loss", PARAM_CHOICE, "squared", 0, 0, "squared|softmax", NULL, "loss of the training run"},
    {"target", PARAM_CHOICE, "normal", 0, 0, "normal|teacher", NULL,
     "squared loss: targets y normal, or from a second network of the same shape"},
    {"eta", PARAM_REAL, "0.1", 1e-9, 10, NULL, NULL, "step size"},
    {"t_end", PARAM_INT, "1000", 1, 1000000, NULL, "steps", "steps of gradient descent"},
    {"entries", PARAM_INT, "100", 1, 1000000, NULL, NULL,
     "weights of a layer, evenly spaced, for the finite differences"},
    {"h", PARAM_REAL, "1e-5", 1e-9, 0.1, NULL, NULL, "step of the finite differences"},
    {"K", PARAM_INT, "10", 2, 200, NULL, NULL, "softmax expansion: classes"},
    {"draws", PARAM_INT, "200", 1, 100000, NULL, NULL, "softmax expansion: logit vectors"},
    {"logit_scale", PARAM_REALS, "1e-3,1e-2,1e-1,1", 1e-6, 100, NULL, NULL,
     "softmax expansion: standard deviation of the logits, rising"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "5-6-4-3, all three activations; ReLU trained"},
    {"paper", "widths=16,32,32,8 N=100 eta=0.05 t_end=1000", "a larger network"},
    {0}};

static const struct column gradient_columns[] = {
    {"activation", COLUMN_TEXT, NULL, "gates", false},
    {"layer", COLUMN_INT, NULL, "from 1", false},
    {"norm_G", COLUMN_REAL, NULL, "||G_l||_F", false},
    {"form_error", COLUMN_REAL, NULL, "J^T form - backpropagation, largest entry", false},
    {"difference_error", COLUMN_REAL, NULL, "central difference - backpropagation, largest entry",
     false},
    {"compared", COLUMN_INT, NULL, "entries held against central differences", false},
    {"kinks", COLUMN_INT, NULL, "entries left out: a gate flips between the two sides", false},
    {0}};
static const struct column training_columns[] = {
    {"t", COLUMN_INT, "steps", "time", false},
    {"layer", COLUMN_INT, NULL, "from 1", false},
    {"loss", COLUMN_REAL, NULL, "mean loss", false},
    {"norm_G", COLUMN_REAL, NULL, "||G_l||_F", false},
    {"sr_G", COLUMN_REAL, NULL, "stable rank of G_l; empty where G_l is zero", true},
    {"form_error", COLUMN_REAL, NULL, "J^T form - backpropagation over ||G_l||; squared loss",
     true},
    {"sr_frozen", COLUMN_REAL, NULL, "stable rank with A_i, B_i, C_i frozen at t = 0", true},
    {"frozen_error", COLUMN_REAL, NULL, "||G_l - frozen G_l|| / ||G_l(0)||", true},
    {0}};
static const struct column softmax_columns[] = {
    {"scale", COLUMN_REAL, NULL, "standard deviation of the logits", false},
    {"error", COLUMN_REAL, NULL, "mean of ||y - softmax(f) - (P y - P f/K)|| / ||P f/K||", false},
    {"smallest", COLUMN_REAL, NULL, "smallest over the draws", false},
    {"largest", COLUMN_REAL, NULL, "largest over the draws", false},
    {0}};
static const struct table tables[] = {
    {"gradient", "the gradient form at the start, every activation", gradient_columns},
    {"training", "stable ranks in training", training_columns},
    {"softmax", "the linear part of the softmax gradient", softmax_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"loss_start", NULL, "mean loss at t = 0", false},
    {"loss_end", NULL, "mean loss at the end", false},
    {"t_stop", "steps", "where training ended: t_end, or all gradients vanished", false},
    {"sr_start", NULL, "sr(G_1) at t = 0", true},
    {"sr_end", NULL, "sr(G_1) at the end", true},
    {"frozen_error", NULL, "largest ||G_l - frozen G_l|| / ||G_l(0)||", true},
    {0}};

static const struct figure figures[] = {
    {"reversible", "lowrank/reversible/reversible.gp",
     "Left: stable rank of each layer's gradient in training, and what constant coefficients, "
     "frozen "
     "at the start, would give (dashed). Right: error of the linear part of the softmax gradient."},
    {0}};

/* A chain, its data and targets. */
struct network {
    struct attndyn_chain chain;
    enum attndyn_chain_loss loss;
    double *Y; /* (N, widths[depth]) */
};

static size_t widths_of(const struct params *p, size_t width[DEEPEST + 1]) {
    size_t count;
    const double *w = param_reals(p, "widths", &count);
    for (size_t l = 0; l < count; l++) width[l] = (size_t)w[l];
    return count - 1;
}

/* Draws X (N, width[0]), W_1..W_L; then Y (N, K) normal, or the teacher's W_1..W_L, or (softmax)
 * the class of sample i is i mod K. */
static enum attndyn_status build(struct attndyn_context *ctx, const struct params *p,
                                 enum attndyn_chain_activation activation,
                                 enum attndyn_chain_loss loss, struct network *net) {
    size_t width[DEEPEST + 1];
    const size_t depth = widths_of(p, width), N = (size_t)param_int(p, "N"), K = width[depth];
    const double slope = param_real(p, "slope"), scale = param_real(p, "scale");
    net->loss = loss;
    ATTNDYN_TRY(attndyn_chain_create(ctx, depth, width, N, activation, slope, &net->chain));
    ATTNDYN_ALLOC(ctx, net->Y, N * K);
    struct attndyn_chain teacher;
    ATTNDYN_TRY(attndyn_chain_create(ctx, depth, width, N, activation, slope, &teacher));
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"),
                                    (uint64_t)param_int(p, "seed")));
    attndyn_random_normals(&random, 1, N * width[0], net->chain.f[0]);
    attndyn_chain_draw(&net->chain, &random, scale);
    if (loss == ATTNDYN_CHAIN_SOFTMAX) {
        for (size_t i = 0; i < N; i++) net->Y[i * K + i % K] = 1;
    } else if (param_is(p, "target", "normal")) {
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

static enum attndyn_status compare(struct attndyn_context *ctx, const struct params *p,
                                   struct results *results) {
    static const char *const names[] = {"linear", "relu", "leaky_relu"};
    const size_t entries = (size_t)param_int(p, "entries");
    for (int a = 0; a < 3; a++) {
        struct network net;
        ATTNDYN_TRY(build(ctx, p, (enum attndyn_chain_activation)a, ATTNDYN_CHAIN_SQUARED, &net));
        struct attndyn_chain *c = &net.chain;
        size_t all_gates = 0;
        for (size_t l = 1; l < c->depth; l++) all_gates += c->N * c->width[l];
        double *gates;
        ATTNDYN_ALLOC(ctx, gates, all_gates);
        for (size_t l = 1; l <= c->depth; l++) {
            const size_t count = c->width[l] * c->width[l - 1];
            const size_t stride = count > entries ? count / entries : 1;
            double *form, worst = 0, difference;
            long compared = 0, kinks = 0;
            ATTNDYN_ALLOC(ctx, form, count);
            gradients(&net);
            attndyn_chain_gradient_form(c, net.loss, l, net.Y, form);
            for (size_t j = 0; j < count; j += stride) {
                const bool smooth =
                    central_difference(&net, l, j, param_real(p, "h"), gates, &difference);
                if (smooth) worst = fmax(worst, fabs(difference - c->G[l][j]));
                compared += smooth;
                kinks += !smooth;
            }
            ATTNDYN_TRY(EMIT(ctx, results, "gradient", S(names[a]), I((long)l),
                             R(attndyn_norm(count, c->G[l])), R(farthest(count, form, c->G[l])),
                             R(worst), I(compared), I(kinks)));
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

static enum attndyn_status freeze(struct attndyn_context *ctx, const struct params *p,
                                  struct frozen *f) {
    ATTNDYN_TRY(build(ctx, p, (enum attndyn_chain_activation)param_choice(p, "activation"),
                      ATTNDYN_CHAIN_SQUARED, &f->net));
    struct attndyn_chain *c = &f->net.chain;
    attndyn_chain_forward(c);
    for (size_t l = 1; l <= c->depth; l++) {
        const size_t count = c->width[l] * c->width[l - 1];
        ATTNDYN_ALLOC(ctx, f->W[l], count);
        ATTNDYN_ALLOC(ctx, f->G[l], count);
        memcpy(f->W[l], c->W[l], count * sizeof(double));
    }
    return ATTNDYN_OK;
}

/* One row of `training` for a layer. */
static enum attndyn_status emit_layer(struct attndyn_context *ctx, struct results *results,
                                      struct network *net, struct frozen *f, long t, size_t l,
                                      double *worst) {
    struct attndyn_chain *c = &net->chain;
    const size_t rows = c->width[l], cols = c->width[l - 1], count = rows * cols;
    double form_error = NAN, frozen_error = NAN, sr_frozen = NAN, sr = NAN;
    const double norm = attndyn_norm(count, c->G[l]);
    if (net->loss == ATTNDYN_CHAIN_SQUARED) {
        const uint64_t mark = attndyn_memory_mark(ctx);
        double *form;
        ATTNDYN_ALLOC(ctx, form, count);
        attndyn_chain_gradient_form(c, net->loss, l, net->Y, form);
        form_error = norm > 0 ? farthest(count, form, c->G[l]) / norm : NAN;
        memcpy(form, c->G[l], count * sizeof *form);
        attndyn_axpy(count, -1, f->G[l], form);
        if (t == 0) f->norm[l] = norm;
        frozen_error = f->norm[l] > 0 ? attndyn_norm(count, form) / f->norm[l] : NAN;
        if (attndyn_norm(count, f->G[l]) > 0)
            ATTNDYN_TRY(attndyn_stable_rank(ctx, rows, cols, f->G[l], &sr_frozen));
        *worst = fmax(*worst, frozen_error);
        attndyn_memory_release(ctx, mark);
    }
    if (norm > 0) ATTNDYN_TRY(attndyn_stable_rank(ctx, rows, cols, c->G[l], &sr));
    return EMIT(ctx, results, "training", I(t), I((long)l),
                R(attndyn_chain_loss(c, net->loss, net->Y)), R(norm), R(sr), R(form_error),
                R(sr_frozen), R(frozen_error));
}

static double smallest_gradient(const struct attndyn_chain *c) {
    double least = INFINITY;
    for (size_t l = 1; l <= c->depth; l++)
        least = fmin(least, attndyn_norm(c->width[l] * c->width[l - 1], c->G[l]));
    return least;
}

static enum attndyn_status train(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results) {
    struct network net;
    struct frozen f;
    const enum attndyn_chain_loss loss = (enum attndyn_chain_loss)param_choice(p, "loss");
    ATTNDYN_TRY(
        build(ctx, p, (enum attndyn_chain_activation)param_choice(p, "activation"), loss, &net));
    ATTNDYN_TRY(freeze(ctx, p, &f));
    struct attndyn_chain *c = &net.chain;
    const double eta = param_real(p, "eta");
    const long t_end = param_int(p, "t_end");
    double loss_start = 0, worst = 0;
    long t = 0, next = 0;
    for (;; t++) {
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        attndyn_progress(ctx, "steps", (double)t, (double)t_end);
        gradients(&net);
        const double now = attndyn_chain_loss(c, loss, net.Y);
        if (!isfinite(now))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
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
                ATTNDYN_TRY(emit_layer(ctx, results, &net, &f, t, l, &worst));
        if (last) break;
        attndyn_chain_step(c, eta);
        for (size_t l = 1; l <= c->depth; l++)
            attndyn_axpy(c->width[l] * c->width[l - 1], eta, f.G[l], f.W[l]);
    }
    const size_t rows = results_rows(results, "training");
    ATTNDYN_TRY(results_scalar(ctx, results, "loss_start", loss_start));
    ATTNDYN_TRY(results_scalar(ctx, results, "loss_end",
                               results_real(results, "training", rows - 1, "loss")));
    ATTNDYN_TRY(results_scalar(ctx, results, "t_stop", (double)t));
    ATTNDYN_TRY(
        results_scalar(ctx, results, "sr_start", results_real(results, "training", 0, "sr_G")));
    ATTNDYN_TRY(results_scalar(ctx, results, "sr_end",
                               results_real(results, "training", rows - c->depth, "sr_G")));
    ATTNDYN_TRY(
        results_scalar(ctx, results, "frozen_error", loss == ATTNDYN_CHAIN_SQUARED ? worst : NAN));
    for (size_t l = 1; l <= c->depth; l++) {
        const char *name = attndyn_format(ctx, "W_%zu", l);
        if (!name) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(results_emit_state(ctx, results, name, c->W[l], c->width[l] * c->width[l - 1]));
        const double sr = results_real(results, "training", rows - c->depth + l - 1, "sr_G");
        if (isfinite(sr))
            ATTNDYN_TRY(EMIT(ctx, results, "state", S("sr_G"), I((long)l - 1), R(sr)));
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

static enum attndyn_status softmax(struct attndyn_context *ctx, const struct params *p,
                                   struct results *results) {
    const size_t K = (size_t)param_int(p, "K"), draws = (size_t)param_int(p, "draws");
    size_t count;
    const double *scales = param_reals(p, "logit_scale", &count);
    double *normals;
    ATTNDYN_ALLOC(ctx, normals, draws * K);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"),
                                    (uint64_t)param_int(p, "seed")));
    attndyn_random_normals(&random, 1, draws * K, normals);
    attndyn_random_done(&random);
    for (size_t s = 0; s < count; s++) {
        double mean = 0, least = INFINITY, most = 0;
        for (size_t d = 0; d < draws; d++) {
            const double error = softmax_error(K, normals + d * K, scales[s]);
            mean += error / (double)draws;
            least = fmin(least, error);
            most = fmax(most, error);
        }
        ATTNDYN_TRY(EMIT(ctx, results, "softmax", R(scales[s]), R(mean), R(least), R(most)));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    size_t count, scales;
    const double *w = param_reals(p, "widths", &count);
    if (count < 2 || count > DEEPEST + 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "widths has %zu numbers: expected 2 to %d", count,
                            DEEPEST + 1);
    for (size_t l = 0; l < count; l++)
        if (w[l] != floor(w[l]))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "widths: %g is not a whole number", w[l]);
    const double *scale = param_reals(p, "logit_scale", &scales);
    if (scales < 2) return attndyn_fail(ctx, ATTNDYN_USAGE, "logit_scale: give two at least");
    for (size_t s = 1; s < scales; s++)
        if (!(scale[s] > scale[s - 1]))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "logit_scale must rise: %g after %g", scale[s],
                                scale[s - 1]);
    ATTNDYN_TRY(compare(ctx, p, results));
    ATTNDYN_TRY(train(ctx, p, results));
    return softmax(ctx, p, results);
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
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = reversible_checks,
    .run = run,
};
