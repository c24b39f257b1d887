/* Hidden units and latents of a deterministic hierarchy: JoMA's table 1, against the training step
 * and beside networks that were never trained. */
#include "hierarchy.h"

#include "experiments/frame/contract/check.h"
#include "sim/base/random.h"
#include "sim/num/optim/optimizer.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    {"width", PARAM_INT, "64", 1, 65536, NULL, NULL, "d, the residual stream (paper: 1024)"},
    {"hidden", PARAM_INT, "400", 1, 65536, NULL, NULL, "hidden units of a block (paper: 4 M)"},
    {"tokens", PARAM_INT, "100", 2, 1e6, NULL, NULL, "M, padding included"},
    {"length", PARAM_INT, "30", 1, 4096, "tokens", NULL, "T"},
    {"latents", PARAM_REALS, "10,20,20", 1, 1e6, NULL, NULL,
     "latents of each level, from the lowest; the last are the classes"},
    {"sets", PARAM_REALS, "2,2,2", 1, 100, NULL, NULL, "what a latent of each level consists of"},
    {"batch", PARAM_INT, "128", 1, 1e9, "samples", NULL, "draws of a minibatch"},
    {"lr", PARAM_REAL, "1e-4", 1e-12, 10, NULL, NULL,
     "Adam's rate (the paper's table; its README has 1e-5)"},
    {"weight_decay", PARAM_REAL, "1e-4", 0, 10, NULL, NULL, "added to the gradient, times w"},
    {"steps", PARAM_INT, "10000", 1, 1e9, "minibatches", NULL, "training"},
    {"seeds", PARAM_INT, "3", 1, 1000, NULL, NULL, "hierarchies and networks"},
    {"controls", PARAM_INT, "10", 1, 1000, NULL, NULL,
     "networks that are never trained, for each hierarchy"},
    {"density", PARAM_REAL, "1.25", 1.001, 100, NULL, NULL,
     "ratio of successive steps at which is measured"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "the first"},
    {0}};

static const struct preset presets[] = {
    {"quick", "hidden=200 lr=1e-3 steps=250 density=1.6",
     "d = 64, half the units, ten times the rate"},
    {"d256", "width=256", "d = 256, 10,000 steps: some three minutes for a seed"},
    {"paper", "width=1024 seeds=5", "the authors' sizes: hours"},
    {"paper-latents", "width=1024 seeds=5 latents=20,30,20",
     "the table's other corners: more latents"},
    {"paper-sets", "width=1024 seeds=5 sets=3,3,3", "sets of three"},
    {"paper-triples", "width=1024 seeds=5 sets=3,3,3 latents=20,30,20", "both"},
    {"paper-readme", "width=1024 seeds=5 lr=1e-5", "the rate of the authors' README"},
    {0}};

static const struct column course_columns[] = {
    {"seed", COLUMN_INT, NULL, "", false},
    {"step", COLUMN_INT, "minibatches", "updates made", false},
    {"level", COLUMN_INT, NULL, "0: pairs of tokens; matched with the block of that number", false},
    {"centred", COLUMN_REAL, NULL,
     "mean over the level's latents of the best unit's correlation, "
     "means removed",
     false},
    {"centred_used", COLUMN_REAL, NULL, "the same over the latents that a class uses", false},
    {"plain", COLUMN_REAL, NULL, "the same, means not removed", false},
    {"plain_used", COLUMN_REAL, NULL, "over the latents that a class uses", false},
    {"loss", COLUMN_REAL, "nats", "over all classes", false},
    {0}};
static const struct column average_columns[] = {
    {"step", COLUMN_INT, "minibatches", "updates made", false},
    {"level", COLUMN_INT, NULL, "", false},
    {"centred", COLUMN_REAL, NULL, "mean over the seeds", false},
    {"centred_sd", COLUMN_REAL, NULL, "sample standard deviation", true},
    {"plain", COLUMN_REAL, NULL, "mean over the seeds", false},
    {"plain_sd", COLUMN_REAL, NULL, "sample standard deviation", true},
    {"loss", COLUMN_REAL, "nats", "mean over the seeds", false},
    {0}};
