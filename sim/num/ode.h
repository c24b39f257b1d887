/* Initial value problems: CVODE, an explicit method of order 8, and two fixed-step methods behind
 * one interface.
 *
 * dy/dt = f(t, y), y in R^n, with m quadratures dq/dt = r(t, y) appended behind the state
 * (they share its error control), output at given times, events located as roots g_i(t, y) = 0.
 * Every failure is a status whose message names the time, the step and what to change.
 */
#ifndef ATTNDYN_NUM_ODE_H
#define ATTNDYN_NUM_ODE_H

#include "../base/context.h"

enum attndyn_ode_method {
    ATTNDYN_ODE_ADAMS,      /* CVODE Adams, fixed-point iteration: non-stiff */
    ATTNDYN_ODE_BDF_DENSE,  /* CVODE BDF, Newton, dense LU: small and stiff */
    ATTNDYN_ODE_BDF_KRYLOV, /* CVODE BDF, Newton, SPGMR: large and stiff */
    ATTNDYN_ODE_RK4,        /* classical Runge-Kutta, fixed step */
    ATTNDYN_ODE_EULER,      /* explicit Euler, fixed step */
    ATTNDYN_ODE_DOP853      /* Dormand-Prince 8(5,3): non-stiff, large, or very accurate */
};
/* "adams|bdf-dense|bdf-krylov|rk4|euler|dop853": the choices of a parameter, in the order of the
 * enum. */
#define ATTNDYN_ODE_METHODS "adams|bdf-dense|bdf-krylov|rk4|euler|dop853"

/* Callbacks return 0 (done), > 0 (cannot be evaluated here, try a smaller step), < 0 (give up). */
struct attndyn_ode_problem {
    size_t n;           /* length of the state */
    size_t quadratures; /* m; the solver's arrays have n + m entries */
    /* dydt: (n); must not depend on the quadratures */
    int (*rhs)(double t, const double *y, double *dydt, void *user);
    /* dqdt: (m); called right after rhs with the same t, y. NULL iff m = 0. bdf-* call both once
     * more in each step, so that the Jacobian stays that of the state alone */
    int (*quadrature)(double t, const double *y, double *dqdt, void *user);
    /* jv = (df/dy) v, all (n). Optional (bdf-krylov): difference quotients without it */
    int (*jacobian_times)(double t, const double *y, const double *v, double *jv, void *user);
    /* j: (n, n) column-major, zeroed. Optional (bdf-dense): difference quotients without it */
    int (*jacobian)(double t, const double *y, double *j, void *user);
    size_t events;
    /* g: (events); y: (n + m), so that a quadrature can trigger an event. Starting on a root is no
     * event; two roots of one g inside one step may be missed: bound max_step then */
    int (*event)(double t, const double *y, double *g, void *user);
    void *user;
};

/* A problem's `jacobian`, column by column from its `jacobian_times`; unit: room for (n). */
typedef int attndyn_ode_times(double t, const double *y, const double *v, double *jv, void *user);
int attndyn_ode_jacobian_by_columns(size_t n, attndyn_ode_times *jacobian_times, double t,
                                    const double *y, double *unit, double *j, void *user);

struct attndyn_ode_options {
    enum attndyn_ode_method method;
    double rtol, atol;          /* all but rk4 and euler */
    const double *atol_vector;  /* (n + m) or NULL: replaces atol */
    double step;                /* rk4, euler: the largest step; evenly shortened between outputs */
    double first_step;          /* 0: chosen by the solver */
    double max_step;            /* 0: no bound */
    long max_steps;             /* for the whole solve; 0: 1,000,000 */
    int max_order;              /* 0: the method's own (Adams 12, BDF 5); lower saves memory */
    bool quadratures_unchecked; /* leave the quadratures out of the error test */
    int krylov_dimension;       /* bdf-krylov: length of the Krylov basis; 0: 10 */
};

struct attndyn_ode_statistics {
    char method[16];
    double rtol, atol;
    long steps, rhs, jacobians, jacobian_times, linear_iterations, nonlinear_iterations;
    long nonlinear_failures, error_test_failures, events;
    int last_order;
    double first_step, last_step, t_reached;
};

/* What to do at an output or event. Returning non-OK ends the solve with that status. */
enum attndyn_ode_action { ATTNDYN_ODE_GO_ON, ATTNDYN_ODE_STOP };

struct attndyn_ode_observer {
    /* At every output time; index into `times`; y: (n + m), state then quadratures. */
    enum attndyn_status (*output)(void *user, size_t index, double t, const double *y);
    /* At a root of g_which; direction +1 rising, -1 falling; *action starts as GO_ON. Optional. */
    enum attndyn_status (*event)(void *user, size_t which, int direction, double t, const double *y,
                                 enum attndyn_ode_action *action);
    void *user;
};

/* Integrates from t0 through times[0] <= times[1] <= ... (increasing, > t0 or equal to it).
 * y: (n + m) in: the state at t0 (quadratures usually 0); out: at the last time reached.
 * observer and statistics may be NULL. An event that stops is no failure. */
enum attndyn_status attndyn_ode_solve(struct attndyn_context *ctx,
                                      const struct attndyn_ode_problem *problem,
                                      const struct attndyn_ode_options *options, double t0,
                                      double *y, const double *times, size_t n_times,
                                      const struct attndyn_ode_observer *observer,
                                      struct attndyn_ode_statistics *statistics);

/* rtol 1e-10, atol 1e-13, the rest automatic. */
struct attndyn_ode_options attndyn_ode_defaults(enum attndyn_ode_method method);
/* By name; false if there is no such method. */
bool attndyn_ode_method_named(const char *name, enum attndyn_ode_method *method);
const char *attndyn_ode_method_name(enum attndyn_ode_method method);

/* Output grids, count >= 2 points from first to last (both included, exactly). */
void attndyn_grid_linear(double first, double last, size_t count, double *times);
/* first > 0. */
void attndyn_grid_logarithmic(double first, double last, size_t count, double *times);

#endif
