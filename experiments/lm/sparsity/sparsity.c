/* Sparsity and low rank over training: the claims with which the talk opens, at our scale. */
#include "experiments/frame/contract/check.h"

#include "measure.h"
#include "experiments/lm/shared/text_training.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    TEXT_PARAMS,
    NETWORK_PARAMS("200", "200", "0.2"),
    TRAINING_PARAMS("3000", "1e-3"),
    {"at", PARAM_REALS, "0,30,100,300,1000,3000", 0, 100000000,
     .doc = "minibatches at which everything is measured, ascending, from 0"},
    {"windows", PARAM_INT, "10", 1, 100000,
     .doc = "validation windows over which attention and hidden units are averaged"},
    {0}};

static const struct preset presets[] = {
    {"quick", "paragraphs=1000 layers=2 width=32 hidden=64 minibatches=300 lr=3e-3 at=0,30,100,300",
     "a generated text, a small network of two layers: seconds"},
    {"paper", "need_data=true layers=3", "three layers of the authors' network; data=DIR"},
    {"wikitext-small", "need_data=true layers=2 minibatches=600 at=0,100,300,600",
     "a few minutes; data=DIR"},
    {0}};

static const struct column matrix_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"matrix", COLUMN_TEXT, .doc = "parameter"},
    {"dimension", COLUMN_INT, .doc = "min(rows, columns): the largest rank"},
    {"stable_rank", COLUMN_REAL, .doc = "||W||_F^2 / ||W||_2^2 of the weights"},
    {"effective_rank", COLUMN_REAL, .doc = "exp of the entropy of the singular values"},
    {"gradient_stable_rank", COLUMN_REAL, .doc = "of the gradient of one minibatch, dropout on"},
    {"gradient_effective_rank", COLUMN_REAL, .doc = "the same"},
    {0}};
static const struct column attention_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"layer", COLUMN_INT, .doc = "from the lowest, 0"},
    {"entropy_share", COLUMN_REAL,
     .doc = "entropy over that of uniform attention, mean over queries"},
    {"keys90", COLUMN_REAL, .doc = "share of the keys seen that holds 90 % of the attention"},
    {"first_key", COLUMN_REAL,
     .doc = "weight of the first key times the number of keys seen (1: uniform)"},
    {"heavy", COLUMN_REAL,
     .doc = "share of a sequence's attention that its heaviest tenth of keys gets"},
    {0}};
static const struct column hidden_columns[] = {
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"layer", COLUMN_INT, .doc = "from the lowest, 0"},
    {"active", COLUMN_REAL, .doc = "share of hidden units that are not zero for a token"},
    {"units95", COLUMN_REAL, .doc = "share of units that holds 95 % of the squared norm"},
    {"overlap", COLUMN_REAL, .doc = "of the active sets of successive tokens, |A and B|/|A or B|"},
    {"overlap_chance", COLUMN_REAL, .doc = "that of independent sets of the same sizes"},
    {0}};
static const struct table tables[] = {{"matrix", "ranks of weights and gradients", matrix_columns},
                                      {"attention", "sparsity of attention", attention_columns},
                                      {"hidden", "contextual sparsity of the MLP", hidden_columns},
                                      {0}};

static const struct scalar scalars[] = {
    {"gradient_rank", NULL,
     "stable rank of a layer's gradient over its largest rank, median over matrices, at the end",
     false},
    {"gradient_rank_start", NULL, "the same before training", false},
    {"weight_rank_start", NULL,
     "stable rank of a layer's weights over the largest, median, at first", false},
    {"weight_rank", NULL, "the same at the end", false},
    {"keys90_start", NULL, "mean over layers, before training", false},
    {"keys90", NULL, "mean over layers, at the end", false},
    {"heavy", NULL, "mean over layers, at the end", false},
    {"heavy_start", NULL, "mean over layers, before training", false},
    {"active_start", NULL, "mean over layers, before training", false},
    {"active", NULL, "mean over layers, at the end", false},
    {"overlap_ratio", NULL, "overlap over that of chance, mean over layers, at the end", false},
    {0}};

static const struct figure figures[] = {
    {"sparsity", "lm/sparsity/sparsity.gp",
     "Over training: (a) stable rank of the layers' gradients, (b) of their weights, each over the "
     "largest possible; (c) share of the keys that holds 90 % of the attention, and how much of a "
     "sequence's attention its heaviest tenth of keys gets; (d) share of hidden units that are "
     "active for a token."},
    {0}};

