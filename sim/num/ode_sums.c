#include "ode_sums.h"

#include "kernel.h"

#include <math.h>
#include <nvector/nvector_serial.h>

enum { LANES = 8 };

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

void attndyn_ode_sums(N_Vector vector) {
    vector->ops->nvdotprod = dot;
    vector->ops->nvwrmsnorm = weighted_norm;
}
