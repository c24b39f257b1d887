#include "joma_real.h"

#include "experiments/lm/shared/published.h"
#include "ledger.h"
#include "observer.h"

#include <string.h>

/* NC of z and zhat + c, c from the start: figure 2's. */
static double published_nc(const struct head_course *c, size_t n, size_t from) {
    double x_mean = 0, y_mean = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = from; i < from + n; i++) {
        x_mean += c->z[i] / (double)n;
        y_mean += (c->zhat[i] - c->zhat_start[i] + c->z_start[i]) / (double)n;
    }
    for (size_t i = from; i < from + n; i++) {
        double x = c->z[i] - x_mean;
        double y = c->zhat[i] - c->zhat_start[i] + c->z_start[i] - y_mean;
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    return xy / sqrt(xx * yy);
}

static void add(struct agreement *mean, struct agreement a, double weight) {
    mean->nc += a.nc * weight;
    mean->slope += a.slope * weight;
    mean->error += a.error * weight;
}

/* The means over a layer's heads. */
struct layer_look {
    struct agreement one, sum, track, readers;
    double published, moved, variation;
};

static struct layer_look look_at(const struct observer *o, size_t l) {
    struct layer_look look = {0};
    size_t n = o->keys, last = o->queries * n;
    double heads = (double)o->heads, q = (double)o->queries;
    for (size_t h = 0; h < o->heads; h++) {
        const struct head_course *c = &o->head[l * o->heads + h];
        double moved = 0, variation = 0;
        for (size_t i = 0; i < o->queries; i++)
            add(&look.one,
                agreement_of(n, c->z + i * n, c->z_start + i * n, c->zhat + i * n,
                             c->zhat_start + i * n),
                1 / q / heads);
        add(&look.sum,
            agreement_of(n, c->z + last, c->z_start + last, c->zhat + last, c->zhat_start + last),
            1 / heads);
        add(&look.track,
            agreement_of(n, c->z + last, c->z_start + last, c->track + last, c->track_start + last),
            1 / heads);
        add(&look.readers,
            agreement_of(n, c->z + last, c->z_start + last, c->readers + last,
                         c->readers_start + last),
            1 / heads);
        look.published += published_nc(c, n, last) / heads;
        for (size_t i = 0; i < n; i++)
            moved += pow(c->z[last + i] - c->z_start[last + i], 2) / (double)n;
        for (size_t s = 0; s < o->seen; s++)
            variation +=
                fabs(c->mean[o->queries * o->seen + s] - c->mean_start[o->queries * o->seen + s]) /
                2;
        look.moved += sqrt(moved) / heads;
        look.variation += variation / heads;
    }
    return look;
}

static enum attndyn_status emit_look(const struct trial *run, size_t r, struct observer *o) {
    const struct joma_real p = joma_real_read(run->params);
    double loss = learner_mean_loss(&o->t->learner);
    bool soft = o->rung->attention == ATTNDYN_ATTENTION_SOFTMAX, readers = o->decoder != NULL;
    for (size_t l = 0; l < o->t->layers; l++) {
        struct layer_look x = look_at(o, l);
        ATTNDYN_TRY(
            EMIT(run, course, .rung = (long)r, .name = rung_name(&p, o->rung), .layer = (long)l,
                 .minibatch = (long)o->t->learner.step, .nc = x.one.nc, .slope = x.one.slope,
                 .error = x.one.error, .nc_sum = x.sum.nc, .slope_sum = x.sum.slope,
                 .error_sum = x.sum.error, .nc_track = x.track.nc, .slope_track = x.track.slope,
                 .error_track = x.track.error, .nc_readers = readers ? x.readers.nc : NAN,
                 .slope_readers = readers ? x.readers.slope : NAN,
                 .error_readers = readers ? x.readers.error : NAN, .nc_published = x.published,
                 .moved = x.moved, .attention_moved = soft ? x.variation : NAN, .loss = loss));
    }
    return ATTNDYN_OK;
}

