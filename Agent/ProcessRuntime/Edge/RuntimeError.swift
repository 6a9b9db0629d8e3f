/// Why the runtime cannot work: one sentence with what to do.
package struct RuntimeError: Error, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
