/* What is refused of published networks, and in which words: half folders, configs that ask for
 * more than there is, tensors that are missing, unknown or of another shape, pickles. */
#include "sim/base/file.h"
#include "sim/data/safetensors.h"
#include "sim/model/transformer/foreign/model.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct attndyn_context *ctx;
static char folder[64];

static const char *const files[] = {"config.json",
                                    "model.safetensors",
                                    "model.safetensors.index.json",
                                    "model-00001-of-00002.safetensors",
                                    "model-00002-of-00002.safetensors",
                                    "pytorch_model.bin",
                                    "model.bin"};
enum { FILES = sizeof files / sizeof *files };

static void set_up(void) {
    ctx = attndyn_context_create();
    strcpy(folder, "/tmp/attndyn-foreign-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *in_folder(const char *name) {
    return attndyn_format(ctx, "%s/%s", folder, name);
}

static void tear_down(void) {
    for (size_t i = 0; i < FILES; i++) unlink(in_folder(files[i]));
    ck_assert_int_eq(rmdir(folder), 0);
    attndyn_context_free(ctx);
}

static void put(const char *name, const void *bytes, size_t length) {
    FILE *stream = fopen(in_folder(name), "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, length, stream), length);
    ck_assert_int_eq(fclose(stream), 0);
}

static char *get(const char *network, const char *name, size_t *length) {
    static char *bytes; /* static, as gcc would otherwise warn of a dangling pointer */
    assert_ok(ctx, attndyn_file_read(
                       ctx, attndyn_format(ctx, "tests/reference/families/%s/%s", network, name),
                       &bytes, length));
    return bytes;
}

static void copy(const char *network, const char *name) {
    size_t length;
    char *bytes = get(network, name, &length);
    put(name, bytes, length);
}

/* The file of a network with `old` replaced by `new` once. */
static void edit(const char *network, const char *name, const char *old, const char *new) {
    size_t length;
    const char *text = get(network, name, &length), *at = strstr(text, old);
    ck_assert_msg(at != NULL, "%s/%s has no %s", network, name, old);
    const char *edited =
        attndyn_format(ctx, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    put(name, edited, strlen(edited));
}

/* The opening of `path` fails for its input, in a line that has all of `words` ("a|b"). */
static void refused(const char *path, const char *words) {
    struct attndyn_model *model;
    enum attndyn_status status = attndyn_model_open(ctx, path, &model);
    const char *message = attndyn_message(ctx);
    ck_assert_msg(status == ATTNDYN_NO_INPUT, "status %d: %s", (int)status, message);
    for (const char *w = words; *w; w += strcspn(w, "|"), w += *w == '|') {
        const char *word = attndyn_format(ctx, "%.*s", (int)strcspn(w, "|"), w);
        ck_assert_msg(strstr(message, word) != NULL, "'%s' is not in: %s", word, message);
    }
    attndyn_message_clear(ctx);
}

/* ------------------------------------------------------------------ configs */

static const struct {
    const char *network, *old, *new, *words;
} configs[] = {
    {"llama", "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}",
     "rope_scaling|linear|scaled rotary positions"},
    {"llama-bare", "\"rope_type\": \"default\"", "\"rope_type\": \"llama3\"",
     "rope_parameters|llama3"},
    {"llama", "\"attention_bias\": false",
     "\"quantization_config\": {\"bits\": 4}, \"attention_bias\": false",
     "quantization_config|quantised weights"},
    {"llama", "\"attention_bias\": false", "\"num_local_experts\": 8, \"attention_bias\": false",
     "num_local_experts is 8|mixture of experts"},
    {"llama", "\"attention_bias\": false",
     "\"partial_rotary_factor\": 0.5, \"attention_bias\": false", "partial_rotary_factor is 0.5"},
    {"llama", "\"model_type\": \"llama\"", "\"model_type\": \"t5\"",
     "model_type is \"t5\"|llama, mistral, gpt2"},
    {"llama", "\"model_type\": \"llama\",", "", "model_type is not there"},
    {"llama", "\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"",
     "hidden_act is \"gelu\", expected silu"},
    {"llama", "\"hidden_size\": 10,", "", "no hidden_size|family llama"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": -10", "hidden_size is -10|whole number"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": \"10\"", "hidden_size is \"10\""},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 1e1", "hidden_size is"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 99999999999", "width is 99999999999"},
    {"llama", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 50000000",
     "50000000 layers|21 tensors"},
    {"mobilellm", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000000000000000000",
     "4000000000000000000 layers"},
    {"gpt_neo", "\"num_layers\": 2", "\"num_layers\": 2000000000", "2000000000 layers"},
    {"llama", "\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": null, \"x\": 0", NULL},
    {"llama", "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": 0",
     "tie_word_embeddings is 0, expected true or false"},
    {"llama", "\"num_attention_heads\": 4", "\"num_attention_heads\": 3", "multiple of kv_heads"},
    {"llama", "{", "[", "JSON|config.json"},
    {"llama", "\"vocab_size\": 17", "\"vocab_size\": 17, \"vocab_size\": 17", "vocab_size"},
    {"llama", "\"vocab_size\": 17", "\"vocab_size\": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
     "nested"},
    {"gpt2", "\"attn_pdrop\": 0.1", "\"scale_attn_by_inverse_layer_idx\": true",
     "scale_attn_by_inverse_layer_idx is true"},
    {"gpt2", "\"activation_function\": \"gelu_new\"", "\"activation_function\": \"tanh\"",
     "activation_function is \"tanh\""},
    {"gpt2", "\"n_layer\": 2", "\"n_layer\": 3", "no tensor h.2.ln_1.weight (12 of them missing)"},
    {"opt", "\"enable_bias\": true", "\"enable_bias\": false", "no place in this network"},
    {"opt", "\"enable_bias\": true", "\"layer_norm_elementwise_affine\": false",
     "layer_norm_elementwise_affine is false"},
    {"opt", "\"max_position_embeddings\": 11", "\"max_position_embeddings\": 13",
     "embed_positions.weight is (13, 12), expected (15, 12)"},
    {"bloom", "\"apply_residual_connection_post_layernorm\": false",
     "\"apply_residual_connection_post_layernorm\": true",
     "apply_residual_connection_post_layernorm"},
    {"gpt_neo", "\"local\"", "\"sideways\"", "attention_types is \"sideways\""},
    {"gpt_neo", "\"window_size\": 3", "\"window_size\": 0", "window_size is 0"},
    {"gpt_neo", "\"window_size\": 3",
     "\"window_size\": 3, \"attention_layers\": [\"local\", \"local\"]",
     "attention_layers says \"local\" of layer 0"},
    {"gpt_neo", "\"window_size\": 3",
     "\"window_size\": 3, \"attention_layers\": [\"global\", \"local\"]", NULL},
    {"gpt_neo", "\"window_size\": 3", "\"window_size\": 3, \"attention_layers\": [\"global\"]",
     "attention_layers is not of 2 layers"},
    {"llama", "\"hidden_size\": 10",
     "\"hidden_size\": 10, \"layer_types\": [\"full_attention\", \"sliding_attention\"]",
     "layer_types says \"sliding_attention\" of layer 1"},
    {"llama", "\"hidden_size\": 10",
     "\"hidden_size\": 10, \"layer_types\": [\"full_attention\", \"full_attention\"]", NULL},
    {"mobilellm", "\"hidden_size\"", "\"layer_types\": [\"full_attention\"], \"hidden_size\"",
     "layer_types is not of 2 layers"},
    {"mobilellm", "\"hidden_size\"",
     "\"layer_types\": [\"full_attention\", \"full_attention\"], \"hidden_size\"", NULL},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"use_sliding_window\": true",
     "use_sliding_window is true"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"attn_logit_softcapping\": 50.0",
     "attn_logit_softcapping is 50.0"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"embedding_multiplier\": 12.0",
     "embedding_multiplier is 12.0|scaled embeddings"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"logit_scale\": 1.0", NULL},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"use_qk_norm\": true",
     "use_qk_norm is true"},
    {"gpt_neo", "   1\n", "   3\n", "attention_types|2 layers"},
    {"gpt_neo", "   1\n", "   999999999999\n", "attention_types|2 layers"},
    {"llama-bare", "\"attention_bias\": true", "\"attention_bias\": false",
     "no place in this network"},
    {"llama-bare", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false",
     "no tensor lm_head.weight (1 of them missing)"},
};

