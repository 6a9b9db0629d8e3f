package import JSONValues

/// A chat template, read once and then rendered for every request.
///
/// The language is the part of Jinja that chat templates use, with the settings of the engine (transformers'
/// `apply_chat_template`). A rendering is a function of its arguments: no clock, no files, no randomness.
package struct ChatTemplate: Sendable {
    let statements: [Statement]
    let names: [String]
    /// The template's text.
    package let source: String

    /// Reads a template. Throws for a text that is none, and for a block or form of expression that is not known here.
    package init(_ source: String) throws(TemplateError) {
        self.source = source
        (statements, names) = try Parser.parse(source)
    }

    /// The text that the template prints over these variables, as UTF-8.
    ///
    /// - Parameters:
    ///   - variables: an object; its members are the template's variables.
    ///   - now: the local time for templates that print the date; those fail where it is nil.
    package func render(
        _ variables: JSONObject, now: TemplateDate? = nil, limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> [UInt8] {
        try render(variables, messages: nil, now: now, limits: limits)
    }

    /// The same with these messages, where there are any, in place of the variables'.
    func render(
        _ variables: JSONObject, messages: [Value]?, now: TemplateDate?, limits: TemplateLimits
    ) throws(TemplateError) -> [UInt8] {
        var values: [String: Value] = [:]
        for (name, value) in variables where names.contains(name) { values[name] = try Value(value) }
        if let messages { values["messages"] = .list(messages) }
        let interpreter = Interpreter(names: names, variables: values, now: now, limits: limits)
        return try interpreter.render(statements)
    }
}
