#include "freeze.h"

#include "theory/embed/freeze.h"

#define PARAMETERS freeze

CLAIM(reference_, "FR.reference", DERIVED,
      "[exact] The limit of the common token's attention logit is w_inf = -0.321962341163 for K = "
      "4 classes, the probability P = 1/2 of the common token and eta_u = eta_z, and has four "
      "more values that an independent program gave at other eta_u/eta_z.",
      "one of these limits differs by more than {bound}", .bound = 1e-9) {
    return verdict_at_most(v, WORST_GAP(run, reference, w_inf, prototype), v->bound,
                           "%zu ratios from 0.01 to 100", ROWS(run, reference));
}

/* The last output of each decoder's course. */
struct ends {
    double w_low, w_high, fixed_low, fixed_high, eta_low, eta_high;
    size_t count;
};

static struct ends ends_of(const struct trial *run) {
    struct ends e = {INFINITY, -INFINITY, INFINITY, -INFINITY, INFINITY, -INFINITY, 0};
    double end = 0;
    EACH_ROW (run, course, r) end = larger_of(end, r->t);
    EACH_ROW (run, course, r) {
        if (r->t < end) continue;
        e.count++;
        e.w_low = smaller_of(e.w_low, r->w), e.w_high = larger_of(e.w_high, r->w);
        e.fixed_low = smaller_of(e.fixed_low, r->w_fixed),
        e.fixed_high = larger_of(e.fixed_high, r->w_fixed);
        e.eta_low = smaller_of(e.eta_low, r->eta_b), e.eta_high = larger_of(e.eta_high, r->eta_b);
    }
    return e;
}

static const char too_slow[] =
    "eta_u/eta_z is so small, or t_end so early, that the courses have not frozen: class_sum = %.2g";

/* The value of the course that has come least far. */
static double left_at_end(const struct trial *run) {
    double end = 0, left = 0;
    EACH_ROW (run, course, r) end = larger_of(end, r->t);
    EACH_ROW (run, course, r)
        if (r->t == end) left = larger_of(left, r->class_sum);
    return left;
}

CLAIM(rate_free, "FR.rate-free", DERIVED,
      "[exact] The limit w_inf of the common token's attention logit w does not depend on the "
      "decoder's rate: courses at different rates end at the same w, which is w_inf.",
      "the ends of two courses, or an end and w_inf, differ by more than {bound}", .bound = 1e-7) {
    struct ends e = ends_of(run);
    double left = left_at_end(run), w_inf = fixed_point_of(run).w_inf;
    if (e.count < 2) return verdict_skip(v, "needs two values of eta_bs");
    if (left > 1e-8) return verdict_skip(v, too_slow, left);
    double error =
        larger_of(larger_of(fabs(e.w_low - w_inf), fabs(e.w_high - w_inf)), e.w_high - e.w_low);
    return verdict_at_most(v, error, v->bound,
                           "eta_b = %g to %g at t = %g; control, fixed embeddings: %.4g apart",
                           e.eta_low, e.eta_high, p->t_end, e.fixed_high - e.fixed_low);
}

CLAIM(kappa, "FR.kappa", DERIVED,
      "[exact] The mean h of the class vectors dies out like e^(-kappa b) along the decoder's "
      "clock b, kappa = (eta_u/eta_z) (1 + K c_c^2/c_d^2)/A^2: c_c and c_d are the attention to "
      "the common and to a distinct token, A the spread of the class vectors.",
      "over the last tenth of the orbit the slope of ln |h| in b is off kappa by more than "
      "{percent}",
      .bound = 0.01) {
    struct orbit first = {0}, last = {0};
    size_t rows = ROWS(run, orbit);
    ROW(run, orbit, rows - rows / 10, &first);
    ROW(run, orbit, rows - 1, &last);
    double slope = log(first.h / last.h) / (last.b - first.b);
    ROW(run, orbit, 0, &first);
    return verdict_near(v, slope, last.kappa, v->bound,
                        "slope %.6g, kappa %.6g, |h| down to %.2g; control, kappa of the start: "
                        "%.6g",
                        slope, last.kappa, last.h, first.kappa);
}

static double limit_at(const struct trial *run, double ratio, bool fast, double *w) {
    double error = NAN;
    EACH_ROW (run, limit, r)
        if (r->ratio == ratio) {
            *w = r->w_inf;
            error = (fast ? r->fast : r->slow) / r->w_inf - 1;
        }
    return error;
}

static double extreme(const struct freeze *p, bool largest) {
    double most = NAN;
    for (size_t i = 0; i < p->ratios.count; i++)
        if (!(largest ? p->ratios.at[i] <= most : p->ratios.at[i] >= most)) most = p->ratios.at[i];
    return most;
}

