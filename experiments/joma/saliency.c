/* The saliency of a token: E[g x] of tokens that are equally likely in every class. */
#include "experiments/frame/contract/typed.h"
#include "experiments/shared/solve.h"
#include "experiments/statements/statements.h"
#include "sim/data/distribution.h"
#include "sim/model/joma/joint.h"

#define SALIENCY(X)                                                                                \
    X(INT, num_classes, "10", "next tokens K, one hidden node each", IN(2, 1000))                  \
    X(INT, num_common, "10", "common tokens G", IN(1, 1000))                                       \
    X(INT, num_distinct, "5", "distinct tokens D of each class", IN(1, 1000))                      \
    X(REAL, common_sd, "0",                                                                        \
      "standard deviation of the common tokens' log-weights, drawn for each class", IN(0, 10))     \
    X(REAL, class_sd, "0.5",                                                                       \
      "standard deviation of ln P(n) where the classes are not equally frequent", IN(0, 10))       \
    X(REALS, common_sds, "1e-4,1e-3,1e-2,0.1,1",                                                   \
      "values of common_sd in the table spread, rising", IN(1e-12, 10))                            \
    X(REAL, t_end, "500", "length of the flow, both rates 1", IN(1e-6, 1e9), .unit = "time")       \
    X(INT, outputs, "101", "output times", IN(2, 1000000))                                         \
    X(INT, length, "1000", "tokens of a sampled context, one context of each class",               \
      IN(1, 1000000000))                                                                           \
    X(REAL, rtol, "1e-10", "relative tolerance", IN(1e-13, 1e-3))                                  \
    X(INT, seed, "1", "seed of the weights and contexts")
PARAMS(saliency, SALIENCY)

#define TOKENS(X)                                                                                  \
    X(INT, token,                                                                                  \
      "token l: the common tokens first, then the distinct tokens of class 0, of "                 \
      "class 1, ...")                                                                              \
    X(INT, common, "1: a common token")                                                            \
    X(INT, node, "hidden node k")                                                                  \
    X(REAL, delta, "saliency Delta_lk = E[g_k x_l] at v = z = 0")                                  \
    X(REAL, sampled, "the same over sampled contexts")                                             \
    X(REAL, error, "standard error of that, from the multinomial x")
TABLE(tokens, TOKENS, "Delta of every token and node")

#define COURSE(X)                                                                                  \
    X(TEXT, classes, "equal or unequal: P(n)")                                                     \
    X(REAL, t, "time t", .unit = "time t")                                                         \
    X(REAL, common, "largest |Delta| of a common token")                                           \
    X(REAL, distinct, "largest |Delta| of a distinct token")                                       \
    X(REAL, bias, "largest |E[g_k]|: what moves the bias xi_k")                                    \
    X(REAL, identity,                                                                              \
      "largest |Delta_lk - x_l E[g_k]| of the common tokens, over the largest |Delta|")            \
    X(REAL, z_common, "largest |z_l| of a common token")                                           \
    X(REAL, z_distinct, "largest |z_l| of a distinct token")
TABLE(course, COURSE, "saliency and attention logits along the training")

#define SPREAD(X)                                                                                  \
    X(REAL, common_sd, "standard deviation of the common tokens' log-weights")                     \
    X(REAL, ratio, "largest |Delta| of a common over that of a distinct token, v = z = 0")
TABLE(spread, SPREAD, "saliency of common tokens by common_sd")

#define OUTCOME(X)                                                                                 \
    X(REAL, ratio, "largest |Delta| of a common over that of a distinct token, v = z = 0")         \
    X(REAL, identity, "largest |Delta_lk - x_l E[g_k]|, all times, over the largest |Delta|")      \
    X(REAL, start_error,                                                                           \
      "unequal classes: largest |Delta_lk - x_l (P(k) - 1/K)| at the start, "                      \
      "over the largest |Delta|")                                                                  \
    X(REAL, unequal_start, "unequal classes: ratio at the start")                                  \
    X(REAL, unequal_end, "unequal classes: ratio at the end")                                      \
    X(REAL, z_common, "equal classes: largest |z| of a common token at the end")                   \
    X(REAL, z_distinct, "equal classes: largest |z| of a distinct token at the end")               \
    X(REAL, mean_square, "mean square of a common token's sampled Delta, in standard errors")
