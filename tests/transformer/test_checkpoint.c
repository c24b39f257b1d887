/* Checkpoints in single precision. */
#include "checkpoint_cases.h"

TCase *test_checkpoint(void);
TCase *test_checkpoint(void) {
    return cases("checkpoint");
}
