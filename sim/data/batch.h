/* Training data: a block of sequences with their targets. */
#ifndef ATTNDYN_DATA_BATCH_H
#define ATTNDYN_DATA_BATCH_H

#include <stddef.h>
#include <stdint.h>

/* A target that does not count. */
#define ATTNDYN_TARGET_NONE UINT32_MAX

struct attndyn_batch {
    size_t sequences, length; /* at most what the model was made for */
    const uint32_t *tokens;   /* (sequences, length): < V */
    const uint32_t *targets;  /* (sequences, length), with last_only (sequences): < O or NONE */
    const double *weights;    /* (sequences): of each sequence's terms in the mean; NULL: 1 */
};

#endif
