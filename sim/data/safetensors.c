#include "safetensors.h"

#include "../base/file.h"
#include "../base/half.h"
#include "../base/json_private.h"
#include "corpus.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const size_t largest_header = 100000000;
/* {"name": {"shape": [1]}}: what is nested deeper is no header, and is not parsed. */
enum { LENGTH_BYTES = 8, DEEPEST = 3, CHUNK = 1 << 16 };

static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = {[ATTNDYN_F64] = {"F64", 8},   [ATTNDYN_F32] = {"F32", 4}, [ATTNDYN_F16] = {"F16", 2},
              [ATTNDYN_BF16] = {"BF16", 2}, [ATTNDYN_I64] = {"I64", 8}, [ATTNDYN_I32] = {"I32", 4},
              [ATTNDYN_U32] = {"U32", 4},   [ATTNDYN_U8] = {"U8", 1}};
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

const char *attndyn_dtype_name(enum attndyn_dtype dtype) {
    return dtypes[dtype].name;
}

size_t attndyn_dtype_bytes(enum attndyn_dtype dtype) {
    return dtypes[dtype].bytes;
}

size_t attndyn_tensor_count(const struct attndyn_tensor *tensor) {
    size_t count = 1;
    for (size_t i = 0; i < tensor->dimensions; i++) count *= tensor->shape[i];
    return count;
}

static uint64_t little_endian(const unsigned char *bytes, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* ------------------------------------------------------------------ reading */

struct reader {
    struct attndyn_context *ctx;
    const char *origin;
    const unsigned char *data; /* after the header */
    size_t length;             /* of data */
    struct range {
        size_t begin, end, tensor;
    } * ranges;
};

/* Names come from the file: a message holds no more than the start of one. */
#define BAD(r, ...) attndyn_fail((r)->ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)

/* The parser's own limit is deep, and each level costs it stack. */
static bool too_deep(const char *header, size_t length) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        char c = header[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEEPEST) return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static bool size_of(const json_t *number, size_t *size) {
    if (!json_is_integer(number)) return false;
    json_int_t value = json_integer_value(number);
    if (value < 0 || (uint64_t)value > SIZE_MAX) return false;
    *size = (size_t)value;
    return true;
}

static enum attndyn_status read_shape(struct reader *r, const json_t *shape,
                                      struct attndyn_tensor *t, size_t *bytes) {
    if (!json_is_array(shape))
        return BAD(r, "%s: tensor %.100s: shape is no array", r->origin, t->name);
    t->dimensions = json_array_size(shape);
    if (t->dimensions > ATTNDYN_TENSOR_DIMENSIONS)
        return BAD(r, "%s: tensor %.100s has %zu dimensions, expected at most %d", r->origin,
                   t->name, t->dimensions, ATTNDYN_TENSOR_DIMENSIONS);
    *bytes = dtypes[t->dtype].bytes;
    for (size_t i = 0; i < t->dimensions; i++) {
        if (!size_of(json_array_get(shape, i), &t->shape[i]))
            return BAD(r, "%s: tensor %.100s: shape[%zu] is no size", r->origin, t->name, i);
        if (t->shape[i] && *bytes > SIZE_MAX / t->shape[i])
            return BAD(r, "%s: tensor %.100s: its shape overflows", r->origin, t->name);
        *bytes *= t->shape[i];
    }
    return ATTNDYN_OK;
}

static enum attndyn_status read_tensor(struct reader *r, const json_t *about,
                                       struct attndyn_tensor *t, struct range *range) {
    const json_t *dtype = json_object_get(about, "dtype");
    const json_t *offsets = json_object_get(about, "data_offsets");
    const json_t *shape = json_object_get(about, "shape");
    if (!dtype || !offsets || !shape || json_object_size(about) != 3)
        return BAD(r, "%s: tensor %.100s: expected dtype, shape and data_offsets", r->origin,
                   t->name);
    int d = 0;
    while (d < N_DTYPES &&
           !(json_is_string(dtype) && strcmp(json_string_value(dtype), dtypes[d].name) == 0))
        d++;
    if (d == N_DTYPES)
        return BAD(r,
                   "%s: tensor %.100s: dtype %.20s is not read, expected F64, F32, F16, BF16, "
                   "I64, I32, U32 or U8",
                   r->origin, t->name, json_is_string(dtype) ? json_string_value(dtype) : "");
    t->dtype = (enum attndyn_dtype)d;
    size_t bytes = 0;
    ATTNDYN_TRY(read_shape(r, shape, t, &bytes));
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !size_of(json_array_get(offsets, 0), &range->begin) ||
        !size_of(json_array_get(offsets, 1), &range->end))
        return BAD(r, "%s: tensor %.100s: data_offsets are no two sizes", r->origin, t->name);
    if (range->begin > range->end || range->end > r->length)
        return BAD(r,
                   "%s: tensor %.100s: bytes [%zu, %zu) are outside the data of %zu bytes: is the "
                   "file cut short?",
                   r->origin, t->name, range->begin, range->end, r->length);
    if (range->end - range->begin != bytes)
        return BAD(r, "%s: tensor %.100s: its shape needs %zu bytes, it has %zu", r->origin,
                   t->name, bytes, range->end - range->begin);
    t->data = r->data + range->begin;
    return ATTNDYN_OK;
}

