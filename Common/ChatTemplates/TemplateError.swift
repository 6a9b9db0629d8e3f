/// Why a template gave no text: what was wrong, and on which of its lines.
///
/// A message of kind `raised` is the template's own and may repeat parts of a conversation: it goes to whoever made the
/// request, never into a log. All other messages name things of the template only.
package struct TemplateError: Error, Hashable, CustomStringConvertible {
    /// What kind of failure it is; only `raised` and `failed` are failures in the engine too.
    package enum Kind: Sendable, Hashable {
        /// The text is not a template.
        case syntax
        /// The template asks for something that is not known here; the engine may know it.
        case unsupported
        /// The template refused the conversation by `raise_exception`.
        case raised
        /// An operation that fails in the engine too, such as an attribute of an undefined value.
        case failed
        /// One of `TemplateLimits` is reached.
        case limit
    }

    package var kind: Kind
    package var message: String
    /// Line of the template, from 1; 0 where no line is at fault.
    package var line: Int

    package init(_ kind: Kind, _ message: String, line: Int = 0) {
        self.kind = kind
        self.message = message
        self.line = line
    }

    package var description: String { line > 0 ? "\(message) (line \(line) of the chat template)" : message }
}
