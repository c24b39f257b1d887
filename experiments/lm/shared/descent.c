#include "descent.h"

enum attndyn_status descent_optimise(const struct trial *run, double clip,
                                     const struct attndyn_optimizer_group *group, uint64_t seed,
                                     struct learner *learner) {
    const struct descent p = descent_read(run->params);
    const struct method_settings method = method_settings_read(run->params);
    struct attndyn_optimizer_options options = {.kind = (enum attndyn_optimizer_kind)p.optimizer,
                                                .momentum = p.momentum,
                                                .decay = p.weight_decay,
                                                .clip = clip,
                                                .groups = group,
                                                .n_groups = group != NULL};
    method_options(&method, seed, &options);
    ATTNDYN_TRY(method_adapt(run->ctx, &method, seed, learner));
    return learner_optimise(run->ctx, learner, &options);
}
