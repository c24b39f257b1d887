/* Many experiments at once, for verify and report: each with its own context, over threads. */
#ifndef FRAME_JUDGE_BATCH_H
#define FRAME_JUDGE_BATCH_H

#include "experiments/frame/run/lock.h"
#include "experiments/frame/run/progress.h"
#include "experiments/frame/run/run.h"

#include <stdio.h>

struct batch_item {
    struct attndyn_context *ctx; /* owns the run */
    struct run run;
    enum attndyn_status status; /* of the run; its message is in ctx */
    bool done;                  /* false: not reached (interrupted) */
    bool kept;                  /* its finished run was in the folder and was not run again */
    bool outdated;              /* a finished run of another build was there: run again */
    bool undrawn;               /* ended, but gnuplot failed: the message is in ctx */
    bool resumed;               /* continued a partial run found in its folder */
    bool fell_back;             /* has no such preset: ran `quick` */
    struct lock lock;           /* on the run's folder */
    struct batch_course *course;
    struct progress progress; /* of the run, where it is a long one */
    char label[120];
};

struct batch {
    struct batch_item *items; /* (count), in the registry's order */
    size_t count;
    size_t left_out; /* have not the preset */
    const char *preset;
    double tolerance_scale; /* by which the bounds were scaled; 1: as stated */
};

struct batch_request {
    char *const *patterns; /* none: all experiments */
    size_t n_patterns;
    bool checks;           /* patterns may be ids of checks: only these are then judged */
    char *const *excluded; /* patterns of experiments and checks to leave out */
    size_t n_excluded;
    const char *known; /* file of tolerated failures, `CHECK-ID reason` a line; NULL: none */
    const char *preset;
    const char *folder; /* write each run to <folder>/<id>; NULL: write nothing */
    /* read finished runs back and continue partial ones; otherwise all start over */
    bool keep;
    bool overwrite;    /* replace what other runs have written there */
    bool accept;       /* keep also what another build has made */
    bool fall_back;    /* an experiment without the preset runs `quick` */
    bool leave_out;    /* leave out an experiment without the preset */
    double save_every; /* seconds between saves of a long run in `folder`; 0: RUN_SAVE_EVERY */
    int jobs;
    bool fail_fast;           /* start no further experiment once a check failed or a run broke */
    double tolerance_scale;   /* 0 or 1: the bounds as stated */
    char *const *assignments; /* key=value, applied to every experiment that declares the key */
    size_t n_assignments;
    long seed_shift;  /* added to the parameter `seed` of those that declare it */
    bool seeded_only; /* leave out the others */
};

/* ATTNDYN_USAGE: a pattern that matches nothing, a preset that there is not, a key that no selected
 * experiment declares. */
enum attndyn_status batch_check(struct attndyn_context *ctx, const struct batch_request *request);
/* Files of verdicts (NULL: none), the folder and the inputs, before any work: see outputs.h. */
enum attndyn_status batch_outputs_check(struct attndyn_context *ctx,
                                        const struct batch_request *request, const char *json,
                                        const char *junit, const char *claims);
/* Checks, then runs. Runs that fail are items with their status. */
enum attndyn_status batch_run(struct attndyn_context *ctx, const struct batch_request *request,
                              struct batch *batch);
/* On stderr: a line for each run that failed or lacks a figure. */
void batch_complain(const struct batch *batch);
void batch_free(struct batch *batch);

/* How many verdicts of each kind; runs that failed count all their checks as failed. */
struct batch_tally {
    int verdicts[VERDICT_KINDS];    /* by enum verdict_kind; failures that are known stand apart */
    int known;                      /* failures that the user tolerates */
    int of[ORIGINS][VERDICT_KINDS]; /* the same by who says so */
    int broken;                     /* runs that did not end */
    int undrawn;                    /* runs that ended, with a figure that gnuplot did not draw */
    int not_reached;                /* experiments not run: interrupted, or stopped early */
};
/* Is this check to be judged: meant by a pattern, and not excluded? */
bool batch_wants(const struct batch_request *request, const struct experiment *experiment,
                 const struct check *check);

struct batch_tally batch_count(const struct batch *batch);
/* "214 claims hold, 1 erratum confirmed, 0 fail, 3 outside, 5 skipped, 0 runs broken", no
 * newline. */
void batch_print_tally(const struct batch_tally *tally, FILE *to);
/* OK, CHECK_FAILED, RUN_FAILED or INTERRUPTED. */
enum attndyn_status batch_status(const struct batch *batch);

#endif
