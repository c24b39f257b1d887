/* Published networks' files, written by hand: safetensors, shards with their index, llama2.c. */
#include "published.h"
#include "sim/base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A tensor as it stands in a file. */
struct piece {
    char name[160];
    size_t rows, columns; /* rows 0: a vector */
    double *numbers;
};
struct pieces {
    struct attndyn_context *ctx;
    const struct published *family;
    struct piece *at;
    size_t count;
};

static size_t numbers_of(const struct piece *k) {
    return (k->rows ? k->rows : 1) * k->columns;
}

/* ------------------------------------------------------------------ pieces */

/* "layers.#.norm1" of layer 3 becomes "layers.3.norm1"; then the rest, ".weight". */
static void fill(const char *pattern, size_t layer, const char *rest, size_t room, char *name) {
    const char *hash = strchr(pattern, '#');
    if (hash)
        snprintf(name, room, "%.*s%zu%s%s", (int)(hash - pattern), pattern, layer, hash + 1, rest);
    else
        snprintf(name, room, "%s%s", pattern, rest);
}

static const struct plain_tensor *part_of(const struct plain *network, const char *query,
                                          size_t part) {
    static const char *const names[] = {"query", "key", "value"};
    char name[64];
    const char *at = strstr(query, "query");
    snprintf(name, sizeof name, "%.*s%s%s", (int)(at - query), query, names[part], at + 5);
    return plain_find(network, name);
}

/* Where number (i, j) of part k of a map stands. */
static size_t index_of(enum form form, size_t rows, size_t columns, size_t a, size_t part, size_t i,
                       size_t j) {
    switch (form) {
    case FORM_COLUMNS:
        return j * rows + i;
    case FORM_SIDES:
        return j * 3 * rows + part * rows + i;
    case FORM_HEADS:
        return (i / a * 3 * a + part * a + i % a) * columns + j;
    case FORM_ROWS:
        break;
    }
    return i * columns + j;
}

static enum attndyn_status add(struct pieces *p, const struct plain *network,
                               const struct place *place, size_t layer, const char *rest) {
    struct piece *k = &p->at[p->count];
    bool fused = place->form == FORM_SIDES || place->form == FORM_HEADS, bare = false;
    size_t parts = fused ? 3 : 1;
    char ours[64], theirs[100];
    fill(place->ours, layer, rest, sizeof ours, ours);
    fill(place->theirs, layer, rest, sizeof theirs, theirs);
    const struct plain_tensor *t = plain_find(network, ours);
    if (!t) return ATTNDYN_OK;
    bare = strcmp(place->ours, "decoder") == 0;
    snprintf(k->name, sizeof k->name, "%s%s", bare ? "" : p->family->prefix, theirs);
    bool across = place->form == FORM_SIDES || place->form == FORM_COLUMNS;
    k->rows = t->rows == 0 ? 0 : across ? t->columns : parts * t->rows;
    k->columns = t->rows == 0 ? parts * t->columns : across ? parts * t->rows : t->columns;
    ATTNDYN_ALLOC(p->ctx, k->numbers, numbers_of(k));
    for (size_t part = 0; part < parts; part++) {
        const struct plain_tensor *from = fused ? part_of(network, ours, part) : t;
        size_t rows = t->rows ? t->rows : t->columns, columns = t->rows ? t->columns : 1;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++) {
                enum form form = t->rows || fused ? place->form : FORM_ROWS;
                size_t at = index_of(form, rows, columns, network->config.head_width, part, i, j);
                k->numbers[at] = creal(from->at[i * columns + j]);
            }
    }
    p->count++;
    return ATTNDYN_OK;
}

