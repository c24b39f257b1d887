title = Low rank
order = 3
experiments = lowrank/*
lead = Why gradients of weight matrices become of low rank, and what may be concluded from it: the stable rank of the gradient,
  the gradient form of reversible networks, fixed and switched projections, and the memory they save (GaLore).

equation = \operatorname{sr}(G) = \frac{\|G\|_F^2}{\|G\|_2^2}, \quad G_t = \frac{1}{N} \sum_i (A_i - B_i W_t C_i), \quad W_{t+1} = W_t + \eta G_t
says = The stable rank, and the parametric form of the gradient: $A_i$, $B_i$, $C_i$ constant, $B_i$ and $C_i$ positive semidefinite. Then
  $\operatorname{vec} G_{t+1} = (I - \eta S) \operatorname{vec} G_t$ with $S = \tfrac{1}{N} \sum_i C_i \otimes B_i$.
source = GaLore, section 3.2 (Eq. 8), Lemma 3.3 and Eq. 30
checks = L33.spectral-path L33.generic-limit

equation = G_l = \frac{1}{N} \sum_i \left( J_i^\top y_i - J_i^\top J_i W_l f_{l-1,i} \right) f_{l-1,i}^\top
says = Reversible networks have it at each instant: $f_{l-1,i}$ is what layer $l$ receives, $J_i$ the product of the matrices above it. How long the
  coefficients of one instant serve is measured in lowrank/reversible (table constancy). Under the log-softmax the form is the first order in the logits.
source = GaLore, Theorem 3.2 (there for batch size 1) and Lemma B.2
checks = REV.gradient-form REV.in-training REV.softmax-order E.softmax-smallness

equation = \operatorname{sr}(G_t) \le \operatorname{sr}(G_\parallel) + q^{2t} \frac{\|G_\perp\|_F^2}{\|G_\parallel\|_2^2}, \quad q = \frac{1 - \eta \lambda_2}{1 - \eta \lambda_1}
says = $\lambda_1 < \lambda_2$ are the smallest eigenvalues of $S$, $G_\parallel$ the part of $G_0$ in the eigenspace of $\lambda_1$, $G_\perp$ the rest. It holds
  where that eigenspace is a product space, and fails in general.
source = GaLore, Lemma 3.3, as printed
checks = L33.product E.L33-bound E.L33-step E.C34-vacuous E.C34-half

equation = \operatorname{sr}(G_\parallel) = 1, \quad \operatorname{sr}(G_t) \to 1
says = Where the eigenspace of $\lambda_1$ is one-dimensional, and its vector a product.
source = GaLore, Corollary 3.5
checks = C35.bound C35.rank-one

equation = -\frac{\partial L}{\partial v_l} = e^{|v_l|^2 / 2 + c} \Delta_l(t), \quad \text{JoMA, K > 1:} \; \Delta_l(t) = \Delta_l(0), \quad \text{GaLore:} \; G_t = (I - \eta S)^t G_0
says = Where the talk's two parts meet: both give reasons for gradients of low rank, and both speak of one network, JoMA's with $K$ nodes. Trained there, its gradient follows
  the lemma for a while and not JoMA's flow: $\Delta$ does not stand still, the loss is halved long before the flow blows up, and the stable rank rises. In a transformer on bytes
  gradients do have low rank, lowest before anything but the frequencies of bytes is learnt; it rises from then on.
source = GaLore, Lemma 3.3 and Lemma B.6; the comparison is ours
checks = LR.gradient-low LR.gradient-energy LR.gradient-overlap LR.gradient-rank-rises LJ.gradient LJ.theorem-1 LJ.lemma LJ.keeps-its-rank

equation = \operatorname{sr}(G_t) \le \frac{\|G_\parallel\|_F^2 + q^{2t} \|G_\perp\|_F^2}{\left( \|G_\parallel\|_2 - q^t \|G_\perp\|_F \right)^2}
says = What holds, while the bracket is positive and $\eta \le 2 / (\lambda_2 + \lambda_{\max})$.
source = derived here
checks = L33.bound L33.limit L33.first-order

equation = R_t = P^\top G_t Q, \quad W_{t+1} = W_t + \eta P R_t Q^\top, \quad \|R_t\| \le (1 - \eta \kappa) \|R_{t-1}\|, \quad
  \kappa = \frac{1}{N} \sum_i \lambda_{\min}(P^\top B_i P) \lambda_{\min}(Q^\top C_i Q)
says = Fixed projections with orthonormal columns, constant $A$, $B$, $C$. It needs $\eta \le 2 / (\kappa + \lambda_{\max}(\hat S))$ with
  $\hat S = \tfrac{1}{N} \sum_i (Q^\top C_i Q) \otimes (P^\top B_i P)$. $R$ vanishes, $G$ does not: the subspace has to be switched.
source = GaLore, Theorem 3.8; the step size derived here
checks = T38.recursion T38.rate T38.sharp E.T38-step E.T38-correction SW.fixed-stalls SW.switching-converges

equation = P P^\top G = G, \quad r = \min(m, n)
says = With the full rank on the shorter side, and that side projected alone, each step is the training's own.
source = GaLore, section 3.3
checks = SW.full-rank SW.two-kept

equation = W_{t+1} = W_t - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \alpha P \frac{M_t}{\sqrt{V_t} + \epsilon}
says = The published optimiser, on the left side: $M$ and $V$ are Adam's moments of $P^\top G$, kept when $P$ is chosen anew from the gradient at hand. On
  your own recorded gradients: lowrank/replay; in trainings: the page of low-rank training.
source = GaLore, Algorithm 1, and its authors' optimiser
checks = LR.replay-state LR.replay-captures

equation = \text{GaLore:} \; m n + m r + 2 n r, \quad \text{LoRA:} \; m n + 3 (m r + n r)
says = Numbers held for an $m \times n$ map ($m \le n$) at rank $r$: weights, projector or adapters, and Adam's two moments.
source = GaLore, Table 1
checks = MEM.per-matrix MEM.two-routes MEM.order MEM.table MEM.8bit

equation = \text{bytes} = 2 N + \beta \cdot 2 n r + 2 m r + 2 N, \quad \beta = 2 \text{ or } 1, \quad \text{by layer:} \; 2 N + \beta \cdot 2 n r + 2 m r + 2 \max m n
says = The talk's memory table: weights, moments in 16 or 8 bits, projectors, and the gradient of the whole model or of one tensor at a time, in BF16. What is counted for LLaMA 7B stays
  below what the authors measured with activations; the share that is spared agrees. The engine's own trainings hold what the formulas say, and layer by layer they are the same to the bit.
source = GaLore, section 5.5, figure 1 and Table 11
checks = TP.two-routes TP.below-measured TP.by-layer TP.states TP.gradients TP.same-bits

erratum = E.L33-bound
printed = $\operatorname{sr}(G_t)$ is at most $\operatorname{sr}(G_\parallel) + q^{2t} \frac{\|G_\perp\|_F^2}{\|G_\parallel\|_2^2}$.
holds = It is at most $\frac{\|G_\parallel\|_F^2 + q^{2t} \|G_\perp\|_F^2}{(\|G_\parallel\|_2 - q^t \|G_\perp\|_F)^2}$.

erratum = E.L33-step
printed = The lemma, with no condition on the step size $\eta$.
holds = For $\eta \le 2 / (\lambda_2 + \lambda_{\max})$.

erratum = E.C34-vacuous
printed = For $C_i = f_i f_i^\top$ of rank $N' < n$, $\operatorname{sr}(G_t)$ is bounded by $n - N'$.
holds = There $G_\parallel = 0$ and the bound is empty; $\lambda_1$ has to be the smallest eigenvalue that is not zero.

erratum = E.C34-half
printed = For large $t$: $\operatorname{sr}(G_t) \le n/2$.
holds = Not so: with $n = 6$, $f_i = a_i = e_i$ for $i = 1..5$ and $B_i = I$, $\operatorname{sr}(G_t) = 5$ at all times. Random $B_i$ do end lower.

erratum = E.softmax-smallness
printed = $\gamma \approx 1$ and the form of Eq. 7 where $\|P f\|_\infty \ll \sqrt{K}$.
holds = Where the mean square of the logits is small. For $N(0, 1)$ logits, $K = 10^4$ (the ratio is 0.04), $P f / K$ is off by 0.84 of itself:
  $\sqrt{e^{s^2} - 1 - s^2} / s$ for a standard deviation $s$ and many classes.

equation = W = W_0 + \frac{\alpha}{r} B A, \quad \text{DoRA:} \; W_i = g_i \frac{(W_0 + s B A)_i}{\|(W_0 + s B A)_i\|}
says = Fine-tuning: a network that learnt one text learns another. Each method is tuned on one grid, on the same minibatches: full Adam, GaLore, LoRA and DoRA with all but the
  adapters frozen, the last layer alone, and LoRA with all else moving. Where the new text has other words it is the frozen embedding that holds adapters back, not their rank; in
  return they forget less of the first text.
source = Hu et al. 2021; Liu et al. 2024; GaLore, section 5.4
checks = LF.start LF.numbers LF.transfers LF.better-than-lora LF.forgets LF.lag-is-the-embedding

erratum = E.T38-step
printed = $\|R_t\| \le (1 - \eta \kappa) \|R_{t-1}\|$, with no condition on the step size.
holds = For $\eta \le 2 / (\kappa + \lambda_{\max}(\hat S))$, where it is attained.

erratum = E.T38-correction
printed = For moving $A$, $B$, $C$ the rate is $1 - \eta (\kappa - L_A - L_B L_C D^2)$.
holds = Nor $1 - \eta (\kappa - L_A - 2 L_B L_C D^2)$, with which the proof ends, but $1 - \eta \kappa'$ with
  $\kappa' = \kappa - L_A - D (L_B c_{\max} + L_C b_{\max})$, with $b_{\max}$, $c_{\max}$ the largest $\|B_i\|$, $\|C_i\|$.

erratum = E.memory-1B-layers
printed = The 1B model has 24 heads and 32 layers (Table 5).
holds = 24 (heads and layers are exchanged): 32 layers would be 1.74e9 parameters.

erratum = E.memory-60M-hidden
printed = The 60M model has $d_{\mathrm{model}} = 256$ (Table 2: $r / d_{\mathrm{model}} = 128 / 256$).
holds = 512 (Table 5): with 256 it would have 2.7e7 parameters.

erratum = E.tokens-table-2
printed = 1.1B, 2.2B and 6.4B training tokens for 60M, 130M and 350M (Table 2).
holds = 10,000, 20,000 and 60,000 steps of 131,072 tokens (Table 5) are 1.3B, 2.6B and 7.9B; the 13.1B of the 1B model is right.

erratum = E.overhead-17
printed = 8-bit GaLore induces 17 % overhead against 8-bit Adam (section 5.5).
holds = Table 11 gives 15.4 % less throughput, or 18.2 % more time.

erratum = E.share-52
printed = It saves 24.5G, 52.3 %, against 8-bit Adam, and takes 22.0G (section 5.5).
holds = 24.5G of 46.5G are 52.7 %.
