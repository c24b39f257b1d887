/* The patterns by which published tokenizers cut a text into words, as hand-made matchers: each
 * stands for one regular expression, leftmost match, alternatives in their order, greedy. Classes
 * of code points are Unicode's by utf8proc; a byte that is no UTF-8 counts as a symbol. */
#include "codec_private.h"

#include "../lower_case.h"

#include <string.h>
#include <utf8proc.h>

enum class { LETTER, NUMBER, SPACE, OTHER };

static enum class class_of(uint32_t c) {
    if (c < 0x80){if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') return LETTER;
                  if (c >= '0' && c <= '9') return NUMBER;
                  return c == ' ' || (c >= '\t' && c <= '\r') ? SPACE : OTHER;}
if (c >= attndyn_no_code_point) return OTHER;
if (attndyn_is_white_space(c)) return SPACE;
utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) return LETTER;
if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) return NUMBER;
return OTHER;
}

/* A text, read code point by code point. */
struct text {
    const char *bytes;
    size_t length;
};

/* The class at `at`, and where the next code point is; false at the end. */
static bool look(const struct text *t, size_t at, enum class *class, size_t *next) {
    uint32_t c;
    if (at >= t->length) return false;
    *next = at + attndyn_code_point(t->bytes + at, t->length - at, &c);
    *class = class_of(c);
    return true;
}

static bool is_class(const struct text *t, size_t at, enum class wanted) {
    enum class class;
    size_t next;
    return look(t, at, &class, &next) && class == wanted;
}

/* The end of the run of a class from `at`, of at most `most` code points. */
static size_t run(const struct text *t, size_t at, enum class wanted, size_t most) {
    enum class class;
    for (size_t next; most > 0 && look(t, at, &class, &next) && class == wanted; most--) at = next;
    return at;
}

static bool is_line_end(const struct text *t, size_t at) {
    return at < t->length && (t->bytes[at] == '\n' || t->bytes[at] == '\r');
}

/* 's|'t|'re|'ve|'m|'ll|'d: the end, or `at`. `folded`: in any case, as Unicode folds it (the long s
 * is an s). */
static size_t contraction(const struct text *t, size_t at, bool folded) {
    static const char *const tails[] = {"s", "t", "re", "ve", "m", "ll", "d"};
    if (t->bytes[at] != '\'') return at;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        size_t end = at + 1;
        const char *tail = tails[i];
        for (; *tail && end < t->length; tail++) {
            char c = t->bytes[end];
            if (folded && *tail == 's' && t->length - end >= 2 &&
                memcmp(t->bytes + end, "\xC5\xBF", 2) == 0)
                end += 2;
            else if (c == *tail || (folded && c == *tail - 32))
                end++;
            else
                break;
        }
        if (!*tail) return end;
    }
    return at;
}

