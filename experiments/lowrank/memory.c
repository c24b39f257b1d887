/* Optimiser memory of full rank, low rank, LoRA, ReLoRA, GaLore and the 8-bit forms. */
#include "theory/lowrank/memory.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/lowrank/inventory.h"

#include <math.h>
#include <string.h>

#define GIB 1073741824.0
#define PRINTED_COLUMNS 4 /* 60M, 130M, 350M, 1B: the columns of the printed table of totals */

static const struct param params[] = {
    {"shape", PARAM_CHOICE, "all", 0, 0, "all|60M|130M|350M|1B|7B|custom", NULL,
     "the LLaMA shapes of the paper, or custom: d, f, layers, r, vocab all given"},
    {"d", PARAM_INT, "0", 0, 1e6, NULL, NULL, "hidden size; 0: that of the shape"},
    {"f", PARAM_INT, "0", 0, 1e7, NULL, NULL, "intermediate size; 0: that of the shape"},
    {"layers", PARAM_INT, "0", 0, 1e4, NULL, NULL, "blocks; 0: those of the shape"},
    {"r", PARAM_INT, "0", 0, 1e6, NULL, NULL, "rank; 0: that of the shape"},
    {"vocab", PARAM_INT, "0", 0, 1e7, NULL, NULL, "vocabulary; 0: that of the shape"},
    {"bytes", PARAM_CHOICE, "2", 0, 0, "2|4", "B", "bytes of one number (2: bf16)"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the paper's five shapes"}, {"paper", "", "the paper's five shapes"}, {0}};

static const struct column counts_columns[] = {
    {"shape", COLUMN_TEXT, NULL, "name", false},
    {"d", COLUMN_INT, NULL, "hidden size", false},
    {"f", COLUMN_INT, NULL, "intermediate size", false},
    {"layers", COLUMN_INT, NULL, "blocks", false},
    {"r", COLUMN_INT, NULL, "rank", false},
    {"vocab", COLUMN_INT, NULL, "vocabulary", false},
    {"N", COLUMN_INT, NULL, "all parameters of the full-rank model", false},
    {"O", COLUMN_INT, NULL, "embedding, head and norms", false},
    {"L", COLUMN_INT, NULL, "sum of r (m + n) over the adapted maps", false},
    {"GS", COLUMN_INT, NULL, "sum of 2 r max(m, n): GaLore's moments", false},
    {"GP", COLUMN_INT, NULL, "sum of r min(m, n): GaLore's projector", false},
    {0}};
static const struct column bytes_columns[] = {
    {"shape", COLUMN_TEXT, NULL, "name", false},
    {"position", COLUMN_INT, NULL, "of the shape, from 0", false},
    {"method", COLUMN_TEXT, NULL, "full, low_rank, lora, relora, galore, adam_8bit, galore_8bit",
     false},
    {"exact", COLUMN_INT, "B", "weights + optimiser + projector", false},
    {"paper_style", COLUMN_INT, "B", "the counts nearest to the printed tables", false},
    {"relative", COLUMN_REAL, NULL, "exact, over the exact full rank", false},
    {"exact_GB", COLUMN_REAL, "GB", "exact / 1e9", false},
    {"paper_style_GiB", COLUMN_REAL, "GiB", "paper_style / 2^30", false},
    {"printed", COLUMN_REAL, "G", "the paper's total", true},
    {"printed_relative", COLUMN_REAL, NULL, "printed GiB over the exact full rank", true},
    {"deviation", COLUMN_REAL, NULL, "paper_style_GiB / printed - 1", true},
    {"deviation_GB", COLUMN_REAL, NULL, "paper_style in decimal GB / printed - 1", true},
    {0}};
static const struct column tensors_columns[] = {
    {"shape", COLUMN_TEXT, NULL, "name", false},
    {"keeping", COLUMN_TEXT, NULL, "full, low_rank, adapter (LoRA, ReLoRA), galore", false},
    {"tensor", COLUMN_TEXT, NULL, "name", false},
    {"rows", COLUMN_INT, NULL, "rows", false},
    {"cols", COLUMN_INT, NULL, "columns", false},
    {"copies", COLUMN_INT, NULL, "how many of it", false},
    {"adapted", COLUMN_INT, NULL, "1: factorised, adapted or projected", false},
    {"weights", COLUMN_INT, NULL, "numbers kept as weights, each copy", false},
    {"moments", COLUMN_INT, NULL, "numbers kept as moments, each copy", false},
    {"projector", COLUMN_INT, NULL, "numbers kept as projector, each copy", false},
    {0}};
static const struct column conventions_columns[] = {
    {"method", COLUMN_TEXT, NULL, "full, low_rank, lora, galore", false},
    {"counting", COLUMN_TEXT, NULL, "what is counted (see the description)", false},
    {"unit", COLUMN_TEXT, "B", "what one G is", false},
    {"embeddings", COLUMN_REAL, NULL, "share of embedding and head that is counted", false},
    {"rounding", COLUMN_TEXT, NULL, "to two decimals", false},
    {"hits", COLUMN_INT, NULL, "columns of the printed table met, of 4", false},
    {"worst", COLUMN_REAL, NULL, "largest |value / printed - 1|", false},
    {0}};
static const struct table tables[] = {
    {"counts", "numbers to keep, by shape", counts_columns},
    {"bytes", "memory by shape and method", bytes_columns},
    {"tensors", "the same, tensor by tensor", tensors_columns},
    {"conventions", "can any one convention reproduce the printed totals?", conventions_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"full_bytes", "B", "exact, of the last shape", false},
    {"galore_bytes", "B", "exact, of the last shape", false},
    {"galore_over_full", NULL, "exact, of the last shape", false},
    {"lora_bytes", "B", "exact, of the last shape", false},
    {"low_rank_bytes", "B", "exact, of the last shape", false},
    {0}};

static const struct figure figures[] = {
    {"memory", "lowrank/memory/memory.gp",
     "Memory of weights and optimiser over that of full-rank training: exact counts (bars) and the "
     "paper's totals read as GiB (crosses). Order at every size: low rank < GaLore < LoRA < full."},
    {0}};

/* The shapes of this run; `published`: nothing overridden, so that the printed totals compare. */
static enum attndyn_status choose(struct attndyn_context *ctx, const struct params *p,
                                  struct attndyn_llama_shape shape[ATTNDYN_LLAMA_SHAPES],
                                  size_t first[1], size_t *count) {
    static const char *const names[] = {"d", "f", "layers", "r", "vocab"};
    const bool all = param_is(p, "shape", "all"), custom = param_is(p, "shape", "custom");
    *count = all ? ATTNDYN_LLAMA_SHAPES : 1;
    *first = all || custom ? 0 : (size_t)param_choice(p, "shape") - 1;
    for (size_t s = 0; s < *count; s++) {
        shape[s] = attndyn_llama_shapes[*first + s];
        uint64_t *fields[] = {&shape[s].d, &shape[s].f, &shape[s].layers, &shape[s].r,
                              &shape[s].vocab};
        if (custom) shape[s].name = "custom";
        for (int k = 0; k < 5; k++) {
            const long value = param_int(p, names[k]);
            if (value > 0) *fields[k] = (uint64_t)value;
            if (value == 0 && custom)
                return attndyn_fail(ctx, ATTNDYN_USAGE,
                                    "%s = 0: shape=custom needs d, f, layers, r and vocab, all "
                                    "positive",
                                    names[k]);
        }
        const uint64_t shorter = shape[s].d < shape[s].f ? shape[s].d : shape[s].f;
        if (shape[s].r > shorter)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "r = %lu: expected at most min(d, f) = %lu of shape %s",
                                (unsigned long)shape[s].r, (unsigned long)shorter, shape[s].name);
    }
    return ATTNDYN_OK;
}

static bool published(const struct params *p) {
    return !param_is(p, "shape", "custom") && param_int(p, "d") == 0 && param_int(p, "f") == 0 &&
           param_int(p, "layers") == 0 && param_int(p, "r") == 0 && param_int(p, "vocab") == 0 &&
           param_is(p, "bytes", "2");
}

static uint64_t number_bytes(const struct params *p) {
    return param_is(p, "bytes", "2") ? 2 : 4;
}

static enum attndyn_status emit_tensors(struct attndyn_context *ctx, struct results *results,
                                        const struct attndyn_llama_shape *shape) {
    static const char *const keepings[] = {"full", "low_rank", "adapter", "galore"};
    struct attndyn_weight_shape tensors[ATTNDYN_INVENTORY_TENSORS];
    attndyn_inventory(shape->d, shape->f, shape->layers, shape->vocab, tensors);
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < ATTNDYN_INVENTORY_TENSORS; i++) {
            const struct attndyn_weight_shape *t = &tensors[i];
            const struct attndyn_kept kept =
                attndyn_tensor_kept(t, (enum attndyn_keeping)k, shape->r);
            ATTNDYN_TRY(EMIT(ctx, results, "tensors", S(shape->name), S(keepings[k]), S(t->name),
                             I((long)t->rows), I((long)t->cols), I((long)t->copies), I(t->adapted),
                             I((long)kept.weights), I((long)kept.moments),
                             I((long)kept.projector)));
        }
    return ATTNDYN_OK;
}

