/* The safetensors format: bytes made by hand and by Python's struct, files that lie, round trips.
 */
#include "sim/data/safetensors.h"

#include "sim/base/file.h"
#include "tests/folder.h"
#include "tests/support.h"

#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No temporary file may be left behind. */
TESTS_WITH_A_FOLDER("safetensors", "t.safetensors");

static const char *path;
static void name_path(void) {
    path = within("t.safetensors");
}

/* Header and `data` zero bytes after it. */
static enum attndyn_status parse_text(const char *header, size_t data,
                                      struct attndyn_safetensors *file) {
    size_t length = strlen(header);
    unsigned char *bytes = calloc(8 + length + data + 1, 1);
    ck_assert_ptr_nonnull(bytes);
    for (int b = 0; b < 8; b++) bytes[b] = (unsigned char)(length >> 8 * b);
    memcpy(bytes + 8, header, length);
    enum attndyn_status status =
        attndyn_safetensors_parse(ctx, bytes, 8 + length + data, "x.safetensors", file);
    free(bytes);
    return status;
}

TEST(python_fixture) {
    struct attndyn_safetensors file;
    assert_ok(ctx, attndyn_safetensors_read(ctx, "tests/data/numbers.safetensors", &file));
    ck_assert_uint_eq(file.n_tensors, 9);
    ck_assert_uint_eq(file.n_metadata, 2);
    ck_assert_str_eq(attndyn_safetensors_metadata(&file, "format"), "pt");
    ck_assert_ptr_null(attndyn_safetensors_metadata(&file, "none"));
    uint64_t seed;
    assert_ok(ctx, attndyn_safetensors_number(ctx, &file, "seed", &seed));
    ck_assert_uint_eq(seed, UINT64_MAX);
    ck_assert_int_eq(attndyn_safetensors_number(ctx, &file, "format", &seed), ATTNDYN_NO_INPUT);
    ck_assert_int_eq(attndyn_safetensors_number(ctx, &file, "none", &seed), ATTNDYN_NO_INPUT);
    ck_assert_str_eq(file.tensors[0].name, "i64"); /* by place, not by header */

    double x[8];
    float y[8];
    int64_t n[8];
    const struct attndyn_tensor *t = attndyn_safetensors_find(&file, "weight");
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(t->dimensions, 2);
    ck_assert_uint_eq(t->shape[0], 2);
    ck_assert_uint_eq(t->shape[1], 3);
    assert_ok(ctx, attndyn_tensor_to_float(ctx, t, y));
    const float weight[] = {1.5f, -2, 0, 0x1p-149f, FLT_MAX, -INFINITY};
    for (int i = 0; i < 6; i++) ck_assert_msg(y[i] == weight[i], "weight %d", i);
    assert_ok(ctx, attndyn_tensor_to_double(ctx, t, x));
    for (int i = 0; i < 6; i++) ck_assert_msg(x[i] == (double)weight[i], "weight %d", i);

    const double half[] = {1, -2.5, 0x1p-24, 65504};
    assert_ok(ctx, attndyn_tensor_to_double(ctx, attndyn_safetensors_find(&file, "half"), x));
    for (int i = 0; i < 4; i++) assert_near(x[i], half[i], 0);
    const double brain[] = {1.5, -2};
    assert_ok(ctx, attndyn_tensor_to_double(ctx, attndyn_safetensors_find(&file, "brain"), x));
    for (int i = 0; i < 2; i++) assert_near(x[i], brain[i], 0);
    ck_assert(isinf(x[2]));
    assert_ok(ctx, attndyn_tensor_to_double(ctx, attndyn_safetensors_find(&file, "f64"), x));
    assert_near(x[0], 0.1, 0);
    assert_ok(ctx, attndyn_tensor_to_float(ctx, attndyn_safetensors_find(&file, "f64"), y));
    ck_assert(y[0] == 0.1f);

    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "i64"), n));
    ck_assert(n[0] == INT64_MIN && n[1] == INT64_MAX);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "i32"), n));
    ck_assert(n[0] == -1 && n[1] == INT32_MAX);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "u32"), n));
    ck_assert(n[0] == UINT32_MAX);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "bytes"), n));
    ck_assert(n[0] == 0 && n[1] == 127 && n[2] == 255);
    ck_assert_int_eq(attndyn_tensor_to_int64(ctx, t, n), ATTNDYN_NO_INPUT);
    t = attndyn_safetensors_find(&file, "u32");
    ck_assert_int_eq(attndyn_tensor_to_double(ctx, t, x), ATTNDYN_NO_INPUT);
    ck_assert_int_eq(attndyn_tensor_to_float(ctx, t, y), ATTNDYN_NO_INPUT);
    t = attndyn_safetensors_find(&file, "none");
    ck_assert_uint_eq(attndyn_tensor_count(t), 0);
    ck_assert_ptr_null(attndyn_safetensors_find(&file, "weigh"));
}

