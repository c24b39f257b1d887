/* What is refused of published networks, and in which words: half folders, tensors that are
 * missing, unknown or of another shape, pickles. Their configs: test_foreign_config.c. */
#include "sim/data/safetensors.h"
#include "tests/transformer/foreign_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ tensors */

/* The tensors of `llama`, to be changed and written; *count of them. */
static struct attndyn_tensor *tensors_of(const char *network, size_t *count) {
    struct attndyn_safetensors file;
    const char *path =
        attndyn_format(ctx, "tests/reference/families/%s/model.safetensors", network);
    assert_ok(ctx, attndyn_safetensors_read(ctx, path, &file));
    *count = file.n_tensors;
    return file.tensors;
}

static void write_tensors(const struct attndyn_tensor *tensors, size_t count) {
    assert_ok(ctx,
              attndyn_safetensors_write(ctx, within("model.safetensors"), tensors, count, NULL, 0));
}

static struct attndyn_tensor *named(struct attndyn_tensor *tensors, size_t count,
                                    const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0) return &tensors[i];
    ck_abort_msg("no tensor %s", name);
}

TEST(tensors) {
    size_t count;
    struct attndyn_model *model;
    copy("llama", "config.json");
    struct attndyn_tensor *t = tensors_of("llama", &count);
    struct attndyn_tensor *up = named(t, count, "model.layers.1.mlp.up_proj.weight"), kept = *up;
    write_tensors(t, count);
    assert_ok(ctx, attndyn_model_open(ctx, folder, &model));

    up->name = "model.layers.1.mlp.up_project.weight";
    write_tensors(t, count);
    refused(folder, "no tensor layers.1.mlp.up_proj.weight (1 of them missing)|one too many, "
                    "model.layers.1.mlp.up_project.weight");
    up->name = "layers.1.mlp.down_proj.weight"; /* once with, once without the prefix */
    write_tensors(t, count);
    refused(folder, "is there twice|down_proj");
    *up = kept;
    up->shape[0] = kept.shape[1], up->shape[1] = kept.shape[0];
    write_tensors(t, count);
    refused(folder, "model.layers.1.mlp.up_proj.weight is (10, 14), expected (14, 10)");
    *up = kept;
    up->dimensions = 1, up->shape[0] = kept.shape[0] * kept.shape[1];
    write_tensors(t, count);
    refused(folder, "is (140), expected (14, 10)");
    *up = kept;
    up->dtype = ATTNDYN_I32;
    write_tensors(t, count);
    refused(folder, "up_proj.weight is I32|F32, F16, BF16 or F64");
    *up = kept;
    struct attndyn_tensor *norm = named(t, count, "model.norm.weight");
    norm->dtype = ATTNDYN_U32;
    write_tensors(t, count);
    refused(folder, "model.norm.weight is U32");
    norm->dtype = ATTNDYN_F32;
    norm->shape[0]--;
    write_tensors(t, count);
    refused(folder, "model.norm.weight is (9), expected (10)");
    norm->shape[0]++;
    write_tensors(t, count - 1); /* one of them is not there */
    refused(folder, "no tensor");
}

/* A file may hold tensors that are not used, if they are known not to be weights. */
TEST(extra) {
    size_t count;
    struct attndyn_model *model;
    copy("gpt2-untied", "config.json");
    struct attndyn_tensor *t = tensors_of("gpt2-untied", &count);
    struct attndyn_tensor *more = ATTNDYN_NEW(ctx, struct attndyn_tensor, count + 1);
    memcpy(more, t, count * sizeof *t);
    more[count] = (struct attndyn_tensor){.name = "transformer.h.1.attn.bias",
                                          .dtype = ATTNDYN_U8,
                                          .dimensions = 1,
                                          .shape = {3},
                                          .data = "abc"};
    write_tensors(more, count + 1);
    assert_ok(ctx, attndyn_model_open(ctx, folder, &model));
    more[count].name = "score.weight";
    write_tensors(more, count + 1);
    refused(folder, "score.weight (1 in all) has no place in this network");
}

/* A file whose numbers are not aligned is copied, not misread. */
TEST(not_aligned) {
    size_t length;
    struct attndyn_model *model, *plain;
    char *bytes = get("llama", "model.safetensors", &length);
    char *shifted = ATTNDYN_NEW(ctx, char, length + 3);
    uint64_t header;
    memcpy(&header, bytes, 8);
    memcpy(shifted, bytes, 8 + header);
    memset(shifted + 8 + header, ' ', 3);
    memcpy(shifted + 8 + header + 3, bytes + 8 + header, length - 8 - header);
    header += 3;
    memcpy(shifted, &header, 8);
    file_put(within("model.safetensors"), shifted, length + 3);
    copy("llama", "config.json");
    assert_ok(ctx, attndyn_model_open(ctx, folder, &model));
    assert_ok(ctx, attndyn_model_open(ctx, "tests/reference/families/llama", &plain));
    ck_assert_uint_eq(model->mapped, 0);
    ck_assert_uint_eq(model->copied, plain->mapped + plain->copied);
    const struct attndyn_matrix *a = &model->weights.block[1].down.weight;
    const struct attndyn_matrix *b = &plain->weights.block[1].down.weight;
    ck_assert_uint_eq((uintptr_t)a->data % sizeof(float), 0);
    ck_assert_mem_eq(a->data, b->data, a->rows * a->columns * sizeof(float));
}

