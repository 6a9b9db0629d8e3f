/// Why the local cluster could not start: one sentence that says what, where and what to do.
package struct LocalClusterError: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
