title = Low rank
order = 3
experiments = lowrank/*
lead = Why gradients of weight matrices become of low rank, and what may be concluded from it: the stable rank of the gradient,
  the gradient form of reversible networks, fixed and switched projections, and the memory they save (GaLore).

equation = \operatorname{sr}(G) = \frac{\|G\|_F^2}{\|G\|_2^2}, \quad G_t = \frac{1}{N} \sum_i (A_i - B_i W_t C_i), \quad W_{t+1} = W_t + \eta G_t
says = The stable rank, and the parametric form of the gradient: $A_i$, $B_i$, $C_i$ constant, $B_i$ and $C_i$ positive semidefinite. Then
  $\operatorname{vec} G_{t+1} = (I - \eta S) \operatorname{vec} G_t$ with $S = \tfrac{1}{N} \sum_i C_i \otimes B_i$.
source = GaLore, section 3.1 and Lemma 3.3
checks = L33.spectral-path E.constant-coefficients

equation = G_l = \frac{1}{N} \sum_i \left( J_i^\top y_i - J_i^\top J_i W_l f_{l-1,i} \right) f_{l-1,i}^\top
says = Reversible networks have it at each instant: $f_{l-1,i}$ is what layer $l$ receives, $J_i$ the product of the matrices above it.
source = GaLore, Theorem 3.2
checks = REV.gradient-form REV.in-training E.softmax-large-logits

equation = \operatorname{sr}(G_t) \le \operatorname{sr}(G_\parallel) + q^{2t} \frac{\|G_\perp\|_F^2}{\|G_\parallel\|_2^2}, \quad q = \frac{1 - \eta \lambda_2}{1 - \eta \lambda_1}
says = $\lambda_1 < \lambda_2$ are the smallest eigenvalues of $S$, $G_\parallel$ the part of $G_0$ in the eigenspace of $\lambda_1$, $G_\perp$ the rest. It holds
  where that eigenspace is a product space, and fails in general.
source = GaLore, Lemma 3.3, as printed
checks = L33.product E.L33-bound E.L33-step E.C34-vacuous

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

equation = \text{GaLore:} \; m n + m r + 2 n r, \quad \text{LoRA:} \; m n + 3 (m r + n r)
says = Numbers held for an $m \times n$ map ($m \le n$) at rank $r$: weights, projector or adapters, and Adam's two moments.
source = GaLore, Table 1
checks = MEM.per-matrix MEM.two-routes MEM.order E.memory-table

erratum = E.L33-bound
printed = $\operatorname{sr}(G_t)$ is at most $\operatorname{sr}(G_\parallel) + q^{2t} \frac{\|G_\perp\|_F^2}{\|G_\parallel\|_2^2}$.
holds = It is at most $\frac{\|G_\parallel\|_F^2 + q^{2t} \|G_\perp\|_F^2}{(\|G_\parallel\|_2 - q^t \|G_\perp\|_F)^2}$.

erratum = E.L33-step
printed = The lemma holds for any step size $\eta$.
holds = For $\eta \le 2 / (\lambda_2 + \lambda_{\max})$.

erratum = E.C34-vacuous
printed = For $C_i = f_i f_i^\top$ of rank $N' < n$, $\operatorname{sr}(G_t)$ is bounded by $n - N'$.
holds = There $G_\parallel = 0$ and the bound is empty; $\lambda_1$ has to be the smallest eigenvalue that is not zero.

erratum = E.softmax-large-logits
printed = The softmax gradient is $P y - P f / K$, $P = I - \mathbf{1} \mathbf{1}^\top / K$.
holds = For small logits: the relative error is of first order in them.

erratum = E.constant-coefficients
printed = $A_i$, $B_i$, $C_i$ of a reversible network may be taken as constant in training.
holds = The form is exact at each instant, with the coefficients of that instant.

erratum = E.T38-step
printed = $\|R_t\| \le (1 - \eta \kappa) \|R_{t-1}\|$ for any step size.
holds = For $\eta \le 2 / (\kappa + \lambda_{\max}(\hat S))$, where it is attained.

erratum = E.T38-correction
printed = For moving $A$, $B$, $C$ the rate is $1 - \eta (\kappa - L_A - L_B L_C D^2)$.
holds = $1 - \eta \kappa'$, $\kappa' = \kappa - L_A - D (L_B c_{\max} + L_C b_{\max})$, with $b_{\max}$, $c_{\max}$ the largest $\|B_i\|$, $\|C_i\|$.

erratum = E.memory-table
printed = The totals of Table 2, to two decimals.
holds = No one convention of 288 gives more than two of a method's four columns; paper-style counts come within 10 %.

erratum = E.memory-1B-layers
printed = The 1B model has 32 layers.
holds = 24 (heads and layers are exchanged): 32 layers would be 1.74e9 parameters.

erratum = E.memory-60M-hidden
printed = The 60M model has hidden size 256 ($r / d_{\mathrm{model}} = 128 / 256$).
holds = 512: with 256 it would have 2.7e7 parameters.
