/* Flows of Theorem 3 that have a closed form. */
#include "isotropic.h"

#include <gsl/gsl_eigen.h>
#include <math.h>

void attndyn_theta_linear_flow(size_t dimension, size_t clusters, const double *centres,
                               const double *weights, double t, double *w) {
    for (size_t c = 0; c < clusters; c++) {
        for (size_t j = 0; j < dimension; j++) w[j] += t * weights[c] * centres[c * dimension + j];
        w[dimension] += t * weights[c];
    }
}

bool attndyn_theta_quadratic_flow(size_t dimension, size_t clusters, const double *centres,
                                  const double *weights, double sigma, double t, double *w) {
    size_t order = dimension + 1;
    gsl_matrix *s = gsl_matrix_calloc(order, order), *vectors = gsl_matrix_alloc(order, order);
    gsl_vector *values = gsl_vector_alloc(order);
    gsl_eigen_symmv_workspace *workspace = gsl_eigen_symmv_alloc(order);
    bool good = s && vectors && values && workspace;
    if (good) {
        for (size_t c = 0; c < clusters; c++)
            for (size_t i = 0; i < order; i++)
                for (size_t j = 0; j < order; j++) {
                    double left = i < dimension ? centres[c * dimension + i] : 1;
                    double right = j < dimension ? centres[c * dimension + j] : 1;
                    double noise = i == j && i < dimension ? sigma * sigma : 0;
                    *gsl_matrix_ptr(s, i, j) += weights[c] * (left * right + noise);
                }
        good = gsl_eigen_symmv(s, values, vectors, workspace) == 0;
    }
    if (good) {
        for (size_t k = 0; k < order; k++) { /* values := coefficients, grown */
            double coefficient = 0;
            for (size_t j = 0; j < order; j++) coefficient += gsl_matrix_get(vectors, j, k) * w[j];
            gsl_vector_set(values, k, coefficient * exp(t * gsl_vector_get(values, k)));
        }
        for (size_t j = 0; j < order; j++) {
            w[j] = 0;
            for (size_t k = 0; k < order; k++)
                w[j] += gsl_matrix_get(vectors, j, k) * gsl_vector_get(values, k);
        }
    }
    if (workspace) gsl_eigen_symmv_free(workspace);
    if (values) gsl_vector_free(values);
    if (vectors) gsl_matrix_free(vectors);
    if (s) gsl_matrix_free(s);
    return good;
}
