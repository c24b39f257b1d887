# Equations: as in the paper (arXiv 2305.16380v4); "derived here" where no paper prints them.
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
checks = C17.product C16.context-bias C16.context-norm

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
checks = T1.coefficients T1.coefficients-unequal T1.xi-positive T1.gamma T1.gamma-regimes T1.steps E.theorem-1-sign E.theorem-1-original-gradient T1.lemma-3 T1.lemmas-13-17 T1.assumption-2

equation = w_n = Y^\top f_n = (M-1) h^*(N_n) \zeta_n, \quad \zeta_n = \frac{M}{M-1} \left( e_n - \tfrac{1}{M} \mathbf{1} \right)
says = Sampled classes, one a step, and the modified gradient: a class's logits are those of its own $N_n$ visits, exactly (Lemma 5, Theorem 5).
  The scatter of $N_n$ scatters them within the bounds of Lemmas 10 to 12. To bring the error below $\epsilon$ takes
  $\frac{K}{\eta_Y} \left( \tfrac{1}{\epsilon} + \ln \tfrac{M}{\epsilon} \right)$ samples, fewer than Corollary 1 allows.
source = Scan&Snap, appendix D.2 to D.4; count derived here
checks = SMP.lemma-5 SMP.theorem-5 SMP.lemma-10 SMP.lemma-11 SMP.lemma-12 SMP.theta-spread SMP.corollary-1 SMP.corollary-1-count

equation = P(l_0|m,n) e^{z_{m l_0}(0)} = \max_{l \in DT(n)} P(l|m,n) e^{z_{ml}(0)}, \quad \bar f_n = (f_n, e_{\psi(n)}) / \sqrt{2}
says = The start of the attention is a prior: of two distinct tokens the one ahead in $P e^{z(0)}$ gains. With a residual connection the decoder
  reads $\bar f_n$, and a token that is common to classes of different queries, but distinct within its own, gains at all times.
source = Scan&Snap, after Theorem 3, and section 7
checks = EXT.prior EXT.residual

equation = d\sigma = \frac{\eta_Y}{K} (1 - \alpha_{nn}) dt, \quad \rho = \frac{\eta_Z}{\eta_Y} \frac{K}{K-1}
says = The time that the attention knows: rates, $K$ and $M$ enter its path through $\rho \sigma^2$ alone.
source = derived here
checks = C9.collapse C3.full-against-reduced

equation = \dot z_{ml} < 0 \; \text{(common)}, \quad \dot z_{ml} > 0 \; \text{(distinct)}
says = Common tokens are suppressed, distinct ones enhanced: at the adiabatic decoder of Eq. 10, for one common token (Theorem 2), or for several that
  are alike in all classes of one query (Corollary 2). On the authors' data, beyond both, the coupled flow keeps the signs at all times.
  Commons that depend on the class can grow, and where the decoder lags behind the attention distinct tokens can end by shrinking.
source = Scan&Snap, Theorem 2 and Corollary 2
checks = C11.signs C11.early-law C11.growing-common C11.turn-at-gain C2.commons-fall C2.equation-10 T2.distinct-rise T2.one-common

