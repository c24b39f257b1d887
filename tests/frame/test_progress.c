/* Progress: rates by what this process did; whole lines where stderr is no terminal. */
#include "experiments/frame/run/progress.h"
#include "sim/base/text.h"
#include "tests/fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void line_is(struct progress *p, double after, const char *what, double done, double total,
                    const char *expected) {
    struct attndyn_text to;
    char *line;
    assert_ok(ctx, attndyn_text_begin(ctx, &to));
    progress_line(to.stream, p, p->started + after, what, done, total);
    assert_ok(ctx, attndyn_text_end(&to, &line));
    ck_assert_str_eq(line, expected);
}

TEST(rates_and_times) {
    struct progress p;
    progress_start(&p, "lm/x");
    line_is(&p, 3, "reading", 0, 0, "lm/x: reading, 3 s");
    line_is(&p, 10, "minibatches", 100, 1000, "lm/x: minibatches 100/1000 (10 %)");
    line_is(&p, 20, "minibatches", 150, 1000,
            "lm/x: minibatches 150/1000 (15 %), 5/s, 2:50 min left");
    line_is(&p, 110, "minibatches", 200, 1000,
            "lm/x: minibatches 200/1000 (20 %), 1/s, 13:20 min left");
    line_is(&p, 1010, "minibatches", 300, 1000,
            "lm/x: minibatches 300/1000 (30 %), 0.2/s, 58:20 min left");
    /* counting restarts with a new phase, or if a phase starts over; a long name is cut */
    line_is(&p, 1020, "tokens", 0, 10000, "lm/x: tokens, 17:00 min");
    line_is(&p, 1021, "tokens", 5000, 10000, "lm/x: tokens 5000/10000 (50 %), 5000/s, 1 s left");
    line_is(&p, 1022, "runs", 7, 10, "lm/x: runs 7/10 (70 %)");
    line_is(&p, 1023, "runs", 2, 10, "lm/x: runs 2/10 (20 %)");
    /* what goes beyond an estimated total moves it */
    line_is(&p, 1024, "steps", 1, 26, "lm/x: steps 1/26 (4 %)");
    line_is(&p, 1025, "steps", 27, 26, "lm/x: steps 27/27 (100 %), 26/s, 0 s left");
    char name[200];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    line_is(&p, 8000, name, 0, 0, attndyn_format(ctx, "lm/x: %s, 2:13 h", name));
    ck_assert_uint_lt(strlen(p.what), sizeof p.what);
}

/* A log gets no line for short work, then whole lines. */
TEST(lines_of_a_log) {
    FILE *log = tmpfile();
    ck_assert_ptr_nonnull(log);
    int before = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(fileno(log), STDERR_FILENO), 0);
    struct progress p;
    progress_start(&p, "x");
    progress_show(&p, "runs", 1, 4);
    bool terminal = p.terminal;
    double every = p.every;
    p.every = 0;
    progress_show(&p, "runs", 2, 4);
    progress_show(&p, "runs", 2, 4);
    progress_end(&p);
    fflush(stderr);
    ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
    ck_assert(!terminal);
    ck_assert(every == 4); /* soon at first, a minute apart in the end */
    char text[400] = "";
    rewind(log);
    size_t length = fread(text, 1, sizeof text - 1, log);
    text[length] = '\0';
    ck_assert_str_eq(text, "x: runs 2/4 (50 %)\nx: runs 2/4 (50 %)\n");
    fclose(log);
}

TCASE(progress) {
    with_a_context(tcase);
    tcase_add_tests(tcase, rates_and_times, lines_of_a_log);
}
