#include "isotropic.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

const char *attndyn_theta_activation_name(enum attndyn_theta_activation activation) {
    static const char *const names[ATTNDYN_THETA_COUNT] = {
        "linear", "relu", "leaky-relu", "step", "quadratic",
        "cubic",  "erf",  "tanh",       "gelu", "silu"};
    return names[activation];
}

static double normal_density(double k) {
    return exp(-0.5 * k * k) * (M_SQRT1_2 / M_SQRTPI);
}
/* erfc keeps the relative accuracy of the left tail. */
static double normal_cdf(double k) {
    return 0.5 * erfc(-k * M_SQRT1_2);
}
static double logistic(double y) {
    return y >= 0 ? 1 / (1 + exp(-y)) : exp(y) / (1 + exp(y));
}

double attndyn_theta_phi(const struct attndyn_theta *theta, double y) {
    switch (theta->activation) {
    case ATTNDYN_THETA_LINEAR:
        return y;
    case ATTNDYN_THETA_RELU:
        return y > 0 ? y : 0;
    case ATTNDYN_THETA_LEAKY_RELU:
        return y > 0 ? y : theta->slope * y;
    case ATTNDYN_THETA_STEP:
        return y > 0;
    case ATTNDYN_THETA_QUADRATIC:
        return 0.5 * y * y;
    case ATTNDYN_THETA_CUBIC:
        return y * y * y / 3;
    case ATTNDYN_THETA_ERF:
        return erf(y);
    case ATTNDYN_THETA_GELU:
        return y * normal_cdf(y);
    case ATTNDYN_THETA_TANH:
        return tanh(y);
    case ATTNDYN_THETA_SILU:
        return y * logistic(y);
    case ATTNDYN_THETA_COUNT:
        break;
    }
    return NAN;
}

static double sech_squared(double y) {
    double e = exp(-2 * fabs(y));
    return 4 * e / ((1 + e) * (1 + e));
}
static double silu_prime(double y) {
    double s = logistic(y);
    return s * (1 + y * logistic(-y));
}

double attndyn_theta_phi_prime(const struct attndyn_theta *theta, double y) {
    switch (theta->activation) {
    case ATTNDYN_THETA_LINEAR:
        return 1;
    case ATTNDYN_THETA_RELU:
        return y > 0;
    case ATTNDYN_THETA_LEAKY_RELU:
        return y > 0 ? 1 : theta->slope;
    case ATTNDYN_THETA_STEP:
        return 0;
    case ATTNDYN_THETA_QUADRATIC:
        return y;
    case ATTNDYN_THETA_CUBIC:
        return y * y;
    case ATTNDYN_THETA_ERF:
        return M_2_SQRTPI * exp(-y * y);
    case ATTNDYN_THETA_GELU:
        return normal_cdf(y) + y * normal_density(y);
    case ATTNDYN_THETA_TANH:
        return sech_squared(y);
    case ATTNDYN_THETA_SILU:
        return silu_prime(y);
    case ATTNDYN_THETA_COUNT:
        break;
    }
    return NAN;
}

static double tanh_second(double y) {
    return -2 * tanh(y) * sech_squared(y);
}
static double silu_second(double y) {
    double s = logistic(y), t = logistic(-y);
    return s * t * (2 + y * (t - s));
}

/* E f(r + tau z), z standard normal, for f analytic in |Im y| < pole that falls like exp(left y)
 * and exp(-right y) (0: bounded): the trapezoidal rule, whose error is exp(-2 pi a/h) for an
 * integrand analytic in |Im z| < a (Trefethen and Weideman, SIAM Review 56, 2014, section 5).
 * The window lies around the largest value of the integrand, so that far tails keep their
 * relative accuracy. */
