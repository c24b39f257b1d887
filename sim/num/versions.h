/* The numerical libraries that this program runs on, for the record of each run. */
#ifndef ATTNDYN_NUM_VERSIONS_H
#define ATTNDYN_NUM_VERSIONS_H

struct attndyn_versions {
    char sundials[32];
    char gsl[32];
    char blas[128]; /* OpenBLAS build configuration */
    char core[32];  /* the kernels that OpenBLAS chose for this machine */
    char libc[32];
    char utf8proc[32];
    int blas_threads;
};

void attndyn_versions_read(struct attndyn_versions *versions);

#endif
