/* What Scan&Snap (arXiv 2305.16380v4) states, with its hypotheses. */
#include "statements.h"

#include <math.h>
#include <stdio.h>

HYPOTHESIS(outputs_are_tokens, "V = M: the decoder has a column for every token",
           f->outputs == f->vocabulary, "V = %g, M = %g", f->outputs, f->vocabulary)
HYPOTHESIS(many_tokens, "M >> K^2 (S-A2; at least 6 K^2 here)",
           f->vocabulary >= 6 * f->classes * f->classes, "M = %g, K = %g", f->vocabulary,
           f->classes)
HYPOTHESIS(weak_overlap, "|lambda_1(E)| < 1/K (S-A2)", f->lambda_1 < 1 / f->classes,
           "lambda_1 = %g, K = %g", f->lambda_1, f->classes)
HYPOTHESIS(some_overlap, "|lambda_i(E)| >= sqrt(6/M) (S-A2)",
           f->lambda_min >= sqrt(6 / f->vocabulary) * (1 - 1e-9), "lambda_min = %g, M = %g",
           f->lambda_min, f->vocabulary)
HYPOTHESIS_IS(uniform_classes, "classes are drawn uniformly", classes_uniform, "uniform")
HYPOTHESIS_IS(decoder_from_zero, "Y(0) = 0", decoder_zero, "zero")
HYPOTHESIS_IS(attention_from_zero, "Z(0) = 0", attention_zero, "zero")
HYPOTHESIS_IS(decoder_adiabatic, "the dynamics of Eq. 10: the decoder is adiabatic (S-A1c)",
              adiabatic, "Eq. 10")
HYPOTHESIS(decoder_faster, "eta_Y >> eta_Z (S-A1c; 10 times at least here)",
           f->eta_y >= 10 * f->eta_z, "eta_Y/eta_Z = %g", f->eta_y / f->eta_z)
HYPOTHESIS(one_common, "one common token", f->commons == 1, "G = %g", f->commons)
HYPOTHESIS(one_query, "one query for all next tokens", f->queries == 1, "L = %g", f->queries)
HYPOTHESIS_IS(commons_alike, "every common token has one probability in all classes", commons_alike,
              "alike")
HYPOTHESIS_IS(distinct_mapped, "a one-to-one map of distinct tokens between classes keeps P",
              distinct_mapped, "mapped")
HYPOTHESIS_IS(commons_fall, "dz/dt < 0 for all common tokens of the class", commons_fall, "fall")

HYPOTHESIS_IS(infinite_contexts, "T -> infinity", contexts_infinite, "infinite")
HYPOTHESIS_IS(features_still, "F does not move", features_frozen, "still")
HYPOTHESIS_IS(gradient_is_modified, "the modified gradient, Eq. 26", gradient_modified, "modified")
HYPOTHESIS(gradient_is_original, "the original gradient, Eq. 7", f->gradient_modified == 0,
           "modified: %g", f->gradient_modified)
HYPOTHESIS(hundred_tokens, "M >> 100 (100 at least here)", f->vocabulary >= 100, "M = %g",
           f->vocabulary)
HYPOTHESIS_IS(relations_of_13, "the relations of Eq. 13", normalisers_constant, "they hold")
HYPOTHESIS(one_overlap, "E_nn' = s for all pairs", f->overlap >= 0, "s = %g", f->overlap)

#define SCAN_AND_SNAP(place) PAPER("Scan&Snap", place)
#define WEAK_CORRELATIONS                                                                          \
    &outputs_are_tokens, &many_tokens, &weak_overlap, &some_overlap, &uniform_classes,             \
        &decoder_from_zero

SAYS(S_L1, "S-L1", SCAN_AND_SNAP("Lemma 1 and the remark after it"),
     "The rows of Y' and Z' sum to zero: row sums of Y and Z are conserved.",
     .formula = "\\dot Y \\mathbf{1} = \\dot Z \\mathbf{1} = 0")

SAYS(S_L2, "S-L2", SCAN_AND_SNAP("Lemma 1 and 2, Eq. 3 to 6"),
     "The dynamics of Y and Z, for infinite contexts.",
     .formula =
         "\\dot z_m = \\eta_Z \\sum_{n: \\psi(n) = m} P(n) f_n \\circ ( g_n - f_n (f_n \\cdot "
         "g_n) )",
     .hypotheses = UNDER(&infinite_contexts))

