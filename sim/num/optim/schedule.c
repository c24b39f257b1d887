#include "schedule.h"

#include <math.h>

double attndyn_schedule_factor(const struct attndyn_schedule *s, uint64_t step) {
    if (step < s->warmup) return (double)(step + 1) / (double)s->warmup;
    uint64_t done = step - s->warmup, length = s->total > s->warmup ? s->total - s->warmup : 1;
    double part = done < length ? (double)done / (double)length : 1;
    switch (s->kind) {
    case ATTNDYN_SCHEDULE_CONSTANT:
        return 1;
    case ATTNDYN_SCHEDULE_COSINE:
        return s->floor + (1 - s->floor) * 0.5 * (1 + cos(3.14159265358979323846 * part));
    case ATTNDYN_SCHEDULE_LINEAR:
        return s->floor + (1 - s->floor) * (1 - part);
    case ATTNDYN_SCHEDULE_STEP:
        return pow(s->gamma, (double)(done / (s->every ? s->every : 1)));
    }
    return 1;
}

double attndyn_plateau_see(struct attndyn_plateau *p, double loss) {
    if (p->factor == 0) p->factor = 1;
    if (!p->seen || loss < p->best) {
        p->best = loss;
        p->seen = true;
    } else {
        p->factor /= p->divide_by;
    }
    return p->factor;
}
