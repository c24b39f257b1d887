/* The identity of a build for one experiment, all that its numbers depend on: the sources of sim/
 * and theory/, its own folder and those that this one includes (sources.sh; plots, docs and other
 * experiments do not count), the compiler and its flags, the versions of the libraries, the kernels
 * that OpenBLAS chose. Builds that agree in all of it give the same bits. */
#ifndef FRAME_CONTRACT_IDENTITY_H
#define FRAME_CONTRACT_IDENTITY_H

#include "experiments/frame/contract/experiment.h"

/* A line "name value" for each part: a folder with the hash of what stands in it, or what a library
 * says of itself. experiment NULL: without one, but with experiments/shared. Owned by ctx. */
enum attndyn_status identity_text(struct attndyn_context *ctx, const struct experiment *experiment,
                                  char **text);
/* Of all experiments together: what --version shows. */
enum attndyn_status identity_whole(struct attndyn_context *ctx, char **hash);
/* Its name: 16 hexadecimal digits; owned by ctx, NULL when memory is out. */
char *identity_hash(struct attndyn_context *ctx, const char *text);
/* In words, which parts differ: "sim/num, kernels 'SkylakeX' (here 'Haswell')"; "" where none
 * does. */
enum attndyn_status identity_difference(struct attndyn_context *ctx, const char *held,
                                        const char *mine, char **words);

#endif
