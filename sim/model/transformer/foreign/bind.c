#include "bind.h"

#include "../layout.h"
#include "names.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

struct binder {
    struct attndyn_context *ctx;
    struct attndyn_store *store;
    const struct attndyn_family *family;
    const struct attndyn_transformer_config *config;
    struct attndyn_model *model;
    struct net_training *layout;
    struct net_given *given; /* one for each parameter */
    const char *missing;     /* the first, in the family's name */
    size_t n_missing;
};

#define BAD(b, ...) attndyn_fail((b)->ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)

/* ------------------------------------------------------------------ views */

static enum attndyn_status wrong_shape(struct binder *b, const struct attndyn_stored *s,
                                       size_t rows, size_t columns) {
    const struct attndyn_tensor *t = &s->tensor;
    char held[200] = "", expected[64];
    for (size_t i = 0; i < t->dimensions && strlen(held) < 160; i++)
        snprintf(held + strlen(held), sizeof held - strlen(held), "%s%zu", i ? ", " : "",
                 t->shape[i]);
    if (columns)
        snprintf(expected, sizeof expected, "%zu, %zu", rows, columns);
    else
        snprintf(expected, sizeof expected, "%zu", rows);
    return BAD(b, "%s: tensor %.100s is (%s), expected (%s) by the config", s->origin, s->full,
               held, expected);
}

static bool floating(enum attndyn_dtype dtype) {
    return dtype == ATTNDYN_F64 || dtype == ATTNDYN_F32 || dtype == ATTNDYN_F16 ||
           dtype == ATTNDYN_BF16;
}

static bool big_endian(void) {
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 0;
}

/* The tensor's numbers in this machine's byte order, aligned; not copied if they already are. */
static enum attndyn_status settle(struct binder *b, struct attndyn_stored *s) {
    struct attndyn_tensor *t = &s->tensor;
    size_t width = attndyn_dtype_bytes(t->dtype), count = attndyn_tensor_count(t);
    bool in_place = (uintptr_t)t->data % width == 0 && !big_endian();
    if (in_place || s->used) {
        if (!s->used) b->model->mapped += count * width;
        return ATTNDYN_OK;
    }
    unsigned char *copy;
    ATTNDYN_ALLOC(b->ctx, copy, count * width + 16);
    copy += 16 - (uintptr_t)copy % 16;
    memcpy(copy, t->data, count * width);
    for (size_t i = 0; big_endian() && i < count; i++)
        for (size_t k = 0; k < width / 2; k++) {
            unsigned char swap = copy[i * width + k];
            copy[i * width + k] = copy[i * width + width - 1 - k];
            copy[i * width + width - 1 - k] = swap;
        }
    t->data = copy;
    b->model->copied += count * width;
    return ATTNDYN_OK;
}

static enum attndyn_status view_matrix(struct binder *b, const struct attndyn_family_tensor *how,
                                       const struct attndyn_parameter *p, struct attndyn_stored *s,
                                       struct attndyn_matrix *view) {
    const struct attndyn_tensor *t = &s->tensor;
    bool across = how->form == ATTNDYN_FORM_TRANSPOSED || how->form == ATTNDYN_FORM_THIRD;
    size_t parts = how->form == ATTNDYN_FORM_THIRD || how->form == ATTNDYN_FORM_BY_HEAD ? 3 : 1;
    size_t rows = across ? p->columns : parts * p->rows;
    size_t columns = across ? parts * p->rows : p->columns, at = 0;
    if (t->dimensions != 2 || t->shape[0] != rows || t->shape[1] != columns)
        return wrong_shape(b, s, rows, columns);
    ATTNDYN_TRY(settle(b, s));
    *view = (struct attndyn_matrix){.dtype = t->dtype,
                                    .rows = p->rows,
                                    .columns = p->columns,
                                    .transposed = across,
                                    .stride = columns,
                                    .group = p->rows};
    if (how->form == ATTNDYN_FORM_THIRD) at = how->part * p->rows;
    if (how->form == ATTNDYN_FORM_BY_HEAD) {
        size_t a = b->config->head_width;
        at = how->part * a * columns;
        view->group = a;
        view->apart = 3 * a * columns;
    }
    view->data = (const char *)s->tensor.data + at * attndyn_dtype_bytes(t->dtype);
    if (how->part == 0) b->model->transposed += across;
    if (how->part == 0) b->model->fused += how->form == ATTNDYN_FORM_BY_HEAD;
    return ATTNDYN_OK;
}

