#include "contextual.h"

#include <string.h>

static enum attndyn_status with_part(const struct trial *run, const struct looked *l, bool heads,
                                     enum attndyn_sparse_choice choice, double share,
                                     size_t *leaked, struct looked_losses *losses) {
    const struct attndyn_sparse_options options = {
        .mlp = !heads, .heads = heads, .choice = choice, .share = share, .seed = l->seed};
    struct attndyn_sparse *sparse;
    struct attndyn_inference_hooks hooks;
    ATTNDYN_TRY(looked_choice(run, l, &options, &sparse, &hooks, leaked));
    return looked_evaluate(run, l, &hooks, losses);
}

/* The smallest of `shares` whose contextual excess is at most 1 % of the loss: as measured, and
 * with two standard errors in its favour and against it. */
struct enough {
    double share, low, high;
};

/* All shares of a part. */
static enum attndyn_status all_shares(const struct trial *run, const struct contextual *p,
                                      const struct looked *l, bool heads,
                                      const struct looked_losses *dense, struct enough *enough,
                                      size_t *leaked) {
    static const char *const names[] = {"contextual", "static", "random"};
    const struct attndyn_transformer_config *c = &l->weights->config;
    size_t units = heads ? c->heads : c->hidden;
    double bound = 0.01 * looked_mean(l, dense);
    *enough = (struct enough){1, 1, 1};
    for (size_t k = 0; k < p->shares.count; k++)
        for (int choice = 0; choice < 3; choice++) {
            double share = p->shares.at[k];
            struct looked_losses part;
            size_t found;
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(
                with_part(run, l, heads, (enum attndyn_sparse_choice)choice, share, &found, &part));
            struct excess e = looked_excess(l, &part, dense);
            ATTNDYN_TRY(EMIT(run, shares, .network = l->name, .part = heads ? "heads" : "mlp",
                             .choose = names[choice], .share = share,
                             .kept = (long)ceil(share * (double)units), .units = (long)units,
                             .nll = looked_mean(l, &part), .excess = e.mean, .error = e.error));
            attndyn_memory_release(run->ctx, mark);
            *leaked += found;
            if (choice == 0) {
                if (e.mean <= bound) keep_smaller(&enough->share, share);
                if (e.mean - 2 * e.error <= bound) keep_smaller(&enough->low, share);
                if (e.mean + 2 * e.error <= bound) keep_smaller(&enough->high, share);
            }
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

static enum attndyn_status look(const struct trial *run, const struct looked *l, void *user) {
    const struct contextual *p = user;
    const struct attndyn_transformer_config *c = &l->weights->config;
    struct looked_losses dense, whole, part;
    struct enough mlp, heads;
    double zeros, gap = NAN;
    size_t leaked = 0, none;
    ATTNDYN_TRY(looked_evaluate(run, l, NULL, &dense));
    ATTNDYN_TRY(contextual_survey(run, p, l, &zeros));
    ATTNDYN_TRY(with_part(run, l, false, ATTNDYN_SPARSE_CONTEXTUAL, 1, &none, &whole));
    if (c->mlp == ATTNDYN_MLP_RELU && zeros > 0 && zeros < 1) {
        /* every token keeps as many as the one with the fewest zeros has active */
        ATTNDYN_TRY(with_part(run, l, false, ATTNDYN_SPARSE_CONTEXTUAL, 1 - zeros, &none, &part));
        gap = looked_gap(l, &part, &dense);
    }
    ATTNDYN_TRY(all_shares(run, p, l, false, &dense, &mlp, &leaked));
    ATTNDYN_TRY(all_shares(run, p, l, true, &dense, &heads, &leaked));
    ATTNDYN_TRY(with_part(run, l, false, ATTNDYN_SPARSE_CONTEXTUAL, 0.05, &none, &part));
    double loss = looked_mean(l, &dense);
    ATTNDYN_TRY(
        NOTE(run,
             "%s, the slide's 85 %% and 7 times fewer, at 1 %% of the loss: %.3g of the hidden "
             "units, %.3g of the heads, %.3g times fewer weights (%.3g to %.3g at two standard "
             "errors)",
             l->name, mlp.share, heads.share, 1 / read_share(c, mlp.share, heads.share),
             1 / read_share(c, mlp.high, heads.high), 1 / read_share(c, mlp.low, heads.low)));
    struct excess slide = looked_excess(l, &part, &dense);
    return EMIT(run, network_row, .network = l->name, .dense = loss,
                .whole = looked_gap(l, &whole, &dense), .zeros = gap, .mlp = mlp.share,
                .heads = heads.share, .read = read_share(c, mlp.share, heads.share),
                .fewer = 1 / read_share(c, mlp.share, heads.share),
                .fewer_low = 1 / read_share(c, mlp.high, heads.high),
                .fewer_high = 1 / read_share(c, mlp.low, heads.low), .mlp_slide = slide.mean / loss,
                .mlp_slide_error = slide.error / loss, .leaked = (long)leaked);
}

RUN(contextual) {
    struct contextual copy = *p;
    ATTNDYN_TRY(NOT_EMPTY(run, p, shares));
    return looked_each(run, (size_t)p->streams, look, &copy);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, dense, "loss with all units, last network", LAST_OF(network_row, dense))           \
    X(OPTIONAL, mlp, "share of the units that is enough, last network", LAST_OF(network_row, mlp)) \
    X(OPTIONAL, fewer, "how many times fewer numbers are read", LAST_OF(network_row, fewer))       \
    X(OPTIONAL, zeros, "share of units at zero", LAST_OF(network_row, zeros))
SCALARS(taken, TAKEN)

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
    .presets =
        (const struct preset[]){
            {"quick", "", "two small networks, 32 sequences: some seconds"},
            {"short",
             "layers=3 width=48 length=48 batch=16 updates=500 networks=2 shares=0.05,0.1,0.15,0.2,0.3,0.4,0.5,0.6,0.75,1",
             "four networks of 95,000 weights, two seeds: a minute or two"},
            {"paper",
             "layers=6 width=192 heads=12 length=256 updates=12000 lr=1e-3 lines=40000 streams=64",
             "two networks of 2.7 million weights: some hours"},
            {0}},
    .tables = TABLES(shares, units, unions, network_row),
    .figures =
        (const struct figure[]){
            {"contextual", "sparse/contextual/contextual.gp",
             "Left: the excess of the loss against the share of hidden units that is kept (error bars: two "
             "standard errors): a choice for each token costs little where one for all costs much. Right: the "
             "share of units that a batch of B tokens needs, each a fifth; sets that have nothing to do with "
             "each other would follow the dashed line."},
            {0}},
    PARTS_OF(contextual, taken)};
