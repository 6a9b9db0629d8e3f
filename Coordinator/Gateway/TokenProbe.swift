import HTTPWire

/// A question that an engine and a model's files have to answer with the same tokens.
struct TokenProbe: Sendable {
    /// What it is about; goes into logs, the text does not.
    var name: String
    var kind: LocalPrompt.Kind
    /// Members of the question besides the model.
    private var members: String

    /// The body of `/tokenize` for a model.
    func question(model: String) -> [UInt8] {
        Array("{\"model\":".utf8) + JSONText.quoted(model) + Array(",\(members)}".utf8)
    }

    /// The same question for the files.
    func prompt(model: String) -> LocalPrompt? {
        let question = question(model: model)
        guard kind == .text else { return .chat(question) }
        return (try? JSONMembers.scan(question.span)).flatMap { .completion(question, $0) }
    }

    private init(text name: String, _ text: String, framed: Bool = true) {
        self.name = name
        kind = .text
        members = "\"prompt\":\(String(decoding: JSONText.quoted(text), as: UTF8.self))"
        if !framed { members += ",\"add_special_tokens\":false" }
    }

    private init(chat name: String, _ messages: String, _ more: String = "\"add_generation_prompt\":true") {
        self.name = name
        kind = .chat
        members = "\"messages\":[\(messages)],\(more)"
    }

    static let all = texts + chats

    private static let texts = [
        TokenProbe(text: "words", "Hello, world! It's a fine day; isn't it? We'll see, they've said so."),
        TokenProbe(text: "unframed", "Hello again, without any tokens around it.", framed: false),
        TokenProbe(text: "digits", "1 12 123 1234 12345 3.14159 -2,718,281.828 0x1F 2026-11-22T08:15:00Z 10^100"),
        TokenProbe(
            text: "code",
            "def f(x: int) -> str:\n\tif x >= 10:\n\t\treturn f\"{x!r}\"\n\n    # four\r\n\r\n\r\nlet y = a[i++] && !b;"
        ),
        TokenProbe(text: "spaces", "  two before,  two  between,    four, \t a tab and at the end \n \n\n   "),
        TokenProbe(
            text: "scripts",
            "Grüße naïve Ærøskøbing Ελλάδα Привет שלום مرحبا हिन्दी ภาษาไทย 你好，世界！ こんにちは 안녕하세요"),
        TokenProbe(
            text: "marks",
            "e\u{301} a\u{308}o \u{FB01} \u{2026} \u{201C}quoted\u{201D} \u{1F642}\u{1F469}\u{200D}\u{1F680} "
                + "\u{1F1EB}\u{1F1EE} \u{A0}x\u{200B}y \u{3000}z"
        ),
        TokenProbe(
            text: "long words",
            "antidisestablishmentarianism Donaudampfschifffahrtsgesellschaft aaaaaaaaaaaaaaaaaaaaaaaa ================ "
                + "iiiiIIIIiiii ThisIsCamelCaseAndSNAKE_case_too"),
        TokenProbe(
            text: "special tokens",
            "<s>a</s> <|im_start|>b<|im_end|>\n<|endoftext|> [INST] c [/INST]<|begin_of_text|>d<|eot_id|><bos><eos>"),
    ]

    private static let system = #"{"role":"system","content":"You are a careful helper.\nAnswer briefly."}"#
    private static let user = #"{"role":"user","content":"What is 2 + 2?  Say why."}"#
    private static let answer = #"{"role":"assistant","content":" It is 4, for two and two are four.\n"}"#
    private static let again = #"{"role":"user","content":"Grüße, 世界 \ud83d\ude42! And then?"}"#
    private static let parts =
        #"{"role":"user","content":[{"type":"text","text":"One part."},{"type":"text","text":"Another."}]}"#
    private static let tool =
        #""tools":[{"type":"function","function":{"name":"get_weather","description":"Weather of a \"city\" & <more>","#
        + #""parameters":{"type":"object","properties":{"city":{"type":"string","description":"Its name."},"#
        + #""days":{"type":"integer","enum":[1,2,3]}},"required":["city"]}}}],"add_generation_prompt":true"#
    private static let call =
        #"{"role":"assistant","content":"","tool_calls":[{"id":"call00001","type":"function","function":"#
        + #"{"name":"get_weather","arguments":"{\"city\": \"Oulu\", \"days\": 2}"}}]}"#
    private static let result = #"{"role":"tool","tool_call_id":"call00001","content":"{\"sky\":\"snow\",\"t\":-7.5}"}"#

    private static let chats = [
        TokenProbe(chat: "one turn", user),
        TokenProbe(chat: "system", "\(system),\(user)"),
        TokenProbe(chat: "several turns", "\(system),\(user),\(answer),\(again)"),
        TokenProbe(chat: "parts", parts),
        TokenProbe(chat: "tools", user, tool),
        TokenProbe(chat: "tool calls", "\(user),\(call),\(result)", tool),
        TokenProbe(chat: "no opening", "\(user),\(answer)", "\"add_generation_prompt\":false"),
        TokenProbe(
            chat: "continued", "\(user),\(answer)", "\"add_generation_prompt\":false,\"continue_final_message\":true"),
        TokenProbe(
            chat: "arguments", user,
            "\"add_generation_prompt\":true,\"chat_template_kwargs\":{\"enable_thinking\":false}"),
        TokenProbe(chat: "framed", user, "\"add_generation_prompt\":true,\"add_special_tokens\":true"),
    ]
}
