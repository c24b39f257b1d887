#include "ode_sums_private.h"

#include "../base/wide.h"
#include "kernel.h"

#include <math.h>
#include <nvector/nvector_serial.h>

/* For loops whose iterations are independent although their arrays may be the same. */
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

enum {
    LANES = 8,
    ENTRYWISE_FROM = 128, /* length from which each pays */
    SUMS_FROM = 4096
};

static sunrealtype dot(N_Vector x, N_Vector y) {
    double sum;
    size_t n = (size_t)N_VGetLength(x);
    attndyn_kernel_dots(1, NULL, N_VGetArrayPointer(x), n, n, N_VGetArrayPointer(y), &sum);
    return sum;
}

/* sqrt(mean of (x w)^2) */
static sunrealtype weighted_norm(N_Vector x, N_Vector w) {
    const double *a = N_VGetArrayPointer(x), *b = N_VGetArrayPointer(w);
    size_t n = (size_t)N_VGetLength(x), i = 0;
    double lane[LANES] = {0};
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            double p = a[i + k] * b[i + k];
            lane[k] += p * p;
        }
    for (size_t k = 0; i < n; i++, k++) lane[k] += (a[i] * b[i]) * (a[i] * b[i]);
    double sum =
        ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
    return sqrt(sum / (double)n);
}

/* z = a x + b y; z may be x or y, entry by entry. */
ATTNDYN_WIDE static void combine(size_t n, double a, const double *x, double b, const double *y,
                                 double *z) {
    INDEPENDENT
    for (size_t i = 0; i < n; i++) z[i] = a * x[i] + b * y[i];
}

static void linear_sum(sunrealtype a, N_Vector x, sunrealtype b, N_Vector y, N_Vector z) {
    combine((size_t)N_VGetLength(x), a, N_VGetArrayPointer(x), b, N_VGetArrayPointer(y),
            N_VGetArrayPointer(z));
}

/* The product alone, not + 0 y: y may hold infinities, and -0 + 0 is not -0. */
ATTNDYN_WIDE static void multiply(size_t n, double a, const double *x, double *z) {
    INDEPENDENT
    for (size_t i = 0; i < n; i++) z[i] = a * x[i];
}

static void scale(sunrealtype a, N_Vector x, N_Vector z) {
    multiply((size_t)N_VGetLength(x), a, N_VGetArrayPointer(x), N_VGetArrayPointer(z));
}

void attndyn_ode_sums(N_Vector vector) {
    sunindextype n = N_VGetLength(vector);
    if (n >= ENTRYWISE_FROM) {
        vector->ops->nvlinearsum = linear_sum;
        vector->ops->nvscale = scale;
    }
    if (n < SUMS_FROM) return;
    vector->ops->nvdotprod = dot;
    vector->ops->nvwrmsnorm = weighted_norm;
}
