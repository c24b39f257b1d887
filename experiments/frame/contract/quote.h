/* How values are written, on the command line, in conf files and in sweep files alike: as they are,
 * or in double quotes, with a quote within doubled ("a,b.txt", "5"" disks"). Quotes are needed
 * where a value begins or ends with a blank or begins with a quote, and in a list of values also
 * where it holds the separator; in files where it holds a # behind a blank, which begins a comment.
 */
#ifndef FRAME_CONTRACT_QUOTE_H
#define FRAME_CONTRACT_QUOTE_H

#include "sim/base/context.h"

/* The value that begins at *at, without its quotes and the blanks around it, owned by ctx; *at
 * moves behind it and its separator ('\0': none, the whole text is one value), *last says that no
 * separator followed. ATTNDYN_USAGE: a quote without an end, or text behind one. */
enum attndyn_status quote_take(struct attndyn_context *ctx, const char **at, char separator,
                               char **value, bool *last);

/* KEY=VALUE with the value as it is, without its quotes; owned by ctx, NULL when memory is out. A
 * value that is not quoted well is taken as it stands. */
char *quote_plain(struct attndyn_context *ctx, const char *assignment);

/* Cuts a comment off a line of a file: a # behind a blank, or at the beginning, outside of quotes.
 */
void quote_uncomment(char *line);

/* The value as it is to be written, in quotes only where it must be; owned by ctx, NULL when memory
 * is out. */
char *quote_put(struct attndyn_context *ctx, const char *value, char separator);

#endif
