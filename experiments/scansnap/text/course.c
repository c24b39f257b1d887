#include "course.h"

#include <math.h>
#include <string.h>

/* Sets the last token, the kind and the early rate of every z that moves. */
static void label_moving(struct text_course *c) {
    const struct attndyn_flow *flow = c->flow;
    const struct attndyn_distribution *d = flow->distribution;
    for (size_t m = 0; m < d->last_tokens; m++)
        for (size_t i = flow->z_start[m]; i < flow->z_start[m + 1]; i++) {
            size_t l = flow->z_token[i];
            c->last[i] = m;
            c->distinct[i] = d->degree[l] == 1;
            c->rate[i] = c->study->early_rate[m * d->tokens + l];
        }
}

enum attndyn_status text_course_create(struct attndyn_context *ctx, const struct params *params,
                                       struct results *results, struct text_study *study,
                                       struct attndyn_flow *flow, struct attndyn_flow_view *view,
                                       const double *f0, struct text_course *course) {
    size_t moving = flow->n - flow->z_at, K = flow->classes;
    *course = (struct text_course){.ctx = ctx,
                                   .params = params,
                                   .results = results,
                                   .study = study,
                                   .flow = flow,
                                   .view = view,
                                   .f0 = f0,
                                   .eta_y = param_real(params, "eta_y"),
                                   .eta_z = param_real(params, "eta_z"),
                                   .rtol = param_real(params, "rtol"),
                                   .atol = param_real(params, "atol"),
                                   .samples = (size_t)param_int(params, "samples"),
                                   .moving = moving};
    ATTNDYN_ALLOC(ctx, course->last, moving);
    ATTNDYN_ALLOC(ctx, course->distinct, moving);
    ATTNDYN_ALLOC(ctx, course->rate, moving);
    ATTNDYN_ALLOC(ctx, course->z, moving);
    ATTNDYN_ALLOC(ctx, course->B, K);
    ATTNDYN_ALLOC(ctx, course->B_fell, K);
    label_moving(course);
    for (size_t n = 0; n < K; n++) {
        course->entropy0 += view->entropy_support[n] / (double)K;
        if (!isnan(view->xi[n])) course->with_distinct++;
    }
    course->loss = view->loss;
    course->bounds_least = INFINITY;
    return ATTNDYN_OK;
}

/* ||z - early law|| / ||early law|| at time t, where z = eta_Y eta_Z rate t^2/2. */
static double early_error(const struct text_course *c, double t, double *same_sign) {
    double difference = 0, size = 0, scale = c->eta_y * c->eta_z * t * t / 2;
    size_t agree = 0, judged = 0;
    for (size_t i = 0; i < c->moving; i++) {
        double law = scale * c->rate[i];
        difference += (c->z[i] - law) * (c->z[i] - law);
        size += law * law;
        if (law == 0) continue;
        judged++;
        agree += (law > 0) == (c->z[i] > 0);
    }
    *same_sign = judged ? (double)agree / (double)judged : NAN;
    return size > 0 ? sqrt(difference / size) : NAN;
}

/* Share of the z of one kind with the sign that the theory gives it; NaN if there is none. */
static double share(const struct text_course *c, bool distinct, size_t *count) {
    size_t good = 0;
    *count = 0;
    for (size_t i = 0; i < c->moving; i++) {
        if (c->distinct[i] != distinct) continue;
        ++*count;
        good += distinct ? c->z[i] > 0 : c->z[i] < 0;
    }
    return *count ? (double)good / (double)*count : NAN;
}

/* Theorem 3's bounds f_l0^2(0) B_n <= z_l0 <= B_n for each class' dominant distinct token. Both
 * are equalities at t -> 0: judged from B > 1e-6 on, with a relative slack of 1e-6
 * and ten times the solver's tolerances. */
static void test_bounds(struct text_course *c, const double *B) {
    const struct attndyn_flow *flow = c->flow;
    for (size_t n = 0; n < flow->classes; n++) {
        size_t dominant = SIZE_MAX;
        for (size_t e = flow->distribution->start[n]; e < flow->distribution->start[n + 1]; e++)
            if (flow->entry_distinct[e] && (dominant == SIZE_MAX || c->f0[e] > c->f0[dominant]))
                dominant = e;
        if (dominant == SIZE_MAX || !(fabs(B[n]) > 1e-6)) continue;
        double z = c->view->z[dominant], lower = c->f0[dominant] * c->f0[dominant] * B[n];
        c->bounds_tested++;
        if (B[n] > 0) c->bounds_least = fmin(c->bounds_least, z / lower);
        double slack = 1e-6 + 10 * (c->rtol + c->atol / fabs(z));
        c->bounds_lower += z < lower - slack * fabs(lower);
        c->bounds_upper += z > B[n] + slack * fabs(B[n]);
    }
}

