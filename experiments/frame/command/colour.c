#include "colour.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *colour(enum colour colour) {
    /* Blue, yellow and bold red for what fails: readers who cannot tell red from green can tell
     * these apart. */
    static const char *const sequences[] = {"\033[0m", "\033[1m", "\033[34m", "\033[33m",
                                            "\033[1;31m"};
    static int wanted = -1;
    if (wanted < 0) {
        const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
        wanted = isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
    }
    return wanted ? sequences[colour] : "";
}
