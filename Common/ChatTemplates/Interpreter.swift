/// Runs one template over one set of variables.
///
/// 1. Every statement, expression and long value spends steps, and every text that is made spends bytes: at a limit the
///    rendering ends with an error.
/// 2. What is printed goes to the end of `output`; a block that keeps its text puts an empty one in its place.
/// 3. What is not known here ends the rendering; it never prints something else.
final class Interpreter {
    let names: [String]
    let limits: TemplateLimits
    let now: TemplateDate?
    private let globals: [Value?]
    /// Place of the name `loop`; a place of its own where the template does not say it.
    let loopName: Int
    var output: [UInt8] = []
    var line = 0
    private var stepsLeft: Int
    private var bytesLeft: Int
    var depth = 0
    /// Blocks that macros refer to stay until the rendering ends.
    private var keptScopes: [Scope] = []

    init(names: [String], variables: [String: Value], now: TemplateDate?, limits: TemplateLimits) {
        self.names = names
        self.limits = limits
        self.now = now
        stepsLeft = limits.stepsMax
        bytesLeft = limits.bytesMax
        loopName = names.firstIndex(of: "loop") ?? names.count
        globals = names.map { name in variables[name] ?? Value.Function(rawValue: name).map { .function($0) } }
    }

    func render(_ statements: [Statement]) throws(TemplateError) -> [UInt8] {
        _ = try execute(statements, in: Scope(in: nil))
        return output
    }

    func fault(_ message: String) -> TemplateError { TemplateError(.failed, message, line: line) }
    func unsupported(_ message: String) -> TemplateError { TemplateError(.unsupported, message, line: line) }

    func spend(_ steps: Int = 1) throws(TemplateError) {
        stepsLeft -= steps
        if stepsLeft < 0 {
            throw TemplateError(.limit, "the chat template takes more than \(limits.stepsMax) steps", line: line)
        }
    }

    /// For reading a text of this many bytes.
    func spend(reading text: Text) throws(TemplateError) {
        try spend(1 + text.bytes.count / TemplateLimits.bytesPerStep)
    }

    /// For making a text of this many bytes.
    func spend(bytes: Int) throws(TemplateError) {
        bytesLeft -= bytes
        if bytesLeft < 0 {
            throw TemplateError(.limit, "the chat template makes more than \(limits.bytesMax) bytes", line: line)
        }
        try spend(bytes / TemplateLimits.bytesPerStep)
    }

    func enter() throws(TemplateError) {
        depth += 1
        if depth > limits.depthMax {
            throw TemplateError(.limit, "the chat template runs deeper than \(limits.depthMax)", line: line)
        }
    }

    func leave() { depth -= 1 }

    func keep(_ scope: Scope) { keptScopes.append(scope) }

    func value(of name: Int, in scope: Scope) -> Value {
        scope.value(of: name) ?? globals[name] ?? .undefined(Text("'\(names[name])' is undefined"))
    }

    func append(_ text: Text) throws(TemplateError) {
        try spend(bytes: text.bytes.count)
        output.append(contentsOf: text.bytes)
    }

    /// The text that statements print, kept from the output.
    func captured(_ statements: [Statement], in scope: Scope) throws(TemplateError) -> Text {
        var kept: [UInt8] = []
        swap(&kept, &output)
        let flow = try execute(statements, in: scope)
        swap(&kept, &output)
        guard flow == .normal else { throw unsupported("a loop is left from inside of a block that keeps its text") }
        return Text(kept)
    }
}
