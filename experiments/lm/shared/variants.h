/* Networks that are held against the plain pass: between them every branch of the engine. */
#ifndef LM_SHARED_VARIANTS_H
#define LM_SHARED_VARIANTS_H

#include "sim/model/transformer/config.h"

typedef void plain_change(struct attndyn_transformer_config *config);
struct plain_variant {
    const char *name, *preset;
    plain_change *set;
    bool counted; /* keys stand several times */
    /* A false config with tensors of the same shapes, and what is false in it; NULL: none. */
    const char *control;
    plain_change *falsify;
};
/* Ends with an entry whose name is NULL. */
extern const struct plain_variant plain_variants[];
/* Sizes for sequences of this length. */
enum attndyn_status plain_config(struct attndyn_context *ctx, const struct plain_variant *variant,
                                 size_t length, struct attndyn_transformer_config *config);

#endif