/* One way of counting each method, with a share e of embedding and head: bytes of bf16 numbers. */
static const struct counting {
    const char *method, *name;
} countings[] = {
    {"full", "6N"},
    {"low_rank", "6(L+O)"},
    {"lora", "2(N+L)+4(L+O)"},
    {"lora", "2N+6(L+O)"},
    {"lora", "2(N+L)+4L"},
    {"galore", "2N+2(2O+GS+GP)"},
    {"galore", "2N+2(2O+GS)"},
    {"galore", "2N+3(L+O)"},
};
static double counted(size_t counting, const struct attndyn_llama_shape *shape, double e) {
    const struct attndyn_memory_counts c = attndyn_memory_count(shape);
    const double left_out = (1 - e) * 2 * (double)shape->vocab * (double)shape->d;
    const double N = (double)c.all - left_out, O = (double)c.untouched - left_out;
    const double L = (double)c.adapters, GS = (double)c.states, GP = (double)c.projector;
    const double bytes[] = {6 * N,
                            6 * (L + O),
                            2 * (N + L) + 4 * (L + O),
                            2 * N + 6 * (L + O),
                            2 * (N + L) + 4 * L,
                            2 * N + 2 * (2 * O + GS + GP),
                            2 * N + 2 * (2 * O + GS),
                            2 * N + 3 * (L + O)};
    return bytes[counting];
}

