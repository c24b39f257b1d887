#include "train.h"

#include "../../base/hash.h"
#include "alphabet_private.h"
#include "codec_private.h"
#include "heap_private.h"

#include <string.h>

/* A word of the text, as ids, and how often it is met. */
struct word {
    uint32_t *id; /* (length) */
    uint32_t length;
    uint64_t count;
    uint32_t seen; /* the merge that looked at it last, from 1 */
};

/* A pair of neighbours: how often it is met, and the words that have, or had, it. */
struct pair {
    uint32_t left, right;
    uint64_t count;
    uint32_t *word; /* (words) */
    uint32_t words, room;
    uint32_t touched; /* the merge that made it more frequent last, from 1 */
};

struct entry {
    uint64_t count;
    uint32_t pair;
};

struct trainer {
    struct attndyn_context *ctx;
    struct attndyn_bpe *bpe;
    struct word *word;
    size_t words, word_room;
    struct pair *pair;
    size_t pairs, pair_room;
    uint32_t *pair_slot; /* (pair_slots): pair + 1, 0 = free */
    size_t pair_slots;
    struct entry *heap;
    size_t heaped, heap_room;
    uint32_t *touched; /* pairs that the merge at hand made more frequent */
    size_t n_touched, touched_room;
    uint32_t turn; /* the merge at hand, from 1 */
};

/* ------------------------------------------------------------------ words */

struct word_table {
    size_t *slot; /* (slots): word + 1 */
    const char **text;
    size_t *length, slots, room;
};

static size_t *word_slot(const struct word_table *table, const char *text, size_t length) {
    uint64_t hash = attndyn_hash_bytes(attndyn_hash_start, text, length);
    for (size_t at = (size_t)(hash ^ hash >> 32);; at++) {
        size_t *slot = &table->slot[at & (table->slots - 1)];
        if (!*slot || (table->length[*slot - 1] == length &&
                       memcmp(table->text[*slot - 1], text, length) == 0))
            return slot;
    }
}

static enum attndyn_status grow_words(struct trainer *t, struct word_table *table) {
    size_t old = table->room;
    ATTNDYN_GROW(t->ctx, t->word, t->words, t->word_room, 1024);
    if (t->word_room == old) return ATTNDYN_OK;
    size_t room = t->word_room;
    ATTNDYN_RESIZE(t->ctx, table->text, old, room);
    ATTNDYN_RESIZE(t->ctx, table->length, old, room);
    table->room = room;
    attndyn_free(t->ctx, table->slot);
    table->slots = 2 * room;
    ATTNDYN_ALLOC(t->ctx, table->slot, table->slots);
    for (size_t w = 0; w < t->words; w++)
        *word_slot(table, table->text[w], table->length[w]) = w + 1;
    return ATTNDYN_OK;
}

/* Distinct words and their counts, in the order in which they are met. */
static enum attndyn_status count_words(struct trainer *t, const char *text, size_t length,
                                       const uint32_t byte_id[256]) {
    struct word_table table = {0};
    for (size_t at = 0, end; at < length; at = end) {
        end = attndyn_word_end(ATTNDYN_CUT_GPT2, text, length, at);
        if (end - at >= UINT32_MAX)
            return attndyn_fail(t->ctx, ATTNDYN_USAGE, "a word of %zu bytes: too long", end - at);
        ATTNDYN_TRY(grow_words(t, &table));
        size_t *slot = word_slot(&table, text + at, end - at);
        if (!*slot) {
            table.text[t->words] = text + at;
            table.length[t->words] = end - at;
            *slot = ++t->words;
        }
        t->word[*slot - 1].count++;
    }
    uint32_t *ids;
    size_t total = 0;
    for (size_t w = 0; w < t->words; w++) total += table.length[w];
    ATTNDYN_ALLOC(t->ctx, ids, total);
    for (size_t w = 0; w < t->words; w++) {
        t->word[w].id = ids;
        t->word[w].length = (uint32_t)table.length[w];
        for (size_t i = 0; i < table.length[w]; i++)
            *ids++ = byte_id[(unsigned char)table.text[w][i]];
    }
    attndyn_free(t->ctx, table.slot);
    attndyn_free(t->ctx, (void *)table.text);
    attndyn_free(t->ctx, table.length);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ pairs */

static uint32_t *pair_slot(const struct trainer *t, uint32_t left, uint32_t right) {
    uint64_t key = (uint64_t)left << 32 | right;
    for (size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20);; at++) {
        uint32_t *slot = &t->pair_slot[at & (t->pair_slots - 1)];
        if (!*slot) return slot;
        const struct pair *p = &t->pair[*slot - 1];
        if (p->left == left && p->right == right) return slot;
    }
}