static int by_place(const void *a, const void *b) {
    const struct range *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return x->tensor < y->tensor ? -1 : x->tensor > y->tensor;
}

/* Every byte of the data belongs to exactly one tensor. */
static enum attndyn_status check_ranges(struct reader *r, const struct attndyn_tensor *tensors,
                                        size_t count) {
    size_t at = 0;
    qsort(r->ranges, count, sizeof *r->ranges, by_place);
    for (size_t i = 0; i < count; i++) {
        const struct range *range = &r->ranges[i];
        if (range->begin != at)
            return BAD(r, "%s: tensor %.100s begins at byte %zu, expected %zu: %s", r->origin,
                       tensors[range->tensor].name, range->begin, at,
                       range->begin < at ? "tensors overlap" : "a hole in the data");
        at = range->end;
    }
    if (at == r->length) return ATTNDYN_OK;
    return BAD(r, "%s: %zu bytes after the last tensor", r->origin, r->length - at);
}

static enum attndyn_status read_metadata(struct reader *r, json_t *object,
                                         struct attndyn_safetensors *file) {
    const char *key;
    json_t *value;
    if (!json_is_object(object)) return BAD(r, "%s: __metadata__ is no object", r->origin);
    ATTNDYN_ALLOC(r->ctx, file->metadata, json_object_size(object));
    json_object_foreach(object, key, value) {
        if (!json_is_string(value))
            return BAD(r, "%s: __metadata__: %.100s is no string", r->origin, key);
        struct attndyn_metadata *m = &file->metadata[file->n_metadata++];
        m->key = attndyn_strdup(r->ctx, key);
        m->value = attndyn_strdup(r->ctx, json_string_value(value));
        if (!m->key || !m->value) return ATTNDYN_NO_MEMORY;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status read_header(struct reader *r, json_t *root,
                                       struct attndyn_safetensors *file) {
    const char *name;
    json_t *value;
    struct attndyn_tensor *tensors;
    ATTNDYN_ALLOC(r->ctx, tensors, json_object_size(root));
    ATTNDYN_ALLOC(r->ctx, file->tensors, json_object_size(root));
    ATTNDYN_ALLOC(r->ctx, r->ranges, json_object_size(root));
    json_object_foreach(root, name, value) {
        if (strcmp(name, "__metadata__") == 0) {
            ATTNDYN_TRY(read_metadata(r, value, file));
            continue;
        }
        struct attndyn_tensor *t = &tensors[file->n_tensors];
        struct range *range = &r->ranges[file->n_tensors];
        range->tensor = file->n_tensors++;
        t->name = attndyn_strdup(r->ctx, name);
        if (!t->name) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(read_tensor(r, value, t, range));
    }
    ATTNDYN_TRY(check_ranges(r, tensors, file->n_tensors));
    for (size_t i = 0; i < file->n_tensors; i++) file->tensors[i] = tensors[r->ranges[i].tensor];
    attndyn_free(r->ctx, tensors);
    attndyn_free(r->ctx, r->ranges);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_safetensors_parse(struct attndyn_context *ctx, const void *bytes,
                                              size_t length, const char *origin,
                                              struct attndyn_safetensors *file) {
    memset(file, 0, sizeof *file);
    file->origin = attndyn_strdup(ctx, origin);
    if (!file->origin) return ATTNDYN_NO_MEMORY;
    if (length < LENGTH_BYTES)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: %zu bytes are no safetensors file, which begins with the length "
                            "of its header in %d",
                            origin, length, LENGTH_BYTES);
    uint64_t header = little_endian(bytes, LENGTH_BYTES);
    if (header > largest_header || header > length - LENGTH_BYTES)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: a header of %llu bytes, expected at most %zu in a file of %zu: no "
                            "safetensors file, or cut short",
                            origin, (unsigned long long)header, largest_header, length);
    const char *text = (const char *)bytes + LENGTH_BYTES;
    if (header == 0 || *text != '{' || too_deep(text, (size_t)header))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: the header is no JSON object of tensors: no safetensors file",
                            origin);
    json_error_t error;
    json_t *root = json_loadb(text, (size_t)header, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: header, byte %d: %s", origin,
                            error.position, error.text);
    struct reader r = {.ctx = ctx,
                       .origin = origin,
                       .data = (const unsigned char *)bytes + LENGTH_BYTES + header,
                       .length = length - LENGTH_BYTES - (size_t)header};
    enum attndyn_status status = read_header(&r, root, file);
    json_decref(root);
    return status;
}