/* \s+(?!\S)|\s+ : white space, the last of which is left to a word that follows. */
static size_t blanks(const struct text *t, size_t at) {
    enum class class;
    size_t next, last = at, end = at;
    while (look(t, end, &class, &next) && class == SPACE) last = end, end = next;
    return end < t->length && last > at ? last : end;
}

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static size_t gpt2_word(const struct text *t, size_t at) {
    enum class class;
    size_t next, end = contraction(t, at, false);
    if (end > at) return end;
    size_t from = at + (t->bytes[at] == ' ');
    if (look(t, from, &class, &next) && class != SPACE) return run(t, next, class, SIZE_MAX);
    return blanks(t, at);
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
 * \s*[\r\n]+|\s+(?!\S)|\s+ ; `digits` at most in a number. */
static size_t llama3_word(const struct text *t, size_t at, size_t digits) {
    enum class class;
    size_t next, end = contraction(t, at, true);
    if (end > at) return end;
    look(t, at, &class, &next);
    if (class == LETTER) return run(t, next, LETTER, SIZE_MAX);
    if (class == NUMBER) return run(t, at, NUMBER, digits);
    if (!is_line_end(t, at) && is_class(t, next, LETTER)) return run(t, next, LETTER, SIZE_MAX);
    size_t from = at + (t->bytes[at] == ' ');
    if (is_class(t, from, OTHER)) {
        end = run(t, from, OTHER, SIZE_MAX);
        while (is_line_end(t, end)) end++;
        return end;
    }
    end = run(t, at, SPACE, SIZE_MAX);
    for (size_t i = end; i > at; i--)
        if (is_line_end(t, i - 1)) return i;
    return blanks(t, at);
}

/* The set of BLOOM's pattern, white space and punctuation of several scripts. */
static bool bloom_separates(uint32_t c) {
    static const uint32_t marks[] = {'(',    '|',    '.',    ',',    '!',    '?',    0x2026,
                                     0x3002, 0xFF0C, 0x3001, 0x0964, 0x06D4, 0x060C, ')'};
    if (class_of(c) == SPACE) return true;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (c == marks[i]) return true;
    return false;
}

/* Does a word begin at `at`? *next: behind its first code point that is no separator. */
static bool bloom_begins(const struct text *t, size_t at, size_t *next) {
    uint32_t c;
    size_t from = at + (t->bytes[at] == ' ');
    if (from >= t->length) return false;
    *next = from + attndyn_code_point(t->bytes + from, t->length - from, &c);
    return !bloom_separates(c);
}

/*  ?[^(\s|[.,!?...])]+ ; what lies between two matches is a word, too. */
static size_t bloom_word(const struct text *t, size_t at) {
    uint32_t c;
    size_t next, step;
    if (bloom_begins(t, at, &next)) {
        for (at = next; at < t->length; at += step) {
            step = attndyn_code_point(t->bytes + at, t->length - at, &c);
            if (bloom_separates(c)) break;
        }
        return at;
    }
    do at += attndyn_code_point(t->bytes + at, t->length - at, &c);
    while (at < t->length && !bloom_begins(t, at, &next));
    return at;
}

static size_t digits_word(const struct text *t, size_t at, size_t most) {
    enum class class;
    size_t next;
    if (is_class(t, at, NUMBER)) return run(t, at, NUMBER, most);
    while (look(t, at, &class, &next) && class != NUMBER) at = next;
    return at;
}

/* Up to the next U+2581. */
static size_t meta_word(const struct text *t, size_t at) {
    for (at++; at < t->length; at++)
        if (t->length - at >= 3 && memcmp(t->bytes + at, "\xE2\x96\x81", 3) == 0) break;
    return at;
}

size_t attndyn_word_end(enum attndyn_cut cut, const char *text, size_t length, size_t at) {
    const struct text t = {text, length};
    switch (cut) {
    case ATTNDYN_CUT_GPT2:
        return gpt2_word(&t, at);
    case ATTNDYN_CUT_BLOOM:
        return bloom_word(&t, at);
    case ATTNDYN_CUT_LLAMA3:
        return llama3_word(&t, at, 3);
    case ATTNDYN_CUT_QWEN2:
        return llama3_word(&t, at, 1);
    case ATTNDYN_CUT_DIGITS:
        return digits_word(&t, at, 1);
    case ATTNDYN_CUT_DIGIT_RUNS:
        return digits_word(&t, at, SIZE_MAX);
    case ATTNDYN_CUT_META_WORDS:
        return meta_word(&t, at);
    default:
        return length;
    }
}

bool attndyn_cut_find(const char *pattern, enum attndyn_cut *cut) {
    static const struct {
        const char *pattern;
        enum attndyn_cut cut;
    } known[] = {
        {"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
         ATTNDYN_CUT_GPT2},
        {" ?[^(\\s|[.,!?\xE2\x80\xA6\xE3\x80\x82\xEF\xBC\x8C\xE3\x80\x81\xE0\xA5\xA4\xDB\x94\xD8\x8C])]+",
         ATTNDYN_CUT_BLOOM},
        {"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
         "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
         ATTNDYN_CUT_LLAMA3},
        {"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
         "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
         ATTNDYN_CUT_QWEN2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(pattern, known[i].pattern) == 0) {
            *cut = known[i].cut;
            return true;
        }
    return false;
}
