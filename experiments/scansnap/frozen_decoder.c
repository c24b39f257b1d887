/* The decoder's own clock: with the attention held still (eta_Z = 0) the gap u between the right
 * logit and a wrong one has a closed form. The reduced flow is solved by CVODE and held against
 * it, with and without common tokens, with V = K and with V > K outputs. */
#include "experiments/frame/contract/check.h"
#include "experiments/scansnap/shared/symmetric.h"
#include "theory/scansnap/frozen.h"

#include <string.h>

static const struct param params[] = {
    {"classes", PARAM_REALS, "4,20", 2, 1e6, .doc = "numbers of classes K"},
    {"never_factor", PARAM_INT, "12", 2, 1000,
     .doc = "V = K times this in the cases with columns that never are the answer"},
    PARAM_NUM_COMMON,
    PARAM_NUM_DISTINCT,
    PARAM_ETA_Y,
    {"t_end", PARAM_REAL, "1e8", 1e-6, 1e290, .doc = "horizon"},
    {"points", PARAM_INT, "300", 20, 100000, .doc = "outputs, logarithmic in t"},
    PARAM_TOLERANCES("1e-11"),
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the defaults: well under a second"},
    {"paper", "classes=4,20,100,1000 t_end=1e12", "more classes, longer"},
    {0}};

static const struct column gap_columns[] = {
    {"case", COLUMN_TEXT,
     .doc = "next_: V = K; vocabulary_: V > K; _commons or _alone: with or without common tokens"},
    {"K", COLUMN_INT, .doc = "classes"},
    {"V", COLUMN_INT, .doc = "outputs of the decoder"},
    {"s", COLUMN_REAL, .doc = "share of the common tokens in f, sum of squares"},
    {"t", COLUMN_REAL, .doc = "time"},
    {"ct", COLUMN_REAL, .doc = "c t of the closed form, empty where there is none",
     .optional = true},
    {"u", COLUMN_REAL, .doc = "gap between the right logit and a wrong next token's, by CVODE"},
    {"closed", COLUMN_REAL, .doc = "the same by the closed form", .optional = true},
    {"as_vocabulary", COLUMN_REAL, .doc = "closed form with V outputs, c = eta_Y (1-s) V/K"},
    {"as_next", COLUMN_REAL, .doc = "closed form with K outputs, c = eta_Y (1-s)"},
    {"gamma", COLUMN_REAL, .doc = "force f . Y (e_n - alpha_n)"},
    {"alpha_nn", COLUMN_REAL, .doc = "probability of the right token"},
    {0}};

static const struct column landmark_columns[] = {
    {"case", COLUMN_TEXT, .doc = "as in the table gap"},
    {"K", COLUMN_INT, .doc = "classes"},
    {"V", COLUMN_INT, .doc = "outputs of the decoder"},
    {"name", COLUMN_TEXT, .doc = "half: alpha_nn = 1/2; peak: gamma largest"},
    {"t_event", COLUMN_REAL, .doc = "located as an event of the flow"},
    {"t_closed", COLUMN_REAL, .doc = "closed form"},
    {0}};

static const struct table tables[] = {
    {"gap", "the gap in time, by CVODE and in closed form", gap_columns},
    {"landmarks", "events of the flow against the closed form", landmark_columns},
    STATE_TABLE,
    {0}};

static const struct figure figures[] = {
    {"frozen_decoder", "scansnap/frozen_decoder/frozen_decoder.gp",
     "The gap u(t) by CVODE (points) on the closed form (lines), and their difference. With V > K "
     "and common tokens no closed form holds: the curve leaves the one with V outputs and joins "
     "the one with K."},
    {0}};

/* The end of the crossover, e^u = (V-1) u, in the flow: solved to both sides of where the closed
 * form has it; u - ln((V-1) u) is nearly linear in ln t between them. */
static enum attndyn_status crossover_end(struct attndyn_context *ctx, struct results *results,
                                         const char *name, const struct track_request *of_case,
                                         const struct attndyn_frozen_landmarks *closed, double c,
                                         double K) {
    double V = (double)of_case->family->columns, at = closed->ct_end / c, beyond[2];
    const double t[2] = {at * (1 - 1e-4), at * (1 + 1e-4)};
    struct track_request request = *of_case;
    request.x = t;
    request.count = 2;
    request.events = false;
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    for (size_t i = 0; i < 2; i++) {
        double u = track.seen[i].u;
        beyond[i] = u - log((V - 1) * u);
    }
    double share = -beyond[0] / (beyond[1] - beyond[0]);
    double end = exp(log(t[0]) + share * log(t[1] / t[0]));
    return EMIT(ctx, results, "landmarks", S(name), I((long)K), I((long)V), S("end"), R(end),
                R(at));
}

