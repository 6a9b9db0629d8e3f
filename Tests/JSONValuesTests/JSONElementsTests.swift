import JSONValues
import Testing

/// Where the elements of a list stand in a text that is not read.
struct JSONElementsTests {
    static let rows: [(text: String, elements: [String]?)] = [
        (#"{"m":[{"a":1}]}"#, [#"{"a":1}"#]),
        (
            #" {"x":[1,{"m":[{}]}], "m" : [ {"a":"]}\\\""} , {"b":[{}]} ] ,"y":"}"} "#,
            [#"{"a":"]}\\\""}"#, #"{"b":[{}]}"#]
        ),
        (#"{"x":-1.5e3,"y":true,"m":[{},{}],"z":null}"#, ["{}", "{}"]),
        (#"{"m":[]}"#, nil), (#"{"m":[1]}"#, nil), (#"{"m":{"a":1}}"#, nil), (#"{"n":[{}]}"#, nil), ("[]", nil),
        (#"{"m":[{}],"m":[{}]}"#, nil), (#"{"\u006d":[{}]}"#, nil), (#"{"m":[{}]"#, nil), (#"{"m":[{},]}"#, nil),
        (#"{"m":[{"a":"}]}"#, nil), (#"{"m":[{}}]}"#, nil), ("", nil), (#"{"m"#, nil), (#"{"m":[{}],"x":"\"#, nil),
    ]

    @Test(arguments: rows) func `elements are where they stand`(text: String, elements: [String]?) {
        let bytes = Array(text.utf8)
        let found = JSONValue.elements(of: "m", in: bytes)
        #expect(found?.elements.map { String(decoding: bytes[$0], as: UTF8.self) } == elements)
        guard let found else { return }
        let rest = bytes[..<found.list.lowerBound] + Array("[]".utf8) + bytes[found.list.upperBound...]
        #expect((try? JSONValue.parse(Array(rest)))?["m"] == [])
    }

    @Test func `no cut of a text traps`() {
        let bytes = Array(Self.rows[1].text.utf8)
        let last = bytes.count - 2
        for end in 0..<last { #expect(JSONValue.elements(of: "m", in: Array(bytes[..<end])) == nil) }
    }
}
