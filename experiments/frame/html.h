/* A little HTML: escaping, paragraphs, the page around them. */
#ifndef FRAME_HTML_H
#define FRAME_HTML_H

#include <stdio.h>

void html_text(FILE *to, const char *text);
/* Blank lines separate paragraphs; paragraphs whose lines start with two blanks are kept as they
 * stand (equations). */
void html_paragraphs(FILE *to, const char *text);
/* Head, style and title; no script, nothing from a network. */
void html_begin(FILE *to, const char *title);
void html_end(FILE *to);

#endif
