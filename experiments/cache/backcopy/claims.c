#include "backcopy.h"

#include "experiments/cache/shared/effect.h"

#include <string.h>

#define PARAMETERS backcopy

#define BACKCOPY_PAPER PAPER("Guo et al. (arXiv 2410.13835)", "section 2")

/* The last row of each seed's course. */
static bool ended(const struct trial *run, const struct backcopy *p, const char *variant,
                  size_t seed, struct course *end) {
    bool found = false;
    EACH_ROW (run, course, r)
        if (r->seed == (long)p->seeds.at[seed] && strcmp(r->variant, variant) == 0)
            *end = *r, found = true;
    return found;
}

static double part_of(const struct trial *run, const struct backcopy *p, const char *variant,
                      size_t seed, double (*of)(const struct parts *)) {
    EACH_ROW (run, parts, r)
        if (r->seed == (long)p->seeds.at[seed] && strcmp(r->variant, variant) == 0) return of(r);
    return NAN;
}

CLAIM(sink, "CACHE.backcopy-sink", BACKCOPY_PAPER, "With nothing to copy the head attends to BOS.",
      "a network's queries that are no trigger give it less than {percent} of their attention",
      .bound = 0.25) {
    double least = INFINITY;
    for (size_t i = 0; i < p->seeds.count; i++) {
        struct course end;
        if (ended(run, p, "excluded", i, &end)) keep_smaller(&least, end.other_first);
    }
    return verdict_at_least(v, least, v->bound, "least of %zu seed(s)", p->seeds.count);
}

CLAIM(active, "CACHE.backcopy-active", BACKCOPY_PAPER,
      "Triggers do not attend to BOS: at them the head is active, at all other tokens it is "
      "dormant.",
      "the others give it less than {bound} times the attention of triggers", .bound = 5) {
    double least = INFINITY;
    for (size_t i = 0; i < p->seeds.count; i++) {
        struct course end;
        if (ended(run, p, "excluded", i, &end))
            keep_smaller(&least, end.other_first / end.trigger_first);
    }
    return verdict_at_least(v, least, v->bound, "least of %zu seed(s)", p->seeds.count);
}

static double drained(const struct parts *r) {
    return r->value_first / r->value_others;
}
CLAIM(drain, "CACHE.backcopy-drain", BACKCOPY_PAPER,
      "The value at the sink is small, so that a dormant head adds next to nothing.",
      "its norm is above {percent} of the other tokens' mean", .bound = 0.5) {
    double most = NOTHING_YET;
    for (size_t i = 0; i < p->seeds.count; i++)
        worst(&most, part_of(run, p, "excluded", i, drained));
    return verdict_at_most(v, most, v->bound, "most of %zu seed(s)", p->seeds.count);
}

CLAIM(window, "CACHE.backcopy-window", DERIVED,
      "A window without BOS fails where the head is dormant: its attention has to go elsewhere.",
      "its excess over four sinks is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    return effect_excess(v, EXCESS_OF(run, streams, variant, "excluded", "window"));
}

static enum attndyn_status share(const struct trial *run, struct verdict *v, struct effect x,
                                 const char *what) {
    return effect_share(v, positive_part(fabs(x.mean) - 2 * x.error), x, what,
                        EXCESS_OF(run, streams, variant, "excluded", "window"), "the window's");
}
CLAIM(cure, "CACHE.backcopy-cure", DERIVED, "With BOS kept beside it, a window does not fail.",
      "the excess of one sink is more than {percent} of the window's", .bound = 0.25) {
    return share(run, v, EXCESS_OF(run, streams, variant, "excluded", "one-sink"),
                 "excess of one sink");
}
CLAIM(control_window, "CACHE.backcopy-control-window", DERIVED,
      "In the control, trained without BOS, a window does not fail.",
      "its excess is more than {percent} of that with BOS", .bound = 0.25) {
    return share(run, v, EXCESS_OF(run, streams, variant, "no-bos", "window"),
                 "excess of the control's window");
}

CLAIM(control, "CACHE.backcopy-control", DERIVED,
      "Trained without BOS the head has no sink in its first token.",
      "the control's attention to it is more than {percent} of that to BOS", .bound = 0.25) {
    double most = NOTHING_YET;
    for (size_t i = 0; i < p->seeds.count; i++) {
        struct course with, without;
        if (ended(run, p, "excluded", i, &with) && ended(run, p, "no-bos", i, &without))
            worst(&most, without.other_first / with.other_first);
    }
    return verdict_at_most(v, most, v->bound, "most of %zu seed(s)", p->seeds.count);
}

CLAIM(self, "CACHE.backcopy-self", DERIVED,
      "A query that may see itself puts a part of its attention there, and less on BOS.",
      "it gives BOS more than {percent} of what it gives with itself excluded", .bound = 0.95) {
    double most = NOTHING_YET, self_ = 0;
    for (size_t i = 0; i < p->seeds.count; i++) {
        struct course with, without;
        if (!ended(run, p, "excluded", i, &without) || !ended(run, p, "included", i, &with))
            continue;
        worst(&most, with.other_first / without.other_first);
        self_ += with.other_self / (double)p->seeds.count;
    }
    return verdict_at_most(v, most, v->bound,
                           "attention to BOS over that with self excluded, most "
                           "of %zu seed(s); to itself %.3f",
                           p->seeds.count, self_);
}

/* First and last row of the flow. */
static void ends(const struct trial *run, struct flow *first, struct flow *last) {
    size_t n = ROWS(run, flow);
    ROW(run, flow, 0, first);
    ROW(run, flow, n - 1, last);
}

CLAIM(flow_back, "CACHE.backcopy-flow-copies", DERIVED,
      "Scan&Snap's flow on the same statistics moves the attention of triggers to the token that "
      "is copied, and off BOS, which is common to all classes.",
      "it ends with less attention on the copied token than {bound} times that at the start, or "
      "with no less on BOS",
      .bound = 1.1) {
    struct flow a, b;
    ends(run, &a, &b);
    if (!(b.trigger_first < a.trigger_first))
        return verdict_at_least(v, 0, v->bound,
                                "attention of triggers to BOS rises from %.4f to "
                                "%.4f",
                                a.trigger_first, b.trigger_first);
    return verdict_at_least(v, b.trigger_back / a.trigger_back, v->bound,
                            "copied token: %.4f to %.4f; BOS: %.4f to %.4f", a.trigger_back,
                            b.trigger_back, a.trigger_first, b.trigger_first);
}

CLAIM(flow_sink, "CACHE.backcopy-flow-no-sink", DERIVED,
      "The flow has no sink: where there is nothing to copy, attention to BOS does not rise. "
      "The theory describes the active half of the head, not the dormant one.",
      "it ends above its start") {
    struct flow a, b;
    ends(run, &a, &b);
    /* the solver's error moves an attention by some rtol of it */
    return verdict_at_most(v, positive_part(b.other_first / a.other_first - 1), 1e3 * p->rtol,
                           "%.5f at the start, %.5f at t = %g", a.other_first, b.other_first, b.t);
}

const struct check *const backcopy_claims[] = {
    &sink,           &active, &drain,     &window,    &cure, &control,
    &control_window, &self,   &flow_back, &flow_sink, NULL};
