/* Figures 4 (right), 5, 11 and 12 of Scan&Snap: trainings on Syn-Small and Syn-Medium. */
#define ATTNDYN_DOUBLE
#include "experiments/frame/contract/typed.h"
#include "experiments/statements/statements.h"
#include "sim/data/distribution.h"
#include "sim/model/scansnap/sgd.h"
#include "sim/num/optim/optimizer.h"
#include "sim/num/stats.h"

#include <stdlib.h>
#include <string.h>

#define SGD_FIGURES(X)                                                                             \
    X(INT, seeds, "16", "trainings of each cell", IN(2, 3000))                                     \
    X(INT, seed, "1", "seed of the first training; the others follow")                             \
    X(INT, steps, "100", "updates of figures 4, 11 and 12", IN(21, 1000000))                       \
    X(INT, adam_steps, "200", "updates of figure 5", IN(21, 1000000))                              \
    X(REALS, adam_rates, "0.1,0.5,1", "learning rates of figure 5, of Y and Z alike",              \
      IN(1e-6, 100))                                                                               \
    X(REALS, ratios, "1,2,5,10", "eta_Y/eta_Z of figures 11 and 12, at eta_Z = 1", IN(1e-3, 1e3))  \
    X(REALS, eta_z, "0.5,1,2,3", "eta_Z of figures 11 and 12, at eta_Y/eta_Z = 2", IN(1e-3, 1e3))  \
    X(INT, num_last, "3", "last tokens L of figures 11 and 12, with two next tokens each",         \
      IN(1, 100))
PARAMS(sgd_figures, SGD_FIGURES)
#define PARAMETERS sgd_figures

#define SMALL(X)                                                                                   \
    X(TEXT, optimiser, "sgd: figure 4; adam: figure 5")                                            \
    X(REAL, rate, "rate of the attention, eta_Z")                                                  \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(INT, seed, "seed of the training")                                                           \
    X(REAL, entropy, "entropy of c_1 on its class's distinct tokens, renormalised, at the end",    \
      .unit = "nat")                                                                               \
    X(REAL, left,                                                                                  \
      "distance of the attention after 20 updates from that at the end (total "                    \
      "variation), over the distance before the first")                                            \
    X(INT, chosen, "fewest distinct tokens that hold 90 % of the attention on the distinct ones")  \
    X(INT, set, "which these are, a bit for each token")
TABLE(small, SMALL, "figures 4 and 5: every training")

#define MEDIUM(X)                                                                                  \
    X(TEXT, sweep, "ratio: figure 11; eta_z: figure 12")                                           \
    X(REAL, eta_z, "rate of the attention, eta_Z")                                                 \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(INT, seed, "seed of the training")                                                           \
    X(REAL, low, "M c_nl that three quarters of the distinct tokens exceed")                       \
    X(REAL, middle, "M c_nl that half of the distinct tokens exceed")                              \
    X(REAL, high, "M c_nl that a quarter of the distinct tokens exceeds")
TABLE(medium, MEDIUM, "figures 11 and 12: every training")

/* --- Syn-Small ----------------------------------------------------------------------------------
 */

enum { SMALL_DISTINCT = 10 };

struct course {
    size_t count; /* entries of class 0 */
    double start[64], at_20[64], end[64];
    bool distinct[64];
};

static double variation(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(a[i] - b[i]) / 2;
    return sum;
}

/* Distinct tokens by falling attention until 90 % of theirs is reached; ties by number. */
static enum attndyn_status emit_small(const struct trial *run, const char *optimiser, double rate,
                                      double ratio, long seed, const struct course *c) {
    double mass = 0, entropy = 0, held = 0;
    long chosen = 0, set = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->distinct[i]) mass += c->end[i];
    for (size_t i = 0; i < c->count; i++)
        if (c->distinct[i] && c->end[i] > 0) entropy -= c->end[i] / mass * log(c->end[i] / mass);
    while (held < 0.9 * mass) {
        size_t best = SIZE_MAX, bit = 0, best_bit = 0;
        for (size_t i = 0; i < c->count; i++) {
            if (!c->distinct[i]) continue;
            if (!(set >> bit & 1) && (best == SIZE_MAX || c->end[i] > c->end[best]))
                best = i, best_bit = bit;
            bit++;
        }
        if (best == SIZE_MAX) break;
        held += c->end[best];
        set |= 1L << best_bit;
        chosen++;
    }
    return EMIT(run, small, .optimiser = optimiser, .rate = rate, .ratio = ratio, .seed = seed,
                .entropy = entropy,
                .left =
                    variation(c->count, c->at_20, c->end) / variation(c->count, c->start, c->end),
                .chosen = chosen, .set = set);
}

