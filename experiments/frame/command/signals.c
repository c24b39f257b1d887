#define _GNU_SOURCE /* for SIGPOLL and SIGPWR, if the system has them */
#include "signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* sig_atomic_t is int here; contexts poll it as such. */
static volatile int raised;

/* Every signal that ends a program by default, except those that report a fault in it. */
static const int ending[] = {
    SIGHUP,    SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGPROF, SIGVTALRM,
#ifdef SIGPOLL
    SIGPOLL,
#endif
#ifdef SIGPWR
    SIGPWR,
#endif
#ifdef SIGSTKFLT
    SIGSTKFLT,
#endif
};

enum { ENDING = sizeof ending / sizeof *ending };
static bool ignored[ENDING], known;

/* Which signals the caller ignores. Libraries may change that while they are loaded: UCX, which
 * comes with Open MPI, catches SIGHUP. So this is asked before their constructors run, where the
 * system has .preinit_array; sanitizers are not ready then. */
static void look(int argc, char **argv, char **environment) {
    (void)argc, (void)argv, (void)environment;
    struct sigaction before;
    for (size_t i = 0; i < ENDING; i++)
        ignored[i] = sigaction(ending[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN;
    known = true;
}

#if defined __has_feature
#define SANITIZED __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#if defined __ELF__ && !(SANITIZED)
__attribute__((section(".preinit_array"), used)) static void (*look_first)(int, char **,
                                                                           char **) = look;
#endif

static void on_signal(int number) {
    raised = number;
}

/* Batch systems may send any of these, and each ends a program that does not catch it; where a
 * library does, it stays the library's. */
static void catch_the_rest(const struct sigaction *action) {
    struct sigaction before;
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(number, action, NULL);
}

void signals_install(void) {
    struct sigaction action;
    if (!known) look(0, NULL, NULL);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C kills */
    for (size_t i = 0; i < ENDING; i++)
        if (ignored[i])
            signal(ending[i], SIG_IGN);
        else
            sigaction(ending[i], &action, NULL);
    catch_the_rest(&action);
    signal(SIGXFSZ, SIG_IGN); /* so is a file over the size limit */
    signal(SIGPIPE, SIG_IGN); /* a closed stdout is an I/O error, exit 74 */
}

const volatile int *signals_flag(void) {
    return &raised;
}

void signals_restore(void) {
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
}
