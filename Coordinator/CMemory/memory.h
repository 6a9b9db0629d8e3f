// Memory that is only reserved, lines of it asked for in advance, a line's words compared at once, and words that one
// thread writes while others read, which Swift has no words for. Extensions of the compiler that hold on every processor.
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

// Makes zeros of bytes that begin a page, and gives their pages back where the system takes them; they stay readable.
static inline void memory_clear(void *start, size_t bytes) {
    if (madvise(start, bytes, MADV_DONTNEED) != 0) memset(start, 0, bytes);
}

// Words that a writer changes while readers load them. Whoever loads with `acquire` what was stored with `publish` sees
// all that was stored before it.
static inline uint32_t memory_load_32(const void *at) { return __atomic_load_n((const uint32_t *)at, __ATOMIC_RELAXED); }
static inline uint64_t memory_load_64(const void *at) { return __atomic_load_n((const uint64_t *)at, __ATOMIC_RELAXED); }
static inline uint32_t memory_acquire_32(const void *at) { return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE); }
static inline void memory_store_32(void *at, uint32_t to) { __atomic_store_n((uint32_t *)at, to, __ATOMIC_RELAXED); }
static inline void memory_store_64(void *at, uint64_t to) { __atomic_store_n((uint64_t *)at, to, __ATOMIC_RELAXED); }
static inline uint64_t memory_acquire_64(const void *at) { return __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE); }
static inline void memory_publish_64(void *at, uint64_t to) { __atomic_store_n((uint64_t *)at, to, __ATOMIC_RELEASE); }
static inline void memory_publish_32(void *at, uint32_t to) { __atomic_store_n((uint32_t *)at, to, __ATOMIC_RELEASE); }
// Loads before stay before loads and stores after; stores after stay after loads and stores before.
static inline void memory_loads_end(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void memory_stores_begin(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

// Has the cache line that holds `address` fetched, without waiting for it. Any address will do: a wrong one is ignored.
static inline void prefetch_line(const void *address) { __builtin_prefetch(address, 1, 3); }

// One bit for each of a line's 16 words that differs from `wanted` in no bit outside `ignored`, the first word's lowest.
// A word that is being written counts as before or after; loads after this stay after it.
static inline uint32_t line_words_like(const uint32_t *words, uint32_t wanted, uint32_t ignored) {
    line_words line;
    memcpy(&line, words, sizeof line);
    memory_loads_end();
    line_bits hits = __builtin_convertvector(((line ^ wanted) & ~ignored) == 0, line_bits);
    uint16_t bits;
    memcpy(&bits, &hits, sizeof bits);
    return bits;
}

#endif
