/* JoMA's Theorem 1 on trained networks: at which step from the theorem's network to a real one, and
 * by how much, the attention logits part from what the weights behind them say. */
#include "joma_real.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    TEXT_PARAMS,
    NETWORK_PARAMS("200", "200", "0.2"),
    TRAINING_PARAMS("2000", "1e-3"),
    {"lr_counts", PARAM_REAL, "0.002", 1e-12, 1e6,
     .doc = "learning rate of SGD where attention is linear or exp (sums over tokens)"},
    {"lr_sgd", PARAM_REAL, "0.1", 1e-12, 1e6, .doc = "of SGD where it is softmax; lr is Adam's"},
    {"start", PARAM_REAL, "0.1", 1e-6, 10,
     .doc = "standard deviation of the start before the rung `maps`, PyTorch's from there on"},
    {"query", PARAM_TEXT, "the", .doc = "the query of the rungs with one query: a frequent word"},
    {"probe", PARAM_INT, "10", 1, 100000,
     .doc = "minibatches over which mean attention and vectors are taken"},
    {"keys", PARAM_INT, "50", 3, 100000, .doc = "tokens compared, the most frequent of the probe"},
    {"queries", PARAM_INT, "8", 1, 1000,
     .doc = "query tokens watched one by one, the most frequent of the probe"},
    {"looks", PARAM_INT, "20", 1, 100000, .doc = "measurements over a training"},
    {0}};

static const struct preset presets[] = {
    {"quick",
     "paragraphs=1000 length=10 layers=2 width=32 hidden=32 minibatches=400 columns=20 lr=3e-3 "
     "lr_counts=0.01 lr_sgd=0.5 start=0.2 probe=6 keys=40 looks=10 dropout=0.1",
     "a generated text of 70 words, small networks: seconds"},
    {"wikitext",
     "need_data=true vocabulary=400 length=20 layers=2 hidden=128 minibatches=1500 probe=10",
     "WikiText-2 cut to its 400 most frequent words (the exact rungs need a width of the "
     "vocabulary); data=DIR"},
    {"paper", "need_data=true vocabulary=1000 length=35 layers=2 minibatches=8000 probe=20",
     "the same with 1,000 words, windows of 35 and a longer training (an hour); data=DIR"},
    {0}};

static const struct column course_columns[] = {
    {"rung", COLUMN_INT, .doc = "0 .. 13"},
    {"name", COLUMN_TEXT, .doc = "what the rung adds"},
    {"layer", COLUMN_INT, .doc = "from the lowest, 0"},
    {"minibatch", COLUMN_INT, .doc = "updates made"},
    {"nc", COLUMN_REAL, NULL, "of z and zhat's changes since the start, mean over queries watched",
     true},
    {"slope", COLUMN_REAL, NULL, "of zhat's change on z's, mean over queries", true},
    {"error", COLUMN_REAL, NULL, "|change of zhat - of z| / |of z|, mean over queries", true},
    {"nc_sum", COLUMN_REAL, NULL, "the same three of the sums over all queries", true},
    {"slope_sum", COLUMN_REAL, NULL, "", true},
    {"error_sum", COLUMN_REAL, NULL, "", true},
    {"nc_track", COLUMN_REAL, NULL, "of the sums, mean attention followed over time", true},
    {"slope_track", COLUMN_REAL, NULL, "", true},
    {"error_track", COLUMN_REAL, NULL, "", true},
    {"nc_readers", COLUMN_REAL, NULL,
     "of the sums, the decoder counted as a reader where the stream goes past the MLP", true},
    {"slope_readers", COLUMN_REAL, NULL, "", true},
    {"error_readers", COLUMN_REAL, NULL, "", true},
    {"nc_published", COLUMN_REAL, NULL,
     "of z and zhat + c themselves, as the paper's figure 2: near 1 at first whatever zhat", true},
    {"moved", COLUMN_REAL, NULL, "|change of z| per key, root mean square, of the sums", true},
    {"attention_moved", COLUMN_REAL, NULL, "total variation of mean attention since the start",
     true},
    {"loss", COLUMN_REAL, "nat", "mean training loss since the last row", true},
    {0}};