static bool of_a_layer(const struct attndyn_parameter *p) {
    return p->dimensions == 2 && strncmp(p->name, "layers.", 7) == 0;
}

/* Ranks of every matrix and of its gradient of the minibatch at hand. */
static enum attndyn_status look_at_matrices(struct attndyn_context *ctx, struct text_model *t,
                                            struct results *results) {
    size_t count;
    struct attndyn_batch batch =
        attndyn_text_batches_column(&t->train, (size_t)(t->step % t->train.count));
    attndyn_transformer_gradient(t->model, &batch, t->step);
    struct attndyn_parameter *p = attndyn_transformer_parameters(t->model, &count);
    for (size_t i = 0; i < count; i++) {
        if (p[i].dimensions != 2) continue;
        double stable, effective, g_stable, g_effective;
        size_t rows = p[i].sparse ? p[i].n_touched : p[i].rows;
        ATTNDYN_TRY(sparsity_ranks(ctx, p[i].rows, p[i].columns, p[i].value, &stable, &effective));
        ATTNDYN_TRY(
            sparsity_ranks(ctx, rows, p[i].columns, p[i].gradient, &g_stable, &g_effective));
        ATTNDYN_TRY(EMIT(ctx, results, "matrix", I((long)t->step), S(p[i].name),
                         I((long)(p[i].rows < p[i].columns ? p[i].rows : p[i].columns)), R(stable),
                         R(effective), R(g_stable), R(g_effective)));
    }
    return ATTNDYN_OK;
}

/* Adds the layer's maps and hidden units of the window that the model has just seen. */
static void add_window(const struct text_model *t, const struct attndyn_batch *batch, size_t layer,
                       double *room, struct attention_sparsity *attention, size_t *queries,
                       size_t *maps, struct hidden_sparsity *hidden) {
    size_t stride, units = attndyn_transformer_config_of(t->model)->hidden;
    size_t heads = batch->sequences * attndyn_transformer_config_of(t->model)->heads;
    const attndyn_real *a =
        attndyn_transformer_view(t->model, ATTNDYN_VIEW_ATTENTION, layer, &stride);
    for (size_t h = 0; h < heads; h++)
        sparsity_attention_add(batch->length, stride, a + h * batch->length * stride, room,
                               attention, queries, maps);
    struct hidden_sparsity mean;
    const attndyn_real *x = attndyn_transformer_view(t->model, ATTNDYN_VIEW_HIDDEN, layer, &stride);
    sparsity_hidden(batch->sequences * batch->length, units, stride, x, room, &mean);
    hidden->active += mean.active;
    hidden->units95 += mean.units95;
    hidden->overlap += mean.overlap;
    hidden->overlap_chance += mean.overlap_chance;
}

static enum attndyn_status look_at_activity(struct attndyn_context *ctx, const struct params *p,
                                            struct text_model *t, double *room,
                                            struct results *results) {
    size_t windows = (size_t)param_int(p, "windows");
    if (windows > t->valid.count) windows = t->valid.count;
    double w = (double)windows;
    for (size_t l = 0; l < t->layers; l++) {
        struct attention_sparsity a = {0};
        struct hidden_sparsity h = {0};
        size_t queries = 0, maps = 0;
        for (size_t i = 0; i < windows; i++) {
            struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, i);
            batch.targets = NULL;
            attndyn_transformer_loss(t->model, &batch);
            add_window(t, &batch, l, room, &a, &queries, &maps, &h);
        }
        double q = (double)queries;
        ATTNDYN_TRY(EMIT(ctx, results, "attention", I((long)t->step), I((long)l), R(a.entropy / q),
                         R(a.keys90 / q), R(a.first / q), R(a.heavy / (double)maps)));
        ATTNDYN_TRY(EMIT(ctx, results, "hidden", I((long)t->step), I((long)l), R(h.active / w),
                         R(h.units95 / w), R(h.overlap / w), R(h.overlap_chance / w)));
    }
    return ATTNDYN_OK;
}

