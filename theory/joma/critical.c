#include "critical.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_multiroots.h>
#include <gsl/gsl_sort_vector.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gate {
    double k, cdf, density; /* k, F, f */
};

static struct gate gate_at(double r, double n, double sigma) {
    double k = r / (n * sigma);
    return (struct gate){.k = k,
                         .cdf = 0.5 * erfc(-k * M_SQRT1_2),
                         .density = exp(-0.5 * k * k) * (M_SQRT1_2 / M_SQRTPI)};
}

static double mean_relu(struct gate g, double r, double n, double sigma) {
    return r * g.cdf + n * sigma * g.density;
}

void attndyn_critical_coefficients(double target, double sigma, double r, double n, double *alpha,
                                   double *beta) {
    struct gate g = gate_at(r, n, sigma);
    *alpha = target * g.cdf - mean_relu(g, r, n, sigma);
    *beta = target * sigma * g.density / n - sigma * sigma * g.cdf;
}

/* r_c and the norm of v, at w. */
static double preactivation(const struct attndyn_critical *critical, const double *w, size_t c) {
    const double *centre = critical->centres + c * critical->dimension;
    double r = w[critical->dimension];
    for (size_t j = 0; j < critical->dimension; j++) r += w[j] * centre[j];
    return r;
}
static double norm(const double *v, size_t count) {
    double sum = 0;
    for (size_t j = 0; j < count; j++) sum += v[j] * v[j];
    return sqrt(sum);
}

void attndyn_critical_field(const struct attndyn_critical *critical, const double *w,
                            double *field) {
    size_t d = critical->dimension;
    double n = norm(w, d);
    memset(field, 0, (d + 1) * sizeof *field);
    for (size_t c = 0; c < critical->clusters; c++) {
        double alpha, beta;
        attndyn_critical_coefficients(critical->target[c], critical->sigma,
                                      preactivation(critical, w, c), n, &alpha, &beta);
        for (size_t j = 0; j < d; j++)
            field[j] +=
                critical->probability[c] * (alpha * critical->centres[c * d + j] + beta * w[j]);
        field[d] += critical->probability[c] * alpha;
    }
}

double attndyn_critical_loss(const struct attndyn_critical *critical, const double *w) {
    double n = norm(w, critical->dimension), tau = n * critical->sigma, loss = 0;
    for (size_t c = 0; c < critical->clusters; c++) {
        double r = preactivation(critical, w, c), y = critical->target[c];
        struct gate g = gate_at(r, n, critical->sigma);
        double second = (r * r + tau * tau) * g.cdf + r * tau * g.density; /* E relu^2 */
        loss += 0.5 * critical->probability[c] *
                (y * y - 2 * y * mean_relu(g, r, n, critical->sigma) + second);
    }
    return loss;
}

double attndyn_critical_objective(const struct attndyn_critical *critical, const double *weights,
                                  const double *w) {
    double n = norm(w, critical->dimension), objective = 0;
    for (size_t c = 0; c < critical->clusters; c++) {
        double r = preactivation(critical, w, c);
        objective += weights[c] * mean_relu(gate_at(r, n, critical->sigma), r, n, critical->sigma);
    }
    return objective;
}

