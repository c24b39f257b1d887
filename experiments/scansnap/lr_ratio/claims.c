#include "experiments/statements/statements.h"
#include "lr_ratio.h"

#include <string.h>

#define PARAMETERS lr_ratio

static bool of_sweep(const struct flow *r, const char *name) {
    return strcmp(r->sweep, name) == 0;
}

/* Largest and smallest ratio of B from one row of a sweep to the next, the rates rising, among rows
 * with eta_Y t/K >= from. Returns how many pairs there were. */
static size_t steps(const struct trial *run, const char *sweep, double from, double *largest,
                    double *smallest) {
    size_t pairs = 0;
    *largest = 0;
    *smallest = INFINITY;
    EACH_ROW (run, flow, r) {
        double next = INFINITY, B = NAN;
        if (!of_sweep(r, sweep) || r->scaled_time < from) continue;
        EACH_ROW (run, flow, q)
            if (of_sweep(q, sweep) && q->factor > r->factor && q->factor < next)
                next = q->factor, B = q->B;
        if (isinf(next)) continue;
        pairs++;
        keep_larger(largest, B / r->B);
        keep_smaller(smallest, B / r->B);
    }
    return pairs;
}

CLAIM(both, "LR.both-rates", OF(S_T4c_b),
      "Both rates times k turn the gain B_n(t) into B_n(k t), which is larger for k > 1.",
      "B_n after scaling the rates differs by more than {bound} from B_n after scaling the time, "
      "or does not grow from one k to the next",
      .bound = 1e-7) {
    double error = NOTHING_YET;
    size_t pairs = 0;
    EACH_ROW (run, flow, r)
        EACH_ROW (run, flow, q) {
            if (!of_sweep(r, "both") || !of_sweep(q, "both_time") || r->factor != q->factor)
                continue;
            if (r->factor != 1) pairs++;
            worst(&error, r->B - q->B);
        }
    double largest, smallest;
    size_t grown = steps(run, "both", 0, &largest, &smallest);
    if (pairs == 0 || grown == 0) return verdict_skip(v, "sweep_both holds no factor but 1");
    if (!(smallest > 1)) error = INFINITY; /* B does not grow: the claim is false */
    return verdict_at_most(
        v, error, v->bound,
        "largest difference of B over %zu factors; B grows by at least %.3g from one to the next",
        pairs, smallest);
}

CLAIM(eta_z, "LR.larger-eta-z", PAPER("Scan&Snap", "Eq. 131 and figure 12"),
      "A larger eta_Z alone gives a larger gain B_n at the same time, in the flow of the authors' "
      "data.",
      "B_n at t_end falls between two neighbouring values of eta_Z") {
    double largest, smallest;
    size_t pairs = steps(run, "eta_z", 0, &largest, &smallest);
    if (pairs == 0) return verdict_skip(v, "sweep_eta_z needs two values");
    return verdict_at_least(v, smallest, 1, "smallest B(next eta_Z)/B(eta_Z) over %zu steps",
                            pairs);
}

/* Eq. 129 has its maximum over eta_Y, at fixed t and eta_Z, where e^u (u-2) = (M-1) u - 2 with
 * u = M h: between t_0' and t_0 (derived here). With V = K it lies near eta_Y t/K = 10. */
CLAIM(eta_y, "LR.larger-eta-y", OF(S_T4c_c),
      "At a fixed time and eta_Z a larger eta_Y gives a smaller gain B_n where eta_Y t/K is at "
      "least 10, as Theorem 4 says of t >= t_0; before that it can give a larger one (flow of the "
      "authors' data, V = K).",
      "B_n rises between two neighbouring eta_Y with eta_Y t/K >= 10, or never rises below that") {
    double rise, late, ignored;
    size_t pairs = steps(run, "eta_y", 0, &rise, &ignored);
    size_t late_pairs = steps(run, "eta_y", 10, &late, &ignored);
    if (pairs == late_pairs || late_pairs == 0)
        return verdict_skip(v, "sweep_eta_y must reach to both sides of eta_y t/K = 10");
    return verdict_at_most(v, rise > 1 ? late : INFINITY, 1,
                           "largest B(next eta_Y)/B(eta_Y): %.3f in all, %.3f for eta_Y t/K >= 10",
                           rise, late);
}

