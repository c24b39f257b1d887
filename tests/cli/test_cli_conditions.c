/* A parameter that a user gives and that has no effect under the other values is refused, with what
 * would give it one. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("conditions");

TEST(nothing_is_given_for_nothing) {
    static const char *const lines[][2] = {
        {"run scansnap/flow data_file=x.csv",
         "data_file has no effect with data=authors: it has one "
         "with data=file"},
        {"verify scansnap/flow data_file=x.csv", "data_file has no effect with data=authors"},
        {"report 'scansnap/[fs]*' data_file=x.csv --out r", "it has one with data=file"},
        {"verify 'scansnap/*' C12.monotone step=0.1", "step has no effect with method="},
        {"run scansnap/flow p=1,2",
         "p has no effect with data=authors: it has one with data=symmetric"},
        {"run scansnap/flow text=t.txt", "it has one with data=text"},
        {"run scansnap/flow step=0.1", "step has no effect with method=dop853: it has one with "
                                       "method=rk4|euler"},
        {"run scansnap/text text=t.txt words=3", "words has no effect with text=t.txt: it has one "
                                                 "with text left empty"},
        {"run lm/sparsity momentum=0.5", "momentum has no effect with optimizer=adam"},
        {"run lm/hierarchy scale=2", "scale has no effect with method=full: it has one with "
                                     "method=galore"},
        {"run lm/joma-real model=a,b method=galore",
         "method has no effect with model=a,b: it has one with model left empty"},
        {"run lm/wikitext-attention model=a momentum=0.5", "momentum has no effect with model=a"},
        {"run lm/sparsity tokenizer=word", "tokenizer has no effect with text= and model=: it has "
                                           "one where text is given or where model is given"},
        {"run lm/joma-real tokenizer=word", "it has one where text is given or where model"},
        {"run lm/embedding-geometry model=a text=t vocabulary=9",
         "vocabulary has no effect with model=a"},
        {"run lm/wikitext-attention text=t paragraphs=60", "it has one with text left empty"},
        {"run lm/wikitext-entropy tokenizer=word",
         "tokenizer has no effect with text=: it has one "},
        {"run lowrank/train method=full beside=false rank=4",
         "rank has no effect with method=full and beside=false: it has one with method=galore|"
         "lowrank|lora|relora|dora or with beside=true"},
        {"sweep lowrank/train beside=false method=full,freeze rank=2,4", "rank has no effect"},
        {"run lowrank/train beside=false lr_full=1", "lr_full has no effect with beside=false"},
        {"run mobile/zero-shot limit=2", "limit has no effect with tasks=: it has one where tasks"},
        {"run mobile/tasks limit=2", "limit has no effect with tasks="},
        {"run sparse/evaluate bos=true", "bos has no effect with text=: it has one where text"},
        {"run scansnap/flow K=200", "K is num_last x num_next_per_last: give these"},
        {"sweep scansnap/flow M=20,40", "M is num_common + K num_distinct"},
        {"run scansnap/flow V=20", "V is K with columns=next, M with columns=vocabulary"},
        {"run scansnap/fates rho=2", "rho comes about from eta_Y/eta_Z and the data: give ratios"},
        {"run scansnap/text K=4", "K comes about from the text"},
        {"sweep scansnap/text M=4,5", "M comes about from the text: the tokens of its contexts"},
        {"run scansnap/theorem-4 K=4", "K is classes: give that"},
        {"run scansnap/flow --config k",
         "k:2: scansnap/flow has no parameter 'K': K is num_last x"},
        {"run lowrank/memory D=4", "did you mean 'd'?"},
        {"sweep scansnap/flow data_seed=1,2", "data_seed has no effect with data=authors"},
        {"sweep scansnap/flow data=authors,symmetric data_seed=3 p=2", "data_seed has no effect"}};
    shell("printf 'eta_y = 2\\nK = 4\\n' > k", "");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[300];
        snprintf(line, sizeof line, "$P %s", lines[i][0]);
        shell_ends(line, 64, lines[i][1]);
    }
}

/* In some run of a sweep; in a conf file, which has all parameters; if the condition is met. */
TEST(what_has_an_effect_somewhere_is_taken) {
    shell("$P sweep scansnap/flow data=authors,random data_seed=1,2 --dry-run", "4 runs");
    shell("$P verify scansnap/flow scansnap/frozen-decoder method=rk4 step=0.01 "
          "t_end=1 > said; grep -c ^scansnap said",
          "2\n");
    shell("$P sweep scansnap/flow method=dop853,rk4 step=0.1 --dry-run", "2 runs");
    shell("$P run scansnap/flow t_end=1 points=5 validate=false --no-plot --out a >/dev/null && "
          "$P run scansnap/flow --config a/params.conf --no-plot --out b >/dev/null && cmp "
          "a/course.csv b/course.csv && echo identical",
          "identical");
    shell("$P describe scansnap/flow | grep -A2 '^  data_seed'", "only with data=random");
    shell("$P describe scansnap/flow data=random | grep -A2 '^  data_file'",
          "only with data=file: no effect here");
    shell("$P describe scansnap/flow data=random | grep -A2 '^  data_seed=1 '",
          "only with data=random\n");
    shell("$P sweep lowrank/train beside=false method=full,galore rank=2,4 --dry-run", "4 runs");
    shell("$P sweep lowrank/train beside=false,true method=full rank=2,4 --dry-run", "4 runs");
    shell("$P describe lm/sparsity | grep -A3 '^  tokenizer'",
          "only with text given or model given\n");
    shell("$P describe lowrank/train method=full beside=false | grep -A3 '^  rank'",
          "or beside=true: no effect here");
    shell_ends("$P describe scansnap/flow data=no", 64, "data=no: expected one of");
    shell("$P describe scansnap/flow --json | tr -d ' \n' | grep -o "
          "'\"doc\":\"[^\"]*\",\"only\":\"data=random\"' | head -1",
          "\"only\":\"data=random\"");
    /* the report's table of parameters */
    shell("for i in $(seq 400); do echo the w$((i % 7)) of w$((i % 5)) .; done > t; $P report "
          "scansnap/text text=t --out r >/dev/null && grep -ho 'Only with <code>.*' "
          "r/*.html | sort -u",
          "Only with <code>text left empty</code>: no effect here.</span>");
    shell("$P report scansnap/text --out q >/dev/null && grep -ho 'Only with <code>.*' "
          "q/*.html | sort -u",
          "Only with <code>text left empty</code>.</span>");
    shell("$P describe scansnap/text | grep -A2 '^  sentences'", "only with text left empty");
}

/* Minus nothing is nothing: one run, with one name. */
TEST(a_zero_has_no_sign) {
    shell_ends("$P sweep scansnap/flow eta_z=0,-0 --dry-run", 64, "eta_z=0 stands twice");
    shell("$P describe scansnap/flow eta_z=-0.0 | grep '^  eta_z='", "eta_z=0 ");
}

TCASE(cli_conditions) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, nothing_is_given_for_nothing, what_has_an_effect_somewhere_is_taken,
                    a_zero_has_no_sign);
}