/* IEEE half precision: every bit pattern, against the definition. */
TEST(every_half) {
    for (unsigned bits = 0; bits < 1u << 16; bits++) {
        unsigned char bytes[2] = {(unsigned char)bits, (unsigned char)(bits >> 8)};
        struct attndyn_tensor t = {
            .name = "h", .dtype = ATTNDYN_F16, .dimensions = 0, .data = bytes};
        double x, sign = bits >> 15 ? -1 : 1;
        assert_ok(ctx, attndyn_tensor_to_double(ctx, &t, &x));
        int exponent = bits >> 10 & 31, fraction = bits & 1023;
        if (exponent == 31)
            ck_assert_msg(fraction ? isnan(x) : x == sign * INFINITY, "%04x: %g", bits, x);
        else if (exponent)
            ck_assert_msg(x == sign * ldexp(1024 + fraction, exponent - 25), "%04x: %g", bits, x);
        else
            ck_assert_msg(x == sign * ldexp(fraction, -24) && signbit(x) == (bits >> 15 != 0),
                          "%04x: %g", bits, x);
    }
}

static const struct {
    const char *header;
    size_t data;
    const char *says;
} lies[] = {
    {"", 0, "no JSON object"},
    {"[]", 0, "no JSON object"},
    {" {}", 0, "no JSON object"},
    {"{", 0, "header, byte"},
    {"{}{}", 0, "header, byte"},
    {"{} x", 0, "header, byte"},
    {"{\"a\":1}", 0, "expected dtype"},
    {"{\"a\":{}}", 0, "expected dtype"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "expected dtype"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":1}}", 1,
     "expected dtype"},
    {"{\"a\":{\"dtype\":\"I4\",\"shape\":[1],\"data_offsets\":[0,2]}}", 1, "are outside the data"},
    {"{\"a\":{\"dtype\":\"I4\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,1]}}", 1,
     "overflows"},
    {"{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "its dtype is no text"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1, "shape is no array"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", 1, "shape[0] is no size"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}", 1, "shape[0] is no size"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[\"1\"],\"data_offsets\":[0,1]}}", 1,
     "shape[0] is no size"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
     "9 dimensions"},
    {"{\"a\":{\"dtype\":\"F64\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", 0,
     "overflows"},
    {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2305843009213693953],\"data_offsets\":[0,8]}}", 8,
     "overflows"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,1]}}", 1,
     "header, byte"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, "no two sizes"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1, "no two sizes"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[-1,0]}}", 1, "no two sizes"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":{\"0\":1}}}", 1, "no two sizes"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]}}", 1, "outside the data"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 1, "cut short?"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
     "needs 8 bytes, it has 4"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, "a hole"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
     3, "tensor b begins at byte 2, expected 1: a hole"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
     3, "overlap"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
     2, "overlap"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 3,
     "2 bytes after the last tensor"},
    {"{}", 1, "1 bytes after the last tensor"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
     1, "duplicate"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}}", 1, "no JSON object"},
    {"{\"__metadata__\":[]}", 0, "__metadata__ is no object"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "a is no string"},
    {"{\"a\\u0000b\":1}", 0, "header, byte"},
    {"{\"\xff\":1}", 0, "header, byte"},
    {"{\"a\\nb\":1}", 0, "tensor a b: expected dtype"},
};