static const struct column control_columns[] = {
    {"seed", COLUMN_INT, NULL, "of the hierarchy", false},
    {"control", COLUMN_INT, NULL, "number of the untrained network", false},
    {"level", COLUMN_INT, NULL, "", false},
    {"centred", COLUMN_REAL, NULL, "as in course", false},
    {"centred_used", COLUMN_REAL, NULL, "", false},
    {"plain", COLUMN_REAL, NULL, "", false},
    {"plain_used", COLUMN_REAL, NULL, "", false},
    {0}};
static const struct column table_columns[] = {
    {"level", COLUMN_INT, NULL, "", false},
    {"measure", COLUMN_TEXT, NULL, "centred, centred_used, plain, plain_used", false},
    {"start", COLUMN_REAL, NULL, "at initialisation, mean over seeds", false},
    {"start_sd", COLUMN_REAL, NULL, "over seeds", true},
    {"end", COLUMN_REAL, NULL, "trained, mean over seeds", false},
    {"end_sd", COLUMN_REAL, NULL, "over seeds", true},
    {"control", COLUMN_REAL, NULL, "untrained networks of other seeds, mean", false},
    {"control_sd", COLUMN_REAL, NULL, "over seeds and networks", true},
    {"peak", COLUMN_REAL, NULL, "largest mean over seeds of any step", false},
    {"peak_step", COLUMN_INT, "minibatches", "when", false},
    {"gain", COLUMN_REAL, NULL, "end - start, mean over seeds", false},
    {"gain_error", COLUMN_REAL, NULL, "its standard error over seeds", true},
    {0}};
static const struct column units_columns[] = {
    {"state", COLUMN_TEXT, NULL, "start or end, first seed", false},
    {"level", COLUMN_INT, NULL, "", false},
    {"latent", COLUMN_INT, NULL, "row: used latents, numbered anew", false},
    {"of", COLUMN_INT, NULL, "column: the unit that is the best one for this latent", false},
    {"unit", COLUMN_INT, NULL, "its number in the block", false},
    {"correlation", COLUMN_REAL, NULL, "of row's latent and column's unit, means removed", false},
    {0}};
static const struct column blocks_columns[] = {
    {"seed", COLUMN_INT, NULL, "", false},
    {"state", COLUMN_TEXT, NULL, "start or end", false},
    {"level", COLUMN_INT, NULL, "of the latents", false},
    {"block", COLUMN_INT, NULL, "of the units", false},
    {"centred", COLUMN_REAL, NULL, "as in course", false},
    {"plain", COLUMN_REAL, NULL, "as in course", false},
    {0}};
static const struct table tables[] = {
    {"course", "every seed against the step", course_columns},
    {"average", "over the seeds", average_columns},
    {"control", "networks that were never trained", control_columns},
    {"table1", "start, end and control of every level", table_columns},
    {"blocks", "every level in every block", blocks_columns},
    {"units", "every latent against the best units of all", units_columns},
    {0}};

static const struct scalar scalars[] = {
    {"loss_start", "nats", "mean over seeds, all classes", false},
    {"loss_end", "nats", "mean over seeds", false},
    {"uniform_loss", "nats", "ln C", false},
    {"floor", "nats", "mean over seeds of the least loss: some classes have the same tokens",
     false},
    {"gain_0", NULL, "level 0: correlation at the end minus at the start, means removed", false},
    {"gain_1", NULL, "level 1", true},
    {"gain_2", NULL, "level 2", true},
    {"parameters", NULL, "of the network", false},
    {0}};

static const struct figure figures[] = {
    {"hierarchy", "lm/hierarchy/hierarchy.gp",
     "Correlation of the latents with their best hidden units (means removed, mean over the "
     "latents "
     "of a level, over seeds with its standard deviation) against the step; dashed: untrained "
     "networks of other seeds. An untrained network already scores high: read the rise, not the "
     "height."},
    {"hierarchy_units", "lm/hierarchy/hierarchy_units.gp",
     "First seed: correlation of every used latent (row) with the unit that is best for each "
     "latent "
     "(column), at the start (above) and at the end (below), level by level. A bright diagonal on "
     "dark ground (0 and below): units that speak for one latent."},
    {0}};

