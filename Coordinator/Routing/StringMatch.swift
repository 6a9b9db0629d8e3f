/// One condition on a string, as a ModelRoute writes it.
package enum StringMatch: Sendable, Hashable {
    case exact(String)
    case prefix(String)
    /// Found anywhere in the string.
    case regex(Pattern)

    package func holds(for text: String) -> Bool {
        switch self {
        case .exact(let wanted): text == wanted
        case .prefix(let wanted): text.utf8.starts(with: wanted.utf8)
        case .regex(let pattern): pattern.isFound(in: text)
        }
    }
}
