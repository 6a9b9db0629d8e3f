import ChatTemplates
import JSONValues
import TestKit
import Testing

/// Prompts made with messages that were met before, against those that are made of the whole request.
@Suite struct ChatMessageCacheTests {
    /// Conversations that go on, branch, and are edited, with tools, parts and settings of recorded requests.
    private struct Conversations {
        private let bodies: [JSONValue]
        private let messages: [JSONValue]
        private var random: SeededRandom
        private var open: [JSONValue]

        init(seed: UInt64) throws {
            bodies = try Vectors.lines("prompts.jsonl")
            messages = bodies.flatMap { $0["messages"]?.array ?? [] }
            random = SeededRandom(seed: seed)
            open = [bodies[0]]
        }

        mutating func next() -> [UInt8] {
            var body = open[random.below(open.count)]
            if random.chance(10) { body = bodies[random.below(bodies.count)] }
            var list = body["messages"]?.array ?? []
            for _ in 0...random.below(3) { list.append(message(after: list.last)) }
            if random.chance(20) { edit(&list) }
            if list.count > 20 { list = Array(list.prefix(2)) }
            body["messages"] = .array(list)
            if open.count < 12 { open.append(body) } else { open[random.below(open.count)] = body }
            if random.chance(10) { body = JSONSpoiler.spoiled(body, &random) }
            return body.bytes(random.chance(20) ? .pretty : .compact)
        }

        /// Most often the other side's, for some templates refuse two of one side.
        private mutating func message(after last: JSONValue?) -> JSONValue {
            if random.chance(15) { return messages[random.below(messages.count)] }
            let text = "\(random.below(1_000)) \"Zürich\"\n\\ \t" + String(repeating: "words ", count: random.below(40))
            if random.chance(20) { return ["role": "user", "content": [["type": "text", "text": .string(text)]]] }
            return ["role": last?["role"] == "user" ? "assistant" : "user", "content": .string(text)]
        }

        private mutating func edit(_ list: inout [JSONValue]) {
            let index = random.below(list.count)
            switch random.below(4) {
            case 0: list.remove(at: index)
            case 1: list.insert(message(after: list[index]), at: index)
            case 2: list[index] = message(after: index > 0 ? list[index - 1] : nil)
            default: list[index]["content"] = .string((list[index]["content"]?.string ?? "") + ".")
            }
        }
    }

    private static func files(_ family: String) throws -> ChatPrompts {
        let lines = try Vectors.lines("prompts-\(family).jsonl")
        return try ChatPrompts(
            ChatPromptFiles(vector: lines[0]), settings: ChatPromptSettings(vector: lines[0]["settings"]))
    }

    @Test(arguments: ChatPromptTests.families) func `gives what the whole request gives`(family: String) throws {
        let seed: UInt64 = 23
        let prompts = try Self.files(family)
        var conversations = try Conversations(seed: seed)
        // So small that messages are forgotten on the way.
        var cache = ChatMessageCache(bytesMax: 60_000)
        var made = 0
        for number in 0..<100 {
            let body = conversations.next()
            let expected = try? prompts.render(body, now: ChatPromptTests.date)
            let found = try? prompts.render(body, now: ChatPromptTests.date, cache: &cache)
            #expect(found == expected, "request \(number), seed \(seed)")
            if expected != nil { made += 1 }
        }
        #expect(made > 5)
        #expect(cache.found > 200 && cache.read > 200)
    }

    @Test func `a chat that comes back reads its new messages alone`() throws {
        let prompts = try Self.files("chatml")
        var cache = ChatMessageCache(bytesMax: 1 << 20)
        var messages: [JSONValue] = []
        for turn in 1...30 {
            messages += [
                ["role": "user", "content": .string("question \(turn)")],
                ["role": "assistant", "content": .string("answer \(turn)")],
            ]
            let body: JSONValue = ["model": "m", "messages": .array(messages)]
            _ = try prompts.render(body.bytes(), now: nil, cache: &cache)
        }
        #expect(cache.read == 60)
    }

    static let odd = [
        #"{"messages":[]}"#, #"{"messages":[{"role":"user","content":"a"}"#, #"{"messages":[{]}"#,
        #"{"messages":[{"role":"user","content":"a"},]}"#, #"{"messages":[{"role":"user","content":"a"}],}"#,
        #"{"messages":[{"role":"user","content":"a"}]}{}"#, #"{"messages":[{"role":"user","content":"\x"}]}"#,
        #"{"messages":[{"role":"user","content":"a"}],"messages":[{"role":"user","content":"b"}]}"#,
        #"{"mess\u0061ges":[{"role":"user","content":"a"}]}"#, #"{"messages":[{"role":"user" "content":"a"}]}"#,
        #"{"messages":[{"role":"user","content":"a"}],"model":"}]{[\"","seed":1}"#, #"{"messages":["role"]}"#,
        #" { "messages" : [ {"content":"a]},{\\","role":"user"} , {"role":"user","content":"b"} ] } "#,
        #"{"messages":[{"role":"user","content":"a"}]"#, #"{"messages":[{"role":"user","content":"a"}],"model":tru}"#,
        #"{"messages":[{"role":"user","content":"a"}}]}"#, #"{"a":{"messages":[]},"messages":[{"role":"user","#,
    ]

    @Test(arguments: odd) func `what is no request stays none`(body: String) throws {
        let prompts = try Self.files("chatml")
        var cache = ChatMessageCache(bytesMax: 1 << 20)
        for _ in 0..<2 {
            let expected = try? prompts.render(Array(body.utf8), now: nil)
            let found = try? prompts.render(Array(body.utf8), now: nil, cache: &cache)
            #expect(found == expected)
        }
    }
}
