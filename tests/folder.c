#include "tests/folder.h"

#include "sim/base/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void folder_make(char folder[64], const char *name) {
    snprintf(folder, 64, "/tmp/attndyn-%s-XXXXXX", name);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

void folder_remove(const char *folder, const char *left) {
    if (strcmp(left, "*") == 0)
        folder_does("/", "rm -rf '%s'", folder);
    else
        folder_does(folder, "rm -f %s && rmdir '%s'", left, folder);
}

void folder_does(const char *folder, const char *command, ...) {
    char line[1000];
    int length = snprintf(line, sizeof line, "cd '%s' && ", folder);
    ck_assert_int_lt(length, sizeof line);
    va_list arguments;
    va_start(arguments, command);
    length += vsnprintf(line + length, sizeof line - (size_t)length, command, arguments);
    va_end(arguments);
    ck_assert_int_lt(length, sizeof line);
    int how = system(line);
    ck_assert_msg(how == 0, "%s: %d", line, how);
}

void folder_same(const char *folder, const char *a, const char *b) {
    folder_does(folder, "diff -r -x timing.json '%s' '%s'", a, b);
}

void file_put(const char *path, const void *bytes, size_t length) {
    FILE *stream = fopen(path, "wb");
    ck_assert_msg(stream != NULL, "cannot write %s", path);
    ck_assert_uint_eq(fwrite(bytes, 1, length, stream), length);
    ck_assert_int_eq(fclose(stream), 0);
}

char *file_text(struct attndyn_context *ctx, const char *path) {
    char *text;
    size_t length;
    assert_ok(ctx, attndyn_file_read(ctx, path, &text, &length));
    return text;
}
