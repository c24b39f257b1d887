/* Statements and their hypotheses: outside them there is no verdict. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/ledger.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/report/tex.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

HYPOTHESIS(one_query, "one query", f->queries == 1, "L = %g", f->queries)
static const struct statement about = {.id = "T-1",
                                       .origin = ORIGIN_PAPER,
                                       .source = "a paper, Theorem 1",
                                       .words = "x is small",
                                       .hypotheses =
                                           (const struct hypothesis *const[]){&one_query, NULL}};
static const struct check check = {.id = "T.x", .about = &about, .source = "elsewhere"};

static struct verdict judged(double queries) {
    struct verdict v = {.facts = facts_unknown()};
    v.facts.queries = queries;
    verdict_at_most(&v, 0.5, 1, "half");
    verdict_inside(&v, &check);
    return v;
}

TEST(outside_keeps_the_value) {
    struct verdict v = judged(1);
    ck_assert_int_eq(v.kind, VERDICT_HOLDS);
    ck_assert_str_eq(v.note, "half");
    v = judged(3);
    ck_assert_int_eq(v.kind, VERDICT_OUTSIDE);
    ck_assert_double_eq(v.measured, 0.5);
    ck_assert_str_eq(v.note, "needs one query; here L = 3; half");
    /* an unknown hypothesis counts as not met */
    ck_assert_int_eq(judged(NAN).kind, VERDICT_OUTSIDE);
    verdict_scale(&v, 1e-9);
    ck_assert_int_eq(v.kind, VERDICT_OUTSIDE);
    ck_assert_str_eq(check_source(&check), "a paper, Theorem 1");
    ck_assert_int_eq(check_origin(&check), ORIGIN_PAPER);
}

/* Every statement names its source and is measured by a check, or says why none measures it. */
TEST(statements_are_complete) {
    struct attndyn_context *ctx = attndyn_context_create();
    for (size_t i = 0; i < statements_count(); i++) {
        const struct statement *s = statements_at(i);
        ck_assert_msg(s->id && s->source && s->words && s->origin != ORIGIN_UNSTATED,
                      "statement %zu", i);
        char *html;
        if (s->formula) assert_ok(ctx, tex_to_mathml(ctx, s->formula, false, &html));
        assert_ok(ctx, tex_prose(ctx, s->words, &html));
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(s->id, statements_at(k)->id) != 0, "%s stands twice", s->id);
        for (const struct hypothesis *const *h = s->hypotheses; h && *h; h++) {
            char said[200];
            struct facts none = facts_unknown();
            ck_assert_msg((*h)->met(&none, said, sizeof said) == HYPOTHESIS_UNKNOWN,
                          "%s: \"%s\" is met by nothing known", s->id, (*h)->words);
        }
    }
    attndyn_context_free(ctx);
}

static bool is_checked(const struct statement *s) {
    for (size_t e = 0; e < registry_count(); e++)
        EACH_CHECK (registry_at(e), c)
            if (c->about == s) return true;
    return false;
}

static const struct statement *stated(const char *id) {
    for (size_t i = 0; i < statements_count(); i++)
        if (strcmp(statements_at(i)->id, id) == 0) return statements_at(i);
    return NULL;
}

/* Every numbered item of the two papers is checked or says why not; every error has its checks. */
TEST(the_ledger_is_settled) {
    size_t errors = 0;
    for (size_t i = 0; i < ledger_count(); i++) {
        const struct ledger_entry *l = ledger_at(i);
        ck_assert(l->id && l->place);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(l->id, ledger_at(k)->id) != 0, "%s stands twice", l->id);
        ck_assert_int_eq((l->statement != NULL) + (l->what != NULL) + (l->why != NULL), 1);
        if (l->statement) {
            const struct statement *s = stated(l->statement);
            ck_assert_msg(s != NULL, "%s: there is no statement %s", l->id, l->statement);
            ck_assert_msg(is_checked(s) != (s->unchecked != NULL),
                          "%s: %s is %s, and says %s why not", l->id, s->id,
                          is_checked(s) ? "checked" : "not checked", s->unchecked ? "" : "not");
        }
        char id[100];
        const struct experiment *where;
        size_t routes = 0;
        for (const char *at = l->what ? l->checks : ""; names_next(&at, id, sizeof id); routes++)
            ck_assert_msg(registry_check(id, &where) != NULL, "%s: there is no check %s", l->id,
                          id);
        ck_assert_msg(!l->what || routes >= 2, "%s: an error of a paper takes two routes", l->id);
        errors += l->what != NULL;
    }
    ck_assert_uint_ge(ledger_count(), 130);
    ck_assert_uint_ge(errors, 25);
    /* and the other way round: what the two papers state stands in the ledger */
    for (size_t i = 0; i < statements_count(); i++) {
        const struct statement *s = statements_at(i);
        bool listed = s->id[0] != 'S' && s->id[0] != 'G';
        for (size_t k = 0; k < ledger_count(); k++)
            listed |= ledger_at(k)->statement && strcmp(ledger_at(k)->statement, s->id) == 0;
        ck_assert_msg(listed, "%s is not in the ledger", s->id);
    }
}

/* Nothing is called an error of a source but what the source prints: a statement of a paper or of
 * the talk, with its hypotheses. What lies outside them, or what nobody states, is a claim. */
TEST(errata_are_of_a_source) {
    for (size_t e = 0; e < registry_count(); e++)
        EACH_CHECK (registry_at(e), c)
            ck_assert_msg(c->kind != CHECK_ERRATUM ||
                              (c->about && (c->about->origin == ORIGIN_PAPER ||
                                            c->about->origin == ORIGIN_TALK)),
                          "%s refutes no statement of a source", c->id);
}

/* What was withdrawn is gone as an erratum, and stands for nothing that is not there. */
TEST(the_withdrawn_are_gone) {
    for (size_t i = 0; i < withdrawn_count(); i++) {
        const struct withdrawn_entry *w = withdrawn_at(i);
        const struct experiment *where;
        const struct check *same = registry_check(w->id, &where);
        ck_assert_msg(!same || same->kind != CHECK_ERRATUM, "%s is an erratum still", w->id);
        ck_assert_msg(*w->said && *w->why && (*w->checks || *w->now), "%s", w->id);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(w->id, withdrawn_at(k)->id) != 0, "%s stands twice", w->id);
        char id[100];
        for (const char *at = w->checks; names_next(&at, id, sizeof id);)
            ck_assert_msg(registry_check(id, &where) != NULL, "%s: there is no check %s", w->id,
                          id);
    }
}

TCASE(statements) {
    tcase_add_tests(tcase, outside_keeps_the_value, statements_are_complete, the_ledger_is_settled,
                    errata_are_of_a_source, the_withdrawn_are_gone);
}
