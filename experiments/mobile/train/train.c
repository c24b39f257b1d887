#include "train.h"

#include <string.h>

/* The block of each depth. */
static enum attndyn_status share(const struct trial *run, const struct train *p,
                                 struct network_recipe *recipe) {
    size_t *map, blocks = (size_t)p->layers, times = (size_t)p->times;
    if (p->sharing == sharing_none) return ATTNDYN_OK;
    recipe->layers = blocks * times;
    ATTNDYN_ALLOC(run->ctx, map, recipe->layers);
    for (size_t l = 0; l < recipe->layers; l++) {
        size_t turn = l / blocks, at = l % blocks;
        map[l] = p->sharing == sharing_immediate                  ? l / times
                 : p->sharing == sharing_reverse && turn % 2 == 1 ? blocks - 1 - at
                                                                  : at;
    }
    recipe->layer_map = map;
    return ATTNDYN_OK;
}

static const char *const kinds[] = {"embedding", "attention", "mlp", "norm", "decoder"};
enum { KINDS = sizeof kinds / sizeof *kinds, EMBEDDING = 0, DECODER = 4 };

static size_t kind_of(const char *name) {
    if (strstr(name, "norm")) return 3;
    for (size_t k = 0; k < KINDS; k++)
        if (strstr(name, kinds[k])) return k;
    return KINDS;
}

/* How often a token meets a parameter: a block, as often as the map has it. */
static size_t uses(const struct attndyn_weights *w, const char *name) {
    size_t count = 0, block = 0;
    if (sscanf(name, "layers.%zu.", &block) != 1) return 1;
    for (size_t l = 0; l < w->config.layers; l++) count += w->layer_map[l] == block;
    return count;
}

static enum attndyn_status count(const struct trial *run, const struct network *n,
                                 struct summary *s) {
    const struct attndyn_transformer_config *c = &n->weights->config;
    size_t parameters, numbers[KINDS] = {0}, used[KINDS] = {0};
    const struct attndyn_parameter *p = attndyn_transformer_parameters(n->model, &parameters);
    for (size_t i = 0; i < parameters; i++) {
        size_t k = kind_of(p[i].name), each = attndyn_parameter_count(&p[i]);
        numbers[k] += each;
        used[k] += k == EMBEDDING ? p[i].columns : each * uses(n->weights, p[i].name);
    }
    if (c->tied) used[DECODER] = numbers[EMBEDDING];
    double met = 0;
    *s = (struct summary){.depth = (double)c->layers};
    for (size_t k = 0; k < KINDS; k++) {
        ATTNDYN_TRY(EMIT(run, counts, .kind = kinds[k], .numbers = (long)numbers[k],
                         .used = (long)used[k]));
        s->weights += (double)numbers[k];
        if (k != EMBEDDING && k != DECODER) s->body += (double)numbers[k];
        s->bytes += 4 * (double)used[k];
        if (k != EMBEDDING && k != 3) met += (double)used[k];
    }
    /* a product is two operations; scores and sums of values over the keys seen, on the mean */
    double keys = ((double)c->context + 1) / 2;
    s->flops = 2 * met + 4 * (double)(c->layers * c->heads * c->head_width) * keys;
    s->cache = 8 * (double)(c->layers * c->kv_heads * c->head_width);
    return ATTNDYN_OK;
}

/* Cross-entropy of the validation text under the training text's byte frequencies (add-one). */
static double byte_loss(const struct network *n) {
    double count[256], sum = 0;
    for (size_t i = 0; i < 256; i++) count[i] = 1;
    for (size_t i = 0; i < n->train_bytes; i++) count[(unsigned char)n->text[i]]++;
    for (size_t i = n->train_bytes; i < n->bytes; i++)
        sum -= log(count[(unsigned char)n->text[i]] / ((double)n->train_bytes + 256));
    return sum / (double)(n->bytes - n->train_bytes);
}

RUN(train) {
    struct network_recipe recipe = network_recipe_of(run);
    struct network network;
    struct summary s;
    if (p->kv_heads > 0) recipe.kv_heads = (size_t)p->kv_heads;
    if (p->hidden > 0) recipe.hidden = (size_t)p->hidden;
    recipe.untied = !p->tied;
    ATTNDYN_TRY(share(run, p, &recipe));
    ATTNDYN_TRY(network_obtain(run, &recipe, &network));
    for (size_t l = 0; l < network.weights->config.layers; l++)
        ATTNDYN_TRY(
            EMIT(run, depths, .depth = (long)l, .block = (long)network.weights->layer_map[l]));
    ATTNDYN_TRY(count(run, &network, &s));
    ATTNDYN_TRY(train_exact(run, &network));
    return SET(run, summary, .valid_loss = network.valid_loss, .byte_loss = byte_loss(&network),
               .depth = s.depth, .weights = s.weights, .body = s.body, .flops = s.flops,
               .bytes = s.bytes, .cache = s.cache);
}

const struct experiment experiment_mobile_train = {
    .id = "mobile/train",
    .title = "A small language model of a given shape",
    .source = "MobileLLM (arXiv 2402.14905), sections 2 and 3",
    .doc =
        "A network of LLaMA's kind (RMS norms, RoPE, SwiGLU) is trained on bytes at the shape that is "
        "asked for: width, layers, heads, key and value heads, hidden units, decoder tied or not, "
        "blocks shared. Shared blocks make the network deeper: A A B B (immediate, MobileLLM's), "
        "A B A B (repeat), A B B A (reverse). Given are the loss on the last tenth of the text, "
        "beside that of byte frequencies; the weights by kind, each once and as a token meets them; "
        "the operations of a token; the bytes that decoding reads and that it leaves in the cache. "
        "Exact, at the start of training: the gradient of a shared block is the sum over its uses, "
        "that of a tied embedding the sum of both its uses, grouped heads are those of plain "
        "attention with their keys and values repeated.",
    .params = PARAM_LIST(TRAIN),
    .presets =
        (const struct preset[]){
            {"quick", "sharing=immediate kv_heads=2",
             "a generated text, two blocks of width 32 used twice: seconds"},
            {"short", "width=64 layers=3 length=64 lines=20000 updates=1500",
             "d = 64, three layers: two minutes"},
            {"paper",
             "width=256 layers=12 heads=8 kv_heads=2 length=256 updates=20000 lines=200000",
             "d = 256, twelve layers; text=PATH: hours"},
            {0}},
    .tables = (const struct table[]){TABLE_ENTRY(counts, COUNTS, "weights by kind"),
                                     TABLE_ENTRY(depths, DEPTHS, "the block of each depth"),
                                     TABLE_ENTRY(exact, EXACT, "sharing, tying and grouping"),
                                     {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures = (const struct figure[]){{"counts", "mobile/train/train.gp",
                                        "Weights by kind: each once (left) and as a token meets "
                                        "them (right). Shared blocks are met as often as they are "
                                        "used; of the embedding a token meets one row."},
                                       {0}},
    .checks = train_claims,
    .run = RUN_OF(train)};