static enum attndyn_status solve_case(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results, double K, bool vocabulary,
                                      bool commons, bool state) {
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(symmetric_authors(ctx, p, K, 1, &family));
    if (!commons) { /* the distinct tokens alone; f, normalised, does not see their sum */
        family.commons = 0;
        family.q = NULL;
    }
    if (vocabulary) family.columns *= (size_t)param_int(p, "never_factor");
    const char *name = vocabulary ? (commons ? "vocabulary_commons" : "vocabulary_alone")
                                  : (commons ? "next_commons" : "next_alone");
    double eta_y = param_real(p, "eta_y"), t_end = param_real(p, "t_end"), *t;
    double V = (double)family.columns;
    struct track_request request = {.family = &family,
                                    .options = {.eta_y = eta_y},
                                    .method = ATTNDYN_ODE_ADAMS,
                                    .count = (size_t)param_int(p, "points"),
                                    .events = true};
    symmetric_tolerances(p, &request);
    double unit = eta_y / K, first = fmin(1e-3, 1e-6 * unit * t_end);
    ATTNDYN_TRY(track_times(ctx, &family, eta_y, first, unit * t_end, request.count, &t));
    request.x = t;
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    ATTNDYN_TRY(results_solver(ctx, results, name, &track.statistics));

    for (size_t i = 0; i < track.count; i++) {
        const struct attndyn_reduced_seen *seen = &track.seen[i];
        double s = commons ? seen->s : 0, q = commons ? seen->q : 1;
        double c = attndyn_frozen_rate(K, V, eta_y, q);
        double ct = c * seen->t;
        ATTNDYN_TRY(EMIT(ctx, results, "gap", S(name), I((long)K), I((long)V), R(s), R(seen->t),
                         R(ct), R(seen->u), R(isnan(c) ? NAN : attndyn_frozen_gap(V, ct)),
                         R(attndyn_frozen_gap(V, eta_y * q * V / K * seen->t)),
                         R(attndyn_frozen_gap(K, eta_y * q * seen->t)), R(seen->gamma),
                         R(1 - seen->delta)));
    }
    double c = attndyn_frozen_rate(K, V, eta_y, commons ? track.seen[0].q : 1);
    struct attndyn_frozen_landmarks closed = attndyn_frozen_landmarks(V);
    const struct {
        const char *name;
        size_t event;
        double ct;
    } landmark[] = {{"half", ATTNDYN_REDUCED_HALF, closed.ct_half},
                    {"peak", ATTNDYN_REDUCED_PEAK, closed.ct_peak}};
    for (size_t k = 0; k < 2 && !isnan(c); k++) {
        double ln = track.ln_event[landmark[k].event];
        if (isnan(ln)) continue; /* beyond the horizon, or at t = 0 (V = 2) */
        ATTNDYN_TRY(EMIT(ctx, results, "landmarks", S(name), I((long)K), I((long)V),
                         S(landmark[k].name), R(exp(ln) / unit), R(landmark[k].ct / c)));
    }
    if (!isnan(c) && closed.ct_end / c < t_end)
        ATTNDYN_TRY(crossover_end(ctx, results, name, &request, &closed, c, K));
    return state ? track_emit_state(ctx, results, &track, track.count - 1) : ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    size_t count;
    const double *classes;
    ATTNDYN_TRY(symmetric_list(ctx, p, "classes", &classes, &count));
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 4; k++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            ATTNDYN_TRY(solve_case(ctx, p, results, classes[i], k & 2, k & 1, i == 0 && k == 1));
            attndyn_memory_release(ctx, mark);
            attndyn_progress(ctx, "cases", (double)(4 * i) + k + 1, 4.0 * (double)count);
        }
    return ATTNDYN_OK;
}

/* The largest |u - closed| over the rows whose case has this name; NaN if there is none. */
static double worst(const struct results *results, const char *name, size_t *rows) {
    double error = NAN;
    *rows = 0;
    for (size_t i = 0; i < results_rows(results, "gap"); i++) {
        if (strcmp(results_text(results, "gap", i, "case"), name) != 0) continue;
        ++*rows;
        double off =
            fabs(results_real(results, "gap", i, "u") - results_real(results, "gap", i, "closed"));
        if (isnan(off)) return NAN;
        error = fmax(error, off); /* of NaN and a number the number: the first row counts */
    }
    return error;
}

static enum attndyn_status check_next(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx;
    size_t with, without;
    double a = worst(results, "next_commons", &with);
    double b = worst(results, "next_alone", &without);
    double t_end = param_real(p, "t_end");
    return verdict_at_most(v, fmax(a, b) + 0 * (a + b), 1e-7,
                           "largest difference of u, with commons %.2g, without %.2g, over %zu "
                           "outputs to t = %g",
                           a, b, with + without, t_end);
}