CLAIM(fast_limit, "FR.fast", DERIVED,
      "[leading] Where the embeddings learn much faster than the attention, eta_u >> eta_z, the "
      "limit w_inf of the common token's logit is -(eta_z/(2 eta_u)) P^2/((1-P)^2/K + P^2), P its "
      "probability and K the number of classes.",
      "at the largest of `ratios` w_inf is off by more than {percent}", .bound = 0.01) {
    double ratio = extreme(p, true), w = NAN, error = limit_at(run, ratio, true, &w);
    if (!(ratio >= 100)) return verdict_skip(v, "needs a ratio of at least 100 among ratios");
    double other = NAN, control = limit_at(run, extreme(p, false), true, &other);
    return verdict_at_most(v, fabs(error), v->bound,
                           "eta_u/eta_z = %g: w_inf = %.8g; control, at %g: off by %.3g", ratio, w,
                           extreme(p, false), fabs(control));
}

CLAIM(slow_limit, "FR.slow", DERIVED,
      "[leading] Where the embeddings learn much more slowly than the attention, eta_u << eta_z, "
      "the limit w_inf of the common token's logit is K/(K+1) [ln(eta_u/(eta_z (K+1)))/2 + ln C + "
      "ln((1-P)/P)] with C = 1.7257, P its probability and K the number of classes.",
      "at the smallest of `ratios` w_inf is off by more than {percent}", .bound = 0.01) {
    double ratio = extreme(p, false), w = NAN, error = limit_at(run, ratio, false, &w);
    /* The odds of the common token must start far above their limit: P/(1-P) against C
     * sqrt(ratio/(K+1)). */
    double fall = p->common / (1 - p->common) / attndyn_freeze_slow_constant() /
                  sqrt(ratio / (double)(p->classes + 1));
    if (!(fall >= 300))
        return verdict_skip(v,
                            "needs a smaller ratio among ratios, or a larger P: the odds fall "
                            "only %.3g-fold",
                            fall);
    double other = NAN, control = limit_at(run, extreme(p, true), false, &other);
    return verdict_at_most(v, fabs(error), v->bound,
                           "eta_u/eta_z = %g: w_inf = %.8g; control, at %g: off by %.3g", ratio, w,
                           extreme(p, true), fabs(control));
}

CLAIM(collapse, "FR.collapse", DERIVED,
      "[exact] Where attention freezes the normalised bags f_n of the K classes are a simplex: "
      "f_n . f_k = -1/(K-1) for any two classes.",
      "a cosine at t_end differs by more than {bound}", .bound = 1e-6) {
    double end = 0, error = NOTHING_YET, start = NAN, simplex = -1 / (double)(p->classes - 1);
    double left = left_at_end(run);
    if (ROWS(run, course) == 0) return verdict_skip(v, "no course in time");
    if (left > 1e-4) return verdict_skip(v, too_slow, left);
    EACH_ROW (run, course, r) end = larger_of(end, r->t);
    EACH_ROW (run, course, r) {
        if (isnan(start)) start = r->cosine;
        if (r->t == end) worst(&error, r->cosine - simplex);
    }
    return verdict_at_most(v, error, v->bound, "at t = %g; control, at the first output: %.4f", end,
                           start - simplex);
}

CLAIM(floor_, "FR.floor", DERIVED,
      "[exact] The common token's attention logit w does not fall below -eta_z/(2 eta_u).",
      "at an output or at a limit w is below that by more than rounding") {
    double least = INFINITY, control = NAN;
    EACH_ROW (run, course, r) {
        double floor = attndyn_freeze_floor(p->ratio);
        if (!((r->w - floor) / -floor >= least)) least = (r->w - floor) / -floor;
        if (!(r->w_fixed - floor >= control)) control = r->w_fixed - floor;
    }
    EACH_ROW (run, limit, r) {
        double above = (r->w_inf - r->floor) / -r->floor;
        if (!(above >= least)) least = above;
    }
    if (isinf(least)) return verdict_skip(v, "no course and no limit");
    return verdict_at_least(v, least, -1e-14,
                            "(w - floor)/|floor| over %zu outputs and %zu limits; control, w - "
                            "floor with fixed embeddings: %.4g",
                            ROWS(run, course), ROWS(run, limit), control);
}

CLAIM(token_law, "FR.law", DERIVED,
      "[exact] z_l/eta_z - |u_l|^2/(2 eta_u) is conserved for every token l, z_l its attention "
      "logit and u_l its embedding.",
      "in the flow of the matrices it drifts by more than {bound} rtol of its terms",
      .bound = 1e3) {
    struct tally drift = {NOTHING_YET, 0};
    double scale = 1, control = NOTHING_YET;
    EACH_ROW (run, course, r) {
        if (isnan(r->law)) continue;
        tally_worst(&drift, r->law);
        worst(&control, r->w - 2 * attndyn_freeze_law(p->ratio, r->norm2_common));
        scale = larger_of(scale, larger_of(fabs(r->w), r->norm2_distinct / (2 * p->ratio)));
    }
    if (drift.n == 0)
        return verdict_skip(
            v, "no course of the matrices: more than full_classes, or eta_u/eta_z > 1e4");
    return verdict_at_most(v, drift.value / scale, v->bound * p->rtol,
                           "drift %.3g beside terms of %.3g; control, |u_l|^2/eta_u without the 2: "
                           "%.3g",
                           drift.value, scale, control);
}

