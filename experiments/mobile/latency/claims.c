#include "latency.h"

#include <string.h>

#define PARAMETERS latency

CLAIM(lru, "MOBILE.traffic-by-distance", DERIVED,
      "Simulated access by access, a least-recently-used cache lets through what stack "
      "distances say, to the byte, for every scheme and size.",
      "the two counts of bytes differ") {
    double off = NOTHING_YET;
    EACH_ROW (run, traffic, r) worst(&off, (r->memory - r->distance) / r->read);
    return verdict_at_most(v, off, 1e-12, "largest difference over the bytes read, %zu cases",
                           ROWS(run, traffic));
}

static double memory_of(const struct trial *run, double cache, const char *scheme) {
    EACH_ROW (run, traffic, r)
        if (r->cache == cache && strcmp(r->scheme, scheme) == 0) return r->memory;
    return NAN;
}

CLAIM(immediate, "MOBILE.immediate-reuse", PAPER("MobileLLM (arXiv 2402.14905)", "section 3.1"),
      "Where the cache holds a block and not all of them, blocks that are used several times in a "
      "row cost the memory traffic of one use; repeated all over, that of every use.",
      "immediate sharing reads more than the unshared network from memory, or repeat less than "
      "the deep one") {
    double off = NOTHING_YET;
    size_t cases = 0;
    struct summary s = summary_of(run);
    for (size_t c = 0; c < p->caches.count; c++) {
        double cache = p->caches.at[c];
        if (cache < s.block || cache >= (double)p->blocks * s.block) continue;
        worst(&off, memory_of(run, cache, "immediate") / memory_of(run, cache, "unique") - 1);
        worst(&off, memory_of(run, cache, "repeat") / memory_of(run, cache, "deep") - 1);
        cases++;
    }
    if (cases == 0) return verdict_skip(v, "no cache holds a block and not all of them");
    return verdict_at_most(v, off, 1e-12, "%zu caches between %.3g and %.3g MB", cases, s.block,
                           (double)p->blocks * s.block);
}

CLAIM(nothing_won, "MOBILE.cached-nothing-won", DERIVED,
      "Where the cache holds the whole network, sharing saves no memory traffic: there is none to "
      "save, and every scheme of the same depth takes the same time.",
      "schemes of one depth differ where all of their weights fit") {
    double off = NOTHING_YET;
    size_t cases = 0;
    struct summary s = summary_of(run);
    double all = (double)(p->blocks * p->times) * s.block + s.decoder;
    for (size_t c = 0; c < p->caches.count; c++) {
        if (p->caches.at[c] < all) continue;
        for (size_t scheme = 0; scheme < SCHEMES; scheme++)
            worst(&off, memory_of(run, p->caches.at[c], scheme_names[scheme]));
        cases++;
    }
    if (cases == 0) return verdict_skip(v, "no cache holds %.4g MB", all);
    return verdict_at_most(v, off, 0, "MB from memory, %zu caches of %.4g MB and more", cases, all);
}

CLAIM(
    excess, "MOBILE.immediate-excess", DERIVED,
    "Immediate sharing takes longer than the unshared network by what the later uses of its blocks "
    "cost at the cache's rate, and by nothing else; for the talk's 16.0 ms against 15.6 ms the "
    "cache would have to be some thirty times as fast as memory.",
    "the measured excess over the unshared network's time is another") {
    struct summary s = summary_of(run);
    double off = NOTHING_YET, blocks = (double)p->blocks * s.block;
    double expected =
        (double)(p->times - 1) * blocks / p->cache_rate / ((blocks + s.decoder) / p->memory_rate);
    size_t cases = 0;
    for (size_t c = 0; c < p->caches.count; c++) {
        double cache = p->caches.at[c], time[2] = {0};
        if (cache < s.block || cache >= blocks) continue;
        EACH_ROW (run, traffic, r) {
            if (r->cache != cache) continue;
            if (strcmp(r->scheme, "unique") == 0) time[0] = r->time;
            if (strcmp(r->scheme, "immediate") == 0) time[1] = r->time;
        }
        worst(&off, time[1] / time[0] - 1 - expected);
        cases++;
    }
    if (cases == 0) return verdict_skip(v, "no cache holds a block and not all of them");
    return verdict_at_most(v, off, 1e-12,
                           "excess %.3f of the unshared time at these rates; rates of the slide: "
                           "%.3g to one",
                           expected, s.slide_rates);
}

CLAIM(
    measured, "MOBILE.latency-immediate", PAPER("MobileLLM (arXiv 2402.14905)", "section 3.1"),
    "On this machine, where the last cache holds a block and not all of them, blocks used several "
    "times in a row decode faster than as many different ones.",
    "of the ratios of times within a round the upper quartile is above {bound}", .bound = 1,
    .unjudged = "quick,short") {
    const double cache = summary_of(run).last_cache;
    double most = NOTHING_YET, middle = NOTHING_YET, inside = NAN;
    size_t judged = 0;
    if (p->rounds == 0) return verdict_skip(v, "no clock: rounds=0");
    EACH_ROW (run, slide, r) {
        if (!strstr(r->scheme, "immediate")) continue;
        if (strcmp(r->size, "inside") == 0) inside = r->over_deep;
        if (r->beyond <= 2 || r->block > cache / 2) continue;
        keep_larger(&most, r->over_high);
        keep_larger(&middle, r->over_deep);
        judged++;
    }
    if (judged == 0)
        return verdict_skip(v,
                            "no network whose blocks are more than twice the last cache of %.3g MB "
                            "and of which it holds two: where all stays in it there is no memory "
                            "traffic to save (inside: %.2f of the time of different blocks)",
                            cache, inside);
    return verdict_at_most(
        v, most, v->bound,
        "%zu size(s) beyond the last cache of %.3g MB, the median at most %.3f; inside it, where "
        "there is nothing to save, %.2f",
        judged, cache, middle, inside);
}

const struct check *const latency_claims[] = {&lru,    &immediate, &nothing_won,
                                              &excess, &measured,  NULL};
