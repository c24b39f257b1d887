/* The report's stories: a page each, described by experiments/stories/<page>.story, which travels
 * in the program. Lines `key = value`; a line that begins with blanks goes on with the one before;
 * # comments.
 *
 *   title, order        of the page
 *   experiments         patterns, separated by blanks; the longest that matches an id decides
 *   maps = yes          the page of the named sweeps
 *   lead                what the story is, with $equations$ (tex.h)
 *   equation            a displayed equation, followed by its
 *     says              what it says, with $equations$
 *     source            paper and number
 *     checks            the ids of the checks that measure it, separated by blanks
 *   erratum             the id of a check, followed by its
 *     printed, holds    the printed form and the form that holds, with $equations$
 *   survives            of what the papers state, what holds here as well and what does not
 *   open                what could not be confirmed, or is not settled; in docs/claims.md too
 */
#ifndef FRAME_REPORT_STORY_H
#define FRAME_REPORT_STORY_H

#include "sim/base/context.h"

struct equation {
    char *tex, *says, *source, *checks; /* NULL where not given */
};

struct erratum {
    char *check, *printed, *holds;
};

/* Lines of one kind, in their order. */
struct remarks {
    char **text; /* (count) */
    size_t count;
};

struct story {
    char *page; /* "scan-and-snap": <page>.html */
    char *title, *lead, *experiments;
    long order;
    bool maps;
    struct equation *equations;
    size_t n_equations;
    struct erratum *errata;
    size_t n_errata;
    struct remarks survives, open;
};

struct stories {
    struct story *items; /* by order */
    size_t count;
};

/* All stories of the program. */
enum attndyn_status stories_read(struct attndyn_context *ctx, struct stories *stories);
/* One, from its text. */
enum attndyn_status story_parse(struct attndyn_context *ctx, const char *page, const char *text,
                                struct story *story);
/* The story of an experiment; NULL: none claims it. */
const struct story *stories_find(const struct stories *stories, const char *id);
/* The erratum told of a check; NULL: none. */
const struct erratum *stories_erratum(const struct stories *stories, const char *check);

#endif
