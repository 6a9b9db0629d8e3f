/// Paths of the API.
enum APIPath {
    /// Those that metrics tell apart, most frequent first.
    private static let named = [
        "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/rerank",
        "/v1/score", "/tokenize", "/detokenize",
    ]

    /// The path as metrics have it; nil where they do not tell it apart.
    static func label(_ path: String) -> String? { named.contains(path) ? path : nil }

    /// It is one of the API's, whichever.
    static func isAPI(_ path: String) -> Bool {
        unsafe path.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe bytes.count >= 4 && bytes[0] == UInt8(ascii: "/") && bytes[1] == UInt8(ascii: "v")
                && bytes[2] == UInt8(ascii: "1") && bytes[3] == UInt8(ascii: "/")
        } ?? path.hasPrefix("/v1/")
    }
}
