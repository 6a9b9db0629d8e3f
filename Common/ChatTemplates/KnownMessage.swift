/// A message of a request with what was made of it before.
final class KnownMessage {
    /// As it stands in the request.
    let source: [UInt8]
    let message: ChatMessage
    /// The values that templates got, by the assumption.
    private var values: [Value?] = [nil, nil, nil, nil]

    init(_ source: [UInt8], _ message: ChatMessage) {
        self.source = source
        self.message = message
    }

    /// The value that a template gets.
    func value(_ assumption: PromptTemplate.Assumption) throws(TemplateError) -> Value {
        let place = (assumption.format == .openai ? 2 : 0) + (assumption.keepsPartMembers ? 1 : 0)
        if let value = values[place] { return value }
        // One level below the list of messages.
        let value = try Value(message.value(assumption), depth: 1)
        values[place] = value
        return value
    }
}