static double average_analytic(double (*f)(double), double pole, double left, double right,
                               double r, double tau) {
    const double digits = 46; /* exp(-46) = 1e-20: the size of the truncation and aliasing errors */
    double peak = -r / tau, rate_left = 0, rate_right = 0;
    if (r > right * tau * tau) {
        peak = -right * tau;
    } else if (r < -left * tau * tau) {
        peak = left * tau;
    } else { /* the integrand has its corner at y = 0 */
        rate_left = left * tau - peak;
        rate_right = right * tau + peak;
    }
    /* w^2/2 + rate w = digits */
    double width_left = 2 * digits / (rate_left + sqrt(rate_left * rate_left + 2 * digits));
    double width_right = 2 * digits / (rate_right + sqrt(rate_right * rate_right + 2 * digits));
    double a = fmin(pole / tau, sqrt(2 * digits));
    double h = 2 * M_PI * a / (digits + 0.5 * a * a);
    long first = -(long)ceil(width_left / h), last = (long)ceil(width_right / h);
    double sum = 0;
    for (long i = first; i <= last; i++) {
        double z = peak + (double)i * h;
        sum += f(r + tau * z) * normal_density(z);
    }
    return h * sum;
}

void attndyn_theta_gauss(const struct attndyn_theta *theta, double r, double n, double *c1,
                         double *c2) {
    double sigma = theta->sigma, tau = n * sigma, k = r / tau;
    double variance = sigma * sigma, spread = tau * tau;
    switch (theta->activation) {
    case ATTNDYN_THETA_LINEAR:
        *c1 = 1;
        *c2 = 0;
        return;
    case ATTNDYN_THETA_RELU:
        *c1 = normal_cdf(k);
        *c2 = sigma * normal_density(k) / n;
        return;
    case ATTNDYN_THETA_LEAKY_RELU:
        *c1 = theta->slope + (1 - theta->slope) * normal_cdf(k);
        *c2 = (1 - theta->slope) * sigma * normal_density(k) / n;
        return;
    case ATTNDYN_THETA_STEP:
        *c1 = normal_density(k) / tau;
        *c2 = -k / (n * n) * normal_density(k);
        return;
    case ATTNDYN_THETA_QUADRATIC:
        *c1 = r;
        *c2 = variance;
        return;
    case ATTNDYN_THETA_CUBIC:
        *c1 = r * r + spread;
        *c2 = 2 * r * variance;
        return;
    case ATTNDYN_THETA_ERF: {
        double wide = 1 + 2 * spread;
        *c1 = M_2_SQRTPI * exp(-r * r / wide) / sqrt(wide);
        *c2 = -2 * r * variance * *c1 / wide;
        return;
    }
    case ATTNDYN_THETA_GELU: {
        double wide = 1 + spread, q = r / sqrt(wide);
        *c1 = normal_cdf(q) + q * normal_density(q) / wide;
        *c2 =
            variance * normal_density(q) / sqrt(wide) * (2 - r * r / (wide * wide) - spread / wide);
        return;
    }
    case ATTNDYN_THETA_TANH:
        *c1 = average_analytic(sech_squared, M_PI_2, 2, 2, r, tau);
        *c2 = variance * average_analytic(tanh_second, M_PI_2, 2, 2, r, tau);
        return;
    case ATTNDYN_THETA_SILU:
        *c1 = average_analytic(silu_prime, M_PI, 1, 0, r, tau);
        *c2 = variance * average_analytic(silu_second, M_PI, 1, 1, r, tau);
        return;
    case ATTNDYN_THETA_COUNT:
        break;
    }
    *c1 = *c2 = NAN;
}

void attndyn_theta_sphere_relu(double radius, size_t dimension, double r, double n, double *c1,
                               double *c2) {
    double half = 0.5 * ((double)dimension - 1), u = r / (n * radius);
    if (u >= 1 || u <= -1) { /* the whole sphere lies on one side */
        *c1 = u > 0;
        *c2 = 0;
        return;
    }
    double inside = (1 - u) * (1 + u); /* 1 - u^2 */
    /* I_{1-x}(b, a) = 1 - I_x(a, b): the form without cancellation near u = -1 */
    double outer = 0.5 * gsl_sf_beta_inc(half, 0.5, inside);
    *c1 = u < 0 ? outer : 1 - outer;
    double k_d = exp(gsl_sf_lngamma(half + 0.5) - gsl_sf_lngamma(half)) / M_SQRTPI;
    *c2 = radius * k_d * pow(inside, half) / (2 * half * n);
}
