/* The overall picture: attention over tokens and updates, by SGD and by the flow. */
#include "experiments/scansnap/shared/data.h"
#include "experiments/scansnap/shared/full_solve.h"
#include "experiments/scansnap/shared/sgd.h"
#include "experiments/statements/statements.h"

#include <string.h>

#define OVERVIEW(X)                                                                                \
    SCANSNAP_DATA(X, "2", "1", "vocabulary")                                                       \
    SCANSNAP_SGD(X, "1", "1", "zero")                                                              \
    X(INT, class, "0", "class n whose attention is shown", IN(0, 100000))                          \
    SCANSNAP_SOLVER(X, "1e-9")
PARAMS(overview, OVERVIEW)

#define ATTENTION(X)                                                                               \
    X(TEXT, source, "sgd: sampled; gd: the same updates on the population; flow: continuous time") \
    X(INT, iteration, "updates made")                                                              \
    X(REAL, t,                                                                                     \
      "time t of the flow at which a constant force would have moved Y and Z as far as that "      \
      "many updates with momentum")                                                                \
    X(INT, slot, "place of the token, 0, 1, ...: the class's common tokens first")                 \
    X(INT, token, "token l")                                                                       \
    X(TEXT, kind, "distinct or common")                                                            \
    X(REAL, p, "P(l|n), its share of the class's contexts")                                        \
    X(REAL, c, "c_nl, its share of the attention")
TABLE(attention, ATTENTION, "the attention c_n of one class over tokens and updates")

#define COURSE(X)                                                                                  \
    X(TEXT, source, "sgd, gd or flow, as in the table attention")                                  \
    X(INT, iteration, "updates made")                                                              \
    X(REAL, loss, "expected loss with infinitely long contexts", .unit = "nat")                    \
    X(OPTIONAL, common_mass, "share of c_n on the common tokens, of the class shown")              \
    X(OPTIONAL, entropy_distinct, "entropy of c_n on its distinct tokens, renormalised",           \
      .unit = "nat")                                                                               \
    X(REAL, entropy_support, "entropy of c_n over its support", .unit = "nat")                     \
    X(REAL, moved, "total variation from the attention at the end: sum_l |c_nl - c_nl(end)| / 2")
TABLE(course, COURSE, "loss and attention along the updates, in numbers")

#define FOUND(X)                                                                                   \
    X(REAL, loss_first, "loss of the first batch", .unit = "nat")                                  \
    X(REAL, z_first, "largest |z| after the first update")                                         \
    X(REAL, columns, "columns of the decoder V")                                                   \
    X(REAL, common_mass, "share of c_n on the common tokens after the last update, SGD")           \
    X(REAL, common_mass_flow, "the same by the flow")                                              \
    X(OPTIONAL, entropy_distinct,                                                                  \
      "entropy of c_n on the distinct tokens after the last update, SGD", .unit = "nat")           \
    X(OPTIONAL, rank_correlation,                                                                  \
      "Kendall's rank correlation of c_nl and P(l|n) over the distinct tokens at the end, SGD")    \
    X(OPTIONAL, rank_correlation_flow, "the same by the flow")                                     \
    X(REAL, distance, "total variation between the attention of SGD and of the flow at the end")
SCALARS(found, FOUND)

static const struct preset presets[] = {
    {"quick", "", "the paper's figure 4: two classes of M = 30 tokens, both matrices from zero"},
    {"slow", "lr_z=0.05 momentum=0 steps=2000",
     "small steps without momentum: SGD comes near the flow"},
    {0}};

static const struct figure figures[] = {
    {"overview", "scansnap/overview/overview.gp",
     "Scan and snap (the paper's figure 4). Attention c_n of one class over its tokens (common "
     "left of the line, distinct right, by rising frequency) and updates: (a) SGD, (b) the flow "
     "at corresponding times. (c) Share of c_n on the common tokens. (d) Entropy of c_n over the "
     "distinct tokens, renormalised. Common tokens fade, distinct tokens rise in the order of "
     "their frequency, then almost nothing moves."},
    {0}};

enum source { SGD, GD, FLOW, SOURCES };
static const char *const source_name[] = {"sgd", "gd", "flow"};

/* What each source found after every number of updates. */
struct record {
    const struct trial *run;
    const struct attndyn_distribution *d;
    size_t steps, class, count; /* entries of the class */
    double *c[SOURCES];         /* (steps + 1, count) */
    double *loss[SOURCES];      /* (steps + 1) */
    double *t;                  /* (steps + 1) */
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
};

/* k updates v <- mu v + g, w <- w + lr v with a constant g move w by lr g t; the flow needs this
 * time t for the same. */
