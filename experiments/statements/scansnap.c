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
HYPOTHESIS(uniform_classes, "classes are drawn uniformly", f->classes_uniform == 1, "uniform: %g",
           f->classes_uniform)
HYPOTHESIS(decoder_from_zero, "Y(0) = 0", f->decoder_zero == 1, "zero: %g", f->decoder_zero)
HYPOTHESIS(attention_from_zero, "Z(0) = 0", f->attention_zero == 1, "zero: %g", f->attention_zero)
HYPOTHESIS(decoder_adiabatic, "the dynamics of Eq. 10: the decoder is adiabatic (S-A1c)",
           f->adiabatic == 1, "Eq. 10: %g", f->adiabatic)
HYPOTHESIS(decoder_faster, "eta_Y >> eta_Z (S-A1c; 10 times at least here)",
           f->eta_y >= 10 * f->eta_z, "eta_Y/eta_Z = %g", f->eta_y / f->eta_z)
HYPOTHESIS(one_common, "one common token", f->commons == 1, "G = %g", f->commons)
HYPOTHESIS(one_query, "one query for all next tokens", f->queries == 1, "L = %g", f->queries)
HYPOTHESIS(commons_alike, "every common token has one probability in all classes",
           f->commons_alike == 1, "alike: %g", f->commons_alike)
HYPOTHESIS(distinct_mapped, "a one-to-one map of distinct tokens between classes keeps P",
           f->distinct_mapped == 1, "mapped: %g", f->distinct_mapped)
HYPOTHESIS(commons_fall, "dz/dt < 0 for all common tokens of the class", f->commons_fall == 1,
           "fall: %g", f->commons_fall)

HYPOTHESIS(infinite_contexts, "T -> infinity", f->contexts_infinite == 1, "infinite: %g",
           f->contexts_infinite)
HYPOTHESIS(features_still, "F does not move", f->features_frozen == 1, "still: %g",
           f->features_frozen)
HYPOTHESIS(gradient_is_modified, "the modified gradient, Eq. 26", f->gradient_modified == 1,
           "modified: %g", f->gradient_modified)
HYPOTHESIS(gradient_is_original, "the original gradient, Eq. 7", f->gradient_modified == 0,
           "modified: %g", f->gradient_modified)
HYPOTHESIS(hundred_tokens, "M >> 100 (100 at least here)", f->vocabulary >= 100, "M = %g",
           f->vocabulary)
HYPOTHESIS(relations_of_13, "the relations of Eq. 13", f->normalisers_constant == 1,
           "they hold: %g", f->normalisers_constant)
HYPOTHESIS(one_overlap, "E_nn' = s for all pairs", f->overlap >= 0, "s = %g", f->overlap)

#define WEAK_CORRELATIONS                                                                          \
    &outputs_are_tokens, &many_tokens, &weak_overlap, &some_overlap, &uniform_classes,             \
        &decoder_from_zero
#define UNDER(...)                                                                                 \
    (const struct hypothesis *const[]) {                                                           \
        __VA_ARGS__, NULL                                                                          \
    }

const struct statement statement_S_L1 = {
    .id = "S-L1",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 1 and the remark after it",
    .words = "The rows of Y' and Z' sum to zero: row sums of Y and Z are conserved.",
    .formula = "\\dot Y \\mathbf{1} = \\dot Z \\mathbf{1} = 0"};

const struct statement statement_S_L2 = {
    .id = "S-L2",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 1 and 2, Eq. 3 to 6",
    .words = "The dynamics of Y and Z, for infinite contexts.",
    .formula =
        "\\dot z_m = \\eta_Z \\sum_{n: \\psi(n) = m} P(n) f_n \\circ ( g_n - f_n (f_n \\cdot "
        "g_n) )",
    .hypotheses = UNDER(&infinite_contexts)};

/* The noise of sampling (theta, sigma, t >> K^2) is absent from the flow, and M^-0.99 << eta_Y < 1
 * with it. */
const struct statement statement_S_T1 = {
    .id = "S-T1",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 1 and Eq. 85 to 89",
    .words = "With the features still, the modified gradient pushes the attention by g_n = gamma "
             "(iota_n f_n - sum beta_nn' f_n'), iota_n near 1 and beta_nn' near E'_nn'.",
    .formula =
        "g_n = \\gamma \\left( \\iota_n f_n - \\sum_{n' \\ne n} \\beta_{nn'} f_{n'} \\right)",
    .hypotheses =
        UNDER(WEAK_CORRELATIONS, &hundred_tokens, &features_still, &gradient_is_modified)};

