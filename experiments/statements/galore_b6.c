/* What GaLore (arXiv 2403.03507v2) states in its Lemma B.6, on the dynamics of JoMA. */
#include "statements.h"

#include <math.h>
#include <stdio.h>

HYPOTHESIS(one_row_leads, "mubar_max > n mubar_l for every other row l", f->margin > 1,
           "mubar_max is %.3g times n mubar_l", f->margin)
HYPOTHESIS_IS(gradient_is_stationary, "linear activation, stationary back-propagated gradient",
              gradient_stationary, "stationary")

#define GALORE(place) PAPER("GaLore", place)

SAYS(G_B6_rows, "G-LB.6a", GALORE("Lemma B.6, Eq. 43"),
     "n nodes that share one attention obey V' = (1/A) diag(exp(V o V/2) 1) Delta. (It does "
     "not follow from Eq. 44 either.)",
     .formula = "\\dot V = \\frac{1}{A} \\mathrm{diag}(e^{V \\circ V/2} 1) \\Delta",
     .hypotheses = UNDER(&gradient_is_stationary))

SAYS(G_B6_nodes, "G-LB.6b", GALORE("Lemma B.6, Eq. 44"),
     "Each of the n nodes obeys v_j' = (1/A) Delta_j o exp(v_j^2/2).",
     .formula = "\\dot v_j = \\frac{1}{A} \\Delta_j \\circ e^{v_j^2/2}",
     .hypotheses = UNDER(&gradient_is_stationary))

SAYS(G_B6_time, "G-LB.6c", GALORE("Lemma B.6, Eq. 47-54"),
     "The row of the largest mubar becomes infinite at t* = A sqrt(pi)/(2 mubar) at the "
     "latest (the 1/2 of Eq. 43 is lost in Eq. 47).",
     .formula = "t^* = \\frac{A \\sqrt{\\pi}}{2 \\bar{\\mu}}",
     .hypotheses = UNDER(&gradient_is_stationary))

SAYS(G_B6_winner, "G-LB.6d", GALORE("Lemma B.6"),
     "Where mubar of one row exceeds n times that of every other, that row alone becomes "
     "infinite, and V rank one.",
     .hypotheses = UNDER(&gradient_is_stationary, &one_row_leads))
