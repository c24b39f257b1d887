title = What the talk leaves open
order = 20
experiments = embed/* position/* layers/* nodes/* rivals/* noise/*
lead = The talk fixes the embeddings, treats the context as a bag and trains one layer, and says that the rest is to be done. Here are
  minimal models of each, with what can be said exactly. Every law below is derived here, from the same gradient flow of the
  expected cross-entropy; its mark says how far it goes: [exact] at any time, [leading] an expansion, [numeric] measured only,
  [open] not settled. Of the literature abstracts alone were seen: that a law was not seen there means no more than that.

equation = \sum_m \frac{z_{ml}}{\eta_z} - \frac{|u_l|^2}{2 \eta_u} = \text{const}, \quad \sum_m z_{ml} - \sum_m z_{ml}(0) \ge -\frac{\eta_z}{2 \eta_u} |u_l(0)|^2
says = [exact] The token law: for any data, loss and network, wherever softmax attention's output is normalised before anything else, or
  attention is exp as in JoMA. Each token trades attention for the length of its value embedding $u_l$, down to a floor. SGD adds half the
  squared steps and nothing else. It takes the place of JoMA's Theorem 1 when embeddings learn.
source = derived here; the method of conserved quantities from symmetries is known (arXiv 2012.04728, 2506.06194, 2606.17816)
checks = TL.flow TL.control TL.floor TL.ledger TL.first-order TL.joma TL.text TL.text-control TL.instead-of-theorem-1 FR.law FR.floor

equation = \frac{U^\top U}{\eta_u} - \frac{W_V^\top W_V + W_V W_V^\top}{\eta_v} - \frac{W^\top W + W W^\top}{\eta_w} = \text{const}
says = [exact] Scan&Snap's own parameters, $Y = U W_V^\top U^\top$, $Z = U W U^\top$, all trained, any data. With $W_Q$ and $W_K$ apart
  $W_Q W_Q^\top + W_K W_K^\top$ stands in the last term, and $W_Q^\top W_Q - W_K^\top W_K$ is constant too.
source = derived here, by the same method
checks = BAL.dxd BAL.heads BAL.closed

equation = \frac{\Gamma (\Gamma - I)}{\eta_u} = \frac{Y \Gamma^{-1} Y^\top + Y^\top \Gamma^{-1} Y}{\eta_v} + \frac{Z \Gamma^{-1} Z^\top + Z^\top \Gamma^{-1} Z}{\eta_w}
says = [exact] From orthonormal embeddings their Gram matrix $\Gamma = U U^\top$ is an algebraic function of decoder and attention: tokens grow alike
  that predict alike, are predicted alike, attend or are attended alike.
source = derived here; the geometry of trained embeddings is studied otherwise in arXiv 2502.09863, 2408.15417, 2505.15239
checks = BAL.gram BAL.gram-control BAL.gram-first-order

equation = y = \Pi w, \quad \Pi = \left( 1 + \frac{\eta_u}{\eta_r} |w|^2 \right)^{(n-1)/2} \text{(chain)}, \quad \Pi = 1 + \frac{\eta_u}{\eta_v} |w|^2 \text{(tied)}, \quad \frac{dB}{d \ln |y|} \to \frac{1}{n} \frac{G D}{N D + G}
says = Orbit equivalence. Without a norm on the embeddings, in the symmetric family, training them changes the clock and nothing else [exact]: decoder
  amplitude $w$ of the zero-started factor and attention run through the points of the flow with fixed embeddings, Theorem 3's error included. With $n$
  factors in the decoder the late growth of the gain is divided by $n$ [leading]: at a given time attention is flatter, not sharper [numeric].
source = derived here; balanced products of matrices are known (arXiv 1802.06509)
checks = FT.signs FT.frozen FT.more-commons FT.counts ORB.same ORB.full ORB.reference ORB.pole ORB.theorem3 ORB.late ORB.behind-fixed

equation = |h| \sim e^{-\kappa b}, \quad b = \frac{\eta_z}{2 \eta_b} \beta^2, \quad \kappa = \frac{\eta_u}{\eta_z} \frac{1 + K c_c^2 / c_d^2}{A^2}
says = [exact] The mean $h$ of the class vectors dies out in the decoder's clock $b$ ($\beta \sim \ln t$), faster than any power of time. At
  $h = 0$ the classes form a simplex and attention stands still: the snap becomes a freeze, at a limit that depends on the data and on
  $\eta_u / \eta_z$ alone. With fixed embeddings attention goes on like $\ln \ln t$. Not seen in the literature as such; neural collapse is (arXiv
  2408.15417, 2505.15239).
source = derived here
checks = FR.kappa FR.rate-free FR.collapse FR.reference FR.stops FR.one-limit

equation = w_\infty \to -\frac{\eta_z}{2 \eta_u} \frac{P^2}{(1-P)^2 / K + P^2}, \quad w_\infty \to \frac{K}{K+1} \left[ \frac{1}{2} \ln \frac{\eta_u}{\eta_z (K+1)} + \ln 1.7257 + \ln \frac{1-P}{P} \right]
says = [leading] Where it freezes, for $\eta_u \gg \eta_z$ and for $\eta_u \ll \eta_z$. $P$ is the probability of the common token, $K$ the number of classes.
source = derived here
checks = FR.fast FR.slow

equation = \frac{1 - e^{-p_r}}{\pi_r} \; \text{the same for all positions with the same laws of tokens}, \quad \sum_r p_r = \text{const}
says = [exact] The position law: Theorem 3 for positions, without its assumption, as no position has a row of the decoder. Where tokens do not
  depend on position, which is so for Scan&Snap's data, $p$ never moves.
source = derived here; not seen in the literature on positional attention (arXiv 2402.03902, 2409.10559, 2402.14735, 2602.19143)
checks = POS.law POS.sums POS.frozen POS.blocks POS.early

equation = \frac{y^2}{2 \eta_Y} - \frac{\cosh X - \ln (1 + \cosh X)}{\eta_p} = \text{const}, \quad u = y \frac{e^X - 1}{\sqrt{1 + e^{2X}}}
says = [exact] Two classes that differ in the order of the same two tokens: a bag stays at $\ln 2$ for ever. With trained logits of relative
  positions, $X = p_1 - p_2 + \ln (\pi_1 / \pi_2)$, and the decoder's gain $y$ the logit gap $u$ opens along these level lines.
source = derived here; not seen in the literature on positional attention (arXiv 2402.03902, 2409.10559, 2602.19143)
checks = ORD.bag ORD.invariant ORD.quadrature ORD.late ORD.common-pairs ORD.starved

equation = t_{1/2} = \frac{\ln (1 / \epsilon) + C(\eta_p / \eta_Y)}{\lambda}, \quad \lambda = \frac{1}{2} \sqrt{\eta_Y \eta_p}
says = [leading] From $p_1 - p_2 = \epsilon$ at equal shares the loss is halved after a plateau: the origin is a saddle. $C$ by quadrature.
source = derived here
checks = ORD.plateau ORD.constant ORD.reference

equation = \text{slope} \to -\ln \left( 1 - \frac{1}{r^*} \right), \quad \text{attention} \to \frac{1}{r^*} \left( 1 - \frac{1}{r^*} \right)^{r^* - 1}
says = [exact] A previous-token head. Free position logits find the answer at any distance $r^*$, sinusoids most; a linear bias with a trained slope (ALiBi)
  stops where the mean distance of the other tokens is $r^*$.
source = derived here; not seen there either
checks = PT.alibi PT.far PT.invariant PT.z-zero PT.enumeration PT.numbers PT.one-distance

equation = \frac{X_z}{X_z + X_p}, \quad X_z = \eta_z \frac{1 + N}{K}, \quad X_p = \eta_p \sum_r (q_d(r) - q_c(r))^2 \to \eta_p \left( 1 + \frac{1}{R_c} \right)
says = Content against position: content's share in the rate of the log odds of attention [exact]; late, $R_c$ buckets hold commons only [leading]. A position
  is trained by all classes, a distinct token by its own alone.
source = derived here
checks = CP.share CP.full CP.late CP.winner CP.numbers

equation = \lambda = k \sqrt{\frac{\eta_Y}{Q} \left( \eta_\zeta + \frac{\eta_1 c_2}{2} \right)}, \quad k = \frac{c_2}{2 Q \sqrt{c_2 / Q + 1 - c_2}}
says = [exact] Two layers on a two-level tree whose classes have the same bag: the rate at which the plateau at $\ln Q$ is left, $2(Q-1)$-fold. Two
  channels: layer 2 attends segments by one key, $\eta_\zeta$; layer 1 turns away from that key, which is spent, $\eta_1$. $c_2$ is the keys' share of a segment.
source = derived here; plateaus and sequential levels are known (arXiv 2408.15138, 2506.13688, 1810.10531), this rate was not seen there
checks = TW.flat TW.lambda TW.degenerate TW.whole-hessian TW.reference TW.plateau

equation = \int_0^{t_2} \lambda(c_2(t)) \, dt = \ln (1 / \epsilon) + O(1)
says = [leading] Level 2 is found at $t_2$, when its own clock has run off. Where layer 1 has a task of its own it denoises first and makes that clock run
  faster: bottom-up. Where only the conjunction counts it drops its commons at second order, while level 2 is being found and not before it.
source = derived here
checks = TW.wkb TW.prototype TW.between-rates TW.second-order TW.local-first TW.bottom-up

equation = \lambda = \sqrt{\eta_Y \eta_\zeta} \frac{c_2 / 2}{Q^2 \sqrt{c_2 / Q + 1 - c_2}}
says = [exact] The induction task on the same two layers, all permutations of $Q$ pairs enumerated: a head emerges after a time $\sim Q^2$ with diluting
  commons, $\sim Q^{3/2}$ without. A copy strength of the decoder, learned before, ends the plateau [numeric], which is the order that Bietti et al. find
  (arXiv 2306.00802). One layer stays at $\ln Q$ for ever.
source = derived here; arXiv 2511.01033 finds the square of the context length
checks = IN.lambda IN.layer-1 IN.reduced IN.reference IN.scaling IN.copy-first

equation = P(\text{all } C \text{ latents found by } K \text{ nodes}) = \sum_j (-1)^j \frac{C!}{j! (C - j)!} \left( 1 - \frac{q j}{C} \right)^K, \quad q = 1 - 2^{-C}
says = [exact for small starts] Why over-parameterisation helps. Nodes that do not see one another collect coupons. The joint loss rescues: with two nodes per latent
  nearly every start finds all of them [numeric]. Linear nodes below one exp attention turn with their starts and never specialise [exact].
source = derived here; student specialisation is studied in arXiv 1909.13458, 2311.01644, 2410.01779
checks = NC.independent NC.rescue NC.two-per-latent NC.time NC.rotation NC.strong-first

equation = 3 z + 3 e^z + \tfrac{1}{2} e^{2z} - e^{-z} = \eta_z s^2 t + \text{const}, \quad z \to \tfrac{1}{2} \ln (2 \eta_z s^2 t)
says = [exact] An attention sink: a dormant head parks its attention on a token without value. Its logit grows like $\ln t$, Scan&Snap's commons fall like
  $\ln \ln t$. By the token law a head whose output is normalised before the residual cannot have drained sinks.
source = derived here; dormant heads: arXiv 2410.13835
checks = SK.closed SK.half-log SK.drain SK.dip SK.norm-forbids

equation = k^* = \argmax_k L_k, \quad t^* = \frac{1}{8 L_k}, \quad L_k = \frac{|\hat w_{1k}|^2 - |\hat w_{2k}|^2}{\ln (|\hat w_{1k}|^2 / |\hat w_{2k}|^2)}
says = [exact] Grokking as energy ascent: a quadratic node on addition modulo $p$ finds the frequency whose two powers at the start have the largest logarithmic
  mean. The competition by magnitude and phase is known (arXiv 2602.16849); the logarithmic mean was not seen.
source = derived here, on the energy of arXiv 2509.21519
checks = LI.energy LI.winner LI.time LI.coupon

equation = \operatorname{E} t = \frac{\ln (1 / \epsilon) + C + \tfrac{1}{2} (\gamma + \ln 2)}{\lambda}, \quad \epsilon^2 = \frac{\sqrt{\eta_Y \eta_p} (1 - m^2)}{m T B}
says = [leading] Stochastic corrections: the flow never leaves the order task's saddle, sampled contexts do. Batch $B$, context $T$ and rate enter by a logarithm
  only; the deviation is $\pi / (2 \sqrt{2} \lambda)$.
source = derived here; escape from an unstable point by noise is textbook
checks = ES.mean ES.sd ES.log

equation = F(\theta_n) - F(\theta_0) = \sum_{s < n} F(\Delta \theta_s), \quad \frac{|Z - Z_{\mathrm{orthonormal}}|}{|Z_{\mathrm{orthonormal}}|} \sim \frac{1}{\sqrt{d}}
says = Ledgers [exact]: under SGD a conserved quadratic form $F$ drifts by the form of the steps and by nothing else. Width [numeric]: Gaussian embeddings of
  width $d$ are orthonormal up to $1/\sqrt{d}$.
source = derived here
checks = LG.balance LG.token-law WD.slope WD.prefactor

survives = Embeddings that learn. Without a norm, in the symmetric family: every statement of Scan&Snap on paths (which token gains, Theorem 3 and its
  bounds at equal gain) is unchanged; statements in time are not, the gain's prefactor is divided by the number of factors. Below a norm the signs survive
  on the asymmetric sets, Theorem 3's form is worse near the freeze, and "goes on like ln ln t" and "a larger rate of the decoder ends denser" are false.
  Outside the family more common tokens grow. JoMA's Theorem 1 is replaced by the token law; it returns at $\eta_u \to 0$. Figures: embed/token-law,
  embed/orbit, embed/freeze, embed/fates, and the map of growing commons.
survives = Positions. "Common tokens are suppressed" becomes: common pairs of token and position are. Theorem 3 holds better for positions than for tokens, without
  its assumption. The snap stays, $\ln \ln t$, its prefactor shared between content and position. On Scan&Snap's own data positions never move. Figures:
  position/flow, position/order, position/previous-token, position/compete, and the map of content against position.
survives = Two layers. JoMA's Theorem 5, near tokens first, is of marginal signals: it survives where the lower level has one. Where only the conjunction counts
  no level is first. One layer of Scan&Snap stays at $\ln Q$ for ever on both tasks. Figures: layers/two-level, rivals/induction.
survives = Over-parameterisation. Linear nodes below one attention (JoMA, $K > 1$) never specialise: GaLore's Lemma B.6 on its own does not say why more nodes help; a
  nonlinearity and a joint loss do. Figure: nodes/coupon, and its map.
survives = Noise. What is conserved by the flow drifts under SGD by the squared steps alone, JoMA's Theorem 1 included; orthonormal embeddings are the limit of wide
  Gaussian ones. A saddle that the flow never leaves is left after a time that knows batch and context by a logarithm. Figures: noise/escape, noise/ledger, noise/width.
open = layers/two-level: a prototype's constants of the plateau (1.4529) and of the clock's integral (1.45, 1.41, 1.68, 3.05; -4.05 and 4.70 at eps = 1e-12) are confirmed
  to their last digits, but they take the share of keys from one segment, (A_1, B_1), and the first is an integral too. With the mean over all segments, which is what
  the closed rate is of, the integral less ln(1/eps) is 1.946, 1.932, 1.978, 3.116; lambda t_2 - ln(1/eps) is 0.7496. Open: the three by three linear problem along the local path.
open = embed/fates: a prototype's counts of 100 random sets with growing commons (15, 20, 16, 21, 37) are met within a standard error each where all weights spread by sd .6;
  with the commons alone spread (distinct_sd = 0) they are not: 5.7 % of 1000 sets in place of 15 with fixed embeddings.
open = rivals/sink: a prototype's dip of the logit to -1.52 from v = 3 is that of s^2 = 1/2 (-1.5175); at s^2 = 1 and equal rates it is -1.1029.
open = noise/width: a prototype's prefactor 4.4 to 5.2 of 1/sqrt(d), "U trained or not", names no data and is not confirmed. The exponent is; the prefactor is no constant: from 2.8 to
  10.8 over sixteen settings, always smaller where the embeddings are trained (3.49 and 2.80 at the defaults).
open = noise/escape: means are some percent above the leading order, within lambda + 1/T of it; the coefficient of that next order is not derived. Nor is the variance over runs along
  a flow, or how long the joint loss takes to find the last latent (nodes/coupon), or which nodes JoMA's do with trained attention.

