#include "transition.h"

#include "experiments/shared/parts.h"
#include "theory/scansnap/frozen.h"

static const struct preset presets[] = {
    {"quick", "", "the defaults: about a second"},
    {"paper",
     "classes=4,20,100,1000,10000 per_decade=40 ratios=1,3,10,30,100,300,1000,3000,10000,100000",
     "one more K and one more ratio, outputs twice as dense"},
    {0}};

static const struct figure figures[] = {
    {"transition_curves", "scansnap/transition/transition_curves.gp",
     "Force gamma (above) and growth of the gain dB_n/d ln t (below) against time: the force "
     "peaks when the decoder has learnt, at nearly the same time for all eta_Z. At that time the "
     "gain's growth levels off, or peaks where eta_Z is comparable to eta_Y; as eta_Z/eta_Y falls "
     "below 1/K its fastest growth comes ever later."},
    {"transition_times", "scansnap/transition/transition_times.gp",
     "Time of the force's peak against K (left) and against the share s of the commons in |f_n|^2 "
     "(right): the events lie on the closed form for frozen attention. The printed t_0 = 2 K ln "
     "M/eta_Y does not depend on s; that it meets the closed form on the left is owed to the s of "
     "the authors' ten commons."},
    {"transition_two", "scansnap/transition/transition_two.gp",
     "Times of the two transitions against eta_Y/eta_Z: the force's peak stays, the fastest "
     "growth of the gain moves to ever later times, exponentially in sqrt(eta_Y/eta_Z)."},
    {0}};

struct wanted {
    double K, commons, rate; /* rate = eta_Z/eta_Y */
    bool curves, first;
};

/* The clock t gives the curves, the peak and the half point; the attention's transition may lie
 * beyond any t that a double holds: internal time. */
/* The square of the features' spread, in the shift of the half time. */
static double spread_of(const struct attndyn_symmetric_family *family) {
    const double s = symmetric_share(family), own = symmetric_own(family),
                 square = symmetric_square(family);
    double q_1 = 0;
    for (size_t j = 0; j < family->distinct; j++) q_1 += pow(s * pow(family->p[j], 2) / square, 2);
    for (size_t g = 0; g < family->commons; g++)
        q_1 += (double)family->classes_per_last * pow(own * pow(family->q[g], 2) / square, 2);
    return q_1;
}

/* The fastest growth, from a path in the clock sigma: NaN where attention does not move. */
static enum attndyn_status fastest_growth(const struct trial *run, const struct transitions *p,
                                          struct reduced_request request, double rho,
                                          double *ln_time, double *rho_sigma2) {
    const double end = sqrt(p->rho_sigma2_end / rho);
    struct reduced_path path;
    *ln_time = *rho_sigma2 = NAN;
    if (!(request.options.eta_z > 0)) return ATTNDYN_OK;
    request.options.clock = ATTNDYN_REDUCED_SIGMA;
    request.method = reduced_method(request.family, true);
    ATTNDYN_TRY(symmetric_solve(run, request, 1e-3 * end, end, 200, "clock sigma", &path));
    *ln_time = path.ln_event[ATTNDYN_REDUCED_FASTEST] + log((double)request.family->classes);
    *rho_sigma2 = path.event_rho_sigma2[ATTNDYN_REDUCED_FASTEST];
    return ATTNDYN_OK;
}

