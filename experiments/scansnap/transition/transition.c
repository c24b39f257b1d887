/* The two transitions of Scan&Snap: the decoder's, where the force f . Y (e_n - alpha_n) peaks, and
 * the attention's, where the gain grows fastest in ln t. Events of the reduced flow against closed
 * forms and against the transition time as printed. */
#include "transition.h"

#include "experiments/scansnap/shared/symmetric.h"
#include "theory/scansnap/frozen.h"

static const struct param params[] = {
    {"classes", PARAM_REALS, "4,20,100,1000", 2, 1e6, .doc = "numbers of classes K"},
    {"num_next_per_last", PARAM_INT, "1", 1, 1000, .doc = "classes N per last token"},
    {"ratios", PARAM_REALS, "1,3,10,30,100,300,1000,3000,10000", 0.1, 1e6,
     .doc = "eta_Y/eta_Z; a run with eta_Z = 0 is added"},
    {"commons", PARAM_REALS, "1,3,10,30,100", 1, 1e6,
     .doc = "numbers of common tokens of the runs that vary their share s (second K, largest "
            "ratio)"},
    {"horizon", PARAM_REAL, "1e6", 100, 1e12, .doc = "end of the curves in eta_Y t/K"},
    {"per_decade", PARAM_INT, "20", 4, 1000, .doc = "outputs for each decade of time"},
    {"rho_sigma2_end", PARAM_REAL, "100", 1, 1e6,
     .doc = "how far the attention's transition is looked for, in rho sigma^2"},
    PARAM_NUM_COMMON,
    PARAM_NUM_DISTINCT,
    PARAM_ETA_Y,
    PARAM_TOLERANCES("1e-10"),
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the defaults: about a second"},
    {"paper",
     "classes=4,20,100,1000,10000 per_decade=40 ratios=1,3,10,30,100,300,1000,3000,10000,100000",
     "more of each"},
    {0}};

static const struct column transition_columns[] = {
    {"K", COLUMN_INT, .doc = "classes"},
    {"commons", COLUMN_INT, .doc = "common tokens G"},
    {"s", COLUMN_REAL, .doc = "share of the common tokens in f at the start"},
    {"eta_z_over_eta_y", COLUMN_REAL, .doc = "eta_Z/eta_Y; 0: attention frozen"},
    {"peak", COLUMN_REAL, .doc = "eta_Y t where the force gamma peaks, as an event",
     .optional = true},
    {"peak_grid", COLUMN_REAL, .doc = "the same from the outputs, parabola in ln t",
     .optional = true},
    {"peak_closed", COLUMN_REAL, .doc = "closed form for frozen attention"},
    {"half", COLUMN_REAL, .doc = "eta_Y t where alpha_nn = 1/2, as an event", .optional = true},
    {"half_closed", COLUMN_REAL, .doc = "closed form for frozen attention"},
    {"end_closed", COLUMN_REAL, .doc = "end of the crossover, closed form for frozen attention",
     .optional = true},
    {"ln_fastest", COLUMN_REAL, .doc = "ln(eta_Y t) where dB/d ln t is largest, as an event",
     .optional = true},
    {"fastest_rho_sigma2", COLUMN_REAL, .doc = "rho sigma^2 there", .optional = true},
    {"printed", COLUMN_REAL, .doc = "2 K ln M, M = G + D K: eta_Y t0 as printed"},
    {0}};

static const struct column curve_columns[] = {
    {"K", COLUMN_INT, .doc = "classes"},
    {"eta_z_over_eta_y", COLUMN_REAL, .doc = "eta_Z/eta_Y; 0: attention frozen"},
    {"scaled_time", COLUMN_REAL, .doc = "eta_Y t/K"},
    {"gamma", COLUMN_REAL, .doc = "force f . Y (e_n - alpha_n)"},
    {"alpha_nn", COLUMN_REAL, .doc = "probability of the right token"},
    {"B", COLUMN_REAL, .doc = "gain B_n"},
    {"B_slope", COLUMN_REAL, .doc = "dB/d ln t"},
    {"rho_sigma2", COLUMN_REAL, .doc = "rho sigma^2"},
    {0}};

