#include "flow.h"

#include "experiments/shared/kept.h"
#include "sim/base/random.h"
#include "sim/data/distribution.h"
#include "sim/model/position/flow.h"
#include "sim/model/position/placed.h"
#include "theory/position/laws.h"

#include <stdlib.h>
#include <string.h>

/* --- data ----------------------------------------------------------------------------------- */

/* The laws of position r: those of its kind. Of `blocks`, kind 0 has the first half of the tokens.
 */
static enum attndyn_status random_data(const struct trial *run, const struct position_flow *p,
                                       struct attndyn_placed **data) {
    size_t K = (size_t)(p->num_last * p->num_next_per_last), M = (size_t)p->tokens;
    size_t R = p->shares.count;
    struct attndyn_placed *d;
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_placed_create(run->ctx, K, M, R, &d));
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "position/flow", 0)));
    for (size_t n = 0; n < K; n++) d->query[n] = n / (size_t)p->num_next_per_last;
    for (int kind = 0; kind < 2; kind++)
        for (size_t n = 0; n < K; n++) {
            double *law = NULL, sum = 0;
            size_t from = p->data == placed_blocks && kind == 1 ? M / 2 : 0;
            size_t to = p->data == placed_blocks && kind == 0 ? M / 2 : M;
            for (size_t r = 0; r < R; r++) {
                int own = p->data == placed_alike    ? 0
                          : p->data == placed_blocks ? r >= 2
                                                     : r >= (R + 1) / 2;
                if (own != kind) continue;
                double *here = attndyn_placed_law(d, r, n);
                if (law) {
                    memcpy(here, law, M * sizeof *law);
                    continue;
                }
                law = here;
                for (size_t l = from; l < to; l++)
                    sum += law[l] = 0.05 + attndyn_random_uniform(&random);
                for (size_t l = from; l < to; l++) law[l] /= sum;
            }
        }
    attndyn_random_done(&random);
    *data = d;
    return ATTNDYN_OK;
}

/* A token distribution's file whose tokens are written position:token, the joint law pi_r P_r(l|n).
 */
static enum attndyn_status file_data(const struct trial *run, const struct position_flow *p,
                                     struct attndyn_placed **data) {
    struct attndyn_distribution *joint;
    struct attndyn_placed *d;
    if (!*p->data_file)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "data=file needs data_file=FILE");
    ATTNDYN_TRY(attndyn_distribution_file(run->ctx, p->data_file, ATTNDYN_COLUMNS_NEXT, &joint));
    size_t *position, *token, R = 0, M = 0;
    ATTNDYN_ALLOC(run->ctx, position, joint->tokens);
    ATTNDYN_ALLOC(run->ctx, token, joint->tokens);
    for (size_t l = 0; l < joint->tokens; l++) {
        char *end;
        long r = strtol(joint->token_name[l], &end, 10);
        if (*end != ':' || r < 1 || r > 1000)
            return attndyn_fail(run->ctx, ATTNDYN_NO_INPUT,
                                "%s: token '%s': expected position:token with a position from 1 to "
                                "1000",
                                p->data_file, joint->token_name[l]);
        position[l] = (size_t)r - 1;
        R = position[l] >= R ? position[l] + 1 : R;
        token[l] = M;
        for (size_t k = 0; k < l; k++)
            if (strcmp(strchr(joint->token_name[k], ':'), end) == 0) token[l] = token[k];
        if (token[l] == M) M++;
    }
    ATTNDYN_TRY(attndyn_placed_create(run->ctx, joint->classes, M, R, &d));
    memset(d->share, 0, R * sizeof *d->share);
    for (size_t n = 0; n < joint->classes; n++) {
        d->query[n] = joint->last[n];
        d->class_probability[n] = joint->class_probability[n];
        for (size_t e = joint->start[n]; e < joint->start[n + 1]; e++) {
            size_t l = joint->token[e];
            attndyn_placed_law(d, position[l], n)[token[l]] = joint->probability[e];
            if (n == 0) d->share[position[l]] += joint->probability[e];
        }
        for (size_t r = 0; r < R; r++) {
            double sum = 0, *law = attndyn_placed_law(d, r, n);
            for (size_t l = 0; l < M; l++) sum += law[l];
            if (!(fabs(sum - d->share[r]) <= 1e-6) || !(sum > 0))
                return attndyn_fail(
                    run->ctx, ATTNDYN_NO_INPUT,
                    "%s: class %zu holds %g at position %zu, class 1 holds %g: expected "
                    "the same share of the context, above 0, in all classes",
                    p->data_file, n + 1, sum, r + 1, d->share[r]);
            for (size_t l = 0; l < M; l++) law[l] /= sum;
        }
    }
    *data = d;
    return ATTNDYN_OK;
}