TEST(lies_are_named) {
    struct attndyn_safetensors file;
    ck_assert_int_eq(parse_text(lies[_i].header, lies[_i].data, &file), ATTNDYN_NO_INPUT);
    const char *message = attndyn_message(ctx);
    ck_assert_msg(strstr(message, lies[_i].says) && strstr(message, "x.safetensors") == message,
                  "%s: %s", lies[_i].header, message);
    ck_assert_ptr_null(strchr(message, '\n'));
}

TEST(good_headers) {
    struct attndyn_safetensors file;
    assert_ok(ctx, parse_text("{}", 0, &file));
    assert_ok(ctx, parse_text("{}   ", 0, &file));
    assert_ok(ctx, parse_text("{\"[[[{{{\\\"[\":{\"dtype\":\"U8\",\"shape\":[],"
                              "\"data_offsets\":[0,1]}}",
                              1, &file));
    ck_assert_str_eq(file.tensors[0].name, "[[[{{{\"[");
}

TEST(lengths_that_lie) {
    unsigned char bytes[24] = {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    struct attndyn_safetensors file;
    for (size_t length = 0; length < 10; length++)
        ck_assert_int_eq(attndyn_safetensors_parse(ctx, bytes, length, "x", &file),
                         ATTNDYN_NO_INPUT);
    assert_ok(ctx, attndyn_safetensors_parse(ctx, bytes, 10, "x", &file));
    memset(bytes, 0xff, 8);
    ck_assert_int_eq(attndyn_safetensors_parse(ctx, bytes, sizeof bytes, "x", &file),
                     ATTNDYN_NO_INPUT);
    ck_assert_int_eq(attndyn_safetensors_read(ctx, path, &file), ATTNDYN_NO_INPUT);
}

/* More bytes than a header may have, all there. */
TEST(header_cap) {
    size_t length = 100000001;
    char *bytes = malloc(8 + length);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, ' ', 8 + length);
    for (int b = 0; b < 8; b++) bytes[b] = (char)(length >> 8 * b);
    bytes[8] = '{', bytes[9] = '}';
    struct attndyn_safetensors file;
    ck_assert_int_eq(attndyn_safetensors_parse(ctx, bytes, 8 + length, "x", &file),
                     ATTNDYN_NO_INPUT);
    free(bytes);
}

/* Cut anywhere, or with any byte of the header changed, the file is refused or read: never more. */
TEST(damaged_fixture) {
    char *bytes;
    size_t length;
    struct attndyn_safetensors file;
    assert_ok(ctx, attndyn_file_read(ctx, "tests/data/numbers.safetensors", &bytes, &length));
    for (size_t cut = 0; cut < length; cut++)
        ck_assert_int_eq(attndyn_safetensors_parse(ctx, bytes, cut, "x", &file), ATTNDYN_NO_INPUT);
    for (size_t i = 0; i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            enum attndyn_status status = attndyn_safetensors_parse(ctx, bytes, length, "x", &file);
            ck_assert(status == ATTNDYN_OK || status == ATTNDYN_NO_INPUT);
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            attndyn_memory_release(ctx, mark);
        }
}