/* The noise of sampling (theta, sigma, t >> K^2) is absent from the flow, and M^-0.99 << eta_Y < 1
 * with it. */
SAYS(S_T1, "S-T1", SCAN_AND_SNAP("Theorem 1 and Eq. 85 to 89"),
     "With the features still, the modified gradient pushes the attention by g_n = gamma "
     "(iota_n f_n - sum beta_nn' f_n'), iota_n near 1 and beta_nn' near E'_nn'.",
     .formula =
         "g_n = \\gamma \\left( \\iota_n f_n - \\sum_{n' \\ne n} \\beta_{nn'} f_{n'} \\right)",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &hundred_tokens, &features_still,
                         &gradient_is_modified))

SAYS(S_T1a, "S-T1a", SCAN_AND_SNAP("Theorem 1(a)"), "xi_n > 0 for every class at all times.",
     .formula = "\\xi_n = \\gamma \\sum_{n' \\ne n} \\beta_{nn'} f_n \\cdot f_{n'} > 0",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &hundred_tokens, &features_still,
                         &gradient_is_modified))

SAYS(S_T1b, "S-T1b", SCAN_AND_SNAP("Theorem 1(b)"),
     "gamma = O(eta_Y t/K) up to K ln M/eta_Y, and O(K ln(eta_Y t/K)/(eta_Y t)) from twice "
     "that on.",
     .formula = "\\gamma = O \\left( \\frac{K \\ln(\\eta_Y t / K)}{\\eta_Y t} \\right)",
     .hypotheses = UNDER(&hundred_tokens))

SAYS(S_T1_text, "S-T1, text", SCAN_AND_SNAP("text after Theorem 1"),
     "Theorem 1 still holds for the original gradient, at a smaller effective learning rate.",
     .formula = "\\eta_{Y,eff} = (1 - s) \\eta_Y",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &hundred_tokens, &features_still, &one_overlap,
                         &gradient_is_original))

/* Its proof sums zeta_n over the classes to zero, which takes K = M; the paper does not say so. */
SAYS(S_R1, "S-R1", SCAN_AND_SNAP("Remark 1 to Lemma 5, Eq. 40 to 43"),
     "With identical overlaps s the original gradient moves the logits as the modified one "
     "does at the rate (1 - s) eta_Y.",
     .formula = "w_n(N) = (1 - s) (M - 1) h^*(N/K) \\zeta_n",
     .hypotheses = UNDER(&outputs_are_tokens, &uniform_classes, &decoder_from_zero, &features_still,
                         &one_overlap, &gradient_is_original))

SAYS(S_L6, "S-L6", SCAN_AND_SNAP("Lemma 6, Eq. 45"),
     "h, which makes gamma, obeys e^{M h} + (M - 1) M h = M eta_Y t/K + 1.",
     .formula = "e^{M h} + (M - 1) M h = M \\eta_Y t / K + 1",
     .hypotheses = UNDER(&outputs_are_tokens, &decoder_from_zero, &features_still,
                         &gradient_is_modified))

SAYS(S_L4, "S-L4", SCAN_AND_SNAP("Lemma 4, Eq. 10"),
     "The attention moves by theorem 1's force at the current features.",
     .formula = "\\dot z_m = \\eta_Z \\gamma \\sum_{n: \\psi(n) = m} f_n \\circ \\sum_{n' \\ne n} "
                "\\beta_{nn'} (f_n f_n^T - I) f_{n'}",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &infinite_contexts, &decoder_faster))

SAYS(S_L4_weight, "S-L4, weight",
     SCAN_AND_SNAP("Lemma 4, Eq. 10 and 94, and with them Eq. 14 and 131"),
     "The attention's rate sums over the classes of a query without the weight 1/K, while "
     "gamma counts the samples of all classes.",
     .formula =
         "B_n = \\tfrac{1}{4} \\ln ( C_0 + 2 K \\frac{\\eta_Z}{\\eta_Y} \\ln^2 ( M \\eta_Y t / K "
         ") )",
     .hypotheses = UNDER(&uniform_classes))

SAYS(S_L9, "S-L9", SCAN_AND_SNAP("Lemma 9"),
     "gamma = O(eta_Y t/K) up to K ln M/eta_Y, and O(K ln(M eta_Y t/K)/(eta_Y t)) from twice "
     "that on.",
     .formula = "\\gamma = O \\left( \\frac{K \\ln(M \\eta_Y t / K)}{\\eta_Y t} \\right)",
     .hypotheses = UNDER(&hundred_tokens))

