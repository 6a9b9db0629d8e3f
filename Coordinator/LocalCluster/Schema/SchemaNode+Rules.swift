import JSONValues
import ServingAPI

extension SchemaNode {
    /// Evaluates the rules of this value and of what is in it. `old` is the value it takes the place of, where that can
    /// be told: members by name, elements of list maps by their keys.
    func checkRules(_ value: JSONValue, old: JSONValue?, at path: String, into problems: inout [FieldProblem]) {
        if value.isNull { return }
        for rule in rules {
            if let problem = rule.problem(value, old: old, at: path) { problems.append(problem) }
        }
        switch value {
        case .object(let object):
            for (name, member) in object {
                if let schema = properties[name] {
                    let field = SchemaNode.join(path, name)
                    schema.checkRules(member, old: old?[name], at: field, into: &problems)
                } else if let schema = additionalProperties {
                    schema.checkRules(member, old: old?[name], at: "\(path)[\(name)]", into: &problems)
                }
            }
        case .array(let elements):
            guard let items else { return }
            var earlier: [JSONValue: JSONValue] = [:]
            for element in old?.elements ?? [] {
                if let identity = identity(of: element) { earlier[identity] = element }
            }
            for (index, element) in elements.enumerated() {
                let before = identity(of: element).flatMap { earlier[$0] }
                items.checkRules(element, old: before, at: "\(path)[\(index)]", into: &problems)
            }
        default: break
        }
    }
}