static enum attndyn_memory_method method_named(const char *name) {
    int m = 0;
    while (strcmp(attndyn_memory_method_name((enum attndyn_memory_method)m), name) != 0) m++;
    return (enum attndyn_memory_method)m;
}

static enum attndyn_status emit_conventions(struct attndyn_context *ctx, struct results *results) {
    static const struct {
        const char *name;
        double bytes;
    } units[] = {
        {"1e9", 1e9}, {"2^30", GIB}, {"1000*2^20", 1000 * 1048576.0}, {"1.024e9", 1.024e9}};
    static const char *const roundings[] = {"nearest", "down", "up"};
    for (size_t c = 0; c < sizeof countings / sizeof *countings; c++)
        for (int u = 0; u < 4; u++)
            for (int e = 0; e <= 2; e++)
                for (int k = 0; k < 3; k++) {
                    long hits = 0;
                    double worst = 0;
                    for (size_t s = 0; s < PRINTED_COLUMNS; s++) {
                        const double value =
                            counted(c, &attndyn_llama_shapes[s], e / 2.0) / units[u].bytes;
                        const double printed =
                            attndyn_memory_printed(s, method_named(countings[c].method));
                        const double hundredths = k == 0   ? round(100 * value)
                                                  : k == 1 ? floor(100 * value)
                                                           : ceil(100 * value);
                        hits += hundredths == round(100 * printed);
                        worst = fmax(worst, fabs(value / printed - 1));
                    }
                    ATTNDYN_TRY(EMIT(ctx, results, "conventions", S(countings[c].method),
                                     S(countings[c].name), S(units[u].name), R(e / 2.0),
                                     S(roundings[k]), I(hits), R(worst)));
                }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_shape(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results,
                                      const struct attndyn_llama_shape *shape, size_t position,
                                      size_t first) {
    const struct attndyn_memory_counts c = attndyn_memory_count(shape);
    const uint64_t size = number_bytes(p);
    ATTNDYN_TRY(EMIT(ctx, results, "counts", S(shape->name), I((long)shape->d), I((long)shape->f),
                     I((long)shape->layers), I((long)shape->r), I((long)shape->vocab),
                     I((long)c.all), I((long)c.untouched), I((long)c.adapters), I((long)c.states),
                     I((long)c.projector)));
    const double full =
        (double)attndyn_memory_bytes(&c, ATTNDYN_MEMORY_FULL, ATTNDYN_MEMORY_EXACT, size);
    for (int m = 0; m < ATTNDYN_MEMORY_METHODS; m++) {
        const enum attndyn_memory_method method = (enum attndyn_memory_method)m;
        const uint64_t exact = attndyn_memory_bytes(&c, method, ATTNDYN_MEMORY_EXACT, size);
        const uint64_t paper = attndyn_memory_bytes(&c, method, ATTNDYN_MEMORY_PAPER, size);
        const double printed =
            published(p) ? attndyn_memory_printed(first + position, method) : NAN;
        ATTNDYN_TRY(EMIT(ctx, results, "bytes", S(shape->name), I((long)position),
                         S(attndyn_memory_method_name(method)), I((long)exact), I((long)paper),
                         R((double)exact / full), R((double)exact / 1e9), R((double)paper / GIB),
                         R(printed), R(printed * GIB / full), R((double)paper / GIB / printed - 1),
                         R((double)paper / 1e9 / printed - 1)));
    }
    ATTNDYN_TRY(emit_tensors(ctx, results, shape));
    const double values[] = {(double)c.all, (double)c.untouched, (double)c.adapters,
                             (double)c.states, (double)c.projector};
    static const char *const quantities[] = {"N", "O", "L", "GS", "GP"};
    for (int k = 0; k < 5; k++)
        ATTNDYN_TRY(EMIT(ctx, results, "state", S(quantities[k]), I((long)position), R(values[k])));
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_llama_shape shape[ATTNDYN_LLAMA_SHAPES];
    size_t first, count;
    ATTNDYN_TRY(choose(ctx, p, shape, &first, &count));
    for (size_t s = 0; s < count; s++)
        ATTNDYN_TRY(emit_shape(ctx, p, results, &shape[s], s, first));
    ATTNDYN_TRY(emit_conventions(ctx, results));

    const struct attndyn_memory_counts c = attndyn_memory_count(&shape[count - 1]);
    double bytes[ATTNDYN_MEMORY_METHODS];
    for (int m = 0; m < ATTNDYN_MEMORY_METHODS; m++)
        bytes[m] = (double)attndyn_memory_bytes(&c, (enum attndyn_memory_method)m,
                                                ATTNDYN_MEMORY_EXACT, number_bytes(p));
    ATTNDYN_TRY(results_scalar(ctx, results, "full_bytes", bytes[ATTNDYN_MEMORY_FULL]));
    ATTNDYN_TRY(results_scalar(ctx, results, "galore_bytes", bytes[ATTNDYN_MEMORY_GALORE]));
    ATTNDYN_TRY(results_scalar(ctx, results, "galore_over_full",
                               bytes[ATTNDYN_MEMORY_GALORE] / bytes[ATTNDYN_MEMORY_FULL]));
    ATTNDYN_TRY(results_scalar(ctx, results, "lora_bytes", bytes[ATTNDYN_MEMORY_LORA]));
    return results_scalar(ctx, results, "low_rank_bytes", bytes[ATTNDYN_MEMORY_LOW_RANK]);
}

/* Row of `bytes` for the shape at a position. */
static size_t bytes_row(size_t position, enum attndyn_memory_method method) {
    return position * ATTNDYN_MEMORY_METHODS + (size_t)method;
}

static enum attndyn_status check_two_routes(struct attndyn_context *ctx, const struct params *p,
                                            const struct results *results, struct verdict *v) {
    (void)ctx;
    static const struct {
        const char *keeping;
        enum attndyn_memory_method method;
    } routes[] = {{"full", ATTNDYN_MEMORY_FULL},         {"low_rank", ATTNDYN_MEMORY_LOW_RANK},
                  {"adapter", ATTNDYN_MEMORY_LORA},      {"adapter", ATTNDYN_MEMORY_RELORA},
                  {"galore", ATTNDYN_MEMORY_GALORE},     {"full", ATTNDYN_MEMORY_ADAM_8BIT},
                  {"galore", ATTNDYN_MEMORY_GALORE_8BIT}};
    const double size = (double)number_bytes(p);
    const size_t shapes = results_rows(results, "counts");
    double worst = 0, largest = 0;
    for (size_t s = 0; s < shapes; s++)
        for (size_t k = 0; k < sizeof routes / sizeof *routes; k++) {
            const bool eight_bit = routes[k].method >= ATTNDYN_MEMORY_ADAM_8BIT;
            double sum = 0;
            for (size_t row = 0; row < results_rows(results, "tensors"); row++) {
                if (strcmp(results_text(results, "tensors", row, "keeping"), routes[k].keeping) ||
                    strcmp(results_text(results, "tensors", row, "shape"),
                           results_text(results, "counts", s, "shape")))
                    continue;
                sum += results_real(results, "tensors", row, "copies") *
                       (size * (results_real(results, "tensors", row, "weights") +
                                results_real(results, "tensors", row, "projector")) +
                        (eight_bit ? 1 : size) * results_real(results, "tensors", row, "moments"));
            }
            const double exact =
                results_real(results, "bytes", bytes_row(s, routes[k].method), "exact");
            worst = fmax(worst, fabs(sum / exact - 1));
            largest = fmax(largest, exact);
        }
    /* Integers below 2^53 are exact in a double; beyond, so are they to a few roundings. */
    return verdict_at_most(v, worst, largest < 0x1p53 ? 0 : 1e-14,
                           "largest relative difference, %zu shapes x 7 methods", shapes);
}

static enum attndyn_status check_table_1(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0;
    size_t seen = 0;
    for (size_t row = 0; row < results_rows(results, "tensors"); row++) {
        if (results_real(results, "tensors", row, "adapted") == 0) continue;
        const char *keeping = results_text(results, "tensors", row, "keeping");
        const double rows = results_real(results, "tensors", row, "rows");
        const double cols = results_real(results, "tensors", row, "cols");
        const double m = fmin(rows, cols), n = fmax(rows, cols);
        double r = NAN;
        for (size_t s = 0; s < results_rows(results, "counts"); s++)
            if (!strcmp(results_text(results, "counts", s, "shape"),
                        results_text(results, "tensors", row, "shape")))
                r = results_real(results, "counts", s, "r");
        double expected;
        if (!strcmp(keeping, "galore"))
            expected = m * n + m * r + 2 * n * r;
        else if (!strcmp(keeping, "adapter"))
            expected = m * n + 3 * (m * r + n * r);
        else
            continue;
        const double kept = results_real(results, "tensors", row, "weights") +
                            results_real(results, "tensors", row, "moments") +
                            results_real(results, "tensors", row, "projector");
        worst = fmax(worst, fabs(kept - expected));
        seen++;
    }
    if (seen == 0) return verdict_at_least(v, 0, 1, "no adapted tensor was seen");
    return verdict_at_most(v, worst, 0, "largest difference in numbers over %zu tensors, m <= n",
                           seen);
}

static enum attndyn_status check_order(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!published(p)) return verdict_skip(v, "the order is stated for the published shapes");
    static const enum attndyn_memory_method order[] = {
        ATTNDYN_MEMORY_LOW_RANK, ATTNDYN_MEMORY_GALORE, ATTNDYN_MEMORY_LORA, ATTNDYN_MEMORY_FULL};
    double worst = 0;
    for (size_t s = 0; s < results_rows(results, "counts"); s++)
        for (int k = 0; k < 3; k++)
            worst = fmax(worst,
                         results_real(results, "bytes", bytes_row(s, order[k]), "exact") /
                             results_real(results, "bytes", bytes_row(s, order[k + 1]), "exact"));
    return verdict_at_most(v, worst, 0.97, "largest ratio of neighbours in the order");
}

