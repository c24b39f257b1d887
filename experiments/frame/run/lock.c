#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another process may have removed the file, and with it the lock, before we locked it. */
static bool still_there(int descriptor, const char *path) {
    struct stat mine, there;
    return fstat(descriptor, &mine) == 0 && stat(path, &there) == 0 &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

enum attndyn_status lock_take(struct attndyn_context *ctx, const char *path, const char *what,
                              struct lock *lock) {
    for (;;) {
        int descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
        if (descriptor < 0)
            return attndyn_fail(ctx, ATTNDYN_IO, "cannot write %.1000s: %s", path, strerror(errno));
        if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            int error = errno;
            /* Where nothing can be locked, nobody holds it. */
            if (error != EINTR && error != EWOULDBLOCK) unlink(path);
            close(descriptor);
            if (error == EINTR) continue;
            return error == EWOULDBLOCK
                       ? attndyn_fail(ctx, ATTNDYN_IO,
                                      "%.1000s is in use by another process; wait for it or name "
                                      "another",
                                      what)
                       : attndyn_fail(ctx, ATTNDYN_IO,
                                      "cannot lock %.1000s: %s (its file system may have no locks: "
                                      "name a place on another one)",
                                      path, strerror(error));
        }
        if (still_there(descriptor, path)) {
            lock->descriptor = descriptor;
            lock->path = attndyn_strdup(ctx, path);
            if (lock->path) return ATTNDYN_OK;
            unlink(path);
            close(descriptor);
            return ATTNDYN_NO_MEMORY;
        }
        close(descriptor);
    }
}

void lock_release(struct lock *lock) {
    if (!lock->path) return;
    unlink(lock->path);
    close(lock->descriptor);
    lock->path = NULL;
}