static enum attndyn_status plan(struct attndyn_context *ctx, const struct params *p,
                                struct hierarchy_survey *s) {
    long steps = param_int(p, "steps");
    double density = param_real(p, "density");
    size_t count;
    (void)param_reals(p, "latents", &s->levels);
    s->seeds = (size_t)param_int(p, "seeds");
    s->controls = (size_t)param_int(p, "controls");
    s->records = 1;
    for (long t = 0; t < steps; s->records++) t = (long)fmax((double)t + 1, density * (double)t);
    count = s->records * s->seeds;
    ATTNDYN_ALLOC(ctx, s->step, s->records);
    ATTNDYN_ALLOC(ctx, s->score, count * s->levels);
    ATTNDYN_ALLOC(ctx, s->loss, count);
    ATTNDYN_ALLOC(ctx, s->control, s->seeds * s->controls * s->levels);
    for (size_t r = 1; r < s->records; r++) {
        s->step[r] = (long)fmax((double)s->step[r - 1] + 1, density * (double)s->step[r - 1]);
        if (s->step[r] > steps) s->step[r] = steps;
    }
    return ATTNDYN_OK;
}

/* What the trainings so far have left behind, for a checkpoint. */
static enum attndyn_status name_arrays(struct attndyn_context *ctx, struct hierarchy_survey *s,
                                       struct training *training) {
    const size_t scores = sizeof *s->score / sizeof(double), networks = s->seeds * s->controls;
    const struct attndyn_checkpoint_array arrays[] = {
        {"score", &s->score->centred, s->seeds * s->records * s->levels * scores},
        {"loss", s->loss, s->seeds * s->records},
        {"control", &s->control->centred, networks * s->levels * scores},
        {"floor", &s->floor, 1}};
    struct attndyn_checkpoint_array *all;
    ATTNDYN_ALLOC(ctx, all, sizeof arrays / sizeof *arrays);
    memcpy(all, arrays, sizeof arrays);
    training->arrays = all;
    training->n_arrays = sizeof arrays / sizeof *arrays;
    return ATTNDYN_OK;
}

/* One seed's network, its training at hand. */
struct pupil {
    struct hierarchy_study study;
    struct attndyn_optimizer *adam;
    uint64_t seed, stream, t;
};

/* Before the first step: the untrained networks, the start. */
static enum attndyn_status prepare(struct attndyn_context *ctx, const struct params *p,
                                   struct hierarchy_survey *s, struct training *training,
                                   struct pupil *x) {
    struct hierarchy_study *h = &x->study;
    const size_t index = (size_t)training->number;
    size_t count;
    ATTNDYN_TRY(hierarchy_prepare(ctx, p, x->seed, h));
    s->floor += h->data.floor / (double)s->seeds;
    /* The controls first: the network's memory serves them, too. */
    for (size_t c = 0; c < s->controls && !training->held; c++) {
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        ATTNDYN_TRY(attndyn_transformer_initialise(
            ctx, h->model, attndyn_random_derive(x->seed, "lm/hierarchy control", c)));
        (void)hierarchy_measure(h, s->control + (index * s->controls + c) * s->levels);
    }
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, h->model,
                                               attndyn_random_derive(x->seed, "lm/hierarchy", 0)));
    x->stream = attndyn_random_derive(x->seed, "lm/hierarchy batches", 0);
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAM,
                                                      .decay = param_real(p, "weight_decay")};
    struct attndyn_parameter *w = attndyn_transformer_parameters(h->model, &count);
    ATTNDYN_TRY(attndyn_optimizer_create(ctx, &options, w, count, &x->adam));
    if (index == 0 && !training->held)
        ATTNDYN_TRY(hierarchy_emit_units(ctx, h, "start", training->results));
    training->model = h->model;
    training->optimizer = x->adam;
    training->counters[0] = (struct attndyn_checkpoint_counter){"minibatches", &x->t};
    training->counters[1] = (struct attndyn_checkpoint_counter){"batches", &x->stream};
    training->n_counters = 2;
    training->step = &x->t;
    return training_take(ctx, training);
}

