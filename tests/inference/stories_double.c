#define ATTNDYN_DOUBLE
#include "stories_body.h"
