/* A little language whose common and distinct tokens are known: text with an answer key.
 *
 *     paragraph -> word{words} last next "."
 *
 * A paragraph draws one of the classes (all equally likely); each class has its own next word and a
 * last word that it shares with another class. Every context word is, with probability
 * `common_share`, one of the commons (the same for all classes), otherwise one of the class' own
 * distinct words; within either list the r-th word (r = 1, 2, ...) has a weight of 1/(r + 2): not
 * uniform, but none is too rare to be counted reliably. No word stands in two lists. */
#ifndef ATTNDYN_DATA_GRAMMAR_H
#define ATTNDYN_DATA_GRAMMAR_H

#include "../base/context.h"

enum { ATTNDYN_GRAMMAR_CLASSES = 6, ATTNDYN_GRAMMAR_DISTINCT = 8, ATTNDYN_GRAMMAR_COMMONS = 10 };

struct attndyn_grammar_class {
    const char *last, *next;
    const char *distinct[ATTNDYN_GRAMMAR_DISTINCT]; /* by falling probability */
};
extern const struct attndyn_grammar_class attndyn_grammar_classes[ATTNDYN_GRAMMAR_CLASSES];
extern const char
    *const attndyn_grammar_commons[ATTNDYN_GRAMMAR_COMMONS]; /* by falling probability */
/* The last words, separated by commas. */
extern const char attndyn_grammar_last[];

/* P(token | class n), exactly; 0 for words that the class does not use in its context. */
double attndyn_grammar_probability(size_t n, const char *token, double common_share);

/* A text of `paragraphs` lines, NUL-terminated, owned by the context. */
enum attndyn_status attndyn_grammar_generate(struct attndyn_context *ctx, size_t paragraphs,
                                             size_t words, double common_share, uint64_t seed,
                                             char **text, size_t *length);

#endif
