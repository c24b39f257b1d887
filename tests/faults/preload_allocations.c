/* A test-only library (LD_PRELOAD) that makes allocations fail one at a time, those of the
 * libraries below the program included.
 *
 * At an allocation of the program the process forks. In the child that allocation fails, and the
 * child goes on to its end in an empty folder of its own; the parent looks at how it ended, then
 * goes on as if nothing had been. So one run of the program tries every allocation of it.
 *
 *   ATTNDYN_FAULTS=DIR        where to work (absolute); DIR/log gets a line for each failure
 * injected: n, exit code, verdict; DIR/n is kept where the child did not end well or survived (exit
 * 0: its files must be those of the undisturbed run) ATTNDYN_FAULTS_STACKS=1   only the first
 * allocation of each call stack ATTNDYN_FAULTS_MOST=N     at most N: thins out evenly beyond N (as
 * for hot loops) ATTNDYN_FAULTS_AT=N       no fork: the N-th allocation of this process fails
 *   ATTNDYN_FAULTS_COUNT=FILE no failure: writes the numbers of the first allocations of each stack
 *
 * An allocation while a file is open is logged as "rerun": fail it by ATTNDYN_FAULTS_AT.
 * The program must run on one thread. A child ends well if it exits with 71 (out of memory; 2, a
 * run that failed, is told apart: a closed form that had no memory is NaN to its caller), says one
 * line on stderr, and leaves neither a temporary file nor a run.json. Two libraries do not keep to
 * that: libgomp ends the process itself, with a message of its own and exit 1, and CVodeCreate
 * prints to stderr before ours is said. */
#define _GNU_SOURCE
#include "../../sim/base/hash.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEPTH = 24, SLOTS = 1 << 16, RUN_FAILED = 2, NO_MEMORY = 71 };

static enum { OFF, FORK, AT, COUNT } mode;
static bool inside; /* our own calls are not the program's */
static uint64_t calls, fail_at, chosen, most;
static bool stacks_only;
static int open_files;
static const char *unmended; /* verdict for the newest stack; NULL: not tried yet */
static char folder[3000];
static int log_file = -1;
static uint64_t seen[SLOTS];

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void *(*real_memalign)(size_t, size_t);
static void (*real_free)(void *);

/* dlsym itself allocates before it has told us where malloc is. */
static char early[1 << 16];
static size_t early_used;

static void *early_alloc(size_t size) {
    size = (size + 31) & ~(size_t)15;
    if (early_used + size > sizeof early) abort();
    void *block = early + early_used + 16;
    early_used += size;
    return block;
}

static void resolve(void) {
    static bool busy;
    if (real_malloc || busy) return;
    busy = true;
    *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&real_memalign = dlsym(RTLD_NEXT, "memalign");
    *(void **)&real_free = dlsym(RTLD_NEXT, "free");
    *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
}

/* SUNContext_Create falls over its own failing allocations, and OpenBLAS's kernels for small
 * matrices (AVX-512) write to what malloc did not give; nothing above them can mend that. */
static const char *beyond_mending(void *const *frames, int n) {
    for (int i = 2; i < n; i++) {
        Dl_info about;
        if (!dladdr(frames[i], &about) || !about.dli_sname) continue;
        if (!strcmp(about.dli_sname, "SUNContext_Create")) return "not tried: in SUNContext_Create";
        if (strstr(about.dli_sname, "gemm_small_kernel")) return "not tried: in OpenBLAS";
    }
    return NULL;
}

/* Is this call stack met for the first time? */
static bool new_stack(void) {
    void *frames[DEPTH];
    int n = backtrace(frames, DEPTH);
    uint64_t h = attndyn_hash_start;
    for (int i = 2; i < n; i++) h = attndyn_hash_word(h, (uint64_t)frames[i]);
    h |= 1;
    for (size_t at = h & (SLOTS - 1);; at = (at + 1) & (SLOTS - 1)) {
        if (seen[at] == h) return false;
        if (seen[at] == 0) {
            seen[at] = h;
            unmended = beyond_mending(frames, n);
            return true;
        }
    }
}

