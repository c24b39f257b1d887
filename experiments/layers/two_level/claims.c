#include "two_level.h"

#include "theory/layers/two_level.h"

#define PARAMETERS two_level

CLAIM(flat_, "TW.flat", DERIVED,
      "[exact] All Q classes have the same bag of tokens: the share of each token is the same in "
      "all of them, so that one flat layer, which sees the bag alone, cannot leave the loss ln Q.",
      "a token's share differs between two classes by more than {bound}", .bound = 1e-15) {
    double apart = NOTHING_YET, pairs = NOTHING_YET;
    EACH_ROW (run, flat, r) {
        worst(&apart, r->highest - r->lowest);
        worst(&pairs, r->pair);
    }
    return verdict_at_most(
        v, apart, v->bound,
        "%zu tokens; at the origin the loss is ln Q + %.1g; control, which tokens "
        "share a segment: %.3g apart",
        ROWS(run, flat), at_origin_of(run).loss - log((double)p->Q), pairs);
}

CLAIM(rate_, "TW.lambda", DERIVED,
      "[exact] The plateau is left at the rate lambda = k sqrt((eta_Y/Q)(eta_zeta + eta_1 c2/2)), "
      "k = c2/(2 Q sqrt(c2/Q + 1 - c2)), the top rate of the flow linearised at the origin; c2 is "
      "the share of A_i, B_j in a segment's squared norm, eta_Y, eta_zeta, eta_1 the rates of "
      "decoder, layer 2 and layer 1.",
      "the top rate from the Hessian of the enumerated loss is off that by more than {bound} of "
      "it",
      .bound = 1e-10) {
    double c2 = at_origin_of(run).c2;
    /* an alternative form: c2/2 under another root */
    double control =
        attndyn_two_level_lambda((double)p->Q, c2, p->eta_y, p->eta_zeta, p->eta_1 * sqrt(2 / c2));
    return verdict_near(v, at_origin_of(run).lambda, at_origin_of(run).lambda_closed, v->bound,
                        "lambda = %.13g; control, sqrt(c2/2) for c2/2: off by %.3g",
                        at_origin_of(run).lambda, fabs(at_origin_of(run).lambda / control - 1));
}

CLAIM(reference_, "TW.reference", DERIVED,
      "[exact] lambda = .4107919181289, .1461306493063, .0843685697138, .0778492004064 for (Q, G, "
      "a) = (2, 0, 1), (2, 2, .5), (3, 2, .5), (5, 1, .7), at the rates eta_Y, eta_zeta, eta_1 = "
      "2, .7, 1.3.",
      "the Hessian's rate or the closed form differs from the prototype's by more than {bound}",
      .bound = 1e-12) {
    double error = WORST_GAP(run, reference, lambda, prototype);
    keep_larger(&error, WORST_GAP(run, reference, lambda_closed, prototype));
    return verdict_at_most(v, error, v->bound, "%zu models, printed to 13 digits",
                           ROWS(run, reference));
}

CLAIM(degenerate, "TW.degenerate", DERIVED,
      "[exact] The top rate at the origin has multiplicity 2(Q-1) for Q values of each latent: "
      "linearly, layer 2 may attend by any A_i or B_j, and only the start decides by which.",
      "in one of the models its multiplicity is another number") {
    double off = fabs(at_origin_of(run).multiplicity - 2 * (double)(p->Q - 1));
    EACH_ROW (run, reference, r) worst(&off, (double)(r->multiplicity - 2 * (r->Q - 1)));
    return verdict_at_most(v, off, 0, "%g-fold for Q = %ld", at_origin_of(run).multiplicity, p->Q);
}

CLAIM(whole, "TW.whole-hessian", DERIVED,
      "[exact] Nothing grows faster at the origin: lambda, taken from one block of the "
      "parameters, is the top rate of the whole Hessian.",
      "the dense spectrum's top differs by more than {bound} of the largest rate", .bound = 1e-12) {
    if (ROWS(run, spectrum) == 0)
        return verdict_skip(v, "the model is too large for its dense Hessian");
    struct spectrum top = {0}, next = {0};
    size_t fold = (size_t)at_origin_of(run).multiplicity;
    ROW(run, spectrum, 0, &top);
    if (fold < ROWS(run, spectrum)) ROW(run, spectrum, fold, &next);
    double scale = larger_of(at_origin_of(run).lambda, p->eta_y);
    return verdict_at_most(v, fabs(top.rate - at_origin_of(run).lambda) / scale, v->bound,
                           "top %.13g, the next one %.3g; within (zeta, z1) %.1g, along f %.1g",
                           top.rate, next.rate, at_origin_of(run).within, at_origin_of(run).along);
}

static const char no_course[] =
    "no course was integrated, or none left the plateau: Q above course_classes, or rates too "
    "unequal";

