/// Why a schema cannot be used, in one sentence that names the place in the schema.
package struct SchemaError: Error, Hashable, CustomStringConvertible {
    package var description: String

    init(_ path: String, _ fault: String) {
        description = path.isEmpty ? "the schema \(fault)" : "the schema at \(path) \(fault)"
    }
}
