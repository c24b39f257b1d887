#include "llama2c.h"

#include <string.h>

enum { NUMBERS = 7, HEADER_0 = 28, HEADER_1 = 256, SHARED_AT = 36 };
static const uint32_t magic = 0x616b3432; /* "ak42" */

struct header {
    size_t dim, hidden, layers, heads, kv_heads, vocabulary, context;
    bool tied;
};

struct reader {
    struct attndyn_context *ctx;
    const char *origin;
    const unsigned char *at;
    struct attndyn_store *store;
};

static int32_t number_at(const unsigned char *bytes) {
    uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                    (uint32_t)bytes[3] << 24;
    int32_t number;
    memcpy(&number, &word, sizeof number);
    return number;
}

/* The seven numbers; version 0 says by a negative vocabulary that the head is its own. */
static enum attndyn_status read_header(struct attndyn_context *ctx, const unsigned char *bytes,
                                       const char *origin, struct header *h) {
    int32_t n[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) n[i] = number_at(bytes + 4 * i);
    h->tied = n[5] > 0;
    if (n[5] < 0 && n[5] > -INT32_MAX) n[5] = -n[5];
    for (int i = 0; i < NUMBERS; i++)
        if (n[i] < 1 || n[i] > 1 << 26)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: its header says %d where llama2.c's files have a size: is it "
                                "a file of llama2.c?",
                                origin, n[i]);
    *h = (struct header){(size_t)n[0], (size_t)n[1], (size_t)n[2], (size_t)n[3],
                         (size_t)n[4], (size_t)n[5], (size_t)n[6], h->tied};
    return ATTNDYN_OK;
}

/* How many numbers come after the header: exact in double, whatever a hostile header says. */
static double expected(const struct header *h, bool version_0) {
    double d = (double)h->dim, a = d / (double)h->heads, kv = a * (double)h->kv_heads;
    double layer = 2 * d + d * d + 2 * kv * d + d * d + 3 * d * (double)h->hidden;
    double tables = version_0 ? (double)h->context * a : 0;
    return (double)h->vocabulary * d * (h->tied ? 1 : 2) + (double)h->layers * layer + d + tables;
}

/* The next `rows` x `columns` numbers (rows 0: a vector) of each layer, or of the whole. */
static enum attndyn_status take(struct reader *r, const char *name, size_t layers, size_t rows,
                                size_t columns) {
    size_t each = (rows ? rows : 1) * columns;
    for (size_t l = 0; l < (layers ? layers : 1); l++) {
        struct attndyn_tensor *t = &r->store->tensors[r->store->count].tensor;
        *t = (struct attndyn_tensor){.dtype = ATTNDYN_F32,
                                     .dimensions = rows ? 2 : 1,
                                     .shape = {rows ? rows : columns, rows ? columns : 0},
                                     .data = r->at};
        t->name = layers ? attndyn_format(r->ctx, "layers.%zu.%s", l, name)
                         : attndyn_strdup(r->ctx, name);
        if (!t->name) return ATTNDYN_NO_MEMORY;
        r->store->tensors[r->store->count].full = t->name;
        r->store->tensors[r->store->count++].origin = r->origin;
        r->at += 4 * each;
    }
    return ATTNDYN_OK;
}

/* The order of the tensors in the file. */
static enum attndyn_status read_tensors(struct reader *r, const struct header *h, bool version_0) {
    size_t d = h->dim, L = h->layers, f = h->hidden, kv = d / h->heads * h->kv_heads;
    const struct {
        const char *name;
        size_t layers, rows, columns;
    } order_0[] = {{"embedding.weight", 0, h->vocabulary, d},
                   {"norm1.weight", L, 0, d},
                   {"attention.query.weight", L, d, d},
                   {"attention.key.weight", L, kv, d},
                   {"attention.value.weight", L, kv, d},
                   {"attention.output.weight", L, d, d},
                   {"norm2.weight", L, 0, d},
                   {"mlp.gate.weight", L, f, d},
                   {"mlp.down.weight", L, d, f},
                   {"mlp.up.weight", L, f, d},
                   {"norm.weight", 0, 0, d}};
    /* in version 1 the norms come first */
    static const size_t order_1[] = {1, 6, 10, 0, 2, 3, 4, 5, 7, 8, 9};
    for (size_t i = 0; i < sizeof order_1 / sizeof *order_1; i++) {
        size_t k = version_0 ? i : order_1[i];
        ATTNDYN_TRY(
            take(r, order_0[k].name, order_0[k].layers, order_0[k].rows, order_0[k].columns));
    }
    if (version_0) r->at += 4 * h->context * (d / h->heads); /* tables of RoPE: computed anew */
    return h->tied ? ATTNDYN_OK : take(r, "decoder.weight", 0, h->vocabulary, d);
}

/* The preset is llama2.c's network; its rotation and its numbers are here. */
static enum attndyn_status config_of(struct attndyn_context *ctx, const struct header *h,
                                     struct attndyn_transformer_config *c) {
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "llama", c));
    c->vocabulary = h->vocabulary, c->context = h->context, c->layers = h->layers;
    c->width = h->dim, c->heads = h->heads, c->kv_heads = h->kv_heads, c->hidden = h->hidden;
    c->position = ATTNDYN_POSITION_ROPE_INTERLEAVED;
    c->tied = h->tied;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_llama2c_parse(struct attndyn_context *ctx, const void *bytes,
                                          size_t length, const char *origin,
                                          struct attndyn_store *store,
                                          struct attndyn_transformer_config *config) {
    const unsigned char *at = bytes;
    struct header h = {0};
    *store = (struct attndyn_store){0};
    bool version_0 = length < 4 || (uint32_t)number_at(at) != magic;
    size_t header = version_0 ? HEADER_0 : HEADER_1;
    if (length < header)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: %zu bytes are no file of llama2.c, whose header alone has %zu",
                            origin, length, header);
    if (!version_0 && number_at(at + 4) != 1)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: version %d of llama2.c's format, expected 0 or 1 (2 is "
                            "quantised): export it anew with --version 1",
                            origin, number_at(at + 4));
    ATTNDYN_TRY(read_header(ctx, at + (version_0 ? 0 : 8), origin, &h));
    if (!version_0) h.tied = at[SHARED_AT] != 0;
    ATTNDYN_TRY(config_of(ctx, &h, config));
    enum attndyn_status status = attndyn_transformer_config_resolve(ctx, config);
    if (status) return attndyn_fail_while(ctx, ATTNDYN_NO_INPUT, "%s", origin);
    double numbers = expected(&h, version_0);
    if ((double)(length - header) != 4 * numbers)
        return attndyn_fail(
            ctx, ATTNDYN_NO_INPUT,
            "%s: its header speaks of %.0f bytes, the file has %zu: half a file, or "
            "none of llama2.c's",
            origin, (double)header + 4 * numbers, length);
    struct reader r = {.ctx = ctx, .origin = origin, .at = at + header, .store = store};
    ATTNDYN_ALLOC(ctx, store->tensors, 9 * h.layers + 3);
    ATTNDYN_ALLOC(ctx, store->files, 1);
    store->files[store->n_files++] = (struct attndyn_store_file){bytes, length};
    ATTNDYN_TRY(read_tensors(&r, &h, version_0));
    return attndyn_store_strip(ctx, store, "");
}
