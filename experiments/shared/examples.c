#include "examples.h"

const char *const example_names[example_count] = {"asymmetric", "growing-common",
                                                  "declining-distinct"};

enum attndyn_status example_create(struct attndyn_context *ctx, enum example which,
                                   struct attndyn_distribution **d) {
    if (which == example_asymmetric) {
        /* two of three commons are shared by two classes only */
        static const double p[] = {.4, .2, .3, .1, 0,  0, 0, .2, .4, 0, 0,
                                   .2, .2, 0,  .3, .3, 0, 0, 0,  0,  .4};
        static const size_t last[] = {0, 0, 1};
        static const double weights[] = {.5, .3, .2};
        return attndyn_distribution_dense(ctx, 3, 7, p, last, weights, d);
    }
    if (which == example_growing_common) {
        static const double p[] = {.6, .2, .1, .1, 0, 0, .2, .6, 0, 0, .1, .1};
        static const size_t last[] = {0, 1};
        return attndyn_distribution_dense(ctx, 2, 6, p, last, NULL, d);
    }
    static const double p[] = {.8, .1, .1, 0, 0, .1, 0, 0, .5, .4};
    static const size_t last[] = {0, 0};
    return attndyn_distribution_dense(ctx, 2, 5, p, last, NULL, d);
}
