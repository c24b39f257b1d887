/* The quantities of a run in which hypotheses are expressed, by name. An experiment fills in those
 * that it knows; the others stay NAN, and a hypothesis that needs one is then not known to be met.
 * Yes is 1, no is 0. To define another quantity, add a line. */
#ifndef STATEMENTS_FACTS_H
#define STATEMENTS_FACTS_H

#define FACTS(X)                                                                                   \
    /* Scan&Snap */                                                                                \
    X(classes, "next tokens K")                                                                    \
    X(outputs, "columns V of the decoder")                                                         \
    X(vocabulary, "tokens M")                                                                      \
    X(queries, "last tokens L")                                                                    \
    X(commons, "common tokens G")                                                                  \
    X(commons_alike, "every common token has one probability in all classes")                      \
    X(classes_uniform, "P(n) = 1/K")                                                               \
    X(distinct_mapped, "a one-to-one map of the distinct tokens of any two classes keeps P")       \
    X(overlap, "f_n.f_n' at the start where it is one number: s")                                  \
    X(lambda_1, "largest |eigenvalue| of E = F^T F - I at the start")                              \
    X(lambda_min, "smallest |eigenvalue| of E")                                                    \
    X(eta_y, "rate of the decoder")                                                                \
    X(eta_z, "rate of the attention")                                                              \
    X(scaled_time, "eta_Y t/K at the end")                                                         \
    X(decoder_zero, "Y(0) = 0")                                                                    \
    X(attention_zero, "Z(0) = 0")                                                                  \
    X(adiabatic, "the decoder is in its adiabatic state: Eq. 10 instead of the coupled flow")      \
    X(gradient_modified, "the decoder's gradient is the modified one, Eq. 26")                     \
    X(features_frozen, "F does not move")                                                          \
    X(contexts_infinite, "T -> infinity")                                                          \
    X(commons_fall, "dz/dt < 0 for every common token of the class")                               \
    X(normalisers_constant, "the relations of Eq. 13 hold")                                        \
    /* JoMA */                                                                                     \
    X(nodes, "hidden nodes that share one attention")                                              \
    X(queries_per_attention, "queries that share one attention")                                   \
    X(embedding_orthonormal, "[U_C, u_q] has orthonormal columns")                                 \
    X(gradient_stationary, "the back-propagated gradient E[g h' x] is constant")                   \
    X(mean_attention_moves, "total variation of bbar")                                             \
    X(gradient_factorises, "E[sum_k g h' b b^T] = bbar E[sum_k g h' b]")                           \
    X(attention_exponential, "exp attention")                                                      \
    X(node_zero, "v(0) = 0")                                                                       \
    X(clusters, "clusters")                                                                        \
    X(clusters_isotropic, "isotropic clusters")                                                    \
    X(gradient_by_cluster, "within a cluster g does not depend on x")                              \
    X(gradient_mean, "largest |E[g_k]|")                                                           \
    X(tree_noise, "L (1 - rho) of a latent tree whose root is as rare: rho0 = rho")                \
    X(shared_rate, "attention and nodes have one learning rate")                                   \
    /* GaLore */                                                                                   \
    X(batch, "samples of a step")                                                                  \
    X(form_parametric, "G = (1/N) sum (A_i - B_i W C_i) with A, B, C constant")                    \
    X(step_times_lambda, "eta lambda_max(S)")                                                      \
    X(step_times_sum, "eta (lambda_2 + lambda_max)")                                               \
    X(dyads_in_lowest, "the singular dyads of G_par lie in the lowest eigenspace")                 \
    X(logits_sup, "largest |logit| after the mean is taken away")                                  \
    X(logits_rms, "root mean square of the logits after the mean is taken away")                   \
    X(margin, "mubar_max over the second largest mubar, per n")                                    \
    X(rank_inputs, "rank N' of the inputs")                                                        \
    X(columns, "columns n of the weight")

#define FACT_MEMBER(name, words) double name;
struct facts {
    FACTS(FACT_MEMBER)
};

#endif
