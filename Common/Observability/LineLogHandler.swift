import JSONValues
package import Logging

/// How log lines look.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `time level label message key=value …`, for people.
    case text
    /// One JSON object a line.
    case json
}

/// Writes one line a record to standard error: static message, sorted metadata, no payloads.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// `write` gets each line without its line end.
    package init(
        label: String, format: LogFormat, level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = StandardError.write
    ) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var merged = metadata
        if let extra = event.metadata { merged.merge(extra) { $1 } }
        let pairs = merged.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        write(
            format == .json
                ? json(event.level, "\(event.message)", pairs) : text(event.level, "\(event.message)", pairs))
    }

    private func text(_ level: Logger.Level, _ message: String, _ pairs: [(String, String)]) -> String {
        let keys = pairs.map { " \($0)=\($1.contains { " \"=\n".contains($0) } ? JSONValue.string($1).text() : $1)" }
        let name = level.rawValue.uppercased()
        return "\(WallClock.text()) \(name) \(label): \(message)\(keys.joined())"
    }

    private func json(_ level: Logger.Level, _ message: String, _ pairs: [(String, String)]) -> String {
        var line: JSONValue = [
            "ts": .string(WallClock.text()), "level": .string(level.rawValue), "logger": .string(label),
            "msg": .string(message),
        ]
        for (key, value) in pairs { line[key] = .string(value) }
        return line.text()
    }
}
