/* Networks that experiments share: trained once, found again, never another one. */
#include "experiments/shared/networks.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

TESTS_WITH_A_FOLDER("networks", "*");

static void keep_networks_here(void) {
    setenv("ATTNDYN_NETWORKS", folder, 1);
}
static void keep_no_more(void) {
    unsetenv("ATTNDYN_NETWORKS");
}

static const struct network_recipe small = {.lines = 200,
                                            .bos = true,
                                            .mlp = ATTNDYN_MLP_SWIGLU,
                                            .layers = 1,
                                            .width = 16,
                                            .heads = 2,
                                            .kv_heads = 2,
                                            .hidden = 40,
                                            .length = 16,
                                            .batch = 8,
                                            .updates = 60,
                                            .seed = 3,
                                            .lr = 1e-2,
                                            .decay = 0.1};

static struct network obtained(const struct network_recipe *recipe) {
    const struct trial run = {.ctx = ctx};
    struct network n;
    assert_ok(ctx, network_obtain(&run, recipe, &n));
    return n;
}

static bool same(const struct network *a, const struct network *b) {
    size_t count, other;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(a->model, &count),
                                   *q = attndyn_transformer_parameters(b->model, &other);
    ck_assert_uint_eq(count, other);
    for (size_t i = 0; i < count; i++)
        if (memcmp(p[i].value, q[i].value, p[i].rows * p[i].columns * sizeof *p[i].value) != 0)
            return false;
    return true;
}

TEST(a_network_is_trained_once) {
    struct network first = obtained(&small), again = obtained(&small);
    ck_assert(!first.stored && again.stored);
    ck_assert(same(&first, &again));
    ck_assert_double_eq(first.valid_loss, again.valid_loss);
    /* it has learnt something: far below the uniform ln 257 */
    ck_assert_double_lt(first.valid_loss, 3.5);
    struct network_recipe other = small;
    other.seed = 4;
    struct network second = obtained(&other);
    ck_assert(!second.stored && !same(&first, &second));
    other = small;
    other.bos = false;
    ck_assert(!obtained(&other).stored);
    setenv("ATTNDYN_NETWORKS", "none", 1);
    struct network kept_nowhere = obtained(&small);
    ck_assert(!kept_nowhere.stored && same(&first, &kept_nowhere));
}

/* A home that cannot be written to, or is full, costs nothing; a folder that the user names is
 * needed. */
