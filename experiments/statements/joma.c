/* What JoMA (arXiv 2310.00535) states. Its full text was not available: the sources are its
 * abstract, quotations in reviews, the authors' scripts of its figures, and the slides of the talk.
 * What only a slide says is attributed to the talk. */
#include "statements.h"

#include <math.h>
#include <stdio.h>

HYPOTHESIS(one_query_a_set, "one query for each set of hidden nodes", f->queries_per_attention == 1,
           "queries: %g", f->queries_per_attention)
HYPOTHESIS_IS(orthonormal, "[U_C, u_q] has orthonormal columns (J-A2)", embedding_orthonormal,
              "orthonormal")
HYPOTHESIS_IS(gradient_flow, "gradient flow, attention and nodes at one rate", shared_rate,
              "one rate")
HYPOTHESIS(mean_attention_constant,
           "the mean attention bbar is constant (to 1 % in total variation)",
           f->mean_attention_moves <= 0.01, "bbar moves by %.2g", f->mean_attention_moves)
HYPOTHESIS_IS(summed_condition, "E[sum_k g_k h'_k b b^T] = bbar E[sum_k g_k h'_k b]^T",
              gradient_factorises, "holds")
HYPOTHESIS_IS(stationary, "the back-propagated gradient is stationary (J-A1)", gradient_stationary,
              "stationary")
HYPOTHESIS_IS(exp_attention, "exp attention", attention_exponential, "exp")
HYPOTHESIS_IS(starts_from_zero, "v(0) = 0", node_zero, "zero")
HYPOTHESIS_IS(isotropic, "x is isotropic about the centres of its clusters", clusters_isotropic,
              "isotropic")
HYPOTHESIS_IS(constant_in_clusters, "within a cluster the gradient does not depend on x",
              gradient_by_cluster, "by cluster")
HYPOTHESIS(one_cluster, "one cluster, along which the unit vector mu lies", f->clusters == 1,
           "clusters: %g", f->clusters)
HYPOTHESIS_IS(alike, "the token is as frequent in every class", commons_alike, "alike")
HYPOTHESIS(balanced, "E[g_k] = 0: the nodes know how frequent the classes are (silent)",
           f->gradient_mean <= 1e-12, "|E[g_k]| up to %.2g", f->gradient_mean)
HYPOTHESIS(rare_root, "the root is as rare as its children are faithful, and L (1 - rho) << 1",
           f->tree_noise <= 0.1, "L (1 - rho) = %.3g", f->tree_noise)

#define JOMA(place) PAPER("JoMA", place)
#define JOINT &orthonormal, &one_query_a_set, &gradient_flow

SAYS(J_A1, "J-A1", JOMA("Assumption 1 (as quoted in reviews)"),
     "The back-propagated gradient is stationary: E[g_k x] is constant; exact for training "
     "layer by layer, approximate for joint training.",
     .unchecked = "an assumption: what becomes of its consequences without it is measured by "
                  "J3f.training-real and J3g.training-blow-up")

SAYS(J_A2, "J-A2", JOMA("orthonormal embeddings (as quoted in reviews)"),
     "[U_C, u_q] has orthonormal columns.",
     .unchecked =
         "an assumption: J1i.full-model holds under it, the lm/ experiments measure how far "
         "trained embeddings are from it")

SAYS(J_T1_linear, "J-T1a", JOMA("Theorem 1, linear attention (as quoted in reviews)"),
     "z^2 - sum_k v_k^2 is constant, whatever data and activation.",
     .formula = "z_m^2(t) = \\sum_k v_k^2(t) + c", .hypotheses = UNDER(JOINT))

SAYS(J_T1_exp, "J-T1b", JOMA("Theorem 1, exp attention (as quoted in reviews)"),
     "z - (1/2) sum_k v_k^2 is constant, whatever data and activation.",
     .formula = "z_m(t) = \\frac{1}{2} \\sum_k v_k^2(t) + c", .hypotheses = UNDER(JOINT))

SAYS(J_T1_softmax, "J-T1c",
     JOMA("Theorem 1, softmax attention (its two conditions as quoted in reviews)"),
     "With a constant mean attention bbar, and E[sum_k g_k h'_k b b^T] = bbar E[sum_k g_k "
     "h'_k b]^T, z follows from V by a closed form.",
     .formula = "E[\\sum_k g_k h'_k b b^T] = \\bar{b}\\, E[\\sum_k g_k h'_k b^T]",
     .hypotheses = UNDER(JOINT, &mean_attention_constant, &summed_condition))

