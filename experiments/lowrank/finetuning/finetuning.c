#include "finetuning.h"

#include "sim/base/hash.h"
#include "sim/data/grammar.h"

#include <ctype.h>
#include <string.h>

/* Another grammar: longer sentences, more commons, and entirely other words, with every letter
 * shifted by 13 places. */
static enum attndyn_status other_grammar(const struct trial *run, const struct finetuning *p,
                                         const struct subject *s, struct attndyn_tokens *tokens) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_grammar_generate(run->ctx, (size_t)p->lines, 9, 0.6, 7, &text, &length));
    for (size_t i = 0; i < length; i++)
        if (islower((unsigned char)text[i])) text[i] = (char)('a' + (text[i] - 'a' + 13) % 26);
    return attndyn_codec_encode(run->ctx, s->codec, text, length, ATTNDYN_BOS_FALSE, tokens);
}

static enum attndyn_status read(const struct trial *run, const struct finetuning *p,
                                struct subject *s, struct material *m) {
    *m = (struct material){.subject = s};
    ATTNDYN_TRY(subject_open(run, *p->ids == '\0', s));
    if (*p->text || *p->ids || s->model)
        ATTNDYN_TRY(subject_text(run, s, 0, &m->text));
    else
        ATTNDYN_TRY(other_grammar(run, p, s, &m->text));
    if (!s->model) ATTNDYN_TRY(subject_other_text(run, s, "", 20000, &m->source));
    const size_t length = m->text.length, context = s->weights->config.context;
    m->train = length / 10 * 8, m->valid = length / 10 * 9;
    if ((size_t)p->length > context)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "length = %ld: expected at most the network's context, %zu", p->length,
                            context);
    if (length / 10 < 2 * (size_t)p->length)
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "the text has %zu tokens: a tenth of it must hold two sequences of %ld; "
            "take a longer text or a smaller length",
            length, p->length);
    for (size_t i = 0; i < length; i++)
        if (m->text.id[i] >= s->weights->config.vocabulary)
            return attndyn_fail(run->ctx, ATTNDYN_NO_INPUT,
                                "token %zu of the text is %u: the network has %zu", i,
                                (unsigned)m->text.id[i], s->weights->config.vocabulary);
    return ATTNDYN_OK;
}

/* The rate with the least mean validation loss, and its losses. */
static enum attndyn_status choose(const struct trial *run, const struct finetuning *p, int method,
                                  const struct adapted *results) {
    const size_t rates = p->rates.count, seeds = (size_t)p->seeds;
    struct chosen best = BLANK(chosen);
    best.method = finetuning_methods[method];
    double least = INFINITY, n = (double)seeds;
    for (size_t i = 0; i < rates; i++) {
        const struct adapted *of = results + i * seeds;
        double valid = 0, test = 0, square = 0, start = 0, after = 0;
        for (size_t s = 0; s < seeds; s++) {
            valid += of[s].valid / n, test += of[s].test / n, start += of[s].start / n;
            after += of[s].after / n;
        }
        for (size_t s = 0; s < seeds; s++) square += pow(of[s].test - test, 2);
        if (!(valid < least)) continue;
        least = valid;
        best.rate = p->rates.at[i], best.start = start, best.test = test;
        best.error = seeds > 1 ? sqrt(square / (n - 1) / n) : NAN;
        best.trained = (long)of->trained, best.expected = (long)of->expected;
        best.states = (long)of->states;
        best.before = method == SCRATCH ? NAN : of->before;
        best.after = method == SCRATCH ? NAN : after;
    }
    if (isinf(least))
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "%s: no rate of the grid ends finite",
                            finetuning_methods[method]);
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < rates; i++)
        low = fmin(low, p->rates.at[i]), high = fmax(high, p->rates.at[i]);
    best.edge = best.rate == low || best.rate == high;
    return EMIT_ROW(run, chosen, &best);
}

