#include "runs_body.h"
