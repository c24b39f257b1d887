/* Two linear maps trained to say which units will be heavy. */
#include "../../base/random.h"
#include "../../num/blas.h"
#include "../../num/gemv.h"
#include "../../num/optim/optimizer.h"
#include "../../num/parameter.h"
#include "../transformer/real_math.h"
#include "sparse_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef ATTNDYN_DOUBLE
#define gemm attndyn_gemm_strided
#define gemv attndyn_gemv_double
#else
#define gemm attndyn_gemm_single
#define gemv attndyn_gemv_best()->f32
#endif

enum { PASSES = 30 };
static const double rate = 0.01;

enum { DOWN, UP, BIAS, PARAMETERS };

enum attndyn_status attndyn_infer_predictor_create(struct attndyn_context *ctx, size_t in,
                                                   size_t rank, size_t units, uint64_t seed,
                                                   struct infer_predictor **predictor) {
    static const char *const names[] = {"down", "up", "bias"};
    const size_t rows[] = {rank, units, 1}, columns[] = {in, rank, units};
    struct infer_predictor *p;
    ATTNDYN_ALLOC(ctx, p, 1);
    p->in = in, p->rank = rank, p->units = units;
    ATTNDYN_ALLOC(ctx, p->parameter, PARAMETERS);
    for (int i = 0; i < PARAMETERS; i++) {
        struct attndyn_parameter *t = &p->parameter[i];
        snprintf(t->name, sizeof t->name, "%s", names[i]);
        t->dimensions = i == BIAS ? 1 : 2;
        t->rows = rows[i], t->columns = columns[i];
        ATTNDYN_ALLOC(ctx, t->value, rows[i] * columns[i]);
        ATTNDYN_ALLOC(ctx, t->gradient, rows[i] * columns[i]);
        double most = 2 / sqrt((double)columns[i]);
        for (size_t j = 0; i != BIAS && j < rows[i] * columns[i]; j++)
            t->value[j] =
                (attndyn_real)(most *
                               ((double)(attndyn_splitmix_next(&seed) >> 11) * 0x1p-53 - 0.5));
    }
    ATTNDYN_ALLOC(ctx, p->room, INFER_PREDICTOR_BATCH * (2 * rank + units));
    *predictor = p;
    return ATTNDYN_OK;
}

/* middle (rows, rank) = x down^T; scores (rows, units) = middle up^T + bias. */
static void forward(struct infer_predictor *p, size_t rows, const attndyn_real *x,
                    attndyn_real *middle, attndyn_real *scores) {
    const struct attndyn_parameter *t = p->parameter;
    gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, p->rank, p->in, 1, x, p->in, t[DOWN].value, p->in,
         0, middle, p->rank);
    gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, p->units, p->rank, 1, middle, p->rank,
         t[UP].value, p->rank, 0, scores, p->units);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < p->units; i++) scores[r * p->units + i] += t[BIAS].value[i];
}

/* s becomes the slope of log(1 + exp(s)) - y s, times `over`. */
ATTNDYN_WIDE static void slopes(size_t n, attndyn_real over, const unsigned char *restrict y,
                                attndyn_real *restrict s) {
    for (size_t j = 0; j < n; j++) s[j] = over * (net_sigmoid(s[j]) - (attndyn_real)y[j]);
}

static double cross_entropy(size_t n, const unsigned char *y, const attndyn_real *s) {
    double loss = 0;
    for (size_t j = 0; j < n; j++) {
        double v = (double)s[j];
        loss += fmax(v, 0) + log1p(exp(-fabs(v))) - (double)y[j] * v;
    }
    return loss;
}

/* Gradients of the mean binary cross-entropy of `rows` rows; *loss, if not NULL: that. */
static void gradient(struct infer_predictor *p, size_t rows, const attndyn_real *x,
                     const unsigned char *active, double *loss) {
    struct attndyn_parameter *t = p->parameter;
    attndyn_real *middle = p->room, *back = middle + rows * p->rank, *s = back + rows * p->rank;
    double over = 1 / (double)(rows * p->units);
    forward(p, rows, x, middle, s);
    if (loss) *loss = over * cross_entropy(rows * p->units, active, s);
    slopes(rows * p->units, (attndyn_real)over, active, s);
    for (size_t i = 0; i < p->units; i++) {
        t[BIAS].gradient[i] = 0;
        for (size_t r = 0; r < rows; r++) t[BIAS].gradient[i] += s[r * p->units + i];
    }
    gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, p->units, p->rank, rows, 1, s, p->units, middle,
         p->rank, 0, t[UP].gradient, p->rank);
    gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, rows, p->rank, p->units, 1, s, p->units, t[UP].value,
         p->rank, 0, back, p->rank);
    gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, p->rank, p->in, rows, 1, back, p->rank, x, p->in, 0,
         t[DOWN].gradient, p->in);
}

double attndyn_infer_predictor_loss(struct infer_predictor *p, size_t rows, const attndyn_real *x,
                                    const unsigned char *active) {
    double loss;
    gradient(p, rows, x, active, &loss);
    return loss;
}

enum attndyn_status attndyn_infer_predictor_train(struct attndyn_context *ctx,
                                                  struct infer_predictor *p, size_t rows,
                                                  const attndyn_real *x,
                                                  const unsigned char *active, uint64_t seed) {
    struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAM};
    struct attndyn_optimizer *optimizer;
    attndyn_real *batch;
    unsigned char *targets;
    size_t *order, steps = PASSES * ((rows + INFER_PREDICTOR_BATCH - 1) / INFER_PREDICTOR_BATCH);
    ATTNDYN_TRY(attndyn_optimizer_create(ctx, &options, p->parameter, PARAMETERS, &optimizer));
    ATTNDYN_ALLOC(ctx, batch, INFER_PREDICTOR_BATCH * p->in);
    ATTNDYN_ALLOC(ctx, targets, INFER_PREDICTOR_BATCH * p->units);
    ATTNDYN_ALLOC(ctx, order, rows);
    for (size_t r = 0; r < rows; r++) order[r] = r;
    for (size_t step = 0, at = rows; step < steps; step++) {
        if (at == rows) { /* another pass, in another order */
            for (size_t r = rows; r-- > 1;) {
                size_t k = (size_t)(attndyn_splitmix_next(&seed) % (r + 1)), swap = order[r];
                order[r] = order[k], order[k] = swap;
            }
            at = 0;
        }
        size_t n = rows - at < INFER_PREDICTOR_BATCH ? rows - at : INFER_PREDICTOR_BATCH;
        for (size_t r = 0; r < n; r++, at++) {
            memcpy(batch + r * p->in, x + order[at] * p->in, p->in * sizeof *batch);
            memcpy(targets + r * p->units, active + order[at] * p->units, p->units);
        }
        gradient(p, n, batch, targets, NULL);
        attndyn_optimizer_step(optimizer, rate * (1 - (double)step / (double)steps));
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    return ATTNDYN_OK;
}

void attndyn_infer_predictor_scores(struct infer_predictor *p, const attndyn_real *x,
                                    double *scores) {
    attndyn_real *s = p->room + 2 * p->rank;
    const struct attndyn_parameter *t = p->parameter;
    gemv(p->rank, p->in, t[DOWN].value, p->in, x, p->room);
    gemv(p->units, p->rank, t[UP].value, p->rank, p->room, s);
    for (size_t i = 0; i < p->units; i++) scores[i] = (double)(s[i] + t[BIAS].value[i]);
}
