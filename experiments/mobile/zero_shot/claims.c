#include "zero_shot.h"

#include <string.h>

#define PARAMETERS zero_shot

/* What the table `bare` has of a choice; NaN: nothing. Both tables have the same order: *at is
 * where it was found, and where the next search begins. */
static double bare_of(const struct trial *run, const struct choice_row *choice, size_t *at) {
    struct bare_row r;
    for (size_t i = *at; i < ROWS(run, bare_row); i++) {
        ROW(run, bare_row, i, &r);
        if (r.item != choice->item || r.choice != choice->choice ||
            strcmp(r.task, choice->task) != 0)
            continue;
        *at = i;
        return r.log_likelihood;
    }
    return NAN;
}

/* The table of choices judged again. */
CLAIM(judged, "MOBILE.zero-shot-judged", CONTRACT,
      "acc, acc_norm and acc_bare follow from the tables of choices: an item is right where the "
      "first choice of greatest log-likelihood is; of greatest log-likelihood per character; of "
      "greatest log-likelihood less that behind the bare context.",
      "a task's share differs from what the table gives") {
    struct tally off = {NOTHING_YET, 0};
    EACH_ROW (run, task_row, t) {
        double right = 0, right_norm = 0, right_bare = 0, best = -INFINITY, best_norm = -INFINITY,
               best_bare = -INFINITY;
        bool is_right = false, is_right_norm = false, is_right_bare = false,
             choices = !isnan(t->chance);
        long item = -1;
        size_t bare = 0;
        if (!choices) continue;
        EACH_ROW (run, choice_row, r) {
            if (strcmp(r->task, t->task) != 0) continue;
            if (r->item != item) {
                right += is_right, right_norm += is_right_norm, right_bare += is_right_bare;
                item = r->item, best = best_norm = best_bare = -INFINITY;
            }
            double x = r->log_likelihood, y = x / (double)r->characters,
                   z = x - bare_of(run, r, &bare);
            if (x > best) best = x, is_right = r->choice == r->gold;
            if (y > best_norm) best_norm = y, is_right_norm = r->choice == r->gold;
            if (z > best_bare) best_bare = z, is_right_bare = r->choice == r->gold;
        }
        right += is_right, right_norm += is_right_norm, right_bare += is_right_bare;
        worst(&off.value, right / (double)t->items - t->acc);
        if (*p->bare) worst(&off.value, right_bare / (double)t->items - t->acc_bare);
        tally_worst(&off, right_norm / (double)t->items - t->acc_norm);
    }
    if (off.n == 0) return verdict_skip(v, "no task with choices");
    return verdict_at_most(v, off.value, 0, "%zu task(s)", off.n);
}

CLAIM(learnt, "MOBILE.zero-shot-learnt", CONTRACT,
      "The small network answers questions about its text better than chance.",
      "its share is not {bound} standard errors above 1/6", .bound = 4) {
    struct task_row t;
    if (*p->model || *p->tasks) return verdict_skip(v, "of the small network alone");
    ROW(run, task_row, 0, &t);
    return verdict_at_least(v, scoring_above_chance(t.acc, t.chance, t.items), v->bound,
                            "acc %.3g of %ld items", t.acc, t.items);
}

const struct check *const zero_shot_claims[] = {&judged, &learnt, NULL};
