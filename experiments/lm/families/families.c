/* Tiny networks of every published family, written to files, opened, and held against the family's
 * definition. */
#include "families.h"

#include "published.h"
#include "sim/model/inference/inference.h"
#include "sim/model/transformer/foreign/export.h"
#include "sim/model/transformer/foreign/model.h"

struct opening {
    const struct trial *run;
    const struct published *family;
    struct plain *network;
    uint32_t *tokens;
    size_t length, outputs, matrices;
    double *expected, *found;
};

static enum attndyn_status pass(struct opening *o, double *to) {
    const struct plain_pass nothing = {0};
    double complex *rows;
    size_t n = o->length * o->outputs;
    ATTNDYN_ALLOC(o->run->ctx, rows, n);
    ATTNDYN_TRY(plain_logits(o->run->ctx, o->network, &nothing, o->tokens, o->length, rows));
    for (size_t i = 0; i < n; i++) to[i] = creal(rows[i]);
    return ATTNDYN_OK;
}

static double apart(const struct opening *o) {
    double off = 0, largest = 0;
    for (size_t i = 0; i < o->length * o->outputs; i++) {
        worst(&off, o->found[i] - o->expected[i]);
        worst(&largest, o->expected[i]);
    }
    return off / largest;
}

/* By the engine that trains. */
static enum attndyn_status by_engine(struct opening *o, const struct attndyn_weights *weights,
                                     double *off) {
    const struct attndyn_batch batch = {.sequences = 1, .length = o->length, .tokens = o->tokens};
    struct attndyn_transformer *engine;
    attndyn_real *logits;
    if (weights->config.outputs != o->outputs)
        return attndyn_fail(o->run->ctx, ATTNDYN_RUN_FAILED, "%s: %zu outputs, expected %zu",
                            o->family->name, weights->config.outputs, o->outputs);
    ATTNDYN_ALLOC(o->run->ctx, logits, o->length * o->outputs);
    ATTNDYN_TRY(attndyn_transformer_over(o->run->ctx, weights, 1, o->length, &engine));
    attndyn_transformer_logits(engine, &batch, logits);
    for (size_t i = 0; i < o->length * o->outputs; i++) o->found[i] = (double)logits[i];
    *off = apart(o);
    return ATTNDYN_OK;
}

static enum attndyn_status take(void *user, size_t segment, size_t index,
                                const attndyn_real *logits) {
    struct opening *o = user;
    (void)segment;
    for (size_t j = 0; j < o->outputs; j++) o->found[index * o->outputs + j] = (double)logits[j];
    return ATTNDYN_OK;
}

/* By the engine that generates, `cut` tokens at a time, blocks of 4. */
static enum attndyn_status by_cache(struct opening *o, const struct attndyn_weights *weights,
                                    size_t cut, double *off) {
    const struct attndyn_inference_options options = {.capacity = o->length, .block = 4};
    struct attndyn_inference *inference;
    double *rows = o->found;
    ATTNDYN_TRY(attndyn_inference_create(o->run->ctx, weights, &options, &inference));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t i = 0; i < o->length && !status; i += cut) {
        const struct attndyn_segment segment = {0, o->tokens + i, cut, 0};
        o->found = rows + i * o->outputs;
        status = attndyn_inference_feed(o->run->ctx, inference, &segment, 1, take, o);
    }
    o->found = rows;
    ATTNDYN_TRY(status);
    *off = apart(o);
    return ATTNDYN_OK;
}

/* Written anew, in the narrowest kind, in which the numbers are exact, and opened again. */
static enum attndyn_status again(struct opening *o, const struct attndyn_weights *weights,
                                 const char *folder, double *off) {
    struct attndyn_model *model;
    ATTNDYN_TRY(
        attndyn_model_export(o->run->ctx, weights, o->family->rewrite, ATTNDYN_BF16, folder));
    ATTNDYN_TRY(attndyn_model_open(o->run->ctx, folder, &model));
    return by_engine(o, &model->weights, off);
}

