#include "blocks.h"

#include <stdio.h>
#include <string.h>

enum attndyn_status blocks_share(const struct trial *run, enum sharing sharing, size_t times,
                                 struct network_recipe *recipe) {
    size_t *map, blocks = recipe->layers;
    if (sharing == sharing_none) return ATTNDYN_OK;
    recipe->layers = blocks * times;
    ATTNDYN_ALLOC(run->ctx, map, recipe->layers);
    for (size_t l = 0; l < recipe->layers; l++) {
        size_t turn = l / blocks, at = l % blocks;
        map[l] = sharing == sharing_immediate                  ? l / times
                 : sharing == sharing_reverse && turn % 2 == 1 ? blocks - 1 - at
                                                               : at;
    }
    recipe->layer_map = map;
    return ATTNDYN_OK;
}

const char *const blocks_kinds[BLOCKS_KINDS] = {"embedding", "attention", "mlp", "norm", "decoder"};

static size_t kind_of(const char *name) {
    if (strstr(name, "norm")) return 3;
    for (size_t k = 0; k < BLOCKS_KINDS; k++)
        if (strstr(name, blocks_kinds[k])) return k;
    return BLOCKS_KINDS;
}

/* How often a token meets a parameter: a block, as often as the map has it. */
static size_t uses(const struct attndyn_weights *w, const char *name) {
    size_t count = 0, block = 0;
    if (sscanf(name, "layers.%zu.", &block) != 1) return 1;
    for (size_t l = 0; l < w->config.layers; l++) count += w->layer_map[l] == block;
    return count;
}

struct cost blocks_cost(const struct network *n) {
    const struct attndyn_transformer_config *c = &n->weights->config;
    struct cost s = {.weights = 0};
    size_t parameters;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(n->model, &parameters);
    for (size_t i = 0; i < parameters; i++) {
        size_t k = kind_of(p[i].name), each = attndyn_parameter_count(&p[i]);
        s.numbers[k] += each;
        s.used[k] += k == BLOCKS_EMBEDDING ? p[i].columns : each * uses(n->weights, p[i].name);
    }
    if (c->tied) s.used[BLOCKS_DECODER] = s.numbers[BLOCKS_EMBEDDING];
    double met = 0;
    for (size_t k = 0; k < BLOCKS_KINDS; k++) {
        s.weights += (double)s.numbers[k];
        if (k != BLOCKS_EMBEDDING && k != BLOCKS_DECODER) s.body += (double)s.numbers[k];
        s.bytes += 4 * (double)s.used[k];
        if (k != BLOCKS_EMBEDDING && k != 3) met += (double)s.used[k];
    }
    /* a product is two operations; scores and sums of values over the keys seen, on the mean */
    double keys = ((double)c->context + 1) / 2;
    s.flops = 2 * met + 4 * (double)(c->layers * c->heads * c->head_width) * keys;
    s.cache = 8 * (double)(c->layers * c->kv_heads * c->head_width);
    return s;
}
