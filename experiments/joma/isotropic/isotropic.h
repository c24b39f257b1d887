/* joma/isotropic: what the description (isotropic.c) and the computations (isotropic_run.c,
 * isotropic_flow.c) share. */
#ifndef JOMA_ISOTROPIC_ISOTROPIC_H
#define JOMA_ISOTROPIC_ISOTROPIC_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/joma/activation.h"
#include "sim/num/ode.h"
#include "theory/joma/isotropic.h"

struct isotropic_instance {
    const struct params *params;
    size_t d, clusters;
    double *centres;       /* (C, d) */
    const double *weights; /* (C) */
    double *w0;            /* (d + 1): v(0), xi(0) */
    double n0;             /* ||v(0)|| */
    double *targets;       /* (C) */
    double *share;         /* (C): 1/C */
    struct attndyn_theta theta;
    enum attndyn_ode_method method;
};

/* Integrands of Monte Carlo and drawn flows: phi' of activation[which]. */
struct isotropic_sampled {
    const struct isotropic_instance *in;
    struct attndyn_activation activation[ATTNDYN_THETA_COUNT];
};

double isotropic_norm(const double *v, size_t count);
/* r_c = v.centre_c + xi */
double isotropic_preactivation(const struct isotropic_instance *in, const double *w, size_t c);
/* One sample's worth in sum_c weight_c E[f x]: what Monte Carlo cannot resolve when an event was
 * too rare to be drawn. It stands in for standard errors that are smaller. */
double isotropic_sample_worth(const struct isotropic_instance *in, const double *weights,
                              double scale, double samples);
/* The models' own activation, by the name of the theory's. */
struct attndyn_activation isotropic_activation(const struct isotropic_instance *in,
                                               enum attndyn_theta_activation activation);
void isotropic_derivative(size_t which, size_t c, size_t count, const double *h, double *f,
                          void *sampled);

enum attndyn_status isotropic_run(struct attndyn_context *ctx, const struct params *params,
                                  struct results *results);
/* The flow and its companions: closed forms, second integrator, drawn samples. */
enum attndyn_status isotropic_emit_flow(struct attndyn_context *ctx,
                                        const struct isotropic_instance *in,
                                        struct results *results);
enum attndyn_status isotropic_emit_closed_flows(struct attndyn_context *ctx,
                                                const struct isotropic_instance *in,
                                                struct results *results);

#endif