/* Mean of a column over the layers at the first or the last look. */
static double over_layers(const struct results *r, const char *table, const char *column,
                          size_t layers, bool last) {
    size_t from = last ? results_rows(r, table) - layers : 0;
    double sum = 0;
    for (size_t l = 0; l < layers; l++) sum += results_real(r, table, from + l, column);
    return sum / (double)layers;
}

/* Median over the layers' matrices of column / dimension, at the first or last look. */
static double median_rank(struct text_model *t, const struct results *r, const char *column,
                          bool last) {
    size_t count, n = 0, rows = results_rows(r, "matrix"), each = 0;
    double share[512];
    struct attndyn_parameter *p = attndyn_transformer_parameters(t->model, &count);
    for (size_t i = 0; i < count; i++) each += p[i].dimensions == 2;
    size_t row = last ? rows - each : 0;
    for (size_t i = 0; i < count; i++) {
        if (p[i].dimensions != 2) continue;
        if (of_a_layer(&p[i]) && n < sizeof share / sizeof *share) {
            double x = results_real(r, "matrix", row, column) /
                       results_real(r, "matrix", row, "dimension");
            size_t at = n++;
            for (; at > 0 && share[at - 1] > x; at--) share[at] = share[at - 1];
            share[at] = x;
        }
        row++;
    }
    return n % 2 ? share[n / 2] : (share[n / 2 - 1] + share[n / 2]) / 2;
}

static enum attndyn_status sum_up(struct attndyn_context *ctx, struct text_model *t,
                                  struct results *r) {
    size_t L = t->layers;
    double overlap = 0;
    for (size_t l = 0, from = results_rows(r, "hidden") - L; l < L; l++)
        overlap += results_real(r, "hidden", from + l, "overlap") /
                   results_real(r, "hidden", from + l, "overlap_chance") / (double)L;
    const struct {
        const char *name;
        double value;
    } values[] = {
        {"gradient_rank", median_rank(t, r, "gradient_stable_rank", true)},
        {"gradient_rank_start", median_rank(t, r, "gradient_stable_rank", false)},
        {"weight_rank", median_rank(t, r, "stable_rank", true)},
        {"weight_rank_start", median_rank(t, r, "stable_rank", false)},
        {"keys90", over_layers(r, "attention", "keys90", L, true)},
        {"keys90_start", over_layers(r, "attention", "keys90", L, false)},
        {"heavy", over_layers(r, "attention", "heavy", L, true)},
        {"heavy_start", over_layers(r, "attention", "heavy", L, false)},
        {"active", over_layers(r, "hidden", "active", L, true)},
        {"active_start", over_layers(r, "hidden", "active", L, false)},
        {"overlap_ratio", overlap},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        ATTNDYN_TRY(results_scalar(ctx, r, values[i].name, values[i].value));
    return ATTNDYN_OK;
}

struct looker {
    struct looks at;
    double *room; /* (units of the MLP + tokens) */
};

static enum attndyn_status look(struct attndyn_context *ctx, const struct params *p,
                                struct text_model *t, struct results *results, void *with) {
    struct looker *looker = with;
    if (!looks_due(&looker->at, t->step)) return ATTNDYN_OK;
    ATTNDYN_TRY(look_at_matrices(ctx, t, results));
    return look_at_activity(ctx, p, t, looker->room, results);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct text_model t;
    struct looker looker;
    bool skipped;
    ATTNDYN_TRY(looks_create_from_start(ctx, p, "at", &looker.at));
    ATTNDYN_TRY(text_training_prepare(ctx, p, results, NULL, &t, &skipped));
    if (skipped) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, looker.room, (size_t)(param_int(p, "hidden") + param_int(p, "length")));
    const struct text_training training = {
        .t = &t, .results = results, .look = look, .with = &looker};
    ATTNDYN_TRY(text_training_run(ctx, p, &training));
    return sum_up(ctx, &t, results);
}

static double scalar(const struct results *r, const char *name) {
    return results_scalar_value(r, name);
}

static enum attndyn_status check_gradient(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, scalar(r, "gradient_rank"), 0.25,
                           "median over the layers' matrices; before training %.4f, weights %.4f",
                           scalar(r, "gradient_rank_start"), scalar(r, "weight_rank"));
}

