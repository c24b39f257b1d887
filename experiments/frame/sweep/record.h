/* What a sweep keeps of one run, as flat data that a rank can send. */
#ifndef FRAME_SWEEP_RECORD_H
#define FRAME_SWEEP_RECORD_H

#include "design.h"
#include "keep.h"

enum run_status { RUN_DONE, RUN_FAILED, RUN_SKIPPED };

struct sweep_check {
    int verdict; /* enum verdict_kind */
    double measured, bound;
};

struct sweep_record {
    long index;
    int status; /* enum run_status */
    char message[400];
    double seconds;
    long steps, rhs; /* solver counters, summed over the run's solves */
    long n_scalars, n_checks;
    double *scalars;            /* (n_scalars), in the experiment's order; NaN: unset */
    struct sweep_check *checks; /* (n_checks) */
    size_t kept_size;
    char *kept; /* the rows of the tables that are kept (keep.h), for free(); NULL: none */
};

/* Room for one record of this experiment; owned by ctx. */
enum attndyn_status sweep_record_create(struct attndyn_context *ctx,
                                        const struct experiment *experiment,
                                        struct sweep_record *record);
/* Runs run `index` of the design in a context of its own. A run that fails is a record with its
 * message; only an interruption (or no memory for the context) is a status. */
enum attndyn_status sweep_record_compute(const struct design *design, const struct keep *keep,
                                         size_t index, struct sweep_record *record);

#endif
