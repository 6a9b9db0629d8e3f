/// Why no answer came from the API server: one sentence that names the server and what to look at.
package struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is known of the request's fate.
    package enum Fate: Sendable, Hashable {
        /// No byte of it can have reached the server.
        case notSent
        /// The server may or may not have acted on it.
        case unknown
        /// Nothing will change by another try.
        case refused
    }

    package var fate: Fate
    package var description: String

    package init(_ description: String, fate: Fate) {
        self.description = description
        self.fate = fate
    }
}
