#include "streaming.h"

#include "experiments/cache/shared/effect.h"

#include <string.h>

#define PARAMETERS streaming

#define STREAMING_SLIDE TALK("the talk, StreamingLLM (arXiv 2309.17453), figure 1")

CLAIM(no_eviction, "CACHE.no-eviction", CONTRACT,
      "Where nothing leaves the cache, streaming is dense attention, bit for bit.",
      "a token's loss differs at all", .bound = 0) {
    return verdict_at_most(v, WORST(run, exact, no_eviction), v->bound,
                           "largest difference of a token's loss");
}

CLAIM(no_sinks, "CACHE.window-by-slots", CONTRACT,
      "A window is streaming without sinks, bit for bit.", "a token's loss differs at all",
      .bound = 0) {
    return verdict_at_most(v, WORST(run, exact, no_sinks), v->bound,
                           "largest difference of a token's loss");
}

CLAIM(
    two_routes, "CACHE.two-routes", CONTRACT,
    "The list of slots, token by token, the same in blocks, and one pass under masks give the same "
    "losses.",
    "they differ by more than {bound}, relative (single precision)", .bound = 1e-4) {
    double most = WORST(run, exact, routes);
    keep_larger(&most, WORST(run, exact, blocks));
    return verdict_at_most(v, most, v->bound, "largest relative difference of a token's loss");
}

static struct effect excess_of(const struct trial *run, const char *trained_, const char *scheme_) {
    return EXCESS_OF(run, schemes, trained, trained_, scheme_);
}

CLAIM(dense_fails, "CACHE.dense-fails", STREAMING_SLIDE,
      "Dense attention fails beyond the training length.",
      "its excess over four sinks is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    return effect_excess(v, excess_of(run, "bos", "dense"));
}

CLAIM(window_fails, "CACHE.window-fails", STREAMING_SLIDE,
      "A window fails once the first tokens have left it.",
      "its excess over four sinks is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    struct effect x = excess_of(run, "bos", "window");
    return verdict_at_least(
        v, x.mean / x.error, v->bound,
        "excess %.4f +- %.4f nat over %zu seed(s); published networks: a factor "
        "1.5 (Falcon-7B, 160M) to 1000 (Llama-2) in perplexity, here %.3f",
        x.mean, x.error, x.seeds, exp(x.mean));
}

static enum attndyn_status share_of_window(const struct trial *run, struct verdict *v,
                                           struct effect x, const char *what) {
    return effect_share(v, x.mean - 2 * x.error, x, what, excess_of(run, "bos", "window"),
                        "the window's excess");
}

CLAIM(recomputation, "CACHE.recomputation-equals", STREAMING_SLIDE,
      "Re-computation (BOS put in front) does as well as streaming, at the square of the cost.",
      "its excess is more than {percent} of the window's", .bound = 0.25) {
    struct effect x = excess_of(run, "bos", "recomputation");
    if (x.seeds == 0) return verdict_skip(v, "recomputation=false: not run");
    return share_of_window(run, v, x, "excess of re-computation:");
}

CLAIM(one_sink, "CACHE.one-sink-cures", DERIVED,
      "With BOS first, one kept token is enough: the window does as well as with four.",
      "its excess over four sinks is more than {percent} of the window's", .bound = 0.25) {
    struct effect x = {0, 0, 0};
    EACH_ROW (run, sinks, r)
        if (r->sinks == 1 && strcmp(r->trained, "bos") == 0) effect_add(&x, r->excess, r->error);
    if (x.seeds == 0) return verdict_skip(v, "needs 1 among sinks");
    return share_of_window(run, v, effect_mean(&x), "excess of one sink:");
}

CLAIM(control, "CACHE.no-bos-control", DERIVED,
      "A network trained without BOS has no sink, and its window does not fail.",
      "the control's window exceeds its streaming by more than {percent} of what the window costs "
      "with BOS",
      .bound = 0.25) {
    struct effect x = excess_of(run, "plain", "window");
    if (x.seeds == 0) return verdict_skip(v, "control=false: not trained");
    return share_of_window(run, v, x, "excess of the control's window:");
}

CLAIM(no_drift, "CACHE.no-drift", STREAMING_SLIDE,
      "The loss under streaming does not grow along streams of many contexts.",
      "its last quarter exceeds its first by more than {bound} standard errors",
      .bound = STANDARD_ERRORS) {
    double first = 0, last = 0, error = 0;
    size_t n = 0, row = 0;
    EACH_ROW (run, drift, r) {
        const size_t part = row++ % 8;
        if (part < 2) first += r->nll / 2;
        if (part >= 6) last += r->nll / 2;
        if (part < 2 || part >= 6) error += r->error * r->error / 4;
        n += part == 7;
    }
    if (n == 0) return verdict_skip(v, "long_contexts=0: not run");
    const double count = (double)n;
    return verdict_at_most(v, (last - first) / sqrt(error), v->bound,
                           "first quarter %.4f, last %.4f nat, standard error of the difference "
                           "%.4f (streams unpaired), %ld training lengths",
                           first / count, last / count, sqrt(error) / count, p->long_contexts);
}

const struct check *const streaming_claims[] = {
    &no_eviction,   &no_sinks, &two_routes, &dense_fails, &window_fails,
    &recomputation, &one_sink, &control,    &no_drift,    NULL};
