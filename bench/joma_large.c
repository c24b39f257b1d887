/* joma/low-rank at M = 20,000, K = 512 (1e7 unknowns) to radius 5, as a user runs it, on two
 * threads: wall time and memory against the targets of a minute and 2 GiB. */
#include "bench/harness.h"

#include <libgen.h>

int main(int argc, char **argv) {
    (void)argc;
    char folder[] = "/tmp/attndyn-bench-XXXXXX", program[4096], own[4096];
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    snprintf(own, sizeof own, "%s", argv[0]);
    snprintf(program, sizeof program, "%s/../attndyn", dirname(own));
    double wall = wall_seconds();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, "run", "joma/low-rank", "--preset", "large", "--threads", "2",
              "--no-plot", "--out", folder, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return EXIT_FAILURE;
    wall = wall_seconds() - wall;
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    double cpu = (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec +
                 (double)used.ru_stime.tv_sec + 1e-6 * (double)used.ru_stime.tv_usec;
    double gib = (double)used.ru_maxrss / 1048576;
    bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    printf("20,000 x 512 to radius 5: %s, %.1f s wall (%s), %.1f CPU s, %.2f GiB (%s)\n",
           ended ? "checks hold" : "FAILED", wall, wall < 60 ? "met" : "MISSED", cpu, gib,
           gib < 2 ? "met" : "MISSED");
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return ended && system(command) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
