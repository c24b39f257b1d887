#include "ledger.h"

#define STATED(code, where, of) {.id = code, .place = where, .statement = of},
#define FOUND(code, where, words, by) {.id = code, .place = where, .what = words, .checks = by},
#define NO_CLAIM(code, where, reason) {.id = code, .place = where, .why = reason},
static const struct ledger_entry entries[] = {
#include "experiments/statements/ledger.def"
};

size_t ledger_count(void) {
    return sizeof entries / sizeof *entries;
}

const struct ledger_entry *ledger_at(size_t index) {
    return &entries[index];
}

#define WITHDRAWN(code, sentence, reason, by, otherwise)                                           \
    {.id = code, .said = sentence, .why = reason, .checks = by, .now = otherwise},
static const struct withdrawn_entry withdrawn[] = {
#include "experiments/statements/withdrawn.def"
};

size_t withdrawn_count(void) {
    return sizeof withdrawn / sizeof *withdrawn;
}

const struct withdrawn_entry *withdrawn_at(size_t index) {
    return &withdrawn[index];
}
