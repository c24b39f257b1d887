#include "entropy.h"

#include <math.h>

/* Weights are taken relative to the largest, e = w / max = exp(-d). With R = the sum of all others'
 * e, H = ln(1 + R) + sum e d / (1 + R): no term is lost where R is tiny. */
struct relative {
    double rest, moment;
};

static double relative_entropy(struct relative r) {
    return log1p(r.rest) + r.moment / (1 + r.rest);
}

static size_t largest(size_t n, const double *x) {
    size_t best = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) return n;
        if (x[i] > x[best]) best = i;
    }
    return best;
}

double attndyn_entropy(size_t n, const double *w) {
    size_t best = largest(n, w);
    if (best >= n || !(w[best] > 0) || isinf(w[best])) return NAN;
    struct relative r = {0, 0};
    for (size_t i = 0; i < n; i++) {
        if (w[i] < 0) return NAN;
        double e = w[i] / w[best];
        if (i == best || e == 0) continue;
        r.rest += e;
        r.moment -= e * log(e);
    }
    return relative_entropy(r);
}

double attndyn_entropy_of_logs(size_t n, const double *log_w) {
    size_t best = largest(n, log_w);
    if (best >= n || isinf(log_w[best])) return NAN;
    struct relative r = {0, 0};
    for (size_t i = 0; i < n; i++) {
        double d = log_w[best] - log_w[i], e = exp(-d);
        if (i == best || e == 0) continue;
        r.rest += e;
        r.moment += e * d;
    }
    return relative_entropy(r);
}

double attndyn_log_sum_exp(size_t n, const double *log_w) {
    size_t best = largest(n, log_w);
    if (n == 0) return -INFINITY;
    if (best >= n) return NAN;
    if (isinf(log_w[best])) return log_w[best];
    double rest = 0;
    for (size_t i = 0; i < n; i++)
        if (i != best) rest += exp(log_w[i] - log_w[best]);
    return log_w[best] + log1p(rest);
}

double attndyn_participation(size_t n, const double *w) {
    size_t best = largest(n, w);
    if (best >= n || !(w[best] > 0)) return NAN;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double e = w[i] / w[best];
        sum += e;
        squares += e * e;
    }
    return sum * sum / squares;
}

static double total(size_t n, const double *w) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += w[i];
    return sum;
}

double attndyn_top_share(size_t n, const double *w, size_t count) {
    double sum = total(n, w), top = 0, below = INFINITY;
    for (size_t taken = 0; taken < count && taken < n;) {
        double next = -INFINITY;
        size_t equal = 0;
        for (size_t i = 0; i < n; i++) {
            if (!(w[i] < below)) continue;
            if (w[i] > next) next = w[i], equal = 0;
            if (w[i] == next) equal++;
        }
        if (equal == 0) return NAN; /* NaN among the weights */
        if (equal > count - taken) equal = count - taken;
        top += (double)equal * next;
        taken += equal;
        below = next;
    }
    return top / sum;
}

double attndyn_sparsity(size_t n, const double *w, double threshold) {
    double sum = total(n, w);
    size_t below = 0;
    for (size_t i = 0; i < n; i++) below += w[i] / sum < threshold;
    return isnan(sum) || n == 0 ? NAN : (double)below / (double)n;
}

double attndyn_total_variation(size_t n, const double *p, const double *q) {
    double p_sum = total(n, p), q_sum = total(n, q), distance = 0;
    for (size_t i = 0; i < n; i++) distance += fabs(p[i] / p_sum - q[i] / q_sum);
    return distance / 2;
}