SAYS(S_T2a, "S-T2a", SCAN_AND_SNAP("Theorem 2(a)"),
     "Under Eq. 10 every distinct token of a class gains attention at all times.",
     .formula = "\\dot z_{ml} = \\eta_Z f_{nl}^2 \\xi_n > 0",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &decoder_adiabatic))

SAYS(S_T2b, "S-T2b", SCAN_AND_SNAP("Theorem 2(b)"),
     "Under Eq. 10 the one common token loses attention.", .formula = "\\dot z_{ml} < 0",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &decoder_adiabatic, &one_common))

SAYS(S_C2, "S-C2", SCAN_AND_SNAP("Corollary 2"),
     "With one query, commons alike in all classes and Z(0) = 0, every common token loses "
     "attention.",
     .formula = "\\dot z_{ml} < 0",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &one_query, &commons_alike, &distinct_mapped,
                         &attention_from_zero))

SAYS(S_T3, "S-T3", SCAN_AND_SNAP("Theorem 3"),
     "The relative gain of two distinct tokens of a class is r(t) = r(0) chi(t), and the "
     "dominant one has exp(2 f(0)^2 B) <= chi <= exp(2 B).",
     .formula = "e^{2 f_{nl_0}^2(0) B_n} \\le \\chi_{l_0} \\le e^{2 B_n}",
     .hypotheses = UNDER(&decoder_adiabatic, &commons_fall))

/* Called a qualitative estimation. */
SAYS(S_E13, "S-E13", SCAN_AND_SNAP("Eq. 13"),
     "With one query for all classes and one common token l, z_l' = -eta_Z gamma e^{4 "
     "z_l}/C_0 and xi_n = gamma e^{4 z_l}/C_0.",
     .formula = "\\dot z_l \\sim -\\frac{\\eta_Z \\gamma}{C_0} e^{4 z_l}, \\quad \\xi_n \\sim "
                "\\frac{\\gamma}{C_0} e^{4 z_l}",
     .hypotheses = UNDER(&one_query, &one_common, &decoder_adiabatic))

SAYS(S_T4, "S-T4", SCAN_AND_SNAP("Theorem 4, Eq. 14, 124, 129 to 131"),
     "Under the relations of Eq. 13 and from z_l(0) = 0, B_n = (1/4) ln(C_0 + 4 Gamma).",
     .formula = "B_n = \\tfrac{1}{4} \\ln ( C_0 + 2 \\frac{\\eta_Z}{\\eta_Y} K (M-1)^2 h^2 )",
     .hypotheses = UNDER(&relations_of_13, &attention_from_zero))

SAYS(S_T4_setting, "S-T4, setting", SCAN_AND_SNAP("section 6 and Theorem 4"),
     "With one query for all classes and one common token the gain grows as (1/4) ln(ln^2 t).",
     .formula = "B_n \\sim \\tfrac{1}{4} \\ln \\ln^2 ( M \\eta_Y t / K )",
     .hypotheses = UNDER(&one_query, &one_common, &decoder_adiabatic, &attention_from_zero))

SAYS(S_F3, "S-F.3", SCAN_AND_SNAP("appendix F(3), Eq. 132"),
     "For t >> exp(1/sqrt(2 nu))/(M eta_Y), B = (1/2) ln ln(M eta_Y t/K) + (1/4) ln(2K/nu).",
     .formula =
         "B = \\tfrac{1}{2} \\ln \\ln ( M \\eta_Y t / K ) + \\tfrac{1}{4} \\ln ( 2 K / \\nu )")

SAYS(S_L7, "S-L7", SCAN_AND_SNAP("Lemma 7"),
     "The discrete h* is ahead of the continuous h by 2 eta_Y/M at most, and the difference "
     "vanishes late.",
     .formula = "0 \\le h^*(s) - h(s) \\le 2 \\eta_Y / M", .hypotheses = UNDER(&hundred_tokens))

SAYS(S_D10, "S-D10", SCAN_AND_SNAP("appendix D.1"), "E' is (I + E)^-1 - I.",
     .formula = "E' := (I + E)^{-1} - I")

SAYS(S_L3, "S-L3", SCAN_AND_SNAP("Lemma 3, Eq. 8 and 26"),
     "With the modified gradient each class moves its own logits alone; the modification is "
     "small where lambda_1 is.",
     .formula = "\\dot w_j = \\eta_Y 1[j = n] (e_n - \\alpha_n)",
     .hypotheses = UNDER(&features_still, &gradient_is_modified))

