/* Formulas in prose: what is set, and what must stay as it stands. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/plural.h"
#include "experiments/frame/contract/prose.h"
#include "experiments/frame/contract/registry.h"
#include "tests/support.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *plain, *terminal, *html;
} cases[] = {
    {"eta_Y t/K", "η_Y t/K", "<i>η</i><sub>Y</sub> t/K"},
    {"c~_l^2 grows", "c̃_l² grows", "<i>c̃</i><sub>l</sub><sup>2</sup> grows"},
    {"rho sigma^2 <= 0.05", "ρ σ² ≤ 0.05", "<i>ρ</i> <i>σ</i><sup>2</sup> ≤ 0.05"},
    {"sum_{n: psi(n)=m} P(n)", "∑_{n: ψ(n)=m} P(n)", "∑<sub>n: <i>ψ</i>(n)=m</sub> P(n)"},
    {"ln^2(M t)", "ln²(M t)", "ln<sup>2</sup>(M t)"},
    {"1/sqrt(d)", "1/√(d)", "1/√(d)"},
    {"erf(v/sqrt 2)", "erf(v/√2)", "erf(v/√2)"},
    {"from num_last=2 on", "from num_last=2 on", "from <code>num_last</code>=2 on"},
    {"see scansnap/frozen-decoder", "see scansnap/frozen-decoder", "see scansnap/frozen-decoder"},
    {"a matrix (L x M), two x three", "a matrix (L × M), two x three",
     "a matrix (L × M), two x three"},
    {"if a < b & c", "if a < b & c", "if a &lt; b &amp; c"},
    {"the alphabet, beta-phase, pile", "the alphabet, β-phase, pile",
     "the alphabet, <i>β</i>-phase, pile"},
    {"10^-3, x^{-1/2}", "10⁻³, x^{-1/2}", "10<sup>-3</sup>, <i>x</i><sup>-1/2</sup>"},
    {"E'_nn' and h'_k", "E′_nn' and h′_k", "<i>E</i>′<sub>nn'</sub> and <i>h</i>′<sub>k</sub>"},
    {"||G||_F^2/(1-c)^2", "||G||_F²/(1-c)²", "||G||<sub>F</sub><sup>2</sup>/(1-c)<sup>2</sup>"},
    {"e^(2 mu_k^2)/2", "e^(2 μ_k²)/2", "<i>e</i><sup>2 <i>μ</i><sub>k</sub><sup>2</sup></sup>/2"},
    {"|lambda_1(E)| < lambda2, t_end", "|λ₁(E)| < λ₂, t_end",
     "|<i>λ</i><sub>1</sub>(E)| &lt; <i>λ</i><sub>2</sub>, <code>t_end</code>"},
    {"xi_n/gamma", "ξ_n/γ", "<i>ξ</i><sub>n</sub>/<i>γ</i>"},
    {"|z^ - z|, |w1^_k|^2, xbar_c", "|z\u0302 - z|, |w\u0302₁_k|², x\u0304_c",
     "|<i>z\u0302</i> - z|, |<i>w\u0302</i><sub>1</sub><sub>k</sub>|<sup>2</sup>, <i>x\u0304</i><sub>c</sub>"},
    {"dz_m/dt = (mu - v) o f", "dz_m/dt = (μ - v) ∘ f",
     "d<i>z</i><sub>m</sub>/dt = (<i>μ</i> - v) ∘ f"},
    {"lr^2/2, x = 1^", "lr²/2, x = 1^", "lr<sup>2</sup>/2, x = 1^"},
    {"d^1/2, v^2/2", "d^1/2, v²/2", "<i>d</i><sup>1/2</sup>, <i>v</i><sup>2</sup>/2"},
    {"0.3 +- 0.1, bar, crowbar", "0.3 ± 0.1, bar, crowbar", "0.3 ± 0.1, bar, crowbar"},
    {"T -> infinity", "T → ∞", "T → <i>∞</i>"},
    {"e_n - alpha_n", "e_n - α_n", "<i>e</i><sub>n</sub> - <i>α</i><sub>n</sub>"},
    {"while alpha_nn < lambda_max", "while α_nn < λ_max",
     "while <i>α</i><sub>nn</sub> &lt; <i>λ</i><sub>max</sub>"},
    {"g - sum beta_n f_n, of the sum h_n", "g - ∑ β_n f_n, of the sum h_n",
     "g - ∑ <i>β</i><sub>n</sub> <i>f</i><sub>n</sub>, of the sum <i>h</i><sub>n</sub>"},
    {"", "", ""}};

TEST(formulas_are_set) {
    struct attndyn_context *ctx = attndyn_context_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_str_eq(prose_set(ctx, cases[i].plain, PROSE_PLAIN), cases[i].plain);
        ck_assert_str_eq(prose_set(ctx, cases[i].plain, PROSE_UNICODE), cases[i].terminal);
        ck_assert_str_eq(prose_set(ctx, cases[i].plain, PROSE_HTML), cases[i].html);
    }
    ck_assert_str_eq(prose_set(ctx, "|xi_n| <= `x`\na < z^{a_b}", PROSE_MARKDOWN),
                     "\\|ξ\\_n\\| ≤ \\`x\\` a \\< z^{a\\_b}");
    attndyn_context_free(ctx);
}

TEST(one_is_singular) {
    static const char *const said[][2] = {{"least of 1 seed(s)", "least of 1 seed"},
                                          {"21 seed(s), 1 run(s)", "21 seeds, 1 run"},
                                          {"0.1 standard error(s)", "0.1 standard errors"},
                                          {"1 standard error(s) of 3", "1 standard error of 3"},
                                          {"h(s) and (s)", "h(s) and (s)"},
                                          {"word(s)", "words"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char text[64];
        strcpy(text, said[i][0]);
        plural_set(text);
        ck_assert_str_eq(text, said[i][1]);
    }
}

/* A title and a claim are sentences, and no doc names a parameter as it was once called. */
TEST(titles_and_claims_have_one_style) {
    /* what only makes sense behind another claim */
    static const char *const dangling[] = {"And ", "So ", "It ", "With it ", NULL};
    for (size_t e = 0; e < registry_count(); e++) {
        const struct experiment *x = registry_at(e);
        ck_assert_msg(!islower((unsigned char)x->title[0]), "%s: %s", x->id, x->title);
        ck_assert_msg(x->title[strlen(x->title) - 1] != '.', "%s: %s", x->id, x->title);
        ck_assert_msg(!strstr(x->doc, "corpus"), "%s: the parameter is called text", x->id);
        for (const struct param *p = x->params; p && p->name; p++)
            ck_assert_msg(!strstr(p->doc, "corpus"), "%s, %s: it is called text", x->id, p->name);
        EACH_CHECK (x, c) {
            struct sentence room;
            const char *claim = check_statement(c, &room);
            /* behind the mark of what is derived: [exact], ... */
            const char *mark = *claim == '[' ? strstr(claim, "] ") : NULL;
            const char *bare = mark ? mark + 2 : claim;
            const size_t n = strlen(claim);
            for (const char *const *open = dangling; *open; open++)
                ck_assert_msg(strncmp(bare, *open, strlen(*open)) != 0, "%s: %s", c->id, claim);
            ck_assert_msg(strncmp(claim, "the ", 4) != 0 && strncmp(claim, "for ", 4) != 0 &&
                              strchr(".?!)", claim[n - 1]) && strcmp(claim + n - 2, "..") != 0,
                          "%s: %s", c->id, claim);
        }
    }
}

TCASE(prose) {
    tcase_add_tests(tcase, formulas_are_set, one_is_singular, titles_and_claims_have_one_style);
}
