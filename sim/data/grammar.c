#include "grammar.h"

#include "../base/random.h"

#include <string.h>

const char attndyn_grammar_last[] = "the,a,my";

const struct attndyn_grammar_class attndyn_grammar_classes[ATTNDYN_GRAMMAR_CLASSES] = {
    {"the", "cat", {"whisker", "paw", "milk", "mouse", "kitten", "claw", "nap", "purr"}},
    {"the", "ship", {"sail", "anchor", "harbour", "deck", "captain", "mast", "crew", "tide"}},
    {"a", "king", {"crown", "throne", "castle", "knight", "sword", "queen", "court", "banner"}},
    {"a", "storm", {"thunder", "rain", "wind", "lightning", "cloud", "hail", "flood", "gale"}},
    {"my", "garden", {"rose", "seed", "soil", "spade", "tulip", "hedge", "bee", "compost"}},
    {"my", "engine", {"piston", "fuel", "valve", "gear", "oil", "smoke", "boiler", "steam"}},
};

const char *const attndyn_grammar_commons[ATTNDYN_GRAMMAR_COMMONS] = {
    "and", "of", "in", "to", "was", "with", "for", "it", "that", "on"};

static double weight(size_t rank) {
    return 1 / (double)(rank + 3); /* rank from 0 */
}

static double weight_sum(size_t count) {
    double sum = 0;
    for (size_t r = 0; r < count; r++) sum += weight(r);
    return sum;
}

double attndyn_grammar_probability(size_t n, const char *token, double common_share) {
    for (size_t r = 0; r < ATTNDYN_GRAMMAR_COMMONS; r++)
        if (strcmp(token, attndyn_grammar_commons[r]) == 0)
            return common_share * weight(r) / weight_sum(ATTNDYN_GRAMMAR_COMMONS);
    for (size_t r = 0; r < ATTNDYN_GRAMMAR_DISTINCT; r++)
        if (strcmp(token, attndyn_grammar_classes[n].distinct[r]) == 0)
            return (1 - common_share) * weight(r) / weight_sum(ATTNDYN_GRAMMAR_DISTINCT);
    return 0;
}

static size_t draw(struct attndyn_random *random, size_t count) {
    double u = attndyn_random_uniform(random) * weight_sum(count);
    size_t r = 0;
    while (r + 1 < count && (u -= weight(r)) >= 0) r++;
    return r;
}

enum attndyn_status attndyn_grammar_generate(struct attndyn_context *ctx, size_t paragraphs,
                                             size_t words, double common_share, uint64_t seed,
                                             char **text, size_t *length) {
    enum { LONGEST_WORD = 16 };
    struct attndyn_random random;
    size_t used = 0;
    ATTNDYN_ALLOC(ctx, *text, paragraphs * (words + 3) * LONGEST_WORD + 1);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(seed, "grammar", 0)));
    for (size_t p = 0; p < paragraphs; p++) {
        size_t n = (size_t)(attndyn_random_uniform(&random) * ATTNDYN_GRAMMAR_CLASSES);
        const struct attndyn_grammar_class *class = &attndyn_grammar_classes[n];
        for (size_t i = 0; i < words + 3; i++) {
            const char *word;
            if (i == words + 2)
                word = ".";
            else if (i == words + 1)
                word = class->next;
            else if (i == words)
                word = class->last;
            else if (attndyn_random_uniform(&random) < common_share)
                word = attndyn_grammar_commons[draw(&random, ATTNDYN_GRAMMAR_COMMONS)];
            else
                word = class->distinct[draw(&random, ATTNDYN_GRAMMAR_DISTINCT)];
            size_t size = strlen(word);
            memcpy(*text + used, word, size);
            used += size;
            (*text)[used++] = i == words + 2 ? '\n' : ' ';
        }
    }
    attndyn_random_done(&random);
    *length = used;
    return ATTNDYN_OK;
}
