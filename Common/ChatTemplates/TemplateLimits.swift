/// What one rendering may cost; at a limit it ends with an error of kind `limit`.
package struct TemplateLimits: Sendable, Hashable {
    /// Expressions and statements run, with what long values cost on top (1 for each `bytesPerStep` or element).
    package var stepsMax = 4_000_000
    /// Bytes of all texts made on the way, the prompt included.
    package var bytesMax = 256 << 20
    /// Nested statements, expressions and calls that are under way at once.
    package var depthMax = 200

    package init() {}

    /// Nesting of expressions and of blocks in the text of a template.
    package static let syntaxDepthMax = 48
    /// Operators, filters and subscripts in a row.
    package static let chainMax = 150
    /// Bytes of a template's text.
    package static let templateBytesMax = 1 << 20
    /// Levels of arrays and objects in a value given to a template.
    package static let valueDepthMax = 64
    /// Elements of a range, as in the engine's sandbox.
    package static let rangeMax = 100_000
    /// Bytes that may be looked at for one step.
    static let bytesPerStep = 256
}
