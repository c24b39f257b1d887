/* scansnap/flow: the claims. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "flow.h"

#include <math.h>
#include <string.h>

/* Largest |error| of the cases whose name begins with `prefix`; -1 where there are none. */
static double worst(const struct results *r, const char *prefix, size_t *rows) {
    double most = -1;
    *rows = 0;
    for (size_t i = 0; i < results_rows(r, "validation"); i++) {
        if (strncmp(results_text(r, "validation", i, "case"), prefix, strlen(prefix)) != 0)
            continue;
        double error = fabs(results_real(r, "validation", i, "error"));
        ++*rows;
        if (isnan(error)) return NAN;
        most = fmax(most, error);
    }
    return most;
}

static enum attndyn_status known(const struct params *p, const struct results *r,
                                 const char *prefix, double bound, struct verdict *v) {
    size_t rows;
    double error = worst(r, prefix, &rows);
    if (rows == 0) return verdict_skip(v, "validate=false: the cases were not solved");
    return verdict_at_most(v, error, bound, "%zu numbers by %s at rtol %g", rows,
                           param_text(p, "method"), param_real(p, "rtol"));
}

#define KNOWN(name, prefix, bound)                                                                 \
    static enum attndyn_status name(struct attndyn_context *ctx, const struct params *p,           \
                                    const struct results *r, struct verdict *v) {                  \
        (void)ctx;                                                                                 \
        return known(p, r, prefix, bound, v);                                                      \
    }
KNOWN(check_gradient, "gradient", 1e-7)
KNOWN(check_no_overlap, "no-overlap", 1e-11)
KNOWN(check_scaling, "scaling", 1e-8)
KNOWN(check_reference, "reference", 1e-7)

/* The larger one; NaN stays. */
static double larger(double a, double b) {
    return isnan(a) || a >= b ? a : b;
}

/* Of the run, where it is the full flow, and of the asymmetric example, where it was solved. */
static enum attndyn_status drift(const struct params *p, const struct results *r,
                                 const char *prefix, double of_run, struct verdict *v) {
    size_t rows;
    double example = worst(r, prefix, &rows);
    bool full = !param_is(p, "model", "reduced") && !param_is(p, "model", "qsd");
    if (!full && rows == 0) return verdict_skip(v, "the reduced models carry no whole matrices");
    double measured = !full ? example : rows == 0 ? of_run : larger(of_run, example);
    bool newton = strncmp(param_text(p, "method"), "bdf", 3) == 0;
    return verdict_at_most(v, measured, newton ? 1e-9 : 1e-11, "largest over all outputs%s, by %s",
                           rows > 0 ? " and on the asymmetric example" : "",
                           param_text(p, "method"));
}
static enum attndyn_status check_z_sum(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx;
    return drift(p, r, "drift.z", results_scalar_value(r, "z_drift"), v);
}
static enum attndyn_status check_row_sums(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *r, struct verdict *v) {
    (void)ctx;
    return drift(p, r, "drift.row", results_scalar_value(r, "row_drift"), v);
}

static enum attndyn_status check_reduced(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx;
    double error = results_scalar_value(r, "reduced_error"), rtol = param_real(p, "rtol");
    size_t rows;
    double cases = worst(r, "reduced.", &rows);
    if (isnan(error) && rows > 0)
        error = cases; /* the run has no reduced counterpart */
    else if (rows > 0)
        error = larger(error, cases);
    if (isnan(error) && rows == 0)
        return verdict_skip(v, "needs the full flow, data of the symmetric family and an adaptive "
                               "integrator");
    return verdict_at_most(
        v, error, 1e-7 * fmax(1, rtol / 1e-10),
        "z and B of every class, all outputs, and two cases with V = K and V = M, "
        "rtol %g",
        rtol);
}

static enum attndyn_status check_loss(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *r, struct verdict *v) {
    (void)ctx;
    if (param_is(p, "model", "qsd"))
        return verdict_skip(v, "the quasi-static decoder is no gradient flow");
    size_t rows = results_rows(r, "course");
    double most = 0;
    for (size_t i = 1; i < rows; i++) {
        double before = results_real(r, "course", i - 1, "loss");
        most = fmax(most, (results_real(r, "course", i, "loss") - before) / before);
    }
    return verdict_at_most(v, most, fmax(1e-9, 10 * param_real(p, "rtol")),
                           "largest relative rise between two of %zu outputs; loss %.4g at first, "
                           "%.4g at last",
                           rows, results_real(r, "course", 0, "loss"),
                           results_real(r, "course", rows - 1, "loss"));
}

const struct check *const flow_checks[] = {
    &(const struct check){"C1.gradient", CHECK_CLAIM,
     "The printed dynamics of Y and z_m are minus the gradient of the expected cross-entropy.",
     "Scan&Snap, dynamics of Y and Z (section 3)",
     "central differences of the loss leave the right-hand side by more than 1e-7", check_gradient},
    &(const struct check){"C2.attention-sum", CHECK_CLAIM, "sum_l z_ml never changes, for any data and rates.",
     "derived here: the projection of LN annihilates c_n",
     "the sum drifts by more than the integrator's rounding", check_z_sum},
    &(const struct check){"C2.decoder-row-sums", CHECK_CLAIM, "The row sums of Y never change, for any data and rates.",
     "derived here: e_n - alpha_n sums to zero",
     "a row sum drifts by more than the integrator's rounding", check_row_sums},
    &(const struct check){"C3.full-against-reduced", CHECK_CLAIM,
     "On the symmetric family the full flow is the reduced model of one class, for V = K and V > "
     "K.",
     "derived here", "z or B of any class leaves the reduced model", check_reduced},
    &(const struct check){"C4.no-overlap", CHECK_CLAIM,
     "Without tokens shared between classes the attention never moves, whatever its rate.",
     "derived here; silent in the paper: common tokens are needed",
     "z moves to t = 1e8 by more than 1e-11", check_no_overlap},
    &(const struct check){"C5.scaling", CHECK_CLAIM, "The state depends on eta_Y t and eta_Z/eta_Y alone.",
     "derived here", "rates times 3 and time by 3 give another state", check_scaling},
    &(const struct check){"C15.reference", CHECK_CLAIM,
     "The flow arrives at the reference values of an asymmetric and of the authors' data.",
     "three other integrators, agreeing to 8e-12", "a value is off by more than 1e-7",
     check_reference},
    &(const struct check){"E5.loss-falls", CHECK_CLAIM, "The loss never rises along the flow.",
     "gradient flow (derived here)", "it rises between two outputs", check_loss},
    NULL};
