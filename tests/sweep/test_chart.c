/* Charts of a sweep's store: each value stands in its own place, also beside runs that are missing.
 */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TESTS_IN_A_FOLDER("chart");

static void quiet(struct outcome o) {
    ck_assert_msg(strstr(o.text, "warn") == NULL, "%s", o.text);
}

/* A value that is a list has commas: the table keeps its columns, the curve and the map their
 * points. */
TEST(lists_of_numbers_are_an_axis) {
    shell("\"$P\" sweep joma/erf 'delta=1,0.5;2,1,0.5;1,-1' eta_w=1,2 trials=0 --store s.db",
          "6 ended now");
    quiet(shell("\"$P\" plot s.db --out l --scalar t_star", "1 figure drawn"));
    quiet(shell("\"$P\" plot s.db --out m --scalar t_star --heatmap eta_w,delta --contours 0.8",
                "1 figure drawn"));
    shell("cut -d'\"' -f2,4 l/t_star.csv | tail -n +2 | tr '\\n' ' '",
          "1,0.5\"1 2,1,0.5\"1 1,-1\"1 1,0.5\"2 2,1,0.5\"2 1,-1\"2");
    shell("grep -c '<text>1,0.5<' l/t_star.svg m/t_star.svg", "l/t_star.svg:1\nm/t_star.svg:1");
}

/* s.db: eta_z by eta_y, of whose nine cells six or seven have a value: run 1 is eta_z = 0.1, eta_y
 * = 1, run 4 eta_z = 10, eta_y = 1. */
static void store_of(const char *runs, const char *said) {
    char line[600];
    snprintf(line, sizeof line,
             "S='scansnap/flow eta_z=0.1,10,1 eta_y=1,10,100 model=reduced t_end=100'; for i in "
             "%s; do \"$P\" sweep $S --shard $i/9 --store s.$i > $i && m=\"$m --merge s.$i\"; "
             "done; \"$P\" sweep $S $m --store s.db",
             runs);
    shell(line, said);
}

/* The boxes of a map by columns and rows, measured against the frame, which is the first. */
#define BOXES                                                                                      \
    "sed -n \"s/.*polygon.*points = '//p\" m/B.svg | tr ',' ' ' | awk -v nx=3 -v ny=3 'NR == 1 "   \
    "{x = $1; y = $2; w = ($3 - x) / nx; h = (y - $6) / ny; next} $3 - $1 > 0.9 * w && $3 - $1 < " \
    "1.1 * w && $2 - $6 > 0.9 * h {printf \"%d%d \", ($1 - x) / w + 1.5, (y - $2) / h + 1.5}'"

TEST(a_map_has_every_cell_in_its_place) {
    store_of("1 2 3 5 6 7", "1 run from s.7");
    quiet(shell("\"$P\" plot s.db --out m --scalar B --heatmap eta_z,eta_y",
                "3 of 9 cells have no value"));
    /* numbers ascend, whatever the order they were swept in */
    shell("cut -d'\"' -f2,4 m/B.csv | tail -n +2 | tr '\"\\n' '/ '",
          "0.1/1 1/1 10/1 0.1/10 1/10 10/10 0.1/100 1/100 10/100");
    shell("awk -F, 'NR > 1 {printf \"%s\", ($4 != \"\") + 2 * $6}' m/B.csv", "330303303");
    shell(BOXES, "11 21 12 32 13 33 ");
    shell("grep -o '>no value</tspan>' m/B.svg | sort -u | wc -l", "1");
}

TEST(contours_go_where_there_are_cells) {
    store_of("1 2 3 5 6 7 8", "1 run from s.8");
    quiet(shell("\"$P\" plot s.db --out m --scalar B --heatmap eta_z,eta_y --contours 5",
                "2 of 9 cells have no value"));
    shell("grep '>B = 5<' m/B.svg", "B = 5");
    shell_ends("grep 'cannot be drawn' m/B.svg", 1, "");
    shell(BOXES, "11 21 12 22 32 13 33 ");
}

TEST(a_map_may_be_a_single_row) {
    shell_ends("\"$P\" sweep joma/erf t_end=1,1e9 eta_w=1,2,4 trials=0 --store s.db", 2,
               "3 of 6 runs failed");
    quiet(shell("\"$P\" plot s.db --out m --scalar t_star --heatmap eta_w,t_end --contours 1",
                "3 of 6 cells have no value"));
    shell("grep -c '(1 of 1 contours cannot be drawn' m/t_star.svg", "1");
    quiet(shell("\"$P\" plot s.db --out m --scalar t_star --heatmap t_end,eta_w", "1 figure"));
}

TEST(what_is_no_grid_has_no_map) {
    shell("\"$P\" sweep lowrank/memory r=1:100 d=100:600 --sample 8 --store s.db", "8 ended");
    shell_ends("\"$P\" plot s.db --out m --heatmap r,d", 64,
               "the sweep has 8 points, no grid of 8 by 8: leave --heatmap out");
    shell_ends("ls m", 2, "");
    shell("\"$P\" sweep lowrank/memory r=1,2 d=100,200 --zip r,d --store z.db", "2 ended");
    shell_ends("\"$P\" plot z.db --out m --heatmap r,d", 64, "2 points, no grid of 2 by 2");
}

/* p is the beginning of points. */
TEST(a_map_has_the_axes_asked_for) {
    shell("\"$P\" sweep scansnap/flow data=symmetric model=reduced t_end=1 points=20,30 'p=2;3;4' "
          "--store s.db",
          "6 ended now");
    shell("\"$P\" plot s.db --out a --scalar B --heatmap p,points && sed -n 3p a/B.csv",
          "\"3\",\"20\"");
    shell("\"$P\" plot s.db --out b --scalar B --heatmap points,p && sed -n 3p b/B.csv",
          "\"30\",\"2\"");
}

