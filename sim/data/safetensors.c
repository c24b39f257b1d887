#include "safetensors.h"

#include "../base/file.h"
#include "../base/half.h"
#include "../base/json_private.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const size_t largest_header = 100000000;
/* A header nests no deeper than {"name": {"shape": [1]}}; anything deeper is rejected without
 * parsing. */
enum { LENGTH_BYTES = 8, DEEPEST = 3 };

/* clang-format off */
static const struct {
    const char *name;
    size_t bits;
    enum { FLOATING, INTEGER, OTHER } kind;
    bool negative; /* integers: two's complement */
} dtypes[] = {
    [ATTNDYN_F64] = {"F64", 64, FLOATING, true}, [ATTNDYN_F32] = {"F32", 32, FLOATING, true},
    [ATTNDYN_F16] = {"F16", 16, FLOATING, true}, [ATTNDYN_BF16] = {"BF16", 16, FLOATING, true},
    [ATTNDYN_I64] = {"I64", 64, INTEGER, true}, [ATTNDYN_I32] = {"I32", 32, INTEGER, true},
    [ATTNDYN_I16] = {"I16", 16, INTEGER, true}, [ATTNDYN_I8] = {"I8", 8, INTEGER, true},
    [ATTNDYN_U32] = {"U32", 32, INTEGER, false}, [ATTNDYN_U16] = {"U16", 16, INTEGER, false},
    [ATTNDYN_U8] = {"U8", 8, INTEGER, false}, [ATTNDYN_BOOL] = {"BOOL", 8, INTEGER, false},
    [ATTNDYN_U64] = {"U64", 64, OTHER, false}, [ATTNDYN_C64] = {"C64", 64, OTHER, true},
    [ATTNDYN_F8_E4M3] = {"F8_E4M3", 8, OTHER, true},
    [ATTNDYN_F8_E5M2] = {"F8_E5M2", 8, OTHER, true},
    [ATTNDYN_F8_E8M0] = {"F8_E8M0", 8, OTHER, false},
    [ATTNDYN_F8_E4M3FNUZ] = {"F8_E4M3FNUZ", 8, OTHER, true},
    [ATTNDYN_F8_E5M2FNUZ] = {"F8_E5M2FNUZ", 8, OTHER, true},
    [ATTNDYN_F6_E2M3] = {"F6_E2M3", 6, OTHER, true},
    [ATTNDYN_F6_E3M2] = {"F6_E3M2", 6, OTHER, true}, [ATTNDYN_F4] = {"F4", 4, OTHER, true},
    [ATTNDYN_DTYPE_UNKNOWN] = {"a type that is not known here", 0, OTHER, true}};
/* clang-format on */
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

const char *attndyn_dtype_name(enum attndyn_dtype dtype) {
    return dtypes[dtype].name;
}

size_t attndyn_dtype_bytes(enum attndyn_dtype dtype) {
    return dtypes[dtype].bits % 8 == 0 ? dtypes[dtype].bits / 8 : 0;
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

struct reader {
    struct attndyn_context *ctx;
    const char *origin;
    const unsigned char *data; /* after the header */
    size_t length;             /* of data */
    struct range {
        size_t begin, end, tensor;
    } * ranges;
};

/* A message shows only the start of a name from the file, which may be long. */
#define BAD(r, ...) attndyn_fail((r)->ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)

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
    const bool known = t->dtype != ATTNDYN_DTYPE_UNKNOWN;
    size_t bits = known ? dtypes[t->dtype].bits : 1;
    for (size_t i = 0; i < t->dimensions; i++) {
        if (!size_of(json_array_get(shape, i), &t->shape[i]))
            return BAD(r, "%s: tensor %.100s: shape[%zu] is no size", r->origin, t->name, i);
        if (t->shape[i] && bits > SIZE_MAX / t->shape[i])
            return BAD(r, "%s: tensor %.100s: its shape overflows", r->origin, t->name);
        bits *= t->shape[i];
    }
    if (known && bits % 8 != 0)
        return BAD(r, "%s: tensor %.100s: its %s fill no whole number of bytes", r->origin, t->name,
                   dtypes[t->dtype].name);
    *bytes = bits / 8;
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
    if (!json_is_string(dtype))
        return BAD(r, "%s: tensor %.100s: its dtype is no text", r->origin, t->name);
    t->dtype = d < N_DTYPES ? (enum attndyn_dtype)d : ATTNDYN_DTYPE_UNKNOWN;
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
    if (t->dtype != ATTNDYN_DTYPE_UNKNOWN && range->end - range->begin != bytes)
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
    file->bytes = bytes;
    file->length = length;
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
    if (header == 0 || *text != '{' || attndyn_json_is_deeper(text, (size_t)header, DEEPEST))
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

bool attndyn_safetensors_likely(const void *bytes, size_t length) {
    return length > LENGTH_BYTES && ((const char *)bytes)[LENGTH_BYTES] == '{' &&
           little_endian(bytes, LENGTH_BYTES) <= length - LENGTH_BYTES;
}

enum attndyn_status attndyn_safetensors_map(struct attndyn_context *ctx, const char *path,
                                            struct attndyn_safetensors *file) {
    const void *bytes;
    size_t length;
    ATTNDYN_TRY(attndyn_file_map(ctx, path, &bytes, &length));
    return attndyn_safetensors_parse(ctx, bytes, length, path, file);
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
    if (dtypes[t->dtype].kind != FLOATING) return wrong_kind(ctx, t, "F64, F32, F16 or BF16");
    size_t count = attndyn_tensor_count(t), width = dtypes[t->dtype].bits / 8;
    const unsigned char *bytes = t->data;
    for (size_t i = 0; i < count; i++, bytes += width)
        to[i] = t->dtype == ATTNDYN_F64 ? bits_to_double(little_endian(bytes, 8))
                                        : (double)narrow_float(t->dtype, bytes);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_tensor_to_float(struct attndyn_context *ctx,
                                            const struct attndyn_tensor *t, float *to) {
    if (dtypes[t->dtype].kind != FLOATING) return wrong_kind(ctx, t, "F64, F32, F16 or BF16");
    size_t count = attndyn_tensor_count(t), width = dtypes[t->dtype].bits / 8;
    const unsigned char *bytes = t->data;
    for (size_t i = 0; i < count; i++, bytes += width)
        to[i] = t->dtype == ATTNDYN_F64 ? (float)bits_to_double(little_endian(bytes, 8))
                                        : narrow_float(t->dtype, bytes);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_tensor_to_int64(struct attndyn_context *ctx,
                                            const struct attndyn_tensor *t, int64_t *to) {
    if (dtypes[t->dtype].kind != INTEGER)
        return wrong_kind(ctx, t, "I64, I32, I16, I8, U32, U16, U8 or BOOL");
    size_t count = attndyn_tensor_count(t), width = dtypes[t->dtype].bits / 8;
    const unsigned char *bytes = t->data;
    for (size_t i = 0; i < count; i++, bytes += width) {
        uint64_t bits = little_endian(bytes, width);
        if (dtypes[t->dtype].negative && width < 8 && bits >> (8 * width - 1))
            bits |= UINT64_MAX << 8 * width;
        memcpy(&to[i], &bits, sizeof bits);
    }
    return ATTNDYN_OK;
}
