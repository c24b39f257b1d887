/* sim/data/distribution: layouts, normalisation, the way back to the family, the strict reader. */
#include "sim/data/distribution.h"
#include "tests/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(authors_layout) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_family_authors(ctx, 2, 1, 10, 10, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &d));
    /* the paper's figure 4: M = 34, commons 0-9, distinct 10-29, last 30-31, next 32-33 */
    ck_assert_uint_eq(d->tokens, 34);
    ck_assert_uint_eq(d->columns, 34);
    ck_assert_uint_eq(family.columns, 34);
    ck_assert_uint_eq(d->token[d->start[1] + 10], 20);
    ck_assert_uint_eq(d->last_token[1], 31);
    ck_assert_uint_eq(d->next_token[0], 32);
    assert_near(d->probability[0], 1 / 15.5, 1e-16);
    assert_near(d->probability[10], 0.1 / 15.5, 1e-17);
    assert_near(d->probability[19], 1 / 15.5, 1e-16);
    ck_assert_uint_eq(d->degree[3], 2);
    ck_assert_uint_eq(d->degree[12], 1);
    ck_assert_uint_eq(d->degree[33], 0);
    /* section 3 of the notes' s(0): sum q^2 / (sum q^2 + sum p^2) */
    double q2 = 0, p2 = 0;
    for (size_t i = 0; i < 10; i++)
        q2 += family.q[i] * family.q[i], p2 += family.p[i] * family.p[i];
    assert_near(q2 / (q2 + p2), 10 / 13.85, 1e-14);

    assert_ok(ctx, attndyn_family_authors(ctx, 5, 2, 10, 10, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_NEXT, &d));
    ck_assert_uint_eq(d->tokens, 110);
    ck_assert_uint_eq(d->columns, 10);
    ck_assert_uint_eq(d->last[7], 3);
    ck_assert_ptr_null(d->next_token);
}

TEST(family_there_and_back) {
    const double p[] = {0.3, 1, 0.2}, q[] = {2, 0.5};
    struct attndyn_symmetric_family family, back;
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_family_create(ctx, 6, 3, p, 3, q, 2, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &d));
    bool member;
    assert_ok(ctx, attndyn_distribution_family(ctx, d, &back, &member));
    ck_assert(member);
    ck_assert_uint_eq(back.classes_per_last, 3);
    ck_assert_uint_eq(back.columns, d->columns);
    for (int i = 0; i < 3; i++) assert_near(back.p[i], p[i] / 4, 1e-15);
    for (int i = 0; i < 2; i++) assert_near(back.q[i], q[i] / 4, 1e-15);

    const double weights[] = {1, 1, 1, 1, 1, 2};
    assert_ok(ctx, attndyn_distribution_class_weights(ctx, d, weights, 6));
    assert_near(d->class_probability[5], 2.0 / 7, 1e-16);
    assert_ok(ctx, attndyn_distribution_family(ctx, d, &back, &member));
    ck_assert(!member);
    struct attndyn_random_spread spread = {.common_sd = 0.3, .seed = 5};
    assert_ok(ctx, attndyn_distribution_random(ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &d));
    assert_ok(ctx, attndyn_distribution_family(ctx, d, &back, &member));
    ck_assert(!member);
    ck_assert_int_eq(attndyn_family_create(ctx, 5, 2, p, 3, q, 2, &family), ATTNDYN_USAGE);
    for (uint64_t n = 1; n <= 3; n++) { /* out of memory is an error */
        attndyn_fail_allocation(ctx, n);
        ck_assert_int_eq(attndyn_distribution_family(ctx, d, &back, &member), ATTNDYN_NO_MEMORY);
    }
}

TEST(random_weights_are_log_normal) {
    /* log P(l|n) over commons, minus its class mean: variance sd^2 (1 - 1/G) within 5 errors */
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_family_authors(ctx, 300, 1, 10, 1, &family));
    struct attndyn_random_spread spread = {.common_sd = 0.7, .seed = 11};
    assert_ok(ctx, attndyn_distribution_random(ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &d));
    double sum = 0;
    for (size_t n = 0; n < 300; n++) {
        double mean = 0, total = 0;
        for (size_t i = 0; i < 10; i++) mean += log(d->probability[d->start[n] + i]) / 10;
        for (size_t i = 0; i < 10; i++) sum += pow(log(d->probability[d->start[n] + i]) - mean, 2);
        for (size_t i = 0; i < 11; i++) total += d->probability[d->start[n] + i];
        assert_near(total, 1, 1e-15);
    }
    assert_relative(sum / 2700, 0.49, 5 * sqrt(2.0 / 2700));
}

/* Reads `text` as a distribution file; on failure the message must hold `expected`. */
static void read_text(const char *text, enum attndyn_columns columns, const char *expected,
                      struct attndyn_distribution **d) {
    char path[] = "/tmp/attndyn-test-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
    enum attndyn_status status = attndyn_distribution_file(ctx, path, columns, d);
    unlink(path);
    if (!expected) {
        ck_assert_msg(status == ATTNDYN_OK, "%s", attndyn_message(ctx));
        return;
    }
    ck_assert_msg(status == ATTNDYN_NO_INPUT, "status %d for: %s", (int)status, text);
    ck_assert_msg(strstr(attndyn_message(ctx), expected) != NULL, "'%s' is not in: %s", expected,
                  attndyn_message(ctx));
}
#define HEAD "class,last,token,probability\n"

