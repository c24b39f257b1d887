/* The identity of a build: its parts, and which of them differ between two builds. */
#include "experiments/frame/contract/identity.h"
#include "experiments/frame/contract/registry.h"
#include "tests/fixture.h"

#include <string.h>

static char *of(const char *id) {
    const struct experiment *experiment = NULL;
    char *text;
    if (id) assert_ok(ctx, registry_find(ctx, id, &experiment));
    assert_ok(ctx, identity_text(ctx, experiment, &text));
    return text;
}

/* Does each of these parts begin a line of the text, or (wanted = false) none of them? */
static void has(const char *text, const char *const *parts, bool wanted) {
    for (; *parts; parts++) {
        char *line = attndyn_format(ctx, "\n%s ", *parts),
             *whole = attndyn_format(ctx, "\n%s", text);
        ck_assert_msg((strstr(whole, line) != NULL) == wanted, "%s: %s", *parts, text);
    }
}

TEST(parts_of_a_build) {
    static const char *const always[] = {"sim/base", "sim/num", "sim/model", "theory/scansnap",
                                         "compiler", "flags",   "sundials",  "gsl",
                                         "openblas", "kernels", "libc",      NULL};
    static const char *const own[] = {"experiments/scansnap/growth", "experiments/scansnap/shared",
                                      NULL};
    static const char *const others[] = {"experiments/joma/shared", "experiments/scansnap/flow",
                                         "experiments/frame", NULL};
    static const char *const nobody[] = {"experiments/shared", NULL};
    has(of("scansnap/growth"), always, true);
    has(of("scansnap/growth"), own, true);
    has(of("scansnap/growth"), others, false);
    has(of(NULL), nobody, true);
    ck_assert_ptr_nonnull(strstr(of("scansnap/growth"), "-ffp-contract=off"));
    ck_assert_str_eq(of("joma/erf"), of("joma/erf"));
    ck_assert_str_ne(of("joma/erf"), of("joma/invariant"));
    /* every experiment's own sources are a part */
    for (size_t e = 0; e < registry_count(); e++) {
        char *path = attndyn_format(ctx, "experiments/%s", registry_at(e)->id),
             *text = of(registry_at(e)->id);
        for (char *c = path; *c; c++)
            if (*c == '-') *c = '_';
        ck_assert_msg(strstr(text, path) != NULL, "%s: %s", path, text);
    }
    char *whole;
    assert_ok(ctx, identity_whole(ctx, &whole));
    ck_assert_uint_eq(strlen(whole), 16);
}

static void differ(const char *held, const char *mine, const char *expected) {
    char *words;
    assert_ok(ctx, identity_difference(ctx, held, mine, &words));
    ck_assert_str_eq(words, expected);
}

TEST(what_differs_is_named) {
    differ("sim/num 1\nkernels Haswell\n", "sim/num 1\nkernels Haswell\n", "");
    differ("sim/num 1\nkernels Haswell\n", "sim/num 2\nkernels Haswell\n", "sim/num");
    differ("sim/num 1\nkernels SkylakeX\n", "sim/num 2\nkernels Haswell\n",
           "sim/num, kernels 'SkylakeX' (here 'Haswell')");
    differ("sim/num 1\n", "sim/num 1\nsim/new 3\n", "sim/new");
    differ("sim/num 1\nsim/old 3\n", "sim/num 1\n", "sim/old");
    differ("flags -O2 -g\n", "flags -O2\n", "flags '-O2 -g' (here '-O2')");
    differ("", "sim/num 1\n", "sim/num");
    char *same = identity_hash(ctx, "a"), *other = identity_hash(ctx, "b");
    ck_assert_str_eq(same, identity_hash(ctx, "a"));
    ck_assert_str_ne(same, other);
}

TCASE(identity) {
    with_a_context(tcase);
    tcase_add_tests(tcase, parts_of_a_build, what_differs_is_named);
}
