/* The joint dynamics: every attention, loss and smooth activation, unequal rates, a temperature,
 * two queries, counts as normalisers. */
#include "fields.h"
#include "sim/model/joma/instance.h"
#include "theory/joma/invariant.h"

#include <string.h>

static const struct {
    enum attndyn_joma_attention attention;
    enum attndyn_joma_loss loss;
    enum attndyn_activation_kind activation;
} cases[] = {{ATTNDYN_JOMA_LINEAR, ATTNDYN_JOMA_MSE, ATTNDYN_ACTIVATION_GELU},
             {ATTNDYN_JOMA_LINEAR, ATTNDYN_JOMA_FIXED, ATTNDYN_ACTIVATION_LINEAR},
             {ATTNDYN_JOMA_EXP, ATTNDYN_JOMA_CE, ATTNDYN_ACTIVATION_TANH},
             {ATTNDYN_JOMA_EXP, ATTNDYN_JOMA_MSE, ATTNDYN_ACTIVATION_SILU},
             {ATTNDYN_JOMA_SOFTMAX, ATTNDYN_JOMA_CE, ATTNDYN_ACTIVATION_ERF},
             {ATTNDYN_JOMA_SOFTMAX, ATTNDYN_JOMA_MSE, ATTNDYN_ACTIVATION_CUBIC},
             {ATTNDYN_JOMA_SOFTMAX, ATTNDYN_JOMA_FIXED, ATTNDYN_ACTIVATION_QUADRATIC}};

struct joint {
    const struct trial *run;
    const struct fields *p;
    const char *name;
    struct attndyn_joma_instance in;
    struct attndyn_joma_work *work;
    size_t n;
};

/* Minus the loss's gradient, by differences of the loss. */
static enum attndyn_status gradient(struct joint *j, const double *found) {
    double *state, *expected, h = j->p->step;
    ATTNDYN_ALLOC(j->run->ctx, state, j->n);
    ATTNDYN_ALLOC(j->run->ctx, expected, j->n);
    memcpy(state, j->in.state, j->n * sizeof *state);
    for (size_t i = 0; i < j->n; i++) {
        static const double at[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1};
        double sum = 0;
        for (int s = 0; s < 4; s++) {
            state[i] = j->in.state[i] + at[s] * h;
            sum += weight[s] * attndyn_joma_loss(j->work, state);
        }
        state[i] = j->in.state[i];
        expected[i] = -sum / (12 * h);
    }
    return fields_compare(j->run, "flow", j->name, "gradient against differences of the loss", j->n,
                          found, expected);
}

/* The flow is the gradient times the rates, block by block, and a step is a multiple of it. */
static enum attndyn_status rates(struct joint *j, const double *gradient) {
    const struct attndyn_joma *m = &j->in.model;
    double *expected, *found, *moved, rate = 0.25;
    ATTNDYN_ALLOC(j->run->ctx, expected, j->n);
    ATTNDYN_ALLOC(j->run->ctx, found, j->n);
    ATTNDYN_ALLOC(j->run->ctx, moved, j->n);
    for (size_t i = 0; i < j->n; i++)
        expected[i] = (i < attndyn_joma_z_offset(m) ? m->eta_w : m->eta_z) * gradient[i];
    if (attndyn_joma_rhs(0, j->in.state, found, j->work) != 0)
        return attndyn_fail(j->run->ctx, ATTNDYN_RUN_FAILED, "%s: no rate", j->name);
    ATTNDYN_TRY(fields_compare(j->run, "flow", j->name, "flow against gradient and rates", j->n,
                               found, expected));
    memcpy(moved, j->in.state, j->n * sizeof *moved);
    attndyn_joma_step(j->work, NULL, NULL, m->samples, rate, moved);
    for (size_t i = 0; i < j->n; i++) found[i] = (moved[i] - j->in.state[i]) / rate;
    return fields_compare(j->run, "descent", j->name, "a step of descent against the flow", j->n,
                          found, expected);
}

