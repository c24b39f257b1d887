/* A network of ours in a published format: written, opened again, and compared with the
 * original. */
#include "sim/model/transformer/foreign/export.h"
#include "experiments/lm/shared/written.h"
#include "sim/base/random.h"
#include "sim/model/transformer/foreign/model.h"

#define FORM(C)                                                                                    \
    C(form_llama, "llama")                                                                         \
    C(form_gpt2, "gpt2")                                                                           \
    C(form_mistral, "mistral")                                                                     \
    C(form_opt, "opt")                                                                             \
    C(form_gpt_neox, "gpt_neox")                                                                   \
    C(form_bloom, "bloom")                                                                         \
    C(form_gpt_neo, "gpt_neo")
CHOICES(form, FORM)
#define KIND(C) C(kind_f32, "f32") C(kind_f16, "f16") C(kind_bf16, "bf16")
CHOICES(kind, KIND)

#define EXPORTED(X)                                                                                \
    X(FILE, model, "",                                                                             \
      "the network: a checkpoint of ours, a file of llama2.c, a published folder; empty: a small " \
      "one of `form`, as it is drawn")                                                             \
    X(CHOICE, form, "llama", "the family in whose form it is written")                             \
    X(CHOICE, kind, "f32", "the numbers it is written in")                                         \
    X(TEXT, to, "", "the folder to write; empty: `model` in the folder of the run")                \
    X(INT, tokens, "16", "length of the random text on which the two are compared", IN(1, 4096))   \
    X(INT, seed, "1", "of the small network and of the text")
PARAMS(exported, EXPORTED)
#define PARAMETERS exported

#define SUMMARY(X)                                                                                 \
    X(REAL, weights, "numbers, each once")                                                         \
    X(REAL, bytes, "bytes of the weights in the file")                                             \
    X(REAL, largest, "largest logit, absolute")                                                    \
    X(REAL, off, "largest difference of a logit, read back")
SCALARS(summary, SUMMARY)

static const enum attndyn_dtype dtypes[] = {ATTNDYN_F32, ATTNDYN_F16, ATTNDYN_BF16};

/* A small network of the format's preset, drawn from the seed. */
static enum attndyn_status draw(const struct trial *run, const struct exported *p,
                                const struct attndyn_weights **weights) {
    struct attndyn_transformer_config config;
    struct attndyn_transformer *network;
    bool llama = p->form == form_llama || p->form == form_mistral;
    if (!llama && p->form != form_gpt2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "form=%s: there is no small network of this form; name one by "
                            "model=PATH",
                            form_names[p->form]);
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, llama ? "llama" : "gpt2", &config));
    config.vocabulary = 61, config.context = 4096, config.width = 32, config.heads = 4;
    config.kv_heads = llama ? 2 : 4, config.layers = 2, config.hidden = 48;
    config.window = p->form == form_mistral ? 8 : 0;
    ATTNDYN_TRY(attndyn_transformer_create(run->ctx, &config, 1, 1, &network));
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, network, (uint64_t)p->seed));
    *weights = attndyn_transformer_weights(network);
    return ATTNDYN_OK;
}

static enum attndyn_status logits_of(struct attndyn_context *ctx,
                                     const struct attndyn_weights *weights,
                                     const struct attndyn_batch *batch, attndyn_real **logits) {
    struct attndyn_transformer *network;
    ATTNDYN_TRY(attndyn_transformer_over(ctx, weights, 1, batch->length, &network));
    ATTNDYN_ALLOC(ctx, *logits, batch->length * weights->config.outputs);
    attndyn_transformer_logits(network, batch, *logits);
    return ATTNDYN_OK;
}

static enum attndyn_status compare(const struct trial *run, const struct exported *p,
                                   const struct attndyn_weights *weights,
                                   const struct attndyn_model *again) {
    struct attndyn_context *ctx = run->ctx;
    const struct attndyn_transformer_config *c = &weights->config;
    size_t length = (size_t)p->tokens < c->context ? (size_t)p->tokens : c->context;
    struct attndyn_random random;
    uint32_t *tokens;
    attndyn_real *before, *after;
    double largest = 0, off = 0;
    ATTNDYN_ALLOC(ctx, tokens, length);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "export", 0)));
    for (size_t i = 0; i < length; i++)
        tokens[i] = (uint32_t)(attndyn_random_uniform(&random) * (double)c->vocabulary);
    attndyn_random_done(&random);
    struct attndyn_batch batch = {.sequences = 1, .length = length, .tokens = tokens};
    ATTNDYN_TRY(logits_of(ctx, weights, &batch, &before));
    ATTNDYN_TRY(logits_of(ctx, &again->weights, &batch, &after));
    for (size_t i = 0; i < length * c->outputs; i++) {
        worst(&largest, (double)before[i]);
        worst(&off, (double)after[i] - (double)before[i]);
    }
    return SET(run, summary, .weights = (double)again->numbers,
               .bytes = (double)attndyn_weights_bytes(&again->weights, NULL), .largest = largest,
               .off = off);
}

static enum attndyn_status write_and_compare(const struct trial *run, const struct exported *p,
                                             const struct attndyn_weights *weights,
                                             const char *folder) {
    struct attndyn_model *again;
    ATTNDYN_TRY(
        attndyn_model_export(run->ctx, weights, form_names[p->form], dtypes[p->kind], folder));
    ATTNDYN_TRY(attndyn_model_open(run->ctx, folder, &again));
    return compare(run, p, weights, again);
}

RUN(exported) {
    const struct attndyn_weights *weights = NULL;
    struct attndyn_model *model;
    static const char *const files[] = {"model.safetensors", "config.json", NULL};
    struct written to = {.files = files};
    if (*p->model) {
        ATTNDYN_TRY(attndyn_model_open(run->ctx, p->model, &model));
        weights = &model->weights;
    } else {
        ATTNDYN_TRY(draw(run, p, &weights));
    }
    ATTNDYN_TRY(written_folder(run, p->to, "model", &to));
    return written_done(run, &to, write_and_compare(run, p, weights, to.folder));
}

CLAIM(same, "LM.export-same-logits", CONTRACT,
      "A network that was written in a published form and opened again gives the same logits, to "
      "the rounding of the numbers it was written in.",
      "a logit is off by more than that") {
    struct summary s = summary_of(run);
    /* Halves have 11 bits, bfloat16 8; a logit is a sum of many such errors, and of norms. */
    const double unit[] = {1e-6, 4e-3, 3e-2};
    return verdict_at_most(v, s.off / larger_of(s.largest, 1), unit[p->kind],
                           "largest difference %.3g of logits up to %.3g", s.off, s.largest);
}

static const struct check *const exported_claims[] = {&same, NULL};

const struct experiment experiment_lm_export = {
    .id = "lm/export",
    .title = "A network of ours in a published form",
    .source = "docs/pretrained.md",
    .doc = "Writes a network as a folder that the family's own libraries read: config.json and "
           "model.safetensors. The network is a checkpoint of a training here, a file of llama2.c "
           "(its rotary pairs become LLaMA's halves), or a published folder, whose numbers may be "
           "made narrower. What the family cannot say of the network's config is refused by its "
           "name. The folder is opened again and the logits of a random text are compared.",
    .presets = (const struct preset[]){{"quick", "", "a small LLaMA: an instant"},
                                       {"gpt2", "form=gpt2", "a small GPT-2"},
                                       {0}},
    .tables = (const struct table[]){{0}},
    .figures = (const struct figure[]){{0}},
    PARTS_OF(exported, summary)};
