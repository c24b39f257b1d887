#include "version.h"

#include <version.h> /* the build's own: ATTNDYN_VERSION */

const char *attndyn_version(void) {
    return ATTNDYN_VERSION;
}
