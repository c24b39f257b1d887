/* The cases of test_checkpoint.c and test_checkpoint_double.c: the same in both precisions. */
#include "sim/data/safetensors.h"
#include "sim/model/transformer/checkpoint.h"
#include "tests/folder.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEQUENCES = 3, LENGTH = 6, VOCABULARY = 13, MORE = 4 };

struct training {
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    uint64_t step, big;
    double sum[2];
};

TESTS_WITH_A_FOLDER("checkpoint", "c.safetensors");

static const char *path;
static void name_path(void) {
    path = within("c.safetensors");
}

static const struct attndyn_optimizer_options adam = {.kind = ATTNDYN_OPTIMIZER_ADAM, .clip = 1};
static const struct attndyn_optimizer_options momentum = {.kind = ATTNDYN_OPTIMIZER_SGD,
                                                          .momentum = 0.9};
static const struct attndyn_optimizer_options plain = {.kind = ATTNDYN_OPTIMIZER_SGD};

static void make(struct training *t, const char *preset, size_t layers,
                 const struct attndyn_optimizer_options *options, uint64_t seed) {
    struct attndyn_transformer_config c;
    size_t count;
    memset(t, 0, sizeof *t);
    assert_ok(ctx, attndyn_transformer_preset(ctx, preset, &c));
    c.vocabulary = VOCABULARY, c.context = LENGTH, c.layers = layers, c.width = 8, c.hidden = 5;
    c.heads = 2;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, SEQUENCES, LENGTH, &t->model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, t->model, seed));
    struct attndyn_parameter *p = attndyn_transformer_parameters(t->model, &count);
    assert_ok(ctx, attndyn_optimizer_create(ctx, options, p, count, &t->optimizer));
}

static void train(struct training *t, int steps) {
    uint32_t tokens[SEQUENCES * LENGTH], targets[SEQUENCES * LENGTH];
    for (int s = 0; s < steps; s++, t->step++) {
        for (uint32_t i = 0; i < SEQUENCES * LENGTH; i++) {
            tokens[i] = (uint32_t)(i * i + 3 * t->step) % VOCABULARY;
            targets[i] = (uint32_t)(i * i + 3 * t->step + 1) % VOCABULARY;
        }
        const struct attndyn_batch batch = {SEQUENCES, LENGTH, tokens, targets, NULL};
        t->sum[0] += attndyn_transformer_gradient(t->model, &batch, t->step);
        t->sum[1] += attndyn_optimizer_step(t->optimizer, 0.1);
    }
}

static enum attndyn_status transfer(struct training *t, bool write, bool moments,
                                    const char **text) {
    const struct attndyn_checkpoint_counter counters[] = {{"step", &t->step}, {"big", &t->big}};
    const struct attndyn_checkpoint_array arrays[] = {{"sum", t->sum, 2}};
    struct attndyn_checkpoint c = {.model = t->model,
                                   .optimizer = moments ? t->optimizer : NULL,
                                   .counters = counters,
                                   .n_counters = 2,
                                   .arrays = moments ? arrays : NULL,
                                   .n_arrays = moments,
                                   .text = *text};
    if (write) return attndyn_checkpoint_write(ctx, &c, path);
    enum attndyn_status status = attndyn_checkpoint_read(ctx, &c, path);
    *text = c.text;
    return status;
}

static void assert_equal(struct attndyn_parameter *a, struct attndyn_parameter *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(memcmp(a[i].value, b[i].value,
                             attndyn_parameter_count(&a[i]) * sizeof *a[i].value) == 0,
                      "%s differs", a[i].name);
}

static void assert_same_training(struct training *a, struct training *b) {
    size_t count, n_state, other;
    struct attndyn_parameter *p = attndyn_transformer_parameters(a->model, &count);
    assert_equal(p, attndyn_transformer_parameters(b->model, &other), count);
    ck_assert_uint_eq(count, other);
    struct attndyn_parameter *s = attndyn_optimizer_state(a->optimizer, &n_state);
    assert_equal(s, attndyn_optimizer_state(b->optimizer, &other), n_state);
    ck_assert_uint_eq(n_state, other);
    ck_assert_uint_eq(attndyn_optimizer_steps(a->optimizer), attndyn_optimizer_steps(b->optimizer));
    ck_assert_uint_eq(a->step, b->step);
    ck_assert_uint_eq(a->big, b->big);
    ck_assert(a->sum[0] == b->sum[0] && a->sum[1] == b->sum[1]);
}

