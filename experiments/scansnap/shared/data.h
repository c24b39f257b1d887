/* The token distribution that an experiment names in its parameters, and the integrator of its
 * flow. The parameter lists that experiments include in their own (typed.h), and what is made of
 * them. */
#ifndef SCANSNAP_SHARED_DATA_H
#define SCANSNAP_SHARED_DATA_H

#include "experiments/frame/contract/typed.h"
#include "sim/data/corpus.h"
#include "sim/data/distribution.h"
#include "sim/num/ode.h"

#define DATA_SETS(C)                                                                               \
    C(data_authors, "authors")                                                                     \
    C(data_symmetric, "symmetric")                                                                 \
    C(data_random, "random")                                                                       \
    C(data_file, "file")                                                                           \
    C(data_text, "text")                                                                           \
    C(data_example, "example")                                                                     \
    C(data_growing_common, "growing-common")                                                       \
    C(data_declining_distinct, "declining-distinct")
CHOICES(data, DATA_SETS)
#define DECODER_COLUMNS(C) C(columns_next, "next") C(columns_vocabulary, "vocabulary")
CHOICES(columns, DECODER_COLUMNS)

/* The last three arguments are defaults, as strings. */
#define SCANSNAP_DATA(X, default_last, default_next, default_columns)                              \
    X(CHOICE, data, "authors",                                                                     \
      "authors: the paper's synthetic set; symmetric: weights p of the distinct and q of the "     \
      "common tokens; random: the authors' set with every weight times exp(sd x), x normal; "      \
      "file: data_file; text: estimated from `text`, num_last last tokens with "                   \
      "num_next_per_last classes each; example: the asymmetric reference set (3 classes, 7 "       \
      "tokens); growing-common and declining-distinct: the smallest sets in which a common "       \
      "token grows and distinct tokens end by shrinking")                                          \
    X(INT, num_last, default_last, "last tokens L", IN(1, 100000),                                 \
      .only = "data=authors|symmetric|random|text")                                                \
    X(INT, num_next_per_last, default_next,                                                        \
      "classes per last token N; classes K = num_last times num_next_per_last", IN(1, 100000),     \
      .only = "data=authors|symmetric|random|text")                                                \
    X(INT, num_common, "10", "common tokens G (authors, random)", IN(0, 100000),                   \
      .only = "data=authors|random")                                                               \
    X(INT, num_distinct, "10", "distinct tokens D of a class (authors, random)", IN(0, 100000),    \
      .only = "data=authors|random")                                                               \
    X(CHOICE, columns, default_columns,                                                            \
      "columns of the decoder: the next tokens (V = K) or the vocabulary (V = M)")                 \
    X(REALS, p, "1", "weights of the distinct tokens (symmetric)", IN(1e-12, 1e12),                \
      .only = "data=symmetric")                                                                    \
    X(REALS, q, "1", "weights of the common tokens (symmetric); empty: none", IN(1e-12, 1e12),     \
      .only = "data=symmetric")                                                                    \
    X(REAL, common_sd, "0.3",                                                                      \
      "standard deviation of the common tokens' log-weights, drawn for each class (random)",       \
      IN(0, 10), .only = "data=random")                                                            \
    X(REAL, distinct_sd, "0", "standard deviation of the distinct tokens' log-weights (random)",   \
      IN(0, 10), .only = "data=random")                                                            \
    X(REAL, class_sd, "0", "standard deviation of ln P(n) (random)", IN(0, 10),                    \
      .only = "data=random")                                                                       \
    X(REALS, class_weights, "", "P(n) up to a factor, one for each class; empty: the data's own",  \
      IN(1e-12, 1e12))                                                                             \
    X(INT, data_seed, "1", "seed of random data", .only = "data=random")                           \
    X(FILE, data_file, "", "CSV with the header class,last,token,probability (file)",              \
      .only = "data=file")                                                                         \
    X(FILE, text, "",                                                                              \
      "tokenised text, one paragraph a line, a file or a folder with its train part (text); "      \
      "scansnap/text has more options",                                                            \
      .was = "corpus", .only = "data=text")                                                        \
    X(INT, window, "32", "context: tokens before the last one, in the same paragraph (text)",      \
      IN(1, 1000000), .only = "data=text")                                                         \
    X(INT, min_count, "150", "tokens seen less often in all contexts are left out (text)",         \
      IN(1, 0x7fffffff), .only = "data=text")
#define SCANSNAP_DATA_READ(X) SCANSNAP_DATA(X, "", "", "")
PARAMS(scansnap_data, SCANSNAP_DATA_READ)

#define SCANSNAP_SOLVER(X, default_rtol)                                                           \
    X(METHOD, method, "dop853",                                                                    \
      "integrator; dop853 does the least vector arithmetic, bdf-krylov is for stiff rates "        \
      "(eta_y/eta_z below 0.1)")                                                                   \
    X(REAL, rtol, default_rtol, "relative tolerance", IN(1e-14, 0.1))                              \
    X(REAL, atol, "1e-13", "absolute tolerance", IN(1e-300, 0.1))                                  \
    X(REAL, step, "0.01", "step of rk4 and euler", IN(1e-12, 1e12), .only = "method=rk4|euler")
#define SCANSNAP_SOLVER_READ(X) SCANSNAP_SOLVER(X, "")
PARAMS(scansnap_solver, SCANSNAP_SOLVER_READ)

/* The distribution that the parameters name; it and all of its arrays belong to the run. */
enum attndyn_status scansnap_distribution(const struct trial *run,
                                          struct attndyn_distribution **distribution);
struct attndyn_ode_options scansnap_ode_options(const struct trial *run);

/* Reads a text file, or the training part of a folder with train, valid and test files. */
enum attndyn_status scansnap_corpus_read(struct attndyn_context *ctx, const char *path,
                                         struct attndyn_corpus *corpus);

/* The small built-in sets (data_example, data_growing_common, data_declining_distinct); V = K. */
enum attndyn_status scansnap_example(struct attndyn_context *ctx, enum data which,
                                     struct attndyn_distribution **distribution);
/* The authors' family, of L last tokens with N classes each, as a distribution. */
enum attndyn_status scansnap_authors(struct attndyn_context *ctx, size_t L, size_t N, size_t G,
                                     size_t D, enum attndyn_columns columns,
                                     struct attndyn_symmetric_family *family,
                                     struct attndyn_distribution **distribution);

#endif
