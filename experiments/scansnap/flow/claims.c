#include "experiments/statements/statements.h"
#include "flow.h"

#include <string.h>

#define PARAMETERS flow

KNOWN(limit, flow) {
    f->contexts_infinite = 1;
}

/* Largest |error| of the cases whose name begins with `prefix`; -1 where there are none. */
static double of_cases(const struct trial *run, const char *prefix, size_t *rows) {
    double most = -1;
    *rows = 0;
    EACH_ROW (run, validation, r) {
        if (strncmp(r->which, prefix, strlen(prefix)) != 0) continue;
        ++*rows;
        worst(&most, r->error);
    }
    return most;
}

static enum attndyn_status known(const struct trial *run, const struct flow *p, const char *prefix,
                                 struct verdict *v) {
    size_t rows;
    double error = of_cases(run, prefix, &rows);
    if (rows == 0) return verdict_skip(v, "validate=false: the cases were not solved");
    return verdict_at_most(v, error, v->bound, "%zu number(s) by %s at rtol %g", rows,
                           attndyn_ode_method_name(p->method), p->rtol);
}

CLAIM(gradient, "C1.gradient", OF(S_L2),
      "The paper's dynamics of Y and z_m, in the mean over samples, are minus the gradient of the "
      "expected cross-entropy.",
      "at a random state a central difference of the loss is off the right-hand side (rates 1) by "
      "more than {bound}",
      .bound = 1e-7, .facts = KNOWN_OF(limit)) {
    return known(run, p, "gradient", v);
}

CLAIM(no_overlap, "C4.no-overlap", DERIVED,
      "From Y = Z = 0 the attention never moves where no token is shared between classes (tried: "
      "five classes, eta_Y = eta_Z = 1).",
      "some z_ml is off 0 by more than {bound} at t = 1e8", .bound = 1e-11) {
    return known(run, p, "no-overlap", v);
}

CLAIM(scaling, "C5.scaling", DERIVED,
      "The state depends on the rates and the time through eta_Y t and eta_Z/eta_Y alone.",
      "both rates tripled give, at a third of the time, a state that differs by more than {bound}",
      .bound = 1e-8) {
    return known(run, p, "scaling", v);
}

CLAIM(reference, "C15.reference", DERIVED,
      "The flow arrives at the values of independent integrations, on an asymmetric set and on "
      "the authors' data (V = K and V = M); with frozen attention Y_ln = f_nl sigma_n for a "
      "distinct token l of class n, sigma_n its internal time.",
      "a value is off by more than {bound}", .bound = 1e-7) {
    return known(run, p, "reference", v);
}

/* The drift of a conserved sum: in the run itself if it was the full flow, and in the asymmetric
 * example if that was solved. */
static enum attndyn_status drift(const struct trial *run, const struct flow *p, const char *prefix,
                                 double of_run, struct verdict *v) {
    size_t rows;
    double measured = of_cases(run, prefix, &rows);
    if (flow_is_reduced(p)) {
        if (rows == 0) return verdict_skip(v, "the reduced models carry no whole matrices");
    } else {
        worst(&measured, of_run);
    }
    bool newton = p->method == ATTNDYN_ODE_BDF_DENSE || p->method == ATTNDYN_ODE_BDF_KRYLOV;
    return verdict_at_most(v, measured, newton ? 1e-9 : 1e-11, "largest over all outputs%s, by %s",
                           rows > 0 ? " and on the asymmetric example" : "",
                           attndyn_ode_method_name(p->method));
}
CLAIM(z_sum, "C2.attention-sum", OF(S_L1),
      "sum_l z_ml never changes, for any data and rates (l: context tokens, m: a last token).",
      "a sum drifts by more than 1e-11 (1e-9 by the BDF methods, whose Newton iteration leaves a "
      "residual)") {
    return drift(run, p, "drift.z", SCALAR_OF(run, found, z_drift), v);
}
CLAIM(row_sums, "C2.decoder-row-sums", OF(S_L1),
      "The row sums of Y never change, for any data and rates.",
      "a row sum drifts by more than 1e-11 (1e-9 by the BDF methods, whose Newton iteration "
      "leaves a residual)") {
    return drift(run, p, "drift.row", SCALAR_OF(run, found, row_drift), v);
}

CLAIM(reduced, "C3.full-against-reduced", DERIVED,
      "On the symmetric family, where all classes are alike, the full flow is the reduced model of "
      "one class, for V = K outputs and for V > K.",
      "z or B of any class leaves the reduced model by more than {bound} (more where rtol is "
      "above {beside}, in proportion)",
      .bound = 1e-7, .beside = 1e-10) {
    double of_run = SCALAR_OF(run, found, reduced_error); /* NaN: it has no reduced counterpart */
    size_t rows;
    double error = of_cases(run, "reduced.", &rows);
    if (!isnan(of_run)) worst(&error, of_run);
    if (isnan(of_run) && rows == 0)
        return verdict_skip(
            v, "needs the full flow, data of the symmetric family and an adaptive integrator");
    return verdict_at_most(
        v, error, v->bound * larger_of(1, p->rtol / v->holds_bound),
        "z and B of every class, all outputs, and two cases with V = K and V = M, rtol %g",
        p->rtol);
}

CLAIM(
    loss, "E5.loss-falls", DERIVED, "The loss never rises along the flow.",
    "it rises between two outputs by more than {bound} of itself ({beside} rtol, if that is more)",
    .bound = 1e-9, .beside = 10) {
    if (p->model == model_qsd)
        return verdict_skip(v, "the quasi-static decoder is no gradient flow");
    double most = NOTHING_YET, before = NAN, first = NAN;
    EACH_ROW (run, course, r) {
        if (isnan(first)) first = before = r->loss;
        keep_larger(&most, r->loss > before ? (r->loss - before) / before : 0); /* from 0: inf */
        before = r->loss;
    }
    return verdict_at_most(
        v, most, larger_of(v->bound, v->holds_bound * p->rtol),
        "largest relative rise between two of %zu outputs; loss %.4g at first, %.4g at last",
        ROWS(run, course), first, before);
}

const struct check *const flow_claims[] = {&gradient, &z_sum,     &row_sums, &reduced, &no_overlap,
                                           &scaling,  &reference, &loss,     NULL};
