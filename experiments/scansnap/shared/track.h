/* One solve of the reduced model, kept: what was seen at each output, the states, the events.
 * Shared by the experiments on theorem 3, theorem 4, the transition and the learning rates. */
#ifndef SCANSNAP_SHARED_TRACK_H
#define SCANSNAP_SHARED_TRACK_H

#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/reduced.h"

struct track {
    struct attndyn_reduced *model;
    size_t count;
    double *x;                         /* (count) the clock's time */
    double *y;                         /* (count, model->n) */
    struct attndyn_reduced_seen *seen; /* (count) */
    /* ln(eta_Y t/K) where each event of reduced.h happened the way that matters (peaks fall, the
     * half point rises): the highest of several peaks, the first half point; NaN where none. */
    double ln_event[ATTNDYN_REDUCED_EVENTS];
    double event_height[ATTNDYN_REDUCED_EVENTS]; /* gamma, -, dB/d ln t there */
    double event_rho_sigma2[ATTNDYN_REDUCED_EVENTS];
    struct attndyn_ode_statistics statistics;
};

struct track_request {
    const struct attndyn_symmetric_family *family;
    struct attndyn_reduced_options options;
    enum attndyn_ode_method method;
    double rtol, atol;
    double step;     /* of rk4 and euler, in the clock's units */
    const double *x; /* (count) output times in the clock's units, increasing, > 0 */
    size_t count;
    bool events; /* locate them */
};

/* Adams for the non-stiff; for the stiff BDF, dense while the family is small. In the clock t the
 * flow is stiff where the attention is faster than the decoder, in the clock sigma always. */
enum attndyn_ode_method track_method(const struct attndyn_symmetric_family *family, bool stiff);
/* Everything belongs to ctx. */
enum attndyn_status track_solve(struct attndyn_context *ctx, const struct track_request *request,
                                struct track *track);
/* Output times: eta_Y t/K logarithmic from first to last. */
enum attndyn_status track_times(struct attndyn_context *ctx,
                                const struct attndyn_symmetric_family *family, double eta_y,
                                double first, double last, size_t count, double **t);
/* State of output i in the track. */
const double *track_state(const struct track *track, size_t i);
/* eta_Y t/K at which `value` is largest over the outputs, refined by the parabola through the three
 * outputs around it in ln t; NaN where it lies at an edge. values: (count). */
double track_argmax(const struct track *track, const double *values);
/* The table `state`: a, z, w, B, sigma, t, u of output i. */
enum attndyn_status track_emit_state(struct attndyn_context *ctx, struct results *results,
                                     const struct track *track, size_t i);

#endif