void attndyn_critical_jacobian(const struct attndyn_critical *critical, const double *w,
                               double *jacobian) {
    size_t d = critical->dimension, order = d + 1;
    double n = norm(w, d), sigma = critical->sigma;
    memset(jacobian, 0, order * order * sizeof *jacobian);
    for (size_t c = 0; c < critical->clusters; c++) {
        double r = preactivation(critical, w, c), y = critical->target[c];
        double p = critical->probability[c];
        struct gate g = gate_at(r, n, sigma);
        double beta = y * sigma * g.density / n - sigma * sigma * g.cdf;
        /* derivatives of alpha and beta along r and n; d beta/dr = (d alpha/dn)/n */
        double alpha_r = y * g.density / (n * sigma) - g.cdf;
        double alpha_n = -y * g.k * g.density / n - sigma * g.density;
        double beta_r = alpha_n / n;
        double beta_n =
            y * sigma * g.density * (g.k * g.k - 1) / (n * n) + sigma * sigma * g.k * g.density / n;
        const double *x = critical->centres + c * d;
        for (size_t i = 0; i < d; i++) {
            for (size_t j = 0; j < d; j++)
                jacobian[i * order + j] +=
                    p * (alpha_r * x[i] * x[j] + alpha_n * x[i] * w[j] / n + beta_r * w[i] * x[j] +
                         beta_n * w[i] * w[j] / n + (i == j ? beta : 0));
            jacobian[i * order + d] += p * (alpha_r * x[i] + beta_r * w[i]);
            jacobian[d * order + i] += p * (alpha_r * x[i] + alpha_n * w[i] / n);
        }
        jacobian[d * order + d] += p * alpha_r;
    }
}

bool attndyn_critical_eigenvalues(const struct attndyn_critical *critical, const double *w,
                                  double *eigenvalues) {
    size_t order = critical->dimension + 1;
    gsl_matrix *matrix = gsl_matrix_alloc(order, order);
    gsl_eigen_symm_workspace *workspace = gsl_eigen_symm_alloc(order);
    bool good = matrix && workspace;
    if (good) {
        attndyn_critical_jacobian(critical, w, matrix->data);
        gsl_vector_view values = gsl_vector_view_array(eigenvalues, order);
        good = gsl_eigen_symm(matrix, &values.vector, workspace) == GSL_SUCCESS;
        if (good) gsl_sort_vector(&values.vector);
    }
    if (workspace) gsl_eigen_symm_free(workspace);
    if (matrix) gsl_matrix_free(matrix);
    return good;
}

static int root_field(const gsl_vector *w, void *user, gsl_vector *field) {
    attndyn_critical_field(user, w->data, field->data);
    for (size_t i = 0; i < field->size; i++)
        if (!isfinite(field->data[i])) return GSL_EBADFUNC;
    return GSL_SUCCESS;
}
static int root_jacobian(const gsl_vector *w, void *user, gsl_matrix *jacobian) {
    attndyn_critical_jacobian(user, w->data, jacobian->data);
    return GSL_SUCCESS;
}
static int root_both(const gsl_vector *w, void *user, gsl_vector *field, gsl_matrix *jacobian) {
    root_jacobian(w, user, jacobian);
    return root_field(w, user, field);
}

static double largest(const double *x, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        if (!(fabs(x[i]) <= most)) most = fabs(x[i]);
    return most;
}

/* One plain Newton step from w to `next`; false where the Jacobian is singular. */
static bool newton_step(const struct attndyn_critical *critical, const double *w, double *next,
                        gsl_matrix *matrix, gsl_vector *right, gsl_permutation *permutation) {
    int sign;
    size_t order = right->size;
    attndyn_critical_jacobian(critical, w, matrix->data);
    attndyn_critical_field(critical, w, right->data);
    if (gsl_linalg_LU_decomp(matrix, permutation, &sign) != GSL_SUCCESS) return false;
    if (gsl_linalg_LU_svx(matrix, permutation, right) != GSL_SUCCESS) return false;
    for (size_t i = 0; i < order; i++) next[i] = w[i] - right->data[i];
    return true;
}

