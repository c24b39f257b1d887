#include "export.h"

#include "../../../base/file.h"
#include "../../../base/half.h"
#include "../layout.h"
#include "export_config.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

struct exporter {
    struct attndyn_context *ctx;
    const struct attndyn_family *family;
    const struct attndyn_transformer_config *config;
    enum attndyn_dtype dtype;
    bool to_halves; /* rows of queries and keys change places */
    struct attndyn_tensor *tensors;
    void **data; /* of each tensor */
    size_t count;
};

/* ------------------------------------------------------------------ numbers */

static void put(struct exporter *e, void *to, size_t at, attndyn_real x) {
    if (e->dtype == ATTNDYN_F32)
        ((float *)to)[at] = (float)x;
    else if (e->dtype == ATTNDYN_F16)
        ((uint16_t *)to)[at] = attndyn_float_to_half((float)x);
    else
        ((uint16_t *)to)[at] = attndyn_float_to_bfloat16((float)x);
}

/* Row r of a map in the order of halves: pair j of a head's turning coordinates is (2 j, 2 j + 1)
 * there, (j, j + n / 2) here. */
static size_t row_of(const struct exporter *e, const char *ours, size_t r) {
    size_t a = e->config->head_width, head = r / a, i = r % a, half = a / 2;
    bool turned = strstr(ours, "attention.query") || strstr(ours, "attention.key");
    if (!e->to_halves || !turned || i >= 2 * half) return r;
    return head * a + (i < half ? 2 * i : 2 * (i - half) + 1);
}

/* ------------------------------------------------------------------ tensors */

/* Finds the tensor of this name or creates it; *data: its numbers. */
static enum attndyn_status tensor_of(struct exporter *e, const char *name, size_t rows,
                                     size_t columns, void **data) {
    size_t i = 0;
    while (i < e->count && strcmp(e->tensors[i].name, name) != 0) i++;
    struct attndyn_tensor *t = &e->tensors[i];
    if (i == e->count) {
        *t = (struct attndyn_tensor){.name = attndyn_strdup(e->ctx, name),
                                     .dtype = e->dtype,
                                     .dimensions = rows ? 2 : 1,
                                     .shape = {rows ? rows : columns, rows ? columns : 0}};
        if (!t->name) return ATTNDYN_NO_MEMORY;
        e->data[i] = attndyn_alloc(e->ctx, attndyn_tensor_count(t), attndyn_dtype_bytes(e->dtype));
        if (!e->data[i]) return ATTNDYN_NO_MEMORY;
        t->data = e->data[i];
        e->count++;
    }
    *data = e->data[i];
    return ATTNDYN_OK;
}

/* The index in the other format of our entry (i, j); a vector has i = 0. */
static size_t place(const struct exporter *e, const struct attndyn_family_tensor *how, bool vector,
                    size_t rows, size_t columns, size_t i, size_t j) {
    size_t a = e->config->head_width;
    if (vector) { /* a bias is as long as its map has rows */
        if (how->form == ATTNDYN_FORM_THIRD) return how->part * columns + j;
        if (how->form == ATTNDYN_FORM_BY_HEAD) return (j / a * 3 + how->part) * a + j % a;
        return j;
    }
    switch (how->form) {
    case ATTNDYN_FORM_TRANSPOSED:
        return j * rows + i;
    case ATTNDYN_FORM_THIRD:
        return j * 3 * rows + how->part * rows + i;
    case ATTNDYN_FORM_BY_HEAD:
        return ((i / a * 3 + how->part) * a + i % a) * columns + j;
    default:
        return i * columns + j;
    }
}

