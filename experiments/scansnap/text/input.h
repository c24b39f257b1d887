/* The input of scansnap/text: from its parameters to a token distribution. */
#ifndef SCANSNAP_TEXT_INPUT_H
#define SCANSNAP_TEXT_INPUT_H

#include "sim/data/text_distribution.h"
#include "text.h"

struct text_input {
    bool grammar; /* the embedded text: its answers are known */
    struct attndyn_corpus corpus;
    struct attndyn_text_estimate estimate;
    size_t *paragraphs_with; /* (M): paragraphs of the whole text that have token l */
};

/* Reads `corpus`, or generates the grammar's text where it is ""; estimates P(l|n). */
enum attndyn_status text_input_create(const struct trial *run, const struct text *p,
                                      struct text_input *input);

/* Of the grammar: is the token one of the commons; is it distinct for the class of that name? */
bool text_grammar_common(const char *token);
bool text_grammar_distinct(const char *class_name, const char *token);

#endif
