/* A peer of decoding: the arithmetic of llama2.c (karpathy, MIT), written anew as plain loops, in a
 * file that is compiled with -Ofast -march=native. */
#ifndef BENCH_PEERS_PLAIN_DECODE_H
#define BENCH_PEERS_PLAIN_DECODE_H

struct plain_layer {
    const float *norm1, *query, *key, *value, *output, *norm2, *gate, *up, *down;
};
struct plain_llama {
    int width, hidden, layers, heads, kv_heads, vocabulary, context;
    const struct plain_layer *layer;
    const float *embedding, *norm; /* the head is the embedding */
    float *keys, *values;          /* (layers, context, kv_heads head width) */
    float *x, *a, *b, *q, *h, *g;  /* width; hidden: h, g */
    float *scores, *logits;        /* (heads, context); (vocabulary) */
};
/* One token at a position; logits are left in net->logits. */
void plain_decode(struct plain_llama *net, int token, int position);
#endif