static enum attndyn_status check_printed(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!published(p) || !param_is(p, "shape", "all"))
        return verdict_skip(v, "needs shape=all with the published sizes");
    double best = 0, low = INFINITY, high = -INFINITY, low_GB = INFINITY, high_GB = -INFINITY;
    for (size_t row = 0; row < results_rows(results, "conventions"); row++)
        best = fmax(best, results_real(results, "conventions", row, "hits"));
    for (size_t s = 0; s < PRINTED_COLUMNS; s++)
        for (int m = 0; m <= ATTNDYN_MEMORY_GALORE; m++) {
            const size_t row = bytes_row(s, (enum attndyn_memory_method)m);
            low = fmin(low, results_real(results, "bytes", row, "deviation"));
            high = fmax(high, results_real(results, "bytes", row, "deviation"));
            low_GB = fmin(low_GB, results_real(results, "bytes", row, "deviation_GB"));
            high_GB = fmax(high_GB, results_real(results, "bytes", row, "deviation_GB"));
        }
    return verdict_erratum(v, PRINTED_COLUMNS - best, 2, fmax(fabs(low), fabs(high)), 0.10,
                           "%zu conventions: at most %g of 4 columns of a method met to two "
                           "decimals; paper-style counts deviate by %+.1f %% to %+.1f %% in GiB, "
                           "%+.1f %% to %+.1f %% in GB",
                           results_rows(results, "conventions"), best, 100 * low, 100 * high,
                           100 * low_GB, 100 * high_GB);
}