SAYS(J_S_softmax, "J-S1", TALK("the talk, slide of Theorem 1"),
     "Softmax attention: z = (1/2) sum_k v_k^2 - |v_k|^2 bbar + c. The authors' script of "
     "figure 2 has the 1/2, and the sum over k, in the second term too.",
     .formula = "z_m(t) = \\frac{1}{2} \\sum_k v_k^2(t) - |v_k(t)|^2 \\bar{b} + c")

SAYS(J_S_rates, "J-S2", TALK("the talk, slide of Theorem 1"),
     "The invariants, printed without a ratio of rates, hold for any learning rates.")

SAYS(J_Delta, "J-D", JOMA("Theorem 2 (the saliency of a token)"),
     "The saliency Delta_lm = E[g|l, m] P(l|m) of a common token is about zero.",
     .formula = "\\Delta_{lm} = E[g|l, m]\\, P(l|m)", .hypotheses = UNDER(&alike, &balanced))

SAYS(J_T2, "J-T2", JOMA("Theorem 2"),
     "With a linear activation attention becomes sparse: the token of the largest |Delta| "
     "takes all.",
     .hypotheses = UNDER(&stationary, &exp_attention, &starts_from_zero))

SAYS(J_S_erf, "J-S3", TALK("the talk, slide of Theorem 2"),
     "erf(v_l/2)/Delta_l is the same for all tokens.",
     .formula = "\\frac{\\mathrm{erf}(v_l(t)/2)}{\\Delta_{lm}} = "
                "\\frac{\\mathrm{erf}(v_{l'}(t)/2)}{\\Delta_{l'm}}")

SAYS(J_S_winner, "J-S4", TALK("the talk, slide of Theorem 2"),
     "The winner, of the largest |Delta|, goes to plus infinity.")

SAYS(J_T3, "J-T3", JOMA("Theorem 3"),
     "Without attention, on isotropic clusters, the gradient of a node is a sum over the "
     "clusters of multiples of their centres and of v.",
     .formula = "\\dot v = \\frac{1}{|v|} \\sum_c a_c \\theta_1(r_c) \\bar{x}_c + \\frac{1}{|v|^3} "
                "\\sum_c a_c \\theta_2(r_c) v",
     .hypotheses = UNDER(&isotropic, &constant_in_clusters))

SAYS(J_E, "J-E", JOMA("the simplified nonlinear dynamics (as quoted in reviews)"),
     "Near its critical point mu the node moves as (mu - v) o exp(v^2/2), up to a factor: a "
     "simplification for one aligned cluster and exp attention.",
     .formula = "\\dot v \\propto (\\mu - v) \\circ e^{v^2/2}",
     .hypotheses = UNDER(&exp_attention, &one_cluster))

SAYS(J_S_mu, "J-S5",
     TALK("the talk, mu ~ xbar_c (in the paper for one aligned cluster, as quoted in reviews)"),
     "The critical point mu is about the centre of a cluster.", .hypotheses = UNDER(&one_cluster))

SAYS(J_T4, "J-T4", JOMA("Theorem 4"),
     "In the simplified nonlinear dynamics a salient component arrives exponentially faster: "
     "attention becomes sparse first, then dense. Late: |delta_k(t)| << |delta_k(0)| e^(-C_jk "
     "e^(mu_k^2)) is the condition as quoted.",
     .formula =
         "\\frac{\\ln 1/\\delta_j(t)}{\\ln 1/\\delta_k(t)} \\approx e^{(\\mu_j^2 - \\mu_k^2)/2}")

SAYS(J_T5, "J-T5", JOMA("Theorem 5"),
     "How often two leaves of a binary latent tree are on together follows from the height of "
     "their common ancestor.")

SAYS(J_S_latent, "J-S6", TALK("the talk, slide of Theorem 5"),
     "P(y_l = 1 | y_m = 1) is about 1 - H/L; stated without a condition, it takes a rare root "
     "and L (1 - rho) << 1.",
     .formula = "P(y_l = 1|y_m = 1) \\approx 1 - \\frac{H}{L}", .hypotheses = UNDER(&rare_root))

SAYS(J_F2, "J-F2", JOMA("figure 2"),
     "In training on synthetic data with a linear activation the logits are highly correlated "
     "with what Theorem 1 makes of the weights (no number is given).")

SAYS(J_F3, "J-F3", JOMA("figures 2 and 3"),
     "Of the components of a node some grow on, the others saturate.")

SAYS(J_F4, "J-F4", JOMA("figure 4"),
     "In the simplified nonlinear dynamics the entropy of softmax(v^2) falls and comes back.")
