#include "invariant_softmax.h"

#include "experiments/statements/statements.h"
#include "sim/num/stats.h"

#include <string.h>

#define PARAMETERS invariant_softmax

/* Claims about Figures 2 and 3 hold only in their setting: the defaults, except for the seeds. */
static bool other_setting(const struct invariant_softmax *p, struct verdict *v) {
#define SETTING(name, value)                                                                       \
    if (p->name != (value)) {                                                                      \
        verdict_skip(v, "the claim is about Figure 2's setting, " #name " = " #value);             \
        return true;                                                                               \
    }
    SETTING(activation, ATTNDYN_ACTIVATION_LINEAR)
    SETTING(loss, loss_ce)
    SETTING(M, 20)
    SETTING(distinct, 10)
    SETTING(K, 20)
    SETTING(N, 20)
    SETTING(eta_w, 1)
    SETTING(eta_z, 1)
    SETTING(temperature, 0.5)
    SETTING(lr, 0.1)
    SETTING(scale, 0.01)
    SETTING(width, 30)
    SETTING(steps, 2000)
#undef SETTING
    return false;
}

/* The last row of `means` of a case under the loss. */
static struct means final(const struct invariant_softmax *p, const struct trial *run,
                          const char *name) {
    struct means last = {.nc = NAN, .slope = NAN, .error = NAN};
    EACH_ROW (run, means, r)
        if (strcmp(r->which, name) == 0 && strcmp(r->gradient, loss_names[p->loss]) == 0) last = *r;
    return last;
}

/* From the rows of `violation` with delta = 0: the largest errors of the printed form, of the form
 * that holds, and of the form with constant mean attention over what the motion of bbar allows; and
 * the first row, before bbar has moved. */
struct unviolated {
    size_t rows;
    double printed, holds, of_allowed;
    struct violation first;
};
static struct unviolated unviolated(const struct trial *run) {
    struct unviolated u = {0};
    EACH_ROW (run, violation, r) {
        if (r->delta != 0) continue;
        if (u.rows++ == 0) u.first = *r;
        worst(&u.printed, r->printed);
        worst(&u.holds, r->moving);
        worst(&u.of_allowed, r->constant / r->allowed);
    }
    return u;
}

CLAIM(exact_when_shared, "J1k.exact-when-shared",
      DERIVED_AS("derived here, from JoMA, Theorem 1: the moving mean attention is integrated"),
      "Where all samples share one attention, z = (r/2T) [sum_k v_k^2 - int bbar d sum_k |v_k|^2] "
      "+ c is exact: bbar the mean attention, r = eta_z/eta_w, T the temperature",
      "its relative error exceeds {bound} at some time, for samples of spread delta = 0",
      .bound = 1e-10) {
    double path = p->t_end * p->eta_w;
    if (path < 1e-3)
        return verdict_skip(v,
                            "t_end eta_w = %g < 1e-3: V moves too little for an error of 1e-10 "
                            "to be seen",
                            path);
    struct unviolated u = unviolated(run);
    if (!u.rows) return verdict_skip(v, "delta does not hold 0");
    return verdict_at_most(v, u.holds, v->bound, "samples that share one attention, t up to %g",
                           p->t_end);
}

ERRATUM(
    softmax_half, "E.softmax-half", OF(J_S_softmax),
    "On the slide the second term of the softmax form is ||v||^2 bbar; it is half of that, summed "
    "over the nodes k (as in the authors' script of figure 2)",
    "for samples that share one attention the form as on the slide errs by less than {bound}, "
    "relatively, at all times, or the corrected one with moving bbar by more than 1e-10 at some "
    "time",
    .bound = 1e-3) {
    struct unviolated u = unviolated(run);
    if (!u.rows) return verdict_skip(v, "delta does not hold 0");
    return verdict_erratum(v, u.printed, v->bound, u.holds, 1e-10,
                           "|z^ - z|/|z| where all samples share one attention: up to %.3g as on "
                           "the slide; %.2g with the 1/2 and the moving mean attention",
                           u.printed, u.holds);
}

/* The samples of delta = 0 share one attention: the second condition holds for each k. */
KNOWN(shared_attention, invariant_softmax) {
    struct unviolated u = unviolated(run);
    f->queries_per_attention = 1;
    f->embedding_orthonormal = 1;
    f->shared_rate = p->eta_z == p->eta_w;
    f->gradient_factorises = 1;
    f->mean_attention_moves = u.rows ? u.first.motion : NAN;
}

CLAIM(theorem_1_softmax, "J1m.softmax-attention", OF(J_T1_softmax),
      "While the mean attention bbar is constant, z = (r/2T) [sum_k v_k^2 - bbar sum_k |v_k|^2] + "
      "c (softmax attention, r = eta_z/eta_w, T the temperature)",
      "at a thousandth of t_end, where bbar has hardly moved, the relative error exceeds "
      "{percent}",
      .bound = 0.01, .facts = KNOWN_OF(shared_attention)) {
    struct unviolated u = unviolated(run);
    if (!u.rows) return verdict_skip(v, "delta does not hold 0");
    return verdict_at_most(v, u.first.constant, v->bound,
                           "t = %g, bbar has moved by %.2g in total variation; the slide's form "
                           "errs by %.3g there",
                           u.first.t, u.first.motion, u.first.printed);
}

CLAIM(constant_mean_attention, "J1k.constant-mean-attention", DERIVED,
      "With bbar held at its start the softmax form errs, relatively to |z|, by no more than the "
      "motion of bbar allows, (r/2T) int |bbar - bbar(0)| d sum_k |v_k|^2 over |z|",
      "the error exceeds that at some time, for samples that share one attention") {
    struct unviolated u = unviolated(run);
    if (!u.rows) return verdict_skip(v, "delta does not hold 0");
    return verdict_at_most(v, u.of_allowed, 1,
                           "error over what is allowed, the largest of %zu times", u.rows);
}

/* The next order is delta itself, times a number of order ten: the two least deltas are judged. */
CLAIM(error_linear_in_violation, "J1k.error-linear-in-violation", DERIVED,
      "A small violation of the condition, the spread delta of the samples, costs the form with "
      "moving bbar an error in proportion to it",
      "at t_end the errors at the two smallest delta above 0 are not in the ratio of these to "
      "{percent}",
      .bound = 0.05) {
    struct violation least = {.delta = INFINITY}, next = {.delta = INFINITY};
    if (p->flow_N < 2)
        return verdict_skip(v, "one sample alone violates nothing, whatever delta is");
    EACH_ROW (run, violation, r) {
        if (r->t != p->t_end || r->delta == 0) continue;
        if (r->delta < least.delta)
            next = least, least = *r;
        else if (r->delta < next.delta)
            next = *r;
    }
    if (!(next.delta <= 2e-3)) return verdict_skip(v, "delta holds no two values in (0, 0.002]");
    double off = next.moving / least.moving / (next.delta / least.delta) - 1;
    return verdict_at_most(v, fabs(off), v->bound,
                           "error %.4g at delta %g, %.4g at %g: ratio of errors over ratio of "
                           "deltas, less 1",
                           least.moving, least.delta, next.moving, next.delta);
}

/* Before bbar moves every hypothesis of the theorem as quoted is met. */
KNOWN(early, invariant_softmax) {
    f->queries_per_attention = 1;
    f->embedding_orthonormal = 1;
    f->shared_rate = p->eta_z == p->eta_w;
    f->mean_attention_moves = SCALAR_OF(run, outcome, early_motion);
    f->gradient_factorises = SCALAR_OF(run, outcome, early_summed) <= 1e-12;
}

ERRATUM(
    condition_summed_over_k, "E.condition-summed-over-k", OF(J_T1_softmax),
    "Theorem 1's condition for softmax attention, as quoted, is summed over the nodes k: E[sum_k "
    "g_k h'_k b b^T] = bbar E[sum_k g_k h'_k b]^T. In the derivation v_k stands inside the sum, "
    "so it must hold for each k",
    "where the summed condition alone holds the theorem's form is within {percent} of z, or the "
    "form with the exact second term is not within 2 %",
    .bound = 0.05, .facts = KNOWN_OF(early)) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    double exact = SCALAR_OF(run, outcome, early_exact);
    return verdict_erratum(
        v, SCALAR_OF(run, outcome, early_error), v->bound, exact, 0.02,
        "cross-entropy over linear nodes has sum_k g_k h'_k = 0 (%.1g of its terms): the summed "
        "condition holds for any data, and bbar has moved by %.2g only; the conclusion errs, the "
        "term for each v_k gives %.2g, descent's own drift",
        SCALAR_OF(run, outcome, early_summed), SCALAR_OF(run, outcome, early_motion), exact);
}

