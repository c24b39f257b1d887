/* What the instruction sets' files share. */
#ifndef ATTNDYN_NUM_GEMV_PRIVATE_H
#define ATTNDYN_NUM_GEMV_PRIVATE_H

#include "gemv.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define ATTNDYN_GEMV_X86 1
extern const struct attndyn_gemv attndyn_gemv_avx512, attndyn_gemv_avx2;
#else
#define ATTNDYN_GEMV_X86 0
#endif

#endif
