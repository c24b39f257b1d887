/* The cases of test_foreign.c and test_foreign_double.c: the same in both precisions. */
#include "foreign_networks.h"

TEST(exact) {
    struct expectation e = expectation_of(networks[_i].folder);
    const attndyn_real *first = NULL; /* bit for bit the same, however many threads */
    for (int threads = 1; threads <= 3; threads++) {
        struct attndyn_model *model;
        attndyn_threads_allow(ctx, threads);
        assert_ok(ctx, attndyn_model_open(ctx, path_of(networks[_i].folder), &model));
        ck_assert_str_eq(model->family, networks[_i].family);
        ck_assert_uint_eq(model->transposed, networks[_i].transposed);
        ck_assert_uint_eq(model->fused, networks[_i].fused);
        double worst = off(&model->weights, &e);
        ck_assert_msg(worst <= tolerance, "%s: logits off by %.3g, tolerance %g",
                      networks[_i].folder, worst, tolerance);
        const attndyn_real *logits = logits_of(&model->weights, &e);
        if (first) ck_assert_mem_eq(first, logits, e.length * e.outputs * sizeof *logits);
        first = logits;
    }
}

/* A network that starts from such weights computes the same, and can be trained: a step against its
 * gradient lowers the loss. */
TEST(trainable) {
    struct expectation e = expectation_of(networks[_i].folder);
    struct attndyn_model *model;
    struct attndyn_transformer *training, *other;
    struct attndyn_transformer_config config;
    assert_ok(ctx, attndyn_model_open(ctx, path_of(networks[_i].folder), &model));
    config = model->weights.config;
    assert_ok(ctx, attndyn_transformer_create(ctx, &config, 1, e.length, &training));
    assert_ok(ctx, attndyn_transformer_take(ctx, training, &model->weights));
    assert_at_most(off(attndyn_transformer_weights(training), &e), tolerance);
    uint32_t *targets = ATTNDYN_NEW(ctx, uint32_t, e.length);
    for (size_t i = 0; i < e.length; i++) targets[i] = (e.tokens[i] + 3) % (uint32_t)e.outputs;
    struct attndyn_batch batch = {
        .sequences = 1, .length = e.length, .tokens = e.tokens, .targets = targets};
    double before = attndyn_transformer_gradient(training, &batch, 0);
    size_t count, stored;
    struct attndyn_parameter *p = attndyn_transformer_parameters(training, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < (p[i].sparse ? p[i].n_touched : p[i].rows); r++)
            for (size_t j = 0; j < p[i].columns; j++)
                p[i].value[(p[i].sparse ? p[i].touched[r] : r) * p[i].columns + j] -=
                    (attndyn_real)0.01 * p[i].gradient[r * p[i].columns + j];
    assert_at_most(attndyn_transformer_loss(training, &batch), before - 1e-3);
    attndyn_weights_bytes(attndyn_transformer_weights(training), &stored);
    ck_assert_uint_eq(stored, model->numbers);
    config.hidden++;
    assert_ok(ctx, attndyn_transformer_create(ctx, &config, 1, e.length, &other));
    ck_assert_int_eq(attndyn_transformer_take(ctx, other, &model->weights), ATTNDYN_USAGE);
}

/* A file of ATTNDYN_DATA, the folder of data that do not travel with the project; NULL, and a
 * message, where it is not here. */
static const char *data_file(const char *name) {
    const char *data = getenv("ATTNDYN_DATA");
    const char *path = attndyn_format(ctx, "%s/%s", data ? data : "", name);
    if (data && access(path, R_OK) == 0) return path;
    printf("%s: skipped, not here (ATTNDYN_DATA names the folder that has it)\n", name);
    return NULL;
}

/* llama2.c's trained network, which always takes the most probable token, against NumPy: the same
 * tokens, their likelihoods, the logits after the last. */
TEST(stories) {
    const char *path = data_file("stories260K/stories260K.bin");
    struct attndyn_safetensors file;
    struct attndyn_model *model;
    struct attndyn_transformer *engine;
    if (!path) return;
    assert_ok(ctx, attndyn_safetensors_read(ctx, "tests/reference/stories260K.safetensors", &file));
    const struct attndyn_tensor *t = attndyn_safetensors_find(&file, "ids");
    const size_t T = t->shape[0], V = 512;
    int64_t *ids = ATTNDYN_NEW(ctx, int64_t, T);
    double *nll = ATTNDYN_NEW(ctx, double, T), last[512];
    uint32_t *tokens = ATTNDYN_NEW(ctx, uint32_t, T), *targets = ATTNDYN_NEW(ctx, uint32_t, T);
    attndyn_real *logits = ATTNDYN_NEW(ctx, attndyn_real, T * V);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, t, ids));
    assert_ok(ctx, attndyn_tensor_to_double(ctx, attndyn_safetensors_find(&file, "nll"), nll));
    assert_ok(ctx, attndyn_tensor_to_double(ctx, attndyn_safetensors_find(&file, "logits"), last));
    for (size_t i = 0; i < T; i++) tokens[i] = (uint32_t)ids[i];
    for (size_t i = 0; i < T; i++) targets[i] = i + 1 < T ? tokens[i + 1] : ATTNDYN_TARGET_NONE;
    assert_ok(ctx, attndyn_model_open(ctx, path, &model));
    ck_assert_uint_eq(model->numbers, 260032);
    assert_ok(ctx, attndyn_transformer_over(ctx, &model->weights, 1, T, &engine));
    struct attndyn_batch batch = {
        .sequences = 1, .length = T, .tokens = tokens, .targets = targets};
    attndyn_transformer_logits(engine, &batch, logits);
    for (size_t i = 0; i < T; i++) {
        size_t best = 0;
        for (size_t v = 0; v < V; v++)
            if (logits[i * V + v] > logits[i * V + best]) best = v;
        if (i + 1 < T) ck_assert_uint_eq(best, tokens[i + 1]);
        if (i + 1 < T) assert_near(attndyn_transformer_losses(engine)[i], nll[i], tolerance);
    }
    for (size_t v = 0; v < V; v++) /* the logits are up to 20 in size */
        assert_near((double)logits[(T - 1) * V + v], last[v], 3 * tolerance);
}

/* Weights of every kind are counted once, and matrices stay in the file. */
TEST(counted) {
    struct attndyn_model *model;
    size_t numbers;
    assert_ok(ctx, attndyn_model_open(ctx, path_of(networks[_i].folder), &model));
    size_t bytes = attndyn_weights_bytes(&model->weights, &numbers);
    ck_assert_uint_eq(numbers, model->numbers);
    ck_assert_uint_eq(bytes, model->mapped + model->copied);
    ck_assert_uint_gt(model->mapped, 0);
    const char *line = attndyn_model_describe(ctx, model);
    ck_assert_msg(strncmp(line, model->family, strlen(model->family)) == 0, "%s", line);
    ck_assert((strstr(line, "stored (in, out)") != NULL) == (model->transposed > 0));
    ck_assert((strstr(line, "head by head") != NULL) == (model->fused > 0));
}

static TCase *cases(const char *name) {
    TCase *tcase = tcase_create(name);
    with_a_context(tcase);
    tcase_add_loop_test(tcase, exact, 0, NETWORKS);
    tcase_add_loop_test(tcase, trainable, 0, NETWORKS);
    tcase_add_test(tcase, stories);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, counted, 0, NETWORKS);
    return tcase;
}
