#include "statement.h"

#include "experiments/statements/statements.h"

#include <math.h>

#define STATEMENT(name) &statement_##name,
static const struct statement *const statements[] = {
#include "experiments/statements/statements.def"
    NULL};
#undef STATEMENT

size_t statements_count(void) {
    return sizeof statements / sizeof *statements - 1;
}

const struct statement *statements_at(size_t index) {
    return statements[index];
}

const char *origin_name(enum origin origin) {
    static const char *const names[ORIGINS] = {"", "paper", "talk", "derived", "contract"};
    return names[origin];
}

struct facts facts_unknown(void) {
#define UNKNOWN(name, words) .name = NAN,
    return (struct facts){FACTS(UNKNOWN)};
#undef UNKNOWN
}

const struct hypothesis *statement_outside(const struct statement *statement,
                                           const struct facts *facts, char *said, size_t room) {
    for (const struct hypothesis *const *h = statement->hypotheses; h && *h; h++) {
        enum met met = (*h)->met(facts, said, room);
        if (met == HYPOTHESIS_UNKNOWN) snprintf(said, room, "it is not known");
        if (met != HYPOTHESIS_MET) return *h;
    }
    return NULL;
}
