#include "pairs.h"

#include "experiments/shared/stages.h"

struct pairs {
    const struct reals *seeds;
    size_t each; /* networks of a seed */
    enum attndyn_status (*study)(const struct trial *, const void *, const struct member *);
    const void *user;
};

static enum attndyn_status one(const struct trial *run, const void *user, size_t number) {
    const struct pairs *pairs = user;
    const bool control = number % pairs->each == 1;
    struct network_recipe recipe = network_recipe_of(run);
    const double listed = pairs->seeds->at[number / pairs->each];
    struct member member = {.seed = network_seed(listed, (long)recipe.seed),
                            .trained = control ? "plain" : "bos",
                            .control = control,
                            .first = number < pairs->each};
    recipe.seed = (uint64_t)member.seed;
    recipe.bos = !control;
    ATTNDYN_TRY(network_obtain(run, &recipe, &member.network));
    ATTNDYN_TRY(NOTE(run, "network of seed %ld, %s: validation loss %.4f", member.seed,
                     member.trained, member.network.valid_loss));
    return pairs->study(run, pairs->user, &member);
}

enum attndyn_status pairs_run(const struct trial *run, const struct reals *seeds, bool control,
                              enum attndyn_status (*study)(const struct trial *run,
                                                           const void *user,
                                                           const struct member *member),
                              const void *user) {
    const struct pairs pairs = {seeds, control ? 2 : 1, study, user};
    return stages_run(run, seeds->count * pairs.each, one, &pairs);
}