const struct statement statement_S_T1a = {
    .id = "S-T1a",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 1(a)",
    .words = "xi_n > 0 for every class at all times.",
    .formula = "\\xi_n = \\gamma \\sum_{n' \\ne n} \\beta_{nn'} f_n \\cdot f_{n'} > 0",
    .hypotheses =
        UNDER(WEAK_CORRELATIONS, &hundred_tokens, &features_still, &gradient_is_modified)};

const struct statement statement_S_T1b = {
    .id = "S-T1b",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 1(b)",
    .words = "gamma = O(eta_Y t/K) up to K ln M/eta_Y, and O(K ln(eta_Y t/K)/(eta_Y t)) from twice "
             "that on.",
    .formula = "\\gamma = O \\left( \\frac{K \\ln(\\eta_Y t / K)}{\\eta_Y t} \\right)",
    .hypotheses = UNDER(&hundred_tokens)};

const struct statement statement_S_T1_text = {
    .id = "S-T1, text",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, text after Theorem 1",
    .words =
        "Theorem 1 still holds for the original gradient, at a smaller effective learning rate.",
    .formula = "\\eta_{Y,eff} = (1 - s) \\eta_Y",
    .hypotheses = UNDER(WEAK_CORRELATIONS, &hundred_tokens, &features_still, &one_overlap,
                        &gradient_is_original)};

/* Its proof sums zeta_n over the classes to zero, which takes K = M; the paper does not say so. */
const struct statement statement_S_R1 = {
    .id = "S-R1",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Remark 1 to Lemma 5, Eq. 40 to 43",
    .words = "With identical overlaps s the original gradient moves the logits as the modified one "
             "does at the rate (1 - s) eta_Y.",
    .formula = "w_n(N) = (1 - s) (M - 1) h^*(N/K) \\zeta_n",
    .hypotheses = UNDER(&outputs_are_tokens, &uniform_classes, &decoder_from_zero, &features_still,
                        &one_overlap, &gradient_is_original)};

const struct statement statement_S_L6 = {
    .id = "S-L6",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 6, Eq. 45",
    .words = "h, which makes gamma, obeys e^{M h} + (M - 1) M h = M eta_Y t/K + 1.",
    .formula = "e^{M h} + (M - 1) M h = M \\eta_Y t / K + 1",
    .hypotheses =
        UNDER(&outputs_are_tokens, &decoder_from_zero, &features_still, &gradient_is_modified)};

const struct statement statement_S_L4 = {
    .id = "S-L4",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 4, Eq. 10",
    .words = "The attention moves by theorem 1's force at the current features.",
    .formula = "\\dot z_m = \\eta_Z \\gamma \\sum_{n: \\psi(n) = m} f_n \\circ \\sum_{n' \\ne n} "
               "\\beta_{nn'} (f_n f_n^T - I) f_{n'}",
    .hypotheses = UNDER(WEAK_CORRELATIONS, &infinite_contexts, &decoder_faster)};

const struct statement statement_S_L4_weight = {
    .id = "S-L4, weight",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 4, Eq. 10 and 94, and with them Eq. 14 and 131",
    .words = "The attention's rate sums over the classes of a query without the weight 1/K, while "
             "gamma counts the samples of all classes.",
    .formula =
        "B_n = \\tfrac{1}{4} \\ln ( C_0 + 2 K \\frac{\\eta_Z}{\\eta_Y} \\ln^2 ( M \\eta_Y t / K "
        ") )",
    .hypotheses = UNDER(&uniform_classes)};

const struct statement statement_S_L9 = {
    .id = "S-L9",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 9",
    .words =
        "gamma = O(eta_Y t/K) up to K ln M/eta_Y, and O(K ln(M eta_Y t/K)/(eta_Y t)) from twice "
        "that on.",
    .formula = "\\gamma = O \\left( \\frac{K \\ln(M \\eta_Y t / K)}{\\eta_Y t} \\right)",
    .hypotheses = UNDER(&hundred_tokens)};

const struct statement statement_S_T2a = {
    .id = "S-T2a",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 2(a)",
    .words = "Under Eq. 10 every distinct token of a class gains attention at all times.",
    .formula = "\\dot z_{ml} = \\eta_Z f_{nl}^2 \\xi_n > 0",
    .hypotheses = UNDER(WEAK_CORRELATIONS, &decoder_adiabatic)};