static enum attndyn_status emit_curves(const struct trial *run, const struct wanted *w,
                                       const struct reduced_path *path) {
    for (size_t i = 0; i < path->count; i++) {
        const struct attndyn_reduced_seen *seen = &path->seen[i];
        ATTNDYN_TRY(EMIT(run, curves, .K = (long)w->K, .eta_z_over_eta_y = w->rate,
                         .scaled_time = seen->scaled_time, .gamma = seen->gamma,
                         .alpha_nn = 1 - seen->delta, .B = seen->B, .B_slope = seen->B_slope,
                         .rho_sigma2 = seen->rho_sigma2));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status one(const struct trial *run, const struct transitions *p,
                               const struct wanted *w) {
    struct attndyn_symmetric_family family;
    double eta_y = p->eta_y;
    long N = p->num_next_per_last;
    if (fmod(w->K, (double)N) != 0 || w->K != floor(w->K) || w->commons != floor(w->commons))
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "classes must be multiples of num_next_per_last = %ld and commons whole numbers, not "
            "K = %g, G = %g",
            N, w->K, w->commons);
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, (size_t)w->K / (size_t)N, (size_t)N,
                                       (size_t)w->commons, (size_t)p->num_distinct, &family));
    size_t count = symmetric_outputs(1e-2, p->horizon, p->per_decade);
    struct reduced_request request = {.family = &family,
                                      .options = {.eta_y = eta_y, .eta_z = w->rate * eta_y},
                                      .method = reduced_method(&family, w->rate > 1),
                                      .events = true};
    struct reduced_path path, late;
    ATTNDYN_TRY(symmetric_solve(run, request, 1e-2, p->horizon, count, "clock t", &path));
    double *gamma, ln_fastest, fastest;
    ATTNDYN_ALLOC(run->ctx, gamma, count);
    for (size_t i = 0; i < count; i++) gamma[i] = path.seen[i].gamma;
    ATTNDYN_TRY(fastest_growth(run, p, request, path.model->rho, &ln_fastest, &fastest));
    double M = w->commons + (double)family.distinct * w->K, s = symmetric_share(&family);
    struct attndyn_frozen_landmarks closed = attndyn_frozen_landmarks(w->K);
    double own = symmetric_own(&family), c = attndyn_frozen_rate(w->K, w->K, 1, own);
    double peak = exp(path.ln_event[ATTNDYN_REDUCED_PEAK]) * w->K;
    double half = exp(path.ln_event[ATTNDYN_REDUCED_HALF]) * w->K;
    ATTNDYN_TRY(EMIT(
        run, transition, .K = (long)w->K, .commons = (long)w->commons, .s = s,
        .eta_z_over_eta_y = w->rate, .peak = peak, .peak_grid = reduced_argmax(&path, gamma) * w->K,
        .peak_closed = closed.ct_peak / c, .half = half, .half_closed = closed.ct_half / c,
        .half_shift =
            w->K > 2 ? attndyn_frozen_half_shift(w->K, path.model->rho, own, spread_of(&family))
                     : NAN,
        .end_closed = closed.ct_end / c, .ln_fastest = ln_fastest, .fastest_rho_sigma2 = fastest,
        .printed = attndyn_transition_printed(w->K, M, 1)));
    if (w->curves) ATTNDYN_TRY(emit_curves(run, w, &path));
    if (!w->first) return ATTNDYN_OK;
    ATTNDYN_TRY(reduced_emit_state(run, &path, count - 1));
    /* three times both rates, a third of the time */
    request.options =
        (struct attndyn_reduced_options){.eta_y = 3 * eta_y, .eta_z = 3 * w->rate * eta_y};
    request.method = reduced_method(&family, w->rate > 1);
    ATTNDYN_TRY(symmetric_solve(run, request, 1e-2, p->horizon, count, NULL, &late));
    double again = exp(late.ln_event[ATTNDYN_REDUCED_PEAK]) * w->K;
    return SET(run, found, .peak = peak, .half = half, .ln_fastest = ln_fastest,
               .scaling_error = fabs(again / peak - 1));
}

RUN(transitions) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, classes));
    ATTNDYN_TRY(NOT_EMPTY(run, p, ratios));
    ATTNDYN_TRY(NOT_EMPTY(run, p, commons));
    size_t shown = p->classes.count > 1 ? 1 : 0, ratios = p->ratios.count;
    struct parts parts =
        parts_of(run, "runs", (double)(p->classes.count * (ratios + 1) + p->commons.count));
    double largest = p->ratios.at[0], authors = (double)p->num_common;
    for (size_t r = 1; r < ratios; r++) largest = fmax(largest, p->ratios.at[r]);
    for (size_t k = 0; k < p->classes.count; k++)
        for (size_t r = 0; r <= ratios; r++) {
            const struct wanted wanted = {.K = p->classes.at[k],
                                          .commons = authors,
                                          .rate = r < ratios ? 1 / p->ratios.at[r] : 0,
                                          .curves = k == shown,
                                          .first = k == 0 && r == 0};
            ATTNDYN_TRY(part_done(&parts, one(run, p, &wanted)));
        }
    for (size_t g = 0; g < p->commons.count; g++) {
        const struct wanted varied = {
            .K = p->classes.at[shown], .commons = p->commons.at[g], .rate = 1 / largest};
        const bool new = varied.commons != authors;
        ATTNDYN_TRY(part_done(&parts, new ? one(run, p, &varied) : ATTNDYN_OK));
    }
    return ATTNDYN_OK;
}

const struct experiment experiment_scansnap_transition = {
    .id = "scansnap/transition",
    .title = "When the attention snaps: the decoder's transition and the attention's",
    .source =
        "Scan&Snap (arXiv 2305.16380), theorem 4 (transition at t0); closed forms derived here",
    .doc = "Three events of the reduced flow of the authors' data with V = K are located: the "
           "peak of the force gamma = f_n . Y (e_n - alpha_n); alpha_nn = 1/2, alpha_nn the "
           "probability of the right token; and the time at which the gain B_n grows fastest in "
           "ln t. With frozen attention the first two have closed forms in K and eta_Y (1-s) t, s "
           "the share of the common tokens in |f_n|^2 (scansnap/frozen-decoder). The third is "
           "another event: it comes at rho sigma^2 of about five (sigma: internal time, rho = "
           "(eta_Z/eta_Y) K/(K-1)), which for eta_Y >> eta_Z is long after the others. State: the "
           "reduced model's, at the end of the first run.",
    .presets = presets,
    .tables = TABLES(transition, curves, the_state),
    .figures = figures,
    PARTS_OF(transitions, found)};
