import JSONValues

/// Messages of developers for templates that do not know them.
enum DeveloperMessages {
    /// Makes them messages of the system. Where the system then speaks elsewhere than at the start, or twice, all that
    /// it says becomes one message at the start. Changes nothing where there is no message of a developer.
    static func replace(in messages: inout [JSONValue]) {
        guard messages.contains(where: { $0["role"] == "developer" }) else { return }
        for index in messages.indices where messages[index]["role"] == "developer" {
            messages[index]["role"] = "system"
            messages[index]["tools"] = nil
        }
        let isSystem = messages.map { $0["role"] == "system" }
        guard let last = isSystem.lastIndex(of: true), last > 0 else { return }
        let texts = messages.filter { $0["role"] == "system" }.map(text).filter { !$0.isEmpty }
        messages.removeAll { $0["role"] == "system" }
        messages.insert(["role": "system", "content": .string(texts.joined(separator: "\n\n"))], at: 0)
    }

    private static func text(of message: JSONValue) -> String {
        let parts = message["content"]?.array?.compactMap { $0["text"]?.string }
        return parts?.joined(separator: "\n") ?? message["content"]?.string ?? ""
    }
}
