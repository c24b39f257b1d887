#include "observer.h"

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
            c->rate[i] = c->statistics->early_rate[m * d->tokens + l];
        }
}

enum attndyn_status text_course_create(const struct trial *run, const struct text *p,
                                       struct text_statistics *statistics,
                                       struct attndyn_flow *flow, struct attndyn_flow_view *view,
                                       const double *f0, struct text_course *course) {
    size_t moving = flow->n - flow->z_at, K = flow->classes;
    *course = (struct text_course){.run = run,
                                   .p = p,
                                   .statistics = statistics,
                                   .flow = flow,
                                   .view = view,
                                   .f0 = f0,
                                   .moving = moving};
    ATTNDYN_ALLOC(run->ctx, course->last, moving);
    ATTNDYN_ALLOC(run->ctx, course->distinct, moving);
    ATTNDYN_ALLOC(run->ctx, course->rate, moving);
    ATTNDYN_ALLOC(run->ctx, course->z, moving);
    ATTNDYN_ALLOC(run->ctx, course->B, K);
    ATTNDYN_ALLOC(run->ctx, course->B_fell, K);
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
    double difference = 0, size = 0, scale = c->p->eta_y * c->p->eta_z * t * t / 2;
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
        double slack = 1e-6 + 10 * (c->p->rtol + c->p->atol / fabs(z));
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
        worst(&c->sum_drift, sum);
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
    ATTNDYN_TRY(attndyn_check_interrupt(c->run->ctx));
    attndyn_progress(c->run->ctx, "output times", (double)index, (double)c->p->samples);
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
        ATTNDYN_TRY(text_correlate(c->run->ctx, c->statistics, v->z, (enum text_target)target, &r));
        rho[target] = r.mean;
    }
    bool any = c->with_distinct > 0;
    return EMIT(
        c->run, course, .t = t, .tau = c->p->eta_y * t / (double)K, .sigma = sigma, .loss = v->loss,
        .delta = mean_of(v->delta, K), .entropy_support = mean_of(v->entropy_support, K),
        .entropy_distinct = mean_of(v->entropy_distinct, K), .B = any ? B_mean : NAN,
        .B_max = any ? B_max : NAN, .z_min = low, .z_max = high,
        .commons_suppressed = share(c, false, &count), .distinct_growing = share(c, true, &count),
        .early_sign = sign, .rho_P = rho[TARGET_P], .rho_tfidf = rho[TARGET_TFIDF],
        .rho_tfidf_text = rho[TARGET_TFIDF_TEXT], .rho_llr = rho[TARGET_LLR],
        .rho_pmi = rho[TARGET_PMI], .rho_early = rho[TARGET_EARLY]);
}

struct attndyn_ode_observer text_course_observer(struct text_course *course) {
    return (struct attndyn_ode_observer){.output = on_output, .user = course};
}

static enum attndyn_status claim(struct text_course *c, const char *statement, const char *of,
                                 size_t holds, size_t count) {
    return EMIT(c->run, claims, .claim = statement, .of = of, .holds = (long)holds,
                .count = (long)count, .share = count ? (double)holds / (double)count : NAN);
}

/* The same by its share, NaN where nothing could be counted. */
static enum attndyn_status claim_share(struct text_course *c, const char *statement, const char *of,
                                       double share, size_t count) {
    if (isnan(share)) return claim(c, statement, of, 0, 0);
    return claim(c, statement, of, (size_t)lround(share * (double)count), count);
}

/* Entries (n, l) of a kind: how many, and how many of them have z of the sign wanted. */
enum kind { COMMON_FOR_ALL, COMMON_OVER, COMMON_UNDER, KINDS };

