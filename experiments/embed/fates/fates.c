#include "fates.h"

#include "experiments/shared/examples.h"
#include "experiments/shared/kept.h"
#include "sim/model/embed/factors.h"
#include "sim/model/embed/normed.h"

#include <string.h>

enum kind { FIXED, CHAIN, NORMED };
static const char *const kind_names[] = {"fixed", "chain", "normed"};

/* z at t: (L, M), of one kind on one set. */
static enum attndyn_status end(const struct trial *run, const struct embed_fates *p, enum kind kind,
                               const struct attndyn_distribution *data, double eta_u, double t,
                               double *z) {
    struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    solver.max_steps = 20000; /* hundreds are enough; where the norm is singular no number is */
    size_t M = data->tokens;
    struct kept kept;
    double *y;
    memset(z, 0, data->last_tokens * M * sizeof *z);
    if (kind == NORMED) {
        struct attndyn_normed *model;
        const struct attndyn_normed_options options = {eta_u, p->eta_y, p->eta_z, 0};
        ATTNDYN_TRY(attndyn_normed_create(run->ctx, data, &options, &model));
        ATTNDYN_ALLOC(run->ctx, y, model->n);
        attndyn_normed_orthonormal(model, y);
        ATTNDYN_TRY(kept_solve(run, "normed", &model->problem, &solver, y, &t, 1, &kept));
        memcpy(z, kept.y + model->at_z, data->last_tokens * M * sizeof *z);
        return ATTNDYN_OK;
    }
    struct attndyn_factors *model;
    const struct attndyn_factors_options options = {kind == CHAIN, 0, eta_u, p->eta_y, p->eta_z};
    ATTNDYN_TRY(attndyn_factors_create(run->ctx, data, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    attndyn_factors_start(model, y);
    ATTNDYN_TRY(kept_solve(run, kind_names[kind], &model->problem, &solver, y, &t, 1, &kept));
    const struct attndyn_flow *flow = model->flow;
    for (size_t m = 0; m < data->last_tokens; m++)
        for (size_t k = flow->z_start[m]; k < flow->z_start[m + 1]; k++)
            z[m * M + flow->z_token[k]] = kept.y[model->at[model->count] + k];
    return ATTNDYN_OK;
}

/* Tokens that a query sees. */
static bool sees(const struct attndyn_distribution *data, size_t query, size_t token) {
    for (size_t n = 0; n < data->classes; n++) {
        if (data->last[n] != query) continue;
        for (size_t e = data->start[n]; e < data->start[n + 1]; e++)
            if (data->token[e] == token) return true;
    }
    return false;
}

static enum attndyn_status example(const struct trial *run, const struct embed_fates *p,
                                   enum example which, enum kind kind, double eta_u) {
    struct attndyn_distribution *data;
    double *z;
    ATTNDYN_TRY(example_create(run->ctx, which, &data));
    ATTNDYN_ALLOC(run->ctx, z, data->last_tokens * data->tokens);
    ATTNDYN_TRY(end(run, p, kind, data, eta_u, p->t_examples, z));
    for (size_t m = 0; m < data->last_tokens; m++)
        for (size_t l = 0; l < data->tokens; l++)
            if (sees(data, m, l))
                ATTNDYN_TRY(EMIT(run, examples, .set = example_names[which],
                                 .kind = kind_names[kind], .eta_u = kind == FIXED ? 0 : eta_u,
                                 .query = (long)m, .token = (long)l,
                                 .role = data->degree[l] > 1 ? "common" : "distinct",
                                 .z = z[m * data->tokens + l]));
    return ATTNDYN_OK;
}

/* slower: (eta_us.count), out: commons that grow below a norm at each of eta_us; -1: singular. */
static enum attndyn_status random_set(const struct trial *run, const struct embed_fates *p,
                                      long set, long *slower) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *data;
    size_t G = (size_t)p->num_common;
    long growing[3] = {0};
    double *z;
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, (size_t)p->num_last, (size_t)p->num_next_per_last,
                                       G, (size_t)p->num_distinct, &family));
    const struct attndyn_random_spread spread = {
        .common_sd = p->common_sd,
        .distinct_sd = p->distinct_sd,
        .seed = attndyn_random_derive((uint64_t)p->seed, "embed/fates", (uint64_t)set)};
    ATTNDYN_TRY(
        attndyn_distribution_random(run->ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &data));
    ATTNDYN_ALLOC(run->ctx, z, data->last_tokens * data->tokens);
    for (int kind = FIXED; kind <= NORMED; kind++) {
        enum attndyn_status status = end(run, p, (enum kind)kind, data, p->eta_u, p->t_end, z);
        if (status == ATTNDYN_RUN_FAILED && kind == NORMED) {
            growing[kind] = -1;
            attndyn_message_clear(run->ctx);
            break;
        }
        ATTNDYN_TRY(status);
        for (size_t m = 0; m < data->last_tokens; m++)
            for (size_t g = 0; g < G; g++) growing[kind] += z[m * data->tokens + g] > 0;
    }
    for (size_t i = 0; i < p->eta_us.count; i++) {
        slower[i] = p->eta_us.at[i] == p->eta_u ? growing[NORMED] : -1;
        if (slower[i] >= 0 || growing[NORMED] < 0) continue;
        enum attndyn_status status = end(run, p, NORMED, data, p->eta_us.at[i], p->t_end, z);
        if (status == ATTNDYN_RUN_FAILED) {
            attndyn_message_clear(run->ctx);
            continue;
        }
        ATTNDYN_TRY(status);
        slower[i] = 0;
        for (size_t m = 0; m < data->last_tokens; m++)
            for (size_t g = 0; g < G; g++) slower[i] += z[m * data->tokens + g] > 0;
    }
    return EMIT(run, randoms, .set = set, .fixed = growing[FIXED], .chain = growing[CHAIN],
                .normed = growing[NORMED]);
}