static enum attndyn_status add(void *user, const struct attndyn_parameter *p,
                               const struct attndyn_matrix *m, const attndyn_real *v) {
    struct exporter *e = user;
    char name[ATTNDYN_FOREIGN_NAME];
    void *to;
    attndyn_real *row = NULL;
    const struct attndyn_family_tensor *how = attndyn_foreign_name(e->family, p->name, true, name);
    if (!how)
        return attndyn_fail(e->ctx, ATTNDYN_USAGE,
                            "this network cannot be written in the form of %s, which has no %s",
                            e->family->name, p->name);
    bool across = how->form == ATTNDYN_FORM_TRANSPOSED || how->form == ATTNDYN_FORM_THIRD;
    size_t parts = how->form == ATTNDYN_FORM_THIRD || how->form == ATTNDYN_FORM_BY_HEAD ? 3 : 1;
    size_t out = parts * p->rows, in = p->columns;
    if (!m) {
        ATTNDYN_TRY(tensor_of(e, name, 0, parts * p->columns, &to));
        for (size_t j = 0; j < p->columns; j++)
            put(e, to, place(e, how, true, 1, p->columns, 0, j), v[row_of(e, p->name, j)]);
        return ATTNDYN_OK;
    }
    ATTNDYN_TRY(tensor_of(e, name, across ? in : out, across ? out : in, &to));
    ATTNDYN_ALLOC(e->ctx, row, in);
    for (size_t i = 0; i < p->rows; i++) {
        attndyn_matrix_widen(m, row_of(e, p->name, i), 1, row);
        for (size_t j = 0; j < in; j++) put(e, to, place(e, how, false, p->rows, in, i, j), row[j]);
    }
    attndyn_free(e->ctx, row);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the whole */

static enum attndyn_status write_text(struct attndyn_context *ctx, const char *folder,
                                      const char *text) {
    struct attndyn_file file;
    char *path = attndyn_format(ctx, "%s/config.json", folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    fprintf(file.stream, "%s\n", text);
    return attndyn_file_commit(ctx, &file);
}

static enum attndyn_status check_request(struct attndyn_context *ctx, const char *family,
                                         enum attndyn_dtype dtype,
                                         const struct attndyn_family **found) {
    *found = attndyn_family_find(family);
    if (!*found)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "no family '%s' to write a network as", family);
    if (dtype != ATTNDYN_F32 && dtype != ATTNDYN_F16 && dtype != ATTNDYN_BF16)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "networks are written as F32, F16 or BF16, not %s",
                            attndyn_dtype_name(dtype));
    return ATTNDYN_OK;
}

static const char *torch_name(enum attndyn_dtype dtype) {
    return dtype == ATTNDYN_F32 ? "float32" : dtype == ATTNDYN_F16 ? "float16" : "bfloat16";
}

enum attndyn_status attndyn_model_export(struct attndyn_context *ctx,
                                         const struct attndyn_weights *weights, const char *family,
                                         enum attndyn_dtype dtype, const char *folder) {
    struct attndyn_transformer_config config = weights->config;
    struct exporter e = {.ctx = ctx, .config = &config, .dtype = dtype};
    struct net_training *t;
    char *text;
    static const struct attndyn_metadata format = {"format", "pt"};
    ATTNDYN_TRY(check_request(ctx, family, dtype, &e.family));
    e.to_halves = config.position == ATTNDYN_POSITION_ROPE_INTERLEAVED &&
                  config.rope_fraction == 1 && config.head_width % 2 == 0;
    if (e.to_halves) config.position = ATTNDYN_POSITION_ROPE_HALF;
    ATTNDYN_TRY(attndyn_config_json_write(ctx, e.family, &config, torch_name(dtype), &text));
    ATTNDYN_ALLOC(ctx, t, 1);
    ATTNDYN_TRY(attndyn_net_describe(ctx, &config, t));
    ATTNDYN_ALLOC(ctx, e.tensors, t->count);
    ATTNDYN_ALLOC(ctx, e.data, t->count);
    ATTNDYN_TRY(attndyn_net_pairs(ctx, t, weights, add, &e));
    ATTNDYN_TRY(attndyn_folder_make(ctx, folder));
    char *path = attndyn_format(ctx, "%s/model.safetensors", folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_safetensors_write(ctx, path, e.tensors, e.count, &format, 1));
    return write_text(ctx, folder, text);
}
