#include "token_law.h"

#include "experiments/shared/kept.h"
#include "experiments/shared/parts.h"
#include "sim/model/embed/sequences.h"

#include <string.h>

static const struct {
    const char *form;
    bool exponential, kept;
    enum attndyn_sequences_norm norm;
    bool several; /* heads */
} forms[] = {{"softmax l2", false, true, ATTNDYN_SEQUENCES_L2, false},
             {"softmax rms heads", false, true, ATTNDYN_SEQUENCES_RMS, true},
             {"softmax l2 + residual", false, true, ATTNDYN_SEQUENCES_AFTER, false},
             {"exp + residual (JoMA)", true, true, ATTNDYN_SEQUENCES_RESIDUAL, false},
             {"softmax without norm", false, false, ATTNDYN_SEQUENCES_NONE, false},
             {"softmax residual inside", false, false, ATTNDYN_SEQUENCES_INSIDE, false},
             {"softmax joint norm", false, false, ATTNDYN_SEQUENCES_JOINT, true}};
enum { FORMS = sizeof forms / sizeof *forms };

static struct attndyn_sequences_options options_of(const struct token_law *p, size_t form,
                                                   long data) {
    return (struct attndyn_sequences_options){.tokens = (size_t)p->tokens,
                                              .queries = (size_t)p->queries,
                                              .outputs = 4,
                                              .width = (size_t)p->width,
                                              .heads = forms[form].several ? (size_t)p->heads : 1,
                                              .hidden = (size_t)p->hidden,
                                              .context = (size_t)p->context,
                                              .count = (size_t)p->sequences,
                                              .exponential = forms[form].exponential,
                                              .norm = forms[form].norm,
                                              .eta_u = p->eta_u,
                                              .eta_z = p->eta_z,
                                              .eta_w = p->eta_w,
                                              .spread = 0.3,
                                              .seed = (uint64_t)(p->seed + data)};
}

/* bag: the least norm that is divided by, over the outputs. */
static enum attndyn_status flow(const struct trial *run, const struct token_law *p, size_t form,
                                long data, double *bag) {
    const struct attndyn_sequences_options options = options_of(p, form, data);
    struct attndyn_sequences *model;
    struct kept kept;
    size_t M = options.tokens, count = (size_t)p->points;
    double *times, *z, *u, *z0, *u0;
    ATTNDYN_TRY(attndyn_sequences_create(run->ctx, &options, &model));
    ATTNDYN_ALLOC(run->ctx, times, count);
    ATTNDYN_ALLOC(run->ctx, z, M);
    ATTNDYN_ALLOC(run->ctx, u, M);
    ATTNDYN_ALLOC(run->ctx, z0, M);
    ATTNDYN_ALLOC(run->ctx, u0, M);
    attndyn_grid_linear(0, p->t_end, count, times);
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(kept_solve_until(run, forms[form].form, &model->problem, &solver, model->initial,
                                 times, count, &kept));
    if (kept.count < count)
        ATTNDYN_TRY(NOTE(run,
                         "%s, data set %ld: from t = %.3g on a bag is within %g of 0, where the "
                         "norm is singular; the flow ends there",
                         forms[form].form, data, kept.statistics.t_reached,
                         ATTNDYN_SEQUENCES_EMPTY));
    attndyn_sequences_tokens(model, model->initial, z0, u0);
    *bag = kept.count < count ? 0 : INFINITY;
    for (size_t i = 0; i < kept.count; i++) {
        keep_smaller(bag, attndyn_sequences_bag(model, kept_at(&kept, i)));
        attndyn_sequences_tokens(model, kept_at(&kept, i), z, u);
        for (size_t l = 0; l < M; l++) {
            double start = z0[l] / p->eta_z - u0[l] / (2 * p->eta_u);
            double sum_z = z[l] / p->eta_z, half = u[l] / (2 * p->eta_u);
            ATTNDYN_TRY(EMIT(run, law, .form = forms[form].form, .kept = forms[form].kept,
                             .data = data, .t = times[i], .token = (long)l, .sum_z = sum_z,
                             .half_u2 = half, .bought = sum_z - z0[l] / p->eta_z,
                             .paid = half - u0[l] / (2 * p->eta_u), .drift = sum_z - half - start,
                             .above = sum_z - start));
        }
    }
    return ATTNDYN_OK;
}

