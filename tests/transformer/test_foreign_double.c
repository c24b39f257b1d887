/* Published networks, in double precision. */
#define ATTNDYN_DOUBLE
#include "foreign_cases.h"

TCase *test_foreign_double(void);
TCase *test_foreign_double(void) {
    return cases("foreign_double");
}
