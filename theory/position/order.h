/* The order task in closed form: its first integral, and the length of its plateau.
 *
 * y: the decoder's gain, X = p_1 - p_2 + ln(pi_near/pi_far), gap u = y h(X),
 * h = (e^X - 1)/sqrt(1 + e^(2X)); from y = 0, X = X0. All derived here: [exact] unless marked. */
#ifndef ATTNDYN_THEORY_POSITION_ORDER_H
#define ATTNDYN_THEORY_POSITION_ORDER_H

/* y^2/(2 eta_y) - [cosh X - ln(1 + cosh X)]/eta_p, constant along the flow, for any loss that
 * depends on the gap u alone. eta_p > 0. */
double attndyn_order_invariant(double eta_y, double eta_p, double y, double X);
/* X >= |X0| on the level of (0, X0) at the gain y: the orbit. */
double attndyn_order_orbit(double eta_y, double eta_p, double X0, double y);
/* The rate at which the plateau is left, sqrt(eta_y eta_p)/2: the saddle at X = y = 0. */
double attndyn_order_lambda(double eta_y, double eta_p);
/* The time at which the loss is ln(2)/2, by quadrature over the orbit, int dy/(eta_y delta h);
 * relative 1e-12. eta_p = 0: (ln(1 + sqrt 2) + sqrt 2)/(eta_y h^2). INFINITY for X0 = 0. */
double attndyn_order_t_half(double eta_y, double eta_p, double X0);
/* [leading] C(eta_p/eta_y) of lambda t_half = ln(1/|X0|) + C + O(X0^2 ln X0). */
double attndyn_order_constant(double ratio);

#endif