/* SGD at lr over a fixed time, steps and lr changing together. */
static enum attndyn_status descend(const struct trial *run, const struct token_law *p, double lr,
                                   long data) {
    const struct attndyn_sequences_options options = options_of(p, 0, data);
    struct attndyn_sequences *model;
    struct attndyn_random random;
    size_t M = options.tokens, *batch, steps = (size_t)lround((double)p->steps * p->lrs.at[0] / lr);
    double *y, *z, *u, *z0, *u0, *squares;
    ATTNDYN_TRY(attndyn_sequences_create(run->ctx, &options, &model));
    ATTNDYN_ALLOC(run->ctx, batch, (size_t)p->batch);
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, z, M);
    ATTNDYN_ALLOC(run->ctx, u, M);
    ATTNDYN_ALLOC(run->ctx, z0, M);
    ATTNDYN_ALLOC(run->ctx, u0, M);
    ATTNDYN_ALLOC(run->ctx, squares, M);
    memcpy(y, model->initial, model->n * sizeof *y);
    attndyn_sequences_tokens(model, y, z0, u0);
    ATTNDYN_TRY(
        attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                            attndyn_random_derive((uint64_t)p->seed, "embed/token-law", 0)));
    size_t every = steps > 50 ? steps / 50 : 1;
    for (size_t s = 1; s <= steps; s++) {
        for (size_t b = 0; b < (size_t)p->batch; b++)
            batch[b] = (size_t)(attndyn_random_uniform(&random) * (double)p->sequences);
        double loss = attndyn_sequences_step(model, y, lr, batch, (size_t)p->batch, squares);
        if (s % every && s < steps) continue;
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        attndyn_sequences_tokens(model, y, z, u);
        for (size_t l = 0; l < M; l++)
            ATTNDYN_TRY(EMIT(run, ledger, .lr = lr, .step = (long)s, .token = (long)l,
                             .drift = (z[l] - z0[l]) / p->eta_z - (u[l] - u0[l]) / (2 * p->eta_u),
                             .squares = squares[l] / (2 * p->eta_u), .loss = loss));
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

/* sum_k (u_l . w_k)^2: (M), as JoMA's v_k = U w_k. */
static void node_squares(const struct attndyn_sequences *m, const double *y, double *v2) {
    size_t d = m->options.width;
    for (size_t l = 0; l < m->options.tokens; l++) {
        v2[l] = 0;
        for (size_t k = 0; k < m->options.hidden; k++) {
            double v = 0;
            for (size_t c = 0; c < d; c++) v += y[l * d + c] * y[m->at_W1 + k * d + c];
            v2[l] += v * v;
        }
    }
}

/* W1^T W1/eta_w: (d, d), and less (U^T U + E^T E)/eta_u. */
static void layers(const struct attndyn_sequences *m, const double *y, double *first,
                   double *balance) {
    const struct attndyn_sequences_options *o = &m->options;
    size_t d = o->width;
    for (size_t a = 0; a < d; a++)
        for (size_t b = 0; b < d; b++) {
            double w = 0, u = 0;
            for (size_t k = 0; k < o->hidden; k++)
                w += y[m->at_W1 + k * d + a] * y[m->at_W1 + k * d + b];
            for (size_t l = 0; l < o->tokens; l++) u += y[l * d + a] * y[l * d + b];
            for (size_t q = 0; q < o->queries; q++)
                u += y[m->at_E + q * d + a] * y[m->at_E + q * d + b];
            first[a * d + b] = w / o->eta_w;
            balance[a * d + b] = w / o->eta_w - u / o->eta_u;
        }
}

/* JoMA's setting: exp attention, residual, one query, hidden nodes, orthonormal embeddings. */
static enum attndyn_status theorem(const struct trial *run, const struct token_law *p,
                                   double eta_u) {
    struct attndyn_sequences_options options = options_of(p, 3, 0);
    options.queries = 1, options.orthonormal = true, options.eta_u = eta_u;
    options.hidden = p->hidden ? (size_t)p->hidden : 4;
    options.width = (size_t)p->tokens + 1;
    struct attndyn_sequences *model;
    struct kept kept;
    size_t M = options.tokens, d = options.width, count = (size_t)p->points;
    double *times, *z, *u, *z0, *u0, *v, *v0, *f, *f0, *b, *b0;
    ATTNDYN_TRY(attndyn_sequences_create(run->ctx, &options, &model));
    ATTNDYN_ALLOC(run->ctx, times, count);
    double **const rows[] = {&z, &u, &z0, &u0, &v, &v0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) ATTNDYN_ALLOC(run->ctx, *rows[i], M);
    double **const squares[] = {&f, &f0, &b, &b0};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++)
        ATTNDYN_ALLOC(run->ctx, *squares[i], d * d);
    attndyn_grid_linear(0, p->t_end, count, times);
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(kept_solve(run, "theorem 1", &model->problem, &solver, model->initial, times, count,
                           &kept));
    attndyn_sequences_tokens(model, model->initial, z0, u0);
    node_squares(model, model->initial, v0);
    if (eta_u > 0) layers(model, model->initial, f0, b0);
    double moved = 0, error = 0, law = 0, change = 0, drift = 0;
    for (size_t i = 0; i < count; i++) {
        const double *y = kept_at(&kept, i);
        attndyn_sequences_tokens(model, y, z, u);
        node_squares(model, y, v);
        for (size_t l = 0; l < M; l++) {
            worst(&moved, z[l] - z0[l]);
            worst(&error, z[l] - z0[l] - p->eta_z / (2 * p->eta_w) * (v[l] - v0[l]));
            if (eta_u > 0) worst(&law, z[l] - z0[l] - p->eta_z / (2 * eta_u) * (u[l] - u0[l]));
        }
        if (!(eta_u > 0)) continue;
        layers(model, y, f, b);
        for (size_t k = 0; k < d * d; k++) {
            worst(&change, f[k] - f0[k]);
            worst(&drift, b[k] - b0[k]);
        }
    }
    return EMIT(run, theorem, .eta_u = eta_u, .moved = moved, .error = error / moved,
                .law = eta_u > 0 ? law / moved : NAN, .layers = eta_u > 0 ? drift / change : NAN);
}

