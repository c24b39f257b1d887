/* What Scan&Snap and JoMA show of transformers that are trained on text, or on a hierarchy. */
#include "statements.h"

SAYS(S_F7, "S-F7", PAPER("Scan&Snap", "figure 7"),
     "WikiText-2, SGD at rate 5: the attention of the lowest layer, even at first, becomes sparse, "
     "and freezes.")
SAYS(S_F10, "S-F10", PAPER("Scan&Snap", "figure 10"),
     "WikiText, one layer, SGD: the entropy of attention over the validation set falls with the "
     "rate, 1 to 5.",
     .unchecked =
         "trainings until convergence on WikiText-2 and 103, texts that are not part of the "
         "program, for five rates and five seeds: hours; with the text, attndyn sweep "
         "lm/wikitext-attention lr=lin:1:5:5 seed=1,2,3,4,5 text=PATH")
SAYS(S_I, "S-I", PAPER("Scan&Snap", "section 1"), "Training makes attention sparse.")

SAYS(J_F6, "J-F6", PAPER("JoMA", "figures 6 and 8 (the authors' logs)"),
     "WikiText, Adam: the entropy of attention falls early in training and bounces back.")
SAYS(J_P, "J-P", PAPER("JoMA", "the figure on OPT and Pythia"),
     "Published networks show less of it; the stable rank of the lower MLP layer falls.",
     .unchecked = "needs checkpoints of gigabytes; lm/sparsity and lm/wikitext-attention look at "
                  "them with model=")
SAYS(J_Tab1, "J-Tab1", PAPER("JoMA", "table 1"),
     "After training the latents of a hierarchy correlate with hidden units of the layer at their "
     "height: 0.94 to 1.00 in layer 0, 0.55 to 0.81 in layer 1.")
