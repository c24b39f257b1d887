/* The labels of axes, in place of identifiers. */
#ifndef FRAME_CONTRACT_SYMBOLS_H
#define FRAME_CONTRACT_SYMBOLS_H

#include "experiment.h"

/* The label of a parameter, column or scalar, in gnuplot's enhanced text: `declared` (the
 * contract's .symbol) if it is not NULL; else the field's usual sign for this name (eta_y: η_Y);
 * else the name read out: Greek letters by name, what follows a letter as its index (rho_early:
 * ρ_{early}), blanks for underscores (valid_loss). At most 120 bytes. Returns `label`. */
const char *symbol_label(char label[121], const char *name, const char *declared);
/* The same for a parameter or scalar of the experiment (NULL: unknown) by its name. */
const char *symbol_of(char label[121], const struct experiment *experiment, const char *name);

#endif
