#include "contextual.h"

#include "sim/data/codec/codec.h"
#include "sim/model/inference/evaluate.h"
#include "sim/model/inference/sparse.h"
#include "sim/model/transformer/foreign/model.h"

#include <string.h>

/* Losses of every token, (streams, length - 1), and means over sequences. */
struct losses {
    double *nll, *mean;
};

static enum attndyn_status evaluate(const struct trial *run, const struct looked *l,
                                    const struct attndyn_inference_hooks *hooks,
                                    struct losses *losses) {
    const struct attndyn_evaluation e = {.hooks = hooks};
    size_t n = l->length - 1;
    ATTNDYN_ALLOC(run->ctx, losses->nll, l->streams * n);
    ATTNDYN_ALLOC(run->ctx, losses->mean, l->streams);
    for (size_t i = 0; i < l->streams; i++) {
        double *nll = losses->nll + i * n;
        ATTNDYN_TRY(attndyn_evaluate(run->ctx, l->weights, &e, looked_stream(l, i, false),
                                     l->length, nll, NULL));
        for (size_t t = 0; t < n; t++) losses->mean[i] += nll[t] / (double)n;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status with_part(const struct trial *run, const struct looked *l, bool heads,
                                     enum attndyn_sparse_choice choice, double share, long seed,
                                     struct losses *losses) {
    const struct attndyn_sparse_options options = {
        .mlp = !heads, .heads = heads, .choice = choice, .share = share, .seed = (uint64_t)seed};
    struct attndyn_sparse *sparse;
    struct attndyn_inference_hooks hooks;
    ATTNDYN_TRY(attndyn_sparse_create(run->ctx, l->weights, &options, &sparse));
    if (choice == ATTNDYN_SPARSE_STATIC) {
        uint32_t *text;
        ATTNDYN_ALLOC(run->ctx, text, l->streams * l->length);
        for (size_t i = 0; i < l->streams; i++)
            memcpy(text + i * l->length, looked_stream(l, i, true), l->length * sizeof *text);
        ATTNDYN_TRY(attndyn_sparse_calibrate(run->ctx, sparse, text, l->streams * l->length));
    }
    ATTNDYN_TRY(attndyn_sparse_hooks(run->ctx, sparse, &hooks));
    return evaluate(run, l, &hooks, losses);
}

static double mean_of(size_t n, const double *x) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

static double largest_gap(const struct looked *l, const struct losses *a, const struct losses *b) {
    double most = 0;
    for (size_t i = 0; i < l->streams * (l->length - 1); i++) worst(&most, a->nll[i] - b->nll[i]);
    return most;
}

/* One row of `shares`; *excess, if not NULL. */
static enum attndyn_status one(const struct trial *run, const struct contextual *p,
                               const struct looked *l, bool heads,
                               enum attndyn_sparse_choice choice, double share,
                               const struct losses *dense, double *excess) {
    static const char *const names[] = {"contextual", "static", "random"};
    const struct attndyn_transformer_config *c = &l->weights->config;
    size_t units = heads ? c->heads : c->hidden;
    struct losses part;
    double square = 0, n = (double)l->streams;
    ATTNDYN_TRY(with_part(run, l, heads, choice, share, p->seed, &part));
    double off = mean_of(l->streams, part.mean) - mean_of(l->streams, dense->mean);
    for (size_t i = 0; i < l->streams; i++) square += pow(part.mean[i] - dense->mean[i] - off, 2);
    if (excess) *excess = off;
    return EMIT(run, shares, .network = l->name, .part = heads ? "heads" : "mlp",
                .choose = names[choice], .share = share, .kept = (long)ceil(share * (double)units),
                .units = (long)units, .nll = mean_of(l->streams, part.mean), .excess = off,
                .error = sqrt(square / (n - 1) / n));
}

/* All shares of a part; *enough: the smallest whose contextual excess is at most 1 % of the loss.
 */
static enum attndyn_status all_shares(const struct trial *run, const struct contextual *p,
                                      const struct looked *l, bool heads,
                                      const struct losses *dense, double *enough) {
    double bound = 0.01 * mean_of(l->streams, dense->mean);
    *enough = 1;
    for (size_t k = 0; k < p->shares.count; k++)
        for (int choice = 0; choice < 3; choice++) {
            double excess, share = p->shares.at[k];
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(
                one(run, p, l, heads, (enum attndyn_sparse_choice)choice, share, dense, &excess));
            attndyn_memory_release(run->ctx, mark);
            if (choice == 0 && excess <= bound) *enough = fmin(*enough, share);
            attndyn_progress(run->ctx, heads ? "shares of heads" : "shares of hidden units",
                             (double)(3 * k + (size_t)choice + 1), 3. * (double)p->shares.count);
        }
    return ATTNDYN_OK;
}

/* Weights of a layer that are read when these shares of hidden units and heads are. */
static double read_share(const struct attndyn_transformer_config *c, double mlp, double heads) {
    double d = (double)c->width, a = (double)c->head_width;
    double maps = c->mlp == ATTNDYN_MLP_SWIGLU ? 3 : 2, units = d * (double)c->hidden * maps;
    double attention = d * a * (2 * (double)c->heads + 2 * (double)c->kv_heads);
    return (mlp * units + heads * attention) / (units + attention);
}

static enum attndyn_status look(const struct trial *run, const struct contextual *p,
                                const struct looked *l) {
    const struct attndyn_transformer_config *c = &l->weights->config;
    struct losses dense, whole, part;
    double mlp, heads, zeros, gap = NAN;
    ATTNDYN_TRY(evaluate(run, l, NULL, &dense));
    ATTNDYN_TRY(contextual_survey(run, p, l, &zeros));
    ATTNDYN_TRY(with_part(run, l, false, ATTNDYN_SPARSE_CONTEXTUAL, 1, p->seed, &whole));
    if (c->mlp == ATTNDYN_MLP_RELU && zeros > 0 && zeros < 1) {
        /* every token keeps as many as the one with the fewest zeros has active */
        ATTNDYN_TRY(with_part(run, l, false, ATTNDYN_SPARSE_CONTEXTUAL, 1 - zeros, p->seed, &part));
        gap = largest_gap(l, &part, &dense);
    }
    ATTNDYN_TRY(all_shares(run, p, l, false, &dense, &mlp));
    ATTNDYN_TRY(all_shares(run, p, l, true, &dense, &heads));
    ATTNDYN_TRY(with_part(run, l, false, ATTNDYN_SPARSE_CONTEXTUAL, 0.05, p->seed, &part));
    double loss = mean_of(l->streams, dense.mean);
    return EMIT(run, network_row, .network = l->name, .dense = loss,
                .whole = largest_gap(l, &whole, &dense), .zeros = gap, .mlp = mlp, .heads = heads,
                .read = read_share(c, mlp, heads),
                .mlp_slide = mean_of(l->streams, part.mean) / loss - 1);
}

/* ------------------------------------------------------------------ the networks */

static enum attndyn_status trained(const struct trial *run, const struct contextual *p, bool relu) {
    struct network_recipe recipe = network_recipe_of(run);
    struct network network;
    struct looked l = {.name = relu ? "relu" : "swiglu", .streams = (size_t)p->streams};
    uint32_t *tokens;
    if (relu) { /* as many weights: two maps in the place of three */
        recipe.mlp = ATTNDYN_MLP_RELU;
        recipe.hidden = 4 * recipe.width;
    }
    ATTNDYN_TRY(network_obtain(run, &recipe, &network));
    ATTNDYN_TRY(NOTE(run, "network %s: validation loss %.4f", l.name, network.valid_loss));
    l.weights = network.weights;
    l.length = recipe.length + 1;
    ATTNDYN_TRY(network_streams(run, &network, 2 * l.streams, l.length, &tokens));
    l.tokens = tokens;
    return look(run, p, &l);
}

static enum attndyn_status from_disk(const struct trial *run, const struct contextual *p) {
    struct attndyn_model *model;
    struct attndyn_codec *codec;
    struct attndyn_tokens text = {0};
    struct looked l = {.name = "model", .streams = (size_t)p->streams};
    if (!*p->text)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "a network was named and no text: name one by text=FILE");
    ATTNDYN_TRY(attndyn_model_open(run->ctx, p->model, &model));
    ATTNDYN_TRY(*p->tokenizer ? attndyn_codec_open(run->ctx, p->tokenizer, &codec)
                              : attndyn_codec_open_beside(run->ctx, p->model, &codec));
    ATTNDYN_TRY(attndyn_codec_read(run->ctx, codec, p->text, ATTNDYN_BOS_AUTO, &text));
    l.weights = &model->weights;
    l.length = (size_t)p->length + 1;
    l.tokens = text.id;
    if (l.length > model->weights.config.context + 1)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "length=%ld is more than the network's context, %zu", p->length,
                            model->weights.config.context);
    if (text.length < 2 * l.streams * l.length)
        return attndyn_fail(run->ctx, ATTNDYN_NO_INPUT,
                            "%s: %zu tokens, expected %zu for 2 x streams=%ld sequences of "
                            "length=%ld: take fewer, or a longer text",
                            p->text, text.length, 2 * l.streams * l.length, p->streams, p->length);
    return look(run, p, &l);
}