/* ------------------------------------------------------------------ folders and files */

TEST(shards) {
    size_t length;
    struct attndyn_model *model;
    const char *index = "model.safetensors.index.json";
    const char *first = "model-00001-of-00002.safetensors";
    copy("gpt_neox", "config.json");
    refused(folder, "no model.safetensors and no model.safetensors.index.json");
    copy("gpt_neox", index);
    refused(folder, "cannot read|model-00001-of-00002.safetensors");
    copy("gpt_neox", first);
    copy("gpt_neox", "model-00002-of-00002.safetensors");
    assert_ok(ctx, attndyn_model_open(ctx, folder, &model));

    edit("gpt_neox", index, "\"gpt_neox.embed_in.weight\"", "\"gpt_neox.embed_out.weight\"");
    refused(folder, "no tensor gpt_neox.embed_out.weight, which the index says is there");
    edit("gpt_neox", index, "\"gpt_neox.embed_in.weight\": \"model-00001-of-00002.safetensors\",",
         "");
    refused(folder, "tensor gpt_neox.embed_in.weight is not in the index");
    edit("gpt_neox", index, "\"model-00001-of-00002", "\"model-00002-of-00002");
    refused(folder, "no tensor gpt_neox.embed_in.weight");
    edit("gpt_neox", index, "\"model-00001-of-00002", "\"../model-00001-of-00002");
    refused(folder, "lies in no file of this folder");
    edit("gpt_neox", index, "weight_map", "weights");
    refused(folder, "no object weight_map");
    edit("gpt_neox", index, "{", "");
    refused(folder, index);
    copy("gpt_neox", index);
    char *bytes = get("gpt_neox", first, &length);
    file_put(within(first), bytes, length - 1); /* cut short */
    refused(folder, "model-00001-of-00002.safetensors|cut short");
    file_put(within(first), bytes, 5);
    refused(folder, "model-00001-of-00002.safetensors");
}

TEST(pickles) {
    file_put(within("pytorch_model.bin"), "PK\3\4 and so on", 15);
    refused(folder, "no folder of a published network|config.json");
    copy("gpt2", "config.json");
    refused(folder, "is a Python pickle|save_pretrained(|safe_serialization=True");
    refused(within("pytorch_model.bin"), "is a Python pickle|save_pretrained(");
    file_put(within("pytorch_model.bin"), "\x80\2}q", 4);
    refused(within("pytorch_model.bin"), "is a Python pickle");
    file_put(within("model.bin"), "GGUF\3\0\0\0", 8);
    refused(within("model.bin"), "GGUF");
    refused("/nonexistent/network", "cannot read /nonexistent/network");
    refused(within("config.json"), "config.json|is it a file of llama2.c?");
}

/* Another framework's tensors may have the same shapes and another meaning. */
TEST(other_framework) {
    size_t count;
    struct attndyn_model *model;
    const struct attndyn_metadata flax = {"format", "flax"}, np = {"format", "np"};
    struct attndyn_tensor *t = tensors_of("llama", &count);
    copy("llama", "config.json");
    assert_ok(ctx, attndyn_safetensors_write(ctx, within("model.safetensors"), t, count, &flax, 1));
    refused(folder, "in the form of 'flax'|model.safetensors");
    assert_ok(ctx, attndyn_safetensors_write(ctx, within("model.safetensors"), t, count, &np, 1));
    assert_ok(ctx, attndyn_model_open(ctx, folder, &model));
}

/* A .safetensors file beside a config.json stands for its folder; alone it is nothing. */
TEST(beside) {
    struct attndyn_model *model;
    copy("llama", "model.safetensors");
    refused(within("model.safetensors"), "no checkpoint of ours|no config.json beside it");
    copy("llama", "config.json");
    assert_ok(ctx, attndyn_model_open(ctx, within("model.safetensors"), &model));
    ck_assert_str_eq(model->family, "llama");
}

