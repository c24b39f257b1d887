#include "input.h"

#include "sim/data/grammar.h"

#include <string.h>

bool text_grammar_common(const char *token) {
    for (size_t r = 0; r < ATTNDYN_GRAMMAR_COMMONS; r++)
        if (strcmp(token, attndyn_grammar_commons[r]) == 0) return true;
    return false;
}

bool text_grammar_distinct(const char *class_name, const char *token) {
    for (size_t n = 0; n < ATTNDYN_GRAMMAR_CLASSES; n++) {
        const struct attndyn_grammar_class *class = &attndyn_grammar_classes[n];
        if (strcmp(class->next, class_name) != 0) continue;
        for (size_t r = 0; r < ATTNDYN_GRAMMAR_DISTINCT; r++)
            if (strcmp(token, class->distinct[r]) == 0) return true;
    }
    return false;
}

/* A list of tokens: separated by white space if there is any (then a comma is a token like any
 * other), else by commas, unless the whole of it is one token of the text (","). Tokens that the
 * text does not have are an error if `required`. */
static enum attndyn_status token_list(struct attndyn_context *ctx, const char *key,
                                      const char *list, bool required,
                                      const struct attndyn_corpus *corpus, uint32_t **ids,
                                      size_t *count) {
    uint32_t whole;
    bool single = attndyn_corpus_find(corpus, list, &whole);
    const char *separators = single || strpbrk(list, " \t") ? " \t" : ",";
    char *copy = attndyn_strdup(ctx, list), *state = NULL;
    if (!copy) return ATTNDYN_NO_MEMORY;
    ATTNDYN_ALLOC(ctx, *ids, strlen(list) + 1);
    *count = 0;
    for (char *name = strtok_r(copy, separators, &state); name;
         name = strtok_r(NULL, separators, &state)) {
        uint32_t id;
        if (!attndyn_corpus_find(corpus, name, &id)) {
            if (!required) continue;
            return attndyn_fail(
                ctx, ATTNDYN_USAGE,
                "%s: the text has no token '%s' (tokens are compared exactly, case included)", key,
                name);
        }
        for (size_t i = 0; i < *count && required; i++)
            if ((*ids)[i] == id)
                return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: '%s' is named twice", key, name);
        (*ids)[(*count)++] = id;
    }
    attndyn_free(ctx, copy);
    return ATTNDYN_OK;
}

static enum attndyn_status count_paragraphs(struct attndyn_context *ctx, struct text_input *in) {
    const struct attndyn_corpus *c = &in->corpus;
    size_t *index, *seen; /* (vocabulary): l + 1; the last paragraph that counted, + 1 */
    ATTNDYN_ALLOC(ctx, in->paragraphs_with, in->estimate.distribution.tokens);
    ATTNDYN_ALLOC(ctx, index, c->vocabulary);
    ATTNDYN_ALLOC(ctx, seen, c->vocabulary);
    for (size_t l = 0; l < in->estimate.distribution.tokens; l++)
        index[in->estimate.token_id[l]] = l + 1;
    for (size_t p = 0; p < c->paragraphs; p++)
        for (size_t i = c->start[p]; i < c->start[p + 1]; i++) {
            uint32_t id = c->token[i];
            if (!index[id] || seen[id] == p + 1) continue;
            seen[id] = p + 1;
            in->paragraphs_with[index[id] - 1]++;
        }
    attndyn_free(ctx, index);
    attndyn_free(ctx, seen);
    return ATTNDYN_OK;
}

static enum attndyn_status read_text(const struct trial *run, const struct text *p,
                                     struct text_input *input) {
    const char *path = p->text;
    input->grammar = path[0] == '\0';
    attndyn_progress(run->ctx, "reading the text", 0, 0);
    if (!input->grammar) return scansnap_corpus_read(run->ctx, path, &input->corpus);
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_grammar_generate(run->ctx, (size_t)p->sentences, (size_t)p->words,
                                         p->common_share, (uint64_t)p->seed, &text, &length));
    ATTNDYN_TRY(attndyn_corpus_parse(run->ctx, text, length, "the grammar's text", &input->corpus));
    attndyn_free(run->ctx, text);
    return ATTNDYN_OK;
}

enum attndyn_status text_input_create(const struct trial *run, const struct text *p,
                                      struct text_input *input) {
    *input = (struct text_input){0};
    ATTNDYN_TRY(read_text(run, p, input));
    struct attndyn_text_options options = {
        .num_last = (size_t)p->num_last,
        .num_next = (size_t)p->num_next,
        .window = (size_t)p->window,
        .min_context = (size_t)p->min_context,
        .min_class = (uint64_t)p->min_class,
        .min_count = (uint64_t)p->min_count,
        .min_pair = (uint64_t)p->min_pair,
        .smoothing = p->smoothing,
        .uniform_classes = p->class_weight == class_weight_uniform,
    };
    if (options.min_context > options.window)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "min_context=%zu is more than window=%zu: no occurrence could have it",
                            options.min_context, options.window);
    const char *last = p->last;
    uint32_t *last_ids, *excluded;
    if (last[0] == '\0' && input->grammar) last = attndyn_grammar_last;
    if (last[0] != '\0') {
        ATTNDYN_TRY(
            token_list(run->ctx, "last", last, true, &input->corpus, &last_ids, &options.num_last));
        if (options.num_last == 0)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "last='%s' names no token", last);
        options.last = last_ids;
    }
    ATTNDYN_TRY(token_list(run->ctx, "exclude", p->exclude, false, &input->corpus, &excluded,
                           &options.num_excluded));
    options.excluded = excluded;
    enum attndyn_status status =
        attndyn_text_estimate(run->ctx, &input->corpus, &options, &input->estimate);
    if (status != ATTNDYN_OK) return attndyn_fail_while(run->ctx, status, "corpus");
    return count_paragraphs(run->ctx, input);
}