/* Changes of the sums over queries, their mean over keys removed; heads on the mean. */
static enum attndyn_status emit_tokens(const struct trial *run, size_t r,
                                       const struct observer *o) {
    size_t n = o->keys, last = o->queries * n;
    for (size_t l = 0; l < o->t->layers; l++) {
        const struct head_course *heads = &o->head[l * o->heads];
        double z = 0, zhat = 0, over = 1 / (double)o->heads;
        for (size_t h = 0; h < o->heads; h++)
            for (size_t i = last; i < last + n; i++) {
                z += (heads[h].z[i] - heads[h].z_start[i]) / (double)n * over;
                zhat += (heads[h].zhat[i] - heads[h].zhat_start[i]) / (double)n * over;
            }
        for (size_t i = last; i < last + n; i++) {
            double dz = 0, dzhat = 0;
            for (size_t h = 0; h < o->heads; h++) {
                dz += (heads[h].z[i] - heads[h].z_start[i]) * over;
                dzhat += (heads[h].zhat[i] - heads[h].zhat_start[i]) * over;
            }
            ATTNDYN_TRY(EMIT(run, tokens, .rung = (long)r, .layer = (long)l,
                             .token = text_model_token(run->ctx, o->t, o->key[i - last]),
                             .dz = dz - z, .dzhat = dzhat - zhat));
        }
    }
    return ATTNDYN_OK;
}

/* The ladder, and the rung at hand. */
struct climber {
    const struct joma_real *p;
    struct text_model t;
    struct query_windows windows;
    const struct rung *rung;
    struct observer observer;
    struct ledger ledger; /* the exact rungs' */
    struct looks looks;
};

static struct attndyn_batch batch(struct training *training) {
    struct climber *c = training->with;
    return c->rung->all ? text_model_batch(&c->t)
                        : query_windows_batch(&c->windows, c->t.learner.step);
}

static void updated(struct training *training) {
    struct climber *c = training->with;
    if (c->rung->exact) ledger_step(&c->ledger);
}

static void taken(struct training *training) {
    struct climber *c = training->with;
    c->observer.started = c->t.learner.step > 0;
    if (c->rung->exact) ledger_take(&c->ledger);
}

static enum attndyn_status look(struct training *training) {
    struct climber *c = training->with;
    if (!looks_due(&c->looks, c->t.learner.step)) return ATTNDYN_OK;
    observer_look(&c->observer);
    if (c->t.learner.step == 0) return ATTNDYN_OK;
    return emit_look(training->run, (size_t)training->number, &c->observer);
}

static enum attndyn_status prepare(struct training *training) {
    struct attndyn_context *ctx = training->run->ctx;
    struct climber *c = training->with;
    const struct joma_real *p = c->p;
    const struct rung *rung = c->rung;
    struct attndyn_checkpoint_array *arrays;
    ATTNDYN_TRY(rung_prepare(training->run, p, rung, &c->t));
    ATTNDYN_TRY(observer_create(ctx, rung, &c->t, rung->all ? NULL : &c->windows, (size_t)p->probe,
                                (size_t)p->keys, (size_t)p->queries, &c->observer));
    size_t n = observer_arrays(&c->observer);
    ATTNDYN_ALLOC(ctx, arrays, n + LEDGER_ARRAYS);
    ATTNDYN_TRY(observer_name_arrays(ctx, &c->observer, arrays));
    if (rung->exact) {
        ATTNDYN_TRY(
            ledger_create(ctx, rung, &c->t, rung->all ? UINT32_MAX : c->windows.query, &c->ledger));
        ledger_name_arrays(&c->ledger, arrays + n);
        n += LEDGER_ARRAYS;
    }
    text_training_describe(&c->t, training);
    training->arrays = arrays;
    training->n_arrays = n;
    training->batch = batch;
    return looks_even(training->run, training->steps, (size_t)p->looks, &c->looks);
}

static enum attndyn_status climb(struct training *training) {
    const struct trial *run = training->run;
    struct climber *c = training->with;
    c->rung = &rungs[training->number];
    ATTNDYN_TRY(prepare(training));
    ATTNDYN_TRY(training_go(training));
    ATTNDYN_TRY(emit_tokens(run, (size_t)training->number, &c->observer));
    if (!c->rung->exact) return ATTNDYN_OK;
    double off, drift, moved = 0;
    ledger_close(&c->ledger, &off, &drift, &moved);
    return EMIT(run, balance, .rung = (long)training->number, .drift = drift, .off = off,
                .moved = moved);
}

