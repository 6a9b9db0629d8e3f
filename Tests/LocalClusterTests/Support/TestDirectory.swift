import FoundationEssentials

/// A directory of one test, gone when the test is done.
func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = FileManager.default.temporaryDirectory.path + "/martlet-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

func text(ofFile path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

func isPrivate(_ path: String) throws -> Bool {
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    return "\(mode ?? 0)" == "\(0o600)"
}

func copy(_ path: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: path, toPath: other)
}

func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
}