SCALARS(outcome, OUTCOME)

struct setting {
    struct attndyn_joma model;
    struct attndyn_joma_work *work;
    size_t commons;
    double *state, *gradient, *delta; /* delta: (M, K) */
};

/* Infinite contexts: one sample per class, with the counts P(l|n). */
static enum attndyn_status setting_create(const struct trial *run, const struct saliency *p,
                                          double common_sd, double class_sd, struct setting *s) {
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    struct attndyn_random_spread spread = {
        .common_sd = common_sd, .class_sd = class_sd, .seed = (uint64_t)p->seed};
    ATTNDYN_TRY(attndyn_family_authors(ctx, 1, (size_t)p->num_classes, (size_t)p->num_common,
                                       (size_t)p->num_distinct, &family));
    ATTNDYN_TRY(attndyn_distribution_random(ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &d));
    double *x;
    size_t *label;
    ATTNDYN_ALLOC(ctx, x, d->classes * d->tokens);
    ATTNDYN_ALLOC(ctx, label, d->classes);
    for (size_t n = 0; n < d->classes; n++) {
        label[n] = n;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            x[n * d->tokens + d->token[e]] = d->probability[e];
    }
    *s = (struct setting){.commons = (size_t)p->num_common,
                          .model = {.tokens = d->tokens,
                                    .hidden = d->classes,
                                    .samples = d->classes,
                                    .queries = 1,
                                    .attention = ATTNDYN_JOMA_EXP,
                                    .temperature = 1,
                                    .activation = {.kind = ATTNDYN_ACTIVATION_LINEAR},
                                    .loss = ATTNDYN_JOMA_CE,
                                    .eta_w = 1,
                                    .eta_z = 1,
                                    .x = x,
                                    .p = d->class_probability,
                                    .label = label}};
    ATTNDYN_TRY(attndyn_joma_validate(ctx, &s->model));
    ATTNDYN_ALLOC(ctx, s->state, attndyn_joma_size(&s->model));
    ATTNDYN_ALLOC(ctx, s->gradient, attndyn_joma_size(&s->model));
    ATTNDYN_ALLOC(ctx, s->delta, d->tokens * d->classes);
    return ATTNDYN_OK;
}

/* Delta and the summary of them at a state: dV_lk/dt = exp(z_l) Delta_lk, dxi_k/dt = E[g_k]. */
static struct course look(struct setting *s, const double *state) {
    const struct attndyn_joma *m = &s->model;
    const double *z = state + attndyn_joma_z_offset(m), *x = m->x;
    const double *mean = s->gradient + attndyn_joma_xi_offset(m);
    struct course seen = BLANK(course);
    seen.common = seen.distinct = seen.bias = seen.z_common = seen.z_distinct = 0;
    double apart = 0;
    attndyn_joma_gradient(s->work, NULL, NULL, 0, state, s->gradient);
    for (size_t k = 0; k < m->hidden; k++) worst(&seen.bias, fabs(mean[k]));
    for (size_t l = 0; l < m->tokens; l++) {
        bool common = l < s->commons;
        worst(common ? &seen.z_common : &seen.z_distinct, fabs(z[l]));
        for (size_t k = 0; k < m->hidden; k++) {
            double delta = s->gradient[l * m->hidden + k] * exp(-z[l]);
            s->delta[l * m->hidden + k] = delta;
            worst(common ? &seen.common : &seen.distinct, fabs(delta));
            if (common) worst(&apart, fabs(delta - x[l] * mean[k]));
        }
    }
    seen.identity = apart / fmax(seen.common, seen.distinct);
    return seen;
}

struct watch {
    const struct trial *run;
    struct setting *setting;
    const char *classes;
    double identity; /* largest so far */
    struct course first, last;
};

