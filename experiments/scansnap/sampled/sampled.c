#include "sampled.h"

#include "sim/num/linalg.h"
#include "theory/scansnap/frozen.h"

/* h* of Eq. 33 in u = M h*: u(0..count). */
static enum attndyn_status recursion(const struct trial *run, double M, double eta, size_t count,
                                     double **u) {
    ATTNDYN_ALLOC(run->ctx, *u, count + 1);
    for (size_t s = 1; s <= count; s++)
        (*u)[s] = (*u)[s - 1] + M * eta / (M - 1 + exp((*u)[s - 1]));
    return ATTNDYN_OK;
}

/* --- full matrices ------------------------------------------------------------------------------
 * Y itself, token by token: this uses neither h* nor the independence of the classes. */

struct decoder {
    size_t K, M, rows; /* rows of Y that move: a class's distinct tokens, and the common one */
    double *F;         /* (rows, K) */
    double *G;         /* (rows, K): f_n - F E' e_n = F (I + E)^-1 e_n, column n */
    double *Y;         /* (rows, M) */
    double *w;         /* (M) scratch */
};

static enum attndyn_status features(const struct trial *run, const struct sampled *p, long number,
                                    struct decoder *m) {
    struct attndyn_random random;
    size_t K = (size_t)p->classes, D = (size_t)p->distinct;
    double *gram, *inverse;
    *m = (struct decoder){.K = K, .M = (size_t)p->outputs, .rows = K * D + 1};
    ATTNDYN_ALLOC(run->ctx, m->F, m->rows * K);
    ATTNDYN_ALLOC(run->ctx, m->G, m->rows * K);
    ATTNDYN_ALLOC(run->ctx, m->Y, m->rows * m->M);
    ATTNDYN_ALLOC(run->ctx, m->w, m->M);
    ATTNDYN_ALLOC(run->ctx, gram, K * K);
    ATTNDYN_ALLOC(run->ctx, inverse, K * K);
    ATTNDYN_TRY(attndyn_random_init(
        run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
        attndyn_random_derive((uint64_t)p->seed, "sampled features", (uint64_t)number)));
    for (size_t n = 0; n < K; n++) {
        double own = 0;
        for (size_t j = 0; j < D; j++) {
            double weight = 0.5 + attndyn_random_uniform(&random);
            m->F[(n * D + j) * K + n] = weight;
            own += weight * weight;
        }
        for (size_t j = 0; j < D; j++) m->F[(n * D + j) * K + n] *= sqrt((1 - p->overlap) / own);
        m->F[K * D * K + n] = sqrt(p->overlap);
    }
    attndyn_random_done(&random);
    for (size_t a = 0; a < K; a++)
        for (size_t b = 0; b < K; b++)
            for (size_t r = 0; r < m->rows; r++)
                gram[a * K + b] += m->F[r * K + a] * m->F[r * K + b];
    for (size_t a = 0; a < K; a++) inverse[a * K + a] = 1;
    ATTNDYN_TRY(attndyn_linear_solve(run->ctx, K, gram, K, inverse, inverse));
    for (size_t r = 0; r < m->rows; r++)
        for (size_t a = 0; a < K; a++)
            for (size_t b = 0; b < K; b++) m->G[r * K + b] += m->F[r * K + a] * inverse[a * K + b];
    return ATTNDYN_OK;
}

/* w_n = Y^T f_n into m->w. */
static void logits(struct decoder *m, size_t n) {
    for (size_t j = 0; j < m->M; j++) m->w[j] = 0;
    for (size_t r = 0; r < m->rows; r++) {
        double f = m->F[r * m->K + n];
        if (f == 0) continue;
        for (size_t j = 0; j < m->M; j++) m->w[j] += f * m->Y[r * m->M + j];
    }
}

/* Eq. 26 for a sample of class n. */
static void step(struct decoder *m, size_t n, double eta) {
    double sum = 0;
    logits(m, n);
    for (size_t j = 0; j < m->M; j++) sum += m->w[j] = exp(m->w[j]);
    for (size_t r = 0; r < m->rows; r++) {
        double g = eta * m->G[r * m->K + n];
        for (size_t j = 0; j < m->M; j++)
            m->Y[r * m->M + j] += g * ((j == n ? 1 : 0) - m->w[j] / sum);
    }
}

static enum attndyn_status see(const struct trial *run, struct decoder *m, long number, long steps,
                               const size_t *visits, const double *u) {
    double error = 0, largest = 0, least = 1, M = (double)m->M;
    for (size_t n = 0; n < m->K; n++) {
        double sum = 0, h = u[visits[n]] / M;
        logits(m, n);
        for (size_t j = 0; j < m->M; j++) {
            /* (M-1) zeta_n = M e_n - 1 */
            worst(&error, m->w[j] - h * (j == n ? M - 1 : -1));
            worst(&largest, m->w[j]);
            sum += exp(m->w[j]);
        }
        keep_smaller(&least, exp(m->w[n]) / sum);
    }
    return EMIT(run, matrices, .run = number, .steps = steps, .alpha_own = least, .error = error,
                .largest = largest);
}

