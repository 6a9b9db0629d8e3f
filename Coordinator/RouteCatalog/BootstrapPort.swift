import JSONValues
package import KubernetesAPI

/// The port of a prefill pod's bootstrap server, as the engine in it is told.
package enum BootstrapPort {
    /// What vLLM's mooncake connector reads.
    private static let variable = "VLLM_MOONCAKE_BOOTSTRAP_PORT"
    /// What SGLang's server reads.
    private static let flag = "--disaggregation-bootstrap-port"

    /// Nil where no container says one.
    package static func of(_ pod: Pod) -> Int? {
        for container in pod.object.spec["containers"]?.elements ?? [] {
            for entry in container["env"]?.elements ?? [] where entry["name"]?.string == variable {
                if let port = port(entry["value"]?.string) { return port }
            }
            let words = ["command", "args"].flatMap { container[$0]?.elements.compactMap(\.string) ?? [] }
                .flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
            for (index, word) in words.enumerated() {
                if word == flag, index + 1 < words.count, let port = port(words[index + 1]) { return port }
                if word.hasPrefix("\(flag)="), let port = port(String(word.dropFirst(flag.count + 1))) { return port }
            }
        }
        return nil
    }

    private static func port(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    /// Containers that say no more than the port; nil where they do not say it.
    static func excerpt(of pod: Pod) -> JSONValue? {
        of(pod).map { [["name": "engine", "env": [["name": .string(variable), "value": .string("\($0)")]]]] }
    }
}
