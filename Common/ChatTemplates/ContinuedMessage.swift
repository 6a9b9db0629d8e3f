import JSONValues

/// A last message that the model goes on with: the prompt ends where its text ends.
struct ContinuedMessage {
    /// Put after the message's text before the template runs, and looked for in what it prints.
    private static let mark = "CONTINUE_FINAL_MESSAGE_TAG "

    private let text: Text

    /// Marks the end of a message's last text.
    init(_ message: inout JSONValue, of template: ChatTemplate) throws(TemplateError) {
        guard template.source.contains("content") else {
            throw TemplateError(.failed, "the template does not say 'content', so no message can be continued")
        }
        var parts = message["content"]?.array ?? []
        let last = parts.isEmpty ? message["content"] : parts[parts.count - 1]["text"]
        guard let text = last?.string else {
            throw TemplateError(.failed, "the last message has no text that could be continued")
        }
        self.text = Text(text)
        let marked = JSONValue.string(text + ContinuedMessage.mark)
        if parts.isEmpty {
            message["content"] = marked
        } else {
            parts[parts.count - 1]["text"] = marked
            message["content"] = .array(parts)
        }
    }

    /// What was printed, up to the mark. Throws where the template left out the message or its end.
    func cut(_ printed: [UInt8]) throws(TemplateError) -> [UInt8] {
        let printed = Text(printed)
        let mark = Text(ContinuedMessage.mark)
        let bare = mark.trimmed(start: true, end: true, of: nil)
        guard printed.contains(text.trimmed(start: true, end: true, of: nil)), let end = printed.findLast(bare) else {
            throw TemplateError(.failed, "the template does not print the last message as it is")
        }
        let before = Text(printed.bytes[..<end])
        if Text(printed.bytes[end...]).hasPrefix(mark) { return Array(before.bytes) }
        // The template cut the space at the end, so the engine cuts what is left of it.
        return Array(before.trimmed(start: false, end: true, of: nil).bytes)
    }
}
