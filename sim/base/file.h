/* Files written whole: to a temporary name beside the target, then renamed, so that a reader never
 * sees half of one. Links are followed: what they lead to is replaced, with its permissions.
 * Anything other than a regular file (a device, a pipe, /dev/stdout) is written directly. */
#ifndef ATTNDYN_BASE_FILE_H
#define ATTNDYN_BASE_FILE_H

#include "context.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct attndyn_file {
    FILE *stream;    /* write here */
    char *path;      /* the target, links followed; owned by the context */
    char *temporary; /* owned by the context; NULL: written straight to the target */
};

/* The temporary name of this process for `path`: PATH.attndyn-tmp.HOST.PID, where HOST is the
 * host's name, cut to 32 characters, with '-' for all but letters, digits and _. A file name of
 * more than 160 bytes is cut to 160 and a hash. Owned by the context; NULL when out of memory. */
char *attndyn_file_temporary(struct attndyn_context *ctx, const char *path);
/* For a named pipe this waits for a reader, as any writer does. */
enum attndyn_status attndyn_file_begin(struct attndyn_context *ctx, struct attndyn_file *file,
                                       const char *path);
/* Flushes, syncs and renames. On any failure the temporary file is removed and the message says
 * why. */
enum attndyn_status attndyn_file_commit(struct attndyn_context *ctx, struct attndyn_file *file);
void attndyn_file_abandon(struct attndyn_file *file);

/* Makes a folder and its parents. An empty path is ATTNDYN_USAGE. */
enum attndyn_status attndyn_folder_make(struct attndyn_context *ctx, const char *path);
/* Removes the temporary files that processes of this host left there when they were killed: names
 * as attndyn_file_temporary makes them, and nothing else. */
enum attndyn_status attndyn_folder_tidy(struct attndyn_context *ctx, const char *path);
/* The paths of a folder's own files whose names end so ("": all), by name; hidden ones are left
 * out. ATTNDYN_NO_INPUT: there is no such folder. */
enum attndyn_status attndyn_folder_files(struct attndyn_context *ctx, const char *folder,
                                         const char *end, char ***paths, size_t *count);
/* The hash (hash.h) of a file's bytes, folded into *hash, their number added to *bytes; false: it
 * cannot be read (errno). */
bool attndyn_file_hash(const char *path, uint64_t *hash, uint64_t *bytes);
/* The whole of a file as a NUL-terminated string (length without the NUL), owned by the context. */
enum attndyn_status attndyn_file_read(struct attndyn_context *ctx, const char *path, char **text,
                                      size_t *length);
/* Maps a regular file for reading, until the context ends (or a mark before it is released). Pages
 * are loaded one by one as they are touched, which suits a small header before gigabytes of data;
 * call attndyn_file_read_ahead before reading all of it. *bytes is aligned to a page. The file must
 * not be truncated meanwhile: touching what was cut off ends the process (SIGBUS). */
enum attndyn_status attndyn_file_map(struct attndyn_context *ctx, const char *path,
                                     const void **bytes, size_t *length);
/* From now on loading a page of a mapped file also loads the next ones. */
void attndyn_file_read_ahead(const void *bytes, size_t length);

/* The same of a text file: a byte order mark at its beginning is left out, UTF-16 and NUL bytes are
 * ATTNDYN_NO_INPUT. */
enum attndyn_status attndyn_file_read_text(struct attndyn_context *ctx, const char *path,
                                           char **text, size_t *length);
/* The same check for a text in memory; `origin` is its name in messages. */
enum attndyn_status attndyn_file_be_text(struct attndyn_context *ctx, const char *origin,
                                         char **text, size_t *length);

#endif