RUN(token_law) {
    double total = (double)(FORMS * (size_t)p->data_sets + p->lrs.count + p->theorem1.count);
    struct parts parts = parts_of(run, "runs", total);
    ATTNDYN_TRY(kept_needs(run, "lrs", p->lrs));
    ATTNDYN_TRY(kept_needs(run, "theorem1", p->theorem1));
    if (!(p->eta_w > 0))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "eta_w must be positive: JoMA's Theorem 1 divides by it");
    /* A step is small against a bag only where that is not near 0: SGD is followed on the data
     * whose bags stay the largest. */
    long roomy = 0;
    double room = 0;
    for (long data = 0; data < p->data_sets; data++)
        for (size_t form = 0; form < FORMS; form++) {
            double bag;
            ATTNDYN_TRY(part_done(&parts, flow(run, p, form, data, &bag)));
            if (form == 0 && bag > room) room = bag, roomy = data;
        }
    for (size_t i = 0; i < p->lrs.count; i++)
        ATTNDYN_TRY(part_done(&parts, descend(run, p, p->lrs.at[i], roomy)));
    for (size_t i = 0; i < p->theorem1.count; i++)
        ATTNDYN_TRY(part_done(&parts, theorem(run, p, p->theorem1.at[i])));
    if (p->text_steps > 0) ATTNDYN_TRY(token_law_on_text(run, p));
    double largest = 0, smallest = INFINITY;
    EACH_ROW (run, law, r) {
        if (r->kept) worst(&largest, r->drift);
        if (!r->kept && r->t == p->t_end) smallest = fmin(smallest, fabs(r->drift));
    }
    return kept_state(run, "largest_drift", largest);
}

static const struct figure figures[] = {
    {"token_law", "embed/token_law/token_law.gp",
     "(a) Every token trades attention for length: sum of its logits over eta_z against "
     "|u|^2/(2 eta_u), each on a line of slope 1 (softmax, l2). (b) The drift of the law in time: "
     "where the output is normalised first, or attention is exp, it is the solver's; a missing norm, a "
     "residual inside it, or a norm shared by heads breaks it. (c) Under SGD it drifts by the "
     "squared steps of u and by nothing else (line). (d) The same on the transformer, trained on "
     "text: what is left of the drift when the squared steps are taken away."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, drift, "largest drift where the law is kept", LARGEST_OF(law, drift),              \
      AMONG(law, kept, "1"))                                                                       \
    X(OPTIONAL, drift_control, "largest drift of the controls, which do not keep the law",         \
      LARGEST_OF(law, drift), AMONG(law, kept, "0"))                                               \
    X(OPTIONAL, bought_end, "what the last token has bought", LAST_OF(law, bought))                \
    X(OPTIONAL, loss_end, "loss at the end of the last descent", LAST_OF(ledger, loss))            \
    X(OPTIONAL, theorem_error, "largest error of Theorem 1 with trained embeddings",               \
      LARGEST_OF(theorem, error))
SCALARS(taken, TAKEN)

const struct experiment experiment_embed_token_law = {
    .id = "embed/token-law",
    .title = "The token law: attention logits are bought with the length of embeddings",
    .source = "derived here; the talk leaves embeddings that learn open",
    .doc =
        "One attention layer with trained value embeddings u_l (its own, untied), attention logits "
        "z_ml, trained logits of positions, and a linear map or an MLP above, on random sequences: "
        "no assumption on data, loss or network. Where an l2 or RMS norm acts on softmax attention's "
        "output before anything else, or attention is exp, multiplying u_l by e^-e and adding e to "
        "all z_ml is a symmetry, and sum_m z_ml/eta_z - |u_l|^2/(2 eta_u) is conserved for every "
        "token l (several heads that share the u_l: sum over heads, one norm per head).\n"
        "So JoMA's Theorem 1, z = (eta_z/(2 eta_w)) sum_k v_k^2 + c, which fixes the embeddings, "
        "becomes z = (eta_z/(2 eta_u)) |u_l|^2 + c. SGD adds half the squared steps of u_l over eta_u, "
        "exactly: also on the transformer, trained on text, where every position is a query and "
        "each word has a column of the value map for its u_l.\n"
        "Table `state`: largest_drift over the forms that keep the law.",
    .presets =
        (const struct preset[]){{"quick", "", "the defaults: some seconds"},
                                {"many", "data_sets=20 steps=20000", "more data, longer SGD"},
                                {"text", "data_sets=1 steps=10 text_steps=20000 text_length=64",
                                 "the transformer on text: a minute; text=PATH for another one"},
                                {0}},
    .tables = TABLES(law, ledger, theorem, trained, the_state),
    .figures = figures,
    PARTS_OF(token_law, taken)};
