/* How well a token tells one class from the others, from counts. Logarithms are natural. */
#ifndef ATTNDYN_OBSERVE_DISCRIMINANCY_H
#define ATTNDYN_OBSERVE_DISCRIMINANCY_H

#include <stddef.h>
#include <stdint.h>

/* The counts of token l against class n: `both` = l in n, `token` = l anywhere, `in_class` = any
 * token in n, `all` = any token anywhere. both <= token, in_class <= all. */
struct attndyn_contingency {
    uint64_t both, token, in_class, all;
};

/* Dunning's log-likelihood ratio (Computational Linguistics 19(1), 1993): 2 sum O ln(O/E) over the
 * 2 x 2 table, with the sign of the association: negative where l is rarer in n than elsewhere.
 * Unsigned, it is chi^2 with one degree of freedom if token and class are independent. */
double attndyn_log_likelihood_ratio(struct attndyn_contingency counts);

/* Pointwise mutual information ln [P(l|n) / P(l)]; -infinity for both = 0. */
double attndyn_pointwise_information(struct attndyn_contingency counts);

/* Term frequency times inverse document frequency, frequency * ln(documents / document_frequency)
 * (Sparck Jones, Journal of Documentation 28(1), 1972). */
double attndyn_tfidf(double frequency, double documents, double document_frequency);

#endif