static void count_kinds(const struct text_course *c, size_t holds[KINDS], size_t count[KINDS]) {
    const struct attndyn_flow *flow = c->flow;
    const struct attndyn_distribution *d = flow->distribution;
    /* chi-square with one degree of freedom, at 0.1 %: token and class are associated */
    const double significant = 10.83;
    memset(holds, 0, KINDS * sizeof *holds);
    memset(count, 0, KINDS * sizeof *count);
    for (size_t n = 0; n < d->classes; n++)
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            if (flow->entry_distinct[e]) continue;
            double llr = c->statistics->target[TARGET_LLR][e];
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
    double *spread = c->statistics->by_class;
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

enum attndyn_status text_course_judge(struct text_course *c, struct found *found) {
    size_t K = c->flow->classes, commons, distinct, monotone = 0, spread_of;
    double suppressed = share(c, false, &commons), growing = share(c, true, &distinct), sign;
    size_t holds[KINDS], count[KINDS];
    early_error(c, 1, &sign);
    count_kinds(c, holds, count);
    for (size_t n = 0; n < K; n++)
        if (!isnan(c->view->xi[n]) && !c->B_fell[n]) monotone++;
    ATTNDYN_TRY(claim_share(c, "common tokens are suppressed: z < 0 at the end",
                            "pairs (last token, token in two or more classes)", suppressed,
                            commons));
    ATTNDYN_TRY(claim(c, "... tokens that every class has", "pairs (class, token)",
                      holds[COMMON_FOR_ALL], count[COMMON_FOR_ALL]));
    ATTNDYN_TRY(claim(c, "... commons over-represented in the class (LLR > 10.83)",
                      "pairs (class, token)", holds[COMMON_OVER], count[COMMON_OVER]));
    ATTNDYN_TRY(claim(c, "... commons under-represented in the class (LLR < -10.83)",
                      "pairs (class, token)", holds[COMMON_UNDER], count[COMMON_UNDER]));
    ATTNDYN_TRY(claim_share(c, "distinct tokens grow: z > 0 at the end",
                            "pairs (last token, token in one class only)", growing, distinct));
    ATTNDYN_TRY(claim(c, "a class has distinct tokens at all", "classes", c->with_distinct, K));
    ATTNDYN_TRY(claim_share(c, "the early law gives the sign of z at the first output",
                            "z that move", c->early_sign, c->moving));
    ATTNDYN_TRY(claim_share(c, "the early law gives the sign of z at the end", "z that move", sign,
                            c->moving));
    ATTNDYN_TRY(
        claim(c, "B_n never falls", "classes with distinct tokens", monotone, c->with_distinct));
    ATTNDYN_TRY(claim(c, "Theorem 3: exp(2 f^2(0) B) <= chi of the dominant distinct token",
                      "classes x output times", c->bounds_tested - c->bounds_lower,
                      c->bounds_tested));
    ATTNDYN_TRY(claim(c, "Theorem 3: chi of the dominant distinct token <= exp(2 B)",
                      "classes x output times", c->bounds_tested - c->bounds_upper,
                      c->bounds_tested));
    double tested = (double)c->bounds_tested;
    found->commons_suppressed = suppressed;
    found->distinct_growing = growing;
    found->classes_with_distinct = (double)c->with_distinct;
    found->early_error_1 = c->early_error[0];
    found->early_error_2 = c->early_error[1];
    found->early_sign_start = c->early_sign;
    found->early_sign_end = sign;
    found->loss = c->loss;
    found->loss_rise = c->loss_rise;
    found->sum_drift = c->sum_drift;
    found->entropy_support_start = c->entropy0;
    found->entropy_support = mean_of(c->view->entropy_support, K);
    found->B_monotone = c->with_distinct ? (double)monotone / (double)c->with_distinct : NAN;
    found->lower_bound_violated = tested > 0 ? (double)c->bounds_lower / tested : NAN;
    found->upper_bound_violated = tested > 0 ? (double)c->bounds_upper / tested : NAN;
    found->bound_lower_ratio = isfinite(c->bounds_least) ? c->bounds_least : NAN;
    found->xi_spread = xi_spread(c, &spread_of);
    return ATTNDYN_OK;
}
