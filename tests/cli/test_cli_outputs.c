/* Where results go: links are followed, devices and pipes are written to, and other files are not
 * overwritten. */
#include "tests/cli/program.h"
#include "tests/support.h"
#include "tests/sweep/database.h"

#include <stdio.h>
#include <string.h>

TESTS_IN_A_FOLDER("cli-outputs");

/* A device stays a device, the reader of a pipe gets the same bytes as a file, and what the program
 * prints comes before them. */
TEST(what_is_no_file_is_written_to) {
    shell("$P verify lowrank/memory --json v.json --junit v.xml > /dev/null && mkfifo pipe && "
          "{ cat pipe > got & } && $P verify lowrank/memory --json pipe > /dev/null && wait; "
          "cmp v.json got && test -p pipe && echo as a file",
          "as a file");
    shell("$P verify lowrank/memory --json /dev/stdout > both; $P verify lowrank/memory > text; "
          "cat text v.json | cmp - both && echo in order",
          "in order");
    shell("$P verify lowrank/memory --junit /dev/stderr 2>&1 > /dev/null | cmp - v.xml && "
          "$P verify lowrank/memory --json /dev/fd/7 7> seven > /dev/null && cmp seven v.json && "
          "test -L /dev/stdout && echo streams by number",
          "streams by number");
    shell("cp v.json null.json; mknod here c 1 3 2>/dev/null || ln -s /dev/null here; "
          "$P verify lowrank/memory --json here > /dev/null && test -c here && echo a device",
          "a device");
    shell_ends("$P verify lowrank/memory --json /dev/full > /dev/null", 74, "No space left");
    shell("$P sweep lowrank/memory r=1,2 --store s.db --csv /dev/stdout --grouped g.csv --over r",
          "1,2,done,");
}

/* `-` is the standard output for whatever is a text, which then has nothing else in it; no file of
 * that name comes about. */
TEST(a_dash_is_the_standard_output) {
    shell(
        "$P verify lowrank/memory --json v.json --junit v.xml --claims c.md > /dev/null; "
        "for o in json:v.json junit:v.xml claims:c.md; do "
        "$P verify lowrank/memory --${o%:*} - 2> said | cmp - ${o#*:} && grep -c holds said; done",
        "5\n5\n5\n");
    shell(
        "$P sweep lowrank/memory r=4,8 --store s.db --csv s.csv --grouped g.csv --over r > /dev/null; "
        "$P sweep lowrank/memory r=4,8 --store s.db --csv - 2> said | cmp - s.csv && grep 'ended "
        "before' said && $P sweep lowrank/memory r=4,8 --store s.db --over r --grouped - 2> said | cmp "
        "- g.csv && $P export s.db --csv - | cmp - s.csv && $P export s.db --csv x.csv --over r "
        "--grouped - | cmp - g.csv && cmp x.csv s.csv && ! test -e - && echo one each",
        "one each");
    shell_ends("$P export s.db --csv - --grouped -", 64, "--csv and --grouped both go to");
    shell_ends("$P verify lowrank/memory --json - --junit -", 64, "--json and --junit both go to");
    shell_ends("$P sweep lowrank/memory r=4,8 --store -; r=$?; ! test -e - && exit $r", 64,
               "a store is a file");
}

TEST(links_are_followed) {
    shell(
        "mkdir there; echo old > there/v.json; chmod 640 there/v.json; ln -s there/v.json v.json; "
        "ln -s there/new.json n.json; "
        "$P verify lowrank/memory --json v.json > /dev/null && "
        "$P verify lowrank/memory --json n.json > /dev/null && test -L v.json && test -L n.json && "
        "cmp v.json there/new.json && stat -c %a there/v.json",
        "640");
    shell(
        "$P run joma/erf --preset quick --out a > /dev/null && mkdir b && mv a/*.svg a/state.csv b/ "
        "&& (cd b && for f in *; do ln -s ../b/$f ../a/$f && cp $f $f.old && : > $f; done) && "
        "$P run joma/erf --preset quick --out a > /dev/null && cd b && for f in *.svg *.csv; do "
        "test -L ../a/$f && cmp $f $f.old || exit 1; done && echo both stand",
        "both stand");
    shell_ends("ln -s x y; ln -s y x; $P verify lowrank/memory --json x", 74,
               "links lead in a circle");
}

