/* Writing tensors (safetensors.h). */
#include "../base/file.h"
#include "../base/json_private.h"
#include "corpus.h"
#include "safetensors.h"

#include <jansson.h>
#include <string.h>

static const size_t largest_header = 100000000;
enum { LENGTH_BYTES = 8, CHUNK = 1 << 16 };

struct layout {
    const struct attndyn_tensor *tensor;
    size_t begin, end;
};

static enum attndyn_status check_written(struct attndyn_context *ctx,
                                         const struct attndyn_tensor *t) {
    bool written = t->dtype <= ATTNDYN_U8 && t->dimensions <= ATTNDYN_TENSOR_DIMENSIONS;
    if (written) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "tensor %s: %zu dimensions of %s are not written, expected at most %d of "
                        "F64, F32, F16, BF16, I64, I32, U32 or U8",
                        t->name, t->dimensions, attndyn_dtype_name(t->dtype),
                        ATTNDYN_TENSOR_DIMENSIONS);
}

/* Offsets, wider numbers first. */
static enum attndyn_status lay_out(struct attndyn_context *ctx,
                                   const struct attndyn_tensor *tensors, size_t n_tensors,
                                   struct layout *layout) {
    size_t at = 0, n = 0;
    for (size_t i = 0; i < n_tensors; i++) ATTNDYN_TRY(check_written(ctx, &tensors[i]));
    for (size_t width = 8; width >= 1; width /= 2)
        for (size_t i = 0; i < n_tensors; i++) {
            const struct attndyn_tensor *t = &tensors[i];
            if (attndyn_dtype_bytes(t->dtype) != width) continue;
            size_t end = at + width * attndyn_tensor_count(t);
            layout[n++] = (struct layout){t, at, end};
            at = end;
        }
    return ATTNDYN_OK;
}

static bool utf8(const char *text) {
    size_t length = strlen(text);
    return attndyn_utf8_valid_prefix(text, length) == length;
}

/* NULL: out of memory. */
static json_t *describe(const struct layout *l) {
    json_t *shape = json_array();
    for (size_t i = 0; i < l->tensor->dimensions; i++)
        if (json_array_append_new(shape, json_integer((json_int_t)l->tensor->shape[i])) != 0) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", attndyn_dtype_name(l->tensor->dtype), "shape",
                     shape, "data_offsets", (json_int_t)l->begin, (json_int_t)l->end);
}

static enum attndyn_status header_of(struct attndyn_context *ctx, json_t *root,
                                     const struct layout *layout, size_t n_tensors,
                                     const struct attndyn_metadata *metadata, size_t n_metadata) {
    json_t *strings = n_metadata ? json_object() : NULL;
    if (n_metadata && json_object_set_new(root, "__metadata__", strings) != 0)
        return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while writing tensors");
    for (size_t i = 0; i < n_metadata; i++) {
        const struct attndyn_metadata *m = &metadata[i];
        if (!utf8(m->key) || !utf8(m->value) || json_object_get(strings, m->key))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "metadata %s: expected a key of its own and UTF-8", m->key);
        if (json_object_set_new(strings, m->key, json_string(m->value)) != 0)
            return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while writing tensors");
    }
    for (size_t i = 0; i < n_tensors; i++) {
        const char *name = layout[i].tensor->name;
        if (!utf8(name) || strcmp(name, "__metadata__") == 0 || json_object_get(root, name))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "tensor %s: expected a name of its own, in UTF-8", name);
        if (json_object_set_new(root, name, describe(&layout[i])) != 0)
            return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while writing tensors");
    }
    return ATTNDYN_OK;
}

/* Little-endian on any machine; attndyn_file_commit reports what fwrite could not write. */
static void put_numbers(FILE *stream, const struct attndyn_tensor *t) {
    unsigned char chunk[CHUNK];
    const unsigned char *from = t->data;
    size_t width = attndyn_dtype_bytes(t->dtype), left = attndyn_tensor_count(t);
    while (left > 0 && !ferror(stream)) {
        size_t count = left < CHUNK / 8 ? left : CHUNK / 8;
        for (size_t i = 0; i < count; i++, from += width) {
            uint64_t bits = 0;
            uint32_t word;
            uint16_t half;
            if (width == 8)
                memcpy(&bits, from, 8);
            else if (width == 4)
                memcpy(&word, from, 4), bits = word;
            else if (width == 2)
                memcpy(&half, from, 2), bits = half;
            else
                bits = *from;
            for (size_t b = 0; b < width; b++)
                chunk[i * width + b] = (unsigned char)(bits >> 8 * b);
        }
        fwrite(chunk, width, count, stream);
        left -= count;
    }
}

static enum attndyn_status put_file(struct attndyn_context *ctx, const char *path,
                                    const char *header, const struct layout *layout,
                                    size_t n_tensors) {
    struct attndyn_file file;
    size_t length = strlen(header), padded = (length + 7) / 8 * 8;
    if (padded > largest_header)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: a header of %zu bytes, at most %zu", path,
                            padded, largest_header);
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    for (int b = 0; b < LENGTH_BYTES; b++)
        fputc((int)((uint64_t)padded >> 8 * b & 255), file.stream);
    fprintf(file.stream, "%s%*s", header, (int)(padded - length), "");
    for (size_t i = 0; i < n_tensors; i++) put_numbers(file.stream, layout[i].tensor);
    return attndyn_file_commit(ctx, &file);
}

enum attndyn_status attndyn_safetensors_write(struct attndyn_context *ctx, const char *path,
                                              const struct attndyn_tensor *tensors,
                                              size_t n_tensors,
                                              const struct attndyn_metadata *metadata,
                                              size_t n_metadata) {
    struct layout *layout;
    ATTNDYN_ALLOC(ctx, layout, n_tensors);
    ATTNDYN_TRY(lay_out(ctx, tensors, n_tensors, layout));
    json_t *root = json_object();
    if (!root) return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while writing %s", path);
    enum attndyn_status status = header_of(ctx, root, layout, n_tensors, metadata, n_metadata);
    if (status) {
        json_decref(root);
        return status;
    }
    size_t length;
    char *header = attndyn_json_text(ctx, root, JSON_COMPACT, &length);
    if (!header)
        return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while writing %s", path);
    status = put_file(ctx, path, header, layout, n_tensors);
    attndyn_free(ctx, header);
    attndyn_free(ctx, layout);
    return status;
}