TEST(exact_bytes) {
    const float w[] = {1, -2};
    const double d = 0.5;
    const uint8_t u[] = {7, 8, 9};
    const struct attndyn_tensor tensors[] = {
        {.name = "u", .dtype = ATTNDYN_U8, .dimensions = 1, .shape = {3}, .data = u},
        {.name = "w\"", .dtype = ATTNDYN_F32, .dimensions = 2, .shape = {1, 2}, .data = w},
        {.name = "d", .dtype = ATTNDYN_F64, .data = &d}};
    const struct attndyn_metadata metadata[] = {{"k", "v"}};
    assert_ok(ctx, attndyn_safetensors_write(ctx, path, tensors, 3, metadata, 1));
    const char header[] = "{\"__metadata__\":{\"k\":\"v\"},"
                          "\"d\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                          "\"w\\\"\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]},"
                          "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[16,19]}}";
    const unsigned char data[] = {0,    0,    0, 0, 0, 0,    0xe0, 0x3f, 0, 0,
                                  0x80, 0x3f, 0, 0, 0, 0xc0, 7,    8,    9};
    char *bytes;
    size_t length, head = (sizeof header - 1 + 7) / 8 * 8;
    assert_ok(ctx, attndyn_file_read(ctx, path, &bytes, &length));
    ck_assert_uint_eq(length, 8 + head + sizeof data);
    ck_assert_uint_eq((unsigned char)bytes[0], head);
    ck_assert_int_eq(memcmp(bytes + 8, header, sizeof header - 1), 0);
    for (size_t i = 8 + sizeof header - 1; i < 8 + head; i++) ck_assert_int_eq(bytes[i], ' ');
    ck_assert_int_eq(memcmp(bytes + 8 + head, data, sizeof data), 0);
}

/* Longer than the writer's buffer; integers at their ends; bits of NaN. */
TEST(round_trip) {
    enum { N = 40000 };
    float *f;
    double *d;
    int32_t *i32;
    int64_t *back;
    f = attndyn_alloc(ctx, N, sizeof *f);
    d = attndyn_alloc(ctx, N, sizeof *d);
    i32 = attndyn_alloc(ctx, N, sizeof *i32);
    back = attndyn_alloc(ctx, N, sizeof *back);
    for (int i = 0; i < N; i++) {
        uint32_t bits = (uint32_t)i * 2654435761u;
        uint64_t wide = (uint64_t)bits << 32 | ~bits;
        memcpy(&f[i], &bits, 4);
        memcpy(&i32[i], &bits, 4);
        memcpy(&d[i], &wide, 8);
    }
    const int64_t i64[] = {INT64_MIN, -1, INT64_MAX};
    const uint32_t u32[] = {0, UINT32_MAX};
    const struct attndyn_tensor tensors[] = {
        {.name = "f", .dtype = ATTNDYN_F32, .dimensions = 1, .shape = {N}, .data = f},
        {.name = "d", .dtype = ATTNDYN_F64, .dimensions = 2, .shape = {N / 8, 8}, .data = d},
        {.name = "i32", .dtype = ATTNDYN_I32, .dimensions = 1, .shape = {N}, .data = i32},
        {.name = "i64", .dtype = ATTNDYN_I64, .dimensions = 1, .shape = {3}, .data = i64},
        {.name = "u32", .dtype = ATTNDYN_U32, .dimensions = 1, .shape = {2}, .data = u32},
        {.name = "none", .dtype = ATTNDYN_F32, .dimensions = 2, .shape = {0, 5}, .data = NULL}};
    assert_ok(ctx, attndyn_safetensors_write(ctx, path, tensors, 6, NULL, 0));
    struct attndyn_safetensors file;
    assert_ok(ctx, attndyn_safetensors_read(ctx, path, &file));
    ck_assert_uint_eq(file.n_tensors, 6);
    float *f2 = attndyn_alloc(ctx, N, sizeof *f2);
    double *d2 = attndyn_alloc(ctx, N, sizeof *d2);
    assert_ok(ctx, attndyn_tensor_to_float(ctx, attndyn_safetensors_find(&file, "f"), f2));
    assert_ok(ctx, attndyn_tensor_to_double(ctx, attndyn_safetensors_find(&file, "d"), d2));
    ck_assert_int_eq(memcmp(f, f2, N * sizeof *f), 0);
    ck_assert_int_eq(memcmp(d, d2, N * sizeof *d), 0);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "i32"), back));
    for (int i = 0; i < N; i++) ck_assert(back[i] == i32[i]);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "i64"), back));
    ck_assert_int_eq(memcmp(i64, back, sizeof i64), 0);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "u32"), back));
    ck_assert(back[1] == UINT32_MAX);
}

