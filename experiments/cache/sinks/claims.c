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
        struct sample seed = {0};
        EACH_ROW (run, streams, a) {
            double x = a->first - a->uniform;
            if (a->seed != sinks_seed(p, s) || strcmp(a->variant, variant) != 0) continue;
            if (other) {
                x = NAN;
                EACH_ROW (run, streams, b)
                    if (b->seed == a->seed && b->stream == a->stream &&
                        strcmp(b->variant, other) == 0)
                        x = a->first - b->first;
            }
            sample_add(&seed, x);
        }
        effect_add_sample(&all, &seed);
    }
    return effect_mean(&all);
}

static enum attndyn_status drawn(struct verdict *v, struct effect x) {
    return verdict_at_least(v, x.mean / x.error, v->bound,
                            "%.4f +- %.4f of the attention, paired by sequence, %zu seed(s)",
                            x.mean, x.error, x.seeds);
}
CLAIM(bos, "CACHE.sink-bos", DERIVED,
      "A network that always read BOS first attends to it, more than its control without BOS "
      "attends to its first token.",
      "the difference is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    return drawn(v, over(run, p, "bos", "plain"));
}

static enum attndyn_status above_uniform(struct verdict *v, struct effect x) {
    return verdict_at_most(v, positive_part(x.mean / x.error), v->bound,
                           "%.4f +- %.4f above uniform, %zu seed(s)", x.mean, x.error, x.seeds);
}
CLAIM(control, "CACHE.sink-control", DERIVED,
      "Trained on windows that begin anywhere, a small network has no sink in its first token.",
      "its attention to it exceeds uniform attention by more than {bound} standard errors",
      .bound = STANDARD_ERRORS) {
    return above_uniform(v, over(run, p, "plain", NULL));
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
    return x.seeds ? drawn(v, x) : verdict_skip(v, "kinds=false: not trained");
}
CLAIM(off_by_one, "CACHE.sink-off-by-one", DERIVED,
      "Off-by-one softmax does not remove the sink in BOS: a head that may leave attention "
      "unspent still attends to a token that is always there.",
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

#define TABLE_OF_SINKS PAPER("StreamingLLM (arXiv 2309.17453)", "section 3.3 and table 3")

CLAIM(token, "CACHE.sink-token", TABLE_OF_SINKS,
      "A token of its own that is trained before every sequence becomes the sink: it draws more "
      "attention than the first token does without it.",
      "the difference is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    return kind(run, p, v, "sink-token", "plain");
}

static struct effect cached(const struct trial *run, const char *variant, long sinks) {
    struct effect x = {0, 0, 0};
    EACH_ROW (run, caches, r)
        if (strcmp(r->variant, variant) == 0 && r->sinks == sinks)
            effect_add(&x, r->excess, r->error);
    return effect_mean(&x);
}

static enum attndyn_status share_of_window(const struct trial *run, struct verdict *v,
                                           struct effect x, const char *what) {
    return effect_share(v, x.mean - 2 * x.error, x, what, cached(run, "sink-token", 0),
                        "loss of a window without the token");
}
CLAIM(suffices, "CACHE.sink-token-suffices", TABLE_OF_SINKS,
      "In a network that was trained with a sink token, a window needs that token alone beside "
      "it.",
      "keeping four first tokens instead gains more than {percent} of what a window without any "
      "loses",
      .bound = 0.25) {
    struct effect four = cached(run, "sink-token", 4);
    four.mean = -four.mean;
    return share_of_window(run, v, four, "gain of four first tokens:");
}
CLAIM(unneeded, "CACHE.sink-token-control", DERIVED,
      "A network that was trained with nothing before its text needs no sink: its window does "
      "not fail.",
      "the control's window costs more than {percent} of what it costs with a sink token",
      .bound = 0.25) {
    return share_of_window(run, v, cached(run, "plain", 0), "loss of the control's window:");
}

CLAIM(zero, "CACHE.sink-zero", DERIVED,
      "Off-by-one softmax (a zero sink) makes no sink of a first token that is an ordinary one.",
      "attention to it exceeds uniform attention by more than {bound} standard errors",
      .bound = STANDARD_ERRORS, .unjudged = "quick") {
    const struct effect x = over(run, p, "zero-sink", NULL);
    return x.seeds ? above_uniform(v, x) : verdict_skip(v, "kinds=false: not trained");
}

CLAIM(before, "CACHE.sink-before-bos", DERIVED,
      "Where a sink token and BOS both stand before the text, they share the sink; which of "
      "them has more depends on the seed.",
      "together they draw more than the control's first two tokens by less than {bound} standard "
      "errors",
      .bound = STANDARD_ERRORS, .unjudged = "quick") {
    struct effect all = {0, 0, 0};
    double first = 0, second = 0, count = 0;
    for (size_t s = 0; s < p->seeds.count; s++) {
        struct sample seed = {0};
        EACH_ROW (run, streams, a) {
            if (a->seed != sinks_seed(p, s) || strcmp(a->variant, "sink-and-bos") != 0) continue;
            EACH_ROW (run, streams, b) {
                if (b->seed != a->seed || b->stream != a->stream ||
                    strcmp(b->variant, "plain") != 0)
                    continue;
                sample_add(&seed, a->first + a->second - b->first - b->second);
            }
            first += a->first, second += a->second, count++;
        }
        effect_add_sample(&all, &seed);
    }
    if (all.seeds == 0) return verdict_skip(v, "kinds=false: not trained");
    const struct effect x = effect_mean(&all);
    return verdict_at_least(v, x.mean / x.error, v->bound,
                            "%.4f +- %.4f; the sink token has %.4f, BOS %.4f, means of %zu seed(s)",
                            x.mean, x.error, first / count, second / count, x.seeds);
}

/* The arm of a list that is farthest below the run's own value. */
static const char *farthest(const struct trial *run, const char *what, const struct reals *values,
                            double own) {
    double least = own;
    for (size_t i = 0; i < values->count; i++) keep_smaller(&least, values->at[i]);
    return least < own ? attndyn_format(run->ctx, "%s=%g", what, least) : NULL;
}
static enum attndyn_status weaker(const struct trial *run, const struct sinks *p, struct verdict *v,
                                  const char *what, const struct reals *values, double own) {
    const char *arm = farthest(run, what, values, own);
    if (!arm) return verdict_skip(v, "no %s below %g was trained", what, own);
    const struct effect x = over(run, p, "bos", arm);
    return verdict_at_least(v, x.mean / x.error, v->bound,
                            "%s: %.4f +- %.4f less of the attention, paired by sequence, %zu "
                            "seed(s)",
                            arm, x.mean, x.error, x.seeds);
}
CLAIM(rate, "CACHE.sink-rate", GU,
      "After as many updates the sink is weaker where the rate was smaller.",
      "the difference is below {bound} standard errors", .bound = STANDARD_ERRORS,
      .unjudged = "quick") {
    return weaker(run, p, v, "lr", &p->rates, p->lr);
}
/* What these do to the sink has another sign for another seed: two can tell that it is there. */
CLAIM(decayed, "CACHE.sink-decay", DERIVED,
      "A sink in BOS does not need weight decay: without it, it is there. In larger networks that "
      "others trained decay brings it forth (Gu et al.).",
      "it exceeds the control's by less than {bound} standard errors", .bound = STANDARD_ERRORS,
      .unjudged = "quick") {
    const char *arm = farthest(run, "decay", &p->decays, p->decay);
    if (!arm) return verdict_skip(v, "no decay below %g was trained", p->decay);
    return kind(run, p, v, arm, "plain");
}
CLAIM(amount, "CACHE.sink-data", DERIVED,
      "A sink in BOS does not need much data: a network that saw few lines, again and again, "
      "has it. A sink in a first token that is not BOS does need it (Gu et al.).",
      "it exceeds the control's by less than {bound} standard errors", .bound = STANDARD_ERRORS,
      .unjudged = "quick") {
    const char *arm = farthest(run, "lines", &p->amounts, (double)p->lines);
    if (!arm) return verdict_skip(v, "no lines below %ld were trained on", p->lines);
    return kind(run, p, v, arm, "plain");
}

CLAIM(named, "CACHE.sink-model", DERIVED,
      "The network that was named was trained on windows that begin anywhere, and has no sink in "
      "its first token.",
      "a layer gives it more than uniform attention", .bound = 1, .unjudged = "quick,short") {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, model_row, r) tally_larger(&most, r->first / r->uniform);
    if (most.n == 0) return verdict_skip(v, "model= names no network");
    return verdict_at_most(v, most.value, v->bound, "attention over uniform, most of %zu layers",
                           most.n);
}

const struct check *const sinks_claims[] = {&bos,      &control, &drain,  &token,      &suffices,
                                            &unneeded, &zero,    &before, &off_by_one, &sigmoid,
                                            &rate,     &decayed, &amount, &named,      NULL};
