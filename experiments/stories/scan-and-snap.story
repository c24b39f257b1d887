# Equations: printed forms as in the paper; "derived here" where no paper prints them.
title = Scan and snap
order = 1
experiments = scansnap/*
lead = A one-layer transformer that predicts the next token from a bag of weighted context tokens. Tokens that
  all classes share fade, tokens that tell the classes apart grow in the order of their frequency (scan); then the
  attention hardly moves any more (snap). Theorems 2 to 4 say so; here they are measured.

equation = c_{nl} = \frac{P(l|n) e^{z_{\psi(n) l}}}{\sum_{l'} P(l'|n) e^{z_{\psi(n) l'}}}, \quad f_n = \frac{c_n}{\|c_n\|_2},
  \quad \alpha_n = \operatorname{softmax}(Y^\top f_n)
says = The model, for infinite contexts: what attention leaves of the context of class $n$, whose last token is
  $m = \psi(n)$; its normalised form; the predicted distribution of the next token.
source = Scan&Snap, section 3
checks = C17.product C16.context-bias E.gaussian-embedding

equation = \dot Y = \eta_Y \sum_n P(n) f_n (e_n - \alpha_n)^\top
says = The decoder. $e_n$ is the unit vector of the right answer.
source = Scan&Snap, section 3, dynamics of Y
checks = C1.gradient C2.decoder-row-sums

equation = \dot z_m = \eta_Z \sum_{n: \psi(n) = m} P(n) f_n \circ \left( g_n - f_n (f_n \cdot g_n) \right), \quad g_n = Y (e_n - \alpha_n)
says = The attention logits of last token $m$; $\circ$ multiplies component by component. The sum of the components
  of $z_m$ never changes, and without tokens that classes share none of them moves.
source = Scan&Snap, section 3, dynamics of Z
checks = C1.gradient C2.attention-sum C4.no-overlap C5.scaling C15.reference

equation = g_n = \gamma \left( \iota_n f_n - \sum_{n' \ne n} \beta_{nn'} f_{n'} \right), \quad \beta_{nn'} \approx E'_{nn'}, \quad F^\top F = I + E,
  \quad E' = I - (I + E)^{-1}
says = Theorem 1: what pushes the attention, while the features stand still, for $V = M \gg K^2$ and weak overlaps. The proof solves
  a modified gradient, $\dot Y = \eta_Y (f_n - F E' e_n)(e_n - \alpha_n)^\top$. For it the theorem is exact, up to a sign in Eq. 88.
  For the gradient that is trained $\beta$ is of order $1/M$.
source = Scan&Snap, Theorem 1
checks = T1.coefficients T1.coefficients-unequal T1.xi-positive T1.gamma T1.gamma-regimes E.theorem-1-sign E.theorem-1-original-gradient

equation = d\sigma = \frac{\eta_Y}{K} (1 - \alpha_{nn}) dt, \quad \rho = \frac{\eta_Z}{\eta_Y} \frac{K}{K-1}
says = The time that the attention knows: rates, $K$ and $M$ enter its path through $\rho \sigma^2$ alone.
source = derived here
checks = C9.collapse C3.full-against-reduced

equation = \dot z_{ml} < 0 \; \text{(common)}, \quad \dot z_{ml} > 0 \; \text{(distinct)}
says = Common tokens are suppressed, distinct ones enhanced: on the authors' data at all times, in general at first.
source = Scan&Snap, Theorem 2
checks = C11.signs C11.early-law E.common-suppression E.distinct-growth E.unequal-classes

equation = r_{l/l'}(t) = \frac{\tilde c_l^2(t)}{\tilde c_{l'}^2(t)} - 1 = r_{l/l'}(0) \chi_l(t), \quad \chi_l(t) = e^{2 (z_l(t) - z_l(0))}
says = The relative gain of a distinct token $l$ over another one $l'$ of the same class, $\tilde c_l = P(l|n) e^{z_l}$. Exact where the
  decoder follows the attention at once, $Y \propto f$ (the quasi-static decoder); in the coupled flow
  $\ln(r/r(0)) / \ln \chi_l = 1 - f_{l'}^2(0) \rho \sigma^2 / 6$ to first order.
source = Scan&Snap, Theorem 3; first order derived here
checks = C8.qsd-theorem-3 C9.r-error E.relative-gain-form E.larger-ratio-exact

equation = e^{2 f_{n l_0}^2(0) B_n(t)} \le \chi_{l_0}(t) \le e^{2 B_n(t)}, \quad \dot B_n = \eta_Z \xi_n, \quad
  \xi_n = \frac{\sum_{l \in DT(n)} \dot z_{ml}}{\eta_Z \sum_{l \in DT(n)} f_{nl}^2}
says = Bounds on the gain of the dominant distinct token $l_0$; $DT(n)$ are the distinct tokens of class $n$, $B_n(0) = 0$.
  $\xi_n$ is the paper's, made an average so that it is defined for any data. The lower bound holds where $D f_{n l_0}^2(0) \le 1$,
  with $D$ distinct tokens.
source = Scan&Snap, Theorem 3; operational form and condition derived here
checks = C10.bounds C10.f-monotone E.lower-bound

equation = B_n(t) \sim \ln \left( C_0 + 2 K \frac{\eta_Z}{\eta_Y} \ln^2 \left( \frac{M \eta_Y t}{K} \right) \right)
says = The growth of the gain as printed. What holds in the population flow follows.
source = Scan&Snap, Theorem 4, as printed
checks = E.growth-prefactor E.growth-factor-k E.growth-initial E.growth-lnln

equation = B = \frac{s}{2} \eta_Y \eta_Z t^2 \frac{K-1}{K^3} \; (t \to 0), \quad B = \frac{s}{2} \rho \sigma^2 \; (\rho \sigma^2 \ll 1), \quad
  \frac{dB}{d \ln \sigma} \to \frac{G D}{N D + G} \; (\rho \sigma^2 \gg 1)
says = Early, while the gain is small, and late; $V = K$, $s$ is the share of the common tokens in $f_n(0)$, with $D$ distinct tokens
  a class, $G$ common ones, $N$ classes a last token.
source = derived here
checks = C18.early-law C12.linear-regime C13.prefactor-coupled C13.prefactor-qsd C12.late-slope

equation = (V-1) u + e^u - 1 = c t, \quad c = (1 - s) \eta_Y \; (V = K), \quad c = \frac{V}{K} \eta_Y \; (s = 0)
says = The decoder alone ($\eta_Z = 0$): $u$ is the gap between the right logit and the others. It gives the time of the
  transition that the paper writes $t_0 = O(2 K \ln M / \eta_Y)$.
source = derived here from the dynamics of Y
checks = C6.frozen-closed-form C6.frozen-orthogonal C6.frozen-landmarks C14.peak-closed-form E.transition-t0-commons

erratum = E.theorem-1-sign
printed = $\beta_{nn'} = q_1 E'_{nn'} + q_0 (1 + \sum_{k \ne n} E'_{kn'})$ (Eq. 88).
holds = $\beta_{nn'} = q_1 E'_{nn'} - q_0 (1 - \sum_{k \ne n} E'_{kn'})$: the exact solution of Eq. 26, to the solver's error, for any overlaps.

erratum = E.theorem-1-original-gradient
printed = Theorem 1 still holds for the original gradient, at the smaller rate $(1-s) \eta_Y$.
holds = $\gamma \iota$ is nearly the same, at the full rate; $\beta$ is not: $\beta/\iota = (e^{sx} + \frac{e^{sx} - 1}{sx} - 1)/(M-1)$ with $x = \eta_Y t / K$, while
  $\alpha_{nn} \ll 1$. The attention is pushed by $s/M$, not by $s^2$.

erratum = E.theorem-1-gamma-without-m
printed = $\gamma = O \left( \frac{K \ln(\eta_Y t / K)}{\eta_Y t} \right)$.
holds = $\gamma = O \left( \frac{K \ln(M \eta_Y t / K)}{\eta_Y t} \right)$, as in Lemma 9, with one constant for all $M$.

erratum = E.common-suppression
printed = $\dot z_{ml} < 0$ for every common token.
holds = It holds where the commons are shared alike by all classes and these are equally probable, or where there is only one. Where the probability of
  several commons depends on the class, a favoured one can grow for good.

erratum = E.unequal-classes
printed = $\dot z_{ml} < 0$ for common and $> 0$ for distinct tokens, whatever $P(n)$.
holds = With unequal $P(n)$ signs go wrong at $\eta_Y / \eta_Z \le 1$ (to $\eta_Y t / K = 10^5$), even with commons shared alike; with equal classes they do not.

erratum = E.distinct-growth
printed = $\dot z_{ml} > 0$ for every distinct token, at all times.
holds = At first always (where classes overlap); at a finite $\eta_Y / \eta_Z$ a distinct token can turn, and stay below its start.

erratum = E.relative-gain-form
printed = $r_{l/l'}(t) = r_{l/l'}(0) \chi_l(t)$.
holds = Exact for the quasi-static decoder only; in the coupled flow to first order in $\rho \sigma^2$.

erratum = E.larger-ratio-exact
printed = $\eta_Y \gg \eta_Z$ makes Theorem 3 exact.
holds = At equal gain $\chi$ the error is the same for every ratio; a larger ratio only delays the gain.

erratum = E.lower-bound
printed = $e^{2 f^2(0) B} \le \chi$ for the dominant distinct token.
holds = Late in the coupled flow $d \ln \chi / dB \to 2/D$: the bound fails where $D f^2(0) > 1$. It holds in the quasi-static decoder.

erratum = E.growth-prefactor
printed = The prefactor of $\ln(\ln^2 t)$ in $B_n$ is 1.
holds = It is $\tfrac{1}{2} G D / (N D + G)$ and depends on the data.

erratum = E.growth-factor-k
printed = $2 K (\eta_Z / \eta_Y) \ln^2$ inside the logarithm.
holds = The factor $K$ is absent from the population flow; it returns where $z$ is updated at rate $\eta_Z$ per visit of its class.

erratum = E.growth-initial
printed = $B_n = O(\ln t)$ while scanning.
holds = At first $B_n \propto t^2$.

erratum = E.growth-lnln
printed = $B_n = O(\ln \ln t)$ after snapping.
holds = Only once $\rho \sigma^2 \gg 1$; for $\eta_Y \gg \eta_Z$ it is $\tfrac{1}{2} s \rho \sigma^2 \propto \ln^2 t$ over any reachable time.

erratum = E.transition-t0-commons
printed = $t_0 = O(2 K \ln M / \eta_Y)$.
holds = The common tokens delay the transition by $1/(1-s)$: $\eta_Y (1-s) t = (K-1) u + \tfrac{K-1}{u-1} - 1$,
  $u = 1 + W_0((K-1)/e)$.

erratum = E.transition-t0-eta-z
printed = $t_0$ does not depend on $\eta_Z$.
holds = With $\eta_Z \ge \eta_Y$ the transition comes earlier, by a factor.

erratum = E.two-transitions
printed = The attention slows down for good at the decoder's $t_0$.
holds = For $\eta_Y / \eta_Z \gg K$ its gain grows fastest exponentially later, at a fixed $\rho \sigma^2$; behind $t_0$ its growth dips, where
  $K$ is large, and recovers.

erratum = E.frozen-vocabulary-clock
printed = The clock of the decoder depends on the vocabulary $M$.
holds = With $V = M$ outputs and common tokens it ceases to: the common rows of $Y$ silence the tokens that never are the
  answer, and the late gap is that of $V = K$.

erratum = E.larger-eta-y-smaller-gain
printed = A larger $\eta_Y$ alone gives a smaller gain.
holds = Only beyond $\eta_Y t / K$ of about 10; before that it gives a larger one.

erratum = E.larger-eta-y-slightly
printed = ... a slightly smaller one.
holds = For small $\rho \sigma^2$ the gain falls nearly as $1/\eta_Y$.

erratum = E.entropy-as-sparsity
printed = The entropy of $c_n$ falls as attention becomes selective.
holds = Over the whole support it rises first, as the commons fade; over the distinct tokens, renormalised, it falls.

erratum = E.figure6-entropy
printed = 'Average entropy of $c_n$'.
holds = Two readings differ by 0.2 nat or more in every cell: over the whole support, or over the distinct tokens of the class,
  renormalised. The table holds both.

erratum = E.separate-query-key
printed = Training $W_Q$ and $W_K$ is training $Z = U W_Q W_K^\top U^\top$.
holds = Only if their product is the parameter.

erratum = E.gaussian-embedding
printed = A random embedding is nearly orthonormal, so $Y$ and $Z$ describe it.
holds = Not at usable widths; with $U U^\top = I$ they do.
