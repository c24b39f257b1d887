#include "versions.h"

#include "blas.h"

#include <gsl/gsl_version.h>
#include <stdio.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif
#include <sundials/sundials_version.h>
#include <utf8proc.h>

void attndyn_versions_read(struct attndyn_versions *versions) {
    if (SUNDIALSGetVersion(versions->sundials, sizeof versions->sundials) != 0)
        snprintf(versions->sundials, sizeof versions->sundials, "unknown");
    snprintf(versions->gsl, sizeof versions->gsl, "%s", gsl_version);
    snprintf(versions->blas, sizeof versions->blas, "%s", attndyn_blas_config());
    snprintf(versions->core, sizeof versions->core, "%s", attndyn_blas_core());
#ifdef __GLIBC__
    snprintf(versions->libc, sizeof versions->libc, "glibc %s", gnu_get_libc_version());
#else
    snprintf(versions->libc, sizeof versions->libc, "unknown");
#endif
    snprintf(versions->utf8proc, sizeof versions->utf8proc, "%s", utf8proc_version());
    versions->blas_threads = attndyn_blas_threads();
}