SAYS(S_L5, "S-L5", SCAN_AND_SNAP("Lemma 5, Eq. 31 to 33"),
     "With one class at every step, w_n is (M-1) h*(s) zeta_n.",
     .formula = "w_n(s) = (M-1) h^*(s) \\zeta_n",
     .hypotheses = UNDER(&outputs_are_tokens, &decoder_from_zero, &features_still,
                         &gradient_is_modified))

SAYS(S_L8, "S-L8", SCAN_AND_SNAP("Lemma 8 and Remark 3"),
     "e^{M h} is below (M-1) M h between two roots, the larger near ln M/M.",
     .formula = "e^{M h} \\le (M-1) M h",
     .unchecked = "elementary; its upper root is the end of the crossover in C6.frozen-landmarks")

SAYS(S_L10, "S-L10", SCAN_AND_SNAP("Lemma 10"),
     "With probability 1 - delta a class is visited N P(n) times, to sqrt((N/2) "
     "ln(2/delta)) + 1.",
     .formula = "|N_n - N P(n)| \\le \\sqrt{\\tfrac{N}{2} \\ln \\tfrac{2}{\\delta}} + 1")

#define SAMPLED                                                                                    \
    .hypotheses = UNDER(&outputs_are_tokens, &uniform_classes, &decoder_from_zero,                 \
                        &features_still, &gradient_is_modified)

SAYS(S_L11, "S-L11", SCAN_AND_SNAP("Lemma 11, Eq. 61 and 62"),
     "With probability 1 - delta h(N_n) scatters by Delta/Nbar of itself at most, and the "
     "residual factor by eta_Y Delta/3; late by Delta/Nbar, too.",
     .formula = "|h(N_n) - h(\\bar N)| \\le h(\\bar N) \\frac{\\Delta}{\\bar N}", SAMPLED)

SAYS(S_L12, "S-L12", SCAN_AND_SNAP("Lemma 12"),
     "Sampled classes scatter the logits by a relative (K/sqrt N) sqrt(ln(K/delta)).",
     .formula = "w_n = (1 + \\theta_n) \\bar w_n", SAMPLED)

SAYS(S_T5, "S-T5", SCAN_AND_SNAP("Theorem 5, Eq. 70"),
     "The solution of the modified gradient: every class's logits are those of its own "
     "visits.",
     .formula = "Y = F (I - E') (I + \\theta) \\bar W(N)",
     .hypotheses = UNDER(WEAK_CORRELATIONS, &features_still, &gradient_is_modified))

SAYS(S_C1, "S-C1", SCAN_AND_SNAP("Corollary 1, Eq. 71"),
     "At most O((K/(eps eta_Y)) ln(M/eps)) samples bring the error below eps.",
     .formula = "O \\left( \\frac{K}{\\epsilon \\eta_Y} \\ln \\frac{M}{\\epsilon} \\right)",
     .hypotheses = UNDER(&hundred_tokens, &uniform_classes, &decoder_from_zero, &features_still,
                         &gradient_is_modified))

SAYS(S_L13, "S-L13 to S-L17", SCAN_AND_SNAP("Lemma 13 to 17"),
     "Bounds on E' by the largest eigenvalue of E.",
     .formula = "|E'_{nn'} - E_{nn'}| \\le \\frac{\\lambda_1^2}{1 - |\\lambda_1|}",
     .hypotheses = UNDER(&weak_overlap))

SAYS(S_L18, "S-L18", SCAN_AND_SNAP("Lemma 18"),
     "In a context of T tokens frequencies are within Hoeffding's bound of P.",
     .formula = "|q_l - P(l|m,n)| \\le \\sqrt{\\frac{\\ln(2/\\delta)}{2(T-1)}}")

SAYS(S_R4, "S-R4", SCAN_AND_SNAP("section 6"),
     "Two possible fates: if xi decays slowly the gain diverges and the dominant token takes all; "
     "if it falls so fast that the gain grows very slowly, or is bounded, attention snaps.",
     .formula = "B_n \\to \\infty")

SAYS(S_F1, "S-F.1 and S-F.2", SCAN_AND_SNAP("appendix F(1) and F(2)"),
     "The gains at t_0' and t_0 depend on K, M and eta_Y/eta_Z alone.",
     .formula = "B(K \\ln M / \\eta_Y) = \\tfrac{1}{4} \\ln ( C_0 + 2 K \\nu^{-1} \\ln^2 M )", )
