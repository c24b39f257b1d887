#include "sinks.h"

#include "experiments/cache/shared/effect.h"

#include <string.h>

#define PARAMETERS sinks

#define GU PAPER("Gu et al. (arXiv 2410.10781)", "sections 3 to 7")

/* Attention of a variant's sequences to their first token less that of another, paired by place in
 * the text, over all seeds; NULL: less uniform attention. */
static struct effect over(const struct trial *run, const struct sinks *p, const char *variant,
                          const char *other) {
    struct effect all = {0, 0, 0};
    for (size_t s = 0; s < p->seeds.count; s++) {
        double sum = 0, square = 0, n = 0;
        EACH_ROW (run, streams, a) {
            double x = a->first - a->uniform;
            if (a->seed != (long)p->seeds.at[s] || strcmp(a->variant, variant) != 0) continue;
            if (other) {
                x = NAN;
                EACH_ROW (run, streams, b)
                    if (b->seed == a->seed && b->stream == a->stream &&
                        strcmp(b->variant, other) == 0)
                        x = a->first - b->first;
            }
            sum += x, square += x * x, n++;
        }
        if (n < 2) continue;
        const double mean = sum / n;
        effect_add(&all, mean, sqrt(fmax(0, square / n - mean * mean) / (n - 1)));
    }
    return effect_mean(&all);
}

CLAIM(bos, "CACHE.sink-bos", DERIVED,
      "A network that always read BOS first attends to it, more than its control without BOS "
      "attends to its first token.",
      "the difference is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    const struct effect x = over(run, p, "bos", "plain");
    return verdict_at_least(v, x.mean / x.error, v->bound,
                            "%.4f +- %.4f of the attention, paired by sequence, %zu seed(s)",
                            x.mean, x.error, x.seeds);
}

CLAIM(control, "CACHE.sink-control", DERIVED,
      "Trained on windows that begin anywhere, a small network has no sink in its first token.",
      "its attention to it exceeds uniform attention by more than {bound} standard errors",
      .bound = STANDARD_ERRORS) {
    const struct effect x = over(run, p, "plain", NULL);
    return verdict_at_most(v, fmax(0, x.mean / x.error), v->bound,
                           "%.4f +- %.4f above uniform, %zu seed(s)", x.mean, x.error, x.seeds);
}

/* The layer that attends most to BOS, and its norms; means over seeds. */
static bool strongest(const struct trial *run, long *layer, struct norms *at) {
    double most = -1;
    *at = (struct norms){0};
    for (size_t l = 0;; l++) {
        double first = 0, n = 0;
        long last = 0;
        EACH_ROW (run, course, r)
            if (strcmp(r->variant, "bos") == 0 && r->update > last) last = r->update;
        EACH_ROW (run, course, r)
            if (strcmp(r->variant, "bos") == 0 && r->update == last && r->layer == (long)l)
                first += r->first, n++;
        if (n == 0) break;
        if (first / n > most) most = first / n, *layer = (long)l;
    }
    double n = 0;
    EACH_ROW (run, norms, r) {
        if (strcmp(r->variant, "bos") != 0 || r->layer != *layer) continue;
        at->key_first += r->key_first, at->key_others += r->key_others;
        at->value_first += r->value_first, at->value_others += r->value_others;
        n++;
    }
    return n > 0;
}

CLAIM(drain, "CACHE.sink-drain", GU,
      "The sink's value is shorter than the others': attention is parked where it adds little.",
      "in the layer that attends most to BOS it is as long as their mean", .bound = 1) {
    struct norms n;
    long layer = 0;
    if (!strongest(run, &layer, &n)) return verdict_skip(v, "no layer was looked at");
    return verdict_at_most(v, n.value_first / n.value_others, v->bound,
                           "layer %ld: values %.3f; keys %.3f of the others'", layer,
                           n.value_first / n.value_others, n.key_first / n.key_others);
}

static enum attndyn_status kind(const struct trial *run, const struct sinks *p, struct verdict *v,
                                const char *variant, const char *less) {
    const struct effect x = over(run, p, variant, less);
    if (x.seeds == 0) return verdict_skip(v, "kinds=false: not trained");
    return verdict_at_least(v, x.mean / x.error, v->bound,
                            "%.4f +- %.4f of the attention, paired by sequence, %zu seed(s)",
                            x.mean, x.error, x.seeds);
}
CLAIM(off_by_one, "CACHE.sink-off-by-one", DERIVED,
      "Off-by-one softmax does not remove the sink in BOS: what a head can leave unspent is no "
      "reason to leave a token that is always there.",
      "it exceeds the control's by less than {bound} standard errors", .bound = STANDARD_ERRORS,
      .unjudged = "quick") {
    return kind(run, p, v, "off-by-one", "plain");
}
CLAIM(sigmoid, "CACHE.sink-sigmoid", DERIVED,
      "Sigmoid attention need not spend anything, and prefers BOS all the same: divided by its sum "
      "it has the sink that softmax has. Larger networks that others trained with it have none "
      "(Gu et al.).",
      "it exceeds the control's by less than {bound} standard errors", .bound = STANDARD_ERRORS,
      .unjudged = "quick") {
    return kind(run, p, v, "sigmoid", "plain");
}

CLAIM(named, "CACHE.sink-model", DERIVED,
      "The network that was named was trained on windows that begin anywhere, and has no sink in "
      "its first token.",
      "a layer gives it more than uniform attention", .bound = 1, .unjudged = "quick,short") {
    double most = 0;
    size_t n = 0;
    EACH_ROW (run, model_row, r) keep_larger(&most, r->first / r->uniform), n++;
    if (n == 0) return verdict_skip(v, "model= names no network");
    return verdict_at_most(v, most, v->bound, "attention over uniform, most of %zu layers", n);
}

const struct check *const sinks_claims[] = {&bos,     &control, &drain, &off_by_one,
                                            &sigmoid, &named,   NULL};
