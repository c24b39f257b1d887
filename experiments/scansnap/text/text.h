/* The Scan&Snap flow on the statistics of a text. What a user sets and what a run emits; input.c
 * reads or generates the text, statistics.c ranks tokens by what attention is held against,
 * observer.c records the flow, tables.c what a reader looks at, claims.c judges. */
#ifndef SCANSNAP_TEXT_TEXT_H
#define SCANSNAP_TEXT_TEXT_H

#include "experiments/scansnap/shared/data.h"

#define CLASS_WEIGHTS(C) C(class_weight_counted, "counted") C(class_weight_uniform, "uniform")
CHOICES(class_weight, CLASS_WEIGHTS)

#define TEXT_PARAMS(X)                                                                             \
    X(FILE, text, "",                                                                              \
      "a tokenised text: UTF-8, tokens separated by white space, one paragraph a line "            \
      "(WikiText-2's train.txt, or the folder that holds it); empty: the embedded grammar",        \
      .was = "corpus")                                                                             \
    X(INT, sentences, "4000", "paragraphs of the grammar's text", IN(2, 10000000),                 \
      .only = "text=")                                                                             \
    X(INT, words, "12", "context words of a paragraph", IN(1, 1000), .only = "text=")              \
    X(REAL, common_share, "0.6", "probability that a context word of the grammar is a common one", \
      IN(0, 1), .only = "text=")                                                                   \
    X(TEXT, last, "",                                                                              \
      "last tokens m: the,of,... (or separated by blanks: then a comma is a token); empty: the "   \
      "num_last most frequent (of the grammar: its own)")                                          \
    X(TEXT, exclude, "<unk> = @-@",                                                                \
      "tokens that become neither last nor next token (they stay in the contexts)")                \
    X(INT, num_last, "20", "last tokens, where `last` is empty", IN(1, 100000), .only = "last=")   \
    X(INT, num_next, "12", "next tokens n (classes) for each last token", IN(1, 100000))           \
    X(INT, window, "32",                                                                           \
      "context: at most so many tokens before the last token, within the paragraph",               \
      IN(1, 1000000), .unit = "tokens")                                                            \
    X(INT, min_context, "1", "occurrences with less context are left out", IN(1, 1000000),         \
      .unit = "tokens")                                                                            \
    X(INT, min_class, "20", "pairs of last and next token that occur less often are no class",     \
      IN(1, 0x7fffffff))                                                                           \
    X(INT, min_count, "150", "tokens seen less often in all contexts together are left out",       \
      IN(1, 0x7fffffff))                                                                           \
    X(INT, min_pair, "1",                                                                          \
      "a token seen less often in a class's contexts is taken to be absent from them",             \
      IN(1, 0x7fffffff))                                                                           \
    X(REAL, smoothing, "0",                                                                        \
      "weight of the mixture of all classes in each P(l|n) (a Dirichlet prior); > 0 makes "        \
      "every token common",                                                                        \
      IN(0, 1e9), .unit = "tokens")                                                                \
    X(CHOICE, class_weight, "counted", "P(n): the share of occurrences, or 1/K")                   \
    X(CHOICE, columns, "next",                                                                     \
      "columns of the decoder: next: V = K; vocabulary: V = M, M - K of which are never the "      \
      "right answer")                                                                              \
    X(REAL, eta_y, "10", "learning rate of the decoder Y", IN(1e-9, 1e9))                          \
    X(REAL, eta_z, "1", "learning rate of the attention Z", IN(0, 1e9))                            \
    X(BOOL, visit_rate, "false",                                                                   \
      "leave P(n) out of dz/dt: eta_z per visit of a class instead of per unit of time")           \
    X(REAL, tau_first, "0.001", "first output time, in eta_Y t/K", IN(1e-12, 1e12))                \
    X(REAL, tau_end, "10000", "horizon, in eta_Y t/K", IN(1e-12, 1e12))                            \
    X(REAL, t_end, "0", "horizon as a time t; 0: tau_end counts", IN(0, 1e18))                     \
    X(INT, samples, "36", "output times, logarithmic", IN(3, 100000))                              \
    X(METHOD, method, "bdf-krylov",                                                                \
      "integrator: classes with similar contexts make the decoder stiff")                          \
    X(REAL, rtol, "1e-5", "relative tolerance", IN(1e-14, 1e-2))                                   \
    X(REAL, atol, "1e-10", "absolute tolerance", IN(1e-300, 1e-2))                                 \
    X(REAL, step, "0.01", "step of rk4 and euler", IN(1e-12, 1e12), .only = "method=rk4|euler")    \
    X(BOOL, tighter, "false", "solve again at rtol/100 and measure the error of z")                \
    X(INT, min_seen, "10",                                                                         \
      "occurrences of a token in a class from which on it enters correlations and readable "       \
      "tables",                                                                                    \
      IN(1, 0x7fffffff))                                                                           \
    X(INT, top, "6", "tokens per class in the readable tables", IN(1, 1000))                       \
    X(INT, seed, "1", "seed of the grammar's text")
