/* The course of the flow on a text: what is recorded at each output time, and which claims of the
 * theory have been kept so far. */
#ifndef SCANSNAP_TEXT_OBSERVER_H
#define SCANSNAP_TEXT_OBSERVER_H

#include "statistics.h"

struct text_course {
    const struct trial *run;
    const struct text *p;
    struct text_statistics *statistics;
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view; /* at the last output */
    const double *f0;               /* (entries): f at the start */
    /* last token and token of every z that moves, and what kind of token it is there */
    size_t moving;
    size_t *last;   /* (moving) */
    bool *distinct; /* (moving): in one class only; else common */
    double *rate;   /* (moving): the early law */
    double *z;      /* (moving): at the last output */
    /* running results */
    double early_error[2]; /* relative error of the early law at the first two outputs */
    double early_sign;     /* share of z with the sign of the early law at the first output */
    double loss_rise;      /* largest rise of the loss between outputs, relative */
    double loss, entropy0; /* at the last output; mean entropy at the start */
    double sum_drift;      /* max over m of |sum_l z_ml| */
    double *B;             /* (K): at the last output */
    bool *B_fell;          /* (K) */
    size_t with_distinct;  /* classes with distinct tokens */
    double bounds_least;   /* smallest z/(f^2(0) B); at least 1 where the lower bound holds */
    /* theorem 3: times tested, and times each bound was violated */
    size_t bounds_tested, bounds_lower, bounds_upper;
};

enum attndyn_status text_course_create(const struct trial *run, const struct text *p,
                                       struct text_statistics *statistics,
                                       struct attndyn_flow *flow, struct attndyn_flow_view *view,
                                       const double *f0, struct text_course *course);
/* For attndyn_ode_solve. */
struct attndyn_ode_observer text_course_observer(struct text_course *course);
/* After the solve: the table `claims`, and its part of the scalars. */
enum attndyn_status text_course_judge(struct text_course *course, struct found *found);

#endif
