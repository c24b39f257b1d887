#include "balance.h"

#include "experiments/shared/kept.h"
#include "sim/model/embed/gram.h"
#include "sim/num/linalg.h"
#include "theory/embed/balance.h"

#include <string.h>

static enum attndyn_status create(const struct trial *run, const struct balance *p, bool gaussian,
                                  bool separate, double sd, struct attndyn_original **model) {
    struct attndyn_distribution *data;
    ATTNDYN_TRY(authors_data(run, &data));
    const struct attndyn_original_options options = {.width = (size_t)p->width,
                                                     .gaussian = gaussian,
                                                     .separate = separate,
                                                     .train_u = true,
                                                     .eta_u = p->eta_u,
                                                     .eta_y = p->eta_v,
                                                     .eta_z = p->eta_w,
                                                     .initial_sd = sd,
                                                     .seed = (uint64_t)p->seed};
    return attndyn_original_create(run->ctx, data, &options, model);
}

static double largest(size_t count, const double *a) {
    double most = 0;
    for (size_t i = 0; i < count; i++) worst(&most, a[i]);
    return most;
}
static double apart(size_t count, const double *a, const double *b) {
    double most = 0;
    for (size_t i = 0; i < count; i++) worst(&most, a[i] - b[i]);
    return most;
}
static double frobenius(size_t count, const double *a) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += a[i] * a[i];
    return sqrt(sum);
}

struct forms {
    double *law, *heads, *control; /* (d, d) each */
};

static void forms_of(const struct attndyn_original *m, const struct balance *p, const double *y,
                     struct forms *f) {
    size_t M = m->tokens, d = m->options.width, square = d * d;
    const double *U = y + m->at_u, *W = y + m->at_w;
    const double never = 1e300; /* a rate so large that its term drops out */
    if (m->options.separate) {
        attndyn_balance_apart(M, d, U, y, W, W + square, p->eta_u, p->eta_v, never, f->control,
                              f->heads);
        attndyn_balance_apart(M, d, U, y, W, W + square, p->eta_u, p->eta_v, p->eta_w, f->law,
                              f->heads);
        return;
    }
    attndyn_balance_one(M, d, U, y, W, p->eta_u, p->eta_v, never, f->control);
    attndyn_balance_one(M, d, U, y, W, p->eta_u, p->eta_v, p->eta_w, f->law);
}

static enum attndyn_status laws(const struct trial *run, const struct balance *p, const char *form,
                                bool separate, double sd, const double *times, size_t count) {
    struct attndyn_original *model;
    struct kept kept;
    struct forms start, now;
    ATTNDYN_TRY(create(run, p, false, separate, sd, &model));
    size_t square = model->options.width * model->options.width;
    size_t embeddings = model->tokens * model->options.width;
    ATTNDYN_ALLOC(run->ctx, start.law, square);
    ATTNDYN_ALLOC(run->ctx, start.heads, square);
    ATTNDYN_ALLOC(run->ctx, start.control, square);
    ATTNDYN_ALLOC(run->ctx, now.law, square);
    ATTNDYN_ALLOC(run->ctx, now.heads, square);
    ATTNDYN_ALLOC(run->ctx, now.control, square);
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(
        kept_solve(run, form, &model->problem, &solver, model->initial, times, count, &kept));
    forms_of(model, p, model->initial, &start);
    for (size_t i = 0; i < count; i++) {
        const double *y = kept_at(&kept, i), *U = y + model->at_u;
        double moved = 0, first = 0, scale = largest(square, start.law);
        forms_of(model, p, y, &now);
        for (size_t k = 0; k < embeddings; k++) {
            moved += pow(U[k] - model->initial[model->at_u + k], 2);
            first += pow(model->initial[model->at_u + k], 2);
        }
        ATTNDYN_TRY(EMIT(run, laws, .form = form, .t = times[i],
                         .law = apart(square, now.law, start.law) / scale,
                         .heads = separate ? apart(square, now.heads, start.heads) / scale : 0,
                         .control = apart(square, now.control, start.control) / scale,
                         .moved = sqrt(moved / first)));
    }
    return ATTNDYN_OK;
}

