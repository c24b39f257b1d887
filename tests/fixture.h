/* A context of its own for each test of a file whose test case calls with_a_context(tcase). */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "tests/support.h"

static struct attndyn_context *ctx;

static void set_up(void) {
    ctx = attndyn_context_create();
}

static void tear_down(void) {
    attndyn_context_free(ctx);
}

static void with_a_context(TCase *tcase) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
}

#endif
