/* What a token's MLPs cost when only a part of their units is read: d 1024, hidden 4096, 24 layers,
 * ReLU, random weights in single precision, 800 MB, far beyond any last cache; one stream, one
 * core, 10 % of the units.
 *
 * Dense: the two products of decoding over all units, as the engine does them for one row.
 * Gathered: the rows of W_up and the columns of W_down of units that are given. With a predictor:
 * two random maps say which, from the layer's input; their products and the choice of the largest
 * are in the time. Floors: as many bytes one behind the other, through the same products. Every
 * token and layer has another set of units. Rounds alternate between all of them; ratios are taken
 * within a round, and of them the median and the quartiles count. Attention is not in any of these.
 */
#include "bench/harness.h"
#include "bench/random_llama.h"
#include "sim/model/inference/gathered.h"
#include "sim/model/inference/sparse_private.h"
#include "sim/num/gemv.h"
#include "sim/num/parameter.h"

enum { D = 1024, H = 4096, LAYERS = 24, KEPT = 410, RANKS = 4 };
static const size_t ranks[RANKS] = {16, 32, 64, 1000}; /* 1000: the published one */

enum { DENSE, DENSE_FLOOR, GATHERED, FLOOR, PREDICTED, WAYS = PREDICTED + RANKS };
static const char *const ways[WAYS] = {
    "dense",        "floor of its bytes", "gathered",     "floor of its bytes",
    "predictor 16", "predictor 32",       "predictor 64", "predictor 1000"};

struct bench {
    struct attndyn_context *ctx;
    const struct attndyn_weights *weights;
    struct attndyn_gathered *gathered;
    struct infer_predictor *predictor[RANKS][LAYERS];
    float *x, *y, *hidden; /* (d), (d), (h) */
    double *score;         /* (h) */
    uint32_t *units;       /* (h) */
    uint64_t state;
};

static const struct attndyn_weights *network(struct attndyn_context *ctx) {
    struct attndyn_weights *w = ATTNDYN_NEW(ctx, struct attndyn_weights, 1);
    struct attndyn_weights_block *block = ATTNDYN_NEW(ctx, struct attndyn_weights_block, LAYERS);
    size_t *map = ATTNDYN_NEW(ctx, size_t, LAYERS);
    float *bias = ATTNDYN_NEW(ctx, float, H);
    uint64_t state = 1;
    if (!w || !block || !map || !bias) exit(EXIT_FAILURE);
    /* so large that no unit is 0 behind the ReLU: what is 0 is not read the second time */
    for (size_t i = 0; i < H; i++) bias[i] = 4;
    BENCH_OK(ctx, attndyn_transformer_preset(ctx, "llama", &w->config));
    w->config.width = D, w->config.hidden = H, w->config.layers = LAYERS, w->config.heads = 16;
    w->config.kv_heads = 16, w->config.vocabulary = 256, w->config.context = 16;
    w->config.mlp = ATTNDYN_MLP_RELU;
    BENCH_OK(ctx, attndyn_transformer_config_resolve(ctx, &w->config));
    for (size_t l = 0; l < LAYERS; l++) {
        block[l].up.weight = random_matrix(ctx, &state, LLAMA_F32, H, D);
        block[l].up.bias = bias;
        block[l].down.weight = random_matrix(ctx, &state, LLAMA_F32, D, H);
        map[l] = l;
    }
    w->block = block, w->blocks = LAYERS, w->layer_map = map;
    return w;
}

/* KEPT units, ascending, no two tokens the same: each with what is left of the probability. */
static size_t draw(struct bench *b) {
    size_t n = 0;
    for (size_t i = 0; i < H; i++)
        if (attndyn_splitmix_next(&b->state) % (H - i) < KEPT - n) b->units[n++] = (uint32_t)i;
    return n;
}

static size_t above(const double *score, double least) {
    size_t n = 0;
    for (size_t i = 0; i < H; i++) n += score[i] >= least;
    return n;
}

/* The units of largest score: a threshold by halving, which random numbers do not make equal. */
static size_t predict(struct bench *b, struct infer_predictor *p) {
    size_t n = 0;
    attndyn_infer_predictor_scores(p, b->x, b->score);
    double low = 0, high = 0;
    for (size_t i = 0; i < H; i++) high = fmax(high, fabs(b->score[i]));
    low = -high;
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2;
        size_t count = above(b->score, middle);
        if (count == KEPT) {
            low = middle;
            break;
        }
        if (count > KEPT)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = 0; i < H && n < KEPT; i++)
        if (b->score[i] >= low) b->units[n++] = (uint32_t)i;
    return n;
}

/* Seconds of one token's MLPs. x goes on as it is, so that the layers do not depend on each other's
 * numbers; its entries change from token to token. */
static double token(struct bench *b, int way) {
    double seconds = 0;
    for (size_t j = 0; j < D; j++)
        b->x[j] = (float)((double)(attndyn_splitmix_next(&b->state) >> 11) * 0x1p-53 - 0.5);
    for (size_t l = 0; l < LAYERS; l++) {
        const struct attndyn_weights_block *k = &b->weights->block[l];
        size_t n = way == GATHERED ? draw(b) : 0;
        double start = cpu_seconds();
        if (way == DENSE) {
            attndyn_gemv_best()->f32(H, D, k->up.weight.data, D, b->x, b->hidden);
            for (size_t i = 0; i < H; i++) b->hidden[i] = fmaxf(b->hidden[i] + k->up.bias[i], 0);
            attndyn_gemv_best()->f32(D, H, k->down.weight.data, H, b->hidden, b->y);
        } else if (way == DENSE_FLOOR || way == FLOOR) {
            size_t rows = way == FLOOR ? 2 * KEPT : 2 * H;
            /* the two matrices of a layer are as many rows of d; a part of them elsewhere each time
             */
            const float *from = k->up.weight.data;
            size_t first = rows < H ? attndyn_splitmix_next(&b->state) % (H - rows) : 0;
            start = cpu_seconds();
            attndyn_gemv_best()->f32(rows < H ? rows : H, D, from + first * D, D, b->x, b->hidden);
            if (rows > H)
                attndyn_gemv_best()->f32(rows - H, D, k->down.weight.data, D, b->x, b->hidden);
        } else {
            if (way >= PREDICTED) n = predict(b, b->predictor[way - PREDICTED][l]);
            attndyn_gathered_mlp(b->gathered, l, b->x, n, b->units, b->y);
        }
        seconds += cpu_seconds() - start;
    }
    return seconds;
}

