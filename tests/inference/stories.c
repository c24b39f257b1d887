#include "stories.h"

#include <stdio.h>
#include <stdlib.h>

const char *stories_data(void) {
    const char *data = getenv("ATTNDYN_DATA");
    if (!data || !*data) {
        fputs("stories: skipped: ATTNDYN_DATA names no folder of data\n", stderr);
        return NULL;
    }
    return data;
}
