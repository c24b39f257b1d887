#include "order.h"

#include "../quadrature.h"

#include <math.h>

/* u at which ln(1 + e^-u) = ln(2)/2, and the quadrature's view of one orbit. */
static double half_gap(void) {
    return log1p(sqrt(2));
}

struct orbit {
    double eta_y, eta_p, X0; /* X0 >= 0 */
    double scale;            /* y = scale sinh s */
};

/* cosh X - ln(1 + cosh X) at X0 + D less its value at X0, D, X0 >= 0, without cancellation. */
static double rise(double X0, double D) {
    double s = sinh(D / 2), q = sinh(D / 4);
    return 2 * sinh(X0 + D / 2) * s - 2 * log1p(2 * q * q + tanh(X0 / 2) * s);
}

double attndyn_order_invariant(double eta_y, double eta_p, double y, double X) {
    double c = cosh(X);
    return y * y / (2 * eta_y) - (c - log1p(c)) / eta_p;
}

double attndyn_order_orbit(double eta_y, double eta_p, double X0, double y) {
    X0 = fabs(X0);
    double level = eta_p / eta_y * (y * y / 2);
    if (!(level > 0)) return X0;
    /* The rise is convex and lies above ((X0 + D)^2 - X0^2)/4, and e^X/6 lies below cosh X - ln(1 +
     * cosh X). Both give upper bounds, from which Newton's iteration falls monotonically. */
    double bound = 4 * level / (sqrt(X0 * X0 + 4 * level) + X0), c = cosh(X0);
    double D = fmin(bound, log(6 * (level + c - log1p(c))) - X0);
    if (!(D > 0)) D = bound;
    for (int i = 0; i < 200; i++) {
        double X = X0 + D, step = (rise(X0, D) - level) * (1 + cosh(X)) / (sinh(X) * cosh(X));
        if (!(fabs(step) > 4e-16 * D)) break;
        D -= step;
    }
    return X0 + D;
}

double attndyn_order_lambda(double eta_y, double eta_p) {
    return sqrt(eta_y * eta_p) / 2;
}

static double gate(double X) { /* h for X >= 0 */
    double e = exp(-X);
    return -expm1(-X) / sqrt(1 + e * e);
}

/* The gain at which the gap is ln(1 + sqrt 2): y h rises along the orbit, h from h(X0) to 1. */
static double gain_at_half(const struct orbit *o) {
    double low = log(half_gap()), high = log(half_gap() / gate(o->X0));
    if (!(high < 700)) high = 700; /* X0 = 0: the separatrix, from y = 0 on */
    for (int i = 0; i < 200 && high - low > 1e-16; i++) {
        double middle = 0.5 * (low + high), y = exp(middle);
        double gap = y * gate(attndyn_order_orbit(o->eta_y, o->eta_p, o->X0, y));
        if (gap < half_gap())
            low = middle;
        else
            high = middle;
    }
    return exp(0.5 * (low + high));
}

/* dt/ds = (1 + e^u)/(eta_y h) dy/ds */
static double time_per_s(double s, void *user) {
    const struct orbit *o = user;
    double y = o->scale * sinh(s), h = gate(attndyn_order_orbit(o->eta_y, o->eta_p, o->X0, y));
    return (1 + exp(y * h)) / (o->eta_y * h) * o->scale * cosh(s);
}

double attndyn_order_t_half(double eta_y, double eta_p, double X0) {
    struct orbit o = {eta_y, eta_p, fabs(X0), 0};
    if (o.X0 == 0) return INFINITY;
    double h = gate(o.X0);
    if (eta_p == 0) return (half_gap() + sqrt(2)) / (eta_y * h * h);
    /* Near the saddle X^2 = X0^2 + 2 (eta_p/eta_y) y^2. */
    o.scale = o.X0 * sqrt(eta_y / (2 * eta_p));
    return attndyn_quadrature(time_per_s, &o, 0, asinh(gain_at_half(&o) / o.scale), 0);
}

/* The same on the separatrix, less the pole at y = 0: in y, eta_y = 1, eta_p = ratio. */
static double beside_the_pole(double y, void *user) {
    const struct orbit *o = user;
    double h = gate(attndyn_order_orbit(1, o->eta_p, 0, y));
    return (1 + exp(y * h)) / h - 2 * sqrt(2) / (sqrt(2 * o->eta_p) * y);
}

double attndyn_order_constant(double ratio) {
    struct orbit o = {1, ratio, 0, 0};
    double end = gain_at_half(&o);
    return log(2 * sqrt(2 * ratio) * end) +
           attndyn_order_lambda(1, ratio) * attndyn_quadrature(beside_the_pole, &o, 0, end, 1e-12);
}
