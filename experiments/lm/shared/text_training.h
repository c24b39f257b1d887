/* One training on text, with looks at the network. */
#ifndef LM_SHARED_TEXT_TRAINING_H
#define LM_SHARED_TEXT_TRAINING_H

#include "experiments/shared/training.h"
#include "looks.h"
#include "text_model.h"

/* Text, network and optimiser by the parameters (TEXT_INPUT, NETWORK, UPDATES, DESCENT); *skipped
 * (with results_skip called) where the text is needed and absent. group NULL: one rate for all. */
enum attndyn_status text_training_prepare(const struct trial *run,
                                          const struct attndyn_optimizer_group *group,
                                          struct text_model *t, bool *skipped);
/* The optimiser of the parameters over t's network. */
enum attndyn_status text_training_optimise(const struct trial *run,
                                           const struct attndyn_optimizer_group *group,
                                           struct text_model *t);
/* Trains t from the start, or from where --resume takes it up, to its last minibatch. Set before:
 * training->look, ->with, and what it sums (arrays). */
enum attndyn_status text_training_run(const struct trial *run, struct text_model *t,
                                      struct training *training);
/* What a training on t's text is: its batches, fingerprint, length and measure of progress. */
void text_training_describe(struct text_model *t, struct training *training);

#endif
