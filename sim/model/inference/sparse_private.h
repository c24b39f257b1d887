/* Parts of a network that can be left out, and what is known of them. */
#ifndef ATTNDYN_MODEL_INFERENCE_SPARSE_PRIVATE_H
#define ATTNDYN_MODEL_INFERENCE_SPARSE_PRIVATE_H

#include "sparse.h"

#define infer_predictor ATTNDYN_REAL_NAME(infer_predictor)
#define attndyn_infer_predictor_create ATTNDYN_REAL_NAME(attndyn_infer_predictor_create)
#define attndyn_infer_predictor_train ATTNDYN_REAL_NAME(attndyn_infer_predictor_train)
#define attndyn_infer_predictor_loss ATTNDYN_REAL_NAME(attndyn_infer_predictor_loss)
#define attndyn_infer_predictor_scores ATTNDYN_REAL_NAME(attndyn_infer_predictor_scores)

struct attndyn_parameter;
/* scores = up (down x) + bias */
struct infer_predictor {
    size_t in, rank, units;
    struct attndyn_parameter *parameter; /* down (rank, in), up (units, rank), bias (units) */
    attndyn_real *room;                  /* of a batch */
};

enum { INFER_PREDICTOR_BATCH = 64 };

/* Starts as nn.Linear does: uniform within 1/sqrt(in) and 1/sqrt(rank); bias 0. */
enum attndyn_status attndyn_infer_predictor_create(struct attndyn_context *ctx, size_t in,
                                                   size_t rank, size_t units, uint64_t seed,
                                                   struct infer_predictor **predictor);
/* Mean binary cross-entropy of `rows` rows (at most a batch); the gradient, too. x: (rows, in);
 * active: (rows, units), 0 or 1. */
double attndyn_infer_predictor_loss(struct infer_predictor *predictor, size_t rows,
                                    const attndyn_real *x, const unsigned char *active);
enum attndyn_status attndyn_infer_predictor_train(struct attndyn_context *ctx,
                                                  struct infer_predictor *predictor, size_t rows,
                                                  const attndyn_real *x,
                                                  const unsigned char *active, uint64_t seed);
/* scores: (units) of one row. */
void attndyn_infer_predictor_scores(struct infer_predictor *predictor, const attndyn_real *x,
                                    double *scores);

#endif
