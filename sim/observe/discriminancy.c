#include "discriminancy.h"

#include <math.h>

/* observed * ln(observed / expected), 0 at 0 */
static double term(double observed, double expected) {
    return observed > 0 ? observed * log(observed / expected) : 0;
}

double attndyn_log_likelihood_ratio(struct attndyn_contingency c) {
    double both = (double)c.both, token = (double)c.token, class = (double)c.in_class,
           all = (double)c.all;
    double elsewhere = token - both, others = class - both, rest = all - token - others;
    double g = 2 * (term(both, token * class / all) + term(elsewhere, token * (all - class) / all) +
                    term(others, (all - token) * class / all) +
                    term(rest, (all - token) * (all - class) / all));
    if (g < 0) g = 0; /* rounding: G^2 is a divergence */
    return both * all < token * class ? -g : g;
}

double attndyn_pointwise_information(struct attndyn_contingency c) {
    return log((double)c.both * (double)c.all / ((double)c.token * (double)c.in_class));
}

double attndyn_tfidf(double frequency, double documents, double document_frequency) {
    return frequency * log(documents / document_frequency);
}
