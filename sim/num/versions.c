#include "versions.h"

#include "blas.h"

#include <gsl/gsl_version.h>
#include <stdio.h>
#include <sundials/sundials_version.h>

void attndyn_versions_read(struct attndyn_versions *versions) {
    if (SUNDIALSGetVersion(versions->sundials, sizeof versions->sundials) != 0)
        snprintf(versions->sundials, sizeof versions->sundials, "unknown");
    snprintf(versions->gsl, sizeof versions->gsl, "%s", gsl_version);
    snprintf(versions->blas, sizeof versions->blas, "%s", attndyn_blas_config());
    snprintf(versions->core, sizeof versions->core, "%s", attndyn_blas_core());
    versions->blas_threads = attndyn_blas_threads();
}
