/* The same experiments with several seeds: which verdicts depend on the seed. */
#ifndef FRAME_JUDGE_SEEDS_H
#define FRAME_JUDGE_SEEDS_H

#include "batch.h"

/* From one seed to the next. Runs that average over seed, seed + 1, ... share none of theirs. */
#define SEED_STRIDE 1000

struct seeds {
    size_t count;     /* experiments, in the registry's order */
    size_t seeds;     /* runs of each that declares a seed; the others run once */
    struct run *runs; /* (count, seeds): experiment, verdicts, wanted, known */
    size_t *made;     /* (count): runs of each */
    long *seed;       /* (count, seeds) */
    char **broken;    /* (count, seeds): why a run failed; NULL where it ended */
    double tolerance_scale;
};

/* The result of a check over its runs. */
struct over_seeds {
    size_t runs, verdicts[VERDICT_KINDS];
    double least, most; /* of what was measured; NAN: nothing was */
    bool flips;         /* the verdict depends on the seed */
    bool fails;         /* for some seed, and that is not known */
};

/* Every selected experiment, `seeds` times. All is owned by ctx. ATTNDYN_INTERRUPTED ends it. */
enum attndyn_status seeds_run(struct attndyn_context *ctx, const struct batch_request *request,
                              size_t seeds, struct seeds *out);
struct over_seeds seeds_of(const struct seeds *s, size_t experiment, size_t check);
/* A line a check, the seeds that fail, a summary. */
void seeds_print(const struct seeds *s, FILE *to);
/* OK, CHECK_FAILED where a check fails for some seed, RUN_FAILED where a run broke. */
enum attndyn_status seeds_status(const struct seeds *s);

#endif
