/// Finding, cutting and replacing; every search is linear in the text whatever the needle.
extension Text {
    /// Where a needle first stands at or after an index of `bytes`; an empty needle stands everywhere.
    func find(_ needle: Text, from start: Int) -> Int? {
        if needle.isEmpty { return start }
        guard bytes.endIndex - start >= needle.bytes.count else { return nil }
        return needle.bytes.count <= 8 ? findShort(needle, from: start) : findLong(needle, from: start)
    }

    private func findShort(_ needle: Text, from start: Int) -> Int? {
        let first = needle.bytes[needle.bytes.startIndex]
        let last = bytes.endIndex - needle.bytes.count
        var index = start
        while index <= last {
            if bytes[index] == first, bytes[index..<index + needle.bytes.count] == needle.bytes { return index }
            index += 1
        }
        return nil
    }

    /// Knuth, Morris and Pratt: `fallback` says how much of the needle still matches after a mismatch.
    private func findLong(_ needle: Text, from start: Int) -> Int? {
        let pattern = Array(needle.bytes)
        var fallback = [0]
        var length = 0
        for index in 1..<pattern.count {
            while length > 0, pattern[index] != pattern[length] { length = fallback[length - 1] }
            if pattern[index] == pattern[length] { length += 1 }
            fallback.append(length)
        }
        var matched = 0
        for index in start..<bytes.endIndex {
            while matched > 0, bytes[index] != pattern[matched] { matched = fallback[matched - 1] }
            if bytes[index] == pattern[matched] { matched += 1 }
            if matched == pattern.count { return index - matched + 1 }
        }
        return nil
    }

    /// Where a needle last stands.
    func findLast(_ needle: Text) -> Int? {
        let reversed = Text(Array(bytes.reversed())).find(Text(Array(needle.bytes.reversed())), from: 0)
        return reversed.map { bytes.endIndex - $0 - needle.bytes.count }
    }

    func contains(_ needle: Text) -> Bool { find(needle, from: bytes.startIndex) != nil }

    /// How often a needle stands in this text without overlap.
    func occurrences(of needle: Text) -> Int {
        if needle.isEmpty { return count + 1 }
        var found = 0
        var index = bytes.startIndex
        while let next = find(needle, from: index) {
            found += 1
            index = next + needle.bytes.count
        }
        return found
    }

    /// The pieces between separators, cut at most `max` times from the start (negative: at all).
    func split(by separator: Text, max: Int) -> [Text] {
        var pieces: [Text] = []
        var index = bytes.startIndex
        while max < 0 || pieces.count < max, let next = find(separator, from: index) {
            pieces.append(Text(bytes[index..<next]))
            index = next + separator.bytes.count
        }
        pieces.append(Text(bytes[index...]))
        return pieces
    }

    /// As `split`, cut from the end.
    func splitFromEnd(by separator: Text, max: Int) -> [Text] {
        let backwards = Text(Array(bytes.reversed()))
        return backwards.split(by: Text(Array(separator.bytes.reversed())), max: max)
            .reversed().map { Text(Array($0.bytes.reversed())) }
    }

    /// The words between runs of white space, cut at most `max` times from the start (negative: at all).
    func words(max: Int) -> [Text] {
        var words: [Text] = []
        var rest = trimmed(start: true, end: false, of: nil)
        while !rest.isEmpty {
            if max >= 0, words.count == max {
                words.append(rest)
                return words
            }
            var end = rest.bytes.startIndex
            while end < rest.bytes.endIndex {
                let (scalar, length) = Text.scalar(rest.bytes, at: end)
                if scalar.isSpace { break }
                end += length
            }
            words.append(Text(rest.bytes[..<end]))
            rest = Text(rest.bytes[end...]).trimmed(start: true, end: false, of: nil)
        }
        return words
    }

    /// This text with the first `max` stands of a needle (negative: all) exchanged.
    func replacing(_ needle: Text, with replacement: Text, max: Int) -> Text {
        var output: [UInt8] = []
        var left = max < 0 ? Int.max : max
        if needle.isEmpty {
            for character in characters {
                if left > 0 { output.append(contentsOf: replacement.bytes) }
                left -= left > 0 ? 1 : 0
                output.append(contentsOf: character.bytes)
            }
            if left > 0 { output.append(contentsOf: replacement.bytes) }
            return Text(output)
        }
        var index = bytes.startIndex
        while left > 0, let next = find(needle, from: index) {
            output.append(contentsOf: bytes[index..<next])
            output.append(contentsOf: replacement.bytes)
            index = next + needle.bytes.count
            left -= 1
        }
        if index == bytes.startIndex { return self }
        output.append(contentsOf: bytes[index...])
        return Text(output)
    }
}