/* A minibatch in which samples repeat is the sum of its samples. */
static enum attndyn_status batch(struct joint *j) {
    const struct attndyn_joma *m = &j->in.model;
    size_t count = 3 * m->samples + 2, *sample;
    double *weight, *found, *expected, *one;
    ATTNDYN_ALLOC(j->run->ctx, sample, count);
    ATTNDYN_ALLOC(j->run->ctx, weight, count);
    ATTNDYN_ALLOC(j->run->ctx, found, j->n);
    ATTNDYN_ALLOC(j->run->ctx, expected, j->n);
    ATTNDYN_ALLOC(j->run->ctx, one, j->n);
    for (size_t i = 0; i < count; i++) {
        sample[i] = (2 * i * i + i) % m->samples, weight[i] = 1 / (double)(i + 2);
        attndyn_joma_gradient(j->work, &sample[i], &weight[i], 1, j->in.state, one);
        for (size_t k = 0; k < j->n; k++) expected[k] += one[k];
    }
    attndyn_joma_gradient(j->work, sample, weight, count, j->in.state, found);
    return fields_compare(j->run, "descent", j->name, "a minibatch against its samples", j->n,
                          found, expected);
}

/* The quadratures behind softmax attention, from the attention and the powers themselves. */
static enum attndyn_status quadrature(struct joint *j) {
    const struct attndyn_joma *m = &j->in.model;
    size_t M = m->tokens;
    double found[2 * M], expected[2 * M], *gradient, total = 0;
    ATTNDYN_ALLOC(j->run->ctx, gradient, j->n);
    attndyn_joma_rhs(0, j->in.state, gradient, j->work);
    attndyn_joma_softmax_quadrature(0, j->in.state, found, j->work);
    attndyn_joma_gradient(j->work, NULL, NULL, m->samples, j->in.state, gradient);
    for (size_t i = 0; i < m->samples; i++) total += j->work->power[i];
    for (size_t l = 0; l < M; l++) {
        double mean = 0, second = 0;
        for (size_t i = 0; i < m->samples; i++) {
            mean += m->p[i] * j->work->b[i * M + l];
            second += j->work->b[i * M + l] * j->work->power[i];
        }
        expected[l] = m->eta_w * mean * total, expected[M + l] = m->eta_w * second;
    }
    return fields_compare(j->run, "flow", j->name, "quadratures against their sums", 2 * M, found,
                          expected);
}

/* What a step of descent adds to the constants of linear and exp attention, one query; a long step,
 * so that what is added is not lost in what was there. */
static enum attndyn_status drift(struct joint *j, const double *gradient) {
    const struct attndyn_joma *m = &j->in.model;
    size_t M = m->tokens, K = m->hidden, z = attndyn_joma_z_offset(m);
    bool linear = m->attention == ATTNDYN_JOMA_LINEAR;
    double lr = 10, ratio = m->eta_z / m->eta_w, found[M], expected[M], *moved;
    ATTNDYN_ALLOC(j->run->ctx, moved, j->n);
    memcpy(moved, j->in.state, j->n * sizeof *moved);
    attndyn_joma_step(j->work, NULL, NULL, m->samples, lr, moved);
    for (size_t l = 0; l < M; l++) {
        double before = 0, after = 0, squares = 0;
        for (size_t k = 0; k < K; k++) {
            before += j->in.state[l * K + k] * j->in.state[l * K + k];
            after += moved[l * K + k] * moved[l * K + k];
            squares += gradient[l * K + k] * gradient[l * K + k];
        }
        double z0 = j->in.state[z + l], z1 = moved[z + l];
        expected[l] = linear ? z1 * z1 - z0 * z0 - ratio * (after - before)
                             : z1 - z0 - ratio / (2 * m->temperature) * (after - before);
        found[l] = linear
                       ? attndyn_joma_drift_linear(lr, m->eta_w, m->eta_z, gradient[z + l], squares)
                       : attndyn_joma_drift_exp(lr, m->eta_w, m->eta_z, m->temperature, squares);
    }
    return fields_compare(j->run, "descent", j->name, "the law of a step against a step", M, found,
                          expected);
}

