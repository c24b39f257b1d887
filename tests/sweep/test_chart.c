/* Charts of a sweep's store: each value stands in its own place, also beside runs that are missing.
 */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

static void set_up(void) {
    folder_make(folder, "chart");
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

static void quiet(struct outcome o) {
    ck_assert_msg(strstr(o.text, "warn") == NULL, "%s", o.text);
}

/* A value that is a list has commas: the table keeps its columns, the curve and the map their
 * points. */
START_TEST(lists_of_numbers_are_an_axis) {
    shell("\"$P\" sweep joma/erf 'delta=1,0.5;2,1,0.5;1,-1' eta_w=1,2 trials=0 --store s.db", 0,
          "6 ended now");
    quiet(shell("\"$P\" plot s.db --out l --scalar t_star", 0, "1 figure drawn"));
    quiet(shell("\"$P\" plot s.db --out m --scalar t_star --heatmap eta_w,delta --contours 0.8", 0,
                "1 figure drawn"));
    shell("cut -d'\"' -f2,4 l/t_star.csv | tail -n +2 | tr '\\n' ' '", 0,
          "1,0.5\"1 2,1,0.5\"1 1,-1\"1 1,0.5\"2 2,1,0.5\"2 1,-1\"2");
    shell("grep -c '<text>1,0.5<' l/t_star.svg m/t_star.svg", 0, "l/t_star.svg:1\nm/t_star.svg:1");
}
END_TEST

/* s.db: eta_z by eta_y, of whose nine cells six or seven have a value: run 1 is eta_z = 0.1, eta_y
 * = 1, run 4 eta_z = 10, eta_y = 1. */
static void store_of(const char *runs, const char *said) {
    char line[600];
    snprintf(line, sizeof line,
             "S='scansnap/flow eta_z=0.1,10,1 eta_y=1,10,100 model=reduced t_end=100'; for i in "
             "%s; do \"$P\" sweep $S --shard $i/9 --store s.$i > $i && m=\"$m --merge s.$i\"; "
             "done; \"$P\" sweep $S $m --store s.db",
             runs);
    shell(line, 0, said);
}

/* The boxes of a map by columns and rows, measured against the frame, which is the first. */
#define BOXES                                                                                      \
    "sed -n \"s/.*polygon.*points = '//p\" m/B.svg | tr ',' ' ' | awk -v nx=3 -v ny=3 'NR == 1 "   \
    "{x = $1; y = $2; w = ($3 - x) / nx; h = (y - $6) / ny; next} $3 - $1 > 0.9 * w && $3 - $1 < " \
    "1.1 * w && $2 - $6 > 0.9 * h {printf \"%d%d \", ($1 - x) / w + 1.5, (y - $2) / h + 1.5}'"

START_TEST(a_map_has_every_cell_in_its_place) {
    store_of("1 2 3 5 6 7", "1 runs from s.7");
    quiet(shell("\"$P\" plot s.db --out m --scalar B --heatmap eta_z,eta_y", 0,
                "3 of 9 cells have no value"));
    /* numbers ascend, whatever the order they were swept in */
    shell("cut -d'\"' -f2,4 m/B.csv | tail -n +2 | tr '\"\\n' '/ '", 0,
          "0.1/1 1/1 10/1 0.1/10 1/10 10/10 0.1/100 1/100 10/100");
    shell("awk -F, 'NR > 1 {printf \"%s\", ($4 != \"\") + 2 * $6}' m/B.csv", 0, "330303303");
    shell(BOXES, 0, "11 21 12 32 13 33 ");
    shell("grep -c '<text>no value<' m/B.svg", 0, "1");
}
END_TEST

START_TEST(contours_go_where_there_are_cells) {
    store_of("1 2 3 5 6 7 8", "1 runs from s.8");
    quiet(shell("\"$P\" plot s.db --out m --scalar B --heatmap eta_z,eta_y --contours 5", 0,
                "2 of 9 cells have no value"));
    shell("grep '<text>B = 5<' m/B.svg", 0, "B = 5");
    shell("grep 'cannot be drawn' m/B.svg", 1, "");
    shell(BOXES, 0, "11 21 12 22 32 13 33 ");
}
END_TEST

START_TEST(a_map_may_be_a_single_row) {
    shell("\"$P\" sweep joma/erf t_end=1,1e9 eta_w=1,2,4 trials=0 --store s.db", 2,
          "3 of 6 runs failed");
    quiet(shell("\"$P\" plot s.db --out m --scalar t_star --heatmap eta_w,t_end --contours 1", 0,
                "3 of 6 cells have no value"));
    shell("grep -c '(1 of 1 contours cannot be drawn' m/t_star.svg", 0, "1");
    quiet(shell("\"$P\" plot s.db --out m --scalar t_star --heatmap t_end,eta_w", 0, "1 figure"));
}
END_TEST

START_TEST(what_is_no_grid_has_no_map) {
    shell("\"$P\" sweep lowrank/memory r=1:100 d=100:600 --sample 8 --store s.db", 0, "8 ended");
    shell("\"$P\" plot s.db --out m --heatmap r,d", 64,
          "the sweep has 8 points, no grid of 8 by 8: leave --heatmap out");
    shell("ls m", 2, "");
    shell("\"$P\" sweep lowrank/memory r=1,2 d=100,200 --zip r,d --store z.db", 0, "2 ended");
    shell("\"$P\" plot z.db --out m --heatmap r,d", 64, "2 points, no grid of 2 by 2");
}
END_TEST

/* p is the beginning of points. */
START_TEST(a_map_has_the_axes_asked_for) {
    shell("\"$P\" sweep scansnap/flow data=symmetric model=reduced t_end=1 points=20,30 'p=2;3;4' "
          "--store s.db",
          0, "6 ended now");
    shell("\"$P\" plot s.db --out a --scalar B --heatmap p,points && sed -n 3p a/B.csv", 0,
          "\"3\",\"20\"");
    shell("\"$P\" plot s.db --out b --scalar B --heatmap points,p && sed -n 3p b/B.csv", 0,
          "\"30\",\"2\"");
}
END_TEST

/* A sample draws its numbers in any order; a line joins neighbours. */
START_TEST(lines_go_along_the_axis) {
    shell("\"$P\" sweep lowrank/memory r=1:100 --sample 16 --store s.db", 0, "16 ended");
    shell("\"$P\" plot s.db --out l --scalar galore_bytes && cut -d'\"' -f2 l/galore_bytes.csv | "
          "tail -n +2 > x && sort -c -n x && wc -l < x",
          0, "16");
}
END_TEST

/* The key stands below the name of the x axis; the scalar has its unit. */
START_TEST(no_key_lies_on_a_curve) {
    shell("\"$P\" sweep scansnap/flow eta_z=log:0.01:100:3 eta_y=1,10 model=reduced t_end=100 "
          "--store s.db",
          0, "6 ended now");
    shell("\"$P\" plot s.db --out l --scalar loss && awk -F'[(,)]' '/translate/ {y = $3} "
          "/<text>eta_z</ {name = y} /<text>eta_y = / {n++; below += y > name + 10} END {print n, "
          "below}' l/loss.svg",
          0, "\n2 2");
    shell("grep -c '<text>loss (nat)<' l/loss.svg", 0, "1");
    shell("\"$P\" plot s.db --out m --scalar loss --heatmap eta_z,eta_y --contours 1e-3 && grep "
          "'<text>log10' m/loss.svg",
          0, "log10 loss (nat)");
}
END_TEST

TCase *test_chart(void);
TCase *test_chart(void) {
    TCase *tcase = tcase_create("chart");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, lists_of_numbers_are_an_axis);
    tcase_add_test(tcase, a_map_has_every_cell_in_its_place);
    tcase_add_test(tcase, contours_go_where_there_are_cells);
    tcase_add_test(tcase, a_map_may_be_a_single_row);
    tcase_add_test(tcase, what_is_no_grid_has_no_map);
    tcase_add_test(tcase, a_map_has_the_axes_asked_for);
    tcase_add_test(tcase, lines_go_along_the_axis);
    tcase_add_test(tcase, no_key_lies_on_a_curve);
    return tcase;
}
