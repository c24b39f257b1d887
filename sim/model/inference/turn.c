/* RoPE (Su et al. 2021): pair j of the first R = fraction a coordinates of a head turns by
 * position base^(-2 j / R). A position's angles are computed in double, whatever its size. */
#include "inference_private.h"

#include "../../base/wide.h"

#include <math.h>
#include <string.h>

static void angles(const struct attndyn_inference *s, uint64_t position, attndyn_real *to) {
    for (size_t j = 0; j < s->half; j++) {
        double angle = (double)position * s->frequency[j];
        to[2 * j] = (attndyn_real)cos(angle);
        to[2 * j + 1] = (attndyn_real)sin(angle);
    }
}

enum attndyn_status attndyn_infer_turns_create(struct attndyn_context *ctx,
                                               struct attndyn_inference *s, size_t positions,
                                               size_t ranks) {
    const struct attndyn_transformer_config *c = s->config;
    if (c->position != ATTNDYN_POSITION_ROPE_HALF &&
        c->position != ATTNDYN_POSITION_ROPE_INTERLEAVED)
        return ATTNDYN_OK;
    s->half = (size_t)((double)c->head_width * c->rope_fraction) / 2;
    s->turned = positions > ranks ? positions : ranks;
    ATTNDYN_ALLOC(ctx, s->frequency, s->half);
    for (size_t j = 0; j < s->half; j++)
        s->frequency[j] = pow(c->rope_base, -(double)j / (double)s->half);
    ATTNDYN_ALLOC(ctx, s->turns, s->turned * s->half * 2);
    for (size_t t = 0; t < s->turned; t++) angles(s, t, s->turns + t * s->half * 2);
    s->scratch_bytes += s->turned * s->half * 2 * sizeof *s->turns;
    if (!infer_keys_turn(s)) return ATTNDYN_OK;
    s->ranks = ranks;
    ATTNDYN_ALLOC(ctx, s->rank_cos, s->half * ranks);
    ATTNDYN_ALLOC(ctx, s->rank_sin, s->half * ranks);
    for (size_t t = 0; t < ranks; t++)
        for (size_t j = 0; j < s->half; j++) {
            s->rank_cos[j * ranks + t] = s->turns[(t * s->half + j) * 2];
            s->rank_sin[j * ranks + t] = s->turns[(t * s->half + j) * 2 + 1];
        }
    s->scratch_bytes += ranks * s->half * 2 * sizeof *s->turns;
    return ATTNDYN_OK;
}

const attndyn_real *attndyn_infer_turns_at(const struct attndyn_inference *s, uint64_t position,
                                           attndyn_real *room) {
    if (position < s->turned) return s->turns + (size_t)position * s->half * 2;
    angles(s, position, room);
    return room;
}

void attndyn_infer_turns_ready(struct attndyn_inference *s) {
    for (size_t i = 0; s->half && i < s->pieces; i++)
        for (size_t r = 0; r < s->piece[i].count; r++) {
            const size_t row = s->piece[i].row + r;
            const uint64_t at = infer_keys_turn(s) ? s->place[row] : s->piece[i].position + r;
            s->row_turns[row] = attndyn_infer_turns_at(s, at, s->angles + row * s->half * 2);
        }
}

void attndyn_infer_turn(const struct attndyn_inference *s, const attndyn_real *turns,
                        attndyn_real *x) {
    bool interleaved = s->config->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    size_t apart = interleaved ? 1 : s->half, step = interleaved ? 2 : 1;
    for (size_t j = 0; j < s->half; j++) {
        attndyn_real cosine = turns[2 * j], sine = turns[2 * j + 1];
        attndyn_real u = x[j * step], v = x[j * step + apart];
        x[j * step] = u * cosine - v * sine;
        x[j * step + apart] = u * sine + v * cosine;
    }
}

/* One pair of coordinates of n keys. */
ATTNDYN_WIDE static void turn_pair(size_t n, const attndyn_real *restrict cosine,
                                   const attndyn_real *restrict sine,
                                   const attndyn_real *restrict u, const attndyn_real *restrict v,
                                   attndyn_real *restrict to_u, attndyn_real *restrict to_v) {
    for (size_t i = 0; i < n; i++) {
        to_u[i] = u[i] * cosine[i] - v[i] * sine[i];
        to_v[i] = u[i] * sine[i] + v[i] * cosine[i];
    }
}

void attndyn_infer_turn_keys(const struct attndyn_inference *s, const struct infer_list *list,
                             attndyn_real *to, size_t ld) {
    bool interleaved = s->config->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    size_t apart = interleaved ? 1 : s->half, step = interleaved ? 2 : 1, n = list->count;
    const attndyn_real *key = infer_list_keys(list);
    for (size_t j = 0; j < s->half; j++) {
        size_t u = j * step, v = u + apart;
        turn_pair(n, s->rank_cos + j * s->ranks, s->rank_sin + j * s->ranks, key + u * list->room,
                  key + v * list->room, to + u * ld, to + v * ld);
    }
    for (size_t x = 2 * s->half; x < list->width; x++)
        memcpy(to + x * ld, key + x * list->room, n * sizeof *to);
}