static enum attndyn_status create_data(const struct trial *run, const struct position_flow *p,
                                       struct attndyn_placed **data) {
    if (p->data == placed_file) {
        ATTNDYN_TRY(file_data(run, p, data));
        return attndyn_placed_complete(run->ctx, *data);
    }
    ATTNDYN_TRY(kept_needs(run, "shares", p->shares));
    if (p->data == placed_blocks && p->shares.count < 3)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "data=blocks needs at least three shares");
    ATTNDYN_TRY(random_data(run, p, data));
    memcpy((*data)->share, p->shares.at, p->shares.count * sizeof *(*data)->share);
    return attndyn_placed_complete(run->ctx, *data);
}

/* group[r]: the first position with the laws of r. */
static void groups_of(const struct attndyn_placed *d, size_t *group) {
    size_t size = d->classes * d->tokens;
    for (size_t r = 0; r < d->positions; r++) {
        group[r] = r;
        for (size_t s = 0; s < r && group[r] == r; s++)
            if (memcmp(attndyn_placed_law(d, r, 0), attndyn_placed_law(d, s, 0),
                       size * sizeof(double)) == 0)
                group[r] = s;
    }
}

/* block[r]: connected component of the graph of positions and tokens; tokens' own in block[R + l].
 */
static void blocks_of(const struct attndyn_placed *d, size_t *block) {
    size_t R = d->positions, M = d->tokens;
    for (size_t i = 0; i < R + M; i++) block[i] = i;
    for (bool again = true; again;) {
        again = false;
        for (size_t r = 0; r < R; r++)
            for (size_t l = 0; l < M; l++) {
                bool occurs = false;
                for (size_t n = 0; n < d->classes; n++)
                    occurs = occurs || attndyn_placed_law(d, r, n)[l] > 0;
                size_t *a = &block[r], *b = &block[R + l];
                if (!occurs || *a == *b) continue;
                *a = *b = *a < *b ? *a : *b;
                again = true;
            }
    }
}

/* --- the run --------------------------------------------------------------------------------- */

struct watched {
    const struct attndyn_positions *model;
    const struct position_flow *p;
    size_t *group, *block; /* (R), (R + M) */
    double *logits;        /* (R) */
};

static struct attndyn_positions_options options_of(const struct position_flow *p) {
    return (struct attndyn_positions_options){.eta_y = p->eta_y,
                                              .eta_z = p->eta_z,
                                              .eta_p = p->eta_p,
                                              .apart = !p->shared,
                                              .code = (enum attndyn_position_code)p->code,
                                              .frequencies = (size_t)p->frequencies,
                                              .base = 1e4};
}

/* Spread of the position law within a group and between them, over its mean size. */
static void spreads(const struct watched *w, struct course *row) {
    const struct attndyn_placed *d = w->model->data;
    size_t R = d->positions;
    double size = 0;
    row->spread = row->apart = 0;
    for (size_t r = 0; r < R; r++) worst(&size, attndyn_position_law(0, w->logits[r], d->share[r]));
    for (size_t r = 0; r < R && size > 0; r++)
        for (size_t s = 0; s < r; s++) {
            double difference = attndyn_position_law(0, w->logits[r], d->share[r]) -
                                attndyn_position_law(0, w->logits[s], d->share[s]);
            worst(w->group[r] == w->group[s] ? &row->spread : &row->apart, difference / size);
        }
}

static double block_change(const struct watched *w, const double *y) {
    const struct attndyn_positions *m = w->model;
    double most = 0;
    for (size_t root = 0; root < m->R; root++) {
        double sum = 0;
        for (size_t r = 0; r < m->R; r++)
            if (w->block[r] == root) sum -= w->logits[r] / w->p->eta_p;
        for (size_t l = 0; l < m->M; l++)
            for (size_t q = 0; q < m->L && w->block[m->R + l] == root; q++)
                sum += y[m->at_z + q * m->M + l] / w->p->eta_z;
        worst(&most, sum);
    }
    return most;
}

static enum attndyn_status look(const struct trial *run, const struct watched *w, double t,
                                const double *y) {
    const struct attndyn_positions *m = w->model;
    struct course row =
        WHOLE(course, .t = t, .loss = attndyn_positions_loss(m, y), .sum_p = 0, .sum_z = 0,
              .p_max = 0, .z_max = 0, .spread = 0, .apart = 0, .block = 0);
    for (size_t q = 0; q < m->L; q++) {
        double sum = 0;
        for (size_t l = 0; l < m->M; l++) {
            double z = y[m->at_z + q * m->M + l];
            sum += z;
            worst(&row.z_max, z);
        }
        worst(&row.sum_z, sum);
    }
    for (size_t q = 0; q < (m->options.apart ? m->L : 1); q++) {
        struct course one = row;
        double sum = 0;
        attndyn_positions_logits(m, y, q, w->logits);
        spreads(w, &one);
        row.spread = fmax(row.spread, one.spread), row.apart = fmax(row.apart, one.apart);
        for (size_t r = 0; r < m->R; r++) {
            sum += w->logits[r];
            worst(&row.p_max, w->logits[r]);
            ATTNDYN_TRY(EMIT(run, positions, .t = t, .query = (long)q, .position = (long)r + 1,
                             .group = (long)w->group[r], .share = m->data->share[r],
                             .p = w->logits[r],
                             .law = attndyn_position_law(0, w->logits[r], m->data->share[r])));
        }
        worst(&row.sum_p, sum);
    }
    if (w->p->eta_p > 0 && w->p->eta_z > 0 && !m->options.apart) row.block = block_change(w, y);
    return EMIT_ROW(run, course, &row);
}

