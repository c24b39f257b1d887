#include "looked.h"

#include "sim/data/codec/codec.h"
#include "sim/model/inference/evaluate.h"
#include "sim/model/transformer/foreign/model.h"

#include <string.h>

#define SETTINGS(X) LOOKED_AT(X, )
PARAMS(looked_settings, SETTINGS)

/* ------------------------------------------------------------------ losses */

enum attndyn_status looked_evaluate(const struct trial *run, const struct looked *l,
                                    const struct attndyn_inference_hooks *hooks,
                                    struct looked_losses *losses) {
    const struct attndyn_evaluation e = {.hooks = hooks};
    size_t n = l->length - 1;
    ATTNDYN_ALLOC(run->ctx, losses->nll, l->streams * n);
    ATTNDYN_ALLOC(run->ctx, losses->mean, l->streams);
    for (size_t i = 0; i < l->streams; i++) {
        double *nll = losses->nll + i * n;
        ATTNDYN_TRY(
            attndyn_evaluate(run->ctx, l->weights, &e, looked_stream(l, i), l->length, nll, NULL));
        for (size_t t = 0; t < n; t++) losses->mean[i] += nll[t] / (double)n;
    }
    return ATTNDYN_OK;
}

double looked_mean(const struct looked *l, const struct looked_losses *losses) {
    double sum = 0;
    for (size_t i = 0; i < l->streams; i++) sum += losses->mean[i];
    return sum / (double)l->streams;
}

double looked_gap(const struct looked *l, const struct looked_losses *a,
                  const struct looked_losses *b) {
    double most = 0;
    for (size_t i = 0; i < l->streams * (l->length - 1); i++) worst(&most, a->nll[i] - b->nll[i]);
    return most;
}

struct excess looked_excess(const struct looked *l, const struct looked_losses *a,
                            const struct looked_losses *b) {
    double square = 0, n = (double)l->streams, off = looked_mean(l, a) - looked_mean(l, b);
    for (size_t i = 0; i < l->streams; i++) square += pow(a->mean[i] - b->mean[i] - off, 2);
    return (struct excess){off, sqrt(square / (n - 1) / n)};
}

/* Of the evaluated sequences those that stand in `text`, of which every `length - 1` tokens are a
 * sequence. */
static size_t found_in(const struct looked *l, const uint32_t *text, size_t sequences) {
    size_t found = 0, n = l->length - 1;
    for (size_t i = 0; i < l->streams; i++)
        for (size_t k = 0; k < sequences; k++)
            if (memcmp(looked_stream(l, i), text + k * n, n * sizeof *text) == 0) {
                found++;
                break;
            }
    return found;
}

enum attndyn_status looked_choice(const struct trial *run, const struct looked *l,
                                  const struct attndyn_sparse_options *options,
                                  struct attndyn_sparse **sparse,
                                  struct attndyn_inference_hooks *hooks, size_t *leaked) {
    ATTNDYN_TRY(attndyn_sparse_create(run->ctx, l->weights, options, sparse));
    *leaked = 0;
    if (options->choice != ATTNDYN_SPARSE_CONTEXTUAL && options->choice != ATTNDYN_SPARSE_RANDOM) {
        const uint32_t *text = l->calibration;
        *leaked = found_in(l, text, l->calibrating);
        ATTNDYN_TRY(
            attndyn_sparse_calibrate(run->ctx, *sparse, text, l->calibrating * (l->length - 1)));
    }
    return attndyn_sparse_hooks(run->ctx, *sparse, hooks);
}

/* ------------------------------------------------------------------ the networks */

enum attndyn_status looked_take(const struct trial *run, const struct network *network,
                                const char *name, size_t streams, struct looked *l) {
    const struct looked_settings p = looked_settings_read(run->params);
    size_t T = network->recipe.length;
    uint32_t *tokens, *other;
    *l = (struct looked){.name = name,
                         .weights = network->weights,
                         .streams = streams,
                         .length = T + 1,
                         .calibrating = (size_t)p.calibration,
                         .seed = network->recipe.seed};
    ATTNDYN_TRY(network_streams(run, network, l->streams, l->length, &tokens));
    /* evenly spread over the training text, BOS first as there */
    ATTNDYN_ALLOC(run->ctx, other, l->calibrating * T);
    double room = (double)(network->train_bytes - T);
    for (size_t i = 0; i < l->calibrating; i++) {
        size_t at = (size_t)(room * (double)i / (double)l->calibrating);
        for (size_t t = 0; t < T; t++)
            other[i * T + t] =
                t == 0 ? (uint32_t)NETWORK_BOS : (unsigned char)network->text[at + t - 1];
    }
    l->tokens = tokens, l->calibration = other;
    return ATTNDYN_OK;
}

