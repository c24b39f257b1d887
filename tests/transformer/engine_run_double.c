#define ATTNDYN_DOUBLE
#include "engine_run.h"
