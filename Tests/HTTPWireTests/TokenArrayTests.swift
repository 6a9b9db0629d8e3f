import HTTPWire
import TestKit
import Testing

@Suite struct TokenArrayTests {
    private static func parse(_ text: String) -> [UInt32]? {
        let bytes = Array(text.utf8)
        return TokenArray.parse(bytes.span, 0..<bytes.count)
    }

    @Test func `reads the tokens of an answer`() {
        let body = Array(#"{"count":3,"tokens":[1, 22,333],"token_strs":null}"#.utf8)
        let tokens = TokenArray.ofTokenizeResponse(body.span)
        #expect(tokens == [1, 22, 333])
    }

    @Test(arguments: [
        "[]", "[1,]", "[,1]", "[-1]", "[1.5]", "[\"a\"]", "[4294967296]", "[99999999999999999999]", "[[1]]", "[1 2]",
        "[1",
        "1]", "[", "", "[1]]", "[1]x", "[1,2,3,4,5,6,7,8,9x]", "[12345678x]", "[1/]", "[1:]", "[\u{FF}1]",
    ])
    func `anything else is none`(_ text: String) { #expect(Self.parse(text) == nil) }

    @Test func `reads numbers of every length at every place`() {
        var random = SeededRandom(seed: 5)
        for length in 1...300 {
            let tokens = (0..<length).map { _ in
                UInt32.random(in: 0 ... .max, using: &random) >> UInt32.random(in: 0..<32, using: &random)
            }
            let separator = [",", ", ", " ,\n\t", "\r,"][length % 4]
            let text = tokens.map(String.init).joined(separator: separator)
            #expect(Self.parse("[\(text)]") == tokens)
            #expect(Self.parse("[ \(text) ]") == tokens)
        }
        #expect(Self.parse("[4294967295,0,00000000012]") == [.max, 0, 12])
    }
}
