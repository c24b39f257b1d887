/* Chains of reversible layers: backpropagation against differences, the J^T form against it. */
#include "sim/model/lowrank/chain.h"
#include "tests/fixture.h"

#include <string.h>

enum { N = 7, DEPTH = 3, K = 3 };
static const size_t width[DEPTH + 1] = {5, 6, 4, K};

static struct attndyn_chain draw(int activation, double *Y, bool classes) {
    struct attndyn_chain c;
    struct attndyn_random random;
    assert_ok(ctx, attndyn_chain_create(ctx, DEPTH, width, N,
                                        (enum attndyn_chain_activation)activation, 0.2, &c));
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 17));
    attndyn_random_normals(&random, 1, N * width[0], c.f[0]);
    attndyn_chain_draw(&c, &random, 1.3);
    attndyn_random_normals(&random, 1, N * K, Y);
    for (size_t i = 0; classes && i < N * K; i++) Y[i] = i % K == i / K % K;
    attndyn_random_done(&random);
    return c;
}

static void gradients(struct attndyn_chain *c, enum attndyn_chain_loss loss, const double *Y) {
    attndyn_chain_forward(c);
    attndyn_chain_backward(c, loss, Y);
}

/* Fourth-order central differences of the loss, both losses, every weight. */
TEST(backpropagation_descends_the_loss) {
    double Y[N * K];
    for (int loss = 0; loss < 2; loss++) {
        struct attndyn_chain c = draw(_i, Y, loss == ATTNDYN_CHAIN_SOFTMAX);
        gradients(&c, (enum attndyn_chain_loss)loss, Y);
        for (size_t l = 1; l <= DEPTH; l++)
            for (size_t j = 0; j < width[l] * width[l - 1]; j++) {
                const double W = c.W[l][j], h = 1e-4;
                double at[5];
                for (int s = -2; s <= 2; s++) {
                    c.W[l][j] = W + s * h;
                    attndyn_chain_forward(&c);
                    at[s + 2] = attndyn_chain_loss(&c, (enum attndyn_chain_loss)loss, Y);
                }
                c.W[l][j] = W;
                assert_near((8 * (at[1] - at[3]) - (at[0] - at[4])) / (12 * h), c.G[l][j], 1e-10);
            }
    }
}

TEST(gradient_form_is_backpropagation) {
    double Y[N * K], G[30], frozen[30];
    struct attndyn_chain c = draw(_i, Y, false);
    for (int t = 0; t < 20; t++) {
        gradients(&c, ATTNDYN_CHAIN_SQUARED, Y);
        for (size_t l = 1; l <= DEPTH; l++) {
            attndyn_chain_gradient_form(&c, ATTNDYN_CHAIN_SQUARED, l, Y, G);
            attndyn_chain_gradient_frozen(&c, l, Y, c.W[l], frozen);
            for (size_t j = 0; j < width[l] * width[l - 1]; j++) {
                assert_near(G[j], c.G[l][j], 1e-14);
                assert_near(frozen[j], G[j], 0);
            }
        }
        attndyn_chain_step(&c, 0.05);
    }
}

/* f_L = J_l (W_l f_{l-1}): homogeneity of the layers above. */
TEST(jacobian_maps_to_the_output) {
    double Y[N * K];
    struct attndyn_chain c = draw(_i, Y, false);
    attndyn_chain_forward(&c);
    for (size_t sample = 0; sample < N; sample++)
        for (size_t l = 1; l <= DEPTH; l++) {
            const double *J = attndyn_chain_jacobian(&c, l, sample);
            for (size_t k = 0; k < K; k++) {
                double sum = 0;
                for (size_t a = 0; a < width[l]; a++)
                    for (size_t b = 0; b < width[l - 1]; b++)
                        sum += J[k * width[l] + a] * c.W[l][a * width[l - 1] + b] *
                               c.f[l - 1][sample * width[l - 1] + b];
                assert_near(sum, c.f[DEPTH][sample * K + k], 1e-13);
            }
        }
}

/* Softmax: as the logits shrink, the linear form agrees with backpropagation to first order. */
TEST(softmax_form_at_small_logits) {
    double Y[N * K], G[30], error[2];
    for (int s = 0; s < 2; s++) {
        struct attndyn_chain c = draw(ATTNDYN_CHAIN_RELU, Y, true);
        for (size_t j = 0; j < K * width[DEPTH - 1]; j++) c.W[DEPTH][j] *= s ? 1e-3 : 1e-2;
        gradients(&c, ATTNDYN_CHAIN_SOFTMAX, Y);
        attndyn_chain_gradient_form(&c, ATTNDYN_CHAIN_SOFTMAX, DEPTH, Y, G);
        error[s] = 0;
        for (size_t j = 0; j < K * width[DEPTH - 1]; j++)
            error[s] = fmax(error[s], fabs(G[j] - c.G[DEPTH][j]));
    }
    /* y - softmax has an error of second order in f, its linear part is of first. */
    assert_relative(error[0] / error[1], 100, 0.1);
}

/* One layer: B = I, C = f f^T, J = I. */
TEST(single_layer) {
    const size_t shape[2] = {2, 2};
    struct attndyn_chain c;
    assert_ok(ctx, attndyn_chain_create(ctx, 1, shape, 1, ATTNDYN_CHAIN_RELU, 0, &c));
    const double f[] = {1, -2}, W[] = {3, 1, 0, 1}, Y[] = {0.5, 1};
    memcpy(c.f[0], f, sizeof f);
    memcpy(c.W[1], W, sizeof W);
    gradients(&c, ATTNDYN_CHAIN_SQUARED, Y);
    const double expected[] = {-0.5, 1, 3, -6}; /* (y - W f) f^T, no gate on the last layer */
    for (int j = 0; j < 4; j++) assert_near(c.G[1][j], expected[j], 1e-15);
    assert_near(attndyn_chain_loss(&c, ATTNDYN_CHAIN_SQUARED, Y), 0.5 * (0.25 + 9), 1e-15);
}

TCASE(lowrank_chain) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, backpropagation_descends_the_loss, 0, 3);
    tcase_add_loop_test(tcase, gradient_form_is_backpropagation, 0, 3);
    tcase_add_loop_test(tcase, jacobian_maps_to_the_output, 0, 3);
    tcase_add_tests(tcase, softmax_form_at_small_logits, single_layer);
}
