/* Depth against width at equal parameters, the rate tuned for each depth. */
#include "shape.h"

static double body_of(double depth, double d, double hidden) {
    return depth * (4 * d * d + 3 * d * hidden + 2 * d) + d;
}

/* The width of a gated block whose MLP has 8/3 d units, a multiple of 2 heads (pairs turn), and the
 * hidden units that bring the body next to the target. */
static void fit(const struct shape *p, double target, size_t depth, size_t *width, size_t *hidden) {
    double step = 2 * (double)p->heads, L = (double)depth;
    double d = step * fmax(1, round(sqrt(target / (12 * L)) / step));
    double h = round((target - d - L * (4 * d * d + 2 * d)) / (3 * d * L));
    *width = (size_t)d;
    *hidden = (size_t)fmax(1, h);
}

struct shaped {
    size_t depth, width, hidden;
    double body;
};

static enum attndyn_status recipe_of(const struct trial *run, const void *user, double rate,
                                     double seed, struct network_recipe *recipe) {
    const struct shaped *s = user;
    *recipe = tuning_recipe(run, rate, seed);
    recipe->layers = s->depth;
    recipe->width = s->width;
    recipe->hidden = s->hidden;
    return ATTNDYN_OK;
}

static enum attndyn_status row(const struct trial *run, const void *user, double rate, double seed,
                               double loss) {
    const struct shaped *s = user;
    return EMIT(run, trainings, .depth = (long)s->depth, .width = (long)s->width,
                .hidden = (long)s->hidden, .body = (long)s->body, .rate = rate, .seed = (long)seed,
                .loss = loss);
}

/* Every rate with every seed; the curve shows the rate of least mean loss. */
static enum attndyn_status tune(const struct trial *run, const struct shape *p,
                                const struct shaped *s) {
    const struct tuning tuning = {p->rates, p->seeds, recipe_of, row, s};
    const char *what = attndyn_format(run->ctx, "at depth %zu", s->depth);
    struct tuned t;
    if (!what) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(tuning_run(run, &tuning, what, &t));
    return EMIT(run, curve, .depth = (long)s->depth, .width = (long)s->width, .body = (long)s->body,
                .rate = t.rate, .at_edge = t.at_edge, .loss = t.mean.mean, .error = t.mean.error);
}

RUN(shape) {
    double reference = round((double)p->width * 8 / 3);
    double target = body_of((double)p->layers, (double)p->width, reference);
    double least = INFINITY, most = 0, best = INFINITY, best_depth = NAN, first = NAN, last = NAN;
    ATTNDYN_TRY(NOT_EMPTY(run, p, depths));
    ATTNDYN_TRY(NOT_EMPTY(run, p, rates));
    ATTNDYN_TRY(NOT_EMPTY(run, p, seeds));
    for (size_t i = 0; i < p->depths.count; i++) {
        struct shaped s = {.depth = (size_t)p->depths.at[i]};
        if ((double)s.depth != p->depths.at[i] || (i > 0 && p->depths.at[i] <= p->depths.at[i - 1]))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "depths: %g: expected whole numbers, ascending", p->depths.at[i]);
        fit(p, target, s.depth, &s.width, &s.hidden);
        s.body = body_of((double)s.depth, (double)s.width, (double)s.hidden);
        if (fabs(s.body / target - 1) > 0.03)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "depths: %zu layers of %.0f weights in all cannot be made with %ld "
                                "heads: %.0f is the nearest; raise width or lower heads",
                                s.depth, target, p->heads, s.body);
        ATTNDYN_TRY(tune(run, p, &s));
        least = fmin(least, s.body), most = fmax(most, s.body);
    }
    EACH_ROW (run, curve, r) {
        if (isnan(first)) first = r->loss;
        last = r->loss;
        if (r->loss < best) best = r->loss, best_depth = (double)r->depth;
    }
    return SET(run, summary, .best_depth = best_depth, .best = best, .shallowest = first,
               .deepest = last, .spread = most / least - 1);
}

const struct experiment experiment_mobile_shape = {
    .id = "mobile/shape",
    .title = "Depth against width at equal parameters",
    .source = "MobileLLM (arXiv 2402.14905), section 2.2",
    .doc =
        "Networks of LLaMA's kind with as many weights (without the embedding) as one of the given "
        "width and layers: fewer layers are wider. The width is a multiple of twice the heads, the "
        "hidden units take up the rest. Each depth is trained at every rate with every seed, and "
        "stands in the curve at its own best rate: one rate for all favours the shapes it fits. "
        "Trained for a moment on bytes, these say nothing of a billion words.",
    .presets =
        (const struct preset[]){
            {"quick", "", "a generated text, three shapes of 27,000 weights: seconds"},
            {"short",
             "width=64 layers=3 depths=1,2,3,8 rates=3e-3,6e-3,1.2e-2 seeds=1,2 updates=400 "
             "length=64 lines=20000",
             "four shapes of 150,000 weights, three rates, two seeds: minutes"},
            {"paper",
             "width=128 layers=6 depths=2,4,6,12,24 rates=1e-3,2e-3,4e-3,8e-3 seeds=1,2,3 "
             "updates=5000 length=128 lines=200000",
             "five shapes of a million weights; text=PATH: hours"},
            {0}},
    .tables = TABLES(curve, trainings),
    .figures = (const struct figure[]){{"shape", "mobile/shape/shape.gp",
                                        "Loss against depth at equal parameters: every training "
                                        "(dots), and each depth at its own best rate (line)."},
                                       {0}},
    PARTS_OF(shape, summary)};
