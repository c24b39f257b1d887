/* Labels of axes: signs and words, never identifiers. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/contract/symbols.h"
#include "experiments/frame/run/plots.h"
#include "tests/support.h"

#include <string.h>

TEST(signs) {
    static const char *const expected[][2] = {{"eta_y", "η_Y"},
                                              {"eta_u", "η_{u}"},
                                              {"rho_early", "ρ_{early}"},
                                              {"z_max", "z_{max}"},
                                              {"v_error", "v error"},
                                              {"valid_loss", "validation loss"},
                                              {"bits_per_byte", "bits per byte"},
                                              {"sigma_end", "σ_{end}"},
                                              {"B", "B"},
                                              {"z0", "z_0"}};
    char label[121];
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_str_eq(symbol_label(label, expected[i][0], NULL), expected[i][1]);
    ck_assert_str_eq(symbol_label(label, "eta_y", "η"), "η");
    ck_assert_str_eq(symbol_of(label, NULL, "num_last"), "last tokens");
}

/* gnuplot would set what follows an identifier's underscore as a subscript. */
static void is_label(const char *id, const char *name, const char *declared) {
    char label[121];
    symbol_label(label, name, declared);
    ck_assert_msg(*label && strlen(label) < 100, "%s: %s", id, label);
    const char *open = label;
    for (const char *at = label; (at = strchr(at, '_')); at++)
        ck_assert_msg(at > label && at[1] && at[1] != ' ' && at[1] != '_', "%s: %s: %s", id, name,
                      label);
    int depth = 0;
    for (; *open; open++) depth += (*open == '{') - (*open == '}');
    ck_assert_msg(depth == 0, "%s: %s: %s", id, name, label);
}

TEST(every_parameter_and_scalar_has_a_label) {
    for (size_t e = 0; e < registry_count(); e++) {
        const struct experiment *x = registry_at(e);
        for (const struct param *p = x->params; p && p->name; p++)
            is_label(x->id, p->name, p->symbol);
        for (const struct scalar *s = x->scalars; s && s->name; s++)
            is_label(x->id, s->name, s->symbol);
    }
}

/* The text after `title`, `xlabel`, ... at `at`, which is a double-quoted string; NULL: none. */
static const char *next_label(const char *at, size_t *length) {
    static const char *const before[] = {"title \"", "label \"", "label 1 \""};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const char *found = strstr(at, before[i]);
        if (found && (!first || found < first)) first = found + strlen(before[i]);
    }
    if (first) *length = strcspn(first, "\"\n");
    return first;
}

/* Every gnuplot script of the program uses symbols for Greek letters and norms instead of spelling
 * them. */
TEST(figures_spell_no_greek) {
    static const char *const spelt[] = {"eta", "mu",     "delta", "Delta", "sigma",
                                        "rho", "theta",  "gamma", "kappa", "xi",
                                        "tau", "lambda", "beta",  "||"};
    size_t seen = 0;
    for (const struct embedded_plot *p = embedded_plots; p->name; p++) {
        size_t n;
        for (const char *at = p->text; (at = next_label(at, &n)); at += n, seen++)
            for (size_t i = 0; i < sizeof spelt / sizeof *spelt; i++) {
                const char *found = strstr(at, spelt[i]);
                const size_t m = strlen(spelt[i]);
                if (!found || found + m > at + n) continue;
                const char c = found > at ? found[-1] : ' ', d = found[m];
                const bool word = !((c >= 'a' && c <= 'z') || (d >= 'a' && d <= 'z'));
                ck_assert_msg(!word, "%s: %.*s", p->name, (int)n, at);
            }
    }
    ck_assert_uint_gt(seen, 300);
}

TCASE(symbols) {
    tcase_add_tests(tcase, signs, figures_spell_no_greek, every_parameter_and_scalar_has_a_label);
}
