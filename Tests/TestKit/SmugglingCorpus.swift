/// Requests that two readers could take for different ones, or that cost a careless reader too much, each with the
/// status a server answers before it closes the connection. What follows a refused request is never read.
package struct SmugglingCase: Sendable {
    package var name: String
    package var status: Int
    package var text: String

    init(_ status: Int, _ name: String, _ text: String) {
        self.name = name
        self.status = status
        self.text = text
    }

    private static let post = "POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    package static let all = lengths + codings + lines + targets + chunks + sizes

    private static let lengths = [
        SmugglingCase(
            400, "length before coding", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        SmugglingCase(
            400, "coding before length", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
        SmugglingCase(400, "two equal lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
        SmugglingCase(400, "two lengths", post + "Content-Length: 5\r\ncontent-length: 0\r\n\r\nhello"),
        SmugglingCase(400, "a list of lengths", post + "Content-Length: 5,5\r\n\r\nhello"),
        SmugglingCase(400, "a signed length", post + "Content-Length: +5\r\n\r\nhello"),
        SmugglingCase(400, "a negative length", post + "Content-Length: -5\r\n\r\nhello"),
        SmugglingCase(400, "a hexadecimal length", post + "Content-Length: 0x5\r\n\r\nhello"),
        SmugglingCase(400, "a length with a fraction", post + "Content-Length: 5.0\r\n\r\nhello"),
        SmugglingCase(400, "a length with a space inside", post + "Content-Length: 5 0\r\n\r\nhello"),
        SmugglingCase(400, "an empty length", post + "Content-Length: \r\n\r\nhello"),
        SmugglingCase(400, "a length beyond 64 bits", post + "Content-Length: 18446744073709551621\r\n\r\nhello"),
        SmugglingCase(400, "a quoted length", post + "Content-Length: \"5\"\r\n\r\nhello"),
    ]

    private static let codings: [SmugglingCase] =
        ["xchunked", "chunked, identity", "gzip, chunked", "chunked;q=1", "\"chunked\"", "chunked chunked", "identity"]
        .map { SmugglingCase(501, "coding \($0)", post + "Transfer-Encoding: \($0)\r\n\r\n0\r\n\r\n") } + [
            SmugglingCase(501, "an empty coding", post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
            SmugglingCase(
                501, "two codings",
                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
            SmugglingCase(
                501, "coding of an HTTP/1.0 request",
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            SmugglingCase(400, "a folded coding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
            SmugglingCase(
                400, "a coding after a form feed", post + "Transfer-Encoding: \u{0C}chunked\r\n\r\n0\r\n\r\n"),
            SmugglingCase(400, "a coding after a NUL", post + "Transfer-Encoding: \u{00}chunked\r\n\r\n0\r\n\r\n"),
            SmugglingCase(
                400, "a space before the coding's colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
            SmugglingCase(400, "a tab before the length's colon", post + "Content-Length\t: 5\r\n\r\nhello"),
        ]

    private static let lines = [
        SmugglingCase(400, "line feeds alone", "GET /healthz HTTP/1.1\nHost: a\n\n"),
        SmugglingCase(400, "a field's line feed alone", "GET /healthz HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
        SmugglingCase(400, "an end's line feed alone", "GET /healthz HTTP/1.1\r\nHost: a\r\n\n"),
        SmugglingCase(400, "a carriage return alone", "GET /healthz HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
        SmugglingCase(400, "a carriage return in the request line", "GET /healthz\r HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a folded field", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n"),
        SmugglingCase(400, "a folded first field", "GET /healthz HTTP/1.1\r\n Host: a\r\n\r\n"),
        SmugglingCase(400, "a NUL in a name", "GET /healthz HTTP/1.1\r\nHost: a\r\nX\u{00}: b\r\n\r\n"),
        SmugglingCase(400, "a NUL in a value", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\u{00}\r\n\r\n"),
        SmugglingCase(400, "a DEL in a value", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\u{7F}\r\n\r\n"),
        SmugglingCase(400, "a name without colon", "GET /healthz HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
        SmugglingCase(400, "an empty name", "GET /healthz HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"),
        SmugglingCase(400, "a name with a slash", "GET /healthz HTTP/1.1\r\nHost: a\r\nX/Y: b\r\n\r\n"),
        SmugglingCase(400, "no host", "GET /healthz HTTP/1.1\r\n\r\n"),
        SmugglingCase(400, "two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    ]

    private static let targets = [
        SmugglingCase(400, "authority form", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "absolute form without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a target without slash", "GET healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a NUL in the target", "GET /health\u{00}z HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a letter beyond ASCII in the target", "GET /h\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "two spaces in the request line", "GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a tab in the request line", "GET\t/healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a space after the version", "GET /healthz HTTP/1.1 \r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "no version", "GET /healthz\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a version in small letters", "GET /healthz http/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "a method that is no token", "G(T /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
        SmugglingCase(505, "version 2 in text", "GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n"),
        SmugglingCase(505, "version 1.10", "GET /healthz HTTP/1.:\r\nHost: a\r\n\r\n"),
        SmugglingCase(400, "two empty lines in front", "\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    private static let chunks: [SmugglingCase] = [
        ("a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n"), ("a signed size", "+5\r\nhello\r\n0\r\n\r\n"),
        ("a negative size", "-5\r\nhello\r\n0\r\n\r\n"), ("a space before a size", " 5\r\nhello\r\n0\r\n\r\n"),
        ("a space after a size", "5 \r\nhello\r\n0\r\n\r\n"), ("no size", "\r\nhello\r\n0\r\n\r\n"),
        ("an extension without size", ";a=b\r\nhello\r\n0\r\n\r\n"), ("a size in no digits", "five\r\nhello\r\n"),
        ("a size of 16 digits", "0000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("a size's line feed alone", "5\nhello\r\n0\r\n\r\n"), ("a size's return alone", "5\rhello\r\n0\r\n\r\n"),
        ("a line feed in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ("a NUL in an extension", "5;a\u{00}\r\nhello\r\n0\r\n\r\n"),
        ("a chunk that is longer than it says", "5\r\nhello!\r\n0\r\n\r\n"),
        ("a chunk that is shorter than it says", "6\r\nhello\r\n0\r\n\r\n"),
        ("a chunk's line feed alone", "5\r\nhello\n0\r\n\r\n"),
        ("a trailer's line feed alone", "0\r\nX: b\n\r\n"), ("a NUL in a trailer", "0\r\nX: \u{00}\r\n\r\n"),
        ("a return alone in a trailer", "0\r\nX: b\rY: c\r\n\r\n"),
    ].map { SmugglingCase(400, $0.0, chunked + $0.1) }

    private static let sizes = [
        SmugglingCase(
            431, "a field of 70,000 bytes",
            "GET /healthz HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 70_000))\r\n\r\n"),
        SmugglingCase(431, "a target of 70,000 bytes", "GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\n"),
        SmugglingCase(
            431, "200 fields",
            "GET /healthz HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 200))\r\n"),
        SmugglingCase(
            431, "trailers of 9,000 bytes", chunked + "0\r\nX: \(String(repeating: "a", count: 9_000))\r\n\r\n"),
        SmugglingCase(
            400, "an extension of 2,000 bytes", chunked + "5;\(String(repeating: "a", count: 2_000))\r\nhello\r\n"),
    ]
}
