/* The configs of published networks, as their own files say them, give their published numbers of
 * weights: nothing is left out, nothing is counted twice. docs/pretrained.md has its table from
 * here. */
#include "sim/model/transformer/foreign/config_json.h"
#include "sim/model/transformer/layout.h"
#include "tests/support.h"

#include <string.h>

static struct attndyn_context *ctx;

static void set_up(void) {
    ctx = attndyn_context_create();
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

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

START_TEST(published_sizes) {
    struct attndyn_transformer_config config;
    const struct attndyn_family *family;
    struct net_training t = {0};
    char *text = attndyn_strdup(ctx, networks[_i].config);
    for (char *c = text; *c; c++)
        if (*c == '\'') *c = '"';
    assert_ok(ctx, attndyn_config_json(ctx, text, strlen(text), networks[_i].name, 10000, &family,
                                       &config));
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
END_TEST

TCase *test_foreign_sizes(void);
TCase *test_foreign_sizes(void) {
    TCase *tcase = tcase_create("foreign_sizes");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, published_sizes, 0, NETWORKS);
    return tcase;
}
