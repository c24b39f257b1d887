#define ATTNDYN_DOUBLE
#include "runs_body.h"
