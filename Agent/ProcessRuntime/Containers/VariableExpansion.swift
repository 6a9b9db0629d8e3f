/// `$(NAME)` in commands, arguments and environment values, as Kubernetes expands it.
package enum VariableExpansion {
    /// Replaces `$(NAME)` by its value where it has one and leaves it as it stands where not; `$$` stands for one `$`
    /// and hides what follows from expansion.
    package static func expand(_ text: String, _ values: [String: String]) -> String {
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                output.append(bytes[index])
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "$"):
                output.append(UInt8(ascii: "$"))
                index += 2
            case UInt8(ascii: "("):
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: ")")) else {
                    output += Array("$(".utf8)
                    index += 2
                    continue
                }
                let name = String(decoding: bytes[index + 2..<end], as: UTF8.self)
                output += Array((values[name] ?? "$(\(name))").utf8)
                index = end + 1
            default:
                output += bytes[index...index + 1]
                index += 2
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