static void say(const char *format, uint64_t n, int code, const char *what) {
    char line[400];
    int length = snprintf(line, sizeof line, format, (unsigned long)n, code, what);
    if (write(log_file, line, (size_t)length) != length) _exit(99);
}

/* Does the tree hold a temporary file, or a record that says "complete"? */
static bool half_done(const char *path) {
    DIR *dir = opendir(path);
    bool found = false;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char inner[4096];
        if (e->d_name[0] == '.' && (!e->d_name[1] || e->d_name[1] == '.')) continue;
        found |= strstr(e->d_name, ".attndyn-tmp.") || !strcmp(e->d_name, "run.json");
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        if (e->d_type == DT_DIR) found |= half_done(inner);
    }
    if (dir) closedir(dir);
    return found;
}

static void remove_tree(const char *path) {
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char inner[4096];
        if (e->d_name[0] == '.' && (!e->d_name[1] || e->d_name[1] == '.')) continue;
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        if (e->d_type == DT_DIR)
            remove_tree(inner);
        else
            unlink(inner);
    }
    if (dir) closedir(dir);
    rmdir(path);
}

static const char *judge(const char *where, int how) {
    char path[4096], text[2000];
    if (!WIFEXITED(how)) return "KILLED";
    int code = WEXITSTATUS(how);
    snprintf(path, sizeof path, "%s/stderr", where);
    int fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (got < 0) return "NO STDERR";
    text[got] = '\0';
    if (code == 0) return got ? "SAID SOMETHING" : "survived";
    if (half_done(where)) return "HALF A FILE";
    /* Two libraries do not report to us: libgomp ends the process, CVodeCreate prints. */
    if (strstr(text, "libgomp: Out of memory")) return "ended by libgomp";
    char *ours = strstr(text, "attndyn: "), *end = ours ? strchr(ours, '\n') : NULL;
    if (!end || end[1]) return "NOT ONE LINE";
    if (ours != text && !strstr(text, "[CVODES ERROR]  CVodeCreate")) return "NOT ONE LINE";
    return code == NO_MEMORY ? "clean" : code == RUN_FAILED ? "run failed" : "WRONG STATUS";
}

static void copy_file(const char *from, const char *to) {
    char bytes[1 << 14];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    ssize_t n = 0;
    while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)n) != n) _exit(93);
    if (in < 0 || out < 0 || n < 0) _exit(93);
    close(in), close(out);
}

/* Copies what the parent has written so far to where the child looks for it. */
static void copy_tree(const char *from, const char *to) {
    DIR *dir = opendir(from);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char source[4096], target[4096];
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        snprintf(source, sizeof source, "%s/%s", from, e->d_name);
        snprintf(target, sizeof target, "%s/%s", to, e->d_name);
        if (e->d_type != DT_DIR) {
            copy_file(source, target);
            continue;
        }
        if (mkdir(target, 0777) != 0) _exit(94);
        copy_tree(source, target);
    }
    if (dir) closedir(dir);
}

/* True in the child: the allocation fails. */
static bool try_failure(void) {
    char where[3100];
    snprintf(where, sizeof where, "%s/%lu", folder, (unsigned long)calls);
    if (mkdir(where, 0777) != 0) _exit(98);
    pid_t child = fork();
    if (child < 0) _exit(97);
    if (child == 0) {
        mode = OFF;
        int out, err;
        copy_tree(".", where);
        if (chdir(where) != 0 || (out = open("stdout", O_CREAT | O_WRONLY, 0666)) < 0 ||
            (err = open("stderr", O_CREAT | O_WRONLY, 0666)) < 0 || dup2(out, 1) < 0 ||
            dup2(err, 2) < 0)
            _exit(96);
        close(out), close(err);
        alarm(120);
        return true;
    }
    int how;
    while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
    const char *verdict = judge(where, how);
    say("%lu %d %s\n", calls, WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how), verdict);
    if (verdict[0] >= 'a' && strcmp(verdict, "survived")) remove_tree(where);
    return false;
}

