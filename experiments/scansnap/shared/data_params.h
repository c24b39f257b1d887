/* Parameters that the Scan&Snap experiments share, and what they make. */
#ifndef SCANSNAP_SHARED_DATA_PARAMS_H
#define SCANSNAP_SHARED_DATA_PARAMS_H

#include "experiments/frame/contract/params.h"
#include "sim/data/distribution.h"
#include "sim/num/ode.h"

/* The token distribution; the arguments are the defaults, as strings. */
#define DATA_PARAMS(num_last_, num_next_, columns_)                                                \
    {"data", PARAM_CHOICE, "authors",                                                              \
     .choices = "authors|symmetric|random|file|text|example|growing-common|declining-distinct",    \
     .doc =                                                                                        \
         "authors: the papers' synthetic set; symmetric: weights p and q; random: the authors' "   \
         "with every weight times exp(sd x), x normal; file: data_file; text: estimated from "     \
         "corpus, num_last last tokens with num_next_per_last classes each; example: the "         \
         "asymmetric reference set (3 classes, 7 tokens); growing-common and "                     \
         "declining-distinct: the smallest sets in which a common token grows and distinct "       \
         "tokens end by shrinking"},                                                               \
        {"num_last", PARAM_INT, num_last_, 1, 100000, .doc = "last tokens L"},                     \
        {"num_next_per_last",                                                                      \
         PARAM_INT,                                                                                \
         num_next_,                                                                                \
         1,                                                                                        \
         100000,                                                                                   \
         .doc = "classes per last token N; K = num_last num_next_per_last"},                       \
        {"num_common", PARAM_INT, "10", 0, 100000, .doc = "common tokens G (authors, random)"},    \
        {"num_distinct", PARAM_INT,                                                                \
         "10",           0,                                                                        \
         100000,         .doc = "distinct tokens D of a class (authors, random)"},                 \
        {"columns", PARAM_CHOICE, columns_, .choices = ATTNDYN_COLUMNS,                            \
         .doc = "the decoder's outputs: the next tokens (V = K) or the vocabulary (V = M)"},       \
        {"p", PARAM_REALS, "1", 1e-12, 1e12, .doc = "weights of the distinct tokens (symmetric)"}, \
        {"q",   PARAM_REALS, "1",                                                                  \
         1e-12, 1e12,        .doc = "weights of the common tokens (symmetric); empty: none"},      \
        {"common_sd", PARAM_REAL,                                                                  \
         "0.3",       0,                                                                           \
         10,          .doc = "sd of the log-weights of commons, drawn per class (random)"},        \
        {"distinct_sd", PARAM_REAL, "0", 0, 10, .doc = "the same for distinct tokens (random)"},   \
        {"class_sd", PARAM_REAL, "0", 0, 10, .doc = "sd of log P(n) (random)"},                    \
        {"class_weights",                                                                          \
         PARAM_REALS,                                                                              \
         "",                                                                                       \
         1e-12,                                                                                    \
         1e12,                                                                                     \
         .doc = "P(n) up to a factor, one for each class; empty: the data's own"},                 \
        {"data_seed", PARAM_INT, "1", .doc = "seed of random data"},                               \
        {"data_file", PARAM_FILE, "",                                                              \
         .doc = "CSV with the header class,last,token,probability (file)"},                        \
        {"corpus", PARAM_FILE, "",                                                                 \
         .doc = "tokenised text, one paragraph a line (text); scansnap/text has more options"},    \
        {"window", PARAM_INT,                                                                      \
         "32",     1,                                                                              \
         1000000,  .doc = "context: tokens before the last one, in the same paragraph (text)"},    \
    {                                                                                              \
        "min_count", PARAM_INT, "150", 1, 0x7fffffff,                                              \
            .doc = "tokens seen less often in all contexts are left out (text)"                    \
    }

/* The rates of the flow. */
#define RATE_PARAMS(eta_y_, eta_z_)                                                                \
    {"eta_y", PARAM_REAL, eta_y_, 1e-12, 1e12, .doc = "rate of the decoder Y"},                    \
        {"eta_z", PARAM_REAL, eta_z_, 0, 1e12, .doc = "rate of the attention Z"},                  \
        {"rho",                                                                                    \
         PARAM_REAL,                                                                               \
         "0",                                                                                      \
         0,                                                                                        \
         1e12,                                                                                     \
         .doc = "above 0 it replaces eta_z: eta_z = rho eta_y (K-1)/K; rho is the attention's "    \
                "rate in internal time (derived here); 0: eta_z counts"},                          \
    {                                                                                              \
        "visit_rate", PARAM_BOOL, "false",                                                         \
            .doc = "leave the weight P(n) out of dz/dt: eta_z per visit of a class"                \
    }

#define SOLVER_PARAMS(rtol_)                                                                       \
    {"method", PARAM_CHOICE, "dop853", .choices = ATTNDYN_ODE_METHODS,                             \
     .doc = "integrator; dop853 does the least vector arithmetic, bdf-krylov is for stiff rates "  \
            "(eta_y/eta_z below 0.1)"},                                                            \
        {"rtol", PARAM_REAL, rtol_, 1e-14, 0.1, .doc = "relative tolerance"},                      \
        {"atol", PARAM_REAL, "1e-13", 1e-300, 0.1, .doc = "absolute tolerance"}, {                 \
        "step", PARAM_REAL, "0.01", 1e-12, 1e12, .doc = "step of rk4 and euler"                    \
    }

/* The distribution that the parameters name; it and all of its arrays belong to ctx. */
enum attndyn_status data_from_params(struct attndyn_context *ctx, const struct params *params,
                                     struct attndyn_distribution **distribution);
/* eta_z, or what rho makes of it, for K classes. */
enum attndyn_status data_eta_z(struct attndyn_context *ctx, const struct params *params,
                               const struct attndyn_distribution *distribution, double *eta_z);
struct attndyn_ode_options data_solver(const struct params *params);

/* A token's and a class's name for tables, made up where the data has none. */
const char *data_token_name(struct attndyn_context *ctx, const struct attndyn_distribution *d,
                            size_t token);
const char *data_class_name(struct attndyn_context *ctx, const struct attndyn_distribution *d,
                            size_t n);

/* Small sets with a story, by name (see the parameter `data`); V = K. */
enum attndyn_status data_example(struct attndyn_context *ctx, const char *name,
                                 struct attndyn_distribution **distribution);

#endif