/* The ratios come in any order, so all pairs of rows of one K are compared. */
CLAIM(entropy_ratio, "LR.entropy-rises-with-ratio", OF(S_F6),
      "In the flow at a fixed eta_Z and time, with eta_Y t/K >= 10, a larger eta_Y/eta_Z leaves "
      "the attention c_n denser over the distinct tokens: its entropy there, renormalised, is "
      "higher.",
      "that entropy falls between two ratios") {
    struct tally least = {INFINITY, 0};
    EACH_ROW (run, entropy, r)
        EACH_ROW (run, entropy, q) {
            if (r->K != q->K || !(q->ratio > r->ratio) || r->scaled_time < 10) continue;
            tally_smaller(&least, q->entropy_distinct - r->entropy_distinct);
        }
    if (least.n == 0) return verdict_skip(v, "needs two ratios with eta_y t/K >= 10");
    return verdict_at_least(v, least.value, 0,
                            "smallest rise over %zu pairs of ratios, eta_Y t/K >= 10", least.n);
}

static const char other_setting[] =
    "not the setting of figure 6 (10 commons, 10 distinct, N = 2, seq_len 128, batch 128, 100 "
    "steps, momentum 0.9, init uniform)";

/* Over all pairs of cells that differ only in one rate, both at least `from`: the sum of the
 * differences over its standard error. */
static double pooled(const struct trial *run, bool by_ratio, double from, size_t *pairs) {
    double difference = 0, variance = 0;
    *pairs = 0;
    EACH_ROW (run, figure6, r)
        EACH_ROW (run, figure6, q) {
            double low = by_ratio ? r->lr_ratio : r->lr_z, high = by_ratio ? q->lr_ratio : q->lr_z;
            bool alike = by_ratio ? r->lr_z == q->lr_z : r->lr_ratio == q->lr_ratio;
            if (r->num_last != q->num_last || !alike || low < from || !(high > low)) continue;
            ++*pairs;
            difference += q->mean - r->mean;
            /* pairs share cells, so their errors may be fully correlated: add them, not their
             * squares */
            variance += sqrt(pow(r->sd, 2) / (double)r->n + pow(q->sd, 2) / (double)q->n);
        }
    return difference / variance;
}

CLAIM(larger_lr_z, "LR.figure6-larger-lr-z", OF(S_F6),
      "In figure 6's setting, after 100 updates of SGD, a larger learning rate lr_Z of the "
      "attention at the same lr_Y/lr_Z gives sparser attention: the entropy of c_n over the "
      "distinct tokens is lower.",
      "pooled over all pairs of cells, it falls by less than {bound} standard errors", .bound = 3) {
    if (!lr_ratio_of_figure6(p)) return verdict_skip(v, "%s", other_setting);
    size_t pairs;
    double errors = -pooled(run, false, 0, &pairs);
    if (pairs == 0) return verdict_skip(v, "needs two values of lr_z");
    return verdict_at_least(
        v, errors, v->bound,
        "fall of the entropy in standard errors, pooled over %zu pairs of cells", pairs);
}

CLAIM(larger_ratio, "LR.figure6-larger-ratio", OF(S_F6),
      "In figure 6's setting, from a ratio of 2 on, a larger lr_Y/lr_Z at the same lr_Z gives "
      "denser attention: the entropy of c_n over the distinct tokens is higher.",
      "pooled over all pairs of cells, it rises by less than {bound} standard errors", .bound = 2) {
    if (!lr_ratio_of_figure6(p)) return verdict_skip(v, "%s", other_setting);
    size_t pairs, all;
    double errors = pooled(run, true, 2, &pairs);
    double from_one = pooled(run, true, 0, &all);
    if (pairs == 0) return verdict_skip(v, "needs two values of lr_ratio from 2 on");
    return verdict_at_least(
        v, errors, v->bound,
        "rise of the entropy in standard errors, pooled over %zu pairs of cells with lr_ratio >= "
        "2 (with smaller ratios, too: %.1f over %zu)",
        pairs, from_one, all);
}

/* If ours and the authors' seeds have the same mean, `apart` is Student's t with nu = n - 1 + 9
 * degrees of freedom; t^2 has the mean nu/(nu - 2) and the second moment 3 nu^2/((nu - 2)(nu -
 * 4)). */
