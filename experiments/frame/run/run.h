/* One run of one experiment: resolve parameters, compute, judge, write its folder. */
#ifndef FRAME_RUN_RUN_H
#define FRAME_RUN_RUN_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

#include <stdio.h>

struct run {
    const struct experiment *experiment;
    const char *preset;
    struct params *params;
    struct results *results;
    char *inputs; /* the files that were read (inputs.h), of a run with a folder */
    size_t n_checks;
    struct verdict *verdicts; /* (n_checks), in the order of experiment->checks */
    bool whole; /* the values are exactly those of the preset, so every check that it can decide
                   must be decided */
    const bool *wanted;     /* (n_checks): which to judge and report; NULL: all */
    const char **known;     /* (n_checks): why a failure is tolerated, NULL where it is not; NULL */
    double tolerance_scale; /* of every check's bounds; 1: as the claims state them */
    double started, seconds; /* wall clock: Unix time, duration */
    /* Set before run_compute where the run has a folder; see "Long runs" in results.h. */
    const char *folder; /* where a long run saves its progress; NULL: nowhere */
    bool resume;        /* take up what the folder holds */
    bool accept;        /* also what another build has made of it */
    /* how the build that made what was found there differs; NULL: it does not */
    char *other_build;
    double save_every; /* seconds */
    bool unfinished;   /* interrupted: its checks are not judged */
    FILE *says;        /* where results_say goes; NULL: nowhere */
};

static inline bool run_wants(const struct run *run, size_t check) {
    return !run->wanted || run->wanted[check];
}

#define RUN_SAVE_EVERY 120.                     /* seconds, unless --save-every says otherwise */
#define RUN_CHECKPOINT "checkpoint.safetensors" /* in the run's folder */

struct run_request {
    const struct experiment *experiment;
    const char *preset;       /* NULL: defaults */
    const char *config;       /* conf file or NULL */
    char *const *assignments; /* key=value */
    size_t n_assignments;
    bool one; /* the assignments are meant for this experiment: one without effect is refused */
    double tolerance_scale; /* 0 or 1: the bounds as stated; see verdict_scale */
};

/* Parameters only: defaults, preset, conf file, assignments. */
enum attndyn_status run_prepare(struct attndyn_context *ctx, const struct run_request *request,
                                struct run *run);
/* Computes and judges. */
enum attndyn_status run_compute(struct attndyn_context *ctx, struct run *run);
/* Writes params.conf, tables, run.json, timing.json and the figures' scripts. */
enum attndyn_status run_write(struct attndyn_context *ctx, const struct run *run,
                              const char *folder);
/* Saves what an interrupted run has emitted: parameters, tables and a run.json with "unfinished".
 * *rows: the number of rows in all tables. Writes nothing if there are none, or if the run has
 * saved its progress itself. */
enum attndyn_status run_write_unfinished(struct attndyn_context *ctx, struct run *run,
                                         const char *folder, size_t *rows);
/* A finished run read back instead of computed: *found if the folder holds it, complete and with
 * the bytes that its record speaks of; its checks are judged again on what was read. A run of
 * another build is read only if run->accept; run->other_build is set in either case. */
enum attndyn_status run_read(struct attndyn_context *ctx, struct run *run, const char *folder,
                             bool *found);
/* Draws the figures, after run_write: a figure that gnuplot refuses costs no data; `missing` only
 * those that do not stand in the folder yet. */
enum attndyn_status run_draw(struct attndyn_context *ctx, const struct run *run, const char *folder,
                             bool missing);

#endif