/* Y, Z with all its rows, and Gamma: (M, M) each. */
static void matrices(const struct attndyn_original *m, const double *y, double *work, double *Y,
                     double *Z, double *gamma) {
    size_t M = m->tokens, d = m->options.width;
    const double *U = y + m->at_u, *maps[] = {y, y + m->at_w};
    for (int which = 0; which < 2; which++)
        for (size_t i = 0; i < M; i++) {
            for (size_t b = 0; b < d; b++) {
                work[b] = 0;
                for (size_t a = 0; a < d; a++)
                    work[b] += U[i * d + a] * (which ? maps[1][a * d + b] : maps[0][b * d + a]);
            }
            for (size_t j = 0; j < M; j++) {
                double sum = 0;
                for (size_t b = 0; b < d; b++) sum += work[b] * U[j * d + b];
                (which ? Z : Y)[i * M + j] = sum;
            }
        }
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double sum = 0;
            for (size_t a = 0; a < d; a++) sum += U[i * d + a] * U[j * d + a];
            gamma[i * M + j] = sum;
        }
}

static enum attndyn_status entries(const struct trial *run, const struct balance *p, double t,
                                   size_t M, const double *gamma, const double *residual) {
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j <= i; j++) {
            double left = -gamma[i * M + j];
            for (size_t k = 0; k < M; k++) left += gamma[i * M + k] * gamma[k * M + j];
            left /= p->eta_u;
            ATTNDYN_TRY(EMIT(run, entries, .t = t, .row = (long)i, .column = (long)j, .left = left,
                             .right = left - residual[i * M + j]));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status gram(const struct trial *run, const struct balance *p, bool gaussian,
                                const double *times, size_t count) {
    struct attndyn_original *model;
    struct attndyn_gram *closed;
    struct kept kept, own = {0};
    ATTNDYN_TRY(create(run, p, gaussian, false, 0, &model));
    size_t M = model->tokens, square = M * M;
    double *all, *work, *values, *start;
    ATTNDYN_ALLOC(run->ctx, all, 6 * square); /* Y, Z, Gamma; residual, early, left side */
    ATTNDYN_ALLOC(run->ctx, work, 4 * square + model->options.width);
    ATTNDYN_ALLOC(run->ctx, values, M);
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(
        kept_solve(run, "gram", &model->problem, &solver, model->initial, times, count, &kept));
    if (!gaussian) {
        ATTNDYN_TRY(attndyn_gram_create(run->ctx, model, p->eta_u, p->eta_v, p->eta_w, &closed));
        ATTNDYN_ALLOC(run->ctx, start, closed->n);
        attndyn_gram_start(closed, start);
        ATTNDYN_TRY(
            kept_solve(run, "closed", &closed->problem, &solver, start, times, count, &own));
    }
    double *Y = all, *Z = Y + square, *gamma = Z + square, *residual = gamma + square;
    double *early = residual + square, *left = early + square;
    for (size_t i = 0; i < count; i++) {
        const double *y = kept_at(&kept, i);
        matrices(model, y, work, Y, Z, gamma);
        if (!attndyn_balance_gram(M, gamma, Y, Z, p->eta_u, p->eta_v, p->eta_w, residual, work))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "the Gram matrix is singular at t = %g", times[i]);
        attndyn_balance_gram_early(M, Y, Z, p->eta_u, p->eta_v, p->eta_w, early);
        double size = 0;
        for (size_t a = 0; a < M; a++)
            for (size_t b = 0; b < M; b++) {
                double excess = gamma[a * M + b] - (a == b);
                size += excess * excess;
                early[a * M + b] -= excess;
                left[a * M + b] = 0;
                for (size_t k = 0; k < M; k++)
                    left[a * M + b] += gamma[a * M + k] * (gamma[k * M + b] - (k == b)) / p->eta_u;
            }
        size = sqrt(size);
        ATTNDYN_TRY(EMIT(run, gram, .start = gaussian ? "gaussian" : "orthonormal", .t = times[i],
                         .loss = attndyn_original_loss(model, y), .size = size,
                         .residual = frobenius(square, residual) / frobenius(square, left),
                         .early = frobenius(square, early) / size,
                         .closed = gaussian ? NAN : apart(3 * square, all, kept_at(&own, i))));
        if (gaussian) continue;
        if (i + 1 == count) ATTNDYN_TRY(entries(run, p, times[i], M, gamma, residual));
        ATTNDYN_TRY(attndyn_eigen_symmetric(run->ctx, M, gamma, values, NULL));
        for (size_t k = 0; k < M; k++)
            ATTNDYN_TRY(EMIT(run, spectrum, .t = times[i], .index = (long)k, .value = values[k]));
    }
    return kept_state(run, gaussian ? "size_gaussian" : "size", frobenius(square, gamma));
}