/* Each leaves everything as it stood. */
static const struct {
    const char *arguments, *said;
} clashes[] = {
    {"sweep lowrank/memory r=4,8 --store s.db --csv s.db",
     "--store s.db and --csv s.db are the same"},
    {"sweep lowrank/memory r=4,8 --store new.db --csv ./new.db", "are the same file"},
    {"sweep lowrank/memory r=4,8 --store s.db --csv link", "are the same file"},
    {"sweep lowrank/memory r=4,8 --store hard.db --csv s.db", "are the same file"},
    {"sweep lowrank/memory r=4,8 --store s.db --csv s.db-wal", "are the same file"},
    {"sweep lowrank/memory r=4,8 --store s.db --csv s.db.lock", "are the same file"},
    {"sweep lowrank/memory r=4,8 --store n.db --csv a.csv --grouped a.csv", "are the same file"},
    {"sweep lowrank/memory r=4,8 --store n.db --csv a.csv --grouped $PWD/a.csv",
     "are the same file"},
    {"sweep --file a.sweep --store n.db --csv a.sweep", "--csv a.sweep and --file a.sweep are"},
    {"sweep lowrank/memory r=4,8 --store n.db --merge s.db --csv s.db",
     "--csv s.db and --merge s.db"},
    {"sweep lowrank/memory r=4,8 --store s.db --merge s.db", "--store s.db and --merge s.db"},
    {"sweep scansnap/text text=t.txt,u.txt --store n.db --csv t.txt",
     "and text=t.txt are the same"},
    {"sweep scansnap/text text=t.txt --store n.db --csv ./t.txt", "and text=t.txt are the same"},
    {"sweep lm/wikitext-entropy text=d lr=1,2 --store n.db --csv d/train.txt",
     "of the folder text=d"},
    {"sweep lowrank/memory --config c.conf r=4,8 --store n.db --csv c.conf", "and --config c.conf"},
    {"sweep lowrank/memory r=4,8 --store n.db --csv s.db",
     "is an SQLite file, as a sweep's store is"},
    {"sweep lowrank/memory r=4,8 --store n.db --csv v.json", "is JSON, which CSV would replace"},
    {"sweep lowrank/memory r=4,8 --store other.db", "it holds 'bookmarks'"},
    {"sweep lowrank/memory r=4,8 --store n.db --csv t.txt", "is a text, which CSV would replace"},
    {"sweep lowrank/memory r=4,8 --store n.db --csv b.csv > b.csv",
     "b.csv is where the standard output"},
    {"verify lowrank/memory --json v.json --junit v.json", "are the same file"},
    {"verify lowrank/memory --json s.db", "is an SQLite file"},
    {"verify lowrank/memory --json x.xml", "is XML, which JSON would replace"},
    {"verify lowrank/memory --junit v.json", "is JSON, which XML would replace"},
    {"verify lowrank/memory --junit picture", "is no text, which XML would replace"},
    {"verify lowrank/memory --junit c.conf", "a script or conf file"},
    {"verify scansnap/text text=t.txt --json t.txt", "and text=t.txt are the same file"},
    {"verify lowrank/memory --out o --json o/lowrank/memory/run.json", "the folder of a run"},
    {"verify --list --json s.db", "is an SQLite file"},
    {"verify lowrank/memory --known known --claims known", "--claims known and --known known are"},
    {"verify lowrank/memory --claims v.json", "is JSON, which Markdown would replace"},
    {"export s.db --csv s.db-wal", "are the same file"},
    {"export s.db --grouped s.db.lock", "are the same file"},
    {"sweep lowrank/memory r=4,8 --store n.db --merge s.db --csv s.db-shm", "are the same file"},
    {"plot full_bytes.csv --out .", "is no table of a figure"},
    {"plot hard.db --scalar galore_bytes --out p", "is no table of a figure"},
    {"sweep lowrank/memory r=4,8 --store /dev/null", "a store is a file"},
    {"sweep lowrank/memory r=4,8 --store /dev/stdout | cat; exit 64", "a store is a file"},
    {"report scansnap/text text=o/scansnap/text/t.txt --out o", "the folder of a run"},
    {"run scansnap/flow data=file data_file=o/state.csv --out o", "--out's o/state.csv and"},
    {"run scansnap/flow data=file data_file=o/state.csv --out link.o/.", "are the same file"},
};