static enum attndyn_status sum_up(const struct trial *run, const struct joma_real *p) {
    double broken = RUNGS, exact = 1;
    for (long r = RUNGS - 1; r >= 0; r--) {
        struct course last = rung_last(run, rung_name(p, &rungs[r]), 0);
        if (!(last.error_sum <= 0.5)) broken = (double)r;
        if (rungs[r].exact) exact = fmin(exact, last.nc_sum);
    }
    struct course wlm = rung_last(run, "wlm", 0);
    return SET(run, summary, .first_broken = broken, .nc_exact = exact,
               .nc_softmax_one = rung_last(run, "softmax-one", 0).nc_sum,
               .nc_stream = rung_last(run, "stream", 0).nc_sum, .nc_wlm = wlm.nc_sum,
               .error_wlm = wlm.error_sum, .slope_wlm = wlm.slope_sum);
}

/* A published network's own looks, where Theorem 1 can speak of it: number 0, named `published`. */
static enum attndyn_status published_look(struct training *training) {
    struct climber *c = training->with;
    bool start = !c->observer.started;
    observer_look(&c->observer);
    return start ? ATTNDYN_OK : emit_look(training->run, 0, &c->observer);
}

static enum attndyn_status look_at_published(const struct trial *run, const struct joma_real *p,
                                             struct published *set) {
    static const struct rung published = {.name = "published",
                                          .adds = "another's training",
                                          .attention = ATTNDYN_ATTENTION_SOFTMAX,
                                          .mlp = true,
                                          .all = true,
                                          .stream = true,
                                          .deep = true,
                                          .maps = true,
                                          .norm = true,
                                          .embedding = true};
    struct climber c = {.p = p, .rung = &published};
    struct training training = {.with = &c, .look = published_look};
    if (set->count < 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "model=%s: Theorem 1 speaks of changes: name at least two checkpoints "
                            "of one training, A,B",
                            p->model);
    ATTNDYN_TRY(published_prepare(run, set, &c.t));
    ATTNDYN_TRY(
        observer_allows(run->ctx, set->path[0], attndyn_transformer_config_of(c.t.learner.model)));
    ATTNDYN_TRY(observer_create(run->ctx, &published, &c.t, NULL, (size_t)p->probe, (size_t)p->keys,
                                (size_t)p->queries, &c.observer));
    c.observer.decoder = NULL; /* it reads the stream after other norms */
    ATTNDYN_TRY(published_run(run, set, &c.t, &training));
    return emit_tokens(run, 0, &c.observer);
}

/* What would be refused, or compare nothing, many rungs later. */
static enum attndyn_status allow(const struct trial *run, const struct joma_real *p) {
    if (p->method == method_freeze)
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "method=freeze: Theorem 1 speaks of changes of the attention, and below "
            "the last layer there would be none; take another method");
    if (p->per_layer && p->clip > 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "per_layer=true: the rung `wlm` is clipped by the norm of the whole "
                            "gradient, which is never there: set clip=0, or per_layer=false");
    return ATTNDYN_OK;
}

RUN(joma_real) {
    struct climber c = {.p = p};
    struct published set;
    uint32_t query;
    bool skipped;
    ATTNDYN_TRY(published_list(run, &set));
    if (set.count > 0) return look_at_published(run, p, &set);
    if (p->heads != 1)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "heads=%ld: Theorem 1 speaks of one attention; leave it at 1",
                            p->heads);
    ATTNDYN_TRY(allow(run, p));
    ATTNDYN_TRY(text_model_data(run, &c.t, &skipped));
    if (skipped) return ATTNDYN_OK;
    if (!attndyn_tokenizer_find(&c.t.data.tokenizer, p->query, &query))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "query=%s: the text does not have this word",
                            p->query);
    ATTNDYN_TRY(query_windows_create(run->ctx, &c.t.data.tokens[ATTNDYN_TRAIN], query, p->query,
                                     (size_t)p->columns, (size_t)p->length, (uint64_t)p->seed,
                                     &c.windows));
    struct training training = {.run = run,
                                .last = RUNGS - 1,
                                .with = &c,
                                .look = look,
                                .updated = updated,
                                .taken = taken};
    ATTNDYN_TRY(training_run(&training, climb));
    return sum_up(run, p);
}

