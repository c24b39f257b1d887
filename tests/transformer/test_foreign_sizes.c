/* The configs of published networks, as their own files say them, give their published numbers of
 * weights: nothing is left out, nothing is counted twice. docs/pretrained.md has its table from
 * here. */
#include "sim/model/inference/inference.h"
#include "sim/model/transformer/foreign/config_json.h"
#include "sim/model/transformer/layout.h"
#include "tests/fixture.h"

#include <string.h>

static const struct {
    const char *name, *config;
    size_t weights; /* as its model card says, or its checkpoint holds */
    size_t maps;    /* numbers that every token meets: maps and decoder, a shared block each time */
    size_t cached;  /* numbers that a token leaves in the cache */
} networks[] = {
    {"GPT-2",
     "{'model_type':'gpt2','vocab_size':50257,'n_positions':1024,'n_embd':768,'n_layer':12,"
     "'n_head':12,'activation_function':'gelu_new','layer_norm_epsilon':1e-05}",
     124439808, 123532032, 18432},
    {"OPT-125M",
     "{'model_type':'opt','vocab_size':50272,'hidden_size':768,'word_embed_proj_dim':768,"
     "'num_hidden_layers':12,'num_attention_heads':12,'ffn_dim':3072,"
     "'max_position_embeddings':2048,'do_layer_norm_before':true}",
     125239296, 123543552, 18432},
    {"OPT-350M",
     "{'model_type':'opt','vocab_size':50272,'hidden_size':1024,'word_embed_proj_dim':512,"
     "'num_hidden_layers':24,'num_attention_heads':16,'ffn_dim':4096,"
     "'max_position_embeddings':2048,'do_layer_norm_before':false}",
     331196416, 328777728, 49152},
    {"Pythia-160M",
     "{'model_type':'gpt_neox','vocab_size':50304,'hidden_size':768,'num_hidden_layers':12,"
     "'num_attention_heads':12,'intermediate_size':3072,'hidden_act':'gelu','rotary_pct':0.25,"
     "'max_position_embeddings':2048,'tie_word_embeddings':false}",
     162322944, 123568128, 18432},
    {"MobileLLM-125M",
     "{'model_type':'mobilellm','vocab_size':32000,'hidden_size':576,'intermediate_size':1536,"
     "'num_hidden_layers':30,'num_attention_heads':9,'num_key_value_heads':3,"
     "'max_position_embeddings':2048,'tie_word_embeddings':false,'share_embedding':true,"
     "'layer_sharing':false,'rms_norm_eps':1e-05}",
     124635456, 124600320, 11520},
    {"MobileLLM-125M, layers shared",
     "{'model_type':'mobilellm','vocab_size':32000,'hidden_size':576,'intermediate_size':1536,"
     "'num_hidden_layers':30,'num_attention_heads':9,'num_key_value_heads':3,"
     "'max_position_embeddings':2048,'share_embedding':true,'layer_sharing':true}",
     124635456, 230768640, 23040},
    {"BLOOM-560M",
     "{'model_type':'bloom','vocab_size':250880,'n_embed':1024,'n_layer':24,"
     "'num_attention_heads':16,'seq_length':2048}",
     559214592, 558891008, 49152},
    {"GPT-Neo-125M",
     "{'model_type':'gpt_neo','vocab_size':50257,'hidden_size':768,'num_layers':12,'num_heads':12,"
     "'max_position_embeddings':2048,'window_size':256,"
     "'attention_types':[[['global','local'],6]]}",
     125198592, 123532032, 18432},
    {"TinyLlama-1.1B",
     "{'model_type':'llama','vocab_size':32000,'hidden_size':2048,'intermediate_size':5632,"
     "'num_hidden_layers':22,'num_attention_heads':32,'num_key_value_heads':4,"
     "'max_position_embeddings':2048,'rms_norm_eps':1e-05,'tie_word_embeddings':false}",
     1100048384, 1034420224, 11264},
    {"Llama-2-7B",
     "{'model_type':'llama','vocab_size':32000,'hidden_size':4096,'intermediate_size':11008,"
     "'num_hidden_layers':32,'num_attention_heads':32,'num_key_value_heads':32,"
     "'max_position_embeddings':4096,'rms_norm_eps':1e-05,'rope_scaling':null}",
     6738415616, 6607077376, 262144},
    {"Mistral-7B",
     "{'model_type':'mistral','vocab_size':32000,'hidden_size':4096,'intermediate_size':14336,"
     "'num_hidden_layers':32,'num_attention_heads':32,'num_key_value_heads':8,"
     "'max_position_embeddings':32768,'rms_norm_eps':1e-05,'sliding_window':4096}",
     7241732096, 7110393856, 65536},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

/* Numbers of the parameters whose name has `part`, of a block or (NULL) of the whole. */
static size_t count(const struct net_training *t, const char *prefix, const char *part,
                    int dimensions) {
    size_t numbers = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct attndyn_parameter *p = &t->parameters[i];
        if (strncmp(p->name, prefix, strlen(prefix)) != 0 || !strstr(p->name, part)) continue;
        if (dimensions == 0 || p->dimensions == dimensions) numbers += attndyn_parameter_count(p);
    }
    return numbers;
}