static enum attndyn_status look(struct joint *j, bool several, struct attndyn_random *random) {
    const struct attndyn_joma *m = &j->in.model;
    struct attndyn_ode_problem problem = {.n = j->n,
                                          .rhs = attndyn_joma_rhs,
                                          .jacobian_times = attndyn_joma_jacobian_times,
                                          .jacobian = attndyn_joma_jacobian,
                                          .user = j->work};
    double *found;
    ATTNDYN_ALLOC(j->run->ctx, found, j->n);
    attndyn_joma_gradient(j->work, NULL, NULL, m->samples, j->in.state, found);
    if (!several && m->attention != ATTNDYN_JOMA_SOFTMAX) return drift(j, found);
    ATTNDYN_TRY(gradient(j, found));
    ATTNDYN_TRY(rates(j, found));
    ATTNDYN_TRY(batch(j));
    if (m->attention == ATTNDYN_JOMA_SOFTMAX) ATTNDYN_TRY(quadrature(j));
    return fields_jacobians(j->run, j->p, j->name, &problem, j->in.state, random);
}

static enum attndyn_status instance(const struct trial *run, const struct fields *p, size_t i,
                                    bool several, struct attndyn_random *random) {
    struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(cases[i].attention);
    struct joint j = {.run = run, .p = p};
    spec.queries = several ? 2 : 1;
    spec.temperature = cases[i].attention == ATTNDYN_JOMA_LINEAR ? 1 : p->temperature;
    spec.activation.kind = cases[i].activation;
    spec.loss = cases[i].loss;
    spec.eta_w = p->eta_w, spec.eta_z = p->eta_z;
    spec.v_scale = 0.7, spec.xi_scale = 0.4, spec.count_normaliser = true;
    spec.seed = attndyn_random_derive((uint64_t)p->seed, "joint", i);
    j.name = attndyn_format(run->ctx, "%s, %s, %s", attndyn_joma_attention_name(spec.attention),
                            attndyn_joma_loss_name(spec.loss),
                            attndyn_activation_name(spec.activation.kind));
    if (!j.name) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_joma_instance_create(run->ctx, &spec, &j.in));
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &j.in.model, &j.work));
    j.n = attndyn_joma_size(&j.in.model);
    return look(&j, several, random);
}

/* The documented order of draws, number by number. */
static enum attndyn_status draws(const struct trial *run, const struct fields *p) {
    struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(ATTNDYN_JOMA_EXP);
    struct attndyn_joma_instance in;
    struct attndyn_random random;
    double *expected;
    spec.queries = 2;
    spec.seed = (uint64_t)p->seed;
    ATTNDYN_TRY(attndyn_joma_instance_create(run->ctx, &spec, &in));
    size_t M = spec.tokens, K = spec.hidden, N = spec.samples, Q = spec.queries, at = 0;
    ATTNDYN_ALLOC(run->ctx, expected, attndyn_joma_size(&in.model));
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX, (uint64_t)p->seed));
    for (size_t i = 0; i < M * N + N; i++) attndyn_random_uniform(&random); /* X and p */
    for (size_t i = 0; i < M * K; i++) expected[at++] = 0.3 * attndyn_random_normal(&random);
    for (size_t i = 0; i < Q * K; i++) expected[at++] = 0.1 * attndyn_random_normal(&random);
    for (size_t i = 0; i < Q * M; i++) expected[at++] = 0.2 * attndyn_random_normal(&random);
    attndyn_random_done(&random);
    return fields_compare(run, "descent", "reference instance", "its start against the draws", at,
                          in.state, expected);
}

enum attndyn_status fields_joint(const struct trial *run, const struct fields *p,
                                 struct attndyn_random *random) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ATTNDYN_TRY(instance(run, p, i, true, random));
        if (cases[i].attention != ATTNDYN_JOMA_SOFTMAX)
            ATTNDYN_TRY(instance(run, p, i, false, random));
    }
    return draws(run, p);
}