static enum attndyn_status rewrite(struct opening *o, const struct attndyn_weights *weights,
                                   double *off) {
    char *folder;
    *off = NAN;
    if (!o->family->rewrite) return ATTNDYN_OK;
    ATTNDYN_TRY(families_folder(o->run->ctx, &folder));
    enum attndyn_status status = again(o, weights, folder, off);
    families_remove(o->run->ctx, folder);
    if (status || isfinite(*off)) return status;
    return attndyn_fail(o->run->ctx, ATTNDYN_RUN_FAILED, "%s: written anew, a logit is no number",
                        o->family->name);
}

static enum attndyn_status measure(struct opening *o, const char *folder) {
    const struct trial *run = o->run;
    struct opened row = {.family = o->family->name, .numbers = attndyn_dtype_name(o->family->kind)};
    struct attndyn_model *model;
    ATTNDYN_TRY(
        published_write(run->ctx, o->family, o->network, NULL, DAMAGE_NONE, folder, &o->matrices));
    char *path = published_path(run->ctx, o->family, folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_model_open(run->ctx, path, &model));
    ATTNDYN_TRY(pass(o, o->expected));
    ATTNDYN_TRY(by_engine(o, &model->weights, &row.logits));
    ATTNDYN_TRY(by_cache(o, &model->weights, 1, &row.decoded));
    ATTNDYN_TRY(by_cache(o, &model->weights, o->length, &row.prefilled));
    ATTNDYN_TRY(rewrite(o, &model->weights, &row.again));
    o->family->falsify(&o->network->config);
    ATTNDYN_TRY(pass(o, o->found));
    return EMIT(run, opened, .family = row.family, .numbers = row.numbers,
                .files = o->family->shards ? (long)o->family->shards : 1, .logits = row.logits,
                .decoded = row.decoded, .prefilled = row.prefilled, .again = row.again,
                .control = apart(o), .matrices = o->family->odd ? 0 : (long)o->matrices,
                .mapped = (long)model->mapped);
}

RUN(families) {
    for (size_t i = 0; published[i].name; i++) {
        struct opening o = {.run = run, .family = &published[i], .length = (size_t)p->tokens};
        char *folder;
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(published_draw(run->ctx, p, o.family, &o.network, &o.tokens));
        o.outputs = o.network->config.outputs;
        ATTNDYN_ALLOC(run->ctx, o.expected, o.length * o.outputs);
        ATTNDYN_ALLOC(run->ctx, o.found, o.length * o.outputs);
        ATTNDYN_TRY(families_folder(run->ctx, &folder));
        enum attndyn_status status = measure(&o, folder);
        families_remove(run->ctx, folder);
        ATTNDYN_TRY(status);
        attndyn_memory_release(run->ctx, mark);
    }
    return families_refused(run, p);
}

const struct experiment experiment_lm_families = {
    .id = "lm/families",
    .title = "Published networks' files, against the families' definitions",
    .source = "docs/pretrained.md",
    .doc = "Tiny networks with random weights, one or two of every family that can be opened, are "
           "written to files in the family's own layout (config.json, safetensors, shards with an "
           "index; llama2.c's files), opened again, and run by both engines. A forward pass in "
           "scalars, written from the family's definition, says what the logits must be. The "
           "weights are multiples of 1/64 below 2, exact in F32, F16 and BF16. Damaged files must "
           "be refused.",
    .presets = (const struct preset[]){{"quick", "", "fourteen files: tenths of a second"},
                                       {"long", "tokens=30", "a longer text"},
                                       {0}},
    .tables = TABLES(opened, refused),
    .figures =
        (const struct figure[]){
            {"families", "lm/families/families.gp",
             "Published families, file by file: logits of both engines against the definition (single "
             "precision), and how far a false reading of the file is off (crosses)."},
            {0}},
    PARTS_OF(families, summary)};
