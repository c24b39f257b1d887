/* A test-only library (LD_PRELOAD): a file system without locks, as some network file systems are
 * mounted. */
#include <errno.h>
#include <sys/file.h>

int flock(int descriptor, int operation) {
    (void)descriptor, (void)operation;
    errno = ENOLCK;
    return -1;
}
