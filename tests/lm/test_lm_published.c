/* Published networks in place of a training: what is measured must be the same. */
#include "sim/data/text_dataset.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TESTS_WITH_A_FOLDER("published", "*");

/* The validation text of the generated text of 200 paragraphs, as ids. */
static void write_ids(void) {
    struct attndyn_text_dataset data;
    assert_ok(ctx, attndyn_text_dataset_generate(ctx, 200, 9, 0.4, 1, &data));
    FILE *stream = fopen(within("ids.txt"), "w");
    ck_assert_ptr_nonnull(stream);
    const struct attndyn_tokens *valid = &data.tokens[ATTNDYN_VALID];
    for (size_t i = 0; i < valid->length; i++) fprintf(stream, "%u ", valid->id[i]);
    ck_assert_int_eq(fclose(stream), 0);
}

/* A training's last look, and that of its checkpoint as a published network on the same ids: the
 * same digits. */
TEST(own_checkpoint) {
    write_ids();
    program_says(folder,
                 "$P run -n -p quick -o $F/a lm/sparsity paragraphs=200 minibatches=12 at=0,12 "
                 "columns=5 valid_columns=5 length=12 && "
                 "$P run -n -o $F/b lm/sparsity model=$F/a/checkpoint.safetensors steps=12 "
                 "ids=$F/ids.txt columns=5 valid_columns=5 length=12 && "
                 "for t in attention hidden; do "
                 "grep '^12,' $F/a/$t.csv > $F/$t.a; grep '^12,' $F/b/$t.csv > $F/$t.b; "
                 "cmp $F/$t.a $F/$t.b && test -s $F/$t.a || exit 3; done; "
                 "cut -d, -f1-5 $F/a/matrix.csv | grep '^12,' > $F/m.a; "
                 "cut -d, -f1-5 $F/b/matrix.csv | grep '^12,' > $F/m.b; cmp $F/m.a $F/m.b && "
                 "echo the same",
                 0, "the same");
}

/* Each measurement uses its own checkpoint: the second of two gives the same as alone. */
TEST(each_its_own) {
    program_says(folder,
                 "M=tests/reference/families; for i in 1 2 3 4 5; do echo 1 5 16 0 3 9 9 4 2 7 11; "
                 "done > $F/i.txt; $P run -n -o $F/e lm/export model=$M/gpt2 form=gpt2 kind=bf16 "
                 "to=$F/g && S=\"ids=$F/i.txt columns=2 valid_columns=2 length=6\" && "
                 "$P run -n -o $F/two lm/sparsity model=$M/gpt2,$F/g steps=0,10 $S && "
                 "$P run -n -o $F/one lm/sparsity model=$F/g steps=10 $S && "
                 "for t in attention hidden matrix; do "
                 "grep '^0,' $F/two/$t.csv | cut -d, -f2- > $F/0; "
                 "grep '^10,' $F/two/$t.csv | cut -d, -f2- > $F/10; "
                 "grep '^10,' $F/one/$t.csv | cut -d, -f2- > $F/alone; "
                 "cmp $F/10 $F/alone && ! cmp -s $F/0 $F/10 || exit 3; done; echo its own",
                 0, "its own");
}

/* Several checkpoints of one training; those of two are told apart. */
TEST(several) {
    static const char *const lines[][2] = {
        {"$P run -n --overwrite -o $F/c $id $more model=$M/gpt2,$M/gpt2 steps=0,10 ids=$F/i.txt columns=2 "
         "valid_columns=2 length=6 && grep -c '^10,' $F/c/$table.csv",
         "gpt2, 2"},
        {"$P run -n --overwrite -o $F/c $id $more model=$M/gpt2,$M/gpt2-untied ids=$F/i.txt columns=2 "
         "valid_columns=2 length=6",
         "is another network than"},
        {"cp -r $M/gpt2 $F/g; sed -i 's/\\(epsilon.*: \\).*,/\\10.5,/' $F/g/config.json; "
         "$P run -n --overwrite -o $F/c $id $more model=$M/gpt2,$F/g ids=$F/i.txt columns=2 valid_columns=2 length=6",
         "gpt2: norm_epsilon=0.5, not norm_epsilon="},
        {"$P run -n --overwrite -o $F/c $id $more model=$M/gpt2 ids=$F/i.txt steps=1,2",
         "steps has 2 values"},
        {"$P run -n --overwrite -o $F/c $id $more model=$M/gpt2,$M/gpt2 ids=$F/i.txt steps=5,5",
         "5 after 5"},
        {"$P run -n --overwrite -o $F/c $id $more model=$M/gpt2", "needs a text"},
        {"$P run -n --overwrite -o $F/c $id $more model=$M/gpt2 ids=$F/i.txt length=13",
         "context is 12 tokens"},
        {"$P run -n --overwrite -o $F/c $id $more model=$M/nothing ids=$F/i.txt length=6",
         "families/nothing"},
        {"echo 17 > $F/j.txt; $P run -n --overwrite -o $F/c $id $more model=$M/gpt2 ids=$F/j.txt length=6",
         "token 0 is 17, the network has 17 tokens"}};
    static const char *const ids[][3] = {{"lm/sparsity", "matrix", ""},
                                         {"lm/wikitext-attention", "map", "window=0"},
                                         {"lm/embedding-geometry", "geometry", ""}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *line = attndyn_format(
            ctx,
            "M=tests/reference/families; id=%s table=%s more=%s; for i in 1 2 3 4 5; do echo 1 5 16 0 3 9 "
            "9 4 2 7 11; done > $F/i.txt; %s",
            ids[_i][0], ids[_i][1], ids[_i][2], lines[i][0]);
        program_says(folder, line, i == 0 ? 0 : i >= 7 ? 66 : 64, lines[i][1]);
    }
}