TEST(file_is_read) {
    struct attndyn_distribution *d;
    read_text(HEAD "b,the,\"x,\"\"1\"\"\",0.25\r\nb,the,y,0.75\na,of,y,1\n",
              ATTNDYN_COLUMNS_VOCABULARY, NULL, &d);
    ck_assert_uint_eq(d->classes, 2);
    ck_assert_uint_eq(d->last_tokens, 2);
    ck_assert_str_eq(d->token_name[0], "x,\"1\"");
    ck_assert_str_eq(d->class_name[0], "b");
    ck_assert_str_eq(d->last_name[1], "of");
    ck_assert_uint_eq(d->tokens, 6);
    ck_assert_uint_eq(d->columns, 6);
    ck_assert_uint_eq(d->degree[1], 2);
    assert_near(d->probability[1], 0.75, 0);
    read_text(HEAD "a,m,a,0.5\na,m,\"two\nlines\",0.5", ATTNDYN_COLUMNS_NEXT, NULL, &d);
    ck_assert_str_eq(d->token_name[1], "two\nlines");
    ck_assert_uint_eq(d->columns, 1);
}

TEST(file_errors_name_the_line) {
    struct attndyn_distribution *d;
    read_text("class,token\n", ATTNDYN_COLUMNS_NEXT, ":1: expected the header", &d);
    read_text(HEAD, ATTNDYN_COLUMNS_NEXT, "no distribution", &d);
    read_text(HEAD "a,m,x,1\na,m\n", ATTNDYN_COLUMNS_NEXT, ":3: 2 fields, expected 4", &d);
    read_text(HEAD "a,m,x,1,9\n", ATTNDYN_COLUMNS_NEXT, ":2: 5 fields, expected 4", &d);
    read_text(HEAD "a,m,x,0\n", ATTNDYN_COLUMNS_NEXT, ":2: probability '0'", &d);
    read_text(HEAD "a,m,x,nan\n", ATTNDYN_COLUMNS_NEXT, ":2: probability 'nan'", &d);
    read_text(HEAD "a,m,x,1x\n", ATTNDYN_COLUMNS_NEXT, ":2: probability '1x'", &d);
    read_text(HEAD "a,m,x,0.5\na,k,y,0.5\n", ATTNDYN_COLUMNS_NEXT,
              ":3: class 'a' has last token 'k' here", &d);
    read_text(HEAD "a,m,x,0.5\na,m,x,0.5\n", ATTNDYN_COLUMNS_NEXT, ":3: token 'x' of class 'a'",
              &d);
    read_text(HEAD "a,m,x,0.5\na,m,y,0.6\n", ATTNDYN_COLUMNS_NEXT, "sum to 1.1", &d);
    read_text(HEAD "a,m,\"x,0.5\n", ATTNDYN_COLUMNS_NEXT, ":2: a quoted field has no end", &d);
    read_text(HEAD "a,m,\"x\"y,0.5\n", ATTNDYN_COLUMNS_NEXT, ":2: text after the closing", &d);
    read_text(HEAD "a,,x,1\n", ATTNDYN_COLUMNS_NEXT, ":2: an empty field: no last (byte 31)", &d);
    read_text("class,last,token,p\n", ATTNDYN_COLUMNS_NEXT, "found the column 'p' (byte 17)", &d);
    read_text("class,last,token,token\n", ATTNDYN_COLUMNS_NEXT, "'token' twice", &d);
    read_text("class,last,token\n", ATTNDYN_COLUMNS_NEXT, "there is no 'probability'", &d);
    read_text(HEAD "a,m,caf\xE9,1\n", ATTNDYN_COLUMNS_NEXT,
              ":2: no UTF-8 (0xE9): save it as CSV in UTF-8 (byte 36)", &d);
    read_text("\xFF\xFE"
              "c",
              ATTNDYN_COLUMNS_NEXT, "UTF-16: save it as CSV", &d);
    read_text(HEAD "a,m,x,\"0,5\"\n", ATTNDYN_COLUMNS_NEXT,
              ":2: probability '0,5', expected a number above 0 and at most 1 (byte 35)", &d);
    read_text("class;last;token;probability\na;m;x;1.000,5\n", ATTNDYN_COLUMNS_NEXT,
              ":2: probability '1.000,5'", &d);
    read_text("class,last,token,probability,\na,m,x,1,y\n", ATTNDYN_COLUMNS_NEXT,
              "'y' stands in column 5, which has no name (byte 38)", &d);
    read_text("class,last,token,probability\r\r\na,m,x,2\r", ATTNDYN_COLUMNS_NEXT, ":3: prob", &d);
}

