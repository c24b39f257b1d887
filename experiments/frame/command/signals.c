#define _GNU_SOURCE /* SIGPOLL, SIGPWR where there are such */
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

/* sig_atomic_t is int here; contexts poll it as such. */
static volatile int raised;

/* Every signal that ends a program by default, except those that report a fault in it. */
static const int ending[] = {
    SIGHUP,  SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGPROF, SIGVTALRM,
#ifdef SIGPOLL
    SIGPOLL,
#endif
#ifdef SIGPWR
    SIGPWR,
#endif
};

static void on_signal(int number) {
    raised = number;
}

void signals_install(void) {
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C kills */
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file over the limit is one, too */
    signal(SIGPIPE, SIG_IGN); /* a closed stdout is an I/O error, exit 74 */
}

const volatile int *signals_flag(void) {
    return &raised;
}

void signals_restore(void) {
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
}
