/* Normalisation forms by utf8proc, over the stretches of a text that can change at all. */
#include "codec_private.h"

#include <string.h>
#include <utf8proc.h>

/* Is a text of code points below this its own normal form? Below U+0300 nothing composes with what
 * stands before it, and NFC leaves all as it is; ASCII is its own form in all four. */
static uint32_t quiet_below(enum attndyn_form form) {
    return form == ATTNDYN_FORM_NFC ? 0x300 : 0x80;
}

static utf8proc_option_t options_of(enum attndyn_form form) {
    static const int options[] = {
        [ATTNDYN_FORM_NFC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
        [ATTNDYN_FORM_NFD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
        [ATTNDYN_FORM_NFKC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        [ATTNDYN_FORM_NFKD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT};
    return (utf8proc_option_t)options[form];
}

/* The form of a stretch of UTF-8, appended. buffer: grows. */
static enum attndyn_status append_form(struct attndyn_context *ctx, enum attndyn_form form,
                                       const char *text, size_t length, utf8proc_int32_t **buffer,
                                       size_t *room, struct attndyn_bytes *out) {
    utf8proc_option_t options = options_of(form);
    utf8proc_ssize_t needed;
    for (;;) {
        needed = utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length,
                                    *buffer, (utf8proc_ssize_t)*room, options);
        if (needed < 0)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "the text cannot be normalised: %s",
                                utf8proc_errmsg(needed));
        /* One more: the re-encoding ends its text with a NUL. */
        if ((size_t)needed + 1 <= *room) break;
        size_t more = 2 * ((size_t)needed + 1);
        ATTNDYN_RESIZE(ctx, *buffer, *room, more);
        *room = more;
    }
    utf8proc_ssize_t bytes = utf8proc_reencode(*buffer, needed, options);
    if (bytes < 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "the text cannot be normalised: %s",
                            utf8proc_errmsg(bytes));
    return attndyn_bytes_append(ctx, out, (const char *)*buffer, (size_t)bytes);
}

/* ASCII never composes with the preceding character, so it starts a new run. */
static enum attndyn_status normal_form(struct attndyn_context *ctx, enum attndyn_form form,
                                       const char *text, size_t length, struct attndyn_bytes *out) {
    const uint32_t quiet = quiet_below(form);
    utf8proc_int32_t *buffer = NULL;
    size_t room = 0, start = 0, at = 0;
    bool loud = false;
    while (at <= length) {
        uint32_t c = 0;
        size_t step = at < length ? attndyn_code_point(text + at, length - at, &c) : 1;
        bool broken = at < length && c == attndyn_no_code_point;
        if (at == length || broken || c < 0x80) {
            if (loud)
                ATTNDYN_TRY(append_form(ctx, form, text + start, at - start, &buffer, &room, out));
            else
                ATTNDYN_TRY(attndyn_bytes_append(ctx, out, text + start, at - start));
            start = at;
            loud = false;
            if (broken) {
                ATTNDYN_TRY(attndyn_bytes_append(ctx, out, text + at, 1));
                start = at + 1;
            }
        } else if (c >= quiet) {
            loud = true;
        }
        at += step;
    }
    attndyn_free(ctx, buffer);
    return ATTNDYN_OK;
}

static enum attndyn_status replace(struct attndyn_context *ctx,
                                   const struct attndyn_form_step *step, const char *text,
                                   size_t length, struct attndyn_bytes *out) {
    size_t from = strlen(step->from), to = strlen(step->to), start = 0;
    for (size_t at = 0; at + from <= length;) {
        if (memcmp(text + at, step->from, from) != 0) {
            at++;
            continue;
        }
        ATTNDYN_TRY(attndyn_bytes_append(ctx, out, text + start, at - start));
        ATTNDYN_TRY(attndyn_bytes_append(ctx, out, step->to, to));
        start = at += from;
    }
    return attndyn_bytes_append(ctx, out, text + start, length - start);
}

static bool is_quiet(enum attndyn_form form, const char *text, size_t length) {
    if (form >= ATTNDYN_FORM_PREPEND) return false;
    /* The first byte of U+0300 is 0xCC. */
    unsigned char loud = form == ATTNDYN_FORM_NFC ? 0xCC : 0x80;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= loud) return false;
    return true;
}

enum attndyn_status attndyn_normalise(struct attndyn_context *ctx,
                                      const struct attndyn_normaliser *n, const char *text,
                                      size_t length, struct attndyn_bytes scratch[2],
                                      const char **out, size_t *out_length) {
    *out = text, *out_length = length;
    for (size_t i = 0; i < n->steps; i++) {
        const struct attndyn_form_step *step = &n->step[i];
        struct attndyn_bytes *to = &scratch[*out == scratch[0].bytes && scratch[0].bytes];
        if (*out_length == 0) return ATTNDYN_OK;
        if (is_quiet(step->form, *out, *out_length)) continue;
        to->length = 0;
        if (step->form == ATTNDYN_FORM_PREPEND) {
            ATTNDYN_TRY(attndyn_bytes_append(ctx, to, step->to, strlen(step->to)));
            ATTNDYN_TRY(attndyn_bytes_append(ctx, to, *out, *out_length));
        } else if (step->form == ATTNDYN_FORM_REPLACE) {
            ATTNDYN_TRY(replace(ctx, step, *out, *out_length, to));
        } else {
            ATTNDYN_TRY(normal_form(ctx, step->form, *out, *out_length, to));
        }
        *out = to->bytes ? to->bytes : "";
        *out_length = to->length;
    }
    return ATTNDYN_OK;
}