CLAIM(sum_z, "J1k.sum-z", DERIVED, "Softmax attention conserves sum_l z_l",
      "gradient descent changes the sum, in any run, by more than the rounding of its steps") {
    /* the rounding errors of all steps and tokens, which large rates magnify */
    double bound = 2.2e-16 * (double)p->steps * (double)p->M * (1 + p->lr * p->eta_z);
    return verdict_at_most(v, SCALAR_OF(run, outcome, sum_z), bound,
                           "largest change of sum_l z_l in %ld runs of %ld steps", 4 * p->seeds,
                           p->steps);
}

/* The paper gives no number: "high" is here what vectors of 20 independent components, whose NC
 * spreads by 1/sqrt(19) = 0.23, reach once in 20,000. */
CLAIM(correlation, "F2.correlation", OF(J_F2),
      "Throughout training z^ = sum_k v_k^2/(2T) - |V|^2 xbar/(2T) + c, made from the weights "
      "alone, is highly correlated with z: NC, the centred correlation over the tokens, is high",
      "the mean NC, less two standard errors over the seeds, falls below {bound} at some iteration "
      "of some case",
      .bound = 0.75) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    double least = INFINITY;
    struct means gaussian = final(p, run, "gaussian"), random = final(p, run, "random");
    if (p->seeds < 4) return verdict_skip(v, "needs four seeds or more for a standard error");
    EACH_ROW (run, means, r) {
        double sure = r->nc - 2 * r->nc_sd / sqrt((double)r->seeds);
        if (!(sure >= least)) least = sure;
    }
    return verdict_at_least(
        v, least, v->bound,
        "%ld seeds; least over iterations and cases; final NC: gaussian %.4f (sd %.4f), random "
        "%.4f (sd %.4f)",
        p->seeds, gaussian.nc, gaussian.nc_sd, random.nc, random.nc_sd);
}

