/* The ledger: every numbered item of the papers, and how it is treated here
 * (experiments/statements/ledger.def). */
#ifndef FRAME_CONTRACT_LEDGER_H
#define FRAME_CONTRACT_LEDGER_H

#include <stddef.h>

struct ledger_entry {
    const char *id, *place;
    const char *statement; /* id of a statement, or NULL */
    const char *what;      /* an error of the paper, or NULL */
    const char *checks;    /* that report it, comma-separated */
    const char *why;       /* nothing is claimed, or NULL */
};

size_t ledger_count(void);
const struct ledger_entry *ledger_at(size_t index);

#endif