enum attndyn_status attndyn_safetensors_read(struct attndyn_context *ctx, const char *path,
                                             struct attndyn_safetensors *file) {
    char *bytes;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &bytes, &length));
    return attndyn_safetensors_parse(ctx, bytes, length, path, file);
}

const struct attndyn_tensor *attndyn_safetensors_find(const struct attndyn_safetensors *file,
                                                      const char *name) {
    for (size_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0) return &file->tensors[i];
    return NULL;
}

const char *attndyn_safetensors_metadata(const struct attndyn_safetensors *file, const char *key) {
    for (size_t i = 0; i < file->n_metadata; i++)
        if (strcmp(file->metadata[i].key, key) == 0) return file->metadata[i].value;
    return NULL;
}

enum attndyn_status attndyn_safetensors_number(struct attndyn_context *ctx,
                                               const struct attndyn_safetensors *file,
                                               const char *key, uint64_t *number) {
    const char *text = attndyn_safetensors_metadata(file, key);
    if (!text)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no %s in its metadata", file->origin, key);
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: %s is '%.40s', expected a whole number",
                            file->origin, key, text);
    *number = value;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ numbers */

static double bits_to_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float bits_to_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float narrow_float(enum attndyn_dtype dtype, const unsigned char *bytes) {
    if (dtype == ATTNDYN_F32) return bits_to_float((uint32_t)little_endian(bytes, 4));
    uint16_t bits = (uint16_t)little_endian(bytes, 2);
    return dtype == ATTNDYN_F16 ? attndyn_half_to_float(bits) : attndyn_bfloat16_to_float(bits);
}

static enum attndyn_status wrong_kind(struct attndyn_context *ctx, const struct attndyn_tensor *t,
                                      const char *expected) {
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "tensor %.100s is %s, expected %s", t->name,
                        dtypes[t->dtype].name, expected);
}

