/* A sweep written down: `experiment = ID`, `preset = NAME`, `zip = k1,k2`, `sample = N`,
 * `over = KEYS`, and `key = values` lines in the grammar of design.h. Named sweeps are such files
 * inside the program. Those with a `title` stand in the report, at their `quick` size: `title`,
 * `doc` (lines add up), `heatmap = x,y` or nothing for lines, `scalar = NAME`, `contours = a,b`
 * (levels drawn on the map, whose colour is then the logarithm), and `quick key = values` lines
 * that replace the key's. */
#ifndef FRAME_SWEEP_FILE_H
#define FRAME_SWEEP_FILE_H

#include "sim/base/context.h"

struct sweep_file {
    char *experiment, *preset, *over; /* NULL where not given */
    char *title, *doc, *heatmap, *scalar, *contours;
    char **quick; /* key=values that replace words at the quick size */
    size_t n_quick;
    char **words, **zips;
    size_t n_words, n_zips;
    long sample;
};

enum attndyn_status sweep_file_read(struct attndyn_context *ctx, const char *path,
                                    struct sweep_file *file);
/* From memory: `text` is cut up in place and must stay. */
enum attndyn_status sweep_file_parse(struct attndyn_context *ctx, char *text, const char *origin,
                                     struct sweep_file *file);
/* By name ("scansnap-figure-6"); unknown: the names there are. */
enum attndyn_status sweep_file_named(struct attndyn_context *ctx, const char *name,
                                     struct sweep_file *file);

/* The i-th named sweep; *name NULL past the last. */
enum attndyn_status sweep_file_at(struct attndyn_context *ctx, size_t index, char **name,
                                  struct sweep_file *file);
/* The words with the quick ones in their places. */
enum attndyn_status sweep_file_quick(struct attndyn_context *ctx, struct sweep_file *file);
/* The design that the file describes. */
struct design;
enum attndyn_status sweep_file_design(struct attndyn_context *ctx, const struct sweep_file *file,
                                      struct design **design);

#endif
