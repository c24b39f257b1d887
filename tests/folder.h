/* A folder of the test's own, what is put in it and read from it. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include "tests/support.h"

#include <stddef.h>

/* /tmp/attndyn-NAME-..., and its end: the files `left` in it are removed (names for a shell; "*":
 * whatever there is), and there must be no others. */
void folder_make(char folder[64], const char *name);
void folder_remove(const char *folder, const char *left);
/* A shell command in the folder (printf), which must end with 0. */
__attribute__((format(printf, 2, 3))) void folder_does(const char *folder, const char *command,
                                                       ...);
/* The same files with the same bytes in two folders of this folder; timing.json holds times. */
void folder_same(const char *folder, const char *a, const char *b);

/* A whole file, written; and read, with a zero byte behind it that does not count. */
void file_put(const char *path, const void *bytes, size_t length);
char *file_text(struct attndyn_context *ctx, const char *path);

/* For a file whose tests each have a context and a folder: `ctx`, `folder`, and in_a_folder(tcase,
 * seconds), which a test case calls first: the seconds are those that a test may take. */
#define TESTS_WITH_A_FOLDER(name, left)                                                            \
    static struct attndyn_context *ctx;                                                            \
    static char folder[64];                                                                        \
    static void set_up(void) {                                                                     \
        ctx = attndyn_context_create();                                                            \
        folder_make(folder, name);                                                                 \
    }                                                                                              \
    static void tear_down(void) {                                                                  \
        folder_remove(folder, left);                                                               \
        attndyn_context_free(ctx);                                                                 \
    }                                                                                              \
    IN_A_FOLDER

#define IN_A_FOLDER                                                                                \
    static void in_a_folder(TCase *tcase, double seconds) {                                        \
        tcase_add_checked_fixture(tcase, set_up, tear_down);                                       \
        tcase_set_timeout(tcase, seconds);                                                         \
    }                                                                                              \
    static void in_a_folder(TCase *, double)

/* The path of a file in the folder. */
#define within(name) attndyn_format(ctx, "%s/%s", folder, (name))

#endif
