#include "token_law.h"

#include <string.h>

#define PARAMETERS token_law

/* The largest drift of a token's value, of r's data set, form and time. */
static double drift_beside(const struct trial *run, const struct law *r) {
    double most = NOTHING_YET;
    EACH_ROW (run, law, s)
        if (s->data == r->data && s->t == r->t && strcmp(s->form, r->form) == 0)
            worst(&most, s->drift);
    return most;
}

CLAIM(flow_, "TL.flow", DERIVED,
      "[exact] The token law: for every token l, sum_m z_ml/eta_z - |u_l|^2/(2 eta_u) is "
      "conserved where the output of attention is normalised before anything else, or attention "
      "is exp; z_ml are its attention logits over the queries m, u_l its value embedding, eta_z "
      "and eta_u their rates.",
      "in some data set some token's value drifts by more than {bound} rtol times its terms",
      .bound = 1e3) {
    double drift = NOTHING_YET, scale = 1, control = INFINITY;
    EACH_ROW (run, law, r) {
        if (!r->kept) continue;
        worst(&drift, r->drift);
        scale = larger_of(scale, larger_of(fabs(r->sum_z), r->half_u2));
    }
    EACH_ROW (run, law, r) {
        if (r->kept || r->t < p->t_end) continue;
        control = smaller_of(control, drift_beside(run, r));
    }
    return verdict_at_most(
        v, drift / scale, v->bound * p->rtol,
        "%zu values, drift %.2g; control, no norm, residual inside or joint norm: "
        "at least %.2g",
        ROWS(run, law), drift, control);
}

CLAIM(unnormalised, "TL.control", DERIVED,
      "[exact] For the token law the norm must come first: without a norm, with the residual "
      "inside it, or with one norm for all heads, it fails.",
      "in some data set a control's value drifts by less than {bound}", .bound = 1e-3) {
    double least = INFINITY;
    const char *weakest = "";
    EACH_ROW (run, law, r) {
        if (r->kept || r->token != 0 || r->t < p->t_end) continue;
        const double most = drift_beside(run, r);
        if (most < least) least = most, weakest = r->form;
    }
    if (p->t_end < 5) return verdict_skip(v, "needs t_end of at least 5");
    return verdict_at_least(v, least, v->bound, "largest drift of a token at t_end; weakest: %s",
                            weakest);
}

CLAIM(floor_, "TL.floor", DERIVED,
      "[exact] Under the token law the sum over the queries of a token's attention logits falls "
      "by no more than (eta_z/(2 eta_u)) |u_l(0)|^2.",
      "in some data set, at some time, a token's sum is below that floor") {
    double least = INFINITY, deepest = 0;
    EACH_ROW (run, law, r) {
        if (!r->kept) continue;
        if (!(r->above >= least)) least = r->above;
        deepest = smaller_of(deepest, r->above - r->half_u2);
    }
    return verdict_at_least(v, least, 0, "room above the floor, least over all tokens and times");
}

CLAIM(ledger_, "TL.ledger", DERIVED,
      "[exact] Under SGD the value of the token law, sum_m z_ml/eta_z - |u_l|^2/(2 eta_u), drifts "
      "by -(1/(2 eta_u)) sum |step of u_l|^2 and by nothing else.",
      "at some step the drift of a token differs from that by more than {bound}", .bound = 1e-12) {
    double error = NOTHING_YET;
    EACH_ROW (run, ledger, r) worst(&error, r->drift + r->squares);
    return verdict_at_most(v, error, v->bound, "%zu entries; control, without the squares: %.3g",
                           ROWS(run, ledger), WORST(run, ledger, drift));
}

/* The largest drift at the last step of this learning rate. */
static double final_drift(const struct trial *run, double lr) {
    long last = 0;
    double most = NOTHING_YET;
    EACH_ROW (run, ledger, r)
        if (r->lr == lr && r->step > last) last = r->step;
    EACH_ROW (run, ledger, r)
        if (r->lr == lr && r->step == last) worst(&most, r->drift);
    return most;
}

CLAIM(halves, "TL.first-order", DERIVED,
      "[leading] At a fixed time, steps times learning rate, the largest drift of the token law "
      "under SGD is proportional to the learning rate.",
      "its exponent in the learning rate differs from 1 by more than {bound}", .bound = 0.25) {
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < p->lrs.count; i++)
        low = smaller_of(low, p->lrs.at[i]), high = larger_of(high, p->lrs.at[i]);
    if (!(high >= 4 * low)) return verdict_skip(v, "needs lrs a factor 4 apart");
    double exponent = log(final_drift(run, high) / final_drift(run, low)) / log(high / low);
    return verdict_at_most(v, fabs(exponent - 1), v->bound,
                           "drift %.3g at lr = %g, %.3g at %g: exponent %.3f",
                           final_drift(run, high), high, final_drift(run, low), low, exponent);
}

