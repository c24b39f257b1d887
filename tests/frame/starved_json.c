#include "starved_json.h"

#include <jansson.h>
#include <stdlib.h>

static long left;
static bool failed;

static void *starved_malloc(size_t size) {
    if (left > 0 && --left == 0) {
        failed = true;
        return NULL;
    }
    return malloc(size);
}

void starve_json(long n) {
    left = n;
    failed = false;
    json_set_alloc_funcs(starved_malloc, free);
}

bool json_was_starved(void) {
    return failed;
}
