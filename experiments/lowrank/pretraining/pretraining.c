#include "pretraining.h"

#include "experiments/shared/paired.h"

#include <string.h>

#define PARAMETERS pretraining

enum { WINDOW = 20 };

/* The training at hand, and what is saved of it. */
struct state {
    const struct pretraining *p;
    struct pupil pupil;
    double window[WINDOW], spike;
    struct attndyn_checkpoint_array arrays[2];
    /* of its number */
    size_t width, rank;
    enum way way;
    long seed;
    double rate;
};

/* Widths outside, then seeds, methods, rates. */
static void decode(struct state *s, uint64_t number) {
    const struct pretraining *p = s->p;
    s->rate = p->rates.at[number % p->rates.count];
    number /= p->rates.count;
    s->way = (enum way)(number % WAYS);
    number /= WAYS;
    s->seed = p->seed + (long)(number % (uint64_t)p->seeds);
    s->width = (size_t)p->widths.at[number / (uint64_t)p->seeds];
    s->rank = s->width / (size_t)p->share;
    if (s->rank < 1) s->rank = 1;
}

static struct network_recipe recipe_of(const struct trial *run, const struct state *s) {
    const size_t heads = s->width / (size_t)s->p->head_width;
    struct network_recipe recipe = network_recipe_common(run);
    recipe.layers = (size_t)s->p->layers, recipe.width = s->width;
    recipe.heads = recipe.kv_heads = heads ? heads : 1;
    recipe.hidden = network_gated(s->width);
    recipe.seed = (uint64_t)s->seed;
    return recipe;
}

static struct pupil_setting setting_of(const struct state *s) {
    static const enum method methods[WAYS] = {
        [FULL] = method_full,      [GALORE] = method_galore, [LOWRANK] = method_lowrank,
        [LORA] = method_lora,      [RELORA] = method_relora, [ADAM8] = method_full,
        [GALORE8] = method_galore, [ADAFACTOR] = method_full};
    const struct pretraining *p = s->p;
    const bool eight = s->way == ADAM8 || s->way == GALORE8;
    return (struct pupil_setting){.method = {.method = methods[s->way],
                                             .rank = (long)s->rank,
                                             .gap = p->gap,
                                             .min_8bit = p->min_8bit,
                                             .alpha = p->alpha,
                                             .merge = p->merge,
                                             .rewarm = p->rewarm},
                                  .optimizer = eight                 ? optimizer_adam8bit
                                               : s->way == ADAFACTOR ? optimizer_adafactor
                                                                     : optimizer_adamw,
                                  .scale = p->scale,
                                  .lr = s->rate};
}

/* After an update: how far its loss rises above those before it. */
static void updated(struct training *t) {
    struct state *s = t->with;
    const uint64_t made = t->learner->step;
    double mean = 0;
    if (made == 0 || !isfinite(t->learner->loss)) return;
    for (size_t i = 0; i < WINDOW; i++) mean += s->window[i] / WINDOW;
    if (made > WINDOW) s->spike = fmax(s->spike, t->learner->loss - mean);
    s->window[made % WINDOW] = t->learner->loss;
}

static enum attndyn_status look(struct training *t) {
    const struct state *s = t->with;
    struct learner *l = t->learner;
    const uint64_t looks = (uint64_t)s->p->looks < t->steps ? (uint64_t)s->p->looks : t->steps;
    if (l->step == 0 || l->step * looks / t->steps == (l->step - 1) * looks / t->steps)
        return ATTNDYN_OK;
    return EMIT(t->run, curves, .way = way_names[s->way], .width = (long)s->width, .seed = s->seed,
                .rate = s->rate, .step = (long)l->step, .loss = learner_mean_loss(l));
}

static enum attndyn_status record(struct training *t, bool diverged) {
    struct state *s = t->with;
    const struct pupil_bytes held = pupil_bytes(&s->pupil);
    double valid = NAN;
    if (!diverged) {
        ATTNDYN_TRY(network_validate(t->run->ctx, &s->pupil.network));
        valid = s->pupil.network.valid_loss;
    }
    return EMIT(t->run, trainings, .way = way_names[s->way], .width = (long)s->width,
                .rank = (long)s->rank, .seed = s->seed, .rate = s->rate, .valid = valid,
                .spike = s->spike, .weights = (long)held.weights, .gradients = (long)held.gradients,
                .states = (long)held.states);
}

