#include "engine_run.h"
