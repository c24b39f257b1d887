title = JoMA
order = 2
experiments = joma/*
lead = The attention below a hidden layer can be integrated out: its logits are a function of the layer's weights (Theorem 1).
  With a linear layer the most salient token takes all attention in finite time (Theorem 2); with a nonlinear one attention
  narrows first and comes back (Theorems 3 and 4), and learns what a latent tree relates most closely (Theorem 5).

equation = z^2 = \frac{\eta_z}{\eta_w} \sum_k v_k^2 + c \; \text{(linear)}, \quad z = \frac{\eta_z}{2 \eta_w} \sum_k v_k^2 + c \; \text{(exp)}
says = Squares are taken component by component; $v_k = U_C^\top w_k$ are the weights of hidden node $k$ on the tokens. For any
  data, activation and loss, in gradient flow; of several queries that share the $w_k$, summed over them. The theorem is for one
  query and one rate, $\eta_z = \eta_w$.
source = JoMA, Theorem 1; the factor of the rates derived here
checks = J1a.rhs-identity J1b.flow-invariant J1d.descent-law J1i.full-model J1m.linear-attention J1m.exp-attention J1l.sum-over-queries E.learning-rate-ratio

equation = z = \frac{\eta_z}{2 \eta_w} \left[ \sum_k v_k^2 - \int \bar b \, d \left( \sum_k \|v_k\|^2 \right) \right] + c \; \text{(softmax)}
says = Where all samples share one attention $b$, with its mean $\bar b(t)$ integrated along. The theorem has $\bar b$ constant:
  what that costs is bounded by how far $\bar b$ moves. In training it moves by 0.9 (total variation): $\hat z$ made with
  constant $\bar b$ has a normalised correlation of 0.9 or more with $z$, as figure 2 shows, and three times its size.
source = JoMA, Theorem 1, as it holds
checks = J1k.exact-when-shared J1m.softmax-attention J1k.constant-mean-attention E.softmax-half F2.correlation F2.size-is-not-seen

equation = \Delta_{lk} = E[g_k x_l] = P(l) \, E[g_k] \; \text{where every class has } l \text{ alike}
says = The saliency of a token, which drives $\dot v_{lk}$. A common token that all classes have alike is silent where $E[g_k] = 0$,
  that is, while the biases are at rest; otherwise its saliency grows in proportion to its spread over the classes.
source = JoMA, Theorem 2; the identity derived here
checks = JD.common-silent JD.common-follows-bias JD.commons-stay JD.proportional-to-spread JD.sampled

equation = \operatorname{erf} \left( \frac{v_l(t)}{\sqrt{2}} \right) = \operatorname{erf} \left( \frac{v_l(0)}{\sqrt{2}} \right) + \sqrt{\frac{2}{\pi}} \Delta_l t, \quad
  t^* = \frac{\sqrt{\pi / 2}}{\max_l |\Delta_l|}
says = Linear activation, one node, exp attention, stationary gradient: $\dot v_l = \Delta_l e^{v_l^2 / 2}$ with
  $\Delta_l = E[g x_l]$. The token of largest $|\Delta_l|$ runs to infinity at $t^*$ (from $v(0) = 0$), the others stop short.
source = JoMA, Theorem 2, with the argument that holds
checks = J2a.closed-form J2c.invariant J2d.blow-up-rescaled J2f.losers-stop J2l.least-time-wins J2m.largest-saliency-wins E2.erf-argument

equation = \dot V = \frac{1}{A} \operatorname{diag} \left( \exp \left( \tfrac{1}{2} (V \circ V) \mathbf{1} \right) \right) \Delta
says = $K$ nodes share one attention: the exponential of the row sum of squares. Rows of $V$ decouple and keep their direction;
  $\dot V$ becomes of rank one long before $V$ does. $A$ is the normaliser of the attention.
source = derived here from JoMA, Theorem 1; printed otherwise in GaLore, Lemma B.6
checks = J3a.closed-form J3d.gradient-rank-falls J3h.V-to-rank-one B6.leading-row E3.printed-form

equation = \dot v = \frac{1}{\|v\|} \sum_c a_c \theta_1(r_c) \bar x_c + \frac{1}{\|v\|^3} \sum_c a_c \theta_2(r_c) v, \quad r_c = v \cdot \bar x_c + \xi
says = A nonlinear node on isotropic clusters with centres $\bar x_c$, $a_c = P(c) E[g|c]$;
  $\theta_1(r) = \int \phi'(y) p((y - r) / \|v\|) dy$ and $\theta_2(r) = \int \phi'(y) (y - r) p((y - r) / \|v\|) dy$ with the
  density $p$ of the noise along a line. Exact where $g$ does not depend on $x$ within a cluster.
source = JoMA, Theorem 3
checks = J4.closed-forms J4.monte-carlo J4.xi-is-a-state J4.reactive-averages

equation = \dot v = (\mu - v) \circ \exp \left( \tfrac{1}{2} v^2 \right), \quad
  \frac{\ln (1 / \delta_j)}{\ln (1 / \delta_k)} \to \exp \left( \tfrac{1}{2} (\mu_j^2 - \mu_k^2) \right), \quad \delta_j = 1 - \frac{v_j}{\mu_j}
says = The model of attention near a critical point: salient components converge first, the others catch up. The slopes of the
  logarithms reach the ratio exponentially fast, the logarithms themselves like $1/t$.
  Figure 4 has $e^{v^2 / 3}$; the entropy of $\operatorname{softmax}(v^2)$ behaves alike.
source = JoMA, Theorem 4
checks = J5a.quadrature J5c.slopes J5e.log-ratio J5f.entropy-dips J5l.figure4-slopes J5m.figure4-squares

equation = P(y_l = 1 | y_m = 1) = \frac{1}{2} \frac{1 + \rho^{2H} - 2 \rho^{L-1} \rho_0}{1 - \rho^{L-1} \rho_0} \to 1 - \frac{H}{L} \; (\rho = \rho_0 \to 1)
says = Co-occurrence of two leaves of a binary latent tree of $L$ levels whose lowest common ancestor is $H$ levels above them. The
  talk has $1 - H/L$ alone, which takes a root that becomes rare with its children, and $L (1 - \rho) \ll 1$; $\rho = 1 - \epsilon$,
  $\rho_0 = 1 - c \epsilon$ gives $1 - H/(L - 1 + c)$, and a fixed $\rho_0$ gives 1.
source = JoMA, Theorem 5; exact form derived here
checks = J6.enumeration J6.monte-carlo J6.limit J6.approximation J6.fixed-root

erratum = E.learning-rate-ratio
printed = $z^2 = \sum_k v_k^2 + c$ and $z = \tfrac{1}{2} \sum_k v_k^2 + c$, for any learning rates.
holds = $z^2 = (\eta_z / \eta_w) \sum_k v_k^2 + c$ and $z = (\eta_z / 2 \eta_w) \sum_k v_k^2 + c$.

erratum = E.softmax-half
printed = $z = \tfrac{1}{2} \sum_k v_k^2 - \|v_k\|^2 \bar b + c$.
holds = $z = \tfrac{1}{2} \left( \sum_k v_k^2 - \sum_k \|v_k\|^2 \bar b \right) + c$.

erratum = E.condition-summed-over-k
printed = The condition is $E[\sum_k g_k h'_k b b^\top] = \bar b E[\sum_k g_k h'_k b]^\top$.
holds = $v_k$ stands inside the sum: $E[g_k h'_k b b^\top] = \bar b E[g_k h'_k b]^\top$ for each $k$.

erratum = E2.erf-argument
printed = $\operatorname{erf}(v_l / 2) / \Delta_l$ is the same for all tokens.
holds = $\operatorname{erf}(v_l / \sqrt{2}) / \Delta_l$ is.

erratum = E2.winner-sign
printed = The winner goes to $+\infty$.
holds = It goes to $\sgn(\Delta_l) \infty$.

erratum = E3.printed-form
printed = $\dot V = \diag(\exp(V \circ V / 2) \mathbf{1}) \Delta / A$.
holds = $\dot V = \diag(\exp((V \circ V) \mathbf{1} / 2)) \Delta / A$.

erratum = E3.separate-form
printed = $\dot V = \exp(V \circ V / 2) \circ \Delta$.
holds = The nodes share one attention: $\dot V = \diag(\exp((V \circ V) \mathbf{1} / 2)) \Delta / A$.

erratum = E3.galore-time
printed = The critical time is $A \sqrt{\pi} / (2 \mu)$.
holds = $A \sqrt{\pi / 2} / \|\Delta_l\|$: larger by $\sqrt{2}$.

equation = \dot V = - \eta_w \nabla_V L, \quad \dot z = - \eta_z \nabla_z L, \quad J u = \frac{d}{d \epsilon} f(y + \epsilon u)
says = Every right-hand side that is integrated here, every Jacobian and closed form, by another route: differences of the loss, of the flow, of the solution.
source = derived here
checks = JF.flows JF.jacobians JF.descent JF.closed-forms JF.rows-order JF.overflow-refused