equation = r_{l/l'}(t) = \frac{\tilde c_l^2(t)}{\tilde c_{l'}^2(t)} - 1 = r_{l/l'}(0) \chi_l(t), \quad \chi_l(t) = e^{2 (z_l(t) - z_l(0))}
says = The relative gain of a distinct token $l$ over another one $l'$ of the same class, $\tilde c_l = P(l|n) e^{z_l}$. Exact where the
  decoder follows the attention at once, $Y \propto f$ (the quasi-static decoder, which is not the paper's own model); in the coupled flow
  $\ln(r/r(0)) / \ln \chi_l = 1 - f_{l'}^2(0) \rho \sigma^2 / 6$ to first order.
source = Scan&Snap, Theorem 3; first order derived here
checks = C8.qsd-theorem-3 C9.r-error C9.error-by-gain

equation = e^{2 f_{n l_0}^2(0) B_n(t)} \le \chi_{l_0}(t) \le e^{2 B_n(t)}, \quad \dot B_n = \eta_Z \xi_n, \quad
  \xi_n = \frac{\sum_{l \in DT(n)} \dot z_{ml}}{\eta_Z \sum_{l \in DT(n)} f_{nl}^2}
says = Bounds on the gain of the dominant distinct token $l_0$; $DT(n)$ are the distinct tokens of class $n$, $B_n(0) = 0$.
  Under Eq. 10 they hold at all times. In the coupled flow, with $\xi_n$ made an average over the distinct tokens, the lower bound holds where
  $D f_{n l_0}^2(0) \le 1$, with $D$ distinct tokens.
source = Scan&Snap, Theorem 3; operational form and condition derived here
checks = C10.bounds C10.f-monotone C10.late-slope T3.equation-10 T3.fails-at-a-gain

equation = B_n(t) = \frac{1}{4} \ln \left( C_0 + 2 K \frac{\eta_Z}{\eta_Y} \ln^2 \left( \frac{M \eta_Y t}{K} \right) \right)
says = The growth of the gain late, under the relations of Eq. 13: one query, one common token, constant normalisers. What holds in the
  population flow follows.
source = Scan&Snap, Theorem 4, Eq. 14 and 131
checks = T4.from-zero T4.quarter T4.best-eta-y E.theorem-4-quarter E.growth-factor-k

equation = B = \frac{s}{2} \eta_Y \eta_Z t^2 \frac{K-1}{K^3} \; (t \to 0), \quad B = \frac{s}{2} \rho \sigma^2 \; (\rho \sigma^2 \ll 1), \quad
  \frac{dB}{d \ln \sigma} \to \frac{G D}{N D + G} \; (\rho \sigma^2 \gg 1)
says = Early, while the gain is small, and late; $V = K$, $s$ is the share of the common tokens in $f_n(0)$, with $D$ distinct tokens
  a class, $G$ common ones, $N$ classes a last token.
source = derived here
checks = C18.early-law C12.linear-regime C13.prefactor-coupled C13.prefactor-qsd C12.late-slope

equation = (V-1) u + e^u - 1 = c t, \quad c = (1 - s) \eta_Y \; (V = K), \quad c = \frac{V}{K} \eta_Y \; (s = 0)
says = The decoder alone ($\eta_Z = 0$): $u$ is the gap between the right logit and the others. It gives the time of the
  transition that the paper writes $t_0 = O(2 K \ln M / \eta_Y)$. With $V = K$ the overlaps $s$ delay it by $1/(1-s)$,
  with the paper's decoder over the vocabulary, $V = M \gg K$, they do not.
source = Scan&Snap, Lemma 6 ($s = 0$) and Remark 1 to Lemma 5 ($V = K$)
checks = C6.frozen-closed-form C6.frozen-orthogonal C6.frozen-landmarks C14.peak-closed-form C14.two-transitions T4.peak-over-vocabulary

erratum = E.definition-of-E
printed = $E' := (I + E)^{-1} - I$ (appendix D.1).
holds = $E' = I - (I + E)^{-1}$, as Lemma 14 has it: then $(I + E)(I - E') = I$, on which Lemma 3 and Theorem 5 rest.

erratum = E.remark-2-lag
printed = $h^*(s) \le h(s + c)$ with a constant $c = O(\ln M)$ for all late $s$ (Remark 2).
holds = $h^*(s) = h(s + c)$ with $c = \tfrac{1}{2} \ln \frac{M - 1 + e^{M h^*}}{M}$, to first order in $\eta_Y$: it grows as $\tfrac{1}{2} \ln(\eta_Y s)$, beyond any constant.

erratum = E.figure-9-caption
printed = $\nu = \eta_Z / \eta_Y$ (caption of figure 9).
holds = $\nu = \eta_Y / \eta_Z$: the panel of $\nu = 10$ has the rates 0.5 and 5.

erratum = E.theorem-1-sign
printed = $\beta_{nn'} = q_1 E'_{nn'} + q_0 (1 + \sum_{k \ne n} E'_{kn'})$ (Eq. 88).
holds = $\beta_{nn'} = q_1 E'_{nn'} - q_0 (1 - \sum_{k \ne n} E'_{kn'})$: the exact solution of Eq. 26, to the solver's error, for any overlaps.

erratum = E.theorem-1-original-gradient
printed = Theorem 1 still holds for the original gradient, at the smaller rate $(1-s) \eta_Y$.
holds = $\gamma \iota$ is nearly the same, at the full rate; $\beta$ is not: $\beta/\iota = (e^{sx} + \frac{e^{sx} - 1}{sx} - 1)/(M-1)$ with $x = \eta_Y t / K$, while
  $\alpha_{nn} \ll 1$. The attention is pushed by $s/M$, not by $s^2$.

erratum = E.remark-1-never
printed = $w_n(N) = (1-s) (M-1) h^*(N/K) \zeta_n$ for the original gradient with identical overlaps $s$ (Remark 1 to Lemma 5, Eq. 43).
holds = Only for $K = M$. For $K < M$ the gap to the tokens that never are the answer grows at the full rate $\eta_Y$; that between classes at $(1-s) \eta_Y$.

erratum = E.theorem-1-gamma-without-m
printed = $\gamma = O \left( \frac{K \ln(\eta_Y t / K)}{\eta_Y t} \right)$.
holds = $\gamma = O \left( \frac{K \ln(M \eta_Y t / K)}{\eta_Y t} \right)$, as in Lemma 9, with one constant for all $M$.

erratum = E.lemma-4-rate
printed = $\dot z_m$ by Theorem 1's $\beta_{nn'}$, near $E'_{nn'}$, at the current features (Lemma 4, Eq. 10).
holds = In the flow that is trained $\beta/\iota$ is that of the original gradient, of order $1/M$, as long as the features stand still: within the paper's
  assumptions ($K = 3$, $M = 1200$) it is 64 times less and more. The signs are as Theorem 2 and Corollary 2 have them.

erratum = E.theorem-4-relations
printed = $\dot z_l \sim -C_0^{-1} \eta_Z \gamma e^{4 z_l}$ and $\xi_n \sim C_0^{-1} \gamma e^{4 z_l}$, for one query that serves all classes.
holds = $\dot z_l = -K (1 - f_l^2) \eta_Z \xi_n$: $\dot z_l$ sums over the $K$ classes of the query, $\xi_n$ does not.

erratum = E.theorem-4-quarter
printed = $B_n \sim \tfrac{1}{4} \ln \ln^2 t$, for one query and one common token.
holds = The paper's own dynamics has $\frac{D}{4 (K D + 1)}$, the flow that is trained $\frac{D}{2 (K D + 1)}$, for $D$ like distinct tokens a class. $\tfrac{1}{4}$ is
  right for one class a query and $D \gg 1$.

erratum = E.theorem-4-constant
printed = $B_n = \tfrac{1}{4} \ln(C_0 + 4 \Gamma)$.
holds = $B_n = \tfrac{1}{4} \ln(1 + 4 \Gamma / C_0)$, which starts at 0 as $B_n$ does by its definition.

erratum = E.theorem-4-condition
printed = Eq. 132 for $t \gg (M \eta_Y)^{-1} e^{1/\sqrt{2 \nu}}$.
holds = It needs $\ln(M \eta_Y t / K) \gg \sqrt{\nu C_0 / (2 K)}$, $\nu = \eta_Y / \eta_Z$.

erratum = E.growth-factor-k
printed = $2 K (\eta_Z / \eta_Y) \ln^2$ inside the logarithm.
holds = The factor $K$ is absent from the population flow: a class moves its query at the weight $P(n) = 1/K$, which Eq. 10 leaves out, while
  $\gamma$ counts all samples. It returns where $z$ is updated at rate $\eta_Z$ per visit of its class.
