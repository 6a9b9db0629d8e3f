// Searches that look at 64 bytes a step, which Swift's SIMD types cannot turn into a word of bits. Plain vector
// extensions of the compiler, so that they hold on every processor; on x86-64 those with AVX2 get code of their own.
#ifndef MARTLET_BYTE_SCAN_H
#define MARTLET_BYTE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BYTE_SCAN_INLINE static inline __attribute__((always_inline))

typedef uint8_t byte_scan_block __attribute__((vector_size(64)));
typedef bool byte_scan_bits __attribute__((ext_vector_type(64)));

// One bit for each of 64 bytes that is `wanted`, the first byte's lowest.
BYTE_SCAN_INLINE uint64_t byte_scan_equal(const uint8_t *bytes, uint8_t wanted) {
    byte_scan_block block;
    memcpy(&block, bytes, sizeof block);
    byte_scan_bits hits = __builtin_convertvector(block == wanted, byte_scan_bits);
    uint64_t bits;
    memcpy(&bits, &hits, sizeof bits);
    return bits;
}

// Which bytes a backslash before them escapes. `*carry` is 1 where the byte before these ended in an open backslash.
BYTE_SCAN_INLINE uint64_t byte_scan_escaped(uint64_t backslashes, uint64_t *carry) {
    uint64_t escaped = backslashes << 1 | *carry;
    if ((escaped & backslashes) == 0) {
        *carry = backslashes >> 63;
        return escaped;
    }
    // Of backslashes in a row each second one is escaped itself and escapes nothing.
    escaped = *carry;
    uint64_t rest = backslashes & ~escaped;
    *carry = 0;
    while (rest != 0) {
        uint64_t one = rest & -rest;
        escaped |= one << 1;
        *carry = one >> 63;
        rest &= ~(one | one << 1);
    }
    return escaped;
}

BYTE_SCAN_INLINE size_t byte_scan_string_end_any(const uint8_t *bytes, size_t position, size_t count) {
    uint64_t carry = 0;
    for (; count - position >= 64; position += 64) {
        uint64_t quotes = byte_scan_equal(bytes + position, '"');
        quotes &= ~byte_scan_escaped(byte_scan_equal(bytes + position, '\\'), &carry);
        if (quotes != 0) return position + (size_t)__builtin_ctzll(quotes) + 1;
    }
    for (; position < count; position++) {
        if (carry != 0) carry = 0;
        else if (bytes[position] == '"') return position + 1;
        else if (bytes[position] == '\\') carry = 1;
    }
    return 0;
}

BYTE_SCAN_INLINE size_t byte_scan_last_any(const uint8_t *bytes, size_t count, uint64_t word) {
    if (count < 8) return count;
    size_t end = count - 7;
    uint64_t found;
    // Blocks of places, each looked at by its first two bytes; both blocks lie within the bytes.
    while (end >= 64) {
        const uint8_t *block = bytes + end - 64;
        uint64_t hits = byte_scan_equal(block, (uint8_t)word) & byte_scan_equal(block + 1, (uint8_t)(word >> 8));
        while (hits != 0) {
            size_t place = 63 - (size_t)__builtin_clzll(hits);
            memcpy(&found, block + place, sizeof found);
            if (found == word) return end - 64 + place;
            hits &= ~((uint64_t)1 << place);
        }
        end -= 64;
    }
    while (end > 0) {
        end--;
        memcpy(&found, bytes + end, sizeof found);
        if (found == word) return end;
    }
    return count;
}

BYTE_SCAN_INLINE size_t byte_scan_pair_any(const uint8_t *bytes, size_t position, size_t count, uint8_t first,
                                          uint8_t second) {
    // Both blocks lie within the bytes.
    for (; position + 65 <= count; position += 64) {
        uint64_t hits = byte_scan_equal(bytes + position, first) & byte_scan_equal(bytes + position + 1, second);
        if (hits != 0) return position + (size_t)__builtin_ctzll(hits);
    }
    for (; position + 2 <= count; position++) {
        if (bytes[position] == first && bytes[position + 1] == second) return position;
    }
    return count;
}

#if defined(__x86_64__)
#define BYTE_SCAN_WIDE static __attribute__((target("avx2"), noinline, unused))

BYTE_SCAN_WIDE size_t byte_scan_string_end_wide(const uint8_t *bytes, size_t position, size_t count) {
    return byte_scan_string_end_any(bytes, position, count);
}

BYTE_SCAN_WIDE size_t byte_scan_last_wide(const uint8_t *bytes, size_t count, uint64_t word) {
    return byte_scan_last_any(bytes, count, word);
}

BYTE_SCAN_WIDE size_t byte_scan_pair_wide(const uint8_t *bytes, size_t position, size_t count, uint8_t first,
                                         uint8_t second) {
    return byte_scan_pair_any(bytes, position, count, first, second);
}

BYTE_SCAN_INLINE bool byte_scan_is_wide(void) { return __builtin_cpu_supports("avx2"); }
#else
#define byte_scan_string_end_wide byte_scan_string_end_any
#define byte_scan_last_wide byte_scan_last_any
#define byte_scan_pair_wide byte_scan_pair_any

BYTE_SCAN_INLINE bool byte_scan_is_wide(void) { return false; }
#endif

// Where the JSON string that `position` is inside of ends: the place after its closing quote, 0 when it has none among
// these `count` bytes.
static inline size_t byte_scan_string_end(const uint8_t *bytes, size_t position, size_t count) {
    return byte_scan_is_wide() ? byte_scan_string_end_wide(bytes, position, count)
                               : byte_scan_string_end_any(bytes, position, count);
}

// The first place at or after `position` where these two bytes stand; `count` when there is none.
static inline size_t byte_scan_pair(const uint8_t *bytes, size_t position, size_t count, uint8_t first,
                                    uint8_t second) {
    return byte_scan_is_wide() ? byte_scan_pair_wide(bytes, position, count, first, second)
                               : byte_scan_pair_any(bytes, position, count, first, second);
}

// The last place where the eight bytes of `word` stand, in the order of memory; `count` when there is none.
static inline size_t byte_scan_last(const uint8_t *bytes, size_t count, uint64_t word) {
    return byte_scan_is_wide() ? byte_scan_last_wide(bytes, count, word) : byte_scan_last_any(bytes, count, word);
}

#endif