static enum attndyn_status on_output(void *user, size_t index, double t, const double *state) {
    struct watch *w = user;
    struct course seen = look(w->setting, state);
    seen.classes = w->classes, seen.t = t;
    worst(&w->identity, seen.identity);
    if (index == 0) w->first = seen;
    w->last = seen;
    return EMIT_ROW(w->run, course, &seen);
}

static enum attndyn_status train(const struct trial *run, const struct saliency *p,
                                 struct setting *s, struct watch *w) {
    double *times;
    w->run = run, w->setting = s;
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &s->model, &s->work));
    ATTNDYN_ALLOC(run->ctx, times, (size_t)p->outputs);
    attndyn_grid_linear(0, p->t_end, (size_t)p->outputs, times);
    struct attndyn_ode_problem problem = {
        .n = attndyn_joma_size(&s->model), .rhs = attndyn_joma_rhs, .user = s->work};
    const struct attndyn_ode_options options =
        solve_within(ATTNDYN_ODE_ADAMS, p->rtol, 1e-2 * p->rtol);
    struct attndyn_ode_observer observer = {.output = on_output, .user = w};
    return solve_recorded(run, w->classes, &problem, &options, s->state, times, (size_t)p->outputs,
                          &observer);
}

static enum attndyn_status at_zero(const struct trial *run, const struct saliency *p,
                                   double common_sd, double class_sd, struct setting *s,
                                   struct course *seen) {
    ATTNDYN_TRY(setting_create(run, p, common_sd, class_sd, s));
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &s->model, &s->work));
    *seen = look(s, s->state);
    return ATTNDYN_OK;
}

/* Contexts of `length` tokens. At v = z = 0, g_k of class n is P(n) ([k = n] - 1/K) for every
 * context. */
static enum attndyn_status sample(const struct trial *run, const struct saliency *p,
                                  const struct setting *s) {
    const struct attndyn_joma *m = &s->model;
    unsigned *counts;
    double squares = 0, T = (double)p->length, one = 1 / (double)m->hidden;
    ATTNDYN_ALLOC(run->ctx, counts, m->samples * m->tokens);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "contexts", 0)));
    for (size_t n = 0; n < m->samples; n++)
        attndyn_random_multinomial(&random, m->tokens, (unsigned)p->length, m->x + n * m->tokens,
                                   counts + n * m->tokens);
    attndyn_random_done(&random);
    for (size_t l = 0; l < m->tokens; l++)
        for (size_t k = 0; k < m->hidden; k++) {
            double sampled = 0, variance = 0, delta = s->delta[l * m->hidden + k];
            for (size_t n = 0; n < m->samples; n++) {
                double q = m->p[n] * ((n == k) - one), x = m->x[n * m->tokens + l];
                sampled += q * counts[n * m->tokens + l] / T;
                variance += q * q * x * (1 - x) / T;
            }
            if (l < s->commons) squares += (sampled - delta) * (sampled - delta) / variance;
            ATTNDYN_TRY(EMIT(run, tokens, .token = (long)l, .common = l < s->commons,
                             .node = (long)k, .delta = delta, .sampled = sampled,
                             .error = sqrt(variance)));
        }
    return SCALAR(run, outcome, mean_square, squares / (double)(s->commons * m->hidden));
}