RUN(contextual) {
    if (p->shares.count == 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "shares is empty: expected shares=0.1,0.5,1");
    if (*p->model) return from_disk(run, p);
    ATTNDYN_TRY(trained(run, p, false));
    return trained(run, p, true);
}

const struct experiment experiment_sparse_contextual = {
    .id = "sparse/contextual",
    .title = "How much of a network a token needs",
    .source = "the talk; Deja Vu (arXiv 2310.17157), figures 1 and 3",
    .doc =
        "Two small networks on bytes, one with SwiGLU and one with ReLU, or one from disk (model=PATH), are "
        "evaluated within their training length with a part of their hidden units, or of their heads: the "
        "heaviest of each token, chosen from the weights themselves (an oracle, which saves nothing); the same "
        "for all tokens, by mean weight on other sequences; random ones. Excess: the loss less that of all "
        "units, paired by sequence.\n\n"
        "Beside it, of the hidden units: exact zeros; the smallest share whose sum is within 1, 5, 10 % of the "
        "MLP's output; and the union of the sets of B tokens, which a batch has to read.\n\n"
        "The talk's numbers are of OPT-175B: 85 % structured sparsity, 80 % of attention and 95 % of the MLP, "
        "seven times fewer parameters an input, at the same accuracy. Here: the smallest share at an excess of at "
        "most 1 % of the loss.",
    .params = PARAM_LIST(CONTEXTUAL),
    .presets =
        (const struct preset[]){
            {"quick", "", "two small networks, 32 sequences: some seconds"},
            {"short", "layers=4 width=64 length=64 updates=1500 streams=48",
             "two networks of 0.2 million weights: some minutes"},
            {"paper",
             "layers=6 width=192 heads=12 length=256 updates=12000 lr=1e-3 lines=40000 streams=64",
             "two networks of 2.7 million weights: some hours"},
            {0}},
    .tables =
        (const struct table[]){TABLE_ENTRY(shares, SHARES, "the loss with a part of the units"),
                               TABLE_ENTRY(units, UNITS, "hidden units of each layer"),
                               TABLE_ENTRY(unions, UNIONS, "what a batch of tokens needs"),
                               TABLE_ENTRY(network_row, NETWORKS, "each network in short"),
                               {0}},
    .figures =
        (const struct figure[]){
            {"contextual", "sparse/contextual/contextual.gp",
             "Left: the excess of the loss against the share of hidden units that is kept (error bars: two "
             "standard errors): a choice for each token costs little where one for all costs much. Right: the "
             "share of units that a batch of B tokens needs, each a fifth; sets that have nothing to do with "
             "each other would follow the dashed line."},
            {0}},
    .checks = contextual_claims,
    .run = RUN_OF(contextual)};
