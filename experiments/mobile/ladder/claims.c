#include "ladder.h"

#include <string.h>

#define PARAMETERS ladder

/* A paired effect counts from four standard errors on. */
#define STANDARD_ERRORS 4
#define LLM(place) PAPER("MobileLLM (arXiv 2402.14905)", place)

CLAIM(equal, "MOBILE.ladder-parameters", CONTRACT,
      "Every rung has as many weights as the first, embedding and decoder included: within "
      "{percent}.",
      "one has more or fewer", .bound = 0.03) {
    double most = NOTHING_YET;
    struct rungs first;
    ROW(run, rungs, 0, &first);
    EACH_ROW (run, rungs, r) worst(&most, (double)r->weights / (double)first.weights - 1);
    return verdict_at_most(v, most, v->bound, "%zu rungs of %ld weights", ROWS(run, rungs),
                           first.weights);
}

/* Updates are whole: half of one is what rounding leaves. */
CLAIM(operations, "MOBILE.ladder-operations", CONTRACT,
      "At equal operations every rung's training costs what the first one's does, to half an "
      "update.",
      "one costs more or less", .bound = 0.5) {
    double most = NOTHING_YET;
    struct rungs first;
    ROW(run, rungs, 0, &first);
    EACH_ROW (run, rungs, r)
        if (strcmp(r->equal, "operations") == 0)
            worst(&most, (double)r->updates - first.flops * (double)first.updates / r->flops);
    return verdict_at_most(v, most, v->bound * (1 + 1e-9), "updates, %zu rows", ROWS(run, rungs));
}

CLAIM(plain, "MOBILE.ladder-heads", DERIVED,
      "Grouped heads are plain attention with keys and values repeated; with kv_heads = heads they "
      "are plain attention itself.",
      "a logit is off by more than {bound} of the largest", .bound = 1e-5) {
    struct summary s = summary_of(run);
    /* the maps' products are cut differently, so single precision rounds differently */
    return verdict_at_most(v, larger_of(s.plain, s.grouped), v->bound,
                           "kv_heads = heads: %g; grouped: %g", s.plain, s.grouped);
}

CLAIM(gradients, "MOBILE.ladder-gradients", DERIVED,
      "On the rungs that use weights twice a gradient is the sum over the uses: of the embedding "
      "and the decoder, of a block at its depths.",
      "a number is off by more than {bound} of the largest", .bound = 1e-4) {
    struct summary s = summary_of(run);
    return verdict_at_most(v, larger_of(s.tied, s.shared), v->bound, "tied %g, shared %g", s.tied,
                           s.shared);
}

CLAIM(shapes, "MOBILE.ladder-shapes", CONTRACT,
      "Each rung changes what its name says: deeper has more layers of less width; tying the "
      "decoder leaves the width and costs no layer; grouping leaves both and has more hidden "
      "units; sharing leaves all weights and passes every block again.",
      "a rung changes something else") {
    struct rungs r[6];
    double wrong = 0;
    for (size_t i = 0; i < 6; i++) ROW(run, rungs, i, &r[i]);
    wrong += r[1].width != r[0].width || r[1].depth != r[0].depth;
    wrong += r[2].depth <= r[1].depth || r[2].width >= r[1].width;
    wrong += r[3].width != r[2].width || r[3].depth < r[2].depth;
    wrong += r[4].depth != r[3].depth || r[4].width != r[3].width ||
             (p->kv_heads < p->heads && r[4].hidden <= r[3].hidden);
    wrong += r[5].weights != r[4].weights || r[5].depth != p->times * r[4].depth;
    return verdict_at_most(v, wrong, 0, "of 5 steps");
}

/* Judged only if the networks have learnt something; the rule was fixed before the values were
 * seen. */
CLAIM(climbs, "MOBILE.ladder-climbs", LLM("section 2"),
      "The ladder pays: at equal parameters the last rung has a smaller loss than the first.",
      "paired by seed, its loss is larger by {bound} standard errors; a smaller difference is "
      "not resolved",
      .bound = STANDARD_ERRORS, .unjudged = "quick,short") {
    if (p->updates < 400 || p->seeds.count < 2)
        return verdict_skip(v, "needs two seeds and 400 updates");
    struct rungs last;
    ROW(run, rungs, 5, &last);
    double x = last.all / last.all_error;
    if (fabs(x) < v->bound)
        return verdict_skip(v, "not seen at this scale: gain %.4f +- %.4f nats a byte", last.all,
                            last.all_error);
    return verdict_at_least(v, x, v->bound, "gain %.4f +- %.4f nats a byte over %zu seeds",
                            last.all, last.all_error, p->seeds.count);
}

const struct check *const ladder_claims[] = {&equal,  &operations, &plain, &gradients,
                                             &shapes, &climbs,     NULL};