PARAMS(text, TEXT_PARAMS)

#define CLAIMS(X)                                                                                  \
    X(TEXT, claim, "what the theory says")                                                         \
    X(TEXT, of, "what is counted")                                                                 \
    X(INT, holds, "how many of these it holds for")                                                \
    X(INT, count, "how many there are")                                                            \
    X(OPTIONAL, share, "holds/count")
TABLE(claims, CLAIMS, "which claims of the theory hold on these statistics, and for how many")

#define READING(X)                                                                                 \
    X(TEXT, last, "last token")                                                                    \
    X(TEXT, next, "next token: what the class predicts")                                           \
    X(INT, occurrences, "occurrences of last and next token together")                             \
    X(TEXT, picked, "context tokens that gain most attention, c - P, and their z")                 \
    X(TEXT, suppressed, "context tokens that lose most, and their z")
TABLE(reading, READING,
      "the most frequent classes: which context tokens attention picks and suppresses")

#define CORRELATIONS(X)                                                                            \
    X(TEXT, quantity,                                                                              \
      "z, c, or the gain c/P (within a class c/P has the ranks of z: not repeated)")               \
    X(TEXT, scope, "within: mean over classes; pooled: all entries at once")                       \
    X(TEXT, target, "what it is ranked against")                                                   \
    X(OPTIONAL, rho, "Spearman's rank correlation")                                                \
    X(OPTIONAL, rho_error, "its standard error, by a jackknife over the last tokens")              \
    X(OPTIONAL, partial, "partial correlation at fixed P(l|n)")                                    \
    X(OPTIONAL, partial_error, "its standard error, by a jackknife over the last tokens")          \
    X(INT, classes, "classes that took part")                                                      \
    X(INT, tokens, "pairs of a class n and a token l that took part")
TABLE(correlations, CORRELATIONS, "what z and c track: rank correlations")

#define COURSE(X)                                                                                  \
    X(REAL, t, "time t")                                                                           \
    X(REAL, tau, "eta_Y t/K")                                                                      \
    X(REAL, sigma, "internal time sigma_n, mean over classes")                                     \
    X(REAL, loss, "-sum P(n) log alpha_nn", .unit = "nat")                                         \
    X(REAL, delta,                                                                                 \
      "1 - alpha_nn, alpha_nn the probability of the right next token, mean over "                 \
      "classes")                                                                                   \
    X(REAL, entropy_support, "entropy of the attention c_n, mean over classes", .unit = "nat")     \
    X(OPTIONAL, entropy_distinct,                                                                  \
      "entropy of c_n on the class's distinct tokens, renormalised, mean over classes",            \
      .unit = "nat")                                                                               \
    X(OPTIONAL, B, "gain B_n, mean over classes with distinct tokens")                             \
    X(OPTIONAL, B_max, "largest gain B_n")                                                         \
    X(REAL, z_min, "smallest attention logit z")                                                   \
    X(REAL, z_max, "largest attention logit z")                                                    \
    X(OPTIONAL, commons_suppressed, "share of the common tokens' z that are below 0")              \
    X(OPTIONAL, distinct_growing, "share of the distinct tokens' z that are above 0")              \
    X(OPTIONAL, early_sign, "share of all z that have the sign of the early law")                  \
    X(OPTIONAL, rho_P, "Spearman's rank correlation of z and P(l|n), mean over classes")           \
    X(OPTIONAL, rho_tfidf, "the same of z and TF-IDF, documents = classes")                        \
    X(OPTIONAL, rho_tfidf_text, "the same of z and TF-IDF, documents = paragraphs")                \
    X(OPTIONAL, rho_llr, "the same of z and the signed log-likelihood ratio")                      \
    X(OPTIONAL, rho_pmi, "the same of z and ln P(l|n)/P(l)")                                       \
    X(OPTIONAL, rho_early, "the same of z and its own early rate")
