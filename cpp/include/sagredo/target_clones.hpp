// SAGREDO_CLONES before a function compiles it for several generations of x86-64 and picks one when the program starts.
// All of them give the same bits: sums are written with a fixed order, and contraction is off.
#pragma once

// Sanitizers run before the loader has resolved such functions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define SAGREDO_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SAGREDO_CLONES
#endif
