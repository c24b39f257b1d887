/* A config as text and back, and ALiBi's slopes. */
#include "sim/model/transformer/config.h"
#include "tests/fixture.h"

#include <string.h>

static const char *const presets[] = {"joma", "scansnap", "wlm", "hierarchy", "gpt2", "llama"};

/* Every preset, also with each of the newer fields: read back, it gives the same text. */
TEST(round_trip) {
    static const size_t map[] = {0, 1, 1}, windows[] = {0, 256, 0};
    struct attndyn_transformer_config config, again;
    assert_ok(ctx, attndyn_transformer_preset(ctx, presets[_i], &config));
    config.vocabulary = 30, config.context = 20, config.width = 48, config.heads = 3;
    config.layers = 3, config.layer_map = map, config.layer_windows = windows;
    config.embedding_width = 40, config.embedding_norm = config.norm != ATTNDYN_NORM_NONE;
    config.position = ATTNDYN_POSITION_ALIBI, config.attention = ATTNDYN_ATTENTION_SIGMOID;
    config.norm_epsilon = 1.0 / 3;
    assert_ok(ctx, attndyn_transformer_config_resolve(ctx, &config));
    const char *text = attndyn_transformer_config_text(ctx, &config);
    assert_ok(ctx, attndyn_transformer_config_parse(ctx, text, &again));
    ck_assert_str_eq(attndyn_transformer_config_text(ctx, &again), text);
    ck_assert_uint_eq(again.layer_windows[1], 256);
    ck_assert_uint_eq(again.layer_map[2], 1);
    ck_assert(again.norm_epsilon == 1.0 / 3);
    ck_assert_ptr_nonnull(strstr(text, " layer_windows=0,256,0"));
}

static const char *gpt2_text(void) {
    struct attndyn_transformer_config config;
    assert_ok(ctx, attndyn_transformer_preset(ctx, "gpt2", &config));
    assert_ok(ctx, attndyn_transformer_config_resolve(ctx, &config));
    return attndyn_transformer_config_text(ctx, &config);
}

/* Newer fields are not written at their defaults, so that old programs can read the checkpoints. */
TEST(silent) {
    const char *text = gpt2_text();
    ck_assert_ptr_null(strstr(text, "embedding_width"));
    ck_assert_ptr_null(strstr(text, "embedding_norm"));
    ck_assert_ptr_null(strstr(text, "layer_windows"));
}

TEST(refused) {
    struct attndyn_transformer_config config;
    const char *text = gpt2_text();
    const char *const bad[][2] = {
        {" hidden=3072", ""},
        {"hidden=3072", "hidden=3072 hidden=3072"},
        {"hidden=3072", "hidden=-1"},
        {"hidden=3072", "hidden=99999999999999999999999"},
        {"hidden=3072", "hidden="},
        {"norm=layer", "norm=layers"},
        {"residual=1", "residual=2"},
        {"rope_base=10000", "rope_base=nan"},
        {"layer_map=own", "layer_map=0,1"},
        {"layer_map=own", "layer_map=0,,1,2,3,4,5,6,7,8,9,10"},
        {"tied=1", "tied=1 colour=red"},
        {"tied=1", "tied"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *at = strstr(text, bad[i][0]);
        ck_assert_ptr_nonnull(at);
        const char *wrong = attndyn_format(ctx, "%.*s%s%s", (int)(at - text), text, bad[i][1],
                                           at + strlen(bad[i][0]));
        ck_assert_msg(attndyn_transformer_config_parse(ctx, wrong, &config) == ATTNDYN_NO_INPUT,
                      "%s for %s was taken", bad[i][1], bad[i][0]);
        ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "transformer config: "));
    }
}

/* Press et al. (2022): 8 heads 1/2, 1/4 ... 1/256; 16 heads 2^-0.5, 2^-1 ...; BLOOM's 12 and a
 * count of heads below the first power. */
TEST(slopes) {
    for (size_t h = 0; h < 8; h++) ck_assert(attndyn_alibi_slope(8, h) == exp2(-1.0 - (double)h));
    for (size_t h = 0; h < 16; h++)
        assert_relative(attndyn_alibi_slope(16, h), exp2(-0.5 * (double)(h + 1)), 1e-15);
    static const double twelve[] = {-1, -2, -3, -4, -5, -6, -7, -8, -0.5, -1.5, -2.5, -3.5};
    for (size_t h = 0; h < 12; h++)
        assert_relative(attndyn_alibi_slope(12, h), exp2(twelve[h]), 1e-15);
    static const double three[] = {-4, -8, -2};
    for (size_t h = 0; h < 3; h++)
        assert_relative(attndyn_alibi_slope(3, h), exp2(three[h]), 1e-15);
    ck_assert(attndyn_alibi_slope(1, 0) == exp2(-8));
}

TCASE(transformer_config) {
    with_a_context(tcase);
    tcase_add_each(tcase, round_trip, presets);
    tcase_add_tests(tcase, silent, refused, slopes);
}
