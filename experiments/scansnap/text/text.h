/* What the files of scansnap/text share. */
#ifndef SCANSNAP_TEXT_TEXT_H
#define SCANSNAP_TEXT_TEXT_H

#include "experiments/frame/contract/experiment.h"

extern const struct experiment experiment_scansnap_text;
extern const struct check *const text_checks[];

#endif