CLAIM(random_is_lower, "F2.random-is-lower", OF(J_F2),
      "NC is higher where distributions move smoothly from class to class than where they are "
      "random",
      "at the end of training the mean NC of the random case is not lower by {bound} standard "
      "errors over the seeds",
      .bound = 2) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    struct means gaussian = final(p, run, "gaussian"), random = final(p, run, "random");
    if (p->seeds < 4) return verdict_skip(v, "needs four seeds or more for a standard error");
    double error = hypot(gaussian.nc_sd, random.nc_sd) / sqrt((double)p->seeds);
    return verdict_at_least(v, (gaussian.nc - random.nc) / error, v->bound,
                            "final NC over %ld seeds: gaussian %.4f, random %.4f, standard error "
                            "of the difference %.4f",
                            p->seeds, gaussian.nc, random.nc, error);
}

CLAIM(first_part_alone, "F2.first-part-alone", DERIVED,
      "In the end z1^ = sum_k v_k^2/(2T) alone is almost as correlated with z as z^: NC says "
      "little about the second term",
      "its final mean NC, gaussian case, is below {bound}", .bound = 0.9) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    struct means last = final(p, run, "gaussian");
    return verdict_at_least(
        v, last.nc_z1, v->bound,
        "final NC of z1^ alone %.4f (random %.4f), of z2^ alone %.4f, of z^ %.4f", last.nc_z1,
        final(p, run, "random").nc_z1, last.nc_z2, last.nc);
}

CLAIM(size_is_not_seen, "F2.size-is-not-seen", DERIVED,
      "NC near 1 says nothing of the size: the changes of z^ with constant mean attention are off "
      "those of z by a factor, since bbar moves; with the exact second term they are not",
      "at the end the mean slope of z^ - z^(0) on z - z(0), gaussian or random case, is within "
      "{percent} of 1, or that with the exact second term is more than 2 % off 1",
      .bound = 0.5) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    struct means a = final(p, run, "gaussian"), b = final(p, run, "random");
    double off = smaller_of(fabs(a.slope - 1), fabs(b.slope - 1)), exact = 0;
    worst(&exact, a.slope_exact - 1);
    worst(&exact, b.slope_exact - 1);
    if (!(exact <= 0.02))
        return verdict_at_most(v, exact, 0.02,
                               "the control fails: slope of the exact form, less 1");
    return verdict_at_least(
        v, off, v->bound,
        "final slope of z^ on z with constant mean attention: gaussian %.2f, random %.2f, at NC "
        "%.3f and %.3f; bbar has moved by %.2f and %.2f in total variation",
        a.slope, b.slope, a.nc, b.nc, a.variation, b.variation);
}

CLAIM(moving_mean_attention, "F2.moving-mean-attention", DERIVED,
      "Integrating the second term with the moving bbar takes away most of the error of z^",
      "the final relative error |z^ - z|/|z|, gaussian case, stays above a fifth of that with "
      "constant mean attention") {
    if (other_setting(p, v)) return ATTNDYN_OK;
    struct means last = final(p, run, "gaussian");
    return verdict_at_most(v, last.error_moving / last.error, 0.2,
                           "final relative error, gaussian: %.3g with the moving mean attention "
                           "(slope %.3f), %.3g with a constant one",
                           last.error_moving, last.slope_moving, last.error);
}

CLAIM(exact_second_term, "F2.exact-second-term", DERIVED,
      "With the exact second term z^ is z but for the drift of gradient descent: no error is left "
      "at rate 0",
      "extrapolated to rate 0 the final relative error is above {percent} of that with the moving "
      "mean attention",
      .bound = 0.01) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    struct orders before = {.exact = NAN}, last = {.exact = NAN};
    EACH_ROW (run, orders, r) before = last, last = *r;
    double rest = last.exact + (last.exact - before.exact) * last.lr / (before.lr - last.lr);
    return verdict_at_most(
        v, fabs(rest) / last.moving, v->bound,
        "relative error %.3g at lr %g and %.3g at lr %g leave %.2g; with a moving "
        "mean attention it is %.3g at all rates",
        before.exact, before.lr, last.exact, last.lr, rest, last.moving);
}

