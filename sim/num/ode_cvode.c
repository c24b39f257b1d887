/* The methods that step by SUNDIALS: CVODES (CVODE with quadratures), 6.x or 7.x.
 *
 * Each solve owns its SUNContext, so that solves in several threads share nothing. We take one
 * step at a time and interpolate the outputs ourselves: the number of steps, the interruption and
 * a step that no longer moves t are then seen at every step.
 *
 * Quadratures. Adams integrates them as further unknowns, which costs nothing: its fixed-point
 * iteration evaluates them beside the right-hand side. For BDF that would put rows into the
 * Jacobian that no analytic Jacobian of the state knows, so there they are CVODES' own
 * quadratures; so they are with Adams if the error test is to leave them out. */
#include "ode_private.h"

#include "ode_lapack_private.h"
#include "ode_vectors_private.h"

#include <cvodes/cvodes.h>
#include <cvodes/cvodes_ls.h>
#include <float.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdio.h>
#include <string.h>
#include <sundials/sundials_config.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunlinsol/sunlinsol_spgmr.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>

#if SUNDIALS_VERSION_MAJOR >= 7
#define SERIAL_COMM SUN_COMM_NULL
#else
#define SERIAL_COMM NULL
#endif

enum {
    LAPACK_FROM = 200, /* unknowns from which OpenBLAS' LU beats SUNDIALS' own (4x there) */
    STUCK_STEPS = 10,  /* steps in a row that do not move t */
    STUCK = -10000     /* distinct from CVODES' return codes */
};

struct cvode {
    struct attndyn_ode_run *run;
    size_t n, m;   /* state and quadratures */
    bool appended; /* the quadratures are unknowns of the solver */
    void *memory;
    SUNContext sundials;
    SUNMatrix matrix;
    SUNLinearSolver linear;
    SUNNonlinearSolver nonlinear;
    /* Each an array (n + m) of ours, and the one or two vectors that SUNDIALS sees of it. */
    double *now, *out, *at_event, *slope, *atol;
    N_Vector now_y, now_q, out_y, out_q, atol_q;
    struct attndyn_ode_vectors y_vectors, q_vectors;
    int code; /* SUNDIALS' last answer while it is set up */
    int *root;
    char said[400]; /* SUNDIALS' last error message */
};

