/// Where and why a request body is not the JSON object it has to be.
package struct JSONFault: Error, Sendable, Hashable {
    /// The kinds of fault.
    package enum Reason: Sendable, Hashable {
        case empty, notAnObject, expectedKey, expectedColon, expectedValue, expectedCommaOrBrace, badLiteral
        case unterminatedString, unterminated, mismatchedBracket, tooDeep, trailingBytes, badEscape
    }

    package var reason: Reason
    /// Byte offset into the body.
    package var offset: Int

    init(_ reason: Reason, _ offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// One sentence without any of the body's text.
    package var sentence: String {
        switch reason {
        case .empty: "The request body is empty; send a JSON object."
        case .notAnObject: "The request body is not a JSON object: it does not begin with '{' (byte \(offset))."
        case .expectedKey: "The request body is not valid JSON: a quoted member name is expected at byte \(offset)."
        case .expectedColon: "The request body is not valid JSON: ':' is expected at byte \(offset)."
        case .expectedValue: "The request body is not valid JSON: a value is expected at byte \(offset)."
        case .expectedCommaOrBrace: "The request body is not valid JSON: ',' or '}' is expected at byte \(offset)."
        case .badLiteral: "The request body is not valid JSON: byte \(offset) begins no number, true, false or null."
        case .unterminatedString: "The request body is not valid JSON: the string at byte \(offset) does not end."
        case .unterminated: "The request body is not valid JSON: it ends at byte \(offset), inside a value."
        case .mismatchedBracket:
            "The request body is not valid JSON: the bracket at byte \(offset) closes another kind."
        case .tooDeep:
            "The request body nests deeper than \(JSONMembers.depthMax) levels at byte \(offset); send a flatter one."
        case .trailingBytes: "The request body is not one JSON value: there is more after it at byte \(offset)."
        case .badEscape: "The request body is not valid JSON: the escape at byte \(offset) is none."
        }
    }
}