static enum attndyn_status step(struct attndyn_context *ctx, const struct params *p,
                                struct pupil *x, struct training *training) {
    struct attndyn_batch batch = attndyn_latent_hierarchy_draw(
        &x->study.data, (size_t)param_int(p, "batch"), &x->stream, x->study.weights);
    double loss = attndyn_transformer_gradient(x->study.model, &batch, x->t);
    if (!isfinite(loss))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "the loss is %g at minibatch %llu: lower lr",
                            loss, (unsigned long long)x->t);
    (void)attndyn_optimizer_step(x->adam, param_real(p, "lr"));
    x->t++;
    return training_stepped(ctx, training, attndyn_check_interrupt(ctx));
}

static enum attndyn_status train(struct attndyn_context *ctx, const struct params *p,
                                 struct hierarchy_survey *s, struct training *training) {
    const size_t index = (size_t)training->number;
    struct pupil *x;
    ATTNDYN_ALLOC(ctx, x, 1); /* outlives this call: an interrupted training is saved later */
    x->seed = (uint64_t)param_int(p, "seed") + index;
    ATTNDYN_TRY(prepare(ctx, p, s, training, x));
    size_t r = 0;
    while ((uint64_t)s->step[r] < x->t) r++; /* taken up: looked at before */
    for (; r < s->records; r++) {
        while (x->t < (uint64_t)s->step[r]) ATTNDYN_TRY(step(ctx, p, x, training));
        s->loss[index * s->records + r] =
            hierarchy_measure(&x->study, s->score + (index * s->records + r) * s->levels);
        if (r == 0 || r + 1 == s->records)
            ATTNDYN_TRY(hierarchy_emit_blocks(ctx, &x->study, x->seed, r == 0 ? "start" : "end",
                                              training->results));
    }
    if (index > 0) return ATTNDYN_OK;
    size_t count, numbers = 0;
    struct attndyn_parameter *w = attndyn_transformer_parameters(x->study.model, &count);
    for (size_t i = 0; i < count; i++) numbers += attndyn_parameter_count(&w[i]);
    ATTNDYN_TRY(results_scalar(ctx, training->results, "parameters", (double)numbers));
    ATTNDYN_TRY(
        results_scalar(ctx, training->results, "uniform_loss", log((double)x->study.data.classes)));
    return hierarchy_emit_units(ctx, &x->study, "end", training->results);
}