static void keep_claims(struct text_course *c, size_t index, double t, const double *B) {
    double sign, error = early_error(c, t, &sign);
    if (index < 2) c->early_error[index] = error;
    if (index == 0) c->early_sign = sign;
    c->loss_rise = fmax(c->loss_rise, (c->view->loss - c->loss) / c->view->loss);
    c->loss = c->view->loss;
    for (size_t m = 0; m < c->flow->distribution->last_tokens; m++) {
        double sum = 0;
        for (size_t i = c->flow->z_start[m]; i < c->flow->z_start[m + 1]; i++) sum += c->z[i];
        c->sum_drift = fmax(c->sum_drift, fabs(sum));
    }
    for (size_t n = 0; n < c->flow->classes; n++) {
        if (B[n] < c->B[n] - 1e-9 * (1 + fabs(c->B[n]))) c->B_fell[n] = true;
        c->B[n] = B[n];
    }
    test_bounds(c, B);
}

/* The mean of x (K) without NaN; NaN if all are. */
static double mean_of(const double *x, size_t K) {
    double sum = 0, count = 0;
    for (size_t n = 0; n < K; n++)
        if (!isnan(x[n])) sum += x[n], count++;
    return count > 0 ? sum / count : NAN;
}

static enum attndyn_status on_output(void *user, size_t index, double t, const double *y) {
    struct text_course *c = user;
    const struct attndyn_flow *flow = c->flow;
    struct attndyn_flow_view *v = c->view;
    size_t K = flow->classes, count;
    ATTNDYN_TRY(attndyn_check_interrupt(c->ctx));
    attndyn_progress(c->ctx, "output times", (double)index, (double)c->samples);
    attndyn_flow_observe(c->flow, y, v);
    memcpy(c->z, y + flow->z_at, c->moving * sizeof *c->z);
    const double *B = y + flow->n;
    keep_claims(c, index, t, B);
    double B_mean = 0, B_max = -INFINITY, low = INFINITY, high = -INFINITY, sigma = 0, sign;
    for (size_t n = 0; n < K; n++) {
        sigma += B[K + n] / (double)K;
        if (isnan(v->xi[n])) continue;
        B_mean += B[n] / (double)c->with_distinct;
        B_max = fmax(B_max, B[n]);
    }
    for (size_t i = 0; i < c->moving; i++) low = fmin(low, c->z[i]), high = fmax(high, c->z[i]);
    early_error(c, t, &sign);
    double rho[TARGETS];
    for (int target = 0; target < TARGETS; target++) {
        struct text_correlation r;
        ATTNDYN_TRY(text_correlate(c->ctx, c->study, v->z, (enum text_target)target, &r));
        rho[target] = r.mean;
    }
    bool any = c->with_distinct > 0;
    return EMIT(c->ctx, c->results, "course", R(t), R(c->eta_y * t / (double)K), R(sigma),
                R(v->loss), R(mean_of(v->delta, K)), R(mean_of(v->entropy_support, K)),
                R(mean_of(v->entropy_distinct, K)), R(any ? B_mean : NAN), R(any ? B_max : NAN),
                R(low), R(high), R(share(c, false, &count)), R(share(c, true, &count)), R(sign),
                R(rho[TARGET_P]), R(rho[TARGET_TFIDF]), R(rho[TARGET_TFIDF_TEXT]),
                R(rho[TARGET_LLR]), R(rho[TARGET_PMI]), R(rho[TARGET_EARLY]));
}

struct attndyn_ode_observer text_course_observer(struct text_course *course) {
    return (struct attndyn_ode_observer){.output = on_output, .user = course};
}

static enum attndyn_status claim(struct text_course *c, const char *statement, const char *of,
                                 size_t holds, size_t count) {
    return EMIT(c->ctx, c->results, "claims", S(statement), S(of), I((long)holds), I((long)count),
                R(count ? (double)holds / (double)count : NAN));
}

/* Entries (n, l) of a kind: how many, and how many of them have z of the sign wanted. */
enum kind { COMMON_FOR_ALL, COMMON_OVER, COMMON_UNDER, KINDS };

static void count_kinds(const struct text_course *c, size_t holds[KINDS], size_t count[KINDS]) {
    const struct attndyn_flow *flow = c->flow;
    const struct attndyn_distribution *d = flow->distribution;
    /* chi-square with one degree of freedom, 0.1 %: the token is tied to the class */
    const double significant = 10.83;
    memset(holds, 0, KINDS * sizeof *holds);
    memset(count, 0, KINDS * sizeof *count);
    for (size_t n = 0; n < d->classes; n++)
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            if (flow->entry_distinct[e]) continue;
            double llr = c->study->target[TARGET_LLR][e];
            bool down = c->view->z[e] < 0;
            if (d->degree[d->token[e]] == d->classes)
                count[COMMON_FOR_ALL]++, holds[COMMON_FOR_ALL] += down;
            if (llr > significant) count[COMMON_OVER]++, holds[COMMON_OVER] += down;
            if (llr < -significant) count[COMMON_UNDER]++, holds[COMMON_UNDER] += down;
        }
}

