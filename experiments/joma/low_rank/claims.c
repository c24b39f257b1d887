#include "low_rank.h"

#include "experiments/joma/shared/components.h"
#include "experiments/statements/statements.h"

#include <stdio.h>
#include <string.h>

#define PARAMETERS low_rank

#define NEEDS_ALL                                                                                  \
    if (p->study != study_all) return verdict_skip(v, "not part of study=large")

CLAIM(closed_form, "J3a.closed-form", DERIVED_AS("derived here, from JoMA, Theorems 1 and 2"),
      "under dV/dt = diag(exp((V o V) 1/2)) Delta, (A), the rows of V decouple, keep their "
      "direction, and their norms follow the error function of Theorem 2",
      "up to a largest row norm of 5 V is off by more than {bound}, or its time is relatively",
      .bound = 1e-9) {
    if (p->study == study_all) NEEDS_TIGHT;
    double error = NOTHING_YET, to = 0;
    EACH_ROW (run, ranks, r) {
        if (strcmp(r->form, "shared") != 0 || r->radius > 5) continue;
        worst(&error, r->error);
        to = larger_of(to, r->radius);
    }
    if (to == 0) return verdict_skip(v, "no radius up to 5");
    return verdict_at_most(v, error, v->bound, "to radius %g, %ld by %ld numbers", to, p->M, p->K);
}

CLAIM(three_integrators, "J3b.three-integrators", DERIVED,
      "each of the three forms (A), (B), (C) of dV/dt follows its own closed form, by three "
      "integrators",
      "an entry of V is off by more than {bound}", .bound = 1e-9) {
    NEEDS_ALL;
    NEEDS_TIGHT;
    double error[3] = {0};
    static const char *const names[3] = {"adams", "bdf-dense", "rk4"};
    EACH_ROW (run, forms, r)
        for (int m = 0; m < 3; m++)
            if (strcmp(r->method, names[m]) == 0) worst(&error[m], r->error);
    if (ROWS(run, forms) == 0) return verdict_skip(v, "all times lie beyond the blow-up");
    return verdict_at_most(v, joma_largest(error, 3), v->bound,
                           "three forms: adams %.2g, bdf-dense %.2g, rk4 %.2g", error[0], error[1],
                           error[2]);
}

/* A form of several nodes: how far V is at most from the joint flow, beside the form that holds. */
static enum attndyn_status refuted(const struct trial *run, const struct low_rank *p,
                                   struct verdict *v, double form) {
    const double shared = WORST(run, joint, shared);
    if (p->study != study_all) return verdict_skip(v, "not part of study=large");
    if (p->joint_K < 2) return verdict_skip(v, "the forms agree for one node");
    if (ROWS(run, joint) == 0) return verdict_skip(v, "joint_at is empty");
    return verdict_erratum(v, form, v->bound, shared, 1e-9,
                           "deviation of V from the joint flow: %.4f, of the form that holds %.2g",
                           form, shared);
}

ERRATUM(
    printed_form, "E3.printed-form", OF(G_B6_rows),
    "GaLore has dV/dt = diag(exp(V o V/2) 1) Delta/A for nodes that share one attention, exp "
    "taken entry by entry, as Eq. 48 spells out; it is diag(exp((V o V) 1/2)) Delta/A, with the "
    "exponent summed over the nodes",
    "at all times looked at V of the printed form, Delta divided by K, is within {percent} of "
    "that of the joint flow of nodes and attention, or at some time V of the other is not within "
    "1e-9",
    .bound = 0.01) {
    return refuted(run, p, v, WORST(run, joint, printed));
}

ERRATUM(
    separate_form, "E3.separate-form", OF(G_B6_nodes),
    "GaLore has dV/dt = exp(V o V/2) o Delta/A for n nodes that share one attention, as if each "
    "had its own; it is diag(exp((V o V) 1/2)) Delta/A",
    "at all times looked at V of the printed form is within {percent} of that of the joint flow "
    "of nodes and attention, or at some time V of the other is not within 1e-9",
    .bound = 0.01) {
    return refuted(run, p, v, WORST(run, joint, separate));
}

CLAIM(largest_norm_wins, "J3c.winner", DERIVED,
      "the row of Delta with the largest 2-norm blows up first under (A); under the printed form "
      "(B) the one whose time, by quadrature, is the least",
      "in one of the random Delta another row wins") {
    NEEDS_ALL;
    size_t wrong = 0, printed = 0, n = ROWS(run, winners);
    EACH_ROW (run, winners, r) {
        wrong += r->shared != r->largest_norm;
        printed += r->printed != r->first_printed;
    }
    return verdict_at_most(
        v, wrong_of((double)(wrong + printed), n), 0,
        "of %zu Delta: the flow and the largest norm differ in %zu, the printed form and "
        "its quadrature in %zu",
        n, wrong, printed);
}

