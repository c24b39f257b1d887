/* Theorem 3's averages straight from their definitions, by GSL's adaptive Gauss-Kronrod rule. */
#include "isotropic.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

enum { INTERVALS = 2000 };

struct integrand {
    double (*f)(double y, void *user);
    void *user;
    double r, n;      /* y = r + n s */
    double scale;     /* sigma or the radius */
    size_t dimension; /* sphere; 0: Gaussian */
    int power;        /* of s */
    bool weak;        /* the factor s^2/sigma^2 - 1 instead of a power */
    bool absolute;    /* |...|: the scale against which errors are judged */
};

/* Gaussian: x = s/sigma. Sphere: s = radius sin x, so that the density, singular at the rim for
 * d = 2, becomes cos(x)^(d-2). */
static double density_times(double x, void *user) {
    const struct integrand *in = user;
    double s, weight;
    if (in->dimension) {
        double half = 0.5 * ((double)in->dimension - 1);
        s = in->scale * sin(x);
        weight = exp(gsl_sf_lngamma(half + 0.5) - gsl_sf_lngamma(half)) / M_SQRTPI *
                 pow(cos(x), 2 * half - 1);
    } else {
        s = in->scale * x;
        weight = exp(-0.5 * x * x) * (M_SQRT1_2 / M_SQRTPI);
    }
    double factor = in->weak ? x * x - 1 : in->power ? s : 1;
    double value = in->f(in->r + in->n * s, in->user) * factor * weight;
    return in->absolute ? fabs(value) : value;
}

/* Over the density's support, split where y passes 0 (kinks, and the narrow peak of phi' when
 * n sigma is large). */
static bool integrate(struct integrand *in, double *integral) {
    double end = in->dimension ? M_PI_2 : 38; /* exp(-38^2/2) is the smallest double */
    double zero = -in->r / (in->n * in->scale);
    if (in->dimension) zero = fabs(zero) < 1 ? asin(zero) : 2 * end;
    double narrow = 1 / (in->n * in->scale);
    double wanted[] = {-8,
                       0,
                       8,
                       zero - 20 * narrow,
                       zero - 3 * narrow,
                       zero,
                       zero + 3 * narrow,
                       zero + 20 * narrow};
    double points[2 + sizeof wanted / sizeof *wanted];
    size_t count = 0;
    points[count++] = -end;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i] > -end && wanted[i] < end) points[count++] = wanted[i];
    for (size_t i = 1; i < count; i++) /* insertion sort */
        for (size_t j = i; j > 0 && points[j] < points[j - 1]; j--) {
            double swap = points[j];
            points[j] = points[j - 1];
            points[j - 1] = swap;
        }
    points[count++] = end;

    /* Like gsl_integration_workspace, but on the stack: a pure function must not run out of
     * memory. */
    double a[INTERVALS], b[INTERVALS], r[INTERVALS], e[INTERVALS];
    size_t order[INTERVALS], level[INTERVALS];
    gsl_integration_workspace workspace = {.limit = INTERVALS,
                                           .alist = a,
                                           .blist = b,
                                           .rlist = r,
                                           .elist = e,
                                           .order = order,
                                           .level = level};
    gsl_function f = {.function = density_times, .params = in};
    double total = 0, scale = 0, error = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        if (points[i + 1] <= points[i]) continue;
        double part = 0, part_error = 0;
        in->absolute = true; /* the scale first: what an error may be measured against */
        gsl_integration_qag(&f, points[i], points[i + 1], 0, 1e-3, INTERVALS, GSL_INTEG_GAUSS31,
                            &workspace, &part, &part_error);
        scale += part;
        in->absolute = false;
        /* GSL may report that roundoff stopped it; only the error estimate counts */
        gsl_integration_qag(&f, points[i], points[i + 1], 1e-15 * part, 2e-14, INTERVALS,
                            GSL_INTEG_GAUSS31, &workspace, &part, &part_error);
        total += part;
        error += part_error;
    }
    *integral = total;
    return error <= 1e-12 * scale;
}

bool attndyn_theta_average_gauss(double (*f)(double y, void *user), void *user, double sigma,
                                 double r, double n, double *mean, double *along) {
    struct integrand in = {.f = f, .user = user, .r = r, .n = n, .scale = sigma};
    bool good = integrate(&in, mean);
    in.power = 1;
    good = integrate(&in, along) && good;
    *along /= n;
    return good;
}

bool attndyn_theta_average_sphere(double (*f)(double y, void *user), void *user, double radius,
                                  size_t dimension, double r, double n, double *mean,
                                  double *along) {
    struct integrand in = {
        .f = f, .user = user, .r = r, .n = n, .scale = radius, .dimension = dimension};
    bool good = integrate(&in, mean);
    in.power = 1;
    good = integrate(&in, along) && good;
    *along /= n;
    return good;
}

static double phi_of(double y, void *user) {
    return attndyn_theta_phi(user, y);
}

bool attndyn_theta_weak_gauss(const struct attndyn_theta *theta, double r, double n, double *c1,
                              double *c2) {
    struct attndyn_theta copy = *theta;
    struct integrand in = {
        .f = phi_of, .user = &copy, .r = r, .n = n, .scale = theta->sigma, .power = 1};
    bool good = integrate(&in, c1);
    *c1 /= n * theta->sigma * theta->sigma;
    in.weak = true;
    good = integrate(&in, c2) && good;
    *c2 /= n * n;
    return good;
}