CLAIM(plateau, "TW.plateau", DERIVED,
      "[leading] Without a local task level 2 is found at the time t_2 = (ln(1/eps) + C)/lambda, "
      "eps the start of layer 2's logit and C a constant; t_2 is when its loss is ln(Q)/2.",
      "the slope of t_2 in ln(1/eps) times lambda is off 1 by more than {bound}", .bound = 1e-3) {
    struct onset shallow = {0}, deep = {0};
    size_t n = 0;
    EACH_ROW (run, onset, r) {
        if (r->local > 0 || isnan(r->t_2)) continue;
        if (n == 0 || r->eps > shallow.eps) shallow = *r;
        if (n == 0 || r->eps < deep.eps) deep = *r;
        n++;
    }
    if (ROWS(run, onset) == 0) return verdict_skip(v, no_course);
    if (n < 2 || deep.eps > shallow.eps / 100 || shallow.eps > 1e-3)
        return verdict_skip(v, "needs starts below 1e-3, a factor 100 apart");
    double lambda = at_origin_of(run).lambda;
    double slope = (deep.t_2 - shallow.t_2) / log(shallow.eps / deep.eps);
    double one =
        attndyn_two_level_lambda((double)p->Q, at_origin_of(run).c2, p->eta_y, p->eta_zeta, 0);
    return verdict_near(v, slope * lambda, 1, v->bound,
                        "eps = %g to %g, C = %.5f, %.5f; control, layer 2's channel alone: %.4f",
                        shallow.eps, deep.eps, lambda * shallow.t_2 - log(1 / shallow.eps),
                        lambda * deep.t_2 - log(1 / deep.eps), slope * one);
}

CLAIM(second_order, "TW.second-order", DERIVED,
      "[leading] While the plateau lasts layer 1 suppresses its common tokens at second order "
      "only, as e^(2 lambda t): the upper level leads.",
      "the exponent of this growth over lambda is off 2 by more than {bound}", .bound = 0.01) {
    double exponent = SCALAR_OF(run, two_level_scalars, exponent);
    if (ROWS(run, onset) == 0) return verdict_skip(v, no_course);
    if (p->G == 0) return verdict_skip(v, "no commons");
    if (isnan(exponent)) return verdict_skip(v, "no plateau long enough, or eta_1 = 0");
    return verdict_at_most(v, fabs(exponent - 2), v->bound,
                           "exponent %.5f; control, first order would be off by %.3f", exponent,
                           fabs(exponent - 1));
}

/* Onsets in order of the local weight, from the same eps. */
CLAIM(local_first, "TW.local-first", DERIVED,
      "[numeric] A local task of layer 1 ends the plateau of level 2 sooner: the heavier its "
      "weight, the earlier t_2.",
      "t_2 is not earlier with each larger weight") {
    double before = NAN, first = NAN, last = NAN, least = INFINITY;
    size_t n = 0;
    for (double weight = 0; weight < INFINITY;) {
        double t = NAN, next = INFINITY;
        EACH_ROW (run, onset, r) {
            if (r->eps != p->eps) continue;
            if (r->local == weight) t = r->t_2;
            if (r->local > weight) next = smaller_of(next, r->local);
        }
        if (!isnan(t)) {
            if (n++ > 0) least = smaller_of(least, before / t);
            if (n == 1) first = t;
            before = last = t;
        }
        weight = next;
    }
    if (n < 2) return verdict_skip(v, no_course);
    if (p->G == 0 || p->eta_1 < 0.1 * p->eta_zeta)
        return verdict_skip(v, "layer 1 has nothing to denoise, or hardly learns");
    return verdict_at_least(v, least, 1, "%zu weights: t_2 from %.4g down to %.4g", n, first, last);
}

CLAIM(wkb, "TW.wkb", DERIVED,
      "[leading] Level 2 is found, at t_2, when its clock int_0^t lambda(c2(t')) dt' is ln(1/eps) "
      "plus a number of order 1, whether layer 1 learns a local task or not.",
      "for some weight of the local task up to 1 the clock at t_2 less ln(1/eps) is "
      "outside [0, {bound}]",
      .bound = 6) {
    double low = INFINITY, high = -INFINITY, control = NOTHING_YET;
    EACH_ROW (run, onset, r) {
        if (r->local > 1 || isnan(r->t_2)) continue;
        low = smaller_of(low, r->excess), high = larger_of(high, r->excess);
        /* the rate at the origin instead of the one along the way */
        if (r->local > 0) worst(&control, at_origin_of(run).lambda * r->t_2 - log(1 / r->eps));
    }
    if (isinf(low)) return verdict_skip(v, no_course);
    return verdict_at_most(
        v, larger_of(-low, high - v->bound), 0,
        "%.2f to %.2f over %zu courses; control, with a local task but lambda of "
        "the origin: off by up to %.2f",
        low, high, ROWS(run, onset), control);
}

