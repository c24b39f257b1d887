/* What the report's files share. */
#ifndef FRAME_REPORT_PARTS_H
#define FRAME_REPORT_PARTS_H

#include "report.h"
#include "story.h"

#include <stdio.h>

struct report_page {
    const char *file, *title;  /* "joma.html", "JoMA" */
    const struct story *story; /* NULL: a family that no story claims */
    bool maps;
    const struct batch_item **items; /* (count) */
    size_t count;
    struct batch_tally tally;
};

struct report {
    struct attndyn_context *ctx;
    const struct report_request *request;
    struct stories stories;
    struct report_page *pages;
    size_t n_pages;
};

/* page.c: the list of pages, and the frame around each. */
enum attndyn_status pages_plan(struct report *report);
/* Head, skip link, navigation; `page` NULL: the first page. The text goes on inside <main>. */
void page_begin(const struct report *report, const struct report_page *page, FILE *to);
/* Writes the mathematics font that the pages name. */
enum attndyn_status page_font(const struct report *report);
void page_end(const struct report *report, FILE *to);
/* "12 claims hold, 3 errata confirmed, 0 fail" */
void page_tally(const struct batch_tally *tally, FILE *to);
/* A table's box, which scrolls inside itself where the screen is narrow. */
void box_begin(FILE *to, const char *label);
void box_end(FILE *to);

/* statement_table.c: one row a statement of a source; a few sentences on all of them. */
size_t statements_measured(const struct report *report);
enum attndyn_status statements_table(const struct report *report, FILE *to);
void statements_summary(const struct report *report, FILE *to);

/* verdict_tables.c: a table of checks. */
enum rows {
    ROWS_STATED,   /* claims of the papers and of the talk, judged */
    ROWS_DERIVED,  /* claims derived here */
    ROWS_CONTRACT, /* the program's own promises, and what states no origin */
    ROWS_OUTSIDE,  /* of any of these: outside the hypotheses */
    ROWS_ERRATA    /* what does not hold as printed */
};
size_t rows_count(const struct report *report, enum rows rows);
enum attndyn_status rows_table(const struct report *report, enum rows rows, const char *label,
                               FILE *to);
/* The verdict as a mark and a word. */
void verdict_mark(FILE *to, enum verdict_kind kind);
/* A check by its id, among what was run; NULL: not run. */
const struct verdict *verdict_of(const struct report *report, const char *check);
/* Mark and link to the row of a check. */
void verdict_link(FILE *to, const char *check, const struct verdict *verdict);

/* section.c: one experiment. */
enum attndyn_status section_write(const struct report *report, const struct batch_item *item,
                                  FILE *to);
/* figures.c: figures with their captions; data.c: parameters, scalars, tables. */
enum attndyn_status figures_write(const struct report *report, const struct batch_item *item,
                                  FILE *to);
enum attndyn_status map_write(const struct report *report, const struct map *map, FILE *to);
void data_write(const struct batch_item *item, FILE *to);

#endif
