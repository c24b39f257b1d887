#include "order.h"

#include "theory/position/order.h"

#include <string.h>

#define PARAMETERS order

CLAIM(reference_, "ORD.reference", DERIVED,
      "[exact] The constant C(eta_p/eta_y) of the plateau is .917521, 2.057005, 4.675689 at "
      "eta_p/eta_y = .1, 1, 10; from unequal shares, without a plateau, t_half is 5.813472, "
      "2.956890 at pi_far = .45, .3 (eta_y = 2, eta_p = 1/2).",
      "one of them, as printed by an independent program, differs by more than {bound}",
      .bound = 1e-6) {
    return verdict_at_most(v, WORST_GAP(run, reference, value, prototype), v->bound, "%zu numbers",
                           ROWS(run, reference));
}

CLAIM(half_, "ORD.quadrature", DERIVED,
      "[exact] t_half, the time until the loss is ln(2)/2, is a quadrature over the level line of "
      "the first integral.",
      "for one start integration and quadrature differ by more than {bound} of it", .bound = 1e-9) {
    double error = NOTHING_YET, t = ends_of(run).t_half;
    size_t n = 0;
    if (!isnan(t)) {
        worst(&error, ends_of(run).t_half_quadrature / t - 1);
        n++;
    }
    EACH_ROW (run, plateau, r) {
        if (isnan(r->t_half)) continue;
        worst(&error, r->quadrature / r->t_half - 1);
        n++;
    }
    if (n == 0) return verdict_skip(v, "no run leaves ln 2");
    double X0 = ends_of(run).X0, control = NAN;
    if (!isnan(t) && p->eta_p > 0)
        control = attndyn_order_t_half(p->eta_y, p->eta_p / 2, X0) / t - 1;
    return verdict_at_most(v, error, v->bound, "%zu times; control, eta_p halved: off by %.3g", n,
                           control);
}

CLAIM(bag, "ORD.bag", DERIVED,
      "[exact] With equal position logits and shares (eps = 0, pi_far = 1/2) the loss stays at ln "
      "2: both classes have the same bag of tokens.",
      "it moves by more than {bound}", .bound = 1e-14) {
    double moved = NAN, control = NOTHING_YET, ln2 = log(2);
    EACH_ROW (run, course, r) {
        if (r->eps == 0 && r->pi_far == 0.5) {
            if (isnan(moved)) moved = 0;
            worst(&moved, r->loss - ln2);
        } else {
            worst(&control, r->loss - ln2);
        }
    }
    if (isnan(moved)) return verdict_skip(v, "no course");
    return verdict_at_most(v, moved, v->bound, "control, the other courses move by %.4f", control);
}

CLAIM(invariant, "ORD.invariant", DERIVED,
      "[exact] y^2/(2 eta_y) - [cosh X - ln(1 + cosh X)]/eta_p is conserved, y the decoder's gain "
      "and X = p_1 - p_2 + ln(pi_near/pi_far) the order gate.",
      "along a course it drifts by more than {bound} of its terms", .bound = 1e-8) {
    double drift = NOTHING_YET, control = NOTHING_YET;
    if (ROWS(run, course) == 0) return verdict_skip(v, "no course");
    EACH_ROW (run, course, r) {
        if (r->eps == 0 && r->pi_far == 0.5) continue;
        worst(&drift, r->invariant / r->scale);
        /* the logarithm left out */
        double start = log1p(cosh(r->eps + log((1 - r->pi_far) / r->pi_far)));
        worst(&control, (r->invariant - (log1p(cosh(r->gate)) - start) / p->eta_p) / r->scale);
    }
    return verdict_at_most(v, drift, v->bound, "control, without the logarithm: %.3g", control);
}

/* The two rows of the plateau that are farthest apart. */
static bool plateau_ends(const struct trial *run, struct plateau *shallow, struct plateau *deep) {
    size_t n = 0;
    EACH_ROW (run, plateau, r) {
        if (isnan(r->t_half) || isnan(r->predicted) || r->eps > 1e-3) continue;
        if (n == 0 || r->eps > shallow->eps) *shallow = *r;
        if (n == 0 || r->eps < deep->eps) *deep = *r;
        n++;
    }
    return n >= 2 && deep->eps <= shallow->eps / 100;
}

/* The corrections are of order (eps e^C)^2. */
static bool linear(const struct order *p, double eps) {
    double C = attndyn_order_constant(p->eta_p / p->eta_y);
    return eps * eps * exp(2 * C) < 1e-4;
}

CLAIM(plateau_, "ORD.plateau", DERIVED,
      "[exact] The plateau lasts ln(1/eps)/lambda plus a constant, lambda = sqrt(eta_y eta_p)/2 "
      "the rate of the saddle at the origin and eps the start of X.",
      "the slope of t_half in ln(1/eps) times lambda is off 1 by more than {bound}",
      .bound = 1e-4) {
    struct plateau shallow = {0}, deep = {0};
    if (!plateau_ends(run, &shallow, &deep))
        return verdict_skip(
            v, "needs eta_p > 0 and two eps below 1e-3 in plateau, a factor 100 apart");
    if (!linear(p, shallow.eps)) return verdict_skip(v, "needs smaller eps at these rates");
    double lambda = attndyn_order_lambda(p->eta_y, p->eta_p);
    double slope = (deep.t_half - shallow.t_half) / log(shallow.eps / deep.eps);
    return verdict_near(v, slope * lambda, 1, v->bound,
                        "slope times lambda, eps = %g to %g; control, lambda without the half: "
                        "%.4f",
                        shallow.eps, deep.eps, 2 * slope * lambda);
}

