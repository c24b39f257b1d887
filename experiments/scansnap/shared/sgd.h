/* Parameters of sampled training, shared by the experiments that run SGD. */
#ifndef SCANSNAP_SHARED_SGD_H
#define SCANSNAP_SHARED_SGD_H

#include "experiments/frame/contract/typed.h"
#include "sim/model/scansnap/sgd.h"

#define SGD_STARTS(C) C(init_zero, "zero") C(init_uniform, "uniform")
CHOICES(init, SGD_STARTS)

/* The last three arguments are defaults, as strings. */
#define SCANSNAP_SGD(X, default_lr_z, default_ratio, default_init)                                 \
    X(INT, seq_len, "128",                                                                         \
      "length T: T - 1 context tokens drawn from P(.|n), then the last token", IN(2, 100000000))   \
    X(INT, batch, "128", "samples of one update", IN(1, 100000000))                                \
    X(INT, steps, "100", "updates of the training", IN(1, 100000000))                              \
    X(REAL, lr_z, default_lr_z, "learning rate of the attention Z", IN(0, 1e6))                    \
    X(REAL, lr_ratio, default_ratio, "learning rate of the decoder Y over lr_z", IN(0, 1e6))       \
    X(REAL, momentum, "0.9", "momentum of both updates: v <- momentum v + g, w <- w - lr v",       \
      IN(0, 0.999999))                                                                             \
    X(CHOICE, init, default_init, "Y and Z at the start: zeros, or uniform in +-1/sqrt(M)")        \
    X(INT, seed, "1", "seed of the samples and of the values at the start")
#define SCANSNAP_SGD_READ(X) SCANSNAP_SGD(X, "", "", "")
PARAMS(scansnap_sgd, SCANSNAP_SGD_READ)

static inline struct attndyn_sgd_options scansnap_sgd_options(const struct trial *run) {
    const struct scansnap_sgd p = scansnap_sgd_read(run->params);
    return (struct attndyn_sgd_options){
        .seq_len = (size_t)p.seq_len,
        .batch = (size_t)p.batch,
        .lr_y = p.lr_z * p.lr_ratio,
        .lr_z = p.lr_z,
        .momentum = p.momentum,
        .init = p.init == init_uniform ? ATTNDYN_SGD_UNIFORM : ATTNDYN_SGD_ZERO,
        .seed = (uint64_t)p.seed,
    };
}

#endif
