/* What GaLore (arXiv 2403.03507v2) states, with its hypotheses. */
#include "statements.h"

HYPOTHESIS_IS(parametric, "G = (1/N) sum (A_i - B_i W C_i), A, B, C constant (Eq. 8)",
              form_parametric, "Eq. 8")
HYPOTHESIS(small_by_sup, "||P f||_inf << sqrt K (at most a tenth here)",
           f->logits_sup <= 0.1 * sqrt(f->classes), "||P f||_inf = %g, K = %g", f->logits_sup,
           f->classes)
HYPOTHESIS(inputs_do_not_span, "the f_i span N' < n dimensions", f->rank_inputs < f->columns,
           "N' = %g, n = %g", f->rank_inputs, f->columns)
HYPOTHESIS_IS(one_dimensional, "V_1 has one dimension, and its vector is y kron z", dyads_in_lowest,
              "a dyad")

#define GALORE(place) PAPER("GaLore", place)

/* --- The gradient's form. */
SAYS(G_P1, "G-P1", GALORE("Definition 3.1 and Property 1"),
     "Reversible networks: bias-free linear maps, ReLU, leaky ReLU, polynomials, and what is added "
     "or composed of them.",
     .unchecked = "a definition and what follows at once from it; chains of them are what "
                  "lowrank/reversible computes")
SAYS(G_T32a, "G-T3.2a", GALORE("Theorem 3.2(a)"),
     "The gradient of a reversible network under the squared loss is J^T y - J^T J W f times f^T, "
     "for each sample (batch size 1; a batch is the mean).",
     .formula = "G_l = (J_l^\\top y - J_l^\\top J_l W_l f_{l-1}) f_{l-1}^\\top")
SAYS(G_T32b, "G-T3.2b", GALORE("Theorem 3.2(b)"),
     "Under the log-softmax the gradient has the form of Eq. 7 with gamma near 1, where the logits "
     "are small by ||P f||_inf << sqrt K. (Eq. 7 and 27 print J_l P y, which needs J_l^T.)",
     .formula = "G_l = (J_l^\\top P y - \\gamma K^{-1} J_l^\\top P J_l W_l f_{l-1}) f_{l-1}^\\top",
     .hypotheses = UNDER(&small_by_sup))
SAYS(G_LB2, "G-LB.2", GALORE("Lemma B.2"),
     "-dphi = y^T df^ - (gamma/K) f^^T df^ up to terms of second order in the logits.",
     .formula = "-d\\phi = y^\\top d\\hat f - \\frac{\\gamma}{K} \\hat f^\\top d\\hat f + O(\\hat "
                "f^2 / K) d\\hat f")

/* --- Its rank. */
SAYS(G_L33, "G-L3.3", GALORE("Lemma 3.3 (B.3)"),
     "With constant A, B, C the stable rank of G_t is at most that of G_par plus a term that falls "
     "as q^{2t}. The proof also takes the singular dyads of G_par to lie in the lowest eigenspace, "
     "and a step that keeps |1 - eta lambda| below 1 - eta lambda_2.",
     .formula =
         "\\operatorname{sr}(G_t) \\le \\operatorname{sr}(G_\\parallel) + \\left( \\frac{1 - "
         "\\eta \\lambda_2}{1 - \\eta \\lambda_1} \\right)^{2t} \\frac{\\|G_0 - "
         "G_\\parallel\\|_F^2}{\\|G_\\parallel\\|_2^2}",
     .hypotheses = UNDER(&parametric))
SAYS(G_L33t, "G-L3.3t", GALORE("remark on Lemma 3.3"),
     "In practice A, B, C are constant approximately, for some time.",
     .unchecked = "it says neither for how long nor how closely; lowrank/reversible measures both "
                  "(table constancy)")
SAYS(
    G_C34a, "G-C3.4a", GALORE("Corollary 3.4 (B.4), first half"),
    "For B_i of full rank and inputs f_i that span N' < n dimensions, sr(G_par) <= n - N'; G_par = "
    "0 is a rare case, of t_0 = 0.",
    .formula = "\\operatorname{sr}(G_\\parallel) \\le n - N'",
    .hypotheses = UNDER(&parametric, &inputs_do_not_span))
SAYS(G_C34b, "G-C3.4b", GALORE("Corollary 3.4 (B.4), second half"), "For large t sr(G_t) <= n/2.",
     .formula = "\\operatorname{sr}(G_t) \\le \\min(n - N', N') \\le n/2",
     .hypotheses = UNDER(&parametric, &inputs_do_not_span))
SAYS(G_C35, "G-C3.5", GALORE("Corollary 3.5 (B.5)"),
     "Where V_1 is one-dimensional and spanned by y kron z, sr(G_par) = 1 and G_t becomes of rank "
     "1.",
     .formula = "\\operatorname{sr}(G_\\parallel) = 1",
     .hypotheses = UNDER(&parametric, &one_dimensional))

/* --- Projection. */
SAYS(
    G_T38, "G-T3.8", GALORE("Theorem 3.8"),
    "Under fixed projections, with Lipschitz A, B, C and ||W|| <= D, R shrinks by 1 - eta (kappa - "
    "L_A - L_B L_C D^2) a step. (The proof ends with 2 L_B L_C D^2, takes ||B|| <= L_B D, and "
    "needs a step size that neither of them states.)",
    .formula = "\\|R_t\\|_F \\le [1 - \\eta (\\kappa_{t-1} - L_A - L_B L_C D^2)] \\|R_{t-1}\\|_F")