/* Delta in which one row leads as the lemma supposes. */
KNOWN(one_row_leads, low_rank) {
    f->gradient_stationary = 1;
    f->nodes = (double)p->winner_K;
    double least = INFINITY;
    EACH_ROW (run, winners, r)
        if (strcmp(r->draw, "lead") == 0) least = smaller_of(least, r->margin);
    f->margin = isinf(least) ? NAN : least;
}

CLAIM(leading_row, "B6.leading-row", OF(G_B6_winner),
      "Where mubar_l = max_k |Delta_lk| of one row is more than n times that of every other, n "
      "the number of nodes, that row blows up first",
      "in one of these Delta another row wins, in the flow or in the printed form",
      .facts = KNOWN_OF(one_row_leads)) {
    NEEDS_ALL;
    size_t wrong = 0, n = 0, others = 0, apart = 0;
    EACH_ROW (run, winners, r) {
        bool leads = strcmp(r->draw, "lead") == 0;
        leads ? n++ : others++;
        if (leads)
            wrong += r->shared != r->largest_entry || r->printed != r->largest_entry;
        else
            apart += r->printed != r->shared;
    }
    return verdict_at_most(
        v, wrong_of((double)wrong, n), 0,
        "of %zu Delta, in the flow and in the printed form; control: where no row "
        "leads the two pick different rows in %zu of %zu",
        n, apart, others);
}

ERRATUM(galore_time, "E3.galore-time", OF(G_B6_time),
        "GaLore has the row of the largest mubar_l = max_k |Delta_lk| infinite at A sqrt(pi)/(2 "
        "mubar) at the latest; the 1/2 in the exponent of Eq. 43 and 44 is lost in Eq. 47, and for "
        "one node that time is too early by sqrt(2)",
        "for one node the blow-up is within {percent} of that time, or not within 1e-9 of sqrt(2) "
        "times it",
        .bound = 0.2) {
    NEEDS_ALL;
    double measured = SCALAR_OF(run, outcome, one_measured);
    double printed = SCALAR_OF(run, outcome, one_galore);
    size_t later = 0, n = 0;
    EACH_ROW (run, winners, r)
        if (strcmp(r->draw, "normal") == 0) n++, later += r->printed_time > 1;
    return verdict_erratum(
        v, fabs(printed / measured - 1), v->bound, fabs(sqrt(2) * printed / measured - 1), 1e-9,
        "one node, Delta = 1: measured %.10g, printed %.10g; with %ld nodes it comes after the "
        "blow-up, and bounds it from above, in %zu of %zu random Delta",
        measured, printed, p->winner_K, later, n);
}

/* Mean stable ranks over the seeds: normal Delta, shared form. */
static struct ranks mean_at(const struct trial *run, double radius) {
    struct ranks sum = {0};
    size_t n = 0;
    EACH_ROW (run, ranks, r) {
        if (strcmp(r->family, "normal") != 0 || strcmp(r->form, "shared") != 0 ||
            r->radius != radius)
            continue;
        sum.sr_V += r->sr_V, sum.sr_dV += r->sr_dV, n++;
    }
    sum.sr_V = n ? sum.sr_V / (double)n : NAN;
    sum.sr_dV = n ? sum.sr_dV / (double)n : NAN;
    return sum;
}

CLAIM(gradient_rank_falls, "J3d.gradient-rank-falls", DERIVED,
      "under (A) the stable rank sr(dV/dt) falls with the radius, the largest row norm of V, from "
      "1 on",
      "it rises between two radii of some Delta") {
    /* Rows are emitted radius by radius within one Delta and form. */
    double rise = 0;
    size_t n = 0;
    struct ranks before = {.radius = INFINITY};
    EACH_ROW (run, ranks, r) {
        if (strcmp(r->form, "shared") == 0 && before.radius >= 1 && r->radius > before.radius) {
            n++;
            rise = larger_of(rise, r->sr_dV - before.sr_dV);
        }
        before = *r;
    }
    if (n == 0) return verdict_skip(v, "needs two radii from 1 on");
    return verdict_at_most(v, rise, 1e-9, "%zu steps between radii, every Delta", n);
}