TEST(config) {
    edit(configs[_i].network, "config.json", configs[_i].old, configs[_i].new);
    copy(configs[_i].network, "model.safetensors");
    struct attndyn_model *model;
    if (configs[_i].words)
        refused(folder, configs[_i].words);
    else
        assert_ok(ctx, attndyn_model_open(ctx, folder, &model));
}

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
    assert_ok(ctx, attndyn_safetensors_write(ctx, in_folder("model.safetensors"), tensors, count,
                                             NULL, 0));
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
    put("model.safetensors", shifted, length + 3);
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
    put(first, bytes, length - 1); /* cut short */
    refused(folder, "model-00001-of-00002.safetensors|cut short");
    put(first, bytes, 5);
    refused(folder, "model-00001-of-00002.safetensors");
}

TEST(pickles) {
    put("pytorch_model.bin", "PK\3\4 and so on", 15);
    refused(folder, "no folder of a published network|config.json");
    copy("gpt2", "config.json");
    refused(folder, "is a Python pickle|save_pretrained(|safe_serialization=True");
    refused(in_folder("pytorch_model.bin"), "is a Python pickle|save_pretrained(");
    put("pytorch_model.bin", "\x80\2}q", 4);
    refused(in_folder("pytorch_model.bin"), "is a Python pickle");
    put("model.bin", "GGUF\3\0\0\0", 8);
    refused(in_folder("model.bin"), "GGUF");
    refused("/nonexistent/network", "cannot read /nonexistent/network");
    refused(in_folder("config.json"), "config.json|is it a file of llama2.c?");
}

