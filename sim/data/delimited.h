/* Tables as text, as people's programs write them: separated by commas, semicolons or tabs, with or
 * without a byte order mark, quotes around any field (RFC 4180), any line ends, blank lines and
 * rows of empty fields in between, a first line `sep=;` (Excel), a comma for the decimal point
 * where it does not separate. Anything else is refused with its line and byte. */
#ifndef ATTNDYN_DATA_DELIMITED_H
#define ATTNDYN_DATA_DELIMITED_H

#include "../base/context.h"

struct attndyn_delimited {
    struct attndyn_context *ctx;
    const char *origin; /* names the text in messages */
    const char *begin;
    char *at;
    size_t line, next_line; /* of the record that was read last; where the next one begins */
    size_t byte;            /* where that record began, from 0 */
    char separator;
    char **fields; /* of that record */
    size_t count, room;
};

/* `text` (length, NUL-terminated) is cut up in place and must stay. The separator is the one of
 * , ; and tab that the first line has most of. ATTNDYN_NO_INPUT: no UTF-8. */
enum attndyn_status attndyn_delimited_begin(struct attndyn_context *ctx, const char *origin,
                                            char *text, size_t length,
                                            struct attndyn_delimited *table);
/* The next record with anything in it: its fields, unquoted; count 0 behind the last. */
enum attndyn_status attndyn_delimited_next(struct attndyn_delimited *table);
/* Moves the byte of the next message from the record's first one to a place in it; the table. */
struct attndyn_delimited *attndyn_delimited_at(struct attndyn_delimited *table, const char *at);
/* "origin:line: message (byte ...)", ATTNDYN_NO_INPUT. */
enum attndyn_status attndyn_delimited_fail(struct attndyn_delimited *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A finite number, blanks around it apart; "0,25" where the comma does not separate. */
bool attndyn_delimited_number(const struct attndyn_delimited *table, const char *field, double *x);

#endif
