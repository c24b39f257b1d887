#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

/* sig_atomic_t is int here; contexts poll it as such. */
static volatile int raised;

static void on_signal(int number) {
    raised = number;
}

void signals_install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C kills */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file over the limit is one, too */
    signal(SIGPIPE, SIG_IGN); /* a closed stdout is an I/O error, exit 74 */
}

const volatile int *signals_flag(void) {
    return &raised;
}
