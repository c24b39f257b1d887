title = Where the theorems hold
order = 4
experiments = domain/*
maps = yes
lead = Each theorem has assumptions. Here they are left behind step by step, and the error of the claim is measured on the way:
  maps over two parameters, and the single points of which the maps are made.

equation = \left| \frac{\ln (r / r(0))}{\ln \chi} - 1 \right|, \quad \left| \frac{dB / d \ln \sigma}{\pi_c} - 1 \right|, \quad \pi_c = \frac{G D}{N D + G}
says = The errors of Theorems 3 and 4 of Scan&Snap over rates, time and overlap. The first is small where $\rho \sigma^2 \ll 1$, the second
  where $\rho \sigma^2 \gg 1$: the theorems hold in opposite corners.
source = measures defined here
checks = D3.first-order C9.error-by-gain C13.prefactor-coupled

equation = \frac{\max_t |z - \tfrac{1}{2} \sum_k v_k^2 - c|}{\max_t |z - z(0)|}
says = The error of Theorem 1 of JoMA: how far the tie of $z$ and the weights breaks, over how far $z$ moves; over step size, momentum,
  weight decay.
source = measure defined here
checks = DJ1.descent-law

equation = \frac{\left| \dot v_{\mathrm{theorem}} - \dot v \right|}{\max \left( \left| \dot v_{\mathrm{theorem}} \right|, |\dot v| \right)}
says = The error of Theorem 3 of JoMA, for noise that is not isotropic and for gradients that react to the sample.
source = measure defined here
checks = DJ3.inside J4.reactive-averages
