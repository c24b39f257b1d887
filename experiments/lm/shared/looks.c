#include "looks.h"

enum attndyn_status looks_listed(const struct trial *run, const char *name, struct reals list,
                                 uint64_t steps, bool from_start, struct looks *looks) {
    double before = -1;
    *looks = (struct looks){.count = list.count};
    ATTNDYN_ALLOC(run->ctx, looks->at, list.count);
    for (size_t i = 0; i < list.count; i++) {
        double at = list.at[i];
        if (at != floor(at) || at <= before || at > (double)steps)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "%s: %g, expected whole numbers, ascending, at most minibatches "
                                "(%llu)",
                                name, at, (unsigned long long)steps);
        before = at;
        looks->at[i] = (uint64_t)at;
    }
    if (from_start && (list.count < 2 || list.at[0] != 0))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "%s: expected 0 and at least one later minibatch", name);
    return ATTNDYN_OK;
}

static uint64_t after(uint64_t step, double density, uint64_t steps) {
    double next = fmax((double)step + 1, density * (double)step);
    return next > (double)steps ? steps : (uint64_t)next;
}

enum attndyn_status looks_spread(const struct trial *run, uint64_t steps, double density,
                                 struct looks *looks) {
    *looks = (struct looks){.count = 1};
    for (uint64_t t = 0; t < steps; looks->count++) t = after(t, density, steps);
    ATTNDYN_ALLOC(run->ctx, looks->at, looks->count);
    for (size_t r = 1; r < looks->count; r++)
        looks->at[r] = after(looks->at[r - 1], density, steps);
    return ATTNDYN_OK;
}

enum attndyn_status looks_even(const struct trial *run, uint64_t steps, size_t count,
                               struct looks *looks) {
    *looks = (struct looks){0};
    ATTNDYN_ALLOC(run->ctx, looks->at, count + 1);
    for (size_t i = 0; i <= count; i++) {
        uint64_t at = i * steps / count;
        if (i == 0 || at > looks->at[looks->count - 1]) looks->at[looks->count++] = at;
    }
    return ATTNDYN_OK;
}

bool looks_due(struct looks *looks, uint64_t step) {
    while (looks->next < looks->count && looks->at[looks->next] < step) looks->next++;
    bool due = looks->next < looks->count && looks->at[looks->next] == step;
    looks->next += due;
    return due;
}
