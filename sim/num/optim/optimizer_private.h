/* The inside of an optimiser: what a method keeps of a parameter, and what it does with a gradient.
 *
 * optimizer.c has what all methods share: groups, the gradient's norm and its clipping, pieces of
 * work, sparse rows, the state's names. A method is a struct below. Its state may have any shape:
 * each tensor is made and named by attndyn_optimizer_keep, stands in attndyn_optimizer_state, and
 * so in a checkpoint. */
#ifndef ATTNDYN_NUM_OPTIMIZER_PRIVATE_H
#define ATTNDYN_NUM_OPTIMIZER_PRIVATE_H

#include "optimizer.h"

#define attndyn_optimizer_keep ATTNDYN_REAL_NAME(attndyn_optimizer_keep)
#define attndyn_optimizer_name ATTNDYN_REAL_NAME(attndyn_optimizer_name)
#define attndyn_optimizer_sgd ATTNDYN_REAL_NAME(attndyn_optimizer_sgd)
#define attndyn_optimizer_adam ATTNDYN_REAL_NAME(attndyn_optimizer_adam)
#define attndyn_optimizer_tensorwise ATTNDYN_REAL_NAME(attndyn_optimizer_tensorwise)
#define attndyn_optimizer_adamw ATTNDYN_REAL_NAME(attndyn_optimizer_adamw)

/* One step's coefficients for the numbers of a parameter. */
struct optimizer_rule {
    attndyn_real clip, lr, momentum, decay, shrink, beta1, beta2, fresh1,
        fresh2; /* fresh: 1 - beta */
    attndyn_real epsilon, root_correction;
};

struct optimizer_method {
    bool adaptive;    /* the rate is divided by 1 - beta1^t */
    bool decay_apart; /* decay shrinks the weights, instead of being added to the gradient */
    /* Makes the state of parameter i. */
    enum attndyn_status (*make)(struct attndyn_context *ctx, struct attndyn_optimizer *o, size_t i);
    /* Numbers [offset, offset + n) of parameter i; g NULL: zeros. */
    void (*update)(const struct attndyn_optimizer *o, const struct optimizer_rule *rule, size_t i,
                   size_t offset, size_t n, const attndyn_real *g);
    /* In place of update: the whole of parameter i. */
    enum attndyn_status (*whole)(struct attndyn_optimizer *o, double lr, double clip, size_t i);
};
extern const struct optimizer_method attndyn_optimizer_sgd, attndyn_optimizer_adam,
    attndyn_optimizer_adamw;                                       /* elementwise.c */
extern const struct optimizer_method attndyn_optimizer_tensorwise; /* tensorwise.c */

struct optimizer_piece {
    size_t parameter, from, to; /* rows; of a vector: columns */
};

struct attndyn_optimizer {
    struct attndyn_optimizer_options options;
    const struct optimizer_method *method;
    struct attndyn_parameter *parameters;
    size_t count, n_state, n_pieces;
    double *lr_factor, *decay;      /* (count) */
    attndyn_real **first, **second; /* (count): moments of a parameter's own shape; NULL: none */
    /* Rows of a sparse parameter whose moments may differ from zero: without decay a step leaves
     * the others as they are, to the bit, so it need not read them. NULL elsewhere. */
    unsigned char **live;
    struct attndyn_parameter *state; /* (n_state) */
    struct attndyn_galore **galore;  /* (count), or NULL */
    struct attndyn_galore_room room; /* tensors move one after the other */
    attndyn_real *dense;             /* room for a sparse gradient with all its rows, or NULL */
    struct optimizer_piece *pieces;
    size_t *first_piece; /* (count + 1): the pieces of a parameter follow each other */
    double *squares;     /* (n_pieces) */
    uint64_t steps;
    struct attndyn_context *ctx;
    /* the step at hand */
    struct optimizer_rule rule;
    double lr, clip, sum; /* sum: of squares so far, of a step in parts */
    bool failed;
    int threads;
};

/* A zeroed (rows, columns) tensor of the state, "<prefix>.<parameter i>". */
enum attndyn_status attndyn_optimizer_keep(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                           size_t i, const char *prefix, size_t rows,
                                           size_t columns, attndyn_real **value);
/* The same of numbers that are there. */
enum attndyn_status attndyn_optimizer_name(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                           size_t i, const char *prefix, size_t rows,
                                           size_t columns, attndyn_real *value);

#endif
