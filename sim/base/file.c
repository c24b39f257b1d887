#include "file.h"

#include "hash.h"
#include "target.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum attndyn_status cannot(struct attndyn_context *ctx, const char *what, const char *path,
                                  int error) {
    return attndyn_fail(ctx, error == ENOMEM ? ATTNDYN_NO_MEMORY : ATTNDYN_IO,
                        "cannot %s %.1000s: %s", what, path, strerror(error));
}

enum { NAME_KEPT = 160 }; /* bytes of a target's name in its temporary name */

/* The suffix of temporary names between the file's name and the process number. It is unique to us,
 * and includes the host since processes of other hosts that share the folder are invisible here. */
static char *marker(struct attndyn_context *ctx) {
    char host[33] = "";
    (void)gethostname(host, sizeof host - 1); /* a longer one is cut; without one: none */
    host[sizeof host - 1] = '\0';
    for (char *c = host; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_') *c = '-';
    return attndyn_format(ctx, ".attndyn-tmp.%s.", host);
}

char *attndyn_file_temporary(struct attndyn_context *ctx, const char *path) {
    char *mark = marker(ctx), *name = NULL;
    const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
    size_t length = strlen(last);
    uint64_t hash = attndyn_hash_bytes(attndyn_hash_start, last, length);
    if (mark && length <= NAME_KEPT)
        name = attndyn_format(ctx, "%s%s%ld", path, mark, (long)getpid());
    else if (mark) /* the target's name may fill all that a file system allows */
        name = attndyn_format(ctx, "%.*s%.*s~%016" PRIx64 "%s%ld", (int)(last - path), path,
                              NAME_KEPT, last, hash, mark, (long)getpid());
    attndyn_free(ctx, mark);
    return name;
}

enum attndyn_status attndyn_file_begin(struct attndyn_context *ctx, struct attndyn_file *file,
                                       const char *path) {
    struct attndyn_target target;
    *file = (struct attndyn_file){0};
    ATTNDYN_TRY(attndyn_target_find(ctx, path, &target));
    file->path = target.path;
    if (target.kind == ATTNDYN_TARGET_STREAM) {
        /* Flushes what the program has printed, so that it comes first. */
        if (target.descriptor >= 0) fflush(NULL);
        int to = target.descriptor >= 0 ? dup(target.descriptor) : open(path, O_WRONLY | O_CLOEXEC);
        file->stream = to < 0 ? NULL : fdopen(to, "wb");
        if (file->stream) return ATTNDYN_OK;
        int error = errno;
        if (to >= 0) close(to);
        return cannot(ctx, "write", path, error);
    }
    file->temporary = attndyn_file_temporary(ctx, file->path);
    if (!file->temporary) return ATTNDYN_NO_MEMORY;
    file->stream = fopen(file->temporary, "wb");
    if (!file->stream) return cannot(ctx, "write", path, errno);
    return ATTNDYN_OK;
}

/* The new file gets the permissions of the one that it replaces. */
static int keep_permissions(FILE *stream, const char *path) {
    struct stat held;
    if (stat(path, &held) != 0) return 0;
    return fchmod(fileno(stream), held.st_mode & 07777) == 0 ? 0 : errno;
}

enum attndyn_status attndyn_file_commit(struct attndyn_context *ctx, struct attndyn_file *file) {
    int error = 0;
    if (ferror(file->stream)) error = EIO;
    if (fflush(file->stream) != 0) error = errno;
    if (!error && fsync(fileno(file->stream)) != 0 && errno != EINVAL && errno != EROFS)
        error = errno;
    if (!error && file->temporary) error = keep_permissions(file->stream, file->path);
    if (fclose(file->stream) != 0 && !error) error = errno;
    file->stream = NULL;
    if (!error && file->temporary && rename(file->temporary, file->path) != 0) error = errno;
    if (!error) return ATTNDYN_OK;
    if (file->temporary) unlink(file->temporary);
    return cannot(ctx, "write", file->path, error);
}

void attndyn_file_abandon(struct attndyn_file *file) {
    if (!file->stream) return;
    fclose(file->stream);
    file->stream = NULL;
    if (file->temporary) unlink(file->temporary);
}

enum attndyn_status attndyn_folder_make(struct attndyn_context *ctx, const char *path) {
    if (!*path)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the name of the folder is empty: give one, '.' for the current one");
    char *partial = attndyn_strdup(ctx, path);
    if (!partial) return ATTNDYN_NO_MEMORY;
    for (char *p = partial + 1;; p++) {
        if (*p != '/' && *p != '\0') continue;
        char here = *p;
        *p = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return cannot(ctx, "make the folder", partial, errno);
        if (here == '\0') break;
        *p = here;
    }
    struct stat about;
    if (stat(partial, &about) != 0 || !S_ISDIR(about.st_mode))
        return attndyn_fail(ctx, ATTNDYN_IO, "%s is no folder", partial);
    attndyn_free(ctx, partial);
    return ATTNDYN_OK;
}

/* Is this a temporary name made on this host, by a process that no longer exists? */
static bool left_behind(const char *name, const char *mark) {
    const char *dot = strrchr(name, '.');
    size_t before = dot ? (size_t)(dot + 1 - name) : 0, marked = strlen(mark);
    if (before <= marked || strncmp(name + before - marked, mark, marked) != 0) return false;
    const char *number = dot + 1;
    if (*number < '1' || number[strspn(number, "0123456789")] != '\0') return false;
    errno = 0;
    long pid = strtol(number, NULL, 10);
    return !errno && pid <= INT_MAX && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

enum attndyn_status attndyn_folder_tidy(struct attndyn_context *ctx, const char *path) {
    char *mark = marker(ctx);
    if (!mark) return ATTNDYN_NO_MEMORY;
    DIR *folder = opendir(path);
    if (!folder) return cannot(ctx, "list", path, errno);
    enum attndyn_status status = ATTNDYN_OK;
    for (struct dirent *entry; !status && (entry = readdir(folder));) {
        if (!left_behind(entry->d_name, mark)) continue;
        char *file = attndyn_format(ctx, "%s/%s", path, entry->d_name);
        if (!file)
            status = ATTNDYN_NO_MEMORY;
        else
            unlink(file);
        attndyn_free(ctx, file);
    }
    closedir(folder);
    attndyn_free(ctx, mark);
    return status;
}

static bool is_listed(const char *name, const char *path, const char *end) {
    const size_t length = strlen(name), size = strlen(end);
    struct stat is;
    return name[0] != '.' && length >= size && strcmp(name + length - size, end) == 0 &&
           stat(path, &is) == 0 && S_ISREG(is.st_mode);
}

static enum attndyn_status list(struct attndyn_context *ctx, DIR *open, const char *folder,
                                const char *end, char ***paths, size_t *count) {
    size_t room = 0;
    for (struct dirent *entry; errno = 0, (entry = readdir(open));) {
        char *path = attndyn_format(ctx, "%s/%s", folder, entry->d_name);
        if (!path) return ATTNDYN_NO_MEMORY;
        if (!is_listed(entry->d_name, path, end)) continue;
        ATTNDYN_GROW(ctx, *paths, *count, room, 64);
        (*paths)[(*count)++] = path;
    }
    if (errno)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read %.1000s: %s", folder,
                            strerror(errno));
    return ATTNDYN_OK;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum attndyn_status attndyn_folder_files(struct attndyn_context *ctx, const char *folder,
                                         const char *end, char ***paths, size_t *count) {
    DIR *open = opendir(folder);
    *paths = NULL, *count = 0;
    if (!open)
        return attndyn_fail(ctx, errno == ENOMEM ? ATTNDYN_NO_MEMORY : ATTNDYN_NO_INPUT,
                            "cannot read %.1000s: %s", folder, strerror(errno));
    const enum attndyn_status status = list(ctx, open, folder, end, paths, count);
    closedir(open);
    ATTNDYN_TRY(status);
    if (*count) qsort(*paths, *count, sizeof **paths, by_name);
    return ATTNDYN_OK;
}

bool attndyn_file_hash(const char *path, uint64_t *hash, uint64_t *bytes) {
    FILE *from = fopen(path, "rb");
    if (!from) return false;
    unsigned char block[1 << 16];
    size_t n;
    while ((n = fread(block, 1, sizeof block, from)) > 0) {
        *hash = attndyn_hash_bytes(*hash, block, n);
        *bytes += n;
    }
    bool whole = !ferror(from);
    fclose(from);
    return whole;
}

enum attndyn_status attndyn_file_read(struct attndyn_context *ctx, const char *path, char **text,
                                      size_t *length) {
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return attndyn_fail(ctx, errno == ENOMEM ? ATTNDYN_NO_MEMORY : ATTNDYN_NO_INPUT,
                            "cannot read %.1000s: %s", path, strerror(errno));
    size_t used = 0, room = 1 << 16;
    char *buffer = attndyn_alloc(ctx, room, 1);
    while (buffer) {
        used += fread(buffer + used, 1, room - used - 1, stream);
        if (used < room - 1) break;
        char *larger = attndyn_resize(ctx, buffer, room, 2 * room, 1);
        if (!larger)
            buffer = NULL;
        else
            buffer = larger, room *= 2;
    }
    int failed = ferror(stream) ? errno : 0;
    fclose(stream);
    if (!buffer) return ATTNDYN_NO_MEMORY;
    if (failed)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read %.1000s: %s", path,
                            strerror(failed));
    buffer[used] = '\0';
    *text = buffer;
    *length = used;
    return ATTNDYN_OK;
}

struct mapping {
    void *bytes;
    size_t length;
};

static void unmap(void *block) {
    struct mapping *map = block;
    if (map->length) munmap(map->bytes, map->length);
}

enum attndyn_status attndyn_file_map(struct attndyn_context *ctx, const char *path,
                                     const void **bytes, size_t *length) {
    struct mapping *map;
    struct stat about;
    ATTNDYN_ALLOC(ctx, map, 1);
    attndyn_on_free(map, unmap);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* opening a pipe must not block */
    int error = file < 0 || fstat(file, &about) != 0 ? errno : 0;
    if (!error && !S_ISREG(about.st_mode)) error = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
    if (!error && about.st_size > 0) {
        void *at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (at == MAP_FAILED)
            error = errno;
        else
            map->bytes = at, map->length = (size_t)about.st_size;
    }
    if (map->length) (void)posix_madvise(map->bytes, map->length, POSIX_MADV_RANDOM);
    if (file >= 0) close(file);
    if (error)
        return attndyn_fail(ctx, error == ENOMEM ? ATTNDYN_NO_MEMORY : ATTNDYN_NO_INPUT,
                            "cannot read %.1000s: %s", path, strerror(error));
    *bytes = map->length ? map->bytes : "";
    *length = map->length;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_file_be_text(struct attndyn_context *ctx, const char *origin,
                                         char **text, size_t *length) {
    if (*length >= 2 && (memcmp(*text, "\xFF\xFE", 2) == 0 || memcmp(*text, "\xFE\xFF", 2) == 0))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%.1000s: UTF-16: save it as UTF-8", origin);
    if (strlen(*text) != *length)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%.1000s: no text file (it holds a NUL)",
                            origin);
    size_t mark = strncmp(*text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    *text += mark;
    *length -= mark;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_file_read_text(struct attndyn_context *ctx, const char *path,
                                           char **text, size_t *length) {
    ATTNDYN_TRY(attndyn_file_read(ctx, path, text, length));
    return attndyn_file_be_text(ctx, path, text, length);
}

void attndyn_file_read_ahead(const void *bytes, size_t length) {
    if (length) (void)posix_madvise((void *)(uintptr_t)bytes, length, POSIX_MADV_NORMAL);
}