static const struct {
    const char *preset;
    const struct attndyn_optimizer_options *options;
} kinds[] = {{"wlm", &adam}, {"gpt2", &momentum}, {"llama", &plain}, {"gpt2", &adam}};

/* Written, read into a network with another start, and trained on: as if never stopped. */
TEST(goes_on_bit_by_bit) {
    struct training whole, again;
    const char *text = "\"rows\"\n\xc3\xa9", *held = NULL;
    make(&whole, kinds[_i].preset, 2, kinds[_i].options, 1);
    whole.big = UINT64_MAX - 1;
    train(&whole, 3);
    assert_ok(ctx, transfer(&whole, true, true, &text));
    train(&whole, MORE);
    make(&again, kinds[_i].preset, 2, kinds[_i].options, 1);
    train(&again, 1); /* whatever it did before is gone */
    assert_ok(ctx, transfer(&again, false, true, &held));
    ck_assert_str_eq(held, text);
    ck_assert_uint_eq(again.step, 3);
    train(&again, MORE);
    assert_same_training(&whole, &again);
}

TEST(the_model_alone) {
    struct training t, other;
    const char *text = NULL;
    size_t count;
    make(&t, "wlm", 1, &adam, 1);
    train(&t, 2);
    assert_ok(ctx, transfer(&t, true, true, &text));
    make(&other, "wlm", 1, &plain, 2);
    assert_ok(ctx, transfer(&other, false, false, &text));
    ck_assert_ptr_null(text);
    struct attndyn_parameter *p = attndyn_transformer_parameters(t.model, &count);
    assert_equal(p, attndyn_transformer_parameters(other.model, &count), count);
    /* A file without moments does for a model, not for a training. */
    assert_ok(ctx, transfer(&t, true, false, &text));
    assert_ok(ctx, transfer(&other, false, false, &text));
    ck_assert_int_eq(transfer(&t, false, true, &text), ATTNDYN_NO_INPUT);
}

/* A refused file leaves the training as it was. */
static void assert_refused(struct training *t, enum attndyn_status status, const char *says) {
    const char *text = NULL;
    size_t count;
    struct attndyn_parameter *p = attndyn_transformer_parameters(t->model, &count);
    attndyn_real first = p[0].value[0], last = p[count - 1].value[0];
    uint64_t step = t->step;
    ck_assert_int_eq(transfer(t, false, true, &text), status);
    ck_assert_msg(strstr(attndyn_message(ctx), says) != NULL, "%s", attndyn_message(ctx));
    ck_assert(p[0].value[0] == first && p[count - 1].value[0] == last && t->step == step);
}

TEST(others_are_refused) {
    struct training t, other;
    const char *text = "x";
    make(&t, "wlm", 2, &adam, 1);
    train(&t, 2);
    assert_refused(&t, ATTNDYN_NO_INPUT, "cannot read");
    assert_ok(ctx, transfer(&t, true, true, &text));
    make(&other, "wlm", 1, &adam, 2);
    assert_refused(&other, ATTNDYN_USAGE, "it has layers=2, asked for is layers=1");
    make(&other, "wlm", 2, &plain, 2);
    assert_refused(&other, ATTNDYN_NO_INPUT, "is none of this run's");
    make(&other, "wlm", 2, &momentum, 2);
    assert_refused(&other, ATTNDYN_NO_INPUT, "tensor optimizer.second.");
    text = "x";
    make(&other, "wlm", 2, &plain, 2);
    assert_ok(ctx, transfer(&other, true, true, &text));
    assert_refused(&t, ATTNDYN_NO_INPUT, "no tensor optimizer.first.");
    ck_assert_int_eq(truncate(path, 4000), 0);
    assert_refused(&t, ATTNDYN_NO_INPUT, "c.safetensors");
}

/* The file with one thing changed, written again. */
enum change {
    OTHER_PRECISION,
    NO_CONFIG,
    NO_COUNTER,
    BAD_COUNTER,
    SHAPE,
    NO_STEPS,
    OTHER_COUNTER,
    OTHER_WEIGHT,
    NO_SUM,
    CHANGES
};
static const struct {
    enum attndyn_status status;
    const char *says;
} changes[CHANGES] = {{ATTNDYN_USAGE, "of the other precision"},
                      {ATTNDYN_NO_INPUT, "no config in its metadata"},
                      {ATTNDYN_NO_INPUT, "no counter.big"},
                      {ATTNDYN_NO_INPUT, "counter.big is '-1'"},
                      {ATTNDYN_USAGE, "is of another shape"},
                      {ATTNDYN_NO_INPUT, "no optimizer.steps"},
                      {ATTNDYN_NO_INPUT, "damaged"},
                      {ATTNDYN_NO_INPUT, "damaged"},
                      {ATTNDYN_NO_INPUT, "no checksum"}};