static enum attndyn_status one(struct training *t) {
    struct state *s = t->with;
    decode(s, t->number);
    const struct network_recipe recipe = recipe_of(t->run, s);
    const struct pupil_setting setting = setting_of(s);
    if (!training_held(t)) {
        memset(s->window, 0, sizeof s->window);
        s->spike = 0;
    }
    ATTNDYN_TRY(pupil_open(t->run, &recipe, &setting, &s->pupil));
    pupil_train(&s->pupil, t);
    enum attndyn_status status = training_go(t);
    const bool diverged =
        status == ATTNDYN_RUN_FAILED &&
        !(isfinite(s->pupil.learner.loss) && isfinite(s->pupil.learner.norm)); /* a result, too */
    if (!status || diverged) status = record(t, diverged);
    pupil_close(&s->pupil);
    return status;
}

/* Mean over seeds of one method, size and rate; NaN: one diverged. */
static double mean_of(const struct trial *run, const char *way, long width, double rate,
                      double *deviation, struct trainings *last, double *spike) {
    double sum = 0, square = 0, n = 0;
    *spike = 0;
    EACH_ROW (run, trainings, r) {
        if (strcmp(r->way, way) != 0 || r->width != width || r->rate != rate) continue;
        sum += r->valid;
        square += r->valid * r->valid;
        n++;
        *spike = fmax(*spike, r->spike);
        *last = *r;
    }
    *deviation = n > 1 ? sqrt(fmax(0, square / n - sum / n * sum / n) * n / (n - 1)) : NAN;
    return sum / n;
}

static enum attndyn_status choose(const struct trial *run, const struct pretraining *p,
                                  long *edges) {
    for (size_t w = 0; w < p->widths.count; w++)
        for (int way = 0; way < WAYS; way++) {
            const long width = (long)(size_t)p->widths.at[w];
            struct best best = {.way = way_names[way],
                                .width = width,
                                .rate = NAN,
                                .valid = NAN,
                                .deviation = NAN,
                                .spike = NAN};
            double highest = -HUGE_VAL;
            struct trainings last = {0};
            for (size_t k = 0; k < p->rates.count; k++) {
                double deviation, spike;
                double mean =
                    mean_of(run, way_names[way], width, p->rates.at[k], &deviation, &last, &spike);
                highest = isnan(mean) ? mean : isnan(highest) ? highest : fmax(highest, mean);
                if (isnan(mean) || mean >= best.valid) continue;
                best.rate = p->rates.at[k];
                best.valid = mean;
                best.deviation = deviation;
                best.spike = spike;
                best.edge = k == 0 || k + 1 == p->rates.count;
            }
            *edges += best.edge;
            ATTNDYN_TRY(EMIT(run, best, .way = best.way, .width = best.width, .rate = best.rate,
                             .valid = best.valid, .deviation = best.deviation, .edge = best.edge,
                             .range = highest - best.valid, .spike = best.spike,
                             .weights = last.weights, .gradients = last.gradients,
                             .states = last.states));
        }
    return ATTNDYN_OK;
}

static double best_rate(const struct trial *run, const char *way, long width) {
    EACH_ROW (run, best, r)
        if (strcmp(r->way, way) == 0 && r->width == width) return r->rate;
    return NAN;
}

/* Start and minibatches of a seed are the same for both: the differences are taken seed by seed. */
static enum attndyn_status compare(const struct trial *run, const char *way, const char *than,
                                   long width) {
    const double rate = best_rate(run, way, width), other = best_rate(run, than, width);
    struct sample behind = {0};
    EACH_ROW (run, trainings, a) {
        if (strcmp(a->way, way) != 0 || a->width != width || a->rate != rate) continue;
        EACH_ROW (run, trainings, b) {
            if (strcmp(b->way, than) != 0 || b->width != width || b->rate != other) continue;
            if (b->seed != a->seed) continue;
            sample_add(&behind, a->valid - b->valid);
        }
    }
    const struct paired mean = sample_mean(&behind);
    return EMIT(run, apart, .way = way, .than = than, .width = width, .behind = mean.mean,
                .error = mean.error);
}

static enum attndyn_status compare_all(const struct trial *run, const struct pretraining *p) {
    static const enum way than[] = {FULL, GALORE, ADAM8};
    for (size_t w = 0; w < p->widths.count; w++)
        for (size_t k = 0; k < sizeof than / sizeof *than; k++)
            for (int way = 0; way < WAYS; way++) {
                const bool asked = than[k] == FULL     ? way != FULL
                                   : than[k] == GALORE ? way != FULL && way != GALORE &&
                                                             way != ADAM8 && way != ADAFACTOR
                                                       : way == GALORE8;
                if (!asked) continue;
                ATTNDYN_TRY(compare(run, way_names[way], way_names[than[k]],
                                    (long)(size_t)p->widths.at[w]));
            }
    return ATTNDYN_OK;
}

