/* What attention on a text is held against: statistics of token and class, rank correlations. */
#ifndef SCANSNAP_TEXT_STATISTICS_H
#define SCANSNAP_TEXT_STATISTICS_H

#include "experiments/frame/contract/results.h"
#include "input.h"

#include "sim/model/scansnap/flow.h"

/* The statistics that z and c may track. */
enum text_target {
    TARGET_P,          /* P(l|n) */
    TARGET_TFIDF,      /* P(l|n) ln(K / classes with l): the classes as documents */
    TARGET_TFIDF_TEXT, /* P(l|n) ln(paragraphs / paragraphs with l): the usual one */
    TARGET_LLR,        /* Dunning's log-likelihood ratio of token and class, signed */
    TARGET_PMI,        /* ln P(l|n)/P(l) */
    TARGET_EARLY,      /* dz_psi(n)l/dt at the start, by its closed form */
    TARGETS
};
extern const char *const text_target_names[TARGETS];

/* Aligned with the entries (n, l) of the distribution. */
struct text_statistics {
    const struct text_input *input;
    size_t entries;
    double *target[TARGETS]; /* (entries) */
    double *early_rate;      /* (L, M): dz_ml/dt / (eta_Y eta_Z t) */
    /* Entries seen often enough, class after class; those of a class with fewer than
     * TEXT_CLASS_LEAST of them are left out. */
    size_t *seen;                                         /* (seen_start[K]) */
    size_t *seen_start;                                   /* (K + 1) */
    double *target_rank[TARGETS];                         /* (seen_start[K]): within the class */
    double *values, *ranks, *by_class, *by_class_partial; /* scratch */
};
enum { TEXT_CLASS_LEAST = 10 };

/* f0: (entries) the flow's f at z = 0; columns: V. Occurrences from min_seen on are `seen`. */
enum attndyn_status text_statistics_create(struct attndyn_context *ctx,
                                           const struct text_input *input, const double *f0,
                                           uint64_t min_seen, struct text_statistics *statistics);

struct text_correlation {
    double mean, error;                 /* over classes; jackknife over last tokens */
    double partial_mean, partial_error; /* at fixed P(l|n); NaN for P itself */
    size_t classes, tokens;
};
/* Spearman's rank correlation of x (entries) with a target within each class, averaged. A class
 * in which one of them is constant is left out. */
enum attndyn_status text_correlate(struct attndyn_context *ctx, struct text_statistics *statistics,
                                   const double *x, enum text_target target,
                                   struct text_correlation *correlation);
/* The same over all seen entries of all classes at once; error: jackknife over last tokens. */
enum attndyn_status text_correlate_pooled(struct attndyn_context *ctx,
                                          struct text_statistics *statistics, const double *x,
                                          enum text_target target,
                                          struct text_correlation *correlation);

#endif
