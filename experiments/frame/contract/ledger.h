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

/* What was called an error of a source once and is not (experiments/statements/withdrawn.def). */
struct withdrawn_entry {
    const char *id, *said; /* the check, and the sentence that it refuted */
    const char *why;       /* what the source really says */
    const char *checks;    /* that stand for it now, comma-separated; may be empty */
    const char *now;       /* what else became of it; may be empty */
};

size_t ledger_count(void);
const struct ledger_entry *ledger_at(size_t index);
size_t withdrawn_count(void);
const struct withdrawn_entry *withdrawn_at(size_t index);

#endif
