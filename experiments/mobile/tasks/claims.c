#include "tasks.h"

#include "experiments/mobile/shared/scoring.h"

#include <string.h>

#define PARAMETERS tasks

CLAIM(mean, "MOBILE.tasks-mean", CONTRACT,
      "The row `mean` of a network averages its tasks with choices, each counted once.",
      "it differs from their average") {
    double off = NOTHING_YET, sum = 0, tasks = 0;
    EACH_ROW (run, shares, r) {
        if (strcmp(r->task, "mean") == 0) {
            worst(&off, r->acc - sum / tasks);
            sum = tasks = 0;
        } else if (!isnan(r->chance)) {
            sum += r->acc, tasks++;
        }
    }
    return verdict_at_most(v, off, 1e-12, "%zu rows", ROWS(run, shares));
}

CLAIM(chance, "MOBILE.tasks-above-chance", DERIVED,
      "The small network answers questions about its text better than chance; a share within two "
      "standard errors of chance would be none.",
      "its share is not {bound} standard errors above chance", .bound = 4) {
    struct shares r;
    if (*p->models || *p->tasks) return verdict_skip(v, "of the small network alone");
    ROW(run, shares, 0, &r);
    return verdict_at_least(v, scoring_above_chance(r.acc, r.chance, r.items), v->bound,
                            "acc %.3g, chance %.3g", r.acc, r.chance);
}

CLAIM(
    met, "MOBILE.tasks-published", PAPER("MobileLLM (arXiv 2402.14905)", "table 3"),
    "A published network, scored here over all items, meets its published row within {bound} "
    "standard errors of each task, by acc, acc_norm or acc_bare: the table does not say by which.",
    "a task is farther off", .bound = 4, .unjudged = "quick") {
    struct summary s = summary_of(run);
    if (isnan(s.worst_off)) return verdict_skip(v, "needs a published network: models=PATH");
    if (p->limit > 0) return verdict_skip(v, "stated for all items: limit=0");
    return verdict_at_most(v, s.worst_off, v->bound,
                           "largest distance from the published row, in standard errors");
}

const struct check *const tasks_claims[] = {&mean, &chance, &met, NULL};