/* Where no unit is ever 0, whether training silences units is not judged; a window's keys are all
 * that uniform attention could spread over: (ln 1 + ln 2 + 6 ln 3)/8. */
TEST(without_zeros_and_windowed) {
    const char *const start =
        "M=tests/reference/families; for i in 1 2 3 4 5; do echo 1 5 16 0 3 9 9 4 2 7 11; "
        "done > $F/i.txt; S=\"ids=$F/i.txt columns=2 valid_columns=3 length=8\"; ";
    program_says(folder,
                 attndyn_format(ctx,
                                "%s $P run -n -o $F/a lm/sparsity model=$M/llama,$M/llama "
                                "steps=0,10 $S",
                                start),
                 0, "every unit is active");
    program_says(folder,
                 attndyn_format(ctx,
                                "%s $P run -n -o $F/b lm/wikitext-attention model=$M/mistral "
                                "window=0 $S",
                                start),
                 0, "entropy_uniform          0.9106026141");
}

/* A training in the ids of a published tokenizer: the vocabulary is that one's. */
TEST(published_tokenizer) {
    program_says(folder,
                 "for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do "
                 "echo Once upon a time, there was a ship no. $i$j.; done; done > $F/t.txt; "
                 "$P run -n -p quick -o $F/w lm/wikitext-entropy text=$F/t.txt "
                 "tokenizer=tests/reference/codec/small.bin columns=4 valid_columns=2 length=8 "
                 "minibatches=6 window=0 dense_until=0 every=6 valid_every=6",
                 0, "vocabulary               ");
    program_says(folder,
                 "$P run -n -p quick -o $F/x lm/wikitext-entropy text=$F/t.txt vocabulary=9 "
                 "tokenizer=tests/reference/codec/small.bin",
                 64, "cannot be cut");
    program_says(folder,
                 "$P run -n -p quick -o $F/x lm/wikitext-entropy text=$F/t.txt tokenizer=words", 66,
                 "tokenizer=words is none of basic_english|word");
}

/* WikiText-103 has WikiText-2's form and names: headings, blank lines, <unk>, @-@. */
TEST(wikitext_103) {
    static const char *const names[] = {"train", "valid", "test"};
    static const int articles[] = {60, 12, 12};
    for (size_t i = 0; i < 3; i++) {
        FILE *stream = fopen(attndyn_format(ctx, "%s/wiki.%s.tokens", folder, names[i]), "w");
        ck_assert_ptr_nonnull(stream);
        for (int k = 0; k < articles[i]; k++)
            fprintf(stream,
                    " \n = Article %d = \n \n The <unk> of %d was a well @-@ known ship , and it "
                    "had 1 @,@ 200 men . \n = = History = = \n \n It sank in %d . \n",
                    k % 9, k % 7, 1900 + k % 5);
        ck_assert_int_eq(fclose(stream), 0);
    }
    program_says(folder,
                 "$P run -n -p quick -o $F/w lm/wikitext-entropy text=$F tokenizer=word_eos "
                 "columns=4 valid_columns=2 length=8 minibatches=6 window=0 dense_until=0 every=6 "
                 "valid_every=6",
                 0, "vocabulary               38\n"); /* counted by hand, <eos> among them */
    program_says(folder,
                 "$P run -n -p quick -o $F/x lm/wikitext-entropy text=$F tokenizer=word_eos "
                 "vocabulary=20 columns=4 valid_columns=2 length=8 minibatches=6 window=0 "
                 "dense_until=0 every=6 valid_every=6",
                 0, "vocabulary               20\n");
}

TCASE(lm_published) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, own_checkpoint, each_its_own);
    tcase_add_loop_test(tcase, several, 0, 3);
    tcase_add_tests(tcase, without_zeros_and_windowed, wikitext_103, published_tokenizer);
}
