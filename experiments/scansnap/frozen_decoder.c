/* The decoder's own clock: with the attention held still (eta_Z = 0) the gap u between the right
 * logit and a wrong one has a closed form. The reduced flow is solved by CVODE and held against
 * it, with and without common tokens, with V = K and with V > K outputs. */
#include "experiments/scansnap/shared/symmetric.h"
#include "experiments/statements/statements.h"
#include "theory/scansnap/frozen.h"

#include <string.h>

#define FROZEN_DECODER(X)                                                                          \
    X(REALS, classes, "4,20", "numbers of classes K", IN(2, 1e6))                                  \
    X(INT, never_factor, "12",                                                                     \
      "V over K in the cases with columns of the decoder that are never the right answer",         \
      IN(2, 1000))                                                                                 \
    SYMMETRIC_DATA(X)                                                                              \
    X(REAL, t_end, "1e8", "horizon, time t", IN(1e-6, 1e290))                                      \
    X(INT, points, "300", "output times, logarithmic in t", IN(20, 100000))                        \
    SOLVER_TOLERANCES(X, "1e-11")
PARAMS(frozen_decoder, FROZEN_DECODER)

#define GAP(X)                                                                                     \
    X(TEXT_AS("case"), which,                                                                      \
      "the data: next_: V = K; vocabulary_: V > K; _commons or _alone: with or without common "    \
      "tokens")                                                                                    \
    X(INT, K, "number of classes K")                                                               \
    X(INT, V, "columns of the decoder V")                                                          \
    X(REAL, s, "s, share of the common tokens in |f|^2")                                           \
    X(REAL, t, "time t")                                                                           \
    X(OPTIONAL, ct, "c t, the argument of the closed form; empty where there is none")             \
    X(REAL, u, "gap u of the right logit above a wrong next token's, by integration")              \
    X(OPTIONAL, closed, "the same by the closed form; empty where there is none")                  \
    X(REAL, as_vocabulary, "closed form with V outputs, c = eta_Y (1-s) V/K")                      \
    X(REAL, as_next, "closed form with K outputs, c = eta_Y (1-s)")                                \
    X(REAL, gamma, "force f . Y (e_n - alpha_n)")                                                  \
    X(REAL, alpha_nn, "probability of the right token")
TABLE(gap, GAP, "the gap in time, by integration and in closed form")

#define LANDMARKS(X)                                                                               \
    X(TEXT_AS("case"), which, "as in the table gap")                                               \
    X(INT, K, "number of classes K")                                                               \
    X(INT, V, "columns of the decoder V")                                                          \
    X(TEXT, name, "half: alpha_nn = 1/2; peak: the force gamma is largest")                        \
    X(REAL, t_event, "time t, located as an event of the flow")                                    \
    X(REAL, t_closed, "the same by the closed form")
TABLE(landmarks, LANDMARKS, "events of the flow against the closed form")

static const struct preset presets[] = {
    {"quick", "", "the defaults: well under a second"},
    {"paper", "classes=4,20,100,1000 t_end=1e12", "more classes, longer"},
    {0}};

static const struct figure figures[] = {
    {"frozen_decoder", "scansnap/frozen_decoder/frozen_decoder.gp",
     "The gap u(t) between the right logit and a wrong one, by CVODE (points) on the closed form "
     "(lines), and their difference. With V > K and common tokens no closed form holds: the curve "
     "leaves the one with V outputs and joins the one with K."},
    {0}};

/* The time at which the flow ends its crossover, e^u = (V-1) u: solved to just before and just
 * after the closed form's time, and interpolated, since u - ln((V-1) u) is nearly linear in ln t
 * there. */
static enum attndyn_status crossover_end(const struct trial *run, const char *name,
                                         const struct reduced_request *of_case,
                                         const struct attndyn_frozen_landmarks *closed, double c,
                                         double K) {
    double V = (double)of_case->family->columns, at = closed->ct_end / c, beyond[2];
    const double t[2] = {at * (1 - 1e-4), at * (1 + 1e-4)};
    struct reduced_request request = *of_case;
    request.x = t;
    request.count = 2;
    request.events = false;
    struct reduced_path path;
    ATTNDYN_TRY(reduced_solve(run->ctx, &request, &path));
    for (size_t i = 0; i < 2; i++) {
        double u = path.seen[i].u;
        beyond[i] = u - log((V - 1) * u);
    }
    double share = -beyond[0] / (beyond[1] - beyond[0]);
    double end = exp(log(t[0]) + share * log(t[1] / t[0]));
    return EMIT(run, landmarks, .which = name, .K = (long)K, .V = (long)V, .name = "end",
                .t_event = end, .t_closed = at);
}

