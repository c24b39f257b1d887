/* Training methods by name: which parameters are trained, and by which rule. What a user sets, and
 * the library options that result. */
#ifndef SHARED_METHOD_H
#define SHARED_METHOD_H

#include "experiments/frame/contract/typed.h"
#include "learner.h"

#define METHOD_NAMES(C)                                                                            \
    C(method_full, "full")                                                                         \
    C(method_galore, "galore")                                                                     \
    C(method_lowrank, "lowrank")                                                                   \
    C(method_lora, "lora")                                                                         \
    C(method_relora, "relora")                                                                     \
    C(method_dora, "dora")                                                                         \
    C(method_freeze, "freeze")
CHOICES(method, METHOD_NAMES)
/* In the order of enum attndyn_optimizer_kind. */
#define OPTIMIZER(C)                                                                               \
    C(optimizer_sgd, "sgd")                                                                        \
    C(optimizer_adam, "adam")                                                                      \
    C(optimizer_adamw, "adamw")                                                                    \
    C(optimizer_adafactor, "adafactor")                                                            \
    C(optimizer_adam8bit, "adam8bit")
CHOICES(optimizer, OPTIMIZER)

#define METHOD_FACTORS "method=galore|lowrank|lora|relora|dora"
#define METHOD_TEXT                                                                                 \
    "what moves: full, galore (the maps in a subspace of their gradient), lowrank (maps W = B A), " \
    "lora, relora, dora (adapters), freeze (the last layer alone)"
/* All but method, rank and scale. only_: where a run trains, NULL: always. */
#define METHOD_MORE(X, gap_, only_)                                                                \
    X(INT, gap, gap_, "updates from a renewal of the subspace to the next", IN(1, 100000000),      \
      .only = "method=galore")                                                                     \
    X(ENUM(attndyn_galore_side, ATTNDYN_GALORE_SIDES), projection, "std",                          \
      "sides that galore projects; std: the shorter one", .only = "method=galore")                 \
    X(ENUM(attndyn_galore_subspace, ATTNDYN_SUBSPACES), subspace, "svd",                           \
      "galore: leading singular vectors by gesdd, by a randomised or warm-started method, random " \
      "directions, or the first for ever",                                                         \
      .only = "method=galore")                                                                     \
    X(ENUM(attndyn_galore_moments, ATTNDYN_MOMENTS), moments, "kept",                              \
      "what becomes of galore's moments when the subspace is renewed", .only = "method=galore")    \
    X(BOOL, staggered, "false", "galore: the renewals of different maps are spread over the gap",  \
      .only = "method=galore")                                                                     \
    X(INT, min_8bit, "4096", "adam8bit: states of fewer numbers stay in 32 bits",                  \
      IN(1, 1000000000), .only = "optimizer=adam8bit")                                             \
    X(REAL, alpha, "32", "scale of adapters, which count alpha/rank times", IN(0, 1e6),            \
      .only = "method=lora|relora|dora")                                                           \
    X(INT, merge, "100", "relora: updates from a merge to the next", IN(1, 100000000),             \
      .only = "method=relora")                                                                     \
    X(INT, rewarm, "20", "relora: updates of warming up after a merge", IN(0, 100000000),          \
      .only = "method=relora")                                                                     \
    X(BOOL, per_layer, "false",                                                                    \
      "weights move during the backward pass, no gradient of the network is kept; not clipped",    \
      .only = only_)
#define METHOD(X, method_, rank_, gap_, scale_, only_)                                             \
    X(CHOICE, method, method_, METHOD_TEXT, .only = only_)                                         \
    X(INT, rank, rank_, "rank of subspaces and factors", IN(1, 65536), .only = METHOD_FACTORS)     \
    X(REAL, scale, scale_, "galore's scale alpha", IN(1e-6, 1000), .only = "method=galore")        \
    METHOD_MORE(X, gap_, only_)
#define METHOD_SETTINGS(X) METHOD(X, "full", "8", "200", "0.25", NULL)
PARAMS(method_settings, METHOD_SETTINGS)

/* Adapters over the learner's model as it stands, and how it moves; before learner_optimise. */
enum attndyn_status method_adapt(struct attndyn_context *ctx, const struct method_settings *method,
                                 uint64_t seed, struct learner *learner);
/* What the method asks of the optimiser; kind, rates and moments are the caller's. */
void method_options(const struct method_settings *method, uint64_t seed,
                    struct attndyn_optimizer_options *options);

#endif
