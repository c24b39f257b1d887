/* Published networks: what they compute, and what is refused of them. */
#include "foreign_cases.h"

TCase *test_foreign(void);
TCase *test_foreign(void) {
    return cases("foreign");
}
