/* Where results go: links are followed, what is no file is written to, nothing is written over
 * something else. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

static char folder[64];

static void set_up(void) {
    folder_make(folder, "cli-outputs");
}
static void tear_down(void) {
    folder_remove(folder);
}

/* In the folder. */
static struct outcome shell(const char *line, int code, const char *said) {
    char here[1900];
    snprintf(here, sizeof here, "cd $F; %s", line);
    return program_says(folder, here, code, said);
}

/* A device stays one, a pipe's reader gets the bytes of a file, and what is printed by itself
 * stands before them. */
START_TEST(what_is_no_file_is_written_to) {
    shell("$P verify lowrank/memory --json v.json --junit v.xml > /dev/null && mkfifo pipe && "
          "(cat pipe > got &) && $P verify lowrank/memory --json pipe > /dev/null && sleep 0.2; "
          "cmp v.json got && test -p pipe && echo as a file",
          0, "as a file");
    shell("$P verify lowrank/memory --json /dev/stdout > both; $P verify lowrank/memory > text; "
          "cat text v.json | cmp - both && echo in order",
          0, "in order");
    shell("$P verify lowrank/memory --junit /dev/stderr 2>&1 > /dev/null | cmp - v.xml && "
          "$P verify lowrank/memory --json /dev/fd/7 7> seven > /dev/null && cmp seven v.json && "
          "test -L /dev/stdout && echo streams by number",
          0, "streams by number");
    shell("cp v.json null.json; mknod here c 1 3 2>/dev/null || ln -s /dev/null here; "
          "$P verify lowrank/memory --json here > /dev/null && test -c here && echo a device",
          0, "a device");
    shell("$P verify lowrank/memory --json /dev/full > /dev/null", 74, "No space left");
    shell("$P sweep lowrank/memory r=1,2 --store s.db --csv /dev/stdout --grouped g.csv --over r",
          0, "1,2,done,");
}
END_TEST

START_TEST(links_are_followed) {
    shell(
        "mkdir there; echo old > there/v.json; chmod 640 there/v.json; ln -s there/v.json v.json; "
        "ln -s there/new.json n.json; "
        "$P verify lowrank/memory --json v.json > /dev/null && "
        "$P verify lowrank/memory --json n.json > /dev/null && test -L v.json && test -L n.json && "
        "cmp v.json there/new.json && stat -c %a there/v.json",
        0, "640");
    shell(
        "$P run joma/erf --preset quick --out a > /dev/null && mkdir b && mv a/*.svg a/state.csv b/ "
        "&& (cd b && for f in *; do ln -s ../b/$f ../a/$f && cp $f $f.old && : > $f; done) && "
        "$P run joma/erf --preset quick --out a > /dev/null && cd b && for f in *.svg *.csv; do "
        "test -L ../a/$f && cmp $f $f.old || exit 1; done && echo both stand",
        0, "both stand");
    shell("ln -s x y; ln -s y x; $P verify lowrank/memory --json x", 74, "links lead in a circle");
}
END_TEST

TCase *test_cli_outputs(void);
TCase *test_cli_outputs(void) {
    TCase *tcase = tcase_create("cli_outputs");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_is_no_file_is_written_to);
    tcase_add_test(tcase, links_are_followed);
    return tcase;
}
