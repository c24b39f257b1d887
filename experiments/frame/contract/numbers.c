/* Numbers as users write them, and as the program writes them back. */
#include "params.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *params_number(struct attndyn_context *ctx, double x) {
    for (int digits = 6; digits < 17; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) return attndyn_strdup(ctx, text);
    }
    return attndyn_format(ctx, "%.17g", x);
}

/* Reads a finite decimal number that extends exactly to `end`. */
bool params_read_number(const char *text, const char *end, double *x) {
    while (text < end && isspace((unsigned char)*text)) text++;
    while (end > text && isspace((unsigned char)end[-1])) end--;
    if (text == end || strspn(text, "+-.0123456789eE") < (size_t)(end - text)) return false;
    char *stop;
    *x = strtod(text, &stop);
    return stop == end && isfinite(*x);
}

/* The largest integer parameter: a run may add to its seed without overflow. */
static const long most_integer = 9000000000000000000;

/* Appends a digit; false beyond the largest integer. */
static bool push_digit(long *n, int digit) {
    if (*n > (most_integer - digit) / 10) return false;
    *n = 10 * *n + digit;
    return true;
}

/* Works on the digits as they are written, as a double holds only 53 bits. 1e6, 3.0 and 1.5e1 are
 * integers too. */
bool params_read_integer(const char *text, const char *end, long *n) {
    double x;
    if (!params_read_number(text, end, &x)) return false;
    while (isspace((unsigned char)*text)) text++;
    const bool negative = *text == '-';
    text += negative || *text == '+';
    const char *stop = text + strspn(text, "0123456789.");
    const char *point = memchr(text, '.', (size_t)(stop - text));
    long power = stop < end && (*stop == 'e' || *stop == 'E') ? strtol(stop + 1, NULL, 10) : 0;
    if (power > 1000000 || power < -1000000) power = power > 0 ? 1000000 : -1000000;
    /* The number of digits before the point once the exponent has moved it. */
    long before = (point ? point : stop) - text + power, i = 0;
    *n = 0;
    for (const char *c = text; c < stop; c++) {
        if (*c == '.') continue;
        const int digit = *c - '0';
        if (i++ < before ? !push_digit(n, digit) : digit != 0) return false;
    }
    for (; *n && i < before; i++)
        if (!push_digit(n, 0)) return false;
    if (negative) *n = -*n;
    return true;
}
