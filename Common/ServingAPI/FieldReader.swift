import JSONValues
import KubernetesAPI

/// A JSON value and where in its object it stands, read into precise types; each fault names the field.
struct FieldReader {
    let json: JSONValue
    let path: String

    /// A member of an object, or nil where it is absent or null.
    func member(_ name: String) throws(FieldProblem) -> FieldReader? {
        guard let value = try object()[name], !value.isNull else { return nil }
        return FieldReader(json: value, path: path.isEmpty ? name : "\(path).\(name)")
    }

    func required(_ name: String) throws(FieldProblem) -> FieldReader {
        guard let found = try member(name) else { throw .required(path.isEmpty ? name : "\(path).\(name)") }
        return found
    }

    func hasAny(of names: [String]) throws(FieldProblem) -> Bool {
        for name in names where try member(name) != nil { return true }
        return false
    }

    func string() throws(FieldProblem) -> String {
        guard let text = json.string else { throw .wrongType(path, json, expected: "string") }
        return text
    }

    func integer() throws(FieldProblem) -> Int {
        guard let value = json.integer else { throw .wrongType(path, json, expected: "integer") }
        return value
    }

    /// A count as Kubernetes keeps them: 32 bits with a sign. More would overflow where counts are multiplied.
    func count() throws(FieldProblem) -> Int {
        let value = try integer()
        guard (Int(Int32.min)...Int(Int32.max)).contains(value) else {
            throw .invalid(path, json, "must be at most \(Int32.max)")
        }
        return value
    }

    func bool() throws(FieldProblem) -> Bool {
        guard let value = json.bool else { throw .wrongType(path, json, expected: "boolean") }
        return value
    }

    func quantity() throws(FieldProblem) -> Quantity {
        guard let value = Quantity(json) else {
            throw .invalid(path, json, "must be a quantity such as 4, 0.5 or 500m")
        }
        return value
    }

    func elements() throws(FieldProblem) -> [FieldReader] {
        guard let array = json.array else { throw .wrongType(path, json, expected: "array") }
        return array.enumerated().map { FieldReader(json: $1, path: "\(path)[\($0)]") }
    }

    func members() throws(FieldProblem) -> [(name: String, value: FieldReader)] {
        guard let object = json.object else { throw .wrongType(path, json, expected: "object") }
        return object.map { ($0.key, FieldReader(json: $0.value, path: "\(path)[\($0.key)]")) }
    }

    /// A value that has to be an object, as it stands.
    func object() throws(FieldProblem) -> JSONValue {
        guard json.object != nil else { throw .wrongType(path, json, expected: "object") }
        return json
    }

    func strings() throws(FieldProblem) -> [String: String] {
        var map: [String: String] = [:]
        for (name, value) in try members() { map[name] = try value.string() }
        return map
    }

    /// One of the raw values of an enumeration.
    func oneOf<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) throws(FieldProblem) -> Choice where Choice.RawValue == String {
        let text = try string()
        guard let choice = Choice(rawValue: text) else {
            throw .unsupported(path, json, supported: Choice.allCases.map { .string($0.rawValue) })
        }
        return choice
    }

    func intOrPercent() throws(FieldProblem) -> IntOrPercent {
        guard let value = IntOrPercent(json) else {
            throw .invalid(path, json, "must be a whole number of 0 or more, or a percentage from \"0%\" to \"100%\"")
        }
        return value
    }

    func duration() throws(FieldProblem) -> Duration {
        guard let value = DurationText.parse(try string()) else {
            throw .invalid(path, json, "must be a duration such as \"10s\", \"100ms\" or \"1m30s\"")
        }
        return value
    }
}