CLAIM(constant, "ORD.constant", DERIVED,
      "[leading] At equal shares t_half = [ln(1/eps) + C(eta_p/eta_y)]/lambda for small starts "
      "eps, with C by quadrature on the separatrix and lambda = sqrt(eta_y eta_p)/2.",
      "lambda t_half - ln(1/eps) is more than {bound} off C at the smallest eps", .bound = 1e-6) {
    struct plateau shallow = {0}, deep = {0};
    if (!plateau_ends(run, &shallow, &deep))
        return verdict_skip(
            v, "needs eta_p > 0 and two eps below 1e-3 in plateau, a factor 100 apart");
    double lambda = attndyn_order_lambda(p->eta_y, p->eta_p);
    double C = attndyn_order_constant(p->eta_p / p->eta_y);
    if (!linear(p, 10 * deep.eps)) return verdict_skip(v, "needs a smaller eps: C = %g", C);
    return verdict_at_most(v, fabs(lambda * (deep.t_half - deep.predicted)), v->bound,
                           "C = %.9g, eps = %g; control, at eps = %g: %.2g", C, deep.eps,
                           shallow.eps, fabs(lambda * (shallow.t_half - shallow.predicted)));
}

CLAIM(late_, "ORD.late", DERIVED,
      "[leading] Late cosh X approaches eta_p y^2/(2 eta_y): the position logits follow the "
      "decoder's gain y, X ~ 2 ln y.",
      "at the end of the longest course the ratio of the two is more than {percent} off 1",
      .bound = 0.02) {
    struct course last = {0}, first = {0};
    EACH_ROW (run, course, r)
        if (r->t > last.t) last = *r;
    if (!(last.t > 0)) return verdict_skip(v, "no course");
    double slow = smaller_of(p->eta_y, attndyn_order_lambda(p->eta_y, p->eta_p));
    if (p->late < 1e29) return verdict_skip(v, "needs late of 1e30");
    EACH_ROW (run, course, r)
        if (r->pi_far == last.pi_far && r->t * slow >= 1e4 && !(first.t > 0)) first = *r;
    double y_scale = p->eta_p * last.y * last.y / (2 * p->eta_y);
    if (y_scale < 300)
        return verdict_skip(v, "eta_p y^2/(2 eta_y) is only %.3g at the end", y_scale);
    return verdict_near(v, last.late, 1, v->bound, "at t = %.3g; at %.3g it is %.4f", last.t,
                        first.t, first.late);
}

CLAIM(common_pairs, "ORD.common-pairs", DERIVED,
      "[numeric] With trained position logits, which Scan&Snap's Theorem 2 does not have, it is "
      "common pairs (token, position) that are suppressed, not common tokens: A, which both "
      "classes share at other positions, grows, and falls only where positions are frozen.",
      "A does not end above its start with trained positions, or not below with frozen ones, or a "
      "token whose pairs are common as well does not fall") {
    double frozen = NAN, trained = NAN, common = NAN, rate = 0;
    EACH_ROW (run, pairs, r) {
        if (r->eta_p == 0) frozen = r->z_pair;
        if (r->eta_p >= 1 && (isnan(trained) || r->eta_p < rate))
            trained = r->z_pair, common = r->z_common, rate = r->eta_p;
    }
    if (isnan(frozen) || isnan(trained))
        return verdict_skip(v, "needs 0 and a rate of at least 1 in pair_rates");
    /* the signs, by more than the solver's errors add up to */
    return verdict_contrast(v, trained, 1e6 * p->rtol, larger_of(frozen, common), -1e6 * p->rtol,
                            "z of A: %.3f with p frozen, %.3f at eta_p = %g; the true common token "
                            "%.3f",
                            frozen, trained, rate, common);
}

CLAIM(starved_, "ORD.starved", DERIVED,
      "[numeric] A shortcut token, which gives the class away, starves the saddle: p_1 - p_2 "
      "grows no more than {bound}-fold by t = 1e8, where without the shortcut it grows from "
      "starved_eps to above 1 by t = 100.",
      "with the shortcut it grows more than {bound}-fold, or without it not above 1",
      .bound = 1e3) {
    double with = 0, without = NAN;
    EACH_ROW (run, starved, r) {
        if (r->shortcut) with = larger_of(with, fabs(r->gain));
        if (!r->shortcut && r->t <= 100 * (1 + 1e-9)) without = r->gain;
    }
    if (p->starved_eps > 1e-5) return verdict_skip(v, "needs starved_eps of at most 1e-5");
    if (!(without * p->starved_eps > 1))
        return verdict_at_most(v, INFINITY, v->bound, "without the shortcut only %.3g-fold",
                               without);
    return verdict_at_most(v, with, v->bound, "control, without the shortcut, t = 100: %.3g-fold",
                           without);
}

const struct check *const order_claims[] = {&reference_, &half_,    &bag,   &invariant,
                                            &plateau_,   &constant, &late_, &common_pairs,
                                            &starved_,   NULL};