static const struct column token_columns[] = {
    {"rung", COLUMN_INT, .doc = ""},
    {"layer", COLUMN_INT, .doc = ""},
    {"token", COLUMN_TEXT, .doc = "key"},
    {"dz", COLUMN_REAL, NULL, "change of z, summed over queries, mean over keys removed", false},
    {"dzhat", COLUMN_REAL, NULL, "what Theorem 1 makes of the weights' change", false},
    {0}};
static const struct column ledger_columns[] = {
    {"rung", COLUMN_INT, .doc = "the exact ones"},
    {"drift", COLUMN_REAL, NULL, "largest drift of an invariant over tokens", false},
    {"off", COLUMN_REAL, NULL, "largest difference to its discrete form, summed over the steps",
     false},
    {"moved", COLUMN_REAL, NULL, "largest change of z (linear: of z^2)", false},
    {0}};
static const struct table tables[] = {
    {"course", "z against zhat over training, every rung and layer", course_columns},
    {"tokens", "the changes at the end, token by token", token_columns},
    {"ledger", "the exact rungs: drift and its discrete form", ledger_columns},
    {0}};

static const struct scalar scalars[] = {
    {"first_broken", NULL, "the lowest rung whose error (sums, lowest layer) exceeds 1/2; 14: none",
     false},
    {"nc_exact", NULL, "smallest NC of the exact rungs", false},
    {"nc_softmax_one", NULL, "of the rung softmax-one at the end", false},
    {"nc_stream", NULL, "of the rung stream, sums, lowest layer", false},
    {"nc_wlm", NULL, "of the rung wlm, sums, lowest layer", false},
    {"error_wlm", NULL, "its error", false},
    {"slope_wlm", NULL, "its slope", false},
    {0}};

static const struct figure figures[] = {
    {"ladder", "lm/joma_real/joma_real.gp",
     "Theorem 1 of JoMA on a ladder of networks, each with one thing more than the one before. (a) "
     "Centred cosine of the change of attention logits z and of what the theorem makes of the "
     "reader's weights, at the end of training: for queries one by one and summed over them. (b) "
     "Slope of the prediction on the change: 1 where the theorem holds; the cosine does not see "
     "it. (c) Relative error: 1 is no better than predicting no change. (d) The cosine over "
     "training, lowest layer."},
    {"tokens", "lm/joma_real/joma_real_tokens.gp",
     "Prediction against change at the end, one dot for each frequent token, lowest layer; the "
     "line is Theorem 1."},
    {0}};

