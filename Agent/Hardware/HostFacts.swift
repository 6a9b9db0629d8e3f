import SystemFiles

/// Small facts that the kernel tells in text files.
enum HostFacts {
    static var hostname: String { read("/proc/sys/kernel/hostname") ?? "localhost" }

    static var processorModel: String {
        let lines = (read("/proc/cpuinfo") ?? "").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") || $0.hasPrefix("Model Name") }
        return model?.split(separator: ":").dropFirst().first.map { String($0.drop { $0 == " " }) } ?? ""
    }

    /// The text of a small file without its line end; nil where it cannot be read.
    static func read(_ path: String) -> String? {
        guard let text = try? Files.text(path) else { return nil }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// Lower-case hexadecimal digits, filled with zeros to a width.
    static func hexadecimal(_ value: UInt64, width: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