/* slower: (sets, eta_us.count), of random_set. */
static enum attndyn_status shares(const struct trial *run, const struct embed_fates *p,
                                  const long *slower) {
    const size_t rates = p->eta_us.count;
    long n = 0, growing[3] = {0}, *slow;
    ATTNDYN_ALLOC(run->ctx, slow, rates);
    EACH_ROW (run, randoms, r) {
        bool whole = r->normed >= 0;
        const long *of = slower + (size_t)r->set * rates;
        for (size_t i = 0; i < rates; i++) whole = whole && of[i] >= 0;
        if (!whole) continue;
        n++;
        growing[FIXED] += r->fixed > 0;
        growing[CHAIN] += r->chain > 0;
        growing[NORMED] += r->normed > 0;
        for (size_t i = 0; i < rates; i++) slow[i] += of[i] > 0;
    }
    double singular = (double)ROWS(run, randoms) - (double)n;
    ATTNDYN_TRY(SCALAR(run, fates_scalars, singular, singular));
    if (singular > 0)
        ATTNDYN_TRY(results_note(run->ctx, run->results,
                                 "%g of %zu random sets are left out: below a norm a class's bag "
                                 "passes through 0 there, where the norm is singular",
                                 singular, ROWS(run, randoms)));
    if (n == 0) return ATTNDYN_OK;
    for (int k = FIXED; k <= NORMED; k++)
        ATTNDYN_TRY(EMIT(run, shares, .kind = kind_names[k], .eta_u = k == FIXED ? 0 : p->eta_u,
                         .sets = n, .growing = growing[k]));
    for (size_t i = 0; i < rates; i++)
        if (p->eta_us.at[i] != p->eta_u)
            ATTNDYN_TRY(EMIT(run, shares, .kind = kind_names[NORMED], .eta_u = p->eta_us.at[i],
                             .sets = n, .growing = slow[i]));
    ATTNDYN_TRY(SCALAR(run, fates_scalars, share_fixed, (double)growing[FIXED] / (double)n));
    ATTNDYN_TRY(SCALAR(run, fates_scalars, share_chain, (double)growing[CHAIN] / (double)n));
    return SCALAR(run, fates_scalars, share_normed, (double)growing[NORMED] / (double)n);
}

RUN(embed_fates) {
    long *slower;
    ATTNDYN_TRY(kept_needs(run, "eta_us", p->eta_us));
    ATTNDYN_ALLOC(run->ctx, slower, (size_t)p->sets * p->eta_us.count + 1);
    for (int which = 0; which < example_count; which++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(example(run, p, (enum example)which, FIXED, 0));
        for (size_t i = 0; i < p->eta_us.count; i++) {
            ATTNDYN_TRY(example(run, p, (enum example)which, CHAIN, p->eta_us.at[i]));
            ATTNDYN_TRY(example(run, p, (enum example)which, NORMED, p->eta_us.at[i]));
        }
        attndyn_memory_release(run->ctx, mark);
    }
    for (long set = 0; set < p->sets; set++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(random_set(run, p, set, slower + (size_t)set * p->eta_us.count));
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "random sets", (double)(set + 1), (double)p->sets);
    }
    return shares(run, p, slower);
}

static const struct figure figures[] = {
    {"fates", "embed/fates/fates.gp",
     "Attention logits at the end on the three example sets, commons (triangles) and distinct tokens "
     "(dots), with fixed embeddings, a trained factor in the decoder, and embeddings trained below a "
     "norm at three rates: the signs are the same but for the declining distinct tokens, which freeze "
     "before they turn."},
    {0}};

const struct experiment experiment_embed_fates = {
    .id = "embed/fates",
    .title = "Which tokens win when the embeddings learn too",
    .source = "derived here; the talk leaves embeddings that learn open",
    .doc =
        "Scan&Snap's fates (common tokens fall, distinct ones grow, and the sets in which they do not) "
        "with a trained factor in the decoder (chain, Y = X_1 R) and with embeddings trained below a "
        "norm (normed), beside fixed embeddings. The example sets are those of scansnap/fates; random "
        "sets are the authors' with all weights drawn anew for each class (common_sd, distinct_sd).\n"
        "Scalars: the share of random sets in which a common token's logit ends above its start.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: some seconds"},
                                       {"short", "sets=400", "400 random sets"},
                                       {"many", "sets=1000", "1000 random sets: minutes"},
                                       {0}},
    .tables = TABLES(examples, randoms, shares),
    .figures = figures,
    PARTS_OF(embed_fates, fates_scalars)};