TEST(a_store_that_cannot_be_written_to) {
    const struct trial run = {.ctx = ctx};
    struct network n;
    char place[100];
    setenv("ATTNDYN_NETWORKS", "none", 1);
    const struct network first = obtained(&small);
    snprintf(place, sizeof place, "%s/file", folder);
    program_says(folder, ": > $F/file", 0, "");
    setenv("ATTNDYN_NETWORKS", place, 1);
    ck_assert_int_eq(network_obtain(&run, &small, &n), ATTNDYN_IO);
    attndyn_message_clear(ctx);
    char *cache = getenv("XDG_CACHE_HOME");
    if (cache) cache = attndyn_strdup(ctx, cache);
    unsetenv("ATTNDYN_NETWORKS");
    setenv("XDG_CACHE_HOME", place, 1);
    struct network unkept = obtained(&small);
    ck_assert(!unkept.stored && same(&first, &unkept));
    setenv("XDG_CACHE_HOME", folder, 1);
    struct rlimit before, little;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = (struct rlimit){.rlim_cur = 1000, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
    unkept = obtained(&small);
    ck_assert(!unkept.stored && same(&first, &unkept));
    snprintf(place, sizeof place, "%s/attndyn/networks", folder);
    setenv("ATTNDYN_NETWORKS", place, 1);
    ck_assert_int_eq(network_obtain(&run, &small, &n), ATTNDYN_IO);
    attndyn_message_clear(ctx);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    unsetenv("ATTNDYN_NETWORKS");
    ck_assert(!obtained(&small).stored);
    ck_assert(obtained(&small).stored);
    if (cache)
        setenv("XDG_CACHE_HOME", cache, 1);
    else
        unsetenv("XDG_CACHE_HOME");
}

TEST(a_damaged_network_is_trained_anew) {
    struct network first = obtained(&small);
    program_says(
        folder,
        "for f in $F/*.safetensors; do printf x | dd of=$f bs=1 seek=3000 conv=notrunc 2>/dev/null; done",
        0, "");
    struct network again = obtained(&small);
    ck_assert(!again.stored && same(&first, &again));
    ck_assert(obtained(&small).stored);
}

/* Stopped at its 25th update, and found there by the next. */
static void stop_at_25(void *user, const char *what, double done, double all) {
    (void)what, (void)all;
    *(volatile int *)user = done == 25;
}
TEST(a_training_that_was_stopped_goes_on) {
    const struct trial run = {.ctx = ctx};
    struct network n;
    setenv("ATTNDYN_NETWORKS", "none", 1);
    const struct network never_stopped = obtained(&small);
    setenv("ATTNDYN_NETWORKS", folder, 1);
    volatile int flag = 0;
    attndyn_interrupt_by(ctx, &flag);
    attndyn_progress_to(ctx, stop_at_25, (void *)&flag);
    ck_assert_int_eq(network_obtain(&run, &small, &n), ATTNDYN_INTERRUPTED);
    attndyn_progress_to(ctx, NULL, NULL);
    attndyn_interrupt_by(ctx, NULL);
    program_says(folder, "cd $F && echo *.begun *.safetensors", 0,
                 ".safetensors.begun *.safetensors");
    const struct network first = obtained(&small);
    ck_assert(!first.stored && same(&first, &never_stopped));
    ck_assert_double_eq(first.valid_loss, never_stopped.valid_loss);
    program_says(folder, "cd $F && echo *.begun", 0, "*.begun");
}

TEST(streams_are_of_the_validation_text) {
    const struct trial run = {.ctx = ctx};
    struct network n = obtained(&small);
    uint32_t *tokens;
    assert_ok(ctx, network_streams(&run, &n, 3, 50, &tokens));
    for (size_t s = 0; s < 3; s++) {
        ck_assert_uint_eq(tokens[s * 50], NETWORK_BOS);
        char piece[50] = "";
        for (size_t t = 1; t < 50; t++) piece[t - 1] = (char)tokens[s * 50 + t];
        ck_assert_ptr_nonnull(strstr(n.text + n.train_bytes, piece));
    }
    ck_assert_int_eq(network_streams(&run, &n, 3, 100000000, &tokens), ATTNDYN_USAGE);
}

/* The sink token stands before all, in streams and in what is trained on, and is nowhere predicted;
 * behind it the text is what it is without. */
TEST(a_sink_token_stands_before_all) {
    const struct trial run = {.ctx = ctx};
    struct network_recipe recipe = small;
    struct network plain, n;
    uint32_t *tokens, *without;
    for (int bos = 0; bos < 2; bos++) {
        struct network_feed feed;
        recipe.bos = bos;
        recipe.sink = false;
        assert_ok(ctx, network_start(&run, &recipe, &plain));
        assert_ok(ctx, network_streams(&run, &plain, 3, 50, &without));
        recipe.sink = true;
        assert_ok(ctx, network_start(&run, &recipe, &n));
        assert_ok(ctx, network_streams(&run, &n, 3, 50, &tokens));
        for (size_t s = 0; s < 3; s++) {
            ck_assert_uint_eq(tokens[s * 50], NETWORK_SINK);
            for (size_t t = 1; t < 50; t++)
                ck_assert_uint_eq(tokens[s * 50 + t], without[s * 50 + t - 1]);
        }
        assert_ok(ctx, network_feed_open(ctx, &n, &feed));
        network_feed_next(&feed);
        const size_t T = recipe.length;
        for (size_t i = 0; i < recipe.batch * T; i++) {
            const size_t t = i % T;
            ck_assert_uint_eq(feed.tokens[i] == NETWORK_SINK, t == 0);
            ck_assert_uint_eq(feed.tokens[i] == NETWORK_BOS, bos && t == 1);
            ck_assert_uint_eq(feed.targets[i] == ATTNDYN_TARGET_NONE, bos && t == 0);
            if (t + 1 < T && !(bos && t == 0))
                ck_assert_uint_eq(feed.targets[i], feed.tokens[i + 1]);
        }
        network_feed_close(&feed);
    }
}

TCASE(networks) {
    in_a_folder(tcase, 60);
    tcase_add_checked_fixture(tcase, keep_networks_here, keep_no_more);
    tcase_add_tests(tcase, a_network_is_trained_once, a_store_that_cannot_be_written_to,
                    a_damaged_network_is_trained_anew, a_training_that_was_stopped_goes_on,
                    a_sink_token_stands_before_all, streams_are_of_the_validation_text);
}