CLAIM(V_to_rank_one, "J3h.V-to-rank-one", DERIVED,
      "under (A) V tends to rank one as its largest row grows, but slowly: sr(V) - 1 falls like "
      "1/radius^2, radius the largest row norm, that is like 1/ln(1/(t* - t)) before the blow-up "
      "at t*",
      "between radius 17 and 34 the power is off 2 by more than {bound} for some kind of Delta",
      .bound = 0.05) {
    NEEDS_ALL;
    if (p->M < 8 || p->K < 4) return verdict_skip(v, "stated for M >= 8 and K >= 4");
    double off = NOTHING_YET, before = NAN, radius = NAN;
    char note[200] = "";
    EACH_ROW (run, approach, r) {
        if (r->radius == 34) {
            double power = log(before / r->rest) / log(r->radius / radius);
            size_t at = strlen(note);
            snprintf(note + at, sizeof note - at, "%s %.3f, ", r->family, power);
            worst(&off, power - 2);
        }
        before = r->rest, radius = r->radius;
    }
    struct ranks at = mean_at(run, 5);
    return verdict_at_most(v, off, v->bound,
                           "powers: %sat radius 5, 6e-7 t* before the blow-up, sr(V) = %.3f and "
                           "sr(dV/dt) - 1 = %.1e (normal Delta)",
                           note, at.sr_V, at.sr_dV - 1);
}

CLAIM(thresholds, "J3e.thresholds", DERIVED,
      "under (A) V comes to a stable rank below 1.1 only at a radius (largest row norm of V) more "
      "than 1.5 times as large as that at which dV/dt does",
      "for some kind of Delta the ratio of the two radii, medians over the seeds, is below "
      "{bound}",
      .bound = 1.5) {
    NEEDS_ALL;
    if (p->M < 8 || p->K < 4) return verdict_skip(v, "stated for M >= 8 and K >= 4");
    double least = INFINITY;
    char note[300] = "";
    size_t used = 0;
    EACH_ROW (run, thresholds, r) {
        least = smaller_of(least, r->V_radius / r->dV_radius);
        used += (size_t)snprintf(note + used, sizeof note - used, "%s %.2f (%.3f t*), %.1f; ",
                                 r->family, r->dV_radius, r->dV_time, r->V_radius);
        if (used >= sizeof note) break;
    }
    return verdict_at_least(v, least, v->bound, "sr < 1.1 from radius, dV/dt then V: %s", note);
}

/* The row of `training` at an iteration, or that of the overflow (-1); false if there is none. */
static bool trained(const struct trial *run, const char *attention, const char *gradient,
                    long iteration, struct training *found) {
    EACH_ROW (run, training, r) {
        bool ok = strcmp(r->outcome, "ok") == 0;
        if (strcmp(r->attention, attention) != 0 || strcmp(r->gradient, gradient) != 0) continue;
        if (iteration < 0 ? ok : r->iteration != iteration) continue;
        *found = *r;
        return true;
    }
    return false;
}

CLAIM(training_real, "J3f.training-real", DERIVED,
      "the gradients of training keep their rank longer than a fixed one does: rank one is a "
      "limit of stationary back-propagated gradients g",
      "after 2000 updates with softmax attention the effective rank of the gradient of V "
      "under cross-entropy is below {bound} times that with the fixed gradient",
      .bound = 1.2) {
    NEEDS_ALL;
    struct training fixed, real;
    if (!trained(run, "softmax", "fixed", 2000, &fixed) ||
        !trained(run, "softmax", "ce", 2000, &real))
        return verdict_skip(v, "needs iteration 2000");
    if (p->train_rate < 0.1)
        return verdict_skip(v, "claimed for train_rate >= 0.1: slower, little is learnt by then");
    return verdict_at_least(
        v, real.er_dV / fixed.er_dV, v->bound,
        "effective rank of the gradient after 2000 updates: fixed %.3f, of the cross-entropy %.3f",
        fixed.er_dV, real.er_dV);
}

CLAIM(training_blow_up, "J3g.training-blow-up", DERIVED,
      "with exp attention a fixed gradient overflows in training, and that of the cross-entropy "
      "does not within the iterations run",
      "the fixed one does not overflow, or the other one does") {
    NEEDS_ALL;
    struct training overflow, other;
    bool overflows = trained(run, "exp", "fixed", -1, &overflow);
    if (p->train_at.count == 0 || p->train_at.at[p->train_at.count - 1] < 2000)
        return verdict_skip(v, "needs 2000 iterations");
    if (!overflows && p->train_rate < 0.1)
        return verdict_skip(v, "train_rate < 0.1: the fixed gradient has not overflowed yet");
    if (!overflows) return verdict_at_most(v, 1, 0, "the fixed gradient does not overflow");
    return verdict_at_most(v, trained(run, "exp", "ce", -1, &other), 0,
                           "exp attention: the fixed gradient overflows at iteration %ld, that of "
                           "the cross-entropy never",
                           overflow.iteration);
}

const struct check *const low_rank_claims[] = {&closed_form,
                                               &three_integrators,
                                               &printed_form,
                                               &separate_form,
                                               &largest_norm_wins,
                                               &leading_row,
                                               &galore_time,
                                               &gradient_rank_falls,
                                               &V_to_rank_one,
                                               &thresholds,
                                               &training_real,
                                               &training_blow_up,
                                               NULL};
