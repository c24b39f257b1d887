/* Fine-tuning from the command line: stories260K adapted to Shakespeare (ATTNDYN_DATA), and what is
 * refused. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>

TESTS_IN_A_FOLDER("finetuning");

/* 20 maps of d = 64, 4 key-value heads of 8 and hidden width 172, five layers: at rank 4 LoRA has
 * 5 (4 (128 + 96 + 96 + 128) + 3 x 4 (64 + 172)) = 23,120 numbers, DoRA a magnitude for each row, 5
 * (64 + 32 + 32 + 64 + 172 + 172 + 64) = 3,000, more. */
TEST(stories_to_shakespeare) {
    if (!getenv("ATTNDYN_DATA")) {
        fputs("finetuning: skipped: ATTNDYN_DATA names no folder of data\n", stderr);
        return;
    }
    shell(
        "$P run lowrank/finetuning model=$ATTNDYN_DATA/stories260K/stories260K.bin "
        "text=$ATTNDYN_DATA/texts/tinyshakespeare.txt rates=0.004 seeds=1 updates=4 batch=2 length=32 "
        "windows=4 limit=20000 --no-plot --out o",
        "LF.start");
    shell("cut -d, -f1,7,8 o/chosen.csv", "lora,23120,23120");
    shell("cut -d, -f1,7,8 o/chosen.csv", "dora,26120,26120");
}

TEST(refusals) {
    shell_ends("seq 100 > t; $P run lowrank/finetuning text=t updates=1 --out o", 64,
               "a tenth of it must hold");
}

TCASE(lowrank_finetuning) {
    in_a_folder(tcase, 300);
    tcase_add_tests(tcase, stories_to_shakespeare, refusals);
}