static double flow_time(double k, double mu) {
    return (k - mu * (1 - pow(mu, k)) / (1 - mu)) / (1 - mu);
}

static enum attndyn_status descend(struct record *rec, enum source source) {
    const struct trial *run = rec->run;
    struct attndyn_sgd_options options = scansnap_sgd_options(run);
    struct attndyn_sgd *sgd;
    struct attndyn_sgd_outcome o;
    if (source == GD) options.seq_len = options.batch = 0;
    ATTNDYN_TRY(attndyn_sgd_create(run->ctx, rec->d, &options, &sgd));
    for (size_t k = 0; k <= rec->steps; k++) {
        if (k > 0) attndyn_sgd_step(sgd);
        if (!isfinite(sgd->loss))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "the loss is not finite at update %zu: lower lr_z or lr_ratio", k);
        attndyn_sgd_attention(sgd, rec->class, rec->c[source] + k * rec->count);
        attndyn_sgd_see(sgd, &o);
        rec->loss[source][k] = o.loss_population;
        if (k != 1 || source != SGD) continue;
        double most = 0;
        for (size_t i = 0; i < sgd->flow->n - sgd->flow->z_at; i++) worst(&most, sgd->z[i]);
        ATTNDYN_TRY(SCALAR(run, found, loss_first, sgd->loss));
        ATTNDYN_TRY(SCALAR(run, found, z_first, most));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status keep(void *user, size_t index, double t, const double *y) {
    struct record *rec = user;
    (void)t;
    attndyn_flow_observe(rec->flow, y, rec->view);
    memcpy(rec->c[FLOW] + index * rec->count, rec->view->c + rec->d->start[rec->class],
           rec->count * sizeof(double));
    rec->loss[FLOW][index] = rec->view->loss;
    return ATTNDYN_OK;
}

static enum attndyn_status flow(const struct trial *run, const struct overview *p,
                                struct record *rec) {
    const struct attndyn_flow_options options = {.eta_y = p->lr_z * p->lr_ratio, .eta_z = p->lr_z};
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, rec->d, &options, &rec->flow));
    ATTNDYN_TRY(attndyn_flow_view_create(run->ctx, rec->flow, &rec->view));
    struct attndyn_ode_options how = scansnap_ode_options(run);
    struct attndyn_ode_observer observer = {.output = keep, .user = rec};
    double *y;
    ATTNDYN_TRY(full_solve(run, rec->flow, &how, rec->t, rec->steps + 1, &observer, "flow", &y));
    return full_emit_z(run, rec->flow, y);
}

static double variation(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(a[i] - b[i]) / 2;
    return sum;
}

/* Kendall's tau of c and P over the distinct tokens (no ties in P among the authors' data). */
static double kendall(const struct record *rec, const double *c) {
    double agree = 0, pairs = 0;
    size_t from = rec->d->start[rec->class];
    for (size_t i = 0; i < rec->count; i++)
        for (size_t j = 0; j < i; j++) {
            if (rec->d->degree[rec->d->token[from + i]] != 1 ||
                rec->d->degree[rec->d->token[from + j]] != 1)
                continue;
            double p = rec->d->probability[from + i] - rec->d->probability[from + j];
            if (p == 0) continue;
            pairs++;
            agree += p * (c[i] - c[j]) > 0 ? 1 : p * (c[i] - c[j]) < 0 ? -1 : 0;
        }
    return pairs > 0 ? agree / pairs : NAN;
}

static enum attndyn_status emit(const struct record *rec, enum source source, size_t k) {
    const struct trial *run = rec->run;
    const double *c = rec->c[source] + k * rec->count;
    const double *end = rec->c[source] + rec->steps * rec->count;
    size_t from = rec->d->start[rec->class];
    const bool *distinct = rec->flow->entry_distinct + from;
    double common = 0, mass = 0, H = 0, HD = 0;
    for (size_t i = 0; i < rec->count; i++) {
        *(distinct[i] ? &mass : &common) += c[i];
        if (c[i] > 0) H -= c[i] * log(c[i]);
        if (c[i] > 0 && distinct[i]) HD -= c[i] * log(c[i]);
        ATTNDYN_TRY(EMIT(run, attention, .source = source_name[source], .iteration = (long)k,
                         .t = rec->t[k], .slot = (long)i, .token = (long)rec->d->token[from + i],
                         .kind = distinct[i] ? "distinct" : "common",
                         .p = rec->d->probability[from + i], .c = c[i]));
    }
    double entropy_distinct = mass > 0 ? HD / mass + log(mass) : NAN;
    ATTNDYN_TRY(EMIT(run, course, .source = source_name[source], .iteration = (long)k,
                     .loss = rec->loss[source][k], .common_mass = common,
                     .entropy_distinct = entropy_distinct, .entropy_support = H,
                     .moved = variation(c, end, rec->count)));
    if (k < rec->steps) return ATTNDYN_OK;
    if (source == SGD) {
        ATTNDYN_TRY(SCALAR(run, found, common_mass, common));
        ATTNDYN_TRY(SCALAR(run, found, entropy_distinct, entropy_distinct));
        return SCALAR(run, found, rank_correlation, kendall(rec, c));
    }
    if (source == GD) return ATTNDYN_OK;
    ATTNDYN_TRY(SCALAR(run, found, common_mass_flow, common));
    return SCALAR(run, found, rank_correlation_flow, kendall(rec, c));
}