RUN(saliency) {
    struct setting equal, unequal, s;
    struct course seen;
    struct watch with = {.classes = "equal"}, without = {.classes = "unequal"};
    ATTNDYN_TRY(at_zero(run, p, p->common_sd, 0, &equal, &seen));
    ATTNDYN_TRY(SCALAR(run, outcome, ratio, seen.common / seen.distinct));
    ATTNDYN_TRY(STATE(run, delta, equal.delta, equal.model.tokens * equal.model.hidden));
    ATTNDYN_TRY(sample(run, p, &equal));
    for (size_t i = 0; i < p->common_sds.count; i++) {
        ATTNDYN_TRY(at_zero(run, p, p->common_sds.at[i], 0, &s, &seen));
        ATTNDYN_TRY(EMIT(run, spread, .common_sd = p->common_sds.at[i],
                         .ratio = seen.common / seen.distinct));
    }
    double apart = 0;
    ATTNDYN_TRY(at_zero(run, p, p->common_sd, p->class_sd, &unequal, &seen));
    const struct attndyn_joma *m = &unequal.model;
    for (size_t l = 0; l < unequal.commons; l++)
        for (size_t k = 0; k < m->hidden; k++)
            worst(&apart, fabs(unequal.delta[l * m->hidden + k] -
                               m->x[l] * (m->p[k] - 1 / (double)m->hidden)));
    ATTNDYN_TRY(SCALAR(run, outcome, start_error, apart / fmax(seen.common, seen.distinct)));
    ATTNDYN_TRY(train(run, p, &equal, &with));
    ATTNDYN_TRY(train(run, p, &unequal, &without));
    ATTNDYN_TRY(SCALAR(run, outcome, unequal_start, without.first.common / without.first.distinct));
    ATTNDYN_TRY(SCALAR(run, outcome, unequal_end, without.last.common / without.last.distinct));
    ATTNDYN_TRY(SCALAR(run, outcome, z_common, with.last.z_common));
    ATTNDYN_TRY(SCALAR(run, outcome, z_distinct, with.last.z_distinct));
    return SCALAR(run, outcome, identity, fmax(with.identity, without.identity));
}

#define PARAMETERS saliency

static const char drawn_apart[] = "the commons of this run are not alike: common_sd > 0";

KNOWN(equal_classes, saliency) {
    f->commons_alike = p->common_sd == 0;
    f->gradient_mean = 0; /* at v = z = 0, P(n) = 1/K */
}

CLAIM(common_silent, "JD.common-silent", OF(J_Delta),
      "a token that every class has alike has saliency Delta_lk = E[g_k x_l] = 0 where E[g_k] = "
      "0: at v = z = 0 with classes equally frequent",
      "the largest |Delta| of such a token exceeds {bound} of that of a distinct one",
      .bound = 1e-12) {
    return verdict_at_most(v, SCALAR_OF(run, outcome, ratio), v->bound,
                           "largest |Delta| of %ld commons over that of the distinct tokens, %ld "
                           "classes, v = z = 0",
                           p->num_common, p->num_classes);
}

CLAIM(identity, "JD.common-follows-bias", DERIVED,
      "for a token l alike in all classes Delta_lk = P(l) E[g_k] at all times of training: it is "
      "silent when the bias xi_k, which moves with E[g_k], is at rest",
      "Delta_lk is off by more than {bound} of the largest |Delta|", .bound = 1e-12) {
    if (p->common_sd > 0) return verdict_skip(v, "%s", drawn_apart);
    return verdict_at_most(v, SCALAR_OF(run, outcome, identity), v->bound,
                           "classes equally frequent or not, %ld times up to t = %g", p->outputs,
                           p->t_end);
}

CLAIM(unequal_classes, "JD.unequal-classes", DERIVED,
      "at v = z = 0 a token l alike in all classes has Delta_lk = P(l) (P(k) - 1/K): it is "
      "salient where the K classes are not equally frequent",
      "Delta_lk is off by more than {bound} of the largest |Delta|", .bound = 1e-12) {
    if (p->common_sd > 0) return verdict_skip(v, "%s", drawn_apart);
    double start = SCALAR_OF(run, outcome, unequal_start), least = 1e-3 * p->class_sd;
    if (p->class_sd == 0) return verdict_skip(v, "class_sd is 0: the classes are equally frequent");
    if (!(start > least))
        return verdict_at_least(v, start, least, "control: commons of unequal classes are silent");
    return verdict_at_most(
        v, SCALAR_OF(run, outcome, start_error), v->bound,
        "sd %g of ln P(n): a common's |Delta| is %.3g of a distinct token's at the "
        "start, %.3g at t = %g",
        p->class_sd, start, SCALAR_OF(run, outcome, unequal_end), p->t_end);
}