static enum attndyn_status matrix_run(const struct trial *run, const struct sampled *p, long number,
                                      const double *u) {
    struct decoder m;
    struct attndyn_random random;
    size_t *visits;
    ATTNDYN_TRY(features(run, p, number, &m));
    ATTNDYN_ALLOC(run->ctx, visits, m.K);
    ATTNDYN_TRY(attndyn_random_init(
        run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
        attndyn_random_derive((uint64_t)p->seed, "sampled classes", (uint64_t)number)));
    for (long s = 1; s <= p->steps; s++) {
        size_t n = number == 0 ? 0 : (size_t)(attndyn_random_uniform(&random) * (double)m.K);
        step(&m, n, p->eta_y);
        visits[n]++;
        /* at 1, 2, 4, ... and at the end */
        if ((s & (s - 1)) != 0 && s < p->steps) continue;
        ATTNDYN_TRY(see(run, &m, number, s, visits, u));
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

/* --- streams: counts alone ----------------------------------------------------------------------
 */

struct visited {
    double variance, lemma_10, h, sigma, late, theta, rms, mean;
};

static void look(const struct sampled *p, const double *u, double N, const unsigned *counts,
                 struct visited *t) {
    double K = (double)p->classes, M = (double)p->outputs, largest = 0;
    double Nbar = ceil(N / K), Delta = ceil(sqrt(N * log(1 / p->delta)));
    /* at Nbar the paper takes the continuous h */
    double at_mean = attndyn_frozen_gap(M, M * p->eta_y * Nbar);
    for (long n = 0; n < p->classes; n++) {
        double own = u[counts[n]], theta = own / at_mean - 1;
        double sigma = (M - 1 + exp(at_mean)) / (M - 1 + exp(own)) - 1;
        t->variance += pow(counts[n] - N / K, 2);
        t->lemma_10 += fabs(counts[n] - Nbar) > sqrt(N / 2 * log(2 / p->delta)) + 1;
        t->h += fabs(theta) > Delta / Nbar;
        t->sigma += fabs(sigma) > p->eta_y * Delta / 3;
        t->late += fabs(sigma) > Delta / Nbar;
        t->rms += theta * theta;
        t->mean += theta;
        worst(&largest, theta);
    }
    t->theta += largest > K / sqrt(N) * sqrt(log(K / p->delta));
}

static enum attndyn_status streams(const struct trial *run, const struct sampled *p,
                                   const double *u) {
    size_t K = (size_t)p->classes, looks = p->samples.count;
    struct visited *t;
    unsigned *counts, *more;
    double *uniform, count = (double)p->streams, all = count * (double)K;
    ATTNDYN_ALLOC(run->ctx, t, looks);
    ATTNDYN_ALLOC(run->ctx, counts, K);
    ATTNDYN_ALLOC(run->ctx, more, K);
    ATTNDYN_ALLOC(run->ctx, uniform, K);
    for (size_t n = 0; n < K; n++) uniform[n] = 1 / (double)K;
    for (long k = 0; k < p->streams; k++) {
        uint64_t state = attndyn_random_derive((uint64_t)p->seed, "sampled streams", (uint64_t)k);
        for (size_t n = 0; n < K; n++) counts[n] = 0;
        for (size_t i = 0; i < looks; i++) {
            double before = i ? p->samples.at[i - 1] : 0;
            attndyn_splitmix_multinomial(&state, K, (unsigned)(p->samples.at[i] - before), uniform,
                                         more);
            for (size_t n = 0; n < K; n++) counts[n] += more[n];
            look(p, u, p->samples.at[i], counts, &t[i]);
        }
    }
    for (size_t i = 0; i < looks; i++) {
        double N = p->samples.at[i], M = (double)p->outputs, K_ = (double)K;
        double gap = attndyn_frozen_gap(M, M * p->eta_y * N / K_);
        double rate = M * p->eta_y / (M - 1 + exp(gap));
        ATTNDYN_TRY(EMIT(run, streams, .samples = (long)N, .count_variance = t[i].variance / all,
                         .outside_10 = t[i].lemma_10 / all, .outside_h = t[i].h / all,
                         .outside_sigma = t[i].sigma / all, .outside_late = t[i].late / all,
                         .outside_theta = t[i].theta / count, .theta_rms = sqrt(t[i].rms / all),
                         .theta_derived = sqrt(N * (K_ - 1)) / K_ * rate / gap,
                         .theta_mean = t[i].mean / all));
    }
    return ATTNDYN_OK;
}

/* --- Corollary 1: how many samples --------------------------------------------------------------
 */

static enum attndyn_status counts(const struct trial *run, const struct sampled *p) {
    for (size_t i = 0; i < p->outputs_counted.count; i++)
        for (size_t k = 0; k < p->epsilons.count; k++) {
            double M = p->outputs_counted.at[i], eps = p->epsilons.at[k], u = 0, visits = 0;
            double norm = sqrt(M * (M - 1)); /* ||(M-1) zeta_n|| */
            while (norm / (M - 1 + exp(u)) > eps) {
                u += M * p->eta_y / (M - 1 + exp(u));
                visits++;
            }
            double goal = log(norm / eps - (M - 1));
            ATTNDYN_TRY(EMIT(run, counts, .outputs = M, .epsilon = eps, .visits = visits,
                             .closed = (expm1(goal) + (M - 1) * goal) / M / p->eta_y,
                             .simple = (1 / eps + log(M / eps)) / p->eta_y,
                             .printed = log(M / eps) / (eps * p->eta_y)));
        }
    return ATTNDYN_OK;
}

RUN(sampled) {
    double *u, most = (double)p->steps;
    ATTNDYN_TRY(NOT_EMPTY(run, p, samples));
    if (p->outputs <= p->classes)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "outputs=%ld: expected more than classes=%ld",
                            p->outputs, p->classes);
    for (size_t i = 0; i < p->samples.count; i++) {
        double N = p->samples.at[i];
        if (N != floor(N) || (i && N <= p->samples.at[i - 1]))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "samples=...,%g: expected rising whole numbers", N);
        keep_larger(&most, N);
    }
    ATTNDYN_TRY(recursion(run, (double)p->outputs, p->eta_y, (size_t)most, &u));
    for (long k = 0; k <= p->runs; k++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(matrix_run(run, p, k, u));
        attndyn_memory_release(run->ctx, mark);
    }
    ATTNDYN_TRY(streams(run, p, u));
    return counts(run, p);
}