const struct statement statement_S_T2b = {
    .id = "S-T2b",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 2(b)",
    .words = "Under Eq. 10 the one common token loses attention.",
    .formula = "\\dot z_{ml} < 0",
    .hypotheses = UNDER(WEAK_CORRELATIONS, &decoder_adiabatic, &one_common)};

const struct statement statement_S_C2 = {
    .id = "S-C2",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Corollary 2",
    .words = "With one query, commons alike in all classes and Z(0) = 0, every common token loses "
             "attention.",
    .formula = "\\dot z_{ml} < 0",
    .hypotheses = UNDER(WEAK_CORRELATIONS, &one_query, &commons_alike, &distinct_mapped,
                        &attention_from_zero)};

const struct statement statement_S_T3 = {
    .id = "S-T3",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 3",
    .words = "The relative gain of two distinct tokens of a class is r(t) = r(0) chi(t), and the "
             "dominant one has exp(2 f(0)^2 B) <= chi <= exp(2 B).",
    .formula = "e^{2 f_{nl_0}^2(0) B_n} \\le \\chi_{l_0} \\le e^{2 B_n}",
    .hypotheses = UNDER(&decoder_adiabatic, &commons_fall)};

/* Called a qualitative estimation. */
const struct statement statement_S_E13 = {
    .id = "S-E13",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Eq. 13",
    .words = "With one query for all classes and one common token l, z_l' = -eta_Z gamma e^{4 "
             "z_l}/C_0 and xi_n = gamma e^{4 z_l}/C_0.",
    .formula = "\\dot z_l \\sim -\\frac{\\eta_Z \\gamma}{C_0} e^{4 z_l}, \\quad \\xi_n \\sim "
               "\\frac{\\gamma}{C_0} e^{4 z_l}",
    .hypotheses = UNDER(&one_query, &one_common, &decoder_adiabatic)};

const struct statement statement_S_T4 = {
    .id = "S-T4",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 4, Eq. 14, 124, 129 to 131",
    .words = "Under the relations of Eq. 13 and from z_l(0) = 0, B_n = (1/4) ln(C_0 + 4 Gamma).",
    .formula = "B_n = \\tfrac{1}{4} \\ln ( C_0 + 2 \\frac{\\eta_Z}{\\eta_Y} K (M-1)^2 h^2 )",
    .hypotheses = UNDER(&relations_of_13, &attention_from_zero)};

const struct statement statement_S_T4_setting = {
    .id = "S-T4, setting",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, section 6 and Theorem 4",
    .words =
        "With one query for all classes and one common token the gain grows as (1/4) ln(ln^2 t).",
    .formula = "B_n \\sim \\tfrac{1}{4} \\ln \\ln^2 ( M \\eta_Y t / K )",
    .hypotheses = UNDER(&one_query, &one_common, &decoder_adiabatic, &attention_from_zero)};

const struct statement statement_S_F3 = {
    .id = "S-F.3",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, appendix F(3), Eq. 132",
    .words =
        "For t >> exp(1/sqrt(2 nu))/(M eta_Y), B = (1/2) ln ln(M eta_Y t/K) + (1/4) ln(2K/nu).",
    .formula =
        "B = \\tfrac{1}{2} \\ln \\ln ( M \\eta_Y t / K ) + \\tfrac{1}{4} \\ln ( 2 K / \\nu )"};

const struct statement statement_S_L7 = {
    .id = "S-L7",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 7",
    .words =
        "The discrete h* is ahead of the continuous h by 2 eta_Y/M at most, and the difference "
        "vanishes late.",
    .formula = "0 \\le h^*(s) - h(s) \\le 2 \\eta_Y / M",
    .hypotheses = UNDER(&hundred_tokens)};

const struct statement statement_S_D10 = {.id = "S-D10",
                                          .origin = ORIGIN_PAPER,
                                          .source = "Scan&Snap, appendix D.1",
                                          .words = "E' is (I + E)^-1 - I.",
                                          .formula = "E' := (I + E)^{-1} - I"};

const struct statement statement_S_L3 = {
    .id = "S-L3",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 3, Eq. 8 and 26",
    .words =
        "With the modified gradient each class moves its own logits alone; the modification is "
        "small where lambda_1 is.",
    .formula = "\\dot w_j = \\eta_Y 1[j = n] (e_n - \\alpha_n)",
    .hypotheses = UNDER(&features_still, &gradient_is_modified)};

