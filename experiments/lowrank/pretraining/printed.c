/* GaLore (arXiv 2403.03507v2), Tables 2 and 3, which the talk shows: pre-training on C4. */
#include "pretraining.h"

enum { SIZES = 4 };
static const char *const sizes[SIZES] = {"60M", "130M", "350M", "1B"};

static const struct {
    enum way way;
    double perplexity[SIZES], memory[SIZES];
} table_2[] = {{FULL, {34.06, 25.08, 18.80, 15.56}, {0.36, 0.76, 2.06, 7.80}},
               {GALORE, {34.88, 25.36, 18.95, 15.64}, {0.24, 0.52, 1.22, 4.38}},
               {LOWRANK, {78.18, 45.51, 37.41, 142.53}, {0.26, 0.54, 1.08, 3.57}},
               {LORA, {34.99, 33.92, 25.58, 19.21}, {0.36, 0.80, 1.76, 6.17}},
               {RELORA, {37.04, 29.37, 29.08, 18.33}, {0.36, 0.80, 1.76, 6.17}}};

/* After 150,000 steps. */
static const struct {
    enum way way;
    double perplexity, memory;
} table_3[] = {{ADAM8, 14.61, 26}, {GALORE8, 14.65, 18}};

enum attndyn_status pretraining_emit_printed(const struct trial *run) {
    for (size_t i = 0; i < sizeof table_2 / sizeof *table_2; i++)
        for (size_t k = 0; k < SIZES; k++)
            ATTNDYN_TRY(EMIT(run, printed, .way = way_names[table_2[i].way], .size = sizes[k],
                             .than = way_names[FULL], .perplexity = table_2[i].perplexity[k],
                             .behind = log(table_2[i].perplexity[k] / table_2[0].perplexity[k]),
                             .memory = table_2[i].memory[k]));
    for (size_t i = 0; i < sizeof table_3 / sizeof *table_3; i++)
        ATTNDYN_TRY(EMIT(run, printed, .way = way_names[table_3[i].way], .size = "7B",
                         .than = way_names[ADAM8], .perplexity = table_3[i].perplexity,
                         .behind = log(table_3[i].perplexity / table_3[0].perplexity),
                         .memory = table_3[i].memory));
    return ATTNDYN_OK;
}
