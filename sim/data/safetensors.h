/* Tensors in a file: the safetensors format, which NumPy and PyTorch read and write.
 *
 * A file is a little-endian 64-bit length, a JSON header of that length that maps names to
 * {"dtype", "shape", "data_offsets"} (and "__metadata__" to strings), then the numbers, row-major
 * and little-endian. Files are not trusted: anything wrong in one is ATTNDYN_NO_INPUT with a
 * message of one line. Refused are headers above 100 MB, offsets outside the file, tensors that
 * overlap, bytes that belong to none, a shape that does not fill its range, duplicate names. */
#ifndef ATTNDYN_DATA_SAFETENSORS_H
#define ATTNDYN_DATA_SAFETENSORS_H

#include "../base/context.h"

enum attndyn_dtype {
    ATTNDYN_F64,
    ATTNDYN_F32,
    ATTNDYN_F16,
    ATTNDYN_BF16,
    ATTNDYN_I64,
    ATTNDYN_I32,
    ATTNDYN_U32,
    ATTNDYN_U8,
    ATTNDYN_BOOL,
    ATTNDYN_I16,
    ATTNDYN_U16,
    ATTNDYN_I8,
    /* Types that occur in files but cannot be read here; their tensors are skipped. */
    ATTNDYN_U64,
    ATTNDYN_C64,
    ATTNDYN_F8_E4M3,
    ATTNDYN_F8_E5M2,
    ATTNDYN_F8_E8M0,
    ATTNDYN_F8_E4M3FNUZ,
    ATTNDYN_F8_E5M2FNUZ,
    ATTNDYN_F6_E2M3,
    ATTNDYN_F6_E3M2,
    ATTNDYN_F4,
    ATTNDYN_DTYPE_UNKNOWN /* of a later version of the format: nothing but its place is known */
};
/* "F64", ... as in the header. */
const char *attndyn_dtype_name(enum attndyn_dtype dtype);
/* Of one number; 0 where it is no whole byte. */
size_t attndyn_dtype_bytes(enum attndyn_dtype dtype);

enum { ATTNDYN_TENSOR_DIMENSIONS = 8 }; /* at most */

struct attndyn_tensor {
    const char *name;
    enum attndyn_dtype dtype;
    size_t dimensions;                       /* 0: a single number */
    size_t shape[ATTNDYN_TENSOR_DIMENSIONS]; /* row-major */
    /* Read: little-endian bytes, aligned to nothing; attndyn_tensor_to_* take them out.
     * To be written: an array of this machine's numbers. */
    const void *data;
};
/* Product of the shape. */
size_t attndyn_tensor_count(const struct attndyn_tensor *tensor);

struct attndyn_metadata {
    const char *key, *value; /* UTF-8 */
};

struct attndyn_safetensors {
    size_t n_tensors, n_metadata;
    struct attndyn_tensor *tensors; /* in the order of their data */
    struct attndyn_metadata *metadata;
    const char *origin; /* for messages: the file's name */
    const void *bytes;  /* the whole file, `length` of them */
    size_t length;
};

/* A file in memory; the tensors point into `bytes`, which must outlive them. All else is owned by
 * ctx. `origin` names it in messages. */
enum attndyn_status attndyn_safetensors_parse(struct attndyn_context *ctx, const void *bytes,
                                              size_t length, const char *origin,
                                              struct attndyn_safetensors *file);
/* The file at a path, whole; owned by ctx. */
enum attndyn_status attndyn_safetensors_read(struct attndyn_context *ctx, const char *path,
                                             struct attndyn_safetensors *file);
/* The same, its tensors left in the file (attndyn_file_map): only the header is read. */
enum attndyn_status attndyn_safetensors_map(struct attndyn_context *ctx, const char *path,
                                            struct attndyn_safetensors *file);
/* Whether bytes begin as a safetensors file does: a length that fits, then a JSON object. */
bool attndyn_safetensors_likely(const void *bytes, size_t length);

/* NULL where there is none. */
const struct attndyn_tensor *attndyn_safetensors_find(const struct attndyn_safetensors *file,
                                                      const char *name);
const char *attndyn_safetensors_metadata(const struct attndyn_safetensors *file, const char *key);
/* An unsigned number kept as a string of digits (JSON's own numbers lose bits above 2^53);
 * ATTNDYN_NO_INPUT where it is absent or no such number. */
enum attndyn_status attndyn_safetensors_number(struct attndyn_context *ctx,
                                               const struct attndyn_safetensors *file,
                                               const char *key, uint64_t *number);

/* All numbers of a tensor that was read. F64, F32, F16 and BF16 convert to each other, rounded to
 * nearest; I64, I32, I16, I8, U32, U16, U8 and BOOL convert to int64. ATTNDYN_NO_INPUT for
 * others. */
enum attndyn_status attndyn_tensor_to_double(struct attndyn_context *ctx,
                                             const struct attndyn_tensor *tensor, double *to);
enum attndyn_status attndyn_tensor_to_float(struct attndyn_context *ctx,
                                            const struct attndyn_tensor *tensor, float *to);
enum attndyn_status attndyn_tensor_to_int64(struct attndyn_context *ctx,
                                            const struct attndyn_tensor *tensor, int64_t *to);

/* Writes F64, F32, F16, BF16, I64, I32, U32 and U8, to a temporary file that is then renamed; no
 * copy of the tensors is made. Wider kinds come first, so that every tensor is aligned.
 * ATTNDYN_USAGE for names that are equal, "__metadata__" or no UTF-8. */
enum attndyn_status attndyn_safetensors_write(struct attndyn_context *ctx, const char *path,
                                              const struct attndyn_tensor *tensors,
                                              size_t n_tensors,
                                              const struct attndyn_metadata *metadata,
                                              size_t n_metadata);

#endif
