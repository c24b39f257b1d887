#include "erf.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>

static double sign(double x) {
    return x < 0 ? -1 : 1;
}

/* r of the header: the rate at which Q(w) falls. */
static double rate(const struct attndyn_joma_erf *law) {
    return law->eta_w * fabs(law->delta) * exp(law->c) * sqrt(law->rho / (2 * M_PI));
}

static double w_of(const struct attndyn_joma_erf *law, double v) {
    return sign(law->delta) * sqrt(law->rho) * v;
}

static double v_of(const struct attndyn_joma_erf *law, double w) {
    return sign(law->delta) * w / sqrt(law->rho);
}

static double upper(double w) {
    return 0.5 * erfc(w * M_SQRT1_2);
}

/* w from the upper tail, the lower tail or erf(w/sqrt 2) = lower - upper, whichever is best
 * conditioned. In the middle one Newton step, as the quantile of 1/2 + small loses the digits of
 * small. */
static double quantile(double up, double low, double middle) {
    if (fabs(middle) < 0.5) {
        double w = gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * middle);
        return w - (erf(w * M_SQRT1_2) - middle) / (M_2_SQRTPI * M_SQRT1_2 * exp(-0.5 * w * w));
    }
    return up < low ? gsl_cdf_ugaussian_Qinv(up) : gsl_cdf_ugaussian_Pinv(low);
}

double attndyn_joma_erf_blowup(const struct attndyn_joma_erf *law) {
    return law->delta == 0 ? GSL_POSINF : upper(w_of(law, law->v0)) / rate(law);
}

double attndyn_joma_erf_at(const struct attndyn_joma_erf *law, double t) {
    if (law->delta == 0) return law->v0;
    double w0 = w_of(law, law->v0), moved = rate(law) * t;
    double up = upper(w0) - moved;
    if (!(up > 0)) return GSL_NAN;
    return v_of(law, quantile(up, upper(-w0) + moved, erf(w0 * M_SQRT1_2) + 2 * moved));
}

double attndyn_joma_erf_before(const struct attndyn_joma_erf *law, double gap) {
    if (law->delta == 0) return law->v0;
    double up = rate(law) * gap;
    if (up >= 1) return GSL_NAN;
    return v_of(law, quantile(up, 1 - up, 1 - 2 * up));
}

double attndyn_joma_erf_time(const struct attndyn_joma_erf *law, double v) {
    if (law->delta == 0) return v == law->v0 ? 0 : GSL_NAN;
    double w0 = w_of(law, law->v0), w = w_of(law, v), moved;
    if (fabs(w0) < 1 && fabs(w) < 1)
        moved = 0.5 * (erf(w * M_SQRT1_2) - erf(w0 * M_SQRT1_2));
    else if (w0 + w > 0)
        moved = upper(w0) - upper(w);
    else
        moved = upper(-w) - upper(-w0);
    return moved / rate(law);
}

double attndyn_joma_erf_gap(const struct attndyn_joma_erf *law, double v) {
    return law->delta == 0 ? GSL_POSINF : upper(w_of(law, v)) / rate(law);
}

size_t attndyn_joma_erf_winner(size_t n, const struct attndyn_joma_erf *laws, double *blowup) {
    size_t winner = 0;
    double first = GSL_POSINF;
    for (size_t l = 0; l < n; l++) {
        double t = attndyn_joma_erf_blowup(&laws[l]);
        if (t < first) first = t, winner = l;
    }
    if (blowup != NULL) *blowup = first;
    return winner;
}

void attndyn_joma_erf_all_before(size_t n, const struct attndyn_joma_erf *laws, double gap,
                                 double *v) {
    double first;
    attndyn_joma_erf_winner(n, laws, &first);
    for (size_t l = 0; l < n; l++) {
        double own = attndyn_joma_erf_blowup(&laws[l]);
        double left = own - first + gap; /* exact for the winner: own == first */
        if (laws[l].delta == 0) v[l] = laws[l].v0;
        /* near the start the elapsed time is better conditioned than the gap */
        else if (left > 0.5 * own)
            v[l] = attndyn_joma_erf_at(&laws[l], first - gap);
        else
            v[l] = left > 0 ? attndyn_joma_erf_before(&laws[l], left)
                            : sign(laws[l].delta) * GSL_POSINF;
    }
}

