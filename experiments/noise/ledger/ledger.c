#include "ledger.h"

#include "experiments/shared/kept.h"
#include "sim/base/random.h"
#include "sim/model/embed/sequences.h"
#include "sim/model/scansnap/original.h"
#include "theory/embed/balance.h"

#include <string.h>

/* The d x d form (and of W_Q, W_K the second one) of parameters, or of a step: (2, d, d). */
static void form(const struct attndyn_original *m, const struct ledger *p, const double *y,
                 double *out) {
    size_t M = m->tokens, d = m->options.width, square = d * d;
    const double *U = y + m->at_u, *W = y + m->at_w;
    memset(out, 0, 2 * square * sizeof *out);
    if (m->options.separate)
        attndyn_balance_apart(M, d, U, y, W, W + square, p->eta_u, p->eta_v, p->eta_w, out,
                              out + square);
    else
        attndyn_balance_one(M, d, U, y, W, p->eta_u, p->eta_v, p->eta_w, out);
}

static enum attndyn_status original(const struct trial *run, const struct ledger *p,
                                    const char *name, bool separate) {
    struct attndyn_distribution *data;
    struct attndyn_original *model;
    struct attndyn_random random;
    ATTNDYN_TRY(authors_data(run, &data));
    const struct attndyn_original_options options = {.width = (size_t)p->width,
                                                     .separate = separate,
                                                     .train_u = true,
                                                     .eta_u = p->eta_u,
                                                     .eta_y = p->eta_v,
                                                     .eta_z = p->eta_w,
                                                     .initial_sd = p->start_sd,
                                                     .seed = (uint64_t)p->seed};
    ATTNDYN_TRY(attndyn_original_create(run->ctx, data, &options, &model));
    size_t entries = 2 * model->options.width * model->options.width;
    double *y, *step, *start, *now, *of_step, *sum, *weights = model->data->class_probability;
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, step, model->n);
    double **const rows[] = {&start, &now, &of_step, &sum};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ATTNDYN_ALLOC(run->ctx, *rows[i], entries);
    memcpy(y, model->initial, model->n * sizeof *y);
    form(model, p, y, start);
    ATTNDYN_TRY(
        attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                            attndyn_random_derive((uint64_t)p->seed, "noise/ledger", separate)));
    long every = p->steps > 40 ? p->steps / 40 : 1;
    for (long s = 1; s <= p->steps; s++) {
        /* a minibatch is a sample of classes, which sets their weights in the loss */
        memset(weights, 0, data->classes * sizeof *weights);
        for (long b = 0; b < p->batch; b++)
            weights[(size_t)(attndyn_random_uniform(&random) * (double)data->classes)] +=
                1 / (double)p->batch;
        if (model->problem.rhs(0, y, step, model->problem.user) != 0)
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "step %ld is not finite", s);
        for (size_t k = 0; k < model->n; k++) y[k] += step[k] *= p->lr;
        form(model, p, step, of_step);
        for (size_t k = 0; k < entries; k++) sum[k] += of_step[k];
        if (s % every && s < p->steps) continue;
        struct entries row = BLANK(entries);
        row.form = name, row.step = s;
        row.drift = row.explained = row.left = 0;
        form(model, p, y, now);
        for (size_t k = 0; k < entries; k++) {
            worst(&row.drift, now[k] - start[k]);
            worst(&row.explained, sum[k]);
            worst(&row.left, now[k] - start[k] - sum[k]);
        }
        for (size_t n = 0; n < data->classes; n++) weights[n] = 1 / (double)data->classes;
        row.loss = attndyn_original_loss(model, y);
        ATTNDYN_TRY(EMIT_ROW(run, entries, &row));
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

/* The token law, on random sequences. */
static enum attndyn_status tokens(const struct trial *run, const struct ledger *p) {
    enum { TOKENS = 6, COUNT = 24 };
    const struct attndyn_sequences_options options = {.tokens = TOKENS,
                                                      .queries = 3,
                                                      .outputs = 4,
                                                      .width = 6,
                                                      .heads = 2,
                                                      .hidden = 5,
                                                      .context = 9,
                                                      .count = COUNT,
                                                      .norm = ATTNDYN_SEQUENCES_L2,
                                                      .eta_u = p->eta_u,
                                                      .eta_z = p->eta_w,
                                                      .eta_w = p->eta_v,
                                                      .spread = 0.3,
                                                      .seed = (uint64_t)p->seed};
    struct attndyn_sequences *model;
    struct attndyn_random random;
    double *y, z0[TOKENS], u0[TOKENS], z[TOKENS], u[TOKENS], squares[TOKENS] = {0};
    ATTNDYN_TRY(attndyn_sequences_create(run->ctx, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    memcpy(y, model->initial, model->n * sizeof *y);
    attndyn_sequences_tokens(model, y, z0, u0);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "noise/ledger", 2)));
    long every = p->steps > 40 ? p->steps / 40 : 1;
    for (long s = 1; s <= p->steps; s++) {
        size_t batch[4];
        for (size_t b = 0; b < 4; b++) batch[b] = (size_t)(attndyn_random_uniform(&random) * COUNT);
        struct entries row = BLANK(entries);
        row.form = "token law", row.step = s;
        row.drift = row.explained = row.left = 0;
        row.loss = attndyn_sequences_step(model, y, p->lr, batch, 4, squares);
        if (s % every && s < p->steps) continue;
        attndyn_sequences_tokens(model, y, z, u);
        for (size_t l = 0; l < TOKENS; l++) {
            double drift = (z[l] - z0[l]) / p->eta_w - (u[l] - u0[l]) / (2 * p->eta_u);
            worst(&row.drift, drift);
            worst(&row.explained, squares[l] / (2 * p->eta_u));
            worst(&row.left, drift + squares[l] / (2 * p->eta_u));
        }
        ATTNDYN_TRY(EMIT_ROW(run, entries, &row));
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

RUN(ledger) {
    ATTNDYN_TRY(original(run, p, "d x d, W as one", false));
    ATTNDYN_TRY(original(run, p, "d x d, W_Q and W_K apart", true));
    return tokens(run, p);
}

static const struct figure figures[] = {
    {"ledger", "noise/ledger/ledger.gp",
     "Drift of three conserved forms under SGD (dots), the form of the steps summed up (circles), and what "
     "is left of the difference (crosses): rounding."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, drift_end, "largest change of an entry of the last form at the end",               \
      LAST_OF(entries, drift))                                                                     \
    X(OPTIONAL, left_most, "largest part of a drift that is not explained",                        \
      LARGEST_OF(entries, left))                                                                   \
    X(OPTIONAL, loss_end, "loss at the end of the last training", LAST_OF(entries, loss))
SCALARS(taken, TAKEN)

const struct experiment experiment_noise_ledger = {
    .id = "noise/ledger",
    .title = "Ledgers: under SGD a conserved form drifts by the form of the steps alone",
    .source = "derived here (cf. arXiv 2012.04728)",
    .doc =
        "A symmetry makes the gradient of every minibatch orthogonal, in the sense of the conserved quadratic "
        "form, to the parameters: a step changes the form by the form of the step itself, and by nothing "
        "else. Shown for the d x d forms of embed/balance (a minibatch is a draw of classes) and for the "
        "token law. JoMA's Theorem 1 has the same ledger (joma/invariant).",
    .presets = (const struct preset[]){{"quick", "", "the defaults: a tenth of a second"}, {0}},
    .tables = TABLES(entries),
    .figures = figures,
    PARTS_OF(ledger, taken)};