/* A vector is copied: number i of ours is the number at `from(i)` of theirs. */
static enum attndyn_status copy_vector(struct binder *b, const struct attndyn_family_tensor *how,
                                       const struct attndyn_parameter *p, struct attndyn_stored *s,
                                       const attndyn_real **vector) {
    const struct attndyn_tensor *t = &s->tensor;
    size_t n = p->columns, a = b->config->head_width, part = how->part;
    bool third = how->form == ATTNDYN_FORM_THIRD, by_head = how->form == ATTNDYN_FORM_BY_HEAD;
    size_t length = third || by_head ? 3 * n : n;
    attndyn_real *to, *from;
    if (t->dimensions != 1 || t->shape[0] != length) return wrong_shape(b, s, length, 0);
    ATTNDYN_ALLOC(b->ctx, to, n);
    ATTNDYN_ALLOC(b->ctx, from, length);
#ifdef ATTNDYN_DOUBLE
    ATTNDYN_TRY(attndyn_tensor_to_double(b->ctx, t, from));
#else
    ATTNDYN_TRY(attndyn_tensor_to_float(b->ctx, t, from));
#endif
    for (size_t i = 0; i < n; i++)
        to[i] = from[third ? part * n + i : by_head ? (i / a * 3 + part) * a + i % a : i];
    attndyn_free(b->ctx, from);
    b->model->copied += n * sizeof *to;
    *vector = to;
    return ATTNDYN_OK;
}

static enum attndyn_status bind(struct binder *b, size_t i) {
    const struct attndyn_parameter *p = &b->layout->parameters[i];
    char name[ATTNDYN_FOREIGN_NAME];
    const struct attndyn_family_tensor *how = attndyn_foreign_name(b->family, p->name, false, name);
    if (!how)
        return BAD(b, "a network of family %s has no %s, which its config asks for",
                   b->family->name, p->name);
    struct attndyn_stored *s = attndyn_store_find(b->store, name);
    if (!s) {
        if (how->part > 0) return ATTNDYN_OK; /* counted with the query */
        if (b->n_missing++ > 0) return ATTNDYN_OK;
        b->missing = attndyn_strdup(b->ctx, name);
        return b->missing ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
    }
    if (!floating(s->tensor.dtype))
        return BAD(b, "%s: tensor %.100s is %s, weights are read as F32, F16, BF16 or F64",
                   s->origin, s->full, attndyn_dtype_name(s->tensor.dtype));
    b->model->numbers += attndyn_parameter_count(p);
    enum attndyn_status status = p->dimensions == 2
                                     ? view_matrix(b, how, p, s, &b->given[i].matrix)
                                     : copy_vector(b, how, p, s, &b->given[i].vector);
    s->used = true;
    return status;
}

/* ------------------------------------------------------------------ what is left over */

static bool in_patterns(const char *const *patterns, const char *name) {
    for (; patterns && *patterns; patterns++)
        if (fnmatch(*patterns, name, 0) == 0) return true;
    return false;
}

/* A file may store the decoder even if it is tied to the embedding: the config decides. */
static bool is_tied_decoder(const struct binder *b, const char *name) {
    char decoder[ATTNDYN_FOREIGN_NAME];
    return b->config->tied && attndyn_foreign_name(b->family, "decoder.weight", false, decoder) &&
           strcmp(decoder, name) == 0;
}

static enum attndyn_status check_left(struct binder *b, const char *const *ignored) {
    const struct attndyn_stored *first = NULL;
    size_t unknown = 0;
    for (size_t i = 0; i < b->store->count; i++) {
        const struct attndyn_stored *s = &b->store->tensors[i];
        if (s->used || is_tied_decoder(b, s->tensor.name)) continue;
        if (in_patterns(ignored, s->tensor.name)) continue;
        if (b->family && in_patterns(b->family->ignored, s->tensor.name)) continue;
        if (unknown++ == 0) first = s;
    }
    if (b->n_missing > 0)
        return BAD(b, "no tensor %s (%zu of them missing)%s%.100s", b->missing, b->n_missing,
                   first ? "; there is one too many, " : "", first ? first->full : "");
    if (unknown > 0)
        return BAD(b, "%s: tensor %.100s (%zu in all) has no place in this network", first->origin,
                   first->full, unknown);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the whole */

enum attndyn_status attndyn_model_bind(struct attndyn_context *ctx, struct attndyn_store *store,
                                       const struct attndyn_family *family,
                                       const char *const *ignored,
                                       const struct attndyn_transformer_config *config,
                                       struct attndyn_model *model) {
    struct net_training *t;
    struct binder b = {
        .ctx = ctx, .store = store, .family = family, .config = config, .model = model};
    ATTNDYN_ALLOC(ctx, t, 1);
    ATTNDYN_TRY(attndyn_net_describe(ctx, config, t));
    ATTNDYN_ALLOC(ctx, b.given, t->count);
    b.layout = t;
    for (size_t i = 0; i < t->count; i++) ATTNDYN_TRY(bind(&b, i));
    ATTNDYN_TRY(check_left(&b, ignored));
    t->given = b.given;
    attndyn_net_parameters_view(t);
    attndyn_store_read_ahead(store);
    model->weights = t->weights;
    return ATTNDYN_OK;
}
