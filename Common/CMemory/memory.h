// Memory that is only reserved, lines of it asked for in advance, and a line's words compared at once, which Swift has
// no words for. Plain vector extensions of the compiler, so that they hold on every processor.
#ifndef MARTLET_MEMORY_H
#define MARTLET_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

typedef uint32_t line_words __attribute__((vector_size(64)));
typedef bool line_bits __attribute__((ext_vector_type(16)));

// Zeroed memory that the system gives page by page as it is first written; NULL where it gives none.
static inline void *memory_reserve(size_t bytes) {
    void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

static inline void memory_give_back(void *start, size_t bytes) { munmap(start, bytes); }

// Has the cache line that holds `address` fetched, without waiting for it. Any address will do: a wrong one is ignored.
static inline void prefetch_line(const void *address) { __builtin_prefetch(address, 1, 3); }

// One bit for each of a line's 16 words that differs from `wanted` in no bit outside `ignored`, the first word's lowest.
static inline uint32_t line_words_like(const uint32_t *words, uint32_t wanted, uint32_t ignored) {
    line_words line;
    memcpy(&line, words, sizeof line);
    line_bits hits = __builtin_convertvector(((line ^ wanted) & ~ignored) == 0, line_bits);
    uint16_t bits;
    memcpy(&bits, &hits, sizeof bits);
    return bits;
}

#endif
