/* The version of the library, as semantic versioning has it: while it begins with 0, a new minor
 * version may change the interface. */
#ifndef ATTNDYN_BASE_VERSION_H
#define ATTNDYN_BASE_VERSION_H

/* "0.1.0" */
const char *attndyn_version(void);

#endif
