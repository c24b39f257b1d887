/* Verdicts: what holds, what fails, what is not judged, and how a scale moves their bounds. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/measure.h"
#include "tests/support.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define EXPECT_KIND(v, wanted)                                                                     \
    ck_assert_msg((v).kind == (wanted), "%s, expected %s (measured %g %s %g)",                     \
                  verdict_name((v).kind), verdict_name(wanted), (v).measured, (v).relation,        \
                  (v).bound)

TEST(bounds_move_to_the_looser_side) {
    struct verdict v = {0};
    verdict_at_most(&v, 3, 2, "n");
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_scale(&v, 2);
    EXPECT_KIND(v, VERDICT_HOLDS);
    assert_near(v.bound, 4, 0);
    assert_near(v.margin, 0.25, 1e-15);
    verdict_at_most(&v, -3, -4, "n");
    verdict_scale(&v, 2);
    EXPECT_KIND(v, VERDICT_HOLDS);
    assert_near(v.bound, -2, 0);
    verdict_at_least(&v, 1, 1.5, "n");
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_scale(&v, 2);
    EXPECT_KIND(v, VERDICT_HOLDS);
    assert_near(v.bound, 0.75, 0);
    verdict_at_least(&v, -3, -2, "n");
    verdict_scale(&v, 2);
    EXPECT_KIND(v, VERDICT_HOLDS);
    assert_near(v.bound, -4, 0);
    verdict_near(&v, 1.1, 1, 0.06, "n");
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_scale(&v, 2);
    EXPECT_KIND(v, VERDICT_HOLDS);
    assert_near(v.bound, 0.12, 1e-16);
}

TEST(bounds_move_to_the_tighter_side) {
    struct verdict v = {0};
    verdict_at_most(&v, 1.5, 2, "n");
    verdict_scale(&v, 0.5);
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_at_least(&v, 3, 2, "n");
    verdict_scale(&v, 0.5);
    EXPECT_KIND(v, VERDICT_FAILS);
    /* An exact bound, 0, does not scale. */
    verdict_at_most(&v, 0, 0, "n");
    verdict_scale(&v, 1e-9);
    EXPECT_KIND(v, VERDICT_HOLDS);
    verdict_at_most(&v, 1, 0, "n");
    verdict_scale(&v, 1e9);
    EXPECT_KIND(v, VERDICT_FAILS);
}

TEST(an_errata_verdict_scales_both_its_bounds) {
    struct verdict v = {0};
    verdict_erratum(&v, 0.3, 0.1, 1e-9, 1e-8, "n");
    EXPECT_KIND(v, VERDICT_ERRATUM);
    verdict_scale(&v, 0.5);
    EXPECT_KIND(v, VERDICT_ERRATUM);
    assert_near(v.bound, 0.2, 0);
    assert_near(v.holds_bound, 5e-9, 1e-24);
    verdict_scale(&v, 0.5); /* 0.4: the printed form is no longer refuted */
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_erratum(&v, 0.3, 0.01, 1e-9, 2e-9, "n");
    verdict_scale(&v, 0.25); /* 5e-10: the form that holds errs by more */
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_erratum(&v, 0.3, 0.1, NAN, NAN, "n");
    verdict_scale(&v, 0.5);
    EXPECT_KIND(v, VERDICT_ERRATUM);
    ck_assert(isnan(v.holds_bound));
}

TEST(a_contrast_needs_both_its_cases) {
    struct verdict v = {0};
    verdict_contrast(&v, 5, 4, 0.1, 0.2, "n");
    EXPECT_KIND(v, VERDICT_HOLDS);
    verdict_scale(&v, 0.75); /* 5.33: the first is too small now */
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_contrast(&v, 5, 1, 0.1, 0.2, "n");
    verdict_scale(&v, 0.25); /* 0.05: what stands beside it is too large */
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_contrast(&v, 5, 4, 0.3, 0.2, "n");
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_scale(&v, 2);
    EXPECT_KIND(v, VERDICT_HOLDS);
    verdict_contrast(&v, 5, 4, NAN, 0.2, "n");
    EXPECT_KIND(v, VERDICT_FAILS);
}

/* What begins with NOTHING_YET, or with INFINITY, and has met no number does not hold, nor fail. */
TEST(what_saw_nothing_is_not_judged) {
    struct verdict v = {0};
    verdict_at_most(&v, NOTHING_YET, 1, "n");
    EXPECT_KIND(v, VERDICT_SKIPPED);
    ck_assert_str_eq(v.note, "no number of the kind that it judges");
    verdict_at_least(&v, INFINITY, 1, "n");
    EXPECT_KIND(v, VERDICT_SKIPPED);
    verdict_erratum(&v, 1, 0.1, NOTHING_YET, 1e-9, "n");
    EXPECT_KIND(v, VERDICT_SKIPPED);
    verdict_contrast(&v, INFINITY, 4, 0.1, 0.2, "n");
    EXPECT_KIND(v, VERDICT_SKIPPED);
    verdict_contrast(&v, 5, 4, NOTHING_YET, 0.2, "n");
    EXPECT_KIND(v, VERDICT_SKIPPED);
    verdict_demand(&v);
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_at_least(&v, NOTHING_YET, 1, "n");
    EXPECT_KIND(v, VERDICT_FAILS);
}