#if SUNDIALS_VERSION_MAJOR >= 7
static void on_error(int line, const char *function, const char *file, const char *message,
                     SUNErrCode code, void *user, SUNContext context) {
    (void)line, (void)file, (void)context, (void)code;
#else
static void on_error(int code, const char *module, const char *function, char *message,
                     void *user) {
    (void)module;
    if (code == CV_WARNING) return;
#endif
    struct cvode *s = user;
    snprintf(s->said, sizeof s->said, "%s: %s", function ? function : "CVODE", message);
    for (char *c = s->said; *c; c++)
        if (*c == '\n') *c = ' ';
    size_t length = strlen(s->said);
    while (length && s->said[length - 1] == ' ') s->said[--length] = '\0';
}

static int rhs(sunrealtype t, N_Vector y, N_Vector dydt, void *user) {
    struct cvode *s = user;
    double *d = N_VGetArrayPointer(dydt);
    return attndyn_ode_evaluate(s->run, t, N_VGetArrayPointer(y), d, s->appended ? d + s->n : NULL);
}

static int quadrature(sunrealtype t, N_Vector y, N_Vector dqdt, void *user) {
    struct cvode *s = user;
    return attndyn_ode_evaluate(s->run, t, N_VGetArrayPointer(y), s->slope,
                                N_VGetArrayPointer(dqdt));
}

static int jacobian(sunrealtype t, N_Vector y, N_Vector dydt, SUNMatrix j, void *user, N_Vector t1,
                    N_Vector t2, N_Vector t3) {
    (void)dydt, (void)t1, (void)t2, (void)t3;
    struct cvode *s = user;
    const struct attndyn_ode_problem *p = s->run->problem;
    double *data = SUNDenseMatrix_Data(j);
    memset(data, 0, s->n * s->n * sizeof *data);
    return p->jacobian(t, N_VGetArrayPointer(y), data, p->user);
}

static int jacobian_times(N_Vector v, N_Vector jv, sunrealtype t, N_Vector y, N_Vector dydt,
                          void *user, N_Vector temporary) {
    (void)dydt, (void)temporary;
    struct cvode *s = user;
    const struct attndyn_ode_problem *p = s->run->problem;
    return p->jacobian_times(t, N_VGetArrayPointer(y), N_VGetArrayPointer(v),
                             N_VGetArrayPointer(jv), p->user);
}

/* Error weights 1/(rtol |y| + atol). */
static int weights(N_Vector y, N_Vector w, void *user) {
    struct cvode *s = user;
    const double *state = N_VGetArrayPointer(y);
    double *weight = N_VGetArrayPointer(w), rtol = s->run->options.rtol;
    size_t count = (size_t)N_VGetLength(y);
    for (size_t i = 0; i < count; i++) {
        double scale = rtol * fabs(state[i]) + s->atol[i];
        if (!(scale > 0)) {
            s->run->trouble = ATTNDYN_ODE_NO_WEIGHT;
            s->run->trouble_entry = i;
            return -1;
        }
        weight[i] = 1 / scale;
    }
    return 0;
}

/* t may lie a little beyond the last step while CVODES looks whether an event starts on a root. */
static int events(sunrealtype t, N_Vector y, sunrealtype *g, void *user) {
    struct cvode *s = user;
    if (s->m == 0 || s->appended) return attndyn_ode_events(s->run, t, N_VGetArrayPointer(y), g);
    double reached;
    CVodeGetCurrentTime(s->memory, &reached);
    memcpy(s->at_event, N_VGetArrayPointer(y), s->n * sizeof *s->at_event);
    N_Vector q = N_VMake_Serial((sunindextype)s->m, s->at_event + s->n, s->sundials);
    int code = q ? CVodeGetQuadDky(s->memory, fmin(t, reached), 0, q) : -1;
    N_VDestroy(q);
    return code < 0 ? -1 : attndyn_ode_events(s->run, t, s->at_event, g);
}

static void release(struct cvode *s) {
    N_VDestroy(s->now_y);
    N_VDestroy(s->now_q);
    N_VDestroy(s->out_y);
    N_VDestroy(s->out_q);
    N_VDestroy(s->atol_q);
    CVodeFree(&s->memory);
    if (s->linear) SUNLinSolFree(s->linear);
    if (s->matrix) SUNMatDestroy(s->matrix);
    if (s->nonlinear) SUNNonlinSolFree(s->nonlinear);
    attndyn_ode_vectors_end(&s->y_vectors);
    attndyn_ode_vectors_end(&s->q_vectors);
    SUNContext_Free(&s->sundials);
    struct attndyn_context *ctx = s->run->ctx;
    attndyn_free(ctx, s->root);
    attndyn_free(ctx, s->atol);
    attndyn_free(ctx, s->slope);
    attndyn_free(ctx, s->at_event);
    attndyn_free(ctx, s->out);
    attndyn_free(ctx, s->now);
}

static enum attndyn_status no_memory(struct cvode *s) {
    return attndyn_fail(s->run->ctx, ATTNDYN_NO_MEMORY,
                        "out of memory: %s with %zu unknowns; bdf-krylov or a lower max_order need "
                        "less",
                        s->run->statistics->method, s->n);
}

static enum attndyn_status make_vectors(struct cvode *s) {
    struct attndyn_context *ctx = s->run->ctx;
    const struct attndyn_ode_options *o = &s->run->options;
    size_t all = s->n + s->m, unknowns = s->appended ? all : s->n;
    ATTNDYN_ALLOC(ctx, s->now, all);
    ATTNDYN_ALLOC(ctx, s->out, all);
    ATTNDYN_ALLOC(ctx, s->at_event, all);
    ATTNDYN_ALLOC(ctx, s->slope, all);
    ATTNDYN_ALLOC(ctx, s->atol, all);
    ATTNDYN_ALLOC(ctx, s->root, s->run->problem->events);
    for (size_t i = 0; i < all; i++) s->atol[i] = o->atol_vector ? o->atol_vector[i] : o->atol;
    memcpy(s->now, s->run->y, all * sizeof *s->now);
    if (SUNContext_Create(SERIAL_COMM, &s->sundials) < 0) {
        s->sundials = NULL; /* incomplete: SUNContext_Free would crash on it */
        return no_memory(s);
    }
#if SUNDIALS_VERSION_MAJOR >= 7
    /* By default it prints errors to stderr and warnings to stdout; `said` keeps them instead. */
    if (SUNContext_SetLogger(s->sundials, NULL) || SUNContext_ClearErrHandlers(s->sundials) ||
        SUNContext_PushErrHandler(s->sundials, on_error, s))
        return no_memory(s);
#endif
    if (!attndyn_ode_vectors_begin(&s->y_vectors, (sunindextype)unknowns, s->sundials))
        return no_memory(s);
    s->now_y = attndyn_ode_vectors_over(&s->y_vectors, s->now, s->sundials);
    s->out_y = attndyn_ode_vectors_over(&s->y_vectors, s->out, s->sundials);
    if (!s->now_y || !s->out_y) return no_memory(s);
    if (s->m == 0 || s->appended) return ATTNDYN_OK;
    if (!attndyn_ode_vectors_begin(&s->q_vectors, (sunindextype)s->m, s->sundials))
        return no_memory(s);
    s->now_q = attndyn_ode_vectors_over(&s->q_vectors, s->now + s->n, s->sundials);
    s->out_q = attndyn_ode_vectors_over(&s->q_vectors, s->out + s->n, s->sundials);
    s->atol_q = attndyn_ode_vectors_over(&s->q_vectors, s->atol + s->n, s->sundials);
    return s->now_q && s->out_q && s->atol_q ? ATTNDYN_OK : no_memory(s);
}

static bool drained(const struct cvode *s) {
    return s->y_vectors.drained || s->q_vectors.drained;
}

static bool good(struct cvode *s, int code) {
    s->code = code;
    return code == CV_SUCCESS && !drained(s);
}

/* Passes the options to CVODES, whose message names what it refuses. */
static bool configure(struct cvode *s, double t0) {
    const struct attndyn_ode_options *o = &s->run->options;
    double first = o->first_step, to_output = s->run->times[s->run->next] - t0;
    if (first > to_output) first = to_output;
    void *c = s->memory;
    bool ok = true;
#if SUNDIALS_VERSION_MAJOR < 7
    ok = good(s, CVodeSetErrHandlerFn(c, on_error, s));
#endif
    ok = ok && (o->max_order == 0 || good(s, CVodeSetMaxOrd(c, o->max_order)));
    ok = ok && good(s, CVodeInit(c, rhs, t0, s->now_y));
    ok = ok && good(s, CVodeSetUserData(c, s));
    ok = ok && good(s, CVodeWFtolerances(c, weights));
    ok = ok && good(s, CVodeSetMaxHnilWarns(c, -1)); /* run_steps looks itself */
    ok = ok && good(s, CVodeSetStopTime(c, s->run->times[s->run->n_times - 1]));
    ok = ok && (first <= 0 || good(s, CVodeSetInitStep(c, first)));
    ok = ok && (o->max_step <= 0 || good(s, CVodeSetMaxStep(c, o->max_step)));
    if (s->run->problem->events) {
        ok = ok && good(s, CVodeRootInit(c, (int)s->run->problem->events, events));
        ok = ok && good(s, CVodeSetNoInactiveRootWarn(c));
    }
    if (s->now_q) {
        ok = ok && good(s, CVodeQuadInit(c, quadrature, s->now_q));
        ok = ok && good(s, CVodeSetQuadErrCon(c, !o->quadratures_unchecked));
        ok = ok &&
             (o->quadratures_unchecked || good(s, CVodeQuadSVtolerances(c, o->rtol, s->atol_q)));
    }
    return ok;
}

/* Allocates SPGMR's Hessenberg matrix: if SUNDIALS ran out of memory at one of its rows, it would
 * free rows that it never allocated. Rows missing here are NULL. */
static bool hessenberg(SUNLinearSolver linear, int basis) {
    SUNLinearSolverContent_SPGMR content = linear->content;
    size_t rows = (size_t)basis + 1;
    content->Hes = calloc(rows, sizeof *content->Hes);
    bool whole = content->Hes != NULL;
    for (size_t k = 0; whole && k < rows; k++) {
        content->Hes[k] = malloc((size_t)basis * sizeof *content->Hes[k]);
        whole = content->Hes[k] != NULL;
    }
    return whole;
}

static bool attach_solver(struct cvode *s) {
    const struct attndyn_ode_problem *p = s->run->problem;
    const struct attndyn_ode_options *o = &s->run->options;
    void *c = s->memory;
    if (o->method == ATTNDYN_ODE_ADAMS) {
        s->nonlinear = SUNNonlinSol_FixedPoint(s->now_y, 0, s->sundials);
        return s->nonlinear && good(s, CVodeSetNonlinearSolver(c, s->nonlinear));
    }
    if (o->method == ATTNDYN_ODE_BDF_KRYLOV) {
        int basis = o->krylov_dimension ? o->krylov_dimension : 10;
        if ((size_t)basis > s->n) basis = (int)s->n;
        s->linear = SUNLinSol_SPGMR(s->now_y, SUN_PREC_NONE, basis, s->sundials);
        return s->linear && hessenberg(s->linear, basis) &&
               good(s, CVodeSetLinearSolver(c, s->linear, NULL)) &&
               (!p->jacobian_times || good(s, CVodeSetJacTimes(c, NULL, jacobian_times)));
    }
    sunindextype n = (sunindextype)s->n;
    s->matrix = attndyn_ode_matrix(n, s->sundials);
    if (!s->matrix) return false;
    s->linear = s->n < LAPACK_FROM ? SUNLinSol_Dense(s->now_y, s->matrix, s->sundials)
                                   : attndyn_ode_lapack(s->now_y, s->matrix, s->sundials);
    return s->linear && good(s, CVodeSetLinearSolver(c, s->linear, s->matrix)) &&
           (!p->jacobian || good(s, CVodeSetJacFn(c, jacobian)));
}

/* What went wrong and what to change, for each of CVODES' return codes. */
static enum attndyn_status explain(struct cvode *s, int flag) {
    struct attndyn_ode_run *run = s->run;
    bool adams = run->options.method == ATTNDYN_ODE_ADAMS;
    double step = run->statistics->last_step;
    char reason[480];
    switch (flag) {
    case CV_RHSFUNC_FAIL:
    case CV_FIRST_RHSFUNC_ERR:
    case CV_REPTD_RHSFUNC_ERR:
    case CV_UNREC_RHSFUNC_ERR:
    case CV_QRHSFUNC_FAIL:
    case CV_FIRST_QRHSFUNC_ERR:
    case CV_REPTD_QRHSFUNC_ERR:
    case CV_UNREC_QRHSFUNC_ERR:
        return attndyn_ode_stopped(run, step, NULL,
                                   run->trouble == ATTNDYN_ODE_GAVE_UP ? "look at what it computes"
                                   : flag == CV_FIRST_RHSFUNC_ERR || flag == CV_FIRST_QRHSFUNC_ERR
                                       ? "the initial state is outside its domain"
                                       : "smaller steps did not avoid it: the solution leaves the "
                                         "domain or blows up here; stop before it with an event");
    case STUCK:
        return attndyn_ode_stopped(run, step,
                                   run->trouble == ATTNDYN_ODE_NO_TROUBLE
                                       ? "the step has become too small to move t"
                                       : NULL,
                                   "the solution blows up or is not smooth here: stop before it "
                                   "with an event, or rescale time");
    case CV_RTFUNC_FAIL:
        return attndyn_ode_stopped(run, step, NULL, "look at the event function");
    case CV_TOO_MUCH_ACC:
        snprintf(reason, sizeof reason, "rtol = %g asks for more than doubles resolve here",
                 run->options.rtol);
        return attndyn_ode_stopped(run, step, reason, "loosen rtol or atol");
    case CV_ERR_FAILURE:
        snprintf(reason, sizeof reason, "the error test fails at every step size [%s]", s->said);
        return attndyn_ode_stopped(run, step, reason,
                                   "the solution blows up or is not smooth here: stop before it "
                                   "with an event, or loosen rtol");
    case CV_CONV_FAILURE:
    case CV_NLS_FAIL:
        snprintf(reason, sizeof reason, "the nonlinear iteration does not converge [%s]", s->said);
        return attndyn_ode_stopped(run, step, reason,
                                   adams ? "use bdf-dense or bdf-krylov if the problem is stiff"
                                         : "bound max_step, loosen rtol, or check the Jacobian");
    case CV_LSETUP_FAIL:
    case CV_LSOLVE_FAIL:
        snprintf(reason, sizeof reason, "the linear solver failed [%s]", s->said);
        return attndyn_ode_stopped(run, step, reason, "check the Jacobian or use another method");
    case CV_MEM_FAIL:
    case CV_LINIT_FAIL: /* our linear solvers start unless there is no memory */
        return no_memory(s);
    default:
        if (run->trouble == ATTNDYN_ODE_NO_WEIGHT)
            return attndyn_ode_stopped(run, step, NULL, "give a positive atol");
        snprintf(reason, sizeof reason, "CVODE returned %d [%s]", flag, s->said);
        return attndyn_ode_stopped(run, step, reason, "change the tolerances or the method");
    }
}

static void count(struct cvode *s) {
    struct attndyn_ode_statistics *st = s->run->statistics;
    void *c = s->memory;
    int order;
    double now;
    CVodeGetNumSteps(c, &st->steps);
    CVodeGetNumErrTestFails(c, &st->error_test_failures);
    CVodeGetLastOrder(c, &order);
    CVodeGetActualInitStep(c, &st->first_step);
    CVodeGetLastStep(c, &now);
    if (now != 0) st->last_step = now;
    st->last_order = order;
    CVodeGetNonlinSolvStats(c, &st->nonlinear_iterations, &st->nonlinear_failures);
    if (!s->linear) return;
    CVodeGetNumJacEvals(c, &st->jacobians);
    CVodeGetNumJtimesEvals(c, &st->jacobian_times);
    CVodeGetNumLinIters(c, &st->linear_iterations);
}

/* The outputs that the last step, now at t, has passed. */
static enum attndyn_status outputs_to(struct cvode *s, double t) {
    struct attndyn_ode_run *run = s->run;
    while (run->next < run->n_times && run->times[run->next] <= t) {
        double at = run->times[run->next];
        int flag = CVodeGetDky(s->memory, at, 0, s->out_y);
        if (flag == CV_SUCCESS && s->out_q) flag = CVodeGetQuadDky(s->memory, at, 0, s->out_q);
        if (flag != CV_SUCCESS) return explain(s, flag);
        run->t = at;
        memcpy(run->y, s->out, (s->n + s->m) * sizeof *s->out);
        ATTNDYN_TRY(attndyn_ode_output(run, at, run->y));
    }
    return ATTNDYN_OK;
}

/* The solution at t (a step's end or a root), for the caller. */
static enum attndyn_status arrive(struct cvode *s, double t) {
    double reached;
    if (s->now_q) {
        int flag = CVodeGetQuad(s->memory, &reached, s->now_q);
        if (flag != CV_SUCCESS) return explain(s, flag);
    }
    s->run->t = t;
    memcpy(s->run->y, s->now, (s->n + s->m) * sizeof *s->now);
    return ATTNDYN_OK;
}

static enum attndyn_status roots(struct cvode *s, double t, bool *stop) {
    int flag = CVodeGetRootInfo(s->memory, s->root);
    if (flag != CV_SUCCESS) return explain(s, flag);
    for (size_t i = 0; i < s->run->problem->events; i++)
        if (s->root[i]) ATTNDYN_TRY(attndyn_ode_root(s->run, i, s->root[i], t, s->run->y, stop));
    return ATTNDYN_OK;
}

static enum attndyn_status run_steps(struct cvode *s) {
    struct attndyn_ode_run *run = s->run;
    int stuck = 0;
    for (;;) {
        double t, before = run->t;
        count(s);
        if (run->statistics->steps >= run->options.max_steps)
            return attndyn_ode_out_of_steps(run, run->statistics->last_step);
        int flag = CVode(s->memory, run->times[run->next], s->now_y, &t, CV_ONE_STEP);
        if (drained(s)) return no_memory(s);
        if (flag < 0 || run->over) {
            count(s);
            return explain(s, run->over ? CV_RHSFUNC_FAIL : flag);
        }
        /* Stops at steps that do not move t; CVODE itself would go on. */
        bool moved = t - before > 2 * DBL_EPSILON * fabs(t);
        stuck = moved || flag == CV_ROOT_RETURN ? 0 : stuck + 1;
        if (stuck == STUCK_STEPS) {
            count(s);
            return explain(s, STUCK);
        }
        if (moved) run->trouble = ATTNDYN_ODE_NO_TROUBLE; /* a shorter step helped */
        ATTNDYN_TRY(outputs_to(s, t));
        if (run->next == run->n_times && flag != CV_ROOT_RETURN) return ATTNDYN_OK;
        ATTNDYN_TRY(arrive(s, t));
        if (flag == CV_ROOT_RETURN) {
            bool stop = false;
            ATTNDYN_TRY(roots(s, t, &stop));
            if (stop || run->next == run->n_times) return ATTNDYN_OK;
        }
    }
}

static enum attndyn_status run_with(struct cvode *s, double t0) {
    ATTNDYN_TRY(make_vectors(s));
    s->memory =
        CVodeCreate(s->run->options.method == ATTNDYN_ODE_ADAMS ? CV_ADAMS : CV_BDF, s->sundials);
    if (!s->memory) return no_memory(s);
    if (!configure(s, t0) && (drained(s) || s->code == CV_MEM_FAIL)) return no_memory(s);
    if (s->code != CV_SUCCESS)
        return attndyn_fail(s->run->ctx, ATTNDYN_RUN_FAILED, "%s cannot start: %s",
                            s->run->statistics->method, s->said[0] ? s->said : "out of memory");
    if (!attach_solver(s)) return no_memory(s);
    enum attndyn_status status = run_steps(s);
    count(s);
    return status;
}

enum attndyn_status attndyn_ode_run_cvode(struct attndyn_ode_run *run, double t0) {
    const struct attndyn_ode_problem *p = run->problem;
    struct cvode s = {.run = run,
                      .n = p->n,
                      .m = p->quadratures,
                      .appended = run->options.method == ATTNDYN_ODE_ADAMS &&
                                  !run->options.quadratures_unchecked};
    enum attndyn_status status = run_with(&s, t0);
    release(&s);
    return status;
}
