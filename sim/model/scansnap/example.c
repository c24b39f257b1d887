#include "example.h"
#include "../../num/kernel.h"

#include <math.h>

void attndyn_example_normalise(size_t count, double *f) {
    double square = 0;
    for (size_t i = 0; i < count; i++) square += f[i] * f[i];
    attndyn_kernel_scale(count, 1 / sqrt(square), f);
}

double attndyn_example_residual(size_t width, size_t own, double never, double *x, double *alpha) {
    double most = attndyn_kernel_max(width, x), own_weight = exp(x[own] - most);
    x[own] = -INFINITY;
    double others = attndyn_kernel_exp(width, x, most) + (never - 1) * x[width - 1];
    double sum = own_weight + others;
    attndyn_kernel_scale(width, -1 / sum, x);
    *alpha = own_weight / sum;
    return x[own] = others / sum;
}

double attndyn_example_push(size_t count, double rate, const double *f, const double *g,
                            double *push) {
    double s = 0;
    for (size_t i = 0; i < count; i++) s += f[i] * g[i];
    for (size_t i = 0; i < count; i++) push[i] = rate * f[i] * (g[i] - f[i] * s);
    return s;
}

double attndyn_example_loss(double alpha, double delta) {
    return log1p(delta / alpha);
}

struct attndyn_example_entropy attndyn_example_entropy(size_t count, const double *c,
                                                       const bool *distinct) {
    struct attndyn_example_entropy h = {0};
    double mass = 0, on_distinct = 0;
    for (size_t i = 0; i < count; i++) {
        double part = c[i] > 0 ? -c[i] * log(c[i]) : 0;
        h.support += part;
        if (distinct[i]) {
            mass += c[i];
            on_distinct += part;
        } else {
            h.common_mass += c[i];
        }
    }
    /* -sum (c/mass) log (c/mass) */
    h.distinct = mass > 0 ? on_distinct / mass + log(mass) : NAN;
    return h;
}
