/* A little HTML: escaping, paragraphs, numbers. */
#ifndef FRAME_REPORT_HTML_H
#define FRAME_REPORT_HTML_H

#include "sim/base/context.h"

#include <stdio.h>

void html_text(FILE *to, const char *text);
/* Prose with formulas in it (prose.h), set. */
void html_prose(FILE *to, const char *text);
/* The same for an attribute, which takes no tags. */
void html_title(FILE *to, const char *text);
/* What a run said of a verdict: prose, which may also quote any bytes. */
void html_note(FILE *to, const char *text);
/* The first n bytes, escaped; owned by ctx, NULL when memory is out. */
char *html_escaped(struct attndyn_context *ctx, const char *text, size_t n);
/* Blank lines separate paragraphs; lines that start with two blanks are kept as they stand
 * (equations). */
void html_paragraphs(FILE *to, const char *text);
/* A text as an anchor's name: "scansnap/flow" is "scansnap-flow". */
void html_anchor(FILE *to, const char *text);
/* Four digits; NaN is a dash. */
void html_number(FILE *to, double x);
/* The same as a table cell. */
void html_number_cell(FILE *to, double x);

#endif