static enum attndyn_status solve_case(const struct trial *run, const struct frozen_decoder *p,
                                      double K, bool vocabulary, bool commons, bool state) {
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(symmetric_authors(run, K, 1, &family));
    /* without commons the probabilities no longer sum to 1, which the normalised f does not
     * notice */
    if (!commons) {
        family.commons = 0;
        family.q = NULL;
    }
    if (vocabulary) family.columns *= (size_t)p->never_factor;
    const char *name = vocabulary ? (commons ? "vocabulary_commons" : "vocabulary_alone")
                                  : (commons ? "next_commons" : "next_alone");
    double eta_y = p->eta_y, t_end = p->t_end;
    double V = (double)family.columns;
    struct reduced_request request = {.family = &family,
                                      .options = {.eta_y = eta_y},
                                      .method = ATTNDYN_ODE_ADAMS,
                                      .rtol = p->rtol, /* for crossover_end */
                                      .atol = p->atol,
                                      .events = true};
    double unit = eta_y / K, first = fmin(1e-3, 1e-6 * unit * t_end);
    struct reduced_path path;
    ATTNDYN_TRY(symmetric_solve(run, request, first, unit * t_end, (size_t)p->points, name, &path));

    for (size_t i = 0; i < path.count; i++) {
        const struct attndyn_reduced_seen *seen = &path.seen[i];
        double s = commons ? seen->s : 0, q = commons ? seen->q : 1;
        double c = attndyn_frozen_rate(K, V, eta_y, q);
        double ct = c * seen->t;
        ATTNDYN_TRY(EMIT(run, gap, .which = name, .K = (long)K, .V = (long)V, .s = s, .t = seen->t,
                         .ct = ct, .u = seen->u,
                         .closed = isnan(c) ? NAN : attndyn_frozen_gap(V, ct),
                         .as_vocabulary = attndyn_frozen_gap(V, eta_y * q * V / K * seen->t),
                         .as_next = attndyn_frozen_gap(K, eta_y * q * seen->t),
                         .gamma = seen->gamma, .alpha_nn = 1 - seen->delta));
    }
    double c = attndyn_frozen_rate(K, V, eta_y, commons ? path.seen[0].q : 1);
    struct attndyn_frozen_landmarks closed = attndyn_frozen_landmarks(V);
    const struct {
        const char *name;
        size_t event;
        double ct;
    } landmark[] = {{"half", ATTNDYN_REDUCED_HALF, closed.ct_half},
                    {"peak", ATTNDYN_REDUCED_PEAK, closed.ct_peak}};
    for (size_t k = 0; k < 2 && !isnan(c); k++) {
        double ln = path.ln_event[landmark[k].event];
        if (isnan(ln)) continue; /* beyond the horizon, or at t = 0 (V = 2) */
        ATTNDYN_TRY(EMIT(run, landmarks, .which = name, .K = (long)K, .V = (long)V,
                         .name = landmark[k].name, .t_event = exp(ln) / unit,
                         .t_closed = landmark[k].ct / c));
    }
    if (!isnan(c) && closed.ct_end / c < t_end)
        ATTNDYN_TRY(crossover_end(run, name, &request, &closed, c, K));
    return state ? reduced_emit_state(run, &path, path.count - 1) : ATTNDYN_OK;
}

RUN(frozen_decoder) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, classes));
    for (size_t i = 0; i < p->classes.count; i++)
        for (int k = 0; k < 4; k++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(solve_case(run, p, p->classes.at[i], k & 2, k & 1, i == 0 && k == 1));
            attndyn_memory_release(run->ctx, mark);
            attndyn_progress(run->ctx, "cases", (double)(4 * i) + k + 1,
                             4.0 * (double)p->classes.count);
        }
    return ATTNDYN_OK;
}

/* The largest |u - closed| over the rows whose case has this name; NaN if there is none. */
static double leaves(const struct trial *run, const char *name, size_t *rows) {
    double error = 0;
    *rows = 0;
    EACH_ROW (run, gap, r) {
        if (strcmp(r->which, name) != 0) continue;
        ++*rows;
        worst(&error, r->u - r->closed);
    }
    return *rows ? error : NAN;
}

#define PARAMETERS frozen_decoder

/* V = K: every token of the decoder is an answer, K = M in the paper's letters. */
KNOWN(all_real, frozen_decoder) {
    f->outputs = f->vocabulary = f->classes = p->classes.at[0];
    f->classes_uniform = f->decoder_zero = f->features_frozen = 1;
    f->gradient_modified = 0;
    EACH_ROW (run, gap, r) f->overlap = r->s;
}
/* V > K without commons: E = 0, where both gradients are one. */
KNOWN(no_overlap, frozen_decoder) {
    f->outputs = f->vocabulary = p->classes.at[0] * (double)p->never_factor;
    f->decoder_zero = f->features_frozen = f->gradient_modified = 1;
}