CLAIM(between, "TW.between-rates", DERIVED,
      "[numeric] A local task holds layer 1's logits of A, so that level 2 grows at a rate between "
      "lambda with eta_1 = 0 and lambda with eta_1.",
      "for some weight of the local task from 0.1 to 1 the clock at t_2 without the task is not "
      "between the clocks at t_2 with it, taken with eta_1 = 0 and with eta_1") {
    double alone = NAN, least = INFINITY;
    EACH_ROW (run, onset, r)
        if (r->local == 0 && r->eps == p->eps) alone = r->int_lambda;
    EACH_ROW (run, onset, r) {
        if (!(r->local >= 0.1 && r->local <= 1) || isnan(r->t_2)) continue;
        least = smaller_of(least, smaller_of(r->int_lambda - alone, alone - r->int_lambda_0));
    }
    if (isnan(alone) || isinf(least)) return verdict_skip(v, no_course);
    if (p->eta_1 < 0.1 * p->eta_zeta) return verdict_skip(v, "eta_1 is too small to tell");
    return verdict_at_least(v, least, 0, "alone %.4f; least distance to either end", alone);
}

/* The numbers of an independent prototype, which took lambda from one segment, with eps = 1e-4 but
 * for the second: printed to two to four digits. */
CLAIM(prototype, "TW.prototype", DERIVED,
      "[numeric] With the share c2 of the segment (A_1, B_1) alone in lambda the clock at t_2 "
      "less ln(1/eps) is 1.4529, 1.41, 1.68, 3.05 for weights 0, .01, .1, 1 of the local task (Q "
      "= 3, G = 4, a = .25, eps = 1e-4), and 1.4526 for eps = 1e-8, weight 0.",
      "one differs by more than its last digit allows") {
    static const struct {
        double eps, local, excess, digit;
    } at[] = {{1e-4, 0, 1.4529, 1e-4},
              {1e-8, 0, 1.4526, 1e-4},
              {1e-4, .01, 1.41, 1e-2},
              {1e-4, .1, 1.68, 1e-2},
              {1e-4, 1, 3.05, 1e-2}};
    double most = NOTHING_YET, control = NOTHING_YET;
    size_t found = 0;
    if (p->Q != 3 || p->G != 4 || p->a != .25 || p->eta_y != 2 || p->eta_zeta != .7 ||
        p->eta_1 != 1.3)
        return verdict_skip(v, "of Q = 3, G = 4, a = .25 and rates 2, .7, 1.3");
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        EACH_ROW (run, onset, r) {
            if (r->eps != at[i].eps || r->local != at[i].local || isnan(r->t_2)) continue;
            found++;
            worst(&most, (r->excess_key - at[i].excess) / at[i].digit);
            worst(&control, (r->excess - at[i].excess) / at[i].digit);
        }
    if (found == 0) return verdict_skip(v, no_course);
    return verdict_at_most(
        v, most, 1,
        "%zu numbers, in units of their last digits; control, with the mean over "
        "the segments: %.0f",
        found, control);
}

/* Level 2's clock at the moment when layer 1 is half way from its start to c2 = 1; NaN: never. */
static double denoised(const struct trial *run, double eps, double local, double half) {
    struct course before = {0};
    bool begun = false;
    EACH_ROW (run, course, r) {
        if (r->eps != eps || r->local != local) continue;
        if (begun && r->c2 >= half) {
            double share = (half - before.c2) / (r->c2 - before.c2);
            return before.clock + share * (r->clock - before.clock);
        }
        before = *r, begun = true;
    }
    return NAN;
}

/* "First" means by at least one e-folding of level 2; anything closer counts as simultaneous. */
CLAIM(bottom_up, "TW.bottom-up", DERIVED,
      "[numeric] The lower level is not always learned first: without a local task layer 1 drops "
      "its common tokens (c2 half way to 1) no more than one e-folding before level 2 is found; "
      "with the heaviest local task it does so earlier than that.",
      "without a local task c2 is half way to 1 more than one e-folding of level 2's clock before "
      "t_2, or with the heaviest less than one") {
    double alone = NAN, with = NAN, heavy = 0, start = at_origin_of(run).c2, half = (1 + start) / 2;
    EACH_ROW (run, onset, r) {
        if (r->eps != p->eps || isnan(r->t_2)) continue;
        double lead = r->int_lambda - denoised(run, r->eps, r->local, half);
        if (r->local == 0) alone = lead;
        if (r->local > heavy) heavy = r->local, with = lead;
    }
    if (isnan(alone) || isnan(with)) return verdict_skip(v, no_course);
    if (p->G == 0 || heavy < 1 || p->eps > 1e-3)
        return verdict_skip(v, "needs commons, a local weight of at least 1 and eps <= 1e-3");
    if (p->eta_1 < 0.1 * p->eta_zeta) return verdict_skip(v, "layer 1 hardly learns");
    return verdict_contrast(v, 1 / larger_of(alone, 1e-6), 1, 1 / larger_of(with, 1e-6), 1,
                            "c2 = %.4f at the start; it is %.4f %.3f e-foldings of level 2 before "
                            "the loss is halved, %.2f with local weight %g",
                            start, half, alone, with, heavy);
}

const struct check *const two_level_claims[] = {
    &flat_,       &rate_, &reference_, &degenerate, &whole,     &plateau, &second_order,
    &local_first, &wkb,   &between,    &prototype,  &bottom_up, NULL};