TEST(changed_files_are_refused) {
    struct training t;
    struct attndyn_safetensors file;
    const char *text = "x";
    make(&t, "wlm", 1, &adam, 1);
    train(&t, 1);
    assert_ok(ctx, transfer(&t, true, true, &text));
    assert_ok(ctx, attndyn_safetensors_read(ctx, path, &file));
    struct attndyn_metadata *kept = ATTNDYN_NEW(ctx, struct attndyn_metadata, file.n_metadata);
    static const char *const dropped[CHANGES] = {[NO_CONFIG] = "config",
                                                 [NO_COUNTER] = "counter.big",
                                                 [NO_STEPS] = "optimizer.steps",
                                                 [NO_SUM] = "checksum"};
    size_t n = 0;
    for (size_t i = 0; i < file.n_metadata; i++) {
        struct attndyn_metadata m = file.metadata[i];
        if (dropped[_i] && strcmp(m.key, dropped[_i]) == 0) continue;
        if (_i == BAD_COUNTER && strcmp(m.key, "counter.big") == 0) m.value = "-1";
        if (_i == OTHER_COUNTER && strcmp(m.key, "counter.big") == 0) m.value = "7";
        kept[n++] = m;
    }
    for (size_t i = 0; i < file.n_tensors; i++) {
        struct attndyn_tensor *tensor = &file.tensors[i];
        size_t count = attndyn_tensor_count(tensor);
        if (_i == SHAPE && tensor->dimensions == 2 && tensor->shape[0] != tensor->shape[1]) {
            size_t rows = tensor->shape[0];
            tensor->shape[0] = tensor->shape[1], tensor->shape[1] = rows;
        }
        if (_i == OTHER_WEIGHT && i == file.n_tensors / 2) { /* one bit */
            unsigned char *bytes = ATTNDYN_NEW(ctx, unsigned char, count * 8);
            memcpy(bytes, tensor->data, count * attndyn_dtype_bytes(tensor->dtype));
            bytes[0] ^= 1;
            tensor->data = bytes;
        }
        if (_i != OTHER_PRECISION || strncmp(tensor->name, "run.", 4) == 0) continue;
        float *f = ATTNDYN_NEW(ctx, float, count);
        double *d = ATTNDYN_NEW(ctx, double, count);
        assert_ok(ctx, attndyn_tensor_to_float(ctx, tensor, f));
        assert_ok(ctx, attndyn_tensor_to_double(ctx, tensor, d));
        bool is_float = tensor->dtype == ATTNDYN_F32;
        tensor->data = is_float ? (const void *)d : (const void *)f;
        tensor->dtype = is_float ? ATTNDYN_F64 : ATTNDYN_F32;
    }
    assert_ok(ctx, attndyn_safetensors_write(ctx, path, file.tensors, file.n_tensors, kept, n));
    assert_refused(&t, changes[_i].status, changes[_i].says);
}

TEST(every_failed_allocation_is_reported) {
    struct training t;
    make(&t, "wlm", 1, &adam, 1);
    const char *text = "x";
    uint64_t before = attndyn_allocations(ctx);
    assert_ok(ctx, transfer(&t, true, true, &text));
    assert_ok(ctx, transfer(&t, false, true, &text));
    uint64_t calls = attndyn_allocations(ctx) - before;
    for (uint64_t n = 1; n <= calls; n++) {
        text = "x";
        attndyn_fail_allocation(ctx, n);
        enum attndyn_status status = transfer(&t, true, true, &text);
        if (!status) status = transfer(&t, false, true, &text);
        ck_assert_msg(status == ATTNDYN_NO_MEMORY, "allocation %d: status %d", (int)n, status);
    }
}

static TCase *cases(const char *name) {
    TCase *tcase = tcase_create(name);
    in_a_folder(tcase, 60);
    tcase_add_checked_fixture(tcase, name_path, NULL);
    tcase_add_each(tcase, goes_on_bit_by_bit, kinds);
    tcase_add_tests(tcase, the_model_alone, others_are_refused);
    tcase_add_loop_test(tcase, changed_files_are_refused, 0, CHANGES);
    tcase_add_test(tcase, every_failed_allocation_is_reported);
    return tcase;
}
