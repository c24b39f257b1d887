#include "activation.h"

#include "../../base/wide.h"
#include "../../num/kernel.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {
    [ATTNDYN_ACTIVATION_LINEAR] = "linear",
    [ATTNDYN_ACTIVATION_RELU] = "relu",
    [ATTNDYN_ACTIVATION_LEAKY_RELU] = "leaky-relu",
    [ATTNDYN_ACTIVATION_STEP] = "step",
    [ATTNDYN_ACTIVATION_QUADRATIC] = "quadratic",
    [ATTNDYN_ACTIVATION_CUBIC] = "cubic",
    [ATTNDYN_ACTIVATION_ERF] = "erf",
    [ATTNDYN_ACTIVATION_TANH] = "tanh",
    [ATTNDYN_ACTIVATION_GELU] = "gelu",
    [ATTNDYN_ACTIVATION_SILU] = "silu",
};
enum { KINDS = sizeof names / sizeof *names };

struct jet {
    double h, d1, d2;
};

static struct jet jet_erf(double y) {
    double d1 = M_2_SQRTPI * exp(-y * y);
    return (struct jet){erf(y), d1, -2 * y * d1};
}

/* One expm1 gives all three without cancellation: tanh |y| = -e/(2 + e) and 1 - tanh^2 =
 * 4 (1 + e)/(2 + e)^2 with e = expm1(-2|y|). */
static struct jet jet_tanh(double y) {
    double e = expm1(-2 * fabs(y)), h = copysign(-e / (2 + e), y);
    double d1 = 4 * (1 + e) / ((2 + e) * (2 + e));
    return (struct jet){h, d1, -2 * h * d1};
}

static struct jet jet_gelu(double y) {
    double cdf = 0.5 * erfc(-M_SQRT1_2 * y);
    double density = 0.5 * M_2_SQRTPI * M_SQRT1_2 * exp(-0.5 * y * y);
    return (struct jet){y * cdf, cdf + y * density, (2 - y * y) * density};
}

/* s = 1/(1 + e^-y) and 1 - s, both without overflow. */
static struct jet jet_silu(double y) {
    double e = exp(-fabs(y)), near = 1 / (1 + e), far = e / (1 + e);
    double s = y > 0 ? near : far, rest = y > 0 ? far : near;
    return (struct jet){y * s, s * (1 + y * rest), s * rest * (2 + y * (rest - s))};
}

static struct jet jet_at(struct attndyn_activation a, double y) {
    switch (a.kind) {
    case ATTNDYN_ACTIVATION_LINEAR:
        return (struct jet){y, 1, 0};
    case ATTNDYN_ACTIVATION_RELU:
        return y > 0 ? (struct jet){y, 1, 0} : (struct jet){0, 0, 0};
    case ATTNDYN_ACTIVATION_LEAKY_RELU:
        return y > 0 ? (struct jet){y, 1, 0} : (struct jet){a.slope * y, a.slope, 0};
    case ATTNDYN_ACTIVATION_STEP:
        return (struct jet){y > 0 ? 1 : 0, 0, 0};
    case ATTNDYN_ACTIVATION_QUADRATIC:
        return (struct jet){0.5 * y * y, y, 1};
    case ATTNDYN_ACTIVATION_CUBIC:
        return (struct jet){y * y * y / 3, y * y, 2 * y};
    case ATTNDYN_ACTIVATION_ERF:
        return jet_erf(y);
    case ATTNDYN_ACTIVATION_TANH:
        return jet_tanh(y);
    case ATTNDYN_ACTIVATION_GELU:
        return jet_gelu(y);
    case ATTNDYN_ACTIVATION_SILU:
        return jet_silu(y);
    }
    return (struct jet){NAN, NAN, NAN};
}

double attndyn_activation_value(struct attndyn_activation a, double y) {
    return jet_at(a, y).h;
}

double attndyn_activation_first(struct attndyn_activation a, double y) {
    return jet_at(a, y).d1;
}

double attndyn_activation_second(struct attndyn_activation a, double y) {
    return jet_at(a, y).d2;
}

void attndyn_activation_apply(struct attndyn_activation a, size_t n, const double *restrict y,
                              double *restrict h, double *restrict d1, double *restrict d2) {
    if (a.kind == ATTNDYN_ACTIVATION_LINEAR) { /* the paper's figures: copied, not called */
        memcpy(h, y, n * sizeof *y);
        for (size_t i = 0; d1 && i < n; i++) d1[i] = 1;
        if (d2) memset(d2, 0, n * sizeof *d2);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct jet jet = jet_at(a, y[i]);
        h[i] = jet.h;
        if (d1) d1[i] = jet.d1;
        if (d2) d2[i] = jet.d2;
    }
}

/* The loops with an exponential let attndyn_kernel_exp do all of them at once. */
ATTNDYN_WIDE void attndyn_activation_slopes(struct attndyn_activation a, size_t n,
                                            const double *restrict y, double *restrict d1) {
    const double slope = a.slope, scale = 0.5 * M_2_SQRTPI * M_SQRT1_2; /* 1/sqrt(2 pi) */
    switch (a.kind) {
    case ATTNDYN_ACTIVATION_RELU:
        for (size_t i = 0; i < n; i++) d1[i] = y[i] > 0 ? 1 : 0;
        return;
    case ATTNDYN_ACTIVATION_LEAKY_RELU:
        for (size_t i = 0; i < n; i++) d1[i] = y[i] > 0 ? 1 : slope;
        return;
    case ATTNDYN_ACTIVATION_QUADRATIC:
        memcpy(d1, y, n * sizeof *y);
        return;
    case ATTNDYN_ACTIVATION_TANH:
        for (size_t i = 0; i < n; i++) d1[i] = -2 * fabs(y[i]);
        attndyn_kernel_exp(n, d1, 0);
        for (size_t i = 0; i < n; i++) d1[i] = 4 * d1[i] / ((1 + d1[i]) * (1 + d1[i]));
        return;
    case ATTNDYN_ACTIVATION_GELU:
        for (size_t i = 0; i < n; i++) d1[i] = -0.5 * y[i] * y[i];
        attndyn_kernel_exp(n, d1, 0);
        for (size_t i = 0; i < n; i++) d1[i] = 0.5 * erfc(-M_SQRT1_2 * y[i]) + y[i] * scale * d1[i];
        return;
    default:
        for (size_t i = 0; i < n; i++) d1[i] = attndyn_activation_first(a, y[i]);
        return;
    }
}

bool attndyn_activation_kinked(enum attndyn_activation_kind kind) {
    return kind == ATTNDYN_ACTIVATION_RELU || kind == ATTNDYN_ACTIVATION_LEAKY_RELU ||
           kind == ATTNDYN_ACTIVATION_STEP;
}

bool attndyn_activation_named(const char *name, enum attndyn_activation_kind *kind) {
    for (int k = 0; k < KINDS; k++)
        if (strcmp(name, names[k]) == 0) {
            *kind = (enum attndyn_activation_kind)k;
            return true;
        }
    return false;
}

const char *attndyn_activation_name(enum attndyn_activation_kind kind) {
    return (unsigned)kind < KINDS ? names[kind] : "?";
}
