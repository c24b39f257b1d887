/* For how long A_i, B_i, C_i of a network in training may be taken as constant. */
#include "reversible.h"

#include "sim/num/blas.h"

#include <string.h>

static size_t entries(const struct attndyn_chain *c, size_t l) {
    return c->width[l] * c->width[l - 1];
}

enum attndyn_status freeze(const struct trial *run, const struct reversible *p,
                           const struct network *now, struct frozen *f) {
    ATTNDYN_TRY(
        network_draw(run, p, (enum attndyn_chain_activation)p->activation, now->loss, &f->net));
    struct attndyn_chain *c = &f->net.chain;
    for (size_t l = 1; l <= c->depth; l++) {
        ATTNDYN_ALLOC(run->ctx, f->W[l], entries(c, l));
        ATTNDYN_ALLOC(run->ctx, f->G[l], entries(c, l));
        memcpy(c->W[l], now->chain.W[l], entries(c, l) * sizeof(double));
        memcpy(f->W[l], now->chain.W[l], entries(c, l) * sizeof(double));
    }
    network_gradients(&f->net);
    for (size_t l = 1; l <= c->depth; l++) f->norm[l] = attndyn_norm(entries(c, l), c->G[l]);
    return ATTNDYN_OK;
}

void frozen_gradients(struct frozen *f) {
    struct attndyn_chain *c = &f->net.chain;
    for (size_t l = 1; l <= c->depth; l++)
        attndyn_chain_gradient_frozen(c, l, f->net.Y, f->W[l], f->G[l]);
}

void frozen_step(struct frozen *f, double eta) {
    const struct attndyn_chain *c = &f->net.chain;
    for (size_t l = 1; l <= c->depth; l++) attndyn_axpy(entries(c, l), eta, f->G[l], f->W[l]);
}

double frozen_parted(const struct frozen *f, const struct network *now, size_t l) {
    const double *G = now->chain.G[l];
    double sum = 0;
    for (size_t j = 0; j < entries(&now->chain, l); j++) {
        const double apart = G[j] - f->G[l][j];
        sum += apart * apart;
    }
    return f->norm[l] > 0 ? sqrt(sum) / f->norm[l] : NAN;
}

/* Trains on from `net`, frozen beside it, until every layer has parted or the gradients vanish. */
static enum attndyn_status follow(const struct trial *run, const struct reversible *p, long start,
                                  struct network *net, struct frozen *f) {
    const size_t depth = net->chain.depth;
    double one[DEEPEST + 1], ten[DEEPEST + 1], share[DEEPEST + 1];
    for (size_t l = 1; l <= depth; l++) one[l] = ten[l] = NAN;
    long t = start;
    for (;; t++) {
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        network_gradients(net);
        frozen_gradients(f);
        bool together = false;
        for (size_t l = 1; l <= depth; l++) {
            const double parted = frozen_parted(f, net, l);
            share[l] = attndyn_norm(entries(&net->chain, l), net->chain.G[l]) / f->norm[l];
            if (isnan(one[l]) && parted > 0.01) one[l] = (double)(t - start);
            if (isnan(ten[l]) && parted > 0.1) ten[l] = (double)(t - start);
            together = together || isnan(ten[l]);
        }
        if (!together || t == p->t_end || network_smallest_gradient(net) < VANISHED) break;
        attndyn_chain_step(&net->chain, p->eta);
        frozen_step(f, p->eta);
    }
    for (size_t l = 1; l <= depth; l++)
        ATTNDYN_TRY(EMIT(run, constancy, .frozen_at = start, .layer = (long)l, .watched = t - start,
                         .one_percent = one[l], .ten_percent = ten[l], .left = share[l]));
    return ATTNDYN_OK;
}

enum attndyn_status constancy(const struct trial *run, const struct reversible *p) {
    for (size_t i = 0; i < p->freeze.count; i++) {
        const uint64_t mark = attndyn_memory_mark(run->ctx);
        const long start = lround(p->freeze.at[i] * (double)p->t_end);
        struct network net;
        struct frozen f;
        ATTNDYN_TRY(network_draw(run, p, (enum attndyn_chain_activation)p->activation,
                                 ATTNDYN_CHAIN_SQUARED, &net));
        network_gradients(&net);
        for (long t = 0; t < start && network_smallest_gradient(&net) >= VANISHED; t++) {
            attndyn_chain_step(&net.chain, p->eta);
            network_gradients(&net);
        }
        ATTNDYN_TRY(freeze(run, p, &net, &f));
        ATTNDYN_TRY(follow(run, p, start, &net, &f));
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}

/* A single layer, from the first width to the last: D, J and f do not move. */
enum attndyn_status one_layer(const struct trial *run, const struct reversible *p, double *parted) {
    double ends[2] = {p->widths.at[0], p->widths.at[p->widths.count - 1]};
    struct reversible single = *p;
    single.widths = (struct reals){.at = ends, .count = 2};
    struct network net;
    struct frozen f;
    ATTNDYN_TRY(network_draw(run, &single, ATTNDYN_CHAIN_LINEAR, ATTNDYN_CHAIN_SQUARED, &net));
    ATTNDYN_TRY(freeze(run, &single, &net, &f));
    for (int t = 0; t < 50; t++) {
        network_gradients(&net);
        frozen_gradients(&f);
        worst(parted, frozen_parted(&f, &net, 1));
        attndyn_chain_step(&net.chain, p->eta);
        frozen_step(&f, p->eta);
    }
    return ATTNDYN_OK;
}