enum attndyn_critical_outcome attndyn_critical_newton(const struct attndyn_critical *critical,
                                                      double *w, double *residual) {
    size_t order = critical->dimension + 1;
    *residual = NAN;
    gsl_multiroot_fdfsolver *solver =
        gsl_multiroot_fdfsolver_alloc(gsl_multiroot_fdfsolver_hybridsj, order);
    gsl_matrix *matrix = gsl_matrix_alloc(order, order);
    gsl_vector *right = gsl_vector_alloc(order), *next = gsl_vector_alloc(order);
    gsl_vector *trial = gsl_vector_alloc(order);
    gsl_permutation *permutation = gsl_permutation_alloc(order);
    enum attndyn_critical_outcome outcome = ATTNDYN_CRITICAL_STUCK;
    if (solver && matrix && right && next && trial && permutation) {
        gsl_multiroot_function_fdf function = {.f = root_field,
                                               .df = root_jacobian,
                                               .fdf = root_both,
                                               .n = order,
                                               .params = (void *)critical};
        gsl_vector_view start = gsl_vector_view_array(w, order);
        int status = gsl_multiroot_fdfsolver_set(solver, &function, &start.vector);
        for (int i = 0; i < 500 && status == GSL_SUCCESS; i++) {
            status = gsl_multiroot_fdfsolver_iterate(solver);
            if (gsl_multiroot_test_residual(solver->f, 1e-13) == GSL_SUCCESS) break;
        }
        memcpy(w, solver->x->data, order * sizeof *w);
        attndyn_critical_field(critical, w, right->data);
        *residual = largest(right->data, order);
        /* plain steps as long as they help */
        for (int i = 0; i < 20; i++) {
            if (!newton_step(critical, w, next->data, matrix, right, permutation)) break;
            attndyn_critical_field(critical, next->data, trial->data);
            double better = largest(trial->data, order);
            if (!(better < *residual)) break;
            *residual = better;
            memcpy(w, next->data, order * sizeof *w);
        }
        /* The field falls with the gates and, at the apex w = 0, with ||w||: what is small only
         * for that reason is no critical point. */
        double open = 0, n = norm(w, critical->dimension), scale = 0;
        for (size_t c = 0; c < critical->clusters; c++) {
            double length = norm(critical->centres + c * critical->dimension, critical->dimension);
            open = fmax(open, gate_at(preactivation(critical, w, c), n, critical->sigma).cdf);
            scale = fmax(scale, 1 + length * length + critical->sigma * critical->sigma);
        }
        if (open > 0 && *residual <= 1e-9 * open * scale * norm(w, order))
            outcome = ATTNDYN_CRITICAL_FOUND;
        else if (open < 1e-6 || norm(w, order) * sqrt(scale) < 1e-6)
            outcome = ATTNDYN_CRITICAL_DEAD;
    }
    if (permutation) gsl_permutation_free(permutation);
    if (trial) gsl_vector_free(trial);
    if (next) gsl_vector_free(next);
    if (right) gsl_vector_free(right);
    if (matrix) gsl_matrix_free(matrix);
    if (solver) gsl_multiroot_fdfsolver_free(solver);
    return outcome;
}

double attndyn_critical_outside_differences(const struct attndyn_critical *critical,
                                            const double *v) {
    size_t d = critical->dimension, count = 0;
    double *basis = malloc(critical->clusters * d * sizeof *basis);
    double *rest = malloc(d * sizeof *rest);
    if (!basis || !rest) {
        free(basis);
        free(rest);
        return -1;
    }
    /* Gram-Schmidt, twice is enough */
    for (size_t c = 1; c <= critical->clusters; c++) {
        bool last = c == critical->clusters;
        double before;
        for (size_t j = 0; j < d; j++)
            rest[j] = last ? v[j] : critical->centres[c * d + j] - critical->centres[j];
        before = norm(rest, d);
        for (int pass = 0; pass < 2; pass++)
            for (size_t b = 0; b < count; b++) {
                double dot = 0;
                for (size_t j = 0; j < d; j++) dot += rest[j] * basis[b * d + j];
                for (size_t j = 0; j < d; j++) rest[j] -= dot * basis[b * d + j];
            }
        double after = norm(rest, d);
        if (last) {
            free(basis);
            free(rest);
            return after / before;
        }
        if (after <= 1e-12 * before) continue; /* depends on the earlier ones */
        for (size_t j = 0; j < d; j++) basis[count * d + j] = rest[j] / after;
        count++;
    }
    return -1; /* not reached: clusters >= 1 */
}