/* The early law, with free position logits. */
static enum attndyn_status early(const struct trial *run, const struct position_flow *p,
                                 struct attndyn_positions *model) {
    const struct attndyn_placed *d = model->data;
    double t = 1e-3 / fmax(1, fmax(p->eta_y, fmax(p->eta_z, p->eta_p))), *y, *R, *work;
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, 1e-13);
    struct attndyn_ode_options fine = solver;
    fine.atol = 1e-22;
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, R, d->positions);
    ATTNDYN_ALLOC(run->ctx, work, (d->classes + 1) * d->tokens);
    ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &model->problem, &fine, 0, y, &t, 1, NULL, NULL));
    attndyn_position_early(d->positions, d->classes, d->tokens, d->share, d->class_probability,
                           d->probability, work, R);
    for (size_t r = 0; r < d->positions; r++)
        ATTNDYN_TRY(EMIT(run, early, .position = (long)r + 1, .t = t, .p = y[model->at_p + r],
                         .predicted = p->eta_y * p->eta_p * t * t / 2 * R[r]));
    return ATTNDYN_OK;
}

RUN(position_flow) {
    struct attndyn_placed *data = NULL;
    struct watched w = {.p = p};
    struct attndyn_positions *model;
    struct kept kept;
    double *y, *times;
    size_t count;
    ATTNDYN_TRY(create_data(run, p, &data));
    const struct attndyn_positions_options options = options_of(p);
    ATTNDYN_TRY(attndyn_positions_create(run->ctx, data, &options, &model));
    w.model = model;
    ATTNDYN_ALLOC(run->ctx, w.group, model->R);
    ATTNDYN_ALLOC(run->ctx, w.block, model->R + model->M);
    ATTNDYN_ALLOC(run->ctx, w.logits, model->R);
    groups_of(data, w.group);
    blocks_of(data, w.block);
    if (p->code == code_free && p->shared) ATTNDYN_TRY(early(run, p, model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_TRY(kept_grid(run, 1e-2, p->t_end, p->per_decade, &times, &count));
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(kept_solve(run, "flow", &model->problem, &solver, y, times, count, &kept));
    for (size_t i = 0; i < count; i++) ATTNDYN_TRY(look(run, &w, times[i], kept_at(&kept, i)));
    const double *end = kept_at(&kept, count - 1);
    ATTNDYN_TRY(results_emit_state(run->ctx, run->results, "Y", end, model->at_z));
    ATTNDYN_TRY(results_emit_state(run->ctx, run->results, "z", end + model->at_z,
                                   model->at_p - model->at_z));
    attndyn_positions_logits(model, end, 0, w.logits);
    return results_emit_state(run->ctx, run->results, "p", w.logits, model->R);
}

static const struct figure figures[] = {
    {"flow", "position/flow/flow.gp",
     "(a) Position logits in time: what is near in the data need not be near in the logits. (b) "
     "(1 - e^{-p_r})/pi_r: the position law makes it the same for all positions with the same laws of "
     "tokens (one line upon the other), whatever their shares, data and rates."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, loss_end, "loss at the end", LAST_OF(course, loss))                                \
    X(OPTIONAL, p_max_end, "largest position logit there", LAST_OF(course, p_max))                 \
    X(OPTIONAL, z_max_end, "largest token logit there", LAST_OF(course, z_max))                    \
    X(OPTIONAL, spread_most, "largest spread within a group of positions",                         \
      LARGEST_OF(course, spread))
SCALARS(taken, TAKEN)

const struct experiment experiment_position_flow = {
    .id = "position/flow",
    .title = "Position logits: the position law, and what never moves",
    .source = "derived here; the talk leaves positional encoding open",
    .doc =
        "Scan&Snap's model with R buckets of relative position (T5 style): bucket r holds the share "
        "pi_r of the context and has laws P_r(l|n) of its own; attention logits z_ml + p_r, all "
        "trained. The sum of p and every sum of z are conserved; where tokens do not depend on "
        "position (Scan&Snap's data) p never moves; blocks of tokens that occur in blocks of positions "
        "only keep sum z/eta_z - sum p/eta_p; and positions with the same laws keep (1 - e^{-p_r})/"
        "pi_r alike: Theorem 3 for positions, exact, as no position has a row of the decoder.\n"
        "Table `state`: Y, z (queries by tokens) and p (of query 0) at t_end.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: a tenth of a second"},
                                       {"alike", "data=alike", "positions that do not matter"},
                                       {"blocks", "data=blocks", "blocks of tokens and positions"},
                                       {0}},
    .tables = TABLES(course, positions, early, the_state),
    .figures = figures,
    PARTS_OF(position_flow, taken)};