static enum attndyn_status see(const struct trial *run, const struct attndyn_sgd *sgd, long done,
                               long steps, struct course *c) {
    const struct attndyn_distribution *d = sgd->distribution;
    c->count = d->start[1] - d->start[0];
    if (!isfinite(sgd->loss))
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "the loss is not finite at update %ld",
                            done);
    if (c->count > sizeof c->end / sizeof *c->end)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "a class of %zu tokens", c->count);
    for (size_t i = 0; i < c->count; i++) c->distinct[i] = sgd->flow->entry_distinct[i];
    double *to = done == 0 ? c->start : done == 20 ? c->at_20 : done == steps ? c->end : NULL;
    if (to) attndyn_sgd_attention(sgd, 0, to);
    return ATTNDYN_OK;
}

/* Figure 4: PyTorch's SGD, momentum 0.9, from zero. */
static enum attndyn_status figure_4(const struct trial *run, const struct sgd_figures *p,
                                    const struct attndyn_distribution *d, double ratio, long seed) {
    struct attndyn_sgd *sgd;
    struct course c;
    const struct attndyn_sgd_options options = {
        .seq_len = 128,
        .batch = 128,
        .lr_z = 1,
        .lr_y = ratio,
        .momentum = 0.9,
        .init = ATTNDYN_SGD_ZERO,
        .seed = attndyn_random_derive((uint64_t)seed, "figure 4", (uint64_t)(1000 * ratio))};
    ATTNDYN_TRY(attndyn_sgd_create(run->ctx, d, &options, &sgd));
    for (long k = 0; k <= p->steps; k++) {
        if (k > 0) attndyn_sgd_step(sgd);
        ATTNDYN_TRY(see(run, sgd, k, p->steps, &c));
    }
    return emit_small(run, "sgd", 1, ratio, seed, &c);
}

/* Figure 5: Adam. A plain SGD step at rate 0 leaves minus the gradient in its momenta, where it is
 * read. */
static enum attndyn_status figure_5(const struct trial *run, const struct sgd_figures *p,
                                    const struct attndyn_distribution *d, double rate, long seed) {
    struct attndyn_sgd *sgd;
    struct attndyn_optimizer *adam;
    struct course c;
    const struct attndyn_sgd_options options = {
        .seq_len = 128,
        .batch = 128,
        .init = ATTNDYN_SGD_ZERO,
        .seed = attndyn_random_derive((uint64_t)seed, "figure 5", (uint64_t)(1000 * rate))};
    ATTNDYN_TRY(attndyn_sgd_create(run->ctx, d, &options, &sgd));
    struct attndyn_parameter both[2] = {{.name = "Y",
                                         .dimensions = 2,
                                         .rows = sgd->flow->rows,
                                         .columns = sgd->stride,
                                         .value = sgd->Y},
                                        {.name = "z",
                                         .dimensions = 1,
                                         .rows = 1,
                                         .columns = sgd->flow->n - sgd->flow->z_at,
                                         .value = sgd->z}};
    const double *ascent[2] = {sgd->vY, sgd->vz};
    for (int i = 0; i < 2; i++)
        ATTNDYN_ALLOC(run->ctx, both[i].gradient, attndyn_parameter_count(&both[i]));
    ATTNDYN_TRY(attndyn_optimizer_create(
        run->ctx, &(struct attndyn_optimizer_options){.kind = ATTNDYN_OPTIMIZER_ADAM}, both, 2,
        &adam));
    for (long k = 0; k <= p->adam_steps; k++) {
        if (k > 0) {
            attndyn_sgd_step(sgd);
            for (int i = 0; i < 2; i++)
                for (size_t j = 0; j < attndyn_parameter_count(&both[i]); j++)
                    both[i].gradient[j] = -ascent[i][j];
            attndyn_optimizer_step(adam, rate);
        }
        ATTNDYN_TRY(see(run, sgd, k, p->adam_steps, &c));
    }
    return emit_small(run, "adam", rate, 1, seed, &c);
}