enum attndyn_status attndyn_tensor_to_double(struct attndyn_context *ctx,
                                             const struct attndyn_tensor *t, double *to) {
    if (t->dtype > ATTNDYN_BF16) return wrong_kind(ctx, t, "F64, F32, F16 or BF16");
    size_t count = attndyn_tensor_count(t), width = dtypes[t->dtype].bytes;
    const unsigned char *bytes = t->data;
    for (size_t i = 0; i < count; i++, bytes += width)
        to[i] = t->dtype == ATTNDYN_F64 ? bits_to_double(little_endian(bytes, 8))
                                        : (double)narrow_float(t->dtype, bytes);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_tensor_to_float(struct attndyn_context *ctx,
                                            const struct attndyn_tensor *t, float *to) {
    if (t->dtype > ATTNDYN_BF16) return wrong_kind(ctx, t, "F64, F32, F16 or BF16");
    size_t count = attndyn_tensor_count(t), width = dtypes[t->dtype].bytes;
    const unsigned char *bytes = t->data;
    for (size_t i = 0; i < count; i++, bytes += width)
        to[i] = t->dtype == ATTNDYN_F64 ? (float)bits_to_double(little_endian(bytes, 8))
                                        : narrow_float(t->dtype, bytes);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_tensor_to_int64(struct attndyn_context *ctx,
                                            const struct attndyn_tensor *t, int64_t *to) {
    if (t->dtype <= ATTNDYN_BF16) return wrong_kind(ctx, t, "I64, I32, U32 or U8");
    size_t count = attndyn_tensor_count(t), width = dtypes[t->dtype].bytes;
    const unsigned char *bytes = t->data;
    for (size_t i = 0; i < count; i++, bytes += width) {
        uint64_t bits = little_endian(bytes, width);
        if (t->dtype == ATTNDYN_I32 && bits >> 31) bits |= UINT64_C(0xffffffff) << 32;
        memcpy(&to[i], &bits, sizeof bits);
    }
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ writing */

struct layout {
    const struct attndyn_tensor *tensor;
    size_t begin, end;
};

/* Offsets, wider numbers first. */
static enum attndyn_status lay_out(struct attndyn_context *ctx,
                                   const struct attndyn_tensor *tensors, size_t n_tensors,
                                   struct layout *layout) {
    size_t at = 0, n = 0;
    for (size_t width = 8; width >= 1; width /= 2)
        for (size_t i = 0; i < n_tensors; i++) {
            const struct attndyn_tensor *t = &tensors[i];
            if (dtypes[t->dtype].bytes != width) continue;
            if (t->dimensions > ATTNDYN_TENSOR_DIMENSIONS || width == 2)
                return attndyn_fail(ctx, ATTNDYN_USAGE,
                                    "tensor %s: %zu dimensions of %s are not written, expected at "
                                    "most %d of F64, F32, I64, I32, U32 or U8",
                                    t->name, t->dimensions, dtypes[t->dtype].name,
                                    ATTNDYN_TENSOR_DIMENSIONS);
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
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtypes[l->tensor->dtype].name, "shape", shape,
                     "data_offsets", (json_int_t)l->begin, (json_int_t)l->end);
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

/* Little-endian whatever the machine; what fwrite does not take, attndyn_file_commit reports. */
static void put_numbers(FILE *stream, const struct attndyn_tensor *t) {
    unsigned char chunk[CHUNK];
    const unsigned char *from = t->data;
    size_t width = dtypes[t->dtype].bytes, left = attndyn_tensor_count(t);
    while (left > 0 && !ferror(stream)) {
        size_t count = left < CHUNK / 8 ? left : CHUNK / 8;
        for (size_t i = 0; i < count; i++, from += width) {
            uint64_t bits = 0;
            uint32_t word;
            if (width == 8)
                memcpy(&bits, from, 8);
            else if (width == 4)
                memcpy(&word, from, 4), bits = word;
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