/* The median over classes of (max - min)/mean of xi_nl over distinct tokens; NaN if no class has
 * two. */
static double xi_spread(const struct text_course *c, size_t *classes) {
    const struct attndyn_flow *flow = c->flow;
    double *spread = c->study->by_class;
    *classes = 0;
    for (size_t n = 0; n < flow->classes; n++) {
        double low = INFINITY, high = -INFINITY;
        size_t count = 0;
        for (size_t e = flow->distribution->start[n]; e < flow->distribution->start[n + 1]; e++) {
            if (!flow->entry_distinct[e] || isnan(c->view->xi_entry[e])) continue;
            count++;
            low = fmin(low, c->view->xi_entry[e]), high = fmax(high, c->view->xi_entry[e]);
        }
        if (count < 2) continue;
        double value = (high - low) / fabs(c->view->xi[n]);
        size_t at = (*classes)++;
        for (; at > 0 && spread[at - 1] > value; at--) spread[at] = spread[at - 1];
        spread[at] = value;
    }
    return *classes ? spread[*classes / 2] : NAN;
}

enum attndyn_status text_course_judge(struct text_course *c) {
    size_t K = c->flow->classes, commons, distinct, monotone = 0, spread_of;
    double suppressed = share(c, false, &commons), growing = share(c, true, &distinct), sign;
    size_t holds[KINDS], count[KINDS];
    early_error(c, 1, &sign);
    count_kinds(c, holds, count);
    for (size_t n = 0; n < K; n++)
        if (!isnan(c->view->xi[n]) && !c->B_fell[n]) monotone++;
    double entropy = mean_of(c->view->entropy_support, K);
    ATTNDYN_TRY(claim(c, "common tokens are suppressed: z < 0 at the end",
                      "pairs (last token, token in two or more classes)",
                      (size_t)lround(suppressed * (double)commons), commons));
    ATTNDYN_TRY(claim(c, "... tokens that every class has", "pairs (class, token)",
                      holds[COMMON_FOR_ALL], count[COMMON_FOR_ALL]));
    ATTNDYN_TRY(claim(c, "... commons over-represented in the class (LLR > 10.83)",
                      "pairs (class, token)", holds[COMMON_OVER], count[COMMON_OVER]));
    ATTNDYN_TRY(claim(c, "... commons under-represented in the class (LLR < -10.83)",
                      "pairs (class, token)", holds[COMMON_UNDER], count[COMMON_UNDER]));
    ATTNDYN_TRY(claim(c, "distinct tokens grow: z > 0 at the end",
                      "pairs (last token, token in one class only)",
                      distinct ? (size_t)lround(growing * (double)distinct) : 0, distinct));
    ATTNDYN_TRY(claim(c, "a class has distinct tokens at all", "classes", c->with_distinct, K));
    ATTNDYN_TRY(claim(c, "the early law gives the sign of z at the first output", "z that move",
                      (size_t)lround(c->early_sign * (double)c->moving), c->moving));
    ATTNDYN_TRY(claim(c, "the early law gives the sign of z at the end", "z that move",
                      (size_t)lround(sign * (double)c->moving), c->moving));
    ATTNDYN_TRY(
        claim(c, "B_n never falls", "classes with distinct tokens", monotone, c->with_distinct));
    ATTNDYN_TRY(claim(c, "Theorem 3: exp(2 f^2(0) B) <= chi of the dominant distinct token",
                      "classes x output times", c->bounds_tested - c->bounds_lower,
                      c->bounds_tested));
    ATTNDYN_TRY(claim(c, "Theorem 3: chi of the dominant distinct token <= exp(2 B)",
                      "classes x output times", c->bounds_tested - c->bounds_upper,
                      c->bounds_tested));
    const struct {
        const char *name;
        double value;
    } scalars[] = {
        {"commons_suppressed", suppressed},
        {"distinct_growing", growing},
        {"classes_with_distinct", (double)c->with_distinct},
        {"early_error_1", c->early_error[0]},
        {"early_error_2", c->early_error[1]},
        {"early_sign_start", c->early_sign},
        {"early_sign_end", sign},
        {"loss", c->loss},
        {"loss_rise", c->loss_rise},
        {"sum_drift", c->sum_drift},
        {"entropy_support_start", c->entropy0},
        {"entropy_support", entropy},
        {"B_monotone", c->with_distinct ? (double)monotone / (double)c->with_distinct : NAN},
        {"lower_bound_violated",
         c->bounds_tested ? (double)c->bounds_lower / (double)c->bounds_tested : NAN},
        {"upper_bound_violated",
         c->bounds_tested ? (double)c->bounds_upper / (double)c->bounds_tested : NAN},
        {"bound_lower_ratio", isfinite(c->bounds_least) ? c->bounds_least : NAN},
        {"xi_spread", xi_spread(c, &spread_of)}};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        if (!isnan(scalars[i].value))
            ATTNDYN_TRY(results_scalar(c->ctx, c->results, scalars[i].name, scalars[i].value));
    return ATTNDYN_OK;
}
