/* jansson with an allocation that fails. It adds to an object by leaving out what it has no memory
 * for, so that whoever writes JSON must look. */
#ifndef TESTS_FRAME_STARVED_JSON_H
#define TESTS_FRAME_STARVED_JSON_H

#include <stdbool.h>

/* From now on the n-th allocation of jansson fails (1: the next), once; 0: none. */
void starve_json(long n);
/* Was there such an allocation? */
bool json_was_starved(void);

#endif