TEST(what_was_not_measured_stays_so) {
    struct verdict v = {0};
    verdict_skip(&v, "n");
    verdict_scale(&v, 1e-9);
    EXPECT_KIND(v, VERDICT_SKIPPED);
    struct verdict forgotten = {.kind = VERDICT_FAILS};
    verdict_scale(&forgotten, 1e9);
    EXPECT_KIND(forgotten, VERDICT_FAILS);
    verdict_at_most(&v, NAN, 1, "n");
    verdict_scale(&v, 1e9);
    EXPECT_KIND(v, VERDICT_FAILS);
    verdict_at_most(&v, INFINITY, 1, "n");
    verdict_scale(&v, 1e308);
    EXPECT_KIND(v, VERDICT_FAILS);
}

/* A check that a preset must judge but skips counts as failed, with the reason. */
TEST(a_demanded_verdict_is_no_silence) {
    struct verdict v = {0};
    verdict_at_most(&v, 1, 2, "n");
    verdict_demand(&v);
    EXPECT_KIND(v, VERDICT_HOLDS);
    verdict_skip(&v, "no data");
    verdict_demand(&v);
    EXPECT_KIND(v, VERDICT_FAILS);
    ck_assert_str_eq(v.note, "skipped, but this preset has to judge it: no data");
    verdict_scale(&v, 1e9);
    EXPECT_KIND(v, VERDICT_FAILS);
    char text[500] = "";
    while (strlen(text) + 2 < 400) strcat(text, "\xC3\xA9");
    verdict_skip(&v, "%s", text);
    verdict_demand(&v);
    ck_assert_uint_lt(strlen(v.note), sizeof v.note);
    json_t *string = json_string(v.note);
    ck_assert_ptr_nonnull(string);
    json_decref(string);
}

TEST(a_cut_note_ends_on_a_character) {
    char text[500] = "x";
    while (strlen(text) + 2 < sizeof text) strcat(text, "\xC3\xA9");
    struct verdict v = {0};
    verdict_skip(&v, "%s", text); /* 399 bytes: x and 199 characters */
    ck_assert_uint_eq(strlen(v.note), 399);
    verdict_skip(&v, "%s", text + 1); /* 399 bytes would end in half a character */
    ck_assert_uint_eq(strlen(v.note), 398);
    json_t *string = json_string(v.note);
    ck_assert_ptr_nonnull(string);
    json_decref(string);
}

/* fmax, fmin and a sum from 0 would have passed all of these. */
TEST(what_is_no_number_stays) {
    ck_assert(isnan(larger_of(NAN, 1)) && isnan(larger_of(1, NAN)));
    ck_assert(isnan(smaller_of(NAN, 1)) && isnan(smaller_of(1, NAN)));
    ck_assert_double_eq(larger_of(1, 2), 2);
    ck_assert_double_eq(smaller_of(1, 2), 1);
    ck_assert(isnan(positive_part(NAN)));
    ck_assert_double_eq(positive_part(-1), 0);
    ck_assert_double_eq(positive_part(2), 2);
    double most = NOTHING_YET, least = INFINITY;
    worst(&most, -3), keep_smaller(&least, -3);
    ck_assert_double_eq(most, 3);
    ck_assert_double_eq(least, -3);
    worst(&most, NAN), worst(&most, 4), keep_smaller(&least, NAN), keep_smaller(&least, -4);
    ck_assert(isnan(most) && isnan(least));
}

TEST(nothing_stays_nothing) {
    struct tally off = {NOTHING_YET, 0};
    ck_assert(positive_part(NOTHING_YET) == NOTHING_YET);
    ck_assert(wrong_of(0, 0) == NOTHING_YET);
    ck_assert_double_eq(wrong_of(0, 1), 0);
    ck_assert(off.value == NOTHING_YET);
    tally_add(&off, 0);
    ck_assert_double_eq(off.value, 0);
    tally_add(&off, 2);
    ck_assert_double_eq(off.value, 2);
    ck_assert_uint_eq(off.n, 2);
}

TCASE(verdict) {
    tcase_add_tests(tcase, bounds_move_to_the_looser_side, bounds_move_to_the_tighter_side,
                    an_errata_verdict_scales_both_its_bounds, a_contrast_needs_both_its_cases,
                    what_saw_nothing_is_not_judged, what_was_not_measured_stays_so,
                    a_demanded_verdict_is_no_silence, a_cut_note_ends_on_a_character,
                    what_is_no_number_stays, nothing_stays_nothing);
}
