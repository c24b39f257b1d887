/* Checkpoints in double precision. */
#define ATTNDYN_DOUBLE
#include "checkpoint_cases.h"

TCase *test_checkpoint_double(void);
TCase *test_checkpoint_double(void) {
    return cases("checkpoint_double");
}
