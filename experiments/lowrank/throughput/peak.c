/* The largest resident memory of this process since a moment: Linux counts it in
 * /proc/self/status, and counts anew on request. */
#include "throughput.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* A line of /proc/self/status in bytes; NaN where the system has none. */
static double status_line(const char *name) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[200];
    double kilobytes = NAN;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0 &&
            sscanf(line + strlen(name), ": %lf", &kilobytes) != 1)
            kilobytes = NAN;
    if (file) fclose(file);
    return 1024 * kilobytes;
}

static bool count_anew(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) return false;
    const bool put = fputs("5", file) >= 0;
    return fclose(file) == 0 && put;
}

/* Pages that were freed before would be taken again without being counted. */
static bool give_back(void) {
#ifdef __GLIBC__
    malloc_trim(0);
    return true;
#else
    return false;
#endif
}

struct peak peak_begin(void) {
    return (struct peak){.base = give_back() && count_anew() ? status_line("VmRSS") : NAN};
}

double peak_so_far(const struct peak *peak) {
    return status_line("VmHWM") - peak->base;
}

/* ------------------------------------------------------------------ the gauge on a known block */

enum { PIECES = 512, PIECE = 1 << 16 }; /* below what the allocator maps by itself */

static void drop(char **piece) {
    for (size_t i = 0; i < PIECES; i++) {
        free(piece[i]);
        piece[i] = NULL;
    }
}

static bool take(char **piece) {
    for (size_t i = 0; i < PIECES; i++) {
        piece[i] = malloc(PIECE);
        if (!piece[i]) return false;
        memset(piece[i], 1, PIECE);
    }
    return true;
}

/* The pieces are taken, freed, and taken again: what is measured of the second time. One more
 * behind them keeps the allocator from returning them by itself. */
static bool measure(char **piece, bool given_back, double *bytes) {
    bool whole = take(piece);
    char *pin = malloc(PIECE);
    drop(piece);
    const struct peak peak = given_back
                                 ? peak_begin()
                                 : (struct peak){.base = count_anew() ? status_line("VmRSS") : NAN};
    whole = take(piece) && whole && pin;
    *bytes = peak_so_far(&peak);
    drop(piece);
    free(pin);
    return whole;
}

enum attndyn_status throughput_gauge(const struct trial *run) {
    char **piece;
    ATTNDYN_ALLOC(run->ctx, piece, PIECES);
    for (int back = 1; back >= 0; back--) {
        double bytes;
        if (!measure(piece, back, &bytes))
            return attndyn_fail(run->ctx, ATTNDYN_NO_MEMORY, "out of memory: %d bytes",
                                PIECES * PIECE);
        ATTNDYN_TRY(EMIT(run, gauge, .freed = back ? "given back" : "kept",
                         .asked = (long)PIECES * PIECE, .measured = bytes));
    }
    attndyn_free(run->ctx, piece);
    return ATTNDYN_OK;
}
