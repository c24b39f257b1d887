#include "previous_token.h"

#include <string.h>

#define PARAMETERS previous_token

static double attention_of(const struct trial *run, const char *code, long frequencies,
                           long distance) {
    EACH_ROW (run, attention, r)
        if (strcmp(r->code, code) == 0 && r->frequencies == frequencies && r->distance == distance)
            return r->attention;
    return NAN;
}

CLAIM(content, "PT.z-zero", DERIVED,
      "[exact] Where the token at one distance is the class, the content logits z stay 0, in "
      "finite contexts too: only the position logits learn.",
      "with all contexts of T tokens enumerated |z| exceeds {bound}", .bound = 1e-12) {
    double most = NOTHING_YET, p_near = 0;
    if (ROWS(run, enumerated) == 0) return verdict_skip(v, "needs enumerated of at least 2");
    EACH_ROW (run, enumerated, r) worst(&most, r->z_max), p_near = r->p_near;
    return verdict_at_most(v, most, v->bound, "control, p_near at the end: %.4f", p_near);
}

CLAIM(finite, "PT.enumeration", DERIVED,
      "[numeric] In finite contexts the position logit p_near of the answer ends higher than in "
      "the limit of long contexts.",
      "at t = 100 p_near of enumerated contexts is below that of the limit") {
    double near = NAN, limit = NAN;
    if (ROWS(run, enumerated) == 0) return verdict_skip(v, "needs enumerated of at least 2");
    EACH_ROW (run, enumerated, r) near = r->p_near, limit = r->p_limit;
    return verdict_at_least(v, near - limit, 0, "T = %ld, t = 100: p_near = %.4f, limit %.4f",
                            p->enumerated, near, limit);
}

CLAIM(invariant_, "PT.invariant", DERIVED,
      "[exact] With two buckets of positions y^2/2 - (eta_Y/(2 eta_p (K-1))) [x + ln x - (K-1) "
      "ln(x + K)] is conserved, y the decoder's gain and x = K pi_1 e^{p_1}/(pi_2 e^{p_2}) for K "
      "classes, buckets of shares pi_r and position logits p_r.",
      "at some time it has drifted by more than {bound} of its terms", .bound = 1e-7) {
    double drift = NOTHING_YET, control = NOTHING_YET;
    EACH_ROW (run, invariant, r) {
        double scale = larger_of(1, p->eta_y / (2 * p->eta_p * (double)(p->classes - 1)) * r->x);
        worst(&drift, r->value / scale);
        worst(&control, r->control / scale);
    }
    return verdict_at_most(v, drift, v->bound, "control, K for K - 1: %.3g", control);
}

CLAIM(far, "PT.far", DERIVED,
      "[exact] With free position logits p_r, buckets of shares pi_r, kappa = (e^{-p_r} - 1)/pi_r "
      "is the same for all far positions r, and p_near = sum_r ln(1 + kappa pi_r) over these.",
      "at some time one of the two is off by more than {bound}", .bound = 1e-7) {
    double most = NOTHING_YET, moved = 0;
    EACH_ROW (run, course, r) {
        if (isnan(r->kappa_spread)) continue;
        worst(&most, r->kappa_spread), worst(&most, r->near_error);
        moved = larger_of(moved, r->attention);
    }
    return verdict_at_most(v, most, v->bound, "control, attention moved from %.4f to %.4f",
                           1 / (double)p->positions, moved);
}

CLAIM(alibi, "PT.alibi", DERIVED,
      "[exact] With a linear bias in distance a trained slope stops where the mean distance of "
      "the other tokens is that of the answer, r*; for many buckets, R to infinity, at the slope "
      "-ln(1 - 1/r*), with attention (1/r*)(1 - 1/r*)^(r* - 1) to r*.",
      "for some r* with (1 - 1/r*)^R < 1e-5 mean distance (relatively), slope or attention "
      "differs by more than {bound}",
      .bound = 1e-3) {
    double most = NOTHING_YET, control = NAN;
    size_t n = 0;
    EACH_ROW (run, stop, r) {
        double d = (double)r->distance;
        if (r->distance == 1) control = r->attention;
        if (r->distance < 2 || pow(1 - 1 / d, (double)p->slope_positions) > 1e-5) continue;
        n++;
        worst(&most, r->mean_distance / d - 1);
        worst(&most, r->slope - r->predicted);
        worst(&most, r->attention - r->attention_predicted);
    }
    if (n == 0) return verdict_skip(v, "needs a distance from 2 on, small beside slope_positions");
    return verdict_at_most(v, most, v->bound,
                           "%zu distances at t = %g; control, r* = 1 never stops: attention %.4f",
                           n, p->slope_end, control);
}

CLAIM(numbers, "PT.numbers", DERIVED,
      "[numeric] Attention to the answer at t = 1e6 (K = 8, R = 32, eta_Y = 10, eta_p = 1): free "
      "logits .931; 2, 4, 8, 16 sinusoids .455, .845, .917, .947 at r* = 1 and .449, .785, .816, "
      ".831 at r* = 5; 8 equidistant frequencies .990.",
      "one of these attentions differs by more than {bound}", .bound = 1e-3) {
    static const struct {
        const char *code;
        long frequencies, distance;
        double value;
    } expected[] = {
        {"free", 0, 1, .931},       {"free", 0, 5, .931},        {"sinusoids", 2, 1, .455},
        {"sinusoids", 4, 1, .845},  {"sinusoids", 8, 1, .917},   {"sinusoids", 16, 1, .947},
        {"sinusoids", 2, 5, .449},  {"sinusoids", 4, 5, .785},   {"sinusoids", 8, 5, .816},
        {"sinusoids", 16, 5, .831}, {"equidistant", 8, 1, .990}, {"equidistant", 8, 5, .990}};
    struct tally most = {NOTHING_YET, 0};
    if (p->classes != 8 || p->positions != 32 || p->eta_y != 10 || p->eta_p != 1 || p->t_end != 1e6)
        return verdict_skip(v, "numbers of other parameters");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        double at =
            attention_of(run, expected[i].code, expected[i].frequencies, expected[i].distance);
        if (isnan(at)) continue;
        tally_worst(&most, at - expected[i].value);
    }
    if (most.n == 0) return verdict_skip(v, "needs distances of 1 or 5");
    return verdict_at_most(v, most.value, v->bound, "%zu attentions", most.n);
}

CLAIM(any_distance, "PT.one-distance", DERIVED,
      "[exact] A trained slope does not find every distance: for r* = 5 attention to the answer "
      "stops at .0819.",
      "for r* = 5 the slope's attention is more than a fifth of that of free logits, or off "
      ".08192 by more than {beside}",
      .bound = 5, .beside = 2e-3) {
    double slope = attention_of(run, "slope", 0, 5), free_code = attention_of(run, "free", 0, 5);
    if (isnan(slope) || isnan(free_code)) return verdict_skip(v, "needs r* = 5 among distances");
    if (p->positions < 32 || p->t_end < 1e6)
        return verdict_skip(v, "needs 32 positions and t_end of 1e6");
    return verdict_contrast(v, free_code / slope, v->bound, fabs(slope - .08192), v->holds_bound,
                            "attention at r* = 5: slope %.4f, free %.4f", slope, free_code);
}

const struct check *const previous_token_claims[] = {&content, &finite,  &invariant_,   &far,
                                                     &alibi,   &numbers, &any_distance, NULL};
