/* What the benchmarks share: CPU time, medians, interleaved rounds with a peer program.
 *
 * Times are CPU seconds of one thread unless said otherwise: on a shared machine they repeat where
 * wall-clock times do not. Peers run on one thread too, and report their own CPU time; Python's
 * start and imports are not counted. Rounds alternate between us and the peer, so that a change in
 * the machine's speed meets both; of each the median counts.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include "sim/base/context.h"
#include "sim/num/blas.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline double clock_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double cpu_seconds(void) {
    return clock_of(CLOCK_PROCESS_CPUTIME_ID);
}

static inline double wall_seconds(void) {
    return clock_of(CLOCK_MONOTONIC);
}

static inline int bench_ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts x. */
static inline double median(size_t n, double *x) {
    qsort(x, n, sizeof *x, bench_ascending);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static inline long setting(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

enum { ROUNDS_MOST = 99 };

/* BENCH_ROUNDS, from 1 to ROUNDS_MOST; `otherwise` where it is not set, or says something else. */
static inline int rounds_asked(int otherwise) {
    const long rounds = setting("BENCH_ROUNDS", otherwise);
    return rounds < 1 || rounds > ROUNDS_MOST ? otherwise : (int)rounds;
}

#define BENCH_OK(ctx, call)                                                                        \
    do {                                                                                           \
        if ((call) != ATTNDYN_OK) {                                                                \
            fprintf(stderr, "%s: %s\n", #call, attndyn_message(ctx));                              \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

/* A Python program that answers a line with a line. run == 0: it is not to be had, `why`. */
struct peer {
    pid_t pid;
    FILE *to, *from;
    bool run;
    char why[200], about[200]; /* about: its own words on version and setting */
};

/* Its first line is "ready <about>" or "missing <why>". */
static inline void peer_start(struct peer *peer, const char *script) {
    *peer = (struct peer){.run = false};
    const char *python = getenv("BENCH_PYTHON");
    int down[2], up[2];
    if (!python || !*python) {
        snprintf(peer->why, sizeof peer->why, "no python (bench/run.sh looks for one)");
        return;
    }
    signal(SIGPIPE, SIG_IGN);
    if (pipe(down) || pipe(up) || (peer->pid = fork()) < 0) {
        snprintf(peer->why, sizeof peer->why, "cannot start %s", python);
        return;
    }
    if (peer->pid == 0) {
        dup2(down[0], 0);
        dup2(up[1], 1);
        close(down[0]), close(down[1]), close(up[0]), close(up[1]);
        /* glibc would give large temporaries back to the system at every step */
        setenv("MALLOC_MMAP_THRESHOLD_", "1000000000", 0);
        setenv("MALLOC_TRIM_THRESHOLD_", "4000000000", 0);
        execlp(python, python, script, (char *)NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    peer->to = fdopen(down[1], "w");
    peer->from = fdopen(up[0], "r");
    char line[512] = "";
    if (!fgets(line, sizeof line, peer->from)) snprintf(line, sizeof line, "missing no answer");
    line[strcspn(line, "\n")] = '\0';
    peer->run = strncmp(line, "ready ", 6) == 0;
    snprintf(peer->run ? peer->about : peer->why, sizeof peer->why, "%s",
             strchr(line, ' ') ? strchr(line, ' ') + 1 : line);
}

/* Asks and reads numbers; how many were read (0 ends the peer's part). */
static inline int peer_ask(struct peer *peer, double *numbers, int most, const char *format, ...) {
    char line[1024] = "";
    if (!peer->run) return 0;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(peer->to, format, arguments);
    va_end(arguments);
    fputc('\n', peer->to);
    if (fflush(peer->to) || !fgets(line, sizeof line, peer->from)) {
        peer->run = false;
        snprintf(peer->why, sizeof peer->why, "it died");
        return 0;
    }
    int count = 0;
    for (char *at = line, *end; count < most; at = end) {
        numbers[count] = strtod(at, &end);
        if (end == at) break;
        count++;
    }
    if (count == 0) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(peer->why, sizeof peer->why, "%.190s", line);
    }
    return count;
}

static inline void peer_stop(struct peer *peer) {
    if (peer->to) fclose(peer->to);
    if (peer->from) fclose(peer->from);
    if (peer->pid > 0) waitpid(peer->pid, NULL, 0);
    *peer = (struct peer){.run = false};
}

/* The dgemm rate of one thread, flops per CPU second: the floor of whatever is a matrix product. */
static inline double gemm_rate(struct attndyn_context *ctx) {
    const size_t n = 512;
    double *a = ATTNDYN_NEW(ctx, double, 3 * n * n), best = 0;
    if (!a) exit(EXIT_FAILURE);
    for (size_t i = 0; i < 2 * n * n; i++) a[i] = (double)(i % 17) - 8;
    for (int round = 0; round < 5; round++) {
        double start = cpu_seconds();
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, n, n, 1, a, a + n * n, 0, a + 2 * n * n);
        double rate = 2. * (double)(n * n * n) / (cpu_seconds() - start);
        if (rate > best) best = rate;
    }
    attndyn_free(ctx, a);
    return best;
}

#endif