TEST(llama2c) {
    size_t length;
    char *bytes = get("llama2c-1", "model.bin", &length), *changed;
    struct attndyn_model *model;
    const struct {
        size_t at, keep;
        int32_t value;
        const char *words;
    } cases[] = {{4, 0, 2, "version 2|quantised"},
                 {8, 0, 0, "its header says 0"},
                 {8, 0, 17, "multiple of heads"},
                 {12, 0, 11, "its header speaks of"},
                 {16, 0, 1 << 26, "its header speaks of"},
                 {20, 0, -4, "its header says -4"},
                 {24, 0, 3, "multiple of kv_heads"},
                 {28, 0, 1 << 27, "its header says 134217728"},
                 {28, 0, INT32_MIN, "its header says -2147483648"},
                 {36, 0, 1, "its header speaks of"},
                 {0, 0, 0x6b6f7374, "its header says"},
                 {8, 100, 16, "no file of llama2.c"},
                 {8, 300, 16, "half a file"},
                 {8, 3, 16, "no file of llama2.c"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        changed = ATTNDYN_NEW(ctx, char, length);
        memcpy(changed, bytes, length);
        memcpy(changed + cases[i].at, &cases[i].value, 4);
        file_put(within("model.bin"), changed, cases[i].keep ? cases[i].keep : length);
        refused(within("model.bin"), cases[i].words);
    }
    file_put(within("model.bin"), bytes, length);
    assert_ok(ctx, attndyn_model_open(ctx, within("model.bin"), &model));
}

/* A tensor of the header that is written below: F16, after the others. */
static char *entry(char *header, const char *name, size_t rows, size_t columns, size_t *at) {
    size_t bytes = 2 * (rows ? rows : 1) * columns;
    const char *shape =
        rows ? attndyn_format(ctx, "%zu,%zu", rows, columns) : attndyn_format(ctx, "%zu", columns);
    header = attndyn_format(
        ctx, "%s%c\"%s\":{\"dtype\":\"F16\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}", header,
        *at ? ',' : '{', name, shape, *at, *at + bytes);
    *at += bytes;
    return header;
}

/* A network of 6.7 billion weights in one sparse file of 13.5 GB: only its header and its vectors
 * are read, so a few megabytes of memory are enough. */
TEST(seven_billion) {
    static const char *const maps[] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                       "self_attn.o_proj", "mlp.gate_proj",    "mlp.up_proj",
                                       "mlp.down_proj"};
    const size_t d = 4096, h = 11008, V = 32000, layers = 32;
    char *header = attndyn_strdup(ctx, "");
    size_t at = 0;
    header = entry(header, "model.embed_tokens.weight", V, d, &at);
    for (size_t l = 0; l < layers; l++) {
        for (size_t i = 0; i < 7; i++)
            header = entry(header, attndyn_format(ctx, "model.layers.%zu.%s.weight", l, maps[i]),
                           i < 4 || i == 6 ? d : h, i == 6 ? h : d, &at);
        header = entry(header, attndyn_format(ctx, "model.layers.%zu.input_layernorm.weight", l), 0,
                       d, &at);
        header = entry(header,
                       attndyn_format(ctx, "model.layers.%zu.post_attention_layernorm.weight", l),
                       0, d, &at);
    }
    header = entry(header, "model.norm.weight", 0, d, &at);
    header = entry(header, "lm_head.weight", V, d, &at);
    header = attndyn_format(ctx, "%s}", header);
    while (strlen(header) % 8) header = attndyn_format(ctx, "%s ", header);
    char *start = attndyn_format(ctx, "12345678%s", header);
    uint64_t length = strlen(header);
    memcpy(start, &length, 8);
    file_put(within("model.safetensors"), start, 8 + length);
    if (truncate(within("model.safetensors"), (off_t)(8 + length + at)) != 0) {
        printf("seven_billion: skipped, no file with a hole of 13.5 GB can be made here\n");
        return;
    }
    const char *described =
        "{\"model_type\":\"llama\",\"vocab_size\":32000,\"hidden_size\":4096,"
        "\"intermediate_size\":11008,\"num_hidden_layers\":32,\"num_attention_heads\":32}";
    file_put(within("config.json"), described, strlen(described));
    struct attndyn_context *own = attndyn_context_create();
    struct attndyn_model *model;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_ok(own, attndyn_model_open(own, folder, &model));
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ms =
        (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) * 1e-6;
    printf("seven_billion: opened in %.1f ms\n", ms);
    ck_assert_uint_eq(model->numbers, 6738415616);
    ck_assert_uint_eq(model->copied, (2 * layers + 1) * d * sizeof(float));
    ck_assert_uint_eq(model->mapped, at - (2 * layers + 1) * d * 2);
    assert_at_most(ms, 1000); /* some milliseconds; not a second on any machine */
    attndyn_context_free(own);
}

/* Every allocation of an opening may fail: a status, and what was mapped is unmapped. */
TEST(memory) {
    static const char *const networks[] = {"gpt_neox", "gpt2", "gpt_neo", "mobilellm",
                                           "llama2c-0/model.bin"};
    const char *path = attndyn_format(ctx, "tests/reference/families/%s", networks[_i]);
    struct attndyn_model *model;
    uint64_t before = attndyn_allocations(ctx);
    assert_ok(ctx, attndyn_model_open(ctx, path, &model));
    uint64_t needed = attndyn_allocations(ctx) - before;
    for (uint64_t n = 1; n <= needed; n++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        attndyn_fail_allocation(ctx, n);
        enum attndyn_status status = attndyn_model_open(ctx, path, &model);
        attndyn_fail_allocation(ctx, 0);
        ck_assert_msg(status == ATTNDYN_NO_MEMORY || status == ATTNDYN_OK, "%s, %zu: %d: %s",
                      networks[_i], (size_t)n, (int)status, attndyn_message(ctx));
        attndyn_memory_release(ctx, mark);
    }
}

TCASE(foreign_refused) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, tensors, extra, not_aligned, shards, pickles, other_framework, beside,
                    llama2c, seven_billion);
    tcase_add_loop_test(tcase, memory, 0, 5);
}
