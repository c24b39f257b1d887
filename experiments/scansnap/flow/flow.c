#include "flow.h"

static const struct preset presets[] = {
    {"quick", "", "the authors' set with K = 4, eta_Y = 10, eta_Z = 1, to t = 1e6"},
    {"vocabulary", "columns=vocabulary",
     "the same with all tokens as outputs of the decoder, V = M"},
    {"example", "data=example eta_y=5", "the asymmetric example"},
    {"paper", "num_last=10 columns=vocabulary t_end=1e6", "K = 20, V = M = 240"},
    {"sigma", "model=reduced clock=sigma sigma_end=1000",
     "the reduced model to an internal time of 1000: t far beyond 1e308"},
    {"random", "data=random num_last=5 common_sd=1 class_sd=0.5",
     "common tokens whose probability depends on the class"},
    {0}};

static const struct figure figures[] = {
    {"flow", "scansnap/flow/flow.gp",
     "The flow of Y and Z on the chosen data. (a) Attention logits z_ml of the tokens of class 0: "
     "distinct tokens rise, common ones fall. (b) What attention makes of it: its shares c_n over "
     "the tokens. (c) Gain B_n and loss. (d) Entropy of c_n over the support, and over the "
     "distinct tokens alone (renormalised)."},
    {0}};

RUN(flow) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(scansnap_distribution(run, &d));
    ATTNDYN_TRY(flow_integrate(run, p, d));
    return p->validate ? flow_known_answers(run) : ATTNDYN_OK;
}

const struct experiment experiment_scansnap_flow = {
    .id = "scansnap/flow",
    .title = "The flow of Y and Z on any token distribution",
    .source = "Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "One layer, one head, no positional encoding. A class is a next token n with its last "
        "token m = psi(n) and a distribution P(l|n) of the context tokens l. Attention weights "
        "P(l|n) by exp(z_ml) (c_n, which adds up to 1), LN scales that to length 1 (f_n), and the "
        "decoder Y gives the logits Y^T f_n and the probabilities alpha_n = softmax(Y^T f_n). In "
        "the limit of long contexts and small steps training is\n    "
        "dY/dt   = eta_Y sum_n P(n) f_n (e_n - alpha_n)^T\n    "
        "dz_m/dt = eta_Z sum_{n: psi(n)=m} P(n) f_n o (g_n - f_n (f_n . g_n)),  g_n = Y (e_n - "
        "alpha_n)\n"
        "This experiment integrates it from Y = Z = 0 and shows the attention c_n, the gain B_n "
        "(dB_n/dt = eta_Z xi_n, xi_n the sum of dz_ml/dt over the distinct tokens of n divided by "
        "eta_Z times that of their f_nl^2), the internal time sigma_n = eta_Y int P(n) (1 - "
        "alpha_nn) dt, the loss and the entropies. A table of small cases with known answers, "
        "solved with the same tolerances, says how far to trust the numbers.\n"
        "The state depends on eta_Y t and eta_Z/eta_Y only. In the clock sigma the full flow is "
        "integrated in the mean of sigma_n over the classes; the reduced models then reach times "
        "t that no double can hold.\n"
        "State: Y (M tokens x V outputs, row-major; columns 0..K-1 are the classes), z (L last "
        "tokens x M), B, sigma, delta = 1 - alpha_nn and the entropy of c_n for each class, loss; "
        "of the reduced models a (its own column of Y) and z over a class's distinct tokens, w (z "
        "over the commons), B, sigma, ln_t, the gap u of the logits, and with V > K also b "
        "(another class's column) and e (the commons' rows of Y).",
    .presets = presets,
    .tables = TABLES(course, classes, tokens, validation, the_state),
    .figures = figures,
    PARTS_OF(flow, found)};
