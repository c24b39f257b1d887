#include "balance.h"

#include <math.h>
#include <string.h>

/* to += c A^T A (left) or c A A^T, A: (rows, columns); to: (columns, columns) or (rows, rows). */
static void square(size_t rows, size_t columns, const double *A, bool left, double c, double *to) {
    size_t n = left ? columns : rows, inner = left ? rows : columns;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < inner; k++)
                sum += left ? A[k * columns + i] * A[k * columns + j]
                            : A[i * columns + k] * A[j * columns + k];
            to[i * n + j] += c * sum;
        }
}

void attndyn_balance_one(size_t M, size_t d, const double *U, const double *WV, const double *W,
                         double eta_u, double eta_v, double eta_w, double *law) {
    memset(law, 0, d * d * sizeof *law);
    square(M, d, U, true, 1 / eta_u, law);
    square(d, d, WV, true, -1 / eta_v, law);
    square(d, d, WV, false, -1 / eta_v, law);
    square(d, d, W, true, -1 / eta_w, law);
    square(d, d, W, false, -1 / eta_w, law);
}

void attndyn_balance_apart(size_t M, size_t d, const double *U, const double *WV, const double *WQ,
                           const double *WK, double eta_u, double eta_v, double eta_w, double *law,
                           double *heads) {
    memset(law, 0, d * d * sizeof *law);
    memset(heads, 0, d * d * sizeof *heads);
    square(M, d, U, true, 1 / eta_u, law);
    square(d, d, WV, true, -1 / eta_v, law);
    square(d, d, WV, false, -1 / eta_v, law);
    square(d, d, WQ, false, -1 / eta_w, law);
    square(d, d, WK, false, -1 / eta_w, law);
    square(d, d, WQ, true, 1 / eta_w, heads);
    square(d, d, WK, true, -1 / eta_w, heads);
}

/* Solves a x = b for n right-hand sides in place (Gauss-Jordan with partial pivoting). */
static bool solve(size_t n, double *a, double *b) {
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t r = c; r < n; r++)
            if (fabs(a[r * n + c]) > fabs(a[pivot * n + c])) pivot = r;
        if (a[pivot * n + c] == 0) return false;
        for (size_t k = 0; k < n; k++) {
            double x = a[c * n + k], y = b[c * n + k];
            a[c * n + k] = a[pivot * n + k], a[pivot * n + k] = x;
            b[c * n + k] = b[pivot * n + k], b[pivot * n + k] = y;
        }
        double inverse = 1 / a[c * n + c];
        for (size_t k = 0; k < n; k++) a[c * n + k] *= inverse, b[c * n + k] *= inverse;
        for (size_t r = 0; r < n; r++) {
            double factor = a[r * n + c];
            if (r == c || factor == 0) continue;
            for (size_t k = 0; k < n; k++) {
                a[r * n + k] -= factor * a[c * n + k];
                b[r * n + k] -= factor * b[c * n + k];
            }
        }
    }
    return true;
}

/* to -= c A inverse A^T, or c A^T inverse A (transposed). scratch: (M, M). */
static void sandwich(size_t M, const double *A, const double *inverse, bool transposed, double c,
                     double *to, double *scratch) {
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double sum = 0;
            for (size_t k = 0; k < M; k++)
                sum += (transposed ? A[k * M + i] : A[i * M + k]) * inverse[k * M + j];
            scratch[i * M + j] = sum;
        }
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double sum = 0;
            for (size_t k = 0; k < M; k++)
                sum += scratch[i * M + k] * (transposed ? A[k * M + j] : A[j * M + k]);
            to[i * M + j] -= c * sum;
        }
}

bool attndyn_balance_gram(size_t M, const double *gamma, const double *Y, const double *Z,
                          double eta_u, double eta_v, double eta_w, double *residual,
                          double *work) {
    double *copy = work, *inverse = work + M * M, *scratch = work + 2 * M * M;
    memcpy(copy, gamma, M * M * sizeof *copy);
    memset(inverse, 0, M * M * sizeof *inverse);
    for (size_t i = 0; i < M; i++) inverse[i * M + i] = 1;
    if (!solve(M, copy, inverse)) return false;
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double sum = -gamma[i * M + j];
            for (size_t k = 0; k < M; k++) sum += gamma[i * M + k] * gamma[k * M + j];
            residual[i * M + j] = sum / eta_u;
        }
    sandwich(M, Y, inverse, false, 1 / eta_v, residual, scratch);
    sandwich(M, Y, inverse, true, 1 / eta_v, residual, scratch);
    sandwich(M, Z, inverse, false, 1 / eta_w, residual, scratch);
    sandwich(M, Z, inverse, true, 1 / eta_w, residual, scratch);
    return true;
}

void attndyn_balance_gram_early(size_t M, const double *Y, const double *Z, double eta_u,
                                double eta_v, double eta_w, double *excess) {
    memset(excess, 0, M * M * sizeof *excess);
    square(M, M, Y, false, eta_u / eta_v, excess);
    square(M, M, Y, true, eta_u / eta_v, excess);
    square(M, M, Z, false, eta_u / eta_w, excess);
    square(M, M, Z, true, eta_u / eta_w, excess);
}