static enum attndyn_status collect(struct pieces *p, const struct plain *network,
                                   enum damage damage) {
    static const char *const ends[] = {".weight", ".bias"};
    size_t layers = network->config.layers;
    ATTNDYN_ALLOC(p->ctx, p->at, network->count + 3);
    for (const struct place *place = p->family->places; place->ours; place++)
        for (size_t l = 0; l < (strchr(place->ours, '#') ? layers : 1); l++)
            for (size_t e = 0; e < 2; e++) ATTNDYN_TRY(add(p, network, place, l, ends[e]));
    if (p->family->buffer || damage == DAMAGE_UNKNOWN) {
        struct piece *k = &p->at[p->count++];
        snprintf(k->name, sizeof k->name, "%s%s", p->family->prefix,
                 damage == DAMAGE_UNKNOWN ? "layers.0.adapter.weight" : p->family->buffer);
        k->columns = 3;
        ATTNDYN_ALLOC(p->ctx, k->numbers, 3);
    }
    if (damage == DAMAGE_MISSING) p->at[2] = p->at[--p->count];
    if (damage == DAMAGE_SHAPE) p->at[2].columns--;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ bytes */

static void little(uint64_t bits, size_t width, unsigned char *to) {
    for (size_t i = 0; i < width; i++) to[i] = (unsigned char)(bits >> 8 * i);
}

/* A number that is exact in the kind. */
static void put(double x, enum attndyn_dtype kind, unsigned char *to) {
    float single = (float)x;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    int exponent;
    double fraction = frexp(fabs(x), &exponent); /* in [1/2, 1) */
    uint64_t half = x == 0 ? 0
                           : (uint64_t)(exponent + 14) << 10 |
                                 (uint64_t)((2 * fraction - 1) * 1024) | (uint64_t)(x < 0) << 15;
    if (kind == ATTNDYN_F32) little(bits, 4, to);
    if (kind == ATTNDYN_BF16) little(bits >> 16, 2, to);
    if (kind == ATTNDYN_F16) little(half, 2, to);
}

static enum attndyn_status save(struct attndyn_context *ctx, const char *folder, const char *name,
                                const void *head, size_t head_length, const void *bytes,
                                size_t length) {
    struct attndyn_file file;
    char *path = attndyn_format(ctx, "%s/%s", folder, name);
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    if (fwrite(head, 1, head_length, file.stream) != head_length ||
        fwrite(bytes, 1, length, file.stream) != length) {
        attndyn_file_abandon(&file);
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write %s", path);
    }
    return attndyn_file_commit(ctx, &file);
}

static enum attndyn_status numbers(const struct pieces *p, size_t from, size_t to,
                                   unsigned char **bytes, size_t *length) {
    size_t width = attndyn_dtype_bytes(p->family->kind), at = 0;
    for (size_t i = from; i < to; i++) at += numbers_of(&p->at[i]) * width;
    ATTNDYN_ALLOC(p->ctx, *bytes, at + 1);
    *length = at;
    at = 0;
    for (size_t i = from; i < to; i++)
        for (size_t j = 0; j < numbers_of(&p->at[i]); j++, at += width)
            put(p->at[i].numbers[j], p->family->kind, *bytes + at);
    return ATTNDYN_OK;
}

/* One safetensors file of the pieces [from, to). */
static enum attndyn_status shard(const struct pieces *p, size_t from, size_t to, const char *folder,
                                 const char *name, bool half) {
    size_t width = attndyn_dtype_bytes(p->family->kind), at = 0, length;
    char *text = attndyn_format(p->ctx, "{\"__metadata__\":{\"format\":\"pt\"}");
    unsigned char *bytes, head[8];
    for (size_t i = from; i < to && text; i++) {
        const struct piece *k = &p->at[i];
        char rows[24] = "";
        size_t end = at + numbers_of(k) * width;
        if (k->rows) snprintf(rows, sizeof rows, "%zu,", k->rows);
        text = attndyn_format(
            p->ctx, "%s,\"%s\":{\"dtype\":\"%s\",\"shape\":[%s%zu],\"data_offsets\":[%zu,%zu]}",
            text, k->name, attndyn_dtype_name(p->family->kind), rows, k->columns, at, end);
        at = end;
    }
    if (text) text = attndyn_format(p->ctx, "%s}", text);
    /* blanks may follow: to a multiple of 16, or to an odd number */
    while (text && (8 + strlen(text)) % 16 != (p->family->odd ? 3 : 0))
        text = attndyn_format(p->ctx, "%s ", text);
    if (!text) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(numbers(p, from, to, &bytes, &length));
    little(strlen(text), 8, head);
    char *all;
    ATTNDYN_ALLOC(p->ctx, all, 8 + strlen(text) + 1);
    memcpy(all, head, 8);
    memcpy(all + 8, text, strlen(text));
    return save(p->ctx, folder, name, all, 8 + strlen(text), bytes, half ? length / 2 : length);
}

static enum attndyn_status shards(const struct pieces *p, const char *folder, enum damage damage) {
    size_t n = p->family->shards, each = (p->count + n - 1) / n;
    char *index = attndyn_format(p->ctx, "{\"metadata\": {\"total_size\": 0}, \"weight_map\": {");
    for (size_t s = 0; s < n; s++) {
        size_t from = s * each, to = from + each < p->count ? from + each : p->count;
        char name[64];
        snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", s + 1, n);
        ATTNDYN_TRY(shard(p, from, to, folder, name, false));
        for (size_t i = from; i < to && index; i++) {
            size_t where = damage == DAMAGE_INDEX && i == 2 ? n : s + 1;
            index = attndyn_format(p->ctx, "%s%s\"%s\": \"model-%05zu-of-%05zu.safetensors\"",
                                   index, i ? ", " : "", p->at[i].name, where, n);
        }
    }
    if (index) index = attndyn_format(p->ctx, "%s}}", index);
    if (!index) return ATTNDYN_NO_MEMORY;
    return save(p->ctx, folder, "model.safetensors.index.json", index, strlen(index), "", 0);
}

/* ------------------------------------------------------------------ llama2.c */

/* The order of its files: version 0 goes through the kinds of weights, layer by layer; version 1
 * has the norms first. */
static const char *const order_0[] = {"embedding",
                                      "layers.#.norm1",
                                      "layers.#.attention.query",
                                      "layers.#.attention.key",
                                      "layers.#.attention.value",
                                      "layers.#.attention.output",
                                      "layers.#.norm2",
                                      "layers.#.mlp.gate",
                                      "layers.#.mlp.down",
                                      "layers.#.mlp.up",
                                      "norm",
                                      NULL};
static const char *const order_1[] = {"layers.#.norm1",
                                      "layers.#.norm2",
                                      "norm",
                                      "embedding",
                                      "layers.#.attention.query",
                                      "layers.#.attention.key",
                                      "layers.#.attention.value",
                                      "layers.#.attention.output",
                                      "layers.#.mlp.gate",
                                      "layers.#.mlp.down",
                                      "layers.#.mlp.up",
                                      NULL};

static enum attndyn_status llama2c(struct attndyn_context *ctx, const struct published *family,
                                   const struct plain *network, bool half, const char *folder) {
    const struct attndyn_transformer_config *c = &network->config;
    size_t all = c->context * c->head_width, at = 0;
    for (size_t i = 0; i < network->count; i++) all += plain_numbers(&network->tensors[i]);
    unsigned char *bytes, head[256] = {0};
    ATTNDYN_ALLOC(ctx, bytes, 4 * all);
    uint64_t vocabulary = (uint64_t)c->vocabulary;
    if (family->version == 0 && !c->tied) vocabulary = -vocabulary; /* its own head */
    const uint64_t sizes[] = {c->width,    c->hidden,  c->layers, c->heads,
                              c->kv_heads, vocabulary, c->context};
    size_t first = family->version ? 8 : 0;
    for (size_t i = 0; i < 7; i++) little(sizes[i], 4, head + first + 4 * i);
    if (family->version) {
        memcpy(head, "24ka", 4); /* 0x616b3432 */
        little(1, 4, head + 4);
        head[36] = c->tied;
    }
    for (const char *const *name = family->version ? order_1 : order_0; *name; name++)
        for (size_t l = 0; l < (strchr(*name, '#') ? c->layers : 1); l++) {
            char full[64];
            fill(*name, l, ".weight", sizeof full, full);
            const struct plain_tensor *t = plain_find(network, full);
            for (size_t j = 0; j < plain_numbers(t); j++, at += 4)
                put(creal(t->at[j]), ATTNDYN_F32, bytes + at);
        }
    if (family->version == 0) at += 4 * c->context * c->head_width; /* its tables of angles */
    const struct plain_tensor *t = plain_find(network, "decoder.weight");
    for (size_t j = 0; t && j < plain_numbers(t); j++, at += 4)
        put(creal(t->at[j]), ATTNDYN_F32, bytes + at);
    return save(ctx, folder, "model.bin", head, family->version ? 256 : 28, bytes,
                half ? at / 2 : at);
}

/* ------------------------------------------------------------------ the whole */

enum attndyn_status published_write(struct attndyn_context *ctx, const struct published *family,
                                    const struct plain *network, const char *config,
                                    enum damage damage, const char *folder, size_t *matrices) {
    struct pieces p = {.ctx = ctx, .family = family};
    *matrices = 0;
    for (size_t i = 0; i < network->count; i++)
        if (network->tensors[i].rows)
            *matrices += plain_numbers(&network->tensors[i]) * attndyn_dtype_bytes(family->kind);
    if (!family->config) return llama2c(ctx, family, network, damage == DAMAGE_HALF, folder);
    if (!config) config = family->config;
    ATTNDYN_TRY(collect(&p, network, damage));
    ATTNDYN_TRY(save(ctx, folder, "config.json", config, strlen(config), "", 0));
    if (family->shards) return shards(&p, folder, damage);
    return shard(&p, 0, p.count, folder, "model.safetensors", damage == DAMAGE_HALF);
}

char *published_path(struct attndyn_context *ctx, const struct published *family,
                     const char *folder) {
    return attndyn_format(ctx, "%s%s", folder, family->config ? "" : "/model.bin");
}

enum attndyn_status families_folder(struct attndyn_context *ctx, char **folder) {
    const char *room = getenv("TMPDIR");
    *folder = attndyn_format(ctx, "%s/attndyn-families-XXXXXX", room && *room ? room : "/tmp");
    if (!*folder) return ATTNDYN_NO_MEMORY;
    if (mkdtemp(*folder)) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_IO, "cannot make a folder like %s", *folder);
}

void families_remove(struct attndyn_context *ctx, const char *folder) {
    static const char *const files[] = {"config.json",
                                        "model.safetensors",
                                        "model.safetensors.index.json",
                                        "model.bin",
                                        "model-00001-of-00002.safetensors",
                                        "model-00002-of-00002.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = attndyn_format(ctx, "%s/%s", folder, files[i]);
        if (path) unlink(path);
    }
    rmdir(folder);
}