static enum attndyn_status trained(const struct trial *run, size_t streams, long which, bool relu,
                                   looked_fn *look, void *user) {
    struct network_recipe recipe = network_recipe_of(run);
    struct network network;
    struct looked l;
    const char *name = relu ? "relu" : "swiglu";
    if (which > 0) name = attndyn_format(run->ctx, "%s-%ld", name, which + 1);
    if (!name) return ATTNDYN_NO_MEMORY;
    recipe.seed += (uint64_t)which;
    if (relu) { /* two maps instead of three, so a width that gives as many weights */
        recipe.mlp = ATTNDYN_MLP_RELU;
        recipe.hidden = 4 * recipe.width;
    }
    ATTNDYN_TRY(network_obtain(run, &recipe, &network));
    ATTNDYN_TRY(NOTE(run, "network %s: validation loss %.4f", name, network.valid_loss));
    ATTNDYN_TRY(looked_take(run, &network, name, streams, &l));
    return look(run, &l, user);
}

static enum attndyn_status from_disk(const struct trial *run, const struct looked_settings *p,
                                     size_t streams, looked_fn *look, void *user) {
    struct attndyn_model *model;
    struct attndyn_codec *codec;
    struct attndyn_tokens text = {0};
    struct looked l = {.name = "model",
                       .streams = streams,
                       .length = (size_t)p->length + 1,
                       .calibrating = (size_t)p->calibration,
                       .seed = (uint64_t)p->seed};
    size_t n = (size_t)p->length, parts = l.streams + l.calibrating, evaluated = 0, other = 0;
    uint32_t *tokens, *calibration;
    if (!*p->text)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "a network was named and no text: name one by text=FILE");
    ATTNDYN_TRY(attndyn_model_open(run->ctx, p->model, &model));
    ATTNDYN_TRY(*p->tokenizer ? attndyn_codec_open(run->ctx, p->tokenizer, &codec)
                              : attndyn_codec_open_beside(run->ctx, p->model, &codec));
    ATTNDYN_TRY(attndyn_codec_read(run->ctx, codec, p->text, ATTNDYN_BOS_AUTO, &text));
    l.weights = &model->weights;
    if (l.length > model->weights.config.context + 1)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "length=%ld is more than the network's context, %zu", p->length,
                            model->weights.config.context);
    if (text.length < parts * l.length)
        return attndyn_fail(run->ctx, ATTNDYN_NO_INPUT,
                            "%s: %zu tokens, expected %zu for %zu evaluated and calibration=%ld "
                            "sequences of length=%ld: take fewer, or a longer text",
                            p->text, text.length, parts * l.length, streams, p->calibration,
                            p->length);
    ATTNDYN_ALLOC(run->ctx, tokens, l.streams * l.length);
    ATTNDYN_ALLOC(run->ctx, calibration, l.calibrating * n);
    for (size_t i = 0; i < parts; i++) { /* evaluated ones evenly among the others */
        const uint32_t *from = text.id + i * l.length;
        if ((i + 1) * l.streams / parts > evaluated)
            memcpy(tokens + evaluated++ * l.length, from, l.length * sizeof *tokens);
        else
            memcpy(calibration + other++ * n, from, n * sizeof *tokens);
    }
    l.tokens = tokens, l.calibration = calibration;
    return look(run, &l, user);
}

enum attndyn_status looked_each(const struct trial *run, size_t streams, looked_fn *look,
                                void *user) {
    const struct looked_settings p = looked_settings_read(run->params);
    if (*p.model) return from_disk(run, &p, streams, look, user);
    for (long i = 0; i < p.networks; i++)
        for (int relu = 0; relu < 2; relu++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(trained(run, streams, i, relu, look, user));
            attndyn_memory_release(run->ctx, mark);
        }
    return ATTNDYN_OK;
}
