/* The committed notebooks: valid JSON of format 4, executed, with what their cells showed, one
 * notebook for each story. `make notebooks` executes them. */
#include "tests/support.h"

#include <jansson.h>
#include <string.h>

static const char *const stories[] = {"scan-and-snap", "joma", "low-rank", "sweeps", "own-data"};

TEST(notebooks_show_what_they_did) {
    char path[100];
    snprintf(path, sizeof path, "notebooks/%s.ipynb", stories[_i]);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *cell;
    ck_assert_msg(root != NULL, "%s:%d: %s", path, error.line, error.text);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "nbformat")), 4);
    size_t i, code = 0, prose = 0, shown = 0;
    json_array_foreach(json_object_get(root, "cells"), i, cell) {
        const char *type = json_string_value(json_object_get(cell, "cell_type"));
        ck_assert_msg(type && json_is_array(json_object_get(cell, "source")), "%s: cell %zu", path,
                      i);
        if (strcmp(type, "code") != 0) {
            prose++;
            continue;
        }
        code++;
        ck_assert_msg(json_is_integer(json_object_get(cell, "execution_count")),
                      "%s: cell %zu was not executed: make notebooks-commit", path, i);
        shown += json_array_size(json_object_get(cell, "outputs"));
    }
    ck_assert_uint_ge(code, 4);
    ck_assert_uint_ge(shown, 4);
    ck_assert_uint_ge(prose, 4);
    json_decref(root);
}

TCASE(notebooks) {
    tcase_add_each(tcase, notebooks_show_what_they_did, stories);
}
