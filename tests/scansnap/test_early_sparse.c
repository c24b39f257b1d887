/* The early law for all tokens at once against the sum over pairs of classes. */
#include "sim/base/random.h"
#include "tests/support.h"
#include "theory/scansnap/early.h"

enum { K = 7, M = 15, L = 3 };

TEST(all_at_once_is_one_by_one) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 21));
    double dense[K * M] = {0}, sparse[K * M], weight[K], mean[M], rate[L * M];
    size_t start[K + 1] = {0}, token[K * M], last[K], used = 0;
    for (size_t n = 0; n < K; n++) {
        double norm = 0;
        weight[n] = (double)(n + 1) / 28;
        last[n] = n % L;
        for (size_t l = 0; l < M; l++) {
            if (attndyn_random_uniform(&random) < 0.5) continue;
            token[used] = l;
            sparse[used++] = dense[n * M + l] = attndyn_random_uniform(&random);
            norm += dense[n * M + l] * dense[n * M + l];
        }
        start[n + 1] = used;
        for (size_t i = start[n]; i < used; i++) sparse[i] = dense[n * M + token[i]] /= sqrt(norm);
    }
    attndyn_early_z_rates(K, M, L, 11, start, token, sparse, weight, last, mean, rate);
    for (size_t m = 0; m < L; m++)
        for (size_t l = 0; l < M; l++)
            assert_near(rate[m * M + l], attndyn_early_z_rate(K, M, 11, dense, weight, last, m, l),
                        1e-16);
    attndyn_random_done(&random);
    attndyn_context_free(ctx);
}

TCASE(early_sparse) {
    tcase_add_test(tcase, all_at_once_is_one_by_one);
}
