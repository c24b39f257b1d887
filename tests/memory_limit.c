#include "memory_limit.h"

#include <check.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

void leave_memory(size_t bytes) {
    FILE *from = fopen("/proc/self/statm", "r");
    unsigned long pages;
    ck_assert_ptr_nonnull(from);
    ck_assert_int_eq(fscanf(from, "%lu", &pages), 1);
    fclose(from);
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}