RUN(pretraining) {
    struct state s = {.p = p};
    long edges = 0, diverged = 0;
    if (p->widths.count == 0 || p->rates.count == 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "widths and rates: expected one or more each");
    for (size_t w = 0; w < p->widths.count; w++)
        if (fmod(p->widths.at[w], (double)p->head_width) != 0)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "widths has %g: expected multiples of head_width = %ld",
                                p->widths.at[w], p->head_width);
    s.arrays[0] = (struct attndyn_checkpoint_array){"window", s.window, WINDOW};
    s.arrays[1] = (struct attndyn_checkpoint_array){"spike", &s.spike, 1};
    const uint64_t count = p->widths.count * (uint64_t)p->seeds * WAYS * p->rates.count;
    struct training training = {.run = run,
                                .last = count - 1,
                                .with = &s,
                                .look = look,
                                .updated = updated,
                                .arrays = s.arrays,
                                .n_arrays = 2};
    ATTNDYN_TRY(training_run(&training, one));
    ATTNDYN_TRY(pretraining_emit_printed(run));
    ATTNDYN_TRY(choose(run, p, &edges));
    ATTNDYN_TRY(compare_all(run, p));
    EACH_ROW (run, trainings, r) diverged += isnan(r->valid);
    return SET(run, found, .trainings = (double)count, .diverged = (double)diverged,
               .edges = (double)edges);
}

const struct experiment experiment_lowrank_pretraining = {
    .id = "lowrank/pretraining",
    .title = "Full rank, GaLore, W = B A, LoRA, ReLoRA, 8 bits and Adafactor over sizes and rates",
    .source = "GaLore (arXiv 2403.03507v2), Tables 2 and 3, figure 3",
    .doc =
        "The talk's table at a scale that this machine trains. Small networks of LLaMA's kind are "
        "trained on bytes by full Adam, GaLore, with maps W = B A, by LoRA, ReLoRA, Adam and "
        "GaLore with moments in 8 bits, and Adafactor (with a first moment). The largest learning "
        "rate of each method is the best of one grid, by the validation loss on the mean over the "
        "seeds; start and minibatches of a seed are the same for all methods. All have the two "
        "groups of rates that GaLore has (maps at scale x lr, all else at lr). The two methods "
        "with moments in 8 bits are shown as loss curves beside their 32-bit twins; the bytes "
        "that each method holds are counted. A verdict 'not seen at this scale' means that the "
        "difference is within the bound here, and says nothing of 60M to 7B parameters; 'not "
        "decided', that two standard errors over the seeds, which are paired, reach across the "
        "bound. text=PATH trains on your text.",
    .presets =
        (const struct preset[]){
            {"quick",
             "widths=32 rates=1e-2,3e-2 seeds=1 lines=2000 updates=40 merge=15 rewarm=5 looks=8 "
             "layers=1",
             "sixteen trainings of 40 updates: seconds; the bytes are judged, the losses not"},
            {"short", "seeds=4",
             "d = 32 and 64, two layers, four seeds, six rates, 384 trainings: some ten minutes"},
            {"paper",
             "widths=128,256 layers=4 length=128 batch=32 updates=5000 gap=200 seeds=3 merge=1000 "
             "rewarm=100 lines=200000 head_width=32 rates=2.5e-3,5e-3,1e-2,2e-2,4e-2",
             "d = 128 and 256, four layers, 20 million bytes a training, 240 trainings: some "
             "150 hours of one core; --resume goes on; text=PATH"},
            {0}},
    .tables = TABLES(trainings, best, apart, curves, printed),
    .figures =
        (const struct figure[]){
            {"table", "lowrank/pretraining/table.gp",
             "The talk's table at this scale. (a) The validation loss at the end for each method "
             "at its best rate, by size. (b) How far that loss is above full Adam's, seeds "
             "paired. Bars: two standard errors over the seeds; the dashed line is the bound "
             "within which GaLore should be. (c) What the paper and the talk print: logarithms of "
             "perplexities over that of full Adam (7B: of 8-bit Adam), in nats a token, a token "
             "being several bytes; one seed each."},
            {"losses", "lowrank/pretraining/losses.gp",
             "Left: the validation loss at the end over the largest learning rate, at the largest "
             "size, means over seeds: each method has its own best rate, and one at an end of the "
             "grid is not tuned. Right: bytes of weights, gradients and optimiser states that "
             "each method holds at that size."},
            {"eight", "lowrank/pretraining/eight.gp",
             "GaLore and Adam with moments in 8 bits, the pair of the talk's 7B table, and their "
             "32-bit twins: training losses along the training at the largest size, each at its "
             "best rate, the first seed. Each 8-bit curve should lie on its twin's."},
            {0}},
    PARTS_OF(pretraining, found)};