TABLE(course, COURSE, "the flow over time")

#define CLASSES(X)                                                                                 \
    X(INT, class, "class n")                                                                       \
    X(TEXT, last, "last token")                                                                    \
    X(TEXT, next, "next token")                                                                    \
    X(REAL, P_n, "P(n)")                                                                           \
    X(INT, occurrences, "occurrences of last and next token together")                             \
    X(INT, context_tokens, "C_n: context tokens of the class")                                     \
    X(INT, support, "tokens with P(l|n) > 0")                                                      \
    X(INT, distinct, "tokens of this class only")                                                  \
    X(REAL, delta, "1 - alpha_nn at the end, alpha_nn the probability of the right next token")    \
    X(REAL, entropy_support, "entropy of the attention c_n at the end", .unit = "nat")             \
    X(OPTIONAL, B, "gain B_n at the end; empty without distinct tokens")                           \
    X(REAL, mass_P, "sum of P(l|n) over the tokens with z > 0")                                    \
    X(REAL, mass_c, "sum of c_nl over the tokens with z > 0")                                      \
    X(OPTIONAL, rho_P, "Spearman's rank correlation of z and P(l|n) in the class")                 \
    X(OPTIONAL, rho_tfidf, "the same of z and TF-IDF")                                             \
    X(OPTIONAL, rho_llr, "the same of z and the log-likelihood ratio")
TABLE(classes, CLASSES, "every class at the end")

#define TOKEN_COLUMNS(X)                                                                           \
    X(INT, class, "class n")                                                                       \
    X(TEXT, last, "last token m = psi(n)")                                                         \
    X(TEXT, next, "next token n")                                                                  \
    X(INT, rank, "1: the largest |c - P|")                                                         \
    X(TEXT, token, "context token l")                                                              \
    X(INT, count, "C_nl: occurrences of l in the contexts of n")                                   \
    X(REAL, P, "P(l|n)")                                                                           \
    X(REAL, c, "c_nl, its share of the attention, at the end")                                     \
    X(REAL, z, "attention logit z_ml at the end")                                                  \
    X(REAL, llr, "signed log-likelihood ratio of l and n")
TABLE(picked, TOKEN_COLUMNS, "the tokens on which every class gains most, c - P")
TABLE(suppressed, TOKEN_COLUMNS, "the tokens on which every class loses most, P - c")

#define MAP(X)                                                                                     \
    X(INT, column, "column of the map")                                                            \
    X(INT, row, "row of the map")                                                                  \
    X(TEXT, token, "context token, shortened; comma and quote in typographic form")                \
    X(TEXT, label, "last and next token")                                                          \
    X(OPTIONAL, gain, "log2 c_nl/P(l|n); empty where P = 0")
TABLE(map, MAP, "gain of attention, classes against tokens")

#define PAIRS(X)                                                                                   \
    X(TEXT, last, "last token")                                                                    \
    X(TEXT, next, "next token")                                                                    \
    X(TEXT, token, "context token")                                                                \
    X(INT, count, "C_nl: occurrences of the token in the class's contexts")                        \
    X(REAL, P, "P(l|n)")                                                                           \
    X(REAL, tfidf, "TF-IDF: P(l|n) ln(K/number of classes with l)")                                \
    X(REAL, tfidf_text, "TF-IDF: P(l|n) ln(paragraphs/paragraphs with l)")                         \
    X(REAL, llr, "signed log-likelihood ratio of token and class")                                 \
    X(REAL, pmi, "ln P(l|n)/P(l)", .unit = "nat")                                                  \
    X(REAL, early, "(dz_ml/dt)/(eta_Y eta_Z t) at the start")                                      \
    X(REAL, z, "attention logit z_ml at the end")                                                  \
    X(REAL, c, "c_nl, its share of the attention, at the end")
