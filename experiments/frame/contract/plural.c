#include "plural.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Is the number before the noun that ends at `end` a 1? Words may stand between ("1 standard
 * error(s)"), but no other clause. */
static bool one(const char *text, const char *end) {
    const char *at = end;
    while (at > text && !isdigit((unsigned char)at[-1]) && !strchr(",;:()", at[-1])) at--;
    return at > text && at[-1] == '1' && *at == ' ' &&
           (at - 1 == text || !strchr("0123456789.+-", at[-2]));
}

void plural_set(char *text) {
    char *to = text;
    for (const char *from = text; *from;) {
        const bool mark = from > text + 1 && strncmp(from, "(s)", 3) == 0 &&
                          isalpha((unsigned char)from[-1]) && isalpha((unsigned char)from[-2]);
        if (!mark) {
            *to++ = *from++;
            continue;
        }
        *to = '\0';
        if (!one(text, to)) *to++ = 's';
        from += 3;
    }
    *to = '\0';
}
