/* The precision of the networks: the sources that speak of attndyn_real are compiled twice, in
 * single precision for training (names end in _single) and, with ATTNDYN_DOUBLE, in double for the
 * checks of gradients (names end in _double). Callers write the plain names and choose by defining
 * ATTNDYN_DOUBLE, or not, before they include anything: the plain names are macros. */
#ifndef ATTNDYN_BASE_REAL_H
#define ATTNDYN_BASE_REAL_H

#ifdef ATTNDYN_DOUBLE
typedef double attndyn_real;
#define ATTNDYN_REAL_NAME(name) name##_double
#else
typedef float attndyn_real;
#define ATTNDYN_REAL_NAME(name) name##_single
#endif

#endif
