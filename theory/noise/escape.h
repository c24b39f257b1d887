/* Escape from the order task's saddle by the noise of sampled contexts. [leading] in small noise
 * and small rates; derived here from the linearised flow with the fluctuations of the bags. */
#ifndef ATTNDYN_THEORY_NOISE_ESCAPE_H
#define ATTNDYN_THEORY_NOISE_ESCAPE_H

/* lambda = (m/2) sqrt(lr_y lr_p) per step. */
double attndyn_escape_lambda(double lr_y, double lr_p, double m);
/* The fluctuations act like a random normal start of p_1 - p_2 of this standard deviation:
 * eps^2 = sqrt(lr_y lr_p) (1 - m^2)/(m T B). */
double attndyn_escape_start(double lr_y, double lr_p, double m, double T, double B);
/* Mean steps to a threshold: [ln(1/eps) + C + (gamma + ln 2)/2]/lambda, where C is the flow's own
 * constant, the limit of lambda t - ln(1/eps) for a start eps, and gamma Euler's constant. */
double attndyn_escape_mean(double lambda, double eps, double C);
/* Their standard deviation, pi/(2 sqrt 2 lambda): that of ln|normal|. */
double attndyn_escape_deviation(double lambda);

#endif
