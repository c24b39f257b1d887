#include "hierarchy.h"

#include "experiments/shared/training.h"
#include "sim/base/random.h"
#include "tables.h"

/* All seeds, and the network of the one at hand. */
struct school {
    const struct hierarchy *p;
    struct hierarchy_survey survey;
    struct attndyn_checkpoint_array arrays[4]; /* of the survey */
    struct hierarchy_study study;
    struct learner learner;
    struct looks looks;
    uint64_t seed, stream; /* of the network; of its batches */
};

static enum attndyn_status plan(const struct trial *run, const struct hierarchy *p,
                                struct school *x) {
    struct hierarchy_survey *s = &x->survey;
    s->levels = p->latents.count;
    s->seeds = (size_t)p->seeds;
    s->controls = (size_t)p->controls;
    ATTNDYN_TRY(looks_spread(run, (uint64_t)p->steps, p->density, &s->looks));
    const size_t looks = s->looks.count * s->seeds, networks = s->seeds * s->controls;
    const size_t numbers = sizeof *s->score / sizeof(double);
    ATTNDYN_ALLOC(run->ctx, s->score, looks * s->levels);
    ATTNDYN_ALLOC(run->ctx, s->loss, looks);
    ATTNDYN_ALLOC(run->ctx, s->control, networks * s->levels);
    x->arrays[0] =
        (struct attndyn_checkpoint_array){"score", &s->score->centred, looks * s->levels * numbers};
    x->arrays[1] = (struct attndyn_checkpoint_array){"seed_loss", s->loss, looks};
    x->arrays[2] = (struct attndyn_checkpoint_array){"control", &s->control->centred,
                                                     networks * s->levels * numbers};
    x->arrays[3] = (struct attndyn_checkpoint_array){"floor", &s->floor, 1};
    return ATTNDYN_OK;
}

static struct attndyn_batch draw(struct training *training) {
    struct school *x = training->with;
    return attndyn_latent_hierarchy_draw(&x->study.data, (size_t)x->p->batch, &x->stream,
                                         x->study.weights);
}

static enum attndyn_status look(struct training *training) {
    struct school *x = training->with;
    struct hierarchy_survey *s = &x->survey;
    if (!looks_due(&x->looks, x->learner.step)) return ATTNDYN_OK;
    const size_t r = x->looks.next - 1, row = (size_t)training->number * s->looks.count + r;
    s->loss[row] = hierarchy_measure(&x->study, s->score + row * s->levels);
    if (r > 0 && r + 1 < s->looks.count) return ATTNDYN_OK;
    return hierarchy_emit_blocks(training->run, &x->study, x->seed, r == 0 ? "start" : "end");
}

/* A network as a training begins with it. Of the ways of training only W = B A has another start
 * than the network's own. */
static enum attndyn_status untrained(const struct trial *run, struct attndyn_transformer *model,
                                     uint64_t seed) {
    const struct method_settings method = method_settings_read(run->params);
    struct learner l = {.model = model};
    uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, model, seed));
    if (method.method == method_lowrank) ATTNDYN_TRY(method_adapt(run->ctx, &method, seed, &l));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

/* Before the first step: the untrained networks, the start. */
static enum attndyn_status prepare(struct training *training) {
    const struct trial *run = training->run;
    struct school *x = training->with;
    struct hierarchy_survey *s = &x->survey;
    struct hierarchy_study *h = &x->study;
    const size_t index = (size_t)training->number;
    x->seed = (uint64_t)x->p->seed + index;
    ATTNDYN_TRY(hierarchy_prepare(run->ctx, x->p, x->seed, h));
    s->floor += h->data.floor / (double)s->seeds;
    /* The controls first: the network's memory serves them, too. */
    for (size_t c = 0; c < s->controls && !training_held(training); c++) {
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        ATTNDYN_TRY(
            untrained(run, h->model, attndyn_random_derive(x->seed, "lm/hierarchy control", c)));
        (void)hierarchy_measure(h, s->control + (index * s->controls + c) * s->levels);
    }
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, h->model,
                                               attndyn_random_derive(x->seed, "lm/hierarchy", 0)));
    x->stream = attndyn_random_derive(x->seed, "lm/hierarchy batches", 0);
    x->learner = (struct learner){.model = h->model, .lr = x->p->lr, .rate = "lr"};
    return descent_optimise(run, 0, NULL, x->seed, &x->learner);
}

static enum attndyn_status train(struct training *training) {
    const struct trial *run = training->run;
    struct school *x = training->with;
    ATTNDYN_TRY(prepare(training));
    if (training->number == 0 && !training_held(training))
        ATTNDYN_TRY(hierarchy_emit_units(run, &x->study, "start"));
    x->looks = x->survey.looks;
    training->learner = &x->learner;
    training->counters[0] = (struct attndyn_checkpoint_counter){"batches", &x->stream};
    training->n_counters = 1;
    ATTNDYN_TRY(training_go(training));
    if (training->number > 0) return ATTNDYN_OK;
    size_t count, numbers = 0;
    struct attndyn_parameter *w = attndyn_transformer_parameters(x->study.model, &count);
    for (size_t i = 0; i < count; i++) numbers += attndyn_parameter_count(&w[i]);
    ATTNDYN_TRY(SCALAR(run, summary, parameters, (double)numbers));
    ATTNDYN_TRY(SCALAR(run, summary, uniform_loss, log((double)x->study.data.classes)));
    return hierarchy_emit_units(run, &x->study, "end");
}

RUN(hierarchy) {
    struct school x = {.p = p};
    struct training training = {.run = run,
                                .last = (uint64_t)p->seeds - 1,
                                .steps = (uint64_t)p->steps,
                                .what = "minibatches",
                                .each = 1,
                                .with = &x,
                                .batch = draw,
                                .look = look,
                                .arrays = x.arrays,
                                .n_arrays = 4};
    ATTNDYN_TRY(plan(run, p, &x));
    ATTNDYN_TRY(training_run(&training, train));
    ATTNDYN_TRY(SCALAR(run, summary, floor, x.survey.floor));
    ATTNDYN_TRY(hierarchy_emit_courses(run, p->seed, &x.survey));
    return hierarchy_emit_table(run, &x.survey);
}

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
        "and 0.62 (untrained: 0.54 and 0.60); level 0 falls from 0.94 to 0.80. L1.hierarchy-latents "
        "and L1.hierarchy-depth, which speak of the end, fail there, as with d = 256.\n\n"
        "The best of 400 random units on 20 sequences already correlates highly: networks that "
        "were "
        "never trained stand beside, and the network's own start.",
    .presets =
        (const struct preset[]){
            {"quick", "hidden=200 lr=1e-3 steps=250 density=1.6",
             "d = 64, half the units, ten times the rate"},
            {"d256", "width=256", "d = 256, 10,000 steps: some three minutes for a seed"},
            {"paper", "width=1024 seeds=5", "the authors' sizes: hours"},
            {"paper-latents", "width=1024 seeds=5 latents=20,30,20",
             "the table's other corners: more latents"},
            {"paper-sets", "width=1024 seeds=5 sets=3,3,3", "sets of three"},
            {"paper-triples", "width=1024 seeds=5 sets=3,3,3 latents=20,30,20", "both"},
            {"paper-readme", "width=1024 seeds=5 lr=1e-5", "the rate of the authors' README"},
            {0}},
    .tables = TABLES(course, average, control, table1, blocks, units),
    .figures =
        (const struct figure[]){
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
            {0}},
    PARTS_OF(hierarchy, summary)};
