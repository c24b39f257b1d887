#include "recording.h"

#include "sim/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char weights_prefix[] = "weights.", gradients_prefix[] = "gradients.";

#define BAD(ctx, ...) attndyn_fail(ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)

static bool begins(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Parses gradients.<step>.<name>, where the step has no leading zeros; false if it is something
 * else. */
static bool parse_gradient(const char *tensor, uint64_t *step, const char **name) {
    const char *at = tensor + sizeof gradients_prefix - 1, *first = at;
    if (!begins(tensor, gradients_prefix)) return false;
    for (*step = 0; *at >= '0' && *at <= '9' && at - first < 18; at++)
        *step = 10 * *step + (uint64_t)(*at - '0');
    if (at == first || *at != '.' || (*first == '0' && at - first > 1) || !at[1]) return false;
    *name = at + 1;
    return true;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct recorded *)a)->name, ((const struct recorded *)b)->name);
}

static struct recorded *find(const struct recording *r, const char *name) {
    const struct recorded key = {.name = name};
    return bsearch(&key, r->matrix, r->matrices, sizeof key, by_name);
}

static enum attndyn_status check_matrix(struct attndyn_context *ctx,
                                        const struct attndyn_safetensors *file,
                                        const struct attndyn_tensor *t) {
    if (t->dimensions != 2 || t->shape[0] == 0 || t->shape[1] == 0)
        return BAD(ctx, "%s: %s has %zu dimensions, expected a matrix", file->origin, t->name,
                   t->dimensions);
    switch (t->dtype) {
    case ATTNDYN_F64:
    case ATTNDYN_F32:
    case ATTNDYN_F16:
    case ATTNDYN_BF16:
        return ATTNDYN_OK;
    default:
        return BAD(ctx, "%s: %s is of %s, expected F64, F32, F16 or BF16", file->origin, t->name,
                   attndyn_dtype_name(t->dtype));
    }
}

/* The matrices, and how many gradients there are in all. */
static enum attndyn_status count(struct attndyn_context *ctx,
                                 const struct attndyn_safetensors *file, struct recording *r,
                                 size_t *gradients) {
    uint64_t step;
    const char *name;
    ATTNDYN_ALLOC(ctx, r->matrix, file->n_tensors);
    *gradients = 0;
    for (size_t i = 0; i < file->n_tensors; i++) {
        const struct attndyn_tensor *t = &file->tensors[i];
        bool weights = begins(t->name, weights_prefix) && t->name[sizeof weights_prefix - 1];
        if (!weights && !parse_gradient(t->name, &step, &name))
            return BAD(ctx,
                       "%s: tensor %.100s: expected weights.NAME and gradients.STEP.NAME, steps "
                       "from 0",
                       file->origin, t->name);
        ATTNDYN_TRY(check_matrix(ctx, file, t));
        *gradients += !weights;
        if (weights)
            r->matrix[r->matrices++] =
                (struct recorded){.name = t->name + sizeof weights_prefix - 1,
                                  .m = t->shape[0],
                                  .n = t->shape[1],
                                  .weights = t};
    }
    if (r->matrices == 0) return BAD(ctx, "%s: no weights.NAME in it", file->origin);
    if (*gradients == 0) return BAD(ctx, "%s: no gradients.STEP.NAME in it", file->origin);
    qsort(r->matrix, r->matrices, sizeof *r->matrix, by_name);
    return ATTNDYN_OK;
}

static enum attndyn_status place(struct attndyn_context *ctx,
                                 const struct attndyn_safetensors *file,
                                 const struct recording *r) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        const struct attndyn_tensor *t = &file->tensors[i];
        uint64_t step;
        const char *name;
        if (!parse_gradient(t->name, &step, &name)) continue;
        struct recorded *matrix = find(r, name);
        if (!matrix)
            return BAD(ctx, "%s: %.100s has no weights.%.100s", file->origin, t->name, name);
        if (t->shape[0] != matrix->m || t->shape[1] != matrix->n)
            return BAD(ctx, "%s: %.100s is (%zu, %zu), weights.%.100s (%zu, %zu)", file->origin,
                       t->name, t->shape[0], t->shape[1], name, matrix->m, matrix->n);
        if (step < r->steps) matrix->gradient[step] = t;
    }
    for (size_t k = 0; k < r->matrices; k++)
        for (size_t s = 0; s < r->steps; s++)
            if (!r->matrix[k].gradient[s])
                return BAD(
                    ctx,
                    "%s: gradients.%zu.%.100s is missing: expected one of every matrix for every step from 0 on",
                    file->origin, s, r->matrix[k].name);
    return ATTNDYN_OK;
}