/* --- Syn-Medium: recall, the share of distinct tokens above a threshold -------------------------
 */

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum attndyn_status recall(const struct trial *run, const struct sgd_figures *p,
                                  const struct attndyn_distribution *d, const char *sweep,
                                  double eta_z, double ratio, long seed) {
    struct attndyn_sgd *sgd;
    double *all, *c, low, middle, high;
    size_t count = 0, widest = 0;
    /* the M of the authors' thresholds counts commons and distinct tokens, not queries and
     * answers */
    double M = 10 + 10 * (double)d->classes;
    const struct attndyn_sgd_options options = {
        .seq_len = 128,
        .batch = 128,
        .lr_z = eta_z,
        .lr_y = eta_z * ratio,
        .momentum = 0.9,
        .init = ATTNDYN_SGD_UNIFORM,
        .seed = attndyn_random_derive((uint64_t)seed, sweep,
                                      (uint64_t)(1000 * ratio) + (uint64_t)(1e6 * eta_z))};
    ATTNDYN_TRY(attndyn_sgd_create(run->ctx, d, &options, &sgd));
    for (long k = 0; k < p->steps; k++) attndyn_sgd_step(sgd);
    if (!isfinite(sgd->loss))
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "the loss is not finite");
    for (size_t n = 0; n < d->classes; n++)
        widest = d->start[n + 1] - d->start[n] > widest ? d->start[n + 1] - d->start[n] : widest;
    ATTNDYN_ALLOC(run->ctx, c, widest);
    ATTNDYN_ALLOC(run->ctx, all, d->start[d->classes]);
    for (size_t n = 0; n < d->classes; n++) {
        attndyn_sgd_attention(sgd, n, c);
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            if (sgd->flow->entry_distinct[e]) all[count++] = M * c[e - d->start[n]];
    }
    qsort(all, count, sizeof *all, rising);
    ATTNDYN_TRY(attndyn_quantile(run->ctx, count, all, 0.25, &low));
    ATTNDYN_TRY(attndyn_quantile(run->ctx, count, all, 0.5, &middle));
    ATTNDYN_TRY(attndyn_quantile(run->ctx, count, all, 0.75, &high));
    return EMIT(run, medium, .sweep = sweep, .eta_z = eta_z, .ratio = ratio, .seed = seed,
                .low = low, .middle = middle, .high = high);
}

static enum attndyn_status authors(const struct trial *run, size_t last, size_t next,
                                   struct attndyn_distribution **d) {
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(
        attndyn_family_authors(run->ctx, last, next, SMALL_DISTINCT, SMALL_DISTINCT, &family));
    return attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, d);
}

RUN(sgd_figures) {
    struct attndyn_distribution *small, *medium;
    ATTNDYN_TRY(authors(run, 2, 1, &small));
    ATTNDYN_TRY(authors(run, (size_t)p->num_last, 2, &medium));
    for (long s = p->seed; s < p->seed + p->seeds; s++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(figure_4(run, p, small, 1, s));
        ATTNDYN_TRY(figure_4(run, p, small, 10, s));
        for (size_t i = 0; i < p->adam_rates.count; i++)
            ATTNDYN_TRY(figure_5(run, p, small, p->adam_rates.at[i], s));
        for (size_t i = 0; i < p->ratios.count; i++)
            ATTNDYN_TRY(recall(run, p, medium, "ratio", 1, p->ratios.at[i], s));
        for (size_t i = 0; i < p->eta_z.count; i++)
            ATTNDYN_TRY(recall(run, p, medium, "eta_z", p->eta_z.at[i], 2, s));
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "seeds", (double)(s - p->seed + 1), (double)p->seeds);
    }
    return ATTNDYN_OK;
}

/* --- claims: means over seeds, in standard errors of their difference ---------------------------
 */

struct sample {
    double x[10000];
    size_t n;
};
static void put(struct sample *s, double x) {
    if (s->n < sizeof s->x / sizeof *s->x) s->x[s->n++] = x;
}

