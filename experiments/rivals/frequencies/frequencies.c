#include "frequencies.h"

#include "experiments/shared/kept.h"
#include "experiments/shared/solve.h"
#include "sim/base/random.h"
#include "sim/model/rivals/frequencies.h"
#include "theory/nodes/coupon.h"
#include "theory/rivals/frequencies.h"

#include <string.h>

static enum attndyn_status draw(const struct trial *run, const struct frequencies *p,
                                const char *what, uint64_t index, size_t count, double *w) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, what, index)));
    attndyn_random_normals(&random, p->sd, count, w);
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

static size_t largest(size_t count, const double *a, const double *b, bool product) {
    size_t best = 0;
    for (size_t k = 1; k < count; k++) {
        double here = product ? a[k] * b[k] : a[k] + b[k];
        double there = product ? a[best] * b[best] : a[best] + b[best];
        if (here > there) best = k;
    }
    return best;
}

static enum attndyn_status climb(const struct trial *run, const struct frequencies *p,
                                 struct attndyn_frequencies *model, long node, double *w,
                                 double *powers) {
    size_t P = (size_t)p->p, F = (P - 1) / 2;
    double *a0 = powers, *b0 = a0 + F, *a = b0 + F, *b = a + F, conserved = 0, most = 0, length = 0;
    ATTNDYN_TRY(draw(run, p, "rivals/frequencies", (uint64_t)node, 2 * P, w));
    w[2 * P] = 0;
    attndyn_frequencies_power(P, w, a0), attndyn_frequencies_power(P, w + P, b0);
    for (size_t i = 0; i < 2 * P; i++) length += w[i] * w[i];
    double energy = attndyn_frequencies_energy(model, w) / attndyn_frequency_energy(P, a0, b0);
    double end = 300 * sqrt(length); /* by then only one frequency is left */
    const struct attndyn_ode_options solver =
        solve_within(ATTNDYN_ODE_DOP853, p->rtol, 1e-3 * p->rtol * p->sd);
    ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &model->problem, &solver, 0, w, &end, 1, NULL, NULL));
    attndyn_frequencies_power(P, w, a), attndyn_frequencies_power(P, w + P, b);
    size_t winner = largest(F, a, b, true), rule = attndyn_frequency_winner(F, a0, b0);
    for (size_t k = 0; k < F; k++) {
        if (k != winner) worst(&conserved, (a[k] - b[k]) - (a0[k] - b0[k]));
        most = fmax(most, a0[k]);
    }
    return EMIT(run, winners, .node = node, .winner = (long)winner + 1,
                .logarithmic = (long)rule + 1, .arithmetic = (long)largest(F, a0, b0, false) + 1,
                .product = (long)largest(F, a0, b0, true) + 1,
                .t = w[2 * P] + attndyn_frequency_time(a[winner], b[winner]),
                .predicted = attndyn_frequency_time(a0[winner], b0[winner]), .energy = energy,
                .conserved = conserved / most);
}

static enum attndyn_status committee(const struct trial *run, const struct frequencies *p,
                                     size_t nodes, double *powers) {
    size_t P = (size_t)p->p, F = (P - 1) / 2, full = 0;
    bool found[64];
    for (long d = 0; d < p->draws; d++) {
        size_t count = 0;
        memset(found, 0, sizeof found);
        struct attndyn_random random;
        ATTNDYN_TRY(
            attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                attndyn_random_derive((uint64_t)p->seed, "rivals/committees",
                                                      (uint64_t)d * 10000 + nodes)));
        for (size_t k = 0; k < nodes && count < F; k++) {
            /* Fourier coefficients of white weights are independent normals: powers are
             * exponential */
            for (size_t f = 0; f < 2 * F; f++)
                powers[f] = -log(1 - attndyn_random_uniform(&random));
            size_t winner = attndyn_frequency_winner(F, powers, powers + F);
            count += !found[winner];
            found[winner] = true;
        }
        attndyn_random_done(&random);
        full += count == F;
    }
    return EMIT(run, found, .nodes = (long)nodes, .share = (double)full / (double)p->draws,
                .predicted = attndyn_coupon_all(F, nodes, 1));
}

RUN(frequencies) {
    struct attndyn_frequencies *model;
    double *w, *powers;
    size_t P = (size_t)p->p;
    if (P % 2 == 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "p=%zu: expected an odd modulus", P);
    ATTNDYN_TRY(kept_needs(run, "committees", p->committees));
    ATTNDYN_TRY(attndyn_frequencies_create(run->ctx, P, &model));
    ATTNDYN_ALLOC(run->ctx, w, 2 * P + 1);
    ATTNDYN_ALLOC(run->ctx, powers, 4 * P);
    for (long node = 0; node < p->nodes; node++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(climb(run, p, model, node, w, powers));
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "nodes", (double)(node + 1), (double)p->nodes);
    }
    for (size_t i = 0; i < p->committees.count; i++)
        ATTNDYN_TRY(committee(run, p, (size_t)p->committees.at[i], powers));
    return ATTNDYN_OK;
}

static const struct figure figures[] = {
    {"frequencies", "rivals/frequencies/frequencies.gp",
     "(a) Time of a node's blow-up, integrated, against 1/(8 L_k) of its winner: on the diagonal. (b) How "
     "often three rules name the winner: the logarithmic mean always, the others not. (c) Committees that "
     "find all frequencies, beside the coupon collector."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, share, "share of the committees of the last size that find all frequencies",       \
      LAST_OF(found, share))                                                                       \
    X(OPTIONAL, predicted_share, "the same by coupon collecting", LAST_OF(found, predicted))       \
    X(OPTIONAL, t_mean, "time of a node's blow-up, mean over nodes", MEAN_OF(winners, t))
SCALARS(taken, TAKEN)

const struct experiment experiment_rivals_frequencies = {
    .id = "rivals/frequencies",
    .title = "Grokking as energy ascent: which frequency a node finds",
    .source =
        "Li2 (arXiv 2509.21519), CoGS (2410.01779), 2602.16849; the logarithmic mean derived here",
    .doc =
        "A quadratic node (w1_x + w2_y)^2 on addition modulo p climbs the energy E = (4/p) sum_k a_k b_k, "
        "a_k = |w1^_k|^2, b_k = |w2^_k|^2: frequencies decouple, da/dt = db/dt = 8 a b, a - b is conserved, "
        "and k alone blows up at 1/(8 L_k), L_k the logarithmic mean of a_k and b_k at the start: the winner "
        "is argmax_k L_k. Integrated here in the weights themselves, in path length. All (p-1)/2 "
        "frequencies are found by coupon collecting.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"},
                                       {"short", "nodes=1000 draws=100000",
                                        "ten times as many nodes, 25 times as many committees"},
                                       {"many", "nodes=1000 draws=100000",
                                        "ten times as many nodes, 25 times as many committees"},
                                       {0}},
    .tables = TABLES(winners, found),
    .figures = figures,
    PARTS_OF(frequencies, taken)};
