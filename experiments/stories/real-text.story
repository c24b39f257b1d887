title = Real text
order = 5
experiments = scansnap/text lm/wikitext*
lead = What is left of the theory on the statistics of a text: which tokens attention picks, and what it tracks. The text is
  the user's to name (corpus=FILE); without one, a small generated grammar stands in, whose answer is known.

equation = \hat P(l|n) = \frac{\sum_{i \in n} \operatorname{count}_i(l)}{\sum_{i \in n} \sum_{l'} \operatorname{count}_i(l')}
says = The share of token $l$ among the context tokens of all occurrences $i$ of class $n$ (a last token followed by a next
  token): the distribution that the flow of scan and snap is run on.
source = Scan&Snap, section 3 (contexts as distributions); the estimate is ours
checks = T1.distinct-picked T2.commons-suppressed T3.picks-known T9.learnable-tfidf

equation = z_{ml}(t) = \frac{\eta_Y \eta_Z t^2}{2 V} \sum_{n: \psi(n) = m} P(n) f_{nl} \sum_{n' \ne n} P(n')
  \left( f_{nl} (f_n \cdot f_{n'}) - f_{n'l} \right) + O(t^3)
says = The first motion from zero, of every token of any text ($f_n$ at the start): a token gains where its own class holds more of it
  than the classes it overlaps with.
source = derived here
checks = T7.early-law

equation = H = - \sum_l b_l \ln b_l
says = The entropy of an attention pattern $b$, in nats: low is sparse.
source = definition
