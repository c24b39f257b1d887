/* A row's key enters the list, and the list's keys as queries see them. */
#include "attend_private.h"

void attndyn_infer_enter(const struct attndyn_inference *s, struct infer_head *h, size_t row) {
    const struct attndyn_transformer_config *c = s->config;
    size_t a = c->head_width;
    const attndyn_real *key = s->qkv + row * infer_qkv_width(c) + (c->heads + h->kv_head) * a;
    double score = s->policy->start ? s->starts[row * c->kv_heads + h->kv_head] : 0;
    attndyn_infer_list_append(h->list, key, key + c->kv_heads * a,
                              h->piece->position + (row - h->piece->row), score);
    if (s->half && !infer_keys_turn(s)) h->list->turned++;
}

void attndyn_infer_show_keys(const struct attndyn_inference *s, struct infer_head *h) {
    h->keys = infer_list_keys(h->list);
    h->ld = h->list->room;
    if (!infer_keys_turn(s)) return;
    attndyn_infer_turn_keys(s, h->list, h->turned, h->ld);
    h->list->turned += h->list->count;
    h->keys = h->turned;
}