/* Another framework's tensors may have the same shapes and another meaning. */
TEST(other_framework) {
    size_t count;
    struct attndyn_model *model;
    const struct attndyn_metadata flax = {"format", "flax"}, np = {"format", "np"};
    struct attndyn_tensor *t = tensors_of("llama", &count);
    copy("llama", "config.json");
    assert_ok(ctx,
              attndyn_safetensors_write(ctx, in_folder("model.safetensors"), t, count, &flax, 1));
    refused(folder, "in the form of 'flax'|model.safetensors");
    assert_ok(ctx,
              attndyn_safetensors_write(ctx, in_folder("model.safetensors"), t, count, &np, 1));
    assert_ok(ctx, attndyn_model_open(ctx, folder, &model));
}

/* A .safetensors file beside a config.json stands for its folder; alone it is nothing. */
TEST(beside) {
    struct attndyn_model *model;
    copy("llama", "model.safetensors");
    refused(in_folder("model.safetensors"), "no checkpoint of ours|no config.json beside it");
    copy("llama", "config.json");
    assert_ok(ctx, attndyn_model_open(ctx, in_folder("model.safetensors"), &model));
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
        put("model.bin", changed, cases[i].keep ? cases[i].keep : length);
        refused(in_folder("model.bin"), cases[i].words);
    }
    put("model.bin", bytes, length);
    assert_ok(ctx, attndyn_model_open(ctx, in_folder("model.bin"), &model));
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
    put("model.safetensors", start, 8 + length);
    if (truncate(in_folder("model.safetensors"), (off_t)(8 + length + at)) != 0) {
        printf("seven_billion: skipped, no file with a hole of 13.5 GB can be made here\n");
        return;
    }
    const char *described =
        "{\"model_type\":\"llama\",\"vocab_size\":32000,\"hidden_size\":4096,"
        "\"intermediate_size\":11008,\"num_hidden_layers\":32,\"num_attention_heads\":32}";
    put("config.json", described, strlen(described));
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
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_each(tcase, config, configs);
    tcase_add_tests(tcase, tensors, extra, not_aligned, shards, pickles, other_framework, beside,
                    llama2c, seven_billion);
    tcase_add_loop_test(tcase, memory, 0, 5);
}