/* A sample draws its numbers in any order; a line joins neighbours. */
TEST(lines_go_along_the_axis) {
    shell("\"$P\" sweep lowrank/memory r=1:100 --sample 16 --store s.db", "16 ended");
    shell("\"$P\" plot s.db --out l --scalar galore_bytes && cut -d'\"' -f2 l/galore_bytes.csv | "
          "tail -n +2 > x && sort -c -n x && wc -l < x",
          "16");
}

/* The key stands below the name of the x axis; the scalar has its unit, and the colour bar of a map
 * with contours, whose colours are logarithms, is read in it. */
TEST(no_key_lies_on_a_curve) {
    shell("\"$P\" sweep scansnap/flow eta_z=log:0.01:100:3 eta_y=1,10 model=reduced t_end=100 "
          "--store s.db",
          "6 ended now");
    shell("\"$P\" plot s.db --out l --scalar loss && awk -F'[(,)]' '/translate/ {y = $3} "
          "/η<.*>Z</ {name = y} /η<.*>Y<.*> = / {n++; below += y > name + 10} END {print n, "
          "below}' l/loss.svg",
          "\n2 2");
    shell("grep -c '>loss (nat)<' l/loss.svg", "1");
    shell("\"$P\" plot s.db --out m --scalar loss --heatmap eta_z,eta_y --contours 1e-3 && grep -c "
          "'>loss (nat)<' m/loss.svg && grep -c '>log' m/loss.svg; grep -o '>0.02<' m/loss.svg",
          "\n1\n0\n>0.02<");
}

/* A slice of three axes: which is x, which the family, what is fixed, and what the bars are. */
TEST(slices) {
    shell(
        "\"$P\" sweep scansnap/flow data=random eta_z=0.1,1,10 eta_y=1,10 class_sd=0,0.3 data_seed=1,2 "
        "validate=false t_end=100 --store s.db",
        "24 ended now");
    quiet(shell(
        "\"$P\" plot s.db --out f --scalar B --over data_seed --x eta_y --family eta_z --where "
        "class_sd=3e-1 --log xy",
        "mean, bars: standard deviation over 2 runs that differ in data_seed; fixed: "
        "class_sd=0.3"));
    shell(
        "head -2 f/B.csv | cut -d, -f1-3; wc -l < f/B.csv; grep -o 'fixed: class_sd=0.3' f/B.svg | head -1",
        "x,series,panel\n\"1\",\"0.1\",\"-\"\n7\nfixed: class_sd=0.3");
    quiet(
        shell("\"$P\" plot s.db --out m --scalar B --over data_seed --heatmap eta_y,eta_z --where "
              "class_sd=0",
              "mean over 2 runs"));
    for (size_t i = 0; i < 2; i++) {
        static const char *const formats[][2] = {{"pdf", "%PDF"}, {"png", "PNG"}};
        char line[300];
        snprintf(
            line, sizeof line,
            "\"$P\" plot s.db --out %s --scalar B --over data_seed --format %s && head -c 4 %s/B.%s; "
            "ls -A %s",
            formats[i][0], formats[i][0], formats[i][0], formats[i][0], formats[i][0]);
        struct outcome o = shell(line, formats[i][1]);
        ck_assert_msg(strstr(o.text, "drawing") == NULL, "%s", o.text);
    }
    static const struct {
        const char *options, *said;
    } wrong[] = {{"--where eta_z=3", "s.db has no such value; it has 0.1, 1, 10"},
                 {"--where eta=3", "did you mean 'eta_z'?"},
                 {"--where eta_z", "expected KEY=VALUE"},
                 {"--x data_seed", "averaged over"},
                 {"--x eta_z --family eta_z", "drawn already"},
                 {"--log z", "expected x, y or xy"},
                 {"--log x --x class_sd", "needs positive numbers, and class_sd has 0"},
                 {"--over ''", "has more than three axes: average data_seed or others"},
                 {"--format gif", "expected svg, pdf or png"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[300];
        snprintf(line, sizeof line, "\"$P\" plot s.db --out w --over data_seed %s 2>&1",
                 wrong[i].options);
        shell_ends(line, 64, wrong[i].said);
    }
}

/* Names have nothing in between, so that no line joins them; one of them is no markup. */
TEST(names_are_points) {
    shell(
        "\"$P\" sweep lowrank/memory shape=60M,130M r=64,128 --store s.db && \"$P\" plot s.db --out c "
        "--x shape --scalar galore_over_full && \"$P\" plot s.db --out d --x r --scalar "
        "galore_over_full && for d in c d; do grep -c '<path stroke=.*L[0-9]' $d/galore_over_full.svg; done",
        "one run a point");
    shell(
        "grep bars c/*.gp d/*.gp | grep -c yerrorbars; grep x_numeric c/*.gp | head -1; grep x_numeric "
        "d/*.gp | head -1",
        "2\nx_numeric = 0\nx_numeric = 1");
}

TCASE(chart) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, lists_of_numbers_are_an_axis, a_map_has_every_cell_in_its_place,
                    contours_go_where_there_are_cells, a_map_may_be_a_single_row,
                    what_is_no_grid_has_no_map, a_map_has_the_axes_asked_for,
                    lines_go_along_the_axis, no_key_lies_on_a_curve, slices, names_are_points);
}
