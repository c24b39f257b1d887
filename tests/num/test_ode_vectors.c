/* SUNDIALS vectors and matrices whose clones are never NULL, when there is no more memory. */
#include "sim/num/ode_vectors_private.h"
#include "tests/memory_limit.h"
#include "tests/support.h"

enum { LENGTH = 1 << 22, ORDER = 2048 }; /* 32 MiB each */

static SUNContext sundials;

static void setup(void) {
#if SUNDIALS_VERSION_MAJOR >= 7
    ck_assert_int_eq(SUNContext_Create(SUN_COMM_NULL, &sundials), 0);
    ck_assert_int_eq(SUNContext_ClearErrHandlers(sundials),
                     0); /* it would print what is meant to fail */
#else
    ck_assert_int_eq(SUNContext_Create(NULL, &sundials), 0);
#endif
}
static void teardown(void) {
    SUNContext_Free(&sundials);
}

TEST(clones_are_vectors_of_their_own) {
    struct attndyn_ode_vectors family;
    ck_assert(attndyn_ode_vectors_begin(&family, 3, sundials));
    double data[3] = {1, 2, 3};
    N_Vector over = attndyn_ode_vectors_over(&family, data, sundials);
    N_Vector a = N_VClone(over), b = N_VClone(a);
    N_VLinearSum(2, over, 0, over, a);
    N_VConst(7, b);
    N_VDestroy(b); /* CVodeFree does it twice after a CVodeInit that failed */
    N_VDestroy(b);
    for (int i = 0; i < 3; i++) {
        ck_assert(data[i] == i + 1);
        ck_assert(N_VGetArrayPointer(a)[i] == 2 * (i + 1));
    }
    ck_assert(!family.drained);
    SUNMatrix matrix = attndyn_ode_matrix(3, sundials);
    SUNMatrix clone = SUNMatClone(matrix);
    ck_assert_ptr_nonnull(clone);
    ck_assert_ptr_ne(clone, matrix);
    ck_assert_int_eq(SUNMatZero(matrix), 0);
    ck_assert_int_eq(SUNMatZero(clone), 0);
    ck_assert_int_eq(SUNMatScaleAddI(1, clone), 0);
    /* the clone alone has become the identity */
    N_Vector one = attndyn_ode_vectors_over(&family, data, sundials), out = N_VClone(one);
    ck_assert_int_eq(SUNMatMatvec(clone, one, out), 0);
    for (int i = 0; i < 3; i++) ck_assert(N_VGetArrayPointer(out)[i] == i + 1);
    ck_assert_int_eq(SUNMatMatvec(matrix, one, out), 0);
    for (int i = 0; i < 3; i++) ck_assert(N_VGetArrayPointer(out)[i] == 0);
    SUNMatDestroy(clone);
    SUNMatDestroy(matrix);
    attndyn_ode_vectors_end(&family);
}

#ifndef OWN_MALLOC
TEST(a_clone_without_memory_is_the_spare) {
    struct attndyn_ode_vectors family;
    ck_assert(attndyn_ode_vectors_begin(&family, LENGTH, sundials));
    double *data = calloc(LENGTH, sizeof *data);
    ck_assert_ptr_nonnull(data);
    N_Vector over = attndyn_ode_vectors_over(&family, data, sundials);
    ck_assert_ptr_nonnull(over);
    SUNMatrix matrix = attndyn_ode_matrix(ORDER, sundials);
    ck_assert_ptr_nonnull(matrix);
    leave_memory(16u << 20);
    ck_assert_ptr_null(attndyn_ode_matrix(ORDER, sundials));
    struct attndyn_ode_vectors other;
    ck_assert(!attndyn_ode_vectors_begin(&other, LENGTH, sundials));
    attndyn_ode_vectors_end(&other);
    ck_assert(!family.drained);
    N_Vector clone = N_VClone(over);
    ck_assert_ptr_nonnull(clone);
    ck_assert(family.drained);
    N_VConst(1, clone); /* there is memory behind it, which is not ours */
    ck_assert(data[LENGTH - 1] == 0);
    N_VDestroy(clone);
    SUNMatrix spare = SUNMatClone(matrix);
    ck_assert_ptr_nonnull(spare);
    ck_assert_int_eq(SUNMatZero(spare), 0);
    SUNMatDestroy(spare);
    SUNMatDestroy(matrix);
    attndyn_ode_vectors_end(&family);
    free(data);
}
#endif

TCASE(ode_vectors) {
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, clones_are_vectors_of_their_own);
#ifndef OWN_MALLOC
    tcase_add_test(tcase, a_clone_without_memory_is_the_spare);
#endif
}