static struct bench *prepare(struct attndyn_context *ctx) {
    struct bench *b = ATTNDYN_NEW(ctx, struct bench, 1);
    if (!b) exit(EXIT_FAILURE);
    b->ctx = ctx;
    b->state = 7;
    b->weights = network(ctx);
    BENCH_OK(ctx, attndyn_gathered_create(ctx, b->weights, &b->gathered));
    for (int r = 0; r < RANKS; r++)
        for (size_t l = 0; l < LAYERS; l++)
            BENCH_OK(ctx, attndyn_infer_predictor_create(ctx, D, ranks[r], H, l + 1,
                                                         &b->predictor[r][l]));
    b->x = ATTNDYN_NEW(ctx, float, D);
    b->y = ATTNDYN_NEW(ctx, float, D);
    b->hidden = ATTNDYN_NEW(ctx, float, 2 * H);
    b->score = ATTNDYN_NEW(ctx, double, H);
    b->units = ATTNDYN_NEW(ctx, uint32_t, H);
    if (!b->x || !b->y || !b->hidden || !b->score || !b->units) exit(EXIT_FAILURE);
    return b;
}

/* Megabytes that a way reads, of weights and of the predictor. */
static double read_of(int way) {
    double dense = 2. * D * H * LAYERS * 4e-6, part = dense * KEPT / H;
    if (way == DENSE || way == DENSE_FLOOR) return dense;
    if (way == GATHERED || way == FLOOR) return part;
    return part + 4e-6 * LAYERS * ((double)ranks[way - PREDICTED] * (D + H) + H);
}

struct ratio {
    double middle, low, high;
};
static struct ratio ratio_of(size_t n, const double *over, const double *under) {
    double x[ROUNDS_MOST];
    for (size_t i = 0; i < n; i++) x[i] = over[i] / under[i];
    double middle = median(n, x);
    return (struct ratio){middle, x[n / 4], x[n - 1 - n / 4]};
}

static bool expect(const char *what, double measured, double least) {
    printf("%-66s %6.2f, expected at least %4.2f: %s\n", what, measured, least,
           measured >= least ? "met" : "missed");
    return measured >= least;
}

int main(void) {
    static double time[WAYS][ROUNDS_MOST];
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) return EXIT_FAILURE;
    const size_t rounds = (size_t)rounds_asked(9);
    struct bench *b = prepare(ctx);
    printf(
        "MLPs of a token: d %d, hidden %d, %d layers, ReLU, F32, %.0f MB; %d units of each kept; "
        "CPU seconds, one core, %zu rounds\n",
        D, H, LAYERS, read_of(DENSE), KEPT, rounds);
    for (size_t r = 0; r <= rounds; r++) /* round 0: pages, and the clock's own speed */
        for (int way = 0; way < WAYS; way++) {
            uint64_t before = attndyn_gathered_read(b->gathered);
            double seconds = token(b, way);
            double read = 4e-6 * (double)(attndyn_gathered_read(b->gathered) - before);
            bool gathers = way == GATHERED || way >= PREDICTED;
            if (r > 0) time[way][r - 1] = seconds;
            if (gathers && fabs(read - read_of(GATHERED)) > 1e-3) {
                fprintf(stderr, "%s: %g MB of the maps were read, expected %g\n", ways[way], read,
                        read_of(GATHERED));
                return EXIT_FAILURE;
            }
        }
    struct ratio ratio[WAYS];
    printf("%-22s %9s %9s %8s   %s\n", "", "ms", "read, MB", "GB/s", "dense over it (quartiles)");
    for (int way = 0; way < WAYS; way++) {
        ratio[way] = ratio_of(rounds, time[DENSE], time[way]);

        double copy[ROUNDS_MOST];
        memcpy(copy, time[way], sizeof copy);
        double ms = 1e3 * median(rounds, copy);
        printf("%-22s %9.3f %9.1f %8.2f   %6.2f (%.2f to %.2f)\n", ways[way], ms, read_of(way),
               read_of(way) / ms, ratio[way].middle, ratio[way].low, ratio[way].high);
    }
    struct ratio floor = ratio_of(rounds, time[FLOOR], time[GATHERED]);
    bool good = expect("dense over gathered, units given", ratio[GATHERED].middle, 5);
    good = expect("floor over gathered: share of the bandwidth of its bytes", floor.middle, 0.6) &&
           good;
    for (int r = 0; r < RANKS; r++)
        if (ranks[r] <= 64)
            good = expect(ways[PREDICTED + r], ratio[PREDICTED + r].middle, 4) && good;
    printf(
        "the published rank of 1000 reads %.0f %% of a block and leaves a factor of %.2f, by bytes "
        "at most %.2f\n",
        100 * (read_of(WAYS - 1) - read_of(GATHERED)) / read_of(DENSE), ratio[WAYS - 1].middle,
        read_of(DENSE) / read_of(WAYS - 1));
    attndyn_context_free(ctx);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