/* Of both texts. */
static uint64_t fingerprint(const struct material *m) {
    uint64_t hash = attndyn_hash_start;
    for (size_t i = 0; i < m->text.length; i++) hash = attndyn_hash_word(hash, m->text.id[i]);
    for (size_t i = 0; i < m->source.length; i++) hash = attndyn_hash_word(hash, m->source.id[i]);
    return hash;
}

RUN(finetuning) {
    struct subject subject;
    struct material m;
    struct adapting s = {.p = p, .material = &m};
    const size_t each = p->rates.count * (size_t)p->seeds,
                 methods = p->scratch ? METHODS : METHODS - 1;
    if (each == 0) return attndyn_fail(run->ctx, ATTNDYN_USAGE, "rates needs at least one value");
    ATTNDYN_TRY(read(run, p, &subject, &m));
    ATTNDYN_ALLOC(run->ctx, s.result, methods * each);
    s.arrays[0] = (struct attndyn_checkpoint_array){
        "results", &s.result->start, methods * each * sizeof *s.result / sizeof(double)};
    struct training training = {.run = run,
                                .last = methods * each - 1,
                                .what = "updates",
                                .each = 1,
                                .with = &s,
                                .data = fingerprint(&m),
                                .arrays = s.arrays,
                                .n_arrays = 1};
    ATTNDYN_TRY(training_run(&training, finetuning_adapt));
    for (size_t method = 0; method < methods; method++)
        ATTNDYN_TRY(choose(run, p, (int)method, s.result + method * each));
    return ATTNDYN_OK;
}

static const struct figure figures[] = {
    {"finetuning", "lowrank/finetuning/finetuning.gp",
     "(a) Test loss of every method over the learning rates of the grid, a point for each seed. "
     "(b) Test loss of each at its best rate (bars: one standard error over seeds), and the loss "
     "on the text that the network learnt first, before and after: what rises there was "
     "forgotten. (c) How many numbers each method moves."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, valid, "validation loss, mean over all trials", MEAN_OF(trials, valid))            \
    X(OPTIONAL, test, "test loss at the chosen rates, mean over methods", MEAN_OF(chosen, test))   \
    X(OPTIONAL, test_last, "test loss of the last method at its chosen rate", LAST_OF(chosen, test))
SCALARS(taken, TAKEN)

const struct experiment experiment_lowrank_finetuning = {
    .id = "lowrank/finetuning",
    .title = "Fine-tuning: full, GaLore, LoRA, DoRA, the last layer",
    .source = "GaLore (arXiv 2403.03507), section 5.4, Table 4",
    .doc =
        "A network that has learnt one text learns another: by full Adam, by Adam in GaLore's "
        "subspaces (embedding and norms by plain Adam), through LoRA or DoRA (all but the "
        "adapters frozen, as published; lora-all: all else moves), or in the last layer alone. "
        "Every method is tuned on one grid of learning rates, by the loss on the last tenth but "
        "one of the text; the test loss is that on the last tenth, over seeds that have the same "
        "minibatches for all methods. In all of them the rate warms up over a tenth of the "
        "updates and falls along a cosine to a tenth, gradients are clipped at 1, maps and "
        "factors move at scale x rate and all else at rate. The control is the same network from "
        "a drawn start.\n"
        "Without model= a small network of bytes, which learnt the generated grammar, is adapted "
        "to another grammar: longer sentences, more common words, every letter 13 places on. With "
        "a trained network and a text of one's own: model=stories260K.bin text=shakespeare.txt.",
    .presets =
        (const struct preset[]){
            {"quick", "", "the small network, seven methods, four rates, two seeds: seconds"},
            {"short", "updates=300 seeds=3 lines=5000 windows=128",
             "three seeds, four rates, 300 updates: some minutes"},
            {"paper",
             "updates=3000 seeds=3 rates=0.001,0.004,0.016,0.064,0.256 rank=8 batch=32 length=64 "
             "windows=256 lines=50000",
             "five rates, 3000 updates; --resume goes on with a broken run; with "
             "model=stories260K.bin text=PATH length=256 some twenty hours"},
            {0}},
    .tables = TABLES(trials, chosen),
    .figures = figures,
    PARTS_OF(finetuning, taken)};