static enum attndyn_status check_orthogonal(struct attndyn_context *ctx, const struct params *p,
                                            const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    size_t rows;
    double error = worst(results, "vocabulary_alone", &rows);
    return verdict_at_most(v, error, 1e-7, "largest difference of u over %zu outputs", rows);
}

static enum attndyn_status check_landmarks(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double error = 0;
    size_t rows = results_rows(results, "landmarks");
    if (rows == 0) return verdict_skip(v, "no landmark lies within t_end");
    for (size_t i = 0; i < rows; i++)
        error = fmax(error, fabs(results_real(results, "landmarks", i, "t_event") /
                                     results_real(results, "landmarks", i, "t_closed") -
                                 1));
    return verdict_at_most(v, error, 1e-6, "largest relative difference of %zu times", rows);
}

/* Where the late gap lies between the form with K outputs (0) and that with V (1). What keeps it
 * from 0 is the head start won before the commons have silenced the other columns. */
static enum attndyn_status check_commons(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx;
    double share = 0, last = NAN;
    size_t late = 0;
    for (size_t i = 0; i < results_rows(results, "gap"); i++) {
        double K = results_real(results, "gap", i, "K");
        double scaled = param_real(p, "eta_y") * results_real(results, "gap", i, "t") / K;
        if (strcmp(results_text(results, "gap", i, "case"), "vocabulary_commons") != 0 ||
            scaled < 1e4 || K < 4)
            continue;
        late++;
        double next = results_real(results, "gap", i, "as_next");
        last = (results_real(results, "gap", i, "u") - next) /
               (results_real(results, "gap", i, "as_vocabulary") - next);
        share = fmax(share, fabs(last));
    }
    /* the head start is of order 1/ln t, the way between the forms ln(V/K) */
    if (late == 0 || param_int(p, "never_factor") < 10)
        return verdict_skip(v, "needs t_end with eta_y t/K >= 1e4, K >= 4, never_factor >= 10");
    return verdict_erratum(v, 1 - share, 0.9, share, 0.05,
                           "position of the late gap between the closed forms with K outputs (0) "
                           "and with V (1), eta_Y t/K >= 1e4: at most %.3g, %.3g at the end",
                           share, last);
}

static const struct check *const checks[] = {
    &(const struct check){"C6.frozen-closed-form", CHECK_CLAIM,
     "With the attention frozen and V = K, (V-1)u + e^u - 1 = eta_Y (1-s) t for any share s of "
     "common tokens.",
     "derived here from Scan&Snap's dynamics of Y", "u leaves the closed form by more than 1e-7",
     check_next},
    &(const struct check){"C6.frozen-orthogonal", CHECK_CLAIM,
     "With V > K outputs and no common tokens the same form holds with c = eta_Y V/K.",
     "derived here", "u leaves the closed form by more than 1e-7", check_orthogonal},
    &(const struct check){"C6.frozen-landmarks", CHECK_CLAIM,
     "alpha_nn = 1/2 at c t = (V-1) ln(V-1) + V - 2, the force peaks at u = 1 + W0((V-1)/e), and "
     "the "
     "crossover ends (e^u = (V-1) u) at c t = 2 (V-1) u - 1.",
     "derived here", "an event of the flow leaves its closed form by more than 1e-6 relative",
     check_landmarks},
    &(const struct check){"E.frozen-vocabulary-clock", CHECK_ERRATUM,
     "The decoder's clock depends on the vocabulary size M: with V = M outputs and common tokens "
     "that ceases to be true, as the common rows of Y silence the tokens that never are the "
     "answer, and the late gap is that of V = K.",
     "Scan&Snap, theorem 4: M in t0 and in the logarithm",
     "the late gap follows the form with V outputs, or does not join the one with K",
     check_commons},
    NULL};

const struct experiment experiment_scansnap_frozen_decoder = {
    .id = "scansnap/frozen-decoder",
    .title = "The decoder alone: (V-1)u + e^u - 1 = ct",
    .source = "Scan&Snap (arXiv 2305.16380), dynamics of Y; closed form derived here",
    .doc = "With eta_Z = 0 the attention stays uniform over the data's distribution and the gap u "
           "between the right logit and a wrong one obeys du/dt = c/(V - 1 + e^u). The reduced "
           "flow of the authors' synthetic data is solved with and without their common tokens, "
           "with as many outputs as next tokens (V = K) and with more (V > K), and held against "
           "the closed form and its landmarks: the half point and the peak of the force.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .figures = figures,
    .checks = checks,
    .run = run};
