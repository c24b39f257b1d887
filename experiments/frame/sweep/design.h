/* The design of a sweep: which runs there are. A design is a function of its text alone, so run i
 * means the same thing to every thread, rank, shard and restart.
 *
 * Grammar of an axis, key=...:
 *   v1,v2,...     these values (lists of numbers: separated by ';'), in quotes where one holds the
 *                 separator (contract/quote.h)
 *   a:b           a, a+1, ... up to b            a:b:step   with a step
 *   lin:a:b:n     n evenly spaced                log:a:b:n  n spaced evenly in the logarithm
 * A single value fixes the key. Axes multiply, except those moved together by `zip`. With
 * `sample` n, a:b and log:a:b are intervals of a box from which n points are drawn.
 */
#ifndef FRAME_SWEEP_DESIGN_H
#define FRAME_SWEEP_DESIGN_H

#include "experiments/frame/contract/params.h"

enum sampler { SAMPLER_NONE, SAMPLER_SOBOL, SAMPLER_RANDOM };

/* The largest number of runs, and of values on an axis. Small for fuzzers, which would otherwise
 * spend their time on ten million values. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { SWEEP_RUNS_MAX = 2000 };
#else
enum { SWEEP_RUNS_MAX = 10000000 };
#endif

struct axis {
    const char *key;
    char *text;    /* as the user wrote it */
    char **values; /* (count), canonical texts */
    size_t count;
    size_t group; /* axes of one zip share a group */
    double low, high;
    long first, last;           /* the same of a parameter that takes integers, every digit */
    bool interval, logarithmic; /* sampled: a box's side */
};

struct design_request {
    const struct experiment *experiment;
    const char *preset; /* of the experiment; NULL: defaults */
    const char *config; /* conf file or NULL */
    char *const *words; /* key=... */
    size_t n_words;
    char *const *zips; /* "k1,k2": axes that move together */
    size_t n_zips;
    enum sampler sampler;
    long samples;
    uint64_t sample_seed; /* SAMPLER_RANDOM */
};

struct design {
    const struct experiment *experiment;
    const char *preset;
    struct setting {
        const char *key;
        char *value;
    } * fixed;                /* that every run shares */
    size_t n_fixed, n_config; /* of which a file gave the first */
    struct axis *axes;
    size_t n_axes;
    size_t runs;
    bool accept;           /* go on with a store that another build of the program began */
    bool exact;            /* a store of other runs is refused, not made to grow */
    struct params *common; /* what every run shares; of an axis some value */
    char *identity;        /* canonical text: two designs are the same iff these are */
    char *inputs;          /* the files that its runs read (inputs.h) */
};

/* Parses, checks every value against the experiment's parameters, counts. */
enum attndyn_status design_create(struct attndyn_context *ctx, const struct design_request *request,
                                  struct design **design);
/* The value (text) of axis a in run i; owned by the design. */
const char *design_value(const struct design *design, size_t run, size_t axis);
/* The parameters of run i, in a context of its own. */
enum attndyn_status design_params(struct attndyn_context *ctx, const struct design *design,
                                  size_t run, struct params **params);

#endif
