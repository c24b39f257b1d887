/* What Scan&Snap (arXiv 2305.16380v4) says of its figures, experiments and extensions. */
#include "statements.h"

#define SCAN_AND_SNAP(place) PAPER("Scan&Snap", place)

/* --- consequences of Theorem 4 */
SAYS(S_T4a, "S-T4a", SCAN_AND_SNAP("section 6, attention scanning"),
     "Before t_0' B is (1/4) ln((rho_0^4 + 2 eta_Y eta_Z t^2)/K), which is O(ln t).",
     .formula = "B_n = \\tfrac{1}{4} \\ln ( K^{-1} ( \\rho_0^4 + 2 \\eta_Y \\eta_Z t^2 ) )",
     .unchecked =
         "Eq. 129 with h early: PC.closed-forms holds Eq. 129 at all times; the flow's own "
         "early law is C18.early-law")
SAYS(S_T4b, "S-T4b", SCAN_AND_SNAP("section 6, attention snapping"),
     "After t_0 B is O(ln ln t) and still grows to infinity.",
     .unchecked = "an order without a constant; the constants are T4.prefactor, "
                  "T4.prefactor-coupled and E.theorem-4-quarter")
SAYS(S_T4c_a, "S-T4c(a)", SCAN_AND_SNAP("section 6, after Theorem 4"),
     "A larger eta_Y brings the transition forward, t_0 = 2 K ln M/eta_Y.")
SAYS(S_T4c_b, "S-T4c(b)", SCAN_AND_SNAP("section 6, after Theorem 4"),
     "Both rates scaled up alike give a larger gain.")
SAYS(S_T4c_c, "S-T4c(c)", SCAN_AND_SNAP("section 6, after Theorem 4"),
     "At a fixed eta_Z a smaller eta_Y gives a larger gain when t >= t_0.")
SAYS(
    S_R2, "S-R2", SCAN_AND_SNAP("Remark 2 to Lemma 7"),
    "By qualitative estimation, h*(s) is below h(s + c) for all late s, with a constant c = O(ln M), for eta_Y = O(1).",
    .formula = "h(s) \\le h^*(s) \\le h(s + c)")
SAYS(S_prior, "S-T3, prior", SCAN_AND_SNAP("after Theorem 3"),
     "The initial value of the attention works as a prior: the winner is the distinct token with "
     "the largest P(l|m,n) exp(z_ml(0)).",
     .formula = "P(l_0|m,n) e^{z_{ml_0}(0)} = \\max_l P(l|m,n) e^{z_{ml}(0)}")

/* --- section 7 */
SAYS(S_P1, "S-P1", SCAN_AND_SNAP("section 7, positions"),
     "A relative positional bias multiplies exp(z_ml) by a constant: a prior.",
     .unchecked = "what it does is S-T3, prior; learned positions are the family position/")
SAYS(S_P2, "S-P2", SCAN_AND_SNAP("section 7, residual connection"),
     "With the query's embedding added to the value, distinct and common become local to the "
     "classes of one query.")
SAYS(S_P3, "S-P3", SCAN_AND_SNAP("section 7, several layers"),
     "Sparse attention of a layer says which combinations of tokens come first.",
     .unchecked = "no formula, called speculation; two levels are layers/two-level")
SAYS(S_P4, "S-P4", SCAN_AND_SNAP("section 9"),
     "A large data set suppresses tokens that look distinct in a small one.")

/* --- figures */
SAYS(S_F2, "S-F2", SCAN_AND_SNAP("figure 2"), "Four stages, from uniform attention to frozen.",
     .unchecked = "a drawing of what S-T2 to S-T4 say")
SAYS(S_F3_figure, "S-F3", SCAN_AND_SNAP("figure 3"),
     "A smaller eta_Y has a later transition, at t_0, and a larger gain.")
SAYS(S_F4, "S-F4", SCAN_AND_SNAP("figure 4, left"),
     "On Syn-Small attention becomes sparse and settles on the frequent distinct tokens.")
SAYS(S_F4_right, "S-F4, right", SCAN_AND_SNAP("figure 4, right"),
     "With eta_Y/eta_Z = 10 attention settles sooner and is denser.")
SAYS(S_F5, "S-F5", SCAN_AND_SNAP("figure 5"),
     "With Adam the rates choose which subset of the distinct tokens is attended to.")
SAYS(
    S_F6, "S-F6", SCAN_AND_SNAP("figure 6"),
    "The entropy of c_n on the distinct tokens falls with eta_Z, and rises with eta_Y/eta_Z beyond "
    "a ratio of about 2.")
SAYS(S_F8, "S-F8", SCAN_AND_SNAP("figure 8"), "h* - h is bounded and goes to zero.")
SAYS(S_F9, "S-F9", SCAN_AND_SNAP("figure 9"),
     "B at fixed nu = eta_Z/eta_Y, of which B(t_0) depends on K, M and nu alone.")
SAYS(S_F11, "S-F11 and S-F12", SCAN_AND_SNAP("figures 11 and 12"),
     "A smaller eta_Y/eta_Z, or a larger eta_Z, flattens the curve of recall against the "
     "threshold: attention is sparser.")
SAYS(S_X, "S-X", SCAN_AND_SNAP("section 8"),
     "The one-layer model is trained on Syn-Small and Syn-Medium by SGD.")