static const struct figure figures[] = {
    {"sampled", "scansnap/sampled/sampled.gp",
     "Left: root mean square of the scatter theta_n of the logits under sampled classes (points) "
     "against the number N of samples, its first order derived here (line) and the bound of Lemma "
     "12 (dashed). Right: visits of a class that bring ||e_n - alpha_n|| below eps (points) on "
     "(1/eps + ln(M/eps))/eta_Y (lines); Corollary 1's bound (dashed) multiplies 1/eps by a "
     "logarithm that is not needed."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, error, "error of the last run in full matrices", LAST_OF(matrices, error))         \
    X(OPTIONAL, theta_rms, "root mean square of theta_n at the most samples",                      \
      LAST_OF(streams, theta_rms))                                                                 \
    X(OPTIONAL, visits, "visits of a class that the smallest error takes", LAST_OF(counts, visits))
SCALARS(taken, TAKEN)

const struct experiment experiment_scansnap_sampled = {
    .id = "scansnap/sampled",
    .title = "Lemmas 5 and 10 to 12, Theorem 5, Corollary 1: the decoder under sampled classes",
    .source = "Scan&Snap (arXiv 2305.16380v4), appendix D.2 to D.4",
    .doc =
        "One sample a step, its class drawn uniformly; the features F = [f_1 .. f_K] stand still, "
        "F^T F = I + E; the gradient is the modified one of the paper's proof, Y += eta_Y (f_n - "
        "F E' e_n)(e_n - alpha_n)^T (Eq. 26), E' = I - (I + E)^-1. The paper: a class's logits "
        "w_n = Y^T f_n depend on its own visits N_n alone, w_n = (M-1) h*(N_n) zeta_n, and N_n "
        "scatters about N/K after N samples; so do h(N_n), the residual factor 1/(M-1+e^{M h}) "
        "and theta_n in w_n = (1 + theta_n) (M-1) h(N/K) zeta_n. Here zeta_n = (M/(M-1)) (e_n - "
        "1/M), h* is the recursion of Eq. 33 and h its continuous form, Eq. 45.\n"
        "The table matrices steps Y itself, token by token, and compares all logits with that. "
        "The table streams draws visits alone, thousands of times. The table counts steps h* "
        "until ||e_n - alpha_n|| is at most eps: Corollary 1 says O((K/(eps eta_Y)) ln(M/eps)) "
        "samples at most; by Eq. 45 they are (K/eta_Y)(1/eps + ln(M/eps)).",
    .presets = (const struct preset[]){{"quick", "", "K = 3, M = 400, inside the assumptions"},
                                       {"short", "streams=200000 runs=10 steps=20000",
                                        "a hundred times the streams"},
                                       {"wide", "classes=10 outputs=50000 overlap=0.011 steps=300",
                                        "K = 10 takes 50,000 tokens to be inside"},
                                       {0}},
    .tables = TABLES(matrices, streams, counts),
    .figures = figures,
    PARTS_OF(sampled, taken)};
