/* A limit on memory. Sanitizers bring their own malloc, which it does not bind: OWN_MALLOC. */
#ifndef TESTS_MEMORY_LIMIT_H
#define TESTS_MEMORY_LIMIT_H

#include <stddef.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define OWN_MALLOC 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_MALLOC 1
#endif
#endif

/* From now on this process (check gives every test its own) gets this many bytes at most, beyond
 * what its allocator holds already. */
void leave_memory(size_t bytes);

#endif