static const struct table tables[] = {
    {"transition", "transition times", transition_columns},
    {"curves", "force and gain in time, authors' commons", curve_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"peak", NULL, "eta_Y t of the force's peak, first K, first ratio", true},
    {"half", NULL, "eta_Y t of alpha_nn = 1/2, first K, first ratio", true},
    {"ln_fastest", NULL, "ln(eta_Y t) of the fastest gain, first K, first ratio", true},
    {"scaling_error", NULL, "relative change of eta_Y t_peak when both rates are tripled", true},
    {0}};

static const struct figure figures[] = {
    {"transition_curves", "scansnap/transition/transition_curves.gp",
     "Force (above) and growth of the gain (below) in time: the force peaks when the decoder has "
     "learnt, nearly alike for all eta_Z. At that time the gain's growth levels off, or peaks "
     "where "
     "eta_Z is comparable to eta_Y; as eta_Z/eta_Y falls below 1/K it grows fastest ever later."},
    {"transition_times", "scansnap/transition/transition_times.gp",
     "Time of the force's peak against K (left) and against the share s of the commons (right): "
     "events on the closed form, and t0 as printed, which does not know s: that it meets the "
     "closed form on the left is owed to the s of the authors' ten commons."},
    {"transition_two", "scansnap/transition/transition_two.gp",
     "The two transitions against eta_Y/eta_Z: the force's peak stays, the gain's fastest growth "
     "recedes exponentially in sqrt(eta_Y/eta_Z)."},
    {0}};

struct wanted {
    double K, commons, rate; /* rate = eta_Z/eta_Y */
    bool curves, first;
};

/* The clock t gives the curves, the peak and the half point; the attention's transition may lie
 * beyond any t that a double holds: internal time. */