static enum attndyn_status check_8bit(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx;
    double worst = -1;
    for (size_t row = 0; row < results_rows(results, "bytes"); row++) {
        const char *method = results_text(results, "bytes", row, "method");
        if (strstr(method, "_8bit") && isfinite(results_real(results, "bytes", row, "printed")))
            worst = fmax(worst, fabs(results_real(results, "bytes", row, "deviation")));
    }
    if (!published(p) || worst < 0)
        return verdict_skip(v, "printed for 7B at its published size only");
    return verdict_at_most(v, worst, 0.05, "8-bit Adam and 8-bit GaLore, 7B, in GiB");
}

/* A published shape with one field as the talk's architecture table has it: its parameter count
 * against the model's name. */
static enum attndyn_status architecture(struct verdict *v, struct attndyn_llama_shape printed,
                                        size_t holds, double nominal) {
    const double N = (double)attndyn_memory_count(&printed).all;
    const double N_holds = (double)attndyn_memory_count(&attndyn_llama_shapes[holds]).all;
    return verdict_erratum(
        v, fabs(N / nominal - 1), 0.2, fabs(N_holds / nominal - 1), 0.05,
        "as printed %.4g parameters, with the shape used here %.4g, by name %.3g", N, N_holds,
        nominal);
}
static enum attndyn_status check_1B_layers(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *results, struct verdict *v) {
    (void)ctx, (void)p, (void)results;
    struct attndyn_llama_shape printed = attndyn_llama_shapes[3];
    printed.layers = 32;
    return architecture(v, printed, 3, 1.3e9);
}
static enum attndyn_status check_60M_hidden(struct attndyn_context *ctx, const struct params *p,
                                            const struct results *results, struct verdict *v) {
    (void)ctx, (void)p, (void)results;
    struct attndyn_llama_shape printed = attndyn_llama_shapes[0];
    printed.d = 256;
    return architecture(v, printed, 0, 6e7);
}

