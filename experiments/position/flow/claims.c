#include "flow.h"

#define PARAMETERS position_flow

static bool moved(const struct trial *run, double *p_max, double *z_max) {
    *p_max = *z_max = 0;
    EACH_ROW (run, course, r) {
        *p_max = larger_of(*p_max, r->p_max);
        *z_max = larger_of(*z_max, r->z_max);
    }
    return *p_max > 1e-6;
}

CLAIM(sums, "POS.sums", DERIVED,
      "[exact] The sum of the position logits p_r and, for every query m, the sum over the tokens "
      "l of the content logits z_ml are conserved.",
      "one moves by more than {bound} rtol of the largest logit", .bound = 1e3) {
    double most = NOTHING_YET, p_max, z_max;
    moved(run, &p_max, &z_max);
    if (p->code != code_free) {
        EACH_ROW (run, course, r) worst(&most, r->sum_z);
    } else {
        EACH_ROW (run, course, r) worst(&most, larger_of(fabs(r->sum_p), r->sum_z));
    }
    return verdict_at_most(v, most, v->bound * p->rtol * larger_of(1, larger_of(p_max, z_max)),
                           "control, single logits: |p| up to %.4f, |z| up to %.4f", p_max, z_max);
}

CLAIM(frozen, "POS.frozen", DERIVED,
      "[exact] Where the tokens' laws P_r(l|n) are the same at all positions r, as in Scan&Snap's "
      "data, the position logits p_r never move.",
      "with all P_r alike |p| exceeds 1e-11", .unjudged = "quick") {
    double p_max, z_max;
    moved(run, &p_max, &z_max);
    if (p->data != placed_alike) return verdict_skip(v, "needs data=alike");
    return verdict_at_most(v, p_max, 1e-11, "control, content: |z| up to %.4f", z_max);
}

CLAIM(law, "POS.law", DERIVED,
      "[exact] The position law: (1 - e^{-p_r})/pi_r, p_r the logit and pi_r the share of "
      "position r, is the same for all positions with the same laws P_r(l|n).",
      "within a group of such positions it spreads by more than {bound} of its size",
      .bound = 1e-8) {
    double spread = NOTHING_YET, apart = 0, p_max, z_max;
    if (p->code != code_free) return verdict_skip(v, "free position logits only");
    if (!moved(run, &p_max, &z_max)) return verdict_skip(v, "p does not move");
    EACH_ROW (run, course, r) {
        if (r->p_max < 1e-4) continue; /* digits of the law are lost in e^-p */
        worst(&spread, r->spread);
        apart = r->apart;
    }
    return verdict_at_most(v, spread, v->bound,
                           "|p| up to %.4f; control, between groups at the end: %.3g", p_max,
                           apart);
}

CLAIM(blocks, "POS.blocks", DERIVED,
      "[exact] Tokens and positions that occur with one another alone keep (the sum of their "
      "content logits z)/eta_z - (the sum of their position logits p)/eta_p.",
      "a block's sum moves by more than {bound} rtol of the largest logit", .bound = 1e3) {
    double most = NOTHING_YET, p_max, z_max;
    moved(run, &p_max, &z_max);
    if (!p->shared || !(p->eta_p > 0) || !(p->eta_z > 0) || p->code != code_free)
        return verdict_skip(v,
                            "free position logits shared by the queries, and both rates above 0");
    EACH_ROW (run, course, r) worst(&most, r->block);
    return verdict_at_most(
        v, most, v->bound * p->rtol * larger_of(1, larger_of(p_max / p->eta_p, z_max / p->eta_z)),
        "control, single logits: |p| up to %.4f, |z| up to %.4f", p_max, z_max);
}

CLAIM(early_, "POS.early", DERIVED,
      "[leading] At first the position logits grow as p_r = eta_Y eta_p (t^2/2) R_r, R_r the force "
      "at the start, eta_Y and eta_p the rates of decoder and position logits.",
      "at t = 1e-3 over the largest rate one p_r is off by more than {bound} of the largest",
      .bound = 1e-3) {
    double most = NOTHING_YET, size = 0, t = 0;
    EACH_ROW (run, early, r) size = larger_of(size, fabs(r->predicted)), t = r->t;
    EACH_ROW (run, early, r) worst(&most, (r->p - r->predicted) / size);
    if (ROWS(run, early) == 0) return verdict_skip(v, "free position logits shared by the queries");
    if (!(size > 1e-14)) return verdict_skip(v, "p does not move");
    return verdict_at_most(v, most, v->bound,
                           "t = %g, largest p %.3g; control, without the 1/V: off by %.3g", t, size,
                           (double)(p->num_last * p->num_next_per_last) - 1);
}

const struct check *const position_flow_claims[] = {&sums, &frozen, &law, &blocks, &early_, NULL};