RUN(overview) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(scansnap_distribution(run, &d));
    struct record rec = {.run = run, .d = d, .steps = (size_t)p->steps, .class = (size_t)p->class};
    if (rec.class >= d->classes)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "class = %zu of %zu classes: expected below %zu", rec.class, d->classes,
                            d->classes);
    rec.count = d->start[rec.class + 1] - d->start[rec.class];
    ATTNDYN_ALLOC(run->ctx, rec.t, rec.steps + 1);
    for (size_t s = 0; s < SOURCES; s++) {
        ATTNDYN_ALLOC(run->ctx, rec.c[s], (rec.steps + 1) * rec.count);
        ATTNDYN_ALLOC(run->ctx, rec.loss[s], rec.steps + 1);
    }
    for (size_t k = 0; k <= rec.steps; k++) rec.t[k] = flow_time((double)k, p->momentum);
    ATTNDYN_TRY(descend(&rec, SGD));
    ATTNDYN_TRY(descend(&rec, GD));
    ATTNDYN_TRY(flow(run, p, &rec));
    for (int s = 0; s < SOURCES; s++)
        for (size_t k = 0; k <= rec.steps; k++) ATTNDYN_TRY(emit(&rec, (enum source)s, k));
    ATTNDYN_TRY(SCALAR(run, found, columns, (double)d->columns));
    return SCALAR(run, found, distance,
                  variation(rec.c[SGD] + rec.steps * rec.count, rec.c[FLOW] + rec.steps * rec.count,
                            rec.count));
}

/* The row of a source's `course` at some number of updates. */
static struct course at(const struct trial *run, const struct overview *p, enum source source,
                        long k) {
    struct course row = {0};
    ROW(run, course, (size_t)source * ((size_t)p->steps + 1) + (size_t)k, &row);
    return row;
}

static bool authors_from_zero(const struct overview *p) {
    return p->data == data_authors && p->init == init_zero && p->num_common > 0 &&
           p->num_distinct > 1 && p->lr_z * p->lr_ratio > 0;
}
static const char not_authors[] = "stated for training from zero on the authors' data";

#define PARAMETERS overview

CLAIM(first_loss, "F4.first-loss", PAPER("Scan&Snap", "figure 4 (set-up)"),
      "From Y = Z = 0 the loss of the first batch is ln V, V the decoder's outputs.",
      "it differs by more than {bound} relatively", .bound = 1e-13) {
    if (p->init != init_zero) return verdict_skip(v, "needs init=zero");
    double V = SCALAR_OF(run, found, columns), loss = SCALAR_OF(run, found, loss_first);
    return verdict_at_most(v, fabs(loss / log(V) - 1), v->bound, "loss %.15g, ln %g = %.15g", loss,
                           V, log(V));
}

CLAIM(waits, "F4.attention-waits", PAPER("Scan&Snap", "dynamics of Z: Y = 0"),
      "From Y = Z = 0 the attention does not move in the first update, since its gradient is "
      "proportional to Y.",
      "some z_ml is not 0 after it") {
    if (p->init != init_zero) return verdict_skip(v, "needs init=zero");
    if (p->lr_z == 0) return verdict_skip(v, "lr_z = 0: the attention never moves");
    return verdict_at_most(v, SCALAR_OF(run, found, z_first), 0,
                           "largest |z_ml| after the first update");
}

CLAIM(common, "F4.commons-fade", OF(S_F4),
      "Training by SGD from zero takes attention from the common tokens.",
      "their share of c_n after the last update is more than {percent} of that at first",
      .bound = 0.95) {
    if (!authors_from_zero(p)) return verdict_skip(v, "%s", not_authors);
    double start = at(run, p, SGD, 0).common_mass, end = at(run, p, SGD, p->steps).common_mass;
    return verdict_at_most(v, end / start, v->bound,
                           "commons' share of the attention: %.4f at first, %.4f at the end", start,
                           end);
}