static const struct check *const checks[] = {
    &(const struct check){"MEM.two-routes", CHECK_CLAIM,
     "the closed forms of the memory equal the sum over every tensor, to the byte", "derived here",
     "a tensor is forgotten, counted twice or projected on its long side", check_two_routes},
    &(const struct check){"MEM.per-matrix", CHECK_CLAIM,
     "an m x n map, m <= n, costs mn + mr + 2nr numbers with GaLore and mn + 3(mr + nr) with LoRA",
     "GaLore, Table 1", "moments or projector of another shape", check_table_1},
    &(const struct check){"MEM.order", CHECK_CLAIM, "low rank < GaLore < LoRA < full rank at every published size",
     "derived here, from GaLore, Tables 1 and 2", "any two methods change places", check_order},
    &(const struct check){"MEM.8bit", CHECK_CLAIM, "7B with 8-bit moments: 26G for Adam, 18G for GaLore, within 5 %",
     "GaLore, Table 3 and figure 1", "the count of moments, weights or projector is off",
     check_8bit},
    &(const struct check){"E.memory-table", CHECK_ERRATUM,
     "the printed totals follow from one convention of counting, to their two decimals",
     "GaLore, Table 2",
     "a convention meets three columns of a method, or the nearest uniform one "
     "is off by more than 10 %",
     check_printed},
    &(const struct check){"E.memory-1B-layers", CHECK_ERRATUM, "the 1B model has 32 layers",
     "the talk's architecture table (heads and layers exchanged)",
     "32 layers give the parameters of the name", check_1B_layers},
    &(const struct check){"E.memory-60M-hidden", CHECK_ERRATUM, "the 60M model has hidden size 256",
     "the talk's table, r/d_model = 128/256", "hidden size 256 gives the parameters of the name",
     check_60M_hidden},
    NULL};