/* The normalised clock when the winner stands at w; fills v. */
static double normalised_time(size_t n, const struct attndyn_joma_erf *laws, const double *x,
                              size_t winner, double w, double *v, double *gap) {
    const struct attndyn_joma_erf *lead = &laws[winner];
    *gap = upper(w) / rate(lead);
    attndyn_joma_erf_all_before(n, laws, *gap, v);
    double elapsed = attndyn_joma_erf_time(lead, v_of(lead, w)), t = 0;
    const double first = attndyn_joma_erf_blowup(lead);
    for (size_t l = 0; l < n; l++) {
        const struct attndyn_joma_erf *law = &laws[l];
        /* The winner and those that tie with it, however far out they are, even where the gap has
         * no digits left. */
        if (rate(law) == rate(lead) && attndyn_joma_erf_blowup(law) == first) v[l] = v_of(law, w);
        if (law->delta == 0)
            t += x[l] * exp(law->c + 0.5 * law->rho * law->v0 * law->v0) * elapsed;
        else
            t += x[l] * (v[l] - law->v0) / (law->eta_w * law->delta);
    }
    return t;
}

bool attndyn_joma_erf_normalised(size_t n, const struct attndyn_joma_erf *laws, const double *x,
                                 double t, double *v, double *gap) {
    double first, left;
    size_t winner = attndyn_joma_erf_winner(n, laws, &first);
    if (!gsl_finite(first)) return false;
    /* t rises with w at least as fast as the winner's own term, which gives a bracket; then the
     * Illinois method. */
    double low = w_of(&laws[winner], laws[winner].v0), f_low = -t;
    double slope =
        x[winner] / (laws[winner].eta_w * fabs(laws[winner].delta) * sqrt(laws[winner].rho));
    double high = low + t / slope;
    double f_high = normalised_time(n, laws, x, winner, high, v, &left) - t;
    double w = high;
    for (int i = 0; i < 200 && high - low > 1e-15 * (1 + fabs(high)); i++) {
        w = (low * f_high - high * f_low) / (f_high - f_low);
        if (!(w > low && w < high)) w = 0.5 * (low + high);
        double f = normalised_time(n, laws, x, winner, w, v, &left) - t;
        if (f == 0) break;
        if (f < 0) {
            low = w, f_low = f, f_high *= 0.5;
        } else {
            high = w, f_high = f, f_low *= 0.5;
        }
    }
    normalised_time(n, laws, x, winner, w, v, &left);
    if (gap != NULL) *gap = left;
    return true;
}

void attndyn_joma_linear_at(const struct attndyn_joma_erf *law, double z0, double t, double *v,
                            double *z) {
    double root = sqrt(law->rho), x = root * law->eta_w * law->delta * t;
    *v = law->v0 * cosh(x) + z0 / root * sinh(x);
    *z = z0 * cosh(x) + root * law->v0 * sinh(x);
}

static double spread(size_t n, double least, double most, double sum) {
    return n == 0 ? GSL_NAN : (most - least) / fabs(sum / (double)n);
}

double attndyn_joma_erf_spread(size_t n, const double *v, const double *v0, const double *delta,
                               double divisor) {
    double least = GSL_POSINF, most = GSL_NEGINF, sum = 0;
    size_t used = 0;
    for (size_t l = 0; l < n; l++) {
        if (delta[l] == 0) continue;
        double u = (erf(v[l] / divisor) - (v0 ? erf(v0[l] / divisor) : 0)) / delta[l];
        least = fmin(least, u), most = fmax(most, u), sum += u, used++;
    }
    return spread(used, least, most, sum);
}

double attndyn_joma_erf_time_spread(size_t n, const struct attndyn_joma_erf *laws,
                                    const double *v) {
    double least = GSL_POSINF, most = GSL_NEGINF, sum = 0;
    size_t used = 0;
    for (size_t l = 0; l < n; l++) {
        if (laws[l].delta == 0) continue;
        double u = attndyn_joma_erf_time(&laws[l], v[l]);
        least = fmin(least, u), most = fmax(most, u), sum += u, used++;
    }
    return spread(used, least, most, sum);
}
