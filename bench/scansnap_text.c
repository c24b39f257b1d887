#define _DEFAULT_SOURCE /* wait4 */
/* (c) A whole text counted, solved for 235 classes to eta_Y t/K = 1e4, judged and drawn, on two
 * threads: within 120 s and 2 GiB. Beside it its floors: the file's bytes read, its words counted
 * by wc, the corpus and the estimate alone.
 *
 * The text: WikiText-2's train split, named by ATTNDYN_WIKITEXT (or BENCH_CORPUS); skipped, with a
 * message, where it is absent. The program is the one beside this one's folder.
 */
#include "sim/data/text_distribution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT_SECONDS = 120, THREADS = 2 };
static const double LIMIT_GIB = 2;

struct cost {
    double wall, cpu, gib;
    int code;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds(struct timeval t) {
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Runs a command without its output; what it cost, its children (gnuplot) not in the memory. */
static struct cost run(char *const arguments[]) {
    struct cost cost = {.code = -1};
    double start = now();
    pid_t child = fork();
    if (child < 0) return cost;
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout)) _exit(126);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    int how;
    struct rusage usage;
    if (wait4(child, &how, 0, &usage) < 0) return cost;
    cost.wall = now() - start;
    cost.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    cost.gib = (double)usage.ru_maxrss / 1048576; /* Linux: kB */
    cost.code = WIFEXITED(how) ? WEXITSTATUS(how) : 128;
    return cost;
}

static double read_bytes(const char *path) {
    static char block[1 << 18];
    double start = now();
    FILE *stream = fopen(path, "rb");
    if (!stream) return -1;
    while (fread(block, 1, sizeof block, stream) == sizeof block) {
    }
    fclose(stream);
    return now() - start;
}

/* The corpus and the estimate with the preset's options; 0 if all went well. */
static int count_alone(const char *path, double *reading, double *estimating) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_corpus corpus;
    struct attndyn_text_estimate estimate;
    struct attndyn_text_options options = {
        .num_last = 20, .num_next = 12, .window = 32, .min_class = 20, .min_count = 150};
    double start = now();
    int bad = attndyn_corpus_read(ctx, path, &corpus) != ATTNDYN_OK;
    *reading = now() - start;
    if (!bad) bad = attndyn_text_estimate(ctx, &corpus, &options, &estimate) != ATTNDYN_OK;
    *estimating = now() - start - *reading;
    if (bad) fprintf(stderr, "%s\n", attndyn_message(ctx));
    attndyn_context_free(ctx);
    return bad;
}

int main(int argc, char *argv[]) {
    (void)argc;
    const char *text = getenv("ATTNDYN_WIKITEXT");
    if (!text || !*text) text = getenv("BENCH_CORPUS");
    if (!text || access(text, R_OK) != 0) {
        puts("skipped: name WikiText-2's train.txt as ATTNDYN_WIKITEXT=FILE");
        return EXIT_SUCCESS;
    }
    char program[4096], corpus[4096], folder[] = "/tmp/attndyn-bench-XXXXXX", threads[16];
    const char *slash = strrchr(argv[0], '/');
    snprintf(program, sizeof program, "%.*s/../attndyn", slash ? (int)(slash - argv[0]) : 1,
             slash ? argv[0] : ".");
    snprintf(corpus, sizeof corpus, "text=%s", text);
    snprintf(threads, sizeof threads, "%d", THREADS);
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    double reading, estimating, bytes = read_bytes(text);
    if (count_alone(text, &reading, &estimating)) return EXIT_FAILURE;
    struct cost words = run((char *[]){"wc", "-w", (char *)text, NULL});
    setenv("OMP_WAIT_POLICY", "passive", 1); /* idle threads sleep: the machine may be shared */
    struct cost whole = run((char *[]){program, "run", "scansnap/text", "--preset", "wikitext",
                                       corpus, "--threads", threads, "--out", folder, NULL});
    run((char *[]){"rm", "-rf", folder, NULL});
    printf("%-34s %9s %9s\n", "", "wall s", "cpu s");
    printf("%-34s %9.3f\n", "floor: bytes read", bytes);
    printf("%-34s %9.3f %9.3f\n", "floor: wc -w", words.wall, words.cpu);
    printf("%-34s %9.3f\n", "tokens read and numbered", reading);
    printf("%-34s %9.3f\n", "P(l|n) of 235 classes estimated", estimating);
    printf("%-34s %9.1f %9.1f   limit %d s wall on %d idle cores\n", "all: counted, solved, drawn",
           whole.wall, whole.cpu, LIMIT_SECONDS, THREADS);
    printf("%-34s %9.2f GiB         limit %g\n", "largest memory", whole.gib, LIMIT_GIB);
    if (whole.code != 0) fprintf(stderr, "%s ended with %d\n", program, whole.code);
    return whole.code == 0 && whole.wall <= LIMIT_SECONDS && whole.gib <= LIMIT_GIB ? EXIT_SUCCESS
                                                                                    : EXIT_FAILURE;
}
