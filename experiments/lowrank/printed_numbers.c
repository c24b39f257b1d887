/* The numbers printed in GaLore, compared with each other: where one follows from another by
 * arithmetic, they must agree to the last digit. */
#include "experiments/frame/contract/typed.h"
#include "experiments/statements/statements.h"
#include "theory/lowrank/memory.h"

#include <string.h>

#define PRINTED_NUMBERS(X)                                                                         \
    X(INT, batch_tokens, "131072", "tokens of a training step, printed as 131K", IN(1, 1e9))
PARAMS(printed_numbers, PRINTED_NUMBERS)
#define PARAMETERS printed_numbers

#define NUMBERS(X)                                                                                 \
    X(TEXT, group, "what is compared")                                                             \
    X(TEXT, item, "which number of that kind")                                                     \
    X(REAL, printed, "the number in the paper")                                                    \
    X(REAL, computed, "what follows from others in the paper, or from the shape")                  \
    X(REAL, rounding, "difference that the rounding of all printed numbers that enter allows")     \
    X(REAL, excess, "|printed - computed| over rounding: above 1 is more than rounding")
TABLE(numbers, NUMBERS, "printed numbers against what others make of them")

static enum attndyn_status compare(const struct trial *run, const char *group, const char *item,
                                   double printed, double computed, double rounding) {
    return EMIT(run, numbers, .group = group, .item = item, .printed = printed,
                .computed = computed, .rounding = rounding,
                .excess = fabs(printed - computed) / rounding);
}

static const char *const sizes[] = {"60M", "130M", "350M", "1B", "7B"};

/* Table 2 (total) against Table 6 (weights, optimiser states), in G. */
static enum attndyn_status totals(const struct trial *run) {
    static const struct {
        const char *method;
        double total[4], weights[4], states[4];
    } rows[] = {{"full", {.36, .76, 2.06, 7.80}, {.12, .25, .68, 2.60}, {.23, .51, 1.37, 5.20}},
                {"galore", {.24, .52, 1.22, 4.38}, {.12, .25, .68, 2.60}, {.13, .28, .54, 1.78}},
                {"low_rank", {.26, .54, 1.08, 3.57}, {.08, .18, .36, 1.19}, {.17, .37, .72, 2.38}},
                {"lora", {.36, .80, 1.76, 6.17}, {.20, .44, 1.04, 3.79}, {.17, .37, .72, 2.38}},
                {"relora", {.36, .80, 1.76, 6.17}, {.20, .44, 1.04, 3.79}, {.17, .37, .72, 2.38}}};
    for (size_t m = 0; m < sizeof rows / sizeof *rows; m++)
        for (size_t s = 0; s < 4; s++) {
            const char *item = attndyn_format(run->ctx, "%s %s", rows[m].method, sizes[s]);
            if (!item) return ATTNDYN_NO_MEMORY;
            ATTNDYN_TRY(compare(run, "total", item, rows[m].total[s],
                                rows[m].weights[s] + rows[m].states[s], 3 * 0.005));
        }
    return ATTNDYN_OK;
}