enum attndyn_status recording_open(struct attndyn_context *ctx, const char *path,
                                   struct recording *r) {
    struct attndyn_safetensors *file;
    size_t gradients;
    *r = (struct recording){0};
    ATTNDYN_ALLOC(ctx, file, 1);
    ATTNDYN_TRY(attndyn_safetensors_map(ctx, path, file));
    ATTNDYN_TRY(count(ctx, file, r, &gradients));
    /* The number of steps if no gradient is missing. */
    r->steps = (gradients + r->matrices - 1) / r->matrices;
    for (size_t k = 0; k < r->matrices; k++) ATTNDYN_ALLOC(ctx, r->matrix[k].gradient, r->steps);
    return place(ctx, file, r);
}

enum attndyn_status recording_sample(struct attndyn_context *ctx, size_t steps, uint64_t seed,
                                     struct recording *r) {
    static const struct {
        const char *name;
        size_t m, n;
    } shapes[] = {{"square", 16, 16}, {"tall", 24, 10}, {"wide", 10, 24}};
    enum { RANK = 4, LONGEST = 24 };
    struct attndyn_random random;
    *r = (struct recording){.matrices = 3, .steps = steps};
    ATTNDYN_ALLOC(ctx, r->matrix, 3);
    for (size_t k = 0; k < 3; k++) {
        struct recorded *matrix = &r->matrix[k];
        size_t m = shapes[k].m, n = shapes[k].n;
        double a[LONGEST * RANK], b[RANK * LONGEST];
        *matrix = (struct recorded){.name = shapes[k].name, .m = m, .n = n};
        ATTNDYN_ALLOC(ctx, matrix->sample, (steps + 1) * m * n);
        ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                        attndyn_random_derive(seed, "replay", k)));
        attndyn_random_normals(&random, 1, m * n, matrix->sample);
        attndyn_random_normals(&random, 1, m * RANK, a);
        attndyn_random_normals(&random, 1, RANK * n, b);
        for (size_t s = 0; s < steps; s++) {
            double *G = matrix->sample + (s + 1) * m * n, fall = exp(-(double)s / 20);
            attndyn_random_normals(&random, 0.05, m * n, G);
            for (size_t i = 0; i < m * RANK; i++) a[i] += 0.3 * attndyn_random_normal(&random);
            for (size_t i = 0; i < m; i++)
                for (size_t j = 0; j < n; j++)
                    for (size_t c = 0; c < RANK;
                         c++) /* each direction falls faster than the last */
                        G[i * n + j] += pow(fall, (double)c + 1) * a[i * RANK + c] * b[c * n + j];
        }
        attndyn_random_done(&random);
    }
    return ATTNDYN_OK;
}

enum attndyn_status recording_take(struct attndyn_context *ctx, const struct recording *r,
                                   size_t matrix, size_t step, double *to) {
    const struct recorded *k = &r->matrix[matrix];
    size_t count = k->m * k->n;
    if (k->sample) {
        memcpy(to, k->sample + (step == SIZE_MAX ? 0 : step + 1) * count, count * sizeof *to);
        return ATTNDYN_OK;
    }
    const struct attndyn_tensor *t = step == SIZE_MAX ? k->weights : k->gradient[step];
    ATTNDYN_TRY(attndyn_tensor_to_double(ctx, t, to));
    for (size_t i = 0; i < count; i++)
        if (!isfinite(to[i])) return BAD(ctx, "%s: number %zu of it is not finite", t->name, i);
    return ATTNDYN_OK;
}
