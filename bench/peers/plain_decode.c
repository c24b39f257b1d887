#include "plain_decode.h"

#include <math.h>
#include <string.h>

static void norm(float *to, const float *x, const float *gain, int n) {
    float square = 0;
    for (int j = 0; j < n; j++) square += x[j] * x[j];
    float scale = 1.0f / sqrtf(square / (float)n + 1e-5f);
    for (int j = 0; j < n; j++) to[j] = gain[j] * (scale * x[j]);
}

static void product(float *to, const float *x, const float *w, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
        float sum = 0;
        for (int j = 0; j < columns; j++) sum += w[(long)i * columns + j] * x[j];
        to[i] = sum;
    }
}

static void softmax(float *x, int n) {
    float most = x[0], sum = 0;
    for (int i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    for (int i = 0; i < n; i++) {
        x[i] = expf(x[i] - most);
        sum += x[i];
    }
    for (int i = 0; i < n; i++) x[i] /= sum;
}

/* Pairs (2 i, 2 i + 1) turn; the angles are computed anew for every layer. */
static void turn(float *q, float *k, int position, int width, int kv_width, int head) {
    for (int i = 0; i < width; i += 2) {
        float angle = (float)position / powf(10000.0f, (float)(i % head) / (float)head);
        float c = cosf(angle), s = sinf(angle);
        float *both[] = {q, k};
        for (int b = 0; b < (i < kv_width ? 2 : 1); b++) {
            float u = both[b][i], v = both[b][i + 1];
            both[b][i] = u * c - v * s;
            both[b][i + 1] = u * s + v * c;
        }
    }
}

static void attend(struct plain_llama *net, const float *keys, const float *values, int position) {
    int head = net->width / net->heads, kv = net->kv_heads * head,
        group = net->heads / net->kv_heads;
    for (int h = 0; h < net->heads; h++) {
        const float *q = net->q + h * head;
        float *w = net->scores + (long)h * net->context, *to = net->a + h * head;
        int at = h / group * head;
        for (int t = 0; t <= position; t++) {
            float sum = 0;
            for (int i = 0; i < head; i++) sum += q[i] * keys[(long)t * kv + at + i];
            w[t] = sum / sqrtf((float)head);
        }
        softmax(w, position + 1);
        memset(to, 0, (unsigned long)head * sizeof *to);
        for (int t = 0; t <= position; t++)
            for (int i = 0; i < head; i++) to[i] += w[t] * values[(long)t * kv + at + i];
    }
}

void plain_decode(struct plain_llama *net, int token, int position) {
    int d = net->width, head = d / net->heads, kv = net->kv_heads * head;
    memcpy(net->x, net->embedding + (long)token * d, (unsigned long)d * sizeof *net->x);
    for (int l = 0; l < net->layers; l++) {
        const struct plain_layer *w = &net->layer[l];
        float *keys = net->keys + (long)l * net->context * kv;
        float *values = net->values + (long)l * net->context * kv;
        float *k = keys + (long)position * kv, *v = values + (long)position * kv;
        norm(net->a, net->x, w->norm1, d);
        product(net->q, net->a, w->query, d, d);
        product(k, net->a, w->key, kv, d);
        product(v, net->a, w->value, kv, d);
        turn(net->q, k, position, d, kv, head);
        attend(net, keys, values, position);
        product(net->b, net->a, w->output, d, d);
        for (int i = 0; i < d; i++) net->x[i] += net->b[i];
        norm(net->a, net->x, w->norm2, d);
        product(net->h, net->a, w->gate, net->hidden, d);
        product(net->g, net->a, w->up, net->hidden, d);
        for (int i = 0; i < net->hidden; i++)
            net->h[i] *= 1.0f / (1.0f + expf(-net->h[i])) * net->g[i];
        product(net->b, net->h, w->down, d, net->hidden);
        for (int i = 0; i < d; i++) net->x[i] += net->b[i];
    }
    norm(net->a, net->x, net->norm, d);
    product(net->logits, net->a, net->embedding, net->vocabulary, d);
}