/* NC of z and zhat + c, c from the start: figure 2's. */
static double published_nc(const struct layer_course *c, size_t n, size_t from) {
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

static enum attndyn_status emit_look(struct attndyn_context *ctx, size_t r, struct observer *o,
                                     struct results *results) {
    double loss = text_model_mean_loss(o->t);
    for (size_t l = 0; l < o->t->layers; l++) {
        const struct layer_course *c = &o->layer[l];
        size_t n = o->keys, last = o->queries * n;
        struct agreement one = {0}, sum, track, readers;
        double moved = 0, variation = 0, q = (double)o->queries;
        for (size_t i = 0; i < o->queries; i++) {
            struct agreement a = agreement_of(n, c->z + i * n, c->z_start + i * n, c->zhat + i * n,
                                              c->zhat_start + i * n);
            one.nc += a.nc / q;
            one.slope += a.slope / q;
            one.error += a.error / q;
        }
        sum = agreement_of(n, c->z + last, c->z_start + last, c->zhat + last, c->zhat_start + last);
        track =
            agreement_of(n, c->z + last, c->z_start + last, c->track + last, c->track_start + last);
        readers = agreement_of(n, c->z + last, c->z_start + last, c->readers + last,
                               c->readers_start + last);
        double published = published_nc(c, n, last);
        for (size_t i = 0; i < n; i++)
            moved += pow(c->z[last + i] - c->z_start[last + i], 2) / (double)n;
        for (size_t s = 0; s < o->seen; s++)
            variation +=
                fabs(c->mean[o->queries * o->seen + s] - c->mean_start[o->queries * o->seen + s]) /
                2;
        bool soft = o->rung->attention == ATTNDYN_ATTENTION_SOFTMAX;
        ATTNDYN_TRY(EMIT(ctx, results, "course", I((long)r), S(o->rung->name), I((long)l),
                         I((long)o->t->step), R(one.nc), R(one.slope), R(one.error), R(sum.nc),
                         R(sum.slope), R(sum.error), R(track.nc), R(track.slope), R(track.error),
                         R(readers.nc), R(readers.slope), R(readers.error), R(published),
                         R(sqrt(moved)), R(soft ? variation : NAN), R(loss)));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_tokens(struct attndyn_context *ctx, size_t r,
                                       const struct observer *o, struct results *results) {
    for (size_t l = 0; l < o->t->layers; l++) {
        const struct layer_course *c = &o->layer[l];
        size_t n = o->keys, last = o->queries * n;
        double z = 0, zhat = 0;
        for (size_t i = last; i < last + n; i++) {
            z += (c->z[i] - c->z_start[i]) / (double)n;
            zhat += (c->zhat[i] - c->zhat_start[i]) / (double)n;
        }
        for (size_t i = 0; i < n; i++)
            ATTNDYN_TRY(EMIT(ctx, results, "tokens", I((long)r), I((long)l),
                             S(attndyn_tokenizer_name(&o->t->data.tokenizer, o->key[i])),
                             R(c->z[last + i] - c->z_start[last + i] - z),
                             R(c->zhat[last + i] - c->zhat_start[last + i] - zhat)));
    }
    return ATTNDYN_OK;
}

/* A rung's training at hand. */
struct climber {
    const struct rung *rung;
    struct text_model *t;
    struct query_windows *windows;
    struct observer observer;
    struct ledger ledger; /* the exact rungs' */
};

static enum attndyn_status prepare(struct attndyn_context *ctx, const struct params *p,
                                   struct climber *c, struct training *training) {
    const struct rung *rung = c->rung;
    struct attndyn_checkpoint_array *arrays;
    ATTNDYN_TRY(rung_prepare(ctx, p, rung, c->t));
    ATTNDYN_TRY(observer_create(ctx, rung, c->t, rung->all ? NULL : c->windows,
                                (size_t)param_int(p, "probe"), (size_t)param_int(p, "keys"),
                                (size_t)param_int(p, "queries"), &c->observer));
    size_t n = observer_arrays(&c->observer);
    ATTNDYN_ALLOC(ctx, arrays, n + LEDGER_ARRAYS);
    ATTNDYN_TRY(observer_name_arrays(ctx, &c->observer, arrays));
    if (rung->exact) {
        ATTNDYN_TRY(
            ledger_create(ctx, rung, c->t, rung->all ? UINT32_MAX : c->windows->query, &c->ledger));
        ledger_name_arrays(&c->ledger, arrays + n);
        n += LEDGER_ARRAYS;
    }
    ATTNDYN_TRY(text_training_name(ctx, c->t, arrays, n, training));
    ATTNDYN_TRY(training_take(ctx, training));
    c->observer.started = c->t->step > 0;
    if (rung->exact) ledger_take(&c->ledger);
    return ATTNDYN_OK;
}

static enum attndyn_status step(struct attndyn_context *ctx, struct climber *c,
                                struct training *training) {
    struct text_model *t = c->t;
    enum attndyn_status status;
    if (c->rung->all) {
        status = text_model_step(ctx, t);
    } else {
        struct attndyn_batch batch = query_windows_batch(c->windows, t->step);
        status = text_model_step_on(ctx, t, &batch);
    }
    if (c->rung->exact) ledger_step(&c->ledger); /* after an interrupt, too: the step was made */
    return training_stepped(ctx, training, status);
}

static enum attndyn_status climb(struct attndyn_context *ctx, const struct params *p, size_t r,
                                 struct climber *c, struct training *training) {
    struct results *results = training->results;
    struct text_model *t = c->t;
    ATTNDYN_TRY(prepare(ctx, p, c, training));
    size_t looks = (size_t)param_int(p, "looks"), next = 0;
    while (t->step > next * t->minibatches / looks) next++; /* taken up: looked at before */
    for (;;) {
        if (t->step == next * t->minibatches / looks) {
            ATTNDYN_TRY(observer_look(ctx, &c->observer));
            if (t->step) ATTNDYN_TRY(emit_look(ctx, r, &c->observer, results));
            while (t->step >= next * t->minibatches / looks) next++;
        }
        if (t->step == t->minibatches) break;
        ATTNDYN_TRY(step(ctx, c, training));
    }
    ATTNDYN_TRY(emit_tokens(ctx, r, &c->observer, results));
    if (!c->rung->exact) return ATTNDYN_OK;
    double off, drift, moved = 0;
    ledger_close(&c->ledger, &off, &drift, &moved);
    return EMIT(ctx, results, "ledger", I((long)r), R(drift), R(off), R(moved));
}

static enum attndyn_status climb_all(struct attndyn_context *ctx, const struct params *p,
                                     struct text_model *t, struct query_windows *windows,
                                     struct training *training) {
    for (; training->number < RUNGS; training->number++) {
        struct climber *c;
        uint64_t mark = attndyn_memory_mark(ctx);
        ATTNDYN_ALLOC(ctx, c, 1); /* outlives this call: an interrupted training is saved later */
        c->rung = &rungs[training->number];
        c->t = t;
        c->windows = windows;
        training->step = NULL;
        ATTNDYN_TRY(climb(ctx, p, (size_t)training->number, c, training));
        training->step = NULL;
        attndyn_memory_release(ctx, mark);
    }
    return ATTNDYN_OK;
}

/* The last row of a rung's layer. */
static size_t last_row(const struct results *r, long rung, long layer) {
    size_t found = 0;
    for (size_t i = 0; i < results_rows(r, "course"); i++)
        if ((long)results_real(r, "course", i, "rung") == rung &&
            (long)results_real(r, "course", i, "layer") == layer)
            found = i;
    return found;
}
double joma_real_last(const struct results *r, const char *rung, long layer, const char *column) {
    long index = 0;
    while (index < RUNGS && strcmp(rungs[index].name, rung) != 0) index++;
    return results_real(r, "course", last_row(r, index, layer), column);
}

static enum attndyn_status sum_up(struct attndyn_context *ctx, struct results *results) {
    double broken = RUNGS, exact = 1;
    for (long r = RUNGS - 1; r >= 0; r--) {
        double error = joma_real_last(results, rungs[r].name, 0, "error_sum");
        if (!(error <= 0.5)) broken = (double)r;
        if (rungs[r].exact)
            exact = fmin(exact, joma_real_last(results, rungs[r].name, 0, "nc_sum"));
    }
    const struct {
        const char *name;
        double value;
    } values[] = {{"first_broken", broken},
                  {"nc_exact", exact},
                  {"nc_softmax_one", joma_real_last(results, "softmax-one", 0, "nc_sum")},
                  {"nc_stream", joma_real_last(results, "stream", 0, "nc_sum")},
                  {"nc_wlm", joma_real_last(results, "wlm", 0, "nc_sum")},
                  {"error_wlm", joma_real_last(results, "wlm", 0, "error_sum")},
                  {"slope_wlm", joma_real_last(results, "wlm", 0, "slope_sum")}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        ATTNDYN_TRY(results_scalar(ctx, results, values[i].name, values[i].value));
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct text_model t;
    struct query_windows windows;
    uint32_t query;
    bool skipped;
    if (param_int(p, "heads") != 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "heads=%ld: Theorem 1 speaks of one attention; leave it at 1",
                            param_int(p, "heads"));
    ATTNDYN_TRY(text_model_data(ctx, p, results, &t, &skipped));
    if (skipped) return ATTNDYN_OK;
    if (!attndyn_tokenizer_find(&t.data.tokenizer, param_text(p, "query"), &query))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "query=%s: the text does not have this word",
                            param_text(p, "query"));
    ATTNDYN_TRY(query_windows_create(ctx, &t.data.tokens[ATTNDYN_TRAIN], query,
                                     param_text(p, "query"), (size_t)param_int(p, "columns"),
                                     (size_t)param_int(p, "length"), (uint64_t)param_int(p, "seed"),
                                     &windows));
    struct training training = {.results = results, .last = RUNGS - 1};
    ATTNDYN_TRY(training_open(ctx, &training));
    ATTNDYN_TRY(training_end(ctx, &training, climb_all(ctx, p, &t, &windows, &training)));
    return sum_up(ctx, results);
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
        "lm/joma-real takes the theorem's relation from a little task to text in larger steps.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = joma_real_checks,
    .run = run,
};
