/* Statistics of attention, from passes over whole sequences. */
#include "heavy_hitters.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 12, CHOSEN = 4 };

static int falling(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

struct sums {
    double below, top, first, count, rows;
    double *mass; /* (T): sorted, summed over heads and sequences */
};

/* One head of one sequence: w (T, T), rows are queries. */
static void see(size_t T, size_t stride, const attndyn_real *w, double *room, struct sums *s) {
    for (size_t j = 0; j < T; j++) room[j] = 0;
    for (size_t i = 0; i < T; i++) {
        double most = 0, below = 0;
        for (size_t j = 0; j <= i; j++) most = fmax(most, (double)w[i * stride + j]);
        for (size_t j = 0; j <= i; j++) {
            below += (double)w[i * stride + j] < 0.01 * most;
            room[j] += (double)w[i * stride + j];
        }
        s->below += below / (double)(i + 1);
        if (i >= T / 2) s->first += (double)w[i * stride], s->rows++;
    }
    qsort(room, T, sizeof *room, falling);
    double top = 0, all = 0;
    for (size_t j = 0; j < T; j++) {
        s->mass[j] += room[j] / (double)T;
        all += room[j];
        if (5 * j < T) top += room[j];
    }
    s->top += top / all;
    s->count++;
}

/* Slope and R^2 of ln mass against ln rank, ranks 1 .. n. */
static void fit(size_t n, const double *mass, double *slope, double *r2) {
    double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
    for (size_t k = 0; k < n; k++) {
        double a = log((double)(k + 1)), b = log(mass[k]);
        x += a / (double)n, y += b / (double)n;
        xx += a * a / (double)n, xy += a * b / (double)n, yy += b * b / (double)n;
    }
    *slope = (xy - x * y) / (xx - x * x);
    *r2 = pow(xy - x * y, 2) / ((xx - x * x) * (yy - y * y));
}

/* The widest range of ranks, by its ratio, over which the least-squares line of ln mass on ln rank
 * is nowhere off by more than `most`; five ranks at least. */
static void straight(size_t n, const double *mass, double most, size_t *from, size_t *to,
                     double *slope) {
    *from = *to = 0;
    *slope = NAN;
    for (size_t i = 0; i + 4 < n; i++)
        for (size_t k = i + 4; k < n && mass[k] > 0; k++) {
            if (*to && (double)(k + 1) / (double)(i + 1) <= (double)*to / (double)*from) continue;
            double x = 0, y = 0, xx = 0, xy = 0, m = (double)(k - i + 1), off = 0;
            for (size_t j = i; j <= k; j++) {
                double a = log((double)(j + 1)), b = log(mass[j]);
                x += a / m, y += b / m, xx += a * a / m, xy += a * b / m;
            }
            const double s = (xy - x * y) / (xx - x * x);
            for (size_t j = i; j <= k; j++)
                worst(&off, log(mass[j]) - y - s * (log((double)(j + 1)) - x));
            if (off <= most) *from = i + 1, *to = k + 1, *slope = s;
        }
}

static double coverage(size_t queries, size_t stride, const attndyn_real *w, unsigned set) {
    double sum = 0;
    for (size_t i = 0; i < queries; i++) {
        double most = 0;
        for (size_t j = 0; j < KEYS; j++)
            if (set >> j & 1) most = fmax(most, (double)w[i * stride + j]);
        sum += most;
    }
    return sum;
}

static int members(unsigned set) {
    int n = 0;
    for (; set; set &= set - 1) n++;
    return n;
}

/* The greedy choice of CHOSEN keys among the first KEYS by coverage of the queries that see all of
 * them, over the best of all subsets. */
static double greedy_share(size_t T, size_t stride, const attndyn_real *w) {
    const attndyn_real *from = w + (KEYS - 1) * stride;
    size_t queries = T - KEYS + 1;
    unsigned set = 0;
    double best = 0;
    for (int k = 0; k < CHOSEN; k++) {
        double most = -1;
        unsigned add = 0;
        for (unsigned j = 0; j < KEYS; j++) {
            double value = set >> j & 1 ? -1 : coverage(queries, stride, from, set | 1u << j);
            if (value > most) most = value, add = 1u << j;
        }
        set |= add;
    }
    for (unsigned all = 0; all < 1u << KEYS; all++)
        if (members(all) == CHOSEN) best = fmax(best, coverage(queries, stride, from, all));
    return coverage(queries, stride, from, set) / best;
}

/* The same where a set is worth the attention that its keys get in sum: the greedy choice is then
 * the best one (a modular objective). */
static double greedy_mass(size_t T, size_t stride, const attndyn_real *w) {
    double mass[KEYS], sum = 0, best = 0;
    unsigned set = 0;
    for (size_t j = 0; j < KEYS; j++) {
        mass[j] = 0;
        for (size_t i = KEYS - 1; i < T; i++) mass[j] += (double)w[i * stride + j];
    }
    for (int k = 0; k < CHOSEN; k++) {
        size_t most = KEYS;
        for (size_t j = 0; j < KEYS; j++)
            if (!(set >> j & 1) && (most == KEYS || mass[j] > mass[most])) most = j;
        set |= 1u << most;
        sum += mass[most];
    }
    for (unsigned all = 0; all < 1u << KEYS; all++) {
        double of = 0;
        if (members(all) != CHOSEN) continue;
        for (size_t j = 0; j < KEYS; j++)
            if (all >> j & 1) of += mass[j];
        best = fmax(best, of);
    }
    return sum / best;
}

enum attndyn_status heavy_hitters_look(const struct trial *run, const struct network *network,
                                       long seed, const char *trained, bool first, size_t streams,
                                       const uint32_t *tokens, double *greedy, double *greedy_mean,
                                       double *modular) {
    const struct network_recipe *r = &network->recipe;
    size_t T = r->length, H = r->heads, L = r->layers, looks = 0;
    struct attndyn_transformer *model;
    struct sums *sums;
    double *room;
    ATTNDYN_TRY(attndyn_transformer_over(run->ctx, network->weights, 1, T, &model));
    ATTNDYN_ALLOC(run->ctx, sums, L);
    ATTNDYN_ALLOC(run->ctx, room, T);
    for (size_t l = 0; l < L; l++) ATTNDYN_ALLOC(run->ctx, sums[l].mass, T);
    *greedy = *modular = 1;
    *greedy_mean = 0;
    for (size_t i = 0; i < streams; i++) {
        const struct attndyn_batch batch = {
            .sequences = 1, .length = T, .tokens = tokens + i * (T + 1)};
        attndyn_transformer_loss(model, &batch);
        for (size_t l = 0; l < L; l++) {
            size_t stride;
            const attndyn_real *a =
                attndyn_transformer_view(model, ATTNDYN_VIEW_ATTENTION, l, &stride);
            for (size_t h = 0; h < H; h++) {
                see(T, stride, a + h * T * stride, room, &sums[l]);
                if (i >= 4) continue;
                double share = greedy_share(T, stride, a + h * T * stride);
                *greedy = fmin(*greedy, share);
                *modular = fmin(*modular, greedy_mass(T, stride, a + h * T * stride));
                *greedy_mean += share;
                looks++;
            }
        }
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
    }
    *greedy_mean /= (double)looks;
    for (size_t l = 0; l < L; l++) {
        double slope, r2, line;
        size_t from, to;
        for (size_t j = 0; j < T; j++) sums[l].mass[j] /= sums[l].count;
        fit(T / 2, sums[l].mass, &slope, &r2);
        straight(T, sums[l].mass, 0.1, &from, &to, &line);
        ATTNDYN_TRY(EMIT(run, attention, .seed = seed, .trained = trained, .layer = (long)l,
                         .below1 = sums[l].below / sums[l].count / (double)T,
                         .top20 = sums[l].top / sums[l].count,
                         .first = sums[l].first / sums[l].rows, .exponent = slope, .fit = r2,
                         .line_from = (long)from, .line_to = (long)to, .line_slope = line));
        for (size_t j = 0; first && j < T; j++)
            ATTNDYN_TRY(EMIT(run, accumulated, .trained = trained, .layer = (long)l,
                             .rank = (long)(j + 1), .mass = sums[l].mass[j]));
    }
    return ATTNDYN_OK;
}
