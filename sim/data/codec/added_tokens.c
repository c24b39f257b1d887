/* Tokens that stand in a text by their written form: leftmost, the longest of those that begin
 * there, with the white space beside them where they ask for it. */
#include "codec_private.h"

#include "../lower_case.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static int by_content(const void *a, const void *b) {
    const struct attndyn_added_token *x = a, *y = b;
    size_t shorter = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->content, y->content, shorter);
    if (order) return order;
    return x->length < y->length ? -1 : x->length > y->length;
}

void attndyn_added_tokens_sort(struct attndyn_added_tokens *tokens) {
    if (tokens->count) qsort(tokens->token, tokens->count, sizeof *tokens->token, by_content);
    for (size_t i = 0; i < tokens->count; i++)
        tokens->first[(unsigned char)tokens->token[i].content[0]] = true;
}

/* Among tokens low..high-1, which agree on their first `depth` bytes: the first whose byte at depth
 * is >= byte (a token that ends there comes before all). */
static size_t lower_bound(const struct attndyn_added_tokens *tokens, size_t low, size_t high,
                          size_t depth, unsigned byte) {
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct attndyn_added_token *t = &tokens->token[middle];
        if (t->length <= depth || (unsigned char)t->content[depth] < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct attndyn_added_token *attndyn_added_longest(const struct attndyn_added_tokens *tokens,
                                                        const char *text, size_t length) {
    const struct attndyn_added_token *longest = NULL;
    size_t low = 0, high = tokens->count;
    if (length == 0 || !tokens->first[(unsigned char)*text]) return NULL;
    for (size_t depth = 0; depth < length && low < high; depth++) {
        unsigned byte = (unsigned char)text[depth];
        low = lower_bound(tokens, low, high, depth, byte);
        high = lower_bound(tokens, low, high, depth, byte + 1);
        /* Contents are distinct, so a token that ends here comes first. */
        if (low < high && tokens->token[low].length == depth + 1) longest = &tokens->token[low];
    }
    return longest;
}

/* \s of the published library's own expressions: White_Space. */
static bool is_space(uint32_t c) {
    return c < attndyn_no_code_point && attndyn_is_white_space(c) && !(c >= 0x1C && c <= 0x1F);
}

/* \w: Alphabetic, marks, decimal digits, connectors, joiners. Alphabetic is letters, letter numbers
 * and, beside marks, circled and squared letters. */
static bool is_word(uint32_t c) {
    if (c >= attndyn_no_code_point) return false;
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
    return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_NL) || k == UTF8PROC_CATEGORY_PC ||
           c == 0x200C || c == 0x200D || (c >= 0x24B6 && c <= 0x24E9) ||
           (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
           (c >= 0x1F170 && c <= 0x1F189);
}

/* The code point that ends at text + at > text, and where it begins. */
static uint32_t code_point_before(const char *text, size_t at, size_t *begin) {
    uint32_t c;
    for (size_t back = at < 4 ? at : 4; back > 1; back--)
        if (attndyn_code_point(text + at - back, back, &c) == back) {
            *begin = at - back;
            return c;
        }
    *begin = at - 1;
    attndyn_code_point(text + at - 1, 1, &c);
    return c;
}

static bool stands_alone(const char *text, size_t length, size_t begin, size_t end) {
    uint32_t c;
    size_t at;
    if (begin > 0 && is_word(code_point_before(text, begin, &at))) return false;
    if (end == length) return true;
    attndyn_code_point(text + end, length - end, &c);
    return !is_word(c);
}

static size_t strip_left(const char *text, size_t begin) {
    size_t before;
    while (begin > 0 && is_space(code_point_before(text, begin, &before))) begin = before;
    return begin;
}

static size_t strip_right(const char *text, size_t length, size_t end) {
    uint32_t c;
    while (end < length) {
        size_t step = attndyn_code_point(text + end, length - end, &c);
        if (!is_space(c)) break;
        end += step;
    }
    return end;
}

/* The next token from cursor->scan on, into cursor->token_*. */
static bool find_token(const struct attndyn_added_tokens *tokens, const char *text, size_t length,
                       struct attndyn_added_cursor *k) {
    if (!tokens->count) return false;
    while (k->scan < length) {
        const struct attndyn_added_token *t =
            attndyn_added_longest(tokens, text + k->scan, length - k->scan);
        if (!t) {
            k->scan++;
            continue;
        }
        size_t begin = k->scan, end = begin + t->length;
        k->scan = end;
        if (t->single_word && !stands_alone(text, length, begin, end)) continue;
        if (t->strip_left) begin = strip_left(text, begin);
        if (t->strip_right) end = strip_right(text, length, end);
        k->token_begin = begin, k->token_end = end, k->token_id = t->id;
        return true;
    }
    return false;
}

bool attndyn_added_next(const struct attndyn_added_tokens *tokens, const char *text, size_t length,
                        struct attndyn_added_cursor *k, size_t *begin, size_t *end, uint32_t *id) {
    if (!k->pending) {
        if (find_token(tokens, text, length, k)) {
            k->pending = true;
            if (k->start < k->token_begin) {
                *begin = k->start, *end = k->token_begin, *id = ATTNDYN_ID_NONE;
                return true;
            }
        } else {
            if (k->start >= length) return false;
            *begin = k->start, *end = length, *id = ATTNDYN_ID_NONE;
            k->start = length;
            return true;
        }
    }
    *begin = k->token_begin, *end = k->token_end, *id = k->token_id;
    k->start = k->token_end;
    k->pending = false;
    return true;
}