static enum attndyn_status train_all(struct attndyn_context *ctx, const struct params *p,
                                     struct hierarchy_survey *s, struct training *training) {
    for (; training->number <= training->last; training->number++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        training->step = NULL;
        ATTNDYN_TRY(train(ctx, p, s, training));
        training->step = NULL;
        attndyn_memory_release(ctx, mark);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct hierarchy_survey s = {0};
    ATTNDYN_TRY(plan(ctx, p, &s));
    struct training training = {.results = results,
                                .last = s.seeds - 1,
                                .steps = (uint64_t)param_int(p, "steps"),
                                .what = "minibatches",
                                .each = 1};
    ATTNDYN_TRY(name_arrays(ctx, &s, &training));
    ATTNDYN_TRY(training_open(ctx, &training));
    ATTNDYN_TRY(training_end(ctx, &training, train_all(ctx, p, &s, &training)));
    ATTNDYN_TRY(results_scalar(ctx, results, "floor", s.floor));
    ATTNDYN_TRY(hierarchy_emit_courses(ctx, p, &s, results));
    return hierarchy_emit_table(ctx, &s, results);
}

/* Row of table1 for a level's centred measure. */
static size_t row_of(size_t level) {
    return level * HIERARCHY_MEASURES;
}

static size_t levels_of(const struct results *results) {
    return results_rows(results, "table1") / HIERARCHY_MEASURES;
}

CHECK_FUNCTION(check_learnt) {
    (void)ctx;
    double classes = exp(results_scalar_value(results, "uniform_loss"));
    if (param_int(p, "steps") < 100) return verdict_skip(v, "fewer than 100 steps");
    double floor = results_scalar_value(results, "floor");
    return verdict_at_most(
        v, results_scalar_value(results, "loss_end") - floor, 0.1 * log(classes),
        "loss above the least there is, %.4f nats (%g classes, some alike); %.4f "
        "at the start",
        floor, classes, results_scalar_value(results, "loss_start"));
}

/* Gains of the levels above the lowest, in standard errors. */
CHECK_FUNCTION(check_rise) {
    (void)ctx;
    if (param_int(p, "seeds") < 3 || param_int(p, "steps") < 100)
        return verdict_skip(v, "needs 3 seeds and 100 steps");
    if (param_int(p, "width") < 2)
        return verdict_skip(v, "width = 1: a normalised unit alone carries nothing");
    if (levels_of(results) < 2) return verdict_skip(v, "one level alone");
    double least = INFINITY, gain = NAN, error = NAN;
    for (size_t level = 1; level < levels_of(results); level++) {
        double g = results_real(results, "table1", row_of(level), "gain");
        double e = results_real(results, "table1", row_of(level), "gain_error");
        if (g / e < least) least = g / e, gain = g, error = e;
    }
    return verdict_at_least(v, least, 3,
                            "smallest rise in standard errors over levels 1 and up: %.3f +- %.3f",
                            gain, error);
}

CHECK_FUNCTION(check_random) {
    (void)ctx;
    double control = results_real(results, "table1", 0, "control");
    double end = results_real(results, "table1", 0, "end");
    if (param_int(p, "seeds") < 2)
        return verdict_at_least(v, control / end, 0.9,
                                "level 0: untrained %.3f, trained %.3f; one seed", control, end);
    return verdict_at_least(v, control / end, 0.9,
                            "level 0: untrained %.3f (sd %.3f), trained %.3f (sd %.3f)", control,
                            results_real(results, "table1", 0, "control_sd"), end,
                            results_real(results, "table1", 0, "end_sd"));
}

CHECK_FUNCTION(check_lasts) {
    (void)ctx;
    if (param_int(p, "steps") < 100) return verdict_skip(v, "fewer than 100 steps");
    double most = 0, peak = NAN, end = NAN, step = NAN;
    for (size_t level = 1; level < levels_of(results); level++) {
        double high = results_real(results, "table1", row_of(level), "peak");
        double last = results_real(results, "table1", row_of(level), "end");
        if (high - last < most) continue;
        most = high - last, peak = high, end = last;
        step = results_real(results, "table1", row_of(level), "peak_step");
    }
    return verdict_at_most(v, most, 0.05, "largest fall: from %.3f at step %.0f to %.3f", peak,
                           step, end);
}

/* Mean over seeds of a level's score in a block, at the end. */
static double in_block(const struct results *results, long level, long block) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < results_rows(results, "blocks"); i++) {
        if (strcmp(results_text(results, "blocks", i, "state"), "end") != 0 ||
            (long)results_real(results, "blocks", i, "level") != level ||
            (long)results_real(results, "blocks", i, "block") != block)
            continue;
        sum += results_real(results, "blocks", i, "centred");
        count++;
    }
    return sum / count;
}

CHECK_FUNCTION(check_depth) {
    (void)ctx;
    const long levels = (long)levels_of(results);
    if (levels < 2 || param_int(p, "steps") < 100)
        return verdict_skip(v, "needs 2 levels and 100 steps");
    if (param_int(p, "width") < 2)
        return verdict_skip(v, "width = 1: a normalised unit alone carries nothing");
    double bottom = INFINITY, top = INFINITY;
    for (long block = 0; block < levels; block++) {
        if (block > 0) bottom = fmin(bottom, in_block(results, 0, 0) - in_block(results, 0, block));
        if (block < levels - 1)
            top = fmin(top, in_block(results, levels - 1, levels - 1) -
                                in_block(results, levels - 1, block));
    }
    return verdict_at_least(v, fmin(bottom, top), 0,
                            "lead of block 0 at level 0: %.3f; of the last block at the top level: "
                            "%.3f; level 1 in blocks 0, 1, %ld: %.3f %.3f %.3f",
                            bottom, top, levels - 1, in_block(results, 1, 0),
                            in_block(results, 1, 1), in_block(results, 1, levels - 1));
}

