#include "versions.h"

#include <cblas.h>
#include <gsl/gsl_version.h>
#include <stdio.h>
#include <sundials/sundials_version.h>

void attndyn_versions_read(struct attndyn_versions *versions) {
    if (SUNDIALSGetVersion(versions->sundials, sizeof versions->sundials) != 0)
        snprintf(versions->sundials, sizeof versions->sundials, "unknown");
    snprintf(versions->gsl, sizeof versions->gsl, "%s", gsl_version);
    snprintf(versions->blas, sizeof versions->blas, "%s", openblas_get_config());
    snprintf(versions->core, sizeof versions->core, "%s", openblas_get_corename());
    versions->blas_threads = openblas_get_num_threads();
}
