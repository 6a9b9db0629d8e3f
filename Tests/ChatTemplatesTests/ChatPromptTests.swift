import ChatTemplates
import JSONValues
import Testing

/// Chat requests against the prompts that vLLM makes of them: the same text, or a refusal that says why.
@Suite struct ChatPromptTests {
    static let families = [
        "chatml", "llama3", "qwen2", "qwen3", "deepseek", "mistral", "gemma", "phi", "vision", "macros", "command",
    ]
    static let date = TemplateDate(year: 2024, month: 2, day: 29, hour: 15, minute: 4, second: 5)

    @Test(arguments: families) func `a family's prompts are the engine's`(family: String) throws {
        let bodies = try Vectors.lines("prompts.jsonl")
        let lines = try Vectors.lines("prompts-\(family).jsonl")
        try #require(lines.count == bodies.count + 1)
        let prompts = try ChatPrompts(try ChatPromptFiles(vector: lines[0]))
        var refused: [String] = []
        var printed = 0
        for (index, (body, row)) in zip(bodies, lines.dropFirst()).enumerated() {
            do throws(ChatPromptError) {
                let prompt = try prompts.render(body.bytes(), now: Self.date)
                let text = String(decoding: prompt.text, as: UTF8.self)
                printed += 1
                #expect(row["o"]?.string == text, "body \(index + 1)")
                #expect(prompt.addsSpecialTokens == (body["add_special_tokens"]?.bool ?? false))
            } catch {
                guard row["o"] != nil else { continue }
                refused.append("\(index + 1): \(error.reason.rawValue): \(error)")
                #expect(![.refused, .files, .limit].contains(error.reason), "body \(index + 1): \(error)")
            }
        }
        #expect(printed > 30)
        #expect(refused.count * 10 < printed, "\(refused.joined(separator: "\n"))")
    }

    @Test(arguments: ["s", "p"]) func `messages of odd shapes reach a template as the engine gives them`(
        form: String
    ) throws {
        let lines = try Vectors.lines("shapes.jsonl")
        let files = try #require(lines[0][form == "s" ? 0 : 1])
        let prompts = try ChatPrompts(try ChatPromptFiles(vector: files))
        var printed = 0
        var refused: [String] = []
        for row in lines.dropFirst() {
            let body = try #require(row["b"])
            do throws(ChatPromptError) {
                let text = String(decoding: try prompts.render(body.bytes(), now: nil).text, as: UTF8.self)
                printed += 1
                #expect(row[form]?.string == text, "\(body.text())")
            } catch {
                if row[form]?.string != nil { refused.append("\(error.reason.rawValue): \(error)") }
            }
        }
        // Some shapes are made to be odd.
        #expect(printed > 60 && printed * 2 > refused.count, "\(refused.joined(separator: "\n"))")
    }
}

extension ChatPromptFiles {
    /// Files as the vectors name them.
    init(vector: JSONValue) throws {
        let config = try #require(vector["tokenizer_config.json"])
        self.init(
            tokenizerConfig: config.bytes(), templateFile: vector["chat_template.jinja"]?.string.map { Array($0.utf8) },
            specialTokensMap: vector["special_tokens_map.json"]?.bytes())
    }
}
