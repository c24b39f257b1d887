title = Low-rank training
order = 12
experiments = lowrank/train lowrank/pretraining lowrank/ablation
lead = The talk's tables at a scale that this machine trains: small networks on bytes, by full Adam, GaLore, $W = BA$, LoRA, ReLoRA, with
  moments in 8 bits, by Adafactor. The rate of each method is the best of one grid, start and minibatches are the same for all, bytes are counted.
  All methods have GaLore's two groups of rates (maps at $\alpha$ times the rate): full Adam at one rate for all looks worse than it is.

equation = W_{t+1} = W_t - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \alpha P \frac{M_t}{\sqrt{V_t} + \epsilon}, \quad M_t = \beta_1 M_{t-1} + (1 - \beta_1) P^\top G_t
says = GaLore around Adam, as its authors published it: $P$ holds the leading singular vectors of the gradient, renewed after a number of updates; $M$ and
  $V$ are kept then. With SGD, $r = \min(m, n)$ and $\alpha = 1$ it is SGD.
source = GaLore, Algorithm 1, and its authors' optimiser
checks = LR.train-sgd LR.train-orthonormal LR.train-groups LR.train-learns LR.train-near-full LR.abl-svd

equation = W_{t+1} = W_t - \eta \frac{M_t}{\sqrt{V_t + \epsilon}}
says = Adam as the slide prints it: without bias correction, $\epsilon$ under the root. Where $\epsilon$ does not count its first step is
  $(1 - \beta_1) / \sqrt{1 - \beta_2} = 3.16$ times Adam's.
source = the talk, GaLore
checks = LR.train-slide

equation = W = W_0 + \frac{\alpha}{r} B A, \quad \frac{\partial L}{\partial B} = \frac{\alpha}{r} G A^\top, \quad \frac{\partial L}{\partial A} = \frac{\alpha}{r} B^\top G
says = LoRA; $W = BA$ without $W_0$ and the factor. ReLoRA adds the product to $W_0$ at times and begins with $B = 0$ and new moments; DoRA trains the
  lengths of the rows apart. Weights may move during the backward pass, so that no gradient of the whole network is held, and the inside of layers may
  be computed again: the bits are the same.
source = LoRA (Hu et al. 2021), ReLoRA (Lialin et al. 2023)
checks = LR.train-factors LR.train-adapters LR.train-merge LR.train-layers LR.train-frozen

equation = \text{GaLore:} \; m r + 2 n r, \quad \text{factors:} \; 2 (m r + n r), \quad \text{Adam:} \; 2 m n
says = Numbers that the optimiser holds for an $m \times n$ map, $m \le n$. In 8 bits a moment takes one byte, and a scale for each block of 2,048. Of the
  two sides the published choice, the shorter one, is the dearer: the longer would hold $n r + 2 m r$.
source = GaLore, Table 1
checks = LR.train-states LR.pre-bytes LR.abl-states LR.train-8bit

equation = \text{loss}_{W = BA} > \text{loss}_{\text{LoRA}} > \text{loss}_{\text{GaLore}} \approx \text{loss}_{\text{full}}
says = The order of the talk's table, 60M to 1B parameters. Whether it is seen at this scale, tuned, is what lowrank/pretraining says (preset short).
source = GaLore, Tables 2 and 3, figure 3
checks = LR.pre-near-full LR.pre-lowrank LR.pre-lora LR.pre-relora LR.pre-8bit LR.pre-adafactor

equation = \|P^\top G\|_F^2 \le \sum_{k \le r} \sigma_k^2
says = The singular vectors hold the most energy; a randomised or a warm-started decomposition nearly as much, random directions do not see the gradient.
source = derived here; Halko, Martinsson and Tropp (2011)
checks = LR.abl-randomised LR.abl-warm LR.abl-random LR.abl-cheaper LR.abl-rank
