// Searches that look at 64 bytes a step, which Swift's SIMD types cannot turn into a word of bits. Plain vector
// extensions of the compiler, so that they hold on every processor.
#ifndef MARTLET_BYTE_SCAN_H
#define MARTLET_BYTE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BYTE_SCAN_INLINE static inline __attribute__((always_inline))

typedef uint8_t byte_scan_block __attribute__((vector_size(64)));
typedef bool byte_scan_bits __attribute__((ext_vector_type(64)));

// One bit for each of 64 places where a comparison of blocks holds, the first place's lowest.
#define BYTE_SCAN_BITS(comparison) ({ \
    byte_scan_bits hits_ = __builtin_convertvector(comparison, byte_scan_bits); \
    uint64_t bits_; \
    memcpy(&bits_, &hits_, sizeof bits_); \
    bits_; \
})

// One bit for each of 64 bytes that is `wanted`.
BYTE_SCAN_INLINE uint64_t byte_scan_equal(const uint8_t *bytes, uint8_t wanted) {
    byte_scan_block block;
    memcpy(&block, bytes, sizeof block);
    return BYTE_SCAN_BITS(block == wanted);
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

// What a JSON object or array turns out to be.
enum { BYTE_SCAN_WHOLE, BYTE_SCAN_TOO_DEEP, BYTE_SCAN_MISMATCH, BYTE_SCAN_OPEN_STRING, BYTE_SCAN_OPEN };

typedef struct {
    int state;
    // The place after the closing bracket; else of the bracket or the quote that is at fault.
    size_t place;
} byte_scan_extent;

// Each bit is the parity of all bits up to it.
BYTE_SCAN_INLINE uint64_t byte_scan_parity(uint64_t bits) {
    for (int step = 1; step < 64; step *= 2) bits ^= bits << step;
    return bits;
}

// Takes 64 bytes from `position` on; those after the last are blanks.
BYTE_SCAN_INLINE void byte_scan_take(byte_scan_block *block, const uint8_t *bytes, size_t position, size_t count) {
    if (count - position >= 64) {
        memcpy(block, bytes + position, sizeof *block);
    } else {
        memset(block, ' ', sizeof *block);
        memcpy(block, bytes + position, count - position);
    }
}

BYTE_SCAN_INLINE byte_scan_extent byte_scan_container_any(const uint8_t *bytes, size_t position, size_t count,
                                                         unsigned depth_max) {
    // Which kind each open level is stands in one bit.
    unsigned __int128 kinds = 0;
    unsigned depth = 0;
    uint64_t carry = 0, within = 0;
    size_t quote = position;
    for (; position < count; position += 64) {
        byte_scan_block block;
        byte_scan_take(&block, bytes, position, count);
        uint64_t backslashes = BYTE_SCAN_BITS(block == '\\');
        uint64_t quotes = BYTE_SCAN_BITS(block == '"') & ~byte_scan_escaped(backslashes, &carry);
        uint64_t strings = within;
        if (quotes != 0) {
            strings ^= byte_scan_parity(quotes);
            within = -(strings >> 63);
            uint64_t opening = quotes & strings;
            if (opening != 0) quote = position + 63 - (size_t)__builtin_clzll(opening);
        } else if (within != 0) {
            continue;
        }
        // Bit 5 makes '[' a '{' and ']' a '}'; nothing else that JSON has outside strings becomes one.
        byte_scan_block folded = block | 0x20;
        uint64_t brackets = BYTE_SCAN_BITS((folded == '{') | (folded == '}')) & ~strings;
        for (; brackets != 0; brackets &= brackets - 1) {
            size_t place = position + (size_t)__builtin_ctzll(brackets);
            uint8_t byte = bytes[place];
            if ((byte | 0x20) == '{') {
                if (depth == depth_max) return (byte_scan_extent){BYTE_SCAN_TOO_DEEP, place};
                kinds = kinds << 1 | (byte == '{');
                depth++;
            } else {
                if ((byte == '}') != (kinds & 1)) return (byte_scan_extent){BYTE_SCAN_MISMATCH, place};
                kinds >>= 1;
                if (--depth == 0) return (byte_scan_extent){BYTE_SCAN_WHOLE, place + 1};
            }
        }
    }
    if (within != 0) return (byte_scan_extent){BYTE_SCAN_OPEN_STRING, quote};
    return (byte_scan_extent){BYTE_SCAN_OPEN, count};
}

BYTE_SCAN_INLINE size_t byte_scan_count_any(const uint8_t *bytes, size_t count, uint8_t wanted) {
    size_t found = 0, position = 0;
    for (; count - position >= 64; position += 64) {
        found += (size_t)__builtin_popcountll(byte_scan_equal(bytes + position, wanted));
    }
    for (; position < count; position++) found += bytes[position] == wanted;
    return found;
}

// The number of up to eight digits that `text` begins with, lowest byte first as memory has it on the little-endian
// machines that there are.
BYTE_SCAN_INLINE uint32_t byte_scan_digits(uint64_t text, size_t digits) {
    text = (text ^ 0x3030303030303030) << (64 - digits * 8);
    text = (text * 10 + (text >> 8)) & 0x00FF00FF00FF00FF;
    text = (text * 100 + (text >> 16)) & 0x0000FFFF0000FFFF;
    return (uint32_t)(text * 10000 + (text >> 32));
}

BYTE_SCAN_INLINE size_t byte_scan_space(const uint8_t *bytes, size_t position, size_t count) {
    while (position < count && (bytes[position] == ' ' || (uint8_t)(bytes[position] - '\t') < 2 ||
                                bytes[position] == '\r')) position++;
    return position;
}

// Reads numbers of up to seven digits that have nothing but a comma between them, as long as they do. `*position` is at
// a number's beginning before and after; how many were read.
BYTE_SCAN_INLINE size_t byte_scan_plain_numbers_any(const uint8_t *bytes, size_t *position, size_t count,
                                                   uint32_t *numbers, size_t room) {
    size_t found = 0, start = *position;
    // A number is read as eight bytes at its beginning.
    for (size_t base = start; base + 72 <= count; base += 64) {
        byte_scan_block block;
        byte_scan_take(&block, bytes, base, count);
        uint64_t commas = BYTE_SCAN_BITS(block == ',');
        if ((commas | BYTE_SCAN_BITS(block - '0' < 10)) != UINT64_MAX) break;
        for (; commas != 0; commas &= commas - 1) {
            size_t end = base + (size_t)__builtin_ctzll(commas), digits = end - start;
            if (digits - 1 >= 7 || found == room) {
                *position = start;
                return found;
            }
            uint64_t text;
            memcpy(&text, bytes + start, sizeof text);
            numbers[found++] = byte_scan_digits(text, digits);
            start = end + 1;
        }
    }
    *position = start;
    return found;
}

// A function for every processor out of its body; x86-64 with AVX2 gets code of its own.
#if defined(__x86_64__)
#define BYTE_SCAN_FUNCTION(result, name, parameters, arguments) \
    static __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt"), noinline, unused)) result name##_wide parameters { \
        return name##_any arguments; \
    } \
    static inline result name parameters { \
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? name##_wide arguments \
                                                                                : name##_any arguments; \
    }
#else
#define BYTE_SCAN_FUNCTION(result, name, parameters, arguments) \
    static inline result name parameters { return name##_any arguments; }
#endif

// Where the JSON string that `position` is inside of ends: the place after its closing quote, 0 when it has none among
// these `count` bytes.
BYTE_SCAN_FUNCTION(size_t, byte_scan_string_end, (const uint8_t *bytes, size_t position, size_t count),
                   (bytes, position, count))

// The first place at or after `position` where these two bytes stand; `count` when there is none.
BYTE_SCAN_FUNCTION(size_t, byte_scan_pair,
                   (const uint8_t *bytes, size_t position, size_t count, uint8_t first, uint8_t second),
                   (bytes, position, count, first, second))

// The last place where the eight bytes of `word` stand, in the order of memory; `count` when there is none.
BYTE_SCAN_FUNCTION(size_t, byte_scan_last, (const uint8_t *bytes, size_t count, uint64_t word), (bytes, count, word))

// How many of these bytes are `wanted`.
BYTE_SCAN_FUNCTION(size_t, byte_scan_count, (const uint8_t *bytes, size_t count, uint8_t wanted),
                   (bytes, count, wanted))

// The end of the JSON object or array that begins at `position`, of no more than `depth_max` levels, 128 at most.
BYTE_SCAN_FUNCTION(byte_scan_extent, byte_scan_container,
                   (const uint8_t *bytes, size_t position, size_t count, unsigned depth_max),
                   (bytes, position, count, depth_max))

BYTE_SCAN_FUNCTION(size_t, byte_scan_plain_numbers,
                   (const uint8_t *bytes, size_t *position, size_t count, uint32_t *numbers, size_t room),
                   (bytes, position, count, numbers, room))

// Reads a JSON array of whole numbers of at most 32 bits, which begins at the first byte and ends with the last, into
// `numbers`, which have place for `room`. How many there are; 0 when the bytes are anything else or there are more.
static inline size_t byte_scan_numbers(const uint8_t *bytes, size_t count, uint32_t *numbers, size_t room) {
    if (count < 2 || bytes[0] != '[') return 0;
    size_t position = 1;
    size_t found = byte_scan_plain_numbers(bytes, &position, count, numbers, room);
    for (; found < room; found++) {
        position = byte_scan_space(bytes, position, count);
        size_t start = position;
        uint64_t value = 0;
        for (; position < count && (uint8_t)(bytes[position] - '0') < 10; position++) {
            value = value * 10 + (uint64_t)(bytes[position] - '0');
            if (value > UINT32_MAX) return 0;
        }
        if (position == start) return 0;
        numbers[found] = (uint32_t)value;
        position = byte_scan_space(bytes, position, count);
        if (position == count) return 0;
        if (bytes[position] == ']') return position + 1 == count ? found + 1 : 0;
        if (bytes[position] != ',') return 0;
        position++;
    }
    return 0;
}

#endif
