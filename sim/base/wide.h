/* ATTNDYN_WIDE before a function: compiled once for each instruction set, chosen at load time.
 * Without contraction, and where the order of every sum is spelled out, the choice changes no bit.
 * Sanitized builds keep the plain code: their run-time is not up yet when the choice is made. */
#ifndef ATTNDYN_BASE_WIDE_H
#define ATTNDYN_BASE_WIDE_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ATTNDYN_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ATTNDYN_WIDE
#endif

/* A part of such a function: compiled into it, for its instruction set. */
#if defined(__GNUC__)
#define ATTNDYN_WIDE_PART __attribute__((always_inline)) static inline
#else
#define ATTNDYN_WIDE_PART static inline
#endif

#endif
