/// Why a container could not be started: one sentence.
struct ShimError: Error, Hashable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
