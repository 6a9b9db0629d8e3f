extension Interpreter {
    func applyNumber(_ name: String, to value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        if case .undefined(let what) = value { throw undefinedFault(what) }
        switch name {
        case "int":
            let given = try arguments.bound(to: ["default", "base"], of: name, line: line)
            if let base = given[1]?.wholeNumber, base != 10 { throw unsupported("'int' of another base than 10") }
            return try whole(value, otherwise: given[0] ?? .integer(0))
        case "float":
            let otherwise = try arguments.bound(to: ["default"], of: name, line: line)[0] ?? .float(0)
            if case .string(let text) = value {
                return try Interpreter.fraction(text, self).map { .float($0) } ?? otherwise
            }
            return value.number.map { .float($0) } ?? otherwise
        case "abs":
            guard arguments.isEmpty else { throw fault("'abs' takes no arguments") }
            if let whole = value.wholeNumber { return .integer(abs(whole)) }
            guard case .float(let number) = value else { throw typeFault("'abs'", value) }
            return .float(abs(number))
        default: return try rounded(value, arguments)
        }
    }

    private func whole(_ value: Value, otherwise: Value) throws(TemplateError) -> Value {
        if let whole = value.wholeNumber { return .integer(whole) }
        switch value {
        case .float(let number):
            guard number.isFinite else { return otherwise }
            guard abs(number) < 0x1p63 else { throw unsupported("a number beyond 64 bits is not known here") }
            return .integer(Int(number))
        case .string(let text):
            let trimmed = text.trimmed(start: true, end: true, of: nil)
            guard trimmed.isASCII, !trimmed.bytes.contains(UInt8(ascii: "_")) else {
                throw unsupported("'int' of such a text is not known here")
            }
            if let number = Int(trimmed.string) { return .integer(number) }
            guard let number = try Interpreter.fraction(text, self), number.isFinite else { return otherwise }
            guard abs(number) < 0x1p53 else { throw unsupported("a number beyond 64 bits is not known here") }
            return .integer(Int(number))
        default: return otherwise
        }
    }

    /// A number in Python's notation; nil for a text that is none.
    private static func fraction(_ text: Text, _ interpreter: Interpreter) throws(TemplateError) -> Double? {
        let trimmed = text.trimmed(start: true, end: true, of: nil)
        guard trimmed.isASCII, !trimmed.bytes.contains(UInt8(ascii: "_")) else {
            throw interpreter.unsupported("'float' of such a text is not known here")
        }
        let allowed = Set("0123456789+-.eE".utf8)
        if trimmed.isEmpty || !trimmed.bytes.allSatisfy(allowed.contains) {
            let word = trimmed.lowercased?.string.drop { $0 == "+" || $0 == "-" } ?? ""
            guard ["inf", "infinity", "nan"].contains(String(word)) else { return nil }
            throw interpreter.unsupported("numbers that are not finite are not known here")
        }
        var digits = trimmed.string
        if digits.hasSuffix(".") { digits += "0" }
        digits.replace(".e", with: ".0e")
        digits.replace(".E", with: ".0E")
        return Double(digits)
    }

    private func rounded(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
        let given = try arguments.bound(to: ["precision", "method"], of: "round", line: line)
        guard given[0]?.wholeNumber ?? 0 == 0 else { throw unsupported("'round' to digits is not known here") }
        let method = try given[1].map { value throws(TemplateError) in try text(value, "a method").string } ?? "common"
        guard let number = value.number else { throw typeFault("'round'", value) }
        guard abs(number) < 0x1p53 else { throw unsupported("'round' beyond 53 bits is not known here") }
        switch method {
        case "common":
            if let whole = value.wholeNumber { return .integer(whole) }
            return .float(number.rounded(.toNearestOrEven))
        case "ceil": return .float(number.rounded(.up))
        case "floor": return .float(number.rounded(.down))
        default: throw fault("'round' knows common, ceil and floor")
        }
    }
}
