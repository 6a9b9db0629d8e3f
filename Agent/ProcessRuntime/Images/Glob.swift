/// A pattern in which `*` stands for any run of characters, slashes included, and `?` for one character.
package struct Glob: Sendable, Hashable {
    package var pattern: String

    package init(_ pattern: String) { self.pattern = pattern }

    /// Whether the whole text fits the pattern.
    package func matches(_ text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        var (at, index) = (0, 0)
        // Where the last star stands and how much of the text it has taken, to try again with one more.
        var star: (at: Int, index: Int)?
        while index < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, index)
                at += 1
            } else if at < pattern.count, pattern[at] == text[index] || pattern[at] == UInt8(ascii: "?") {
                (at, index) = (at + 1, index + 1)
            } else if let last = star {
                star = (last.at, last.index + 1)
                (at, index) = (last.at + 1, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