SAYS(G_R33, "G-R3.3", GALORE("section 3.3, r = min(m, n)"),
     "For r = min(m, n) and rho = 1 GaLore follows the training exactly, for P P^T G Q Q^T = G.",
     .formula = "\\tilde G_t = P_t P_t^\\top G_t Q_t Q_t^\\top = G_t")
SAYS(
    G_S41, "G-S4.1", GALORE("section 4.1"),
    "Subspaces that are chosen anew compose a full-rank update; a fixed one makes good progress in "
    "the designated subspace only.")
SAYS(G_F5, "G-F5", GALORE("section 6 and figure 5"),
     "There is a best period T of switching, 50 to 1000 make no much difference; a smaller rank "
     "with more steps reaches the loss of a larger one.",
     .unchecked =
         "the 130M model is beyond a desk; lowrank/ablation sweeps gap and rank on a small "
         "one, where the largest rank ends lowest at every gap (LR.abl-rank)")
SAYS(G_A2, "G-A2", GALORE("Algorithm 2"), "Adam with GaLore.",
     .unchecked = "an algorithm, not a claim")

/* --- Memory and other numbers. */
SAYS(G_Tab1, "G-Tab1", GALORE("Table 1"),
     "For an m x n map, m <= n, GaLore keeps mn + mr + 2nr numbers and LoRA mn + 3(mr + nr).",
     .formula = "mn + mr + 2nr, \\quad mn + 3(mr + nr)")
SAYS(G_Tab2, "G-Tab2", GALORE("Table 2, memory"),
     "Estimates of weights and optimiser states in BF16 for LLaMA 60M to 1B.")
SAYS(G_Tab2d, "G-Tab2d", GALORE("Table 2, r/d_model"), "The 60M model has d_model = 256.")
SAYS(G_Tab2t, "G-Tab2t", GALORE("Table 2, training tokens"), "1.1B, 2.2B, 6.4B and 13.1B tokens.")
SAYS(G_Tab3m, "G-Tab3m", GALORE("Table 3 and figure 1"),
     "7B with 8-bit moments takes 26G with Adam and 18G with GaLore, r = 1024.")
SAYS(G_Tab3t, "G-Tab3t", GALORE("Table 3, tokens"), "40K to 150K steps are 5.2B to 19.7B tokens.")
SAYS(G_Tab4, "G-Tab4", GALORE("Table 4"), "The averages over eight GLUE tasks.")
SAYS(G_Tab5, "G-Tab5", GALORE("Table 5"),
     "The shapes of the models: the 1B model has 24 heads and 32 layers.")
SAYS(G_Tab5t, "G-Tab5t", GALORE("Table 5, data amount"), "Steps times a batch of 131K tokens.")
SAYS(G_Tab6, "G-Tab6", GALORE("Table 6"),
     "Weights and optimiser states apart; their sum is Table 2 (section C.2).")
SAYS(G_C2, "G-C2", GALORE("section C.2"),
     "LoRA at r = 128 has 42.7M parameters on low-rank adaptors in the 60M model.")
SAYS(G_F3, "G-F3", GALORE("section 5.2"),
     "With r = 512 the memory of the 1B model's states falls by 62.5 %.")
SAYS(G_S55t, "G-S5.5t", GALORE("section 5.5, throughput"),
     "8-bit GaLore induces 17 % overhead against 8-bit Adam; without updates by layer it is 8.8 % "
     "faster.")
SAYS(G_F1, "G-F1", GALORE("section 5.5, memory"),
     "8-bit GaLore saves 37.92G (63.3 %) against BF16 Adam and 24.5G (52.3 %) against 8-bit Adam, "
     "and takes 22.0G.")
SAYS(G_F1g, "G-F1g", GALORE("section 5.5, gradients"),
     "Updates by layer save 13.5G of weight gradients.")

#define TRAININGS                                                                                  \
    .unchecked =                                                                                   \
        "trainings on C4, on GLUE or of models of billions of weights, on many GPUs; the "         \
        "methods beside each other on a small model: lowrank/pretraining, "                        \
        "lowrank/finetuning"
#define MACHINE .unchecked = "measured on the authors' machines"
SAYS(G_Tab2p, "G-Tab2p", GALORE("Tables 2 and 3, perplexities"), "GaLore's perplexities.",
     TRAININGS)
SAYS(G_Tab8, "G-Tab8", GALORE("Tables 4, 7, 8, 9 and 10"), "Scores after fine-tuning.", TRAININGS)
SAYS(G_F6, "G-F6", GALORE("figures 3 and 6"), "Courses of the trainings.", TRAININGS)
SAYS(G_Tab11, "G-Tab11", GALORE("Table 11 and figure 4"), "Memory and tokens a second.", MACHINE)
SAYS(G_F1s, "G-F1s", GALORE("section 5.5 and abstract"),
     "9.6G (65.5 %) less of optimiser states at 7B, up to 82.5 % with 8 bits.", MACHINE)