CLAIM(full, "FR.full", DERIVED,
      "[exact] The reduced flow is the flow of the matrices: the common token's logit w is that of "
      "the embeddings U, the decoder B and the logits z.",
      "at some time w differs by more than {bound}", .bound = 1e-8) {
    struct tally error = {NOTHING_YET, 0};
    double control = NOTHING_YET;
    EACH_ROW (run, course, r) {
        if (isnan(r->w_full)) continue;
        tally_worst(&error, r->w_full - r->w);
        worst(&control, r->w_full - r->w_fixed);
    }
    if (error.n == 0)
        return verdict_skip(
            v, "no course of the matrices: more than full_classes, or eta_u/eta_z > 1e4");
    return verdict_at_most(v, error.value, v->bound,
                           "%zu outputs up to t = %g; control, fixed embeddings: %.4g",
                           ROWS(run, course), p->t_end, control);
}

/* w at the output nearest to t, of the course with the largest eta_b. */
static bool at_time(const struct trial *run, double t, struct course *found) {
    double best = INFINITY;
    EACH_ROW (run, course, r) {
        double off = fabs(log(r->t / t));
        if (off > best || (off == best && r->eta_b < found->eta_b)) continue;
        best = off;
        *found = *r;
    }
    return best < 0.2;
}

CLAIM(keeps_growing, "FR.stops", DERIVED,
      "[exact] With trained embeddings below a norm attention stops changing (from t = 1e3 to 1e6 "
      "the common token's logit w moves by at most {beside}); with fixed ones it goes on.",
      "w moves by more than {beside}, or by more than a hundredth of what it moves with fixed "
      "embeddings",
      .bound = 100, .beside = 1e-3) {
    struct course early = {0}, late = {0};
    if (!at_time(run, 1e3, &early) || !at_time(run, 1e6, &late))
        return verdict_skip(v, "needs outputs at t = 1e3 and 1e6");
    /* of what it was at the start */
    double left = early.class_sum * sqrt((double)p->classes) * (1 - p->common) /
                  hypot(1 - p->common, p->common * sqrt((double)p->classes));
    if (!(left < 1e-2))
        return verdict_skip(v, "not frozen by t = 1e3: class_sum has fallen to %.2g of its start",
                            left);
    double moved = fabs(late.w - early.w), fixed = fabs(late.w_fixed - early.w_fixed);
    if (!(fixed > 1e-3))
        return verdict_skip(v, "fixed embeddings move no more than %.2g from t = 1e3 on", fixed);
    moved = larger_of(moved, 1e-15); /* below rounding */
    return verdict_contrast(v, fixed / moved, v->bound, moved, v->holds_bound,
                            "eta_b = %g, t = 1e3 to 1e6: w moves by %.3g, with fixed embeddings by "
                            "%.4f",
                            late.eta_b, moved, fixed);
}

CLAIM(denser, "FR.one-limit", DERIVED,
      "[exact] At t_end courses with different rates of the decoder have different attention with "
      "fixed embeddings, and the same with trained ones below a norm: there the rate of the "
      "decoder does not set how sparse attention ends.",
      "the largest and the smallest w with trained embeddings differ by more than {beside}, or "
      "those with fixed ones by less than {percent} of the logit",
      .bound = 0.01, .beside = 1e-7) {
    struct ends e = ends_of(run);
    double left = left_at_end(run);
    if (!(e.eta_high >= 10 * e.eta_low))
        return verdict_skip(v, "needs rates eta_bs a factor 10 apart");
    if (left > 1e-8) return verdict_skip(v, too_slow, left);
    double fixed = (e.fixed_high - e.fixed_low) / fabs(e.fixed_high);
    return verdict_contrast(v, fixed, v->bound, e.w_high - e.w_low, v->holds_bound,
                            "eta_b = %g to %g at t = %g: fixed embeddings differ by %.3g of "
                            "themselves, trained ones by %.2g",
                            e.eta_low, e.eta_high, p->t_end, fixed, e.w_high - e.w_low);
}

const struct check *const freeze_claims[] = {&reference_, &rate_free,     &kappa,  &fast_limit,
                                             &slow_limit, &collapse,      &floor_, &token_law,
                                             &full,       &keeps_growing, &denser, NULL};
