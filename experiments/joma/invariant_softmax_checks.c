#include "invariant_softmax_checks.h"
const struct check joma_invariant_softmax_checks[] = {{0}};
