/* What a check came to over the runs with several seeds. */
#include "seeds.h"

#include <math.h>

struct over_seeds seeds_of(const struct seeds *s, size_t experiment, size_t check) {
    struct over_seeds o = {.least = NAN, .most = NAN};
    for (size_t k = 0; k < s->made[experiment]; k++) {
        const struct run *run = &s->runs[experiment * s->seeds + k];
        if (!run->verdicts) continue;
        const struct verdict *v = &run->verdicts[check];
        o.runs++;
        o.verdicts[v->kind]++;
        o.least = fmin(o.least, v->measured);
        o.most = fmax(o.most, v->measured);
        o.fails |= v->kind == VERDICT_FAILS && !(run->known && run->known[check]);
    }
    for (int kind = 0; kind < VERDICT_KINDS; kind++)
        o.flips |= o.verdicts[kind] > 0 && o.verdicts[kind] < o.runs;
    return o;
}
