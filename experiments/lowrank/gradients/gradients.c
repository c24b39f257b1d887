#include "gradients.h"

RUN(gradients) {
    ATTNDYN_TRY(gradients_join(run, p));
    ATTNDYN_TRY(gradients_in_training(run, p));
    double start = 0, end = 0, energy = 0, overlap = 0, looks = 0, pairs = 0;
    EACH_ROW (run, looks, r) {
        long last = p->updates / p->gap * p->gap;
        if (r->step == 0) start += log(r->stable_rank) / (double)p->seeds;
        if (r->step == last) end += log(r->stable_rank) / (double)p->seeds;
        energy += r->energy, looks++;
        if (!isnan(r->overlap)) overlap += r->overlap, pairs++;
    }
    ATTNDYN_TRY(SCALAR(run, summary, rank_start, exp(start)));
    ATTNDYN_TRY(SCALAR(run, summary, rank_end, exp(end)));
    ATTNDYN_TRY(SCALAR(run, summary, energy, energy / looks));
    return SCALAR(run, summary, overlap, overlap / fmax(1, pairs));
}

static const struct figure figures[] = {
    {"gradients", "lowrank/gradients/gradients.gp",
     "A transformer: (a) stable rank of the gradients by kind of map (a point for each map and "
     "seed) and of the same numbers in random places (open circles, means over the maps), over "
     "the training: the gradients stay far below the control; (b) energy in the r leading "
     "directions and overlap of successive subspaces, beside the control. JoMA's network: (c) the "
     "stable rank of the decoder's gradient, of JoMA's flow with K nodes, which falls towards 1 "
     "before it blows up, and of GaLore's Lemma 3.3; (d) angle of each of the two with the "
     "network's gradient, beside that of the gradient at the start: small is good."},
    {0}};

const struct experiment experiment_lowrank_gradients = {
    .id = "lowrank/gradients",
    .title = "The rank of gradients in training, by JoMA's flow and by GaLore's lemma",
    .source =
        "GaLore (arXiv 2403.03507), section 3.2, Lemma B.6; the talk's two parts on one network",
    .doc =
        "GaLore rests on gradients of low rank, and gives two reasons: Lemma 3.3 (for constant A, "
        "B, C the gradient turns into the lowest eigenspace of S) and Lemma B.6 (in JoMA's flow "
        "with K nodes one token takes all). Here a small transformer of LLaMA's kind is trained "
        "by Adam on bytes. At every look, `gap` updates apart, the minibatch gradient G of each "
        "map (m x n) is measured: its stable rank ||G||_F^2/||G||_2^2, the share of ||G||_F^2 in "
        "the r leading singular directions, and the overlap of these directions with those of the "
        "look before. The control is the same gradient with its numbers in random places.\n"
        "Both reasons apply to one network: JoMA's (one query, exp attention, residual, K linear "
        "nodes that are the outputs, one-hot embeddings), here on sentences of the grammar, all "
        "of them in each step of descent. Its decoder's gradient stands beside that of JoMA's "
        "flow (the saliency Delta held at its start, the attention logit of token l z_l = "
        "|v_l|^2/2 + c_l, v_l its decoder column) and that of Lemma 3.3 ((I - lr S)^t G_0, S the "
        "Hessian of the loss in the decoder at the start, by differences).",
    .presets =
        (const struct preset[]){
            {"quick", "lines=2000 batch=16",
             "two trainings of width 32, and JoMA's network: seconds"},
            {"short", "width=64 layers=3 rank=16 gap=100 updates=1000 lines=20000 seeds=3 lr=3e-3",
             "three trainings of width 64: minutes"},
            {"paper",
             "width=256 layers=6 heads=8 rank=64 gap=200 length=128 updates=20000 "
             "lines=200000 seeds=3 lr=1e-3",
             "width 256, six layers, text=PATH: some 30 hours on two cores; --resume goes on"},
            {0}},
    .tables = TABLES(maps, looks, join),
    .figures = figures,
    PARTS_OF(gradients, summary)};
