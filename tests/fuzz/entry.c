/* libFuzzer's entry to one target (-DFUZZ_TARGET=fuzz_<name>). */
#include "fuzz.h"

#include <gsl/gsl_errno.h>

#ifdef FUZZ_TARGET
int FUZZ_TARGET(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    gsl_set_error_handler_off();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    return FUZZ_TARGET(data, size);
}
#endif