static bool fails(void) {
    if (mode == OFF || inside) return false;
    inside = true;
    calls++;
    bool failing = false;
    if (mode == FORK && open_files > 0) { /* the child would move the parent's file */
        if (new_stack()) say("%lu %d %s\n", calls, 0, "rerun");
        inside = false;
        return false;
    }
    if (mode == AT) failing = calls == fail_at;
    if (mode == COUNT) {
        unmended = NULL;
        if (new_stack() && !unmended) say("%lu%.0d%s\n", calls, 0, "");
    }
    if (mode == FORK) {
        unmended = NULL;
        bool fresh = new_stack();
        if (unmended) {
            say("%lu %d %s\n", calls, 0, unmended);
            fresh = false;
        }
        /* every one up to `most`, then new stacks and every 2nd, 4th, ... */
        uint64_t step = 1;
        while (most && chosen / most >= step) step *= 2;
        if (fresh || (!stacks_only && calls % step == 0)) {
            chosen++;
            failing = try_failure();
        }
    }
    inside = false;
    if (failing) errno = ENOMEM;
    return failing;
}

void *malloc(size_t size) {
    if (!real_malloc) resolve();
    if (!real_malloc) return early_alloc(size);
    return fails() ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size) {
    if (!real_malloc) resolve();
    if (!real_malloc) return early_alloc(count * size);
    return fails() ? NULL : real_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    if (!real_malloc) resolve();
    if ((char *)block >= early && (char *)block < early + sizeof early) {
        void *moved = malloc(size);
        if (moved) memcpy(moved, block, size);
        return moved;
    }
    return size && fails() ? NULL : real_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    if (!real_malloc) resolve();
    return fails() ? NULL : real_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}

void free(void *block) {
    if ((char *)block >= early && (char *)block < early + sizeof early) return;
    if (real_free) real_free(block);
}

/* Files at hand: child and parent would share their positions. */
FILE *fopen(const char *path, const char *how) {
    FILE *(*next)(const char *, const char *);
    *(void **)&next = dlsym(RTLD_NEXT, "fopen");
    FILE *stream = next(path, how);
    if (stream && !inside) open_files++;
    return stream;
}

int fclose(FILE *stream) {
    int (*next)(FILE *);
    *(void **)&next = dlsym(RTLD_NEXT, "fclose");
    bool file = fileno(stream) > STDERR_FILENO;
    if (file && !inside && open_files > 0) open_files--;
    return next(stream);
}

/* From `main` on: what the loader and the libraries' constructors allocate is not the program's. */
static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment) {
    const char *at = getenv("ATTNDYN_FAULTS_AT"), *count = getenv("ATTNDYN_FAULTS_COUNT");
    const char *where = getenv("ATTNDYN_FAULTS"), *limit = getenv("ATTNDYN_FAULTS_MOST");
    void *frames[2];
    backtrace(frames, 2); /* its first call allocates */
    if (strcmp(program_invocation_short_name, "attndyn")) return real_main(argc, argv, environment);
    stacks_only = getenv("ATTNDYN_FAULTS_STACKS") != NULL;
    if (limit) most = strtoull(limit, NULL, 10);
    if (at) {
        fail_at = strtoull(at, NULL, 10);
        mode = AT;
    } else if (count) {
        log_file = open(count, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0666);
        mode = COUNT;
    } else if (where) {
        char path[3100];
        snprintf(folder, sizeof folder, "%s", where);
        snprintf(path, sizeof path, "%s/log", where);
        log_file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0666);
        if (log_file < 0) _exit(95);
        mode = FORK;
    }
    unsetenv("LD_PRELOAD"); /* not in children that the program starts */
    return real_main(argc, argv, environment);
}

int __libc_start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                      void (*)(void), void *);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end) {
    int (*next)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                void (*)(void), void *);
    resolve();
    *(void **)&next = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return next(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