TABLE(pairs, PAIRS, "a sample of the (class, token) pairs seen often enough")

#define FOUND(X)                                                                                   \
    X(REAL, tokens, "M: context tokens")                                                           \
    X(REAL, classes, "K")                                                                          \
    X(REAL, last_tokens, "L")                                                                      \
    X(REAL, entries, "pairs (n, l) with P(l|n) > 0")                                               \
    X(REAL, text_tokens, "length of the text")                                                     \
    X(REAL, vocabulary, "distinct tokens of the text")                                             \
    X(REAL, seen, "pairs of a class n and a token l seen min_seen times or more")                  \
    X(REAL, map_columns, "tokens of the map")                                                      \
    X(REAL, dropped, "share of context tokens that min_count and min_pair left out")               \
    X(REAL, loss, "loss at the end", .unit = "nat")                                                \
    X(REAL, loss_rise, "largest relative rise of the loss between outputs")                        \
    X(REAL, sum_drift, "largest |sum_l z_ml| over the last tokens m, which theory keeps at 0")     \
    X(REAL, entropy_support_start, "entropy of P(.|n), mean over classes", .unit = "nat")          \
    X(REAL, entropy_support, "entropy of c_n at the end, mean over classes", .unit = "nat")        \
    X(OPTIONAL, commons_suppressed, "share of the common tokens' z below 0 at the end")            \
    X(OPTIONAL, distinct_growing, "share of the distinct tokens' z above 0 at the end")            \
    X(REAL, classes_with_distinct, "classes that have distinct tokens")                            \
    X(OPTIONAL, early_error_1, "relative error of the early law at the first output")              \
    X(OPTIONAL, early_error_2, "relative error of the early law at the second output")             \
    X(OPTIONAL, early_sign_start, "share of z with the early law's sign at the first output")      \
    X(OPTIONAL, early_sign_end, "the same at the end")                                             \
    X(OPTIONAL, B_monotone, "share of classes whose B_n never fell")                               \
    X(OPTIONAL, lower_bound_violated, "share of tests of Theorem 3's lower bound that failed")     \
    X(OPTIONAL, upper_bound_violated, "share of tests of its upper bound that failed")             \
    X(OPTIONAL, bound_lower_ratio,                                                                 \
      "smallest ln chi/(2 f^2(0) B) of a dominant token: 1 keeps the bound")                       \
    X(OPTIONAL, xi_spread,                                                                         \
      "median over classes of (max - min)/mean of xi_nl over the distinct tokens, at the end")     \
    X(OPTIONAL, z_error,                                                                           \
      "largest |z - z at rtol/100| over the largest |z|; empty unless tighter=true")               \
    X(OPTIONAL, rho_P,                                                                             \
      "Spearman's rank correlation of z and P(l|n) at the end, mean over classes")                 \
    X(OPTIONAL, rho_P_error, "its standard error")                                                 \
    X(OPTIONAL, rho_tfidf, "the same of z and TF-IDF, documents = classes")                        \
    X(OPTIONAL, rho_tfidf_error, "its standard error")                                             \
    X(OPTIONAL, rho_tfidf_text, "the same of z and TF-IDF, documents = paragraphs")                \
    X(OPTIONAL, rho_tfidf_text_error, "its standard error")                                        \
    X(OPTIONAL, rho_llr, "the same of z and the log-likelihood ratio")                             \
    X(OPTIONAL, rho_llr_error, "its standard error")                                               \
    X(OPTIONAL, rho_pmi, "the same of z and pointwise mutual information")                         \
    X(OPTIONAL, rho_pmi_error, "its standard error")                                               \
    X(OPTIONAL, rho_early, "the same of z and its early rate")                                     \
    X(OPTIONAL, rho_early_error, "its standard error")
SCALARS(found, FOUND)

extern const struct check *const text_claims[];

#endif