TEST(nothing_is_written_over_something_else) {
    const char *files =
        "$P sweep lowrank/memory r=4,8 --store s.db > /dev/null; $P verify lowrank/memory --json "
        "v.json --junit x.xml > /dev/null; ln -s s.db link; ln s.db hard.db; echo the a the b > t.txt; "
        "cp t.txt u.txt; mkdir -p d o/scansnap/text o/lowrank/memory; for s in train valid test; do cp "
        "t.txt d/$s.txt; done; printf 'experiment = lowrank/memory\\nr = 1,2\\n' > a.sweep; cp t.txt "
        "o/scansnap/text/; echo a,b > o/state.csv; ln -s o link.o; printf '# r\\nr = 1\\n' > c.conf; printf "
        "'P\\0' > picture; printf 'SQLite format 3\\0' > magic; touch b.csv; echo "
        "MEM.order why > known; cp s.db full_bytes.csv; mkdir p; echo mine > p/galore_bytes.csv; ";
    char line[1800];
    snprintf(line, sizeof line, "%s ls", files);
    shell(line, "x.xml");
    /* another program's database */
    database_change(folder, "other.db", "CREATE TABLE bookmarks(x)", 0);
    shell("mkdir ../${F##*/}.before && cp -a . ../${F##*/}.before", "");
    for (size_t i = 0; i < sizeof clashes / sizeof *clashes; i++) {
        snprintf(line, sizeof line, "$P %s", clashes[i].arguments);
        shell_ends(line, 64, clashes[i].said);
        shell(
            "rm -f n.db.lock new.db.lock other.db.lock s.db.lock hard.db.lock; touch s.db.lock; rm -f "
            "../${F##*/}.before/*.lock; rm -f *.lock; diff -r --no-dereference . "
            "../${F##*/}.before && echo untouched",
            "untouched");
    }
    /* allowed: an earlier result, an empty file, an unknown text of the right name */
    shell("rm -r ../${F##*/}.before hard.db; echo old > o.json; : > e.csv; echo old > f.csv; "
          "$P verify lowrank/memory --json v.json --junit x.xml > /dev/null && "
          "$P verify lowrank/memory --json o.json --junit /dev/null > /dev/null && "
          "$P sweep lowrank/memory r=4,8 --store s.db --csv e.csv --grouped f.csv > /dev/null && "
          "$P sweep lowrank/memory r=4,8 --store s.db --csv e.csv --grouped f.csv",
          "2 had ended before");
}

/* A list may be empty: the panel that would show it says so, and gnuplot has nothing to say. */
TEST(an_empty_list_is_drawn) {
    shell(
        "for r in 'scansnap/sampled epsilons=' 'scansnap/extensions samples=' 'scansnap/extensions "
        "advantages=' 'rivals/sink values=0' 'position/previous-token frequencies=' "
        "'scansnap/transition commons=1' 'joma/saliency common_sds='; do $P run $r --preset quick "
        "--overwrite --out run > /dev/null 2> said || echo \"$r ends\"; grep gnuplot said; done > bad; "
        "wc -c < bad; cat bad; grep -c 'nothing to show' run/saliency.svg",
        "0\n1\n");
    /* one that is too short for what is measured is refused before the run */
    shell_ends("$P run scansnap/weak-overlap distinct=1 --out one", 64, "two weights that differ");
}

TCASE(cli_outputs) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, what_is_no_file_is_written_to, a_dash_is_the_standard_output,
                    links_are_followed, nothing_is_written_over_something_else,
                    an_empty_list_is_drawn);
}