const struct experiment experiment_lowrank_memory = {
    .id = "lowrank/memory",
    .title = "Memory of weights and optimiser: full rank, low rank, LoRA, ReLoRA, GaLore, 8-bit",
    .source = "GaLore (arXiv 2403.03507), Tables 1, 2, 3 and 5",
    .doc =
        "Exact counts for LLaMA-shaped models: seven maps a block are factorised (low rank), "
        "adapted\n"
        "(LoRA, ReLoRA) or projected (GaLore) at rank r; embedding, untied head and norms stay "
        "full.\n"
        "With N all parameters, O = embedding + head + norms, L = sum r(m+n), GS = sum 2 r "
        "max(m,n),\n"
        "GP = sum r min(m,n) and numbers of two bytes: full 6N, low rank 6(L+O), LoRA and ReLoRA\n"
        "2(N+L)+4(L+O), GaLore 2N+2(2O+GS+GP), 8-bit Adam 4N, 8-bit GaLore 2N+2O+GS+2GP.\n"
        "The paper's totals lie nearest to the paper-style counts LoRA 2N+6(L+O) (embeddings "
        "twice)\n"
        "and GaLore 2N+3(L+O), read as GiB; the table `conventions` tries 288 ways of counting.\n"
        "Any shape: shape=custom d=... f=... layers=... r=... vocab=..., or one field of a named "
        "one.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