/* (mean of a - mean of b) over its standard error, which is taken as at least `least`. */
static double apart(const struct sample *a, const struct sample *b, double least) {
    double error = hypot(attndyn_standard_error(a->n, a->x), attndyn_standard_error(b->n, b->x));
    return (attndyn_mean(a->n, a->x) - attndyn_mean(b->n, b->x)) / fmax(error, least);
}

static enum attndyn_status figure_4_verdict(const struct trial *run, const struct sgd_figures *p,
                                            struct verdict *v, bool entropy) {
    struct sample *one, *ten;
    ATTNDYN_ALLOC(run->ctx, one, 1);
    ATTNDYN_ALLOC(run->ctx, ten, 1);
    EACH_ROW (run, small, r)
        if (strcmp(r->optimiser, "sgd") == 0)
            put(r->ratio == 1 ? one : ten, entropy ? r->entropy : -r->left);
    return verdict_at_least(v, apart(ten, one, 1e-6), v->bound,
                            "%s %.4f at ratio 10, %.4f at 1; difference in standard errors over "
                            "%ld seeds",
                            entropy ? "entropy" : "minus the way left",
                            attndyn_mean(ten->n, ten->x), attndyn_mean(one->n, one->x), p->seeds);
}

CLAIM(denser, "F4.denser", OF(S_F4_right),
      "With eta_Y/eta_Z = 10 the attention of class 0 ends denser than with 1: the mean over "
      "seeds of its entropy on the distinct tokens is higher, by {bound} standard errors or more.",
      "the difference of the means is below {bound} standard errors", .bound = 4) {
    return figure_4_verdict(run, p, v, true);
}

CLAIM(sooner, "F4.sooner", OF(S_F4_right),
      "With eta_Y/eta_Z = 10 the attention of class 0 settles sooner than with 1: after 20 updates "
      "less of the way to its end is left (total variation), in the mean over seeds, by {bound} "
      "standard errors or more.",
      "the difference of the means is below {bound} standard errors", .bound = 4) {
    return figure_4_verdict(run, p, v, false);
}

static double jaccard(long a, long b) {
    double both = 0, either = 0;
    for (int bit = 0; bit < SMALL_DISTINCT; bit++) {
        both += (double)((a & b) >> bit & 1);
        either += (double)((a | b) >> bit & 1);
    }
    return either > 0 ? both / either : 1;
}

CLAIM(
    subsets, "F5.subsets", OF(S_F5),
    "Under Adam the rate chooses the tokens: the sets of fewest distinct tokens that hold 90 % of "
    "the attention on distinct tokens overlap (Jaccard) less between rates than between seeds, by "
    "{bound} standard errors or more.",
    "the mean overlap between seeds is not larger by {bound} standard errors", .bound = 4) {
    struct sample *within, *between;
    ATTNDYN_ALLOC(run->ctx, within, 1);
    ATTNDYN_ALLOC(run->ctx, between, 1);
    EACH_ROW (run, small, r)
        EACH_ROW (run, small, q) {
            if (strcmp(r->optimiser, "adam") != 0 || strcmp(q->optimiser, "adam") != 0) continue;
            if (r->rate == q->rate && q->seed == r->seed + 1) put(within, jaccard(r->set, q->set));
            if (r->rate < q->rate && q->seed == r->seed) put(between, jaccard(r->set, q->set));
        }
    if (between->n == 0) return verdict_skip(v, "needs two adam_rates");
    return verdict_at_least(v, apart(within, between, 1e-6), v->bound,
                            "mean Jaccard overlap %.3f between seeds, %.3f between rates",
                            attndyn_mean(within->n, within->x),
                            attndyn_mean(between->n, between->x));
}

/* Recall falls slowly with the threshold if the middle half of the tokens covers a wide range of
 * thresholds. Compares the two ends of a sweep. */
