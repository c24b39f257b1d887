/* lm/tokenize and lm/tokenizer by the program: what stands in their tables and files. */
#include "sim/base/file.h"
#include "sim/data/codec/codec.h"
#include "tests/cli/program.h"
#include "tests/data/codec_fixtures.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

TESTS_WITH_A_FOLDER("tokenize", "*");

static const char *contents(const char *name) {
    return file_text(ctx, within(name));
}

TEST(tables_of_a_text) {
    /* Bytes of the file as they are; bos as asked for. */
    program_says(folder, "printf 'a \\303\\251\\r\\n\\377' > $F/t", 0, "");
    program_says(folder, "$P run lm/tokenize tokenizer=byte text=$F/t --out $F/o", 0, "holds");
    ck_assert_str_eq(contents("o/tokens.csv"),
                     "position,id,piece\n0,97,a\n1,32, \n2,195,<0xC3>\n3,169,<0xA9>\n4,13,<0x0D>\n"
                     "5,10,<0x0A>\n6,255,<0xFF>\n");
    program_says(folder, "printf 'to the' > $F/t", 0, "");
    program_says(folder,
                 "$P run lm/tokenize tokenizer=" CODEC_FIXTURES "small.bin text=$F/t --out $F/p", 0,
                 "holds");
    const char *with = contents("p/tokens.csv");
    ck_assert_ptr_nonnull(strstr(with, "0,1,<0x0A><s><0x0A>\n"));
    program_says(folder,
                 "$P run lm/tokenize tokenizer=" CODEC_FIXTURES
                 "small.bin text=$F/t bos=false --out $F/q",
                 0, "holds");
    ck_assert_ptr_null(strstr(contents("q/tokens.csv"), "<s>"));
    program_says(folder, "$P run lm/tokenize tokenizer=byte bos=true --out $F/r", 64, "bos=true");
    program_says(folder, "$P run lm/tokenize tokenizer=$F/none --out $F/s", 66,
                 "no such file or folder");
}

TEST(a_tokenizer_of_ones_own) {
    program_says(folder,
                 "$P run lm/tokenizer text=" CODEC_FIXTURES
                 "training.txt vocabulary=500 special= --out $F/o",
                 0, "holds");
    /* the merges of tests/reference/codec.py, and their files beside the tables */
    char *merges, *want = file_text(ctx, CODEC_FIXTURES "trained.txt");
    const char *written = contents("o/tokenizer/merges.txt");
    ck_assert_int_eq(strncmp(written, "#version: 0.2\n", 14), 0);
    merges = attndyn_strdup(ctx, written + 14);
    for (char *line = strtok(merges, "\n"); line; line = strtok(NULL, "\n")) {
        ck_assert_msg(strncmp(want, line, strlen(line)) == 0, "'%s', expected '%.40s'", line, want);
        want = strchr(want, '\n') + 1;
    }
    program_says(folder,
                 "$P run lm/tokenize tokenizer=$F/o/tokenizer text=" CODEC_FIXTURES
                 "training.txt --out $F/p",
                 0, "LM.tokenize-returns");
    /* The same text and settings: the same bytes. */
    program_says(folder,
                 "$P run lm/tokenizer text=" CODEC_FIXTURES
                 "training.txt vocabulary=500 special= to=$F/again --out $F/q && cmp "
                 "$F/again/tokenizer.json $F/o/tokenizer/tokenizer.json && cmp $F/again/vocab.json "
                 "$F/o/tokenizer/vocab.json",
                 0, "holds");
}

/* A folder counts by the files in it: another tokenizer there is another input. */
TEST(a_folder_is_an_input) {
    program_says(folder, "mkdir $F/t && cp " CODEC_FIXTURES "base.json $F/t/tokenizer.json", 0, "");
    program_says(folder, "$P run lm/tokenize tokenizer=$F/t --out $F/o", 0, "holds");
    program_says(folder, "grep -c 'tokenizer .*fnv1a' $F/o/run.json", 0, "1");
    program_says(
        folder,
        "cp $F/o/run.json $F/first && sed -i 's/\"dropout\":null/\"dropout\":0/' $F/t/tokenizer.json",
        0, "");
    program_says(folder, "$P run lm/tokenize tokenizer=$F/t --out $F/o", 0, "holds");
    program_says(folder, "grep inputs $F/first > $F/a; grep inputs $F/o/run.json | cmp - $F/a", 1,
                 "differ");
}

TCASE(lm_tokenize) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, tables_of_a_text, a_tokenizer_of_ones_own, a_folder_is_an_input);
}
