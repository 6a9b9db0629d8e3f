import JSONValues

/// What a schema says about a value beside its type: bounds, lengths, choices, form.
struct ValueLimits {
    let choices: [JSONValue]?
    let minimum: Double?
    let maximum: Double?
    let excludesMinimum: Bool
    let excludesMaximum: Bool
    let multipleOf: Double?
    let minLength: Int?
    let maxLength: Int?
    /// A pattern that is known to compile; kept as text because a compiled one may not cross tasks.
    let pattern: String?
    let format: String?
    let minItems: Int?
    let maxItems: Int?
    let minProperties: Int?
    let maxProperties: Int?

    init(_ json: JSONValue, at path: String) throws(SchemaError) {
        choices = json["enum"]?.array
        minimum = json["minimum"]?.double
        maximum = json["maximum"]?.double
        excludesMinimum = json["exclusiveMinimum"]?.bool ?? false
        excludesMaximum = json["exclusiveMaximum"]?.bool ?? false
        multipleOf = json["multipleOf"]?.double
        minLength = json["minLength"]?.integer
        maxLength = json["maxLength"]?.integer
        pattern = json["pattern"]?.string
        format = json["format"]?.string
        minItems = json["minItems"]?.integer
        maxItems = json["maxItems"]?.integer
        minProperties = json["minProperties"]?.integer
        maxProperties = json["maxProperties"]?.integer
        if let pattern, (try? Regex(pattern)) == nil {
            throw SchemaError(path, "has the pattern '\(pattern)', which is no regular expression")
        }
    }
}