/* One table, as spreadsheets and statistics programs save it. */
static const char *const saved[] = {
    /* numpy.savetxt; blanks behind the separators */
    "# class,last,token,probability\na,m,x,2.500000000000000000e-01\na,m,\"y;,\",7.5e-1\nb,k,x,1\n",
    "class, last, token, probability\na,m,x, 0.25\na,m,\"y;,\", 0.75 \nb,k,x, 1\n",
    HEAD "a,m,x,0.25\na,m,\"y;,\",0.75\nb,k,x,1\n",
    /* Excel: CSV UTF-8; CSV where the comma is the decimal point; the same with its first line; an
     * empty row and a touched column */
    "\xEF\xBB\xBF"
    "class,last,token,probability\r\na,m,x,0.25\r\na,m,\"y;,\",0.75\r\nb,k,x,1\r\n",
    "\xEF\xBB\xBF"
    "class;last;token;probability\r\na;m;x;0,25\r\na;m;\"y;,\";0,75\r\nb;k;x;1\r\n",
    "sep=;\r\nclass;last;token;probability\r\na;m;x;2,5E-01\r\na;m;\"y;,\";0,75\r\nb;k;x;1\r\n",
    "class,last,token,probability,\r\na,m,x,0.25,\r\na,m,\"y;,\",0.75,\r\n,,,,\r\nb,k,x,1,\r\n,,,,\r\n",
    /* R: write.csv, write.csv2, without row names, write.table with tabs */
    "\"\",\"class\",\"last\",\"token\",\"probability\"\n\"1\",\"a\",\"m\",\"x\",0.25\n"
    "\"2\",\"a\",\"m\",\"y;,\",0.75\n\"3\",\"b\",\"k\",\"x\",1\n",
    "\"\";\"class\";\"last\";\"token\";\"probability\"\n\"1\";\"a\";\"m\";\"x\";0,25\n"
    "\"2\";\"a\";\"m\";\"y;,\";0,75\n\"3\";\"b\";\"k\";\"x\";1\n",
    "\"class\",\"last\",\"token\",\"probability\"\n\"a\",\"m\",\"x\",0.25\n\"a\",\"m\",\"y;,\",0.75\n"
    "\"b\",\"k\",\"x\",1\n",
    "class\tlast\ttoken\tprobability\na\tm\tx\t0.25\na\tm\t\"y;,\"\t0.75\nb\tk\tx\t1\n",
    /* pandas with its index, a blank last line, other columns first */
    ",class,last,token,probability\n0,a,m,x,0.25\n1,a,m,\"y;,\",0.75\n2,b,k,x,1\n",
    HEAD "a,m,x,0.25\na,m,\"y;,\",0.75\nb,k,x,1\n\n",
    HEAD "a,m,x,0.25\na,m,\"y;,\",0.75\n\nb,k,x,1\n\n\n",
    "probability,token,last,class\n0.25,x,m,a\n0.75,\"y;,\",m,a\n1,x,k,b",
    /* blanks before quotes; line ends of old Macintoshes */
    "class, \"last\", \"token\",probability\na, \"m\", \"x\",0.25\na,m, \"y;,\" ,0.75\nb,k,x,1\n",
    "class,last,token,probability\ra,m,x,0.25\ra,m,\"y;,\",0.75\rb,k,x,1\r",
};

TEST(tables_of_other_programs_are_read) {
    struct attndyn_distribution *d;
    read_text(saved[_i], ATTNDYN_COLUMNS_NEXT, NULL, &d);
    ck_assert_uint_eq(d->classes, 2);
    ck_assert_uint_eq(d->tokens, 2);
    ck_assert_str_eq(d->class_name[0], "a");
    ck_assert_str_eq(d->last_name[1], "k");
    ck_assert_str_eq(d->token_name[1], "y;,");
    ck_assert_uint_eq(d->start[1], 2);
    assert_near(d->probability[0], 0.25, 0);
    assert_near(d->probability[1], 0.75, 0);
    assert_near(d->probability[2], 1, 0);
}

TEST(bad_tables_are_refused) {
    struct attndyn_distribution *d;
    const size_t last[] = {0, 0};
    const double good[] = {0.5, 0.5, 0, 0, 0.5, 0.5}, bad[] = {0.5, 0.4, 0, 0, 0.5, 0.5};
    const double empty[] = {0.5, 0.5, 0, 0, 0, 0}, weights[] = {0.9, 0.2};
    assert_ok(ctx, attndyn_distribution_dense(ctx, 2, 3, good, last, NULL, &d));
    ck_assert_uint_eq(d->start[2], 4);
    ck_assert_int_eq(attndyn_distribution_dense(ctx, 2, 3, bad, last, NULL, &d), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "class 0: probabilities sum to 0.9"));
    ck_assert_int_eq(attndyn_distribution_dense(ctx, 2, 3, empty, last, NULL, &d), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_distribution_dense(ctx, 2, 3, good, last, weights, &d), ATTNDYN_USAGE);
}

TCASE(distribution) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, authors_layout, family_there_and_back, random_weights_are_log_normal,
                    file_is_read, file_errors_name_the_line, bad_tables_are_refused);
    tcase_add_each(tcase, tables_of_other_programs_are_read, saved);
}
