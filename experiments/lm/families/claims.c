#include "families.h"

#define PARAMETERS families

/* Single precision: 6e-8 an operation, sums of tens of terms through two to four layers. The
 * numbers in the files are exact in every kind. */
#define ROUNDING 1e-4

CLAIM(logits, "LM.families-logits", CONTRACT,
      "A network in any published family's files, opened here, gives the logits of the family's "
      "definition: in one pass, token by token from the cache, and in blocks into it.",
      "a logit is off by more than {bound} of the largest", .bound = ROUNDING) {
    double off = WORST(run, opened, logits);
    keep_larger(&off, WORST(run, opened, decoded));
    keep_larger(&off, WORST(run, opened, prefilled));
    return verdict_at_most(v, off, v->bound, "worst of %zu files, F32, F16 and BF16",
                           ROWS(run, opened));
}

CLAIM(rewritten, "LM.families-rewritten", CONTRACT,
      "A network that was opened and written again in its family's form (llama2.c's as LLaMA) "
      "still gives these logits.",
      "a logit is off by more than {bound} of the largest", .bound = ROUNDING) {
    struct tally off = {NOTHING_YET, 0};
    EACH_ROW (run, opened, r) {
        if (isnan(r->again)) continue; /* not written anew */
        tally_worst(&off, r->again);
    }
    return verdict_at_most(v, off.n ? off.value : INFINITY, v->bound, "worst of %zu networks",
                           off.n);
}

CLAIM(control, "LM.families-control", CONTRACT,
      "The comparison sees a wrong reading: other pairs of rotary coordinates, another offset, "
      "window, order of blocks or scale move a logit by {bound} of the largest and more.",
      "one of these moves it by less", .bound = 100 * ROUNDING) {
    return verdict_at_least(v, LEAST(run, opened, control), v->bound,
                            "least of %zu false definitions", ROWS(run, opened));
}

CLAIM(in_place, "LM.families-in-place", CONTRACT,
      "Matrices stay in the file as they are stored; those at odd bytes, which no processor is "
      "bound to read, are copied.",
      "a byte of a matrix is copied without need, or used where it may not be") {
    return verdict_at_most(v, WORST_GAP(run, opened, mapped, matrices), 0,
                           "bytes, largest difference of %zu files", ROWS(run, opened));
}

CLAIM(refused, "LM.families-refused", CONTRACT,
      "A file that is not what its config says, or asks for what the engine has not, is refused.",
      "a damaged file is opened") {
    return verdict_at_most(v, SUM(run, refused, opened), 0, "opened, of %zu damaged files",
                           ROWS(run, refused));
}

const struct check *const families_claims[] = {&logits,   &rewritten, &control,
                                               &in_place, &refused,   NULL};