CLAIM(published, "LR.figure6-published", OF(S_F6),
      "Taken together, the cells of figure 6 agree with those that its authors found, within the "
      "scatter of the seeds.",
      "the mean square of the differences, each in standard errors, is more than {bound} of its "
      "own standard errors above that of Student's t",
      .bound = 4) {
    double square = 0, most = NOTHING_YET, freedom = (double)p->seeds + 8;
    size_t cells = 0;
    EACH_ROW (run, figure6, r) {
        if (isnan(r->apart)) continue;
        cells++;
        square += pow(r->apart, 2);
        worst(&most, r->apart);
    }
    if (cells == 0) return verdict_skip(v, "needs a cell that the authors ran, %s", other_setting);
    double mean = freedom / (freedom - 2);
    double spread = sqrt(3 * pow(freedom, 2) / ((freedom - 2) * (freedom - 4)) - pow(mean, 2));
    double excess = (square / (double)cells - mean) / (spread / sqrt((double)cells));
    return verdict_at_most(v, excess, v->bound,
                           "%zu cells: mean square %.2f, Student's %.2f; largest difference %.1f "
                           "standard errors",
                           cells, square / (double)cells, mean, most);
}

/* The logarithm of the ratio of two sample deviations of nu degrees of freedom each has a variance
 * of about 1/nu: at nu = 9 a cell scatters by 0.33. If the authors showed standard errors, it would
 * be off by ln sqrt(10) = 1.15. */
CLAIM(spread, "LR.figure6-spread", DERIVED,
      "The spread that figure 6 shows is the standard deviation over the ten seeds, not the "
      "standard error of their mean, sqrt(10) times smaller.",
      "the mean over cells of ln(the authors' spread/our standard deviation) is more than "
      "ln(10)/4, half of ln sqrt(10), off 0") {
    struct tally sum = {NOTHING_YET, 0};
    EACH_ROW (run, figure6, r)
        if (!isnan(r->published_sd)) tally_add(&sum, log(r->published_sd / r->sd));
    if (sum.n < 4) return verdict_skip(v, "needs four cells that the authors ran");
    const double mean = sum.value / (double)sum.n;
    return verdict_at_most(v, fabs(mean), log(10) / 4,
                           "mean of ln(the authors' sd over ours) is %.2f over %zu cells, a "
                           "standard error would have %.2f",
                           mean, sum.n, -log(10) / 2);
}

/* The column `flow`, which no seed moves. Descent with m times as many updates at rates m times
 * smaller comes to the flow at first order in 1/m: the error that is left at 2 m is the way from m
 * to 2 m, up to higher orders; twice that is allowed. */
CLAIM(momentum, "LR.figure6-momentum", DERIVED,
      "[leading] An update with momentum mu is worth a time 1/(1 - mu) of the flow: gradient "
      "descent on the population, in ever finer steps, comes to the entropy of the flow at t = "
      "steps/(1 - mu).",
      "in the first cell the entropy with 64 times as many updates is farther from the flow's than "
      "twice its change from 32 times") {
    enum { FINER = 32 };
    struct figure6 cell;
    double coarse, fine;
    if (p->num_next_per_last * (long)p->num_last.at[0] * p->steps > 10000)
        return verdict_skip(v, "needs a small first cell: steps times classes 10000 at most");
    ROW(run, figure6, 0, &cell);
    ATTNDYN_TRY(lr_ratio_descent(run->ctx, p, &cell, FINER, &coarse));
    ATTNDYN_TRY(lr_ratio_descent(run->ctx, p, &cell, 2 * FINER, &fine));
    return verdict_at_most(v, fabs(fine - cell.flow), 2 * fabs(fine - coarse),
                           "num_last = %ld, lr_z = %g, ratio %g: entropy %.6f with 64 times as "
                           "many updates, the flow's %.6f; with %d times as many %.6f",
                           cell.num_last, cell.lr_z, cell.lr_ratio, fine, cell.flow, FINER, coarse);
}

const struct check *const lr_ratio_claims[] = {
    &both,         &eta_z,     &eta_y,  &entropy_ratio, &larger_lr_z,
    &larger_ratio, &published, &spread, &momentum,      NULL};
