/* Closed forms of the symmetric family with trained embeddings (the orbit): the attention frozen,
 * and late. All derived here. */
#ifndef ATTNDYN_THEORY_EMBED_ORBIT_H
#define ATTNDYN_THEORY_EMBED_ORBIT_H

/* [exact] Frozen attention, tied embeddings: |y| after the internal time sigma = int delta/(K-1)
 * dt, |y| = sqrt(eta_v/eta_u) tan x / cos^2 x, x = sqrt(eta_u eta_v) |f_d| sigma: a pole at x =
 * pi/2, which in time is y ~ ln t. INFINITY from the pole on. eta_u = 0: eta_v |f_d| sigma. */
double attndyn_orbit_frozen(double eta_v, double eta_u, double own, double sigma);
/* The internal time at which |y| is this: the inverse. */
double attndyn_orbit_frozen_sigma(double eta_v, double eta_u, double own, double y);
/* [exact] The tied decoder's stretch gam >= 1, gam^2 (gam - 1) = ratio |y|^2. */
double attndyn_orbit_stretch(double ratio, double y);
/* [leading] Late slope dB/d ln |y| with n factors in the decoder, G D/(N D + G)/n: the attention
 * follows w, and |y| ~ |w|^n. */
double attndyn_orbit_late(double D, double G, double N, double factors);

#endif
