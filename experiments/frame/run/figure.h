/* Figures: a stand-alone gnuplot script beside the tables, and the SVG that it draws. */
#ifndef FRAME_RUN_FIGURE_H
#define FRAME_RUN_FIGURE_H

#include "run.h"

/* <folder>/<figure>.gp: house style, the run's parameters (P_<name>; lists as arrays L_<name>), its
 * scalars (S_<name>), the texts of tables that the script asks for (arrays T_<table>_<column>), the
 * figure's script. `gnuplot <figure>.gp` in that folder draws <figure>.svg. */
enum attndyn_status figure_write(struct attndyn_context *ctx, const struct run *run,
                                 const struct figure *figure, const char *folder);
/* Runs gnuplot on a script in the folder; good only if it exits 0 and says nothing on stderr.
 * `format` is svg (or NULL), pdf or png. */
enum attndyn_status figure_draw(struct attndyn_context *ctx, const char *folder, const char *script,
                                const char *format);
/* Draws every *.gp of a folder into the folder `to`, which may be the same; `drawn` counts them. */
enum attndyn_status figure_draw_all(struct attndyn_context *ctx, const char *folder, const char *to,
                                    const char *format, int *drawn);

/* A gnuplot string in single quotes: no escapes, macros or commands in it. On one line. */
void figure_quote(FILE *stream, const char *text);

#endif