CLAIM(joma, "TL.joma", DERIVED,
      "[exact] With exp attention, a residual and trained embeddings, as in JoMA but for these, "
      "z_l = (eta_z/(2 eta_u)) |u_l|^2 + c_l, and W W^T/eta_w - (U_C U_C^T + u u^T)/eta_u is "
      "constant, U_C and u the embeddings of tokens and query.",
      "for some eta_u above 0 one of the two is off by more than {bound} of the change of z, or "
      "of the first term",
      .bound = 1e-8) {
    double law = NAN, layers = NAN, control = 0;
    EACH_ROW (run, theorem, r) {
        if (isnan(r->law)) continue;
        if (isnan(law)) law = layers = 0;
        worst(&law, r->law), worst(&layers, r->layers);
        control = larger_of(control, r->error);
    }
    if (isnan(law)) return verdict_skip(v, "needs an eta_u > 0 in theorem1");
    return verdict_at_most(v, larger_of(law, layers), v->bound,
                           "token law %.2g, layers %.2g; control, Theorem 1: up to %.3g", law,
                           layers, control);
}

CLAIM(theorem1, "TL.instead-of-theorem-1", DERIVED,
      "[exact] With trained embeddings (JoMA's Theorem 1 has fixed ones) z_l = (eta_z/(2 eta_w)) "
      "sum_k v_lk^2 + c_l no longer holds; z_l = (eta_z/(2 eta_u)) |u_l|^2 + c_l does.",
      "at the first eta_u from 0.1 on Theorem 1 is off by less than {percent} of the change of z "
      "or the token law by more than {beside}, or with fixed embeddings Theorem 1 is off by more "
      "than {beside}",
      .bound = 0.05, .beside = 1e-8) {
    double error = NAN, law = NAN, fixed = NAN, rate = 0;
    EACH_ROW (run, theorem, r) {
        if (r->eta_u == 0) fixed = r->error;
        if (r->eta_u >= 0.1 && (isnan(error) || r->eta_u < rate))
            error = r->error, law = r->law, rate = r->eta_u;
    }
    if (isnan(error)) return verdict_skip(v, "needs an eta_u of at least 0.1 in theorem1");
    if (!isnan(fixed) && !(fixed <= v->holds_bound))
        return verdict_contrast(v, 0, v->bound, fixed, v->holds_bound,
                                "fixed embeddings: off by %.2g", fixed);
    return verdict_contrast(
        v, error, v->bound, law, v->holds_bound,
        "eta_u = %g: Theorem 1 off by %.3g of |dz|, the token law by %.2g; with "
        "fixed embeddings Theorem 1 is off by %.2g",
        rate, error, law, fixed);
}

CLAIM(on_text, "TL.text", DERIVED,
      "[exact] The token law holds on the transformer, trained on text by SGD, too: behind an l2, "
      "RMS or layer norm of the attention's output, and with JoMA's exp attention, it drifts by "
      "half the squared steps of u_l over eta_u and by nothing else.",
      "beyond the squared steps the value of some token drifts by more than {bound}",
      .bound = 1e-12) {
    double rest = NOTHING_YET, drift = NOTHING_YET, bought = NOTHING_YET, learnt = INFINITY;
    if (p->text_steps == 0) return verdict_skip(v, "text_steps=0");
    EACH_ROW (run, trained, r) {
        if (!r->kept) continue;
        worst(&rest, r->rest);
        worst(&drift, r->drift);
        worst(&bought, r->bought);
        if (r->step == p->text_steps) learnt = smaller_of(learnt, r->learnt);
    }
    /* rounding, 1e-16 of the terms a step, adds up as a random walk: TL.ledger's bound */
    return verdict_at_most(
        v, rest, v->bound,
        "%ld steps, the loss falls by at least %.2f; sums of logits move by %.3g; control, "
        "without the squares: %.3g",
        p->text_steps, learnt, bought, drift);
}

CLAIM(text_control, "TL.text-control", DERIVED,
      "[exact] On text the token law does not hold without a norm, with the residual inside the "
      "norm, or under Adam.",
      "it holds there as well: beyond the squared steps the drift is below {bound}",
      .bound = 1e-4) {
    double least = INFINITY;
    const char *weakest = "";
    if (p->text_steps == 0) return verdict_skip(v, "text_steps=0");
    EACH_ROW (run, trained, r)
        if (!r->kept && r->step == p->text_steps && r->rest < least)
            least = r->rest, weakest = r->form;
    return verdict_at_least(v, least, v->bound, "at the end; weakest: %s", weakest);
}

const struct check *const token_law_claims[] = {&flow_,    &unnormalised, &floor_,  &ledger_,
                                                &halves,   &joma,         &on_text, &text_control,
                                                &theorem1, NULL};