static enum attndyn_status check_gradient_falls(struct attndyn_context *ctx, const struct params *p,
                                                const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double start = scalar(r, "gradient_rank_start"), end = scalar(r, "gradient_rank");
    return verdict_erratum(v, end / start, 1, start, 0.25,
                           "median stable rank over the largest possible: %.4f before training, "
                           "%.4f at the end",
                           start, end);
}

static enum attndyn_status check_weights(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, scalar(r, "weight_rank") / scalar(r, "weight_rank_start"), 0.9,
                           "median stable rank over the largest possible: %.4f before training, "
                           "%.4f at the end",
                           scalar(r, "weight_rank_start"), scalar(r, "weight_rank"));
}

static enum attndyn_status check_attention(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, scalar(r, "keys90") / scalar(r, "keys90_start"), 0.95,
                           "90 %% of the attention on %.3f of the keys, before training on %.3f",
                           scalar(r, "keys90"), scalar(r, "keys90_start"));
}

static enum attndyn_status check_heavy(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_least(v, scalar(r, "heavy") / scalar(r, "heavy_start"), 1,
                            "the heaviest tenth of keys gets %.3f, before training %.3f (causal "
                            "order alone favours early keys)",
                            scalar(r, "heavy"), scalar(r, "heavy_start"));
}

static enum attndyn_status check_hidden(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    /* fewer: not as many, as where nothing is learnt */
    return verdict_at_most(v, scalar(r, "active") / scalar(r, "active_start"), 1 - 1e-6,
                           "%.3f of the hidden units active for a token, before training %.3f; "
                           "successive tokens share %.2f times what chance gives",
                           scalar(r, "active"), scalar(r, "active_start"),
                           scalar(r, "overlap_ratio"));
}

static const struct check *const checks[] = {
    &(const struct check){"LM.gradients-low-rank", CHECK_CLAIM,
     "Gradients have low rank: the median stable rank of a layer's gradients is at most a quarter "
     "of the largest possible.",
     "GaLore (arXiv 2403.03507), section 3", "it exceeds a quarter", check_gradient},
    &(const struct check){"E.gradient-rank-falls", CHECK_ERRATUM,
     "Training lowers the gradients' rank. What holds: it is low, at most a quarter of the "
     "largest possible, from the first minibatch on.",
     "GaLore (arXiv 2403.03507), section 3, read for a network on text",
     "the median stable rank ends below its start, or starts higher", check_gradient_falls},
    &(const struct check){"LM.weights-lose-rank", CHECK_CLAIM,
     "Training lowers the rank of the weights: the median stable rank falls by at least a tenth.",
     "JoMA, Theorem 2, read for a network on text", "it falls by less", check_weights},
    &(const struct check){"LM.attention-sparser", CHECK_CLAIM,
     "Training makes attention sparser: fewer keys (by 5 % at least) hold nine tenths of it.",
     "Scan&Snap, section 1", "as many keys are needed as before training", check_attention},
    &(const struct check){"LM.heavy-hitters", CHECK_CLAIM,
     "A few keys collect the attention: the heaviest tenth gets more than before training.",
     "Scan&Snap, section 1 (H2O)", "it gets less", check_heavy},
    &(const struct check){"LM.contextual-sparsity", CHECK_CLAIM,
     "Training makes the MLP sparser for each token: fewer of its units are active.",
     "JoMA, section 1 (contextual sparsity)", "as many are active as before training",
     check_hidden},
    NULL};

const struct experiment experiment_lm_sparsity = {
    .id = "lm/sparsity",
    .title = "Sparse attention, sparse hidden units, gradients of low rank over training",
    .source = "Scan&Snap and JoMA, section 1; GaLore (arXiv 2403.03507), section 3",
    .doc =
        "The encoder of lm/wikitext-entropy is trained on text, and looked at now and then. Of "
        "each matrix and of its gradient in one minibatch: stable rank ||W||_F^2/||W||_2^2 and "
        "effective rank exp(-sum p ln p), p the singular values over their sum. Of attention: "
        "entropy over that of uniform attention, the share of the keys seen that holds 90 % of a "
        "query's weight, the first key's weight, and the share of a sequence's attention that "
        "its heaviest tenth of keys gets. Of the MLP (ReLU): the share of units that are active "
        "for a token, that which holds 95 % of the squared norm, and how far the active sets of "
        "successive tokens overlap, beside independent sets of the same sizes. Before training is "
        "the control of each.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
