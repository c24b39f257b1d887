/* Data is never markup: whatever stands in a token, a value or a path, a figure shows it as it is,
 * and pages, records and tables are valid. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

TESTS_IN_A_FOLDER("cli-markup");

static void says_nothing(const char *line) {
    struct outcome o = shell(line, "");
    ck_assert_msg(o.text[0] == '\0', "%s: %s", line, o.text);
}

/* Tokens with a meaning in gnuplot, a shell, printf, HTML, XML, Markdown or CSV: the map must show
 * them as they are. */
TEST(tokens_are_drawn_as_they_are) {
    says_nothing(
        "cat > w.awk <<'END'\nBEGIN {n = split(\"\\\\alpha|\\\\theta|\\\\n|%d|%s%n|100%|<b>|&amp;|@x|`touch_me`|"
        "$(touch_me)|x_2^{3}|'q'|{a}|#|*a*|]]>|a|b\", w, \"|\"); for (i = 0; i < 6000; i++) print w[i % n + 1], "
        "w[i * i % 7 + 1], \"the\", w[(i % n < 9 ? i : 3 * i) % n + 1], \"x .\"}\nEND\n"
        "export LC_ALL=C; awk -f w.awk > t; $P run scansnap/text text=t --out o > /dev/null; "
        "cut -d, -f3 o/map.csv | tail -n +2 | sed 's/&/\\&amp;/g; s/</\\&lt;/g; s/]]>/]]\\&gt;/' | sort -u > want; "
        "grep -o '<text>[^<]*</text>' o/text-map.svg | sed 's/<[/]*text>//g' | sort -u > got; "
        "comm -23 want got");
    shell_ends("wc -l < want; grep -cxF -e '\\alpha' -e '\\theta' -e '%d' want; ls touch_me", 2,
               "\n3\n");
}

/* A value of an axis, drawn as a tic, in a key and on a map. */
TEST(values_are_drawn_as_they_are) {
    shell(
        "for i in $(seq 4000); do echo w$((i % 7)) w$((i * i % 5)) w$((i % 3)) .; done > t; "
        "for n in '50%d' '\\theta' '@x' '`touch me`' \"'q'\" '<b>&' 'a,b'; do cp t \"$n\"; done; "
        "$P sweep scansnap/text 'text=\"50%d\",\\theta,@x,`touch me`,'\"'q'\"',<b>&,\"a,b\"' seed=1,2 "
        "--store s.db --csv s.csv > /dev/null && $P plot s.db --out f --scalar loss && $P plot s.db --over "
        "'' --heatmap seed,text --out g --scalar loss && $P plot s.db --over '' --heatmap text,seed "
        "--out h --scalar loss",
        "1 figure drawn in h");
    says_nothing(
        "for d in f g h; do for w in '50%d' '\\theta' '@x' '`touch me`' \"'q'\" '&lt;b>&amp;' 'a,b'; "
        "do grep -qF \"<text>$w</text>\" $d/loss.svg || echo \"$d lacks $w\"; done; done");
    shell_ends(
        "$P plot s.db --heatmap text,seed --over '' --contours \"1'; system('touch me'); x='2\"",
        64, "expected positive numbers");
    shell_ends("ls me", 2, "");
    /* numbers that differ only in their last digits have labels that differ */
    shell(
        "$P sweep joma/erf seed=1234567890121:1234567890123 --store n.db > /dev/null && $P plot n.db --over '' "
        "--out n > /dev/null 2>&1; grep -h '^array XL' n/*.gp | sort -u",
        "XL[3] = ['1234567890121', '1234567890122', '1234567890123']");
}

/* Bytes that are no UTF-8, and control characters, in the name of a text. */
TEST(output_is_valid_whatever_the_bytes_of_a_name) {
    shell(
        "n=$(printf 'caf\\351 \\001<b>'); for i in $(seq 4000); do echo w$((i % 7)) w$((i * i % 5)) w$((i % 3)) .; "
        "done > \"$n\"; $P report scansnap/text \"text=$n\" --out r > /dev/null && "
        "$P report scansnap/text \"text=$n\" --out r",
        "1 of 1 experiments stood finished");
    shell(
        "n=$(printf 'caf\\351 \\001<b>'); cp \"$n\" t; $P run scansnap/text \"text=$n\" --out o > /dev/null && $P run "
        "scansnap/text --config o/params.conf --out o --resume && $P sweep scansnap/text \"text=$n,t\" "
        "--store s.db --csv s.csv > /dev/null && $P plot s.db --out f --scalar loss > /dev/null && $P verify "
        "scansnap/text \"text=$n\" --json v.json --junit v.xml > /dev/null",
        "already holds this run");
    says_nothing(
        "for f in $(find r o f s.csv v.json v.xml -type f ! -name params.conf ! -name '*.woff2' ! -path '*/resume/*'); do "
        "iconv -f UTF-8 -t UTF-8 $f > /dev/null || echo $f is not UTF-8; ! LC_ALL=C grep -qP "
        "'[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]' $f || echo $f has control characters; done");
    shell("grep -ho 'caf.xE9 .x01&lt;b&gt;' r/*.html | sort -u", "caf\\xE9 \\x01&lt;b&gt;\n");
}

/* So is what is printed: the names of a folder, of a store, of what is not there. */
TEST(so_is_what_is_printed) {
    says_nothing(
        "n=$(printf 'caf\\351\\200\\377\\033[31m'); utf() { iconv -f UTF-8 -t UTF-8 > said || echo \"$1: no UTF-8\"; ! grep "
        "-q \"$(printf '\\033')\" said || echo \"$1: a control character\"; }; r() { \"$P\" \"$@\" 2>&1 | utf \"$*\"; "
        "}; r run lowrank/memory --preset quick --out \"$n\"; r run lowrank/memory --preset quick --out \"$n\" --resume; "
        "r plot \"$n\"; r sweep lowrank/memory r=4,8 --store \"$n.db\"; r sweep lowrank/memory r=4:8 --store "
        "\"$n.db\" --csv \"$n.csv\"; r export \"$n.db\" --csv \"$n.csv\"; r plot \"$n.db\" --out \"$n.f\"; r report "
        "lowrank/memory --out \"$n.r\"; r plot \"$n.no\"; r run \"$n\"; r run lowrank/memory \"$n=1\"; r \"$n\"; r "
        "sweep lowrank/memory r=4,8 --store u.db --merge \"$n.db\"");
}

TCASE(cli_markup) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, tokens_are_drawn_as_they_are, values_are_drawn_as_they_are,
                    output_is_valid_whatever_the_bytes_of_a_name, so_is_what_is_printed);
}
