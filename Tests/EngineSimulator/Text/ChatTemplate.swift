/// One message of a conversation.
package struct ChatMessage: Sendable, Hashable {
    package var role: String
    package var content: String

    package init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}

/// Turns a conversation into ids: each turn between its marks, as chat models of the ChatML family do.
package enum ChatTemplate {
    /// `opensAnswer` adds the beginning of the assistant's turn.
    package static func ids(
        _ messages: [ChatMessage], opensAnswer: Bool = true, tokenizer: Tokenizer = .standard
    ) -> [UInt32] {
        let lineEnd = Tokenizer.byte(0x0A)
        var ids: [UInt32] = []
        for message in messages {
            ids.append(Tokenizer.turnBegin)
            tokenizer.append(Array(message.role.utf8), to: &ids)
            ids.append(lineEnd)
            tokenizer.append(Array(message.content.utf8), to: &ids)
            ids += [Tokenizer.turnEnd, lineEnd]
        }
        if opensAnswer {
            ids.append(Tokenizer.turnBegin)
            tokenizer.append(Array("assistant".utf8), to: &ids)
            ids.append(lineEnd)
        }
        return ids
    }
}