static enum attndyn_status one(struct attndyn_context *ctx, const struct params *p,
                               struct results *results, const struct wanted *w) {
    struct attndyn_symmetric_family family;
    double eta_y = param_real(p, "eta_y"), horizon = param_real(p, "horizon"), *t;
    long N = param_int(p, "num_next_per_last");
    if (fmod(w->K, (double)N) != 0 || w->K != floor(w->K) || w->commons != floor(w->commons))
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "classes must be multiples of num_next_per_last = %ld and commons whole "
            "numbers, not K = %g, G = %g",
            N, w->K, w->commons);
    ATTNDYN_TRY(attndyn_family_authors(ctx, (size_t)w->K / (size_t)N, (size_t)N, (size_t)w->commons,
                                       (size_t)param_int(p, "num_distinct"), &family));
    size_t count = (size_t)lround(log10(horizon / 1e-2) * (double)param_int(p, "per_decade")) + 1;
    ATTNDYN_TRY(track_times(ctx, &family, eta_y, 1e-2, horizon, count, &t));
    struct track_request request = {.family = &family,
                                    .options = {.eta_y = eta_y, .eta_z = w->rate * eta_y},
                                    .method = track_method(&family, w->rate > 1),
                                    .x = t,
                                    .count = count,
                                    .events = true};
    symmetric_tolerances(p, &request);
    struct track track, late;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    ATTNDYN_TRY(results_solver(ctx, results, "clock t", &track.statistics));
    double *gamma, ln_fastest = NAN, fastest = NAN;
    ATTNDYN_ALLOC(ctx, gamma, count);
    for (size_t i = 0; i < count; i++) gamma[i] = track.seen[i].gamma;

    if (w->rate > 0) {
        double end = sqrt(param_real(p, "rho_sigma2_end") / track.model->rho), *sigma;
        ATTNDYN_ALLOC(ctx, sigma, 200);
        attndyn_grid_logarithmic(1e-3 * end, end, 200, sigma);
        request.options.clock = ATTNDYN_REDUCED_SIGMA;
        request.method = track_method(&family, true);
        request.x = sigma;
        request.count = 200;
        ATTNDYN_TRY(track_solve(ctx, &request, &late));
        ATTNDYN_TRY(results_solver(ctx, results, "clock sigma", &late.statistics));
        ln_fastest = late.ln_event[ATTNDYN_REDUCED_FASTEST] + log(w->K);
        fastest = late.event_rho_sigma2[ATTNDYN_REDUCED_FASTEST];
    }
    double M = w->commons + (double)family.distinct * w->K, s = symmetric_share(&family);
    struct attndyn_frozen_landmarks closed = attndyn_frozen_landmarks(w->K);
    double c = attndyn_frozen_rate(w->K, w->K, 1, symmetric_own(&family));
    double peak = exp(track.ln_event[ATTNDYN_REDUCED_PEAK]) * w->K;
    double half = exp(track.ln_event[ATTNDYN_REDUCED_HALF]) * w->K;
    ATTNDYN_TRY(EMIT(ctx, results, "transition", I((long)w->K), I((long)w->commons), R(s),
                     R(w->rate), R(peak), R(track_argmax(&track, gamma) * w->K),
                     R(closed.ct_peak / c), R(half), R(closed.ct_half / c), R(closed.ct_end / c),
                     R(ln_fastest), R(fastest), R(attndyn_transition_printed(w->K, M, 1))));
    for (size_t i = 0; i < count && w->curves; i++) {
        const struct attndyn_reduced_seen *seen = &track.seen[i];
        ATTNDYN_TRY(EMIT(ctx, results, "curves", I((long)w->K), R(w->rate), R(seen->scaled_time),
                         R(seen->gamma), R(1 - seen->delta), R(seen->B), R(seen->B_slope),
                         R(seen->rho_sigma2)));
    }
    if (!w->first) return ATTNDYN_OK;
    ATTNDYN_TRY(results_scalar(ctx, results, "peak", peak));
    ATTNDYN_TRY(results_scalar(ctx, results, "half", half));
    ATTNDYN_TRY(results_scalar(ctx, results, "ln_fastest", ln_fastest));
    ATTNDYN_TRY(track_emit_state(ctx, results, &track, count - 1));
    /* three times both rates, a third of the time */
    for (size_t i = 0; i < count; i++) t[i] /= 3;
    request.options =
        (struct attndyn_reduced_options){.eta_y = 3 * eta_y, .eta_z = 3 * w->rate * eta_y};
    request.method = track_method(&family, w->rate > 1);
    request.x = t;
    request.count = count;
    ATTNDYN_TRY(track_solve(ctx, &request, &late));
    double again = exp(late.ln_event[ATTNDYN_REDUCED_PEAK]) * w->K;
    return results_scalar(ctx, results, "scaling_error", fabs(again / peak - 1));
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    size_t n_classes, n_ratios, n_commons;
    const double *classes, *ratios, *commons;
    ATTNDYN_TRY(symmetric_list(ctx, p, "classes", &classes, &n_classes));
    ATTNDYN_TRY(symmetric_list(ctx, p, "ratios", &ratios, &n_ratios));
    ATTNDYN_TRY(symmetric_list(ctx, p, "commons", &commons, &n_commons));
    size_t shown = n_classes > 1 ? 1 : 0, total = n_classes * (n_ratios + 1) + n_commons, done = 0;
    double largest = ratios[0];
    for (size_t r = 1; r < n_ratios; r++) largest = fmax(largest, ratios[r]);
    for (size_t k = 0; k < n_classes; k++)
        for (size_t r = 0; r <= n_ratios; r++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            ATTNDYN_TRY(one(ctx, p, results,
                            &(struct wanted){.K = classes[k],
                                             .commons = (double)param_int(p, "num_common"),
                                             .rate = r < n_ratios ? 1 / ratios[r] : 0,
                                             .curves = k == shown,
                                             .first = k == 0 && r == 0}));
            attndyn_memory_release(ctx, mark);
            attndyn_progress(ctx, "runs", (double)++done, (double)total);
        }
    for (size_t g = 0; g < n_commons; g++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        if (commons[g] != (double)param_int(p, "num_common"))
            ATTNDYN_TRY(one(
                ctx, p, results,
                &(struct wanted){.K = classes[shown], .commons = commons[g], .rate = 1 / largest}));
        attndyn_memory_release(ctx, mark);
        attndyn_progress(ctx, "runs", (double)++done, (double)total);
    }
    return ATTNDYN_OK;
}

const struct experiment experiment_scansnap_transition = {
    .id = "scansnap/transition",
    .title = "When the attention snaps: the decoder's transition and the attention's",
    .source =
        "Scan&Snap (arXiv 2305.16380), theorem 4 (transition at t0); closed forms derived here",
    .doc = "Located as events of the reduced flow: the peak of the force gamma = f . Y (e_n - "
           "alpha_n), alpha_nn = 1/2, and the time where B grows fastest in ln t. With frozen "
           "attention the first two have closed forms, (V-1)u + u-dependent constants over "
           "eta_Y (1-s). The third is another event: it needs rho sigma^2 of order ten, which for "
           "eta_Y >> eta_Z comes exponentially later.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = transition_checks,
    .run = run};
