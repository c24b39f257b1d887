title = JoMA
order = 2
experiments = joma/*
lead = The attention below a hidden layer can be integrated out: its logits are a function of the layer's weights (Theorem 1).
  With a linear layer the most salient token takes all attention in finite time (Theorem 2); with a nonlinear one attention
  narrows first and comes back (Theorems 3 and 4), and learns what a latent tree relates most closely (Theorem 5).

equation = z^2 = \frac{\eta_z}{\eta_w} \sum_k v_k^2 + c \; \text{(linear)}, \quad z = \frac{\eta_z}{2 \eta_w} \sum_k v_k^2 + c \; \text{(exp)}
says = Squares are taken component by component; $v_k = U_C^\top w_k$ are the weights of hidden node $k$ on the tokens. For any
  data, activation and loss, for one query, in gradient flow. The paper prints $\eta_z = \eta_w$.
source = JoMA, Theorem 1; the factor of the rates derived here
checks = J1a.rhs-identity J1b.flow-invariant J1d.descent-law J1i.full-model E.learning-rate-ratio E.several-queries

equation = z = \frac{\eta_z}{2 \eta_w} \left[ \sum_k v_k^2 - \int \bar b \, d \left( \sum_k \|v_k\|^2 \right) \right] + c \; \text{(softmax)}
says = Where all samples share one attention $b$, with its mean $\bar b(t)$ integrated along. The paper prints it with constant
  $\bar b$, without the $\tfrac{1}{2}$ and the sum over $k$ in the second term.
source = JoMA, Theorem 1, as it holds
checks = J1k.exact-when-shared E.softmax-half E.constant-mean-attention F2.correlation E.figure-2-amplitude

equation = \operatorname{erf} \left( \frac{v_l(t)}{\sqrt{2}} \right) = \operatorname{erf} \left( \frac{v_l(0)}{\sqrt{2}} \right) + \sqrt{\frac{2}{\pi}} \Delta_l t, \quad
  t^* = \frac{\sqrt{\pi / 2}}{\max_l |\Delta_l|}
says = Linear activation, one node, exp attention, stationary gradient: $\dot v_l = \Delta_l e^{v_l^2 / 2}$ with
  $\Delta_l = E[g x_l]$. The token of largest $|\Delta_l|$ runs to infinity at $t^*$ (from $v(0) = 0$), the others stop short.
source = JoMA, Theorem 2, with the argument that holds
checks = J2a.closed-form J2c.invariant J2d.blow-up-rescaled J2f.losers-stop E2.erf-argument E2.winner

equation = \dot V = \frac{1}{A} \operatorname{diag} \left( \exp \left( \tfrac{1}{2} (V \circ V) \mathbf{1} \right) \right) \Delta
says = $K$ nodes share one attention: the exponential of the row sum of squares. Rows of $V$ decouple and keep their direction;
  $\dot V$ becomes of rank one long before $V$ does. $A$ is the normaliser of the attention.
source = derived here from JoMA, Theorem 1; printed otherwise in GaLore, Eqn 43
checks = J3a.closed-form J3d.gradient-rank-falls E3.printed-form E3.V-rank-one

equation = \dot v = \frac{1}{\|v\|} \sum_c a_c \theta_1(r_c) \bar x_c + \frac{1}{\|v\|^3} \sum_c a_c \theta_2(r_c) v, \quad r_c = v \cdot \bar x_c + \xi
says = A nonlinear node on isotropic clusters with centres $\bar x_c$, $a_c = P(c) E[g|c]$;
  $\theta_1(r) = \int \phi'(y) p((y - r) / \|v\|) dy$ and $\theta_2(r) = \int \phi'(y) (y - r) p((y - r) / \|v\|) dy$ with the
  density $p$ of the noise along a line. Exact where $g$ does not depend on $x$ within a cluster.
source = JoMA, Theorem 3
checks = J4.closed-forms J4.monte-carlo J4.xi-is-a-state E.factorised-gradient

equation = \dot v = (\mu - v) \circ \exp \left( \tfrac{1}{2} v^2 \right), \quad
  \frac{\ln (1 / \delta_j)}{\ln (1 / \delta_k)} \to \exp \left( \tfrac{1}{2} (\mu_j^2 - \mu_k^2) \right), \quad \delta_j = 1 - \frac{v_j}{\mu_j}
says = The model of attention near a critical point: salient components converge first, the others catch up. The slopes of the
  logarithms reach the ratio exponentially fast, the logarithms themselves like $1/t$.
source = JoMA, Theorem 4
checks = J5a.quadrature J5c.slopes J5e.log-ratio J5f.entropy-dips E.componentwise-attraction

equation = P(y_l = 1 | y_m = 1) = \frac{1}{2} \frac{1 + \rho^{2H} - 2 \rho^{L-1} \rho_0}{1 - \rho^{L-1} \rho_0} \to 1 - \frac{H}{L} \; (\rho = \rho_0 \to 1)
says = Co-occurrence of two leaves of a binary latent tree of $L$ levels whose lowest common ancestor is $H$ levels above them.
source = JoMA, Theorem 5; exact form derived here
checks = J6.enumeration J6.monte-carlo J6.limit E.hierarchy-rare-root E.hierarchy-approximation

erratum = E.learning-rate-ratio
printed = $z^2 = \sum_k v_k^2 + c$ and $z = \tfrac{1}{2} \sum_k v_k^2 + c$, for any learning rates.
holds = $z^2 = (\eta_z / \eta_w) \sum_k v_k^2 + c$ and $z = (\eta_z / 2 \eta_w) \sum_k v_k^2 + c$.

erratum = E.several-queries
printed = The invariant, for any data.
holds = For one query per set of $w_k$; of several queries that share them, only the sum over queries keeps it.

erratum = E.softmax-half
printed = $z = \tfrac{1}{2} \sum_k v_k^2 - \|v_k\|^2 \bar b + c$.
holds = $z = \tfrac{1}{2} \left( \sum_k v_k^2 - \sum_k \|v_k\|^2 \bar b \right) + c$.

erratum = E.constant-mean-attention
printed = $\bar b$ is constant.
holds = It moves with $z$: $\int \bar b \, d \sum_k \|v_k\|^2$ has to be integrated along.

erratum = E.condition-summed-over-k
printed = The condition is $E[\sum_k g_k h'_k b b^\top] = \bar b E[\sum_k g_k h'_k b]^\top$.
holds = $v_k$ stands inside the sum: $E[g_k h'_k b b^\top] = \bar b E[g_k h'_k b]^\top$ for each $k$.

erratum = E.figure-2-amplitude
printed = $\hat z$, made from the weights with constant $\bar b$, is $z$ (the normalised correlation is near 1).
holds = It has the direction of $z$, not its size; with the exact second term it is $z$ up to the drift of descent.

erratum = E2.erf-argument
printed = $\operatorname{erf}(v_l / 2) / \Delta_l$ is the same for all tokens.
holds = $\operatorname{erf}(v_l / \sqrt{2}) / \Delta_l$ is.

erratum = E2.winner
printed = The winner is $\argmax_l |\Delta_l|$.
holds = For $v(0) = 0$; in general $\argmin_l t_l^*$ with
  $t_l^* = \sqrt{\pi/2} \, \frac{1 - \sgn(\Delta_l) \erf(v_l(0)/\sqrt{2})}{|\Delta_l|}$.

erratum = E2.winner-sign
printed = The winner goes to $+\infty$.
holds = It goes to $\sgn(\Delta_l) \infty$.

erratum = E3.printed-form
printed = $\dot V = \diag(\exp(V \circ V / 2) \mathbf{1}) \Delta / A$.
holds = $\dot V = \diag(\exp((V \circ V) \mathbf{1} / 2)) \Delta / A$.

erratum = E3.separate-form
printed = $\dot V = \exp(V \circ V / 2) \circ \Delta$.
holds = The nodes share one attention: $\dot V = \diag(\exp((V \circ V) \mathbf{1} / 2)) \Delta / A$.

erratum = E3.winner
printed = The printed form (or the largest entry of $\Delta$) tells the row that blows up.
holds = The row of largest 2-norm of $\Delta$ blows up first.

erratum = E3.galore-time
printed = The critical time is $A \sqrt{\pi} / (2 \mu)$.
holds = $A \sqrt{\pi / 2} / \|\Delta_l\|$: larger by $\sqrt{2}$.

erratum = E3.V-rank-one
printed = $V$ becomes of rank one.
holds = $\dot V$ does; $V$ only logarithmically, out of reach before the blow-up.

erratum = E.factorised-gradient
printed = $E[g h' x]$ factorises into $a_c = P(c) E[g|c]$ and $\theta$.
holds = Only where $g$ does not depend on $x$ within a cluster; not for $g = y - h$. Averages of $g \phi'$ along $v$ hold in any case.

erratum = E.mu-is-a-centre
printed = The critical point is near the centre of a cluster, $\mu \sim \bar x_c$.
holds = It lies in the span of the differences of centres.

erratum = E.componentwise-attraction
printed = $\dot v = (\mu - v) \circ \exp(v^2 / 2)$ near it, as a consequence of Theorem 3.
holds = It is a model: the rates of the true field at its critical point differ by a factor of more than a hundred.

erratum = E5.figure4-exponent
printed = Figure 4 shows the rates $\exp(\mu^2 / 2)$ of Theorem 4.
holds = Its attention is $\exp(v^2 / T)$ with $T = 3$: the rates are $\exp(\mu^2 / 3)$.

erratum = E.hierarchy-rare-root
printed = $\rho \to 1$ implies $P \to 1 - H/L$.
holds = With $\rho_0$ fixed, $P \to 1$. The root must become rare at the same rate: $\rho = 1 - \epsilon$, $\rho_0 = 1 - c \epsilon$ gives
  $1 - H/(L - 1 + c)$.

erratum = E.hierarchy-approximation
printed = $P \approx 1 - H/L$.
holds = Where $L (1 - \rho) \ll 1$; the exact form is
  $P = \frac{1 + \rho^{2H} - 2 \rho^{L-1} \rho_0}{2 (1 - \rho^{L-1} \rho_0)}$.
