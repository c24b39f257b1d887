/* A tokenised text: tokens separated by white space, one paragraph a line.
 *
 * White space is ASCII's (space, tab, CR, VT, FF); LF ends a paragraph; lines without tokens are no
 * paragraphs, so LF and CRLF files give the same corpus. The bytes must be UTF-8 without control
 * characters; a byte-order mark at the start is skipped. Token ids count from 0 by falling
 * frequency, ties in string order (bytes, which for UTF-8 is the order of code points). The file is
 * streamed: memory is 4 bytes a token, 8 a paragraph, plus the vocabulary. */
#ifndef ATTNDYN_DATA_CORPUS_H
#define ATTNDYN_DATA_CORPUS_H

#include "../base/context.h"
#include "vocabulary.h"

/* A text with a longer run without white space is not tokenised. */
enum { ATTNDYN_TOKEN_BYTES_MAX = 4096 };

/* All arrays belong to the context. */
struct attndyn_corpus {
    size_t length;     /* tokens */
    size_t paragraphs; /* lines with at least one token */
    size_t vocabulary; /* distinct tokens */
    uint32_t *token;   /* (length): ids, paragraph after paragraph */
    size_t *start;     /* (paragraphs + 1): paragraph p is token[start[p]] .. token[start[p+1]-1] */
    char **name;       /* (vocabulary) */
    uint64_t *count;   /* (vocabulary): falling */
    struct attndyn_vocabulary names; /* the same names and counts, to find ids by name */
};

/* ATTNDYN_NO_INPUT: cannot be read, not UTF-8, control characters, no token at all; the message
 * names file, line and byte. */
enum attndyn_status attndyn_corpus_read(struct attndyn_context *ctx, const char *path,
                                        struct attndyn_corpus *corpus);
/* The same from memory; `origin` names the text in messages. */
enum attndyn_status attndyn_corpus_parse(struct attndyn_context *ctx, const char *text,
                                         size_t length, const char *origin,
                                         struct attndyn_corpus *corpus);
/* The id of a token; false if the text does not have it. */
bool attndyn_corpus_find(const struct attndyn_corpus *corpus, const char *name, uint32_t *id);
/* Length of the longest valid UTF-8 prefix of bytes: == length iff all is valid (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
size_t attndyn_utf8_valid_prefix(const char *bytes, size_t length);

#endif