const struct statement statement_S_L5 = {
    .id = "S-L5",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 5, Eq. 31 to 33",
    .words = "With one class at every step, w_n is (M-1) h*(s) zeta_n.",
    .formula = "w_n(s) = (M-1) h^*(s) \\zeta_n",
    .hypotheses =
        UNDER(&outputs_are_tokens, &decoder_from_zero, &features_still, &gradient_is_modified)};

const struct statement statement_S_L8 = {
    .id = "S-L8",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 8 and Remark 3",
    .words = "e^{M h} is below (M-1) M h between two roots, the larger near ln M/M.",
    .formula = "e^{M h} \\le (M-1) M h",
    .unchecked = "elementary; its upper root is the end of the crossover in C6.frozen-landmarks"};

const struct statement statement_S_L10 = {
    .id = "S-L10",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 10",
    .words = "With probability 1 - delta a class is visited N P(n) times, to sqrt((N/2) "
             "ln(2/delta)) + 1.",
    .formula = "|N_n - N P(n)| \\le \\sqrt{\\tfrac{N}{2} \\ln \\tfrac{2}{\\delta}} + 1"};

#define SAMPLED                                                                                    \
    .hypotheses = UNDER(&outputs_are_tokens, &uniform_classes, &decoder_from_zero,                 \
                        &features_still, &gradient_is_modified)

const struct statement statement_S_L11 = {
    .id = "S-L11",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 11, Eq. 61 and 62",
    .words = "With probability 1 - delta h(N_n) scatters by Delta/Nbar of itself at most, and the "
             "residual factor by eta_Y Delta/3; late by Delta/Nbar, too.",
    .formula = "|h(N_n) - h(\\bar N)| \\le h(\\bar N) \\frac{\\Delta}{\\bar N}",
    SAMPLED};

const struct statement statement_S_L12 = {
    .id = "S-L12",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 12",
    .words = "Sampled classes scatter the logits by a relative (K/sqrt N) sqrt(ln(K/delta)).",
    .formula = "w_n = (1 + \\theta_n) \\bar w_n",
    SAMPLED};

const struct statement statement_S_T5 = {
    .id = "S-T5",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Theorem 5, Eq. 70",
    .words = "The solution of the modified gradient: every class's logits are those of its own "
             "visits.",
    .formula = "Y = F (I - E') (I + \\theta) \\bar W(N)",
    .hypotheses = UNDER(WEAK_CORRELATIONS, &features_still, &gradient_is_modified)};

const struct statement statement_S_C1 = {
    .id = "S-C1",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Corollary 1, Eq. 71",
    .words = "At most O((K/(eps eta_Y)) ln(M/eps)) samples bring the error below eps.",
    .formula = "O \\left( \\frac{K}{\\epsilon \\eta_Y} \\ln \\frac{M}{\\epsilon} \\right)",
    .hypotheses = UNDER(&hundred_tokens, &uniform_classes, &decoder_from_zero, &features_still,
                        &gradient_is_modified)};

const struct statement statement_S_L13 = {
    .id = "S-L13 to S-L17",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 13 to 17",
    .words = "Bounds on E' by the largest eigenvalue of E.",
    .formula = "|E'_{nn'} - E_{nn'}| \\le \\frac{\\lambda_1^2}{1 - |\\lambda_1|}",
    .hypotheses = UNDER(&weak_overlap)};

const struct statement statement_S_L18 = {
    .id = "S-L18",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, Lemma 18",
    .words = "In a context of T tokens frequencies are within Hoeffding's bound of P.",
    .formula = "|q_l - P(l|m,n)| \\le \\sqrt{\\frac{\\ln(2/\\delta)}{2(T-1)}}"};

const struct statement statement_S_R4 = {
    .id = "S-R4",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, section 6",
    .words =
        "Two possible fates: if xi decays slowly the gain diverges and the dominant token takes all; "
        "if it falls so fast that the gain grows very slowly, or is bounded, attention snaps.",
    .formula = "B_n \\to \\infty"};

const struct statement statement_S_F1 = {
    .id = "S-F.1 and S-F.2",
    .origin = ORIGIN_PAPER,
    .source = "Scan&Snap, appendix F(1) and F(2)",
    .words = "The gains at t_0' and t_0 depend on K, M and eta_Y/eta_Z alone.",
    .formula = "B(K \\ln M / \\eta_Y) = \\tfrac{1}{4} \\ln ( C_0 + 2 K \\nu^{-1} \\ln^2 M )",
};