static enum attndyn_status find_pair(struct trainer *t, uint32_t left, uint32_t right,
                                     struct pair **found) {
    if (2 * (t->pairs + 1) > t->pair_slots) {
        attndyn_free(t->ctx, t->pair_slot);
        t->pair_slots = t->pair_slots ? 2 * t->pair_slots : 4096;
        ATTNDYN_ALLOC(t->ctx, t->pair_slot, t->pair_slots);
        for (uint32_t p = 0; p < t->pairs; p++)
            *pair_slot(t, t->pair[p].left, t->pair[p].right) = p + 1;
    }
    uint32_t *slot = pair_slot(t, left, right);
    if (!*slot) {
        ATTNDYN_GROW(t->ctx, t->pair, t->pairs, t->pair_room, 1024);
        t->pair[t->pairs] = (struct pair){.left = left, .right = right};
        *slot = (uint32_t)++t->pairs;
    }
    *found = &t->pair[*slot - 1];
    return ATTNDYN_OK;
}

/* Counts the pairs of a word in. */
static enum attndyn_status add_pairs(struct trainer *t, uint32_t w) {
    const struct word *word = &t->word[w];
    for (uint32_t i = 0; i + 1 < word->length; i++) {
        struct pair *p;
        ATTNDYN_TRY(find_pair(t, word->id[i], word->id[i + 1], &p));
        p->count += word->count;
        if (!p->words || p->word[p->words - 1] != w) {
            ATTNDYN_GROW(t->ctx, p->word, p->words, p->room, 4);
            p->word[p->words++] = w;
        }
        if (p->touched == t->turn) continue;
        p->touched = t->turn;
        ATTNDYN_GROW(t->ctx, t->touched, t->n_touched, t->touched_room, 1024);
        t->touched[t->n_touched++] = (uint32_t)(p - t->pair);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status take_pairs(struct trainer *t, const struct word *word) {
    for (uint32_t i = 0; i + 1 < word->length; i++) {
        struct pair *p;
        ATTNDYN_TRY(find_pair(t, word->id[i], word->id[i + 1], &p));
        p->count -= word->count;
    }
    return ATTNDYN_OK;
}

/* More often first, then by ids. */
static bool goes_first(const struct trainer *t, const struct entry *a, const struct entry *b) {
    if (a->count != b->count) return a->count > b->count;
    const struct pair *x = &t->pair[a->pair], *y = &t->pair[b->pair];
    return x->left != y->left ? x->left < y->left : x->right < y->right;
}

ATTNDYN_HEAP(struct entry, struct trainer, goes_first);

static enum attndyn_status push(struct trainer *t, uint32_t pair) {
    struct entry entry = {t->pair[pair].count, pair};
    ATTNDYN_GROW(t->ctx, t->heap, t->heaped, t->heap_room, 1024);
    heap_put(t, t->heap, &t->heaped, entry);
    return ATTNDYN_OK;
}

static enum attndyn_status push_touched(struct trainer *t) {
    for (size_t i = 0; i < t->n_touched; i++) ATTNDYN_TRY(push(t, t->touched[i]));
    t->n_touched = 0;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ merges */

static void merge_in_word(struct word *word, uint32_t left, uint32_t right, uint32_t id) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < word->length; n++) {
        bool here = i + 1 < word->length && word->id[i] == left && word->id[i + 1] == right;
        word->id[n] = here ? id : word->id[i];
        i += here ? 2 : 1;
    }
    word->length = n;
}

/* Would merging this pair spell the special token? Then the pair never merges. */
static bool makes_special(const struct trainer *t, const struct pair *p) {
    const struct attndyn_bpe_token *a = &t->bpe->token[p->left], *b = &t->bpe->token[p->right];
    const char *special = t->bpe->special;
    return special && strlen(special) == (size_t)a->length + b->length &&
           memcmp(special, a->bytes, a->length) == 0 &&
           memcmp(special + a->length, b->bytes, b->length) == 0;
}

/* Could the piece be read from a file? */
static enum attndyn_status check_length(struct trainer *t, const char *bytes, size_t length) {
    if (2 * length <= ATTNDYN_LONGEST_PIECE) return ATTNDYN_OK;
    char *written;
    ATTNDYN_ALLOC(t->ctx, written, 2 * length + 1);
    const size_t size = attndyn_alphabet_write(bytes, length, written);
    attndyn_free(t->ctx, written);
    if (size <= ATTNDYN_LONGEST_PIECE) return ATTNDYN_OK;
    return attndyn_fail(t->ctx, ATTNDYN_USAGE,
                        "a word repeats itself so long that its pieces grow to %zu bytes, of which "
                        "a vocabulary may have %d: take a smaller vocabulary (%zu), or a text with "
                        "white space",
                        size, ATTNDYN_LONGEST_PIECE, t->bpe->size);
}

/* The id of what a pair makes: that of a token which reads the same, or a new one. */
static enum attndyn_status make_token(struct trainer *t, const struct pair *p, uint32_t *id,
                                      struct attndyn_piece_table *made) {
    struct attndyn_bpe *bpe = t->bpe;
    const struct attndyn_bpe_token *a = &bpe->token[p->left], *b = &bpe->token[p->right];
    size_t length = (size_t)a->length + b->length;
    char *bytes;
    ATTNDYN_ALLOC(t->ctx, bytes, length);
    memcpy(bytes, a->bytes, a->length);
    memcpy(bytes + a->length, b->bytes, b->length);
    if (attndyn_piece_table_find(made, bytes, length, id)) {
        attndyn_free(t->ctx, bytes);
        return ATTNDYN_OK;
    }
    ATTNDYN_TRY(check_length(t, bytes, length));
    *id = (uint32_t)bpe->size++;
    bpe->token[*id] = (struct attndyn_bpe_token){bytes, (uint32_t)length};
    attndyn_piece_table_add(made, bytes, length, *id);
    return ATTNDYN_OK;
}

static enum attndyn_status merge_pair(struct trainer *t, uint32_t which, uint32_t id) {
    uint32_t left = t->pair[which].left, right = t->pair[which].right;
    t->turn++;
    for (uint32_t i = 0; i < t->pair[which].words; i++) {
        uint32_t w = t->pair[which].word[i];
        struct word *word = &t->word[w];
        if (word->seen == t->turn) continue;
        word->seen = t->turn;
        ATTNDYN_TRY(take_pairs(t, word));
        merge_in_word(word, left, right, id);
        ATTNDYN_TRY(add_pairs(t, w));
    }
    return push_touched(t);
}

static enum attndyn_status merge_all(struct trainer *t, const struct attndyn_bpe_options *o,
                                     struct attndyn_piece_table *made) {
    struct attndyn_bpe *bpe = t->bpe;
    size_t room = 0;
    while (bpe->size < o->vocabulary && t->heaped > 0) {
        struct entry top = heap_take(t, t->heap, &t->heaped);
        /* its count has fallen since: put it back with the new count */
        if (t->pair[top.pair].count != top.count) {
            if (t->pair[top.pair].count < top.count && t->pair[top.pair].count > 0)
                ATTNDYN_TRY(push(t, top.pair));
            continue;
        }
        if (top.count < o->least_count || top.count == 0) break;
        ATTNDYN_TRY(attndyn_check_interrupt(t->ctx));
        if (makes_special(t, &t->pair[top.pair])) continue;
        uint32_t id;
        ATTNDYN_TRY(make_token(t, &t->pair[top.pair], &id, made));
        ATTNDYN_GROW(t->ctx, bpe->merge, bpe->merges, room, 256);
        bpe->merge[bpe->merges++] = (struct attndyn_bpe_merge){
            t->pair[top.pair].left, t->pair[top.pair].right, id, top.count};
        ATTNDYN_TRY(merge_pair(t, top.pair, id));
        attndyn_progress(t->ctx, "tokens", (double)bpe->size, (double)o->vocabulary);
    }
    return ATTNDYN_OK;
}

/* The special token and the bytes, in the order of the alphabet. */
static enum attndyn_status first_tokens(struct trainer *t, const struct attndyn_bpe_options *o,
                                        uint32_t byte_id[256], struct attndyn_piece_table *made) {
    struct attndyn_bpe *bpe = t->bpe;
    size_t least = 256 + (o->special != NULL);
    char *single;
    if (o->vocabulary < least)
        return attndyn_fail(t->ctx, ATTNDYN_USAGE,
                            "a vocabulary of %zu: expected at least %zu, the bytes%s",
                            o->vocabulary, least, o->special ? " and a special token" : "");
    ATTNDYN_ALLOC(t->ctx, bpe->token, o->vocabulary);
    ATTNDYN_ALLOC(t->ctx, single, 256);
    ATTNDYN_TRY(attndyn_piece_table_init(t->ctx, made, o->vocabulary));
    if (o->special) {
        char *special = attndyn_strdup(t->ctx, o->special);
        if (!special) return ATTNDYN_NO_MEMORY;
        bpe->special = special;
        bpe->token[bpe->size++] = (struct attndyn_bpe_token){special, (uint32_t)strlen(special)};
    }
    for (uint32_t c = 0; c < ATTNDYN_ALPHABET_END; c++) {
        unsigned byte = attndyn_alphabet_byte(c);
        if (byte == 256) continue;
        byte_id[byte] = (uint32_t)bpe->size++;
        single[byte] = (char)byte;
        bpe->token[byte_id[byte]] = (struct attndyn_bpe_token){single + byte, 1};
        attndyn_piece_table_add(made, single + byte, 1, byte_id[byte]);
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_bpe_train(struct attndyn_context *ctx, const char *text, size_t length,
                                      const struct attndyn_bpe_options *options,
                                      struct attndyn_bpe *bpe) {
    struct trainer t = {.ctx = ctx, .bpe = bpe, .turn = 1};
    struct attndyn_piece_table made;
    uint32_t byte_id[256];
    *bpe = (struct attndyn_bpe){0};
    if (options->vocabulary > INT32_MAX || options->least_count == 0)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "a vocabulary of %zu and a least count of %llu: expected at most 2^31-1 "
            "and at least 1",
            options->vocabulary, (unsigned long long)options->least_count);
    ATTNDYN_TRY(first_tokens(&t, options, byte_id, &made));
    ATTNDYN_TRY(count_words(&t, text, length, byte_id));
    for (uint32_t w = 0; w < t.words; w++) ATTNDYN_TRY(add_pairs(&t, w));
    ATTNDYN_TRY(push_touched(&t));
    ATTNDYN_TRY(merge_all(&t, options, &made));
    bpe->words = t.words;
    for (size_t w = 0; w < t.words; w++) bpe->tokens += t.word[w].count * t.word[w].length;
    for (size_t p = 0; p < t.pairs; p++) attndyn_free(ctx, t.pair[p].word);
    if (t.words) attndyn_free(ctx, t.word[0].id);
    attndyn_free(ctx, t.word);
    attndyn_free(ctx, t.pair);
    attndyn_free(ctx, t.pair_slot);
    attndyn_free(ctx, t.heap);
    attndyn_free(ctx, t.touched);
    attndyn_free(ctx, made.slot);
    return ATTNDYN_OK;
}