CLAIM(order, "F4.order-of-frequency", OF(S_F4),
      "After training by SGD from zero the distinct tokens are attended to nearly in the order of "
      "their frequency P(l|n).",
      "Kendall's tau of c_nl and P(l|n) over them is below {bound}", .bound = 0.8) {
    if (!authors_from_zero(p)) return verdict_skip(v, "%s", not_authors);
    return verdict_at_least(
        v, SCALAR_OF(run, found, rank_correlation), v->bound,
        "Kendall's tau of attention and frequency over the distinct tokens; flow: %.3f",
        SCALAR_OF(run, found, rank_correlation_flow));
}

/* How far the loss of the whole population falls in k updates from zero at a rate so small that it
 * falls evenly. */
static enum attndyn_status fall(struct attndyn_context *ctx, const struct attndyn_distribution *d,
                                double lr, double momentum, size_t k, double *fallen) {
    const struct attndyn_sgd_options options = {
        .lr_y = lr, .lr_z = lr, .momentum = momentum, .init = ATTNDYN_SGD_ZERO};
    struct attndyn_sgd *sgd;
    ATTNDYN_TRY(attndyn_sgd_create(ctx, d, &options, &sgd));
    for (size_t i = 0; i <= k; i++) {
        attndyn_sgd_step(sgd); /* its loss is that before the step */
        *fallen = i == 0 ? sgd->loss : *fallen;
    }
    *fallen -= sgd->loss;
    return ATTNDYN_OK;
}

CLAIM(clock_, "F4.clock", DERIVED,
      "[leading] At small rates k updates with momentum mu go as far as the flow does in the time "
      "(k - mu (1 - mu^k)/(1 - mu))/(1 - mu).",
      "per unit of that time the population's loss falls with momentum 0.9 by an amount that is "
      "more than {percent} off that without momentum",
      .bound = 0.01) {
    enum { STEPS = 40, PLAIN = 300 };
    struct attndyn_distribution *d;
    double lr = 1e-4, with, without, mu = 0.9;
    ATTNDYN_TRY(scansnap_distribution(run, &d));
    ATTNDYN_TRY(fall(run->ctx, d, lr, mu, STEPS, &with));
    ATTNDYN_TRY(fall(run->ctx, d, lr, 0, PLAIN, &without));
    /* the fall bends by about lr t = 0.03 of itself over 300 updates, in both alike */
    return verdict_near(v, with / flow_time(STEPS, mu), without / flow_time(PLAIN, 0), v->bound,
                        "%d updates with momentum are worth the time %.4g; control, counted as "
                        "updates: %.3g",
                        STEPS, flow_time(STEPS, mu), with / STEPS / (without / PLAIN) - 1);
}

CLAIM(settles, "F4.snaps", OF(S_F4),
      "In the second half of training by SGD the attention hardly moves any more.",
      "half way through the updates the total variation of c_n to its final value is more than "
      "{percent} of that at first",
      .bound = 0.15) {
    if (!authors_from_zero(p) || p->steps < 100 || p->momentum < 0.89)
        return verdict_skip(
            v, "stated for training with 100 updates and momentum on the authors' data");
    double all = at(run, p, SGD, 0).moved, late = at(run, p, SGD, p->steps / 2).moved;
    return verdict_at_most(v, late / all, v->bound,
                           "total variation of c_n to its final value: %.4f at first, %.4f half "
                           "way",
                           all, late);
}

static const struct check *const overview_claims[] = {&first_loss, &waits,   &common, &order,
                                                      &clock_,     &settles, NULL};

const struct experiment experiment_scansnap_overview = {
    .id = "scansnap/overview",
    .title = "Scan and snap: attention over tokens and updates",
    .source = "Scan&Snap (arXiv 2305.16380), figure 4",
    .doc =
        "Attention c_n of one class after every update of SGD from zero, beside gradient descent "
        "on the population with the same rates and momentum (infinite contexts and batches), and "
        "beside the flow. The flow is shown at the time t at which a constant force would have "
        "moved as far: t = (k - mu (1 - mu^k)/(1 - mu))/(1 - mu) after k updates with momentum "
        "mu. At these rates the steps are large: SGD is not in the regime of the flow, and the "
        "distance between the two is a result (preset slow: they come together).\n"
        "The paper's M = 30 are the tokens of the contexts. Its authors' script gives the two "
        "last and the two next tokens numbers of their own, so that the decoder has V = 34 "
        "outputs; so has this run. The figure shows all updates; the paper's shows 0, 2, 4, 6, 8, "
        "10 and the last. State: z (L x M) of the flow.",
    .presets = presets,
    .tables = TABLES(attention, course, the_state),
    .figures = figures,
    PARTS_OF(overview, found)};