RUN(balance) {
    size_t count = (size_t)p->points;
    double *times;
    ATTNDYN_ALLOC(run->ctx, times, count);
    attndyn_grid_logarithmic(p->t_end / 1000, p->t_end, count, times);
    ATTNDYN_TRY(laws(run, p, "one, zero start", false, 0, times, count));
    ATTNDYN_TRY(laws(run, p, "one, random start", false, p->start_sd, times, count));
    ATTNDYN_TRY(laws(run, p, "apart, random start", true, p->start_sd, times, count));
    ATTNDYN_TRY(gram(run, p, false, times, count));
    return gram(run, p, true, times, count);
}

static const struct figure figures[] = {
    {"balance", "embed/balance/balance.gp",
     "(a) Entries of the Gram matrix, Gamma (Gamma - I)/eta_u, against what decoder and attention "
     "say they are: all on the diagonal. (b) Eigenvalues of Gamma: a few directions grow, those by "
     "which tokens predict or attend. (c) The first-order form (dashed) is off by as much as Gamma "
     "- I is large; the exact one (solid) by the solver's errors alone."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, law, "largest departure from the conserved form", LARGEST_OF(laws, law))           \
    X(OPTIONAL, control, "largest of the control's", LARGEST_OF(laws, control))                    \
    X(OPTIONAL, moved_end, "how far the last flow has moved", LAST_OF(laws, moved))                \
    X(OPTIONAL, loss_end, "loss at the end", LAST_OF(gram, loss))                                  \
    X(OPTIONAL, size_end, "size of the Gram matrix there", LAST_OF(gram, size))
SCALARS(taken, TAKEN)

const struct experiment experiment_embed_balance = {
    .id = "embed/balance",
    .title = "Everything learns: conserved forms, and the Gram matrix of the embeddings",
    .source = "derived here; the talk leaves embeddings that learn open",
    .doc =
        "Scan&Snap's transformer in its own parameters, Y = U W_V^T U^T, Z = U W U^T, W = W_Q W_K^T, "
        "with all of them trained. Any invertible S moves along U -> U S, W_V^T -> S^-1 W_V^T S^-T, W "
        "-> S^-1 W S^-T without changing Y and Z; hence the d x d form U^T U/eta_u - (W_V^T W_V + W_V "
        "W_V^T)/eta_v - (W^T W + W W^T)/eta_w is constant, for any data, and with W_Q and W_K apart "
        "W_Q W_Q^T + W_K W_K^T stands in the last term and W_Q^T W_Q - W_K^T W_K is constant too.\n"
        "From orthonormal embeddings and zero maps Y, Z and Gamma = U U^T have a flow of their own, "
        "and Gamma (Gamma - I)/eta_u = (Y Gamma^-1 Y^T + Y^T Gamma^-1 Y)/eta_v + (Z Gamma^-1 Z^T + Z^T "
        "Gamma^-1 Z)/eta_w: what decoder and attention have learned says where the embeddings are.\n"
        "Table `state`: size and size_gaussian, |Gamma| at the end.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"}, {0}},
    .tables = TABLES(laws, gram, entries, spectrum, the_state),
    .figures = figures,
    PARTS_OF(balance, taken)};
