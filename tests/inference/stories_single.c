#include "stories_body.h"
