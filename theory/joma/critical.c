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

struct attndyn_critical_workspace {
    gsl_multiroot_fdfsolver *solver;
    gsl_eigen_symm_workspace *eigen;
    gsl_matrix *matrix;               /* a Jacobian */
    gsl_vector *reflectors;           /* of its QR */
    gsl_vector *right, *next, *trial; /* a Newton step */
    double *basis, *rest;             /* Gram-Schmidt: (C, d), (d) */
};

struct attndyn_critical_workspace *attndyn_critical_workspace_create(
    const struct attndyn_critical *critical) {
    size_t d = critical->dimension, order = d + 1;
    struct attndyn_critical_workspace *work = calloc(1, sizeof *work);
    if (!work) return NULL;
    work->solver = gsl_multiroot_fdfsolver_alloc(gsl_multiroot_fdfsolver_hybridsj, order);
    work->eigen = gsl_eigen_symm_alloc(order);
    work->matrix = gsl_matrix_alloc(order, order);
    work->reflectors = gsl_vector_alloc(order);
    work->right = gsl_vector_alloc(order);
    work->next = gsl_vector_alloc(order);
    work->trial = gsl_vector_alloc(order);
    work->basis = calloc(critical->clusters * d, sizeof *work->basis);
    work->rest = calloc(d, sizeof *work->rest);
    if (work->solver && work->eigen && work->matrix && work->reflectors && work->right &&
        work->next && work->trial && work->basis && work->rest)
        return work;
    attndyn_critical_workspace_free(work);
    return NULL;
}

void attndyn_critical_workspace_free(struct attndyn_critical_workspace *work) {
    if (!work) return;
    if (work->solver) gsl_multiroot_fdfsolver_free(work->solver);
    if (work->eigen) gsl_eigen_symm_free(work->eigen);
    if (work->matrix) gsl_matrix_free(work->matrix);
    if (work->reflectors) gsl_vector_free(work->reflectors);
    if (work->right) gsl_vector_free(work->right);
    if (work->next) gsl_vector_free(work->next);
    if (work->trial) gsl_vector_free(work->trial);
    free(work->basis);
    free(work->rest);
    free(work);
}

bool attndyn_critical_eigenvalues(const struct attndyn_critical *critical,
                                  struct attndyn_critical_workspace *work, const double *w,
                                  double *eigenvalues) {
    attndyn_critical_jacobian(critical, w, work->matrix->data);
    gsl_vector_view values = gsl_vector_view_array(eigenvalues, critical->dimension + 1);
    if (gsl_eigen_symm(work->matrix, &values.vector, work->eigen) != GSL_SUCCESS) return false;
    gsl_sort_vector(&values.vector);
    return true;
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
    for (size_t i = 0; i < count; i++) {
        if (isnan(x[i])) return NAN;
        most = fmax(most, fabs(x[i]));
    }
    return most;
}

/* One plain Newton step from w to work->next; false where the Jacobian is singular. */
static bool newton_step(const struct attndyn_critical *critical,
                        struct attndyn_critical_workspace *work, const double *w) {
    attndyn_critical_jacobian(critical, w, work->matrix->data);
    attndyn_critical_field(critical, w, work->right->data);
    /* unlike LU, QR needs no memory of its own; where R has a zero, the step is not finite */
    gsl_linalg_QR_decomp(work->matrix, work->reflectors);
    if (gsl_linalg_QR_svx(work->matrix, work->reflectors, work->right) != GSL_SUCCESS) return false;
    for (size_t i = 0; i < work->next->size; i++) work->next->data[i] = w[i] - work->right->data[i];
    return true;
}

/* Far from a solution: GSL's hybrid. */
static void approach(const struct attndyn_critical *critical,
                     struct attndyn_critical_workspace *work, double *w) {
    size_t order = critical->dimension + 1;
    gsl_multiroot_function_fdf function = {.f = root_field,
                                           .df = root_jacobian,
                                           .fdf = root_both,
                                           .n = order,
                                           .params = (void *)critical};
    gsl_vector_view start = gsl_vector_view_array(w, order);
    int status = gsl_multiroot_fdfsolver_set(work->solver, &function, &start.vector);
    for (int i = 0; i < 500 && status == GSL_SUCCESS; i++) {
        status = gsl_multiroot_fdfsolver_iterate(work->solver);
        if (gsl_multiroot_test_residual(work->solver->f, 1e-13) == GSL_SUCCESS) break;
    }
    memcpy(w, work->solver->x->data, order * sizeof *w);
}

/* Polishes to roundoff by plain steps as long as they help. Returns the largest |field| at the
 * end. */
static double polish(const struct attndyn_critical *critical,
                     struct attndyn_critical_workspace *work, double *w) {
    size_t order = critical->dimension + 1;
    attndyn_critical_field(critical, w, work->right->data);
    double residual = largest(work->right->data, order);
    for (int i = 0; i < 20 && newton_step(critical, work, w); i++) {
        attndyn_critical_field(critical, work->next->data, work->trial->data);
        double better = largest(work->trial->data, order);
        if (!(better < residual)) break;
        residual = better;
        memcpy(w, work->next->data, order * sizeof *w);
    }
    return residual;
}

/* The field also vanishes where the gates close and, near the apex w = 0, with ||w||: if it is
 * small only for that reason, this is no critical point. */
static enum attndyn_critical_outcome outcome_at(const struct attndyn_critical *critical,
                                                const double *w, double residual) {
    size_t d = critical->dimension;
    double open = 0, n = norm(w, d), whole = norm(w, d + 1), scale = 0;
    for (size_t c = 0; c < critical->clusters; c++) {
        double length = norm(critical->centres + c * d, d);
        open = fmax(open, gate_at(preactivation(critical, w, c), n, critical->sigma).cdf);
        scale = fmax(scale, 1 + length * length + critical->sigma * critical->sigma);
    }
    if (open > 0 && residual <= 1e-9 * open * scale * whole) return ATTNDYN_CRITICAL_FOUND;
    if (open < 1e-6 || whole * sqrt(scale) < 1e-6) return ATTNDYN_CRITICAL_DEAD;
    return ATTNDYN_CRITICAL_STUCK;
}

enum attndyn_critical_outcome attndyn_critical_newton(const struct attndyn_critical *critical,
                                                      struct attndyn_critical_workspace *work,
                                                      double *w, double *residual) {
    approach(critical, work, w);
    *residual = polish(critical, work, w);
    return outcome_at(critical, w, *residual);
}

double attndyn_critical_outside_differences(const struct attndyn_critical *critical,
                                            struct attndyn_critical_workspace *work,
                                            const double *v) {
    size_t d = critical->dimension, count = 0;
    double *basis = work->basis, *rest = work->rest;
    /* Gram-Schmidt, twice is enough; v comes last */
    for (size_t c = 1;; c++) {
        bool last = c == critical->clusters;
        for (size_t j = 0; j < d; j++)
            rest[j] = last ? v[j] : critical->centres[c * d + j] - critical->centres[j];
        double before = norm(rest, d);
        for (int pass = 0; pass < 2; pass++)
            for (size_t b = 0; b < count; b++) {
                double dot = 0;
                for (size_t j = 0; j < d; j++) dot += rest[j] * basis[b * d + j];
                for (size_t j = 0; j < d; j++) rest[j] -= dot * basis[b * d + j];
            }
        double after = norm(rest, d);
        if (last) return after / before;
        if (after <= 1e-12 * before) continue; /* depends linearly on the earlier ones */
        for (size_t j = 0; j < d; j++) basis[count * d + j] = rest[j] / after;
        count++;
    }
}