CLAIM(next, "C6.frozen-closed-form", OF(S_R1),
      "With the attention frozen and V = K outputs the gap u between the right logit and a wrong "
      "one obeys (V-1) u + e^u - 1 = eta_Y (1-s) t, with common tokens (share s of |f_n|^2) and "
      "without (s = 0).",
      "u leaves the closed form by more than {bound}", .bound = 1e-7, .facts = KNOWN_OF(all_real)) {
    size_t with, without;
    double a = leaves(run, "next_commons", &with), b = leaves(run, "next_alone", &without);
    return verdict_at_most(
        v, larger_of(a, b) + 0 * (a + b), v->bound,
        "largest difference of u, with commons %.2g, without %.2g, over %zu outputs to t = %g", a,
        b, with + without, p->t_end);
}

CLAIM(orthogonal, "C6.frozen-orthogonal", OF(S_L6),
      "With V > K outputs and no common tokens the same form holds: (V-1) u + e^u - 1 = eta_Y "
      "(V/K) t.",
      "u leaves the closed form by more than {bound}", .bound = 1e-7,
      .facts = KNOWN_OF(no_overlap)) {
    size_t rows;
    double error = leaves(run, "vocabulary_alone", &rows);
    return verdict_at_most(v, error, v->bound, "largest difference of u over %zu outputs", rows);
}

CLAIM(landmarks, "C6.frozen-landmarks", DERIVED,
      "Where (V-1) u + e^u - 1 = c t: alpha_nn = 1/2 at c t = (V-1) ln(V-1) + V - 2, the force "
      "gamma = f_n . Y (e_n - alpha_n) peaks at u = 1 + W0((V-1)/e), W0 Lambert's function, and "
      "the crossover ends (e^u = (V-1) u) at c t = 2 (V-1) u - 1.",
      "the time of one of these in the flow leaves its closed form by more than {bound} "
      "relatively",
      .bound = 1e-6) {
    const size_t rows = ROWS(run, landmarks);
    if (rows == 0) return verdict_skip(v, "no landmark lies within t_end");
    return verdict_at_most(v, WORST_DEVIATION(run, landmarks, t_event, t_closed), v->bound,
                           "largest relative difference of %zu times", rows);
}

/* Where the late gap lies between the form with K outputs (0) and that with V (1). It is not 0
 * because of the head start won before the commons have silenced the other columns. */
CLAIM(commons, "C6.late-crossover", DERIVED,
      "With strong overlaps (s = 0.72 on the authors' data) and V > K outputs the late gap u is "
      "that of V = K: the common tokens' rows of Y silence the outputs that never are the answer.",
      "from eta_Y t/K = 1e4 on it is more than {percent} of the way from the closed form with K "
      "outputs to that with V",
      .bound = 0.05) {
    double share = 0, last = NAN;
    size_t late = 0;
    EACH_ROW (run, gap, r) {
        double K = (double)r->K;
        double scaled = p->eta_y * r->t / K;
        if (strcmp(r->which, "vocabulary_commons") != 0 || scaled < 1e4 || K < 4) continue;
        late++;
        last = (r->u - r->as_next) / (r->as_vocabulary - r->as_next);
        share = larger_of(share, fabs(last));
    }
    /* the head start is of order 1/ln t, and the two forms are ln(V/K) apart */
    if (late == 0 || p->never_factor < 10)
        return verdict_skip(v, "needs t_end with eta_y t/K >= 1e4, K >= 4, never_factor >= 10");
    return verdict_at_most(
        v, share, v->bound,
        "position of the late gap between the closed forms with K outputs (0) and with V (1), "
        "eta_Y t/K >= 1e4: at most %.3g, %.3g at the end",
        share, last);
}

static const struct check *const frozen_decoder_claims[] = {&next, &orthogonal, &landmarks,
                                                            &commons, NULL};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, u_end, "gap at the end of the last case", LAST_OF(gap, u))                         \
    X(OPTIONAL, gamma_end, "force gamma at the end of the last case", LAST_OF(gap, gamma))         \
    X(OPTIONAL, alpha_end, "alpha_nn at the end of the last case", LAST_OF(gap, alpha_nn))
SCALARS(taken, TAKEN)

const struct experiment experiment_scansnap_frozen_decoder = {
    .id = "scansnap/frozen-decoder",
    .title = "The decoder alone: (V-1) u + e^u - 1 = c t",
    .source = "Scan&Snap (arXiv 2305.16380), dynamics of Y; closed form derived here",
    .doc =
        "With eta_Z = 0 the attention stays at the data's P(l|n), and the gap u between the right "
        "logit and a wrong one obeys du/dt = c/(V - 1 + e^u), V the number of outputs. The "
        "reduced flow of the authors' synthetic data is solved with and without their common "
        "tokens, with as many outputs as next tokens (V = K) and with more (V > K), and held "
        "against the closed form and its landmarks: alpha_nn = 1/2, the peak of the force gamma = "
        "f_n . Y (e_n - alpha_n), and the end of the crossover, e^u = (V-1) u. State: the reduced "
        "model's, of the first case with common tokens.",
    .presets = presets,
    .tables = TABLES(gap, landmarks, the_state),
    .figures = figures,
    PARTS_OF(frozen_decoder, taken)};
