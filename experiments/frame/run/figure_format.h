/* Figures in other formats than SVG: the same script with another terminal. */
#ifndef FRAME_RUN_FIGURE_FORMAT_H
#define FRAME_RUN_FIGURE_FORMAT_H

#include "sim/base/context.h"

/* "svg", "pdf" or "png"; anything else, NULL apart (svg), is ATTNDYN_USAGE. */
enum attndyn_status figure_format_check(struct attndyn_context *ctx, const char *format);
/* The script's `set terminal svg size W,H dynamic ...` lines for pdf (a pixel is a point, so that
 * texts keep their share of the page) or png. The text belongs to ctx. */
enum attndyn_status figure_format_script(struct attndyn_context *ctx, const char *script,
                                         const char *format, char **rewritten);

#endif