/* Tokens, in B, are steps times the batch: "131K" is good to half a thousand. */
static enum attndyn_status tokens(const struct trial *run, const struct printed_numbers *p) {
    static const struct {
        const char *group, *item;
        double printed, steps;
    } rows[] = {{"tokens_2", "60M", 1.1, 1e4},     {"tokens_2", "130M", 2.2, 2e4},
                {"tokens_2", "350M", 6.4, 6e4},    {"tokens_2", "1B", 13.1, 1e5},
                {"tokens_3", "40K", 5.2, 4e4},     {"tokens_3", "80K", 10.5, 8e4},
                {"tokens_3", "120K", 15.7, 1.2e5}, {"tokens_3", "150K", 19.7, 1.5e5},
                {"tokens_5", "60M", 1.3, 1e4},     {"tokens_5", "130M", 2.6, 2e4},
                {"tokens_5", "350M", 7.8, 6e4},    {"tokens_5", "1B", 13.1, 1e5},
                {"tokens_5", "7B", 19.7, 1.5e5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ATTNDYN_TRY(compare(run, rows[i].group, rows[i].item, rows[i].printed,
                            rows[i].steps * (double)p->batch_tokens / 1e9,
                            0.05 + rows[i].steps * 500 / 1e9));
    return ATTNDYN_OK;
}

static enum attndyn_status averages(const struct trial *run) {
    static const struct {
        const char *method;
        double average, task[8];
    } rows[] = {{"full", 86.28, {62.24, 90.92, 91.30, 79.42, 94.57, 87.18, 92.33, 92.28}},
                {"galore 4", 85.89, {60.35, 90.73, 92.25, 79.42, 94.04, 87.00, 92.24, 91.06}},
                {"lora 4", 85.61, {61.38, 90.57, 91.07, 78.70, 92.89, 86.82, 92.18, 91.29}},
                {"galore 8", 85.94, {60.06, 90.82, 92.01, 79.78, 94.38, 87.17, 92.20, 91.11}},
                {"lora 8", 85.93, {61.83, 90.80, 91.90, 79.06, 93.46, 86.94, 92.25, 91.22}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double sum = 0;
        for (size_t k = 0; k < 8; k++) sum += rows[i].task[k];
        ATTNDYN_TRY(compare(run, "average", rows[i].method, rows[i].average, sum / 8, 2 * 0.005));
    }
    return ATTNDYN_OK;
}

/* Section 5.5 and Table 11: tokens a second of the 1B model, by layer unless said. */
static enum attndyn_status throughput(const struct trial *run) {
    const double adam8 = 1205.31, galore8 = 1019.63, galore8_whole = 1109.38;
    ATTNDYN_TRY(compare(run, "overhead", "tokens lost", 0.17, 1 - galore8 / adam8, 0.005));
    ATTNDYN_TRY(compare(run, "overhead", "time added", 0.17, adam8 / galore8 - 1, 0.005));
    return compare(run, "by_layer", "tokens gained", 0.088, galore8_whole / galore8 - 1, 0.0005);
}

/* Section 5.5: what is saved and its share give what is left, 22.0G of the 7B model. */
static enum attndyn_status left_over(const struct trial *run, const char *item, double saved,
                                     double digit, double share) {
    double rounding = 0.05 + 0.0005 * saved / (share * share) + digit * (1 / share - 1);
    return compare(run, "left", item, 22.0, saved * (1 / share - 1), rounding);
}

static enum attndyn_status shapes(const struct trial *run) {
    const struct attndyn_memory_counts small = attndyn_memory_count(&attndyn_llama_shapes[0]);
    const struct attndyn_memory_counts large = attndyn_memory_count(&attndyn_llama_shapes[4]);
    const double d = (double)attndyn_llama_shapes[3].d, r = 512;
    /* cut after a decimal, not rounded; with the embeddings, which LoRA trains, too */
    ATTNDYN_TRY(compare(run, "adaptors", "60M, r = 128", 42.7,
                        (double)(small.adapters + small.untouched) / 1e6, 0.1));
    /* of a square map: 2 d^2 moments against 2 d r, and the projector's d r */
    ATTNDYN_TRY(compare(run, "states", "1B, r = 512", 0.625, 1 - 3 * d * r / (2 * d * d), 0.0005));
    return compare(run, "gradients", "7B", 13.5, 2 * (double)large.all / 1e9, 0.05);
}

/* The same by numbers that do not enter above. Table 11 has samples a second, too; and 8-bit
 * moments take one byte less than BF16 ones, of two for each of the 7B model's parameters. */
static enum attndyn_status again(const struct trial *run) {
    const struct attndyn_memory_counts large = attndyn_memory_count(&attndyn_llama_shapes[4]);
    const double adam8 = 6.07, galore8 = 5.13, bf16 = 37.92 / 0.633,
                 total = bf16 - 2 * (double)large.all / 1e9;
    ATTNDYN_TRY(compare(run, "samples", "tokens lost", 1 - 1019.63 / 1205.31, 1 - galore8 / adam8,
                        (1 - galore8 / adam8 + 1) * 0.005 / adam8));
    return compare(run, "bytes", "share against 8-bit Adam", 24.5 / (24.5 + 22.0), 24.5 / total,
                   0.05 / total + 24.5 / (total * total) * 0.0005 * bf16 / 0.633 + 0.05 / 46.5);
}

/* What is left over where the hidden size is shared out to the heads of Table 5; of the 1B model's
 * 24, as printed, and of 32, with heads and layers exchanged. */
static enum attndyn_status shared_out(const struct trial *run) {
    static const double heads[] = {8, 12, 16, 32, 32};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        ATTNDYN_TRY(compare(run, "heads", sizes[i], 0,
                            fmod((double)attndyn_llama_shapes[i].d, heads[i]), 0.5));
    return compare(run, "heads_printed", "1B", 0, fmod((double)attndyn_llama_shapes[3].d, 24), 0.5);
}

RUN(printed_numbers) {
    ATTNDYN_TRY(totals(run));
    ATTNDYN_TRY(tokens(run, p));
    ATTNDYN_TRY(averages(run));
    ATTNDYN_TRY(throughput(run));
    ATTNDYN_TRY(left_over(run, "against BF16 Adam", 37.92, 0.005, 0.633));
    ATTNDYN_TRY(left_over(run, "against 8-bit Adam", 24.5, 0.05, 0.523));
    ATTNDYN_TRY(shapes(run));
    ATTNDYN_TRY(again(run));
    return shared_out(run);
}

/* Over a group, or the one item of it: excess, and where it is largest and least. */
struct group {
    double most, least;
    size_t count;
    struct numbers worst;
};
static struct group group_of(const struct trial *run, const char *group, const char *item) {
    struct group g = {.most = NOTHING_YET, .least = INFINITY};
    EACH_ROW (run, numbers, r) {
        if (strcmp(r->group, group) != 0 || (item && strcmp(r->item, item) != 0)) continue;
        if (r->excess >= g.most) g.most = r->excess, g.worst = *r;
        g.least = fmin(g.least, r->excess);
        g.count++;
    }
    return g;
}

static enum attndyn_status agree(const struct trial *run, struct verdict *v, const char *group) {
    struct group g = group_of(run, group, NULL);
    return verdict_at_most(v, g.most, v->bound,
                           "largest deviation over what rounding allows, of %zu number(s); %s: "
                           "printed %g, computed %.4g",
                           g.count, g.worst.item, g.worst.printed, g.worst.computed);
}

#define ROUNDED "one is off by more than the rounding of the printed numbers allows", .bound = 1

CLAIM(table_6, "PN.total-is-the-sum", OF(G_Tab6),
      "The memory totals of Table 2 are the sums of Table 6's weights and optimiser states.",
      ROUNDED) {
    return agree(run, v, "total");
}

CLAIM(tokens_3, "PN.tokens-table-3", OF(G_Tab3t),
      "The tokens seen of Table 3 are its steps times 131,072 tokens a batch.", ROUNDED) {
    return agree(run, v, "tokens_3");
}

CLAIM(tokens_5, "PN.tokens-table-5", OF(G_Tab5t),
      "The amounts of data of Table 5 are its steps times 131,072 tokens a batch.", ROUNDED) {
    return agree(run, v, "tokens_5");
}

ERRATUM(tokens_2, "E.tokens-table-2", OF(G_Tab2t),
        "Table 2 has 1.1B, 2.2B and 6.4B training tokens for its first three sizes; steps times "
        "131,072 tokens a batch are 1.3B, 2.6B and 7.9B, as Table 5 has them.",
        "each of Table {bound}'s numbers is within twice its rounding of steps times the "
        "batch, or one of Table 5's is not within its rounding",
        .bound = 2) {
    struct group two = group_of(run, "tokens_2", NULL), five = group_of(run, "tokens_5", NULL);
    return verdict_erratum(v, two.most, v->bound, five.most, 1,
                           "%s: printed %gB, steps times the batch are %.3fB, as Table 5 has it",
                           two.worst.item, two.worst.printed, two.worst.computed);
}

CLAIM(average, "PN.averages", OF(G_Tab4), "Table 4's averages are the means of its eight scores.",
      ROUNDED) {
    return agree(run, v, "average");
}

ERRATUM(overhead, "E.overhead-17", OF(G_S55t),
        "Section 5.5 has 8-bit GaLore cost 17 % of throughput; Table 11's tokens a second make it "
        "15.4 % fewer tokens or 18.2 % more time.",
        "the share of tokens lost or of time added is within twice the rounding of 17 %, or Table "
        "11 does not give the printed 8.8 % that updates of the whole model gain") {
    struct group lost = group_of(run, "overhead", "tokens lost");
    struct group added = group_of(run, "overhead", "time added");
    struct group whole = group_of(run, "by_layer", NULL);
    return verdict_erratum(v, smaller_of(lost.most, added.most), 2, whole.most, 1,
                           "1205.31 to 1019.63 tokens a second: %.1f %% fewer tokens, %.1f %% more "
                           "time; 1109.38 is %.1f %% more, as printed",
                           100 * lost.worst.computed, 100 * added.worst.computed,
                           100 * whole.worst.computed);
}

ERRATUM(share, "E.share-52", OF(G_F1),
        "Figure 1 and section 5.5 have 24.5G be 52.3 % of 8-bit Adam's memory; with the 22.0G that "
        "are left they are 52.7 %.",
        "24.5G at 52.3 % leave the printed 22.0G within twice the rounding, or 37.92G at 63.3 % "
        "of BF16 Adam's memory do not within the rounding") {
    struct group eight = group_of(run, "left", "against 8-bit Adam");
    struct group whole = group_of(run, "left", "against BF16 Adam");
    return verdict_erratum(v, eight.most, 2, whole.most, 1,
                           "24.5G at 52.3 %% leave %.2fG, 37.92G at 63.3 %% leave %.2fG, printed "
                           "are 22.0G: 24.5G are %.1f %%",
                           eight.worst.computed, whole.worst.computed, 100 * 24.5 / (24.5 + 22.0));
}

CLAIM(samples, "PN.overhead-samples", DERIVED,
      "Table 11's samples a second give the same overhead of 8-bit GaLore as its tokens a second.",
      ROUNDED) {
    return agree(run, v, "samples");
}

CLAIM(bytes, "PN.share-by-bytes", DERIVED,
      "8-bit Adam's memory is BF16 Adam's (37.92G over 63.3 %) less one byte for each of the two "
      "moments of 6.7e9 parameters; 24.5G are the same share of it as of 24.5G + 22.0G.",
      ROUNDED) {
    return agree(run, v, "bytes");
}

CLAIM(heads, "PN.heads-divide", DERIVED,
      "The 1B model's hidden size, 2048, is no multiple of the 24 heads that Table 5 has; with its "
      "heads and layers exchanged every hidden size of the table is a multiple of the number of "
      "heads.",
      "2048 is a multiple of 24, or another hidden size is not a multiple of its heads") {
    struct group all = group_of(run, "heads", NULL), printed = group_of(run, "heads_printed", NULL);
    return verdict_contrast(v, printed.worst.computed, 1, all.worst.computed, 0,
                            "2048 = 24 x 85 + %g; remainder of the hidden sizes of all %zu "
                            "models, with 32 heads for the 1B model, at most %g",
                            printed.worst.computed, all.count, all.worst.computed);
}

CLAIM(adaptors, "PN.adaptors", OF(G_C2),
      "The 42.7M low-rank parameters of the 60M model with LoRA, r = 128, are its adapters and "
      "its embeddings, head and norms.",
      ROUNDED) {
    return agree(run, v, "adaptors");
}

CLAIM(states, "PN.states", OF(G_F3),
      "62.5 % is what GaLore at rank d/4 saves of Adam's states of a d x d map, the projector "
      "counted.",
      ROUNDED) {
    return agree(run, v, "states");
}

CLAIM(gradients, "PN.gradients", OF(G_F1g),
      "13.5G are the 7B model's gradients in BF16, two bytes for each parameter.", ROUNDED) {
    return agree(run, v, "gradients");
}

static const struct check *const printed_numbers_claims[] = {
    &table_6,  &tokens_2, &tokens_3,  &tokens_5, &average, &overhead, &share,
    &adaptors, &states,   &gradients, &samples,  &heads,   &bytes,    NULL};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, worst_excess, "largest |printed - computed| over what rounding allows",            \
      LARGEST_OF(numbers, excess))                                                                 \
    X(OPTIONAL, mean_excess, "mean of that over all numbers", MEAN_OF(numbers, excess))
SCALARS(taken, TAKEN)

const struct experiment experiment_lowrank_printed_numbers = {
    .id = "lowrank/printed-numbers",
    .title = "The numbers that GaLore prints, held against each other",
    .source = "GaLore (arXiv 2403.03507v2), Tables 2 to 6 and 11, section 5.5, section C",
    .doc = "Arithmetic only: totals are held against their parts, tokens against steps, averages "
           "against their scores, shares against what is left, counts against the shapes of the "
           "models. Each difference is taken over what the rounding of all printed numbers that "
           "enter allows: an excess above 1 is more than rounding. The memory of Table 11 and of "
           "figure 1 was measured on the authors' machines and is not recomputed here.",
    .presets = (const struct preset[]){{"quick", "", "all numbers: an instant"}, {0}},
    .tables = TABLES(numbers),
    .figures =
        (const struct figure[]){
            {"printed_numbers", "lowrank/printed_numbers/printed_numbers.gp",
             "Each printed number's deviation from what others in the paper make of it, over what "
             "rounding allows. Beyond 1 (dashed): tokens of Table 2, the 17 % of section 5.5, what "
             "is left of 8-bit Adam (the 52.3 % of figure 1), the 24 heads of the 1B model."},
            {0}},
    PARTS_OF(printed_numbers, taken)};