/* Every dtype of the format is taken where its numbers are not asked for; those that fill no whole
 * bytes are refused. */
TEST(published_dtypes) {
    static const struct {
        const char *name;
        unsigned bits;
    } all[] = {{"F64", 64},    {"F32", 32},        {"F16", 16},        {"BF16", 16},
               {"I64", 64},    {"I32", 32},        {"I16", 16},        {"I8", 8},
               {"U64", 64},    {"U32", 32},        {"U16", 16},        {"U8", 8},
               {"BOOL", 8},    {"C64", 64},        {"F8_E4M3", 8},     {"F8_E5M2", 8},
               {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6},
               {"F6_E3M2", 6}, {"F4", 4}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (unsigned count = 4; count <= 5; count++) {
            struct attndyn_safetensors file;
            char bytes[256] = {0};
            int length =
                snprintf(bytes + 8, sizeof bytes - 8,
                         "{\"a\":{\"dtype\":\"%s\",\"shape\":[%u],\"data_offsets\":[0,%u]}}",
                         all[i].name, count, all[i].bits * count / 8);
            bytes[0] = (char)length;
            enum attndyn_status status = attndyn_safetensors_parse(
                ctx, bytes, 8 + (size_t)length + all[i].bits * count / 8, "x.safetensors", &file);
            ck_assert_msg((status == ATTNDYN_OK) == (all[i].bits * count % 8 == 0), "%s %u: %s",
                          all[i].name, count, attndyn_message(ctx));
            if (status == ATTNDYN_OK)
                ck_assert_str_eq(attndyn_dtype_name(file.tensors[0].dtype), all[i].name);
        }
}

/* A type of a later version of the format does not matter unless it is wanted. */
TEST(later_dtypes) {
    char bytes[256] = {0};
    struct attndyn_safetensors file;
    int length = snprintf(bytes + 8, sizeof bytes - 8,
                          "{\"a\":{\"dtype\":\"I4\",\"shape\":[3],\"data_offsets\":[0,2]},"
                          "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}");
    bytes[0] = (char)length;
    bytes[8 + length + 2] = 7;
    assert_ok(ctx, attndyn_safetensors_parse(ctx, bytes, 8 + (size_t)length + 3, "x", &file));
    int64_t to[3];
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&file, "b"), to));
    ck_assert(to[0] == 7);
    const struct attndyn_tensor *later = attndyn_safetensors_find(&file, "a");
    ck_assert_int_eq(later->dtype, ATTNDYN_DTYPE_UNKNOWN);
    ck_assert_int_eq(attndyn_tensor_to_int64(ctx, later, to), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "a type that is not known here"));
}

/* Narrow integers keep their signs; a mapped file holds what a read one does. */
TEST(narrow_and_mapped) {
    static const char bytes[] = {'\xff', '\x80', 1, 0, '\xfe', '\xff', 'x', 0, 0, 0, 0, 0, 0, 0};
    const char *header = "{\"b\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                         "\"w\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[2,6]}}";
    struct attndyn_safetensors mapped;
    const uint64_t length = strlen(header);
    int64_t to[2];
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    for (int b = 0; b < 8; b++) fputc((int)(length >> 8 * b & 255), stream);
    fputs(header, stream);
    fwrite(bytes, 1, 6, stream);
    ck_assert_int_eq(fclose(stream), 0);
    uint64_t mark = attndyn_memory_mark(ctx);
    assert_ok(ctx, attndyn_safetensors_map(ctx, path, &mapped));
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&mapped, "b"), to));
    ck_assert(to[0] == -1 && to[1] == -128);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, attndyn_safetensors_find(&mapped, "w"), to));
    ck_assert(to[0] == 1 && to[1] == -2);
    attndyn_memory_release(ctx, mark);
    ck_assert_int_eq(attndyn_safetensors_map(ctx, ".", &mapped), ATTNDYN_NO_INPUT);
    ck_assert_int_eq(attndyn_safetensors_map(ctx, "/nonexistent/x", &mapped), ATTNDYN_NO_INPUT);
    remove(path);
}

