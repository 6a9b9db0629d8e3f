/// In which form a template gets the content of a message.
enum ContentFormat: Sendable {
    /// One text.
    case string
    /// A list of parts.
    case openai
}

extension ContentFormat {
    /// The forms that versions of the engine take a template for, by what its loops go through.
    ///
    /// 0.23 looks for loops over `message.content` or anything named `content`; 0.32 follows contents into the
    /// parameters of macros instead. Empty where the engine would never come to an answer.
    static func detected(in template: ChatTemplate) -> Set<ContentFormat> {
        ContentLoops(template).formats()
    }
}

/// Finds loops over the contents of messages, as the engine does: by names alone, without scopes.
private struct ContentLoops {
    private let tree: TemplateTree
    private let names: [String]

    init(_ template: ChatTemplate) {
        tree = TemplateTree(template.statements)
        names = template.names
    }

    func formats() -> Set<ContentFormat> {
        switch holders() {
        case .endless: return []
        case .strange: return [.string]
        case .names(let holders):
            guard let items = messageNames(in: holders) else { return [.string] }
            return [
                format { isContent($0.loop.elements, of: items) || isNamedContent($0.loop.elements) },
                format(withMacrosFor: items),
            ]
        }
    }

    /// The names that hold messages.
    private enum Holders {
        case names([Int])
        /// Messages are given to something else than a name; the engine then takes contents as one text.
        case strange
        /// Names are given to each other in a circle, which the engine would follow for ever.
        case endless
    }

    private func holders() -> Holders {
        guard let messages = names.firstIndex(of: "messages") else { return .names([]) }
        var found = [messages]
        var next = 0
        while next < found.count {
            let name = found[next]
            next += 1
            for assignment in tree.assignments where isAccess(assignment.value, of: name) {
                guard case .name(let target) = assignment.target else { return .strange }
                if target != name { found.append(target) }
            }
            if found.count > ContentLoops.holdersMax { return .endless }
        }
        return .names(found)
    }

    /// A name counts once for every way that messages reach it.
    private static let holdersMax = 1000

    private func messageNames(in holders: [Int]) -> [Int]? {
        var found: [Int] = []
        for entry in tree.loops where holders.contains(where: { isAccess(entry.loop.elements, of: $0) }) {
            guard case .name(let target) = entry.loop.target else { return nil }
            found.append(target)
        }
        return found
    }

    private func format(_ isOverContent: (TemplateTree.LoopEntry) -> Bool) -> ContentFormat {
        guard let first = tree.loops.first(where: isOverContent) else { return .string }
        if case .name = first.loop.target { return .openai }
        return .string
    }

    private func format(withMacrosFor items: [Int]) -> ContentFormat {
        let parameters = tree.macros.map { contentParameters(of: $0, items) }
        return format { entry in
            if isContent(entry.loop.elements, of: items) { return true }
            // Of the macros around a loop the innermost that is given a content counts.
            let given = entry.macros.last { !parameters[$0].isEmpty }.map { parameters[$0] } ?? []
            if case .name(let name) = entry.loop.elements, given.contains(name) { return true }
            return entry.macros.isEmpty && isNamedContent(entry.loop.elements)
        }
    }

    /// The parameters of a macro that some call gives the content of a message.
    private func contentParameters(of macro: MacroDefinition, _ items: [Int]) -> Set<Int> {
        var found: Set<Int> = []
        for (callee, arguments) in tree.calls where callee == macro.name {
            for (parameter, value) in zip(macro.parameters, arguments.positional) where isContent(value, of: items) {
                found.insert(parameter.name)
            }
            for argument in arguments.named where isContent(argument.value, of: items) {
                let parameter = macro.parameters.first { names[$0.name] == argument.name }
                if let parameter { found.insert(parameter.name) }
            }
        }
        return found
    }

    private func isNamedContent(_ expression: Expression) -> Bool {
        if case .name(let name) = expression { names[name] == "content" } else { false }
    }

    private func isContent(_ expression: Expression, of items: [Int]) -> Bool {
        items.contains { isAccess(expression, of: $0, key: "content") }
    }

    /// The variable (or its member under the key), through filters, tests and slices.
    private func isAccess(_ expression: Expression, of name: Int, key: String? = nil) -> Bool {
        switch expression {
        case .filter(let operand?, _, _), .test(let operand, _, _), .slice(let operand, _):
            return isAccess(operand, of: name, key: key)
        case .name(let found): return key == nil && found == name
        case .attribute(.name(let found), let member): return member == key && found == name
        case .item(.name(let found), .string(let member)): return member.string == key && found == name
        default: return false
        }
    }
}
