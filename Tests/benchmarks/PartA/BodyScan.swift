import HTTPWire
import JSONValues
import TestKit

/// Finding model, stream and max_tokens in a chat body of 32 KB with the gateway's scanner, against building the whole
/// value. The last two stand behind the messages, so all of the body has to be passed.
enum BodyScan {
    private static let byteCount = 32_768

    static func bar() throws -> Bar {
        let body = Self.body()
        return try Comparison(rounds: 2000) { _ in
            let members = try JSONMembers.scan(body.span)
            return answer(
                model: members.string(.model, in: body.span), stream: members.isTrue(.stream),
                maxTokens: members.integer(.maxTokens, in: body.span))
        } reference: { _ in
            let value = try JSONValue.parse(body)
            return answer(
                model: value["model"]?.string, stream: value["stream"]?.bool,
                maxTokens: value["max_tokens"]?.integer.map { Int($0) })
        }
        .bar("members-of-a-32-KB-chat-body-vs-JSONValue.parse", at: 0.5, atLeast: 12)
    }

    private static func answer(model: String?, stream: Bool?, maxTokens: Int?) -> Int {
        (model?.utf8.count ?? 0) + (stream == true ? 1000 : 0) + (maxTokens ?? 0) * 10_000
    }

    /// Turns of a conversation in words, with an escape every dozen of them.
    private static func body() -> [UInt8] {
        var random = SeededRandom(seed: 4)
        var messages: [String] = []
        var length = 0
        while length < byteCount {
            var content = ""
            for word in 1...Int.random(in: 20...200, using: &random) {
                let letters = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                    Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random)))
                }
                content += String(letters)
                content += word % 12 == 0 ? ["\\n", "\\\"", " é "][Int.random(in: 0...2, using: &random)] : " "
            }
            let role = messages.count % 2 == 0 ? "user" : "assistant"
            messages.append("{\"role\":\"\(role)\",\"content\":\"\(content)\"}")
            length += content.utf8.count + 32
        }
        let text = """
            {"model":"meta-llama/Llama-3.1-8B-Instruct","messages":[\(messages.joined(separator: ","))],\
            "temperature":0.7,"stream":true,"max_tokens":256}
            """
        return Array(text.utf8)
    }
}