TEST(bad_requests) {
    const uint8_t u = 1;
    const struct attndyn_tensor twice[] = {{.name = "a", .dtype = ATTNDYN_U8, .data = &u},
                                           {.name = "a", .dtype = ATTNDYN_U8, .data = &u}};
    ck_assert_int_eq(attndyn_safetensors_write(ctx, path, twice, 2, NULL, 0), ATTNDYN_USAGE);
    struct attndyn_tensor one = twice[0];
    one.name = "__metadata__";
    ck_assert_int_eq(attndyn_safetensors_write(ctx, path, &one, 1, NULL, 0), ATTNDYN_USAGE);
    one.name = "\xff";
    ck_assert_int_eq(attndyn_safetensors_write(ctx, path, &one, 1, NULL, 0), ATTNDYN_USAGE);
    one.name = "h";
    one.dtype = ATTNDYN_U64;
    ck_assert_int_eq(attndyn_safetensors_write(ctx, path, &one, 1, NULL, 0), ATTNDYN_USAGE);
    const struct attndyn_metadata same[] = {{"k", "v"}, {"k", "w"}}, bad[] = {{"k", "\xff"}};
    ck_assert_int_eq(attndyn_safetensors_write(ctx, path, twice, 1, same, 2), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_safetensors_write(ctx, path, twice, 1, bad, 1), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_safetensors_write(ctx, "/nonexistent/x", twice, 1, NULL, 0),
                     ATTNDYN_IO);
    ck_assert_int_ne(access(path, F_OK), 0);
}

TEST(a_full_disk_leaves_nothing) {
    if (access("/dev/full", W_OK) != 0) return;
    const uint8_t u = 1;
    const struct attndyn_tensor one = {.name = "a", .dtype = ATTNDYN_U8, .data = &u};
    char *temporary = attndyn_file_temporary(ctx, path);
    ck_assert_int_eq(symlink("/dev/full", temporary), 0);
    ck_assert_int_eq(attndyn_safetensors_write(ctx, path, &one, 1, NULL, 0), ATTNDYN_IO);
    ck_assert_int_ne(access(path, F_OK), 0);
}

TEST(every_failed_allocation_is_reported) {
    struct attndyn_safetensors file;
    const uint8_t u = 1;
    const struct attndyn_tensor one = {.name = "a", .dtype = ATTNDYN_U8, .data = &u};
    uint64_t before = attndyn_allocations(ctx);
    assert_ok(ctx, attndyn_safetensors_read(ctx, "tests/data/numbers.safetensors", &file));
    assert_ok(ctx, attndyn_safetensors_write(ctx, path, &one, 1, NULL, 0));
    uint64_t calls = attndyn_allocations(ctx) - before;
    ck_assert_uint_gt(calls, 10);
    for (uint64_t n = 1; n <= calls; n++) {
        attndyn_fail_allocation(ctx, n);
        enum attndyn_status status =
            attndyn_safetensors_read(ctx, "tests/data/numbers.safetensors", &file);
        if (!status) status = attndyn_safetensors_write(ctx, path, &one, 1, NULL, 0);
        ck_assert_msg(status == ATTNDYN_NO_MEMORY, "allocation %d: status %d", (int)n, status);
    }
}

TCASE(safetensors) {
    in_a_folder(tcase, 60);
    tcase_add_checked_fixture(tcase, name_path, NULL);
    tcase_add_tests(tcase, python_fixture, every_half);
    tcase_add_each(tcase, lies_are_named, lies);
    tcase_add_tests(tcase, good_headers, lengths_that_lie, header_cap, damaged_fixture, exact_bytes,
                    round_trip, published_dtypes, later_dtypes, narrow_and_mapped, bad_requests,
                    a_full_disk_leaves_nothing, every_failed_allocation_is_reported);
}
