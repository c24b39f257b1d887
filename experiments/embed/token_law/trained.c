/* The token law on the transformer, trained on text by minibatches, in double precision. */
#define ATTNDYN_DOUBLE
#include "token_law.h"

#include "sim/base/random.h"
#include "sim/data/text_batches.h"
#include "sim/data/text_dataset.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"

#include <string.h>

/* One layer of width V over one-hot tokens: z_ml is entry (m, l) of the key map, u_l column l of
 * the value map, and every position of a sequence is a query. */
static const struct {
    const char *form;
    bool kept, exponential, residual;
    enum attndyn_norm norm;
    enum attndyn_optimizer_kind rule;
} forms[] = {
    {"softmax l2", true, false, false, ATTNDYN_NORM_L2, ATTNDYN_OPTIMIZER_SGD},
    {"softmax rms", true, false, false, ATTNDYN_NORM_RMS, ATTNDYN_OPTIMIZER_SGD},
    {"softmax layer norm", true, false, false, ATTNDYN_NORM_LAYER, ATTNDYN_OPTIMIZER_SGD},
    {"exp + residual (JoMA)", true, true, true, ATTNDYN_NORM_NONE, ATTNDYN_OPTIMIZER_SGD},
    {"softmax without norm", false, false, false, ATTNDYN_NORM_NONE, ATTNDYN_OPTIMIZER_SGD},
    {"softmax residual inside", false, false, true, ATTNDYN_NORM_LAYER, ATTNDYN_OPTIMIZER_SGD},
    {"softmax l2 (Adam)", false, false, false, ATTNDYN_NORM_L2, ATTNDYN_OPTIMIZER_ADAM}};
enum { FORMS = sizeof forms / sizeof *forms };

static const char keys[] = "layers.0.attention.key.weight",
                  values[] = "layers.0.attention.value.weight";

/* Sums over the queries of a token's logits, and the squared length of its value; each (V). */
static void tokens_of(const struct attndyn_parameter *z, const struct attndyn_parameter *u,
                      double *sum_z, double *norm2) {
    const size_t V = z->columns;
    memset(sum_z, 0, V * sizeof *sum_z);
    memset(norm2, 0, V * sizeof *norm2);
    for (size_t m = 0; m < z->rows; m++)
        for (size_t l = 0; l < V; l++) sum_z[l] += z->value[m * V + l];
    for (size_t k = 0; k < u->rows; k++)
        for (size_t l = 0; l < V; l++) norm2[l] += u->value[k * V + l] * u->value[k * V + l];
}

