/* The attention sink of value 0 in closed form. Derived here. */
#ifndef ATTNDYN_THEORY_RIVALS_SINK_H
#define ATTNDYN_THEORY_RIVALS_SINK_H

/* [exact] 3 z + 3 e^z + e^(2z)/2 - e^-z, which grows as eta_z s2 t. */
double attndyn_sink_integral(double z);
/* z at eta_z s2 t = x from z = 0 at t = 0, x >= 0. */
double attndyn_sink_logit(double x);
/* [leading] late, z = ln(2 x)/2: half a logarithm of the time. */
double attndyn_sink_late(double x);

#endif
