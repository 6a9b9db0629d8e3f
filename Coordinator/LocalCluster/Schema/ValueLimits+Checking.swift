import JSONValues
import KubernetesAPI
import ServingAPI

extension ValueLimits {
    /// Adds every limit that a value breaks; the value has the type its schema asks for.
    func check(_ value: JSONValue, at path: String, into problems: inout [FieldProblem]) {
        if let choices, !choices.contains(value) {
            problems.append(.unsupported(path, value, supported: choices))
        }
        switch value {
        case .integer, .double: checkNumber(value, at: path, into: &problems)
        case .string(let text): checkText(text, at: path, into: &problems)
        case .array(let elements):
            checkCount(elements.count, at: path, min: minItems, max: maxItems, noun: "items", into: &problems)
        case .object(let object):
            checkCount(
                object.count, at: path, min: minProperties, max: maxProperties, noun: "properties", into: &problems)
        case .bool, .null: break
        }
    }

    private func checkNumber(_ value: JSONValue, at path: String, into problems: inout [FieldProblem]) {
        guard let number = value.double else { return }
        func add(_ fault: String) {
            problems.append(.invalid(path, value, "\(FieldProblem.subject(path)) should be \(fault)"))
        }
        if let minimum, excludesMinimum ? number <= minimum : number < minimum {
            add("greater than \(excludesMinimum ? "" : "or equal to ")\(ValueLimits.text(minimum))")
        }
        if let maximum, excludesMaximum ? number >= maximum : number > maximum {
            add("less than \(excludesMaximum ? "" : "or equal to ")\(ValueLimits.text(maximum))")
        }
        if let multipleOf, multipleOf != 0, (number / multipleOf).rounded() != number / multipleOf {
            add("a multiple of \(ValueLimits.text(multipleOf))")
        }
        if format == "int32", let integer = value.integer, Int32(exactly: integer) == nil {
            add("between \(Int32.min) and \(Int32.max)")
        }
    }

    private func checkText(_ text: String, at path: String, into problems: inout [FieldProblem]) {
        let length = text.unicodeScalars.count
        if let maxLength, length > maxLength { problems.append(.tooLong(path, bytesMax: maxLength)) }
        func add(_ fault: String) {
            problems.append(.invalid(path, .string(text), "\(FieldProblem.subject(path)) \(fault)"))
        }
        if let minLength, length < minLength { add("should be at least \(minLength) chars long") }
        if let pattern, let regex = try? Regex(pattern), !text.contains(regex) {
            add("should match '\(pattern)'")
        }
        if format == "date-time", Timestamp(text) == nil {
            add("must be of type date-time, such as 2026-01-31T08:00:00Z")
        }
    }

    private func checkCount(
        _ count: Int, at path: String, min: Int?, max: Int?, noun: String, into problems: inout [FieldProblem]
    ) {
        if let max, count > max { problems.append(.tooMany(path, count, max: max)) }
        if let min, count < min {
            problems.append(
                .invalid(path, JSONValue(count), "\(FieldProblem.subject(path)) should have at least \(min) \(noun)"))
        }
    }

    /// A bound without a fraction that says nothing.
    private static func text(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? String(number)
    }
}