static enum attndyn_status network(const struct trial *run, const struct token_law *p, size_t form,
                                   size_t V, struct attndyn_transformer **model) {
    struct attndyn_transformer_config c;
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, "scansnap", &c));
    c.vocabulary = V, c.width = V, c.hidden = (size_t)p->text_hidden, c.layers = 1, c.heads = 1;
    c.context = (size_t)p->text_length;
    c.last_only = false, c.self = true;
    c.value_projection = true;
    c.norm = forms[form].norm, c.norm_epsilon = 0;
    c.residual = forms[form].residual;
    c.attention = forms[form].exponential ? ATTNDYN_ATTENTION_EXP : ATTNDYN_ATTENTION_SOFTMAX;
    c.mlp = p->text_hidden ? ATTNDYN_MLP_GELU : ATTNDYN_MLP_NONE;
    ATTNDYN_TRY(attndyn_transformer_create(run->ctx, &c, (size_t)p->text_batch, c.context, model));
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, *model, (uint64_t)p->seed));
    /* the preset's maps start at 0, where a norm is singular */
    struct attndyn_random random;
    size_t count;
    struct attndyn_parameter *q = attndyn_transformer_parameters(*model, &count);
    ATTNDYN_TRY(
        attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                            attndyn_random_derive((uint64_t)p->seed, "token law on text", 0)));
    for (size_t i = 0; i < count; i++) {
        if (q[i].dimensions != 2 || q[i].frozen) continue;
        const double sd = strcmp(q[i].name, keys) == 0 ? 0.3 : 1 / sqrt((double)q[i].columns);
        for (size_t k = 0; k < attndyn_parameter_count(&q[i]); k++)
            q[i].value[k] = sd * attndyn_random_normal(&random);
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

static enum attndyn_status descend(const struct trial *run, const struct token_law *p, size_t form,
                                   const struct attndyn_text_dataset *data) {
    const size_t V = attndyn_tokenizer_size(&data->tokenizer);
    const bool adam = forms[form].rule == ATTNDYN_OPTIMIZER_ADAM;
    struct attndyn_transformer *model;
    ATTNDYN_TRY(network(run, p, form, V, &model));
    size_t count;
    struct attndyn_parameter *all = attndyn_transformer_parameters(model, &count),
                             *z = attndyn_transformer_parameter(model, keys),
                             *u = attndyn_transformer_parameter(model, values);
    const struct attndyn_optimizer_group groups[] = {
        {"*", p->eta_w, 0}, {keys, p->eta_z, 0}, {values, p->eta_u, 0}};
    const struct attndyn_optimizer_options options = {
        .kind = forms[form].rule, .groups = groups, .n_groups = 3};
    struct attndyn_optimizer *optimizer;
    struct attndyn_text_batches batches;
    uint64_t state = attndyn_random_derive((uint64_t)p->seed, "token law on text", 1);
    double *before, *start, *z0, *u0, *zt, *ut, *squares, first = 0, loss = 0;
    ATTNDYN_TRY(attndyn_optimizer_create(run->ctx, &options, all, count, &optimizer));
    ATTNDYN_TRY(attndyn_text_batches_create(run->ctx, &data->tokens[ATTNDYN_TRAIN], V,
                                            (size_t)p->text_batch, (size_t)p->text_length,
                                            "the text", &batches));
    double **const rows[] = {&start, &z0, &u0, &zt, &ut, &squares};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) ATTNDYN_ALLOC(run->ctx, *rows[i], V);
    ATTNDYN_ALLOC(run->ctx, before, V * V);
    tokens_of(z, u, z0, u0);
    const long steps = p->text_steps, looks = 20;
    for (long step = 1; step <= steps; step++) {
        const struct attndyn_batch batch = attndyn_text_batches_window(&batches, &state);
        memcpy(before, u->value, V * V * sizeof *before);
        loss = attndyn_transformer_gradient(model, &batch, (uint64_t)step - 1);
        if (step == 1) first = loss;
        if (!isfinite(loss) ||
            !isfinite(attndyn_optimizer_step(optimizer, adam ? p->text_lr / 100 : p->text_lr)))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "%s: the loss is not finite at step %ld of the text: lower text_lr",
                                forms[form].form, step);
        for (size_t k = 0; k < V; k++)
            for (size_t l = 0; l < V; l++) {
                double move = u->value[k * V + l] - before[k * V + l];
                squares[l] += move * move / (2 * p->eta_u);
            }
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        if (step < steps && step * looks / steps == (step - 1) * looks / steps) continue;
        struct trained row = WHOLE(trained, .form = forms[form].form, .kept = forms[form].kept,
                                   .step = step, .loss = loss, .learnt = first - loss, .bought = 0,
                                   .drift = 0, .rest = 0, .squares = 0);
        tokens_of(z, u, zt, ut);
        for (size_t l = 0; l < V; l++) {
            double bought = (zt[l] - z0[l]) / p->eta_z, paid = (ut[l] - u0[l]) / (2 * p->eta_u);
            worst(&row.bought, bought);
            worst(&row.drift, bought - paid);
            worst(&row.rest, bought - paid + squares[l]);
            row.squares = fmax(row.squares, squares[l]);
        }
        ATTNDYN_TRY(EMIT_ROW(run, trained, &row));
    }
    return ATTNDYN_OK;
}

enum attndyn_status token_law_on_text(const struct trial *run, const struct token_law *p) {
    struct attndyn_text_dataset data;
    if (*p->text)
        ATTNDYN_TRY(attndyn_text_dataset_read(run->ctx, p->text, ATTNDYN_TOKENIZER_WORD,
                                              (size_t)p->text_words, &data));
    else
        ATTNDYN_TRY(attndyn_text_dataset_generate(run->ctx, 400, 9, 0.5, (uint64_t)p->seed, &data));
    attndyn_threads_allow(run->ctx, 1); /* the maps are too small to share */
    for (size_t form = 0; form < FORMS; form++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(descend(run, p, form, &data));
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "trainings on text", (double)form + 1, FORMS);
    }
    return ATTNDYN_OK;
}