static struct attndyn_transformer_config config_of(int network) {
    struct attndyn_transformer_config config;
    const struct attndyn_family *family;
    char *text = attndyn_strdup(ctx, networks[network].config);
    for (char *c = text; *c; c++)
        if (*c == '\'') *c = '"';
    assert_ok(ctx, attndyn_config_json(ctx, text, strlen(text), networks[network].name, 10000,
                                       &family, &config));
    return config;
}

TEST(published_sizes) {
    struct attndyn_transformer_config config = config_of(_i);
    struct net_training t = {0};
    assert_ok(ctx, attndyn_net_describe(ctx, &config, &t));
    ck_assert_msg(count(&t, "", "", 0) == networks[_i].weights, "%s: %zu weights, expected %zu",
                  networks[_i].name, count(&t, "", "", 0), networks[_i].weights);
    size_t each = count(&t, "layers.0.", "", 2);
    size_t maps = config.layers * each + count(&t, "project", "", 2) +
                  config.outputs * config.embedding_width;
    ck_assert_msg(maps == networks[_i].maps, "%s: %zu numbers in maps, expected %zu",
                  networks[_i].name, maps, networks[_i].maps);
    ck_assert_uint_eq(2 * config.layers * config.kv_heads * config.head_width, networks[_i].cached);
}

/* A map in half precision that nobody reads. */
static struct attndyn_weights_linear map(size_t rows, size_t columns) {
    static const char nothing;
    return (struct attndyn_weights_linear){.weight = {.data = &nothing,
                                                      .dtype = ATTNDYN_F16,
                                                      .rows = rows,
                                                      .columns = columns,
                                                      .stride = columns,
                                                      .group = rows}};
}

/* What inference takes beside the mapped weights is its cache and, in single precision, about one
 * layer. */
TEST(memory_is_the_cache_and_a_layer) {
    enum { TOKENS = 1024 };
    struct attndyn_weights w = {.config = config_of(_i), .blocks = 1};
    const struct attndyn_transformer_config *c = &w.config;
    size_t d = c->width, h = c->hidden, q = c->heads * c->head_width, *layer_map;
    size_t kv = c->kv_heads * c->head_width, e = c->embedding_width;
    bool gated = c->mlp == ATTNDYN_MLP_SWIGLU;
    struct attndyn_weights_block block = {.query = map(q, d),
                                          .key = map(kv, d),
                                          .value = map(kv, d),
                                          .output = map(d, q),
                                          .up = map(h, d),
                                          .down = map(d, h)};
    if (gated) block.gate = map(h, d);
    layer_map = ATTNDYN_NEW(ctx, size_t, c->layers);
    w.layer_map = layer_map;
    w.block = &block;
    w.embedding = map(c->vocabulary, e).weight;
    w.decoder = map(c->outputs, e);
    if (e != d) w.project_in = map(d, e).weight, w.project_out = map(e, d).weight;
    struct attndyn_inference *s;
    size_t cache, scratch, own;
    assert_ok(ctx, attndyn_inference_create(
                       ctx, &w, &(struct attndyn_inference_options){.capacity = TOKENS}, &s));
    attndyn_inference_memory(s, &cache, &scratch, &own);
    double layer = 4. * (double)(2 * d * q + 2 * d * kv + (gated ? 3 : 2) * d * h);
    double sum = 4. * (double)networks[_i].cached * TOKENS + layer;
    ck_assert_uint_eq(own, 0);
    ck_assert_msg((double)(cache + scratch) <= 1.1 * sum,
                  "%s: %.4g MB of cache and %.4g MB of scratch; cache and layer are %.4g MB",
                  networks[_i].name, (double)cache / 1e6, (double)scratch / 1e6, sum / 1e6);
}

TCASE(foreign_sizes) {
    with_a_context(tcase);
    tcase_add_loop_test(tcase, published_sizes, 0, NETWORKS);
    tcase_add_loop_test(tcase, memory_is_the_cache_and_a_layer, 0, NETWORKS);
}
