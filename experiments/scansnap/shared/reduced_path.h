/* One solve of the reduced model, kept: what was seen at each output, the states, the events.
 * Shared by the experiments on theorem 3, theorem 4, the transition and the learning rates. */
#ifndef SCANSNAP_SHARED_REDUCED_PATH_H
#define SCANSNAP_SHARED_REDUCED_PATH_H

#include "experiments/frame/contract/typed.h"
#include "sim/model/scansnap/reduced.h"

struct reduced_path {
    struct attndyn_reduced *model;
    size_t count;
    double *x;                         /* (count) the clock's time */
    double *y;                         /* (count, model->n) */
    struct attndyn_reduced_seen *seen; /* (count) */
    /* ln(eta_Y t/K) of each event of reduced.h, crossed in the direction that counts (down at a
     * peak, up at the half point): the highest of several peaks, the first half point; NaN if there
     * was none. */
    double ln_event[ATTNDYN_REDUCED_EVENTS];
    double event_height[ATTNDYN_REDUCED_EVENTS]; /* gamma, -, dB/d ln t there */
    double event_rho_sigma2[ATTNDYN_REDUCED_EVENTS];
    struct attndyn_ode_statistics statistics;
};

struct reduced_request {
    const struct attndyn_symmetric_family *family;
    struct attndyn_reduced_options options;
    enum attndyn_ode_method method;
    double rtol, atol;
    double step;     /* of rk4 and euler, in the clock's units */
    const double *x; /* (count) output times in the clock's units, increasing, > 0 */
    size_t count;
    bool events; /* whether to locate the events */
};

/* Adams if the flow is not stiff; BDF if it is, with a dense Jacobian while the family is small. In
 * the clock t the flow is stiff if the attention is faster than the decoder, in the clock sigma
 * always. */
enum attndyn_ode_method reduced_method(const struct attndyn_symmetric_family *family, bool stiff);
/* Everything belongs to ctx. */
enum attndyn_status reduced_solve(struct attndyn_context *ctx,
                                  const struct reduced_request *request, struct reduced_path *path);
/* State of output i in the path. */
const double *reduced_state(const struct reduced_path *path, size_t i);
/* eta_Y t/K at which `value` is largest over the outputs, refined by the parabola through the three
 * outputs around it in ln t; NaN where it lies at an edge. values: (count). */
double reduced_argmax(const struct reduced_path *path, const double *values);
/* The table `state`: a, z, w, B, sigma, t, u of output i. */
enum attndyn_status reduced_emit_state(const struct trial *run, const struct reduced_path *path,
                                       size_t i);

#endif