const struct experiment experiment_lm_joma_real = {
    .id = "lm/joma-real",
    .title = "Theorem 1 of JoMA on trained networks, from the theorem's own to a real one",
    .source = "JoMA (arXiv 2310.00535), Theorem 1",
    .doc =
        "Theorem 1 says that the logits z_l of attention to token l follow the weights of the "
        "units k that read it: with v_kl = w_k . u_l, u_l what a unit of attention to l adds to "
        "what they read, and S_l = sum_k v_kl^2,\n"
        "    linear: z_l^2 = S_l + c,   exp: z_l = S_l/2 + c,\n"
        "    softmax: z_l = (S_l - b_l sum_l' S_l')/2 + c, b the mean attention, constant.\n"
        "It is proved for one query, one layer whose MLP sees nothing else, fixed orthonormal "
        "embeddings, no residual stream past the MLP, no norm and plain gradient flow. The rungs "
        "add what real networks have, one thing each: one query and linear attention, read by the "
        "decoder; exp; a ReLU layer as reader; every position a query; softmax (one query, then "
        "all); a residual stream; more layers; query, value and output maps; LayerNorm; Adam; a "
        "trained embedding; the encoder of lm/wikitext-entropy with width below the vocabulary.\n"
        "In every rung and layer: z_ml = scale q_m . k_l with the layer's own query and key "
        "vectors, each the mean over the token's occurrences in the probe (exact where they "
        "depend on the token alone); u_l = W_O v_l, v_l the mean value vector, then a norm's "
        "centring and gain (not its division by the standard deviation: it goes into the slope); "
        "w_k the rows of the MLP's first layer, or of the decoder where there is no MLP. b_l is "
        "the mean attention to l over the probe's queries: at the start ('constant', the "
        "theorem), or integrated over time (track). Sums run over the tokens that the probe has; "
        "compared are the most frequent ones (without the query, which the residual adds to what "
        "is read). Compared are changes since the start, their mean over tokens removed: NC "
        "(cosine), slope and relative error, always together, for NC hides amplitude; with the "
        "constant c added, as published, NC is near 1 as long as z has hardly moved. Where "
        "several queries share the reader only the sum over queries obeys the theorem.\n"
        "lm/joma-real takes the theorem's relation from a little task to text in larger steps.\n"
        "optimizer, method and their like are those of the rungs from `adam` on, which bears the optimiser's "
        "name.\n"
        "With model=A,B (two or more checkpoints of one published training: OPT, GPT-2, GPT-Neo, BLOOM) "
        "the table course has the same figures of each layer, heads on the mean, changes counted from the "
        "first checkpoint; networks of which the theorem does not speak are refused with the reason",
    .presets =
        (const struct preset[]){
            {"quick",
             "paragraphs=1000 length=10 layers=2 width=32 hidden=32 minibatches=400 columns=20 "
             "lr=3e-3 "
             "lr_counts=0.01 lr_sgd=0.5 start=0.2 probe=6 keys=40 looks=10 dropout=0.1",
             "a generated text of 70 words, small networks: seconds"},
            {"wikitext",
             "need_text=true vocabulary=400 length=20 layers=2 hidden=128 minibatches=1500 probe=10",
             "WikiText-2 cut to its 400 most frequent words (the exact rungs need a width of the "
             "vocabulary); text=PATH"},
            {"paper", "need_text=true vocabulary=1000 length=35 layers=2 minibatches=8000 probe=20",
             "the same with 1,000 words, windows of 35 and a longer training (an hour); text=PATH"},
            {0}},
    .tables = TABLES(course, tokens, balance),
    .figures =
        (const struct figure[]){
            {"ladder", "lm/joma_real/joma_real.gp",
             "Theorem 1 of JoMA on a ladder of networks, each with one thing more than the one "
             "before. (a) "
             "Centred cosine of the change of attention logits z and of what the theorem makes of "
             "the "
             "reader's weights, at the end of training: for queries one by one and summed over "
             "them. (b) "
             "Slope of the prediction on the change: 1 where the theorem holds; the cosine does "
             "not see "
             "it. (c) Relative error: 1 is no better than predicting no change. (d) The cosine "
             "over "
             "training, lowest layer."},
            {"tokens", "lm/joma_real/joma_real_tokens.gp",
             "Prediction against change at the end, one dot for each frequent token, lowest "
             "layer; the "
             "line is Theorem 1."},
            {0}},
    PARTS_OF(joma_real, summary)};