CLAIM(exact_order, "F2.exact-order", DERIVED,
      "The error of z^ with the exact second term is of first order in the rate of gradient "
      "descent, at a fixed horizon",
      "the order observed between two rates, each half of the one before, is off 1 by more than "
      "{bound}",
      .bound = 0.1) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    double off = NOTHING_YET;
    struct orders last = {.exact = NAN};
    EACH_ROW (run, orders, r) {
        if (!isnan(last.exact)) worst(&off, log2(last.exact / r->exact) - 1);
        last = *r;
    }
    return verdict_at_most(v, off, v->bound,
                           "observed order in the rate less 1, down to lr = %g, where the error is "
                           "%.2g; with a moving mean attention it stays at %.2g",
                           last.lr, last.exact, last.moving);
}

CLAIM(error_follows_violation, "F2.error-follows-violation", DERIVED,
      "The final relative error of z^ with constant mean attention grows as the distributions get "
      "narrower, which violates the condition more",
      "Spearman's correlation of the error with 1/width is not positive, or chance gives as much "
      "in more than {percent} of cases",
      .bound = 0.01) {
    if (other_setting(p, v)) return ATTNDYN_OK;
    double narrow[64], error[64], blindness[64];
    size_t n = 0;
    EACH_ROW (run, sweep, r) {
        if (n == 64 || strcmp(r->kind, "width") != 0) continue;
        narrow[n] = 1 / r->value;
        error[n] = r->error;
        blindness[n++] = 1 - r->nc;
    }
    if (n < 5) return verdict_skip(v, "needs at least five widths");
    struct attndyn_correlation by_error, by_nc;
    ATTNDYN_TRY(attndyn_spearman(run->ctx, n, narrow, error, &by_error));
    ATTNDYN_TRY(attndyn_spearman(run->ctx, n, narrow, blindness, &by_nc));
    return verdict_at_most(
        v, by_error.value > 0 ? larger_of(by_error.probability, 1 / tgamma((double)n + 1)) : 1,
        v->bound,
        "probability of the rank correlation with narrowness over %zu widths; relative error "
        "%.2f, 1 - NC %.2f",
        n, by_error.value, by_nc.value);
}

static struct components component(const struct trial *run, size_t row) {
    struct components c = {0};
    ROW(run, components, row, &c);
    return c;
}

/* Components of v_0 that move in the last quarter by more than a tenth of the one that moves
 * most. */
CLAIM(few_components_grow, "F3.few-components-grow", OF(J_F3),
      "After a while only some components of v_0, the first column of V, go on growing; the "
      "others have saturated",
      "more than half of them move, in the last quarter of training, by more than a tenth of what "
      "the fastest one does") {
    if (other_setting(p, v)) return ATTNDYN_OK;
    size_t M = (size_t)p->M, rows = ROWS(run, components) / M;
    if (rows < 2) return verdict_skip(v, "needs two looks at the components");
    double last = (double)component(run, rows * M - 1).iteration, most = 0;
    size_t quarter = 0;
    while (quarter + 1 < rows && (double)component(run, quarter * M).iteration < 0.75 * last)
        quarter++;
    size_t growing = 0, grown = 0;
    for (int pass = 0; pass < 2; pass++) /* the largest first */
        for (size_t l = 0; l < M; l++) {
            double start = component(run, l).v, then = component(run, quarter * M + l).v;
            double moved = component(run, (rows - 1) * M + l).v - then;
            if (pass == 0)
                worst(&most, moved);
            else if (fabs(moved) > 0.1 * most)
                growing++;
            else if (fabs(then - start) > 5 * p->scale)
                grown++;
        }
    return verdict_at_most(v, (double)growing / (double)M, 0.5,
                           "of %zu components of v_0, %zu still grow in the last quarter; %zu grew "
                           "and have saturated",
                           M, growing, grown);
}

const struct check *const invariant_softmax_claims[] = {&exact_when_shared,
                                                        &softmax_half,
                                                        &theorem_1_softmax,
                                                        &constant_mean_attention,
                                                        &error_linear_in_violation,
                                                        &condition_summed_over_k,
                                                        &sum_z,
                                                        &correlation,
                                                        &random_is_lower,
                                                        &first_part_alone,
                                                        &size_is_not_seen,
                                                        &moving_mean_attention,
                                                        &exact_second_term,
                                                        &exact_order,
                                                        &error_follows_violation,
                                                        &few_components_grow,
                                                        NULL};