static const struct check *const checks[] = {
    &(const struct check){"L1.hierarchy-learnt", CHECK_CLAIM,
     "the network learns the classes: loss within a tenth of ln C of the least there is",
     "JoMA, table 1 (its setting)", "the loss stays higher", check_learnt},
    &(const struct check){"L1.hierarchy-latents", CHECK_CLAIM,
     "training raises the correlation of the latents of levels 1 and up with the best units of "
     "their blocks above the same network's start, by at least 3 standard errors over seeds",
     "JoMA, table 1", "a level's correlation stays, or its rise is within the scatter", check_rise},
    &(const struct check){"L1.hierarchy-lasts", CHECK_CLAIM,
     "what training has raised stays: at the end no level above the lowest is more than 0.05 below "
     "its best step",
     "JoMA, table 1 (scores at the end of training)",
     "the correlation falls again while the loss stays", check_lasts},
    &(const struct check){"L1.hierarchy-untrained", CHECK_CLAIM,
     "at level 0 the score is no evidence of learning: untrained networks have at least 0.9 of it",
     "derived here", "training is what makes level 0 score", check_random},
    &(const struct check){"L1.hierarchy-depth", CHECK_CLAIM,
     "after training, level 0 is best seen in block 0 and the top level in the last block",
     "JoMA, after Theorem 5 (lower layers take the lower latents)",
     "another block's units correlate better", check_depth},
    NULL};

const struct experiment experiment_lm_hierarchy = {
    .id = "lm/hierarchy",
    .title = "Hidden units and the latents of a hierarchy, in a trained transformer",
    .source = "JoMA (arXiv 2310.00535), table 1",
    .doc =
        "Data: level 0 has 10 latents, each a pair of the 99 tokens; level 1 has 20, each a pair "
        "of "
        "those of level 0; the 20 classes are pairs of those of level 1. A class unfolds to 2 to 8 "
        "tokens at the end of a padded sequence: the whole distribution is 20 fixed sequences, and "
        "a minibatch is 128 draws of them (here as weights; the padding, which is all alike, as "
        "one key that counts for all of it). Network: one block a level, one head, "
        "no positions, no output projection, post-norm, ReLU; the last position is decoded. Adam "
        "with the decay added to the gradient.\n\n"
        "Measure: the units of block l, each at its largest over the positions, against the 0/1 "
        "indicator of every latent of level l, over all classes (the limit of the paper's 1280 "
        "samples); for every latent the correlation with the best unit; their mean over the level. "
        "Latents that no class uses count 0 (centred_used and plain_used leave them out).\n\n"
        "Measured with d = 256 at the table's rate (preset d256): levels 1 and 2 rise to 0.63 and "
        "0.78 within 100 to 2000 minibatches and are back at 0.54 and 0.56 (untrained: 0.54 and "
        "0.59) after "
        "10,000, while the loss stays at its floor: where gradients have vanished, Adam scales the "
        "decay up to full steps, which wear the units down. With weight_decay=0 they stay. Read "
        "the "
        "course, not its last point. With d = 1024 (preset paper, one of its five seeds) it is the "
        "same: levels 1 and 2 rise to 0.68 and 0.81, at minibatches 15 and 5301, and end at 0.52 "
        "and 0.62 (untrained: 0.54 and 0.60); level 0 falls from 0.94 to 0.80. L1.hierarchy-lasts "
        "and L1.hierarchy-depth fail there, as with d = 256.\n\n"
        "The best of 400 random units on 20 sequences already correlates highly: networks that "
        "were "
        "never trained stand beside, and the network's own start.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
