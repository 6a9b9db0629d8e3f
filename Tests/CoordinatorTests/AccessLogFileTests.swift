import FoundationEssentials
import Glibc
import Logging
import Observability
import SystemFiles
import Testing

@testable import coordinator

/// The access log's file while others move it away, cut it or take its folder.
struct AccessLogFileTests {
    static func with(_ body: (String, AccessLogFile, MetricsRegistry) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let metrics = MetricsRegistry()
        let path = "\(folder)/access.log"
        let file = try AccessLogFile(
            path, metrics: metrics, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try body(path, file, metrics)
    }

    static func bytes(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    @Test func `lines go to the file that the path leads to, wherever it was moved`() throws {
        try Self.with { path, file, _ in
            try Files.write("before\n", to: path)
            file.write(Self.bytes("one"))
            try FileManager.default.moveItem(atPath: path, toPath: "\(path).1")
            file.write(Self.bytes("two"))
            file.write(Self.bytes("three"))
            #expect(try Files.text("\(path).1") == "before\none\n")
            #expect(try Files.text(path) == "two\nthree\n")
            // As copytruncate does: the same file, emptied.
            try FileManager.default.copyItem(atPath: path, toPath: "\(path).2")
            let result = unsafe truncate(path, 0)
            #expect(result == 0)
            file.write(Self.bytes("four"))
            #expect(try Files.text(path) == "four\n")
        }
    }

    @Test func `lines that no file takes are lost and counted, and later ones are not`() throws {
        try Self.with { path, file, metrics in
            let folder = String(path.dropLast("/access.log".count))
            try FileManager.default.moveItem(atPath: folder, toPath: "\(folder)-away")
            file.write(Self.bytes("lost"))
            #expect(metrics.text().contains("martlet_gateway_access_log_lost_bytes_total 5"))
            try FileManager.default.moveItem(atPath: "\(folder)-away", toPath: folder)
            file.write(Self.bytes("kept"))
            #expect(try Files.text(path) == "kept\n")
        }
    }

    @Test func `a file that cannot be opened is told at once`() {
        let error = #expect(throws: FileError.self) {
            _ = try AccessLogFile("/proc/none/x", metrics: MetricsRegistry(), logger: Logger(label: "test"))
        }
        #expect(error?.description.hasPrefix("/proc/none/x could not be opened: ") == true)
    }
}
