/* The linear part of the softmax gradient, by the size of the logits. */
#include "reversible.h"

/* One vector of logits f, of K classes. */
struct logits {
    double error; /* ||softmax(f) - 1/K - P f/K|| / ||P f/K||: y cancels */
    double whole; /* the same over ||P y - P f/K||, y of the first class */
    double sup;   /* ||P f||_inf */
};

static struct logits measure(size_t K, const double *normal, double scale) {
    double mean = 0, sum = 0, error = 0, size = 0, sup = 0;
    for (size_t k = 0; k < K; k++) mean += scale * normal[k] / (double)K;
    for (size_t k = 0; k < K; k++) sum += exp(scale * normal[k] - mean);
    for (size_t k = 0; k < K; k++) {
        const double linear = (scale * normal[k] - mean) / (double)K;
        const double exact = (exp(scale * normal[k] - mean) - sum / (double)K) / sum;
        error += (exact - linear) * (exact - linear);
        size += linear * linear;
        worst(&sup, scale * normal[k] - mean);
    }
    /* ||P y||^2 = 1 - 1/K, and (P y)^T P f/K is the first entry of P f/K. */
    const double whole = 1 - 1 / (double)K - 2 * (scale * normal[0] - mean) / (double)K + size;
    return (struct logits){sqrt(error / size), sqrt(error / whole), sup};
}

/* The normals of `draws` vectors of K classes; owned by the run. */
static enum attndyn_status draw(const struct trial *run, const struct reversible *p, size_t draws,
                                size_t K, double **normals) {
    ATTNDYN_ALLOC(run->ctx, *normals, draws * K);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)p->rng,
                                    (uint64_t)p->seed));
    attndyn_random_normals(&random, 1, draws * K, *normals);
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

/* The same draws at every scale. */
enum attndyn_status softmax_scales(const struct trial *run, const struct reversible *p) {
    const size_t K = (size_t)p->K, draws = (size_t)p->draws;
    double *normals;
    ATTNDYN_TRY(draw(run, p, draws, K, &normals));
    for (size_t s = 0; s < p->logit_scale.count; s++) {
        double mean = 0, least = INFINITY, most = 0;
        for (size_t d = 0; d < draws; d++) {
            const double error = measure(K, normals + d * K, p->logit_scale.at[s]).error;
            mean += error / (double)draws;
            least = fmin(least, error);
            most = fmax(most, error);
        }
        ATTNDYN_TRY(EMIT(run, softmax, .scale = p->logit_scale.at[s], .error = mean,
                         .smallest = least, .largest = most));
    }
    return ATTNDYN_OK;
}

/* For normal logits of standard deviation s and K -> inf, E e^f = e^{s^2/2} and
 * E (e^{f - s^2/2} - 1 - f)^2 = e^{s^2} - 1 - s^2. */
static double many_classes(double s) {
    return sqrt(expm1(s * s) - s * s) / s;
}

enum attndyn_status softmax_classes(const struct trial *run, const struct reversible *p) {
    const size_t draws = (size_t)p->vectors;
    for (size_t s = 0; s < p->smallness.count; s++)
        for (size_t i = 0; i < p->classes.count; i++) {
            const uint64_t mark = attndyn_memory_mark(run->ctx);
            const size_t K = (size_t)p->classes.at[i];
            double *normals, mean = 0, squares = 0, whole = 0, sup = 0;
            ATTNDYN_TRY(draw(run, p, draws, K, &normals));
            for (size_t d = 0; d < draws; d++) {
                const struct logits f = measure(K, normals + d * K, p->smallness.at[s]);
                mean += f.error / (double)draws;
                squares += f.error * f.error / (double)draws;
                whole += f.whole / (double)draws;
                sup += f.sup / (double)draws;
            }
            ATTNDYN_TRY(EMIT(run, smallness, .scale = p->smallness.at[s], .classes = (long)K,
                             .sup = sup, .ratio = sup / sqrt((double)K), .error = mean,
                             .spread = sqrt(fmax(0, squares - mean * mean)), .whole = whole,
                             .limit = many_classes(p->smallness.at[s])));
            attndyn_memory_release(run->ctx, mark);
        }
    return ATTNDYN_OK;
}