CLAIM(commons_stay, "JD.commons-stay", DERIVED,
      "from v = z = 0 with classes equally frequent, training never moves the attention of tokens "
      "alike in all classes",
      "at the end their largest |z| exceeds {bound} of that of the distinct tokens",
      .bound = 1e-9) {
    if (p->common_sd > 0) return verdict_skip(v, "%s", drawn_apart);
    double distinct = SCALAR_OF(run, outcome, z_distinct);
    return verdict_at_most(v, SCALAR_OF(run, outcome, z_common) / distinct, v->bound,
                           "z of the distinct tokens has come to %.3g by t = %g", distinct,
                           p->t_end);
}

CLAIM(proportional, "JD.proportional-to-spread", DERIVED,
      "the Delta of common tokens that are nearly alike in all classes is proportional to their "
      "spread over the classes, the sd common_sd of their log-weights",
      "for the two smallest common_sd the ratio of the commons' |Delta| to the distinct tokens', "
      "over common_sd, differs by more than ten times the larger common_sd, relatively") {
    struct spread first = {0}, second = {0};
    if (ROWS(run, spread) < 2) return verdict_skip(v, "needs two common_sds");
    ROW(run, spread, 0, &first);
    ROW(run, spread, 1, &second);
    return verdict_near(v, second.ratio / second.common_sd, first.ratio / first.common_sd,
                        10 * second.common_sd, "ratio over common_sd at %g and %g",
                        second.common_sd, first.common_sd);
}

CLAIM(sampled, "JD.sampled", DERIVED,
      "in sampled contexts of T tokens the Delta of a token alike in all classes is noise of the "
      "size that the multinomial distribution gives, of order 1/sqrt(T)",
      "its mean square, in those standard errors, is off 1 by more than five times its own error") {
    double values = (double)(p->num_common * (p->num_classes - 1));
    return verdict_near(v, SCALAR_OF(run, outcome, mean_square), 1, 5 * sqrt(2 / values),
                        "T = %ld, one context of each of %ld classes", p->length, p->num_classes);
}

static const struct check *const saliency_claims[] = {
    &common_silent, &identity, &unequal_classes, &commons_stay, &proportional, &sampled, NULL};

static const struct figure figures[] = {
    {"saliency", "joma/saliency/saliency.gp",
     "Left: Delta of every token for node 0, exact and of sampled contexts with standard errors: "
     "that of the common tokens is 0, and sampled noise. Middle: |Delta| of commons over that of "
     "distinct tokens against their spread over the classes. Right: commons with unequal classes, "
     "in training."},
    {0}};

const struct experiment experiment_joma_saliency = {
    .id = "joma/saliency",
    .title = "Saliency of common tokens",
    .source = "JoMA (arXiv 2310.00535), Theorem 2: Delta_lm = E[g|l, m] P(l|m)",
    .doc =
        "K classes with distinct tokens of their own and common tokens that all share; exp "
        "attention, linear nodes, cross-entropy, one node for each class, biases xi_k. The "
        "saliency Delta_lk = E[g_k x_l], g_k the gradient at node k and x_l the share of token l "
        "in the context, drives dv_lk/dt = exp(z_l) Delta_lk. For a token that every class has "
        "alike it is P(l) E[g_k], which is P(l) times the velocity of the bias: 0 at v = 0 where "
        "the classes are equally frequent, and as soon as the biases are at rest otherwise. The "
        "run measures that, how Delta grows with the spread of a common over the classes, and "
        "what sampled contexts make of it.\n"
        "Table `state`: delta (M x K, row by row) at v = z = 0.",
    .presets =
        (const struct preset[]){{"quick", "", "the defaults: ten classes, ten common tokens"}, {0}},
    .tables = TABLES(tokens, course, spread, the_state),
    .figures = figures,
    .facts = KNOWN_OF(equal_classes),
    PARTS_OF(saliency, outcome)};