static enum attndyn_status flatter(const struct trial *run, struct verdict *v, const char *sweep,
                                   bool rising_with_it) {
    struct sample *low, *high;
    double least = INFINITY, most = -INFINITY;
    bool by_ratio = strcmp(sweep, "ratio") == 0;
    ATTNDYN_ALLOC(run->ctx, low, 1);
    ATTNDYN_ALLOC(run->ctx, high, 1);
    EACH_ROW (run, medium, r) {
        if (strcmp(r->sweep, sweep) != 0) continue;
        keep_smaller(&least, by_ratio ? r->ratio : r->eta_z);
        keep_larger(&most, by_ratio ? r->ratio : r->eta_z);
    }
    if (!(most >= 2 * least)) return verdict_skip(v, "needs two values a factor 2 apart");
    EACH_ROW (run, medium, r) {
        double at = by_ratio ? r->ratio : r->eta_z;
        if (strcmp(r->sweep, sweep) != 0 || (at != least && at != most)) continue;
        put(at == most ? high : low, r->high - r->low);
    }
    return verdict_at_least(
        v, rising_with_it ? apart(high, low, 1e-6) : apart(low, high, 1e-6), v->bound,
        "thresholds of the middle half, times M: %.3f wide at %g, %.3f at %g",
        attndyn_mean(low->n, low->x), least, attndyn_mean(high->n, high->x), most);
}

#define NOT_FLATTER                                                                                \
    "the mean distance of the two thresholds is not larger by {bound} standard errors"
CLAIM(figure_11, "F11.smaller-ratio-flatter", OF(S_F11),
      "A smaller eta_Y/eta_Z flattens the curve of recall against the threshold: the thresholds "
      "that three quarters and one quarter of the distinct tokens pass lie farther apart at the "
      "smallest ratio than at the largest, by {bound} standard errors or more.",
      NOT_FLATTER, .bound = 4) {
    return flatter(run, v, "ratio", false);
}

CLAIM(figure_12, "F12.larger-eta-z-flatter", OF(S_F11),
      "A larger eta_Z flattens the curve of recall, too: the thresholds that three quarters and "
      "one quarter of the distinct tokens pass lie farther apart at the largest eta_Z than at the "
      "smallest, by {bound} standard errors or more.",
      NOT_FLATTER, .bound = 4) {
    return flatter(run, v, "eta_z", true);
}

static const struct figure figures[] = {
    {"sgd_figures", "scansnap/sgd_figures/sgd_figures.gp",
     "Left: figure 4, a point for each seed: entropy over the distinct tokens at the end, and way "
     "left after 20 updates (total variation to the end over that at the start). The larger "
     "eta_Y/eta_Z lies at higher entropy and less way left. Middle: figure 5, which distinct "
     "tokens hold 90 % of the attention on distinct tokens under Adam, by rate and seed: the sets "
     "change from rate to rate more than from seed to seed. Right: figures 11 and 12, the "
     "thresholds, times M, that a quarter and three quarters of the distinct tokens pass: the "
     "wider apart they are, the flatter is the curve of recall."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, entropy, "mean of the entropy over the table small", MEAN_OF(small, entropy))      \
    X(OPTIONAL, low, "mean of low over the table medium", MEAN_OF(medium, low))                    \
    X(OPTIONAL, high, "mean of high over the table medium", MEAN_OF(medium, high))
SCALARS(taken, TAKEN)

static const struct check *const sgd_figures_claims[] = {&denser,    &sooner,    &subsets,
                                                         &figure_11, &figure_12, NULL};

const struct experiment experiment_scansnap_sgd_figures = {
    .id = "scansnap/sgd-figures",
    .title =
        "Figures 4 (right), 5, 11 and 12: denser with larger eta_Y, subsets under Adam, recall",
    .source = "Scan&Snap (arXiv 2305.16380v4), section 8 and appendix G",
    .doc = "The paper's trainings beyond figure 6, with the authors' weights as the program reads "
           "them. Figure 4, right: Syn-Small (two classes), SGD with momentum 0.9 from zero, "
           "eta_Y/eta_Z = 1 and 10. Figure 5: the same data by Adam, both rates 0.1, 0.5 and 1: "
           "which distinct tokens hold 90 % of the attention that falls on any. Figures 11 and 12: "
           "Syn-Medium, recall against a threshold near 1/M, M = 10 + 10 K: the share of distinct "
           "tokens whose attention passes it; the curve is told here by the thresholds that three "
           "quarters, half and a quarter of them pass. Every claim is one on means over seeds.",
    .presets = (const struct preset[]){{"quick", "", "sixteen seeds: a few seconds"},
                                       {"short", "seeds=100", "a hundred seeds"},
                                       {0}},
    .tables = TABLES(small, medium),
    .figures = figures,
    PARTS_OF(sgd_figures, taken)};
