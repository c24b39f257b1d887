/* Equations: a small part of TeX, translated to MathML, which browsers set without a script.
 *
 * Letters, digits, + - * = < > ( ) [ ] | / , . : ! ' and blanks stand for themselves; ^ and _ take
 * one symbol or a {group}. Greek letters and operators by their TeX names (\alpha, \sum, \le, ...);
 * \frac{}{}, \tfrac{}{}, \sqrt{}, \dot \bar \hat \tilde \overline, \mathrm{}, \mathbf{},
 * \operatorname{}, \text{}, \left( \right), \| and the spaces \, \; \quad. Anything else is an
 * error that names it: an equation is set in full or not at all. */
#ifndef FRAME_REPORT_TEX_H
#define FRAME_REPORT_TEX_H

#include "sim/base/context.h"

/* The <math> element, with the source as its annotation; `display`: on a line of its own. The text
 * is owned by ctx. A source that is not understood is ATTNDYN_RUN_FAILED. */
enum attndyn_status tex_to_mathml(struct attndyn_context *ctx, const char *tex, bool display,
                                  char **mathml);
/* Prose (prose.h) with $equations$ in it, as HTML. */
enum attndyn_status tex_prose(struct attndyn_context *ctx, const char *text, char **html);

#endif
