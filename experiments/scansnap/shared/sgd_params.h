/* Parameters of sampled training, shared by the experiments that run SGD. */
#ifndef SCANSNAP_SHARED_SGD_PARAMS_H
#define SCANSNAP_SHARED_SGD_PARAMS_H

#include "experiments/frame/contract/params.h"
#include "sim/model/scansnap/sgd.h"

#define SGD_PARAMS(lr_z_, lr_ratio_, init_)                                                        \
    {"seq_len", PARAM_INT,                                                                         \
     "128",     2,                                                                                 \
     100000000, .doc = "length T: T - 1 context tokens drawn from P(.|n), then the last token"},   \
        {"batch", PARAM_INT, "128", 1, 100000000, .doc = "samples of one update"},                 \
        {"steps", PARAM_INT, "100", 1, 100000000, .doc = "updates"},                               \
        {"lr_z", PARAM_REAL, lr_z_, 0, 1e6, .doc = "learning rate of the attention Z"},            \
        {"lr_ratio", PARAM_REAL, lr_ratio_,                                                        \
         0,          1e6,        .doc = "learning rate of the decoder Y, over lr_z"},              \
        {"momentum", PARAM_REAL, "0.9", 0, 0.999999, .doc = "v <- momentum v + g, w <- w - lr v"}, \
        {"init", PARAM_CHOICE, init_, .choices = "zero|uniform",                                   \
         .doc = "Y and Z at first: zeros, or uniform in +-1/sqrt(M)"},                             \
    {                                                                                              \
        "seed", PARAM_INT, "1", .doc = "of the samples and the initial values"                     \
    }

static inline struct attndyn_sgd_options sgd_from_params(const struct params *p) {
    return (struct attndyn_sgd_options){
        .seq_len = (size_t)param_int(p, "seq_len"),
        .batch = (size_t)param_int(p, "batch"),
        .lr_y = param_real(p, "lr_z") * param_real(p, "lr_ratio"),
        .lr_z = param_real(p, "lr_z"),
        .momentum = param_real(p, "momentum"),
        .init = param_is(p, "init", "uniform") ? ATTNDYN_SGD_UNIFORM : ATTNDYN_SGD_ZERO,
        .seed = (uint64_t)param_int(p, "seed"),
    };
}

#endif
