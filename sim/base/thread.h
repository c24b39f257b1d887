/* The number of the calling thread in its team: 0 where the program is built without OpenMP. */
#ifndef ATTNDYN_BASE_THREAD_H
#define ATTNDYN_BASE_THREAD_H

#ifdef _OPENMP
#include <omp.h>
#endif

static inline int attndyn_thread(void) {
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

#endif
