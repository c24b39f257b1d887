/* Text with formulas, as in the docs, claims and captions of experiments: plain ASCII in the source
 * (eta_Y, c~_l^2, rho sigma^2 <= 1, sum_{n: psi(n)=m}), typeset for the reader. Typeset are Greek
 * names, one-letter symbols with ^, _, ~ or ', a hat (z^) or a bar (xbar), what stands behind
 * brackets and numbers ((1-c)^2, ||G||_F, 10^-3), functions with ^ (ln^2), sum and sqrt, the
 * relations <= >= != -> << >> +-, and a product sign between two sizes (L x M) or factors (f o g).
 * Names of parameters, columns and scalars (words with an underscore that an experiment declares)
 * are code, but for a symbol with a number (lambda_1) and a Greek one with indices (alpha_nn). */
#ifndef FRAME_CONTRACT_PROSE_H
#define FRAME_CONTRACT_PROSE_H

#include "sim/base/context.h"

#include <stdbool.h>
#include <stdio.h>

enum prose {
    PROSE_PLAIN,    /* as it stands */
    PROSE_UNICODE,  /* for a terminal: η_Y, c̃_l², ρ σ² ≤ 1 */
    PROSE_MARKDOWN, /* the same in a cell of a table: | ` * _ < escaped, no line ends */
    PROSE_TITLE,    /* the same, escaped: an attribute of HTML, which takes no tags */
    PROSE_HTML      /* escaped, with <i>, <sub>, <sup> and <code> */
};

/* Owned by ctx; NULL: out of memory. */
char *prose_set(struct attndyn_context *ctx, const char *text, enum prose form);
/* The first n bytes, to a stream. */
void prose_write(FILE *to, const char *text, size_t n, enum prose form);
/* What stdout can show: PROSE_UNICODE on a terminal whose locale is UTF-8, else PROSE_PLAIN. */
enum prose prose_of_terminal(void);

#endif
