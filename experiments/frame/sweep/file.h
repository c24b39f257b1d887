/* A sweep written down: `experiment = ID`, `preset = NAME`, `zip = k1,k2`, `sample = N`,
 * `over = KEYS`, and `key = values` lines in the grammar of design.h. Named sweeps are such files
 * inside the program. */
#ifndef FRAME_SWEEP_FILE_H
#define FRAME_SWEEP_FILE_H

#include "sim/base/context.h"

struct sweep_file {
    char *experiment, *preset, *over; /* NULL where not given */
    char **words, **zips;
    size_t n_words, n_zips;
    long sample;
};

enum attndyn_status sweep_file_read(struct attndyn_context *ctx, const char *path,
                                    struct sweep_file *file);
/* By name ("scansnap-figure-6"); unknown: the names there are. */
enum attndyn_status sweep_file_named(struct attndyn_context *ctx, const char *name,
                                     struct sweep_file *file);

#endif
