#include "registry.h"

#include "names.h"
#include "sound.h"

#include <fnmatch.h>
#include <string.h>

#define EXPERIMENT(name, id) extern const struct experiment name;
#include "registry.def"
#undef EXPERIMENT

static const struct experiment *const registry[] = {
#define EXPERIMENT(name, id) &name,
#include "registry.def"
#undef EXPERIMENT
    NULL};

static const char *const paths[] = {
#define EXPERIMENT(name, id) id,
#include "registry.def"
#undef EXPERIMENT
    NULL};

enum attndyn_status registry_sound(struct attndyn_context *ctx) {
    return sound_check(ctx, registry, paths, registry_count());
}

size_t registry_count(void) {
    return sizeof registry / sizeof *registry - 1;
}

const struct experiment *registry_at(size_t index) {
    return registry[index];
}

enum attndyn_status registry_find(struct attndyn_context *ctx, const char *id,
                                  const struct experiment **experiment) {
    const char *best = "(none)";
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < registry_count(); i++) {
        if (strcmp(registry[i]->id, id) == 0) {
            *experiment = registry[i];
            return ATTNDYN_OK;
        }
        names_nearer(id, registry[i]->id, &best, &distance);
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE, "there is no experiment '%.60s'%s (attndyn list)", id,
                        names_hint(&(struct hint){0}, id, best, distance));
}

static bool registry_matches_check(const struct check *check, const char *pattern) {
    return fnmatch(pattern, check->id, 0) == 0;
}

bool registry_means(const struct experiment *experiment, const struct check *check,
                    char *const *patterns, size_t count) {
    if (count == 0) return true;
    for (size_t i = 0; i < count; i++)
        if (registry_matches(experiment, patterns[i]) || registry_matches_check(check, patterns[i]))
            return true;
    return false;
}

const struct check *registry_check(const char *id, const struct experiment **experiment) {
    for (size_t i = 0; i < registry_count(); i++)
        EACH_CHECK (registry[i], c)
            if (strcmp(c->id, id) == 0) {
                *experiment = registry[i];
                return c;
            }
    return NULL;
}

enum attndyn_status registry_match_all(struct attndyn_context *ctx, char *const *patterns,
                                       size_t count, bool checks) {
    for (size_t i = 0; i < count; i++) {
        bool matched = false;
        for (size_t e = 0; e < registry_count(); e++)
            matched |= registry_matches(registry_at(e), patterns[i]);
        const char *best = "";
        size_t distance = SIZE_MAX;
        for (size_t e = 0; e < registry_count() && checks && !matched; e++)
            EACH_CHECK (registry_at(e), c) {
                matched |= registry_matches_check(c, patterns[i]);
                names_nearer(patterns[i], c->id, &best, &distance);
            }
        const struct experiment *exact;
        if (!matched && checks && strpbrk(patterns[i], "*?["))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "no id of an experiment or a check matches '%.60s' (attndyn list, "
                                "attndyn verify --list)",
                                patterns[i]);
        if (!matched && checks && !strchr(patterns[i], '/') && strchr(patterns[i], '.'))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "there is no check '%.60s'%s (attndyn verify --list)", patterns[i],
                                names_hint(&(struct hint){0}, patterns[i], best, distance));
        if (!matched) return registry_find(ctx, patterns[i], &exact);
    }
    return ATTNDYN_OK;
}

bool registry_matches(const struct experiment *experiment, const char *pattern) {
    size_t n = strlen(pattern);
    if (n > 0 && pattern[n - 1] == '/') n--;
    return fnmatch(pattern, experiment->id, 0) == 0 ||
           (strncmp(experiment->id, pattern, n) == 0 && experiment->id[n] == '/');
}
